// Who is online, and who may know.
import type { Actor } from './actor.ts'
import { type Context, lockOf } from './context.ts'
import { gate } from './gate/gate.ts'
import { type ProfileId, profileStream, type Time } from './model/ids.ts'
import { type Profile, personOf } from './model/profile.ts'
import type { Reads } from './ports/store.ts'
import { areFriends, hasBlocked } from './queries/facts.ts'

export interface Presence {
  /** Counts a link of the actor's until disposed; friends are told of the first and the last. */
  connect(actor: Actor): Promise<Disposable>
  /** What the actor may see of these people's presence; those he may not see are absent (show them offline). */
  seenBy(
    actor: Actor,
    ids: readonly ProfileId[],
  ): Promise<ReadonlyMap<ProfileId, { readonly online: boolean; readonly seenAt: Time | null }>>
}

/** Whether one person may see another's presence. */
const maySee = async (reads: Reads, viewer: ProfileId, seen: Profile, friends: boolean): Promise<boolean> =>
  gate['presence.see']({
    self: viewer === seen.id,
    blockedEitherWay: (await hasBlocked(reads, viewer, seen.id)) || (await hasBlocked(reads, seen.id, viewer)),
    visibility: seen.visibility,
    friends,
    coMember: false,
  }) === 'ok'

export const createPresence = (context: Context): Presence => {
  const { read, ports } = context
  /** The last word under way about a person. */
  const telling = new Map<ProfileId, Promise<void>>()

  /** Tells the friends who may know, unless it is no longer so: then the next word is on its way. */
  const tell = async (profileId: ProfileId, online: boolean): Promise<void> => {
    const profile = await read.get('profile', { id: profileId })
    if (!profile || profile.hidden || profile.visibility === 'nobody') return
    const friends: ProfileId[] = []
    for (const contact of await read.contactsOf(profileId)) {
      if (contact.state !== 'accepted') continue
      const friend = contact.low === profileId ? contact.high : contact.low
      if (await maySee(read, friend, profile, true)) friends.push(friend)
    }
    if ((await ports.presence.online([profileId])).has(profileId) !== online) return
    for (const friend of friends) {
      ports.bus.publish({
        stream: profileStream(friend),
        at: context.now(),
        body: {
          type: 'presence',
          person: personOf(profile),
          online,
          seenAt: profile.seenAt,
          circle: 'friend',
          conversationId: null,
        },
      })
    }
  }

  /** One word at a time about a person: else an old "offline" could overtake the "online" of who came back at once. */
  const announce = async (profileId: ProfileId, online: boolean): Promise<void> => {
    const before = telling.get(profileId)
    const mine = (async () => {
      await before?.catch(() => {})
      await tell(profileId, online)
    })()
    telling.set(profileId, mine)
    try {
      await mine
    } finally {
      if (telling.get(profileId) === mine) telling.delete(profileId)
    }
  }

  const leave = async ({ accountId, profile: { id: profileId } }: Actor): Promise<void> => {
    if (!(await ports.presence.disconnect(profileId))) return
    await context.commit(async tx => {
      await tx.lock(lockOf.account(accountId))
      const profile = await tx.get('profile', { id: profileId })
      if (profile) await tx.put('profile', { ...profile, seenAt: context.now() })
    })
    await announce(profileId, false)
  }

  return {
    async connect(actor) {
      const profileId = actor.profile.id
      const came = await ports.presence.connect(profileId)
      // Whoever could not be told is no reason to turn the link away, nor to count it for ever.
      if (came) await announce(profileId, true).catch(error => ports.onError(error, 'telling of somebody online'))
      let gone = false
      return {
        [Symbol.dispose]() {
          if (gone) return
          gone = true
          leave(actor).catch(error => ports.onError(error, 'taking somebody offline'))
        },
      }
    },

    async seenBy(actor, ids) {
      const seen = new Map<ProfileId, { online: boolean; seenAt: Time | null }>()
      const online = await ports.presence.online(ids)
      for (const id of ids) {
        const profile = await read.get('profile', { id })
        if (!profile) continue
        const friends = await areFriends(read, actor.profile.id, id)
        if (!(await maySee(read, actor.profile.id, profile, friends))) continue
        seen.set(id, { online: online.has(id) && !profile.hidden, seenAt: profile.seenAt })
      }
      return seen
    },
  }
}
