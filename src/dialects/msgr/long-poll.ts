// Sessions of the long-poll transport: a link whose frames wait for the client to come and fetch them (section 10).
import type { Clock } from '../../base/clock.ts'
import { randomToken } from '../../base/id.ts'
import type { Frame } from '../../core/index.ts'
import type { Link } from '../../host/dialect.ts'
import { Outbox } from '../../host/outbox.ts'
import type { Framing, Incoming } from '../../wire/phoenix.ts'
import { decodeBatch } from '../../wire/phoenix-longpoll.ts'

/** Milliseconds a poll waits for something to come (MS103). */
const WAIT = 10_000
/** Milliseconds a session lives past its last request, at least (MS107); the sweep adds its own period. */
const TTL = 20_000
const SWEEP = 5000
/** What may wait for the client; past either the session is dropped (MS108). */
const QUEUE = { frames: 1000, bytes: 4 * 1024 * 1024 }
/** Sessions are had for the asking: beyond so many, the one that was silent longest goes. */
const SESSIONS = 20_000

/** What handles the frames of a session. */
export interface PollHandler {
  take(message: Incoming): Promise<void>
  closed(): void
}

export type PollAnswer = { readonly status: 200; readonly frames: readonly string[] } | { readonly status: 204 | 410 }

interface Waiting {
  readonly answer: (answer: PollAnswer) => void
  readonly signal: AbortSignal
  readonly timer: Disposable
}

let opened = 0

export class PollSession implements Link {
  readonly id = `poll.${(++opened).toString(36)}`
  readonly token = randomToken()
  readonly framing: Framing
  readonly #clock: Clock
  readonly #ended: (session: PollSession) => void
  readonly #outbox = new Outbox()
  /** Frames of an answer that did not arrive: first in the next. */
  #again: readonly string[] = []
  /** Frames of the last answer, until the next poll says that it arrived. */
  #given: readonly string[] = []
  #waiting: Waiting | null = null
  #scheduled = false
  #handler: PollHandler | null = null
  /** Batches are handled one after the other, whatever the number of requests that bring them. */
  #work: Promise<void> = Promise.resolve()
  #requests = 0
  #heard: number
  #closed = false

  constructor(framing: Framing, clock: Clock, ended: (session: PollSession) => void) {
    this.framing = framing
    this.#clock = clock
    this.#ended = ended
    this.#heard = clock.now()
  }

  get closed(): boolean {
    return this.#closed
  }

  handledBy(handler: PollHandler): void {
    this.#handler = handler
  }

  write(frame: Frame): void {
    if (this.#closed) return
    this.#outbox.write(frame)
    this.#queued()
  }

  push(frame: Frame): void {
    if (this.#closed) return
    this.#outbox.push(frame)
    this.#queued()
  }

  hold(): Disposable {
    this.#outbox.hold()
    let held = true
    return {
      [Symbol.dispose]: () => {
        if (!held) return
        held = false
        this.#outbox.release()
        this.#queued()
      },
    }
  }

  /** There is no close frame here: the client learns it from its next request. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#outbox.clear()
    this.#again = []
    this.#given = []
    this.#release({ status: 410 })
    this.#ended(this)
    this.#handler?.closed()
  }

  /** Whether nobody has asked for anything for so long that nobody will. */
  isAbandoned(): boolean {
    return this.#requests === 0 && this.#clock.now() - this.#heard > TTL
  }

  /**
   * What waits, at once or as soon as it comes; 204 after a while of nothing, or when another poll takes this one's place.
   * What is answered to a request that breaks off is not lost: it comes with the next poll.
   */
  async poll(signal: AbortSignal): Promise<PollAnswer> {
    this.#release({ status: 204 })
    this.#given = []
    return this.#during(async () => {
      if (this.#closed) return { status: 410 }
      return this.#give(signal) ?? this.#wait(signal)
    })
  }

  /** Handles the frames of one body. 408: it held one that cannot be decoded, and the session is over. */
  take(body: Uint8Array, contentType: string | null): Promise<200 | 408 | 410> {
    const work = this.#work.then(() => this.#handle(decodeBatch(this.framing, body, contentType)))
    this.#work = work.then(
      () => undefined,
      () => undefined,
    )
    return this.#during(() => work)
  }

  async #handle(messages: readonly Incoming[]): Promise<200 | 408 | 410> {
    for (const message of messages) {
      if (this.#closed) return 410
      if (message.type === 'undecodable') {
        this.close()
        return 408
      }
      await this.#handler?.take(message)
    }
    return 200
  }

  async #during<T>(work: () => Promise<T>): Promise<T> {
    this.#requests++
    try {
      return await work()
    } finally {
      this.#requests--
      this.#heard = this.#clock.now()
    }
  }

  #queued(): void {
    if (this.#closed) return
    const overfull = this.#outbox.count + this.#again.length > QUEUE.frames || this.#outbox.bytes > QUEUE.bytes
    if (overfull) this.close()
    if (!this.#waiting || this.#scheduled) return
    // At the end of the tick: a reply and the event it caused are fetched together.
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      const waiting = this.#waiting
      const answer = waiting && this.#give(waiting.signal)
      if (answer) this.#release(answer)
    })
  }

  #wait(signal: AbortSignal): Promise<PollAnswer> {
    const { promise, resolve } = Promise.withResolvers<PollAnswer>()
    const timer = this.#clock.after(WAIT, () => this.#release({ status: 204 }))
    this.#waiting = { answer: resolve, signal, timer }
    signal.addEventListener('abort', () => this.#waiting?.signal === signal && this.#release({ status: 204 }), {
      once: true,
    })
    return promise
  }

  #release(answer: PollAnswer): void {
    const waiting = this.#waiting
    if (!waiting) return
    this.#waiting = null
    waiting.timer[Symbol.dispose]()
    waiting.answer(answer)
  }

  /** Everything that is ready, for the request with this signal; null when nothing is. */
  #give(signal: AbortSignal): PollAnswer | null {
    if (signal.aborted) return null
    const frames = [...this.#again]
    this.#again = []
    for (let frame = this.#outbox.take(); frame !== null; frame = this.#outbox.take()) frames.push(String(frame))
    if (frames.length === 0) return null
    this.#given = frames
    // Told of requests that end before their answer has been written, not of others.
    signal.addEventListener('abort', () => this.#takeBack(frames), { once: true })
    return { status: 200, frames }
  }

  #takeBack(frames: readonly string[]): void {
    if (this.#given !== frames || this.#closed) return
    this.#given = []
    this.#again = [...frames, ...this.#again]
    this.#queued()
  }
}

/** All sessions of this process, by token. */
export class PollSessions {
  readonly #clock: Clock
  /** The one heard of last stands last. */
  readonly #sessions = new Map<string, PollSession>()
  #sweeping = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get count(): number {
    return this.#sessions.size
  }

  open(framing: Framing, handle: (session: PollSession) => PollHandler): PollSession {
    const session = new PollSession(framing, this.#clock, ({ token }) => this.#sessions.delete(token))
    session.handledBy(handle(session))
    if (this.#sessions.size >= SESSIONS) this.#sessions.values().next().value?.close()
    this.#sessions.set(session.token, session)
    this.#sweepLater()
    return session
  }

  find(token: string | null): PollSession | null {
    const session = token === null ? undefined : this.#sessions.get(token)
    if (!session) return null
    this.#sessions.delete(session.token)
    this.#sessions.set(session.token, session)
    return session
  }

  #sweepLater(): void {
    if (this.#sweeping) return
    this.#sweeping = true
    this.#clock.after(SWEEP, () => {
      this.#sweeping = false
      for (const session of [...this.#sessions.values()]) if (session.isAbandoned()) session.close()
      if (this.#sessions.size > 0) this.#sweepLater()
    })
  }
}
