// Friendship (asked by one, accepted by the other) and blocks (directed, apart from friendship).
import type { Actor } from '../actor.ts'
import type { Conversation } from '../model/conversation.ts'
import type { ProfileId, Time } from '../model/ids.ts'
import type { Person } from '../model/profile.ts'

/** Names a pending request by the other person or by its id. */
export type RequestRef = { readonly profileId: ProfileId } | { readonly requestId: string }

export interface Friend {
  readonly person: Person
  readonly since: Time
  readonly conversation: Conversation
  /** Blocked by the actor. */
  readonly blocked: boolean
}
export interface PendingContact {
  readonly requestId: string
  readonly person: Person
  readonly message: string | null
  readonly since: Time
}

export interface Contacts {
  /**
   * Asks to be friends. Repeating while pending answers the same request. Friends at once when the other has asked
   * already or takes anyone; then the direct chat exists.
   * Faults: self.refused, person.unknown, blocked.by-me, contact.exists (accepted), contact.refused (block, `nobody`, unmet `mutual_only`: one answer).
   */
  request(
    actor: Actor,
    to: ProfileId,
    message: string | null,
  ): Promise<
    | { readonly state: 'requested'; readonly requestId: string }
    | { readonly state: 'accepted'; readonly requestId: string; readonly conversation: Conversation }
  >
  /** Only the addressee may. Faults: contact.unknown. */
  accept(actor: Actor, ref: RequestRef): Promise<{ readonly person: Person; readonly conversation: Conversation }>
  reject(actor: Actor, ref: RequestRef): Promise<void>
  /** Ends a friendship for both (or withdraws the actor's own request). Faults: contact.unknown. */
  remove(actor: Actor, other: ProfileId): Promise<void>
  /** Idempotent; drops pending requests between the two. Faults: self.refused, person.unknown. */
  block(actor: Actor, other: ProfileId): Promise<Person>
  /** Idempotent. Faults: self.refused, person.unknown. */
  unblock(actor: Actor, other: ProfileId): Promise<Person>
  friends(actor: Actor): Promise<readonly Friend[]>
  pending(actor: Actor): Promise<{
    readonly incoming: readonly PendingContact[]
    readonly outgoing: readonly PendingContact[]
  }>
  blocked(actor: Actor): Promise<readonly Person[]>
}
