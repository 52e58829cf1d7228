// The participant: what joins, writes, befriends and blocks.
import type { AccountId, Fid, Num, ProfileId, Time } from './ids.ts'

/** Who may become friends how. Null: never chosen, which asks like `need_verify` and admits strangers to direct chats. */
export type AddFriend = 'anyone' | 'need_verify' | 'mutual_only' | 'nobody'
/** Who sees presence (UM53). */
export type Visibility = 'everyone' | 'contacts' | 'nobody'

export interface Profile {
  readonly id: ProfileId
  readonly num: Num
  readonly accountId: AccountId
  readonly handle: string
  readonly handleFold: string
  readonly displayName: string | null
  /** Folded display name, for search. */
  readonly nameFold: string | null
  readonly avatar: Fid | null
  /** A door's own word for the avatar it draws where there is no file, opaque. */
  readonly avatarStyle: string | null
  /** The Ed25519 public key (base64url) that founded its account; null for everybody else, whatever keys came later. */
  readonly rootKey: string | null
  readonly bio: string | null
  readonly link: string | null
  readonly addFriend: AddFriend | null
  readonly visibility: Visibility
  /** Shows offline everywhere until lifted (CA39). */
  readonly hidden: boolean
  readonly version: number
  readonly createdAt: Time
  /** Of the last change of what `version` counts. */
  readonly updatedAt: Time
  readonly seenAt: Time | null
}

/** What everyone may know of a participant. */
export interface Person {
  readonly id: ProfileId
  readonly num: Num
  readonly handle: string
  readonly displayName: string | null
  readonly avatar: Fid | null
  /** See Profile; absent also in events of the first versions, which knew no keys. */
  readonly rootKey?: string | null
}

export const personOf = ({ id, num, handle, displayName, avatar, rootKey }: Person): Person => ({
  id,
  num,
  handle,
  displayName,
  avatar,
  ...(rootKey && { rootKey }),
})

/** The name to print: the display name, else the handle; never empty. */
export const nameOf = (person: Pick<Person, 'handle' | 'displayName'>): string => person.displayName || person.handle
