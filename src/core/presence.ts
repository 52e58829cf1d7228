// Who is online, and who may know.
import type { Actor } from './actor.ts'
import type { ProfileId, Time } from './model/ids.ts'

export interface Presence {
  /** Counts a link of the actor's until disposed; friends are told of the first and the last. */
  connect(actor: Actor): Promise<Disposable>
  /** What the actor may see of these people's presence; those he may not see are absent (show them offline). */
  seenBy(
    actor: Actor,
    ids: readonly ProfileId[],
  ): Promise<ReadonlyMap<ProfileId, { readonly online: boolean; readonly seenAt: Time | null }>>
}
