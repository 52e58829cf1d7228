// A client that loses its connection, and what came last on it, and takes up again from the last position it still has.
import {
  disorderIn,
  durable,
  type Envelope,
  type Listening,
  type Live,
  poll,
  transports,
} from '../../contract/openchat/live.ts'
import type { Snapshot, World } from './world.ts'

export const ways = ['websocket', 'sse', 'polling'] as const
export type Way = (typeof ways)[number]

/** With which token: the last, one of those before, none; one that was damaged, or is another server's, or another person's. */
export const tokens = ['last', 'earlier', 'none', 'forged', 'alien', 'foreign'] as const
export type TokenKind = (typeof tokens)[number]

/** The connection is gone, and with it the end of what came over it: of that, `keep` was taken in, 0 to 1. */
interface Death {
  readonly type: 'die'
  readonly keep: number
}

/** `at` chooses among the tokens there are, or the place to damage: 0 to 1. */
export interface Coming {
  readonly type: 'come'
  readonly keep: number
  readonly way: Way
  readonly token: TokenKind
  readonly at: number
}

export type Move = Death | Coming

interface Connection {
  readonly live: Live
  readonly way: Way
  readonly token: TokenKind
  /** What was loaded anew, because the token does not lead on from what is known. */
  loaded: Snapshot | null
}

/** What a client has taken in: frames, and what it loaded. */
type Taken = { readonly frame: Envelope } | { readonly snapshot: Snapshot }

const nothing: Snapshot = { texts: [], name: '', inside: false, marks: { ada: 0, bob: 0 } }

/** Changes one character of a token. */
const forge = (token: string, at: number): string => {
  const place = Math.min(token.length - 1, Math.floor(at * token.length))
  return `${token.slice(0, place)}${token[place] === 'x' ? 'y' : 'x'}${token.slice(place + 1)}`
}

export class Client {
  readonly #world: World
  readonly #alien: string
  readonly #patience: number
  #taken: Taken[] = []
  #connection: Connection | null = null
  /** It went on from somewhere else than where it was: what lies between it knows from loading only. */
  #skipped = false
  readonly #wrong: string[] = []

  /** `alien`: a token of another server. `patience`: milliseconds until what has not come will never come. */
  constructor(world: World, alien: string, patience: number) {
    this.#world = world
    this.#alien = alien
    this.#patience = patience
  }

  /** What no client should ever see, as far as this one has seen it. */
  get wrong(): readonly string[] {
    return this.#wrong
  }

  async do(move: Move): Promise<void> {
    this.#die(move.keep)
    if (move.type === 'come') await this.#come(move)
  }

  #die(keep: number): void {
    const connection = this.#connection
    if (!connection) return
    this.#connection = null
    connection.live[Symbol.dispose]()
    const frames = [...connection.live.frames.all]
    this.#judge(connection, frames)
    this.#taken = [...this.#taken, ...this.#takenOf(connection, frames.slice(0, Math.round(frames.length * keep)))]
  }

  async #come({ way, token: kind, at }: Coming): Promise<void> {
    const [held, last] = [this.#tokens(), this.#tokens().at(-1) ?? null]
    // Without any token there is none to damage.
    const token = last === null && kind !== 'alien' && kind !== 'foreign' ? 'none' : kind
    const given = {
      last: async () => last,
      earlier: async () => held[Math.floor(at * held.length)] ?? last,
      none: async () => null,
      forged: async () => forge(last ?? '', at),
      alien: async () => this.#alien,
      foreign: async () => (await poll(this.#world.eve)).body.resume_token,
    } satisfies Record<TokenKind, () => Promise<string | null>>
    await this.#open(way, token, { token: await given[token]() })
  }

  async #open(way: Way, token: TokenKind, how: Listening): Promise<void> {
    const live = (await transports[way]?.(this.#world.ada, how)) as Live
    const connection: Connection = { live, way, token, loaded: null }
    this.#connection = connection
    const bad = token === 'forged' || token === 'alien'
    const skips = bad || token === 'foreign' || token === 'none'
    if (!skips) return
    this.#skipped = true
    if (bad) {
      // Never silent (OC124).
      const isWarning = ({ event_type }: Envelope): boolean => event_type === 'resync_required'
      const told = await live.frames.find('the warning', isWarning, this.#patience).catch(() => null)
      if (!told) this.#wrong.push(`${way}: nothing is said of a token that is ${token}`)
    }
    connection.loaded = await this.#world.snapshot()
  }

  /** What it knows by now, the open connection included. */
  get known(): Snapshot {
    const open = this.#connection ? this.#takenOf(this.#connection, this.#connection.live.frames.all) : []
    return [...this.#taken, ...open].reduce((known, taken) => this.#learn(known, taken), nothing)
  }

  /** A part of what came over a connection. What was loaded counts as known before it: what came since comes on top. */
  #takenOf({ loaded }: Connection, frames: readonly Envelope[]): readonly Taken[] {
    const taken = frames.map(frame => ({ frame }))
    return loaded ? [{ snapshot: loaded }, ...taken] : taken
  }

  #tokens(): readonly string[] {
    return this.#taken.flatMap(taken =>
      'frame' in taken && taken.frame.resume_token ? [taken.frame.resume_token] : [],
    )
  }

  #learn(known: Snapshot, taken: Taken): Snapshot {
    if ('snapshot' in taken) return taken.snapshot
    const { event_type, payload, channel_id } = taken.frame
    const { channels } = this.#world
    switch (event_type) {
      case 'chat.message.created':
        return { ...known, texts: [...known.texts, payload.message.body] }
      case 'chat.channel.updated':
        return channel_id === channels.group ? { ...known, name: payload.channel.name } : known
      case 'chat.channel.created':
        return payload.channel.id === channels.visited ? { ...known, inside: true } : known
      case 'chat.channel.deleted':
        return channel_id === channels.visited ? { ...known, inside: false } : known
      case 'chat.read_ack.updated':
        return { ...known, marks: { ...known.marks, ada: this.#world.seqOf(payload.last_read_message_id) } }
      case 'chat.receipt.updated':
        return { ...known, marks: { ...known.marks, bob: this.#world.seqOf(payload.last_read_message_id) } }
      default:
        return known
    }
  }

  #judge({ way, token }: Connection, frames: readonly Envelope[]): void {
    const say = (what: string) => this.#wrong.push(`${way}, ${token}: ${what}`)
    for (const what of disorderIn(frames)) say(what)
    if (token === 'last' || token === 'earlier') this.#judgeResumed(say, frames)
    for (const frame of frames) this.#judgeFrame(say, frame)
  }

  #judgeResumed(say: (what: string) => void, frames: readonly Envelope[]): void {
    if (frames.some(({ event_type }) => event_type === 'resync_required')) say('a good token is refused')
    if (this.#skipped) return
    const newest = new Map<string, string>()
    const had = new Set<string>()
    for (const taken of this.#taken) {
      if (!('frame' in taken)) continue
      const { stream, event_id } = taken.frame
      had.add(`${stream} ${event_id}`)
      if (event_id > (newest.get(stream) ?? '')) newest.set(stream, event_id)
    }
    for (const { stream, event_id, event_type } of durable(frames)) {
      // What went on there without her is news when she is back, and older than what she had of it.
      if (stream === `channel:${this.#world.channels.visited}`) continue
      const isLate = !had.has(`${stream} ${event_id}`) && event_id < (newest.get(stream) ?? '')
      if (isLate) say(`${event_type} of ${stream} comes late: ${event_id}`)
    }
  }

  #judgeFrame(say: (what: string) => void, frame: Envelope): void {
    const { ada, channels, secrets, unheard, acts } = this.#world
    const text = frame.payload.message?.body as string | undefined
    const elsewhere = frame.channel_id === channels.secret || frame.channel_id === channels.elsewhere
    if (elsewhere || secrets.has(text ?? '')) say(`${frame.event_type} of somebody else: ${text}`)
    if (frame.server_id !== ada.server) say(`${frame.event_type} of another server`)
    const own = frame.event_type === 'chat.read_ack.updated'
    if (own && frame.payload.user_uid !== ada.uid) say('the mark of somebody else')
    const missed = unheard.find(each => each.text === text)
    if (missed && missed.backAt > acts) say(`"${text}", which was said behind her back`)
  }
}
