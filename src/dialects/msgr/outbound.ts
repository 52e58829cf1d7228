// Core → wire: people, messages, conversations. Answers, history, replies and events all pass through here.
import { truncateGraphemes } from '../../base/text.ts'
import {
  type AttachmentRef,
  type ConversationView,
  type Message as CoreMessage,
  type Participant as CoreParticipant,
  type Delivery,
  ENCRYPTED_TEXT,
  type Frame,
  type MessageId,
  type MessageKind,
  type Person,
  type ReactionTally,
} from '../../core/index.ts'
import type { Projection, SignalProjection } from '../../host/dialect.ts'
import type { Conversation, Media, Message, MessageType, Participant, Profile, Reaction } from './contract.ts'
import { conversationTopic, printTime, printTimeOrNull } from './ids.ts'

/** Where the text of a recalled message was (MS95). */
export const RECALLED_BODY = 'Meldingen er slettet'
const NAMELESS = 'Ukjent'
const FILE_WITHOUT_NAME = '[fil]'
const NAME_LIMIT = 120

/** What printing a message needs beside the message. */
export interface MessageScope {
  /** An absolute, signed, short-lived URL of a file that hangs on a message. */
  readonly fileUrl: (fid: string, messageId: MessageId) => string
}

/** The person's name for others: display name, else handle, never empty, at most 120 graphemes (MS32, MS33). */
export const printName = ({ displayName, handle }: Pick<Person, 'displayName' | 'handle'>): string => {
  const name = (displayName?.trim() && displayName) || handle || NAMELESS
  return truncateGraphemes(name, NAME_LIMIT)
}

export const printProfile = (person: Pick<Person, 'id' | 'displayName' | 'handle'>): Profile => ({
  id: person.id,
  name: printName(person),
  mode: 'private',
  handle: person.handle || null,
})

const mediaTypes: Partial<Record<MessageKind, MessageType>> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  file: 'file',
}

/** A client of this contract breaks on words it does not know, and shows media only where there are some (MS56). */
const typeOf = (message: CoreMessage): MessageType => {
  if (message.kind === 'system') return 'system'
  const [file] = message.attachments
  if (!file) return 'text'
  return mediaTypes[message.kind] ?? typeOfMime(file.mime)
}

const typeOfMime = (mime: string): MessageType => {
  const family = mime.slice(0, mime.indexOf('/'))
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'file'
}

const bodyOf = (message: CoreMessage): string => {
  if (message.recalledAt !== null) return RECALLED_BODY
  if (message.text) return message.text
  const [file] = message.attachments
  if (file) return file.name || FILE_WITHOUT_NAME
  return ENCRYPTED_TEXT
}

const printMedia = (file: AttachmentRef | undefined, messageId: MessageId, scope: MessageScope): Media | null =>
  file
    ? {
        url: scope.fileUrl(file.fid, messageId),
        filename: file.name,
        content_type: file.mime,
        byte_size: file.size,
      }
    : null

export const printReactions = (tallies: readonly ReactionTally[]): Reaction[] =>
  tallies.map(({ emoji, by }) => ({ emoji, count: by.length, profile_ids: by.map(person => person.id) }))

/** `read`: whether every other participant has read it; events say what held when the message was stored (MS57). */
export const printMessage = (message: CoreMessage, scope: MessageScope, read = false): Message => {
  const at = printTime(message.createdAt)
  return {
    id: message.id,
    body: bodyOf(message),
    status: read ? 'read' : 'sent',
    sent_at: at,
    inserted_at: at,
    profile: printProfile(message.author),
    conversation_id: message.conversation.id,
    type: typeOf(message),
    edited_at: printTimeOrNull(message.editedAt),
    deleted_at: printTimeOrNull(message.recalledAt),
    reply_to: message.replyTo?.id ?? message.replyRoot,
    media: printMedia(message.attachments[0], message.id, scope),
    reactions: printReactions(message.reactions),
  }
}

/** Direct chats have no roles in the core: whoever began one prints as its owner (MS46, MS53). */
const printParticipant = (view: ConversationView, { member, person }: CoreParticipant): Participant => {
  const { kind, createdBy } = view.conversation
  const owner = kind === 'direct' ? createdBy === person.id : member.role === 'owner'
  return {
    profile: printProfile(person),
    role: owner ? 'owner' : 'member',
    last_read_at: printTimeOrNull(member.readAt),
  }
}

/** `participants` have been cut already; `lastMessageRead` is the status of the last message. */
export const printConversation = (
  view: ConversationView,
  participants: readonly CoreParticipant[],
  lastMessageRead: boolean,
  scope: MessageScope,
): Conversation => {
  const { id, kind, title, slug, visibility, createdAt, updatedAt, memberCount } = view.conversation
  return {
    id,
    kind,
    participants: participants.map(participant => printParticipant(view, participant)),
    participant_count: memberCount,
    topic: kind === 'direct' ? null : (title ?? slug),
    visibility,
    inserted_at: printTime(createdAt),
    updated_at: printTime(updatedAt),
    last_message: view.lastMessage && printMessage(view.lastMessage, scope, lastMessageRead),
    unread_count: view.unread,
  }
}

/** Prints one server event of a topic in a framing. It is the same for every channel of the topic, so it names no join (MS75). */
export type PrintEvent = (topic: string, event: string, payload: object) => Frame

/** Not a frame that is sent: tells a conversation channel that it is over for its reader (MS90). */
export const CHANNEL_ENDS = 'phx_close'

/** What happens in a conversation, as its joined channels hear it (section 8). */
export const conversationEvents = (scope: MessageScope, print: PrintEvent): Projection => {
  const toAll = (conversationId: string, event: string, payload: object): readonly Delivery[] => [
    { frame: print(conversationTopic(conversationId), event, payload) },
  ]
  return {
    'message.sent': ({ body: { message } }) =>
      toAll(message.conversation.id, 'message_created', { data: printMessage(message, scope) }),
    'message.edited': ({ body: { message } }) =>
      toAll(message.conversation.id, 'message_updated', { data: printMessage(message, scope) }),
    'message.recalled': ({ body: { message } }) =>
      toAll(message.conversation.id, 'message_deleted', {
        message_id: message.id,
        deleted_at: printTimeOrNull(message.recalledAt),
        data: printMessage(message, scope),
      }),
    'reaction.changed': ({ body: { message, person, emoji, active } }) =>
      toAll(message.conversation.id, active ? 'reaction_added' : 'reaction_removed', {
        message_id: message.id,
        emoji,
        profile_id: person.id,
        aggregates: printReactions(message.reactions),
      }),
    'receipt.read': ({ body: { conversation, person, messageId, at } }) =>
      toAll(conversation.id, 'message_read', {
        message_id: messageId,
        profile_id: person.id,
        read_at: printTime(at),
      }),
    'member.left': ({ body: { person } }) => [{ frame: CHANNEL_ENDS, only: [person.id] }],
    'conversation.ended': () => [{ frame: CHANNEL_ENDS }],
    'conversation.created': null,
    'conversation.updated': null,
    'member.joined': null,
    'member.role': null,
    'member.muted': null,
    'application.made': null,
    'reminder.due': null,
    'membership.began': null,
    'membership.ended': null,
    'contact.requested': null,
    'contact.accepted': null,
    'contact.rejected': null,
    'contact.removed': null,
    'block.set': null,
    'block.lifted': null,
    'application.rejected': null,
    'profile.updated': null,
    'session.ended': null,
    'credential.revoked': null,
  }
}

/** Typing, for everybody but the one who types (MS91). */
export const conversationSignals = (print: PrintEvent): SignalProjection => ({
  typing: ({ body: { conversation, person, active, expiresAt } }) => {
    const who = { profile_id: person.id, profile_name: printName(person), thread_id: null }
    const topic = conversationTopic(conversation.id)
    const frame =
      active && expiresAt !== null
        ? print(topic, 'typing_started', { ...who, expires_at: printTime(expiresAt) })
        : print(topic, 'typing_stopped', who)
    return [{ frame, except: [person.id] }]
  },
  presence: null,
})

/** What a profile channel says of one of its conversations (MS100). */
export type ProfileNotice = 'conversation_created' | 'conversation_updated' | 'conversation_removed'

const notice = (frame: ProfileNotice, to: Omit<Delivery, 'frame'> = {}): readonly Delivery[] => [{ frame, ...to }]

/**
 * What happens to somebody's conversations, as his own channel hears it (section 9). The "frames" are only the name of
 * the notice: what it carries is the conversation in the reader's own eyes, which the channel looks up.
 */
export const profileNotices: Projection = {
  'membership.began': () => notice('conversation_created'),
  'membership.ended': () => notice('conversation_removed'),
  'message.sent': () => notice('conversation_updated'),
  'conversation.updated': () => notice('conversation_updated'),
  'member.joined': ({ body: { person } }) => notice('conversation_updated', { except: [person.id] }),
  'member.left': ({ body: { person } }) => notice('conversation_updated', { except: [person.id] }),
  'member.role': () => notice('conversation_updated'),
  'conversation.created': null,
  'conversation.ended': null,
  'member.muted': null,
  'message.edited': null,
  'message.recalled': null,
  'reaction.changed': null,
  'receipt.read': null,
  'application.made': null,
  'reminder.due': null,
  'contact.requested': null,
  'contact.accepted': null,
  'contact.rejected': null,
  'contact.removed': null,
  'block.set': null,
  'block.lifted': null,
  'application.rejected': null,
  'profile.updated': null,
  'session.ended': null,
  'credential.revoked': null,
}
