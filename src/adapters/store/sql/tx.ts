// One transaction over one connection. Beginning, committing and undoing it are the engine's.
import type { Event } from '../../../core/event.ts'
import { conversationStream, type Seq, type StreamId, type Time } from '../../../core/model/ids.ts'
import { type Reads, type TableName, type Tables, type Tx, UniqueError } from '../../../core/ports/store.ts'
import type { Authored } from './authored.ts'
import type { Executor } from './engine.ts'
import { eraseRows } from './erase.ts'
import { appendEvent, headOf, type MarkAt } from './log.ts'
import type { Compiled } from './reads.ts'
import { rowWrites } from './rows.ts'

/** What a transaction runs on. */
export interface TxGround {
  readonly compiled: Compiled
  readonly run: Executor
  readonly reads: Reads
  readonly authored: Authored
  readonly now: () => Time
  readonly markAt: MarkAt
  readonly lock: (names: readonly string[]) => Promise<void>
}

export interface OpenTx {
  readonly tx: Tx
  /** What was appended so far, in order. */
  readonly events: readonly Event[]
  /** Whether there is anything to undo. */
  readonly wrote: boolean
  /**
   * The first write that failed. It undoes the whole transaction, even where the work caught the error: PostgreSQL leaves
   * no choice, so no store does otherwise.
   */
  readonly failed: { readonly error: unknown } | null
  /** Ends the use of `tx`: later writes through it throw. */
  end(): void
}

export const openTx = ({ compiled, run, reads, authored, now, markAt, lock }: TxGround): OpenTx => {
  const events: Event[] = []
  const writes = rowWrites(compiled.rows, run)
  let wrote = false
  let over = false
  let failed: { readonly error: unknown } | null = null

  const guarded = async <T>(write: () => Promise<T>): Promise<T> => {
    if (over) throw new Error('this transaction is over')
    if (failed) throw failed.error
    try {
      const result = await write()
      wrote = true
      return result
    } catch (error) {
      failed ??= { error }
      // A statement that breaks a uniqueness rule changes nothing.
      wrote ||= !(error instanceof UniqueError)
      throw error
    }
  }

  const write = async <T extends TableName>(how: 'insert' | 'put', table: T, row: Tables[T]): Promise<void> => {
    await writes[how](table, row)
    if (table === 'message') await authored.wrote(row as Tables['message'])
  }

  /** The first seq that this transaction gave out in a stream, else the newest there is. */
  const firstKept = async (stream: StreamId): Promise<Seq> =>
    events.find(event => event.stream === stream)?.seq ?? headOf(compiled.log, run, stream)

  const tx: Tx = {
    ...reads,
    lock: (...names) => lock(names),
    insert: (table, row) => guarded(() => write('insert', table, row)),
    put: (table, row) => guarded(() => write('put', table, row)),
    remove: (table, key) => guarded(() => writes.remove(table, key)),
    nextNum: () =>
      guarded(async () => {
        const next = await run.get(compiled.counter, { name: 'num' })
        if (!next) throw new Error('no number')
        return next.value
      }),
    append: (stream, body) =>
      guarded(async () => {
        const event = await appendEvent(compiled.log, run, now(), stream, body, markAt)
        events.push(event)
        return event
      }),
    eraseConversation: id =>
      guarded(async () => {
        const name = conversationStream(id)
        await eraseRows(compiled.erase, run, id)
        await run.run(compiled.log.prune, { name, below: await firstKept(name) })
      }),
  }
  return {
    tx,
    events,
    get wrote() {
      return wrote
    },
    get failed() {
      return failed
    },
    end() {
      over = true
    },
  }
}
