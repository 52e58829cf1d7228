// Messages, chats and files as they travel: schemas, their static types, and an example of each.
import { nullable, oneOf, type Static, Type } from '../../base/schema.ts'
import { ChatId, Fid, MessageId, Time, Uid, User } from './contract.ts'

const FID = 'file_b1qT1o0mR6uOZc0mQm6o1w'
const MESSAGE = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
const TIME = '2026-03-01T12:00:00.000Z'

export const Reaction = Type.Object(
  { emoji: Type.String(), count: Type.Integer({ minimum: 1 }), uids: Type.Array(Uid) },
  { title: 'Reaction', examples: [{ emoji: '👍', count: 1, uids: [18] }] },
)
export type Reaction = Static<typeof Reaction>

export const Attachment = Type.Object(
  {
    fid: Fid,
    url: Type.String(),
    name: Type.String(),
    mime: Type.String(),
    kind: oneOf('image', 'video', 'audio', 'file'),
    size: Type.Integer(),
    width: nullable(Type.Integer()),
    height: nullable(Type.Integer()),
  },
  {
    title: 'Attachment',
    examples: [
      {
        fid: FID,
        url: `/f/fserv/download/${FID}`,
        name: 'cat.jpg',
        mime: 'image/jpeg',
        kind: 'image',
        size: 48_213,
        width: null,
        height: null,
      },
    ],
  },
)
export type Attachment = Static<typeof Attachment>

export const ReplyPreview = Type.Object({
  id: MessageId,
  message: nullable(Type.String()),
  sender_uid: Uid,
  message_type: Type.String(),
  deleted_at: nullable(Time),
  is_deleted: Type.Boolean(),
})
export type ReplyPreview = Static<typeof ReplyPreview>

/** One message, the same in answers, history and live frames; nothing in it depends on who looks (WT50, WT51). */
export const Message = Type.Object(
  {
    id: MessageId,
    chat_id: ChatId,
    gid: ChatId,
    message: nullable(Type.String()),
    message_type: Type.String(),
    reply_to_id: nullable(MessageId),
    reply_root_id: nullable(MessageId),
    client_generated_id: Type.String(),
    sender_uid: Type.Integer(),
    created_at: Time,
    updated_at: nullable(Time),
    deleted_at: nullable(Time),
    has_attachments: Type.Boolean(),
    is_edited: Type.Boolean(),
    is_deleted: Type.Boolean(),
    has_thread: Type.Boolean(),
    reply_to_message: nullable(ReplyPreview),
    seq: Type.Integer({ minimum: 1 }),
    sender: User,
    fid: nullable(Fid),
    attachments: Type.Array(Attachment),
    forwarded_from: nullable(
      Type.Object({ message_id: MessageId, sender_uid: Uid, sender_name: Type.String(), created_at: Time }),
    ),
    reactions: Type.Array(Reaction),
    remind_at: nullable(Time),
  },
  {
    title: 'Message',
    examples: [
      {
        id: MESSAGE,
        chat_id: '42',
        gid: '42',
        message: 'hello',
        message_type: 'text',
        reply_to_id: null,
        reply_root_id: null,
        client_generated_id: 'c-1',
        sender_uid: 17,
        created_at: TIME,
        updated_at: null,
        deleted_at: null,
        has_attachments: false,
        is_edited: false,
        is_deleted: false,
        has_thread: false,
        reply_to_message: null,
        seq: 1,
        sender: { uid: 17, username: 'mila', nickname: 'Mila', avatar_fid: '' },
        fid: null,
        attachments: [],
        forwarded_from: null,
        reactions: [],
        remind_at: null,
      },
    ],
  },
)
export type Message = Static<typeof Message>

export const MessagePage = Type.Object(
  { messages: Type.Array(Message), next_cursor: nullable(MessageId), prev_cursor: nullable(MessageId) },
  { examples: [{ messages: [], next_cursor: null, prev_cursor: null }] },
)
export const Recalled = Type.Object(
  { msg_id: MessageId, chat_id: ChatId, recalled_at: Time },
  { examples: [{ msg_id: MESSAGE, chat_id: '42', recalled_at: TIME }] },
)
export const Reacted = Type.Object(
  { msg_id: MessageId, chat_id: ChatId, reactions: Type.Array(Reaction) },
  { examples: [{ msg_id: MESSAGE, chat_id: '42', reactions: [{ emoji: '👍', count: 1, uids: [18] }] }] },
)
export const ReadUpTo = Type.Object(
  { last_read_message_id: nullable(MessageId), unread_count: Type.Integer() },
  { examples: [{ last_read_message_id: MESSAGE, unread_count: 0 }] },
)

/** A chat in the caller's list (WT46). */
export const Chat = Type.Object(
  {
    id: ChatId,
    name: nullable(Type.String()),
    last_message_at: nullable(Time),
    chat_type: oneOf('group', 'direct'),
    avatar: nullable(Type.String()),
    peer_uid: nullable(Uid),
    can_send: Type.Boolean(),
    unread_count: Type.Integer(),
    last_read_message_id: nullable(MessageId),
    last_message: nullable(Message),
    muted_until: nullable(Time),
  },
  {
    title: 'Chat',
    examples: [
      {
        id: '42',
        name: 'Noor',
        last_message_at: null,
        chat_type: 'direct',
        avatar: null,
        peer_uid: 18,
        can_send: true,
        unread_count: 0,
        last_read_message_id: null,
        last_message: null,
        muted_until: null,
      },
    ],
  },
)
export type Chat = Static<typeof Chat>
export const ChatList = Type.Object(
  { chats: Type.Array(Chat), next_cursor: nullable(ChatId) },
  { examples: [{ chats: [], next_cursor: null }] },
)

export const Uploaded = Type.Object(
  { fid: Fid, name: Type.String(), mime: Type.String(), size: Type.Integer() },
  { examples: [{ fid: FID, name: 'cat.jpg', mime: 'image/jpeg', size: 48_213 }] },
)
