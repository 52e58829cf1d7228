// Conventions, token, register, login: WT1 to WT19.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { call, fresh, logIn, newPeople, newPerson, PASSWORD, Person, said, TIME } from './target.ts'

const target = useTarget()
const register = (json: object) => call(target, 'POST', '/users/auth/register', { json })
const login = (json: object) => call(target, 'POST', '/users/auth/login', { json })

describe('conventions', () => {
  test('WT1: the status carries the result, the body is the bare object', async () => {
    const mila = await newPerson(target)
    const { status, headers, body } = await mila.get('/users/profile')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toStartWith('application/json')
    expect(body.username).toBe(mila.username)
    expect(Object.keys(body)).not.toContain('data')
  })

  test('WT2: everything answers under /_api too; /health needs no token; answers carry a request id', async () => {
    const health = await call(target, 'GET', '/health')
    expect([health.status, health.body]).toEqual([200, 'ok'])
    expect((await call(target, 'GET', '/_api/health')).body).toBe('ok')
    const mila = await newPerson(target)
    expect((await mila.get('/_api/users/profile')).body).toEqual((await mila.get('/users/profile')).body)
    expect(said(await mila.get('/_api/users/nothing'))).toBe('404 not_found')

    expect(health.headers.get('x-request-id')).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
    const named = await call(target, 'GET', '/users/profile', { headers: { 'x-request-id': 'my_request-1' } })
    expect(named.headers.get('x-request-id')).toBe('my_request-1')
    for (const id of ['a b', 'x'.repeat(65)]) {
      const other = await call(target, 'GET', '/health', { headers: { 'x-request-id': id } })
      expect(other.headers.get('x-request-id')).not.toBe(id)
    }
  })

  test('WT3: errors are JSON, unknown paths and wrong methods too; preflight needs no token', async () => {
    const mila = await newPerson(target)
    const unknown = await mila.get('/users/nothing/at/all')
    expect(unknown.body).toEqual({ error: { code: 'not_found', message: expect.any(String) } })
    expect([unknown.status, unknown.headers.get('content-type')?.split(';')[0]]).toEqual([404, 'application/json'])
    const wrong = await mila.delete('/users/profile')
    expect([said(wrong), wrong.headers.get('allow')]).toEqual(['405 method_not_allowed', 'GET, HEAD, PUT'])
    const preflight = await call(target, 'OPTIONS', '/users/profile', {
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'PUT' },
    })
    expect(preflight.status).toBe(204)
    for (const { headers } of [preflight, unknown]) expect(headers.get('access-control-allow-origin')).toBe('*')
  })

  test('WT4: 401 comes first, then syntax, then rights, then unknown things, then values', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const group = await mila.group()
    const json = { 'content-type': 'application/json' }
    const raw = (who: Person | null, path: string, body: string, headers: Record<string, string> = json) =>
      call(target, 'POST', path, { raw: body, headers: { ...headers, ...who?.bearer } })

    const path = `/chats/${group}/messages`
    expect(said(await raw(null, path, '{'))).toBe('401 unauthorized')
    // Noor is not a member, and her bodies are wrong in ever later ways.
    expect(said(await raw(noor, path, '{'))).toBe('400 bad_request')
    expect(said(await raw(noor, path, '[]'))).toBe('400 bad_request')
    expect(said(await raw(noor, path, '"x"'))).toBe('400 bad_request')
    expect(said(await raw(noor, path, '{}', { 'content-type': 'text/plain' }))).toBe('415 unsupported_media_type')
    expect(said(await raw(noor, path, `"${'x'.repeat(1024 * 1024)}"`))).toBe('413 too_large')
    expect(said(await raw(noor, path, '{"message":5}'))).toBe('403 not_a_member')
    expect(said(await noor.post(`/group/${group}/members`, { uid: 'x' }))).toBe('403 not_a_member')
    await mila.must('POST', `/group/${group}/members`, { uid: noor.uid })
    expect(said(await noor.post(`/group/${group}/members`, { uid: 'x' }))).toBe('403 not_an_admin')
    expect(said(await noor.call('PUT', `/group/${group}/profile`, { name: 5 }))).toBe('403 not_an_admin')
    expect(said(await noor.post(`/group/${group}/mute`, {}))).toBe('403 not_an_admin')
    expect(said(await noor.put(`/group/${group}/managers`, {}))).toBe('403 not_the_owner')
    expect(said(await noor.post(`/group/${group}/transfer`, {}))).toBe('403 not_the_owner')
    expect(said(await noor.post(`/group/${group}/members/approve`, {}))).toBe('403 not_an_admin')
    await mila.must('POST', `/group/${group}/mute`, { uid: noor.uid, mute_status: true })
    expect(said(await noor.post(path, { message: 5 }))).toBe('403 muted')
    expect(said(await mila.post('/chats/message/react', { msg_id: 'nothing', emote: 'x' }))).toBe(
      '404 message_not_found',
    )
    expect(said(await mila.post(path, { message: 5 }))).toBe('422 invalid_field')
  })

  test('WT4: invalid UTF-8 and paths that cannot be read are 400; unknown keys are ignored; an empty body may be {}', async () => {
    const mila = await newPerson(target)
    const headers = { 'content-type': 'application/json', ...mila.bearer }
    const bytes = new Uint8Array([0x7b, 0x22, 0x62, 0x69, 0x6f, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])
    expect(said(await call(target, 'PUT', '/users/profile', { raw: bytes, headers }))).toBe('400 bad_request')
    expect(said(await mila.get('/users/profile/abc'))).toBe('400 bad_request')
    expect(said(await mila.get('/chats/%ff/messages'))).toBe('400 bad_request')
    expect(said(await mila.get('/chats?limit=x'))).toBe('400 bad_request')
    expect(said(await mila.put('/users/profile', { nonsense: 1 }))).toBe('200')
    expect(said(await call(target, 'PUT', '/users/profile', { headers: mila.bearer }))).toBe('200')
    expect(said(await call(target, 'POST', '/friend/apply', { headers: mila.bearer }))).toBe('400 bad_request')
  })

  test('WT5, WT6: user ids go out as numbers and come in as numbers, digits or 32 digits, under three names', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    expect((await mila.get('/users/profile')).body.uid).toBe(mila.uid)
    expect(Number.isInteger(mila.uid) && mila.uid > 0 && mila.uid < 2 ** 31).toBe(true)
    const padded = String(noor.uid).padStart(32, '0')
    for (const uid of [noor.uid, String(noor.uid), padded]) {
      for (const key of ['target_user_id', 'uid', 'user_id']) {
        expect((await mila.post('/friend/block', { [key]: uid })).body).toEqual({ uid: noor.uid, blocked: true })
      }
      expect((await mila.get(`/users/profile/${uid}`)).body.uid).toBe(noor.uid)
    }
    const group = await mila.group()
    expect(group).toMatch(/^\d+$/)
    const { id, chat_id } = await mila.say(group, 'hello')
    expect([typeof id, chat_id]).toEqual(['string', group])
    expect((await mila.post('/chats/message/forward', { msg_id: id, target_chat_id: Number(group) })).status).toBe(201)
  })

  test('WT7, WT8: times have milliseconds and Z; U+0000, lone surrogates and deep nesting are refused', async () => {
    const mila = await newPerson(target)
    const group = await mila.group()
    expect((await mila.say(group, 'x')).created_at).toMatch(TIME)
    const put = (body: string) =>
      call(target, 'PUT', '/users/profile', {
        raw: body,
        headers: { 'content-type': 'application/json', ...mila.bearer },
      })
    expect(said(await put('{"bio":"a\\u0000b"}'))).toBe('422 invalid_field')
    expect(said(await put('{"bio":"\\ud800"}'))).toBe('422 invalid_field')
    expect(said(await put(`{"x":${'['.repeat(31)}${']'.repeat(31)}}`))).toBe('200')
    expect(said(await put(`{"x":${'['.repeat(32)}${']'.repeat(32)}}`))).toBe('400 bad_request')
    expect(said(await mila.send(group, '👪'.repeat(20_001)))).toBe('422 message_too_long')
    expect(said(await mila.put(`/group/${group}/profile`, { name: 'n'.repeat(256) }))).toBe('422 invalid_field')
  })
})

describe('register and login', () => {
  test('WT10: 201 with uid and username, and no token', async () => {
    const username = fresh()
    const { status, body, headers } = await register({ username, password: PASSWORD })
    expect([status, body]).toEqual([201, { uid: expect.any(Number), username }])
    expect(headers.get('set-cookie')).toBeNull()
  })

  test('WT10: a name is taken in any letter case, and reserved words are', async () => {
    const username = fresh('Ünal')
    expect((await register({ username, password: PASSWORD })).status).toBe(201)
    for (const name of [username, username.toUpperCase(), username.toLowerCase(), 'admin', 'SYSTEM']) {
      expect(said(await register({ username: name, password: PASSWORD }))).toBe('409 username_taken')
    }
  })

  test('WT10: bad names and passwords name their field', async () => {
    for (const username of ['ab', 'x'.repeat(33), 'a b', '...', 5, null, undefined]) {
      const { status, body } = await register({ username, password: PASSWORD })
      expect([status, body.error.code, body.error.field]).toEqual([422, 'invalid_field', 'username'])
    }
    for (const password of ['short', 'x'.repeat(129), 5, undefined]) {
      const { status, body } = await register({ username: fresh(), password })
      expect([status, body.error.field]).toEqual([422, 'password'])
    }
  })

  test('WT11: login answers token and user key; the client type defaults to web', async () => {
    const { username, uid } = await newPerson(target)
    const { status, body } = await login({ username: username.toUpperCase(), password: PASSWORD })
    expect(status).toBe(200)
    expect(body).toEqual({
      token: expect.any(String),
      user_key: body.token.slice(32, 64),
      uid,
      username,
      client_type: 'web',
      expires_at: expect.stringMatching(TIME),
    })
    expect(said(await login({ username, password: PASSWORD, client_type: 'desktop' }))).toBe('422 invalid_field')
    expect(said(await login({ username }))).toBe('422 invalid_field')
  })

  test('WT11: an unknown name and a wrong password are one answer', async () => {
    const { username } = await newPerson(target)
    const wrong = await login({ username, password: 'wrong password' })
    const nobody = await login({ username: fresh('nobody'), password: 'wrong password' })
    expect(said(wrong)).toBe('401 bad_credentials')
    expect(nobody.body).toEqual(wrong.body)
  })

  test('WT12, WT13: the token has 100 characters in the six fields of the contract', async () => {
    const { username, uid } = await newPerson(target)
    for (const [type, word] of [
      ['web', 'web_'],
      ['mobile', 'mobl'],
    ] as const) {
      const { token, user_key, expires_at } = (await logIn(target, username, type)).body
      expect(token).toMatch(/^\d{32}[0-9A-Za-z]{32}(web_|mobl)[0-9A-Za-z]{8}[0-9A-Za-z]{16}[0-9a-f]{8}$/)
      expect(Number(token.slice(0, 32))).toBe(uid)
      expect(token.slice(32, 64)).toBe(user_key)
      expect(token.slice(64, 68)).toBe(word)
      expect(Number.parseInt(token.slice(92), 16) * 1000).toBe(Date.parse(expires_at))
    }
  })

  test('WT14: a token with any one character changed is 401', async () => {
    const { token } = await newPerson(target)
    const other = (char: string) => (char === '1' ? '2' : '1')
    const statuses = await Promise.all(
      Array.from({ length: 100 }, async (_, at) => {
        const changed = token.slice(0, at) + other(token.charAt(at)) + token.slice(at + 1)
        return (await call(target, 'GET', '/users/profile', { headers: { authorization: `Bearer ${changed}` } })).status
      }),
    )
    expect(new Set(statuses)).toEqual(new Set([401]))
    expect(
      (await call(target, 'GET', '/users/profile', { headers: { authorization: `Bearer ${token}` } })).status,
    ).toBe(200)
  })

  test('WT14: the secret fields are fresh for each session', async () => {
    const { username, token } = await newPerson(target)
    const again: string = (await logIn(target, username)).body.token
    for (const [from, to] of [
      [32, 64],
      [68, 76],
      [76, 92],
    ] as const) {
      expect(again.slice(from, to)).not.toBe(token.slice(from, to))
    }
  })

  test('WT16: the token stands in the header or the query; the header wins', async () => {
    const { token } = await newPerson(target)
    const profile = (query: string, authorization?: string) =>
      call(target, 'GET', `/users/profile${query}`, { headers: authorization ? { authorization } : {} })
    expect((await profile(`?token=${token}`)).status).toBe(200)
    expect((await profile('?token=nonsense', `bearer ${token}`)).status).toBe(200)
    for (const refused of [
      await profile(''),
      await profile('?token='),
      await profile(`?token=${token}`, 'Bearer nonsense'),
      await profile(`?token=${token}`, `Basic ${token}`),
      await profile('', token),
    ]) {
      expect([said(refused), refused.headers.get('www-authenticate')]).toEqual(['401 unauthorized', 'Bearer'])
      expect(refused.headers.get('referrer-policy')).toBe('no-referrer')
    }
  })

  test('WT17: bare ids never authenticate', async () => {
    const { uid } = await newPerson(target)
    const headers = { 'x-user-id': String(uid), 'x-uid': String(uid) }
    expect(said(await call(target, 'GET', `/users/profile?uid=${uid}`, { headers }))).toBe('401 unauthorized')
  })

  test('WT18: a refresh keeps four fields, changes two, and leaves the old token open for a while', async () => {
    const mila = await newPerson(target)
    const before = mila.token
    const answers = await Promise.all([1, 2, 3].map(() => call(target, 'POST', `/users/auth/refresh?token=${before}`)))
    const tokens: string[] = answers.map(({ body }) => body.token)
    expect(new Set([before, ...tokens]).size).toBe(4)
    for (const token of tokens) {
      expect(token.slice(0, 68)).toBe(before.slice(0, 68))
      expect(token.slice(76, 92)).toBe(before.slice(76, 92))
      expect(token.slice(68, 76)).not.toBe(before.slice(68, 76))
      expect(
        (await call(target, 'GET', '/users/profile', { headers: { authorization: `Bearer ${token}` } })).status,
      ).toBe(200)
    }
    expect((await mila.get('/users/profile')).status).toBe(200)
    expect(Object.keys(answers[0]?.body).sort()).toEqual([
      'client_type',
      'expires_at',
      'token',
      'uid',
      'user_key',
      'username',
    ])
    expect(said(await call(target, 'POST', '/users/auth/refresh'))).toBe('401 unauthorized')
  })

  test('WT19: logout ends this session, its predecessor token and its sockets, and no other', async () => {
    const mila = await newPerson(target)
    const other = new Person(target, mila.uid, mila.username, (await logIn(target, mila.username)).body.token)
    using mine = await mila.socket()
    using others = await other.socket()
    const old = mila.token
    mila.token = (await mila.post('/users/auth/refresh', {})).body.token
    // A socket survives the refresh.
    expect(await mine.settled()).toEqual([])
    expect((await mila.post('/users/auth/logout', {})).status).toBe(204)
    expect((await mine.closing()).code).toBe(4401)
    for (const token of [old, mila.token]) {
      expect(said(await call(target, 'GET', '/users/profile', { headers: { authorization: `Bearer ${token}` } }))).toBe(
        '401 unauthorized',
      )
    }
    expect((await other.get('/users/profile')).status).toBe(200)
    expect(await others.settled()).toEqual([])
  })
})
