// Version 5: profiles say when they were changed last.
import { type Kysely, sql } from 'kysely'

export const profilesSayWhen = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .alterTable('profile')
    .addColumn('updatedAt', 'bigint', built => built.notNull().defaultTo(0))
    .execute()
  // When it was is not known; that it stood from its making on is all that can be said.
  await sql`update "profile" set "updatedAt" = "createdAt"`.execute(db)
}
