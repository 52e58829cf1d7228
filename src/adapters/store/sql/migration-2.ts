// Version 2: streaks, counts of the standing messages, one-time tokens, reserved uploads, and who has been in a channel.
import { type Kysely, sql } from 'kysely'
import type { ColumnTypes } from './engine.ts'

export const streaksAndReservations = async (db: Kysely<unknown>, types: ColumnTypes): Promise<void> => {
  const { schema } = db
  await schema.alterTable('token').addColumn('spentAt', 'bigint').execute()
  await schema.alterTable('member').addColumn('wroteDay', 'bigint').execute()

  const counted = (name: string) =>
    schema.alterTable('conversation').addColumn(name, 'bigint', built => built.notNull().defaultTo(0))
  await counted('recalled').execute()
  await counted('streakDays').execute()
  await schema.alterTable('conversation').addColumn('streakDay', 'bigint').execute()
  await sql`update "conversation" set "recalled" = (
    select count(*) from "message" where "message"."conversationId" = "conversation"."id" and "recalledAt" is not null
  )`.execute(db)

  await schema
    .alterTable('attachment')
    .addColumn('blob', types.text, built => built.notNull().defaultTo(''))
    .execute()
  await sql`update "attachment" set "blob" = "fid"`.execute(db)
  await schema.createIndex('attachment_by_blob').on('attachment').columns(['blob']).unique().execute()
  await schema.alterTable('attachment').addColumn('note', types.text).execute()
  await schema.alterTable('attachment').addColumn('spentAt', 'bigint').execute()

  await schema
    .createTable('pastMember')
    .addColumn('conversationId', types.text, built => built.notNull())
    .addColumn('profileId', types.text, built => built.notNull())
    .addColumn('leftAt', 'bigint', built => built.notNull())
    .addPrimaryKeyConstraint('pastMember_key', ['conversationId', 'profileId'])
    .execute()

  // Histories over all conversations of a person; message ids rise with time.
  await schema.createIndex('message_by_conversationId_id').on('message').columns(['conversationId', 'id']).execute()
  await schema.createIndex('message_by_authorId_id').on('message').columns(['authorId', 'id']).execute()
}
