// The client: what a server can do, who one is there, and what one hears of it.
import { Calls } from './calls.ts'
import { ApiError, ConnectionError } from './errors.ts'
import { Http } from './http.ts'
import type { Key } from './identity.ts'
import { Live, type LiveOptions, type TransportName } from './live.ts'
import { randomId } from './random.ts'
import type { Capabilities, Session } from './types.ts'

export interface ClientOptions {
  /** A session of an earlier run, as `client.session` gave it. */
  readonly session?: Session | null
  /** What names this device in lists of sessions; not a secret. */
  readonly deviceId?: string
  /** In place of the platform's own; for tests and unusual platforms. */
  readonly fetch?: typeof fetch
  /** Likewise; `null` for platforms without, which fall back to SSE. */
  readonly webSocket?: typeof WebSocket | null
}

const encode = encodeURIComponent

const offeredBy = ({ transport }: Capabilities): readonly TransportName[] => [
  ...(transport.websocket ? (['websocket'] as const) : []),
  ...(transport.sse ? (['sse'] as const) : []),
  ...(transport.polling ? (['polling'] as const) : []),
]

export class OpenChat extends Calls {
  readonly baseUrl: string
  readonly capabilities: Capabilities
  readonly #deviceId: string
  readonly #webSocket: typeof WebSocket | undefined
  readonly #current: { session: Session | null }

  private constructor(baseUrl: string, capabilities: Capabilities, http: HttpMaker, options: ClientOptions) {
    const current = { session: options.session ?? null }
    super(http(() => current.session?.token ?? null))
    this.#current = current
    this.baseUrl = baseUrl
    this.capabilities = capabilities
    this.#deviceId = options.deviceId ?? randomId()
    this.#webSocket = options.webSocket === null ? undefined : (options.webSocket ?? globalThis.WebSocket)
  }

  /**
   * Asks a server what it can do: `url` is `http(s)://host[:port]`, all else in it is left out. Throws TypeError where that is
   * no such URL, and ConnectionError where no openchat server answers (after 4 tries, some 7 seconds, if nothing does).
   */
  static async open(url: string, options: ClientOptions = {}): Promise<OpenChat> {
    const { protocol, origin } = new URL(url)
    if (!/^https?:$/.test(protocol)) throw new TypeError(`not the address of a server: ${url}`)
    const { fetch = globalThis.fetch } = options
    const make: HttpMaker = token => new Http({ baseUrl: origin, fetch: fetch.bind(globalThis), token })
    const path = '/client/capabilities'
    const capabilities = await make(() => null).call<Partial<Capabilities> | null>({ method: 'GET', path })
    if (typeof capabilities?.server_id !== 'string' || typeof capabilities.transport !== 'object') {
      throw new ConnectionError(`${origin} is no openchat server`, { status: 200 })
    }
    return new OpenChat(origin, capabilities as Capabilities, make, options)
  }

  /** Null until one has entered. Keep it, and give it to the next `open`: it is a secret. */
  get session(): Session | null {
    return this.#current.session
  }
  override get serverId(): string {
    return this.session?.server_id ?? this.capabilities.server_id
  }
  /** One's own name on it. Throws before entering. */
  get userUid(): string {
    if (!this.session) throw new Error('no session yet')
    return this.session.user_uid
  }

  // Who one is

  /** Enters by one's own key: nothing personal is asked for, and a key nobody has makes a new person. */
  async enter(key: Key, serverId: string = this.capabilities.server_id): Promise<Session> {
    const base = `/v1/servers/${encode(serverId)}/sessions`
    const challenge = await this.http.call<{ readonly challenge_id: string; readonly payload: string }>({
      method: 'POST',
      path: `${base}/challenge`,
      json: { public_key: key.publicKey, device_id: this.#deviceId },
      anonymous: true,
      // One that is not answered to is forgotten.
      repeatable: true,
    })
    const signature = await key.sign(challenge.payload)
    const json = { challenge_id: challenge.challenge_id, signature }
    return this.#entered(await this.http.call({ method: 'POST', path: base, json, anonymous: true }))
  }

  /** A new account with a name and a password, which also open the other contracts of this server. */
  async register(account: {
    readonly username: string
    readonly password: string
    readonly displayName?: string
  }): Promise<Session> {
    const { username, password, displayName } = account
    const json = {
      username,
      password,
      device_id: this.#deviceId,
      ...(displayName !== undefined && { display_name: displayName }),
    }
    return this.#entered(await this.http.call({ method: 'POST', path: '/v1/accounts', json, anonymous: true }))
  }

  async logIn(username: string, password: string): Promise<Session> {
    const json = { username, password, device_id: this.#deviceId }
    return this.#entered(await this.http.call({ method: 'POST', path: '/v1/sessions/password', json, anonymous: true }))
  }

  /** Another client of the same person on another server of this origin. */
  async exchange(serverId: string): Promise<OpenChat> {
    const path = `/v1/servers/${encode(serverId)}/sessions/exchange`
    const session = await this.http.call<Session>({ method: 'POST', path, json: { device_id: this.#deviceId } })
    const other: HttpMaker = token => this.http.as(token)
    return new OpenChat(this.baseUrl, this.capabilities, other, {
      session,
      deviceId: this.#deviceId,
      webSocket: this.#webSocket ?? null,
    })
  }

  /** Prolongs the session (it lasts a day) under a new token; open connections go on. */
  async renew(): Promise<Session> {
    return this.#entered(await this.http.call({ method: 'POST', path: '/v1/sessions/current/renew' }))
  }

  /** Ends the session, and every connection of it. One that is over already is none to complain about. */
  async logOut(): Promise<void> {
    try {
      await this.http.call({ method: 'DELETE', path: '/v1/sessions/current' })
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error
    }
    this.#current.session = null
  }

  #entered(session: Session): Session {
    this.#current.session = session
    return session
  }

  // As it happens

  /**
   * Listens from now on, or from an earlier `position`; reconnects and resumes by itself until closed, or until the session or
   * the membership ends. Throws where the server and the platform have no transport in common.
   */
  live(options: LiveOptions = {}): Live {
    const context = {
      http: this.http,
      baseUrl: this.baseUrl,
      token: () => this.session?.token ?? null,
      serverId: this.serverId,
      offered: offeredBy(this.capabilities),
      webSocket: this.#webSocket,
      backoff: this.capabilities.transport.reconnect,
    }
    return new Live(context, options)
  }
}

type HttpMaker = (token: () => string | null) => Http
