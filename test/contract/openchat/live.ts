// Clients that listen, over each of the three transports: what came, in order, and how it ended.
import { EventSource } from 'eventsource'
import { readAnswer, upgrade as upgradeAt } from '../../kit/http.ts'
import type { Target } from '../../kit/target.ts'
import { Inbox } from '../../kit/wait.ts'
import { judgeAnswer, judgeFrame } from './described.ts'
import { type Answer, call, type Loose } from './target.ts'

/** As much of somebody as listening needs. */
export interface Listener {
  readonly target: Target
  readonly token: string
  readonly server: string
}

export interface Envelope {
  readonly event_type: string
  readonly type: string
  readonly server_id: string
  readonly channel_id?: string
  readonly event_id: string
  readonly stream: string
  readonly timestamp: string
  readonly request_id?: string
  readonly payload: Loose
  readonly resume_token?: string
}

const DEADLINE = 5000

/** `?a=b` of what is given. */
export const queryOf = (fields: Readonly<Record<string, string | number | readonly string[] | null | undefined>>) => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== null && each !== undefined) query.append(name, String(each))
    }
  }
  return query.size === 0 ? '' : `?${query}`
}

export const bearerOf = ({ token }: Pick<Listener, 'token'>): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${token}`,
})

/** What came over one connection. */
export abstract class Live implements Disposable {
  readonly frames = new Inbox<Envelope>()
  readonly #ended = Promise.withResolvers<number>()
  /** The close code of a socket; of the others 0. */
  readonly ended: Promise<number> = this.#ended.promise

  abstract [Symbol.dispose](): void

  protected end(code: number): void {
    this.#ended.resolve(code)
  }

  /** Skips to the first event of a type, and takes it. Rejects where it is not as it is described. */
  async event(type: string, fits: (frame: Envelope) => boolean = () => true): Promise<Envelope> {
    const frame = await this.frames.find(type, each => each.event_type === type && fits(each), DEADLINE)
    judgeFrame(frame)
    return frame
  }

  /** Skips to the message with this text. */
  message(body: string): Promise<Envelope> {
    return this.frames.find(`"${body}"`, frame => frame.payload.message?.body === body, DEADLINE)
  }

  /** The texts of all messages that came. */
  get texts(): readonly string[] {
    return this.frames.all.flatMap(({ event_type, payload }) =>
      event_type === 'chat.message.created' ? [payload.message.body as string] : [],
    )
  }

  get types(): readonly string[] {
    return this.frames.all.map(({ event_type }) => event_type)
  }

  /** The position behind everything that came. */
  get position(): string {
    return this.frames.all.findLast(({ resume_token }) => resume_token)?.resume_token ?? ''
  }
}

export interface Listening {
  readonly token?: string | null
  readonly server?: string | null
  readonly channels?: readonly string[]
}

/** A WebSocket, with the token in the subprotocol as a browser sends it. */
export class Socket extends Live {
  readonly socket: WebSocket
  #asked = 0

  constructor(target: Target, query: string, protocols: string[] = [], headers: Record<string, string> = {}) {
    super()
    const options = { protocols, headers } as unknown as string[]
    this.socket = new WebSocket(`${target.wsUrl}/v1/realtime${query}`, options)
    this.socket.onmessage = ({ data }) => this.frames.push(JSON.parse(String(data)))
    this.socket.onclose = ({ code }) => this.end(code)
  }

  static async open(by: Listener, { token, server = by.server }: Listening = {}): Promise<Socket> {
    const query = queryOf({ server_id: server, resume_token: token })
    const socket = new Socket(by.target, query, [`openchat.session.${by.token}`])
    await socket.event('chat.hello')
    return socket
  }

  send(type: string, payload?: object, requestId?: string): void {
    this.socket.send(JSON.stringify({ type, payload, request_id: requestId }))
  }

  /** Sends a frame and waits for what answers it. */
  async ask(type: string, payload?: object): Promise<Envelope> {
    const id = `q${this.#asked++}`
    this.send(type, payload, id)
    const frame = await this.frames.find(`the answer to ${type}`, ({ request_id }) => request_id === id, DEADLINE)
    judgeFrame(frame)
    return frame
  }

  /** Opens a channel; the snapshot. */
  async subscribe(channel: string): Promise<Envelope> {
    await this.ask('chat.subscribe', { channel_id: channel })
    return this.event('chat.presence.snapshot', ({ channel_id }) => channel_id === channel)
  }

  /** Everything not taken yet that came before the answer to a ping sent now. */
  async heard(): Promise<readonly Envelope[]> {
    const id = `q${this.#asked++}`
    const from = this.frames.all.length - this.frames.take().length
    this.send('chat.ping', {}, id)
    await this.frames.find('the pong', ({ request_id }) => request_id === id, DEADLINE)
    const frames = this.frames.all.slice(from)
    for (const frame of frames) judgeFrame(frame)
    return frames.filter(({ request_id }) => request_id !== id)
  }

  [Symbol.dispose](): void {
    this.socket.close()
  }
}

/** A ticket for one connection (OC127). */
export const ticketOf = async (by: Listener): Promise<string> =>
  (await call(by.target, 'POST', '/v1/realtime/ticket', { headers: bearerOf(by) })).body.ticket

/** An unmodified EventSource: it can set no header, so it comes with a ticket. */
export class Stream extends Live {
  readonly source: EventSource
  /** The ids that EventSource saw. */
  readonly ids: string[] = []

  constructor(url: string) {
    super()
    this.source = new EventSource(url)
    this.source.onmessage = ({ data, lastEventId }) => {
      this.ids.push(lastEventId)
      this.frames.push(JSON.parse(data))
    }
    this.source.onerror = () => {
      this.source.close()
      this.end(0)
    }
  }

  static async open(by: Listener, { token, server = by.server, channels }: Listening = {}): Promise<Stream> {
    const ticket = await ticketOf(by)
    const query = queryOf({ server_id: server, resume_token: token, channel_id: channels, ticket })
    const stream = new Stream(`${by.target.url}/v1/realtime/sse${query}`)
    await stream.event('chat.hello')
    return stream
  }

  [Symbol.dispose](): void {
    this.source.close()
    this.end(0)
  }
}

/** One long poll. */
export const poll = async (
  by: Listener,
  fields: {
    readonly token?: string | null
    readonly wait?: number | string
    readonly limit?: number
    readonly server?: string
  } = {},
  signal?: AbortSignal,
): Promise<Answer> => {
  const { token, wait = 0, limit, server } = fields
  const query = queryOf({ server_id: server, resume_token: token, timeout_ms: wait, limit })
  const url = `${by.target.url}/v1/realtime/poll${query}`
  const answer = await readAnswer(await fetch(url, { headers: bearerOf(by), signal: signal ?? null }))
  judgeAnswer('GET', url, answer.status, answer.body)
  for (const frame of answer.body.events ?? []) judgeFrame(frame)
  return answer
}

/** Polls one after the other, each with the token of the last. */
class Polls extends Live {
  readonly #over = new AbortController()

  static async open(by: Listener, { token = null }: Listening = {}): Promise<Polls> {
    const polls = new Polls()
    void polls.#run(by, token ?? (await polls.#take(by, null)))
    return polls
  }

  async #run(by: Listener, start: string): Promise<void> {
    let token = start
    try {
      while (!this.#over.signal.aborted) token = await this.#take(by, token)
    } catch {
      this.end(0)
    }
  }

  async #take(by: Listener, token: string | null): Promise<string> {
    const { status, body } = await poll(by, { token, wait: 25_000 }, this.#over.signal)
    if (status !== 200) throw new Error(`${status}`)
    for (const frame of body.events) this.frames.push(frame)
    return body.resume_token
  }

  [Symbol.dispose](): void {
    this.#over.abort()
    this.end(0)
  }
}

/** The ways to listen, by what the contract calls them. */
export const transports: Readonly<Record<string, (by: Listener, how?: Listening) => Promise<Live>>> = {
  websocket: Socket.open,
  sse: Stream.open,
  polling: Polls.open,
}

/** The answer to an upgrade; 101 where it is granted. */
export const upgrade = (target: Target, query: string, headers?: Readonly<Record<string, string>>): Promise<Answer> =>
  upgradeAt(target, `/v1/realtime${query}`, headers)

/** Frames of the log, which have a position. */
export const durable = (frames: readonly Envelope[]): readonly Envelope[] =>
  frames.filter(({ stream }) => stream !== 'signal')

/** What is wrong with the numbers of what came over one connection (OC112). */
export const disorderIn = (frames: readonly Envelope[]): readonly string[] => {
  const last = new Map<string, string>()
  return frames.flatMap(({ stream, event_id, event_type }) => {
    const before = last.get(stream) ?? ''
    last.set(stream, event_id)
    return event_id > before ? [] : [`${event_type} ${stream}: ${event_id} after ${before}`]
  })
}
