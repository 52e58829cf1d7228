// Core → wire: people, channels, messages. Answers, history and live frames all pass through here (CA18 to CA22).
import {
  type AttachmentRef,
  type ConversationRef,
  type ConversationView,
  type Message as CoreMessage,
  ENCRYPTED_TEXT,
  type MessageId,
  type Person,
  type Profile,
  type ProfileId,
  type Time,
} from '../../core/index.ts'
import type { Attachment, Channel, Message, User } from './contract.ts'
import { directName, NOBODY, printTime, printTimeOrNull, timeOfId } from './ids.ts'

// People

/** What the caller may see of somebody's presence; undefined where nothing (CA39). */
export interface Seen {
  readonly online: boolean
  readonly seenAt: Time | null
}

/** `email` is for its owner's eyes (CA19). */
export const printUser = (profile: Profile, seen: Seen | undefined, email: string | null = null): User => ({
  id: profile.id,
  username: profile.handle,
  email,
  display_name: profile.displayName,
  created_at: printTime(profile.createdAt),
  is_online: seen?.online ?? false,
  last_seen: printTimeOrNull(seen?.seenAt ?? null),
})

// Channels

/** The name under which `viewer` finds it: a direct chat is called after the other one (§10). */
export const channelName = ({ slug, pair }: Pick<ConversationRef, 'slug' | 'pair'>, viewer: ProfileId): string => {
  const peer = pair?.find(person => person.id !== viewer)
  return peer ? directName(peer) : slug
}

/** What a control frame says about where (CA77, CA78). */
export const printPlace = (
  ref: ConversationRef,
  viewer: ProfileId,
): { readonly id: string; readonly name: string } => ({
  id: ref.id,
  name: channelName(ref, viewer),
})

/** `members` as far as the caller may see them, the owner first (CA21). */
export const printChannel = (
  { conversation, ref, owner }: Pick<ConversationView, 'conversation' | 'ref' | 'owner'>,
  members: readonly ProfileId[],
  viewer: ProfileId,
): Channel => ({
  id: conversation.id,
  name: channelName(ref, viewer),
  description: conversation.description,
  created_by: owner?.id ?? NOBODY,
  created_at: printTime(conversation.createdAt),
  members: [...members],
  owner_id: owner?.id ?? NOBODY,
  title: conversation.title,
  kind: conversation.kind,
})

/** A private conversation to somebody who is no longer in it: how it is called, and nothing of what it is like. */
export const printLostChannel = (ref: ConversationRef, viewer: ProfileId): Channel => ({
  ...printPlace(ref, viewer),
  description: null,
  created_by: NOBODY,
  created_at: printTime(timeOfId(ref.id)),
  members: [],
  owner_id: NOBODY,
  title: ref.title,
  kind: ref.kind,
})

// Messages

/** What printing a message needs beside the message. */
export interface MessageScope {
  /** An absolute, signed, short-lived URL of a file that hangs on a message. */
  readonly fileUrl: (fid: string, messageId: MessageId) => string
}

const families = ['image', 'video', 'audio']

const fileText = ({ mime, name }: AttachmentRef): string => {
  const family = mime.slice(0, mime.indexOf('/'))
  return `[${families.includes(family) ? family : 'file'}] ${name}`
}

/** The text, else what stands for it (§10). A recalled one shows only as the answer to a repeat, and says nothing. */
const contentOf = (message: CoreMessage): string => {
  if (message.recalledAt !== null) return ''
  if (message.text) return message.text
  const [file] = message.attachments
  return file ? fileText(file) : ENCRYPTED_TEXT
}

const printAttachment = (file: AttachmentRef, messageId: MessageId, scope: MessageScope): Attachment => ({
  fid: file.fid,
  name: file.name,
  mime: file.mime,
  size: file.size,
  url: scope.fileUrl(file.fid, messageId),
})

/** The same for whoever looks (CA22). */
export const printMessage = (message: CoreMessage, scope: MessageScope): Message => {
  const { id, conversation, author, attachments, clientKey, editedAt, replyTo, forwardedFrom } = message
  return {
    id,
    content: contentOf(message),
    channel_id: conversation.id,
    username: author.handle,
    user_id: author.id,
    timestamp: printTime(message.createdAt),
    ...(conversation.kind !== 'direct' && { channel_name: conversation.slug }),
    ...(clientKey !== null && { client_id: clientKey }),
    ...(editedAt !== null && { edited_at: printTime(editedAt) }),
    ...(replyTo !== null && { reply_to: replyTo.id }),
    ...(attachments.length > 0 && { attachments: attachments.map(file => printAttachment(file, id, scope)) }),
    ...(forwardedFrom !== null && { forwarded: true as const }),
  }
}

/** Who has written, for what names nobody's display name. */
export const printWho = ({ id, handle }: Pick<Person, 'id' | 'handle'>) => ({ user_id: id, username: handle })

/** Prints messages as JSON text, each once: the answer to a send, its frame and its repeat carry the same object. */
export const messagePrinter = (scope: MessageScope): ((message: CoreMessage) => string) => {
  const printed = new WeakMap<CoreMessage, string>()
  return message => {
    let text = printed.get(message)
    if (text === undefined) {
      text = JSON.stringify(printMessage(message, scope))
      printed.set(message, text)
    }
    return text
  }
}
