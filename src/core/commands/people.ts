// Profiles: looked up, searched, changed.
import type { Actor } from '../actor.ts'
import type { Relation } from '../model/contact.ts'
import type { Fid, Num, ProfileId } from '../model/ids.ts'
import type { AddFriend, Profile, Visibility } from '../model/profile.ts'

/** Only the keys that are present change; null clears. */
export interface ProfilePatch {
  readonly displayName?: string | null
  readonly avatar?: Fid | null
  readonly bio?: string | null
  readonly link?: string | null
  readonly addFriend?: AddFriend | null
  readonly visibility?: Visibility
  readonly hidden?: boolean
  readonly email?: string | null
}

export interface People {
  byId(id: ProfileId): Promise<Profile | null>
  byNum(num: Num): Promise<Profile | null>
  /** Ignoring case, over all doors. */
  byHandle(handle: string): Promise<Profile | null>
  byIds(ids: readonly ProfileId[]): Promise<ReadonlyMap<ProfileId, Profile>>
  /** Prefix of handle or display name, by handle; `%` and `_` are plain characters. `limit` ≤ 1000. */
  search(prefix: string, limit: number): Promise<readonly Profile[]>
  profilesOf(actor: Actor): Promise<readonly Profile[]>
  /** The actor's own profile as it is now. */
  self(actor: Actor): Promise<Profile>
  relation(actor: Actor, id: ProfileId): Promise<Relation>
  /** Faults: file.unknown (an avatar the actor did not upload), email.taken, value.invalid. */
  update(actor: Actor, patch: ProfilePatch): Promise<Profile>
}
