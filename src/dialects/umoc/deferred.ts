// Frames that need more than their event carries: the projection delivers a marker, each link loads what it stands for.
import type { Actor, Frame, Note } from '../../core/index.ts'
import type { Scope } from './scope.ts'

/** What a marker stands for in the eyes of one person; null when by now there is nothing to tell him. */
export type Loader = (scope: Scope, actor: Actor, note: Note) => Promise<Frame | null>

/** By marker. */
export type Loaders = ReadonlyMap<Frame, Loader>

/** Frames that may wait for one that is being loaded. */
const WAITING = 10_000

type Waiting = Frame | (() => Promise<Frame | null>)

/** Passes frames on in the order in which they came, whatever some of them take to load. */
export class InOrder {
  readonly #push: (frame: Frame) => void
  readonly #failed: (error: unknown) => void
  /** Behind the one being loaded; null while nothing is. */
  #waiting: Waiting[] | null = null

  /** `failed` is told of a frame that could not be loaded, or of too many that wait: what follows would be missing something. */
  constructor(push: (frame: Frame) => void, failed: (error: unknown) => void) {
    this.#push = push
    this.#failed = failed
  }

  pass(frame: Waiting): void {
    if (this.#waiting) {
      if (this.#waiting.push(frame) > WAITING) this.#failed(new Error('too many frames wait for one'))
    } else if (typeof frame === 'function') {
      this.#waiting = [frame]
      this.#work(this.#waiting).catch(this.#failed)
    } else {
      this.#push(frame)
    }
  }

  async #work(waiting: Waiting[]): Promise<void> {
    // Grows while it is gone through.
    for (const next of waiting) {
      const frame = typeof next === 'function' ? await next() : next
      if (frame !== null) this.#push(frame)
    }
    this.#waiting = null
  }
}
