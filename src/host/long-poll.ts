// Links for clients that have no socket: frames wait in a session that is emptied by one HTTP request after the other.
import type { Clock } from '../base/clock.ts'
import { randomToken } from '../base/id.ts'
import type { Logger } from '../base/log.ts'
import type { Frame } from '../core/index.ts'
import { networkOf } from './address.ts'
import { Crowd, type Member } from './crowd.ts'
import type { Link, RouteRequest } from './dialect.ts'
import { Outbox } from './outbox.ts'
import { drainingOf } from './request.ts'

export interface LongPollOptions {
  /** For the log. */
  readonly name: string
  readonly clock: Clock
  readonly log: Logger
  /** Milliseconds a poll waits for a frame. */
  readonly waitMs: number
  /** Milliseconds a session lives past its last request; it ends within a quarter more. */
  readonly idleMs: number
  /** Frames, and their bytes (4 MiB by default), that may wait in a session; past them it ends. */
  readonly maxFrames: number
  readonly maxBytes?: number
  /** Sessions of one address (an IPv6 /64), 100 by default, and of all, 10 000. A further one ends that silent longest. */
  readonly maxPerAddress?: number
  readonly maxSessions?: number
}

/** As a `LinkHandler`, for frames in whatever form the dialect has decoded them to. */
export interface PollHandler<In> {
  receive(frame: In): Promise<void> | void
  /** Once, however the session ended. */
  closed(): void
}

export type Polled =
  /** What waited, in order. It is given out once, unless the connection breaks before it has been written. */
  | { readonly type: 'frames'; readonly frames: readonly Frame[] }
  /** Nothing came in time, a newer poll took this one's place, or the server is going down. */
  | { readonly type: 'empty' }
  /** The session is over and has been emptied. */
  | { readonly type: 'gone' }

export interface PollSession<In, Data> {
  /** 32 random bytes, base64url: whoever knows it is the session. */
  readonly token: string
  /** What the dialect keeps with it. */
  readonly data: Data
  /** Answers with what waits at once, else with what comes within `waitMs`. An older poll that waits is answered empty. */
  poll(request: RouteRequest): Promise<Polled>
  /**
   * Has the handler receive frames, after those of earlier calls and one at a time; resolves when it has. `'gone'` when
   * the session is over, or ended on the way (the handler failed, or too many were waiting).
   */
  receive(frames: readonly In[]): Promise<'handled' | 'gone'>
  /** Ends the session, without giving out what waits. */
  drop(): void
}

export interface LongPoll<In, Data> {
  /** Begins a session. What `start` throws is thrown on. */
  open(
    request: RouteRequest,
    data: Data,
    start: (link: Link) => Promise<PollHandler<In>> | PollHandler<In>,
  ): Promise<PollSession<In, Data>>
  find(token: string): PollSession<In, Data> | null
  readonly count: number
}

const MAX_PENDING = 1024

interface Home<In, Data> extends LongPollOptions {
  ended(session: Session<In, Data>): void
}

interface Waiting {
  /** Of the connection that waits. */
  readonly signal: AbortSignal
  answer(polled: Polled): void
}

class Session<In, Data> implements Link, Member, PollSession<In, Data> {
  readonly token = randomToken(32)
  /** Not the token: ids stand in log lines. */
  readonly id = `poll.${randomToken(6)}`
  readonly network: string
  readonly data: Data
  /** When its last request came or ended. */
  since: number
  readonly #home: Home<In, Data>
  readonly #outbox = new Outbox()
  #handler: PollHandler<In> | null = null
  /** Frames whose answer was never written: first in line again. */
  #returned: readonly Frame[] = []
  /** The batch given out last: a stand-in to tell whether another one has followed. */
  #lastBatch: readonly Frame[] | null = null
  #waiting: Waiting | null = null
  #waking = false
  #over = false
  #receiving: Promise<unknown> = Promise.resolve()
  #pending = 0

  constructor(home: Home<In, Data>, network: string, data: Data) {
    this.#home = home
    this.network = network
    this.data = data
    this.since = home.clock.now()
  }

  get closed(): boolean {
    return this.#over
  }

  get waiting(): boolean {
    return this.#waiting !== null
  }

  write(frame: Frame): void {
    if (this.#over) return
    this.#outbox.write(frame)
    this.#queued()
  }

  push(frame: Frame): void {
    if (this.#over) return
    this.#outbox.push(frame)
    this.#queued()
  }

  hold(): Disposable {
    return this.#outbox.hold(() => {
      if (!this.#over) this.#queued()
    })
  }

  /** The code has no place in HTTP: the next poll gets what is queued, the one after learns that the session is gone. */
  close(_code: number, _reason: string): void {
    if (this.#over) return
    this.#over = true
    this.#outbox.releaseAll()
    this.#tellClosed()
    this.#wake()
  }

  drop(): void {
    this.#outbox.clear()
    this.#returned = []
    this.close(1000, '')
    this.#home.ended(this)
  }

  handledBy(handler: PollHandler<In>): void {
    this.#handler = handler
    if (this.#over) this.#tellClosed()
  }

  async poll(request: RouteRequest): Promise<Polled> {
    request.longRunning()
    this.since = this.#home.clock.now()
    this.#waiting?.answer({ type: 'empty' })
    const { signal } = request.raw
    const batch = this.#take(signal)
    if (batch) return batch
    if (this.#over) {
      this.#home.ended(this)
      return { type: 'gone' }
    }
    const draining = drainingOf(request)
    if (draining?.aborted) return { type: 'empty' }
    return await this.#wait(signal, draining)
  }

  receive(frames: readonly In[]): Promise<'handled' | 'gone'> {
    this.since = this.#home.clock.now()
    if (this.#over) return Promise.resolve('gone')
    this.#pending += frames.length
    if (this.#pending > MAX_PENDING) {
      this.drop()
      return Promise.resolve('gone')
    }
    const handled = this.#receiving.then(() => this.#handle(frames))
    this.#receiving = handled
    return handled
  }

  async #handle(frames: readonly In[]): Promise<'handled' | 'gone'> {
    try {
      for (const frame of frames) {
        if (this.#over) return 'gone'
        await this.#handler?.receive(frame)
      }
      return this.#over ? 'gone' : 'handled'
    } catch (error) {
      this.#home.log.error({ error, link: this.id, endpoint: this.#home.name }, 'a link broke')
      this.drop()
      return 'gone'
    } finally {
      this.#pending -= frames.length
    }
  }

  /** Waits for a frame, the end of the patience, a newer poll, or the client to leave: whichever is first. */
  #wait(signal: AbortSignal, draining: AbortSignal | null): Promise<Polled> {
    const { promise, resolve } = Promise.withResolvers<Polled>()
    const empty = (): void => waiting.answer({ type: 'empty' })
    const timer = this.#home.clock.after(this.#home.waitMs, empty)
    const waiting: Waiting = {
      signal,
      answer: polled => {
        timer[Symbol.dispose]()
        signal.removeEventListener('abort', empty)
        draining?.removeEventListener('abort', empty)
        if (this.#waiting === waiting) this.#waiting = null
        this.since = this.#home.clock.now()
        resolve(polled)
      },
    }
    this.#waiting = waiting
    signal.addEventListener('abort', empty)
    draining?.addEventListener('abort', empty)
    if (signal.aborted) empty()
    return promise
  }

  #queued(): void {
    const { maxFrames, maxBytes = 4 * 1024 * 1024 } = this.#home
    if (this.#outbox.count + this.#returned.length > maxFrames || this.#outbox.bytes > maxBytes) {
      this.drop()
      return
    }
    if (!this.#waiting || this.#waking) return
    this.#waking = true
    // Frames of one tick leave in one answer.
    setImmediate(() => {
      this.#waking = false
      this.#wake()
    })
  }

  #wake(): void {
    const waiting = this.#waiting
    if (!waiting) return
    const batch = this.#take(waiting.signal)
    if (batch) waiting.answer(batch)
    else if (this.#over) {
      this.#home.ended(this)
      waiting.answer({ type: 'gone' })
    }
  }

  /** Everything ready, or null. Should the connection break before the answer is written, it is put back. */
  #take(signal: AbortSignal): Polled | null {
    if (signal.aborted) return null
    const frames = [...this.#returned]
    this.#returned = []
    for (let frame = this.#outbox.take(); frame !== null; frame = this.#outbox.take()) frames.push(frame)
    if (!frames.length) return null
    this.#lastBatch = frames
    // Fires for as long as the answer has not been written whole, and not after.
    signal.addEventListener('abort', () => this.#putBack(frames), { once: true })
    return { type: 'frames', frames }
  }

  #putBack(frames: readonly Frame[]): void {
    // Behind a later batch they would come out of order: better the client begins anew than sees a gap.
    if (this.#lastBatch !== frames) {
      this.drop()
      return
    }
    this.#returned = frames
    this.#wake()
  }

  #tellClosed(): void {
    const handler = this.#handler
    this.#handler = null
    try {
      handler?.closed()
    } catch (error) {
      this.#home.log.error({ error, link: this.id, endpoint: this.#home.name }, 'closing a link failed')
    }
  }
}

/** Long-poll sessions of one endpoint. `In`: a received frame as the dialect decodes it; `Data`: what it keeps with a session. */
export const createLongPoll = <In = string | Uint8Array, Data = null>(options: LongPollOptions): LongPoll<In, Data> => {
  const { clock, idleMs, maxPerAddress = 100, maxSessions = 10_000 } = options
  const sessions = new Map<string, Session<In, Data>>()
  const crowd = new Crowd<Session<In, Data>>(maxPerAddress, maxSessions)
  let armed = false

  const home: Home<In, Data> = {
    ...options,
    ended(session) {
      sessions.delete(session.token)
      crowd.delete(session)
    },
  }
  const sweepLater = (): void => {
    if (armed) return
    armed = true
    clock.after(idleMs / 4, () => {
      armed = false
      const oldest = clock.now() - idleMs
      for (const session of [...sessions.values()]) if (!session.waiting && session.since <= oldest) session.drop()
      if (sessions.size) sweepLater()
    })
  }

  return {
    get count() {
      return sessions.size
    },
    find: token => sessions.get(token) ?? null,
    async open(request, data, start) {
      const session = new Session<In, Data>(home, networkOf(request.address), data)
      crowd.add(session)
      sessions.set(session.token, session)
      sweepLater()
      try {
        session.handledBy(await start(session))
        return session
      } catch (error) {
        session.drop()
        throw error
      }
    },
  }
}
