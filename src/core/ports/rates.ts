// Counters against floods, shared by all doors.

export interface RateRule {
  readonly name: string
  /** Events per window; a token bucket of that size refilled evenly over the window. */
  readonly count: number
  readonly perMs: number
}

export interface Rates {
  /** Takes one from the bucket of `subject`: 0 when allowed, else the milliseconds until one is free. Refusals do not count. */
  take(rule: RateRule, subject: string): Promise<number>
  /** As `take`, without taking. */
  peek(rule: RateRule, subject: string): Promise<number>
  /** Fills the bucket again. */
  clear(rule: RateRule, subject: string): Promise<void>
}
