// Who asks, and through which door.
import type { AccountId, SessionId } from './model/ids.ts'
import { type Person, type Profile, personOf } from './model/profile.ts'

/** What a contract adds to the gate's facts. The gate decides; the door only states. */
export interface Door {
  /** Also the `door` of its sessions. */
  readonly name: string
  /** Direct chats are begun, and written in, by friends only (umoc, wetty). */
  readonly needsFriendship: boolean
  /** Only friends may be put into groups through it (umoc). */
  readonly addsFriendsOnly: boolean
  /** How long an author may recall, in milliseconds; null is for ever. */
  readonly recallWindow: number | null
  /** Whether owners and managers may take back what others wrote (msgr has no such call, MS94). */
  readonly recallsOthers: boolean
  /** Whether everybody may read what is public and open without being in it (openchat). */
  readonly readsPublic: boolean
  /** Whether an owner who leaves is refused or followed by another. */
  readonly ownerLeaving: 'refused' | 'followed'
}

export interface Actor {
  readonly accountId: AccountId
  readonly profile: Profile
  /** Null where a credential rather than a login speaks (msgr). */
  readonly sessionId: SessionId | null
  readonly door: Door
}

export const selfOf = (actor: Actor): Person => personOf(actor.profile)
