// How many schedules are tried. Fixed by default; `PROPERTY_RUNS` and `PROPERTY_SEED` search further.
import { env } from 'node:process'

export const runs = {
  numRuns: Number(env.PROPERTY_RUNS ?? 500),
  seed: Number(env.PROPERTY_SEED ?? 20_260_714),
} as const
