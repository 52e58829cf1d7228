// Core → wire: people, messages, conversations. Answers, history, replies and events all pass through here.
import { truncateGraphemes } from '../../base/text.ts'
import {
  type AttachmentRef,
  type ConversationView,
  type Message as CoreMessage,
  type Participant as CoreParticipant,
  ENCRYPTED_TEXT,
  type MessageId,
  type MessageKind,
  type Person,
  type ReactionTally,
} from '../../core/index.ts'
import type { Conversation, Media, Message, MessageType, Participant, Profile, Reaction } from './contract.ts'
import { printTime, printTimeOrNull } from './ids.ts'

/** Where the text of a recalled message was (MS95). */
const RECALLED_BODY = 'Meldingen er slettet'
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
