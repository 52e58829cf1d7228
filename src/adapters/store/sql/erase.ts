// Ending a conversation for good: everything in it and its earlier events.
import { type SqlBool, sql } from 'kysely'
import type { ConversationId } from '../../../core/model/ids.ts'
import type { Engine, Executor } from './engine.ts'
import { statement } from './statement.ts'

/** Order matters: what hangs on messages is found through them. */
export const compileErase = ({ compiler: db }: Engine) => {
  const messageIds = (id: string) => db.selectFrom('message').select('id').where('conversationId', '=', id)
  return [
    statement((p: { id: string }) => db.deleteFrom('reaction').where('messageId', 'in', messageIds(p.id))),
    statement((p: { id: string }) => db.deleteFrom('reminder').where('messageId', 'in', messageIds(p.id))),
    statement((p: { id: string }) => db.deleteFrom('attachmentUse').where('messageId', 'in', messageIds(p.id))),
    statement((p: { id: string }) =>
      db
        .deleteFrom('authored')
        .where(
          sql<SqlBool>`("authorId", "messageId") in (select "authorId", "id" from "message" where "conversationId" = ${p.id})`,
        ),
    ),
    statement((p: { id: string }) => db.deleteFrom('message').where('conversationId', '=', p.id)),
    statement((p: { id: string }) => db.deleteFrom('application').where('conversationId', '=', p.id)),
    statement((p: { id: string }) => db.deleteFrom('mute').where('conversationId', '=', p.id)),
    statement((p: { id: string }) => db.deleteFrom('member').where('conversationId', '=', p.id)),
    statement((p: { id: string }) => db.deleteFrom('pastMember').where('conversationId', '=', p.id)),
    statement((p: { id: string }) => db.deleteFrom('pin').where('conversationId', '=', p.id)),
    statement((p: { id: string }) => db.deleteFrom('preference').where('conversationId', '=', p.id)),
    statement((p: { id: string }) => db.deleteFrom('invite').where('conversationId', '=', p.id)),
    statement((p: { id: string }) => db.deleteFrom('placement').where('conversationId', '=', p.id)),
    statement((p: { id: string }) => db.deleteFrom('conversation').where('id', '=', p.id)),
  ] as const
}

export const eraseRows = async (
  statements: ReturnType<typeof compileErase>,
  run: Executor,
  id: ConversationId,
): Promise<void> => {
  for (const each of statements) await run.run(each, { id })
}
