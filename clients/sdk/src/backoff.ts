// How long to wait before the next try.

export interface Backoff {
  /** Milliseconds. */
  readonly initial_delay_ms: number
  readonly multiplier: number
  readonly max_delay_ms: number
  /** Share of the delay, up and down, that is left to chance: so that a crowd does not come back all at once. */
  readonly jitter: number
}

export const defaultBackoff: Backoff = { initial_delay_ms: 1000, multiplier: 2, max_delay_ms: 15_000, jitter: 0.2 }

/** What a platform's timers take; they fire at once for more. */
const LONGEST = 2 ** 31 - 1

/**
 * Milliseconds before the try after `failures` failed ones. `random` is within [0, 1).
 * Never above `max_delay_ms`: where the delay grows no more, chance has its whole share below it.
 */
export const delayOf = (backoff: Backoff, failures: number, random: () => number = Math.random): number => {
  const { initial_delay_ms: initial, multiplier, max_delay_ms: most, jitter } = backoff
  const grown = initial * multiplier ** Math.max(0, failures - 1)
  return Math.min(grown, most / (1 + jitter)) * (1 - jitter + 2 * jitter * random())
}

const within = (value: unknown, least: number, most: number, otherwise: number): number =>
  typeof value === 'number' && value >= least && value <= most ? value : otherwise

/** What a server asks for, as far as it makes sense: no answer of any server makes a client hammer it or wait for ever. */
export const readBackoff = (value: unknown): Backoff => {
  const said = (typeof value === 'object' && value !== null ? value : {}) as Partial<Record<keyof Backoff, unknown>>
  const initial = within(said.initial_delay_ms, 100, 60_000, defaultBackoff.initial_delay_ms)
  return {
    initial_delay_ms: initial,
    multiplier: within(said.multiplier, 1, 10, defaultBackoff.multiplier),
    max_delay_ms: within(said.max_delay_ms, initial, 600_000, Math.max(initial, defaultBackoff.max_delay_ms)),
    jitter: within(said.jitter, 0, 1, defaultBackoff.jitter),
  }
}

/** Resolves after `ms`, or at once when aborted. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const over = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', over)
      resolve()
    }
    const timer = setTimeout(over, Math.min(ms, LONGEST))
    signal.addEventListener('abort', over)
    if (signal.aborted) over()
  })
