// What the front page counts. Two numbers and nothing else: no names, no content.
import type { Clock } from '../../base/clock.ts'

export interface Counters {
  readonly online: number
  /** Since midnight, UTC. */
  readonly messagesToday: number
}

/** How old an answer may be, in milliseconds: however many watch the page, the store is asked no more often. */
export const FRESH_MS = 1000

/** The same counters, asked for at most every `FRESH_MS`. A failure is passed on, and not kept. */
export const sparingly = (count: () => Promise<Counters>, clock: Pick<Clock, 'now'>): (() => Promise<Counters>) => {
  let asked: { readonly at: number; readonly answer: Promise<Counters> } | null = null
  return () => {
    // Also a clock that was set back ends it.
    if (asked && Math.abs(clock.now() - asked.at) < FRESH_MS) return asked.answer
    const mine = { at: clock.now(), answer: count() }
    asked = mine
    mine.answer.catch(() => {
      if (asked === mine) asked = null
    })
    return mine.answer
  }
}
