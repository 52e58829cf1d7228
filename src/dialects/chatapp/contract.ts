// What travels over this contract: schemas, their static types, and an example of each. Requests and frames stand beside it.
import { nullable, oneOf, type Static, Type, timestamp, uuid } from '../../base/schema.ts'

const USER = '01922f5e-7000-7b3e-a2f4-000000000001'
const CHANNEL = '01922f5e-7000-7b3e-a2f4-000000000002'
const MESSAGE = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
const TIME = '2026-03-01T12:00:00.000Z'

// Refusals (CA14)

/** Every refusal but those of values. */
export const Refusal = Type.Object(
  { detail: Type.String() },
  { title: 'Refusal', examples: [{ detail: 'Could not validate credentials' }] },
)

/** One thing that is wrong with a request (CA15). */
const Problem = Type.Object({
  type: oneOf(
    'missing',
    'string_too_short',
    'string_too_long',
    'string_type',
    'value_error',
    'bool_parsing',
    'int_parsing',
    'greater_than_equal',
    'less_than_equal',
    'json_invalid',
    'model_attributes_type',
  ),
  loc: Type.Array(Type.Union([Type.String(), Type.Integer()])),
  msg: Type.String(),
})
export type Problem = Static<typeof Problem>

/** 422: everything that is wrong, at once. */
export const ValidationRefusal = Type.Object(
  { detail: Type.Array(Problem) },
  {
    title: 'ValidationRefusal',
    examples: [
      {
        detail: [{ type: 'string_too_short', loc: ['body', 'password'], msg: 'Should have at least 8 characters' }],
      },
    ],
  },
)

/** What is done and has nothing to show. */
export const Done = Type.Object(
  { message: Type.String() },
  { title: 'Done', examples: [{ message: 'Successfully logged out' }] },
)

// People (CA18 to CA20)

export const User = Type.Object(
  {
    id: uuid(USER),
    username: Type.String(),
    email: nullable(Type.String({ description: "The caller's own only." })),
    display_name: nullable(Type.String()),
    created_at: timestamp(TIME),
    is_online: Type.Boolean(),
    last_seen: nullable(timestamp(TIME)),
  },
  {
    title: 'User',
    examples: [
      {
        id: USER,
        username: 'mila',
        email: 'mila@example.org',
        display_name: 'Mila',
        created_at: TIME,
        is_online: true,
        last_seen: TIME,
      },
    ],
  },
)
export type User = Static<typeof User>
export const Users = Type.Array(User)

export const Token = Type.Object(
  {
    access_token: Type.String({ description: 'A JWT (HS256).' }),
    token_type: Type.Literal('bearer'),
    expires_in: Type.Integer({ description: 'Seconds.' }),
    refresh_token: Type.Optional(Type.String({ description: 'Opaque; good for one refresh.' })),
  },
  {
    title: 'Token',
    examples: [
      {
        access_token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtaWxhIn0.c2lnbmF0dXJl',
        token_type: 'bearer',
        expires_in: 86_400,
        refresh_token: 'o9Fv0aS3.Yt7Qw2',
      },
    ],
  },
)
export type Token = Static<typeof Token>

export const Authenticated = Type.Object(
  { message: Type.String(), username: Type.String() },
  { examples: [{ message: 'Authentication successful', username: 'mila' }] },
)

// Channels (CA21)

export const Channel = Type.Object(
  {
    id: uuid(CHANNEL),
    name: Type.String(),
    description: nullable(Type.String()),
    created_by: uuid(USER),
    created_at: timestamp(TIME),
    members: Type.Array(uuid(USER)),
    owner_id: uuid(USER),
    title: nullable(Type.String()),
    kind: oneOf('channel', 'group', 'direct'),
  },
  {
    title: 'Channel',
    examples: [
      {
        id: CHANNEL,
        name: 'kitchen',
        description: null,
        created_by: USER,
        created_at: TIME,
        members: [USER],
        owner_id: USER,
        title: 'kitchen',
        kind: 'channel',
      },
    ],
  },
)
export type Channel = Static<typeof Channel>
export const Channels = Type.Array(Channel)

export const Subscription = Type.Object({ is_subscribed: Type.Boolean() }, { examples: [{ is_subscribed: true }] })

// Messages (CA22)

const Attachment = Type.Object({
  fid: Type.String(),
  name: Type.String(),
  mime: Type.String(),
  size: Type.Integer({ description: 'Bytes.' }),
  url: Type.String({ description: 'Signed and short-lived.' }),
})
export type Attachment = Static<typeof Attachment>

export const Message = Type.Object(
  {
    id: uuid(MESSAGE),
    content: Type.String(),
    channel_id: uuid(CHANNEL),
    username: Type.String(),
    user_id: uuid(USER),
    timestamp: timestamp(TIME),
    channel_name: Type.Optional(Type.String({ description: 'Not in direct chats.' })),
    client_id: Type.Optional(Type.String()),
    edited_at: Type.Optional(timestamp(TIME)),
    reply_to: Type.Optional(uuid(MESSAGE)),
    attachments: Type.Optional(Type.Array(Attachment)),
    forwarded: Type.Optional(Type.Literal(true)),
  },
  {
    title: 'Message',
    examples: [
      {
        id: MESSAGE,
        content: 'hello',
        channel_id: CHANNEL,
        username: 'mila',
        user_id: USER,
        timestamp: TIME,
        channel_name: 'kitchen',
      },
    ],
  },
)
export type Message = Static<typeof Message>
export const Messages = Type.Array(Message)
