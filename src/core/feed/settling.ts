// How far this node has handed out the log: what a reader may be told to resume from.
//
// Events are published in the order of their commits, and a topic that is up to date hands them out at once. Whatever is
// not up to date (a topic that reads the log, a sink that catches up) holds back the mark from before it fell behind, so
// that nobody who resumes from a mark he was given misses what was still on its way to him.
import type { Mark } from '../model/ids.ts'

export class Settling {
  #latest: Mark
  /** In order of beginning, so the first one holds the oldest mark. */
  readonly #pending = new Map<object, Mark>()

  constructor(start: Mark) {
    this.#latest = start
  }

  /** The log just behind the event that is about to be handed out; stores that cannot tell leave the mark where it is. */
  passing(mark: Mark | null | undefined): void {
    if (mark) this.#latest = mark
  }

  /** Something falls behind, until disposed. */
  begin(): Disposable {
    const held = {
      [Symbol.dispose]: () => {
        this.#pending.delete(held)
      },
    }
    this.#pending.set(held, this.mark)
    return held
  }

  get mark(): Mark {
    for (const oldest of this.#pending.values()) return oldest
    return this.#latest
  }
}
