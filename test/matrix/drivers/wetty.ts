// wetty as the matrix drives it: REST for what is done, the push socket for what happens.
import { post } from '../../kit/people.ts'
import { Inbox } from '../../kit/wait.ts'
import {
  allBut,
  type Client,
  type Credentials,
  callerOf,
  credentialsOf,
  type Driver,
  hangUp,
  json,
  type Payload,
  type Seen,
  type SeenMessage,
  textOf,
} from '../driver.ts'

interface WettyMessage {
  id: string
  chat_id: string
  message: string | null
  is_deleted: boolean
  reply_to_id: string | null
  sender: { uid: number; nickname: string }
  attachments: { name: string; url: string }[]
  reactions: { emoji: string; count: number }[]
  forwarded_from: object | null
}
interface WettyChat {
  id: string
  name: string | null
  peer_uid: number | null
}
interface Frame {
  type: string
  event: string
  payload: Payload
}

/** The close code of a session that ended. */
const SESSION_ENDED = 4401

const seenOf = (m: WettyMessage): SeenMessage => ({
  id: m.id,
  author: m.sender.nickname,
  text: m.message ?? '',
  recalled: m.is_deleted,
  replyTo: m.reply_to_id,
  file: m.attachments[0] ? { name: m.attachments[0].name, url: m.attachments[0].url } : null,
  reactions: m.reactions.map(r => r.emoji),
  forwarded: m.forwarded_from !== null,
  read: null,
})

/** `nickname`: given to the person first, unless null. */
const enter = async (url: string, credentials: Credentials, nickname: string | null): Promise<Client> => {
  const login = await json(await post(`${url}/users/auth/login`, { ...credentials, client_type: 'web' }))
  const { token, uid } = login as { token: string; uid: number }
  const authorization = `Bearer ${token}`
  const call = callerOf(url, { authorization })
  const own = await (nickname === null ? call('GET', '/users/profile') : call('PUT', '/users/profile', { nickname }))
  const { username: handle, nickname: name } = own as { username: string; nickname: string }

  const seen = new Inbox<Seen>()
  const names = new Map<number, string>()
  /** The names of chats as last told: what an update changes is what it says differently. */
  const titles = new Map<string, string>()
  let socket: WebSocket

  const toldBy = (frame: Frame): readonly Seen[] => {
    const { event, type, payload } = frame
    const chat = payload.chat_id as string
    const message = payload as unknown as WettyMessage
    const by = names.get(payload.uid as number) ?? ''
    if (event === 'on_message') return [{ type: 'message', chat, message: seenOf(message) }]
    if (type === 'message_updated') return [{ type: 'edited', chat, message: seenOf(message) }]
    if (event === 'on_recall') return [{ type: 'recalled', chat, id: payload.msg_id as string }]
    if (type === 'reaction_updated') {
      const emoji = payload.emote as string
      const all = payload.reactions as { emoji: string; count: number }[]
      const count = all.find(r => r.emoji === emoji)?.count ?? 0
      return [{ type: 'reaction', chat, id: payload.msg_id as string, emoji, count }]
    }
    if (event === 'on_typing') return [{ type: 'typing', chat, by, active: payload.is_typing as boolean }]
    if (event === 'on_presence') return [{ type: 'presence', by, online: payload.online as boolean }]
    if (type === 'notify') return toldByNotice(payload.kind as string, chat, by, payload)
    return [{ type: 'odd', frame: JSON.stringify(frame) }]
  }
  const toldByNotice = (kind: string, chat: string, by: string, payload: Payload): readonly Seen[] => {
    switch (kind) {
      case 'group_added':
        return [{ type: 'came', chat }]
      case 'group_removed':
      case 'group_disbanded':
        return [{ type: 'went', chat }]
      case 'member_joined':
        return [{ type: 'joined', chat, who: by }]
      case 'member_left':
        return [{ type: 'left', chat, who: by }]
      case 'group_updated': {
        const title = (payload.group as { name: string }).name
        const before = titles.get(chat)
        titles.set(chat, title)
        return title === before ? [] : [{ type: 'renamed', chat, title }]
      }
      case 'muted':
      case 'unmuted':
        return [{ type: 'muted', chat, active: kind === 'muted' }]
      case 'friend_request':
        return [{ type: 'contact', by, is: 'asked' }]
      case 'friend_accepted':
        return [{ type: 'contact', by, is: 'friend' }]
      // Nothing that has a word here.
      case 'role_changed':
      case 'mention':
      case 'reminder':
      case 'join_request':
      case 'join_rejected':
        return []
      default:
        return [{ type: 'odd', frame: JSON.stringify(payload) }]
    }
  }

  const note = (frame: Frame): void => {
    for (const one of toldBy(frame)) seen.push(one)
  }
  /** Of some people the contract tells only the number: who that is must be asked before the frame is noted. */
  const ask = async (frame: Frame, uid: number): Promise<void> => {
    const { nickname } = await call('GET', `/users/profile/${uid}`)
    names.set(uid, nickname as string)
    note(frame)
  }
  let behind: Promise<void> | null = null
  /** Notes frames in the order in which they came: at once, unless one is being asked about. */
  const take = (frame: Frame): void => {
    const uid = frame.payload.uid as number | undefined
    const isClear = uid === undefined || names.has(uid)
    if (!behind && isClear) {
      note(frame)
      return
    }
    const mine = (behind ?? Promise.resolve())
      .then(() => (isClear ? note(frame) : ask(frame, uid)))
      .finally(() => {
        if (behind === mine) behind = null
      })
    behind = mine
  }

  const attach = async (): Promise<void> => {
    const mine = new WebSocket(`${url.replace('http', 'ws')}/ws/chats?uid=${uid}&token=${token}`)
    socket = mine
    mine.onmessage = event => take(JSON.parse(event.data as string) as Frame)
    await new Promise((resolve, reject) => {
      mine.onopen = resolve
      mine.onerror = () => reject(new Error('wetty: socket refused'))
    })
    mine.addEventListener('close', ({ code }) => {
      if (code === SESSION_ENDED) seen.push({ type: 'ended' })
    })
  }

  const find = async (peer: string): Promise<number> => {
    const { users } = (await call('GET', `/users/search?q=${encodeURIComponent(peer)}`)) as {
      users: { uid: number; username: string; nickname: string }[]
    }
    const user = users.find(u => u.username === peer)
    if (!user) throw new Error(`wetty: nobody called ${peer}`)
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

  /** Looks through the list of chats, page by page. */
  const findChat = async (fits: (chat: WettyChat) => boolean): Promise<WettyChat | null> => {
    let after: string | null = null
    do {
      const query: string = after === null ? '' : `?after=${after}`
      const page = await call('GET', `/chats${query}`)
      const found = (page.chats as WettyChat[]).find(fits)
      if (found) return found
      after = page.next_cursor as string | null
    } while (after !== null)
    return null
  }
  const toUser = async (path: string, peer: string): Promise<void> =>
    void (await call('POST', path, { target_user_id: await find(peer) }))

  await attach()
  return {
    dialect: 'wetty',
    handle,
    name,
    credentials,
    seen,
    async profile() {
      const own = (await call('GET', '/users/profile')) as { username: string; nickname: string }
      return { handle: own.username, name: own.nickname }
    },
    async chat(where) {
      const peer = 'direct' in where ? await find(where.direct) : null
      const found = await findChat(c => ('direct' in where ? c.peer_uid === peer : c.name === where.title))
      if (!found) throw new Error(`wetty: no chat ${JSON.stringify(where)}`)
      titles.set(found.id, found.name ?? '')
      return found.id
    },
    async send(chat, text, { key } = {}) {
      const body = { message: text, message_type: 'text', ...(key && { client_generated_id: key }) }
      return (await call('POST', `/chats/${chat}/messages`, body)).id as string
    },
    history: chat => walk(chat, 'before', null),
    fetchFile: async link => textOf(await fetch(new URL(link, url), { headers: { authorization } })),
    drop: () => hangUp(socket),
    async comeBack(chat, lastKnown) {
      await attach()
      return walk(chat, 'after', lastKnown)
    },
    async isOpen() {
      const { status } = await fetch(`${url}/users/profile`, { headers: { authorization } })
      return status === 200
    },
    can: {
      reply: async (chat, text, to) =>
        (await call('POST', `/chats/${chat}/messages`, { message: text, reply_to_id: to })).id as string,
      edit: async (chat, id, text) => void (await call('PATCH', `/chats/${chat}/messages/${id}`, { message: text })),
      recall: async (_chat, id) => void (await call('POST', '/chats/message/recall', { msg_id: id })),
      react: async (_chat, id, emoji, active) =>
        void (await call('POST', '/chats/message/react', { msg_id: id, emote: emoji, active })),
      async sendFile(chat, fileName, content) {
        const body = new FormData()
        body.set('file', new File([content], fileName, { type: 'text/plain' }))
        const upload = await fetch(`${url}/fserv/upload`, { method: 'POST', headers: { authorization }, body })
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
      async createGroup(title, members) {
        const { id } = (await call('POST', '/group', { name: title })) as { id: string }
        const user_ids = []
        for (const member of members) user_ids.push(await find(member))
        if (user_ids.length > 0) await call('POST', `/group/${id}/members`, { user_ids })
        return id
      },
      createChannel: async title =>
        (await call('POST', '/group', { name: title, visibility: 'public', join_rule: 'open' })).id as string,
      async join(title) {
        const { groups } = (await call('GET', `/group/search?q=${encodeURIComponent(title)}`)) as {
          groups: { id: string; name: string }[]
        }
        const id = groups.find(group => group.name === title)?.id
        if (id === undefined) throw new Error(`wetty: no public group called ${title}`)
        await call('POST', `/group/${id}/members/apply`, {})
        return id
      },
      addMember: async (chat, peer) => void (await call('POST', `/group/${chat}/members`, { uid: await find(peer) })),
      kick: async (chat, peer) => void (await call('DELETE', `/group/${chat}/members/${await find(peer)}`)),
      leave: async chat => void (await call('DELETE', `/group/${chat}/members/${uid}`)),
      mute: async (chat, peer, active) =>
        void (await call('POST', `/group/${chat}/mute`, { target_user_id: await find(peer), mute_status: active })),
      rename: async (chat, title) => void (await call('PUT', `/group/${chat}/profile`, { name: title })),
      disband: async chat => void (await call('DELETE', `/group/${chat}`)),
      ask: peer => toUser('/friend/apply', peer),
      accept: peer => toUser('/friend/accept', peer),
      refuse: peer => toUser('/friend/reject', peer),
      unfriend: async peer => void (await call('DELETE', `/friend/${await find(peer)}`)),
      block: peer => toUser('/friend/block', peer),
      unblock: peer => toUser('/friend/unblock', peer),
      logOut: async () => void (await call('POST', '/users/auth/logout')),
    },
    async [Symbol.asyncDispose]() {
      socket.close()
    },
  }
}

const connect = async (url: string, handle: string): Promise<Client> => {
  const credentials = credentialsOf(handle)
  await json(await post(`${url}/users/auth/register`, credentials))
  return enter(url, credentials, `Person ${handle}`)
}

export const wetty: Driver = {
  dialect: 'wetty',
  abilities: [
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
    'addMember',
    'kick',
    'leave',
    'mute',
    'rename',
    'disband',
    'ask',
    'accept',
    'refuse',
    'unfriend',
    'block',
    'unblock',
    'logOut',
  ],
  prints: 'name',
  connect,
  logIn: (url, credentials) => enter(url, credentials, null),
  longestText: 20_000,
  adds: 'anybody',
  recalledText: '',
  fileText: () => /^file_/,
  presenceOf: 'friends',
  shows: allBut({
    read: 'the contract has no receipts',
    'member muted': 'told to the muted person only',
    'friend refused': 'a refusal is silent',
    'friend removed': 'an ended friendship is not told',
    blocked: 'a block is not told',
  }),
}
