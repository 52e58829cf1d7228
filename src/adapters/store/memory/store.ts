// The store that keeps nothing: the oracle the others are held against, and the ground of fast tests.
import type { Clock } from '../../../base/clock.ts'
import { newRandomId } from '../../../base/id.ts'
import type { Event } from '../../../core/event.ts'
import { type ConversationId, conversationStream } from '../../../core/model/ids.ts'
import type { Store, Tx } from '../../../core/ports/store.ts'
import { parseMark, printMark } from '../mark.ts'
import { hydrate } from '../stored-event.ts'
import { createLog, type LogChanges } from './log.ts'
import { createReads } from './reads.ts'
import { createRows, type RowChanges } from './rows.ts'

export interface MemoryStoreOptions {
  readonly clock: Clock
}

/** One transaction's changes and what it appended. */
interface Change {
  readonly tx: Tx
  readonly events: readonly Event[]
  /** The first write that failed: it undoes the transaction, even where the work caught the error. */
  readonly failed: { readonly error: unknown } | null
  /** Ends the use of `tx`. */
  end(): void
  /** Answers where what was appended stands, in order. */
  commit(): readonly number[]
}

const eraseRows = (rows: RowChanges, id: ConversationId): void => {
  const messageIds = new Set(
    rows
      .all('message')
      .filter(m => m.conversationId === id)
      .map(m => m.id),
  )
  for (const table of ['reaction', 'reminder', 'attachmentUse'] as const) {
    for (const row of rows.all(table)) if (messageIds.has(row.messageId)) rows.remove(table, row)
  }
  for (const table of [
    'message',
    'application',
    'mute',
    'member',
    'pastMember',
    'pin',
    'preference',
    'invite',
    'placement',
  ] as const) {
    for (const row of rows.all(table)) if (row.conversationId === id) rows.remove(table, row)
  }
  rows.remove('conversation', { id })
}

export const createMemoryStore = ({ clock }: MemoryStoreOptions): Store => {
  const epoch = newRandomId()
  const rows = createRows()
  const log = createLog()
  const read = createReads(rows, log.headOf)
  const listeners: ((events: readonly Event[]) => void)[] = []
  let num = 0
  let closed = false
  /** Resolves when the transaction before is over. */
  let before: Promise<unknown> = Promise.resolve()

  const begin = (): Change => {
    const mine = rows.change()
    const appended: LogChanges = log.change()
    const events: Event[] = []
    let over = false
    let failed: { readonly error: unknown } | null = null
    const guarded = async <T>(write: () => T): Promise<T> => {
      if (over) throw new Error('this transaction is over')
      if (failed) throw failed.error
      try {
        return write()
      } catch (error) {
        failed = { error }
        throw error
      }
    }
    const tx: Tx = {
      ...createReads(mine, appended.headOf),
      lock: () => guarded(() => {}),
      insert: (table, row) => guarded(() => mine.insert(table, row)),
      put: (table, row) => guarded(() => mine.put(table, row)),
      remove: (table, key) => guarded(() => mine.remove(table, key)),
      nextNum: () =>
        guarded(() => {
          num += 1
          return num
        }),
      append: (stream, body) =>
        guarded(() => {
          const { seq, at } = appended.append(stream, clock.now(), body)
          const event = { stream, seq, at, body }
          events.push(event)
          return event
        }),
      eraseConversation: id =>
        guarded(() => {
          eraseRows(mine, id)
          const stream = conversationStream(id)
          // What this transaction appended stays, and the newest event in any case.
          appended.prune(stream, events.find(event => event.stream === stream)?.seq ?? appended.headOf(stream))
        }),
    }
    return {
      tx,
      events,
      get failed() {
        return failed
      },
      end() {
        over = true
      },
      commit() {
        mine.commit()
        return appended.commit()
      },
    }
  }

  const run = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    const change = begin()
    const result = await work(change.tx).finally(change.end)
    if (change.failed) throw change.failed.error
    const positions = change.commit()
    const events = change.events.map((event, i) => ({ ...event, mark: printMark(epoch, positions[i] ?? 0) }))
    if (events.length > 0) for (const listener of listeners) listener(events)
    return result
  }

  return {
    epoch,
    read,
    transact(work) {
      if (closed) return Promise.reject(new Error('the store is closed'))
      const result = before.then(() => run(work))
      before = result.catch(() => {})
      return result
    },
    onCommit: listener => void listeners.push(listener),
    async readStream(stream, { after, limit }) {
      const stored = log.logged.flatMap(({ event }) => (event.stream === stream && event.seq > after ? event : []))
      return (await hydrate(read, stored)).slice(0, limit)
    },
    async readSince(streams, mark, limit) {
      const after = parseMark(epoch, mark)
      const upTo = log.position
      if (after === null || after > upTo) return 'resync'
      const found = log.logged.filter(({ pos, event }) => pos > after && streams.includes(event.stream))
      const more = found.length > limit
      const page = more ? found.slice(0, limit) : found
      const position = more ? (page.at(-1)?.pos ?? after) : upTo
      const events = await hydrate(
        read,
        page.map(({ pos, event }) => ({ ...event, mark: printMark(epoch, pos) })),
      )
      return { events, mark: printMark(epoch, position), more }
    },
    markNow: async () => printMark(epoch, log.position),
    async [Symbol.asyncDispose]() {
      closed = true
      await before
    },
  }
}
