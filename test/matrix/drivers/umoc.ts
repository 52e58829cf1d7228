// umoc as the matrix drives it: the official Socket.IO client, and HTTP for logins and files.
import { io, type Socket } from 'socket.io-client'
import { post } from '../../kit/people.ts'
import { Inbox } from '../../kit/wait.ts'
import {
  allBut,
  type Client,
  type Credentials,
  credentialsOf,
  type Driver,
  json,
  Refused,
  type Seen,
  type SeenMessage,
  textOf,
} from '../driver.ts'

interface UmocMessage {
  message_id: string
  sender_id: number
  sender_username: string
  recipient_id: number
  is_group: boolean
  content: string
  type: string
  reply_to_id?: string
  forwarded_from?: object
  is_read?: boolean
}
interface Person {
  user_id: number
  username: string
}
interface Place {
  chat_id: number
  user_id: number
  username: string
  name: string
}
interface Chat {
  id: number
  is_group: boolean
  username: string
  name: string
}
interface File {
  file_name: string
  file_url: string
  caption?: string
}

const FILE_TYPES = ['image', 'video', 'audio', 'file']
const PAGE_SIZE = 100
/** Milliseconds within which the server answers a request. */
const ANSWER_MS = 10_000

const fileIn = ({ type, content }: UmocMessage): File | null =>
  FILE_TYPES.includes(type) ? (JSON.parse(content) as File) : null

const enter = async (url: string, credentials: Credentials): Promise<Client> => {
  const login = (await json(await post(`${url}/login`, credentials))) as {
    user_id: number
    username: string
    sessionID: string
    token: string
    access_token: string
  }
  const { user_id: me, username: handle, access_token } = login
  const headers = { authorization: `Bearer ${access_token}` }
  const query = { sessionID: login.sessionID, token: login.token }
  const seen = new Inbox<Seen>()
  /** Numbers of people met, by handle, and handles by number: some events carry one only. */
  const numbers = new Map([[handle, me]])
  const handles = new Map([[me, handle]])
  const groups = new Set<number>()
  /**
   * Keys of sends that are not acknowledged yet. A `new_message` that carries one of them answers a repeat (UM76): what is
   * told to everybody comes behind the acknowledgement (UM41).
   */
  const sending = new Set<string>()
  let socket: Socket

  const met = ({ user_id, username }: Person): string => {
    numbers.set(username, user_id)
    handles.set(user_id, username)
    return username
  }

  const chatOf = (m: { sender_id: number; recipient_id: number; is_group: boolean }): string => {
    if (m.is_group) {
      groups.add(m.recipient_id)
      return `${m.recipient_id}`
    }
    return `${m.sender_id === me ? m.recipient_id : m.sender_id}`
  }

  const seenOf = (m: UmocMessage): SeenMessage => {
    const file = fileIn(m)
    met({ user_id: m.sender_id, username: m.sender_username })
    return {
      id: m.message_id,
      author: m.sender_username,
      text: file ? (file.caption ?? '') : m.content,
      recalled: false,
      replyTo: m.reply_to_id ?? null,
      file: file && { name: file.file_name, url: file.file_url },
      reactions: [],
      forwarded: m.forwarded_from !== undefined,
      read: m.sender_id === me ? (m.is_read ?? false) : null,
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: what a server sends is looked into, not relied upon
  const toldBy = (event: string, data: any): readonly Seen[] => {
    const chat = `${data?.chat_id}`
    const who = (): string => met(data as Person)
    const own = (data as Partial<Place> | null)?.user_id === me
    switch (event) {
      case 'new_message':
        if (sending.has(data.client_message_id)) return []
        return [{ type: 'message', chat: chatOf(data), message: seenOf(data) }]
      case 'message_edited': {
        const edited = { ...data, type: 'text', sender_username: handles.get(data.sender_id) ?? '' }
        return [{ type: 'edited', chat: chatOf(data), message: seenOf(edited) }]
      }
      case 'message_deleted':
        return [{ type: 'recalled', chat: chatOf(data), id: data.message_id }]
      case 'messages_read':
        return [{ type: 'read', chat, id: data.message_ids.at(-1), by: data.reader_username }]
      case 'typing_indicator':
        return [{ type: 'typing', chat, by: who(), active: data.is_typing }]
      case 'user_status':
        return [{ type: 'presence', by: who(), online: data.status === 'online' }]
      case 'group_created':
        groups.add(data.id)
        return [{ type: 'came', chat: `${data.id}` }]
      case 'member_added':
        groups.add(data.chat_id)
        return [own ? { type: 'came', chat } : { type: 'joined', chat, who: who() }]
      case 'member_removed':
      case 'member_left':
        return [own ? { type: 'went', chat } : { type: 'left', chat, who: who() }]
      case 'group_updated':
        return [{ type: 'renamed', chat, title: data.name }]
      case 'group_deleted':
        return [{ type: 'went', chat }]
      case 'contact_request':
        return [{ type: 'contact', by: who(), is: 'asked' }]
      case 'contact_accepted':
        return [{ type: 'contact', by: who(), is: 'friend' }]
      case 'contact_rejected':
        return [{ type: 'contact', by: handles.get(data.user_id) ?? '', is: 'refused' }]
      case 'contact_removed':
        return [{ type: 'contact', by: handles.get(data.user_id) ?? '', is: 'removed' }]
      // Who was asked: a refusal names him by number only.
      case 'contact_added':
        who()
        return []
      case 'session_status':
        return data.valid ? [] : [{ type: 'ended' }]
      // Answers to this client's own requests, echoes of what it did, and roles.
      case 'connection_successful':
      case 'error':
      case 'chats':
      case 'chat_info':
      case 'chat_history':
      case 'contacts':
      case 'contact_blocked':
      case 'contact_unblocked':
      case 'file_upload_ready':
      case 'member_updated':
        return []
      default:
        return [{ type: 'odd', frame: JSON.stringify([event, data]) }]
    }
  }

  const attach = async (): Promise<void> => {
    socket = io(url, { transports: ['websocket'], reconnection: false, forceNew: true, query })
    socket.onAny((event, data) => {
      for (const one of toldBy(event, data)) seen.push(one)
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('connection_successful', () => resolve())
      socket.once('connect_error', error => reject(new Refused(`umoc: ${error.message}`)))
    })
  }

  // biome-ignore lint/suspicious/noExplicitAny: what a server sends is looked into, not relied upon
  const ask = async (event: string, payload: object = {}): Promise<any> => {
    const { ok, data, message } = await socket
      .timeout(ANSWER_MS)
      .emitWithAck(event, payload)
      .catch(error => {
        // The connection ended: an error with a code, as those of other clients are.
        throw Object.assign(error, { code: 'ECONNRESET' })
      })
    if (!ok) throw new Refused(`umoc ${event} ${JSON.stringify(payload)}: ${message}`)
    return data
  }

  const to = (chat: string) => ({ recipient_id: Number(chat), is_group: groups.has(Number(chat)) })

  const contacts = async (): Promise<readonly Person[]> => {
    const listed = (await ask('get_contacts')).contacts as readonly Person[]
    for (const each of listed) met(each)
    return listed
  }

  /** The number of somebody who is in the caller's contacts, or was met. */
  const numberOf = async (name: string): Promise<number> => {
    if (!numbers.has(name)) await contacts()
    const found = numbers.get(name)
    // No request of this contract finds somebody by name but the one that adds him: as good as a refusal.
    if (found === undefined) throw new Refused(`umoc: ${name} was never met`)
    return found
  }

  /** Newest first, as pages by number come; what shifts while others write comes twice and is taken once. */
  const history = async (chat: string, until?: string): Promise<readonly UmocMessage[]> => {
    const found = new Map<string, UmocMessage>()
    for (let page = 1; ; page++) {
      const request = { chat_id: Number(chat), is_group: groups.has(Number(chat)), page, page_size: PAGE_SIZE }
      const { messages, total_pages } = (await ask('get_chat_history', request)) as {
        messages: readonly UmocMessage[]
        total_pages: number
      }
      for (const message of messages) {
        if (message.message_id === until) return [...found.values()]
        found.set(message.message_id, message)
      }
      if (page >= total_pages) return [...found.values()]
    }
  }

  await attach()
  return {
    dialect: 'umoc',
    handle,
    name: handle,
    credentials,
    seen,
    async profile() {
      const { username } = await json(await fetch(`${url}/user`, { headers }))
      return { handle: `${username}`, name: `${username}` }
    },
    async chat(where) {
      const chats = (await ask('get_chats')) as readonly Chat[]
      for (const { id, is_group } of chats) if (is_group) groups.add(id)
      const found = chats.find(c =>
        'direct' in where ? c.username === where.direct : c.is_group && c.name === where.title,
      )
      if (!found) throw new Error(`umoc: no chat ${JSON.stringify(where)}`)
      if (!found.is_group) met({ user_id: found.id, username: found.username })
      return `${found.id}`
    },
    async send(chat, text, { key } = {}) {
      if (key) sending.add(key)
      try {
        const message = { ...to(chat), content: text, ...(key && { client_message_id: key }) }
        return (await ask('send_message', message)).message_id as string
      } finally {
        if (key) sending.delete(key)
      }
    },
    history: async chat => (await history(chat)).toReversed().map(seenOf),
    fetchFile: async link => textOf(await fetch(`${url}${link}`, { headers })),
    async drop() {
      socket.disconnect()
    },
    async comeBack(chat, lastKnown) {
      await attach()
      return (await history(chat, lastKnown)).toReversed().map(seenOf)
    },
    async isOpen() {
      return (await fetch(`${url}/user`, { headers })).status === 200
    },
    can: {
      recall: async (_chat, id) => void (await ask('delete_message', { message_id: id })),
      sendFile: async (chat, name, content) => {
        const about = { ...to(chat), file_name: name, file_type: 'text/plain' }
        const { file_id, upload_url, upload_token } = await ask('upload_file_prepare', {
          ...about,
          file_size: Buffer.byteLength(content),
        })
        const upload = { authorization: `Bearer ${upload_token}`, 'content-type': 'text/plain' }
        await json(await fetch(`${url}${upload_url}`, { method: 'PUT', headers: upload, body: content }))
        return (await ask('upload_file_complete', { ...about, file_id })).message_id as string
      },
      read: async (chat, id) => void (await ask('read_receipt', { message_ids: [id], sender_id: Number(chat) })),
      type: async (chat, active) => void (await ask('typing', { ...to(chat), is_typing: active })),
      createGroup: async (title, members) => {
        const member_ids = await Promise.all(members.map(numberOf))
        const { id } = await ask('create_group', { name: title, member_ids })
        groups.add(id)
        return `${id}`
      },
      leave: async chat => void (await ask('leave_group', { chat_id: chat })),
      addMember: async (chat, name) => void (await ask('add_member', { chat_id: chat, user_id: await numberOf(name) })),
      kick: async (chat, name) => {
        const { members } = (await ask('get_chat_info', { chat_id: chat, is_group: true })) as {
          members: readonly Person[]
        }
        for (const each of members) met(each)
        await ask('remove_member', { chat_id: chat, user_id: await numberOf(name) })
      },
      rename: async (chat, title) => void (await ask('update_group', { chat_id: chat, name: title })),
      disband: async chat => void (await ask('delete_group', { chat_id: chat })),
      ask: async name => void (await ask('add_contact', { contact_username: name })),
      accept: async name => void (await ask('accept_contact', { contact_id: await numberOf(name) })),
      refuse: async name => void (await ask('reject_contact', { contact_id: await numberOf(name) })),
      unfriend: async name => void (await ask('remove_contact', { contact_id: await numberOf(name) })),
      block: async name => void (await ask('block_contact', { contact_id: await numberOf(name) })),
      unblock: async name => void (await ask('unblock_contact', { contact_id: await numberOf(name) })),
      logOut: async () => void (await json(await post(`${url}/logout`, { sessionID: login.sessionID }))),
    },
    async [Symbol.asyncDispose]() {
      socket.disconnect()
    },
  }
}

const connect = async (url: string, handle: string): Promise<Client> => {
  const credentials = credentialsOf(handle)
  await json(await post(`${url}/register`, credentials))
  return enter(url, credentials)
}

export const umoc: Driver = {
  dialect: 'umoc',
  abilities: [
    'recall',
    'sendFile',
    'read',
    'type',
    'createGroup',
    'leave',
    'addMember',
    'kick',
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
  prints: 'handle',
  connect,
  logIn: enter,
  longestText: 10_000,
  adds: 'friends',
  recalledText: null,
  fileText: () => '',
  presenceOf: 'friends',
  shows: allBut({
    reaction: 'the contract has no reactions',
    'member muted': 'nothing live; refused sends say so',
    'being muted': 'nothing live; refused sends say so',
    blocked: 'the blocker alone is told',
  }),
}
