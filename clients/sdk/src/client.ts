// The client: what a server can do, who one is there, and every call as a method.
import { ApiError, ConnectionError, JoinPending } from './errors.ts'
import { type Call, Http } from './http.ts'
import type { Key } from './identity.ts'
import { Live, type LiveOptions, type TransportName } from './live.ts'
import { randomId } from './random.ts'
import type {
  Attachment,
  Capabilities,
  Category,
  Channel,
  Contact,
  Member,
  Message,
  Profile,
  ReadAck,
  Receipt,
  ServerEntry,
  Session,
} from './types.ts'

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

export interface Draft {
  readonly body?: string
  readonly replyTo?: string
  readonly kind?: 'text' | 'emote'
  /** Files already uploaded. */
  readonly attachmentIds?: readonly string[]
  /** A message to pass on. */
  readonly forward?: { readonly channelId: string; readonly messageId: string }
  /** Makes the send repeatable; made up when absent, so that a retry after a lost answer sends nothing twice. */
  readonly clientMessageId?: string
}

export interface HistoryOptions {
  /** Begin next to this message instead of at the newest. */
  readonly before?: string
  /** Messages asked for at a time. */
  readonly pageSize?: number
  /** Also the taken back ones, as empty shells. */
  readonly includeRecalled?: boolean
}

interface Page {
  readonly messages: readonly Message[]
  readonly next_cursor: string | null
  readonly prev_cursor: string | null
}

/** Profiles asked for in one call (OC92). */
const MOST_PROFILES = 100

const encode = encodeURIComponent
const channelPath = (id: string, rest = ''): string => `/v1/channels/${encode(id)}${rest}`

const offeredBy = ({ transport }: Capabilities): readonly TransportName[] => [
  ...(transport.websocket ? (['websocket'] as const) : []),
  ...(transport.sse ? (['sse'] as const) : []),
  ...(transport.polling ? (['polling'] as const) : []),
]

export class OpenChat {
  readonly baseUrl: string
  readonly capabilities: Capabilities
  readonly #http: Http
  readonly #deviceId: string
  readonly #webSocket: typeof WebSocket | undefined
  #session: Session | null

  private constructor(baseUrl: string, capabilities: Capabilities, http: HttpMaker, options: ClientOptions) {
    this.baseUrl = baseUrl
    this.capabilities = capabilities
    this.#http = http(() => this.#session?.token ?? null)
    this.#session = options.session ?? null
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
    return this.#session
  }
  /** The server one is on; before entering, the one that is always there. */
  get serverId(): string {
    return this.#session?.server_id ?? this.capabilities.server_id
  }
  /** One's own name on it. Throws before entering. */
  get userUid(): string {
    if (!this.#session) throw new Error('no session yet')
    return this.#session.user_uid
  }

  /** Any call of the contract that has no method here. */
  call<T>(call: Call): Promise<T> {
    return this.#http.call<T>(call)
  }

  // Who one is

  /** Enters by one's own key: nothing personal is asked for, and a key nobody has makes a new person. */
  async enter(key: Key, serverId: string = this.capabilities.server_id): Promise<Session> {
    const base = `/v1/servers/${encode(serverId)}/sessions`
    const challenge = await this.#http.call<{ readonly challenge_id: string; readonly payload: string }>({
      method: 'POST',
      path: `${base}/challenge`,
      json: { public_key: key.publicKey, device_id: this.#deviceId },
      anonymous: true,
      // One that is not answered to is forgotten.
      repeatable: true,
    })
    const signature = await key.sign(challenge.payload)
    const json = { challenge_id: challenge.challenge_id, signature }
    return this.#entered(await this.#http.call({ method: 'POST', path: base, json, anonymous: true }))
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
    return this.#entered(await this.#http.call({ method: 'POST', path: '/v1/accounts', json, anonymous: true }))
  }

  async logIn(username: string, password: string): Promise<Session> {
    const json = { username, password, device_id: this.#deviceId }
    return this.#entered(
      await this.#http.call({ method: 'POST', path: '/v1/sessions/password', json, anonymous: true }),
    )
  }

  /** Another client of the same person on another server of this origin. */
  async exchange(serverId: string): Promise<OpenChat> {
    const path = `/v1/servers/${encode(serverId)}/sessions/exchange`
    const session = await this.#http.call<Session>({ method: 'POST', path, json: { device_id: this.#deviceId } })
    const other: HttpMaker = token => this.#http.as(token)
    return new OpenChat(this.baseUrl, this.capabilities, other, {
      session,
      deviceId: this.#deviceId,
      webSocket: this.#webSocket ?? null,
    })
  }

  /** Prolongs the session (it lasts a day) under a new token; open connections go on. */
  async renew(): Promise<Session> {
    return this.#entered(await this.#http.call({ method: 'POST', path: '/v1/sessions/current/renew' }))
  }

  /** Ends the session, and every connection of it. One that is over already is none to complain about. */
  async logOut(): Promise<void> {
    try {
      await this.#http.call({ method: 'DELETE', path: '/v1/sessions/current' })
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error
    }
    this.#session = null
  }

  #entered(session: Session): Session {
    this.#session = session
    return session
  }

  // Where one is

  async servers(): Promise<readonly ServerEntry[]> {
    return (await this.#http.call<{ servers: readonly ServerEntry[] }>({ method: 'GET', path: '/v1/servers' })).servers
  }

  /** What stands in this server's list: headings with their channels. */
  async layout(): Promise<readonly Category[]> {
    const path = `/v1/servers/${encode(this.serverId)}/channels`
    return (await this.#http.call<{ groups: readonly Category[] }>({ method: 'GET', path })).groups
  }

  /** Every channel in that list, headings left out. */
  async channels(): Promise<readonly Channel[]> {
    return (await this.layout()).flatMap(({ channels }) => channels)
  }

  channel(channelId: string): Promise<Channel> {
    return this.#channel({ method: 'GET', path: channelPath(channelId) })
  }

  createChannel(name: string, categoryId: string): Promise<Channel> {
    const json = { name, type: 'text', group_id: categoryId }
    return this.#channel({ method: 'POST', path: `/v1/servers/${encode(this.serverId)}/channels`, json })
  }

  createGroup(name: string, memberUids: readonly string[] = []): Promise<Channel> {
    return this.#channel({ method: 'POST', path: '/v1/groups', json: { name, member_uids: memberUids } })
  }

  /** The direct chat with somebody, made if need be. */
  direct(other: { readonly uid: string } | { readonly username: string }): Promise<Channel> {
    const json = 'uid' in other ? { user_uid: other.uid } : { username: other.username }
    return this.#channel({ method: 'POST', path: '/v1/direct-chats', json, repeatable: true })
  }

  /** Throws JoinPending where somebody has to agree first. */
  async join(channelId: string): Promise<Channel> {
    const call = { method: 'POST', path: channelPath(channelId, '/join'), repeatable: true } as const
    const { channel } = await this.#http.call<{ readonly channel?: Channel }>(call)
    if (!channel) throw new JoinPending(channelId)
    return channel
  }

  async leave(channelId: string): Promise<void> {
    await this.#http.call({ method: 'DELETE', path: channelPath(channelId, '/members/me') })
  }

  async members(channelId: string): Promise<readonly Member[]> {
    const members: Member[] = []
    for await (const member of this.#pages<Member>(channelPath(channelId, '/members'), 'members')) members.push(member)
    return members
  }

  async #channel(call: Call): Promise<Channel> {
    return (await this.#http.call<{ readonly channel: Channel }>(call)).channel
  }

  // What is said

  async send(channelId: string, draft: string | Draft): Promise<Message> {
    const given: Draft = typeof draft === 'string' ? { body: draft } : draft
    const json = {
      body: given.body ?? '',
      client_message_id: given.clientMessageId ?? randomId(),
      ...(given.kind && { kind: given.kind }),
      ...(given.replyTo && { reply_to_message_id: given.replyTo }),
      ...(given.attachmentIds && { attachment_ids: given.attachmentIds }),
      ...(given.forward && { forward: { channel_id: given.forward.channelId, message_id: given.forward.messageId } }),
    }
    return this.#message({ method: 'POST', path: channelPath(channelId, '/messages'), json, repeatable: true })
  }

  edit(channelId: string, messageId: string, body: string): Promise<Message> {
    const path = channelPath(channelId, `/messages/${encode(messageId)}`)
    return this.#message({ method: 'PATCH', path, json: { body }, repeatable: true })
  }

  /** Takes it back, for everybody. */
  async recall(channelId: string, messageId: string): Promise<void> {
    await this.#http.call({ method: 'DELETE', path: channelPath(channelId, `/messages/${encode(messageId)}`) })
  }

  async react(channelId: string, messageId: string, emoji: string, active = true): Promise<void> {
    const path = channelPath(channelId, `/messages/${encode(messageId)}/reactions/${encode(emoji)}`)
    await this.#http.call({ method: active ? 'PUT' : 'DELETE', path })
  }

  async pin(channelId: string, messageId: string, active = true): Promise<void> {
    const path = channelPath(channelId, `/pins/${encode(messageId)}`)
    await this.#http.call({ method: active ? 'PUT' : 'DELETE', path })
  }

  message(channelId: string, messageId: string): Promise<Message> {
    return this.#message({ method: 'GET', path: channelPath(channelId, `/messages/${encode(messageId)}`) })
  }

  /** A file, to be sent by its id. Readable by nobody else until then. */
  async upload(file: Blob, name = 'file'): Promise<Attachment> {
    const body = new FormData()
    body.set('file', file, name)
    const call = { method: 'POST', path: '/v1/uploads', body } as const
    return (await this.#http.call<{ readonly attachment: Attachment }>(call)).attachment
  }

  /** The bytes of a file of a message, or of one's own upload. */
  async download(file: Pick<Attachment, 'url'> & Partial<Pick<Attachment, 'stable_url'>>): Promise<Blob> {
    // The server may be known to itself by another address than to us.
    const pathOf = (url: string): string => {
      const { pathname, search } = new URL(url)
      return `${pathname}${search}`
    }
    try {
      return await this.#http.bytes({ method: 'GET', path: pathOf(file.url), anonymous: true })
    } catch (error) {
      // The link in a message that was kept for long is over; who may see the message gets the file all the same.
      const over = error instanceof ApiError && error.code === 'attachment_token_invalid'
      if (!over || file.stable_url === undefined) throw error
      return await this.#http.bytes({ method: 'GET', path: pathOf(file.stable_url) })
    }
  }

  /** From the newest message (or `before`) back to the first, each once, whatever is said meanwhile. */
  async *history(channelId: string, options: HistoryOptions = {}): AsyncGenerator<Message> {
    const { before, pageSize = 100, includeRecalled } = options
    const fixed = { limit: pageSize, ...(includeRecalled && { include_recalled: true }) }
    let query: Call['query'] = { ...fixed, ...(before !== undefined && { before }) }
    for (;;) {
      const path = channelPath(channelId, '/messages')
      const page: Page = await this.#http.call<Page>({ method: 'GET', path, query })
      yield* page.messages.toReversed()
      if (page.next_cursor === null) return
      query = { ...fixed, cursor: page.next_cursor }
    }
  }

  /** Newest first: messages in which every word occurs, in the channels one is in. */
  search(
    query: string,
    where: { readonly channelId?: string; readonly fromUid?: string } = {},
  ): AsyncGenerator<Message> {
    const more = { query, channel_id: where.channelId, from_uid: where.fromUid }
    return this.#pages('/v1/search/messages', 'messages', more)
  }

  /** Marks as read up to a message; to the newest by default. */
  async markRead(channelId: string, messageId?: string): Promise<ReadAck> {
    const json = messageId === undefined ? {} : { last_read_message_id: messageId }
    const call = { method: 'PUT', path: channelPath(channelId, '/read-ack'), json } as const
    return (await this.#http.call<{ readonly read_ack: ReadAck }>(call)).read_ack
  }

  async receipts(channelId: string): Promise<readonly Receipt[]> {
    const call = { method: 'GET', path: channelPath(channelId, '/read-receipts') } as const
    return (await this.#http.call<{ readonly receipts: readonly Receipt[] }>(call)).receipts
  }

  async #message(call: Call): Promise<Message> {
    return (await this.#http.call<{ readonly message: Message }>(call)).message
  }

  // Who else is there

  profile(): Promise<Profile> {
    return this.#http.call({ method: 'GET', path: '/v1/profile/me' })
  }

  /** One for each uid, in their order; who is unknown is called by the uid. */
  async profiles(uids: readonly string[]): Promise<readonly Profile[]> {
    const profiles: Profile[] = []
    for (let at = 0; at < uids.length; at += MOST_PROFILES) {
      const asked = uids.slice(at, at + MOST_PROFILES)
      const path = `/v1/profiles:batch?${asked.map(uid => `user_uid=${encode(uid)}`).join('&')}`
      const call = { method: 'GET', path } as const
      profiles.push(...(await this.#http.call<{ readonly profiles: readonly Profile[] }>(call)).profiles)
    }
    return profiles
  }

  /** By the beginning of a handle or a name. */
  findPeople(query: string): AsyncGenerator<Profile> {
    return this.#pages('/v1/directory/users', 'users', { query })
  }

  contacts(): AsyncGenerator<Contact> {
    return this.#pages('/v1/contacts', 'contacts')
  }

  addContact(other: { readonly uid: string } | { readonly username: string }, message?: string): Promise<Contact> {
    const who = 'uid' in other ? { user_uid: other.uid } : { username: other.username }
    return this.#contact('POST', '/v1/contacts', { ...who, ...(message !== undefined && { message }) })
  }

  acceptContact(uid: string): Promise<Contact> {
    return this.#contact('POST', `/v1/contacts/${encode(uid)}/accept`)
  }

  async removeContact(uid: string): Promise<void> {
    await this.#http.call({ method: 'DELETE', path: `/v1/contacts/${encode(uid)}` })
  }

  async block(uid: string, active = true): Promise<void> {
    await this.#http.call({ method: active ? 'PUT' : 'DELETE', path: `/v1/contacts/${encode(uid)}/block` })
  }

  async #contact(method: 'POST', path: string, json?: object): Promise<Contact> {
    return (await this.#http.call<{ readonly contact: Contact }>({ method, path, json })).contact
  }

  // As it happens

  /**
   * Listens from now on, or from an earlier `position`; reconnects and resumes by itself until closed, or until the session or
   * the membership ends. Throws where the server and the platform have no transport in common.
   */
  live(options: LiveOptions = {}): Live {
    const context = {
      http: this.#http,
      baseUrl: this.baseUrl,
      token: () => this.#session?.token ?? null,
      serverId: this.serverId,
      offered: offeredBy(this.capabilities),
      webSocket: this.#webSocket,
      backoff: this.capabilities.transport.reconnect,
    }
    return new Live(context, options)
  }

  /** All rows of a list that comes in pages. */
  async *#pages<T>(path: string, key: string, query: Call['query'] = {}): AsyncGenerator<T> {
    let cursor: string | undefined
    for (;;) {
      const page: Readonly<Record<string, unknown>> = await this.#http.call({
        method: 'GET',
        path,
        query: { ...query, cursor },
      })
      yield* page[key] as readonly T[]
      if (typeof page.next_cursor !== 'string') return
      cursor = page.next_cursor
    }
  }
}

type HttpMaker = (token: () => string | null) => Http
