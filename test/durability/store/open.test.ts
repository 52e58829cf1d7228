// A store that cannot be opened says why in one line, and never becomes a second writer.
import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { chmodSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreOpenError, type StoreOpenReason } from '../../../src/adapters/store/errors.ts'
import { openError } from '../../../src/adapters/store/sqlite/faults.ts'
import { openSqliteStore } from '../../../src/adapters/store/sqlite/store.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { temporaryFolder } from '../../conformance/store/folder.ts'

const open = (folder: string) => openSqliteStore({ folder, clock: systemClock })

const refusal = async (folder: string, reason: StoreOpenReason): Promise<string> => {
  const error: unknown = await open(folder).then(
    () => 'opened',
    thrown => thrown,
  )
  expect(error).toBeInstanceOf(StoreOpenError)
  expect(error).toHaveProperty('reason', reason)
  const { message } = error as StoreOpenError
  expect(message).toContain(folder)
  expect(message).not.toContain('\n')
  return message
}

/** A folder with a database in it that holds enough rows to have inner pages. */
const filled = async () => {
  const folder = await temporaryFolder()
  const store = await open(folder.path)
  await store.transact(async tx => {
    for (let n = 0; n < 2000; n++) await tx.put('setting', { name: `name ${n}`, value: 'x'.repeat(100) })
  })
  await store[Symbol.asyncDispose]()
  return { path: folder.path, db: join(folder.path, 'parlance.db'), [Symbol.asyncDispose]: folder[Symbol.asyncDispose] }
}

test('the data folder is made for its owner only, and so are the files', async () => {
  await using folder = await temporaryFolder()
  const data = join(folder.path, 'a', 'b')
  await using store = await open(data)
  await store.transact(tx => tx.put('setting', { name: 'a', value: 'b' }))
  expect(statSync(data).mode & 0o777).toBe(0o700)
  for (const name of ['parlance.db', 'parlance.db-wal', 'parlance.boot', 'parlance.head', 'parlance.lock']) {
    expect([name, statSync(join(data, name)).mode & 0o777]).toEqual([name, 0o600])
  }
})

test('a clean end leaves the database whole in its one file', async () => {
  await using folder = await filled()
  expect(statSync(`${folder.db}-wal`, { throwIfNoEntry: false })).toBeUndefined()
})

test('a second server on the same folder is refused, and the first goes on', async () => {
  await using folder = await temporaryFolder()
  await using first = await open(folder.path)
  const message = await refusal(folder.path, 'locked')
  expect(message).toContain('another server')
  await first.transact(tx => tx.put('setting', { name: 'a', value: 'b' }))
  await refusal(folder.path, 'locked')
  await first[Symbol.asyncDispose]()
  await using second = await open(folder.path)
  expect(await second.read.get('setting', { name: 'a' })).toEqual({ name: 'a', value: 'b' })
})

test('a failed start leaves no lock behind', async () => {
  await using folder = await temporaryFolder()
  const db = join(folder.path, 'parlance.db')
  writeFileSync(db, 'not a database, '.repeat(100))
  await refusal(folder.path, 'not-a-database')
  writeFileSync(db, '')
  await using store = await open(folder.path)
  expect(store.epoch).not.toBe('')
})

test('a file that is no database, or another program’s, is refused and left as it is', async () => {
  await using folder = await temporaryFolder()
  const db = join(folder.path, 'parlance.db')
  const text = 'Dear diary, '.repeat(1000)
  writeFileSync(db, text)
  await refusal(folder.path, 'not-a-database')
  expect(readFileSync(db, 'utf8')).toBe(text)

  await using other = await temporaryFolder()
  const foreign = new Database(join(other.path, 'parlance.db'), { create: true })
  foreign.run('create table recipe (name text)')
  foreign.close()
  expect(await refusal(other.path, 'not-a-database')).toContain('another program')
})

test('a damaged or truncated database is refused', async () => {
  await using damaged = await filled()
  const bytes = readFileSync(damaged.db)
  // The middle of the file, past the schema.
  bytes.fill(0x5a, bytes.length - 3 * 4096, bytes.length - 4096)
  writeFileSync(damaged.db, bytes)
  expect(await refusal(damaged.path, 'corrupt')).toContain('restore a backup')

  await using truncated = await filled()
  truncateSync(truncated.db, statSync(truncated.db).size - 5 * 4096)
  await refusal(truncated.path, 'corrupt')
})

test('a folder that cannot be made or written is refused', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'file')
  writeFileSync(file, '')
  await refusal(file, 'unwritable')
  await refusal(join(file, 'below'), 'unwritable')
  await refusal('/proc/parlance', 'unwritable')

  // Whoever runs this as root is refused nothing by the mode of a folder.
  if (process.getuid?.() === 0) return
  const locked = join(folder.path, 'locked')
  mkdirSync(locked)
  chmodSync(locked, 0o500)
  await refusal(locked, 'unwritable')
})

test('what the system says is put into one line', () => {
  const system = (code: string) => Object.assign(new Error('line\none'), { code })
  const cases = {
    SQLITE_FULL: 'disk-full',
    ENOSPC: 'disk-full',
    EDQUOT: 'disk-full',
    SQLITE_NOTADB: 'not-a-database',
    SQLITE_CORRUPT_INDEX: 'corrupt',
    SQLITE_BUSY: 'locked',
    SQLITE_CANTOPEN: 'unwritable',
    SQLITE_READONLY_DIRECTORY: 'unwritable',
    EROFS: 'unwritable',
    EACCES: 'unwritable',
    SQLITE_IOERR_READ: 'failed',
  } as const
  for (const [code, reason] of Object.entries(cases)) {
    const error = openError(system(code), '/data/parlance.db')
    expect(error.reason).toBe(reason)
    expect(error.message).toContain('/data/parlance.db')
    expect(error.message).not.toContain('\n')
  }
  expect(openError('nothing', '/data/parlance.db').reason).toBe('failed')
})
