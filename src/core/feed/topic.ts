// One stream on this node: makes of a log that is true and a bus that only hints what every joined sink sees once, in order.
//
// The topic has one position, its head: everything up to it has been handed out. A note that follows on is handed out at
// once. Any other sign that the log is further (a later note, a check) raises the goal, and the topic reads the log until
// it has reached it, holding what comes in meanwhile. Nothing else moves the head, so nothing is missed or doubled.
import type { Event } from '../event.ts'
import type { Ports } from '../index.ts'
import { limits } from '../limits.ts'
import type { Seq, StreamId } from '../model/ids.ts'
import { type Bus, isEvent, type Note } from '../ports/bus.ts'
import type { Reads, Store } from '../ports/store.ts'
import type { Encoder, Sink } from './encoder.ts'
import { FanOut, type Home, Join, type Watcher } from './fan-out.ts'
import type { Settling } from './settling.ts'

export interface TopicPorts extends Pick<Ports, 'clock' | 'onError'> {
  readonly bus: Bus
  readonly store: Pick<Store, 'readStream'> & { readonly read: Pick<Reads, 'headOf'> }
}

/** Events read from the log at a time. */
const LOG_PAGE = 200
/** Milliseconds until a topic that could not read the log tries again. */
const RETRY_MS = 1000

export interface Joining {
  readonly join: Join
  /** When the sink is caught up; null when it is already. Rejects when the log cannot be read. */
  readonly ready: Promise<void> | null
}

export class Topic implements Home {
  readonly stream: StreamId
  readonly #ports: TopicPorts
  readonly #settling: Settling
  readonly #emptied: (topic: Topic) => void
  readonly #fanOut: FanOut
  #head: Seq = 0
  /** The highest position known to be committed, once it is beyond the head. */
  #goal: Seq = 0
  /** Opening, reading or handing out: what comes in is held. */
  #busy = true
  /** Holds back the mark while the topic opens or reads. */
  #lag: Disposable | null
  #held: Note[] = []
  /** Joins attached or on their way. */
  #joins = 0
  #opening: Promise<void> | null
  #reading: Promise<void> | null = null
  #retry: Disposable | null = null
  #subscription: Disposable | null = null
  #closed = false
  /** Whether the head has stood still since it was last asked. */
  #still = false

  /** `emptied` is called once, when the last sink has left or the topic could not be opened: it is dead then. */
  constructor(stream: StreamId, ports: TopicPorts, settling: Settling, emptied: (topic: Topic) => void) {
    this.stream = stream
    this.#ports = ports
    this.#settling = settling
    this.#lag = settling.begin()
    this.#emptied = emptied
    this.#fanOut = new FanOut(ports.onError)
    this.#opening = this.#open()
    // Whoever waits for it is told; when all have left meanwhile, nobody is.
    this.#opening.catch(() => {})
  }

  get head(): Seq {
    return this.#head
  }

  /** Counts the sink as joined behind `after`; attaches it in the same step unless there is something to catch up on. */
  join(sink: Sink, encoder: Encoder, after: Seq, watcher: Watcher | null): Joining {
    this.#joins += 1
    const join = new Join(this, sink, after, watcher)
    return { join, ready: this.#attach(join, encoder) }
  }

  left(join: Join): void {
    this.#fanOut.remove(join)
    this.#joins -= 1
    if (this.#joins === 0) this.close()
  }

  /** The log is known to have reached `seq`: reads it if the topic has not. */
  check(seq: Seq): void {
    this.#goal = Math.max(this.#goal, seq)
    if (this.#goal <= this.#head || this.#closed) return
    if (!this.#busy) this.#settle()
    else if (this.#retry) this.#startReading()
  }

  /** Resolves when everything up to `seq`, which the log has, is handed out. Rejects when the log cannot be read. */
  async reach(seq: Seq): Promise<void> {
    while (this.#head < seq && !this.#closed) {
      this.check(seq)
      await (this.#opening ?? this.#reading)
    }
  }

  /** Whether nothing happened since the last call, so that a lost last note would still be unnoticed. */
  isIdle(): boolean {
    const idle = this.#still && !this.#busy
    this.#still = true
    return idle
  }

  /** Ends it: nothing is delivered any more, joins under way resolve without being attached. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#held = []
    this.#caughtUp()
    this.#retry?.[Symbol.dispose]()
    this.#subscription?.[Symbol.dispose]()
    this.#emptied(this)
  }

  /** Subscribes first and looks at the log second, so that what is committed between the two is not missed. */
  async #open(): Promise<void> {
    try {
      const subscription = await this.#ports.bus.subscribe(this.stream, note => this.#receive(note))
      if (this.#closed) return subscription[Symbol.dispose]()
      this.#subscription = subscription
      this.#head = await this.#ports.store.read.headOf(this.stream)
    } catch (error) {
      this.close()
      throw error
    }
    this.#opening = null
    if (!this.#closed) this.#settle()
  }

  /** In one step with the last look at the head, so that nothing can come between. */
  #attach(join: Join, encoder: Encoder): Promise<void> | null {
    if (join.left || this.#closed) return null
    if (this.#opening) return this.#attachLater(join, encoder, this.#opening)
    if (join.since < this.#head) return this.#catchUp(join, encoder)
    this.#fanOut.add(join, encoder)
    return null
  }

  async #attachLater(join: Join, encoder: Encoder, opening: Promise<void>): Promise<void> {
    using _ = this.#settling.begin()
    await opening
    await this.#attach(join, encoder)
  }

  /** Reads the log to one sink alone until it is where the topic is. It may come further: the rest passes it by later. */
  async #catchUp(join: Join, encoder: Encoder): Promise<void> {
    using _ = this.#settling.begin()
    while (join.since < this.#head) {
      const reached = this.#head
      const page = await this.#ports.store.readStream(this.stream, { after: join.since, limit: LOG_PAGE })
      if (join.left || this.#closed) return
      for (const event of page) {
        this.#fanOut.deliverTo(join, encoder, event)
        if (join.left) return
      }
      // What the log no longer has does not come.
      if (page.length === 0) join.since = reached
    }
    this.#fanOut.add(join, encoder)
  }

  #receive(note: Note): void {
    if (this.#closed) return
    if (this.#busy) {
      this.#hold(note)
    } else if (!isEvent(note) || note.seq === this.#head + 1) {
      this.#busy = true
      this.#handOut(note)
      this.#settle()
    } else if (note.seq > this.#head) {
      this.#hold(note)
      this.#settle()
    }
  }

  #hold(note: Note): void {
    if (isEvent(note)) {
      if (note.seq <= this.#head) return
      this.#goal = Math.max(this.#goal, note.seq)
    }
    // The goal stays, so what is thrown away here is read from the log; signals may be dropped.
    if (this.#held.length >= limits.heldNotes) this.#held = []
    this.#held.push(note)
  }

  #handOut(note: Note): void {
    if (isEvent(note)) {
      this.#head = note.seq
      this.#still = false
    }
    this.#fanOut.deliver(note)
  }

  /** Hands out what is held and follows on; reads the log when that does not reach the goal. */
  #settle(): void {
    this.#busy = true
    this.#drain(this.#head)
    if (this.#goal > this.#head && !this.#closed) this.#startReading()
    else this.#caughtUp()
  }

  /**
   * Hands out held notes in order as far as they follow on. Up to `certain` the log has been read: what is missing there
   * is missing for good, and skipped.
   */
  #drain(certain: Seq): void {
    while (this.#held.length > 0) {
      const batch = this.#held
      this.#held = []
      const early: Event[] = []
      for (const note of batch) {
        if (!isEvent(note) || note.seq === this.#head + 1) this.#handOut(note)
        else if (note.seq > this.#head) early.push(note)
      }
      early.sort((a, b) => a.seq - b.seq)
      const rest: Event[] = []
      for (const event of early) {
        if (event.seq <= this.#head) continue
        const follows = event.seq <= certain || event.seq === Math.max(this.#head, certain) + 1
        if (follows) this.#handOut(event)
        else rest.push(event)
      }
      const more = this.#held.length > 0
      this.#held = [...rest, ...this.#held]
      // Otherwise something came in while the above went out.
      if (!more) break
    }
    this.#head = Math.max(this.#head, certain)
  }

  /** Handing out what comes as it comes. */
  #caughtUp(): void {
    this.#busy = false
    this.#lag?.[Symbol.dispose]()
    this.#lag = null
  }

  #startReading(): void {
    this.#busy = true
    this.#lag ??= this.#settling.begin()
    this.#retry?.[Symbol.dispose]()
    this.#retry = null
    this.#reading = this.#read()
    // It has been reported; who waits for it is told.
    this.#reading.catch(() => {})
  }

  async #read(): Promise<void> {
    try {
      while (this.#goal > this.#head) {
        const goal = this.#goal
        await this.#readTo(goal)
        if (this.#closed) return
        this.#drain(goal)
      }
    } catch (error) {
      this.#reading = null
      if (this.#closed) return
      this.#ports.onError(error, `reading ${this.stream}`)
      this.#retry = this.#ports.clock.after(RETRY_MS, () => this.#startReading())
      throw error
    }
    this.#reading = null
    this.#caughtUp()
  }

  async #readTo(goal: Seq): Promise<void> {
    while (this.#head < goal) {
      const page = await this.#ports.store.readStream(this.stream, { after: this.#head, limit: LOG_PAGE })
      if (this.#closed || page.length === 0) return
      for (const event of page) this.#handOut(event)
    }
  }
}
