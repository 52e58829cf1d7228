// A small world for the feed: a log, a bus and a clock that do nothing until the script says so.
import { manualClock } from '../../../src/base/clock.ts'
import type { Event, EventBody } from '../../../src/core/event.ts'
import type { FeedPorts } from '../../../src/core/feed/create-feed.ts'
import type { Encoder, Frame, Sink } from '../../../src/core/feed/encoder.ts'
import type { Feed } from '../../../src/core/feed/feed.ts'
import { type ConversationId, conversationStream, type ProfileId, type StreamId } from '../../../src/core/model/ids.ts'
import { type Bus, isEvent, type Note } from '../../../src/core/ports/bus.ts'

export type MakeFeed = (ports: FeedPorts) => Feed & AsyncDisposable

/**
 * What becomes of a committed event's note: handed over in the same step (the local bus); later but in order (commits that
 * are durable before they are published); in any order and again and again; the same, or lost.
 */
export type Delivery = 'immediate' | 'ordered' | 'shuffled' | 'lossy'

/** What a script does to the notes and questions under way; each picks one of them. */
export type Ordeal = 'deliver' | 'repeat' | 'lose' | 'execute' | 'answer' | 'fail'

/** A question to the log or the bus, on its way: first it takes effect there, later the answer arrives here. */
interface Pending {
  readonly failing: boolean
  execute(): void
  answer(): void
  fail(): void
}

export class World {
  readonly clock = manualClock()
  readonly delivery: Delivery
  readonly pending: Pending[] = []
  readonly flight: Note[] = []
  readonly errors: unknown[] = []
  readonly #log = new Map<StreamId, readonly Event[]>()
  readonly #members = new Map<ProfileId, Set<ConversationId>>()
  readonly #subscribers = new Map<StreamId, Set<(note: Note) => void>>()

  constructor(delivery: Delivery) {
    this.delivery = delivery
  }

  head(stream: StreamId): number {
    return this.#log.get(stream)?.at(-1)?.seq ?? 0
  }

  /** Forgets the events of a stream before `seq`. */
  prune(stream: StreamId, seq: number): void {
    this.#log.set(
      stream,
      this.#eventsOf(stream).filter(event => event.seq >= seq),
    )
  }

  conversationsOf(profileId: ProfileId): Set<ConversationId> {
    const ids = this.#members.get(profileId) ?? new Set()
    this.#members.set(profileId, ids)
    return ids
  }

  /** One transaction: all of it is in the log before any of it is told. */
  commit(bodies: readonly (readonly [StreamId, EventBody])[]): void {
    const events = bodies.map(([stream, body]) => {
      const event: Event = { stream, seq: this.head(stream) + 1, at: this.clock.now(), body }
      this.#log.set(stream, [...this.#eventsOf(stream), event])
      return event
    })
    for (const event of events) this.publish(event)
  }

  publish(note: Note): void {
    if (this.delivery === 'immediate') this.#hand(note)
    else this.flight.push(note)
  }

  /** Lets a note arrive: the oldest when the bus keeps order, else the one picked. */
  deliver(pick: number): void {
    const at = this.delivery === 'ordered' ? 0 : pick % this.flight.length
    for (const note of this.flight.splice(at, 1)) this.#hand(note)
  }

  /** Lets a note arrive that will arrive again. */
  repeat(pick: number): void {
    const note = this.flight[pick % this.flight.length]
    if (note && this.delivery !== 'ordered') this.#hand(note)
  }

  lose(pick: number): void {
    if (this.delivery === 'lossy') this.flight.splice(pick % this.flight.length, 1)
  }

  execute(pick: number): void {
    this.pending[pick % this.pending.length]?.execute()
  }

  answer(pick: number): void {
    for (const one of this.pending.splice(pick % this.pending.length, 1)) one.answer()
  }

  /** Lets a read fail, if one is under way. */
  fail(pick: number): void {
    const failing = this.pending.filter(each => each.failing)
    const one = failing[pick % failing.length]
    if (!one) return
    this.pending.splice(this.pending.indexOf(one), 1)
    one.fail()
  }

  /** Answers everything, loses what the bus may still lose, and lets enough time pass for every repair. */
  async quiesce(): Promise<void> {
    if (this.delivery === 'lossy') this.flight.length = 0
    for (let round = 0; round < 6; round++) {
      await this.answerAll()
      this.clock.advance(16_000)
      await settle()
    }
    await this.answerAll()
  }

  /** Lets the notes arrive, and answers everything that is asked and will be asked because of the answers. */
  async answerAll(): Promise<void> {
    while (this.flight.length > 0) this.deliver(0)
    await settle()
    for (let answers = 0; this.pending.length > 0; answers++) {
      if (answers > 10_000) throw new Error('the feed keeps asking')
      this.answer(0)
      await settle()
    }
  }

  readonly bus: Bus = {
    lossy: false,
    publish: note => this.publish(note),
    subscribe: (stream, on) =>
      this.#ask(false, () => {
        const all = this.#subscribers.get(stream) ?? new Set()
        this.#subscribers.set(stream, all.add(on))
        return { [Symbol.dispose]: () => void all.delete(on) }
      }),
    async [Symbol.asyncDispose]() {},
  }

  get ports(): FeedPorts {
    return {
      clock: this.clock,
      onError: error => void this.errors.push(error),
      bus: { ...this.bus, lossy: this.delivery === 'lossy' },
      store: {
        readStream: (stream, { after, limit }) =>
          this.#ask(true, () =>
            this.#eventsOf(stream)
              .filter(event => event.seq > after)
              .slice(0, limit),
          ),
        // Nobody resumes here.
        readSince: async () => 'resync',
        markNow: async () => '',
        read: {
          headOf: stream => this.#ask(true, () => this.head(stream)),
          conversationIdsOf: profileId => this.#ask(true, () => [...this.conversationsOf(profileId)]),
        },
      },
    }
  }

  #eventsOf(stream: StreamId): readonly Event[] {
    return this.#log.get(stream) ?? []
  }

  #hand(note: Note): void {
    for (const on of [...(this.#subscribers.get(note.stream) ?? [])]) on(note)
  }

  #ask<T>(failing: boolean, compute: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    let value: { readonly of: T } | null = null
    const execute = () => {
      value ??= { of: compute() }
      return value.of
    }
    const answer = () => resolve(execute())
    this.pending.push({ failing, execute, answer, fail: () => reject(new Error('the log cannot be read')) })
    return promise
  }
}

/** Lets every promise that can go on do so. No time passes. */
export const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** Three ways for a script to go on: at once, after one turn of promises, or when all have settled. */
export const rest = async (how: number): Promise<void> => {
  if (how === 1) await Promise.resolve()
  if (how === 2) await settle()
}

/** Prints a note as its stream and position. */
export const plainEncoder: Encoder = {
  name: 'plain',
  encode: note => [{ frame: isEvent(note) ? `${note.stream} ${note.seq}` : `${note.stream} signal` }],
}

/** A sink that remembers, and may leave in the middle of a delivery. */
export class Reader implements Sink {
  readonly profileId: ProfileId
  readonly notes: Note[] = []
  /** Called with each frame. */
  onFrame: (() => void) | null = null

  constructor(profileId: ProfileId) {
    this.profileId = profileId
  }

  deliver(_frame: Frame, note: Note): void {
    this.notes.push(note)
    this.onFrame?.()
  }

  seqsOf(stream: StreamId): number[] {
    return this.notes.filter(isEvent).flatMap(event => (event.stream === stream ? [event.seq] : []))
  }
}

/** Throws unless these are `from`, `from + 1` … `to`. */
export const demandRun = (what: string, seqs: readonly number[], from: number, to: number): void => {
  const wanted = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)
  if (seqs.length !== wanted.length || seqs.some((seq, i) => seq !== wanted[i])) {
    throw new Error(`${what}: wanted ${from} to ${to}, got [${seqs.join(' ')}]`)
  }
}

export const A = conversationStream('a')
export const B = conversationStream('b')
