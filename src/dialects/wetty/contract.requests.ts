// What clients send: query strings and bodies, with an example of each. They describe; `inbound.ts` judges.
import { nullable, oneOf, Type } from '../../base/schema.ts'
import { addFriendSettings, categories, joinRules, visibilities } from './contract.ts'

const MESSAGE = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'

/** A user, leniently: number, digits, or 32 zero-padded digits (WT6). */
const AnyUid = Type.Union([Type.Integer(), Type.String({ pattern: '^[0-9]{1,32}$' })])
const AnyChatId = Type.Union([Type.String(), Type.Integer()])
const Count = (description: string) => Type.Optional(Type.Integer({ description, examples: [20] }))

export const Register = Type.Object(
  {
    username: Type.String({ description: '3 to 32 letters and digits of any script, `.`, `_`, `-`.' }),
    password: Type.String({ minLength: 8, maxLength: 128 }),
  },
  { examples: [{ username: 'mila', password: 'correct horse' }] },
)
export const LogIn = Type.Object(
  {
    username: Type.String(),
    password: Type.String(),
    client_type: Type.Optional(oneOf('web', 'mobile')),
  },
  { examples: [{ username: 'mila', password: 'correct horse', client_type: 'web' }] },
)
export const ProfileChange = Type.Object(
  {
    nickname: Type.Optional(nullable(Type.String({ maxLength: 64 }))),
    avatar_fid: Type.Optional(nullable(Type.String())),
    bio: Type.Optional(nullable(Type.String({ maxLength: 500 }))),
    sr_link: Type.Optional(nullable(Type.String({ maxLength: 500, description: 'Absolute http or https URL.' }))),
    add_friend_setting: Type.Optional(nullable(oneOf(...addFriendSettings))),
  },
  { examples: [{ bio: 'cook', add_friend_setting: 'anyone' }] },
)
export const UserSearch = Type.Object({
  q: Type.String({ minLength: 2, description: 'Prefix of username or nickname, ignoring case.' }),
  limit: Count('At most 20.'),
})

/** `uid` and `user_id` are synonyms of `target_user_id` everywhere (WT6). */
export const Target = Type.Object({ target_user_id: AnyUid }, { examples: [{ target_user_id: 18 }] })
export const FriendApply = Type.Object(
  { target_user_id: AnyUid, apply_msg: Type.Optional(nullable(Type.String({ maxLength: 200 }))) },
  { examples: [{ target_user_id: 18, apply_msg: 'hi' }] },
)
export const Decision = Type.Union([Target, Type.Object({ request_id: Type.String() })], {
  examples: [{ target_user_id: 18 }, { request_id: MESSAGE }],
})

const groupChange = {
  name: Type.Optional(nullable(Type.String({ maxLength: 255 }))),
  description: Type.Optional(nullable(Type.String({ maxLength: 500 }))),
  avatar_fid: Type.Optional(nullable(Type.String())),
  visibility: Type.Optional(oneOf(...visibilities)),
  is_public: Type.Optional(Type.Boolean()),
  join_rule: Type.Optional(oneOf(...joinRules)),
  category: Type.Optional(oneOf(...categories)),
}
export const GroupChange = Type.Object(groupChange, {
  examples: [{ name: 'Kitchen', visibility: 'public', join_rule: 'open' }],
})
export const GroupSearch = Type.Object({
  q: Type.Optional(Type.String({ description: 'Part of the name, ignoring case.' })),
  limit: Count('1 to 50, 20 by default.'),
  after: Type.Optional(Type.String({ description: '`next_cursor` of the page before.' })),
})
export const MemberQuery = Type.Object({
  limit: Count('1 to 1000; all by default.'),
  after: Type.Optional(Type.String({ description: 'Continue behind this uid.' })),
})
export const AddMembers = Type.Union(
  [Target, Type.Object({ uid: AnyUid }), Type.Object({ user_ids: Type.Array(AnyUid, { maxItems: 100 }) })],
  { examples: [{ uid: 18 }, { user_ids: [18, 19] }] },
)
export const Apply = Type.Object(
  { apply_msg: Type.Optional(nullable(Type.String({ maxLength: 200 }))) },
  { examples: [{ apply_msg: 'may I?' }] },
)
export const SetManagers = Type.Union(
  [
    Type.Object({ managers: Type.Array(AnyUid, { maxItems: 256 }) }),
    Type.Object({ target_user_id: AnyUid, is_manager: Type.Boolean() }),
  ],
  { examples: [{ managers: [18] }, { target_user_id: 18, is_manager: true }] },
)
export const SetRole = Type.Object({ role: oneOf('admin', 'member') }, { examples: [{ role: 'admin' }] })
export const Mute = Type.Object(
  {
    target_user_id: AnyUid,
    mute_status: Type.Boolean(),
    duration_seconds: Type.Optional(nullable(Type.Integer({ minimum: 1 }))),
  },
  { examples: [{ target_user_id: 18, mute_status: true, duration_seconds: 3600 }] },
)

export const ChatQuery = Type.Object({
  limit: Count('1 to 100, 100 by default.'),
  after: Type.Optional(Type.String({ description: '`next_cursor` of the page before.' })),
})
export const HistoryQuery = Type.Object({
  before: Type.Optional(Type.String({ description: 'Older than this message.' })),
  after: Type.Optional(Type.String({ description: 'Directly following this message.' })),
  max: Count('1 to 100, 100 by default.'),
  order: Type.Optional(oneOf('asc', 'desc')),
  thread_id: Type.Optional(Type.String({ description: 'Only messages with this thread root.' })),
})
export const Send = Type.Object(
  {
    message: Type.Optional(nullable(Type.String({ maxLength: 20_000 }))),
    message_type: Type.Optional(Type.String({ pattern: '^[a-z0-9_]{1,20}$' })),
    client_generated_id: Type.Optional(nullable(Type.String({ minLength: 1, maxLength: 128 }))),
    reply_to_id: Type.Optional(nullable(Type.String())),
    reply_root_id: Type.Optional(nullable(Type.String())),
    fid: Type.Optional(nullable(Type.String())),
    fids: Type.Optional(Type.Array(Type.String(), { maxItems: 20 })),
    remind_at: Type.Optional(nullable(Type.String({ format: 'date-time' }))),
  },
  { examples: [{ message: 'hello', message_type: 'text', client_generated_id: 'c-1' }] },
)
export const Edit = Type.Object({ message: Type.String({ minLength: 1 }) }, { examples: [{ message: 'hullo' }] })
export const Recall = Type.Object({ msg_id: Type.String() }, { examples: [{ msg_id: MESSAGE }] })
export const Forward = Type.Object(
  {
    msg_id: Type.String(),
    target_chat_id: AnyChatId,
    client_generated_id: Type.Optional(nullable(Type.String({ minLength: 1, maxLength: 128 }))),
  },
  { examples: [{ msg_id: MESSAGE, target_chat_id: '43' }] },
)
export const React = Type.Object(
  { msg_id: Type.String(), emote: Type.String(), active: Type.Optional(Type.Boolean()) },
  { examples: [{ msg_id: MESSAGE, emote: '👍' }] },
)
export const Read = Type.Object({ message_id: Type.String() }, { examples: [{ message_id: MESSAGE }] })

export const UploadQuery = Type.Object({
  filename: Type.Optional(Type.String({ description: 'Name of an octet-stream upload.' })),
  content_type: Type.Optional(Type.String({ description: 'MIME type of an octet-stream upload.' })),
})
/** The first part that is a file, whatever its name. */
export const UploadForm = Type.Object({
  file: Type.String({ contentMediaType: 'application/octet-stream', examples: ['the bytes'] }),
})
export const DownloadQuery = Type.Object({
  token: Type.Optional(Type.String({ description: 'Instead of the header.' })),
  download: Type.Optional(oneOf('1')),
})
export const SocketQuery = Type.Object({
  uid: Type.Optional(Type.String({ description: "The token's user." })),
  token: Type.Optional(Type.String({ description: 'Instead of the header.' })),
})
