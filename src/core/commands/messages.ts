// Messages: sent, edited, recalled, forwarded, reacted to, read.

import type { Actor } from '../actor.ts'
import type { Context } from '../context.ts'
import type { ConversationId, Fid, MessageId, ProfileId, Seq, Time } from '../model/ids.ts'
import type { Mention, Message, MessageKind, NewlyRead } from '../model/message.ts'
import type { Person } from '../model/profile.ts'
import { createChanging } from './messages.change.ts'
import { createPinning } from './messages.pin.ts'
import { createReading } from './messages.read.ts'
import { createSearching } from './messages.search.ts'
import { createSending } from './messages.send.ts'

export interface Draft {
  readonly kind: MessageKind
  readonly label?: string | null
  readonly text?: string | null
  readonly payload?: string | null
  readonly replyTo?: MessageId | null
  readonly replyRoot?: MessageId | null
  readonly attachments?: readonly Fid[]
  /** The files are for this one message: none may have been spent before, and with the message they are gone. */
  readonly spends?: boolean
  readonly remindAt?: Time | null
  /** Unique per author and conversation; makes the send repeatable. */
  readonly clientKey?: string | null
  /** What was sent, in the door's own words, where a repeat of it names other files. Defaults to all of the draft. */
  readonly fingerprint?: string | null
  /** Mentions a door found in a notation of its own; the core adds `@handle`, `@here`, `@channel`. */
  readonly mentioned?: readonly Mention[]
}

/** `repeated`: an earlier outcome of the same client key; `sameContent`: and it was the same content. */
export interface Sent {
  readonly message: Message
  readonly repeated: boolean
  readonly sameContent: boolean
}

export interface MessagePage {
  /** Ascending by seq. */
  readonly messages: readonly Message[]
  readonly more: { readonly before: boolean; readonly after: boolean }
}

/** Where a mark stands after a call that moved it, or did not. */
export interface Marked {
  readonly changed: boolean
  readonly upTo: Seq
  readonly lastReadMessageId: MessageId | null
  readonly readAt: Time | null
  readonly unread: number
  readonly newly: readonly NewlyRead[]
}

export interface ReadUpTo {
  readonly person: Person
  readonly messageId: MessageId
  readonly at: Time
}

export interface Pinned {
  readonly message: Message
  readonly by: Person
  readonly at: Time
}

/**
 * Faults of all: conversation.unknown, member.required. Of all that write: member.muted, blocked.by-me, blocked.by-peer,
 * stranger.refused, friend.required.
 */
export interface Messages {
  /**
   * Durable when it resolves. Faults: text.empty (neither text, payload nor file), text.too-long, target.unknown,
   * message.recalled (quoted), file.unknown, file.spent, rate.limited, value.invalid.
   */
  send(actor: Actor, conversation: ConversationId, draft: Draft): Promise<Sent>
  /** By the author; the same text changes nothing. Faults: message.unknown, author.required, message.recalled, text.empty, text.too-long. */
  edit(
    actor: Actor,
    message: MessageId,
    change: { readonly text: string; readonly mentioned?: readonly Mention[] },
  ): Promise<{ readonly message: Message; readonly changed: boolean }>
  /** Answers the shell; a repeat changes nothing. Faults: message.unknown, author.required, recall.expired. */
  recall(actor: Actor, message: MessageId): Promise<{ readonly message: Message; readonly changed: boolean }>
  /** Of a message the actor may read. Faults: message.unknown, message.recalled, message.uncopyable (system, reminder), those of send. */
  forward(actor: Actor, message: MessageId, to: ConversationId, clientKey: string | null): Promise<Sent>
  /** `emoji` has been judged by the door (one grapheme, or a code). Faults: message.unknown, message.recalled, reaction.limit. */
  react(
    actor: Actor,
    message: MessageId,
    emoji: string,
    active: boolean,
  ): Promise<{ readonly message: Message; readonly changed: boolean }>
  /** Moves the actor's mark up to a message (the newest by default), never back. Faults: target.unknown. */
  markRead(actor: Actor, conversation: ConversationId, upTo: MessageId | null): Promise<Marked>
  /**
   * The newest `limit` (≤ 1000), or next to a cursor (`before` wins), or half of them on either side of `around`, which is
   * among them. `standing` leaves the recalled out. Faults: target.unknown (`cursor`, `replyRoot`).
   */
  page(
    actor: Actor,
    conversation: ConversationId,
    page: {
      readonly limit: number
      readonly before?: MessageId | undefined
      readonly after?: MessageId | undefined
      readonly around?: MessageId | undefined
      readonly replyRoot?: MessageId | undefined
      readonly standing?: boolean | undefined
    },
  ): Promise<MessagePage>
  /** The newest first, recalled ones neither listed nor counted: `limit` (≤ 1000) of them behind the first `offset`. */
  pageAt(
    actor: Actor,
    conversation: ConversationId,
    page: { readonly offset: number; readonly limit: number },
  ): Promise<{ readonly messages: readonly Message[]; readonly total: number }>
  /**
   * Over all conversations the actor is in, recalled ones left out, in order of commit (ids rise along it): the newest
   * `limit` (≤ 1000), above `after`, below `before`; with `mine`, the actor's own. Faults: target.unknown (`cursor`: no such message, or not for him).
   */
  recent(
    actor: Actor,
    page: {
      readonly limit: number
      readonly before?: MessageId | undefined
      readonly after?: MessageId | undefined
      readonly mine?: boolean
    },
  ): Promise<readonly Message[]>
  /** Those of these that are there and in a conversation of the actor's; shells where recalled. In no particular order. */
  getMany(actor: Actor, messages: readonly MessageId[]): Promise<readonly Message[]>
  /**
   * Newest first: the standing messages in which every one of `terms` occurs (folded), in the conversations the actor is in.
   * Looks at 20,000 messages at most; `next` goes on behind them, null at the end. Faults: target.unknown (`cursor`),
   * member.required (`conversationId`).
   */
  search(
    actor: Actor,
    query: {
      readonly terms: readonly string[]
      readonly conversationId?: ConversationId | undefined
      readonly authorId?: ProfileId | undefined
      readonly limit: number
      readonly before?: MessageId | undefined
    },
  ): Promise<{ readonly messages: readonly Message[]; readonly next: MessageId | null }>
  /** Newest pin first. */
  pins(actor: Actor, conversation: ConversationId): Promise<readonly Pinned[]>
  /** By either side of a direct chat, by owner and managers elsewhere. Faults: message.unknown, message.recalled, role.required, pin.limit. */
  pin(
    actor: Actor,
    message: MessageId,
    active: boolean,
  ): Promise<{ readonly message: Message; readonly changed: boolean }>
  /** Moves the actor's marks in several conversations, all or none; as `markRead`. */
  markReadMany(
    actor: Actor,
    marks: readonly { readonly conversationId: ConversationId; readonly upTo: MessageId | null }[],
  ): Promise<readonly Marked[]>
  /** How far everybody but the actor has read: who has read nothing since he joined is absent. */
  receipts(actor: Actor, conversation: ConversationId): Promise<readonly ReadUpTo[]>
  /** Resolves where a send would pass the gate now; sends nothing. */
  judgeSend(actor: Actor, conversation: ConversationId): Promise<void>
  /** Shell if recalled. Faults: message.unknown (also where the actor is not a member). */
  get(actor: Actor, message: MessageId): Promise<Message>
  /** Which of these every other member has read (who joined after one does not count; nobody else: none). */
  readByAll(messages: readonly Message[]): Promise<ReadonlySet<MessageId>>
  /** Which of these at least one other member has read (who joined after one does not count). */
  readBySome(messages: readonly Message[]): Promise<ReadonlySet<MessageId>>
}

export const createMessages = (context: Context): Messages => ({
  ...createSending(context),
  ...createChanging(context),
  ...createReading(context),
  ...createSearching(context),
  ...createPinning(context),
})
