// A crowd of all contracts in one room, on bad lines, and a server that dies in the middle: what it comes to, whatever the order.
import { test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '../kit/server.ts'
import { until } from '../kit/wait.ts'
import { gather, PATIENCE } from './crowd.ts'

const SEEDS = process.env.SIMULATION_SEED ? [Number(process.env.SIMULATION_SEED)] : [1, 2, 3]

test.each(SEEDS)(
  'UM48 CA64 WT65 WT83 MS63 MS97: a crowd on bad lines, and kill -9 in the middle (seed %d)',
  async seed => {
    await using kept = new AsyncDisposableStack()
    const dataDir = await mkdtemp(join(tmpdir(), 'parlance-simulation-'))
    kept.defer(() => rm(dataDir, { recursive: true, force: true }))
    let port = 0
    const start = async () => {
      const server = kept.use(await startServer({ dataDir }))
      port = Number(new URL(server.url).port)
      return server
    }
    const first = await start()
    const script = { seed, people: 12, writes: 60, leaves: 0.25, misses: 100, reads: 0 }
    const crowd = await gather(script, () => port, kept)
    const crash = async (): Promise<void> => {
      await until('half of it to be written', () => crowd.written > crowd.total / 2, PATIENCE)
      first.kill('SIGKILL')
      await first.exited
      port = 0
      await Promise.all(crowd.lines.map(line => line.cut()))
      await start()
    }
    await Promise.all([crowd.write(), crash()])
    await crowd.judge()
  },
  PATIENCE,
)
