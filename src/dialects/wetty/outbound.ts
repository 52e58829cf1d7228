// Core → wire: people, groups, chats, messages. Answers, history and live frames all pass through here (WT51).
import {
  type AttachmentRef,
  type Conversation,
  type ConversationRef,
  type ConversationView,
  type Member as CoreMember,
  type Message as CoreMessage,
  ENCRYPTED_TEXT,
  nameOf,
  type Participant,
  type Person,
  type Profile,
  type Quoted,
  type ReactionTally,
  type Role,
  type Time,
} from '../../core/index.ts'
import type { Attachment, Chat, Message, Reaction, ReplyPreview } from './contract.messages.ts'
import type { Application, FoundGroup, Group, Member, OwnProfile, SharedGroup, User } from './contract.ts'
import { printChatId, printFid, printTime, printTimeOrNull } from './ids.ts'
import { printType } from './words.ts'

const downloadPath = (fid: string): string => `/f/fserv/download/${printFid(fid)}`

// People

export const printUser = (person: Person): User => ({
  uid: person.num,
  username: person.handle,
  nickname: nameOf(person),
  avatar_fid: person.avatar ? printFid(person.avatar) : '',
})

/** The caller's own (WT20). Never chosen shows as `need_verify`. */
export const printOwnProfile = (profile: Profile): OwnProfile => ({
  ...printUser(profile),
  bio: profile.bio ?? '',
  sr_link: profile.link ?? '',
  add_friend_setting: profile.addFriend ?? 'need_verify',
})

/** Somebody's wish to be friends or to join (WT28, WT41). */
export const printApplication = (
  requestId: string,
  person: Person,
  message: string | null,
  since: Time,
): Application => ({
  request_id: requestId,
  uid: person.num,
  username: person.handle,
  nickname: nameOf(person),
  apply_msg: message ?? '',
  created_at: printTime(since),
})

// Groups

const coreJoinRules = { open: 'open', approval: 'approval', invite: 'invite_only' } as const

/** Real clients test for `admin` (WT38). */
export const printRole = (role: Role): 'admin' | 'member' => (role === 'member' ? 'member' : 'admin')

/** What every member sees alike. */
export const printSharedGroup = (conversation: Conversation, owner: Person | null): SharedGroup => ({
  id: printChatId(conversation.num),
  name: conversation.title ?? '',
  description: conversation.description,
  avatar: conversation.avatar && downloadPath(conversation.avatar),
  created_at: printTime(conversation.createdAt),
  avatar_fid: conversation.avatar && printFid(conversation.avatar),
  visibility: conversation.visibility,
  is_public: conversation.visibility === 'public',
  join_rule: coreJoinRules[conversation.joinRule],
  // Channels hold any number (WT37).
  category: conversation.kind === 'channel' ? 'large' : conversation.sizeClass,
  member_count: conversation.memberCount,
  owner_uid: owner?.num ?? null,
})

const rankOf = (member: CoreMember | null) => ({
  my_role: member && printRole(member.role),
  my_rank: member?.role ?? null,
})

/** A group as the caller sees it; of a direct chat the same keys, named after the peer (WT34). */
export const printGroup = (view: ConversationView): Group => {
  const shared = printSharedGroup(view.conversation, view.owner)
  const avatar = view.peer?.avatar
  return {
    ...shared,
    ...(view.peer && {
      name: nameOf(view.peer),
      avatar: avatar ? downloadPath(avatar) : null,
      avatar_fid: avatar ? printFid(avatar) : null,
    }),
    ...rankOf(view.me),
    muted_until: printTimeOrNull(view.mutedUntil),
  }
}

export const printFoundGroup = (conversation: Conversation): FoundGroup => {
  const { id, name, description, avatar, visibility, join_rule, category, member_count } = printSharedGroup(
    conversation,
    null,
  )
  return { id, name, description, avatar, visibility, join_rule, category, member_count }
}

export const printMember = ({ member, person, mutedUntil }: Participant): Member => ({
  uid: person.num,
  role: printRole(member.role),
  username: person.handle,
  rank: member.role,
  nickname: nameOf(person),
  avatar_fid: person.avatar ? printFid(person.avatar) : '',
  joined_at: printTime(member.joinedAt),
  muted_until: printTimeOrNull(mutedUntil),
})

// Messages

const attachmentKind = (mime: string): Attachment['kind'] => {
  const family = mime.slice(0, mime.indexOf('/'))
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'file'
}

const printAttachment = ({ fid, name, mime, size, width, height }: AttachmentRef): Attachment => ({
  fid: printFid(fid),
  url: downloadPath(fid),
  name,
  mime,
  kind: attachmentKind(mime),
  size,
  width,
  height,
})

export const printReactions = (tallies: readonly ReactionTally[]): Reaction[] =>
  tallies.map(({ emoji, by }) => ({ emoji, count: by.length, uids: by.map(person => person.num) }))

const printQuoted = (quoted: Quoted): ReplyPreview => ({
  id: quoted.id,
  message: quoted.text,
  sender_uid: quoted.author.num,
  message_type: printType(quoted),
  deleted_at: printTimeOrNull(quoted.recalledAt),
  is_deleted: quoted.recalledAt !== null,
})

/** The caption, else the file itself (WT72); null only once recalled. */
const bodyOf = (message: CoreMessage): string | null => {
  if (message.recalledAt !== null) return null
  if (message.text) return message.text
  const [file] = message.attachments
  return file ? printFid(file.fid) : (message.text ?? ENCRYPTED_TEXT)
}

/** WT50, and the shell of WT58. */
export const printMessage = (message: CoreMessage): Message => {
  const chatId = printChatId(message.conversation.num)
  const [file] = message.attachments
  const from = message.forwardedFrom
  return {
    id: message.id,
    chat_id: chatId,
    gid: chatId,
    message: bodyOf(message),
    message_type: printType(message),
    reply_to_id: message.replyTo?.id ?? null,
    reply_root_id: message.replyRoot,
    // Never empty: a real client drops a live message whose key it knows already (WT52).
    client_generated_id: message.clientKey ?? message.id,
    sender_uid: message.author.num,
    created_at: printTime(message.createdAt),
    updated_at: printTimeOrNull(message.editedAt),
    deleted_at: printTimeOrNull(message.recalledAt),
    has_attachments: file !== undefined,
    is_edited: message.editedAt !== null,
    is_deleted: message.recalledAt !== null,
    has_thread: message.hasThread,
    reply_to_message: message.replyTo && printQuoted(message.replyTo),
    seq: message.seq,
    sender: printUser(message.author),
    fid: file ? printFid(file.fid) : null,
    attachments: message.attachments.map(printAttachment),
    forwarded_from: from && {
      message_id: from.messageId,
      sender_uid: from.author.num,
      sender_name: nameOf(from.author),
      created_at: printTime(from.at),
    },
    reactions: printReactions(message.reactions),
    remind_at: printTimeOrNull(message.remindAt),
  }
}

const printed = new WeakMap<CoreMessage, string>()

/** A message as JSON text; made once for its answer and its frame, which carry the same message. */
export const messageJson = (message: CoreMessage): string => {
  let text = printed.get(message)
  if (text === undefined) {
    text = JSON.stringify(printMessage(message))
    printed.set(message, text)
  }
  return text
}

// Chats

/** A direct chat is named after the peer, so that a client knowing only groups shows it properly (WT46). */
export const printChat = (view: ConversationView): Chat => {
  const { conversation, peer } = view
  const avatar = peer ? peer.avatar : conversation.avatar
  return {
    id: printChatId(conversation.num),
    name: peer ? nameOf(peer) : conversation.title,
    last_message_at: printTimeOrNull(conversation.lastMessageAt),
    chat_type: conversation.kind === 'direct' ? 'direct' : 'group',
    avatar: avatar ? downloadPath(avatar) : null,
    peer_uid: peer?.num ?? null,
    can_send: view.canSend,
    unread_count: view.unread,
    last_read_message_id: view.lastReadMessageId,
    last_message: view.lastMessage && printMessage(view.lastMessage),
    muted_until: printTimeOrNull(view.mutedUntil),
  }
}

/** Both names under which clients look for the chat of an event (WT87). */
export const chatKeys = ({ num }: Pick<ConversationRef, 'num'>) => {
  const id = printChatId(num)
  return { chat_id: id, gid: id }
}
