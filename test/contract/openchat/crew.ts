// People on servers, channels and groups, for tests of places.
import type { Target } from '../../kit/target.ts'
import { Inbox } from '../../kit/wait.ts'

// biome-ignore lint/suspicious/noExplicitAny: what a server answers is looked into, not relied upon
export type Loose = any

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed JSON; null when empty. */
  readonly body: Loose
}

export const PASSWORD = 'correct horse battery'
export const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
export const UID = /^uid_[0-9a-f]{32}$/
/** Well-formed, and nobody's. */
export const NO_ID = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
export const NO_UID = 'uid_00000000000000000000000000000000'
/** What cannot be an id. */
export const ODD_IDS = ['x', '..%2f', '%00', '0'] as const

export const call = async (
  target: Target,
  method: string,
  path: string,
  json?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> => {
  const typed = json === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(target.url + path, {
    method,
    headers: { ...typed, ...headers },
    body: json === undefined ? null : JSON.stringify(json),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
}

/** `403 muted`, or the status alone where it is no refusal. */
export const said = ({ status, body }: Answer): string => (status < 400 ? `${status}` : `${status} ${body?.code}`)

/** As `said`, with the fields that a 400 names. */
export const blamed = (answer: Answer): string => `${said(answer)}: ${answer.body?.details?.fields}`

let made = 0
/** A name nobody else has. */
export const fresh = (stem = 'o'): string =>
  `${stem}${process.pid.toString(36)}${Date.now().toString(36)}${(made++).toString(36)}`

/** Somebody's session on one server. */
export class Person {
  readonly target: Target
  readonly username: string
  readonly token: string
  /** What he is called on this server. */
  readonly uid: string
  readonly server: string
  /** The same person's session on the home server; itself there. */
  readonly home: Person

  constructor(target: Target, username: string, session: Loose, home?: Person) {
    this.target = target
    this.username = username
    this.token = session.token
    this.uid = session.user_uid
    this.server = session.server_id
    this.home = home ?? this
  }

  call(method: string, path: string, json?: unknown): Promise<Answer> {
    return call(this.target, method, path, json, { authorization: `Bearer ${this.token}` })
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

  /** The same person on another server. */
  async on(server: string): Promise<Person> {
    const session = await this.must('POST', `/v1/servers/${server}/sessions/exchange`, {})
    return new Person(this.target, this.username, session, this.home)
  }

  /** Path of the server the session belongs to. */
  get at(): string {
    return `/v1/servers/${this.server}`
  }

  /** Every heading as this person sees it. */
  async headings(): Promise<Loose[]> {
    return (await this.must('GET', `${this.at}/channels`)).groups
  }
  /** Every channel of it, whatever heading it stands under. */
  async channels(): Promise<Loose[]> {
    return (await this.headings()).flatMap(heading => heading.channels)
  }
  /** The channel as this person sees it. */
  async channel(id: string): Promise<Loose> {
    return (await this.must('GET', `/v1/channels/${id}`)).channel
  }
  /** A group of the caller's with these people in it. */
  async group(others: readonly Person[] = [], keys: object = {}): Promise<string> {
    const member_uids = others.map(other => other.uid)
    return (await this.must('POST', '/v1/groups', { name: fresh('Group '), member_uids, ...keys })).channel.id
  }
  /** A channel on the server of this session, under its first heading. */
  async makeChannel(name = fresh('channel ')): Promise<string> {
    const [heading] = await this.headings()
    const wanted = { name, type: 'text', group_id: heading?.id }
    return (await this.must('POST', `${this.at}/channels`, wanted)).channel.id
  }
  async direct(other: Person): Promise<string> {
    return (await this.must('POST', '/v1/direct-chats', { user_uid: other.home.uid })).channel.id
  }
  async say(channel: string, body: string): Promise<Loose> {
    return (await this.must('POST', `/v1/channels/${channel}/messages`, { body })).message
  }
  block(other: Person): Promise<Loose> {
    return this.must('PUT', `/v1/contacts/${other.home.uid}/block`)
  }

  live(): Promise<Live> {
    return Live.open(this)
  }
}

/** Somebody new, on the home server. */
export const newPerson = async (target: Target, username = fresh()): Promise<Person> => {
  const answer = await call(target, 'POST', '/v1/accounts', { username, password: PASSWORD })
  if (answer.status !== 201) throw new Error(`register: ${answer.status} ${JSON.stringify(answer.body)}`)
  return new Person(target, username, answer.body)
}

export const newPeople = (target: Target, count: number): Promise<readonly Person[]> =>
  Promise.all(Array.from({ length: count }, () => newPerson(target)))

/** A server just made, not yet claimed: its maker's session there, and the token. */
export const newUnclaimed = async (target: Target, keys: object = {}) => {
  const home = await newPerson(target)
  const made = await home.must('POST', '/v1/servers', { display_name: fresh('Server '), visibility: 'public', ...keys })
  const owner = await home.on(made.server.server_id)
  return { id: owner.server, owner, token: made.ownership_claim.token as string, made }
}

/** A public server with an owner, a manager and a plain member, and somebody who is not in it. */
export const newServer = async (target: Target, keys: object = {}) => {
  const { id, owner, token } = await newUnclaimed(target, keys)
  await owner.must('POST', `${owner.at}/ownership:claim`, { claim_token: token })
  const [manager, member] = await Promise.all([bring(owner), bring(owner)])
  await owner.must('PATCH', `${owner.at}/members/${manager.uid}`, { role: 'manager' })
  return { id, owner, manager, member, stranger: await newPerson(target) }
}

/** Somebody new whom an invitation brings to the server. */
export const bring = async (inviter: Person): Promise<Person> => {
  const home = await newPerson(inviter.target)
  const { code } = await inviter.must('POST', `${inviter.at}/invites`, { expires_at: inAnHour(), max_uses: 1 })
  await home.must('POST', `/v1/invites/${code}/redeem`)
  return home.on(inviter.server)
}

/** A group: its owner, a manager, a plain member, and somebody who is not in it. */
export const newGroup = async (target: Target, keys: object = {}) => {
  const [owner, manager, member, stranger] = (await newPeople(target, 4)) as [Person, Person, Person, Person]
  const id = await owner.group([manager, member], keys)
  await owner.must('PATCH', `/v1/channels/${id}/members/${manager.uid}`, { role: 'manager' })
  return { id, owner, manager, member, stranger }
}

export const after = (ms: number): string => new Date(Date.now() + ms).toISOString()
export const inAnHour = (): string => after(3_600_000)

export interface Frame {
  readonly event_type: string
  readonly channel_id?: string
  readonly payload: Loose
}

const DEADLINE = 5000

/** One socket; frames are kept as they came. */
export class Live implements Disposable {
  readonly frames = new Inbox<Frame>()
  readonly closed: Promise<number>
  readonly #socket: WebSocket

  private constructor({ target, token, server }: Person) {
    const closed = Promise.withResolvers<number>()
    this.closed = closed.promise
    this.#socket = new WebSocket(`${target.wsUrl}/v1/realtime?server_id=${server}`, [`openchat.session.${token}`])
    this.#socket.onmessage = ({ data }) => this.frames.push(JSON.parse(String(data)))
    this.#socket.onclose = ({ code }) => closed.resolve(code)
  }

  static async open(person: Person): Promise<Live> {
    const live = new Live(person)
    await live.event('chat.hello')
    return live
  }

  send(type: string, payload: object): void {
    this.#socket.send(JSON.stringify({ type, payload }))
  }

  /** Skips to the first event of a type. */
  async event(type: string): Promise<Frame> {
    return this.frames.find(type, frame => frame.event_type === type, DEADLINE)
  }

  /** The types of everything that came before the answer to a ping sent now. */
  async heard(): Promise<readonly string[]> {
    this.send('chat.ping', {})
    const types: string[] = []
    for (;;) {
      const { event_type } = await this.frames.next('the pong', DEADLINE)
      if (event_type === 'chat.pong') return types
      types.push(event_type)
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close()
  }
}
