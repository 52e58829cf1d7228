// The calls of the contract, as methods: where one is, what is said, who else is there.
import { ApiError, JoinPending } from './errors.ts'
import type { Call, Http } from './http.ts'
import { randomId } from './random.ts'
import type {
  Attachment,
  Category,
  Channel,
  Contact,
  Member,
  Message,
  Profile,
  ReadAck,
  Receipt,
  ServerEntry,
} from './types.ts'

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

export abstract class Calls {
  protected readonly http: Http

  constructor(http: Http) {
    this.http = http
  }

  /** The server one is on; before entering, the one that is always there. */
  abstract readonly serverId: string

  /** Any call of the contract that has no method here. */
  call<T>(call: Call): Promise<T> {
    return this.http.call<T>(call)
  }

  // Where one is

  async servers(): Promise<readonly ServerEntry[]> {
    return (await this.http.call<{ servers: readonly ServerEntry[] }>({ method: 'GET', path: '/v1/servers' })).servers
  }

  /** What stands in this server's list: headings with their channels. */
  async layout(): Promise<readonly Category[]> {
    const path = `/v1/servers/${encode(this.serverId)}/channels`
    return (await this.http.call<{ groups: readonly Category[] }>({ method: 'GET', path })).groups
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
    const { channel } = await this.http.call<{ readonly channel?: Channel }>(call)
    if (!channel) throw new JoinPending(channelId)
    return channel
  }

  async leave(channelId: string): Promise<void> {
    await this.http.call({ method: 'DELETE', path: channelPath(channelId, '/members/me') })
  }

  async members(channelId: string): Promise<readonly Member[]> {
    const members: Member[] = []
    for await (const member of this.#pages<Member>(channelPath(channelId, '/members'), 'members')) members.push(member)
    return members
  }

  async #channel(call: Call): Promise<Channel> {
    return (await this.http.call<{ readonly channel: Channel }>(call)).channel
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
    await this.http.call({ method: 'DELETE', path: channelPath(channelId, `/messages/${encode(messageId)}`) })
  }

  async react(channelId: string, messageId: string, emoji: string, active = true): Promise<void> {
    const path = channelPath(channelId, `/messages/${encode(messageId)}/reactions/${encode(emoji)}`)
    await this.http.call({ method: active ? 'PUT' : 'DELETE', path })
  }

  async pin(channelId: string, messageId: string, active = true): Promise<void> {
    const path = channelPath(channelId, `/pins/${encode(messageId)}`)
    await this.http.call({ method: active ? 'PUT' : 'DELETE', path })
  }

  message(channelId: string, messageId: string): Promise<Message> {
    return this.#message({ method: 'GET', path: channelPath(channelId, `/messages/${encode(messageId)}`) })
  }

  /** A file, to be sent by its id. Readable by nobody else until then. */
  async upload(file: Blob, name = 'file'): Promise<Attachment> {
    const body = new FormData()
    body.set('file', file, name)
    const call = { method: 'POST', path: '/v1/uploads', body } as const
    return (await this.http.call<{ readonly attachment: Attachment }>(call)).attachment
  }

  /** The bytes of a file of a message, or of one's own upload. */
  async download(file: Pick<Attachment, 'url'> & Partial<Pick<Attachment, 'stable_url'>>): Promise<Blob> {
    // The server may be known to itself by another address than to us.
    const pathOf = (url: string): string => {
      const { pathname, search } = new URL(url)
      return `${pathname}${search}`
    }
    try {
      return await this.http.bytes({ method: 'GET', path: pathOf(file.url), anonymous: true })
    } catch (error) {
      // The link in a message that was kept for long is over; who may see the message gets the file all the same.
      const over = error instanceof ApiError && error.code === 'attachment_token_invalid'
      if (!over || file.stable_url === undefined) throw error
      return await this.http.bytes({ method: 'GET', path: pathOf(file.stable_url) })
    }
  }

  /** From the newest message (or `before`) back to the first, each once, whatever is said meanwhile. */
  async *history(channelId: string, options: HistoryOptions = {}): AsyncGenerator<Message> {
    const { before, pageSize = 100, includeRecalled } = options
    const fixed = { limit: pageSize, ...(includeRecalled && { include_recalled: true }) }
    let query: Call['query'] = { ...fixed, ...(before !== undefined && { before }) }
    for (;;) {
      const path = channelPath(channelId, '/messages')
      const page: Page = await this.http.call<Page>({ method: 'GET', path, query })
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
    return (await this.http.call<{ readonly read_ack: ReadAck }>(call)).read_ack
  }

  async receipts(channelId: string): Promise<readonly Receipt[]> {
    const call = { method: 'GET', path: channelPath(channelId, '/read-receipts') } as const
    return (await this.http.call<{ readonly receipts: readonly Receipt[] }>(call)).receipts
  }

  async #message(call: Call): Promise<Message> {
    return (await this.http.call<{ readonly message: Message }>(call)).message
  }

  // Who else is there

  profile(): Promise<Profile> {
    return this.http.call({ method: 'GET', path: '/v1/profile/me' })
  }

  /** One for each uid, in their order; who is unknown is called by the uid. */
  async profiles(uids: readonly string[]): Promise<readonly Profile[]> {
    const profiles: Profile[] = []
    for (let at = 0; at < uids.length; at += MOST_PROFILES) {
      const asked = uids.slice(at, at + MOST_PROFILES)
      const path = `/v1/profiles:batch?${asked.map(uid => `user_uid=${encode(uid)}`).join('&')}`
      const call = { method: 'GET', path } as const
      profiles.push(...(await this.http.call<{ readonly profiles: readonly Profile[] }>(call)).profiles)
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
    await this.http.call({ method: 'DELETE', path: `/v1/contacts/${encode(uid)}` })
  }

  async block(uid: string, active = true): Promise<void> {
    await this.http.call({ method: active ? 'PUT' : 'DELETE', path: `/v1/contacts/${encode(uid)}/block` })
  }

  async #contact(method: 'POST', path: string, json?: object): Promise<Contact> {
    return (await this.http.call<{ readonly contact: Contact }>({ method, path, json })).contact
  }

  /** All rows of a list that comes in pages. */
  async *#pages<T>(path: string, key: string, query: Call['query'] = {}): AsyncGenerator<T> {
    let cursor: string | undefined
    for (;;) {
      const page: Readonly<Record<string, unknown>> = await this.http.call({
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
