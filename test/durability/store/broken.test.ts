// A disk that takes no more: everyone whose work is not safe hears so, and what was acknowledged stays.
import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSqliteStore } from '../../../src/adapters/store/sqlite/store.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { temporaryFolder } from '../../conformance/store/folder.ts'

const WRITER = fileURLToPath(import.meta.resolve('./limited-writer.ts'))
/** Runs the writer where no file may grow past `kib`: a write beyond fails as it does on a full disk. */
const runLimited = async (kib: number, folder: string): Promise<readonly unknown[]> => {
  const script = `trap '' XFSZ; ulimit -f ${kib}; exec "$@"`
  const child = Bun.spawn(['bash', '-c', script, 'bash', process.execPath, WRITER, folder], {
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const text = await new Response(child.stdout).text()
  await child.exited
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}

test('a disk that takes not even the schema is a clear refusal to open', async () => {
  await using folder = await temporaryFolder()
  const [line] = await runLimited(100, folder.path)
  expect(line).toEqual({ reason: 'failed', message: expect.stringContaining('disk I/O error') })
})

test('a failing commit rejects all works of its batch, is told once, and ends the writing', async () => {
  await using folder = await temporaryFolder()
  // The write-ahead log reaches the limit in the middle of a commit.
  const lines = await runLimited(3000, folder.path)
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

test('while another program holds the database, works are refused for the moment and reads go on', async () => {
  await using folder = await temporaryFolder()
  await using store = await openSqliteStore({ folder: folder.path, clock: systemClock })
  const put = (value: string) => store.transact(tx => tx.put('setting', { name: 'a', value }))
  await put('before')
  const other = new Database(join(folder.path, 'parlance.db'))
  other.run('begin immediate')
  for (const outcome of await Promise.allSettled([put('during'), put('during')])) {
    expect(outcome.status).toBe('rejected')
    expect(outcome).toHaveProperty('reason.fault', { kind: 'unavailable', retryAfterMs: 1000 })
  }
  expect(await store.read.get('setting', { name: 'a' })).toEqual({ name: 'a', value: 'before' })
  other.run('rollback')
  other.close()
  await put('after')
  expect(await store.read.get('setting', { name: 'a' })).toEqual({ name: 'a', value: 'after' })
})
