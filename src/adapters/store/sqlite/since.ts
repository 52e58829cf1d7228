// Reading the whole log from a mark. There is one writer, so positions rise in the order of commits, and along a stream
// with its seq: where a stream passes the mark is found by its (stream, seq) index, and appending pays for no other.
import type { Database } from 'bun:sqlite'
import type { Seq, StreamId } from '../../../core/model/ids.ts'
import type { Reads, Store } from '../../../core/ports/store.ts'
import { parseMark, printMark } from '../mark.ts'
import { type EventRow, eventsOf } from '../sql/log.ts'

export interface Since extends Pick<Store, 'readSince' | 'markNow'>, Disposable {
  /** The newest committed position: never given out twice, since the newest event of a stream is never pruned. */
  position(): number
}

interface Head {
  readonly id: number
  readonly head: Seq
}

/** A page of the log; `position` is where the next one begins. */
interface Page {
  readonly rows: readonly EventRow[]
  readonly position: number
  readonly more: boolean
}

const NEWEST = 'select max(pos) as pos from event'

/** The newest position in the file, 0 for an empty log. */
export const newestPosition = (db: Database): number => {
  using statement = db.prepare<{ pos: number | null }, []>(NEWEST)
  return statement.get()?.pos ?? 0
}

const prepareAll = (db: Database, prepared: DisposableStack) => ({
  position: prepared.use(db.prepare<{ pos: number | null }, []>(NEWEST)),
  heads: prepared.use(
    db.prepare<Head, [string]>('select id, head from stream where name in (select value from json_each(?))'),
  ),
  at: prepared.use(db.prepare<{ pos: number }, [number, Seq]>('select pos from event where stream = ? and seq = ?')),
  from: prepared.use(
    db.prepare<{ pos: number }, [number, Seq, number]>(
      'select pos from event where stream = ? and seq >= ? order by seq limit ?',
    ),
  ),
  rows: prepared.use(
    db.prepare<EventRow, [string]>(
      `select stream.name, event.seq, event.at, event.type, event.body, event.pos
       from event join stream on stream.id = event.stream
       where event.pos in (select value from json_each(?)) order by event.pos`,
    ),
  ),
})

/** Over the reading connection; `reads` shows the messages of the events. */
export const createSince = (reader: Database, reads: Reads, epoch: string): Since => {
  const prepared = new DisposableStack()
  const statements = prepareAll(reader, prepared)
  const position = (): number => statements.position.get()?.pos ?? 0

  /** Whether event `seq` of a stream lies behind the mark. A pruned one lies before it. */
  const isAfter = (stream: number, seq: Seq, mark: number): boolean => (statements.at.get(stream, seq)?.pos ?? 0) > mark

  /** The first seq behind the mark, null if there is none: in widening steps from the head, then by halves. */
  const firstAfter = ({ id, head }: Head, mark: number): Seq | null => {
    if (!isAfter(id, head, mark)) return null
    let after = head
    let before = head - 1
    for (let step = 2; before > 0 && isAfter(id, before, mark); step *= 2) {
      after = before
      before = Math.max(0, head - step)
    }
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      if (isAfter(id, middle, mark)) after = middle
      else before = middle
    }
    return after
  }

  /** Of each stream the first events behind the mark, of those the first in the log: the cost follows what is new. */
  const find = (streams: readonly StreamId[], mark: number, limit: number): Page => {
    const positions = statements.heads.all(JSON.stringify(streams)).flatMap(stream => {
      const seq = firstAfter(stream, mark)
      return seq === null ? [] : statements.from.all(stream.id, seq, limit + 1).map(row => row.pos)
    })
    const more = positions.length > limit
    const page = positions.toSorted((a, b) => a - b).slice(0, limit)
    const rows = page.length === 0 ? [] : statements.rows.all(JSON.stringify(page))
    return { rows, position: more ? (page.at(-1) ?? mark) : position(), more }
  }

  /** All questions of `ask` see the same moment. It must not await. */
  const inOneMoment = <T>(ask: () => T): T => {
    reader.run('begin')
    try {
      return ask()
    } finally {
      reader.run('commit')
    }
  }

  return {
    position,
    async readSince(streams, mark, limit) {
      const after = parseMark(epoch, mark)
      if (after === null || after > position()) return 'resync'
      const page = inOneMoment(() => find(streams, after, limit))
      const events = await eventsOf(reads, page.rows, place => printMark(epoch, place))
      return { events, mark: printMark(epoch, page.position), more: page.more }
    },
    markNow: async () => printMark(epoch, position()),
    [Symbol.dispose]: () => prepared.dispose(),
  }
}
