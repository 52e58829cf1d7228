// The property: whatever happens, and however a client comes and goes, it gets everything that is its, in order, and nothing else.
import fc from 'fast-check'
import { type Actor, type Event, faultIn } from '../../../src/core/index.ts'
import { Reader } from './reader.ts'
import { type Parts, Stage, settled } from './stage.ts'

/** `pick` and `more` are taken modulo what there is. */
type Step =
  | { readonly type: 'say' | 'burst' | 'whisper' | 'in' | 'out' | 'rename'; readonly pick: number }
  | { readonly type: 'group' | 'settle' | 'restart' | 'ask' }
  | { readonly type: 'connect' | 'forge'; readonly stream: boolean }
  /** Comes back while others talk, and listens on. */
  | { readonly type: 'return'; readonly by: 'websocket' | 'sse' | 'polling'; readonly pick: number }
  | { readonly type: 'take' | 'die'; readonly more: number }
  | { readonly type: 'poll'; readonly wait: boolean; readonly limit: number; readonly more: number }

const pick = fc.nat(7)
const more = fc.oneof(fc.nat(12), fc.constant(1000))
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant('say' as const), pick }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('burst' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('whisper', 'in', 'out', 'rename'), pick }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('group', 'ask') }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('settle' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('connect' as const), stream: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('return' as const),
      by: fc.constantFrom('websocket', 'sse', 'polling'),
      pick,
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('forge' as const), stream: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('take', 'die'), more }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('poll' as const),
      wait: fc.boolean(),
      limit: fc.integer({ min: 1, max: 20 }),
      more,
    }),
  },
) as fc.Arbitrary<Step>

/** What somebody is owed of the log: what was told while he was in it, and he was not put out since. */
const owed = (log: readonly Event[], id: string, from: number): ReadonlyMap<string, string> => {
  const texts = new Map<string, string>()
  const inside = new Set<string>()
  for (const { body, stream, mark } of log) {
    const position = Number(mark?.split('.').at(-1))
    if (stream === `profile/${id}`) {
      if (body.type === 'membership.began') inside.add(body.conversation.id)
      if (body.type === 'membership.ended') {
        inside.delete(body.conversation.id)
        for (const [message, conversation] of texts) if (conversation === body.conversation.id) texts.delete(message)
      }
    }
    if (body.type !== 'message.sent' || position <= from || !inside.has(body.message.conversation.id)) continue
    texts.set(body.message.id, body.message.conversation.id)
  }
  return texts
}

/** All conversations somebody was ever in. */
const everIn = (log: readonly Event[], id: string): ReadonlySet<string> =>
  new Set(
    log.flatMap(({ body, stream }) =>
      stream === `profile/${id}` && body.type === 'membership.began' ? [body.conversation.id] : [],
    ),
  )

class Play {
  readonly #stage: Stage
  readonly #ada: Actor
  readonly #bob: Actor
  readonly #eve: Actor
  readonly #reader: Reader
  /** Of ada and eve; bob comes and goes. */
  readonly #groups: string[] = []
  readonly #secrets: string[] = []
  readonly #pending = new Set<Promise<unknown>>()
  readonly #faults: string[] = []
  #said = 0

  constructor(stage: Stage, [ada, bob, eve]: readonly [Actor, Actor, Actor]) {
    this.#stage = stage
    this.#ada = ada
    this.#bob = bob
    this.#eve = eve
    this.#reader = new Reader(stage, bob)
  }

  async begin(): Promise<void> {
    await this.#makeGroup()
    await this.#makeGroup()
    const secret = await this.#stage.core.conversations.create(this.#ada, { memberIds: [this.#eve.profile.id] })
    this.#secrets.push(secret.conversation.id)
    await this.#reader.connect(false)
  }

  async run(step: Step): Promise<void> {
    switch (step.type) {
      case 'say':
        return this.#start(this.#say(this.#groups, step.pick))
      case 'burst':
        return this.#start(this.#burst(step.pick))
      case 'whisper':
        return this.#start(this.#say(this.#secrets, step.pick))
      case 'group':
        return this.#start(this.#makeGroup())
      case 'ask':
        return this.#start(this.#stage.core.contacts.request(this.#ada, this.#bob.profile.id, null))
      case 'in':
      case 'out':
      case 'rename':
        return this.#start(this.#change(step.type, step.pick))
      case 'settle':
        return this.#settle()
      case 'restart':
        await this.#settle()
        await this.#reader.die(step.type.length)
        return this.#stage.restart()
      case 'connect':
        return this.#reader.connect(step.stream)
      case 'return':
        await this.#return(step.by === 'polling' ? null : step.by === 'sse')
        await this.#burst(step.pick)
        return this.#settle()
      case 'forge':
        // What was owed until here is no longer, after a new beginning.
        await this.#look()
        return this.#reader.connect(step.stream, forged(this.#reader.token, step.stream))
      case 'take':
        return this.#reader.take(step.more)
      case 'die':
        return this.#reader.die(step.more)
      case 'poll': {
        await this.#reader.die(step.more)
        const polled = this.#reader.poll({ wait: step.wait ? 20_000 : 0, limit: step.limit, more: step.more })
        // A poll that waits may be overtaken by what comes next; no other one.
        return step.wait ? this.#start(polled) : polled
      }
    }
  }

  /** What is wrong. */
  async end(): Promise<readonly string[]> {
    await this.#look()
    return [...this.#reader.faults, ...this.#faults, ...this.#stage.errors.map(String)]
  }

  /** Comes back once more, and compares what was taken with the log. */
  async #look(): Promise<void> {
    await this.#settle()
    await this.#reader.finish(this.#said % 2 === 0)
    const { id } = this.#bob.profile
    const log = await this.#stage.log([id], [...this.#groups, ...this.#secrets])
    const got = new Set<string>()
    const allowed = everIn(log, id)
    for (const { type, channel_id, payload } of this.#reader.taken) {
      if (type === 'chat.message.created') got.add(payload.message.id)
      if (channel_id && !allowed.has(channel_id)) this.#faults.push(`${type} of somebody else's channel`)
    }
    const missing = [...owed(log, id, this.#reader.owedFrom).keys()].filter(message => !got.has(message))
    for (const message of missing) this.#faults.push(`lost: ${message}`)
  }

  /** Begins something that goes on while the next steps are done. */
  #start(work: Promise<unknown>): void {
    const guarded = work
      .catch(error => {
        // Refused for good reasons: out already, a request made before.
        if (!faultIn(error)) this.#faults.push(String(error))
      })
      .finally(() => this.#pending.delete(guarded))
    this.#pending.add(guarded)
  }

  async #settle(): Promise<void> {
    for (let i = 0; i < 20 && this.#pending.size > 0; i++) {
      await settled()
      // Polls have waited long enough.
      if (i > 1) this.#stage.clock.advance(20_000)
    }
    await Promise.all(this.#pending)
    await settled()
  }

  async #say(where: readonly string[], at: number): Promise<void> {
    const id = where[at % where.length] ?? ''
    const who = at % 2 ? this.#ada : this.#eve
    await this.#stage.core.messages.send(who, id, { kind: 'text', text: `${this.#said++}` })
  }

  /** By an event stream, or a socket, or (null) by a poll that waits. */
  async #return(stream: boolean | null): Promise<void> {
    if (stream !== null) return this.#reader.connect(stream)
    await this.#reader.die(Number.POSITIVE_INFINITY)
    this.#start(this.#reader.poll({ wait: 20_000, limit: 100, more: 1000 }))
  }

  /** Some in a row, so that one of them falls into whatever is going on. */
  async #burst(at: number): Promise<void> {
    for (let i = 0; i < 12; i++) {
      this.#start(this.#say(this.#groups, at + i))
      for (let turn = 0; turn < 5 + 10 * at; turn++) await Promise.resolve()
    }
  }

  async #makeGroup(): Promise<void> {
    const memberIds = [this.#bob.profile.id, this.#eve.profile.id]
    const { conversation } = await this.#stage.core.conversations.create(this.#ada, { memberIds })
    this.#groups.push(conversation.id)
    this.#start(this.#say([conversation.id], this.#said))
  }

  async #change(what: 'in' | 'out' | 'rename', at: number): Promise<void> {
    const id = this.#groups[at % this.#groups.length] ?? ''
    const { core } = this.#stage
    const bob = this.#bob.profile.id
    if (what === 'out') await core.members.kick(this.#ada, id, bob)
    else if (what === 'rename') await core.conversations.update(this.#ada, id, { title: `Title ${at}` })
    else await core.members.add(this.#ada, id, [bob], { skipPresent: true })
  }
}

/** Of another database, or of a place a little further on. */
const forged = (token: string | null, further: boolean): string => {
  if (token === null) return 'x'
  return further
    ? token.replace(/\.(\d+)~/, (_, place) => `.${Number(place) + 2}~`)
    : token.replace(/^./, first => (first === '0' ? '1' : '0'))
}

let runs = 0

export const resumeProperty = (parts: Parts): fc.IAsyncPropertyWithHooks<[number, Step[]]> =>
  fc.asyncProperty(fc.nat(), fc.array(step, { minLength: 5, maxLength: 60 }), async (seed, steps) => {
    await using stage = await Stage.open(parts, seed)
    const run = runs++
    const people = [await stage.person(`ada${run}`), await stage.person(`bob${run}`), await stage.person(`eve${run}`)]
    const play = new Play(stage, people as unknown as readonly [Actor, Actor, Actor])
    await play.begin()
    for (const each of steps) await play.run(each)
    const faults = await play.end()
    if (faults.length > 0) throw new Error(faults.join('\n'))
  })
