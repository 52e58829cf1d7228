// Who is online, over all nodes.
import type { ProfileId, Time } from '../model/ids.ts'

export interface PresenceStore extends AsyncDisposable {
  /** Counts one more link of a profile; answers whether it came online by that. */
  connect(profileId: ProfileId): Promise<boolean>
  /** Counts one link less, and ends the lease with the last; answers whether it went offline by that. */
  disconnect(profileId: ProfileId): Promise<boolean>
  /** Keeps a profile online until `until` without a link (CA39); a time in the past ends the lease. */
  lease(profileId: ProfileId, until: Time): Promise<void>
  /** Those among `profileIds` who are online now. */
  online(profileIds: readonly ProfileId[]): Promise<ReadonlySet<ProfileId>>
  /** Everybody who is online now. */
  list(): Promise<ReadonlySet<ProfileId>>
}
