// Who wrote which messages, listed behind the commits: listed with each message, it would cost every commit one page per
// author (ADR 6). Up to a watermark, a message id, the list is complete; above it the few messages there are looked at.
import { sql } from 'kysely'
import type { MessageId, ProfileId } from '../../../core/model/ids.ts'
import type { MessageRow } from '../../../core/model/message.ts'
import type { Engine, Executor } from './engine.ts'
import { statement } from './statement.ts'

/** The row of `meta` that holds the watermark. The version that makes the table writes it. */
export const WATERMARK = 'authored'

/** Messages read at once, and listed at once: a millisecond or two, for which commits wait. */
const READ = 2500
const SLICE = 500
/** Messages that are listed by author, so that an author's page is written once for all of them. */
const STRETCH = 10_000

interface Written {
  readonly id: MessageId
  readonly authorId: ProfileId
}

export const compileAuthored = ({ compiler: db, among }: Engine) => ({
  watermark: statement(() => db.selectFrom('meta').select('value').where('name', '=', sql.lit(WATERMARK))),
  above: statement((p: { from: string }) =>
    db.selectFrom('message').select(['id', 'authorId']).where('id', '>', p.from).orderBy('id').limit(sql.lit(READ)),
  ),
  /** Of those that are still there. */
  list: statement((p: { ids: string }) =>
    db
      .insertInto('authored')
      .columns(['authorId', 'messageId'])
      .expression(
        db
          .selectFrom('message')
          .select(['authorId', 'id'])
          .where(among(['id'], p.ids))
          .orderBy('authorId')
          .orderBy('id'),
      )
      .onConflict(conflict => conflict.doNothing()),
  ),
  move: statement((p: { to: string }) =>
    db.updateTable('meta').set({ value: p.to }).where('name', '=', sql.lit(WATERMARK)),
  ),
})

export interface Authored {
  /**
   * To be called with each message that was written. Ids rise with the commits as long as the clock of the machine does
   * not go back between two starts; one that comes behind the watermark is listed at once.
   */
  wrote(row: MessageRow): Promise<void>
  /** Where the list is complete, as stored. */
  watermark(): Promise<MessageId>
  /** The next messages behind `from`, which will be listed: whatever comes among them later is listed at once. */
  take(from: MessageId): Promise<readonly Written[]>
  list(ids: readonly MessageId[]): Promise<void>
  /** Says that all up to `to` is listed. */
  move(to: MessageId): Promise<void>
}

/** Over the writing connection. `reached` is where the watermark stands. */
export const createAuthored = (
  statements: ReturnType<typeof compileAuthored>,
  run: Executor,
  reached: MessageId,
): Authored => {
  // Never below the stored one; above it while messages are listed.
  let highest = reached
  const list = async (ids: readonly MessageId[]): Promise<void> => {
    await run.run(statements.list, { ids: JSON.stringify(ids) })
  }
  return {
    async wrote({ id }) {
      if (id <= highest) await list([id])
    },
    watermark: async () => (await run.get(statements.watermark, {}))?.value ?? '',
    async take(from) {
      const taken = await run.all(statements.above, { from })
      const last = taken.at(-1)
      if (last && last.id > highest) highest = last.id
      return taken
    },
    list,
    async move(to) {
      await run.run(statements.move, { to })
    },
  }
}

/** By author; each slice touches few pages, and all of them together each page once. */
const slicesOf = (rows: readonly Written[]): readonly (readonly MessageId[])[] => {
  const byAuthor = [...Map.groupBy(rows, row => row.authorId)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const ids = byAuthor.flatMap(([, written]) => written.map(row => row.id))
  return Array.from({ length: Math.ceil(ids.length / SLICE) }, (_, n) => ids.slice(n * SLICE, (n + 1) * SLICE))
}

/**
 * Lists all that is not listed yet. `transact` runs one work among those of everybody else: each is short, may be run
 * again, and is durable when it resolves. Broken off anywhere, it is taken up at the watermark.
 */
export const listBehind = async (
  authored: Authored,
  transact: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<void> => {
  let to = await transact(() => authored.watermark())
  for (;;) {
    const rows: Written[] = []
    let taken: readonly Written[]
    do {
      const from = to
      taken = await transact(() => authored.take(from))
      rows.push(...taken)
      to = taken.at(-1)?.id ?? to
    } while (taken.length === READ && rows.length < STRETCH)
    if (rows.length === 0) return
    for (const slice of slicesOf(rows)) await transact(() => authored.list(slice))
    await transact(() => authored.move(to))
    if (taken.length < READ) return
  }
}
