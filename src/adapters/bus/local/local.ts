// The bus of a server that is alone: hands notes over in the same step, loses none.
import type { StreamId } from '../../../core/model/ids.ts'
import type { Bus, Note } from '../../../core/ports/bus.ts'

export interface LocalBusOptions {
  /** Told when a subscriber throws, which it must not; by default that surfaces as an uncaught error. */
  readonly onError?: (error: unknown) => void
}

export const createLocalBus = ({ onError = surface }: LocalBusOptions = {}): Bus => {
  const newest = new Map<StreamId, Subscription>()
  return {
    lossy: false,
    publish(note) {
      for (let each = newest.get(note.stream); each; each = each.older) {
        try {
          each.on?.(note)
        } catch (error) {
          onError(error)
        }
      }
    },
    async subscribe(stream, on) {
      return new Subscription(newest, stream, on)
    },
    async [Symbol.asyncDispose]() {
      newest.clear()
    },
  }
}

/** The publisher has committed and goes on; the bug is not to be overlooked. */
const surface = (error: unknown): void =>
  queueMicrotask(() => {
    throw error
  })

/**
 * One of a stream's subscriptions, which form a chain: there is one for every stream that somebody here reads, nearly
 * always alone, so it is kept small. Whoever is being told may come and go: newcomers stand before the one under way, and
 * who has gone still leads on to the others.
 */
class Subscription implements Disposable {
  readonly #newest: Map<StreamId, Subscription>
  readonly #stream: StreamId
  /** Null once it has ended. */
  on: ((note: Note) => void) | null
  older: Subscription | undefined

  constructor(newest: Map<StreamId, Subscription>, stream: StreamId, on: (note: Note) => void) {
    this.#newest = newest
    this.#stream = stream
    this.on = on
    this.older = newest.get(stream)
    newest.set(stream, this)
  }

  [Symbol.dispose](): void {
    if (!this.on) return
    this.on = null
    let each = this.#newest.get(this.#stream)
    if (each === this) {
      if (this.older) this.#newest.set(this.#stream, this.older)
      else this.#newest.delete(this.#stream)
      return
    }
    while (each && each.older !== this) each = each.older
    if (each) each.older = this.older
  }
}
