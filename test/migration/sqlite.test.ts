// The schema's history: from nothing, from before, and never backwards.
import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { StoreOpenError } from '../../src/adapters/store/errors.ts'
import { migrationsFor, type NamedMigration } from '../../src/adapters/store/sql/migrations.ts'
import { columns } from '../../src/adapters/store/sql/tables.ts'
import { sqliteColumnTypes } from '../../src/adapters/store/sqlite/engine.ts'
import { openSqliteStore } from '../../src/adapters/store/sqlite/store.ts'
import { manualClock } from '../../src/base/clock.ts'
import { profileStream } from '../../src/core/model/ids.ts'
import { type TableName, uniques } from '../../src/core/ports/store.ts'
import { conversation, credential, id, member, message, profile, session } from '../conformance/store/fixtures.ts'
import { temporaryFolder } from '../conformance/store/folder.ts'

const present = migrationsFor(sqliteColumnTypes)
const clock = manualClock(Date.UTC(2026, 0, 2, 3, 4, 5))

/** A version after the present one. */
const next: NamedMigration = {
  name: `${String(present.length + 1).padStart(4, '0')}-for-this-test`,
  async up(db: Kysely<unknown>) {
    await db.schema.createTable('addition').addColumn('name', 'text').execute()
    await sql`update "setting" set "value" = 'migrated'`.execute(db)
  },
}

const failing: NamedMigration = {
  ...next,
  async up(db: Kysely<unknown>) {
    await next.up(db)
    throw new Error('half way')
  },
}

const open = (folder: string, migrations = present, onBackup?: (path: string) => void) =>
  openSqliteStore({ folder, clock, migrations, onBackup })

const setting = async (folder: string, migrations = present): Promise<string | undefined> => {
  await using store = await open(folder, migrations)
  return (await store.read.get('setting', { name: 'a' }))?.value
}

const fill = async (folder: string): Promise<void> => {
  await using store = await open(folder)
  await store.transact(async tx => {
    await tx.put('setting', { name: 'a', value: 'before' })
    await tx.append(profileStream('p'), { type: 'session.ended', sessionId: 's', door: 'd' })
  })
}

const backupsIn = (folder: string): readonly string[] => readdirSync(folder).filter(name => name.includes('before'))

const tablesIn = (path: string): readonly string[] => {
  const db = new Database(path, { readonly: true })
  const names = db.query<{ name: string }, []>("select name from sqlite_master where type = 'table'").all()
  db.close()
  return names.map(row => row.name)
}

test('an empty file becomes a database of the present version, without a backup', async () => {
  await using folder = await temporaryFolder()
  writeFileSync(join(folder.path, 'parlance.db'), '')
  await fill(folder.path)
  expect(await setting(folder.path)).toBe('before')
  expect(backupsIn(folder.path)).toEqual([])
})

test('the schema has every column of every table, and the uniques of the port', async () => {
  await using folder = await temporaryFolder()
  await fill(folder.path)
  const db = new Database(join(folder.path, 'parlance.db'), { readonly: true })
  for (const [table, expected] of Object.entries(columns)) {
    const found = db.query<{ name: string }, []>(`pragma table_info("${table}")`).all()
    expect(found.map(column => column.name).toSorted()).toEqual(Object.keys(expected).toSorted())
  }
  for (const [table, rules] of Object.entries<readonly (readonly string[])[]>(uniques)) {
    const indexes = db
      .query<{ name: string; unique: number }, []>(`pragma index_list("${table as TableName}")`)
      .all()
      .filter(index => index.unique === 1)
      .map(({ name }) =>
        db
          .query<{ name: string }, []>(`pragma index_info("${name}")`)
          .all()
          .map(column => column.name),
      )
    for (const rule of rules) expect(indexes).toContainEqual([...rule])
  }
  db.close()
})

test('opening again changes nothing', async () => {
  await using folder = await temporaryFolder()
  await fill(folder.path)
  const schemaOf = () => {
    const db = new Database(join(folder.path, 'parlance.db'), { readonly: true })
    const version = db.query('pragma schema_version').get()
    const applied = db.query('select * from migration').all()
    db.close()
    return { version, applied }
  }
  const before = schemaOf()
  expect(await setting(folder.path)).toBe('before')
  expect(schemaOf()).toEqual(before)
  expect(before.applied).toHaveLength(present.length)
})

test('an existing database is copied before it is migrated; the copy opens as it was', async () => {
  await using folder = await temporaryFolder()
  await fill(folder.path)
  const told: string[] = []
  const migrated = await open(folder.path, [...present, next], path => told.push(path))
  expect((await migrated.read.get('setting', { name: 'a' }))?.value).toBe('migrated')
  expect(await migrated.read.headOf(profileStream('p'))).toBe(1)
  await migrated[Symbol.asyncDispose]()

  const name = `parlance-before-v${present.length + 1}-20260102T030405Z.db`
  expect(backupsIn(folder.path)).toEqual([name])
  expect(told).toEqual([join(folder.path, name)])
  expect(statSync(join(folder.path, name)).mode & 0o777).toBe(0o600)
  expect(tablesIn(join(folder.path, name))).not.toContain('addition')
  expect(tablesIn(join(folder.path, 'parlance.db'))).toContain('addition')

  await using restored = await temporaryFolder()
  await Bun.write(join(restored.path, 'parlance.db'), Bun.file(join(folder.path, name)))
  expect(await setting(restored.path)).toBe('before')

  // Done once.
  expect(await setting(folder.path, [...present, next])).toBe('migrated')
  expect(backupsIn(folder.path)).toEqual([name])
})

test('a migration that fails leaves the database as it was, and may be tried again', async () => {
  await using folder = await temporaryFolder()
  await fill(folder.path)
  const error: unknown = await open(folder.path, [...present, failing]).catch(e => e)
  expect(error).toBeInstanceOf(StoreOpenError)
  expect(error).toHaveProperty('message', expect.stringContaining('half way'))
  expect(tablesIn(join(folder.path, 'parlance.db'))).not.toContain('addition')
  expect(backupsIn(folder.path)).toEqual([])
  expect(await setting(folder.path)).toBe('before')
  expect(await setting(folder.path, [...present, next])).toBe('migrated')
})

test('a database of version 2 opens: its rows have nulls for what came later, and its messages are listed by author', async () => {
  await using folder = await temporaryFolder()
  await (await open(folder.path, present.slice(0, 2)))[Symbol.asyncDispose]()
  const db = new Database(join(folder.path, 'parlance.db'))
  const insert = (table: string, row: Readonly<Record<string, string | number | null>>) => {
    const names = Object.keys(row)
    const sql = `insert into "${table}" (${names.map(name => `"${name}"`)}) values (${names.map(() => '?')})`
    db.run(sql, Object.values(row))
  }
  const later = {
    profile: ['avatarStyle', 'rootKey', 'updatedAt'],
    session: ['note', 'credentialId'],
    credential: ['usedAt'],
    conversation: ['spaceId'],
  } as const
  const without = (row: object, gone: readonly string[]) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !gone.includes(name)))
  insert('profile', { ...without(profile(1), later.profile), hidden: 0 })
  insert('session', without(session(1), later.session))
  insert('credential', without(credential(1), later.credential))
  insert('conversation', without(conversation(100), later.conversation))
  insert('member', { ...member(100, 1), wroteAsStranger: 0 })
  const rows = [1, 2, 3, 4].map(n => message(n, { authorId: id(n % 2) }))
  for (const row of rows) insert('message', { ...row, mentions: '[]', attachments: '[]', forwardedFrom: null })
  db.close()

  await using store = await open(folder.path)
  expect(await store.read.get('profile', { id: id(1) })).toEqual(profile(1))
  expect(await store.read.get('session', { id: id(1) })).toEqual(session(1))
  expect(await store.read.get('credential', { id: id(1) })).toEqual(credential(1))
  expect(await store.read.get('conversation', { id: id(100) })).toEqual(conversation(100))
  expect(await store.read.spacesFor(null)).toEqual([])
  const mine = await store.read.recentMessages(id(1), { limit: 9, authorId: id(1) })
  expect(mine).toEqual(rows.filter(row => row.authorId === id(1)))

  const after = new Database(join(folder.path, 'parlance.db'), { readonly: true })
  const listed = after.query('select "authorId", "messageId" from "authored" order by "messageId"').all()
  const indexes = after.query<{ name: string }, []>('pragma index_list("message")').all()
  after.close()
  expect(listed).toEqual(rows.map(row => ({ authorId: row.authorId, messageId: row.id })))
  expect(indexes.map(index => index.name)).not.toContain('message_by_authorId_id')
})

test('a database of a newer version is refused and left as it is', async () => {
  await using folder = await temporaryFolder()
  await fill(folder.path)
  expect(await setting(folder.path, [...present, next])).toBe('migrated')
  const error: unknown = await open(folder.path).catch(e => e)
  expect(error).toBeInstanceOf(StoreOpenError)
  expect(error).toHaveProperty('reason', 'newer')
  expect(error).toHaveProperty('message', expect.stringContaining(next.name))
  expect(await setting(folder.path, [...present, next])).toBe('migrated')
})
