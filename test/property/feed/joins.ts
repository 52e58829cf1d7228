// The property of `join`: whatever the bus does and whenever the log answers, each sink sees its gapless suffix, once.
import fc from 'fast-check'
import { type ConversationId, conversationStream, type StreamId } from '../../../src/core/model/ids.ts'
import { changed, typing } from './facts.ts'
import {
  type Delivery,
  demandRun,
  type MakeFeed,
  type Ordeal,
  plainEncoder,
  Reader,
  rest,
  settle,
  World,
} from './world.ts'

const conversations: readonly ConversationId[] = ['a', 'b']

type Step = { readonly rest: number; readonly pick: number } & (
  | { readonly do: 'commit'; readonly into: number; readonly count: number }
  | { readonly do: 'join'; readonly into: number; readonly back: number | null; readonly leaveAfter: number | null }
  | { readonly do: 'leave' | 'wait' | Ordeal }
  | { readonly do: 'signal'; readonly into: number }
)

const common = { rest: fc.integer({ min: 0, max: 2 }), pick: fc.nat({ max: 99 }) }
const into = fc.nat({ max: conversations.length - 1 })
const plain = (what: 'leave' | 'wait' | Ordeal) => fc.record({ do: fc.constant(what), ...common })

const steps = (failures: boolean): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constant<'commit'>('commit'),
          into,
          count: fc.integer({ min: 1, max: 3 }),
          ...common,
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant<'join'>('join'),
          into,
          back: fc.option(fc.nat({ max: 5 }), { freq: 2 }),
          leaveAfter: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 2 }),
          ...common,
        }),
      },
      { weight: 6, arbitrary: plain('answer') },
      { weight: 4, arbitrary: plain('execute') },
      { weight: 5, arbitrary: plain('deliver') },
      { weight: 2, arbitrary: plain('repeat') },
      { weight: 2, arbitrary: plain('lose') },
      { weight: 2, arbitrary: plain('leave') },
      { weight: 1, arbitrary: plain('wait') },
      { weight: 1, arbitrary: fc.record({ do: fc.constant<'signal'>('signal'), into, ...common }) },
      { weight: failures ? 2 : 0, arbitrary: plain('fail') },
    ),
    { minLength: 5, maxLength: 60, size: 'max' },
  )

/** What one join is entitled to, kept while the script runs. */
class Guest {
  readonly reader = new Reader('p')
  readonly stream: StreamId
  readonly after: number | null
  /** The log's head when the join was asked for. */
  readonly askedAt: number
  /** The log's head when the join resolved; null while it has not. */
  resolvedAt: number | null = null
  failed = false
  handle: Disposable | null = null
  /** What it had seen when it left. */
  seenAtEnd: number | null = null

  constructor(stream: StreamId, after: number | null, askedAt: number) {
    this.stream = stream
    this.after = after
    this.askedAt = askedAt
  }

  leave(): void {
    if (!this.handle || this.seenAtEnd !== null) return
    this.handle[Symbol.dispose]()
    this.seenAtEnd = this.reader.notes.length
  }

  /** Throws unless it has seen exactly what it should have by now. `end` is what the log has. */
  judge(what: string, end: number): void {
    const seqs = this.reader.seqsOf(this.stream)
    const first = this.after === null ? seqs[0] : this.after + 1
    const gone = this.failed || this.seenAtEnd !== null
    if (this.seenAtEnd !== null && this.reader.notes.length !== this.seenAtEnd) throw new Error(`${what}: not let go`)
    if (!gone && this.resolvedAt === null) throw new Error(`${what}: never attached`)
    // From head: what was committed before it asked does not come, what is committed once it has joined does.
    const latest = (this.resolvedAt ?? end) + 1
    if (this.after === null && first !== undefined && (first > latest || first <= this.askedAt)) {
      throw new Error(`${what}: from head, behind ${this.askedAt}, begins at ${first}`)
    }
    const last = gone ? (seqs.at(-1) ?? 0) : end
    demandRun(what, seqs, first ?? latest, last)
  }
}

export const joinsProperty = (makeFeed: MakeFeed, delivery: Delivery, failures = false) =>
  fc.asyncProperty(steps(failures), async script => {
    const world = new World(delivery)
    const feed = makeFeed(world.ports)
    const guests: Guest[] = []

    const streamAt = (index: number) => conversationStream(conversations[index] ?? 'a')

    const join = (stream: StreamId, back: number | null, leaveAfter: number | null): void => {
      const after = back === null ? null : Math.max(0, world.head(stream) - back)
      const guest = new Guest(stream, after, world.head(stream))
      guests.push(guest)
      let frames = 0
      guest.reader.onFrame = () => {
        frames += 1
        if (frames === leaveAfter) guest.leave()
      }
      feed.join(guest.reader, stream, plainEncoder, after === null ? 'head' : { after }).then(
        handle => {
          guest.handle = handle
          guest.resolvedAt = world.head(stream)
          if (leaveAfter !== null && frames >= leaveAfter) guest.leave()
        },
        () => {
          guest.failed = true
        },
      )
    }

    const perform = (step: Step): void => {
      const { pick } = step
      if (step.do === 'commit') commit(step.into, step.count)
      else if (step.do === 'join') join(streamAt(step.into), step.back, step.leaveAfter)
      else if (step.do === 'signal') world.publish(typing(streamAt(step.into), 'a'))
      else if (step.do === 'leave') guests[pick % Math.max(1, guests.length)]?.leave()
      else if (step.do === 'wait') world.clock.advance(5_000)
      else world[step.do](pick)
    }

    const commit = (index: number, count: number): void => {
      const id = conversations[index] ?? 'a'
      const stream = streamAt(index)
      world.commit(Array.from({ length: count }, () => [stream, changed(id)] as const))
      if (delivery !== 'immediate') return
      // On the local bus, whoever has joined has it when the commit returns.
      for (const guest of guests) {
        if (guest.stream === stream && guest.resolvedAt !== null) guest.judge('at once', world.head(stream))
      }
    }

    for (const step of script) {
      perform(step)
      await rest(step.rest)
    }
    await world.quiesce()
    for (const [index, guest] of guests.entries()) guest.judge(`guest ${index}`, world.head(guest.stream))
    if (!failures && world.errors.length > 0) throw world.errors[0]

    for (const guest of guests) guest.leave()
    await settle()
    if (feed.topicCount !== 0) throw new Error(`${feed.topicCount} topics without sinks`)
    await feed[Symbol.asyncDispose]()
  })
