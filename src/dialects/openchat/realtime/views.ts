// The channels that one connection has open: who else looks on, and from where (OC116, OC118).
import {
  type ConversationId,
  conversationStream,
  limits,
  type Person,
  type ProfileId,
  refuse,
} from '../../../core/index.ts'
import type { PresenceEntry } from '../contract.ts'
import type { Scope } from '../scope.ts'
import type { Connection, Realtime } from './connection.ts'
import { elsewhereId } from './signals.ts'

export class Views {
  readonly #scope: Scope
  readonly #feeds: Realtime['feeds']
  readonly #connection: Connection
  readonly #open = new Map<ConversationId, Disposable>()
  /** Who was shown as being here by another contract, in each. */
  readonly #elsewhere = new Map<ConversationId, Set<ProfileId>>()
  /** What happened in a channel while the list of who is there was read: told behind it. */
  readonly #reading = new Map<ConversationId, (() => void)[]>()
  #over = false

  constructor({ scope, feeds }: Realtime, connection: Connection) {
    this.#scope = scope
    this.#feeds = feeds
    this.#connection = connection
  }

  has(id: ConversationId): boolean {
    return this.#open.has(id)
  }

  /**
   * Opens a channel of this server, joining it where it is public. Again: only the answer and the snapshot. Faults:
   * conversation.unknown (also: of another server), group.full, rate.limited (too many open).
   */
  async open(id: ConversationId, answered: () => void): Promise<void> {
    const { core, homeId } = this.#scope
    const { actor, space } = this.#connection.identity
    const view = await core.conversations.visit(actor, id)
    if ((view.conversation.spaceId ?? homeId) !== space) refuse({ kind: 'conversation.unknown' })
    if (!this.#open.has(id)) {
      if (this.#open.size >= limits.watchedPerLink) refuse({ kind: 'rate.limited', retryAfterMs: 1000 })
      await core.spaces.admit(actor, id)
      using starting = new DisposableStack()
      starting.use(await core.watching.start(actor, id, this.#connection.watcher))
      const encoder = this.#feeds.viewEncoderOf(space)
      starting.use(await core.feed.join(this.#connection, conversationStream(id), encoder, 'head'))
      if (!this.#over && !this.#open.has(id)) this.#open.set(id, starting.move())
    }
    answered()
    const since: (() => void)[] = []
    this.#reading.set(id, since)
    try {
      const { entries: members, elsewhere } = await loadPresence(this.#scope, space, actor, id)
      if (this.#open.has(id)) this.#elsewhere.set(id, new Set(elsewhere))
      this.#connection.say('chat.presence.snapshot', { channel_id: id, members }, { channelId: id })
    } catch (error) {
      // He may have been put out before there was a view that could have been closed for it.
      this.close(id)
      throw error
    } finally {
      this.#reading.delete(id)
    }
    for (const tell of since) tell()
  }

  /** Whether the list of who is there is being read: then `tell` is called behind it. */
  later(id: ConversationId, tell: () => void): boolean {
    return this.#reading.get(id)?.push(tell) !== undefined
  }

  close(id: ConversationId): boolean {
    const watching = this.#open.get(id)
    this.#open.delete(id)
    this.#elsewhere.delete(id)
    this.#feeds.typists.drop(id, this.#connection.profileId, this.#connection.watcher)
    watching?.[Symbol.dispose]()
    return watching !== undefined
  }

  /** Somebody came online or went; of those who are here by another contract that is their coming and going. */
  presence(id: ConversationId, person: Person, online: boolean): void {
    if (this.later(id, () => this.presence(id, person, online))) return
    const shown = this.#elsewhere.get(id)
    if (!shown || person.id === this.#connection.profileId) return
    const { space, actor } = this.#connection.identity
    const tell = (type: string) => {
      const member = entryElsewhere(this.#scope, space, person)
      this.#connection.say(type, { channel_id: id, member }, { channelId: id })
    }
    if (!online) {
      if (shown.delete(person.id)) tell('chat.presence.left')
      return
    }
    const { core, log } = this.#scope
    core.presence
      .elsewhere(actor, [person.id])
      .then(here => {
        if (!here.has(person.id) || !this.#open.has(id) || shown.has(person.id)) return
        shown.add(person.id)
        tell('chat.presence.joined')
      })
      .catch(error => log.error({ error }, 'telling who is here by another door'))
  }

  closed(): void {
    this.#over = true
    for (const id of [...this.#open.keys()]) this.close(id)
  }
}

const entryElsewhere = ({ uids }: Pick<Scope, 'uids'>, space: string, person: Person): PresenceEntry => {
  const user_uid = uids.of(space, person)
  const id = elsewhereId(user_uid)
  return { client_id: id, user_uid, device_id: id }
}

/** Who is looked for among the members of a channel. */
const LOOKED = 1000

/** Who is there: every open view here, and one entry for whoever is here by another contract (OC65, OC118). */
export const loadPresence = async (
  scope: Pick<Scope, 'core' | 'uids'>,
  space: string,
  actor: Connection['identity']['actor'],
  id: ConversationId,
): Promise<{ readonly entries: readonly PresenceEntry[]; readonly elsewhere: readonly ProfileId[] }> => {
  const { core, uids } = scope
  const watchers = await core.watching.watchers(actor, id)
  const { participants } = await core.members.list(actor, id, { limit: LOOKED })
  const people = participants.map(({ person }) => person)
  const elsewhere = await core.presence.elsewhere(
    actor,
    people.map(person => person.id),
  )
  const here = people.filter(person => elsewhere.has(person.id))
  const entries = [
    ...watchers.map(({ person, watcher }) => ({
      client_id: watcher.id,
      user_uid: uids.of(space, person),
      device_id: watcher.device ?? watcher.id,
    })),
    ...here.map(person => entryElsewhere(scope, space, person)),
  ]
  return { entries, elsewhere: here.map(person => person.id) }
}
