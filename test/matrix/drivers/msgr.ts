// msgr as the matrix drives it: REST for what is asked, one Phoenix socket for what happens.
import { post } from '../../kit/people.ts'
import { Inbox, until } from '../../kit/wait.ts'
import {
  allBut,
  type Client,
  callerOf,
  type Driver,
  hangUp,
  json,
  type Payload,
  Refused,
  type Seen,
  type SeenMessage,
  textOf,
} from '../driver.ts'

interface MsgrMessage {
  id: string
  body: string
  status: string
  conversation_id: string
  reply_to: string | null
  deleted_at: string | null
  media: { url: string; filename: string } | null
  profile: { id: string; name: string }
  reactions: { emoji: string; count: number }[]
}
interface MsgrConversation {
  id: string
  kind: string
  topic: string | null
  participants: { profile: { id: string; name: string; handle: string } }[]
  last_message: MsgrMessage | null
}

const PAGE = 200

const connect = async (url: string, handle: string): Promise<Client> => {
  const name = `Person ${handle}`
  const created = await post(`${url}/api/users`, { display_name: name, handle })
  const account = (await json(created)).data as { id: string; profiles: { id: string }[] }
  const profileId = account.profiles[0]?.id ?? ''
  const identity = { account_id: account.id, profile_id: profileId }
  const headers = { 'x-account-id': account.id, 'x-profile-id': profileId }
  const call = callerOf(url, headers)

  const seen = new Inbox<Seen>()
  /** Conversations as last told: what an update changes is what it says differently. */
  const known = new Map<string, MsgrConversation>()
  const names = new Map<string, string>()
  let socket: WebSocket
  let joined = new Set<string>()
  let refs = 0
  const replies = new Map<string, (reply: { status: string; response: Payload }) => void>()

  const seenOf = (m: MsgrMessage): SeenMessage => ({
    id: m.id,
    author: m.profile.name,
    text: m.body,
    recalled: m.deleted_at !== null,
    replyTo: m.reply_to,
    file: m.media && { name: m.media.filename, url: m.media.url },
    reactions: m.reactions.map(r => r.emoji),
    forwarded: null,
    read: m.profile.id === profileId ? m.status === 'read' : null,
  })

  const learn = (now: MsgrConversation): void => {
    known.set(now.id, now)
    for (const { profile } of now.participants) names.set(profile.id, profile.name)
  }
  const changesOf = (now: MsgrConversation): readonly Seen[] => {
    const before = known.get(now.id)
    learn(now)
    if (!before) return []
    const chat = now.id
    const was = new Set(before.participants.map(p => p.profile.id))
    const is = new Set(now.participants.map(p => p.profile.id))
    return [
      ...[...is.difference(was)].map(id => ({ type: 'joined', chat, who: names.get(id) ?? id }) as const),
      ...[...was.difference(is)].map(id => ({ type: 'left', chat, who: names.get(id) ?? id }) as const),
      ...(now.topic === before.topic ? [] : [{ type: 'renamed', chat, title: now.topic ?? '' } as const]),
    ]
  }
  const toldBy = (topic: string, event: string, payload: Payload): readonly Seen[] => {
    const chat = topic.slice(topic.indexOf(':') + 1)
    const message = payload.data as MsgrMessage
    const conversation = payload.data as MsgrConversation
    const by = payload.profile_id as string
    const id = payload.message_id as string
    const typing = { type: 'typing', chat, by: payload.profile_name as string } as const
    switch (event) {
      case 'message_created':
        return [{ type: 'message', chat, message: seenOf(message) }]
      case 'message_updated':
        return [{ type: 'edited', chat, message: seenOf(message) }]
      case 'message_deleted':
        return [{ type: 'recalled', chat, id }]
      case 'reaction_added':
      case 'reaction_removed': {
        const emoji = payload.emoji as string
        const all = payload.aggregates as { emoji: string; count: number }[]
        return [{ type: 'reaction', chat, id, emoji, count: all.find(a => a.emoji === emoji)?.count ?? 0 }]
      }
      case 'message_read':
        return [{ type: 'read', chat, id, by: names.get(by) ?? by }]
      case 'typing_started':
        return [{ ...typing, active: true }]
      case 'typing_stopped':
        return [{ ...typing, active: false }]
      case 'conversation_created':
        // It may have been found in the list before, and tells how things stand by now.
        return [{ type: 'came', chat: conversation.id }, ...changesOf(conversation)]
      case 'conversation_updated':
        return changesOf(conversation)
      case 'conversation_removed':
        known.delete(payload.id as string)
        return [{ type: 'went', chat: payload.id as string }]
      case 'phx_close':
        joined.delete(topic)
        return []
      default:
        return [{ type: 'odd', frame: `${topic} ${event} ${JSON.stringify(payload)}` }]
    }
  }

  const attach = async (): Promise<void> => {
    socket = new WebSocket(`${url.replace('http', 'ws')}/socket/websocket?vsn=2.0.0`)
    socket.onmessage = event => {
      const [, ref, topic, kind, payload] = JSON.parse(event.data as string) as [
        string,
        string,
        string,
        string,
        Payload,
      ]
      if (kind === 'phx_reply') {
        replies.get(ref)?.(payload as { status: string; response: Payload })
        replies.delete(ref)
      } else for (const one of toldBy(topic, kind, payload)) seen.push(one)
    }
    await new Promise((resolve, reject) => {
      socket.onopen = resolve
      socket.onerror = () => reject(new Error('msgr: socket refused'))
    })
    // As the official client does: what was joined is joined again.
    const before = joined
    joined = new Set()
    for (const topic of new Set([`profile:${profileId}`, ...before])) await join(topic)
  }

  const push = async (topic: string, event: string, payload: Payload): Promise<Payload> => {
    const ref = `${++refs}`
    const reply = new Promise<{ status: string; response: Payload }>(resolve => replies.set(ref, resolve))
    socket.send(JSON.stringify([topic, ref, topic, event, payload]))
    const { status, response } = await reply
    if (status !== 'ok') throw new Refused(`msgr ${event}: ${JSON.stringify(response)}`)
    return response
  }
  const join = async (topic: string): Promise<void> => {
    if (joined.has(topic)) return
    joined.add(topic)
    await push(topic, 'phx_join', identity)
  }
  const topicOf = (chat: string) => `conversation:${chat}`

  const find = async (peer: string): Promise<string> => {
    const found = (await call('GET', `/api/profiles?handle=${encodeURIComponent(peer)}`)).data as { id: string }[]
    const [profile] = found
    if (!profile) throw new Error(`msgr: nobody called ${peer}`)
    return profile.id
  }
  const page = async (chat: string, query: string): Promise<readonly SeenMessage[]> =>
    ((await call('GET', `/api/conversations/${chat}/messages?limit=${PAGE}${query}`)).data as MsgrMessage[]).map(seenOf)
  /** Pages until one is not full: `before` from the end, `after` from what is known. */
  const walk = async (
    chat: string,
    cursor: 'before' | 'after',
    from: string | null,
  ): Promise<readonly SeenMessage[]> => {
    const all: SeenMessage[] = []
    let edge = from
    for (;;) {
      const got = await page(chat, edge === null ? '' : `&${cursor}=${edge}`)
      if (cursor === 'before') all.unshift(...got)
      else all.push(...got)
      edge = (cursor === 'before' ? all[0] : all.at(-1))?.id ?? null
      if (got.length < PAGE) return all
    }
  }

  await attach()
  return {
    dialect: 'msgr',
    handle,
    name,
    credentials: null,
    seen,
    async profile() {
      const [own] = (await call('GET', '/api/profiles')).data as { handle: string; name: string }[]
      return { handle: own?.handle ?? '', name: own?.name ?? '' }
    },
    async chat(where) {
      const all = (await call('GET', `/api/conversations?limit=${PAGE}`)).data as MsgrConversation[]
      const found = all.find(c =>
        'direct' in where
          ? c.kind === 'direct' && c.participants.some(p => p.profile.handle === where.direct)
          : c.topic === where.title,
      )
      if (!found) throw new Error(`msgr: no conversation ${JSON.stringify(where)}`)
      learn(found)
      await join(topicOf(found.id))
      return found.id
    },
    async send(chat, text, { key } = {}) {
      const payload = { body: text, ...(key && { client_id: key }) }
      return ((await push(topicOf(chat), 'message:create', payload)).data as MsgrMessage).id
    },
    history: chat => walk(chat, 'before', null),
    fetchFile: async link => textOf(await fetch(new URL(link, url))),
    drop: () => hangUp(socket),
    async comeBack(chat, lastKnown) {
      await attach()
      await join(topicOf(chat))
      return walk(chat, 'after', lastKnown)
    },
    // What the profile channel says of a conversation may be late and merged, but then it says how things stand. Ids rise.
    async settled(chat, id) {
      await until(`msgr: ${chat} as of ${id}`, () => (known.get(chat)?.last_message?.id ?? '') >= id)
    },
    async isOpen() {
      const { status } = await fetch(`${url}/api/profiles`, { headers })
      return status === 200
    },
    can: {
      reply: async (chat, text, to) =>
        ((await push(topicOf(chat), 'message:create', { body: text, reply_to: to })).data as MsgrMessage).id,
      edit: async (chat, id, text) =>
        void (await push(topicOf(chat), 'message:update', { message_id: id, body: text })),
      recall: async (chat, id) => void (await push(topicOf(chat), 'message:delete', { message_id: id })),
      read: async (chat, id) => void (await push(topicOf(chat), 'message:read', { message_id: id })),
      type: async (chat, active) => void (await push(topicOf(chat), active ? 'typing:start' : 'typing:stop', {})),
      async createGroup(title, members) {
        const ids = []
        for (const member of members) ids.push(await find(member))
        const body = { kind: 'group', topic: title, participant_ids: ids }
        return ((await call('POST', '/api/conversations', body)).data as { id: string }).id
      },
      async approach(peer, text) {
        const target = await find(peer)
        const { id } = (await call('POST', '/api/conversations', { target_profile_id: target })).data as { id: string }
        await call('POST', `/api/conversations/${id}/messages`, { message: { body: text } })
      },
    },
    async [Symbol.asyncDispose]() {
      socket.close()
    },
  }
}

const noContacts = 'the contract has no contacts'

export const msgr: Driver = {
  dialect: 'msgr',
  abilities: ['reply', 'edit', 'recall', 'read', 'type', 'createGroup', 'approach'],
  prints: 'name',
  connect,
  longestText: 4000,
  adds: 'anybody',
  recalledText: 'Meldingen er slettet',
  fileText: name => name,
  presenceOf: 'friends',
  shows: allBut({
    presence: 'the contract has no presence',
    'member muted': 'no event; refused sends say so',
    'being muted': 'no event; refused sends say so',
    'friend asked': noContacts,
    'friend accepted': noContacts,
    'friend refused': noContacts,
    'friend removed': noContacts,
    blocked: 'no event; refused sends say so',
  }),
}
