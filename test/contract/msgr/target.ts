// The server under test, and how a client of this contract reaches it: REST, raw Phoenix frames, long polls.
import { FRAME_DEADLINE, FrameSocket } from '../../kit/frame-socket.ts'
import { type Answer, call as ask, type Loose, type Sent } from '../../kit/http.ts'
import { fresh } from '../../kit/people.ts'
import type { Target } from '../../kit/target.ts'

export type { Answer, Loose } from '../../kit/http.ts'
export { fresh } from '../../kit/people.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

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

export interface Request extends Sent {
  readonly as?: Person
}

/** Whatever is sent says that it is JSON. */
export const call = (target: Target, method: string, path: string, request: Request = {}): Promise<Answer> => {
  const { as, ...sent } = request
  const headers = { 'content-type': 'application/json', ...as?.headers, ...sent.headers }
  return ask(target, method, path, { ...sent, headers })
}

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

/** Two people, and their direct conversation. */
export const newPair = async (target: Target) => {
  const [kari, ola] = [await newPerson(target), await newPerson(target)]
  const id = await direct(target, kari, ola)
  return { kari, ola, id, topic: `conversation:${id}`, path: `/api/conversations/${id}/messages` }
}

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

/** A socket speaking version 2 by hand, so that every frame is seen as it came. */
export class RawSocket extends FrameSocket<Frame> {
  #ref = 0

  static open(target: Target, query = '?vsn=2.0.0', protocols: readonly string[] = []): Promise<RawSocket> {
    return new RawSocket(`${target.wsUrl}/socket/websocket${query}`, JSON.parse, { protocols }).opened()
  }

  nextRef(): string {
    return `${++this.#ref}`
  }

  /** The reply to `ref`; frames before it stay unread only if they come after it. */
  async reply(ref: unknown): Promise<Reply> {
    const fits = (frame: Frame) => frame[3] === 'phx_reply' && frame[1] === ref
    const frame = await this.frames.find(`the reply to ${ref}`, fits, FRAME_DEADLINE)
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
    return this.frames.find(event, frame => frame[3] === event, FRAME_DEADLINE)
  }

  /** Everything that came before the answer to a heartbeat sent now, that answer left out. */
  async settled(): Promise<readonly Frame[]> {
    const ref = `settled-${this.nextRef()}`
    this.send([null, ref, 'phoenix', 'heartbeat', {}])
    const seen: Frame[] = []
    for (;;) {
      const frame = await this.frames.next('the heartbeat to be answered', FRAME_DEADLINE)
      if (frame[1] === ref) return seen
      seen.push(frame)
    }
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
