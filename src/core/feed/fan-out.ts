// Hands a note to the sinks of one topic: encoded once per encoder, filtered per frame, unharmed by what sinks do meanwhile.
import type { Event, EventType } from '../event.ts'
import type { ProfileId, Seq, StreamId } from '../model/ids.ts'
import { isEvent, type Note } from '../ports/bus.ts'
import type { Delivery, Encoder, Sink } from './encoder.ts'

/** Told of the events that decide who follows what, after their own frames have gone out. Must not throw. */
export interface Watcher {
  noticed(event: Event): void
}

/** Where a join lives until it leaves. */
export interface Home {
  readonly stream: StreamId
  left(join: Join): void
}

/** One sink in one topic. Kept small: there is one for every stream of every attached client. */
export class Join implements Disposable {
  readonly home: Home
  readonly sink: Sink
  readonly watcher: Watcher | null
  /** The last position the sink has had, or does not want. */
  since: Seq
  /** Its place among the sinks of its encoder; none while it is catching up. */
  group: Group | null = null
  index = 0

  constructor(home: Home, sink: Sink, since: Seq, watcher: Watcher | null) {
    this.home = home
    this.sink = sink
    this.since = since
    this.watcher = watcher
  }

  get left(): boolean {
    return this.since === LEFT
  }

  [Symbol.dispose](): void {
    if (this.left) return
    this.since = LEFT
    this.home.left(this)
  }
}

interface Group {
  readonly encoder: Encoder
  readonly joins: Join[]
}

/** Behind every position: nothing is delivered any more. */
const LEFT = Number.POSITIVE_INFINITY
/** The position of a signal: whoever has not left gets it. */
const ANY = Number.MAX_VALUE

/** From so many names on, a frame's audience is looked up in a set. */
const LONG_LIST = 8

const deciding = {
  'membership.began': true,
  'membership.ended': true,
  'member.left': true,
  'conversation.ended': true,
} as const satisfies { [T in EventType]?: true }

/** Not reentrant: `deliver` is not called from within `deliver`; the topic sees to that. */
export class FanOut {
  readonly #onError: (error: unknown, doing: string) => void
  readonly #groups: Group[] = []
  #delivering = false
  /** Those who left during a delivery; their places are given up after it. */
  #leaving: Join[] | null = null

  constructor(onError: (error: unknown, doing: string) => void) {
    this.#onError = onError
  }

  /** Attaches a join behind `since`. During a delivery it does not get the note under way. */
  add(join: Join, encoder: Encoder): void {
    let group = this.#groups.find(g => g.encoder === encoder)
    if (!group) {
      group = { encoder, joins: [] }
      this.#groups.push(group)
    }
    join.group = group
    join.index = group.joins.push(join) - 1
  }

  /** Takes a join out that has left. */
  remove(join: Join): void {
    if (!join.group) return
    if (this.#delivering) {
      this.#leaving ??= []
      this.#leaving.push(join)
    } else {
      this.#vacate(join, join.group)
    }
  }

  /** To everyone who has not had it. */
  deliver(note: Note): void {
    const position = isEvent(note) ? note.seq : ANY
    this.#delivering = true
    for (const group of this.#groups) {
      for (const delivery of this.#encode(group.encoder, note)) this.#spread(group.joins, delivery, note, position)
    }
    if (isEvent(note) && Object.hasOwn(deciding, note.body.type)) this.#tell(note)
    this.#delivering = false
    if (this.#leaving) this.#clear(this.#leaving)
  }

  /** To one sink that is catching up. */
  deliverTo(join: Join, encoder: Encoder, event: Event): void {
    join.since = event.seq
    for (const { frame, only, except } of this.#encode(encoder, event)) {
      const { profileId } = join.sink
      if (join.left || (only && !only.includes(profileId)) || except?.includes(profileId)) continue
      this.#hand(join.sink, frame, event)
    }
    if (!join.left && Object.hasOwn(deciding, event.body.type)) this.#notify(join, event)
  }

  #encode(encoder: Encoder, note: Note): readonly Delivery[] {
    try {
      return encoder.encode(note)
    } catch (error) {
      this.#onError(error, `encoding ${note.body.type} for ${encoder.name}`)
      return []
    }
  }

  #spread(joins: readonly Join[], { frame, only, except }: Delivery, note: Note, position: number): void {
    const wanted = only && audience(only)
    const unwanted = except && audience(except)
    for (const join of joins) {
      if (join.since >= position) continue
      const { sink } = join
      if (wanted && !wanted(sink.profileId)) continue
      if (unwanted?.(sink.profileId)) continue
      this.#hand(sink, frame, note)
    }
  }

  #hand(sink: Sink, frame: Delivery['frame'], note: Note): void {
    try {
      sink.deliver(frame, note)
    } catch (error) {
      this.#onError(error, 'delivering')
    }
  }

  #tell(event: Event): void {
    for (const group of this.#groups) {
      for (const join of group.joins) if (join.since < event.seq) this.#notify(join, event)
    }
  }

  #notify(join: Join, event: Event): void {
    try {
      join.watcher?.noticed(event)
    } catch (error) {
      this.#onError(error, 'following memberships')
    }
  }

  #clear(leaving: readonly Join[]): void {
    this.#leaving = null
    for (const join of leaving) if (join.group) this.#vacate(join, join.group)
  }

  /** The last of the group takes the place that became free. */
  #vacate(join: Join, group: Group): void {
    join.group = null
    const last = group.joins.pop()
    if (last && last !== join) {
      group.joins[join.index] = last
      last.index = join.index
    }
    if (group.joins.length === 0) this.#groups.splice(this.#groups.indexOf(group), 1)
  }
}

const audience = (ids: readonly ProfileId[]): ((id: ProfileId) => boolean) => {
  if (ids.length < LONG_LIST) return id => ids.includes(id)
  const set = new Set(ids)
  return id => set.has(id)
}
