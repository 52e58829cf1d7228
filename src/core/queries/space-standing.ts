// What one person is in a space.
import { fold } from '../../base/fold.ts'
import { type Context, must } from '../context.ts'
import { demand } from '../gate/demand.ts'
import { gate } from '../gate/gate.ts'
import type { Role } from '../model/conversation.ts'
import type { SpaceId, Time } from '../model/ids.ts'
import type { Profile } from '../model/profile.ts'
import type { Space, SpaceState } from '../model/space.ts'
import type { Reads } from '../ports/store.ts'

export interface Standing {
  readonly space: Space
  readonly home: boolean
  readonly state: SpaceState | 'none'
  /** Null unless active. */
  readonly role: Role | null
  readonly joinedAt: Time | null
  readonly claimed: boolean
}

/** The role everybody has in home; nobody owns it. */
export const homeRoleOf = ({ managers }: Pick<Context, 'managers'>, { handle }: Pick<Profile, 'handle'>): Role =>
  managers.has(fold(handle)) ? 'manager' : 'member'

/** Faults: space.unknown (there is none of that id). */
export const loadStanding = async (
  context: Pick<Context, 'homeId' | 'managers'>,
  reads: Reads,
  id: SpaceId,
  profile: Profile | null,
): Promise<Standing> => {
  const space = must(await reads.get('space', { id }), { kind: 'space.unknown' })
  const row = profile && (await reads.get('spaceMember', { spaceId: id, profileId: profile.id }))
  const home = id === context.homeId
  const state = row?.state ?? (home && profile ? 'active' : 'none')
  const active = state === 'active' && profile !== null
  return {
    space,
    home,
    state,
    role: !active ? null : home ? homeRoleOf(context, profile) : (row?.role ?? null),
    joinedAt: active ? (row?.joinedAt ?? profile.createdAt) : null,
    claimed: space.claimUntil === null,
  }
}

/** As `loadStanding`, of an active member. Faults: space.unknown (also: not for him), space.required. */
export const loadPart = async (
  context: Pick<Context, 'homeId' | 'managers'>,
  reads: Reads,
  id: SpaceId,
  profile: Profile,
): Promise<Standing> => {
  const standing = await loadStanding(context, reads, id, profile)
  demand(gate['space.take-part']({ visibility: standing.space.visibility, state: standing.state }))
  return standing
}
