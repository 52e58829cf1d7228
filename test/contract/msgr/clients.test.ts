// The official Phoenix client, over both its transports, and what real clients are known to trip over (section 12).
import { describe, expect, test } from 'bun:test'
import { type Channel, LongPoll, Socket } from 'phoenix'
import { useTarget } from '../../kit/target.ts'
import { Inbox, until } from '../../kit/wait.ts'
import { call, direct, group, history, joined, type Loose, newPerson, type Person, RawSocket, say } from './target.ts'

const target = useTarget()

interface Client extends Disposable {
  readonly socket: Socket
  /** Every event of the joined channels, as `[event, payload]`. */
  readonly heard: Inbox<readonly [string, Loose]>
  join(topic: string, who: Person): Promise<Channel>
  push(channel: Channel, event: string, payload: object): Promise<Loose>
}

const events = [
  'message_created',
  'message_updated',
  'message_deleted',
  'message_read',
  'typing_started',
  'typing_stopped',
  'conversation_created',
  'conversation_updated',
]

const settle = (push: ReturnType<Channel['push']>): Promise<Loose> =>
  new Promise((resolve, reject) => {
    push
      .receive('ok', resolve)
      .receive('error', reason => reject(reason))
      .receive('timeout', () => reject(new Error('timeout')))
  })

const client = (transport: typeof LongPoll | typeof WebSocket): Client => {
  const socket = new Socket(`${target.wsUrl}/socket`, { transport: transport as never, heartbeatIntervalMs: 1000 })
  const heard = new Inbox<readonly [string, Loose]>()
  socket.connect()
  return {
    socket,
    heard,
    async join(topic, who) {
      const channel = socket.channel(topic, who.identity)
      for (const event of events) channel.on(event, payload => heard.push([event, payload]))
      await settle(channel.join())
      return channel
    },
    push: (channel, event, payload) => settle(channel.push(event, payload)),
    [Symbol.dispose]: () => socket.disconnect(),
  }
}

describe.each([
  ['WebSocket', WebSocket],
  ['long poll', LongPoll],
] as const)('the official client over %s', (_, transport) => {
  test('MS71 MS83 MS84 MS85 MS101 MS116: two people talk', async () => {
    const [kari, ola] = [await newPerson(target), await newPerson(target)]
    const id = await direct(target, kari, ola)
    using mine = client(transport)
    using theirs = client(WebSocket)
    // It joins at once, before any heartbeat.
    const channel = await mine.join(`conversation:${id}`, kari)
    const other = await theirs.join(`conversation:${id}`, ola)
    const { data } = await mine.push(channel, 'message:create', { body: 'hei' })
    expect(await theirs.heard.next()).toEqual(['message_created', { data }])
    expect(await mine.heard.next()).toEqual(['message_created', { data }])
    const answer = await theirs.push(other, 'message:create', { body: 'hei selv', reply_to: data.id })
    expect(await mine.heard.next()).toEqual(['message_created', answer])
    await theirs.push(other, 'typing:start', {})
    expect((await mine.heard.next())[0]).toBe('typing_started')
    await theirs.push(other, 'message:read', { message_id: data.id })
    // Writing after it has read it already.
    expect(await mine.push(channel, 'message:delete', { message_id: data.id })).toMatchObject({
      data: { body: 'Meldingen er slettet' },
    })
    expect((await theirs.heard.find('the recall', ([event]) => event === 'message_deleted'))[1].message_id).toBe(
      data.id,
    )
    await expect(mine.push(channel, 'message:create', { body: ' ' })).rejects.toEqual({
      errors: { body: ["can't be blank"] },
    })
    await expect(mine.push(channel, 'nonsense', {})).rejects.toEqual({ errors: ['unknown event'] })
  }, 20_000)

  test('MS83 MS98: a refused join says why', async () => {
    const [kari, ola, eve] = [await newPerson(target), await newPerson(target), await newPerson(target)]
    const id = await direct(target, kari, ola)
    using mine = client(transport)
    await expect(mine.join(`conversation:${id}`, eve)).rejects.toEqual({ reason: 'forbidden' })
    const nobody = { ...eve, identity: { ...eve.identity, account_id: eve.profileId } }
    await expect(mine.join(`profile:${eve.profileId}`, nobody)).rejects.toEqual({ reason: 'unauthorized' })
    await mine.join(`profile:${eve.profileId}`, eve)
  }, 20_000)

  test('MS87 MS88: it leaves, joins again, and hears everything once', async () => {
    const [kari, ola] = [await newPerson(target), await newPerson(target)]
    const id = await direct(target, kari, ola)
    using mine = client(transport)
    const first = await mine.join(`conversation:${id}`, kari)
    await settle(first.leave())
    await say(target, ola, id, 'ungehört')
    await mine.join(`conversation:${id}`, kari)
    // A second channel of the same topic makes the client leave the first by itself.
    await mine.join(`conversation:${id}`, kari)
    await say(target, ola, id, 'gehört')
    await say(target, ola, id, 'marker')
    await mine.heard.find('the marker', ([, payload]) => payload.data.body === 'marker')
    expect(mine.heard.all.map(([, payload]) => payload.data.body)).toEqual(['gehört', 'marker'])
  }, 20_000)

  test('MS97 MS61: back from a lost connection it misses nothing', async () => {
    const [kari, ola] = [await newPerson(target), await newPerson(target)]
    const id = await direct(target, kari, ola)
    using mine = client(transport)
    const channel = await mine.join(`conversation:${id}`, kari)
    const seen = await mine.push(channel, 'message:create', { body: 'en' })
    await mine.heard.next()
    const gone = new Promise<void>(resolve => mine.socket.disconnect(resolve))
    await gone
    await say(target, ola, id, 'to')
    mine.socket.connect()
    // The channel joins again by itself.
    await until('the channel to be joined again', () => channel.state === 'joined')
    await say(target, ola, id, 'tre')
    await mine.heard.find('what is live', ([, payload]) => payload.data.body === 'tre')
    const { data } = await history(target, kari, id, `?after=${seen.data.id}`)
    expect(data.map((m: Loose) => m.body)).toEqual(['to', 'tre'])
  }, 20_000)

  test('MS99 MS100: it hears of conversations others begin', async () => {
    const [kari, ola] = [await newPerson(target), await newPerson(target)]
    using mine = client(transport)
    await mine.join(`profile:${kari.profileId}`, kari)
    const id = await direct(target, ola, kari)
    const [event, { data }] = await mine.heard.next()
    expect([event, data.id, data.kind]).toEqual(['conversation_created', id, 'direct'])
  }, 20_000)

  test('MS115: every push of a burst is answered', async () => {
    const [kari, ola] = [await newPerson(target), await newPerson(target)]
    const id = await group(target, kari, ola)
    using mine = client(transport)
    const channel = await mine.join(`conversation:${id}`, kari)
    const bodies = Array.from({ length: 120 }, (_, i) => `m${i}`)
    const replies = await Promise.all(bodies.map(body => mine.push(channel, 'message:create', { body })))
    expect(replies.map(reply => reply.data.body)).toEqual(bodies)
    await mine.heard.find('the last', ([, payload]) => payload.data.body === 'm119')
    expect(mine.heard.all.map(([, payload]) => payload.data.body)).toEqual(bodies)
  }, 20_000)
})

test('MS116: a client that waits for its heartbeat before it joins', async () => {
  const [kari, ola] = [await newPerson(target), await newPerson(target)]
  const id = await direct(target, kari, ola)
  using socket = await RawSocket.open(target)
  expect((await socket.push('phoenix', 'heartbeat', {})).status).toBe('ok')
  expect((await socket.join(`conversation:${id}`, kari.identity)).status).toBe('ok')
})

test('MS117: payloads and responses are objects, always', async () => {
  const [kari, ola] = [await newPerson(target), await newPerson(target)]
  const id = await direct(target, kari, ola)
  using socket = await joined(target, kari, id)
  const { topic } = socket
  const { response } = await socket.push(topic, 'message:create', { body: 'hei' })
  const message_id = response.data.id
  for (const [event, payload] of [
    ['message:create', null],
    ['message:update', { message_id, body: 'rettet' }],
    ['message:read', { message_id }],
    ['typing:start', null],
    ['typing:stop', null],
    ['nonsense', null],
    ['message:delete', { message_id }],
  ] as const) {
    await socket.push(topic, event, payload)
  }
  await socket.push('nowhere', 'x', null)
  await socket.join('conversation:x', null)
  await socket.join(topic, kari.identity)
  socket.send(['stale', 'lv', topic, 'phx_leave', null])
  await socket.settled()
  for (const [, , , event, payload] of socket.frames.all) {
    expect(payload).toBeObject()
    expect(Array.isArray(payload)).toBe(false)
    if (event === 'phx_reply') expect(payload.response).toBeObject()
  }
})

test('MS118: what a real client cannot do without', async () => {
  const account = (await call(target, 'POST', '/api/users', { json: { display_name: 'Demo 4711' } })).body.data
  const ola = await newPerson(target)
  const identity = { 'x-account-id': account.id, 'x-profile-id': account.profiles[0].id }
  const made = await call(target, 'POST', '/api/conversations', {
    headers: identity,
    json: { target_profile_id: ola.profileId },
  })
  const conversation = made.body.data
  const path = `/api/conversations/${conversation.id}/messages`
  expect((await call(target, 'GET', path, { headers: identity })).body.data).toEqual([])
  const sent = await call(target, 'POST', path, { headers: identity, json: { message: { body: 'hei' } } })
  for (const text of [account.id, account.profiles[0].id, conversation.id, sent.body.data.id, sent.body.data.body])
    expect(text).toBeString()
  for (const list of ['/api/conversations', '/api/profiles', '/api/profiles?q=zz', path])
    expect((await call(target, 'GET', list, { headers: identity })).body.data).toBeArray()
})
