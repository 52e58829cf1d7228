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
/** Less than this many milliseconds short is rounding, not waiting: sums of present times are good to a quarter of that. */
const ROUNDING = 1e-3

export const createLocalRates = ({ clock, maxBuckets = 100_000 }: LocalRatesOptions): Rates => {
  // When each bucket will be full again, the longest untouched first. That one number says how many tokens are missing.
  const fullAt = new Map<string, Time>()
  let sweptAt = clock.now()

  const keyOf = (rule: RateRule, subject: string): string => `${rule.name}\0${subject}`

  /** When the bucket will be full: a clock that went back finds it empty at worst. */
  const fullFrom = (rule: RateRule, subject: string, now: Time): Time =>
    Math.min(fullAt.get(keyOf(rule, subject)) ?? now, now + rule.perMs)

  const afterOne = (rule: RateRule, standing: Time, now: Time): Time =>
    Math.max(now, standing) + rule.perMs / rule.count

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
      const key = keyOf(rule, subject)
      const standing = fullFrom(rule, subject, now)
      const full = afterOne(rule, standing, now)
      const wait = waitFor(rule, full, now)
      if (wait > 0) {
        // Kept, or after a clock went back the wait would begin anew with every try.
        fullAt.set(key, standing)
        return wait
      }
      // Taken out first: it then stands among the latest touched.
      fullAt.delete(key)
      fullAt.set(key, full)
      sweep(now)
      return 0
    },
    async peek(rule, subject) {
      const now = clock.now()
      return waitFor(rule, afterOne(rule, fullFrom(rule, subject, now), now), now)
    },
    async clear(rule, subject) {
      fullAt.delete(keyOf(rule, subject))
    },
  }
}
