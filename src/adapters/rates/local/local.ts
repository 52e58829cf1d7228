// Token buckets of a server that is alone. A full bucket is one nobody remembers, so memory follows the present traffic.
import type { Clock } from '../../../base/clock.ts'
import type { Time } from '../../../core/model/ids.ts'
import type { RateRule, Rates } from '../../../core/ports/rates.ts'

export interface LocalRatesOptions {
  readonly clock: Clock
  /** Buckets kept at most; past it those untouched for longest count as full. */
  readonly maxBuckets?: number
}

/** Milliseconds between two looks for buckets that have become full. */
const SWEEP_EVERY = 60_000
/** Less than this many milliseconds short is rounding, not waiting. */
const ROUNDING = 1e-6

export const createLocalRates = ({ clock, maxBuckets = 100_000 }: LocalRatesOptions): Rates => {
  // When each bucket will be full again, the longest untouched first. That one number says how many tokens are missing.
  const fullAt = new Map<string, Time>()
  let sweptAt = clock.now()

  const keyOf = (rule: RateRule, subject: string): string => `${rule.name}\0${subject}`

  /** When the bucket would be full after one more is taken. A clock that went back makes nobody wait longer than a window. */
  const fullAfterOne = (rule: RateRule, subject: string, now: Time): Time => {
    const standing = Math.min(fullAt.get(keyOf(rule, subject)) ?? now, now + rule.perMs)
    return Math.max(now, standing) + rule.perMs / rule.count
  }

  const waitFor = (rule: RateRule, full: Time, now: Time): number =>
    Math.max(0, Math.ceil(full - now - rule.perMs - ROUNDING))

  const sweep = (now: Time): void => {
    if (Math.abs(now - sweptAt) >= SWEEP_EVERY) {
      sweptAt = now
      for (const [key, full] of fullAt) if (full <= now) fullAt.delete(key)
    }
    if (fullAt.size <= maxBuckets) return
    for (const oldest of fullAt.keys()) {
      fullAt.delete(oldest)
      break
    }
  }

  return {
    async take(rule, subject) {
      const now = clock.now()
      const full = fullAfterOne(rule, subject, now)
      const wait = waitFor(rule, full, now)
      if (wait > 0) return wait
      const key = keyOf(rule, subject)
      // Taken out first: it then stands among the latest touched.
      fullAt.delete(key)
      fullAt.set(key, full)
      sweep(now)
      return 0
    },
    async peek(rule, subject) {
      const now = clock.now()
      return waitFor(rule, fullAfterOne(rule, subject, now), now)
    },
    async clear(rule, subject) {
      fullAt.delete(keyOf(rule, subject))
    },
  }
}
