// The embedded store: one SQLite file in the data folder, one writer, commits shared by whoever writes in the same turn.
import type { Database } from 'bun:sqlite'
import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../../base/clock.ts'
import type { Event } from '../../../core/event.ts'
import type { Store } from '../../../core/ports/store.ts'
import { type StoreBrokenError, StoreOpenError } from '../errors.ts'
import { printMark } from '../mark.ts'
import { createAuthored, listBehind } from '../sql/authored.ts'
import { readStream } from '../sql/log.ts'
import { migrationsFor, type NamedMigration } from '../sql/migrations.ts'
import { compileAll, createReads } from '../sql/reads.ts'
import { openTx } from '../sql/tx.ts'
import { workBehind } from './behind.ts'
import { createExecutor, openReader, openWriter } from './connection.ts'
import { sqliteColumnTypes, sqliteEngine } from './engine.ts'
import { openError } from './faults.ts'
import { GroupCommit } from './group-commit.ts'
import { establishIdentity, type Identity } from './identity.ts'
import { lockFolder } from './lock.ts'
import { migrateFile, syncPath } from './migrate.ts'
import { createSince, newestPosition } from './since.ts'

export interface SqliteStoreOptions {
  /** The data folder; made (for its owner only) if it does not exist. One server at a time. */
  readonly folder: string
  readonly clock: Clock
  /** Told once when a commit failed: nothing is written any more, and the server should exit. */
  readonly onBroken?: ((error: StoreBrokenError) => void) | undefined
  /** Told of the copy that was made before the schema was changed. */
  readonly onBackup?: ((path: string) => void) | undefined
  /** Told of each durable commit that appended events: how many works shared it. */
  readonly onBatch?: ((works: number) => void) | undefined
  /** The schema's history; only tests give another. */
  readonly migrations?: readonly NamedMigration[] | undefined
}

/** Databases up to this many bytes are checked at every start, larger ones only after an unclean end. */
const SMALL_BYTES = 64 * 1024 * 1024
/** Above this a check would take minutes, and a kill alone never damages the file. */
const CHECK_BYTES = 2 * 1024 * 1024 * 1024

/** What has been opened so far, closed in reverse order. */
type Opened = DisposableStack

const makeFolder = (folder: string): void => {
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 })
}

/** Makes the file for its owner only; SQLite gives its log the same rights. */
const makeFile = (folder: string, path: string): void => {
  if (existsSync(path)) return
  closeSync(openSync(path, 'a', 0o600))
  syncPath(folder)
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

const checkFile = (db: Database, path: string): void => {
  using statement = db.prepare('pragma quick_check(1)')
  const found = statement.values()[0]?.[0]
  if (found !== 'ok') throw new StoreOpenError('corrupt', `the database ${path} is corrupt: restore a backup`)
}

const openFile = (opened: Opened, path: string): Database => {
  const unclean = sizeOf(`${path}-wal`) > 0
  const size = sizeOf(path)
  const db = opened.adopt(openWriter(path), open => open.close(true))
  if (size <= SMALL_BYTES || (unclean && size <= CHECK_BYTES)) checkFile(db, path)
  return db
}

/**
 * Opens the store in a data folder: locks it, checks and migrates the file (a copy is made before), settles the epoch.
 * Throws StoreOpenError with one line for the operator. `transact` rejects with StoreBrokenError once a commit failed,
 * and with Fault `unavailable` while another program holds the database.
 */
export const openSqliteStore = async (options: SqliteStoreOptions): Promise<Store> => {
  const path = join(options.folder, 'parlance.db')
  using opened = new DisposableStack()
  try {
    makeFolder(options.folder)
    const lockPath = join(options.folder, 'parlance.lock')
    makeFile(options.folder, lockPath)
    opened.use(lockFolder(options.folder, lockPath))
    makeFile(options.folder, path)
    const writer = openFile(opened, path)
    const migrations = options.migrations ?? migrationsFor(sqliteColumnTypes)
    const backup = await migrateFile(writer, path, migrations, options.clock.now())
    if (backup !== null) options.onBackup?.(backup)
    return await assemble(opened, writer, path, options)
  } catch (error) {
    throw openError(error, path)
  }
}

const assemble = async (
  opened: Opened,
  writer: Database,
  path: string,
  { folder, clock, onBroken, onBatch }: SqliteStoreOptions,
): Promise<Store> => {
  const compiled = compileAll(sqliteEngine())

  const reader = opened.adopt(openReader(path), open => open.close(true))
  const readRun = opened.use(createExecutor(reader, () => {}))
  const read = createReads(compiled, readRun)
  const writeRun = opened.use(createExecutor(writer, error => commits.breakDown(error)))
  const writeReads = createReads(compiled, writeRun)
  const identity: Identity = opened.use(establishIdentity(writer, folder, newestPosition(writer)))
  const since = opened.use(createSince(reader, read, identity.epoch))

  const { value: listedUpTo = '' } = (await readRun.get(compiled.authored.watermark, {})) ?? {}
  const authored = createAuthored(compiled.authored, writeRun, listedUpTo)

  const listeners: ((events: readonly Event[]) => void)[] = []
  const ground = {
    compiled,
    run: writeRun,
    reads: writeReads,
    authored,
    now: () => clock.now(),
    markAt: (position: number) => printMark(identity.epoch, position),
    // There is one writer, and its works run one after the other.
    lock: async () => {},
  }
  const commits: GroupCommit = new GroupCommit({
    db: writer,
    open: () => openTx(ground),
    committed: works => {
      identity.reached(since.position())
      behind.due()
      onBatch?.(works)
    },
    publish: events => {
      for (const listener of listeners) listener(events)
    },
    onBroken: error => onBroken?.(error),
  })

  const behind = workBehind(clock, () => listBehind(authored, work => commits.submit(work)))
  // What the last run left.
  behind.due()

  const resources = opened.move()
  return {
    epoch: identity.epoch,
    read,
    transact: work => commits.submit(work),
    onCommit: listener => void listeners.push(listener),
    readStream: (stream, q) => readStream(compiled.log, readRun, read, stream, q),
    readSince: since.readSince,
    markNow: since.markNow,
    async [Symbol.asyncDispose]() {
      behind[Symbol.dispose]()
      await commits.close()
      resources.dispose()
    },
  }
}
