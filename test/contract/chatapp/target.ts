// The server under test, and how a client of this contract reaches it: fetch with a bearer token, and one WebSocket per tab.
import type { Target } from '../../kit/target.ts'
import { Inbox } from '../../kit/wait.ts'

// biome-ignore lint/suspicious/noExplicitAny: what a server answers is looked into, not relied upon
export type Loose = any

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed where it is JSON, else the text; null when empty. */
  readonly body: Loose
}

/** What is sent beside method and path. `json` is printed; `raw` goes as it is, with the headers given. */
export interface Sent {
  readonly json?: unknown
  readonly raw?: BodyInit
  readonly headers?: Readonly<Record<string, string>>
}

const read = async (response: Response): Promise<Answer> => {
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
  const body = text === '' ? null : isJson ? JSON.parse(text) : text
  return { status: response.status, headers: response.headers, body }
}

export const call = async (target: Target, method: string, path: string, sent: Sent = {}): Promise<Answer> => {
  const json: Record<string, string> = sent.json === undefined ? {} : { 'content-type': 'application/json' }
  const body = sent.raw ?? (sent.json === undefined ? null : JSON.stringify(sent.json))
  return read(
    await fetch(target.url + path, { method, headers: { ...json, ...sent.headers }, body, redirect: 'manual' }),
  )
}

/** `403 Not a member of this channel`; of a 422 what is amiss where; the status alone where it is no refusal. */
export const said = ({ status, body }: Answer): string => {
  if (status < 400) return `${status}`
  if (!Array.isArray(body?.detail)) return `${status} ${body?.detail}`
  return `${status} ${body.detail.map(({ type, loc }: Loose) => `${loc.join('.')} ${type}`).join(', ')}`
}

let made = 0
/** A name nobody else has. */
export const fresh = (stem = 'c'): string =>
  `${stem}${process.pid.toString(36)}${Date.now().toString(36)}${(made++).toString(36)}`

export const PASSWORD = 'correct horse battery'

/** One session of a person. */
export class Person {
  readonly target: Target
  readonly id: string
  readonly username: string
  readonly token: string
  readonly refreshToken: string

  constructor(target: Target, id: string, username: string, tokens: Loose) {
    this.target = target
    this.id = id
    this.username = username
    this.token = tokens.access_token
    this.refreshToken = tokens.refresh_token
  }

  get bearer(): Readonly<Record<string, string>> {
    return { authorization: `Bearer ${this.token}` }
  }

  call(method: string, path: string, json?: unknown, sent: Sent = {}): Promise<Answer> {
    const headers = { ...this.bearer, ...sent.headers }
    return call(this.target, method, path, { ...sent, headers, ...(json !== undefined && { json }) })
  }
  get(path: string): Promise<Answer> {
    return this.call('GET', path)
  }
  post(path: string, json?: unknown): Promise<Answer> {
    return this.call('POST', path, json)
  }
  patch(path: string, json: unknown): Promise<Answer> {
    return this.call('PATCH', path, json)
  }
  delete(path: string): Promise<Answer> {
    return this.call('DELETE', path)
  }

  /** What a successful call answers. */
  async must(method: string, path: string, json?: unknown): Promise<Loose> {
    const answer = await this.call(method, path, json)
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  me(): Promise<Loose> {
    return this.must('GET', '/api/users/me')
  }
  user(name: string): Promise<Loose> {
    return this.must('GET', `/api/users/${encodeURIComponent(name)}`)
  }

  /** A public channel of the caller's with these people in it. */
  async channel(others: readonly Person[] = [], name = fresh('room-')): Promise<Loose> {
    const channel = await this.must('POST', '/api/channels', { name })
    for (const other of others) await other.must('POST', `/api/channels/${channel.id}/join`)
    return others.length === 0 ? channel : this.must('GET', `/api/channels/${channel.id}`)
  }

  send(channel: string, content: string, keys: object = {}): Promise<Answer> {
    return this.post('/api/messages', { content, channel_id: channel, ...keys })
  }
  /** The message as answered. */
  say(channel: string, content: string, keys: object = {}): Promise<Loose> {
    return this.must('POST', '/api/messages', { content, channel_id: channel, ...keys })
  }
  /** Oldest first. */
  history(channel: string, query = ''): Promise<Loose[]> {
    return this.must('GET', `/api/messages/${encodeURIComponent(channel)}${query}`)
  }

  path(query = ''): string {
    return `/api/ws/${encodeURIComponent(this.username)}?token=${this.token}${query}`
  }
  socket(query = ''): Promise<Socket> {
    return Socket.open(this.target, this.path(query))
  }
}

export const register = (target: Target, keys: object = {}): Promise<Answer> => {
  const username = fresh()
  const json = { username, email: `${username}@example.org`, password: PASSWORD, ...keys }
  return call(target, 'POST', '/api/auth/register', { json })
}

export const logIn = (target: Target, username: string, password = PASSWORD): Promise<Answer> =>
  call(target, 'POST', '/api/auth/login', { json: { username, password } })

/** Another session of somebody who has an account. */
export const enter = async (target: Target, username: string, password = PASSWORD): Promise<Person> => {
  const { status, body } = await logIn(target, username, password)
  if (status !== 200) throw new Error(`login: ${status} ${JSON.stringify(body)}`)
  const me = await call(target, 'GET', '/api/users/me', { headers: { authorization: `Bearer ${body.access_token}` } })
  return new Person(target, me.body.id, me.body.username, body)
}

export const newPerson = async (target: Target, keys: object = {}): Promise<Person> => {
  const { status, body } = await register(target, keys)
  if (status !== 200) throw new Error(`register: ${status} ${JSON.stringify(body)}`)
  return enter(target, body.username)
}

export const newPeople = async (target: Target, count: number): Promise<readonly Person[]> =>
  Promise.all(Array.from({ length: count }, () => newPerson(target)))

/** An owner, a member and a stranger of a channel. */
export const newChannel = async (target: Target) => {
  const [owner, member, stranger] = (await newPeople(target, 3)) as [Person, Person, Person]
  const channel = await owner.channel([member])
  return { id: channel.id as string, name: channel.name as string, channel, owner, member, stranger }
}

const DEADLINE = 5000

const within = <T>(what: string, promise: Promise<T>, ms = DEADLINE): Promise<T> => {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`waited ${ms} ms in vain for ${what}`)), ms)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

let pings = 0

/** One socket; frames are kept as they came. */
export class Socket implements Disposable {
  readonly frames = new Inbox<string>()
  readonly closed: Promise<{ readonly code: number; readonly reason: string; readonly wasClean: boolean }>
  readonly #socket: WebSocket

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.onmessage = event => this.frames.push(String(event.data))
    const { promise, resolve } = Promise.withResolvers<{ code: number; reason: string; wasClean: boolean }>()
    socket.onclose = ({ code, reason, wasClean }) => resolve({ code, reason, wasClean })
    this.closed = promise
  }

  static async open(target: Pick<Target, 'wsUrl'>, path: string): Promise<Socket> {
    const socket = new WebSocket(target.wsUrl + path)
    const opened = Promise.withResolvers<void>()
    socket.onopen = () => opened.resolve()
    socket.onerror = () => opened.reject(new Error('the socket was refused'))
    const wrapped = new Socket(socket)
    await within('the socket to open', opened.promise)
    return wrapped
  }

  /** Text and bytes as they are, anything else as JSON. */
  send(data: unknown): void {
    this.#socket.send(typeof data === 'string' || data instanceof Uint8Array ? (data as string) : JSON.stringify(data))
  }

  /** The next frame not taken yet. */
  async next(): Promise<Loose> {
    return JSON.parse(await this.frames.next('a frame', DEADLINE))
  }

  /** Skips to the first frame of a type. */
  async type(name: string): Promise<Loose> {
    return JSON.parse(await this.frames.find(name, frame => JSON.parse(frame).type === name, DEADLINE))
  }

  /** Skips to the first Message of this content. */
  async message(content: string): Promise<Loose> {
    return JSON.parse(await this.frames.find(content, frame => JSON.parse(frame).content === content, DEADLINE))
  }

  /** Everything that came before the answer to a ping sent now: what was committed before has been pushed before. */
  async settled(): Promise<Loose[]> {
    const id = `settled-${pings++}`
    this.send({ type: 'ping', id })
    const seen: Loose[] = []
    for (;;) {
      const frame = await this.next()
      if (frame.type === 'pong' && frame.id === id) return seen
      seen.push(frame)
    }
  }

  /** As `settled`, in short: the contents of messages, the types of other frames. */
  async heard(): Promise<string[]> {
    return (await this.settled()).map(frame => frame.type ?? frame.content)
  }

  closing(ms = DEADLINE): Promise<{ readonly code: number; readonly reason: string; readonly wasClean: boolean }> {
    return within('the socket to close', this.closed, ms)
  }

  close(code?: number): void {
    this.#socket.close(code)
  }
  [Symbol.dispose](): void {
    this.#socket.close()
  }
}

const handshake = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

/** The answer to an upgrade; 101 where it is granted. */
export const upgrade = async (
  target: Target,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> => {
  const response = await fetch(target.url + path, { headers: { ...handshake, ...headers } })
  return response.status === 101 ? { status: 101, headers: response.headers, body: null } : read(response)
}

export const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
export const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
export const NOBODY = '00000000-0000-0000-0000-000000000000'
/** A well-formed id that nothing has. */
export const NOTHING = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
