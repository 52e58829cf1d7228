// The Phoenix socket: section 7 of the rules.
import { describe, expect, test } from 'bun:test'
import { connectTo, upgradeHead } from '../../kit/host/raw-socket.ts'
import { useTarget } from '../../kit/target.ts'
import { until } from '../../kit/wait.ts'
import { call, direct, group, joined, type Loose, newPair, newPerson, RawSocket, say } from './target.ts'

const target = useTarget()
const scene = () => newPair(target)
const unmatched = { reason: 'unmatched topic' }

/** What the server says to a handshake, as plain HTTP. */
const handshake = (query: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { host } = new URL(target.url)
    const head = upgradeHead(`/socket/websocket${query}`, ['Origin: https://elsewhere.example'], host)
    const socket = connectTo(target.url, () => socket.write(head))
    socket.once('data', chunk => {
      resolve(chunk.toString('latin1'))
      socket.destroy()
    })
    socket.once('error', reject)
  })

describe('MS71: the handshake', () => {
  test('MS71: versions 2.0.0 and 1.0.0, absent is 1.0.0; from any origin, without credentials', async () => {
    for (const query of ['?vsn=2.0.0', '?vsn=1.0.0', '', '?vsn=2.0.0&anything=else'])
      expect(await handshake(query)).toStartWith('HTTP/1.1 101')
  })
  test('MS71: any other version is refused', async () => {
    for (const vsn of ['2', '2.1.0', 'abc', '', '2.0.0%00']) {
      const answer = await handshake(`?vsn=${vsn}`)
      expect(answer).toStartWith('HTTP/1.1 403')
      expect(answer).toContain('{"error":"forbidden","errors":["forbidden"]}')
    }
  })
  test('MS71: without an upgrade', async () => {
    for (const path of ['/socket/websocket', '/socket/websocket?vsn=2.0.0', '/socket/websocket/']) {
      const { status, body } = await call(target, 'GET', path)
      expect([400, 426]).toContain(status)
      expect(typeof body).toBe('object')
    }
  })
})

test('MS72: of the subprotocols offered, phoenix is chosen', async () => {
  const token = `base64url.bearer.phx.${Buffer.from('secret').toString('base64url')}`
  using socket = await RawSocket.open(target, '?vsn=2.0.0', ['phoenix', token])
  expect(socket.protocol).toBe('phoenix')
  expect((await socket.push('phoenix', 'heartbeat', {})).status).toBe('ok')
})

describe('MS73: framing', () => {
  test('MS73 MS74: version 2: five elements, more are ignored', async () => {
    using socket = await RawSocket.open(target)
    socket.send([null, '1', 'phoenix', 'heartbeat', {}, 'more', { and: 'more' }])
    expect((await socket.reply('1')).frame).toEqual([null, '1', 'phoenix', 'phx_reply', { status: 'ok', response: {} }])
  })
  test('MS73: version 1: objects', async () => {
    const { kari, ola, id, topic } = await scene()
    const socket = new WebSocket(`${target.wsUrl}/socket/websocket`)
    const frames: Loose[] = []
    socket.onmessage = event => frames.push(JSON.parse(String(event.data)))
    await until('the socket', () => socket.readyState === WebSocket.OPEN)
    const ask = (topic: string, event: string, payload: unknown, ref: string) =>
      socket.send(JSON.stringify({ topic, event, payload, ref, join_ref: 'ignored' }))
    const replyTo = (ref: string) => until(`reply ${ref}`, () => frames.find(f => f.ref === ref))
    ask('phoenix', 'heartbeat', {}, '1')
    expect(await replyTo('1')).toEqual({
      topic: 'phoenix',
      event: 'phx_reply',
      payload: { status: 'ok', response: {} },
      ref: '1',
    })
    ask(topic, 'phx_join', kari.identity, '2')
    expect((await replyTo('2')).payload).toEqual({ status: 'ok', response: {} })
    ask(topic, 'message:create', { body: 'hei' }, '3')
    const reply = await replyTo('3')
    const created = await until('the event', () => frames.find(f => f.event === 'message_created'))
    expect(created).toEqual({
      topic,
      event: 'message_created',
      payload: { data: reply.payload.response.data },
      ref: null,
    })
    expect(frames.indexOf(reply)).toBeLessThan(frames.indexOf(created))
    await say(target, ola, id, 'svar')
    await until('the answer', () => frames.find(f => f.payload.data?.body === 'svar'))
    ask(topic, 'phx_leave', {}, '4')
    expect((await replyTo('4')).payload.status).toBe('ok')
    expect(await until('the end', () => frames.find(f => f.event === 'phx_close'))).toEqual({
      topic,
      event: 'phx_close',
      payload: {},
      ref: '2',
    })
    socket.close()
  })
})

describe('MS74: replies', () => {
  test('MS74: refs come back as they went', async () => {
    const { kari, topic } = await scene()
    using socket = await RawSocket.open(target)
    for (const ref of ['0', 0, 7, 'ø "', '']) {
      socket.send([null, ref, 'phoenix', 'heartbeat', {}])
      expect((await socket.reply(ref)).frame[1]).toBe(ref)
    }
    expect((await socket.join(topic, kari.identity, 'jr')).frame[0]).toBe('jr')
    const { frame } = await socket.push(topic, 'message:create', { body: 'hei' }, 'jr')
    expect([frame[0], frame[2]]).toEqual(['jr', topic])
    // Numbers, too.
    socket.send([11, 12, topic, 'phx_join', kari.identity])
    expect((await socket.reply(12)).frame[0]).toBe(11)
  })
  test('MS74: a push without a ref is done and not answered', async () => {
    const { kari, id, topic } = await scene()
    using socket = await RawSocket.open(target)
    await socket.join(topic, kari.identity)
    socket.send([null, null, topic, 'message:create', { body: 'stille' }])
    socket.send([null, null, 'phoenix', 'heartbeat', {}])
    socket.send([null, null, topic, 'message:create', { body: '' }])
    socket.send([null, null, 'nowhere', 'x', {}])
    const seen = await socket.settled()
    expect(seen.map(frame => frame[3])).toEqual(['message_created'])
    const { data } = (await call(target, 'GET', `/api/conversations/${id}/messages`, { as: kari })).body
    expect(data.map((m: Loose) => m.body)).toEqual(['stille'])
  })
})

test('MS75: events name no ref, and the join of the channel or none', async () => {
  const { kari, ola, id, topic } = await scene()
  using socket = await RawSocket.open(target)
  await socket.join(topic, kari.identity, 'jr')
  await say(target, ola, id, 'hei')
  const [joinRef, ref, where, event, payload] = await socket.event('message_created')
  expect(['jr', null]).toContain(joinRef)
  expect([ref, where, event, payload.data.body]).toEqual([null, topic, 'message_created', 'hei'])
})

test('MS76: heartbeats are answered from the first frame on; nothing else is there', async () => {
  using socket = await RawSocket.open(target)
  const { frame } = await socket.push('phoenix', 'heartbeat', {})
  expect(frame).toEqual([null, '1', 'phoenix', 'phx_reply', { status: 'ok', response: {} }])
  for (const event of ['phx_join', 'nonsense', '']) {
    const { status, response } = await socket.push('phoenix', event, {})
    expect([status, response]).toEqual(['error', unmatched])
  }
})

test('MS77: topics that are not joined, or of no known kind', async () => {
  const { kari, topic } = await scene()
  using socket = await RawSocket.open(target)
  for (const [where, event] of [
    [topic, 'message:create'],
    ['room:1', 'x'],
    ['', ''],
  ] as const) {
    const { status, response, frame } = await socket.push(where, event, {}, '9')
    expect([status, response, frame[0]]).toEqual(['error', unmatched, null])
  }
  for (const where of ['room:1', 'conversation', '', 'conversations:x', '__proto__']) {
    const { status, response } = await socket.join(where, kari.identity)
    expect([status, response]).toEqual(['error', unmatched])
  }
  const { status, response, frame } = await socket.push(topic, 'phx_leave', {}, '9')
  expect([status, response, frame[0]]).toEqual(['ok', {}, null])
})

test('MS78: replies come in the order of the pushes', async () => {
  const { kari, topic } = await scene()
  using socket = await RawSocket.open(target)
  const refs: string[] = []
  const ask = (joinRef: string | null, where: string, event: string, payload: unknown) => {
    const ref = socket.nextRef()
    refs.push(ref)
    socket.send([joinRef, ref, where, event, payload])
  }
  ask('1', topic, 'phx_join', kari.identity)
  for (let i = 0; i < 20; i++) {
    ask('1', topic, 'message:create', { body: `m${i}` })
    ask(null, 'phoenix', 'heartbeat', {})
    ask(null, 'nowhere', 'x', {})
  }
  await socket.reply(refs.at(-1))
  const replies = socket.frames.all.filter(frame => frame[3] === 'phx_reply')
  expect(replies.map(frame => frame[1])).toEqual(refs)
  const events = socket.frames.all.filter(frame => frame[3] === 'message_created')
  expect(events.map(frame => frame[4].data.body)).toEqual(Array.from({ length: 20 }, (_, i) => `m${i}`))
})

describe('MS79: what cannot be decoded ends its own socket', () => {
  test.each([
    ['no JSON', 'hei'],
    ['no array', '{"topic":"phoenix"}'],
    ['four elements', '[null,"1","phoenix","heartbeat"]'],
    ['a topic that is no string', '[null,"1",7,"heartbeat",{}]'],
    ['an event that is no string', '[null,"1","phoenix",null,{}]'],
    ['too deep', `[null,"1","phoenix","heartbeat",${'['.repeat(9000)}${']'.repeat(9000)}]`],
    ['binary of no kind', new Uint8Array([7, 1, 2, 3])],
    ['binary cut short', new Uint8Array([0, 9, 9, 9, 9, 65])],
    ['empty binary', new Uint8Array([])],
  ])('MS79 MS80: %s: 1011', async (_, frame) => {
    const { kari, ola, id } = await scene()
    using other = await joined(target, ola, id)
    using socket = await joined(target, kari, id)
    socket.send(frame)
    expect((await socket.closed).code).toBe(1011)
    await say(target, kari, id, 'marker')
    expect((await other.event('message_created'))[4].data.body).toBe('marker')
  })
  test('MS79: above 1 MiB: 1009', async () => {
    const { kari, ola, id, topic } = await scene()
    using other = await joined(target, ola, id)
    using socket = await joined(target, kari, id)
    const frame = (size: number) => {
      const empty = JSON.stringify([null, 'x', topic, 'message:create', { body: '' }])
      return JSON.stringify([null, 'x', topic, 'message:create', { body: 'x'.repeat(size - empty.length) }])
    }
    socket.send(frame(1024 * 1024))
    expect((await socket.reply('x')).response.errors.body).toEqual(['should be at most 4000 character(s)'])
    socket.send(frame(1024 * 1024 + 1))
    expect((await socket.closed).code).toBe(1009)
    expect((await other.settled()).length).toBe(0)
  })
})

test('MS80: a binary push is answered: there is no binary message', async () => {
  const { kari, id } = await scene()
  using socket = await joined(target, kari, id)
  const parts = ['1', 'bin', socket.topic, 'message:create'].map(text => Buffer.from(text))
  const frame = Buffer.concat([Buffer.from([0, ...parts.map(p => p.length)]), ...parts, Buffer.from([1, 2, 3])])
  socket.send(new Uint8Array(frame))
  const { status, response } = await socket.reply('bin')
  expect([status, response]).toEqual(['error', { errors: { body: ["can't be blank"] } }])
  expect(await socket.settled()).toEqual([])
})

test('MS82: many topics on one socket, each under its own identity; at most 500', async () => {
  const [kari, ola, eve] = [await newPerson(target), await newPerson(target), await newPerson(target)]
  const [one, two] = [await direct(target, kari, eve), await group(target, ola, eve)]
  using socket = await RawSocket.open(target)
  expect((await socket.join(`conversation:${one}`, kari.identity)).status).toBe('ok')
  expect((await socket.join(`conversation:${two}`, ola.identity)).status).toBe('ok')
  expect((await socket.join(`conversation:${two}`, kari.identity)).response).toEqual({ reason: 'forbidden' })
  const names = []
  for (const id of [one, two]) {
    const { response } = await socket.push(`conversation:${id}`, 'message:create', { body: 'hei' })
    names.push(response.data.profile.id)
  }
  expect(names).toEqual([kari.profileId, ola.profileId])
})

test('MS82: the 501st topic is refused', async () => {
  const kari = await newPerson(target)
  const ola = await newPerson(target)
  using socket = await RawSocket.open(target)
  const ids = await Promise.all(Array.from({ length: 501 }, () => group(target, kari, ola)))
  const statuses: string[] = []
  for (const id of ids) statuses.push((await socket.join(`conversation:${id}`, kari.identity)).status)
  expect(statuses.slice(0, 500).every(status => status === 'ok')).toBe(true)
  expect(statuses[500]).toBe('error')
  const last = `conversation:${ids[500]}`
  expect((await socket.join(last, kari.identity)).response).toEqual({ reason: 'too many topics' })
  // A topic that is joined may be joined again, and one that is left makes room.
  expect((await socket.join(`conversation:${ids[0]}`, kari.identity)).status).toBe('ok')
  expect((await socket.push(`conversation:${ids[1]}`, 'phx_leave', {}, '2')).status).toBe('ok')
  expect((await socket.join(last, kari.identity)).status).toBe('ok')
}, 60_000)
