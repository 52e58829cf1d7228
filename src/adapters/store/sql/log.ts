// The log: one row per event, a gapless seq per stream, a rising position over all of them.
import { sql } from 'kysely'
import type { Event, EventBody } from '../../../core/event.ts'
import type { Mark, Seq, StreamId, Time } from '../../../core/model/ids.ts'
import type { Reads } from '../../../core/ports/store.ts'
import { hydrate, type StoredEvent, slimOf } from '../stored-event.ts'
import type { Engine, Executor } from './engine.ts'
import { statement } from './statement.ts'

/** Prints the mark just behind a position. */
export type MarkAt = (position: number) => Mark

/** Columns of an event as read. */
export interface EventRow {
  readonly name: string
  readonly seq: number
  readonly at: number
  readonly type: string
  readonly body: string
  /** Where it was asked for: its place in the log. */
  readonly pos?: number
}

const storedEventOf = ({ name, seq, at, type, body, pos }: EventRow, markAt: MarkAt | null): StoredEvent =>
  ({
    stream: name as StreamId,
    seq,
    at,
    body: { type, ...JSON.parse(body) },
    ...(markAt && pos !== undefined && { mark: markAt(pos) }),
  }) as StoredEvent

export const compileLog = ({ compiler: db }: Engine) => ({
  /** Takes the next seq of a stream; in PostgreSQL its row stays locked until the transaction ends. */
  advance: statement((p: { name: string; now: number }) =>
    db
      .insertInto('stream')
      .values({ name: p.name, head: sql.lit(1), at: p.now })
      .onConflict(conflict =>
        conflict.column('name').doUpdateSet(eb => ({
          head: eb('stream.head', '+', sql.lit(1)),
          at: eb
            .case()
            .when('stream.at', '>', eb.ref('excluded.at'))
            .then(eb.ref('stream.at'))
            .else(eb.ref('excluded.at'))
            .end(),
        })),
      )
      .returning(['id', 'head', 'at']),
  ),
  add: statement((p: { stream: number; seq: number; at: number; type: string; body: string }) =>
    db
      .insertInto('event')
      .values({ stream: p.stream, seq: p.seq, at: p.at, type: p.type, body: p.body })
      .returning('pos'),
  ),
  head: statement((p: { name: string }) => db.selectFrom('stream').select('head').where('name', '=', p.name)),
  page: statement((p: { name: string; after: number; limit: number }) =>
    db
      .selectFrom('event')
      .innerJoin('stream', 'stream.id', 'event.stream')
      .select(['stream.name', 'event.seq', 'event.at', 'event.type', 'event.body'])
      .where('stream.name', '=', p.name)
      .where('event.seq', '>', p.after)
      .orderBy('event.seq')
      .limit(p.limit),
  ),
  /** Never the newest event of a stream: its position stays taken. */
  prune: statement((p: { name: string; below: number }) =>
    db
      .deleteFrom('event')
      .where('stream', '=', eb => eb.selectFrom('stream').select('id').where('name', '=', p.name))
      .where('seq', '<', p.below),
  ),
})

export type LogStatements = ReturnType<typeof compileLog>

/** Adds a fact at the next seq of its stream. Its time is `now`, or that of the event before if the clock went back. */
export const appendEvent = async (
  log: LogStatements,
  run: Executor,
  now: Time,
  stream: StreamId,
  body: EventBody,
  markAt: MarkAt,
): Promise<Event> => {
  const next = await run.get(log.advance, { name: stream, now })
  if (!next) throw new Error(`no head for ${stream}`)
  const { type, ...rest } = slimOf(body)
  const values = { stream: next.id, seq: next.head, at: next.at, type, body: JSON.stringify(rest) }
  const added = await run.get(log.add, values)
  return { stream, seq: next.head, at: next.at, body, mark: added && markAt(added.pos) }
}

export const headOf = async (log: LogStatements, run: Executor, stream: StreamId): Promise<Seq> =>
  (await run.get(log.head, { name: stream }))?.head ?? 0

/** With `markAt`, each with its mark. */
export const eventsOf = (
  reads: Reads,
  rows: readonly EventRow[],
  markAt: MarkAt | null = null,
): Promise<readonly Event[]> =>
  hydrate(
    reads,
    rows.map(row => storedEventOf(row, markAt)),
  )

/** Fewer than `limit` events only where the stream ends, even when some were left out. */
export const readStream = async (
  log: LogStatements,
  run: Executor,
  reads: Reads,
  stream: StreamId,
  q: { readonly after: Seq; readonly limit: number },
): Promise<readonly Event[]> => {
  const events: Event[] = []
  let after = q.after
  for (;;) {
    const limit = q.limit - events.length
    const rows = await run.all(log.page, { name: stream, after, limit })
    events.push(...(await eventsOf(reads, rows)))
    const last = rows.at(-1)
    if (!last || rows.length < limit || events.length >= q.limit) return events
    after = last.seq
  }
}
