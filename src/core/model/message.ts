// What is said: the stored row, and the view every dialect prints from.
import type { ConversationRef } from './conversation.ts'
import type { ConversationId, Fid, MessageId, ProfileId, Seq, Time } from './ids.ts'
import type { Person } from './profile.ts'

export type MessageKind = 'text' | 'image' | 'video' | 'audio' | 'file' | 'emote' | 'reminder' | 'system'

/** Found `@handle`, `@here`, `@channel` in the text; ranges in UTF-16 units. */
export interface Mention {
  readonly type: 'user' | 'channel'
  /** The person, or `here` / `channel`. */
  readonly target: ProfileId | 'here' | 'channel'
  /** The person's, if there is one (see Profile). */
  readonly rootKey?: string
  readonly start: number
  readonly end: number
}

/** The first origin of a forwarded message. */
export interface ForwardedFrom {
  readonly messageId: MessageId
  readonly author: Person
  readonly at: Time
}

/** As stored. */
export interface MessageRow {
  readonly id: MessageId
  readonly conversationId: ConversationId
  readonly seq: Seq
  readonly authorId: ProfileId
  readonly kind: MessageKind
  /** A door's own word for the kind (`sticker`), opaque; null when the kind says it all. */
  readonly label: string | null
  readonly text: string | null
  /** Opaque to the core: encrypted content or a door's metadata. */
  readonly payload: string | null
  readonly mentions: readonly Mention[]
  readonly replyTo: MessageId | null
  readonly replyRoot: MessageId | null
  readonly forwardedFrom: ForwardedFrom | null
  readonly attachments: readonly Fid[]
  readonly remindAt: Time | null
  readonly clientKey: string | null
  /** Digest of what was sent, to tell a repeat from another use of the same key. */
  readonly contentDigest: string | null
  readonly createdAt: Time
  readonly editedAt: Time | null
  readonly recalledAt: Time | null
  readonly recalledBy: ProfileId | null
}

export interface AttachmentRef {
  readonly fid: Fid
  readonly name: string
  readonly mime: string
  readonly size: number
  readonly width: number | null
  readonly height: number | null
}

/** First-use order; `by` in order of reacting. */
export interface ReactionTally {
  readonly emoji: string
  readonly by: readonly Person[]
}

/** One level deep; follows recall (text null). */
export interface Quoted {
  readonly id: MessageId
  readonly author: Person
  readonly kind: MessageKind
  readonly label: string | null
  readonly text: string | null
  readonly recalledAt: Time | null
}

/**
 * One message as shown, the same for everyone who looks. A recalled one is a shell: text, payload and forwardedFrom
 * null; mentions, attachments and reactions empty.
 */
export interface Message {
  readonly id: MessageId
  readonly conversation: ConversationRef
  readonly seq: Seq
  readonly author: Person
  readonly kind: MessageKind
  readonly label: string | null
  readonly text: string | null
  readonly payload: string | null
  readonly mentions: readonly Mention[]
  readonly replyTo: Quoted | null
  readonly replyRoot: MessageId | null
  /** Whether some message has this one as its root. */
  readonly hasThread: boolean
  readonly forwardedFrom: ForwardedFrom | null
  readonly attachments: readonly AttachmentRef[]
  readonly reactions: readonly ReactionTally[]
  readonly remindAt: Time | null
  readonly clientKey: string | null
  readonly createdAt: Time
  readonly editedAt: Time | null
  readonly recalledAt: Time | null
  readonly recalledBy: ProfileId | null
}

/** Messages of one author that a moved mark left behind: ascending, the newest 200 at most. */
export interface NewlyRead {
  readonly authorId: ProfileId
  readonly messageIds: readonly MessageId[]
}

/** What to print where there is nothing readable (an encrypted payload only). */
export const ENCRYPTED_TEXT = '[encrypted message]'

export interface Reaction {
  readonly messageId: MessageId
  readonly emoji: string
  readonly profileId: ProfileId
  /** Sorts as shown: emojis by their first use, within one by use (see `doReact`). */
  readonly order: number
}

/** Pending nudge of a reminder message. */
export interface Reminder {
  readonly messageId: MessageId
  readonly dueAt: Time
}

export interface Pin {
  readonly conversationId: ConversationId
  readonly messageId: MessageId
  readonly pinnedBy: ProfileId
  readonly pinnedAt: Time
}
