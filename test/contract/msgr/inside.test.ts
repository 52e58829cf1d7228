// What no client can cause or wait for: a capability revoked, rates, and the passing of time.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Actor } from '../../../src/core/index.ts'
import { door } from '../../../src/dialects/msgr/auth.ts'
import { type Clocked, startClocked } from '../../kit/clocked.ts'
import { foreign } from '../../kit/target.ts'
import {
  call,
  direct,
  history,
  joined,
  type Loose,
  newPerson,
  type Person,
  RawSocket,
  say,
  unauthorized,
} from './target.ts'

let target: Clocked

beforeEach(async () => {
  target = await startClocked()
})
afterEach(() => target[Symbol.asyncDispose]())

/** Somebody of this contract, as the core knows him. */
const actorOf = async (who: Person): Promise<Actor> =>
  (await target.kit.core.accounts.actByCapability(who.accountId, who.profileId, door)).actor

describe.skipIf(foreign)('MS8: people of other doors', () => {
  test('MS8: are looked up, addressed and shown, but do not log in here until they have a capability', async () => {
    const kari = await newPerson(target)
    const wei = await target.kit.person('wei')
    const [found] = (await call(target, 'GET', '/api/profiles?handle=wei', { as: kari })).body.data
    expect(found.id).toBe(wei.profile.id)
    const json = { target_profile_id: wei.profile.id }
    const { id } = (await call(target, 'POST', '/api/conversations', { as: kari, json })).body.data
    await target.kit.core.messages.send(wei, id, { kind: 'text', text: 'hei' })
    expect((await history(target, kari, id)).data[0].profile.name).toBe('wei')
    const headers = (account: string) => ({ 'x-account-id': account, 'x-profile-id': wei.profile.id })
    const own = async (account: string) =>
      (await call(target, 'GET', '/api/conversations', { headers: headers(account) })).status
    // Neither id of the core stands in for it.
    for (const account of [wei.accountId, wei.profile.id, crypto.randomUUID()]) expect(await own(account)).toBe(401)
    const capability = await target.kit.core.accounts.mintCapability(wei)
    expect(await own(capability)).toBe(200)
  })

  test('MS8: a capability that is replaced or revoked is invalid at once, and joined channels close', async () => {
    const kari = await newPerson(target)
    const ola = await newPerson(target)
    const id = await direct(target, kari, ola)
    const actor = await actorOf(kari)
    using other = await joined(target, ola, id)
    using socket = await RawSocket.open(target)
    const topics = [`conversation:${id}`, `profile:${kari.profileId}`]
    for (const topic of topics) await socket.join(topic, kari.identity, topic)
    const next = await target.kit.core.accounts.mintCapability(actor)
    const closed = [await socket.event('phx_close'), await socket.event('phx_close')]
    expect(closed.map(f => f[2]).sort()).toEqual([...topics].sort())
    for (const [joinRef, ref, topic] of closed) expect([joinRef, ref]).toEqual([topic, topic])
    expect((await call(target, 'GET', '/api/profiles', { as: kari })).body).toEqual(unauthorized)
    expect((await socket.join(topics[0] ?? '', kari.identity)).response).toEqual({ reason: 'unauthorized' })
    await say(target, ola, id, 'uten henne')
    await other.event('message_created')
    expect(await socket.settled()).toEqual([])
    // Recovered by linking, she is who she was.
    const identity = { ...kari.identity, account_id: next }
    expect((await socket.join(topics[0] ?? '', identity)).status).toBe('ok')
    await target.kit.core.accounts.setPassword(actor, { current: null, next: 'password' })
    await target.kit.core.accounts.revokeCapability(actor)
    expect((await socket.event('phx_close'))[2]).toBe(topics[0] ?? '')
  })
})

test.skipIf(foreign)('MS5: the capability is nowhere in what is stored for others to see', async () => {
  const kari = await newPerson(target)
  const heard = await target.kit.listen(await actorOf(kari))
  const id = await direct(target, kari, await newPerson(target))
  await say(target, kari, id, 'hei')
  expect(heard.length).toBeGreaterThan(0)
  expect(JSON.stringify(heard)).not.toContain(kari.accountId)
  expect(JSON.stringify(await target.kit.core.accounts.credentials(await actorOf(kari)))).not.toContain(kari.accountId)
})

describe.skipIf(foreign)('MS81: silence', () => {
  test('MS81: after 60 s without a frame the socket is closed with 1002; a heartbeat keeps it', async () => {
    const kari = await newPerson(target)
    const id = await direct(target, kari, await newPerson(target))
    using silent = await joined(target, kari, id)
    using lively = await joined(target, kari, id)
    for (let i = 0; i < 4; i++) {
      target.clock.advance(20_000)
      await lively.push('phoenix', 'heartbeat', {})
    }
    expect((await silent.closed).code).toBe(1002)
    expect((await lively.push('phoenix', 'heartbeat', {})).status).toBe('ok')
  })
  test('MS71 MS83: a socket through which nobody was let in is closed after two minutes, heartbeats or not', async () => {
    const kari = await newPerson(target)
    const id = await direct(target, kari, await newPerson(target))
    using idle = await RawSocket.open(target)
    using refused = await RawSocket.open(target)
    using gone = await RawSocket.open(target)
    await gone.join(`conversation:${id}`, kari.identity, 'j')
    expect((await gone.push(`conversation:${id}`, 'phx_leave', {}, 'j')).status).toBe('ok')
    for (let i = 0; i < 3; i++) {
      target.clock.advance(40_000 - (i === 2 ? 1 : 0))
      for (const socket of [idle, refused, gone]) await socket.push('phoenix', 'heartbeat', {})
      const { response } = await refused.join(`conversation:${id}`, { account_id: 'x', profile_id: 'x' })
      expect(response).toEqual({ reason: 'unauthorized' })
    }
    target.clock.advance(1)
    // Not 1000, after which clients stay away.
    for (const socket of [idle, refused]) expect((await socket.closed).code).toBe(1002)
    // Whoever was let in once, and is in no room now, stays.
    expect((await gone.push('phoenix', 'heartbeat', {})).status).toBe('ok')
  })
  test('MS81: who goes down says 1012, never 1000', async () => {
    using socket = await RawSocket.open(target)
    await socket.settled()
    await target.drain()
    expect((await socket.closed).code).toBe(1012)
  })
})

test.skipIf(foreign)('MS91: typing stops by itself 5 s after the last start', async () => {
  const [kari, ola] = [await newPerson(target), await newPerson(target)]
  const id = await direct(target, kari, ola)
  using mine = await joined(target, kari, id)
  using other = await joined(target, ola, id)
  const stops = async () => {
    await other.settled()
    return other.frames.all.filter(f => f[3] === 'typing_stopped').length
  }
  await mine.push(mine.topic, 'typing:start', {})
  const [, , , , started] = await other.event('typing_started')
  expect(Date.parse(started.expires_at)).toBe(Math.floor((target.clock.now() + 5000) / 1000) * 1000)
  target.clock.advance(4000)
  await mine.push(mine.topic, 'typing:start', {})
  target.clock.advance(4900)
  expect(await stops()).toBe(0)
  target.clock.advance(100)
  await other.event('typing_stopped')
  target.clock.advance(20_000)
  expect(await stops()).toBe(1)
})

describe.skipIf(foreign)('MS103 MS107: a long poll', () => {
  const poll = async (token?: string): Promise<Loose> => {
    const query = token ? `&token=${token}` : ''
    return (await fetch(`${target.url}/socket/longpoll?vsn=2.0.0${query}`)).json()
  }
  const post = async (token: string, frame: unknown): Promise<Loose> =>
    (
      await fetch(`${target.url}/socket/longpoll?vsn=2.0.0&token=${token}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body: JSON.stringify(frame),
      })
    ).json()

  test('MS103 MS107: 204 after 10 s of nothing; gone some time after the last request, its channels left', async () => {
    const kari = await newPerson(target)
    const ola = await newPerson(target)
    const id = await direct(target, kari, ola)
    const topic = `conversation:${id}`
    using other = await joined(target, ola, id)
    const { token } = await poll()
    await post(token, ['1', '1', topic, 'phx_join', kari.identity])
    expect((await poll(token)).status).toBe(200)
    const waiting = poll(token)
    await post(token, ['1', null, topic, 'typing:start', {}])
    await other.event('typing_started')
    target.clock.advance(10_000)
    expect(await waiting).toEqual({ status: 204, token, messages: [] })
    await post(token, ['1', null, topic, 'typing:start', {}])
    target.clock.advance(15_000)
    expect((await post(token, [null, '2', 'phoenix', 'heartbeat', {}])).status).toBe(200)
    target.clock.advance(15_000)
    target.clock.advance(15_000)
    expect((await poll(token)).status).toBe(410)
    expect((await post(token, [null, '3', 'phoenix', 'heartbeat', {}])).status).toBe(410)
  })
})

describe.skipIf(foreign)('MS13 MS98: rates', () => {
  beforeEach(async () => {
    await target[Symbol.asyncDispose]()
    target = await startClocked({ rateLimits: true })
  })

  test('MS13 MS98: too many sends are refused, over HTTP and on the socket, and nothing is closed', async () => {
    const [kari, ola] = [await newPerson(target), await newPerson(target)]
    const id = await direct(target, kari, ola)
    using socket = await joined(target, kari, id)
    const replies = []
    for (let i = 0; i < 60; i++) replies.push(await socket.push(socket.topic, 'message:create', { body: `m${i}` }))
    const refused = replies.filter(r => r.status === 'error')
    expect(refused.length).toBeGreaterThan(0)
    for (const { response } of refused) expect(response).toEqual({ errors: ['rate limit exceeded'] })
    const answer = await call(target, 'POST', `/api/conversations/${id}/messages`, {
      as: kari,
      json: { message: { body: 'x' } },
    })
    expect([answer.status, answer.body]).toEqual([429, { error: 'too_many_requests', errors: ['rate_limited'] }])
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect((await history(target, ola, id)).data).toHaveLength(60 - refused.length)
    target.clock.advance(10_000)
    expect((await socket.push(socket.topic, 'message:create', { body: 'igjen' })).status).toBe('ok')
  })

  test('MS13: too many accounts from one address', async () => {
    const create = () => call(target, 'POST', '/api/users', { json: { display_name: 'Kari' } })
    const answers = []
    for (let i = 0; i < 31; i++) answers.push(await create())
    expect(answers.slice(0, 30).every(a => a.status === 201)).toBe(true)
    expect([answers[30]?.status, answers[30]?.body.errors]).toEqual([429, ['rate_limited']])
  })
})

test.skipIf(foreign)(
  'MS32 MS90: a name changed elsewhere is what an open socket writes under from then on',
  async () => {
    const [kari, ola] = [await newPerson(target), await newPerson(target)]
    const id = await direct(target, kari, ola)
    using socket = await joined(target, kari, id)
    await target.kit.core.people.update(await actorOf(kari), { displayName: 'Kari Hansen' })
    const { response } = await socket.push(socket.topic, 'message:create', { body: 'hei' })
    expect(response.data.profile.name).toBe('Kari Hansen')
  },
)
