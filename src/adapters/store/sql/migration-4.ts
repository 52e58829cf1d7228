// Version 4: one's own messages are found by a list that is filled behind the commits, and no longer by an index (ADR 6).
import { type Kysely, sql } from 'kysely'
import type { ColumnTypes } from './engine.ts'

export const authorsBehindTheCommits = async (db: Kysely<unknown>, types: ColumnTypes): Promise<void> => {
  const table = db.schema
    .createTable('authored')
    .addColumn('authorId', types.text, built => built.notNull())
    .addColumn('messageId', types.text, built => built.notNull())
    .addPrimaryKeyConstraint('authored_key', ['authorId', 'messageId'])
  await (types.clustered ? table.modifyEnd(types.clustered) : table).execute()
  // While the index stands, which has them in this order.
  await sql`insert into "authored" ("authorId", "messageId")
    select "authorId", "id" from "message" order by "authorId", "id"`.execute(db)
  await sql`insert into "meta" ("name", "value")
    select 'authored', coalesce(max("id"), '') from "message"`.execute(db)
  await db.schema.dropIndex('message_by_authorId_id').execute()
}
