// Core → wire: messages, chats, people. Answers, history and live frames all pass through here (UM70).
import {
  type AttachmentRef,
  type Conversation,
  type ConversationRef,
  type ConversationView,
  ENCRYPTED_TEXT,
  type Message,
  type MessageId,
  type Num,
  type Participant,
  type Person,
  type ProfileId,
  type Relation,
  type Time,
} from '../../core/index.ts'
import type {
  Chat,
  ContactStatus,
  DirectInfo,
  GroupInfo,
  GroupMember,
  HistoryRow,
  LastMessage,
  MessageDeleted,
  MessageEdited,
  MessagesRead,
  MessageType,
  NewMessage,
  TypingIndicator,
} from './contract.ts'
import { chatIdFor, isGroup, peerOf, printPreciseSeconds, printTime, printTimeOrNull } from './ids.ts'
import { isUploadKey, type Sealed, unseal } from './sealed.ts'

// Files

/** What the content of a file message says of its file (UM96). */
const printFile = ({ fid, name, mime, size }: AttachmentRef) => ({
  file_id: fid,
  file_name: name,
  file_type: mime,
  file_size: size,
  file_url: `/api/files/${fid}/${encodeURIComponent(name)}`,
})

/** The type of a message that carries a file of this mime (UM96). */
export const typeOfMime = (mime: string): Exclude<MessageType, 'text'> => {
  const family = mime.slice(0, mime.indexOf('/')).toLowerCase()
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'file'
}

/** The first file is the message's; text beside it is its caption, more files come along. */
const fileContent = (files: readonly [AttachmentRef, ...AttachmentRef[]], caption: string | null): string =>
  JSON.stringify({
    ...printFile(files[0]),
    ...(caption && { caption }),
    ...(files.length > 1 && { files: files.map(printFile) }),
  })

// Messages

const isOwnType = (kind: string): kind is MessageType =>
  kind === 'text' || kind === 'image' || kind === 'video' || kind === 'audio' || kind === 'file'

/** What was said, whatever door it came through. */
const saidIn = (message: Message, sealed: Sealed | null): { readonly type: MessageType; readonly content: string } => {
  const { kind, text, attachments } = message
  const kept = isOwnType(kind) ? kind : 'text'
  if (message.recalledAt !== null) return { type: kept, content: '' }
  if (sealed) return { type: kept, content: sealed.content ?? text ?? '' }
  const [file, ...more] = attachments
  if (file) return { type: typeOfMime(file.mime), content: fileContent([file, ...more], text) }
  // A kind that promises a file, without one: its text is all there is.
  return { type: 'text', content: text || ENCRYPTED_TEXT }
}

/** The peer's number, or the group's; the same in every copy (UM70). */
const recipientOf = ({ conversation, author }: Message): number => chatIdFor(conversation, author.id)

const placeOf = (message: Message) => ({
  recipient_id: recipientOf(message),
  is_group: isGroup(message.conversation),
})

const forwardedFrom = (message: Message) => {
  const from = message.forwardedFrom
  return from
    ? {
        forwarded_from: {
          message_id: from.messageId,
          sender_id: from.author.num,
          sender_username: from.author.handle,
          timestamp: printTime(from.at),
        },
      }
    : {}
}

/** `toAuthor`: the author's own copies also carry the key he sent it under (UM76). */
export const printMessage = (message: Message, toAuthor: boolean): NewMessage => {
  const sealed = unseal(message)
  const { type, content } = saidIn(message, sealed)
  const { id, author, clientKey, replyTo, editedAt } = message
  return {
    message_id: id,
    sender_id: author.num,
    sender_username: author.handle,
    ...placeOf(message),
    content,
    type,
    timestamp: printTime(message.createdAt),
    ...(sealed?.encrypted != null && { encrypted_content: sealed.encrypted }),
    ...(toAuthor && clientKey !== null && !isUploadKey(clientKey) && { client_message_id: clientKey }),
    ...(replyTo && { reply_to_id: replyTo.id }),
    ...forwardedFrom(message),
    ...(editedAt !== null && { edited_at: printTime(editedAt) }),
  }
}

/** As `viewer` sees it in a page of history. */
export const printRow = (message: Message, viewer: ProfileId, read: boolean): HistoryRow => ({
  ...printMessage(message, message.author.id === viewer),
  is_read: read,
  read,
})

const printLast = (message: Message, viewer: ProfileId): LastMessage => {
  const { recipient_id: _recipient, is_group: _group, ...said } = printMessage(message, message.author.id === viewer)
  return said
}

export const printDeleted = (message: Message, by: Person, at: Time): MessageDeleted => ({
  message_id: message.id,
  sender_id: message.author.num,
  timestamp: printTime(message.recalledAt ?? at),
  ...placeOf(message),
  deleted_by: by.num,
})

export const printEdited = (message: Message, at: Time): MessageEdited => ({
  message_id: message.id,
  sender_id: message.author.num,
  ...placeOf(message),
  content: saidIn(message, unseal(message)).content,
  timestamp: printTime(message.editedAt ?? at),
})

/** To the author of what was read; `chat_id` is the chat as he sees it (UM80). */
export const printRead = (
  conversation: ConversationRef,
  reader: Person,
  author: ProfileId,
  messageIds: readonly MessageId[],
  at: Time,
): MessagesRead => ({
  reader_id: reader.num,
  reader_username: reader.handle,
  message_ids: [...messageIds],
  timestamp: printTime(at),
  chat_id: chatIdFor(conversation, author),
  is_group: isGroup(conversation),
})

/** To the others; in a direct chat (`group` null) there is one, who sees it under the typist's number (UM82). */
export const printTyping = (group: Num | null, typist: Person, active: boolean, at: Time): TypingIndicator => ({
  user_id: typist.num,
  username: typist.handle,
  is_typing: active,
  timestamp: printPreciseSeconds(at),
  chat_id: group ?? typist.num,
  is_group: group !== null,
})

// People

/** What may be seen of somebody's presence; nothing where he is none of one's contacts. */
export type Seen = { readonly online: boolean; readonly seenAt: Time | null } | undefined

export const printPresence = (seen: Seen) => ({
  is_online: seen?.online ?? false,
  last_seen: printTimeOrNull(seen?.seenAt ?? null),
})

const printStatus = (online: boolean): 'online' | 'offline' => (online ? 'online' : 'offline')

/** Null for those with whom there is no row (UM6). */
const printRelation = (relation: Relation): ContactStatus | null => {
  switch (relation) {
    case 'friend':
      return 'FRIEND'
    case 'pending_in':
    case 'pending_out':
      return 'NEW'
    case 'blocked':
      return 'BLOCKED'
    default:
      return null
  }
}

/** The names of a person (UM8). */
export const printNames = ({ handle, displayName }: Person) => ({ username: handle, display_name: displayName })

// Chats

/** An untitled group is called by its slug (UM60). */
export const printGroupName = ({ title, slug }: Pick<Conversation, 'title' | 'slug'>): string => title ?? slug

const printGroup = (conversation: Conversation) => ({
  id: conversation.num,
  name: printGroupName(conversation),
  description: conversation.description ?? '',
  member_count: conversation.memberCount,
})

/** A chat in the caller's list. `last` is its newest message that still stands. */
export const printChat = (view: ConversationView, last: Message | null, viewer: ProfileId, seen: Seen): Chat => {
  const shared = { last_message: last && printLast(last, viewer), unread_count: view.unread }
  const peer = peerOf(view.ref, viewer)
  if (!peer) return { ...printGroup(view.conversation), ...shared, is_group: true }
  const { is_online, last_seen } = printPresence(seen)
  return { id: peer.num, ...printNames(peer), status: printStatus(is_online), last_seen, ...shared, is_group: false }
}

/** See the core's `streakOf`. */
export interface Streak {
  readonly days: number
  readonly dueToday: boolean
}

/** It would break tonight: due today and not yet kept (UM117). */
export const printStreak = ({ days, dueToday }: Streak) => ({ streak: days, continue_streak: !(days > 0 && dueToday) })

/** A direct chat; somebody who is no contact prints as a request would, and says so (UM63, UM64). */
export const printDirectInfo = (peer: Person, relation: Relation, seen: Seen, streak: Streak): DirectInfo => {
  const status = printRelation(relation)
  return {
    id: peer.num,
    ...printNames(peer),
    ...printPresence(seen),
    status: status ?? 'NEW',
    is_group: false,
    ...printStreak(streak),
    ...(status === null && { is_contact: false as const }),
  }
}

export const isAdmin = (role: string | undefined): boolean => role === 'owner' || role === 'manager'

/** While somebody is online, nothing is said of when he was (UM52). */
const printMember = ({ member, person }: Participant, seen: Seen): GroupMember => ({
  user_id: person.num,
  ...printNames(person),
  is_online: seen?.online ?? false,
  last_seen: seen?.online ? null : printTimeOrNull(seen?.seenAt ?? null),
  is_admin: isAdmin(member.role),
})

/** A group as the caller sees it (UM63); also what `group_created` says (UM121). */
export const printGroupInfo = (
  { conversation, me }: ConversationView,
  participants: readonly Participant[],
  seen: ReadonlyMap<ProfileId, NonNullable<Seen>>,
): GroupInfo => ({
  ...printGroup(conversation),
  created_at: printTime(conversation.createdAt),
  is_group: true,
  members: participants.map(participant => printMember(participant, seen.get(participant.person.id))),
  is_admin: isAdmin(me?.role),
})
