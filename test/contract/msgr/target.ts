// The server under test, and how a client of this contract reaches it: REST, raw Phoenix frames, long polls.
import type { Target } from '../../kit/target.ts'
import { Inbox } from '../../kit/wait.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
// biome-ignore lint/suspicious/noExplicitAny: what a server answers is looked into, not relied upon
export type Loose = any

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Loose
}

export interface Person {
  /** The capability. */
  readonly accountId: string
  readonly profileId: string
  readonly name: string
  readonly handle: string
  readonly email: string | null
  readonly headers: Readonly<Record<string, string>>
  /** The join payload. */
  readonly identity: { readonly account_id: string; readonly profile_id: string }
}

const read = async (response: Response): Promise<Answer> => {
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
}

export interface Request {
  readonly as?: Person
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is. */
  readonly raw?: BodyInit
}

export const call = async (target: Target, method: string, path: string, request: Request = {}): Promise<Answer> => {
  const body = request.raw ?? (request.json === undefined ? null : JSON.stringify(request.json))
  const headers = { 'content-type': 'application/json', ...request.as?.headers, ...request.headers }
  return read(await fetch(target.url + path, { method, headers, body }))
}

let made = 0
/** A name nobody else has: 2 to 32 of a-z0-9. */
export const fresh = (stem = 'p'): string =>
  `${stem}${process.pid.toString(36)}${Date.now().toString(36)}${(made++).toString(36)}`

export const newPerson = async (target: Target, given: { name?: string; email?: string } = {}): Promise<Person> => {
  const handle = fresh()
  const name = given.name ?? `Person ${handle}`
  const json = { display_name: name, handle, ...(given.email && { email: given.email }) }
  const { status, body } = await call(target, 'POST', '/api/users', { json })
  if (status !== 201) throw new Error(`no person: ${status} ${JSON.stringify(body)}`)
  const accountId = body.data.id as string
  const profileId = body.data.profiles[0].id as string
  return {
    accountId,
    profileId,
    name,
    handle,
    email: given.email ?? null,
    headers: { 'x-account-id': accountId, 'x-profile-id': profileId },
    identity: { account_id: accountId, profile_id: profileId },
  }
}

/** The direct conversation of two people. */
export const direct = async (target: Target, one: Person, other: Person): Promise<string> =>
  (await call(target, 'POST', '/api/conversations', { as: one, json: { target_profile_id: other.profileId } })).body
    .data.id

export const group = async (target: Target, owner: Person, ...others: readonly Person[]): Promise<string> => {
  const json = { kind: 'group', topic: fresh('Group '), participant_ids: others.map(p => p.profileId) }
  return (await call(target, 'POST', '/api/conversations', { as: owner, json })).body.data.id
}

export const say = async (target: Target, who: Person, conversation: string, body: string): Promise<Loose> => {
  const answer = await call(target, 'POST', `/api/conversations/${conversation}/messages`, {
    as: who,
    json: { message: { body } },
  })
  if (answer.status !== 201) throw new Error(`not said: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body.data
}

export const history = async (target: Target, who: Person, conversation: string, query = ''): Promise<Loose> =>
  (await call(target, 'GET', `/api/conversations/${conversation}/messages${query}`, { as: who })).body

/** A decoded v2 frame. */
export type Frame = readonly [
  joinRef: Loose,
  ref: Loose,
  topic: string,
  event: string,
  payload: { readonly [key: string]: Loose },
]
export interface Reply {
  readonly frame: Frame
  readonly status: string
  readonly response: Loose
}

const DEADLINE = 4000

const within = <T>(what: string, promise: Promise<T>, ms = DEADLINE): Promise<T> => {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`waited ${ms} ms in vain for ${what}`)), ms)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** A socket speaking version 2 by hand, so that every frame is seen as it came. */
export class RawSocket implements Disposable {
  readonly frames = new Inbox<Frame>()
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  readonly #socket: WebSocket
  #ref = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.onmessage = event => this.frames.push(JSON.parse(String(event.data)))
    const { promise, resolve } = Promise.withResolvers<{ code: number; reason: string }>()
    socket.onclose = ({ code, reason }) => resolve({ code, reason })
    this.closed = within('the socket to close', promise, 60_000)
    this.closed.catch(() => undefined)
  }

  static async open(target: Target, query = '?vsn=2.0.0', protocols: readonly string[] = []): Promise<RawSocket> {
    const socket = new WebSocket(`${target.wsUrl}/socket/websocket${query}`, [...protocols])
    const opened = Promise.withResolvers<void>()
    socket.onopen = () => opened.resolve()
    socket.onerror = () => opened.reject(new Error('the socket was refused'))
    const raw = new RawSocket(socket)
    await within('the socket to open', opened.promise)
    return raw
  }

  get protocol(): string {
    return this.#socket.protocol
  }

  send(data: unknown): void {
    this.#socket.send(
      data instanceof Uint8Array ? new Uint8Array(data) : typeof data === 'string' ? data : JSON.stringify(data),
    )
  }

  nextRef(): string {
    return `${++this.#ref}`
  }

  /** The reply to `ref`; frames before it stay unread only if they come after it. */
  async reply(ref: unknown): Promise<Reply> {
    const fits = (frame: Frame) => frame[3] === 'phx_reply' && frame[1] === ref
    const frame = await this.frames.find(`the reply to ${ref}`, fits, DEADLINE)
    return { frame, status: frame[4].status, response: frame[4].response }
  }

  async push(topic: string, event: string, payload: unknown, joinRef: unknown = null): Promise<Reply> {
    const ref = this.nextRef()
    this.send([joinRef, ref, topic, event, payload])
    return this.reply(ref)
  }

  /** Joins under a join_ref, which is also the ref. */
  async join(topic: string, payload: unknown, ref = this.nextRef()): Promise<Reply> {
    this.send([ref, ref, topic, 'phx_join', payload])
    return this.reply(ref)
  }

  /** The next frame of an event, skipping others. */
  async event(event: string): Promise<Frame> {
    return this.frames.find(event, frame => frame[3] === event, DEADLINE)
  }

  /** Everything that came before the answer to a heartbeat sent now, that answer left out. */
  async settled(): Promise<readonly Frame[]> {
    const ref = `settled-${this.nextRef()}`
    this.send([null, ref, 'phoenix', 'heartbeat', {}])
    const seen: Frame[] = []
    for (;;) {
      const frame = await this.frames.next('the heartbeat to be answered', DEADLINE)
      if (frame[1] === ref) return seen
      seen.push(frame)
    }
  }

  close(): void {
    this.#socket.close()
  }
  [Symbol.dispose](): void {
    this.#socket.close()
  }
}

/** A socket that has joined one conversation. */
export const joined = async (
  target: Target,
  who: Person,
  conversation: string,
): Promise<RawSocket & { readonly topic: string }> => {
  const socket = await RawSocket.open(target)
  const topic = `conversation:${conversation}`
  const { status } = await socket.join(topic, who.identity)
  if (status !== 'ok') throw new Error(`not joined: ${status}`)
  return Object.assign(socket, { topic })
}

export const unauthorized = {
  error: 'missing or invalid account/profile headers',
  errors: ['unauthorized'],
}
export const forbidden = { error: 'forbidden', errors: ['forbidden'] }
export const notFound = { error: 'not_found', errors: ['not_found'] }
export const nobody = '00000000-0000-4000-8000-000000000000'
