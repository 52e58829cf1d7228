import { expect, test } from 'bun:test'
import { manualClock } from '../base/clock.ts'
import { createLogger } from '../base/log.ts'
import { sweepOrphans } from './orphans.ts'

const HOUR = 3600_000

/** Files by when they were written; those whose name begins with `row` are known. */
const staged = (files: Readonly<Record<string, number>>) => {
  const clock = manualClock()
  const kept = new Map(Object.entries(files).map(([fid, hoursAgo]) => [fid, clock.now() - hoursAgo * HOUR]))
  const lines: string[] = []
  const stage = { broken: false }
  const sweeping = sweepOrphans({
    blobs: {
      async *writtenBefore(time) {
        if (stage.broken) throw new Error('no such folder')
        for (const [fid, at] of [...kept]) if (at < time) yield fid
      },
      async remove(fid) {
        kept.delete(fid)
      },
    },
    known: async fid => fid.startsWith('row'),
    clock,
    log: createLogger('info', { write: line => void lines.push(JSON.parse(line).msg) }),
  })
  const pass = async (hours: number) => {
    clock.advance(hours * HOUR)
    await new Promise(resolve => setImmediate(resolve))
  }
  return { kept, lines, stage, sweeping, pass }
}

test('bytes without a row go when they are a day old, an hour after the start and then daily', async () => {
  const { kept, lines, sweeping, pass } = staged({ 'row old': 500, 'old a': 500, 'old b': 24, young: 1 })
  using _ = sweeping
  await pass(0.9)
  expect(kept.size).toBe(4)
  await pass(0.1)
  expect([...kept.keys()]).toEqual(['row old', 'young'])
  await pass(23.9)
  expect(kept.has('young')).toBe(true)
  await pass(0.1)
  expect([...kept.keys()]).toEqual(['row old'])
  await pass(48)
  expect(lines).toEqual(['removed files that belong to nothing', 'removed files that belong to nothing'])
})

test('a look that fails is logged, and the next day there is another', async () => {
  const { kept, lines, stage, sweeping, pass } = staged({ old: 500 })
  using _ = sweeping
  stage.broken = true
  await pass(1)
  expect(lines).toEqual(['sweeping files'])
  stage.broken = false
  await pass(24)
  expect(kept.size).toBe(0)
})

test('put away, it removes nothing any more', async () => {
  const { kept, sweeping, pass } = staged({ old: 500 })
  sweeping[Symbol.dispose]()
  await pass(100)
  expect(kept.size).toBe(1)
})
