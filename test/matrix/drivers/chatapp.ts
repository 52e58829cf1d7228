// chatapp as the matrix drives it: REST for what is done, one socket with control frames for what happens.
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
  Refused,
  type Seen,
  type SeenMessage,
  textOf,
} from '../driver.ts'

interface ChatappMessage {
  id: string
  content: string
  channel_id: string
  username: string
  reply_to?: string
  attachments?: { name: string; url: string }[]
  forwarded?: true
}
interface Channel {
  id: string
  name: string
  title: string | null
  kind: string
}
/** A Message has no type; every other frame has. */
interface Frame extends Partial<ChatappMessage> {
  type?: string
  message?: ChatappMessage
  message_id?: string
  channel?: Channel
  is_typing?: boolean
  is_online?: boolean
}

/** The close code of a session that ended. */
const SESSION_ENDED = 4001
const PAGE = 100

const seenOf = (m: ChatappMessage): SeenMessage => ({
  id: m.id,
  author: m.username,
  text: m.content,
  recalled: false,
  replyTo: m.reply_to ?? null,
  file: m.attachments?.[0] ? { name: m.attachments[0].name, url: m.attachments[0].url } : null,
  reactions: [],
  forwarded: m.forwarded ?? false,
  read: null,
})

const enter = async (url: string, credentials: Credentials): Promise<Client> => {
  const { access_token: token } = await json(await post(`${url}/api/auth/login`, credentials))
  const authorization = `Bearer ${token}`
  const call = callerOf(`${url}/api`, { authorization })
  // Everybody of this contract is in there: what happens to all of them would be seen by each.
  // Who comes again is no longer.
  await call('POST', '/channels/general/leave').catch(error => {
    if (!(error instanceof Refused)) throw error
  })
  const { username: handle, display_name } = (await call('GET', '/users/me')) as {
    username: string
    display_name: string | null
  }

  const seen = new Inbox<Seen>()
  /** The titles of chats as last told: what an update changes is what it says differently. */
  const titles = new Map<string, string | null>()
  let socket: WebSocket

  const toldBy = (frame: Frame): readonly Seen[] => {
    const { type, channel, username: by = '' } = frame
    const chat = channel?.id ?? ''
    switch (type) {
      case undefined: {
        const message = frame as ChatappMessage
        return [{ type: 'message', chat: message.channel_id, message: seenOf(message) }]
      }
      case 'message_updated': {
        const message = frame.message as ChatappMessage
        return [{ type: 'edited', chat: message.channel_id, message: seenOf(message) }]
      }
      case 'message_deleted':
        return [{ type: 'recalled', chat, id: frame.message_id ?? '' }]
      case 'typing':
        return [{ type: 'typing', chat, by, active: frame.is_typing ?? false }]
      case 'presence':
        return [{ type: 'presence', by, online: frame.is_online ?? false }]
      case 'channel_joined':
        titles.set(chat, channel?.title ?? null)
        return [by === handle ? { type: 'came', chat } : { type: 'joined', chat, who: by }]
      case 'channel_left':
        return [by === handle ? { type: 'went', chat } : { type: 'left', chat, who: by }]
      case 'channel_deleted':
        return [{ type: 'went', chat }]
      case 'channel_updated': {
        const title = channel?.title ?? null
        const known = titles.get(chat)
        titles.set(chat, title)
        return title === known ? [] : [{ type: 'renamed', chat, title: title ?? '' }]
      }
      default:
        return [{ type: 'odd', frame: JSON.stringify(frame) }]
    }
  }

  /** Answers the history that comes first; what comes after it is seen. */
  const attach = async (since = ''): Promise<readonly ChatappMessage[]> => {
    socket = new WebSocket(`${url.replace('http', 'ws')}/api/ws/${handle}?token=${token}&events=1&since=${since}`)
    const history: ChatappMessage[] = []
    const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
    let live = false
    socket.onmessage = event => {
      const frame = JSON.parse(event.data as string) as Frame
      if (live) for (const one of toldBy(frame)) seen.push(one)
      else if (frame.type === undefined) history.push(frame as ChatappMessage)
      else if (frame.type === 'ready') {
        live = true
        resolve()
      }
    }
    socket.onerror = () => reject(new Error('chatapp: the socket was refused'))
    socket.onclose = ({ code }) => {
      reject(new Refused(`chatapp: the socket was closed with ${code}`))
      if (live && code === SESSION_ENDED) seen.push({ type: 'ended' })
    }
    await ready
    return history
  }

  const page = async (chat: string, query: string): Promise<readonly ChatappMessage[]> =>
    (await call('GET', `/messages/${chat}?limit=${PAGE}${query}`)) as unknown as ChatappMessage[]

  await attach()
  return {
    dialect: 'chatapp',
    handle,
    name: display_name ?? handle,
    credentials,
    seen,
    async profile() {
      const own = (await call('GET', '/users/me')) as { username: string; display_name: string | null }
      return { handle: own.username, name: own.display_name ?? own.username }
    },
    async chat(where) {
      const all = (await call('GET', '/channels/me')) as unknown as Channel[]
      const found = all.find(c => ('direct' in where ? c.name === `@${where.direct}` : c.title === where.title))
      if (!found) throw new Error(`chatapp: no channel ${JSON.stringify(where)}`)
      titles.set(found.id, found.title)
      return found.id
    },
    async send(chat, text, { key } = {}) {
      const body = { content: text, channel_id: chat, ...(key && { client_id: key }) }
      return (await call('POST', '/messages', body)).id as string
    },
    async history(chat) {
      const all: ChatappMessage[] = []
      for (let query = ''; ; query = `&before=${all[0]?.id}`) {
        const older = await page(chat, query)
        all.unshift(...older)
        if (older.length < PAGE) return all.map(seenOf)
      }
    },
    fetchFile: async link => textOf(await fetch(link)),
    drop: () => hangUp(socket),
    async comeBack(chat, lastKnown) {
      const missed = await attach(lastKnown)
      return missed.filter(message => message.channel_id === chat).map(seenOf)
    },
    async isOpen() {
      const { status } = await fetch(`${url}/api/users/me`, { headers: { authorization } })
      return status === 200
    },
    can: {
      recall: async () => void (await call('POST', '/messages/clear')),
      type: async (chat, active) => {
        socket.send(JSON.stringify({ type: 'typing', channel_id: chat, is_typing: active }))
      },
      createChannel: async title => (await call('POST', '/channels', { name: title })).id as string,
      join: async title => (await call('POST', `/channels/${encodeURIComponent(title)}/join`)).id as string,
      leave: async chat => void (await call('POST', `/channels/${chat}/leave`)),
      disband: async chat => void (await call('DELETE', `/channels/${chat}`)),
      logOut: async () => void (await call('POST', '/auth/logout')),
    },
    async [Symbol.asyncDispose]() {
      socket.close()
    },
  }
}

const connect = async (url: string, handle: string): Promise<Client> => {
  const credentials = credentialsOf(handle)
  const person = { email: `${handle}@example.org`, display_name: `Person ${handle}` }
  await json(await post(`${url}/api/auth/register`, { ...credentials, ...person }))
  return enter(url, credentials)
}

const noReactions = 'the contract has no reactions'
const noContacts = 'the contract has no contacts'
const noMutes = 'no event; refused sends say so'

export const chatapp: Driver = {
  dialect: 'chatapp',
  abilities: ['recall', 'type', 'createChannel', 'join', 'leave', 'disband', 'logOut'],
  prints: 'handle',
  connect,
  logIn: enter,
  longestText: 1000,
  adds: 'nobody',
  recalledText: null,
  fileText: name => `[file] ${name}`,
  presenceOf: 'co-members',
  shows: allBut({
    reaction: noReactions,
    read: 'the contract has no receipts',
    'member muted': noMutes,
    'being muted': noMutes,
    'friend asked': noContacts,
    'friend accepted': noContacts,
    'friend refused': noContacts,
    'friend removed': noContacts,
    blocked: noMutes,
  }),
}
