// wetty as the matrix drives it: REST for what is done, the push socket for what happens.
import { Inbox } from '../../kit/wait.ts'
import { type Client, type Driver, json, type Seen, type SeenMessage } from '../driver.ts'

interface WettyMessage {
  id: string
  chat_id: string
  message: string | null
  is_deleted: boolean
  reply_to_id: string | null
  sender: { nickname: string }
  attachments: { name: string; url: string }[]
  reactions: { emoji: string; count: number }[]
}

const seenOf = (m: WettyMessage): SeenMessage => ({
  id: m.id,
  author: m.sender.nickname,
  text: m.message ?? '',
  recalled: m.is_deleted,
  replyTo: m.reply_to_id,
  file: m.attachments[0] ? { name: m.attachments[0].name, url: m.attachments[0].url } : null,
  reactions: m.reactions.map(r => r.emoji),
})

type Payload = Record<string, unknown>

const connect = async (url: string, handle: string): Promise<Client> => {
  const name = `Person ${handle}`
  let token = ''
  const call = async (method: string, path: string, body?: unknown): Promise<Payload> => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
    return json(
      await fetch(`${url}${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }),
    )
  }
  const credentials = { username: handle, password: `password of ${handle}` }
  const { uid } = (await call('POST', '/users/auth/register', credentials)) as { uid: number }
  token = (await call('POST', '/users/auth/login', { ...credentials, client_type: 'web' })).token as string
  await call('PUT', '/users/profile', { nickname: name })

  const seen = new Inbox<Seen>()
  const names = new Map<number, string>()
  let socket: WebSocket

  const note = ({ event, type, payload }: { event: string; type: string; payload: Payload }): void => {
    const chat = payload.chat_id as string
    const message = payload as unknown as WettyMessage
    if (event === 'on_message') seen.push({ type: 'message', chat, message: seenOf(message) })
    else if (type === 'message_updated') seen.push({ type: 'edited', chat, message: seenOf(message) })
    else if (event === 'on_recall') seen.push({ type: 'recalled', chat, id: payload.msg_id as string })
    else if (type === 'reaction_updated') {
      const emoji = payload.emote as string
      const all = payload.reactions as { emoji: string; count: number }[]
      const count = all.find(r => r.emoji === emoji)?.count ?? 0
      seen.push({ type: 'reaction', chat, id: payload.msg_id as string, emoji, count })
    } else if (event === 'on_typing') {
      const by = names.get(payload.uid as number) ?? `${payload.uid}`
      seen.push({ type: 'typing', chat, by, active: payload.is_typing as boolean })
    } else if (type === 'notify') noteNotice(payload.kind as string, chat, payload)
  }
  const noteNotice = (kind: string, chat: string, payload: Payload): void => {
    if (kind === 'group_added') seen.push({ type: 'came', chat })
    else if (kind === 'group_removed' || kind === 'group_disbanded') seen.push({ type: 'went', chat })
    else if (['member_joined', 'member_left', 'group_updated'].includes(kind)) seen.push({ type: 'changed', chat })
    else if (kind === 'friend_accepted') seen.push({ type: 'befriended', by: `${payload.uid}` })
  }

  const attach = async (): Promise<void> => {
    socket = new WebSocket(`${url.replace('http', 'ws')}/ws/chats?uid=${uid}&token=${token}`)
    socket.onmessage = event => note(JSON.parse(event.data as string) as Parameters<typeof note>[0])
    await new Promise((resolve, reject) => {
      socket.onopen = resolve
      socket.onerror = () => reject(new Error('wetty: socket refused'))
    })
  }

  const find = async (peer: string): Promise<number> => {
    const { users } = (await call('GET', `/users/search?q=${encodeURIComponent(peer)}`)) as {
      users: { uid: number; username: string; nickname: string }[]
    }
    const user = users.find(u => u.username === peer)
    if (!user) throw new Error(`wetty: nobody called ${peer}`)
    names.set(user.uid, user.nickname)
    return user.uid
  }

  /** Pages, each newest first, as long as the contract says there are more. Answers oldest first. */
  const walk = async (
    chat: string,
    cursor: 'before' | 'after',
    from: string | null,
  ): Promise<readonly SeenMessage[]> => {
    const all: SeenMessage[] = []
    let edge = from
    do {
      const query: string = edge === null ? '' : `&${cursor}=${edge}`
      const got = await call('GET', `/chats/${chat}/messages?max=100${query}`)
      const messages = (got.messages as WettyMessage[]).map(seenOf).reverse()
      if (cursor === 'before') all.unshift(...messages)
      else all.push(...messages)
      edge = (cursor === 'before' ? got.next_cursor : got.prev_cursor) as string | null
    } while (edge !== null)
    return all
  }

  await attach()
  return {
    dialect: 'wetty',
    handle,
    name,
    seen,
    async chat(where) {
      if ('direct' in where) {
        const target = await find(where.direct)
        return (await call('POST', '/chats/direct', { target_user_id: target })).id as string
      }
      const { chats } = (await call('GET', '/chats')) as { chats: { id: string; name: string | null }[] }
      const found = chats.find(c => c.name === where.title)
      if (!found) throw new Error(`wetty: no chat called ${where.title}`)
      const members = (await json(
        await fetch(`${url}/group/${found.id}/members`, { headers: { authorization: `Bearer ${token}` } }),
      )) as unknown as { uid: number; nickname: string }[]
      for (const member of members) names.set(member.uid, member.nickname)
      return found.id
    },
    async meet(other) {
      if (other.dialect !== 'wetty') return false
      await call('POST', '/friend/apply', { target_user_id: await find(other.handle) })
      return false
    },
    async createGroup(title, members) {
      const { id } = (await call('POST', '/group', { name: title })) as { id: string }
      const user_ids = []
      for (const member of members) user_ids.push(await find(member))
      if (user_ids.length > 0) await call('POST', `/group/${id}/members`, { user_ids })
      return id
    },
    async send(chat, text, { replyTo, key } = {}) {
      const body = { message: text, ...(replyTo && { reply_to_id: replyTo }), ...(key && { client_generated_id: key }) }
      return (await call('POST', `/chats/${chat}/messages`, { ...body, message_type: 'text' })).id as string
    },
    history: chat => walk(chat, 'before', null),
    async fetchFile(link) {
      const response = await fetch(new URL(link, url), { headers: { authorization: `Bearer ${token}` } })
      if (!response.ok) throw new Error(`wetty file: ${response.status}`)
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
      return walk(chat, 'after', lastKnown)
    },
    can: {
      edit: async (chat, id, text) => void (await call('PATCH', `/chats/${chat}/messages/${id}`, { message: text })),
      recall: async (_chat, id) => void (await call('POST', '/chats/message/recall', { msg_id: id })),
      react: async (_chat, id, emoji) =>
        void (await call('POST', '/chats/message/react', { msg_id: id, emote: emoji })),
      async sendFile(chat, fileName, content) {
        const form = new FormData()
        form.set('file', new File([content], fileName, { type: 'text/plain' }))
        const upload = await fetch(`${url}/fserv/upload`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}` },
          body: form,
        })
        const { fid } = await json(upload)
        const message = { message: '', message_type: 'file', fid }
        return (await call('POST', `/chats/${chat}/messages`, message)).id as string
      },
      read: async (chat, id) => void (await call('POST', `/chats/${chat}/read`, { message_id: id })),
      type: async (chat, active) => {
        socket.send(JSON.stringify({ type: 'typing', chat_id: chat, is_typing: active }))
      },
      forward: async (id, chat) =>
        (await call('POST', '/chats/message/forward', { msg_id: id, target_chat_id: chat })).id as string,
      addMember: async (chat, peer) => void (await call('POST', `/group/${chat}/members`, { uid: await find(peer) })),
      kick: async (chat, peer) => void (await call('DELETE', `/group/${chat}/members/${await find(peer)}`)),
      leave: async chat => void (await call('DELETE', `/group/${chat}/members/${uid}`)),
      mute: async (chat, peer) =>
        void (await call('POST', `/group/${chat}/mute`, { target_user_id: await find(peer), mute_status: true })),
      rename: async (chat, title) => void (await call('PUT', `/group/${chat}/profile`, { name: title })),
      disband: async chat => void (await call('DELETE', `/group/${chat}`)),
      block: async peer => void (await call('POST', '/friend/block', { target_user_id: await find(peer) })),
    },
    async [Symbol.asyncDispose]() {
      socket.close()
    },
  }
}

export const wetty: Driver = {
  dialect: 'wetty',
  abilities: [
    'edit',
    'recall',
    'react',
    'sendFile',
    'read',
    'type',
    'forward',
    'addMember',
    'kick',
    'leave',
    'mute',
    'rename',
    'disband',
    'block',
  ],
  connect,
  recalledText: '',
  shows: {
    text: true,
    reply: true,
    edit: true,
    recall: true,
    reaction: true,
    file: true,
    read: 'the contract has no receipts',
    typing: true,
    forward: true,
    'member added': true,
    'member left': true,
    'member kicked': true,
    'member muted': 'told to the muted person only',
    renamed: true,
    disbanded: true,
  },
}
