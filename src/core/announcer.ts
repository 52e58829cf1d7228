// Tells of people who come and go: friends by their own streams, everybody else by the conversations they share.
import { newId } from '../base/id.ts'
import type { Context } from './context.ts'
import { friendsIn } from './model/contact.ts'
import type { Conversation } from './model/conversation.ts'
import { conversationStream, type ProfileId, profileStream, type StreamId } from './model/ids.ts'
import { type Profile, personOf } from './model/profile.ts'
import type { SignalOf } from './signal.ts'

/** How far presence is shown: to nobody, to friends, to everyone. */
type Reach = 0 | 1 | 2

export interface Announcer {
  /** Somebody came online or went offline. */
  turned(id: ProfileId, online: boolean): Promise<void>
  /** Somebody shows further, or less far, than before. */
  reached(id: ProfileId, before: Reach, after: Reach): Promise<void>
  /** A block came between two, or was lifted, while `online` were online. */
  parted(
    between: readonly [ProfileId, ProfileId],
    online: Promise<ReadonlySet<ProfileId>>,
    blocked: boolean,
  ): Promise<void>
}

interface Circles {
  readonly friends: readonly ProfileId[]
  /** Shared conversations that hear of it from each reach on. */
  readonly conversations: readonly { readonly conversation: Conversation; readonly from: 1 | 2 }[]
  /** Who does not hear of it there: himself, and who is across a block. */
  readonly except: readonly ProfileId[]
}

export const createAnnouncer = (context: Context, reachOf: (profile: Profile) => Reach): Announcer => {
  const { read, ports } = context
  /** The last word under way about a person. */
  const telling = new Map<ProfileId, Promise<void>>()

  /** One word at a time about a person: else an old "offline" could overtake the "online" of who came back at once. */
  const inTurn = async (id: ProfileId, tell: () => Promise<void>): Promise<void> => {
    const before = telling.get(id)
    const mine = (async () => {
      await before?.catch(() => {})
      await tell()
    })()
    telling.set(id, mine)
    try {
      await mine
    } finally {
      if (telling.get(id) === mine) telling.delete(id)
    }
  }

  const friendsOf = async (id: ProfileId): Promise<readonly ProfileId[]> => friendsIn(await read.contactsOf(id), id)

  const loadCircles = async (id: ProfileId): Promise<Circles> => {
    const [friends, blocked, blockers, ids] = await Promise.all([
      friendsOf(id),
      read.blocksBy(id),
      read.blockersOf(id),
      read.conversationIdsOf(id),
    ])
    const across = new Set([...blocked.map(block => block.blocked), ...blockers])
    const known = new Set(friends)
    const conversations = await read.getMany(
      'conversation',
      ids.map(each => ({ id: each })),
    )
    const withFriend = ({ pairKey }: Conversation) => pairKey?.split(':').some(each => known.has(each)) ?? false
    return {
      friends: friends.filter(friend => !across.has(friend)),
      conversations: conversations.map(conversation => ({
        conversation,
        from: withFriend(conversation) ? 1 : 2,
      })),
      except: [id, ...across],
    }
  }

  const publish = (stream: StreamId, body: SignalOf<'presence'>): void =>
    ports.bus.publish({ stream, at: context.now(), body })

  /** To whom it shows from more than `low` up to `high`. */
  const tell = (profile: Profile, circles: Circles, low: Reach, high: Reach, online: boolean): void => {
    const said = {
      type: 'presence',
      person: personOf(profile),
      online,
      // Who has just become invisible leaves no trace of when.
      seenAt: online || reachOf(profile) > low ? profile.seenAt : null,
      change: newId(),
    } as const
    if (low < 1 && high >= 1) {
      for (const friend of circles.friends) {
        publish(profileStream(friend), { ...said, circle: 'friend', conversationId: null, except: [] })
      }
    }
    for (const { conversation, from } of circles.conversations) {
      if (from <= low || from > high) continue
      const { except } = circles
      const direct = conversation.kind === 'direct' && ({ direct: true } as const)
      const where = { circle: 'co-member', conversationId: conversation.id, ...direct, except } as const
      publish(conversationStream(conversation.id), { ...said, ...where })
    }
  }

  /** Unless it is no longer so: then the next word is on its way. */
  const stillSo = async (id: ProfileId, online: boolean): Promise<boolean> =>
    (await ports.presence.online([id])).has(id) === online

  return {
    turned: (id, online) =>
      inTurn(id, async () => {
        const profile = await read.get('profile', { id })
        const reach = profile ? reachOf(profile) : 0
        if (!profile || reach === 0) return
        const circles = await loadCircles(id)
        if (await stillSo(id, online)) tell(profile, circles, 0, reach, online)
      }),

    reached: (id, before, after) =>
      inTurn(id, async () => {
        const profile = await read.get('profile', { id })
        if (!profile || before === after) return
        const circles = await loadCircles(id)
        if (!(await stillSo(id, true))) return
        if (after > before) tell(profile, circles, before, after, true)
        else tell(profile, circles, after, before, false)
      }),

    async parted([a, b], online, blocked) {
      const shown = await online
      for (const [id, other] of [
        [a, b],
        [b, a],
      ] as const) {
        if (!shown.has(id)) continue
        await inTurn(id, async () => {
          const profile = await read.get('profile', { id })
          const reach = profile ? reachOf(profile) : 0
          if (!profile || reach === 0) return
          const friends = (await friendsOf(id)).includes(other)
          const mine = new Set(await read.conversationIdsOf(id))
          const shared = (await read.conversationIdsOf(other)).some(each => mine.has(each))
          const across =
            (await read.get('block', { blocker: id, blocked: other })) !== null ||
            (await read.get('block', { blocker: other, blocked: id })) !== null
          if (across !== blocked || !(await stillSo(id, true))) return
          const said = {
            type: 'presence',
            person: personOf(profile),
            online: !blocked,
            seenAt: blocked ? null : profile.seenAt,
            change: newId(),
            conversationId: null,
            except: [],
          } as const
          if (friends) publish(profileStream(other), { ...said, circle: 'friend' })
          if (shared && (friends || reach === 2)) publish(profileStream(other), { ...said, circle: 'co-member' })
        })
      }
    },
  }
}
