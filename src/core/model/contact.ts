// What two people are to each other. A block is apart from friendship: lifting it brings the friendship back.
import type { ProfileId, Time } from './ids.ts'

/** One row per unordered pair; `low < high`. */
export interface Contact {
  readonly low: ProfileId
  readonly high: ProfileId
  readonly requestId: string
  readonly requestedBy: ProfileId
  readonly state: 'requested' | 'accepted'
  readonly message: string | null
  readonly since: Time
}

export interface Block {
  readonly blocker: ProfileId
  readonly blocked: ProfileId
  readonly since: Time
}

/** The two of a pair in the order in which they are stored. */
export const pairOf = (a: ProfileId, b: ProfileId): readonly [low: ProfileId, high: ProfileId] =>
  a < b ? [a, b] : [b, a]

/** What `viewer` sees of another: being blocked never shows. */
export type Relation = 'self' | 'friend' | 'pending_in' | 'pending_out' | 'none' | 'blocked'

/** The other one of a contact. */
export const otherOf = ({ low, high }: Pick<Contact, 'low' | 'high'>, me: ProfileId): ProfileId =>
  low === me ? high : low

/** Those among a person's contacts who are friends. */
export const friendsIn = (contacts: readonly Contact[], me: ProfileId): readonly ProfileId[] =>
  contacts.flatMap(contact => (contact.state === 'accepted' ? otherOf(contact, me) : []))
