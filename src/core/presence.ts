// Who is online, and who may know.
import type { Actor } from './actor.ts'
import type { Context } from './context.ts'
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

  /** Tells the friends who may know. */
  const announce = async (profileId: ProfileId, online: boolean): Promise<void> => {
    const profile = await read.get('profile', { id: profileId })
    if (!profile || profile.hidden || profile.visibility === 'nobody') return
    for (const contact of await read.contactsOf(profileId)) {
      if (contact.state !== 'accepted') continue
      const friend = contact.low === profileId ? contact.high : contact.low
      if (!(await maySee(read, friend, profile, true))) continue
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

  const leave = async (profileId: ProfileId): Promise<void> => {
    if (!(await ports.presence.disconnect(profileId))) return
    await context.commit(async tx => {
      const profile = await tx.get('profile', { id: profileId })
      if (profile) await tx.put('profile', { ...profile, seenAt: context.now() })
    })
    await announce(profileId, false)
  }

  return {
    async connect(actor) {
      const profileId = actor.profile.id
      if (await ports.presence.connect(profileId)) await announce(profileId, true)
      let gone = false
      return {
        [Symbol.dispose]() {
          if (gone) return
          gone = true
          leave(profileId).catch(error => ports.onError(error, 'taking somebody offline'))
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
