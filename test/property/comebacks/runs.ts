// How many schedules are tried. Fixed by default; `PROPERTY_RUNS` and `PROPERTY_SEED` search further.
import { env } from 'node:process'

const seed = Number(env.PROPERTY_SEED ?? 20_251_121)

/** A schedule is played over real sockets, so fewer of them than of the feed's. */
export const runs = { numRuns: Number(env.PROPERTY_RUNS ?? 100), seed } as const
