// What travels over the socket: payloads of sessions, presence, chats, messages and files. Contacts and groups stand beside it.
import { nullable, oneOf, type Static, type TSchema, Type } from '../../base/schema.ts'

const MESSAGE = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
const SESSION = '3f0c5b1e-7a52-4c7e-9d55-0f6f3d1c2b4a'
const FILE = '9b2d4c1a-5e6f-4a7b-8c9d-0e1f2a3b4c5d'
const TIME = '2026-03-01T12:00:00.000Z'
const CONTENT = 'Hello there!'

/** One kind of event of the socket, either way, for the documents (host/dialect.ts, `LiveMessage`). */
interface Described {
  readonly name: string
  readonly direction: 'down' | 'up'
  readonly summary: string
  readonly rules: readonly string[]
  readonly schema: TSchema
}

/** An event the server emits, and one a client does. */
export const down = (name: string, summary: string, rules: readonly string[], schema: TSchema): Described => ({
  name,
  direction: 'down',
  summary,
  rules,
  schema,
})
export const up = (name: string, summary: string, rules: readonly string[], schema: TSchema): Described => ({
  name,
  direction: 'up',
  summary,
  rules,
  schema,
})

/** A profile's number (UM2). */
export const UserId = Type.Integer({ minimum: 1, maximum: 2_147_483_647, examples: [456] })
/** A group's number, or the peer's (UM2). */
export const ChatId = Type.Integer({ minimum: 1, maximum: 2_147_483_647, examples: [789] })
export const MessageId = Type.String({ format: 'uuid', examples: [MESSAGE] })
export const FileId = Type.String({ format: 'uuid', examples: [FILE] })
export const SessionId = Type.String({ format: 'uuid', examples: [SESSION] })
/** ISO 8601, UTC, milliseconds (UM4). */
export const Time = Type.String({ format: 'date-time', examples: [TIME] })
/** Epoch seconds (UM5). */
export const Seconds = Type.Integer({ examples: [1_772_366_400] })
export const Username = Type.String({ examples: ['janedoe'] })
const DisplayName = Type.Optional(nullable(Type.String({ examples: ['Jane Doe'] })))

/** Ids as input: digits are taken like the number (UM3). */
export const IdInput = Type.Union([Type.Integer({ minimum: 0, examples: [456] }), Type.String({ pattern: '^[0-9]+$' })])

/** What every request may carry: the socket's own session (UM39). */
const sessionID = Type.Optional(SessionId)
/** A request's fields. */
export const request = <P extends Readonly<Record<string, TSchema>>>(fields: P) => Type.Object({ sessionID, ...fields })

export const messageTypes = ['text', 'image', 'video', 'audio', 'file'] as const
export type MessageType = (typeof messageTypes)[number]
export const visibilities = ['everyone', 'contacts', 'nobody'] as const
export const contactStatuses = ['NEW', 'FRIEND', 'BLOCKED'] as const
export type ContactStatus = (typeof contactStatuses)[number]

// Sessions and presence

export const Connected = Type.Object({ user_id: UserId, username: Username, session_expires: Seconds })
export const SessionStatus = Type.Union([
  Type.Object({ valid: Type.Literal(true), expires_at: Seconds }),
  Type.Object({ valid: Type.Literal(false), message: Type.String() }),
])
export type SessionStatus = Static<typeof SessionStatus>

const Milliseconds = Type.Number({ examples: [1_772_366_400_000] })
export const Pong = Type.Object({
  timestamp: nullable(Milliseconds),
  server_time: Type.Integer({ examples: [1_772_366_400_100] }),
  latency: nullable(Type.Number({ examples: [100] })),
})

export const UserStatus = Type.Object({
  user_id: UserId,
  username: Username,
  status: oneOf('online', 'offline'),
  last_seen: Type.Optional(nullable(Time)),
})
export const StatusVisibility = Type.Object({ visibility: oneOf(...visibilities) })

/** Every refusal of an event (UM44). */
export const ErrorEvent = Type.Object({
  message: Type.String({ examples: ['This user is not in your contacts'] }),
  event: Type.String({ examples: ['send_message'] }),
  retry_after: Type.Optional(Type.Integer({ minimum: 1, description: 'Seconds.' })),
})

// Messages

const Forwarded = Type.Object({ message_id: MessageId, sender_id: UserId, sender_username: Username, timestamp: Time })

const said = {
  message_id: MessageId,
  sender_id: UserId,
  sender_username: Username,
  content: Type.String({ examples: [CONTENT] }),
  type: oneOf(...messageTypes),
  timestamp: Time,
}
const extras = {
  encrypted_content: Type.Optional(Type.String()),
  client_message_id: Type.Optional(Type.String()),
  reply_to_id: Type.Optional(MessageId),
  forwarded_from: Type.Optional(Forwarded),
  edited_at: Type.Optional(Time),
}
const placed = { recipient_id: ChatId, is_group: Type.Boolean({ examples: [false] }) }

export const NewMessage = Type.Object({ ...said, ...placed, ...extras })
export type NewMessage = Static<typeof NewMessage>
export const HistoryRow = Type.Object({
  ...said,
  ...placed,
  ...extras,
  is_read: Type.Boolean({ examples: [true] }),
  read: Type.Boolean({ examples: [true] }),
})
export type HistoryRow = Static<typeof HistoryRow>
/** The newest message of a chat, in the list of chats. */
export const LastMessage = Type.Object({ ...said, ...extras })
export type LastMessage = Static<typeof LastMessage>

export const MessageDeleted = Type.Object({
  message_id: MessageId,
  sender_id: UserId,
  timestamp: Time,
  ...placed,
  deleted_by: UserId,
})
export type MessageDeleted = Static<typeof MessageDeleted>
export const MessageEdited = Type.Object({
  message_id: MessageId,
  sender_id: UserId,
  ...placed,
  content: Type.String({ examples: [CONTENT] }),
  timestamp: Time,
})
export type MessageEdited = Static<typeof MessageEdited>
export const MessagesRead = Type.Object({
  reader_id: UserId,
  reader_username: Username,
  message_ids: Type.Array(MessageId),
  timestamp: Time,
  chat_id: ChatId,
  is_group: Type.Boolean({ examples: [false] }),
})
export type MessagesRead = Static<typeof MessagesRead>
export const TypingIndicator = Type.Object({
  user_id: UserId,
  username: Username,
  is_typing: Type.Boolean({ examples: [true] }),
  timestamp: Type.Number({ examples: [1_772_366_400.123] }),
  chat_id: ChatId,
  is_group: Type.Boolean({ examples: [false] }),
})
export type TypingIndicator = Static<typeof TypingIndicator>

// Chats

const LastOrNull = nullable(LastMessage)
const Unread = Type.Integer({ minimum: 0, examples: [3] })
export const DirectChat = Type.Object({
  id: ChatId,
  username: Username,
  display_name: DisplayName,
  status: oneOf('online', 'offline'),
  last_seen: nullable(Time),
  last_message: LastOrNull,
  unread_count: Unread,
  is_group: Type.Literal(false),
})
export const GroupChat = Type.Object({
  id: ChatId,
  name: Type.String({ examples: ['Project Team'] }),
  description: Type.String({ examples: ['Team discussion group'] }),
  member_count: Type.Integer({ minimum: 1, examples: [5] }),
  last_message: LastOrNull,
  unread_count: Unread,
  is_group: Type.Literal(true),
})
export const Chats = Type.Array(Type.Union([DirectChat, GroupChat]))
export type Chat = Static<typeof DirectChat> | Static<typeof GroupChat>

export const DirectInfo = Type.Object({
  id: ChatId,
  username: Username,
  display_name: DisplayName,
  is_online: Type.Boolean({ examples: [true] }),
  last_seen: nullable(Time),
  status: oneOf(...contactStatuses),
  is_group: Type.Literal(false),
  streak: Type.Integer({ minimum: 0, examples: [3] }),
  continue_streak: Type.Boolean({ examples: [true] }),
  is_contact: Type.Optional(Type.Literal(false)),
})
export type DirectInfo = Static<typeof DirectInfo>
export const GroupMember = Type.Object({
  user_id: UserId,
  username: Username,
  display_name: DisplayName,
  is_online: Type.Boolean({ examples: [true] }),
  last_seen: nullable(Time),
  is_admin: Type.Boolean({ examples: [false] }),
})
export type GroupMember = Static<typeof GroupMember>
export const GroupInfo = Type.Object({
  id: ChatId,
  name: Type.String({ examples: ['Project Team'] }),
  description: Type.String({ examples: ['Team discussion group'] }),
  created_at: Time,
  is_group: Type.Literal(true),
  members: Type.Array(GroupMember),
  member_count: Type.Integer({ minimum: 1, examples: [1] }),
  is_admin: Type.Boolean({ examples: [true] }),
})
export type GroupInfo = Static<typeof GroupInfo>

export const ChatHistory = Type.Object({
  chat_id: ChatId,
  is_group: Type.Boolean({ examples: [false] }),
  messages: Type.Array(HistoryRow),
  page: Type.Integer({ minimum: 1, examples: [1] }),
  page_size: Type.Integer({ minimum: 1, maximum: 100, examples: [20] }),
  total_pages: Type.Integer({ minimum: 0, examples: [5] }),
  total_messages: Type.Integer({ minimum: 0, examples: [100] }),
})
export type ChatHistory = Static<typeof ChatHistory>

// Files

export const UploadReady = Type.Object({
  file_id: FileId,
  upload_url: Type.String({ examples: [`/api/upload/${FILE}`] }),
  upload_token: Type.String({ examples: ['pV3nXc81LwYqRk5tZ0bHsGd2'] }),
  expires_in: Type.Integer({ examples: [3600] }),
})
export const FileUrl = Type.Object({
  file_id: FileId,
  url: Type.String({ examples: [`/api/files/${FILE}/image.jpg?signature=x`] }),
  expires_in: Type.Integer({ examples: [300] }),
})
