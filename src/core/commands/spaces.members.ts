// Who is in a space, and what becomes of them.
import { type Actor, selfOf } from '../actor.ts'
import { type Context, loadProfile, lockOf } from '../context.ts'
import { refuse } from '../fault.ts'
import { demand } from '../gate/demand.ts'
import { gate } from '../gate/gate.ts'
import { limits } from '../limits.ts'
import type { Role } from '../model/conversation.ts'
import type { ProfileId, SpaceId } from '../model/ids.ts'
import type { Profile } from '../model/profile.ts'
import type { SpaceMember } from '../model/space.ts'
import type { Reads, Tx } from '../ports/store.ts'
import { homeRoleOf, loadPart, loadStanding } from '../queries/space-standing.ts'
import { doLeaveSpace, doRankInSpace } from './spaces.steps.ts'
import type { SpaceParticipant, Spaces } from './spaces.ts'

const CURSOR = /^([0-9]{1,16})(?:\.([0-9a-f-]{36}))?$/

export const createSpaceMembers = (context: Context): Pick<Spaces, 'members' | 'member' | 'setRole' | 'remove'> => {
  const { read, homeId } = context

  const inHome = (profile: Profile, row: SpaceMember | null): SpaceParticipant => ({
    profile,
    role: homeRoleOf(context, profile),
    joinedAt: row?.joinedAt ?? profile.createdAt,
  })

  /** Somebody who is active there now. Faults: member.unknown. */
  const loadTarget = async (reads: Reads, id: SpaceId, target: ProfileId) => {
    const unknown = { kind: 'member.unknown' } as const
    const profile = (await reads.get('profile', { id: target })) ?? refuse(unknown)
    const { state, role, joinedAt } = await loadStanding(context, reads, id, profile)
    if (state !== 'active' || role === null) return refuse(unknown)
    return { profile, role, joinedAt: joinedAt ?? profile.createdAt }
  }

  const rowOf = (id: SpaceId, { profile, role, joinedAt }: SpaceParticipant): SpaceMember => ({
    spaceId: id,
    profileId: profile.id,
    role,
    state: 'active',
    joinedAt,
  })

  /** Runs `work` under the space's lock on a target the actor may act upon as `judge` says. */
  const upon = <T>(
    actor: Actor,
    id: SpaceId,
    target: ProfileId,
    judge: (facts: { role: Role | null; claimed: boolean; self: boolean; targetRole: Role | null }) => void,
    work: (tx: Tx, found: SpaceParticipant) => Promise<T>,
  ): Promise<T> =>
    context.change(actor, async tx => {
      await tx.lock(lockOf.space(id))
      const { role, claimed } = await loadPart(context, tx, id, await loadProfile(tx, actor.profile.id))
      const profile = await tx.get('profile', { id: target })
      const standing = profile && (await loadStanding(context, tx, id, profile))
      const self = target === actor.profile.id
      judge({ role, claimed, self, targetRole: standing?.role ?? null })
      return work(tx, await loadTarget(tx, id, target))
    })

  return {
    async members(actor, id, { limit: wanted, after }) {
      await loadPart(context, read, id, actor.profile)
      const limit = Math.min(wanted, limits.page)
      const [, first = '', second] = CURSOR.exec(after ?? '') ?? []
      if (after !== undefined && first === '') refuse({ kind: 'target.unknown', field: 'cursor' })
      if (id === homeId) {
        const found = await read.profilesNotOutOf(id, { limit: limit + 1, after: first ? Number(first) : undefined })
        const shown = found.slice(0, limit)
        const rows = await read.getMany(
          'spaceMember',
          shown.map(profile => ({ spaceId: id, profileId: profile.id })),
        )
        const byId = new Map(rows.map(row => [row.profileId, row]))
        const last = found.length > limit ? shown.at(-1) : undefined
        return {
          members: shown.map(profile => inHome(profile, byId.get(profile.id) ?? null)),
          next: last ? String(last.num) : null,
        }
      }
      const behind = first && second ? { joinedAt: Number(first), profileId: second } : undefined
      const found = await read.spaceMembersOf(id, { limit: limit + 1, after: behind })
      const shown = found.slice(0, limit)
      const last = found.length > limit ? shown.at(-1)?.member : undefined
      return {
        members: shown.map(({ member, profile }) => ({ profile, role: member.role, joinedAt: member.joinedAt })),
        next: last ? `${last.joinedAt}.${last.profileId}` : null,
      }
    },

    async member(actor, id, target) {
      await loadPart(context, read, id, actor.profile)
      return loadTarget(read, id, target)
    },

    setRole: (actor, id, target, role) =>
      upon(
        actor,
        id,
        target,
        facts => {
          demand(gate['space.change']({ ...facts, state: 'active', least: 'owner' }))
          if (facts.self) refuse({ kind: 'self.refused' })
          if (!facts.targetRole) refuse({ kind: 'member.unknown' })
        },
        async (tx, found) => {
          await doRankInSpace(tx, rowOf(id, found), role, selfOf(actor))
          return { ...found, role }
        },
      ),

    remove: (actor, id, target) =>
      upon(
        actor,
        id,
        target,
        facts => demand(gate['space.remove'](facts)),
        (tx, found) => doLeaveSpace(context, tx, rowOf(id, found), found.profile, 'removed', selfOf(actor)),
      ),
  }
}
