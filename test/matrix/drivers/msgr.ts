// msgr as the matrix drives it: REST for what is asked, one Phoenix socket for what happens.
import { Inbox } from '../../kit/wait.ts'
import { type Client, type Driver, json, type Seen, type SeenMessage } from '../driver.ts'

interface MsgrMessage {
  id: string
  body: string
  conversation_id: string
  reply_to: string | null
  deleted_at: string | null
  media: { url: string; filename: string } | null
  profile: { name: string }
  reactions: { emoji: string; count: number }[]
}

const seenOf = (m: MsgrMessage): SeenMessage => ({
  id: m.id,
  author: m.profile.name,
  text: m.body,
  recalled: m.deleted_at !== null,
  replyTo: m.reply_to,
  file: m.media && { name: m.media.filename, url: m.media.url },
  reactions: m.reactions.map(r => r.emoji),
})

type Payload = Record<string, unknown>

const PAGE = 200

const connect = async (url: string, handle: string): Promise<Client> => {
  const name = `Person ${handle}`
  const created = await fetch(`${url}/api/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ display_name: name, handle }),
  })
  const account = (await json(created)).data as { id: string; profiles: { id: string }[] }
  const profileId = account.profiles[0]?.id ?? ''
  const identity = { account_id: account.id, profile_id: profileId }
  const headers = { 'x-account-id': account.id, 'x-profile-id': profileId, 'content-type': 'application/json' }
  const call = async (method: string, path: string, body?: unknown): Promise<Payload> =>
    json(await fetch(`${url}${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }))

  const seen = new Inbox<Seen>()
  const names = new Map<string, string>()
  let socket: WebSocket
  let joined = new Set<string>()
  let refs = 0
  const replies = new Map<string, (reply: { status: string; response: Payload }) => void>()

  const note = (topic: string, event: string, payload: Payload): void => {
    const chat = topic.slice(topic.indexOf(':') + 1)
    const message = payload.data as MsgrMessage
    const by = payload.profile_id as string
    const id = payload.message_id as string
    if (event === 'message_created') seen.push({ type: 'message', chat, message: seenOf(message) })
    else if (event === 'message_updated') seen.push({ type: 'edited', chat, message: seenOf(message) })
    else if (event === 'message_deleted') seen.push({ type: 'recalled', chat, id })
    else if (event === 'reaction_added') {
      const of = payload.aggregates as { emoji: string; count: number }[]
      const emoji = payload.emoji as string
      seen.push({ type: 'reaction', chat, id, emoji, count: of.find(a => a.emoji === emoji)?.count ?? 0 })
    } else if (event === 'message_read') seen.push({ type: 'read', chat, id, by: names.get(by) ?? by })
    else if (event === 'typing_started' || event === 'typing_stopped') {
      seen.push({ type: 'typing', chat, by: payload.profile_name as string, active: event === 'typing_started' })
    } else if (event === 'phx_close') {
      joined.delete(topic)
      seen.push({ type: 'went', chat })
    } else if (event === 'conversation_created') seen.push({ type: 'came', chat: (payload.data as { id: string }).id })
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
      if (kind !== 'phx_reply') return note(topic, kind, payload)
      replies.get(ref)?.(payload as { status: string; response: Payload })
      replies.delete(ref)
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
    if (status !== 'ok') throw new Error(`msgr ${event}: ${JSON.stringify(response)}`)
    return response
  }
  const join = async (topic: string): Promise<void> => {
    if (joined.has(topic)) return
    joined.add(topic)
    await push(topic, 'phx_join', identity)
  }
  const topicOf = (chat: string) => `conversation:${chat}`

  const find = async (peer: string): Promise<string> => {
    const found = (await call('GET', `/api/profiles?handle=${encodeURIComponent(peer)}`)).data as {
      id: string
      name: string
    }[]
    const [profile] = found
    if (!profile) throw new Error(`msgr: nobody called ${peer}`)
    names.set(profile.id, profile.name)
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
    seen,
    async chat(where) {
      let id: string
      if ('direct' in where) {
        const target = await find(where.direct)
        id = ((await call('POST', '/api/conversations', { target_profile_id: target })).data as { id: string }).id
      } else {
        const all = (await call('GET', '/api/conversations')).data as { id: string; topic: string | null }[]
        id = all.find(c => c.topic === where.title)?.id ?? ''
        if (!id) throw new Error(`msgr: no conversation called ${where.title}`)
        const { participants } = (await call('GET', `/api/conversations/${id}`)).data as {
          participants: { profile: { id: string; name: string } }[]
        }
        for (const { profile } of participants) names.set(profile.id, profile.name)
      }
      await join(topicOf(id))
      return id
    },
    async meet(other) {
      const target = await find(other.handle)
      const { id } = (await call('POST', '/api/conversations', { target_profile_id: target })).data as { id: string }
      await call('POST', `/api/conversations/${id}/messages`, { message: { body: 'hello, stranger' } })
      return true
    },
    async createGroup(title, members) {
      const ids = []
      for (const member of members) ids.push(await find(member))
      const body = { kind: 'group', topic: title, participant_ids: ids }
      return ((await call('POST', '/api/conversations', body)).data as { id: string }).id
    },
    async send(chat, text, { replyTo, key } = {}) {
      const payload = { body: text, ...(replyTo && { reply_to: replyTo }), ...(key && { client_id: key }) }
      return ((await push(topicOf(chat), 'message:create', payload)).data as MsgrMessage).id
    },
    history: chat => walk(chat, 'before', null),
    async fetchFile(link) {
      const response = await fetch(new URL(link, url))
      if (!response.ok) throw new Error(`msgr file: ${response.status}`)
      return response.text()
    },
    async drop() {
      const closed = new Promise(resolve => {
        socket.onclose = resolve
      })
      socket.close()
      await closed
    },
    async comeBack(chat, lastKnown) {
      await attach()
      await join(topicOf(chat))
      return walk(chat, 'after', lastKnown)
    },
    can: {
      edit: async (chat, id, text) =>
        void (await push(topicOf(chat), 'message:update', { message_id: id, body: text })),
      recall: async (chat, id) => void (await push(topicOf(chat), 'message:delete', { message_id: id })),
      read: async (chat, id) => void (await push(topicOf(chat), 'message:read', { message_id: id })),
      type: async (chat, active) => void (await push(topicOf(chat), active ? 'typing:start' : 'typing:stop', {})),
    },
    async [Symbol.asyncDispose]() {
      socket.close()
    },
  }
}

export const msgr: Driver = {
  dialect: 'msgr',
  abilities: ['edit', 'recall', 'read', 'type'],
  connect,
  recalledText: 'Meldingen er slettet',
  shows: {
    text: true,
    reply: true,
    edit: true,
    recall: true,
    reaction: true,
    file: true,
    read: true,
    typing: true,
    forward: true,
    'member added': 'conversation_updated on the profile channel',
    'member left': 'conversation_updated on the profile channel',
    'member kicked': 'conversation_updated on the profile channel',
    'member muted': 'no event; refused sends say so',
    renamed: 'conversation_updated on the profile channel',
    disbanded: true,
  },
}
