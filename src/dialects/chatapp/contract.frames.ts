// What goes over the socket, either way, beside the bare Message (CA69 to CA78).
import { nullable, oneOf, type Static, Type, timestamp, uuid } from '../../base/schema.ts'
import { Channel, Message, User } from './contract.ts'

const USER = '01922f5e-7000-7b3e-a2f4-000000000001'
const CHANNEL = { id: '01922f5e-7000-7b3e-a2f4-000000000002', name: 'kitchen' }
const MESSAGE = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
const TIME = '2026-03-01T12:00:00.000Z'

/** Which channel a control frame is about: never a top-level `channel_id`, which real clients take for a message. */
const ChannelName = Type.Object({ id: uuid(CHANNEL.id), name: Type.String() })

// Up

export const SendFrame = Type.Object(
  {
    type: Type.Optional(Type.Literal('message')),
    content: Type.String(),
    channel_id: Type.Optional(Type.String({ description: 'Id or name; `channelId` and `channel` count, too.' })),
    client_id: Type.Optional(Type.String()),
  },
  { examples: [{ content: 'hello', channel_id: 'kitchen' }] },
)
export const PlainText = Type.String({ examples: ['hello'] })
export const Ping = Type.Object(
  { type: Type.Literal('ping'), ts: Type.Optional(Type.Unknown()), id: Type.Optional(Type.Unknown()) },
  { examples: [{ type: 'ping', ts: 1 }] },
)
export const TypingUp = Type.Object(
  { type: Type.Literal('typing'), channel_id: Type.Optional(Type.String()), is_typing: Type.Boolean() },
  { examples: [{ type: 'typing', channel_id: 'kitchen', is_typing: true }] },
)

// Down

export const errorCodes = [
  'invalid_format',
  'empty',
  'too_long',
  'channel_not_found',
  'not_member',
  'muted',
  'cannot_message',
  'no_default_channel',
  'rate_limited',
  'binary',
  'unknown_type',
  'unavailable',
] as const

export const ErrorFrame = Type.Object(
  {
    type: Type.Literal('error'),
    error: Type.String(),
    code: oneOf(...errorCodes),
    client_id: Type.Optional(Type.String()),
    retry_after: Type.Optional(Type.Integer({ description: 'Seconds.' })),
  },
  { examples: [{ type: 'error', error: 'Channel not found', code: 'channel_not_found' }] },
)
export type ErrorFrame = Static<typeof ErrorFrame>

export const Pong = Type.Object(
  { type: Type.Literal('pong'), ts: Type.Optional(Type.Unknown()), id: Type.Optional(Type.Unknown()) },
  { examples: [{ type: 'pong', ts: 1 }] },
)

export const Ready = Type.Object(
  {
    type: Type.Literal('ready'),
    user: User,
    channels: Type.Array(ChannelName),
    online: Type.Array(Type.String()),
    history: Type.Integer({ description: 'How many Message frames came before.' }),
  },
  {
    examples: [
      {
        type: 'ready',
        user: {
          id: USER,
          username: 'mila',
          email: 'mila@example.org',
          display_name: null,
          created_at: TIME,
          is_online: true,
          last_seen: TIME,
        },
        channels: [CHANNEL],
        online: ['mila'],
        history: 0,
      },
    ],
  },
)
export type Ready = Static<typeof Ready>

export const PresenceFrame = Type.Object(
  {
    type: Type.Literal('presence'),
    user_id: uuid(USER),
    username: Type.String(),
    is_online: Type.Boolean(),
    last_seen: nullable(timestamp(TIME)),
  },
  { examples: [{ type: 'presence', user_id: USER, username: 'mila', is_online: true, last_seen: TIME }] },
)
export type PresenceFrame = Static<typeof PresenceFrame>

export const MembershipFrame = Type.Object({
  type: oneOf('channel_joined', 'channel_left'),
  channel: Channel,
  user_id: uuid(USER),
  username: Type.String({ examples: ['mila'] }),
})
export type MembershipFrame = Static<typeof MembershipFrame>

export const ChannelUpdated = Type.Object({ type: Type.Literal('channel_updated'), channel: Channel })
export type ChannelUpdated = Static<typeof ChannelUpdated>

export const ChannelDeleted = Type.Object(
  { type: Type.Literal('channel_deleted'), channel: ChannelName },
  { examples: [{ type: 'channel_deleted', channel: CHANNEL }] },
)
export type ChannelDeleted = Static<typeof ChannelDeleted>

export const MessageUpdated = Type.Object({ type: Type.Literal('message_updated'), message: Message })

export const MessageDeleted = Type.Object(
  { type: Type.Literal('message_deleted'), message_id: uuid(MESSAGE), channel: ChannelName },
  { examples: [{ type: 'message_deleted', message_id: MESSAGE, channel: CHANNEL }] },
)
export type MessageDeleted = Static<typeof MessageDeleted>

export const TypingDown = Type.Object(
  {
    type: Type.Literal('typing'),
    channel: ChannelName,
    user_id: uuid(USER),
    username: Type.String(),
    is_typing: Type.Boolean(),
  },
  { examples: [{ type: 'typing', channel: CHANNEL, user_id: USER, username: 'mila', is_typing: true }] },
)
export type TypingDown = Static<typeof TypingDown>
