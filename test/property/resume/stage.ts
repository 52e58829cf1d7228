// openchat's live half on a core in this process: reads take as long as the schedule says, and links only collect frames.
import { createLocalBus } from '../../../src/adapters/bus/local/local.ts'
import { createLocalPresence } from '../../../src/adapters/presence/local/local.ts'
import { createLocalRates } from '../../../src/adapters/rates/local/local.ts'
import { createMemoryStore } from '../../../src/adapters/store/memory/store.ts'
import { manualClock } from '../../../src/base/clock.ts'
import { createLogger } from '../../../src/base/log.ts'
import {
  type Actor,
  type BlobStore,
  type Core,
  conversationStream,
  createCore,
  type Event,
  type Frame,
  type Mark,
  type Profile,
  profileStream,
  type Store,
} from '../../../src/core/index.ts'
import { openSession } from '../../../src/dialects/openchat/auth.ts'
import { createDeferred } from '../../../src/dialects/openchat/deferred.ts'
import { createChannels } from '../../../src/dialects/openchat/outbound.channels.ts'
import type * as connection from '../../../src/dialects/openchat/realtime/connection.ts'
import type * as handshake from '../../../src/dialects/openchat/realtime/handshake.ts'
import type * as polling from '../../../src/dialects/openchat/realtime/polling.ts'
import type * as serverFeed from '../../../src/dialects/openchat/realtime/server-feed.ts'
import { createScope, type Scope } from '../../../src/dialects/openchat/scope.ts'
import type { Link, RouteRequest } from '../../../src/host/dialect.ts'

/** What is tested: the real thing, or one with a bug. */
export type Parts = Pick<typeof connection, 'Connection'> &
  Pick<typeof polling, 'createPolling'> &
  Pick<typeof serverFeed, 'createServerFeeds'> &
  Pick<typeof handshake, 'identifyListener'>

/** One frame as clients see it. */
export interface Envelope {
  readonly type: string
  readonly channel_id?: string
  readonly stream: string
  readonly event_id: string
  // biome-ignore lint/suspicious/noExplicitAny: what is sent is looked into, not relied upon
  readonly payload: any
  readonly resume_token?: string
}

/** A connection under way or open; `frames` grow as long as it is not cut. */
export interface Wire {
  readonly frames: readonly Envelope[]
  /** How it was closed from the other side. */
  readonly code: number | null
  readonly opened: Promise<void>
  /** Where the log stood when hello was said. */
  readonly begun: Promise<Mark>
  cut(): void
}

export interface Answer {
  readonly events: readonly Envelope[]
  readonly resume_token: string
}

const noFiles: BlobStore = {
  write: () => Promise.reject(new Error('no files here')),
  read: async () => null,
  remove: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
}

const passwords = { hash: async () => crypto.randomUUID(), verify: async () => true }

/** Numbers that are random and the same again. */
const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const SLOW = ['headOf', 'conversationIdsOf', 'readStream', 'readSince', 'get'] as const

/** Every third read of those that matter takes some turns longer. */
const slowed = <T extends object>(whole: T, random: () => number): T =>
  new Proxy(whole, {
    get(target, name) {
      const value = Reflect.get(target, name, target)
      if (name === 'read') return slowed(value as object, random)
      if (typeof value !== 'function') return value
      const bound = value.bind(target)
      if (!SLOW.some(each => each === name)) return bound
      return async (...given: unknown[]) => {
        const turns = random() < 0.3 ? Math.floor(random() * 60) : 0
        for (let i = 0; i < turns; i++) await Promise.resolve()
        const answer = await bound(...given)
        for (let i = 0; i < turns; i++) await Promise.resolve()
        return answer
      }
    },
  })

/** Lets everything that is under way come to its end. */
export const settled = async (): Promise<void> => {
  for (let i = 0; i < 4; i++) await new Promise(resolve => setImmediate(resolve))
}

export class Stage implements AsyncDisposable {
  readonly clock: ReturnType<typeof manualClock>
  readonly errors: unknown[]
  readonly #parts: Parts
  readonly #store: Store
  readonly #wires = new Set<Wire>()
  readonly #tokens = new Map<string, string>()
  #core: Core
  #scope: Scope
  #realtime: connection.Realtime
  #poll: (request: RouteRequest) => Promise<Response>

  private constructor(parts: Parts, store: Store, core: Core, clock: Stage['clock'], errors: unknown[]) {
    this.clock = clock
    this.errors = errors
    this.#parts = parts
    this.#store = store
    this.#core = core
    const { scope, realtime } = this.#build()
    this.#scope = scope
    this.#realtime = realtime
    this.#poll = parts.createPolling(realtime)
  }

  static async open(parts: Parts, seed: number): Promise<Stage> {
    const clock = manualClock()
    const store = slowed(await createMemoryStore({ clock }), randomFrom(seed))
    const errors: unknown[] = []
    return new Stage(parts, store, await startCore(store, clock, errors), clock, errors)
  }

  get core(): Core {
    return this.#core
  }

  async person(handle: string): Promise<Actor> {
    const profile: Profile = await this.#core.accounts.register({ handle, password: 'password', address: '127.0.0.1' })
    const { homeId: space, door } = this.#scope
    const { token } = await openSession(this.#scope, profile, { space, kind: 'password', deviceId: 'laptop' })
    this.#tokens.set(profile.id, token)
    return { accountId: profile.accountId, profile, sessionId: null, door }
  }

  connect(who: Actor, token: string | null, comesAndGoes: boolean): Wire {
    const frames: Envelope[] = []
    let over = false
    let code: number | null = null
    let attached: { closed(): void } | null = null
    const begun = Promise.withResolvers<Mark>()
    const take = (frame: Frame): void => {
      if (over) return
      if (frames.length === 0) begun.resolve(this.#store.markNow())
      frames.push(JSON.parse(String(frame)))
    }
    const link: Link = {
      id: crypto.randomUUID(),
      write: take,
      push: take,
      hold: () => ({ [Symbol.dispose]: () => undefined }),
      close(given) {
        code ??= given
        wire.cut()
      },
      get closed() {
        return over
      },
    }
    const open = async (): Promise<void> => {
      const identity = await this.#parts.identifyListener(this.#scope, this.#request(who, {}))
      const mine = new this.#parts.Connection(this.#realtime, link, identity, comesAndGoes)
      await mine.open(token)
      if (over) mine.closed()
      else attached = mine
    }
    const wire: Wire = {
      frames,
      get code() {
        return code
      },
      opened: open(),
      begun: begun.promise,
      cut: () => {
        over = true
        this.#wires.delete(wire)
        attached?.closed()
        attached = null
      },
    }
    // Whoever waits for it is told.
    wire.opened.catch(() => {})
    this.#wires.add(wire)
    return wire
  }

  async poll(who: Actor, fields: { readonly token: string; readonly wait: number; readonly limit: number }) {
    const { token, wait, limit } = fields
    const query = { resume_token: token, timeout_ms: `${wait}`, limit: `${limit}` }
    const response = await this.#poll(this.#request(who, query))
    return (await response.json()) as Answer
  }

  /** All links end, and another process begins on the same store. */
  async restart(): Promise<void> {
    for (const wire of [...this.#wires]) wire.cut()
    await settled()
    await this.#core[Symbol.asyncDispose]()
    this.#core = await startCore(this.#store, this.clock, this.errors)
    const { scope, realtime } = this.#build()
    this.#scope = scope
    this.#realtime = realtime
    this.#poll = this.#parts.createPolling(realtime)
  }

  /** Every event of these people and conversations, in the order of the log. */
  async log(people: readonly string[], conversations: readonly string[]): Promise<readonly Event[]> {
    const streams = [...people.map(profileStream), ...conversations.map(conversationStream)]
    const all = await this.#store.readSince(streams, `${this.#core.epoch}.0`, Number.MAX_SAFE_INTEGER)
    if (all === 'resync') throw new Error('the log does not know its own beginning')
    return all.events
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const wire of [...this.#wires]) wire.cut()
    await settled()
    await this.#core[Symbol.asyncDispose]()
    await this.#store[Symbol.asyncDispose]()
  }

  #build(): { readonly scope: Scope; readonly realtime: connection.Realtime } {
    const settings = {
      publicUrl: () => 'http://here.example',
      rateLimits: false,
      maxFileBytes: 1_000_000,
      env: () => undefined,
      version: '0.0.0-test',
    }
    const log = createLogger('silent', { write: () => undefined })
    const scope = createScope({ core: this.#core, clock: this.clock, log, settings })
    const deferred = createDeferred(scope, createChannels(scope))
    return { scope, realtime: { scope, feeds: this.#parts.createServerFeeds(scope), deferred } }
  }

  #request(who: Actor, query: Readonly<Record<string, string>>): RouteRequest {
    const url = `http://here.example/v1/realtime/poll?${new URLSearchParams(query)}`
    const headers = { authorization: `Bearer ${this.#tokens.get(who.profile.id)}` }
    return {
      raw: new Request(url, { headers }),
      method: 'GET',
      path: '/v1/realtime/poll',
      params: {},
      query: new URLSearchParams(query),
      address: '127.0.0.1',
      requestId: 'r',
      bytes: async () => new Uint8Array(),
      longRunning: () => undefined,
    }
  }
}

const startCore = (store: Store, clock: Stage['clock'], errors: unknown[]): Promise<Core> =>
  createCore(
    {
      store,
      bus: createLocalBus(),
      blobs: noFiles,
      presence: createLocalPresence({ clock }),
      rates: createLocalRates({ clock }),
      clock,
      passwords,
      onError: error => void errors.push(error),
    },
    { rateLimits: false, maxFileBytes: 1_000_000 },
  )
