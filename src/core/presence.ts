// Who is online, and who may know.
import type { Actor } from './actor.ts'
import { createAnnouncer } from './announcer.ts'
import { ARRIVAL_RATE, type Context, lockOf } from './context.ts'
import type { Event } from './event.ts'
import { gate } from './gate/gate.ts'
import { friendsIn } from './model/contact.ts'
import type { ProfileId, Time } from './model/ids.ts'
import type { Profile } from './model/profile.ts'
import type { Reads } from './ports/store.ts'
import type { Circle } from './signal.ts'

export interface Presence {
  /**
   * Counts a link of the actor's until disposed; who may know is told of the first and the last. Faults: rate.limited (of
   * somebody who comes and goes all the time: each time is told to everybody who shares a conversation with him).
   */
  connect(actor: Actor): Promise<Disposable>
  /** Shows the actor online for so long without a link, and lifts `hide` (CA39). The end of the last link ends it, too. Faults: as `connect`. */
  show(actor: Actor, leaseMs: number): Promise<void>
  /** Shows the actor offline everywhere until `show`, links or not. Faults: as `connect`. */
  hide(actor: Actor): Promise<void>
  /** Ends what `show` granted; links keep the actor online. */
  endLease(actor: Actor): Promise<void>
  /**
   * What the actor may see of these people's presence; those he may not see are absent (show them offline). `circle`
   * says how far the asking contract's circle reaches: friends, or whomever visibility `everyone` shows.
   */
  seenBy(
    actor: Pick<Actor, 'profile'>,
    ids: readonly ProfileId[],
    circle: Circle,
  ): Promise<ReadonlyMap<ProfileId, { readonly online: boolean; readonly seenAt: Time | null }>>
  /** Those of these people whom the actor may see and who are here by another door than his. */
  elsewhere(actor: Actor, ids: readonly ProfileId[]): Promise<ReadonlySet<ProfileId>>
  /** Everybody who is online as far as the actor may see, himself included; oldest (num ascending) first. */
  online(actor: Actor, circle: Circle): Promise<readonly Profile[]>
  /** How many people are online and not hidden. */
  count(): Promise<number>
}

/** What the core itself tells presence, beside what doors do. */
export interface PresenceKeeper extends Presence, AsyncDisposable {
  /** Events that move presence, or that say somebody was there. */
  noticed(event: Event): void
  /** A profile as it was and as it is now, its visibility among it. */
  changed(before: Profile, after: Profile): void
}

/** Milliseconds between two writes of when somebody who keeps writing, or opens link after link, was last seen. */
const SIGN_STEP = 1000
/** People remembered for that. */
const MAX_SIGNS = 10_000

/** How far a person's presence is shown: to nobody, to friends, to everyone. */
const reachOf = ({ hidden, visibility }: Pick<Profile, 'hidden' | 'visibility'>): 0 | 1 | 2 => {
  if (hidden || visibility === 'nobody') return 0
  return visibility === 'contacts' ? 1 : 2
}

export const createPresence = (context: Context): PresenceKeeper => {
  const { read, ports } = context
  const announcer = createAnnouncer(context, reachOf)
  const leases = new Map<ProfileId, Disposable>()
  const signs = new Map<ProfileId, Time>()
  /** Links of each person on this node, by door. */
  const doors = new Map<ProfileId, Map<string, number>>()
  const pending = new Set<Promise<void>>()
  let closed = false

  const behind = (doing: string, work: Promise<void>): void => {
    const guarded = work.catch(error => closed || ports.onError(error, doing)).then(() => {})
    pending.add(guarded)
    void guarded.then(() => pending.delete(guarded))
  }

  const isOnline = async (id: ProfileId): Promise<boolean> => (await ports.presence.online([id])).has(id)

  /** Seen at that time, and what else changes of the profile, under its account's lock; answers it before and after. */
  const touch = (
    accountId: string,
    id: ProfileId,
    patch: Partial<Pick<Profile, 'hidden'>> = {},
    at: Time = context.now(),
  ) =>
    context.commit(async tx => {
      await tx.lock(lockOf.account(accountId))
      const before = await tx.get('profile', { id })
      if (!before) return null
      const after: Profile = { ...before, ...patch, seenAt: Math.max(before.seenAt ?? 0, at) }
      await tx.put('profile', after)
      return { before, after }
    })

  const gone = async ({ accountId, profile: { id } }: Pick<Actor, 'accountId' | 'profile'>): Promise<void> => {
    await touch(accountId, id)
    await announcer.turned(id, false)
  }

  const endTimer = (id: ProfileId): void => {
    leases.get(id)?.[Symbol.dispose]()
    leases.delete(id)
  }

  const startTimer = (actor: Actor, leaseMs: number): void => {
    const { id } = actor.profile
    endTimer(id)
    const timer = ports.clock.after(leaseMs, () => {
      if (leases.get(id) === timer) leases.delete(id)
      behind(
        'ending a lease',
        isOnline(id).then(online => (online ? undefined : gone(actor))),
      )
    })
    leases.set(id, timer)
  }

  const leave = async (actor: Actor): Promise<void> => {
    if (!(await ports.presence.disconnect(actor.profile.id))) return
    endTimer(actor.profile.id)
    await gone(actor)
  }

  /** `openly`: for all to see, as by writing. Else it is not noted of who hides, whom it would betray (CA39, CA40). */
  const noteSeen = async (id: ProfileId, at: Time, openly: boolean): Promise<void> => {
    const profile = await read.get('profile', { id })
    if (profile && (openly || !profile.hidden)) await touch(profile.accountId, id, {}, at)
  }

  const sign = (id: ProfileId, openly: boolean): void => {
    const now = context.now()
    if ((signs.get(id) ?? Number.NEGATIVE_INFINITY) + SIGN_STEP > now) return
    if (signs.size >= MAX_SIGNS) signs.clear()
    signs.set(id, now)
    behind('noting who was there', noteSeen(id, now, openly))
  }

  const came = async (id: ProfileId): Promise<void> => {
    await noteSeen(id, context.now(), false)
    await announcer.turned(id, true)
  }

  return {
    async connect(actor) {
      const { id } = actor.profile
      if (!(await isOnline(id))) await context.spend(ARRIVAL_RATE, id)
      const turned = await ports.presence.connect(id)
      const through = doors.get(id) ?? new Map<string, number>()
      doors.set(id, through)
      const count = (change: 1 | -1) => {
        const links = (through.get(actor.door.name) ?? 0) + change
        if (links > 0) through.set(actor.door.name, links)
        else through.delete(actor.door.name)
        if (through.size === 0 && doors.get(id) === through) doors.delete(id)
      }
      count(1)
      // Whoever could not be told is no reason to turn the link away, nor to count it for ever.
      if (turned) await came(id).catch(error => ports.onError(error, 'telling of somebody online'))
      else sign(id, false)
      let over = false
      return {
        [Symbol.dispose]() {
          if (over) return
          over = true
          count(-1)
          behind('taking somebody offline', leave(actor))
        },
      }
    },

    async show(actor, leaseMs) {
      const { id } = actor.profile
      const wasOnline = await isOnline(id)
      if (!wasOnline) await context.spend(ARRIVAL_RATE, id)
      await ports.presence.lease(id, context.now() + leaseMs)
      startTimer(actor, leaseMs)
      const changed = await touch(actor.accountId, id, { hidden: false })
      if (!wasOnline) await announcer.turned(id, true)
      else if (changed) await announcer.reached(id, reachOf(changed.before), reachOf(changed.after))
    },

    async hide(actor) {
      const { id } = actor.profile
      await context.spend(ARRIVAL_RATE, id)
      endTimer(id)
      const wasOnline = await isOnline(id)
      const changed = await touch(actor.accountId, id, { hidden: true })
      if (wasOnline && changed) await announcer.reached(id, reachOf(changed.before), 0)
      // Last: who is online by a lease alone is told of while it stands.
      await ports.presence.lease(id, 0)
    },

    async endLease(actor) {
      const { id } = actor.profile
      endTimer(id)
      const wasOnline = await isOnline(id)
      await ports.presence.lease(id, 0)
      if (wasOnline && !(await isOnline(id))) await gone(actor)
    },

    async seenBy(actor, ids, circle) {
      const seen = new Map<ProfileId, { online: boolean; seenAt: Time | null }>()
      const online = await ports.presence.online(ids)
      const profiles = await read.getMany(
        'profile',
        ids.map(id => ({ id })),
      )
      const maySee = await loadSight(read, actor.profile.id, circle)
      for (const profile of profiles) {
        if (!maySee(profile)) continue
        seen.set(profile.id, { online: online.has(profile.id) && !profile.hidden, seenAt: profile.seenAt })
      }
      return seen
    },

    async elsewhere(actor, ids) {
      const here = ids.filter(id => [...(doors.get(id)?.keys() ?? [])].some(door => door !== actor.door.name))
      const maySee = await loadSight(read, actor.profile.id, 'co-member')
      const profiles = await read.getMany(
        'profile',
        here.map(id => ({ id })),
      )
      return new Set(profiles.filter(profile => maySee(profile) && !profile.hidden).map(profile => profile.id))
    },

    async online(actor, circle) {
      const maySee = await loadSight(read, actor.profile.id, circle)
      const profiles = await loadOnline(context)
      return profiles.filter(profile => maySee(profile)).sort((a, b) => a.num - b.num)
    },

    async count() {
      return (await loadOnline(context)).length
    },

    noticed({ stream, body }) {
      if (body.type === 'message.sent') {
        sign(body.message.author.id, true)
      } else if (body.type === 'block.set' || body.type === 'block.lifted') {
        const blocker = stream.slice('profile/'.length)
        const between = [blocker, body.blocked.id] as const
        const shown = ports.presence.online(between)
        behind('telling of a block', announcer.parted(between, shown, body.type === 'block.set'))
      }
    },

    changed(before, after) {
      if (reachOf(before) === reachOf(after)) return
      // As it was at the change: who comes online after it is told of by the new setting.
      const shown = isOnline(after.id)
      const tell = async () => {
        if (await shown) await announcer.reached(after.id, reachOf(before), reachOf(after))
      }
      behind('telling of another visibility', tell())
    },

    async [Symbol.asyncDispose]() {
      closed = true
      for (const id of [...leases.keys()]) endTimer(id)
      await Promise.all(pending)
    },
  }
}

/** Those online and not hidden. */
const loadOnline = async ({ read, ports }: Context): Promise<Profile[]> => {
  const ids = [...(await ports.presence.list())]
  const profiles = await read.getMany(
    'profile',
    ids.map(id => ({ id })),
  )
  return profiles.filter(profile => !profile.hidden)
}

/** Whose presence a person may see, all facts loaded once. */
const loadSight = async (reads: Reads, viewer: ProfileId, circle: Circle): Promise<(seen: Profile) => boolean> => {
  const [contacts, blocked, blockers] = await Promise.all([
    reads.contactsOf(viewer),
    reads.blocksBy(viewer),
    reads.blockersOf(viewer),
  ])
  const friends = new Set(friendsIn(contacts, viewer))
  const parted = new Set([...blocked.map(block => block.blocked), ...blockers])
  return seen =>
    gate['presence.see']({
      self: seen.id === viewer,
      blockedEitherWay: parted.has(seen.id),
      visibility: seen.visibility,
      friends: friends.has(seen.id),
      coMember: circle === 'co-member',
    }) === 'ok'
}
