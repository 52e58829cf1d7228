// The server under test, and how a client of this contract reaches it: fetch with a token, and the push socket.
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

/** `403 not_a_member`, or the status alone where it is no refusal. */
export const said = ({ status, body }: Answer): string =>
  status < 400 ? `${status}` : `${status} ${body?.error?.code}`

let made = 0
/** A name nobody else has. */
export const fresh = (stem = 'w'): string =>
  `${stem}${process.pid.toString(36)}${Date.now().toString(36)}${(made++).toString(36)}`

export const PASSWORD = 'correct horse battery'

/** A logged-in person. */
export class Person {
  readonly target: Target
  readonly uid: number
  readonly username: string
  token: string

  constructor(target: Target, uid: number, username: string, token: string) {
    this.target = target
    this.uid = uid
    this.username = username
    this.token = token
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
  post(path: string, json: unknown = {}): Promise<Answer> {
    return this.call('POST', path, json)
  }
  put(path: string, json: unknown = {}): Promise<Answer> {
    return this.call('PUT', path, json)
  }
  patch(path: string, json: unknown = {}): Promise<Answer> {
    return this.call('PATCH', path, json)
  }
  delete(path: string): Promise<Answer> {
    return this.call('DELETE', path)
  }

  /** What a successful call answers. */
  async must(method: string, path: string, json?: unknown): Promise<Loose> {
    const answer = await this.call(method, path, json)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  async befriend(other: Person): Promise<string> {
    await this.must('POST', '/friend/apply', { target_user_id: other.uid })
    return (await other.must('POST', '/friend/accept', { target_user_id: this.uid })).chat_id
  }

  /** A group of the caller's with these people in it. */
  async group(others: readonly Person[] = [], keys: object = {}): Promise<string> {
    const { id } = await this.must('POST', '/group', { name: fresh('Group '), ...keys })
    if (others.length > 0) await this.must('POST', `/group/${id}/members`, { user_ids: others.map(o => o.uid) })
    return id
  }

  send(chat: string, message: string, keys: object = {}): Promise<Answer> {
    return this.post(`/chats/${chat}/messages`, { message, message_type: 'text', ...keys })
  }
  /** The message as answered. */
  say(chat: string, message: string, keys: object = {}): Promise<Loose> {
    return this.must('POST', `/chats/${chat}/messages`, { message, message_type: 'text', ...keys })
  }
  async history(chat: string, query = ''): Promise<Loose[]> {
    return (await this.must('GET', `/chats/${chat}/messages${query}`)).messages
  }
  async upload(content: BlobPart, name = 'note.txt', type = 'text/plain'): Promise<string> {
    const form = new FormData()
    form.set('file', new File([content], name, { type }))
    const answer = await this.call('POST', '/fserv/upload', undefined, { raw: form })
    if (answer.status !== 201) throw new Error(`upload: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body.fid
  }

  socket(): Promise<Socket> {
    return Socket.open(this.target, `/ws/chats?uid=${this.uid}&token=${this.token}`)
  }
}

export const logIn = async (
  target: Target,
  username: string,
  clientType = 'web',
  password = PASSWORD,
): Promise<Answer> =>
  call(target, 'POST', '/users/auth/login', { json: { username, password, client_type: clientType } })

export const newPerson = async (target: Target, username = fresh(), clientType = 'web'): Promise<Person> => {
  const made = await call(target, 'POST', '/users/auth/register', { json: { username, password: PASSWORD } })
  if (made.status !== 201) throw new Error(`register: ${made.status} ${JSON.stringify(made.body)}`)
  const { body } = await logIn(target, username, clientType)
  return new Person(target, made.body.uid, username, body.token)
}

export const newPeople = async (target: Target, count: number): Promise<readonly Person[]> =>
  Promise.all(Array.from({ length: count }, () => newPerson(target)))

/** Three people and a group: its owner, a manager, a plain member. */
export const newGroup = async (target: Target, keys: object = {}) => {
  const [owner, manager, member, stranger] = (await newPeople(target, 4)) as [Person, Person, Person, Person]
  const id = await owner.group([manager, member], keys)
  await owner.must('PUT', `/group/${id}/managers`, { managers: [manager.uid] })
  return { id, owner, manager, member, stranger }
}

export interface Frame {
  readonly type: string
  readonly event: string
  readonly payload: Loose
}

const DEADLINE = 5000

const within = <T>(what: string, promise: Promise<T>, ms = DEADLINE): Promise<T> => {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`waited ${ms} ms in vain for ${what}`)), ms)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** One push socket; frames are kept as they came. */
export class Socket implements Disposable {
  readonly frames = new Inbox<string>()
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  readonly #socket: WebSocket

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.onmessage = event => this.frames.push(String(event.data))
    const { promise, resolve } = Promise.withResolvers<{ code: number; reason: string }>()
    socket.onclose = ({ code, reason }) => resolve({ code, reason })
    this.closed = promise
  }

  static async open(target: Target, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Socket> {
    const socket = new WebSocket(target.wsUrl + path, { headers: { ...headers } } as unknown as string[])
    const opened = Promise.withResolvers<void>()
    socket.onopen = () => opened.resolve()
    socket.onerror = () => opened.reject(new Error('the socket was refused'))
    const wrapped = new Socket(socket)
    await within('the socket to open', opened.promise)
    return wrapped
  }

  send(data: unknown): void {
    this.#socket.send(typeof data === 'string' || data instanceof Uint8Array ? (data as string) : JSON.stringify(data))
  }

  /** The next frame not taken yet. */
  async next(): Promise<Frame> {
    return JSON.parse(await this.frames.next('a frame', DEADLINE))
  }

  /** Skips to the first notice of a kind. */
  async notice(kind: string): Promise<Loose> {
    const text = await this.frames.find(
      kind,
      frame => frame.startsWith('{') && JSON.parse(frame).payload?.kind === kind,
      DEADLINE,
    )
    return JSON.parse(text).payload
  }

  /** Skips to the first frame of an event. */
  async event(name: string): Promise<Loose> {
    const text = await this.frames.find(
      name,
      frame => frame.startsWith('{') && JSON.parse(frame).event === name,
      DEADLINE,
    )
    return JSON.parse(text).payload
  }

  /** Everything that came before the answer to a ping sent now: what was committed before has been pushed before. */
  async settled(): Promise<Frame[]> {
    this.send('ping')
    const seen: Frame[] = []
    for (;;) {
      const text = await this.frames.next('the pong', DEADLINE)
      if (text === 'pong') return seen
      seen.push(JSON.parse(text))
    }
  }

  /** As `settled`, in short: `on_message`, or of notices `on_notify:kind`. */
  async heard(): Promise<string[]> {
    return (await this.settled()).map(shortOf)
  }

  closing(ms = DEADLINE): Promise<{ readonly code: number; readonly reason: string }> {
    return within('the socket to close', this.closed, ms)
  }

  close(): void {
    this.#socket.close()
  }
  [Symbol.dispose](): void {
    this.#socket.close()
  }
}

const shortOf = ({ event, payload }: Frame): string => (payload?.kind ? `${event}:${payload.kind}` : event)

/** The status with which an upgrade is refused; 101 when it is not. */
export const upgradeStatus = async (
  target: Target,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> => {
  const response = await fetch(target.url + path, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    },
  })
  return response.status
}

export const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
export const FID = /^file_[A-Za-z0-9_-]{22,}$/
/** A well-formed message id, and a well-formed fid, that nothing has. */
export const NO_MESSAGE = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
export const NO_FILE = 'file_b1qT1o0mR6uOZc0mQm6o1w'
export const NO_CHAT = '2147483000'
export const NO_UID = 2_147_483_000
