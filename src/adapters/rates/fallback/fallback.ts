// Counters that are shared while what they are shared through answers, and this node's own while it does not.
import type { Clock } from '../../../base/clock.ts'
import type { Rates } from '../../../core/ports/rates.ts'

/** Counters in another process: any question may fail, or never be answered. */
export interface RemoteRates extends Rates {
  /** Makes a connection, in place of any there is, and tries it out. Rejects when that fails. */
  reconnect(): Promise<void>
}

/** Who counts: all nodes `together`, or this one `alone`. */
export type Counting = 'together' | 'alone'

export interface FallbackRatesOptions {
  readonly remote: RemoteRates
  readonly local: Rates
  readonly clock: Clock
  /** Told of every change, the first one included; the error is why this node now counts alone. */
  readonly changed: (counting: Counting, error?: unknown) => void
  /** Milliseconds an answer of the remote may take; 500 by default. Whoever asks waits so long once, not each time. */
  readonly answerMs?: number
  /** Milliseconds between two tries to reach it again; 1 s by default. */
  readonly retryMs?: number
}

class Late extends Error {
  constructor(ms: number) {
    super(`no answer in ${ms} ms`)
    this.name = 'Late'
  }
}

/** Milliseconds in which the remote must be reached and tried out. */
const REACH_MS = 5000

/**
 * Neither rejects nor waits longer than `answerMs`, whatever the remote does. Local buckets count along all the time: when
 * they take over they already know of what this node has let through. Begins alone, and looks for the remote at once.
 */
export const createFallbackRates = ({
  remote,
  local,
  clock,
  changed,
  answerMs = 500,
  retryMs = 1000,
}: FallbackRatesOptions): Rates & Disposable => {
  let counting: Counting | null = null
  let timer: Disposable | null = null
  let over = false

  const become = (next: Counting, error?: unknown): void => {
    if (over || counting === next) return
    counting = next
    changed(next, error)
  }
  const inTime = <T>(answer: Promise<T>, ms: number): Promise<T> => {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    // One more turn: where this process itself was held up, the answer may lie there unread.
    const late = clock.after(ms, () => void setImmediate(() => reject(new Late(ms))))
    answer.then(resolve, reject).finally(() => late[Symbol.dispose]())
    return promise
  }
  const search = (): void => {
    inTime(remote.reconnect(), REACH_MS)
      .then(
        () => become('together'),
        error => become('alone', error),
      )
      .finally(() => {
        if (counting === 'alone') searchLater()
      })
  }
  const searchLater = (): void => {
    if (!over) timer = clock.after(retryMs, search)
  }
  const lost = (error: unknown): void => {
    if (counting !== 'together') return
    become('alone', error)
    searchLater()
  }

  /** The remote's answer, or null when it has none. */
  const ask = async <T>(question: () => Promise<T>): Promise<T | null> => {
    if (counting !== 'together') return null
    try {
      return await inTime(question(), answerMs)
    } catch (error) {
      lost(error)
      return null
    }
  }

  search()
  return {
    async take(rule, subject) {
      const wait = await ask(() => remote.take(rule, subject))
      if (wait === null) return await local.take(rule, subject)
      if (wait === 0) await local.take(rule, subject)
      return wait
    },
    async peek(rule, subject) {
      return (await ask(() => remote.peek(rule, subject))) ?? (await local.peek(rule, subject))
    },
    async clear(rule, subject) {
      await Promise.all([ask(() => remote.clear(rule, subject)), local.clear(rule, subject)])
    },
    [Symbol.dispose]() {
      over = true
      timer?.[Symbol.dispose]()
    },
  }
}
