// Sessions: used, checked, exchanged, listed, renewed, revoked: OC29 to OC36.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { enter, enterByKey, logIn, newServer, PASSWORD, Person, registerPassword, usernameOf } from './people.ts'
import { type Answer, call, homeOf, type Loose, NO_ID, NO_UID, said, TIME, TOKEN, UUID } from './target.ts'

const target = useTarget()

const refusal = ({ status, body, headers }: Answer) => [
  status,
  body.code,
  body.details?.reason,
  headers.get('www-authenticate'),
]
const unauthorized = (reason: string) => [401, 'unauthorized', reason, 'Bearer']
const current = (headers: Readonly<Record<string, string>>, query = '') =>
  call(target, 'GET', `/v1/sessions/current${query}`, { headers })

describe('the token', () => {
  test('OC29: stands in the header, whatever the letter case of the scheme', async () => {
    const { token } = await enterByKey(target)
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      expect((await current({ authorization: `${scheme} ${token}` })).status).toBe(200)
    }
    expect(refusal(await current({}))).toEqual(unauthorized('missing'))
    expect(refusal(await current({ cookie: `token=${token}` }, `?token=${token}`))).toEqual(unauthorized('missing'))
    const bad = ['Bearer', `Basic ${token}`, `Bearer ${token.slice(1)}`, `Bearer ${'A'.repeat(43)}`, `Bearer ${token}x`]
    for (const authorization of bad) expect(refusal(await current({ authorization }))).toEqual(unauthorized('invalid'))
  })

  test('OC29: only the token says who one is', async () => {
    const [mila, ada] = [await enterByKey(target), await enterByKey(target)]
    const headers = { ...mila.bearer, 'x-openchat-user-uid': ada.uid, 'x-openchat-device-id': 'hers' }
    const { body } = await current(headers, `?user_uid=${ada.uid}&device_id=hers`)
    expect([body.user_uid, body.device_id]).toEqual([mila.uid, 'laptop'])
    const nobody = { 'x-openchat-user-uid': ada.uid, 'x-openchat-device-id': 'laptop' }
    expect(refusal(await current(nobody, `?user_uid=${ada.uid}`))).toEqual(unauthorized('missing'))
  })

  test.skipIf(lacks('wetty', 'umoc'))('OC29: a token of another contract opens nothing here', async () => {
    const mila = await registerPassword(target)
    const login = { username: usernameOf(mila), password: PASSWORD, client_type: 'mobile' }
    const { body } = await call(target, 'POST', '/users/auth/login', { json: login })
    expect(refusal(await current({ authorization: `Bearer ${body.token}` }))).toEqual(unauthorized('invalid'))
  })

  test('OC30: a session belongs to one server', async () => {
    const home = await homeOf(target)
    const owner = await newServer(await registerPassword(target))
    const hidden = await newServer(await registerPassword(target), { visibility: 'private' })
    const mila = await registerPassword(target)
    const paths = (id: string) => [
      ['GET', `/v1/servers/${id}/channels`],
      ['GET', `/v1/servers/${id}/members`],
      ['GET', `/v1/servers/${id}/settings`],
      ['GET', `/v1/servers/${id}/sessions/current`],
      ['DELETE', `/v1/servers/${id}/sessions/current`],
    ]
    const asked = async (person: Person, id: string) =>
      Promise.all(paths(id).map(async ([method = '', path = '']) => said(await person.call(method, path))))
    expect(await asked(mila, owner.server)).toEqual(Array(5).fill('403 server_mismatch'))
    expect(await asked(owner, home)).toEqual(Array(5).fill('403 server_mismatch'))
    expect(await asked(mila, hidden.server)).toEqual(Array(5).fill('404 server_not_found'))
    expect(await asked(mila, NO_ID)).toEqual(Array(5).fill('404 server_not_found'))
    // A session of any server opens what belongs to the account.
    for (const path of ['/v1/account', '/v1/sessions', '/v1/contacts', '/v1/profile/me']) {
      expect([path, (await owner.get(path)).status]).toEqual([path, 200])
    }
  })

  test('OC30: so does what is asked about a channel', async () => {
    const owner = await newServer(await registerPassword(target))
    const mila = await registerPassword(target)
    const there = await owner.general()
    const here = await mila.general()
    expect(said(await owner.get(`/v1/channels/${here}/messages`))).toBe('403 server_mismatch')
    // In a channel of a server that she is not in she sees nothing at all.
    expect(said(await mila.get(`/v1/channels/${there}/messages`))).toBe('404 channel_not_found')
    const member = await mila.on(owner.server)
    expect((await member.get(`/v1/channels/${there}/messages`)).status).toBe(200)
    expect(said(await mila.get(`/v1/channels/${there}/messages`))).toBe('403 server_mismatch')
    await member.must('DELETE', `/v1/servers/${owner.server}/membership`)
    expect(said(await member.get(`/v1/channels/${there}/messages`))).toBe('403 membership_required')
    expect(said(await member.get(`/v1/servers/${owner.server}/channels`))).toBe('403 membership_required')
  })
})

describe('exchange', () => {
  test('OC31: a session on another server, for the same account', async () => {
    const owner = await newServer(await registerPassword(target))
    const mila = await enterByKey(target)
    const answer = await mila.post(`/v1/servers/${owner.server}/sessions/exchange`, { device_id: 'tablet' })
    expect([answer.status, answer.body]).toEqual([
      201,
      {
        session_id: expect.stringMatching(UUID),
        server_id: owner.server,
        user_uid: expect.any(String),
        device_id: 'tablet',
        token: expect.stringMatching(TOKEN),
        expires_at: expect.stringMatching(TIME),
        scope: ['chat'],
        session_kind: 'challenge_signature',
      },
    ])
    const there = new Person(target, answer.body)
    expect((await there.account()).user_uid).toBe(mila.uid)
    expect((await there.must('GET', `/v1/servers/${owner.server}/membership`)).state).toBe('active')
    expect((await mila.on(owner.server)).session.device_id).toBe('laptop')
    expect(await mila.isLive()).toBe(true)
  })

  test('OC31: a private server one cannot see is not there; for its maker it is, before and after the claim', async () => {
    const maker = await registerPassword(target)
    const { server } = await maker.must('POST', '/v1/servers', { display_name: 'Quiet' })
    const stranger = await registerPassword(target)
    const path = `/v1/servers/${server.server_id}/sessions/exchange`
    expect(said(await stranger.post(path, {}))).toBe('404 server_not_found')
    expect((await maker.post(path, {})).status).toBe(201)
    expect(said(await maker.post(`/v1/servers/${NO_ID}/sessions/exchange`, {}))).toBe('404 server_not_found')
    expect(said(await call(target, 'POST', path, { json: {} }))).toBe('401 unauthorized')
    expect(said(await maker.post(path, { device_id: '' }))).toBe('400 invalid_identity')
  })
})

describe('the end of a session', () => {
  test('OC32: whether it is valid, on two paths, without the token', async () => {
    const mila = await enterByKey(target)
    const [plain, onServer] = await Promise.all([
      mila.get('/v1/sessions/current'),
      mila.get(`/v1/servers/${mila.server}/sessions/current`),
    ])
    expect(plain.body).toEqual({
      valid: true,
      session_id: mila.session.session_id,
      server_id: mila.server,
      user_uid: mila.uid,
      device_id: 'laptop',
      created_at: expect.stringMatching(TIME),
      expires_at: mila.session.expires_at,
      scope: ['chat'],
    })
    expect(onServer.body).toEqual(plain.body)
    expect(JSON.stringify(plain.body)).not.toContain(mila.token)
  })

  test('OC33: it is over at once, on either path; the account’s others go on', async () => {
    const first = await registerPassword(target)
    for (const path of ['/v1/sessions/current', `/v1/servers/${first.server}/sessions/current`]) {
      const next = await enter(target, usernameOf(first))
      const { status, body } = await next.delete(path)
      expect([status, body]).toEqual([
        200,
        { session_id: next.session.session_id, revoked: true, revoked_at: expect.stringMatching(TIME) },
      ])
      for (const method of ['GET', 'DELETE']) {
        const answer = await next.call(method, path)
        expect([said(answer), answer.body.details.reason]).toEqual([
          '401 unauthorized',
          expect.stringMatching(/^(revoked|invalid)$/),
        ])
      }
      expect(await first.isLive()).toBe(true)
    }
  })

  test('OC33: its connections are told and closed', async () => {
    const mila = await registerPassword(target)
    const opened = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<number>()
    const told: Loose[] = []
    const socket = new WebSocket(`${target.wsUrl}/v1/realtime`, [`openchat.session.${mila.token}`])
    socket.onmessage = ({ data }) => {
      told.push(JSON.parse(String(data)))
      opened.resolve()
    }
    socket.onclose = ({ code }) => closed.resolve(code)
    await opened.promise
    await mila.must('DELETE', '/v1/sessions/current')
    expect(await closed.promise).toBe(4401)
    expect(told.at(-1)).toMatchObject({
      event_type: 'chat.session.revoked',
      payload: { session_id: mila.session.session_id, reason: expect.any(String) },
    })
  })
})

describe('all sessions of an account', () => {
  test('OC27: are a hundred at most; one more ends that which has been silent longest', async () => {
    const mila = await registerPassword(target)
    const idle = await mila.on(mila.server)
    for (let i = 0; i < 98; i++) await mila.on(mila.server)
    expect((await mila.must('GET', '/v1/sessions')).sessions).toHaveLength(100)
    const newest = await mila.on(mila.server)
    expect((await newest.must('GET', '/v1/sessions')).sessions).toHaveLength(100)
    expect([await idle.isLive(), await mila.isLive(), await newest.isLive()]).toEqual([false, true, true])
  })

  test('OC34: are listed, which of them asks, and none of anybody else’s', async () => {
    const first = await registerPassword(target, { device_id: 'desk' })
    const second = await enter(target, usernameOf(first))
    await registerPassword(target)
    const { sessions } = await second.must('GET', '/v1/sessions')
    expect(new Set(sessions.map((each: Loose) => each.session_id))).toEqual(
      new Set([first.session.session_id, second.session.session_id]),
    )
    expect(sessions.find((each: Loose) => each.current)).toEqual({
      session_id: second.session.session_id,
      server_id: second.server,
      user_uid: second.uid,
      device_id: 'web',
      dialect: 'openchat',
      created_at: expect.stringMatching(TIME),
      last_seen_at: expect.stringMatching(TIME),
      expires_at: second.session.expires_at,
      current: true,
      key_id: null,
    })
    expect(sessions.filter((each: Loose) => each.current)).toHaveLength(1)
    for (const { token } of [first, second]) expect(JSON.stringify(sessions)).not.toContain(token)
  })

  test('OC34: one of them is ended by its id; nobody else’s', async () => {
    const first = await registerPassword(target)
    const second = await enter(target, usernameOf(first))
    const stranger = await registerPassword(target)
    const path = `/v1/sessions/${second.session.session_id}`
    expect(said(await stranger.delete(path))).toBe('404 session_not_found')
    for (const id of [NO_ID, 'x', NO_UID])
      expect(said(await first.delete(`/v1/sessions/${id}`))).toBe('404 session_not_found')
    expect((await first.delete(path)).body).toMatchObject({ session_id: second.session.session_id, revoked: true })
    expect([await first.isLive(), await second.isLive()]).toEqual([true, false])
    expect(said(await first.delete(path))).toBe('404 session_not_found')
  })

  test('OC34: all but the one that asks', async () => {
    const first = await registerPassword(target)
    const others = [await enter(target, usernameOf(first)), await enter(target, usernameOf(first))]
    expect((await first.delete('/v1/sessions')).body).toEqual({ revoked: 2 })
    expect(await Promise.all([first, ...others].map(each => each.isLive()))).toEqual([true, false, false])
    expect((await first.delete('/v1/sessions')).body).toEqual({ revoked: 0 })
  })

  test.skipIf(lacks('wetty'))('OC34: logins through other contracts are among them, and end with them', async () => {
    const mila = await registerPassword(target)
    const login = { username: usernameOf(mila), password: PASSWORD, client_type: 'mobile' }
    const { body } = await call(target, 'POST', '/users/auth/login', { json: login })
    const { sessions } = await mila.must('GET', '/v1/sessions')
    expect(sessions.find((each: Loose) => each.dialect === 'wetty')).toMatchObject({
      server_id: null,
      user_uid: mila.uid,
    })
    expect((await mila.delete('/v1/sessions')).body).toEqual({ revoked: 1 })
    const profile = await call(target, 'GET', '/users/profile', { headers: { authorization: `Bearer ${body.token}` } })
    expect(profile.status).toBe(401)
  })
})

describe('renewal', () => {
  test('OC35: another token for the same session; the old one is good a little longer', async () => {
    const mila = await registerPassword(target)
    const { status, body } = await mila.post('/v1/sessions/current/renew')
    expect([status, body.session_id, body.user_uid, body.server_id, body.device_id]).toEqual([
      201,
      mila.session.session_id,
      mila.uid,
      mila.server,
      'web',
    ])
    expect(body.token).toMatch(TOKEN)
    expect(body.token).not.toBe(mila.token)
    const renewed = new Person(target, body)
    expect([await mila.isLive(), await renewed.isLive()]).toEqual([true, true])
    await renewed.must('DELETE', '/v1/sessions/current')
    expect([await mila.isLive(), await renewed.isLive()]).toEqual([false, false])
  })
})

test('OC36: token_proof is neither advertised nor taken', async () => {
  const { body } = await call(target, 'GET', '/client/capabilities')
  expect(JSON.stringify(body)).not.toContain('token_proof')
  const home = await homeOf(target)
  const mila = await registerPassword(target)
  const proof = { mode: 'token_proof', token_proof: mila.token, user_uid: mila.uid, device_id: 'x' }
  expect(said(await call(target, 'POST', `/v1/servers/${home}/sessions`, { json: proof }))).toBe('400 invalid_payload')
  expect((await logIn(target, usernameOf(mila))).status).toBe(201)
})
