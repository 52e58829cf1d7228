// What SQLite's error codes mean to a store.
import { SQLiteError } from 'bun:sqlite'
import { UniqueError } from '../../../core/ports/store.ts'
import { StoreOpenError } from '../errors.ts'

const codeOf = (thrown: unknown): string => {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' ? code : ''
}

const textOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

/** "UNIQUE constraint failed: message.conversationId, message.seq" */
const UNIQUE = /^UNIQUE constraint failed: (\w+)\./

/** The error as the port names it. */
export const statementError = (thrown: unknown): unknown => {
  const table = thrown instanceof SQLiteError ? UNIQUE.exec(thrown.message)?.[1] : undefined
  return table === undefined ? thrown : new UniqueError(table)
}

export const isBusy = (thrown: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(thrown))

/**
 * Whether the error belongs to the disk or the file and not to one statement: SQLite may then have undone the whole
 * transaction, and nothing may be acknowledged any more.
 */
export const isFatal = (thrown: unknown): boolean =>
  /^SQLITE_(FULL|IOERR|CORRUPT|NOTADB|READONLY|CANTOPEN|NOMEM|PERM|PROTOCOL)/.test(codeOf(thrown))

/** Why the store does not open, in one line that names the file. */
export const openError = (thrown: unknown, path: string): StoreOpenError => {
  if (thrown instanceof StoreOpenError) return thrown
  const code = codeOf(thrown)
  if (/^SQLITE_FULL|^ENOSPC|^EDQUOT/.test(code)) {
    return new StoreOpenError('disk-full', `the disk is full: cannot write ${path}`, thrown)
  }
  if (/^SQLITE_NOTADB/.test(code)) {
    return new StoreOpenError('not-a-database', `${path} is not a database`, thrown)
  }
  if (/^SQLITE_CORRUPT/.test(code)) {
    return new StoreOpenError('corrupt', `the database ${path} is corrupt: restore a backup`, thrown)
  }
  if (isBusy(thrown)) {
    return new StoreOpenError('locked', `the database ${path} is in use by another program`, thrown)
  }
  if (/^SQLITE_(CANTOPEN|READONLY|PERM)|^E(ACCES|PERM|ROFS|NOTDIR|EXIST|ISDIR|NOENT)/.test(code)) {
    return new StoreOpenError('unwritable', `cannot write ${path}: ${textOf(thrown)}`, thrown)
  }
  return new StoreOpenError('failed', `cannot open ${path}: ${textOf(thrown)}`, thrown)
}
