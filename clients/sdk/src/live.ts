/// <reference lib="esnext.disposable" preserve="true" />
// What happens, as it happens: one stream of events over whatever transport works, that survives the loss of any of them.
//
// The position (resume token) of the last event seen is kept; whoever connects next, by whatever transport, resumes from
// it. What the server then says again is dropped (see repeats.ts).
import { type Backoff, delayOf, pause, readBackoff } from './backoff.ts'
import { ApiError } from './errors.ts'
import type { EventName, LiveEvent, LiveEvents } from './events.ts'
import type { Http } from './http.ts'
import { createPatience } from './patience.ts'
import { createQueue } from './queue.ts'
import { createRepeats } from './repeats.ts'
import { pollingTransport } from './transports/polling.ts'
import { sseTransport } from './transports/sse.ts'
import {
  type Connection,
  type Ending,
  type Envelope,
  endingOf,
  retryAfterIn,
  subscribing,
  type Transport,
} from './transports/transport.ts'
import { webSocketTransport } from './transports/websocket.ts'

export type TransportName = Transport['name']

export interface LiveOptions {
  /** In order of preference; by default what the server offers: WebSocket, SSE, long polls. */
  readonly transports?: readonly TransportName[]
  /** Where an earlier connection stopped (`live.position`), so that nothing since is missed. */
  readonly position?: string | null
  /** In place of what the server asks for. */
  readonly backoff?: Backoff
}

export interface LiveContext {
  readonly http: Http
  readonly baseUrl: string
  readonly token: () => string | null
  readonly serverId: string
  readonly offered: readonly TransportName[]
  readonly webSocket: typeof WebSocket | undefined
  /** What the server asks for, until its hello says it. */
  readonly backoff: unknown
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

/** Connections refused by a server that is there, until the next transport is tried. */
const PATIENCE = 2
/** Milliseconds until the first frame: a proxy may hold back what it does not understand. */
const HELLO_MS = 15_000
/** Milliseconds after which a connection that is lost was a good one: the waiting begins from the shortest again. */
const STEADY_MS = 5000
/** Milliseconds on a lesser transport after which, when that is lost, the best one is tried again. */
const RETURN_MS = 600_000
/** Milliseconds that a server may ask to stay away. */
const LONGEST_WAIT = 60_000
/** Events waiting for a slow reader of `events()`. */
const MOST_WAITING = 10_000

/** What a listener throws is nobody's here: it goes where errors of event listeners go, and stops no other. */
const attempt = (work: () => void): void => {
  try {
    work()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

export class Live {
  readonly #context: LiveContext
  readonly #names: readonly TransportName[]
  readonly #listeners = new Map<string, Set<Listener<never>>>()
  readonly #anyListeners = new Set<(envelope: Envelope) => void>()
  readonly #stateListeners = new Set<(state: LiveState) => void>()
  readonly #readers = new Set<{ end(): void }>()
  readonly #subscribed = new Set<string>()
  readonly #repeats = createRepeats()
  readonly #ready: Promise<void>
  readonly #closed: Promise<ClosedBecause>
  #opened: { resolve(): void; reject(error: Error): void } = { resolve() {}, reject() {} }
  #over: (because: ClosedBecause) => void = () => {}
  readonly #ownBackoff: Backoff | null
  #backoff: Backoff
  #position: string | null
  #connection: Connection | null = null
  #state: LiveState = 'connecting'
  #transport: TransportName
  /** Since when a lesser transport is in use because better ones failed; null while none is. */
  #fellBackAt: number | null = null
  /** Ends the connection or the waiting under way, to go on with the next one at once. */
  #turn = new AbortController()

  constructor(context: LiveContext, options: LiveOptions = {}) {
    this.#context = context
    this.#names = (options.transports ?? context.offered).filter(
      name => name !== 'websocket' || context.webSocket !== undefined,
    )
    const [first] = this.#names
    if (first === undefined) throw new Error('the server and this platform have no transport in common')
    this.#transport = first
    this.#position = options.position ?? null
    this.#ownBackoff = options.backoff ?? null
    this.#backoff = this.#ownBackoff ?? readBackoff(context.backoff)
    this.#ready = new Promise((resolve, reject) => {
      this.#opened = { resolve, reject }
    })
    // Whoever does not wait for it is not to crash by it.
    this.#ready.catch(() => {})
    this.#closed = new Promise(resolve => {
      this.#over = resolve
    })
    void this.#run()
  }

  get state(): LiveState {
    return this.#state
  }
  /** The transport in use, or tried now. */
  get transport(): TransportName {
    return this.#transport
  }
  /**
   * Where it stands: give it to a later `live()` to miss nothing in between. Who reads `events()` slower than they come
   * keeps the `resume_token` of the last one read instead.
   */
  get position(): string | null {
    return this.#position
  }
  /** Resolves with the first connection; rejects when it is over before that. */
  get ready(): Promise<void> {
    return this.#ready
  }
  /** Resolves when it is over for good. */
  get closed(): Promise<ClosedBecause> {
    return this.#closed
  }

  /** Calls `listener` with every event of that name; the answer takes it off again. */
  on<N extends EventName>(name: N, listener: Listener<LiveEvents[N]>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    listeners.add(listener as Listener<never>)
    return () => void listeners.delete(listener as Listener<never>)
  }

  /** Calls `listener` whenever `state` has changed; the answer takes it off again. */
  onState(listener: (state: LiveState) => void): () => void {
    this.#stateListeners.add(listener)
    return () => void this.#stateListeners.delete(listener)
  }

  /** Every event from this call on, until it is over. A reader that falls 10,000 behind is cut off with an error. */
  events(): AsyncIterableIterator<LiveEvent> {
    const queue = createQueue<LiveEvent>(MOST_WAITING, () => {
      this.#anyListeners.delete(listener)
      this.#readers.delete(queue)
    })
    // A name that is not listed stays what it is: see LiveEvent.
    const listener = (envelope: Envelope): void => queue.push(envelope as LiveEvent)
    if (this.#state === 'closed') queue.end()
    else {
      this.#anyListeners.add(listener)
      this.#readers.add(queue)
    }
    return queue
  }

  /** Also says who else looks at a channel and types there. Messages of all channels come without it. */
  subscribe(channelId: string): void {
    if (this.#subscribed.has(channelId)) return
    this.#subscribed.add(channelId)
    if (!this.#askFor(channelId) && this.#transport === 'sse') this.#turn.abort()
  }

  unsubscribe(channelId: string): void {
    if (!this.#subscribed.delete(channelId)) return
    if (!this.#send('chat.unsubscribe', { channel_id: channelId }) && this.#transport === 'sse') this.#turn.abort()
  }

  /** Tells the others who look at the channel; by a call of its own where the connection cannot. */
  async typing(channelId: string, isTyping: boolean): Promise<void> {
    const frame = { channel_id: channelId, is_typing: isTyping }
    if (this.#subscribed.has(channelId) && this.#send('chat.typing.update', frame)) return
    const path = `/v1/channels/${encodeURIComponent(channelId)}/typing`
    await this.#context.http.call({ method: 'POST', path, json: { is_typing: isTyping } })
  }

  /** Gives the transport up and opens another connection, which resumes. Throws where it cannot be used. */
  switchTo(name: TransportName): void {
    if (!this.#names.includes(name)) throw new Error(`${name} cannot be used here`)
    this.#transport = name
    this.#fellBackAt = null
    this.#turn.abort()
  }

  close(): void {
    this.#end('closed')
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #send(type: string, payload: object, requestId?: string): boolean {
    const frame = { type, payload, ...(requestId !== undefined && { request_id: requestId }) }
    return this.#state === 'open' && (this.#connection?.send(frame) ?? false)
  }

  #askFor(channelId: string): boolean {
    return this.#send('chat.subscribe', { channel_id: channelId }, subscribing(channelId))
  }

  async #run(): Promise<void> {
    let failures = 0
    let refusals = 0
    for (;;) {
      const token = this.#context.token()
      if (token === null) return this.#end('session-ended')
      const turn = new AbortController()
      this.#turn = turn
      this.#enter('connecting')
      const { ending, openFor } = await this.#connect(token, turn.signal)
      this.#connection = null
      if (this.#isClosed()) return
      const renewed = this.#context.token() !== token
      if (ending.type === 'gone' && renewed) continue
      const verdict = openFor === null && ending.type === 'lost' ? await this.#judge(turn.signal) : ending.type
      if (this.#isClosed()) return
      if (turn.signal.aborted) continue
      if (verdict === 'gone' && !renewed) return this.#end('session-ended')
      if (verdict === 'removed') return this.#end('membership-ended')
      failures = openFor !== null && openFor >= STEADY_MS ? 1 : failures + 1
      refusals = verdict === 'refused' ? refusals + 1 : openFor === null ? refusals : 0
      if (refusals >= PATIENCE) {
        refusals = 0
        this.#fallBack()
      } else if (openFor !== null && this.#fellBackAt !== null && Date.now() - this.#fellBackAt >= RETURN_MS) {
        this.#return()
      }
      this.#enter('waiting')
      const said = ending.type === 'lost' || ending.type === 'draining' ? (ending.retryAfterMs ?? 0) : 0
      await pause(this.#waitAfter(failures, said), turn.signal)
      if (this.#isClosed()) return
    }
  }

  /** One connection from its beginning to its end; `openFor` is null if it said nothing. */
  async #connect(token: string, signal: AbortSignal): Promise<{ ending: Ending; openFor: number | null }> {
    const hello = createPatience(signal, HELLO_MS)
    const link = new AbortController()
    const cut = (): void => link.abort()
    hello.signal.addEventListener('abort', cut)
    signal.addEventListener('abort', cut)
    const presented = this.#position
    let openedAt: number | null = null
    const opening = (): void => {
      if (openedAt !== null) return
      openedAt = Date.now()
      hello.end()
      this.#enter('open')
      this.#opened.resolve()
      // A WebSocket is told what to look at; the other transports were, by their address.
      for (const id of this.#subscribed) this.#askFor(id)
    }
    this.#connection = transports[this.#transport].connect({
      ...this.#context,
      token,
      resumeToken: presented,
      channels: [...this.#subscribed],
      signal: link.signal,
      onEnvelope: envelope => {
        if (link.signal.aborted) return
        if (envelope.event_type === 'chat.hello' && this.#ownBackoff === null) {
          this.#backoff = readBackoff(envelope.payload.reconnect)
        }
        opening()
        this.#receive(envelope, presented, link.signal)
      },
      onPosition: position => {
        if (link.signal.aborted) return
        this.#position = position
        opening()
      },
    })
    const ending = await this.#connection.ended
    link.abort()
    hello.end()
    signal.removeEventListener('abort', cut)
    return { ending, openFor: openedAt === null ? null : Date.now() - openedAt }
  }

  /** Whose fault it is that a connection was not opened. A WebSocket that is refused is not told why, so it is asked for. */
  async #judge(signal: AbortSignal): Promise<'gone' | 'removed' | 'refused' | 'unreachable'> {
    const { http, serverId } = this.#context
    const patience = createPatience(signal, HELLO_MS)
    try {
      const path = `/v1/servers/${encodeURIComponent(serverId)}/membership`
      const call = { method: 'GET', path, signal: patience.signal, repeatable: false } as const
      const { state } = await http.call<{ readonly state: string }>(call)
      return state === 'active' ? 'refused' : 'removed'
    } catch (error) {
      const ending = endingOf(error)
      if (ending.type === 'gone' || ending.type === 'removed') return ending.type
      return error instanceof ApiError && !error.retryable ? 'refused' : 'unreachable'
    } finally {
      patience.end()
    }
  }

  #waitAfter(failures: number, said: number): number {
    const delay = delayOf(this.#backoff, failures)
    // Not before the server said, and not everybody at once.
    return said === 0 ? delay : Math.min(said, LONGEST_WAIT) + delay * Math.random()
  }

  /** To the transport after the present one, round and round. */
  #fallBack(): void {
    const at = this.#names.indexOf(this.#transport)
    this.#transport = this.#names[(at + 1) % this.#names.length] ?? this.#transport
    this.#fellBackAt = this.#transport === this.#names[0] ? null : Date.now()
  }

  #return(): void {
    this.#transport = this.#names[0] ?? this.#transport
    this.#fellBackAt = null
  }

  #receive(envelope: Envelope, presented: string | null, signal: AbortSignal): void {
    if (this.#repeats.seen(envelope)) return
    this.#advance(envelope, presented)
    if (envelope.event_type === 'chat.error') this.#refused(envelope, signal)
    for (const listener of this.#anyListeners) attempt(() => listener(envelope))
    for (const listener of this.#listeners.get(envelope.event_type) ?? []) {
      attempt(() => (listener as unknown as Listener<unknown>)(envelope.payload, envelope))
    }
  }

  #advance({ event_type: type, payload, resume_token: behind }: Envelope, presented: string | null): void {
    const { resume_token: named } = payload
    if (type === 'chat.hello') {
      // Where one wanted to resume, the position changes with the word of how that went, not before.
      if (presented !== null || typeof named !== 'string') return
      this.#repeats.forget()
      this.#position = named
    } else if (type === 'resync_required' || type === 'chat.resume.completed') {
      if (type === 'resync_required') this.#repeats.forget()
      if (typeof named === 'string') this.#position = named
    } else if (behind !== undefined) this.#position = behind
  }

  /** A subscription that is refused for good is forgotten; one that came too fast is asked for again. */
  #refused(envelope: Envelope, signal: AbortSignal): void {
    const { request_id: request, payload } = envelope
    const id = [...this.#subscribed].find(each => subscribing(each) === request)
    if (id === undefined) return
    if (payload.retryable !== true) {
      this.#subscribed.delete(id)
      return
    }
    const { details } = payload
    const said = retryAfterIn({ ...envelope, payload: { ...(details as object | undefined) } })
    void pause(this.#waitAfter(1, said), signal).then(() => {
      if (!signal.aborted && this.#subscribed.has(id)) this.#askFor(id)
    })
  }

  #enter(state: LiveState): void {
    if (this.#state === state) return
    this.#state = state
    for (const listener of this.#stateListeners) attempt(() => listener(state))
  }

  #isClosed(): boolean {
    return this.#state === 'closed'
  }

  #end(because: ClosedBecause): void {
    if (this.#isClosed()) return
    this.#enter('closed')
    this.#turn.abort()
    for (const reader of this.#readers) reader.end()
    this.#over(because)
    this.#opened.reject(new Error(`closed: ${because}`))
  }
}
