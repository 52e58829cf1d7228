// openchat as the matrix drives it, over our own SDK: one driver for each of its three transports.
import {
  ApiError,
  type Channel,
  type Envelope,
  type Live,
  type Message,
  OpenChat,
  type TransportName,
} from '../../../clients/sdk/src/index.ts'
import { Inbox } from '../../kit/wait.ts'
import {
  allBut,
  type Client,
  type Credentials,
  credentialsOf,
  type Driver,
  Refused,
  type Seen,
  type SeenMessage,
} from '../driver.ts'

const PAGE = 50
/** Channels kept open at a time. */
const LOOKED_AT = 10

/** What the contract refuses, as the matrix says it. */
const asked = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) throw new Refused(`openchat: ${error.status} ${error.code}`)
    throw error
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The name under which the directory knows each person here. */
class Names {
  readonly #client: OpenChat
  readonly #known = new Map<string, string>()
  constructor(client: OpenChat) {
    this.#client = client
  }
  async handle(uid: string): Promise<string> {
    const known = this.#known.get(uid)
    if (known !== undefined) return known
    const [profile] = await this.#client.profiles([uid])
    const handle = profile?.handle ?? uid
    this.#known.set(uid, handle)
    return handle
  }
  async uid(handle: string): Promise<string> {
    for await (const profile of this.#client.findPeople(handle)) {
      if (profile.handle === handle) return profile.user_uid
    }
    throw new Refused(`openchat: nobody is called ${handle}`)
  }
}

const enter =
  (transport: TransportName) =>
  async (url: string, credentials: Credentials, fresh = false): Promise<Client> => {
    const client = await OpenChat.open(url)
    const { username, password } = credentials
    await asked(
      fresh
        ? client.register({ username, password, displayName: `Person ${username}` })
        : client.logIn(username, password),
    )
    const names = new Names(client)
    const me = client.userUid
    const handle = await names.handle(me)
    const seen = new Inbox<Seen>()
    /** The names of chats, and who is muted where, as last told: what an update changes is what it says differently. */
    const titles = new Map<string, string>()
    const muted = new Map<string, boolean>()
    const contacts = new Map<string, string>()

    const seenOf = async (message: Message): Promise<SeenMessage> => ({
      id: message.id,
      author: await names.handle(message.author_uid),
      text: message.body,
      recalled: message.recalled_at !== null,
      replyTo: message.reply_to?.message_id ?? null,
      file: message.attachments?.[0]
        ? { name: message.attachments[0].file_name, url: message.attachments[0].url }
        : null,
      reactions: message.reactions.map(({ emoji }) => emoji),
      forwarded: message.forwarded_from !== undefined,
      read: null,
    })

    const contactTold = async (uid: string, state: string | null): Promise<readonly Seen[]> => {
      const before = contacts.get(uid)
      if (state === null) contacts.delete(uid)
      else contacts.set(uid, state)
      const by = await names.handle(uid)
      if (state === 'requested_in') return [{ type: 'contact', by, is: 'asked' }]
      if (state === 'friend') return [{ type: 'contact', by, is: 'friend' }]
      if (state === null && before === 'friend') return [{ type: 'contact', by, is: 'removed' }]
      if (state === null && before === 'requested_out') return [{ type: 'contact', by, is: 'refused' }]
      return []
    }

    const toldBy = async ({ event_type: type, channel_id: chat = '', payload }: Envelope): Promise<readonly Seen[]> => {
      const uid = textOf(payload.user_uid)
      const member = payload.member as { user_uid: string; muted_until: string | null } | undefined
      const channel = payload.channel as Channel | undefined
      const id = textOf(payload.message_id)
      switch (type) {
        case 'chat.message.created':
          return [{ type: 'message', chat, message: await seenOf(payload.message as Message) }]
        case 'chat.message.updated':
          return [{ type: 'edited', chat, message: await seenOf(payload.message as Message) }]
        case 'chat.message.recalled':
          return [{ type: 'recalled', chat, id }]
        case 'chat.reaction.updated': {
          const { emoji } = payload.change as { emoji: string }
          const tally = (payload.reactions as Message['reactions']).find(reaction => reaction.emoji === emoji)
          return [{ type: 'reaction', chat, id, emoji, count: tally?.count ?? 0 }]
        }
        case 'chat.receipt.updated':
          return [{ type: 'read', chat, id: textOf(payload.last_read_message_id), by: await names.handle(uid) }]
        case 'chat.typing.updated': {
          const by = await names.handle(member?.user_uid ?? '')
          return [{ type: 'typing', chat, by, active: payload.is_typing === true }]
        }
        case 'chat.user.presence':
          return [{ type: 'presence', by: await names.handle(uid), online: payload.status === 'online' }]
        case 'chat.member.joined':
          return [{ type: 'joined', chat, who: await names.handle(member?.user_uid ?? '') }]
        case 'chat.member.left':
          return [{ type: 'left', chat, who: await names.handle(uid) }]
        case 'chat.member.updated': {
          const active = (member?.muted_until ?? null) !== null
          const known = muted.get(chat) ?? false
          if (member?.user_uid !== me || active === known) return []
          muted.set(chat, active)
          return [{ type: 'muted', chat, active }]
        }
        case 'chat.channel.created':
          // A public channel that somebody made is told to all; one's own have a role.
          if (!channel || channel.my_role === null) return []
          titles.set(channel.id, channel.name)
          return [{ type: 'came', chat: channel.id }]
        case 'chat.channel.updated': {
          const known = channel && titles.get(channel.id)
          if (!channel || known === channel.name) return []
          titles.set(channel.id, channel.name)
          return [{ type: 'renamed', chat: channel.id, title: channel.name }]
        }
        case 'chat.channel.deleted':
          return [{ type: 'went', chat }]
        case 'chat.contact.updated': {
          const contact = payload.contact as { user_uid: string; state: string }
          return contactTold(contact.user_uid, contact.state)
        }
        case 'chat.contact.removed':
          return contactTold(uid, null)
        case 'chat.session.revoked':
          return [{ type: 'ended' }]
        // What changes nothing that has a word here.
        case 'chat.hello':
        case 'chat.subscribed':
        case 'chat.unsubscribed':
        case 'chat.presence.snapshot':
        case 'chat.presence.joined':
        case 'chat.presence.left':
        case 'chat.read_ack.updated':
        case 'chat.pin.added':
        case 'chat.pin.removed':
        case 'chat.category.created':
        case 'chat.category.updated':
        case 'chat.channel.layout.updated':
        case 'chat.server.updated':
        case 'chat.membership.updated':
        case 'chat.resume.completed':
        case 'profile_updated':
          return []
        default:
          return [{ type: 'odd', frame: type }]
      }
    }

    const open = new Set<string>()
    let live: Live
    let reading: Promise<void>
    /** Where to resume from to get what came after a message; and after everything that was known when this client began. */
    const positions = new Map<string, string>()
    let beginning: string | null = null

    /** Opens a connection where the last one stopped; resolves once what was missed has come, with the messages of it. */
    const attach = async (position: string | null): Promise<readonly Message[]> => {
      const missed: Message[] = []
      const { promise: caughtUp, resolve, reject } = Promise.withResolvers<void>()
      let catching = position !== null
      const own = client.live({ transports: [transport], position })
      live = own
      for (const chat of open) own.subscribe(chat)
      void own.closed.then(why => reject(new Error(`openchat: ${why}`)))
      caughtUp.catch(() => {})
      // One at a time, or a name that is looked up would let the next event pass it.
      const read = async (): Promise<void> => {
        for await (const envelope of own.events()) {
          const told = catching ? [] : await toldBy(envelope)
          // What was not read before the end is asked for again.
          if (own.state === 'closed') break
          for (const one of told) seen.push(one)
          if (envelope.event_type === 'chat.message.created') {
            const message = envelope.payload.message as Message
            if (envelope.resume_token !== undefined) positions.set(message.id, envelope.resume_token)
            if (catching) missed.push(message)
          }
          if (envelope.event_type === 'resync_required') reject(new Error('openchat: resync_required'))
          if (envelope.event_type !== 'chat.resume.completed') continue
          catching = false
          resolve()
        }
      }
      reading = read()
      await own.ready
      beginning ??= own.position
      if (position !== null) await caughtUp
      return missed
    }

    const rows = (path: string, key: string) =>
      client.call<Readonly<Record<string, readonly Channel[]>>>({ method: 'GET', path }).then(body => body[key] ?? [])

    await attach(null)
    const memberPath = async (chat: string, who: string): Promise<string> =>
      `/v1/channels/${chat}/members/${await names.uid(who)}`
    const call = (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown) =>
      asked(client.call<Readonly<Record<string, unknown>>>({ method, path, json: body }))
    const contact = async (who: string): Promise<string> => `/v1/contacts/${await names.uid(who)}`

    return {
      dialect: nameOf(transport),
      handle,
      name: (await client.profile()).display_name,
      credentials,
      seen,
      async profile() {
        const own = await client.profile()
        return { handle: own.handle, name: own.display_name }
      },
      async chat(where) {
        const all = (await client.layout()).flatMap(({ channels }) => channels)
        const peer = 'direct' in where ? await names.uid(where.direct) : null
        const found = all.find(channel =>
          'direct' in where ? channel.peer_uid === peer : channel.name === where.title && channel.my_role !== null,
        )
        if (!found) throw new Error(`openchat: no channel ${JSON.stringify(where)}`)
        titles.set(found.id, found.name)
        open.add(found.id)
        live.subscribe(found.id)
        // A client looks at what is open now.
        const [oldest] = open
        if (open.size > LOOKED_AT && oldest !== undefined) {
          open.delete(oldest)
          live.unsubscribe(oldest)
        }
        return found.id
      },
      async send(chat, text, { key } = {}) {
        return (await asked(client.send(chat, { body: text, ...(key && { clientMessageId: key }) }))).id
      },
      async history(chat) {
        const all: Message[] = []
        for await (const message of client.history(chat, { pageSize: PAGE })) all.unshift(message)
        const shown = await Promise.all(all.map(seenOf))
        const { kind } = await client.channel(chat)
        // Channels have no receipts.
        if (kind === 'channel') return shown
        const marks = new Set((await client.receipts(chat)).map(receipt => receipt.last_read_message_id))
        const readUpTo = all.findLastIndex(message => marks.has(message.id))
        return shown.map((one, i) => (all[i]?.author_uid === me ? { ...one, read: i <= readUpTo } : one))
      },
      fetchFile: async fileUrl => (await asked(client.download({ url: fileUrl }))).text(),
      async drop() {
        live.close()
        await reading
      },
      async comeBack(chat, lastKnown) {
        // The SDK would come back by itself, and may have: what came after what its user knows is asked for here.
        live.close()
        await reading
        const position = positions.get(lastKnown) ?? beginning
        const missed = (await attach(position)).filter(message => message.channel_id === chat)
        const known = missed.findIndex(message => message.id === lastKnown)
        return Promise.all(missed.slice(known + 1).map(seenOf))
      },
      async isOpen() {
        try {
          await client.call({ method: 'GET', path: '/v1/sessions/current' })
          return true
        } catch (error) {
          if (error instanceof ApiError && error.status === 401) return false
          throw error
        }
      },
      can: {
        reply: async (chat, text, to) => (await asked(client.send(chat, { body: text, replyTo: to }))).id,
        edit: async (chat, id, text) => void (await asked(client.edit(chat, id, text))),
        recall: (chat, id) => asked(client.recall(chat, id)),
        react: (chat, id, emoji, active) => asked(client.react(chat, id, emoji, active)),
        async sendFile(chat, name, content) {
          const file = await asked(client.upload(new Blob([content], { type: 'text/plain' }), name))
          return (await asked(client.send(chat, { attachmentIds: [file.attachment_id] }))).id
        },
        read: async (chat, id) => void (await asked(client.markRead(chat, id))),
        type: (chat, active) => asked(live.typing(chat, active)),
        async forward(id, chat) {
          for (const channel of (await client.layout()).flatMap(({ channels }) => channels)) {
            try {
              await client.message(channel.id, id)
            } catch {
              continue
            }
            return (await asked(client.send(chat, { forward: { channelId: channel.id, messageId: id } }))).id
          }
          throw new Refused('openchat: no such message')
        },
        async createGroup(title, members) {
          const uids = await Promise.all(members.map(who => names.uid(who)))
          return (await asked(client.createGroup(title, uids))).id
        },
        async createChannel(title) {
          const [category] = await client.layout()
          return (await asked(client.createChannel(title, category?.id ?? ''))).id
        },
        async join(title) {
          const found = await rows(`/v1/directory/channels?query=${encodeURIComponent(title)}`, 'channels')
          const channel = found.find(({ name }) => name === title)
          if (!channel) throw new Refused(`openchat: no channel ${title}`)
          return (await asked(client.join(channel.id))).id
        },
        leave: chat => asked(client.leave(chat)),
        addMember: async (chat, who) =>
          void (await call('POST', `/v1/channels/${chat}/members`, { user_uids: [await names.uid(who)] })),
        kick: async (chat, who) => void (await call('DELETE', await memberPath(chat, who))),
        mute: async (chat, who, active) =>
          void (active
            ? await call('PUT', `${await memberPath(chat, who)}/mute`, { seconds: null })
            : await call('DELETE', `${await memberPath(chat, who)}/mute`)),
        rename: async (chat, name) => void (await call('PATCH', `/v1/channels/${chat}`, { name })),
        disband: async chat => void (await call('DELETE', `/v1/channels/${chat}`)),
        async approach(who, text) {
          const channel = await asked(client.direct({ username: who }))
          await asked(client.send(channel.id, text))
        },
        ask: async who => void (await asked(client.addContact({ username: who }))),
        accept: async who => void (await call('POST', `${await contact(who)}/accept`)),
        refuse: async who => void (await call('POST', `${await contact(who)}/reject`)),
        unfriend: async who => void (await call('DELETE', await contact(who))),
        block: async who => void (await call('PUT', `${await contact(who)}/block`)),
        unblock: async who => void (await call('DELETE', `${await contact(who)}/block`)),
        logOut: () => asked(client.logOut()),
      },
      async [Symbol.asyncDispose]() {
        live.close()
        await reading
      },
    }
  }

const nameOf = (transport: TransportName): string => (transport === 'websocket' ? 'openchat' : `openchat-${transport}`)

const abilities: Driver['abilities'] = [
  'reply',
  'edit',
  'recall',
  'react',
  'sendFile',
  'read',
  'type',
  'forward',
  'createGroup',
  'createChannel',
  'join',
  'leave',
  'addMember',
  'kick',
  'mute',
  'rename',
  'disband',
  'approach',
  'ask',
  'accept',
  'refuse',
  'unfriend',
  'block',
  'unblock',
  'logOut',
]

const driverOver = (transport: TransportName): Driver => {
  const logIn = enter(transport)
  const silent = 'signals do not go over long polls (OC126)'
  return {
    dialect: nameOf(transport),
    abilities,
    prints: 'handle',
    connect: (url, handle) => logIn(url, credentialsOf(handle), true),
    logIn,
    longestText: 65_535,
    adds: 'anybody',
    recalledText: null,
    fileText: () => '',
    presenceOf: 'friends',
    shows: allBut({
      ...(transport === 'polling' && { typing: silent, presence: silent }),
      'member muted': 'an update of the member, which says more than this',
      blocked: 'a block is silent (OC96)',
    }),
  }
}

export const openchat: readonly Driver[] = [driverOver('websocket'), driverOver('sse'), driverOver('polling')]
