// People on servers, channels and groups, for tests of places.
import type { Target } from '../../kit/target.ts'
import { Inbox } from '../../kit/wait.ts'
import { PASSWORD, Person as Session } from './people.ts'
import { call, fresh, type Loose } from './target.ts'

export { PASSWORD } from './people.ts'
export { fresh, type Loose, said, TIME, UUID } from './target.ts'

/** What cannot be an id. */
export const ODD_IDS = ['x', '..%2f', '%00', '0'] as const

/** Somebody's session on one server. */
export class Person extends Session {
  readonly username: string
  /** The same person's session on the home server; itself there. */
  readonly home: Person

  constructor(target: Target, username: string, session: Loose, home?: Person) {
    super(target, session)
    this.username = username
    this.home = home ?? this
  }

  override async on(server: string): Promise<Person> {
    return new Person(this.target, this.username, (await super.on(server)).session, this.home)
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
  block(other: Person): Promise<Loose> {
    return this.must('PUT', `/v1/contacts/${other.home.uid}/block`)
  }

  live(): Promise<Live> {
    return Live.open(this)
  }
}

/** Somebody new, on the home server. */
export const newPerson = async (target: Target, username = fresh()): Promise<Person> => {
  const answer = await call(target, 'POST', '/v1/accounts', { json: { username, password: PASSWORD } })
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
