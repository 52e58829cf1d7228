// A server that speaks just enough openchat to be listened to, and does as the test tells it: says, refuses, drops.
import type { Server, ServerWebSocket } from 'bun'
import { type Envelope, OpenChat, type TransportName } from '../../clients/sdk/src/index.ts'

export const SERVER_ID = '0d5f6a8b-1f43-4f4f-9d8e-9ab6f913f4f8'

/** Hardly any wait, and no chance. */
export const QUICK = { initial_delay_ms: 5, multiplier: 1, max_delay_ms: 5, jitter: 0 } as const

const SESSION = {
  session_id: 's1',
  server_id: SERVER_ID,
  user_uid: 'uid_1',
  device_id: 'd',
  token: 'secret',
  expires_at: '2099-01-01T00:00:00.000Z',
  scope: ['chat'],
  session_kind: 'password',
} satisfies NonNullable<OpenChat['session']>

type Answer = Readonly<{ status: number; body: unknown }>

/** One connection, whatever it goes over. */
export interface Heard {
  readonly transport: TransportName
  readonly query: URLSearchParams
  /** Client frames. */
  readonly frames: { readonly type: string; readonly request_id?: string; readonly payload?: object }[]
  say(frame: object): void
  /** Ends it: a WebSocket with this code, a stream in the middle. */
  end(code?: number): void
  over: boolean
}

type Data = { readonly heard: Heard; readonly query: URLSearchParams }

export const frame = (type: string, payload: object = {}, about: Partial<Envelope> = {}): Envelope => ({
  event_type: type,
  type,
  server_id: SERVER_ID,
  event_id: '1',
  stream: 'signal',
  timestamp: '2026-01-01T00:00:00.000Z',
  payload: payload as Envelope['payload'],
  ...about,
})

/** A durable event: the id-th of its stream, at the position `at<id>`. */
export const durable = (id: number, body: string = `message ${id}`, stream = 'channel:c'): Envelope =>
  frame(
    'chat.message.created',
    { message: { id: String(id), body } },
    { event_id: String(id).padStart(16, '0'), stream, channel_id: 'c', resume_token: `at${id}` },
  )

export const hello = (token = 'at0', resumed = false): Envelope =>
  frame('chat.hello', { resume_token: token, resumed, connection_id: 'x' }, { resume_token: token })

export class FakeServer implements AsyncDisposable {
  readonly #server: Server<Data>
  /** Answers 502 to who wants these, as a proxy does. */
  readonly refused = new Set<TransportName>()
  /** Every attempt to connect, also the refused ones. */
  readonly tried: TransportName[] = []
  readonly connections: Heard[] = []
  /** Every path that was asked for. */
  readonly asked: string[] = []
  /** Answers to paths that are no transport's. */
  readonly answers = new Map<string, Answer>()
  /** Answers to polls: what is taken first is in front; none means an answer that does not come. */
  readonly polls: object[] = []
  /** What is refused to whom connects, of this contract. */
  refusal: ((url: URL) => Answer | null) | null = null
  /** Said to everybody who has connected. */
  greet: (heard: Heard) => void = heard => {
    const token = heard.query.get('resume_token')
    heard.say(hello(token ?? 'at0', token !== null))
    if (token !== null) heard.say(frame('chat.resume.completed', { replayed: 0, resume_token: token }))
  }

  constructor(port = 0) {
    this.answers.set(`/v1/servers/${SERVER_ID}/membership`, { status: 200, body: { state: 'active' } })
    this.#server = Bun.serve<Data>({
      port,
      hostname: '127.0.0.1',
      idleTimeout: 0,
      fetch: (request, server) => this.#answer(request, server),
      websocket: {
        open: socket => this.#opened(socket),
        message: (socket, text) => void socket.data.heard.frames.push(JSON.parse(String(text))),
        close: socket => {
          socket.data.heard.over = true
        },
      },
    })
  }

  get url(): string {
    return this.#server.url.origin
  }
  get port(): number {
    return this.#server.port ?? 0
  }
  get last(): Heard | undefined {
    return this.connections.at(-1)
  }

  /** A client that has a session here. */
  async client(options: { webSocket?: null; transports?: readonly TransportName[] } = {}): Promise<OpenChat> {
    const { transports = ['websocket', 'sse', 'polling'] } = options
    const offered = Object.fromEntries(
      ['websocket', 'sse', 'polling'].map(name => [name, transports.includes(name as never)]),
    )
    const body = { server_id: SERVER_ID, transport: { ...offered, reconnect: QUICK } }
    this.answers.set('/client/capabilities', { status: 200, body })
    return await OpenChat.open(this.url, { session: SESSION, ...(options.webSocket === null && { webSocket: null }) })
  }

  #answer(request: Request, server: Server<Data>): Response | Promise<Response> | undefined {
    const url = new URL(request.url)
    this.asked.push(url.pathname + url.search)
    const transport = (
      { '/v1/realtime': 'websocket', '/v1/realtime/sse': 'sse', '/v1/realtime/poll': 'polling' } as const
    )[url.pathname]
    if (!transport) {
      const { status, body } = this.answers.get(url.pathname) ?? { status: 404, body: { code: 'not_found' } }
      return Response.json(body, { status })
    }
    this.tried.push(transport)
    if (this.refused.has(transport)) return new Response('<h1>Bad gateway</h1>', { status: 502 })
    const refusal = this.refusal?.(url)
    if (refusal) return Response.json(refusal.body, { status: refusal.status })
    const query = url.searchParams
    if (transport === 'polling') return this.#poll(query, request.signal)
    if (transport === 'sse') return this.#stream(query)
    const protocol = request.headers.get('sec-websocket-protocol') ?? ''
    const heard: Heard = { transport, query, frames: [], say() {}, end() {}, over: false }
    const done = server.upgrade(request, { data: { heard, query }, headers: { 'sec-websocket-protocol': protocol } })
    return done ? undefined : new Response('no upgrade', { status: 400 })
  }

  #opened(socket: ServerWebSocket<Data>): void {
    const { heard } = socket.data
    Object.assign(heard, {
      say: (each: object) => void socket.send(JSON.stringify(each)),
      end: (code?: number) => (code === undefined ? socket.terminate() : socket.close(code)),
    })
    this.connections.push(heard)
    this.greet(heard)
  }

  #stream(query: URLSearchParams): Response {
    const text = new TextEncoder()
    let heard: Heard | undefined
    const body = new ReadableStream<Uint8Array>({
      start: controller => {
        const end = (): void => {
          if (heard && !heard.over) controller.close()
          if (heard) heard.over = true
        }
        const say = (each: object): void => controller.enqueue(text.encode(`data: ${JSON.stringify(each)}\n\n`))
        heard = { transport: 'sse', query, frames: [], say, end, over: false }
        this.connections.push(heard)
        this.greet(heard)
      },
      cancel: () => {
        if (heard) heard.over = true
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }

  #poll(query: URLSearchParams, signal: AbortSignal): Response | Promise<Response> {
    const heard: Heard = { transport: 'polling', query, frames: [], say() {}, end() {}, over: false }
    this.connections.push(heard)
    const fresh = { events: [hello()], resume_token: 'at0', resync_required: false, retry_after_ms: 0 }
    const next = query.has('resume_token') ? this.polls.shift() : fresh
    if (next) return Response.json(next)
    return new Promise(resolve => {
      signal.addEventListener('abort', () => {
        heard.over = true
        resolve(new Response())
      })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true)
  }
}
