// How many schedules are tried. Fixed by default; `PROPERTY_RUNS` and `PROPERTY_SEED` search further.
import { env } from 'node:process'

const seed = Number(env.PROPERTY_SEED ?? 20_250_714)

export const deep = { numRuns: Number(env.PROPERTY_RUNS ?? 2000), seed } as const
