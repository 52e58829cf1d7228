// What clients send over REST: query strings and bodies, with an example of each. They describe; `inbound.ts` judges.
import { nullable, Type, uuid } from '../../base/schema.ts'

export const Register = Type.Object(
  {
    username: Type.String({ description: '3 to 30 letters and digits of any script, `.`, `_`, `-`.' }),
    email: Type.String({ maxLength: 254 }),
    password: Type.String({ minLength: 8, maxLength: 128 }),
    display_name: Type.Optional(nullable(Type.String({ maxLength: 50 }))),
  },
  { examples: [{ username: 'mila', email: 'mila@example.org', password: 'correct horse' }] },
)

/** As JSON or as a form (CA26). */
export const LogIn = Type.Object(
  { username: Type.String(), password: Type.String() },
  { examples: [{ username: 'mila', password: 'correct horse' }] },
)

export const Refresh = Type.Object(
  { refresh_token: Type.Optional(Type.String({ description: 'Without it the bearer token speaks.' })) },
  { examples: [{ refresh_token: 'o9Fv0aS3.Yt7Qw2' }] },
)

export const ProfileChange = Type.Object(
  {
    display_name: Type.Optional(nullable(Type.String({ maxLength: 50 }))),
    email: Type.Optional(Type.String({ maxLength: 254 })),
  },
  { examples: [{ display_name: 'Mila' }] },
)

export const Status = Type.Object({ is_online: Type.Optional(Type.Boolean()) }, { examples: [{ is_online: true }] })
export const StatusQuery = Type.Object({ is_online: Type.Optional(Type.Boolean()) })

export const UsersQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'All without it.' })),
  offset: Type.Optional(Type.Integer({ minimum: 0 })),
})

export const NewChannel = Type.Object(
  {
    name: Type.String({ description: '1 to 50 characters; none of `/ \\ ? # %`.' }),
    description: Type.Optional(nullable(Type.String({ maxLength: 200 }))),
  },
  { examples: [{ name: 'kitchen', description: 'What is cooking' }] },
)

export const Send = Type.Object(
  {
    content: Type.String({ minLength: 1, maxLength: 1000 }),
    channel_id: Type.Optional(nullable(Type.String({ description: 'Id or name; `general` without it.' }))),
    client_id: Type.Optional(
      nullable(Type.String({ minLength: 1, maxLength: 128, description: 'Makes a repeat harmless.' })),
    ),
  },
  { examples: [{ content: 'hello', channel_id: 'kitchen', client_id: 'a1' }] },
)

export const PageQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })),
  /** Only messages older than this one. */
  before: Type.Optional(uuid()),
})
