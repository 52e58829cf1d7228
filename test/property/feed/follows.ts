// The property of `follow`: a follower hears his own stream, and of every conversation what was said while he was in it.
import fc from 'fast-check'
import { type ConversationId, conversationStream, profileStream, type Seq } from '../../../src/core/model/ids.ts'
import { isEvent } from '../../../src/core/ports/bus.ts'
import { blockSet, changed, ended, joined, left, membershipBegan, membershipEnded, typing } from './facts.ts'
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

const me = 'p'
const mine = profileStream(me)
const conversations: readonly ConversationId[] = ['a', 'b', 'c']

type Plain = 'follow' | 'unfollow' | 'personal' | 'wait' | Ordeal
type Placed = 'begin' | 'beginLate' | 'end' | 'close' | 'post' | 'attend' | 'signal'

interface Step {
  readonly do: Plain | Placed
  readonly pick: number
  readonly into: number
  readonly rest: number
}

const weights = (failures: boolean): { readonly [K in Step['do']]: number } => ({
  begin: 4,
  beginLate: 2,
  end: 5,
  close: 1,
  post: 8,
  attend: 2,
  signal: 1,
  follow: 4,
  unfollow: 1,
  personal: 2,
  wait: 1,
  deliver: 7,
  repeat: 2,
  lose: 2,
  execute: 4,
  answer: 8,
  fail: failures ? 5 : 0,
})

const scripts = (failures: boolean): fc.Arbitrary<readonly Step[]> => {
  const kinds = Object.entries(weights(failures)).map(([kind, weight]) => ({
    weight,
    arbitrary: fc.constant(kind as Step['do']),
  }))
  const step = fc.record({
    do: fc.oneof(...kinds),
    pick: fc.nat({ max: 99 }),
    into: fc.nat({ max: conversations.length - 1 }),
    rest: fc.integer({ min: 0, max: 2 }),
  })
  return fc.array(step, { minLength: 5, maxLength: 80, size: 'max' })
}

/** One membership of mine: events of the conversation behind `after`, up to `last`. */
interface Membership {
  readonly id: ConversationId
  readonly after: Seq
  /** Where my stream tells of its beginning and end. */
  readonly began: Seq
  last: Seq | null
  over: Seq | null
  /** Followers who were attached and calm when it ended: they have all of it. */
  readonly whole: Set<Following>
}

/** What was committed where, at some moment. */
type Heads = ReadonlyMap<string, Seq>

class Following {
  readonly reader = new Reader(me)
  readonly askedAt: Heads
  handle: Disposable | null = null
  resolvedAt: Heads | null = null
  failed = false
  seenAtEnd: number | null = null

  constructor(askedAt: Heads) {
    this.askedAt = askedAt
  }

  get gone(): boolean {
    return this.failed || this.seenAtEnd !== null
  }

  leave(): void {
    if (!this.handle || this.seenAtEnd !== null) return
    this.handle[Symbol.dispose]()
    this.seenAtEnd = this.reader.notes.length
  }

  judge(world: World, memberships: readonly Membership[]): void {
    if (this.seenAtEnd !== null && this.reader.notes.length !== this.seenAtEnd) throw new Error('not let go')
    if (!this.gone && !this.resolvedAt) throw new Error('never attached')
    const own = this.reader.seqsOf(mine)
    const firstOwn = this.#first('own events', mine, own)
    demandRun('own events', own, firstOwn, this.gone ? (own.at(-1) ?? 0) : world.head(mine))

    let count = 0
    for (const membership of memberships) count += this.#judgeMembership(world, membership, firstOwn, own.at(-1) ?? 0)
    const heard = this.reader.notes.filter(note => isEvent(note) && note.stream !== mine).length
    if (heard !== count) throw new Error(`${heard - count} events outside any membership`)
  }

  /** Answers how many events of this membership were heard. */
  #judgeMembership(world: World, membership: Membership, firstOwn: Seq, lastOwn: Seq): number {
    const { id, after, began, last, over } = membership
    const stream = conversationStream(id)
    const end = last ?? world.head(stream)
    const heard = this.reader.seqsOf(stream).filter(seq => seq > after && seq <= end)
    const what = `${id} behind ${after}`
    const toldOfBeginning = began >= firstOwn && began <= lastOwn
    const first = toldOfBeginning ? after + 1 : this.#first(what, stream, heard)
    // Whatever stood, or was told of, is heard to its end; what ended before it was caught up may stop anywhere before.
    const complete = membership.whole.has(this) || (!this.gone && last === null)
    demandRun(what, heard, first, complete ? end : (heard.at(-1) ?? 0))

    const { notes } = this.reader
    const told = (seq: Seq | null) => notes.findIndex(note => isEvent(note) && note.stream === mine && note.seq === seq)
    const from = told(began)
    const to = told(over)
    for (const [at, note] of notes.entries()) {
      if (!isEvent(note) || note.stream !== stream || note.seq <= after || note.seq > end) continue
      if (from >= 0 && at < from) throw new Error(`${what}: heard before it began`)
      if (to >= 0 && at > to) throw new Error(`${what}: heard after it was over`)
    }
    return heard.length
  }

  /** Where what was heard from head begins: not before it was asked for, and not after it was answered. */
  #first(what: string, stream: string, heard: readonly Seq[]): Seq {
    const asked = this.askedAt.get(stream) ?? 0
    const latest = (this.resolvedAt?.get(stream) ?? Number.MAX_SAFE_INTEGER) + 1
    const first = heard[0] ?? latest
    if (first > latest || first <= asked) throw new Error(`${what}: from head, behind ${asked}, begins at ${first}`)
    return first
  }
}

/** Runs one script, keeping the books of who was in what when. */
class Play {
  readonly world: World
  readonly followings: Following[] = []
  readonly #feed: ReturnType<MakeFeed>
  readonly #memberships: Membership[] = []
  readonly #closed = new Set<ConversationId>()
  readonly #attended = new Set<ConversationId>()
  readonly #attendances: Disposable[] = []
  /** Nothing was under way when the step began. */
  #calm = true

  constructor(world: World, feed: ReturnType<MakeFeed>) {
    this.world = world
    this.#feed = feed
  }

  async run(script: readonly Step[]): Promise<void> {
    for (const step of script) {
      this.#perform(step)
      await rest(step.rest)
      this.#calm = step.rest === 2 && this.world.pending.length === 0
    }
    await this.world.quiesce()
    for (const following of this.followings) following.judge(this.world, this.#memberships)
  }

  /** Everybody goes; nothing may be left behind. */
  async end(): Promise<void> {
    for (const following of this.followings) following.leave()
    for (const attendance of this.#attendances) attendance[Symbol.dispose]()
    await settle()
    if (this.#feed.topicCount !== 0) throw new Error(`${this.#feed.topicCount} topics without sinks`)
    await this.#feed[Symbol.asyncDispose]()
  }

  #perform(step: Step): void {
    const id = conversations[step.into] ?? 'a'
    if (step.do === 'begin' || step.do === 'beginLate') this.#begin(id, step.do === 'begin')
    else if (step.do === 'end' || step.do === 'close') this.#end(id, step.do === 'close')
    else if (step.do === 'post') this.#post(id)
    else if (step.do === 'attend') this.#attend(id)
    else if (step.do === 'signal') this.world.publish(typing(conversationStream(id), id))
    else if (step.do === 'follow') this.#follow()
    else if (step.do === 'unfollow') this.followings[step.pick % Math.max(1, this.followings.length)]?.leave()
    else if (step.do === 'personal') this.world.commit([[mine, blockSet()]])
    else if (step.do === 'wait') this.world.clock.advance(5_000)
    else this.world[step.do](step.pick)
  }

  #standing(id: ConversationId): Membership | undefined {
    return this.#memberships.find(membership => membership.id === id && membership.last === null)
  }

  /** The core tells the newcomer first; the other order must do as well. */
  #begin(id: ConversationId, newcomerFirst: boolean): void {
    if (this.#standing(id) || this.#closed.has(id)) return
    const { world } = this
    const stream = conversationStream(id)
    const after = world.head(stream)
    this.#memberships.push({ id, after, began: world.head(mine) + 1, last: null, over: null, whole: new Set() })
    world.conversationsOf(me).add(id)
    const began = [mine, membershipBegan(id, after)] as const
    const arrival = [stream, joined(id, me)] as const
    world.commit(newcomerFirst ? [began, arrival] : [arrival, began])
    if (newcomerFirst && this.#attended.has(id)) this.#demandAtOnce(id)
  }

  #end(id: ConversationId, close: boolean): void {
    const membership = this.#standing(id)
    if (!membership) return
    const { world } = this
    const stream = conversationStream(id)
    membership.last = world.head(stream) + 1
    membership.over = world.head(mine) + 1
    world.conversationsOf(me).delete(id)
    if (close) this.#closed.add(id)
    if (this.#isPrompt()) for (const each of this.#attached()) membership.whole.add(each)
    world.commit([
      [stream, close ? ended(id) : left(id, me)],
      [mine, membershipEnded(id)],
    ])
  }

  #post(id: ConversationId): void {
    if (this.#closed.has(id)) return
    this.world.commit([[conversationStream(id), changed(id)]])
    if (this.#standing(id)) this.#demandAtOnce(id)
  }

  #attend(id: ConversationId): void {
    this.#feed.join(new Reader('q'), conversationStream(id), plainEncoder, 'head').then(
      attendance => {
        this.#attendances.push(attendance)
        this.#attended.add(id)
      },
      () => {},
    )
  }

  #follow(): void {
    const following = new Following(this.#heads())
    this.followings.push(following)
    this.#feed.follow(following.reader, plainEncoder).then(
      handle => {
        following.handle = handle
        following.resolvedAt = this.#heads()
      },
      () => {
        following.failed = true
      },
    )
  }

  #heads(): Heads {
    const streams = [mine, ...conversations.map(conversationStream)]
    return new Map(streams.map(stream => [stream, this.world.head(stream)]))
  }

  #isPrompt(): boolean {
    return this.world.delivery === 'immediate' && this.#calm
  }

  #attached(): readonly Following[] {
    return this.followings.filter(each => each.resolvedAt !== null && !each.gone)
  }

  /** On the local bus, with nothing under way, what was committed has arrived when the commit returns. */
  #demandAtOnce(id: ConversationId): void {
    if (!this.#isPrompt()) return
    const stream = conversationStream(id)
    for (const { reader } of this.#attached()) {
      if (reader.seqsOf(stream).at(-1) !== this.world.head(stream)) throw new Error(`${id}: not heard at once`)
    }
  }
}

export const followsProperty = (makeFeed: MakeFeed, delivery: Delivery, failures = false) =>
  fc.asyncProperty(scripts(failures), async script => {
    const world = new World(delivery)
    const play = new Play(world, makeFeed(world.ports))
    await play.run(script)
    if (!failures && world.errors.length > 0) throw world.errors[0]
    await play.end()
  })
