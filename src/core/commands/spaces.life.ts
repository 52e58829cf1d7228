// The life of a space: made, claimed, entered, left, described.
import { newId, randomToken } from '../../base/id.ts'
import { digest, equalSecrets } from '../../base/secret.ts'
import { type Actor, selfOf } from '../actor.ts'
import { type Context, loadProfile, lockOf, must } from '../context.ts'
import { refuse } from '../fault.ts'
import { demand } from '../gate/demand.ts'
import { gate } from '../gate/gate.ts'
import { limits } from '../limits.ts'
import { type SpaceId, spaceStream } from '../model/ids.ts'
import type { Profile } from '../model/profile.ts'
import type { Space, SpaceMember } from '../model/space.ts'
import type { Reads, Tx } from '../ports/store.ts'
import { homeRoleOf, loadPart, loadStanding, type Standing } from '../queries/space-standing.ts'
import { judgeShort } from '../values.ts'
import {
  doCreateCategory,
  doCreateChannel,
  doEnterSpace,
  doLeaveSpace,
  doRankInSpace,
  doRemoveSpace,
} from './spaces.steps.ts'
import type { SpaceKeeper, SpacePatch, SpaceView } from './spaces.ts'

type Life = Pick<
  SpaceKeeper,
  'list' | 'get' | 'exists' | 'judgeMember' | 'create' | 'claim' | 'enter' | 'leave' | 'update' | 'sweep'
>

const SWEEP_BATCH = 100

const seenBy = ({ space: { visibility }, state }: Standing) => ({ visibility, state })

/** Faults: value.invalid. */
const judgeWords = ({ title, description, look }: SpacePatch): void => {
  judgeShort('title', title)
  judgeShort('description', description)
  judgeShort('look', look, limits.wordBytes)
}

export const createSpaceLife = (context: Context): Life => {
  const { read, homeId } = context

  const viewOf = async (reads: Reads, { space, home, state, role, joinedAt }: Standing): Promise<SpaceView> => ({
    space,
    home,
    state,
    role,
    joinedAt,
    memberCount: home
      ? (await reads.countProfiles()) - (await reads.countOutOf(space.id))
      : await reads.countSpaceMembers(space.id),
  })

  const view = async (reads: Reads, id: SpaceId, profile: Profile | null): Promise<SpaceView> =>
    viewOf(reads, await loadStanding(context, reads, id, profile))

  /** Runs `work` under the space's lock, with the actor as he is then. */
  const on = <T>(
    actor: Actor,
    id: SpaceId,
    work: (tx: Tx, me: Profile, standing: Standing) => Promise<T>,
  ): Promise<T> =>
    context.change(actor, async tx => {
      await tx.lock(lockOf.space(id))
      const me = await loadProfile(tx, actor.profile.id)
      return work(tx, me, await loadStanding(context, tx, id, me))
    })

  /** The row of an active member; in home there need not be one. */
  const rowOf = async (tx: Tx, { space, home }: Standing, me: Profile): Promise<SpaceMember> => {
    const row = await tx.get('spaceMember', { spaceId: space.id, profileId: me.id })
    if (row) return row
    if (!home) return refuse({ kind: 'space.required' })
    const role = homeRoleOf(context, me)
    return { spaceId: space.id, profileId: me.id, role, state: 'active', joinedAt: me.createdAt }
  }

  return {
    async list(actor) {
      const me = actor?.profile ?? null
      const views: SpaceView[] = []
      for (const { id } of await read.spacesFor(me?.id ?? null)) {
        const standing = await loadStanding(context, read, id, me)
        const shown = actor === null || (standing.state !== 'left' && standing.state !== 'removed')
        const seen = gate['space.see']({ visibility: standing.space.visibility, state: standing.state }) === 'ok'
        // Home shows even to who left it: it is where one comes in.
        if (seen && (shown || standing.home)) views.push(await viewOf(read, standing))
      }
      return views.sort((a, b) => Number(b.home) - Number(a.home))
    },

    async get(actor, id) {
      const standing = await loadStanding(context, read, id, actor?.profile ?? null)
      demand(gate['space.see']({ visibility: standing.space.visibility, state: standing.state }))
      return viewOf(read, standing)
    },

    async exists(id) {
      must(await read.get('space', { id }), { kind: 'space.unknown' })
    },

    async judgeMember(actor, id) {
      await loadPart(context, read, id, actor.profile)
    },

    async create(actor, { title, description = null, look = null, visibility }) {
      judgeWords({ title, description, look })
      const token = randomToken()
      const now = context.now()
      const until = now + limits.claimTtl
      const id = newId()
      const made = await context.change(actor, async tx => {
        await tx.lock(lockOf.account(actor.accountId))
        const me = await loadProfile(tx, actor.profile.id)
        if ((await tx.countSpacesMadeBy(me.id)) >= limits.spacesPerPerson) {
          refuse({ kind: 'space.limit', limit: limits.spacesPerPerson })
        }
        const space: Space = {
          id,
          title,
          description,
          look,
          visibility,
          createdBy: me.id,
          createdAt: now,
          updatedAt: now,
          claim: digest(token),
          claimUntil: until,
        }
        await tx.insert('space', space)
        // Until it is claimed its maker is a member like any other, and the only one.
        const member: SpaceMember = { spaceId: id, profileId: me.id, role: 'member', state: 'active', joinedAt: now }
        await tx.insert('spaceMember', member)
        const category = await doCreateCategory(tx, id, { label: 'general', kind: 'text' })
        await doCreateChannel(context, tx, id, { title: 'general', categoryId: category.id }, me)
        return view(tx, id, me)
      })
      return { view: made, token, until }
    },

    claim: (actor, id, token) =>
      on(actor, id, async (tx, me, { space }) => {
        const row = await tx.get('spaceMember', { spaceId: id, profileId: me.id })
        const owned = space.claimUntil === null
        const outcome = demand(
          gate['space.claim']({
            maker: space.createdBy === me.id && row?.state === 'active' && (!owned || row.role === 'owner'),
            owned,
            tokenFits: space.claim !== null && equalSecrets(digest(token), space.claim),
            late: space.claimUntil !== null && space.claimUntil <= context.now(),
          }),
        )
        if (outcome === 'claim' && row) {
          await tx.put('space', { ...space, claimUntil: null, updatedAt: context.now() })
          await doRankInSpace(tx, row, 'owner', selfOf(actor))
        }
        return view(tx, id, me)
      }),

    enter: (actor, id) =>
      on(actor, id, async (tx, me, { space, state, home }) => {
        const outcome = demand(gate['space.enter']({ visibility: space.visibility, state }))
        const role = home ? homeRoleOf(context, me) : 'member'
        if (outcome === 'enter') await doEnterSpace(context, tx, id, me, role, selfOf(actor))
        return view(tx, id, me)
      }),

    leave: (actor, id) =>
      on(actor, id, async (tx, me, standing) => {
        // Who never was in it is told as much as by a look; who has left it, nothing new.
        if (standing.state === 'none') demand(gate['space.see'](seenBy(standing)))
        if (standing.state !== 'active') return
        await doLeaveSpace(context, tx, await rowOf(tx, standing, me), me, 'left', selfOf(actor))
      }),

    async update(actor, id, patch) {
      judgeWords(patch)
      return on(actor, id, async (tx, me, { space, ...standing }) => {
        demand(gate['space.take-part']({ visibility: space.visibility, state: standing.state }))
        demand(gate['space.change']({ ...standing, least: 'manager' }))
        const given = Object.entries(patch).filter(([key, value]) => space[key as keyof SpacePatch] !== value)
        if (given.length === 0) return view(tx, id, me)
        const changed: Space = { ...space, ...(Object.fromEntries(given) as SpacePatch), updatedAt: context.now() }
        await tx.put('space', changed)
        await tx.append(spaceStream(id), { type: 'space.updated', space: changed, by: selfOf(actor) })
        return view(tx, id, me)
      })
    },

    async sweep() {
      const now = context.now()
      for (const { id } of await read.spacesUnclaimedBefore(now, SWEEP_BATCH)) {
        await context.commit(async tx => {
          await tx.lock(lockOf.space(id))
          const space = await tx.get('space', { id })
          // Claimed since the look.
          if (!space || space.claimUntil === null || space.claimUntil > now || id === homeId) return
          const maker = must(await tx.get('profile', { id: space.createdBy ?? '' }), { kind: 'person.unknown' })
          await doRemoveSpace(tx, id, maker)
        })
      }
    },
  }
}
