// One connection to the database file, with its prepared statements.
import { Database, type Statement as Prepared, type SQLQueryBindings } from 'bun:sqlite'
import type { Executor } from '../sql/engine.ts'
import type { Statement } from '../sql/statement.ts'
import { isFatal, statementError } from './faults.ts'

/** Milliseconds a statement waits, blocking the process, for a foreign program that holds the database. */
const BUSY_TIMEOUT = 500
/** KiB of pages a connection keeps in memory at most. */
const CACHE_KIB = 32 * 1024
/** Bytes the write-ahead log is cut back to after it was larger. */
const LOG_BYTES = 64 * 1024 * 1024

/**
 * Pages (of 4 KiB) of the write-ahead log after which a commit copies them into the database. The copying stalls
 * whoever waits for that commit: 4000 pages gained no throughput that `npm run bench -- send` could show, and moved the
 * acknowledgement's p99 from 23 to 25 ms.
 */
const CHECKPOINT_PAGES = 1000

/** The one connection that writes. A commit is on disk when COMMIT returns. */
export const openWriter = (path: string): Database => {
  const db = new Database(path, { readwrite: true, create: true })
  try {
    db.run(`pragma busy_timeout = ${BUSY_TIMEOUT}`)
    db.run('pragma journal_mode = wal')
    db.run('pragma synchronous = full')
    db.run('pragma foreign_keys = off')
    db.run(`pragma cache_size = -${CACHE_KIB}`)
    db.run(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    db.run(`pragma journal_size_limit = ${LOG_BYTES}`)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Sees what is committed and nothing else. */
export const openReader = (path: string): Database => {
  const db = new Database(path, { readonly: true })
  db.run(`pragma busy_timeout = ${BUSY_TIMEOUT}`)
  db.run(`pragma cache_size = -${CACHE_KIB}`)
  return db
}

/** Runs compiled statements, each prepared once. `onFatal` is told when the disk or the file fails. */
export const createExecutor = (db: Database, onFatal: (error: unknown) => void): Executor & Disposable => {
  const prepared = new Map<object, Prepared<unknown, SQLQueryBindings[]>>()
  const prepare = (statement: Statement<never, unknown>) => {
    const known = prepared.get(statement)
    if (known) return known
    const fresh = db.prepare<unknown, SQLQueryBindings[]>(statement.sql)
    prepared.set(statement, fresh)
    return fresh
  }
  const failed = (error: unknown): unknown => {
    if (isFatal(error)) onFatal(error)
    return statementError(error)
  }
  // SQLite answers at once; the promises are the port's, for engines that do not.
  return {
    async all<P, R>(statement: Statement<P, R>, params: P) {
      try {
        return prepare(statement).all(...statement.bind(params)) as readonly R[]
      } catch (error) {
        throw failed(error)
      }
    },
    async get<P, R>(statement: Statement<P, R>, params: P) {
      try {
        return prepare(statement).get(...statement.bind(params)) as R | null
      } catch (error) {
        throw failed(error)
      }
    },
    async run<P>(statement: Statement<P, unknown>, params: P) {
      try {
        return prepare(statement).run(...statement.bind(params)).changes
      } catch (error) {
        throw failed(error)
      }
    },
    [Symbol.dispose]() {
      for (const statement of prepared.values()) statement.finalize()
      prepared.clear()
    },
  }
}
