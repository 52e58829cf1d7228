// A session without a socket: frames wait here, and leave with one poll after the other, or all at once to the socket that takes over.
import type { Clock } from '../../base/clock.ts'
import type { Frame } from '../../core/index.ts'
import { packets } from '../../wire/engine-io.ts'
import type { Link } from '../dialect.ts'
import { type Flushable, type Flusher, Outbox } from '../outbox.ts'

/** What carries a session's frames. */
export type Carrier = Pick<Link, 'write' | 'push' | 'hold' | 'close'>

export interface PollingHome {
  readonly clock: Clock
  readonly flusher: Flusher
}

/** Bytes that may wait for the next poll: what may wait for a slow socket, by default. */
const MAX_WAITING_BYTES = 1024 * 1024

export class Polling implements Carrier, Flushable {
  readonly #home: PollingHome
  /** Frames were lost: too many waited, or the connection of a poll broke before its answer was written. */
  readonly #lost: (reason: string) => void
  readonly #outbox = new Outbox()
  /** Answers the poll that waits. */
  #waiting: ((frames: readonly Frame[]) => void) | null = null
  #scheduled = false
  #closing = false
  #successor: { readonly link: Link; readonly arrived: () => void } | null = null

  constructor(home: PollingHome, lost: (reason: string) => void) {
    this.#home = home
    this.#lost = lost
  }

  /** Whether a poll waits. */
  get waiting(): boolean {
    return this.#waiting !== null
  }

  /** Whether the close packet is still to be fetched. */
  get closing(): boolean {
    return this.#closing
  }

  write(frame: Frame): void {
    this.#outbox.write(frame)
    this.#queued()
  }

  push(frame: Frame): void {
    this.#outbox.push(frame)
    this.#queued()
  }

  hold(): Disposable {
    return this.#outbox.hold(() => this.#queued())
  }

  /** What waits leaves with the poll that waits or the next one, and the close packet with the one after it. */
  close(code: number, reason: string): void {
    this.#outbox.releaseAll()
    if (this.#successor) {
      this.#follow()
      this.#successor.link.close(code, reason)
      return
    }
    this.#closing = true
    this.flush()
  }

  clear(): void {
    this.#outbox.clear()
  }

  /** The frames that wait, or those that come: none when `patienceMs` is over. One poll at a time. */
  poll(signal: AbortSignal, patienceMs: number | null): Promise<readonly Frame[]> {
    if (signal.aborted) {
      this.#broke()
      return Promise.resolve([])
    }
    const { promise, resolve } = Promise.withResolvers<readonly Frame[]>()
    const impatience = patienceMs === null ? null : this.#home.clock.after(patienceMs, () => this.nudge())
    // Fires for as long as the answer has not been written whole, and not after.
    signal.addEventListener('abort', () => this.#broke(), { once: true })
    this.#waiting = frames => {
      this.#waiting = null
      impatience?.[Symbol.dispose]()
      resolve(frames)
    }
    this.flush()
    return promise
  }

  /** Ends the wait of a poll, so that the client is free to do something else. */
  nudge(): void {
    this.flush()
    this.#waiting?.([packets.noop])
  }

  flush(): void {
    this.#scheduled = false
    if (!this.#waiting) return
    const frames: Frame[] = []
    for (let frame = this.#outbox.take(); frame !== null; frame = this.#outbox.take()) frames.push(frame)
    if (!frames.length) {
      if (!this.#closing) return
      // Never with other packets: the official client would forget them, which it looks at a tick later than at this one.
      this.#closing = false
      frames.push(packets.close)
    }
    this.#waiting(frames)
  }

  /**
   * Everything goes to this link from now on, what waits first. While broadcasts are held they stay here, and what is
   * sent has to pass through here; `arrived` is called, perhaps at once, when it need not any more.
   */
  moveTo(link: Link, arrived: () => void): void {
    // Not with what waits: it might come later than what the socket brings.
    this.#waiting?.([packets.noop])
    this.#successor = { link, arrived }
    this.#follow()
  }

  #queued(): void {
    if (this.#successor) this.#follow()
    else if (this.#outbox.bytes > MAX_WAITING_BYTES) this.flush()
    if (this.#outbox.bytes > MAX_WAITING_BYTES) {
      this.#lost('too slow')
      return
    }
    if (this.#scheduled || !this.#waiting) return
    this.#scheduled = true
    this.#home.flusher.add(this)
  }

  #follow(): void {
    const { link, arrived } = this.#successor ?? {}
    for (let frame = this.#outbox.take(); frame !== null; frame = this.#outbox.take()) link?.write(frame)
    if (!this.#outbox.held) arrived?.()
  }

  /** What the answer held, if there was one, is lost: a client that came back would miss it. */
  #broke(): void {
    this.#waiting?.([])
    if (!this.#successor) this.#lost('connection lost')
  }
}
