// The history of the schema. A version that has been released is never changed: a later one is added.
import type { Migration } from 'kysely'
import type { ColumnTypes } from './engine.ts'
import { wholeSchema } from './migration-1.ts'
import { streaksAndReservations } from './migration-2.ts'
import { spacesAndKeys } from './migration-3.ts'
import { authorsBehindTheCommits } from './migration-4.ts'
import { profilesSayWhen } from './migration-5.ts'

export interface NamedMigration extends Migration {
  /** Sorts behind its predecessors. */
  readonly name: string
}

/** Version n is the n-th of the list. */
export const migrationsFor = (types: ColumnTypes): readonly NamedMigration[] => [
  { name: '0001-whole-schema', up: db => wholeSchema(db, types) },
  { name: '0002-streaks-and-reservations', up: db => streaksAndReservations(db, types) },
  { name: '0003-spaces-and-keys', up: db => spacesAndKeys(db, types) },
  { name: '0004-authors-behind-the-commits', up: db => authorsBehindTheCommits(db, types) },
  { name: '0005-profiles-say-when', up: profilesSayWhen },
]
