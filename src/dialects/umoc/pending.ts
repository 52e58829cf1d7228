// What the core is about to gain, as far as this dialect calls it: to be replaced by the core's own declarations.
import {
  type Actor,
  type Attachment,
  type BodyOf,
  type Conversation,
  type ConversationId,
  type ConversationView,
  type Core,
  type Draft,
  dayOf,
  type Fid,
  type Message,
  type MessageId,
  type ProfileId,
  type RateRule,
  type Sent,
  type Seq,
  type Time,
} from '../../core/index.ts'
import type { Streak } from './outbound.ts'

/** Of each author, which of his messages became read, oldest first. */
export type Newly = readonly { readonly authorId: ProfileId; readonly messageIds: readonly MessageId[] }[]

interface Gained {
  /** Faults: rate.limited. */
  spend(rule: RateRule, subject: string): Promise<void>
  readonly sessions: {
    /** Notes that the session is in use; with `ttlMs` it lives at least that long from now. Answers when it expires. */
    active(actor: Actor, ttlMs?: number): Promise<Time>
  }
  readonly presence: {
    seenBy(
      actor: Actor,
      ids: readonly ProfileId[],
      circle: 'friend' | 'co-member',
    ): Promise<ReadonlyMap<ProfileId, { readonly online: boolean; readonly seenAt: Time | null }>>
  }
  readonly conversations: {
    /** The standing direct conversation with that person. Faults: conversation.unknown. */
    get(actor: Actor, name: { readonly peer: ProfileId }): Promise<ConversationView>
  }
  readonly messages: {
    /** `spends`: its files are for this one message. Faults: also file.spent. */
    send(actor: Actor, conversation: ConversationId, draft: Draft & { readonly spends?: boolean }): Promise<Sent>
    /** Newest first; recalled ones are neither listed nor counted. */
    pageAt(
      actor: Actor,
      conversation: ConversationId,
      page: { readonly offset: number; readonly limit: number },
    ): Promise<{ readonly messages: readonly Message[]; readonly total: number }>
    /** Which of these at least one other member has read. */
    readBySome(messages: readonly Message[]): Promise<ReadonlySet<MessageId>>
    markRead(
      actor: Actor,
      conversation: ConversationId,
      upTo: MessageId | null,
    ): Promise<{ readonly changed: boolean; readonly upTo: Seq; readonly newly: Newly }>
  }
  readonly files: {
    reserve(
      actor: Actor,
      file: {
        readonly name: string
        readonly mime: string
        readonly size: number
        readonly note: string
        readonly ttlMs: number
      },
    ): Promise<Reservation>
    /** Faults: file.unknown. */
    reservation(fid: Fid): Promise<Reservation>
    /** The actor's right to read a file, for so long, as a token. Faults: file.unknown. */
    sign(actor: Actor, fid: Fid, ttlMs: number): Promise<string>
  }
}

export type Reservation = Attachment & { readonly note: string | null; readonly spentAt: Time | null }

export type UmocCore = Gained & Core

export const newlyIn = (body: BodyOf<'receipt.read'>): Newly => (body as { readonly newly?: Newly }).newly ?? []

export const streakOf = ({ streakDays, streakDay }: Conversation, now: Time): Streak => {
  const today = dayOf(now)
  const alive = streakDay !== null && streakDay >= today - 1
  return { days: alive ? streakDays : 0, dueToday: alive && streakDay < today }
}
