// The log in memory: every committed event in order, and the head of each stream.
import type { EventBody } from '../../../core/event.ts'
import type { Seq, StreamId, Time } from '../../../core/model/ids.ts'
import { type StoredEvent, slimOf } from '../stored-event.ts'
import { Layer } from './layer.ts'

/** `pos` rises over all streams. */
interface Logged {
  readonly pos: number
  readonly event: StoredEvent
}

interface Head {
  readonly seq: Seq
  readonly at: Time
}

export interface LogChanges {
  headOf(stream: StreamId): Seq
  append(stream: StreamId, now: Time, body: EventBody): StoredEvent
  /** Forgets the events of a stream below `kept`. */
  prune(stream: StreamId, kept: Seq): void
  /** Answers where what was appended stands, in order. */
  commit(): readonly number[]
}

export interface Log {
  readonly logged: readonly Logged[]
  /** The newest position given out. */
  readonly position: number
  headOf(stream: StreamId): Seq
  change(): LogChanges
}

export const createLog = (): Log => {
  const heads = new Map<string, Head>()
  let logged: Logged[] = []
  let position = 0

  const change = (): LogChanges => {
    const own = new Layer(heads)
    const appended: StoredEvent[] = []
    const pruned = new Map<StreamId, Seq>()
    return {
      headOf: stream => own.get(stream)?.seq ?? 0,
      append(stream, now, body) {
        const before = own.get(stream) ?? { seq: 0, at: now }
        const head = { seq: before.seq + 1, at: Math.max(before.at, now) }
        own.set(stream, head)
        const event = { stream, seq: head.seq, at: head.at, body: slimOf(body) }
        appended.push(event)
        return event
      },
      prune: (stream, kept) => void pruned.set(stream, kept),
      commit() {
        const positions: number[] = []
        own.commit()
        logged = logged.filter(({ event }) => event.seq >= (pruned.get(event.stream) ?? 0))
        for (const event of appended) {
          position += 1
          logged.push({ pos: position, event })
          positions.push(position)
        }
        return positions
      },
    }
  }
  return {
    get logged() {
      return logged
    },
    get position() {
      return position
    },
    headOf: stream => heads.get(stream)?.seq ?? 0,
    change,
  }
}
