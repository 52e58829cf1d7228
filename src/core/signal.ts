// The closed union of ephemeral things: no seq, never stored, may be dropped.
import type { ConversationRef } from './model/conversation.ts'
import type { ConversationId, ProfileId, StreamId, Time } from './model/ids.ts'
import type { Person } from './model/profile.ts'

export type SignalBody =
  /** To the conversation's stream. `expiresAt` is when it stops by itself; null for a stop. */
  | {
      type: 'typing'
      conversation: ConversationRef
      person: Person
      active: boolean
      expiresAt: Time | null
    }
  /** To the conversation's stream: a link of somebody's has the conversation open, or no longer. */
  | {
      type: 'watching'
      conversation: ConversationRef
      person: Person
      watcher: Watcher
      active: boolean
      /** Who is not to hear of it. */
      except: readonly ProfileId[]
    }
  /**
   * To friends who may see it, in their profile streams; and to everyone who shares a conversation and may see it, in the
   * streams of these conversations (across a lifted or new block: in the profile stream of the other one).
   */
  | {
      type: 'presence'
      person: Person
      online: boolean
      seenAt: Time | null
      circle: Circle
      conversationId: ConversationId | null
      /** Told in the direct chat of the two. */
      direct?: true
      /** Who is not to hear of it where it is published. */
      except: readonly ProfileId[]
      /** The same wherever one change is told, so that a reader of several streams shows it once. */
      change: string
    }

/** One open view of a conversation; both words are public and lead nowhere else. */
export interface Watcher {
  readonly id: string
  readonly device: string | null
}

/** To whom presence is told, and how far a contract's lists reach. */
export type Circle = 'friend' | 'co-member'

export type SignalType = SignalBody['type']
export type SignalOf<T extends SignalType> = Extract<SignalBody, { type: T }>

export interface Signal<B extends SignalBody = SignalBody> {
  readonly stream: StreamId
  readonly at: Time
  readonly body: B
}
