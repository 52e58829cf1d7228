// The server under test, and how a client of this contract reaches it: fetch with a token, and the push socket.
import { FRAME_DEADLINE, FrameSocket } from '../../kit/frame-socket.ts'
import { type Answer, Caller, call, type Loose } from '../../kit/http.ts'
import { fresh } from '../../kit/people.ts'
import type { Target } from '../../kit/target.ts'

export { type Answer, call, type Loose, upgrade } from '../../kit/http.ts'
export { fresh } from '../../kit/people.ts'

/** `403 not_a_member`, or the status alone where it is no refusal. */
export const said = ({ status, body }: Answer): string =>
  status < 400 ? `${status}` : `${status} ${body?.error?.code}`

export const PASSWORD = 'correct horse battery'

/** A logged-in person. */
export class Person extends Caller {
  readonly uid: number
  readonly username: string
  token: string

  constructor(target: Target, uid: number, username: string, token: string) {
    super(target)
    this.uid = uid
    this.username = username
    this.token = token
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

/** Somebody who has not logged in yet; answers the uid. */
export const register = async (target: Target, username = fresh()): Promise<number> => {
  const made = await call(target, 'POST', '/users/auth/register', { json: { username, password: PASSWORD } })
  if (made.status !== 201) throw new Error(`register: ${made.status} ${JSON.stringify(made.body)}`)
  return made.body.uid
}

export const newPerson = async (target: Target, username = fresh(), clientType = 'web'): Promise<Person> => {
  const uid = await register(target, username)
  const { body } = await logIn(target, username, clientType)
  return new Person(target, uid, username, body.token)
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

/** One push socket. */
export class Socket extends FrameSocket<string> {
  static open(target: Target, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Socket> {
    return new Socket(target.wsUrl + path, text => text, { headers }).opened()
  }

  /** The next frame not taken yet. */
  async next(): Promise<Frame> {
    return JSON.parse(await this.frames.next('a frame', FRAME_DEADLINE))
  }

  /** Skips to the first notice of a kind. */
  async notice(kind: string): Promise<Loose> {
    const text = await this.frames.find(
      kind,
      frame => frame.startsWith('{') && JSON.parse(frame).payload?.kind === kind,
      FRAME_DEADLINE,
    )
    return JSON.parse(text).payload
  }

  /** Skips to the first frame of an event. */
  async event(name: string): Promise<Loose> {
    const text = await this.frames.find(
      name,
      frame => frame.startsWith('{') && JSON.parse(frame).event === name,
      FRAME_DEADLINE,
    )
    return JSON.parse(text).payload
  }

  /** Everything that came before the answer to a ping sent now: what was committed before has been pushed before. */
  async settled(): Promise<Frame[]> {
    this.send('ping')
    const seen: Frame[] = []
    for (;;) {
      const text = await this.frames.next('the pong', FRAME_DEADLINE)
      if (text === 'pong') return seen
      seen.push(JSON.parse(text))
    }
  }

  /** As `settled`, in short: `on_message`, or of notices `on_notify:kind`. */
  async heard(): Promise<string[]> {
    return (await this.settled()).map(shortOf)
  }
}

const shortOf = ({ event, payload }: Frame): string => (payload?.kind ? `${event}:${payload.kind}` : event)

export const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
export const FID = /^file_[A-Za-z0-9_-]{22,}$/
/** A well-formed message id, and a well-formed fid, that nothing has. */
export const NO_MESSAGE = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
export const NO_FILE = 'file_b1qT1o0mR6uOZc0mQm6o1w'
export const NO_CHAT = '2147483000'
export const NO_UID = 2_147_483_000
