// Passes frames on in the order in which they came, though some must be loaded first: an event does not carry all that a
// contract wants to say of it.
import type { Frame } from '../core/index.ts'

/** A frame, or how to come by it; null when by then there is nothing to tell. */
type Pending = Frame | (() => Promise<Frame | null>)

/** Frames that may wait for one that is being loaded. */
const WAITING = 10_000

export class InOrder {
  readonly #pass: (frame: Frame) => void
  readonly #failed: (error: unknown) => void
  /** Behind the one being loaded; null while nothing is. */
  #waiting: Pending[] | null = null

  /** `failed` is told once, when a frame cannot be loaded or too many wait: nothing is passed on from there. */
  constructor(pass: (frame: Frame) => void, failed: (error: unknown) => void) {
    this.#pass = pass
    this.#failed = failed
  }

  add(frame: Pending): void {
    if (this.#waiting) {
      if (this.#waiting.push(frame) === WAITING) this.#failed(new Error('too many frames wait for one'))
    } else if (typeof frame === 'function') {
      this.#waiting = [frame]
      this.#work(this.#waiting).catch(this.#failed)
    } else {
      this.#pass(frame)
    }
  }

  async #work(waiting: readonly Pending[]): Promise<void> {
    // Grows while it is gone through.
    for (const pending of waiting) {
      const frame = typeof pending === 'function' ? await pending() : pending
      if (frame !== null) this.#pass(frame)
    }
    this.#waiting = null
  }
}
