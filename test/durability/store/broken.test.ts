// A disk that takes no more: everyone whose work is not safe hears so, and what was acknowledged stays.
import { expect, test } from 'bun:test'
import { fileURLToPath } from 'node:url'
import { openSqliteStore } from '../../../src/adapters/store/sqlite/store.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { temporaryFolder } from '../../conformance/store/folder.ts'

const WRITER = fileURLToPath(import.meta.resolve('./limited-writer.ts'))
/** KiB that a file of the child may grow to: the write-ahead log reaches it in the middle of a commit. */
const LIMIT_KIB = 3000

test('a failing commit rejects all works of its batch, is told once, and ends the writing', async () => {
  await using folder = await temporaryFolder()
  // With the signal ignored, a write past the limit fails as it does on a full disk.
  const child = Bun.spawn(
    ['bash', '-c', `trap '' XFSZ; ulimit -f ${LIMIT_KIB}; exec "$@"`, 'bash', process.execPath, WRITER, folder.path],
    { stdout: 'pipe', stderr: 'inherit' },
  )
  const lines: unknown[] = (await new Response(child.stdout).text())
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  await child.exited
  const summary = lines.at(-1) as { acknowledged: number; refused: number; heard: number; late: boolean }
  expect(lines.slice(0, -1)).toEqual([{ broken: 'StoreBrokenError' }])
  expect(summary.late).toBe(true)
  expect(summary.refused).toBe(8)
  expect(summary.acknowledged).toBeGreaterThan(0)
  expect(summary.heard).toBe(summary.acknowledged)

  await using store = await openSqliteStore({ folder: folder.path, clock: systemClock })
  const events = await store.readStream('profile/p', { after: 0, limit: 10_000 })
  expect(events.length).toBe(summary.acknowledged)
  const rows = await store.read.getMany(
    'setting',
    events.map(({ body }) => ({ name: body.type === 'session.ended' ? body.sessionId : '' })),
  )
  expect(rows).toHaveLength(summary.acknowledged)
}, 60_000)
