// The official Socket.IO client as tests use it: what came, in order; acknowledgements awaited; refusals told.
import { expect } from 'bun:test'
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import type { Loose } from '../../kit/http.ts'
import { until } from '../../kit/wait.ts'

export type { Loose } from '../../kit/http.ts'

export interface Received {
  readonly event: string
  readonly data: Loose
}

export interface ConnectOptions {
  /** `websocket` unless said otherwise; both, in this order, upgrade. */
  readonly transports?: readonly ('polling' | 'websocket')[]
  readonly query?: Readonly<Record<string, string>>
  readonly auth?: object
}

const DEADLINE = 10_000

/** One socket. Events are taken once, in the order in which they came, whichever test asks for which. */
export class Client {
  readonly socket: Socket
  readonly received: Received[] = []
  readonly #taken = new Set<Received>()

  constructor(url: string, options: ConnectOptions) {
    const usual: Partial<ManagerOptions & SocketOptions> = {
      transports: [...(options.transports ?? ['websocket'])],
      reconnection: false,
      forceNew: true,
    }
    this.socket = io(url, {
      ...usual,
      ...(options.query && { query: { ...options.query } }),
      ...(options.auth && { auth: options.auth as Record<string, unknown> }),
    })
    this.socket.onAny((event: string, data: unknown) => this.received.push({ event, data }))
  }

  /** Resolves once connected, with what the server said first; rejects with the `connect_error`. */
  async connected(): Promise<Loose> {
    await new Promise<void>((resolve, reject) => {
      if (this.socket.connected) return resolve()
      this.socket.once('connect', resolve)
      this.socket.once('connect_error', reject)
    })
    return this.next('connection_successful')
  }

  /** The message with which the connection is refused. */
  refused(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.socket.once('connect', () => reject(new Error('connected')))
      this.socket.once('connect_error', error => resolve(error.message))
    })
  }

  /** Emits and waits for the acknowledgement. */
  ask(event: string, ...args: readonly unknown[]): Promise<Loose> {
    return this.socket.timeout(DEADLINE).emitWithAck(event, ...args)
  }

  /** What a request that succeeds answers. */
  async must(event: string, payload: object = {}): Promise<Loose> {
    const { ok, data, message } = await this.ask(event, payload)
    if (!ok) throw new Error(`${event} ${JSON.stringify(payload)}: ${message}`)
    return data
  }

  /** The words with which a request is refused; `ok` when it is not. */
  async said(event: string, payload: unknown = {}): Promise<string> {
    const { ok, message } = await this.ask(event, payload)
    return ok ? 'ok' : message
  }

  emit(event: string, ...args: readonly unknown[]): void {
    this.socket.emit(event, ...args)
  }

  /** The next event of this name not taken yet. */
  async next(event: string, fits: (data: Loose) => boolean = () => true): Promise<Loose> {
    const found = () =>
      this.received.find(one => one.event === event && !this.#taken.has(one) && fits(one.data)) ?? null
    const one = await until(`${event} among ${JSON.stringify(this.received.slice(-8))}`, found, DEADLINE)
    this.#taken.add(one)
    return one.data
  }

  /** Everything of these names not taken yet, taken. */
  take(...events: readonly string[]): readonly Loose[] {
    const rest = this.received.filter(one => events.includes(one.event) && !this.#taken.has(one))
    for (const one of rest) this.#taken.add(one)
    return rest.map(one => one.data)
  }

  /**
   * Resolves when everything the server has sent this socket by now is here: an answer comes behind what was sent before it.
   */
  async caughtUp(): Promise<void> {
    await this.must('ping')
  }

  /** Proves that none of these events came: looks behind an answer that was asked for afterwards. */
  async quiet(...events: readonly string[]): Promise<void> {
    await this.caughtUp()
    expect(this.take(...events)).toEqual([])
  }

  /** How the connection ended. */
  ended(): Promise<string> {
    return new Promise(resolve => {
      if (this.socket.disconnected) return resolve('before')
      this.socket.once('disconnect', resolve)
    })
  }

  close(): void {
    this.socket.close()
  }
}
