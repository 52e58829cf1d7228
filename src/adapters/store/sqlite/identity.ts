// The epoch: tells whether this is still the log that clients hold marks of, or a copy that was put back.
//
// Two witnesses outside the database disagree with a copy:
// - the boot file is written anew at each start; the database remembers its content (a nonce), its inode and its change
//   time, which no copying tool can set: an older database and a copied folder disagree;
// - the head file holds the newest position committed: a copy of the database made while this boot ran is behind it.
// Moving the folder changes neither. What does not show: a snapshot of the whole disk that was rolled back.
import type { Database } from 'bun:sqlite'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { newRandomId } from '../../../base/id.ts'
import { syncPath } from './migrate.ts'

export interface Identity extends Disposable {
  readonly epoch: string
  /** Notes that everything up to `position` is committed. Never throws. */
  reached(position: number): void
}

/** What the database remembers. `next` is the nonce of a start that was not finished, else empty. */
type Known = 'epoch' | 'boot' | 'next'

const readKnown = (db: Database): Partial<Record<Known, string>> => {
  using statement = db.prepare<{ name: string; value: string }, []>('select name, value from meta')
  return Object.fromEntries(statement.all().map(row => [row.name, row.value]))
}

const writeKnown = (db: Database, values: Partial<Record<Known, string>>): void => {
  using statement = db.prepare(
    'insert into meta (name, value) values (?, ?) on conflict (name) do update set value = excluded.value',
  )
  db.run('begin immediate')
  for (const [name, value] of Object.entries(values)) statement.run(name, value)
  db.run('commit')
}

const readText = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** The boot file as the database remembers it: nonce, inode and change time. */
const witnessOf = (path: string, nonce: string): string => {
  const { ino, ctimeNs } = statSync(path, { bigint: true })
  return `${nonce} ${ino} ${ctimeNs}`
}

const isSameLog = (known: Partial<Record<Known, string>>, bootPath: string): boolean => {
  const nonce = readText(bootPath)
  if (!nonce || known.epoch === undefined) return false
  // The second: killed after the boot file was replaced and before it was remembered.
  return witnessOf(bootPath, nonce) === known.boot || nonce === known.next
}

/** Fixed length, so that each write replaces the one before in one piece. */
const headText = (epoch: string, position: number): string => `${epoch} ${String(position).padStart(16, '0')}\n`

const isBehind = (headPath: string, epoch: string | undefined, position: number): boolean => {
  const [of, reached] = readText(headPath)?.trimEnd().split(' ') ?? []
  return of === epoch && Number(reached) > position
}

/** Replaces the boot file durably and whole. */
const writeBoot = (folder: string, path: string, nonce: string): void => {
  const fresh = `${path}.next`
  writeFileSync(fresh, nonce, { mode: 0o600 })
  syncPath(fresh)
  renameSync(fresh, path)
  syncPath(folder)
}

/**
 * Settles the epoch at start; `position` is the newest one in the database. The steps are ordered so that being killed
 * between any two of them does not look like a copy: the nonce in the database, the boot file, the boot file in the database.
 */
export const establishIdentity = (db: Database, folder: string, position: number): Identity => {
  const bootPath = join(folder, 'parlance.boot')
  const headPath = join(folder, 'parlance.head')
  const known = readKnown(db)
  const same = isSameLog(known, bootPath) && !isBehind(headPath, known.epoch, position)
  const epoch = same && known.epoch !== undefined ? known.epoch : newRandomId()
  const nonce = newRandomId()

  writeKnown(db, same ? { next: nonce } : { epoch, next: nonce, boot: '' })
  writeBoot(folder, bootPath, nonce)
  writeKnown(db, { next: '', boot: witnessOf(bootPath, nonce) })

  writeFileSync(headPath, headText(epoch, position), { mode: 0o600 })
  const head = openSync(headPath, 'r+')
  return {
    epoch,
    reached(reached) {
      try {
        // Not synced: a kill does not lose it, and after a power cut it is only a weaker witness, never a false one.
        writeSync(head, headText(epoch, reached), 0)
      } catch {
        // The commit it tells of is on disk already; there is nothing to undo and nobody to refuse.
      }
    },
    [Symbol.dispose]() {
      fsyncSync(head)
      closeSync(head)
    },
  }
}
