// How long to wait before the next try.

export interface Backoff {
  /** Milliseconds. */
  readonly initial_delay_ms: number
  readonly multiplier: number
  readonly max_delay_ms: number
  /** Share of the delay that is left to chance, so that a crowd does not come back all at once. */
  readonly jitter: number
}

export const defaultBackoff: Backoff = { initial_delay_ms: 1000, multiplier: 2, max_delay_ms: 15_000, jitter: 0.2 }

/** Before the try after `failures` failed ones. `random` is within [0, 1). */
export const delayOf = (backoff: Backoff, failures: number, random: () => number = Math.random): number => {
  const steps = Math.max(0, failures - 1)
  const delay = Math.min(backoff.max_delay_ms, backoff.initial_delay_ms * backoff.multiplier ** steps)
  return delay * (1 - backoff.jitter + 2 * backoff.jitter * random())
}

/** Resolves after `ms`, or at once when aborted. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const over = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', over)
      resolve()
    }
    const timer = setTimeout(over, ms)
    signal.addEventListener('abort', over)
    if (signal.aborted) over()
  })
