// Twenty people on all contracts write thousands of messages into one room at once, coming and going: one order for everybody.
import { test } from 'bun:test'
import { startServer } from '../kit/server.ts'
import { gather, PATIENCE } from './crowd.ts'

const SEEDS = process.env.SIMULATION_SEED ? [Number(process.env.SIMULATION_SEED)] : [4, 5]

test.each(SEEDS)(
  'OC115 UM77 CA57 WT65 MS58 MS86: everybody sees one order, live and on every page of history (seed %d)',
  async seed => {
    await using kept = new AsyncDisposableStack()
    const port = Number(new URL(kept.use(await startServer()).url).port)
    const script = { seed, people: 20, writes: 120, leaves: 0.05, misses: 300, reads: 0.01 }
    const crowd = await gather(script, () => port, kept)
    await crowd.write()
    await crowd.judge()
  },
  PATIENCE,
)
