// The epoch: the same log keeps it, a copy that was put back does not.
import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '../../../src/adapters/store/sqlite/store.ts'
import { systemClock } from '../../../src/base/clock.ts'
import type { Mark } from '../../../src/core/model/ids.ts'
import { profileStream } from '../../../src/core/model/ids.ts'
import type { Store } from '../../../src/core/ports/store.ts'
import { temporaryFolder } from '../../conformance/store/folder.ts'

const stream = profileStream('p')

/** Opens the folder, does something, closes it cleanly; answers the epoch and the mark at the end. */
const runOnce = async (
  folder: string,
  doing: (store: Store) => Promise<void> = append,
): Promise<{ readonly epoch: string; readonly mark: Mark }> => {
  await using store = await openSqliteStore({ folder, clock: systemClock })
  await doing(store)
  return { epoch: store.epoch, mark: await store.markNow() }
}

const append = async (store: Store): Promise<void> => {
  await store.transact(tx => tx.append(stream, { type: 'session.ended', sessionId: 's', door: 'd' }))
}

const epochOf = async (folder: string): Promise<string> => (await runOnce(folder)).epoch

/** What the store does when somebody resumes with `mark`. */
const resume = async (folder: string, mark: Mark) => {
  await using store = await openSqliteStore({ folder, clock: systemClock })
  const page = await store.readSince([stream], mark, 100)
  return page === 'resync' ? page : page.events.map(event => event.seq)
}

const copy = (from: string, to: string): void => cpSync(from, to, { recursive: true, preserveTimestamps: true })

test('a restart keeps the epoch, and marks stay good', async () => {
  await using folder = await temporaryFolder()
  const first = await runOnce(folder.path)
  const second = await runOnce(folder.path)
  expect(second.epoch).toBe(first.epoch)
  expect(await resume(folder.path, first.mark)).toEqual([2])
})

test('moving the folder keeps the epoch', async () => {
  await using folder = await temporaryFolder()
  const [before, after] = [join(folder.path, 'a'), join(folder.path, 'b')]
  const { epoch } = await runOnce(before)
  renameSync(before, after)
  expect(await epochOf(after)).toBe(epoch)
})

test('a deleted folder begins a new epoch', async () => {
  await using folder = await temporaryFolder()
  const data = join(folder.path, 'data')
  const { epoch, mark } = await runOnce(data)
  rmSync(data, { recursive: true })
  expect(await epochOf(data)).not.toBe(epoch)
  expect(await resume(data, mark)).toBe('resync')
})

test('an older copy of the whole folder, put back, begins a new epoch', async () => {
  await using folder = await temporaryFolder()
  const [data, backup] = [join(folder.path, 'data'), join(folder.path, 'backup')]
  await runOnce(data)
  copy(data, backup)
  const { epoch, mark } = await runOnce(data)
  rmSync(data, { recursive: true })
  copy(backup, data)
  expect(await epochOf(data)).not.toBe(epoch)
  expect(await resume(data, mark)).toBe('resync')
})

test('a copy laid over the folder, file by file, begins a new epoch', async () => {
  await using folder = await temporaryFolder()
  const [data, backup] = [join(folder.path, 'data'), join(folder.path, 'backup')]
  await runOnce(data)
  copy(data, backup)
  const { epoch } = await runOnce(data)
  for (const name of ['parlance.db', 'parlance.boot', 'parlance.head']) {
    writeFileSync(join(data, name), readFileSync(join(backup, name)))
  }
  expect(await epochOf(data)).not.toBe(epoch)
})

test('an older copy of the database file alone begins a new epoch', async () => {
  await using folder = await temporaryFolder()
  const db = join(folder.path, 'parlance.db')
  await runOnce(folder.path)
  const old = readFileSync(db)
  const { epoch } = await runOnce(folder.path, async () => {})
  writeFileSync(db, old)
  expect(await epochOf(folder.path)).not.toBe(epoch)
})

test('a copy of the database made while the server ran is told from the log that went on', async () => {
  await using folder = await temporaryFolder()
  const db = join(folder.path, 'parlance.db')
  const backup = join(folder.path, 'backup.db')
  await runOnce(folder.path)
  const { epoch, mark } = await runOnce(folder.path, async store => {
    await append(store)
    const other = new Database(db, { readonly: true })
    other.run('vacuum into ?', [backup])
    other.close()
    await append(store)
  })
  renameSync(backup, db)
  expect(await epochOf(folder.path)).not.toBe(epoch)
  expect(await resume(folder.path, mark)).toBe('resync')
})

test('a deleted database begins a new epoch', async () => {
  await using folder = await temporaryFolder()
  const epoch = await epochOf(folder.path)
  rmSync(join(folder.path, 'parlance.db'))
  expect(await epochOf(folder.path)).not.toBe(epoch)
})

test('without the boot file there is no telling, so the epoch is new; the head file alone may be missing', async () => {
  await using folder = await temporaryFolder()
  const epoch = await epochOf(folder.path)
  for (const spoil of [
    (path: string) => rmSync(path),
    (path: string) => writeFileSync(path, ''),
    (path: string) => writeFileSync(path, 'no head \0 at all'),
  ]) {
    spoil(join(folder.path, 'parlance.head'))
    expect(await epochOf(folder.path)).toBe(epoch)
  }
  rmSync(join(folder.path, 'parlance.boot'))
  const next = await epochOf(folder.path)
  expect(next).not.toBe(epoch)
  writeFileSync(join(folder.path, 'parlance.boot'), '')
  expect(await epochOf(folder.path)).not.toBe(next)
})

/** Leaves the database as a start leaves it that was killed half way. */
const interrupt = (folder: string, values: Readonly<Record<string, string>>): void => {
  const db = new Database(join(folder, 'parlance.db'))
  for (const [name, value] of Object.entries(values)) db.run('update meta set value = ? where name = ?', [value, name])
  db.close()
}

test('a start killed before it replaced the boot file keeps the epoch', async () => {
  await using folder = await temporaryFolder()
  const epoch = await epochOf(folder.path)
  interrupt(folder.path, { next: 'a nonce that never reached the boot file' })
  expect(await epochOf(folder.path)).toBe(epoch)
  expect(await epochOf(folder.path)).toBe(epoch)
})

test('a start killed after it replaced the boot file keeps the epoch', async () => {
  await using folder = await temporaryFolder()
  const epoch = await epochOf(folder.path)
  const nonce = readFileSync(join(folder.path, 'parlance.boot'), 'utf8')
  interrupt(folder.path, { next: nonce, boot: 'the one before' })
  expect(await epochOf(folder.path)).toBe(epoch)
  expect(await epochOf(folder.path)).toBe(epoch)
})
