// The closed union of ephemeral things: no seq, never stored, may be dropped.
import type { ConversationRef } from './model/conversation.ts'
import type { ConversationId, StreamId, Time } from './model/ids.ts'
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
  /** To the profile stream of each friend who may see it, and (`circle` co-member) of each co-member who may. */
  | {
      type: 'presence'
      person: Person
      online: boolean
      seenAt: Time | null
      circle: 'friend' | 'co-member'
      conversationId: ConversationId | null
    }

export type SignalType = SignalBody['type']
export type SignalOf<T extends SignalType> = Extract<SignalBody, { type: T }>

export interface Signal<B extends SignalBody = SignalBody> {
  readonly stream: StreamId
  readonly at: Time
  readonly body: B
}
