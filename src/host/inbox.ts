// What a client sent and nobody has handled yet: one frame at a time, in order, and only so many.

/** Whom frames are for. */
export interface Receiver<T> {
  /** Whether it still takes frames. */
  readonly receiving: boolean
  receive(frame: T): Promise<void> | void
  /** What `receive` threw. */
  broke(error: unknown): void
}

export interface InboxLimits {
  readonly frames: number
  readonly bytes: number
}

/** Idle it owns no array: ten thousand of them must weigh nothing. */
export class Inbox<T> {
  readonly #receiver: Receiver<T>
  readonly #limits: InboxLimits
  #working: Promise<void> | null = null
  #waiting: T[] | null = null
  #bytes = 0

  /** `limits`: what may wait for the frame being handled. */
  constructor(receiver: Receiver<T>, limits: InboxLimits) {
    this.#receiver = receiver
    this.#limits = limits
  }

  /** Resolves when everything that waits has been handled; null when nothing does. Never rejects. */
  get working(): Promise<void> | null {
    return this.#working
  }

  /** Has a frame handled now, or when those before it have been. False: more are waiting than may. */
  add(frame: T, size: number): boolean {
    if (!this.#working) {
      this.#handle(frame)
      return true
    }
    this.#waiting ??= []
    this.#bytes += size
    return this.#waiting.push(frame) <= this.#limits.frames && this.#bytes <= this.#limits.bytes
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = null
    this.#bytes = 0
  }

  #handle(frame: T): void {
    try {
      const handling = this.#receiver.receive(frame)
      if (handling instanceof Promise) this.#working = this.#work(handling)
    } catch (error) {
      this.#receiver.broke(error)
    }
  }

  /** Waits for the frame being handled, then has handled what came meanwhile, one by one. */
  async #work(first: Promise<void>): Promise<void> {
    try {
      await first
      while (this.#waiting) {
        // The batch is taken whole: shifting from its front would cost its length each time.
        const batch = this.#waiting
        this.clear()
        for (const frame of batch) {
          if (!this.#receiver.receiving) return
          await this.#receiver.receive(frame)
        }
      }
    } catch (error) {
      this.#receiver.broke(error)
    } finally {
      this.#working = null
    }
  }
}
