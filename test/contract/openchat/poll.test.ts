// Long polls (OC126).
import { describe, expect, test } from 'bun:test'
import { startClocked } from '../../kit/clocked.ts'
import { foreign, startOwn, useTarget } from '../../kit/target.ts'
import { newGroup, newPerson, newServer, type Person } from './crew.ts'
import { type Envelope, poll, queryOf, Socket } from './live.ts'
import { call, NO_ID, said } from './target.ts'

const target = useTarget()

const bodies = (events: readonly Envelope[]): readonly string[] => events.map(({ payload }) => payload.message?.body)
const types = (events: readonly Envelope[]): readonly string[] => events.map(({ type }) => type)
const start = async (by: Person): Promise<string> => (await poll(by, { token: null })).body.resume_token

describe('a poll', () => {
  test('OC126: without a token answers at once with a hello and a position', async () => {
    const mila = await newPerson(target)
    const { status, body } = await poll(mila, { token: null, wait: 30_000 })
    expect(status).toBe(200)
    const { events, resume_token, ...rest } = body
    expect([types(events), rest]).toEqual([['chat.hello'], { resync_required: false, retry_after_ms: 0 }])
    expect(events[0]).toMatchObject({ payload: { resumed: false, user_uid: mila.uid, resume_token }, resume_token })
    const again = await poll(mila, { token: resume_token })
    expect(again.body).toEqual({
      events: [],
      resume_token: expect.any(String),
      resync_required: false,
      retry_after_ms: 0,
    })
  })

  test('OC126: answers with what happened since, or as soon as something does', async () => {
    const { id, owner, member } = await newGroup(target)
    const token = await start(member)
    await owner.say(id, 'before')
    const first = await poll(member, { token, wait: 30_000 })
    expect(bodies(first.body.events)).toEqual(['before'])
    const waiting = poll(member, { token: first.body.resume_token, wait: 30_000 })
    await owner.say(id, 'meanwhile')
    expect(bodies((await waiting).body.events)).toEqual(['meanwhile'])
  })

  test('OC126: nothing is lost between two, and the same token may be shown again', async () => {
    const { id, owner, member } = await newGroup(target)
    let token = await start(member)
    const heard: string[] = []
    for (let i = 0; i < 10; i++) {
      await owner.say(id, `${i}a`)
      await owner.say(id, `${i}b`)
      const twice = await Promise.all([poll(member, { token }), poll(member, { token })])
      expect(bodies(twice[1].body.events)).toEqual(bodies(twice[0].body.events))
      heard.push(...bodies(twice[0].body.events))
      token = twice[0].body.resume_token
    }
    expect(heard).toEqual(Array.from({ length: 10 }, (_, i) => [`${i}a`, `${i}b`]).flat())
  })

  test('OC126: at most `limit` at a time, the rest with the next one; the token of a frame goes on behind it', async () => {
    const { id, owner, member } = await newGroup(target)
    const token = await start(member)
    const texts = Array.from({ length: 7 }, (_, i) => `n${i}`)
    for (const text of texts) await owner.say(id, text)
    const heard: string[] = []
    let next = token
    for (let i = 0; i < 4; i++) {
      const { body } = await poll(member, { token: next, limit: 2 })
      expect(body.events.length).toBeLessThanOrEqual(2)
      heard.push(...bodies(body.events))
      next = body.resume_token
    }
    expect(heard).toEqual(texts)
    const [, , third] = (await poll(member, { token })).body.events
    expect(bodies((await poll(member, { token: third.resume_token })).body.events)).toEqual(texts.slice(3))
    expect((await poll(member, { token, limit: 10_000 })).body.events).toHaveLength(7)
  })

  test('OC126: a hundred at a time unless said otherwise, five hundred at most', async () => {
    const { id, owner, member } = await newGroup(target)
    const token = await start(member)
    await Promise.all(Array.from({ length: 501 }, (_, i) => owner.say(id, `${i}`)))
    for (const [limit, count] of [[undefined, 100] as const, [10_000, 500] as const]) {
      const { body } = await poll(member, { token, ...(limit && { limit }) })
      expect(body.events).toHaveLength(count)
      const rest = await poll(member, { token: body.resume_token, limit: 500 })
      expect(rest.body.events).toHaveLength(501 - count)
    }
  })

  test('OC126: what concerns nobody here is passed over, and does not end the waiting', async () => {
    const { member } = await newServer(target)
    const home = await newGroup(target)
    const token = await start(member)
    // Of the account, and of no interest on this server.
    await home.owner.must('POST', `/v1/channels/${home.id}/members`, { user_uids: [member.home.uid] })
    for (let i = 0; i < 5; i++) await home.owner.say(home.id, `${i}`)
    expect((await poll(member, { token, limit: 1 })).body.events).toEqual([])
    const waiting = poll(member, { token, wait: 30_000, limit: 1 })
    await home.owner.say(home.id, 'more')
    const [channel] = await member.channels()
    if (channel) await member.say(channel.id, 'here')
    expect(bodies((await waiting).body.events)).toEqual(['here'])
  })

  test('OC126: typing and presence do not come this way', async () => {
    const { id, owner, member } = await newGroup(target)
    const token = await start(member)
    const waiting = poll(member, { token, wait: 30_000 })
    using socket = await Socket.open(owner)
    await socket.subscribe(id)
    socket.send('chat.typing.update', { channel_id: id, is_typing: true })
    await socket.heard()
    await owner.say(id, 'at last')
    expect(types((await waiting).body.events)).toEqual(['chat.message.created'])
  })

  test('OC126 OC124: a token that leads nowhere is told at once, with one that does', async () => {
    const { id, owner, member } = await newGroup(target)
    const token = await start(member)
    const damaged = token.replace(/.$/, last => (last === 'A' ? 'B' : 'A'))
    for (const bad of ['x', damaged, `${token}x`, '~~', 'ä', 'x'.repeat(300)]) {
      const { status, body } = await poll(member, { token: bad, wait: 30_000 })
      expect([bad, status, types(body.events), body.resync_required]).toEqual([bad, 200, ['resync_required'], true])
      expect(body.events[0].payload).toEqual({ reason: 'unknown_token', resume_token: body.resume_token })
      await owner.say(id, bad)
      expect(bodies((await poll(member, { token: body.resume_token })).body.events)).toEqual([bad])
    }
  })

  test('OC126: refusals are those of the socket', async () => {
    const { id, owner, member } = await newServer(target)
    const mila = await newPerson(target)
    expect(said(await call(target, 'GET', `/v1/realtime/poll${queryOf({ token: mila.token })}`))).toBe(
      '401 unauthorized',
    )
    expect(said(await poll(mila, { server: id }))).toBe('403 server_mismatch')
    expect(said(await poll(mila, { server: NO_ID }))).toBe('404 server_not_found')
    expect(said(await poll(owner, { server: id }))).toBe('200')
    await member.must('DELETE', `${member.at}/membership`)
    expect(said(await poll(member))).toBe('403 membership_required')
  })

  test('OC126 OC33: one that waits ends with its session, which it is told', async () => {
    const mila = await newPerson(target)
    const token = await start(mila)
    const waiting = poll(mila, { token, wait: 30_000 })
    using socket = await Socket.open(mila)
    await socket.heard()
    await mila.must('DELETE', '/v1/sessions/current')
    const { status, body } = await waiting
    // It may have come in only when the session was over.
    if (status === 200) expect(types(body.events)).toEqual(['chat.session.revoked'])
    else expect(status).toBe(401)
    expect(said(await poll(mila, { token }))).toBe('401 unauthorized')
  })

  test('OC126 OC33 OC50: who waits hears nothing of a server he was put out of meanwhile', async () => {
    const { owner, member } = await newServer(target)
    const token = await start(member)
    const waiting = poll(member, { token, wait: 30_000 })
    await owner.must('DELETE', `${owner.at}/members/${member.uid}`)
    await owner.must('PUT', `${owner.at}/settings`, { display_name: 'Among ourselves' })
    const { status, body } = await waiting
    expect([status, body.code]).toEqual([403, 'membership_required'])
  })

  test.skipIf(foreign)(
    'OC126: it waits as long as was asked, 25 s by default, 30 s at most',
    async () => {
      await using own = await startClocked()
      const mila = await newPerson(own)
      const token = await start(mila)
      const started = own.clock.now()
      const waits = [
        ['5000', 5000],
        ['x', 25_000],
        ['-1', 25_000],
        ['90000', 30_000],
      ] as const
      const answered = waits.map(async ([wait]) => {
        const { status, body } = await poll(mila, { token, wait })
        expect([status, body.events]).toEqual([200, []])
        return own.clock.now() - started
      })
      let over = false
      const all = Promise.all(answered).finally(() => {
        over = true
      })
      while (!over) {
        // Another request comes in between: those that are due have answered by then.
        for (let i = 0; i < 3; i++) await poll(mila, { token })
        if (own.clock.now() - started < 31_000) own.clock.advance(1000)
      }
      const passed = await all
      waits.forEach(([, wanted], i) => {
        expect(passed[i]).toBeGreaterThanOrEqual(wanted)
        expect(passed[i]).toBeLessThanOrEqual(wanted + 2000)
      })
    },
    30_000,
  )

  test.skipIf(foreign)(
    'OC126: those that wait are bounded like other connections; the place is given back',
    async () => {
      await using own = await startOwn({ env: { PARLANCE_RATE_LIMITS: 'on', PARLANCE_SOCKETS_PER_ADDRESS: '2' } })
      const { id, owner, member } = await newGroup(own)
      for (let round = 0; round < 2; round++) {
        const token = await start(member)
        const waiting = Array.from({ length: 3 }, () => poll(member, { token, wait: 30_000 }))
        const refused = await Promise.race(waiting)
        expect([said(refused), refused.body.retryable]).toEqual(['429 rate_limited', true])
        await owner.say(id, 'wake up')
        const told = (await Promise.all(waiting)).filter(({ status }) => status === 200)
        expect(told.map(({ body }) => bodies(body.events))).toEqual([['wake up'], ['wake up']])
      }
    },
  )

  test.skipIf(foreign)(
    'OC126 OC119: a server that goes down answers those who wait, and says when to come back',
    async () => {
      await using own = await startOwn()
      const mila = await newPerson(own)
      const token = await start(mila)
      const waiting = poll(mila, { token, wait: 30_000 })
      // It waits: presence was counted, so a witness would see it; here a round trip on another connection is enough.
      using socket = await Socket.open(mila)
      await socket.heard()
      own.kill('SIGTERM')
      const { status, body } = await waiting
      expect([status, body.events, body.retry_after_ms > 0]).toEqual([200, [], true])
    },
  )
})
