// Waiting for conditions, never for time.

const DEADLINE = 10_000

/** Resolves with the first truthy value of `probe`, asked again every few milliseconds; rejects with `what` at the deadline. */
export const until = async <T>(
  what: string,
  probe: () => T | Promise<T>,
  deadline = DEADLINE,
): Promise<NonNullable<T>> => {
  const end = Date.now() + deadline
  for (;;) {
    const value = await probe()
    if (value) return value as NonNullable<T>
    if (Date.now() > end) throw new Error(`waited ${deadline} ms in vain for ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** What the promise resolves with; rejects with `what` at the deadline. */
export const within = <T>(what: string, promise: Promise<T>, deadline = DEADLINE): Promise<T> => {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`waited ${deadline} ms in vain for ${what}`)), deadline)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** What came in, in order, and a way to wait for more of it. */
export class Inbox<T> {
  readonly all: T[] = []
  #read = 0
  readonly #waiting: (() => void)[] = []

  push(item: T): void {
    this.all.push(item)
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** The next item not taken yet. */
  async next(what = 'the next item', deadline = DEADLINE): Promise<T> {
    await this.#arrived(() => this.all.length > this.#read, what, deadline)
    return this.all[this.#read++] as T
  }

  /** Skips to the first item not taken yet that fits, and takes it. */
  async find(what: string, fits: (item: T) => boolean, deadline = DEADLINE): Promise<T> {
    let found = -1
    await this.#arrived(
      () => {
        found = this.all.findIndex((item, i) => i >= this.#read && fits(item))
        return found >= 0
      },
      what,
      deadline,
    )
    this.#read = found + 1
    return this.all[found] as T
  }

  /** Everything not taken yet, taken. */
  take(): T[] {
    const rest = this.all.slice(this.#read)
    this.#read = this.all.length
    return rest
  }

  async #arrived(fits: () => boolean, what: string, deadline: number): Promise<void> {
    const end = Date.now() + deadline
    while (!fits()) {
      const left = end - Date.now()
      if (left <= 0) {
        throw new Error(`waited ${deadline} ms in vain for ${what}; got ${JSON.stringify(this.all.slice(this.#read))}`)
      }
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.push(resolve)
      const timer = setTimeout(resolve, left)
      await promise
      clearTimeout(timer)
    }
  }
}
