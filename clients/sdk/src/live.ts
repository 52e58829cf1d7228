// What happens, as it happens: one stream of events over whatever transport works, that survives the loss of any of them.
//
// The position (resume token) of the last event seen is kept; whoever connects next, by whatever transport, resumes from
// it. The server may then say things again: events of one stream come with rising ids, so what is not above the last one
// seen is a repeat and is dropped.
import { type Backoff, defaultBackoff, delayOf, pause } from './backoff.ts'
import type { EventName, LiveEvents } from './events.ts'
import type { Http } from './http.ts'
import { pollingTransport } from './transports/polling.ts'
import { sseTransport } from './transports/sse.ts'
import type { Connection, Ending, Envelope, Transport } from './transports/transport.ts'
import { webSocketTransport } from './transports/websocket.ts'

export type TransportName = Transport['name']

export interface LiveOptions {
  /** In order of preference; by default what the server offers: WebSocket, SSE, long polls. */
  readonly transports?: readonly TransportName[]
  /** Where an earlier connection stopped (`live.position`), so that nothing since is missed. */
  readonly position?: string | null
  readonly backoff?: Backoff
}

export interface LiveContext {
  readonly http: Http
  readonly baseUrl: string
  readonly token: () => string | null
  readonly serverId: string
  readonly offered: readonly TransportName[]
  readonly webSocket: typeof WebSocket | undefined
}

export type LiveState = 'connecting' | 'open' | 'waiting' | 'closed'

/** Why it is over for good. */
export type ClosedBecause = 'closed' | 'session-ended' | 'membership-ended'

type Listener<T> = (payload: T, envelope: Envelope) => void

const transports: Readonly<Record<TransportName, Transport>> = {
  websocket: webSocketTransport,
  sse: sseTransport,
  polling: pollingTransport,
}

/** Connections lost before they opened, until the next transport is tried. */
const PATIENCE = 2
/** Events waiting for a slow reader of `events()`. */
const MOST_WAITING = 10_000

export class Live {
  readonly #context: LiveContext
  readonly #names: readonly TransportName[]
  readonly #over = new AbortController()
  readonly #listeners = new Map<string, Set<Listener<never>>>()
  readonly #anyListeners = new Set<(envelope: Envelope) => void>()
  readonly #subscribed = new Set<string>()
  /** The last event seen of each stream. */
  readonly #seen = new Map<string, string>()
  readonly #opened = Promise.withResolvers<void>()
  readonly #closed = Promise.withResolvers<ClosedBecause>()
  #backoff: Backoff
  #position: string | null
  #connection: Connection | null = null
  #state: LiveState = 'connecting'
  #transport: TransportName
  /** Ends the connection under way, to open another. */
  #current = new AbortController()

  constructor(context: LiveContext, options: LiveOptions = {}) {
    this.#context = context
    this.#names = (options.transports ?? context.offered).filter(
      name => name !== 'websocket' || context.webSocket !== undefined,
    )
    this.#transport = this.#names[0] ?? 'polling'
    this.#position = options.position ?? null
    this.#backoff = options.backoff ?? defaultBackoff
    // Whoever does not wait for it is not to crash by it.
    this.#opened.promise.catch(() => {})
    void this.#run()
  }

  get state(): LiveState {
    return this.#state
  }
  /** The transport in use, or tried now. */
  get transport(): TransportName {
    return this.#transport
  }
  /** Where it stands: give it to a later `live()` to miss nothing in between. */
  get position(): string | null {
    return this.#position
  }
  /** Resolves with the first connection; rejects when it is over before that. */
  get ready(): Promise<void> {
    return this.#opened.promise
  }
  /** Resolves when it is over for good. */
  get closed(): Promise<ClosedBecause> {
    return this.#closed.promise
  }

  /** Calls `listener` with every event of that name; the answer takes it off again. */
  on<N extends EventName>(name: N, listener: Listener<LiveEvents[N]>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    listeners.add(listener as Listener<never>)
    return () => void listeners.delete(listener as Listener<never>)
  }

  /** Every event as it comes, until it is over. A reader that falls 10,000 behind is cut off with an error. */
  async *events(): AsyncGenerator<Envelope> {
    const waiting: Envelope[] = []
    let wake = (): void => {}
    let overrun = false
    const listener = (envelope: Envelope): void => {
      if (waiting.length < MOST_WAITING) waiting.push(envelope)
      else overrun = true
      wake()
    }
    this.#anyListeners.add(listener)
    this.#over.signal.addEventListener('abort', () => wake(), { once: true })
    try {
      for (;;) {
        for (let next = waiting.shift(); next; next = waiting.shift()) yield next
        if (overrun) throw new Error('events came faster than they were read')
        if (this.#over.signal.aborted) return
        await new Promise<void>(resolve => {
          wake = resolve
          if (waiting.length > 0 || this.#over.signal.aborted) resolve()
        })
      }
    } finally {
      this.#anyListeners.delete(listener)
    }
  }

  /** Also says who else looks at a channel and types there. Messages of all channels come without it. */
  subscribe(channelId: string): void {
    if (this.#subscribed.has(channelId)) return
    this.#subscribed.add(channelId)
    if (!this.#send('chat.subscribe', { channel_id: channelId }) && this.#transport === 'sse') this.#reconnect()
  }

  unsubscribe(channelId: string): void {
    if (!this.#subscribed.delete(channelId)) return
    if (!this.#send('chat.unsubscribe', { channel_id: channelId }) && this.#transport === 'sse') this.#reconnect()
  }

  /** Tells the others who look at the channel; over transports that cannot send, by a call of its own. */
  async typing(channelId: string, isTyping: boolean): Promise<void> {
    if (this.#send('chat.typing.update', { channel_id: channelId, is_typing: isTyping })) return
    const path = `/v1/channels/${encodeURIComponent(channelId)}/typing`
    await this.#context.http.call({ method: 'POST', path, json: { is_typing: isTyping } })
  }

  /** Gives the transport up and opens another connection, which resumes. */
  switchTo(name: TransportName): void {
    this.#transport = name
    this.#reconnect()
  }

  close(): void {
    this.#end('closed')
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #send(type: string, payload: object): boolean {
    return this.#state === 'open' && (this.#connection?.send({ type, payload }) ?? false)
  }

  #reconnect(): void {
    this.#current.abort()
  }

  async #run(): Promise<void> {
    let failures = 0
    let unopened = 0
    while (!this.#over.signal.aborted) {
      const token = this.#context.token()
      if (token === null) return this.#end('session-ended')
      this.#state = 'connecting'
      this.#current = new AbortController()
      const asked = this.#current.signal
      this.#connection = transports[this.#transport].connect({
        ...this.#context,
        token,
        resumeToken: this.#position,
        channels: [...this.#subscribed],
        signal: AbortSignal.any([this.#over.signal, asked]),
        onEnvelope: envelope => this.#receive(envelope),
      })
      const ending: Ending = await this.#connection.ended
      this.#connection = null
      if (this.#over.signal.aborted) return
      if (ending.type === 'gone') return this.#end('session-ended')
      if (ending.type === 'removed') return this.#end('membership-ended')
      if (asked.aborted) continue
      const wasOpen = this.#wasOpen()
      failures = wasOpen ? 1 : failures + 1
      unopened = wasOpen ? 0 : unopened + 1
      if (unopened >= PATIENCE) {
        unopened = 0
        this.#transport = this.#next()
      }
      this.#state = 'waiting'
      const delay = delayOf(this.#backoff, failures)
      await pause(ending.type === 'draining' ? Math.max(delay, ending.retryAfterMs) : delay, this.#over.signal)
    }
  }

  /** Whether the connection that has just ended had been open. */
  #wasOpen(): boolean {
    return this.#state === 'open'
  }

  /** The transport after the present one, round and round. */
  #next(): TransportName {
    const at = this.#names.indexOf(this.#transport)
    return this.#names[(at + 1) % this.#names.length] ?? this.#transport
  }

  #receive(envelope: Envelope): void {
    if (envelope.event_type === 'chat.hello') this.#open(envelope)
    // Polls after the first carry no hello.
    else if (this.#state === 'connecting') this.#opening()
    const repeat = this.#isRepeat(envelope)
    if (envelope.resume_token !== undefined) this.#position = envelope.resume_token
    const { resume_token: named, resumed } = envelope.payload
    // A hello that resumes is said before what was missed: the old position holds until that has come.
    if (typeof named === 'string' && resumed !== true) this.#position = named
    if (envelope.event_type === 'sdk.position' || repeat) return
    for (const listener of this.#anyListeners) listener(envelope)
    for (const listener of this.#listeners.get(envelope.event_type) ?? []) {
      ;(listener as unknown as Listener<unknown>)(envelope.payload, envelope)
    }
  }

  #open({ payload }: Envelope): void {
    const { reconnect } = payload
    if (typeof reconnect === 'object' && reconnect !== null) this.#backoff = { ...this.#backoff, ...reconnect }
    this.#opening()
    // A WebSocket is told what to look at; the other transports were, by their address.
    for (const id of this.#subscribed) this.#send('chat.subscribe', { channel_id: id })
  }

  #opening(): void {
    this.#state = 'open'
    this.#opened.resolve()
  }

  #isRepeat({ stream, event_id: id }: Envelope): boolean {
    if (stream === undefined || stream === 'signal') return false
    const seen = this.#seen.get(stream)
    if (seen !== undefined && id <= seen) return true
    this.#seen.set(stream, id)
    return false
  }

  #end(because: ClosedBecause): void {
    if (this.#over.signal.aborted) return
    this.#state = 'closed'
    this.#over.abort()
    this.#closed.resolve(because)
    this.#opened.reject(new Error(`closed: ${because}`))
  }
}
