// The server under test, and how a client of this contract reaches it: fetch with a bearer token, and one WebSocket per tab.
import { FRAME_DEADLINE, FrameSocket } from '../../kit/frame-socket.ts'
import { type Answer, Caller, call, type Loose } from '../../kit/http.ts'
import { fresh } from '../../kit/people.ts'
import type { Target } from '../../kit/target.ts'

export { type Answer, call, type Loose, upgrade } from '../../kit/http.ts'
export { fresh } from '../../kit/people.ts'

/** `403 Not a member of this channel`; of a 422 what is amiss where; the status alone where it is no refusal. */
export const said = ({ status, body }: Answer): string => {
  if (status < 400) return `${status}`
  if (!Array.isArray(body?.detail)) return `${status} ${body?.detail}`
  return `${status} ${body.detail.map(({ type, loc }: Loose) => `${loc.join('.')} ${type}`).join(', ')}`
}

export const PASSWORD = 'correct horse battery'

/** One session of a person. */
export class Person extends Caller {
  readonly id: string
  readonly username: string
  readonly token: string
  readonly refreshToken: string

  constructor(target: Target, id: string, username: string, tokens: Loose) {
    super(target)
    this.id = id
    this.username = username
    this.token = tokens.access_token
    this.refreshToken = tokens.refresh_token
  }

  /** Creates included (CA2). */
  protected override isSuccess(status: number): boolean {
    return status === 200
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

let pings = 0

export class Socket extends FrameSocket<string> {
  static open(target: Pick<Target, 'wsUrl'>, path: string): Promise<Socket> {
    return new Socket(target.wsUrl + path, text => text).opened()
  }

  /** The next frame not taken yet. */
  async next(): Promise<Loose> {
    return JSON.parse(await this.frames.next('a frame', FRAME_DEADLINE))
  }

  /** Skips to the first frame of a type. */
  async type(name: string): Promise<Loose> {
    return JSON.parse(await this.frames.find(name, frame => JSON.parse(frame).type === name, FRAME_DEADLINE))
  }

  /** Skips to the first Message of this content. */
  async message(content: string): Promise<Loose> {
    return JSON.parse(await this.frames.find(content, frame => JSON.parse(frame).content === content, FRAME_DEADLINE))
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
}

export const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
export const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
export const NOBODY = '00000000-0000-0000-0000-000000000000'
/** A well-formed id that nothing has. */
export const NOTHING = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
