// Brings the schema up to date at start: checked, backed up, then changed in one transaction.
import type { Database } from 'bun:sqlite'
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Kysely, Migrator, SqliteAdapter, type SqliteDatabase, SqliteDialect } from 'kysely'
import { StoreOpenError } from '../errors.ts'
import type { NamedMigration } from '../sql/migrations.ts'

const MIGRATION_TABLE = 'migration'
/** In the file's header: "PARL". */
const APPLICATION_ID = 0x5041524c

class TransactionalAdapter extends SqliteAdapter {
  // SQLite's schema changes do roll back; Kysely does not count on it by itself. A kill half way leaves the old schema.
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class MigrationDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter()
  }
}

/** bun:sqlite as Kysely's SQLite driver wants it; disposing finalizes what was prepared. */
const driverOf = (db: Database): SqliteDatabase & Disposable => {
  const prepared = new DisposableStack()
  const bound = (values: readonly unknown[]) => values as (string | number | null)[]
  return {
    close: () => {},
    prepare(sql) {
      // On a full disk SQLite rolls back by itself; Kysely then must not fail over it and hide the reason.
      const needless = sql === 'rollback' && !db.inTransaction
      const statement = prepared.use(db.prepare(needless ? 'select 1' : sql))
      return {
        reader: statement.columnNames.length > 0,
        all: values => statement.all(...bound(values)),
        run: values => statement.run(...bound(values)),
        iterate: values => statement.iterate(...bound(values)) as IterableIterator<unknown>,
      }
    },
    [Symbol.dispose]: () => prepared.dispose(),
  }
}

const scalar = (db: Database, sql: string): unknown => {
  using statement = db.prepare(sql)
  return statement.values()[0]?.[0]
}

/** Names of the versions the file has been through; none for a new file. Throws on a file that is not ours. */
const appliedVersions = (db: Database, path: string): readonly string[] => {
  if (scalar(db, 'select count(*) from sqlite_master') === 0) return []
  if (scalar(db, 'pragma application_id') !== APPLICATION_ID) {
    throw new StoreOpenError('not-a-database', `${path} is a database of another program`)
  }
  if (scalar(db, `select count(*) from sqlite_master where name = '${MIGRATION_TABLE}'`) === 0) return []
  using statement = db.prepare<{ name: string }, []>(`select name from "${MIGRATION_TABLE}"`)
  return statement.all().map(row => row.name)
}

/** Forces a file or folder, as it is now, to disk. */
export const syncPath = (path: string): void => {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** A whole copy beside the database, complete or absent. */
const backUp = (db: Database, path: string, version: number, now: number): string => {
  const stamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const target = join(dirname(path), `parlance-before-v${version}-${stamp}.db`)
  const partial = `${target}.partial`
  rmSync(partial, { force: true })
  // SQLite fills an empty file; made here, it is its owner's only.
  closeSync(openSync(partial, 'wx', 0o600))
  db.run('vacuum into ?', [partial])
  syncPath(partial)
  renameSync(partial, target)
  syncPath(dirname(path))
  return target
}

/**
 * Applies the versions that the file lacks; answers the path of the backup made before, null if none was needed.
 * Throws StoreOpenError `newer` for a file that has been through a version unknown here.
 */
export const migrateFile = async (
  db: Database,
  path: string,
  migrations: readonly NamedMigration[],
  now: number,
): Promise<string | null> => {
  const applied = appliedVersions(db, path)
  const known = new Set(migrations.map(migration => migration.name))
  const unknown = applied.find(name => !known.has(name))
  if (unknown !== undefined) {
    throw new StoreOpenError('newer', `${path} was written by a newer version of Parlance (schema ${unknown})`)
  }
  if (applied.length === migrations.length) return null

  const backup = applied.length === 0 ? null : backUp(db, path, migrations.length, now)
  db.run(`pragma application_id = ${APPLICATION_ID}`)
  using database = driverOf(db)
  const migrator = new Migrator({
    db: new Kysely({ dialect: new MigrationDialect({ database }) }),
    provider: {
      getMigrations: async () => Object.fromEntries(migrations.map(migration => [migration.name, migration])),
    },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: `${MIGRATION_TABLE}Lock`,
    // Kysely would hold the order against wall-clock times, which may go back; the names above are what counts.
    allowUnorderedMigrations: true,
  })
  const { error } = await migrator.migrateToLatest()
  if (error) {
    // All was undone, so the copy is of no use; a server that is restarted for ever must not fill the disk with them.
    if (backup !== null) rmSync(backup)
    throw error
  }
  return backup
}
