// The WebSocket: who may open it, what clients say over it, and how it ends (OC110, OC113, OC116, OC117, OC119).
import { describe, expect, test } from 'bun:test'
import { startClocked } from '../../kit/clocked.ts'
import { openRaw } from '../../kit/host/raw-socket.ts'
import { foreign, startOwn, useTarget } from '../../kit/target.ts'
import { until } from '../../kit/wait.ts'
import { newGroup, newPerson, newServer, type Person } from './crew.ts'
import { bearerOf, queryOf, Socket, upgrade } from './live.ts'
import { call, NO_ID, said, TIME } from './target.ts'

const target = useTarget()
const protocolOf = ({ token }: Pick<Person, 'token'>) => `openchat.session.${token}`

describe('the handshake', () => {
  test('OC110: the token comes in the subprotocol, which alone is echoed, or in a header', async () => {
    const mila = await newPerson(target)
    const query = queryOf({ server_id: mila.server })
    const offers = [
      [protocolOf(mila)],
      ['chat', protocolOf(mila)],
      [protocolOf(mila), 'json'],
      ['a', protocolOf(mila), 'b'],
    ]
    for (const offer of offers) {
      using raw = await openRaw(target.url, `/v1/realtime${query}`, [`Sec-WebSocket-Protocol: ${offer.join(', ')}`])
      const [, echoed] = /sec-websocket-protocol: ?([^\r\n]*)/i.exec(raw.head) ?? []
      expect(echoed).toBe(protocolOf(mila))
      using socket = new Socket(target, query, offer)
      expect((await socket.event('chat.hello')).payload.user_uid).toBe(mila.uid)
      expect(socket.socket.protocol).toBe(protocolOf(mila))
    }
    using plain = new Socket(target, query, [], bearerOf(mila))
    expect((await plain.event('chat.hello')).payload.user_uid).toBe(mila.uid)
  })

  test('OC110: without a good token it is refused before the upgrade, and a token in the query is none', async () => {
    const mila = await newPerson(target)
    const query = queryOf({ server_id: mila.server })
    const reasons = async (text: string, headers?: Record<string, string>) => {
      const answer = await upgrade(target, text, headers)
      return `${said(answer)} ${answer.body?.details?.reason}`
    }
    expect(await reasons(query)).toBe('401 unauthorized missing')
    for (const name of ['token', 'access_token', 'session_token', 'user_uid']) {
      expect(await reasons(`${query}&${name}=${mila.token}`)).toBe('401 unauthorized missing')
    }
    const wrong = mila.token.replace(/^./, first => (first === 'x' ? 'y' : 'x'))
    for (const token of [wrong, '', 'x', `${mila.token}x`]) {
      const headers = { 'sec-websocket-protocol': `openchat.session.${token}` }
      expect(await reasons(query, headers)).toBe('401 unauthorized invalid')
    }
    expect(await reasons(query, { authorization: 'Bearer x' })).toBe('401 unauthorized invalid')
    expect(await reasons(`${query}&ticket=x`)).toBe('401 unauthorized invalid')
    expect((await upgrade(target, query, { authorization: `Bearer ${mila.token}` })).status).toBe(101)
  })

  test('OC110: it is for the session’s own server, which is meant where none is named', async () => {
    const { owner, id } = await newServer(target)
    const mila = await newPerson(target)
    const asked = async (by: Person, server: string | null) =>
      said(await upgrade(target, queryOf({ server_id: server }), bearerOf(by)))
    expect(await asked(owner, id)).toBe('101')
    expect(await asked(owner, owner.home.server)).toBe('403 server_mismatch')
    expect(await asked(mila, id)).toBe('403 server_mismatch')
    for (const nowhere of [NO_ID, 'x', '']) expect(await asked(mila, nowhere)).toBe('404 server_not_found')
    using socket = await Socket.open(owner, { server: null })
    expect(socket.frames.all[0]?.server_id).toBe(id)
  })

  test('OC110 OC50: who left the server is refused, and his connections to it close with 4403', async () => {
    const { member, manager } = await newServer(target)
    using left = await Socket.open(member)
    using home = await Socket.open(member.home)
    using stays = await Socket.open(manager)
    await member.must('DELETE', `${member.at}/membership`)
    expect(await left.ended).toBe(4403)
    expect(said(await upgrade(target, queryOf({ server_id: member.server }), bearerOf(member)))).toBe(
      '403 membership_required',
    )
    for (const each of [home, stays]) expect((await each.ask('chat.ping')).type).toBe('chat.pong')
  })

  test('OC110 OC50: whoever is put out of the server hears no more of it', async () => {
    const { member, owner } = await newServer(target)
    using out = await Socket.open(member)
    await owner.must('DELETE', `${owner.at}/members/${member.uid}`)
    expect(await out.ended).toBe(4403)
    expect(said(await upgrade(target, '', bearerOf(member)))).toBe('403 membership_required')
  })

  test('OC110: what the query says about user and device changes nothing', async () => {
    const [mila, noor] = [await newPerson(target), await newPerson(target)]
    const query = queryOf({ user_uid: noor.uid, device_id: 'evil', server_id: mila.server })
    using socket = new Socket(target, query, [protocolOf(mila)])
    const { payload } = await socket.event('chat.hello')
    expect(payload.user_uid).toBe(mila.uid)
    expect(payload.device_id).not.toBe('evil')
  })

  test('OC110: without an upgrade there is nothing', async () => {
    const mila = await newPerson(target)
    expect(said(await call(target, 'GET', '/v1/realtime', { headers: bearerOf(mila) }))).toBe('404 not_found')
  })

  test('OC113: hello comes first and tells how to go on', async () => {
    const mila = await newPerson(target)
    const { body } = await call(target, 'GET', '/client/capabilities')
    using socket = await Socket.open(mila)
    const [hello] = socket.frames.all
    expect(hello?.event_type).toBe('chat.hello')
    expect(hello?.payload).toEqual({
      connection_id: expect.stringMatching(/^.{4,}$/),
      session_id: (await mila.must('GET', '/v1/sessions/current')).session_id,
      user_uid: mila.uid,
      device_id: expect.any(String),
      resume_token: hello?.resume_token,
      resumed: false,
      heartbeat_interval_ms: body.transport.heartbeat_interval_ms,
      reconnect: body.transport.reconnect,
      api_version: body.api_version,
      server_time: expect.stringMatching(TIME),
    })
  })
})

describe('client frames', () => {
  test('OC116: a ping is answered, its request id echoed', async () => {
    const mila = await newPerson(target)
    using socket = await Socket.open(mila)
    const pong = await socket.ask('chat.ping')
    expect([pong.type, pong.payload]).toEqual(['chat.pong', { ts: expect.stringMatching(TIME) }])
    socket.send('chat.ping')
    expect(await socket.event('chat.pong')).not.toHaveProperty('request_id')
  })

  test('OC116: subscribing is answered, then the list comes, oneself in it; again: the same without a second joined', async () => {
    const { id, owner, member } = await newGroup(target)
    using first = await Socket.open(owner)
    await first.subscribe(id)
    using second = await Socket.open(member)
    const answer = await second.ask('chat.subscribe', { channel_id: id })
    expect([answer.event_type, answer.channel_id, answer.payload]).toEqual(['chat.subscribed', id, { channel_id: id }])
    const { payload } = await second.event('chat.presence.snapshot')
    expect(payload.channel_id).toBe(id)
    expect(payload.members.map(({ user_uid }: { user_uid: string }) => user_uid).sort()).toEqual(
      [owner.uid, member.uid].sort(),
    )
    const joined = await first.event('chat.presence.joined')
    const mine = payload.members.find(({ user_uid }: { user_uid: string }) => user_uid === member.uid)
    expect([joined.channel_id, joined.payload]).toEqual([id, { channel_id: id, member: mine }])
    await second.subscribe(id)
    expect((await first.heard()).map(({ type }) => type)).toEqual([])
    expect(second.types).not.toContain('chat.presence.joined')
  })

  test('OC116: unsubscribing and closing are told to the others, once', async () => {
    const { id, owner, member, manager } = await newGroup(target)
    using watch = await Socket.open(owner)
    await watch.subscribe(id)
    using leaves = await Socket.open(member)
    const goes = await Socket.open(manager)
    for (const each of [leaves, goes]) await each.subscribe(id)
    const { payload } = await leaves.ask('chat.unsubscribe', { channel_id: id })
    expect(payload).toEqual({ channel_id: id })
    expect((await watch.event('chat.presence.left')).payload.member.user_uid).toBe(member.uid)
    goes[Symbol.dispose]()
    expect((await watch.event('chat.presence.left')).payload.member.user_uid).toBe(manager.uid)
    leaves[Symbol.dispose]()
    await leaves.ended
    using again = await Socket.open(member)
    expect((await again.subscribe(id)).payload.members).toHaveLength(2)
    expect(watch.types.filter(type => type === 'chat.presence.left')).toHaveLength(2)
    expect(leaves.types).not.toContain('chat.presence.left')
  })

  test('OC116: typing is shown to the other subscribers, by the connection it comes from, never to the typist', async () => {
    const { id, owner, member, manager } = await newGroup(target)
    using types = await Socket.open(member)
    using mine = await Socket.open(member)
    using sees = await Socket.open(owner)
    using elsewhere = await Socket.open(manager)
    for (const each of [types, mine]) await each.subscribe(id)
    const { members } = (await sees.subscribe(id)).payload
    for (const active of [true, false]) {
      types.send('chat.typing.update', { channel_id: id, is_typing: active })
      const { payload, channel_id } = await sees.event('chat.typing.updated')
      expect([channel_id, payload.channel_id, payload.is_typing]).toEqual([id, id, active])
      expect(members).toContainEqual(payload.member)
      expect(payload.member.client_id).toBe(types.frames.all[0]?.payload.connection_id)
    }
    await member.say(id, 'done')
    for (const each of [types, mine, elsewhere]) {
      await each.message('done')
      expect(each.types).not.toContain('chat.typing.updated')
    }
  })

  test('OC116 OC117: typing is for channels one has open', async () => {
    const { id, owner, member } = await newGroup(target)
    using sees = await Socket.open(owner)
    await sees.subscribe(id)
    using types = await Socket.open(member)
    const code = async (payload: object) => (await types.ask('chat.typing.update', payload)).payload.code
    expect(await code({ channel_id: id, is_typing: true })).toBe('chat_not_subscribed')
    await types.subscribe(id)
    expect(await code({ channel_id: id, is_typing: 'yes' })).toBe('invalid_payload')
    await types.ask('chat.unsubscribe', { channel_id: id })
    expect(await code({ channel_id: id, is_typing: true })).toBe('chat_not_subscribed')
    expect((await sees.heard()).map(({ type }) => type)).not.toContain('chat.typing.updated')
  })

  test('OC116 OC59: subscribing joins a public channel', async () => {
    const { owner, member } = await newServer(target)
    const id = await owner.makeChannel()
    using socket = await Socket.open(member)
    const { payload } = await socket.subscribe(id)
    expect(payload.members.map(({ user_uid }: { user_uid: string }) => user_uid)).toEqual([member.uid])
    const { members } = await owner.must('GET', `/v1/channels/${id}/members`)
    expect(members.map(({ user_uid }: { user_uid: string }) => user_uid)).toContain(member.uid)
  })

  test('OC117: every refusal has its code and the request id, and the connection stays open', async () => {
    const { id, stranger, owner } = await newGroup(target)
    const other = await newServer(target)
    const hidden = await other.owner.makeChannel()
    using socket = await Socket.open(stranger)
    const codeOf = async (type: string, payload?: object) => {
      const { event_type, payload: refusal } = await socket.ask(type, payload)
      expect([event_type, typeof refusal.message, refusal.retryable]).toEqual(['chat.error', 'string', false])
      return refusal.code
    }
    for (const type of ['chat.subscribe', 'chat.unsubscribe', 'chat.typing.update']) {
      for (const payload of [undefined, {}, { channel_id: '' }]) {
        expect([type, payload, await codeOf(type, payload)]).toEqual([type, payload, 'chat_channel_required'])
      }
      expect(await codeOf(type, { channel_id: 7 })).toBe('invalid_payload')
    }
    for (const channel_id of [id, hidden, NO_ID, 'x']) {
      expect(await codeOf('chat.subscribe', { channel_id })).toBe('chat_channel_forbidden')
    }
    expect(await codeOf('chat.unsubscribe', { channel_id: NO_ID })).toBe('chat_not_subscribed')
    for (const type of ['chat.dance', '', 'constructor', 'toString', '__proto__']) {
      expect([type, await codeOf(type, { channel_id: id })]).toEqual([type, 'chat_unknown_event'])
    }
    using seen = await Socket.open(owner)
    expect((await seen.subscribe(id)).payload.members).toHaveLength(1)
    expect((await socket.ask('chat.ping')).type).toBe('chat.pong')
  })

  test('OC117: what is no frame is refused, with the request id where one can be read', async () => {
    const mila = await newPerson(target)
    using socket = await Socket.open(mila)
    for (const text of ['', 'x', '[]', 'null', '"chat.ping"', '7', '{', '{}', '{"type":7}', '['.repeat(5000)]) {
      socket.socket.send(text)
      const { payload, ...frame } = await socket.event('chat.error')
      expect([text, payload.code, 'request_id' in frame]).toEqual([text, 'invalid_payload', false])
    }
    socket.socket.send(new Uint8Array([123, 125]))
    expect((await socket.event('chat.error')).payload.code).toBe('invalid_payload')
    for (const wrong of [{ type: 7 }, { type: 'chat.ping', payload: [] }, { type: 'chat.ping', payload: 'x' }, {}]) {
      socket.socket.send(JSON.stringify({ ...wrong, request_id: 'mine' }))
      const { payload, request_id } = await socket.event('chat.error')
      expect([wrong, payload.code, request_id]).toEqual([wrong, 'invalid_payload', 'mine'])
    }
    socket.socket.send('{"type":"chat.ping","request_id":7}')
    expect(await socket.event('chat.error')).not.toHaveProperty('request_id')
    expect((await socket.ask('chat.ping')).type).toBe('chat.pong')
  })

  test('OC117: a frame above 64 KiB ends its connection with 1009, one that is no UTF-8 with 1007; no other', async () => {
    const mila = await newPerson(target)
    using stays = await Socket.open(mila)
    using big = await Socket.open(mila)
    const frame = (size: number) => {
      const empty = JSON.stringify({ type: 'chat.ping', payload: { x: '' } })
      return empty.replace('""', `"${'x'.repeat(size - empty.length)}"`)
    }
    big.socket.send(frame(65_536))
    await big.event('chat.pong')
    big.socket.send(frame(65_537))
    expect(await big.ended).toBe(1009)
    using raw = await openRaw(target.url, `/v1/realtime`, [`Sec-WebSocket-Protocol: ${protocolOf(mila)}`])
    raw.send('text', new Uint8Array([0xff, 0xfe]))
    await raw.frames.find('its end', ({ type }) => type === 'close' || type === 'end')
    const closed = raw.frames.all.flatMap(each => (each.type === 'close' ? [each.code] : []))
    expect(closed).toEqual([1007])
    expect((await stays.ask('chat.ping')).type).toBe('chat.pong')
  })

  test.skipIf(foreign)(
    'OC117: more than 120 frames a minute are refused for a while, and the connection stays',
    async () => {
      await using own = await startClocked({ rateLimits: true })
      const mila = await newPerson(own)
      using socket = await Socket.open(mila)
      for (let i = 0; i < 120; i++) socket.send('chat.ping')
      const { payload } = await socket.ask('chat.ping')
      expect([payload.code, payload.retryable, payload.details.retry_after_ms > 0]).toEqual([
        'rate_limited',
        true,
        true,
      ])
      own.clock.advance(60_000)
      using again = await Socket.open(mila)
      expect((await again.ask('chat.ping')).type).toBe('chat.pong')
    },
  )
})

describe('its end', () => {
  test('OC33 OC119: a revoked session is told and closed with 4401; the account’s others go on', async () => {
    const mila = await newPerson(target)
    const { body } = await call(target, 'POST', '/v1/sessions/password', {
      json: { username: mila.username, password: 'correct horse battery' },
    })
    const other = { target, token: body.token as string, server: body.server_id as string }
    using stays = await Socket.open(mila)
    using ends = await Socket.open(other)
    await mila.must('DELETE', `/v1/sessions/${body.session_id}`)
    expect((await ends.event('chat.session.revoked')).payload).toEqual({
      session_id: body.session_id,
      reason: 'revoked',
    })
    expect(await ends.ended).toBe(4401)
    expect((await stays.heard()).map(({ type }) => type)).not.toContain('chat.session.revoked')
    expect((await upgrade(target, '', bearerOf(other))).status).toBe(401)
  })

  test.skipIf(foreign)(
    'OC119: an expired session is closed with 4401, within a minute or so',
    async () => {
      await using own = await startClocked()
      const mila = await newPerson(own)
      own.clock.advance(24 * 3600_000 - 30_000)
      using socket = await Socket.open(mila)
      await until('the end', async () => {
        own.clock.advance(20_000)
        if (socket.socket.readyState === WebSocket.OPEN) socket.send('chat.ping')
        return socket.types.includes('chat.session.revoked')
      })
      expect(await socket.ended).toBe(4401)
    },
    60_000,
  )

  test.skipIf(foreign)('OC119: a silent connection is dropped after a minute; a pong is no silence', async () => {
    await using own = await startClocked()
    const mila = await newPerson(own)
    using raw = await openRaw(own.url, '/v1/realtime', [`Sec-WebSocket-Protocol: ${protocolOf(mila)}`])
    using silent = await openRaw(own.url, '/v1/realtime', [`Sec-WebSocket-Protocol: ${protocolOf(mila)}`])
    for (let second = 0; second < 26; second++) own.clock.advance(1000)
    await raw.frames.find('a ping', ({ type }) => type === 'ping')
    raw.send('pong', '')
    using witness = await Socket.open(mila)
    await witness.ask('chat.ping')
    for (let second = 0; second < 35; second++) own.clock.advance(1000)
    await silent.frames.find('its end', ({ type }) => type === 'close')
    expect(raw.frames.all.map(({ type }) => type)).not.toContain('close')
  })

  test.skipIf(foreign)('OC119: a server that goes down says so, when to come back, and closes with 1012', async () => {
    await using own = await startOwn()
    const mila = await newPerson(own)
    using socket = await Socket.open(mila)
    own.kill('SIGTERM')
    const { payload } = await socket.event('chat.server.draining')
    expect(Object.keys(payload)).toEqual(['retry_after_ms'])
    expect(payload.retry_after_ms).toBeGreaterThan(0)
    expect(await socket.ended).toBe(1012)
    expect(await own.exited).toBe(0)
  })

  test.skipIf(foreign)(
    'OC119 OC124: one that takes nothing is closed with 1013, and when it comes back told that it was too much',
    async () => {
      await using own = await startOwn({ env: { PARLANCE_OUTBOX_BYTES: '65536' } })
      const { id, owner, member } = await newGroup(own)
      using slow = await openRaw(own.url, '/v1/realtime', [`Sec-WebSocket-Protocol: ${protocolOf(member)}`])
      const hello = await slow.frames.next('hello')
      const token = hello.type === 'text' ? JSON.parse(hello.text).resume_token : ''
      slow.pause()
      using quick = await Socket.open(owner)
      const wanted = Array.from({ length: 160 }, (_, i) => `${i} ${'x'.repeat(60_000)}`)
      for (const text of wanted) await owner.say(id, text)
      await until('the quick one to have all', () => quick.texts.length === 160)
      slow.resume()
      await slow.frames.find('its end', ({ type }) => type === 'close')
      expect(slow.frames.all.flatMap(each => (each.type === 'close' ? [each.code] : []))).toEqual([1013])
      using back = await Socket.open(member, { token })
      // So much is no longer replayed into one answer: the client is told to load anew.
      const { payload } = await back.event('resync_required')
      expect(payload.reason).toBe('too_far_behind')
    },
    60_000,
  )
})
