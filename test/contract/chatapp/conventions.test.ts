// What holds on every route: paths, tokens, order of judgement, refusals, CORS: CA1 to CA17.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import {
  call,
  fresh,
  logIn,
  NOTHING,
  newPeople,
  newPerson,
  PASSWORD,
  type Person,
  register,
  said,
  TIME,
  UUID,
  UUID_V7,
} from './target.ts'

const target = useTarget()
const two = async () => (await newPeople(target, 2)) as [Person, Person]

describe('paths and shapes', () => {
  test('CA1 CA2: JSON both ways; every success is 200, creates included', async () => {
    const made = await register(target)
    expect(made.headers.get('content-type')).toMatch(/^application\/json/)
    const mila = await newPerson(target)
    const answers = [
      made,
      await logIn(target, mila.username),
      await mila.post('/api/channels', { name: fresh() }),
      await mila.post('/api/messages', { content: 'x' }),
      await mila.post('/api/messages/clear'),
      await mila.patch('/api/users/me', {}),
      await mila.post('/api/auth/refresh'),
      await mila.post('/api/auth/logout'),
    ]
    expect(answers.map(answer => answer.status)).toEqual(answers.map(() => 200))
  })

  test('CA3 CA85: every path is served with and without a slash at its end, directly', async () => {
    const mila = await newPerson(target)
    const channel = await mila.channel()
    const paths = [
      '/api/auth/test-auth',
      '/api/users',
      '/api/users/me',
      '/api/users/online',
      `/api/users/${mila.username}`,
      '/api/channels',
      '/api/channels/me',
      `/api/channels/${channel.name}`,
      `/api/channels/${channel.name}/status`,
      `/api/channels/${channel.name}/messages`,
      '/api/messages',
      '/api/messages/me',
      `/api/messages/${channel.name}`,
    ]
    for (const path of paths) {
      const [plain, slashed] = [await mila.get(path), await mila.get(`${path}/`)]
      expect([path, plain.status, slashed.status]).toEqual([path, 200, 200])
      expect(slashed.body).toEqual(plain.body)
    }
    const posts: [string, object | undefined][] = [
      ['/api/auth/register/', { username: fresh(), email: `${fresh()}@x.org`, password: PASSWORD }],
      ['/api/auth/login/', { username: mila.username, password: PASSWORD }],
      ['/api/users/me/status/', { is_online: true }],
      ['/api/channels/', { name: fresh() }],
      [`/api/channels/${channel.name}/join/`, undefined],
      ['/api/messages/', { content: 'x', channel_id: channel.name }],
      ['/api/messages/clear/', undefined],
      ['/api/auth/refresh/', undefined],
    ]
    for (const [path, json] of posts) expect([path, (await mila.post(path, json)).status]).toEqual([path, 200])
    expect((await mila.call('PUT', '/api/users/me/', {})).status).toBe(200)
    expect((await mila.delete(`/api/channels/${channel.name}/`)).status).toBe(200)
    expect((await mila.post('/api/auth/logout/')).status).toBe(200)
  })

  test.skipIf(lacks('msgr'))('CA3: POST /api/users belongs to another contract', async () => {
    const answer = await call(target, 'POST', '/api/users', { json: { display_name: 'Kari', handle: fresh('m') } })
    expect(answer.status).toBe(201)
    expect(answer.body).toHaveProperty('data')
  })

  test('CA4: ids are lower-case uuids, those of messages uuidv7; they are read in any case', async () => {
    const mila = await newPerson(target)
    const channel = await mila.channel()
    const message = await mila.say(channel.id.toUpperCase(), 'x')
    expect([mila.id, channel.id]).toEqual([expect.stringMatching(UUID), expect.stringMatching(UUID)])
    expect(message.id).toMatch(UUID_V7)
    expect((await mila.get(`/api/users/${mila.id.toUpperCase()}`)).body.username).toBe(mila.username)
    expect(await mila.history(channel.id.toUpperCase())).toEqual([message])
    expect(await mila.history(channel.id, `?before=${message.id.toUpperCase()}`)).toEqual([])
  })

  test('CA5: times are UTC with milliseconds', async () => {
    const mila = await newPerson(target)
    const channel = await mila.channel()
    const message = await mila.say(channel.id, 'x')
    const { created_at, last_seen } = await mila.me()
    for (const time of [created_at, last_seen, channel.created_at, message.timestamp]) expect(time).toMatch(TIME)
    expect(Math.abs(Date.parse(message.timestamp) - Date.now())).toBeLessThan(60_000)
  })

  test('CA6: unknown keys and parameters are ignored, and a number is no string', async () => {
    const mila = await newPerson(target)
    const channel = await mila.channel()
    expect((await mila.say(channel.id, 'x', { extra: { a: [1] } })).content).toBe('x')
    expect((await mila.get('/api/messages?extra=1')).status).toBe(200)
    expect(said(await mila.post('/api/messages', { content: 7, channel_id: channel.id }))).toBe(
      '422 body.content string_type',
    )
    expect(said(await call(target, 'POST', '/api/auth/login', { json: { username: 1, password: 2 } }))).toBe(
      '422 body.username string_type, body.password string_type',
    )
  })
})

describe('tokens and order', () => {
  test('CA7: the bearer scheme in any case; neither cookies nor the query count', async () => {
    const { token } = await newPerson(target)
    const get = (headers: Record<string, string>, query = '') =>
      call(target, 'GET', `/api/users/me${query}`, { headers })
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      expect((await get({ authorization: `${scheme} ${token}` })).status).toBe(200)
    }
    expect(said(await get({}, `?token=${token}`))).toBe('401 Not authenticated')
    expect(said(await get({ cookie: `access_token=${token}; token=${token}` }))).toBe('401 Not authenticated')
    expect((await logIn(target, (await newPerson(target)).username)).headers.get('set-cookie')).toBeNull()
  })

  test('CA8: every route but register, login and refresh needs a token', async () => {
    const routes: [string, string][] = [
      ['POST', '/api/auth/logout'],
      ['POST', '/api/auth/refresh'],
      ['GET', '/api/auth/test-auth'],
      ['GET', '/api/users'],
      ['GET', '/api/users/me'],
      ['PATCH', '/api/users/me'],
      ['PUT', '/api/users/me'],
      ['POST', '/api/users/me/status'],
      ['GET', '/api/users/online'],
      ['GET', '/api/users/somebody'],
      ['GET', '/api/channels'],
      ['POST', '/api/channels'],
      ['GET', '/api/channels/me'],
      ['GET', '/api/channels/general'],
      ['DELETE', '/api/channels/general'],
      ['POST', '/api/channels/general/join'],
      ['POST', '/api/channels/general/leave'],
      ['GET', '/api/channels/general/status'],
      ['GET', '/api/channels/general/messages'],
      ['GET', '/api/messages'],
      ['GET', '/api/messages/me'],
      ['GET', '/api/messages/general'],
      ['POST', '/api/messages'],
      ['POST', '/api/messages/clear'],
    ]
    for (const [method, path] of routes) {
      const answer = await call(target, method, path)
      expect([method, path, said(answer)]).toEqual([method, path, '401 Not authenticated'])
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    }
  })

  test('CA9: route and method first, then the token, then the body, then what it is about', async () => {
    const mila = await newPerson(target)
    const broken = { raw: '{', headers: { 'content-type': 'application/json' } }
    expect(said(await call(target, 'POST', '/api/nothing', broken))).toBe('404 Not Found')
    expect(said(await call(target, 'PATCH', '/api/messages', broken))).toBe('405 Method Not Allowed')
    expect(said(await call(target, 'POST', '/api/messages', broken))).toBe('401 Not authenticated')
    expect(said(await call(target, 'POST', '/api/auth/refresh', broken))).toBe('401 Not authenticated')
    expect(said(await mila.call('POST', '/api/messages', undefined, broken))).toBe('422 body.1 json_invalid')
    expect(said(await mila.post('/api/messages', { content: '', channel_id: 'nowhere' }))).toBe(
      '422 body.content string_too_short',
    )
    expect(said(await mila.send(fresh('nowhere'), 'x'))).toBe('404 Channel not found')
  })
})

describe('bodies', () => {
  const post = async (raw: BodyInit, type = 'application/json') =>
    said(await call(target, 'POST', '/api/auth/login', { raw, headers: { 'content-type': type } }))

  test('CA10: above 64 KiB is 413', async () => {
    const frame = JSON.stringify({ username: 'x', password: '' })
    const fitting = JSON.stringify({ username: 'x', password: 'y'.repeat(64 * 1024 - frame.length) })
    expect(fitting).toHaveLength(64 * 1024)
    expect(await post(fitting)).toBe('401 Incorrect username or password')
    expect(await post(`${fitting} `)).toBe('413 Request body too large')
  })

  test('CA10 CA15: what is no JSON object says where it breaks', async () => {
    expect(await post('{"username":')).toBe('422 body.12 json_invalid')
    expect(await post('username=x', 'text/plain')).toBe('422 body.0 json_invalid')
    expect(await post('[1]')).toBe('422 body model_attributes_type')
    expect(await post('"x"')).toBe('422 body model_attributes_type')
    expect(await post('')).toBe('422 body missing')
    expect(await post(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]))).toBe('422 body.2 json_invalid')
    expect(await post(`${'['.repeat(60_000)}`)).toMatch(/^422 body\.\d+ json_invalid$/)
  })

  test('CA10: JSON is read whatever it is called', async () => {
    const mila = await newPerson(target)
    const json = JSON.stringify({ username: mila.username, password: PASSWORD })
    for (const type of ['text/plain', 'application/json; charset=utf-8', 'application/vnd.x+json']) {
      expect(await post(json, type)).toBe('200')
    }
  })

  test('CA11: a path that cannot be decoded is 404, and nothing is a 5xx', async () => {
    const mila = await newPerson(target)
    for (const path of ['/api/users/%', '/api/users/%ff', '/api/channels/%zz/join', '/api/messages/%c3', '/api/%']) {
      expect([path, said(await mila.get(path))]).toEqual([path, '404 Not Found'])
    }
    for (const name of ['%00', 'a%2Fb', '%F0%9F%99%82', '..%2f..', "'--", '%25', 'x'.repeat(4000)]) {
      for (const path of [`/api/users/${name}`, `/api/channels/${name}`, `/api/channels/${name}/status`]) {
        expect([path, (await mila.get(path)).status]).toEqual([path, 404])
      }
      expect(await mila.get(`/api/messages/${name}`)).toMatchObject({ status: 200, body: [] })
    }
  })
})

describe('CORS', () => {
  const origin = 'https://elsewhere.example'

  test('CA12: every answer may be read by any page, without credentials', async () => {
    const mila = await newPerson(target)
    const headers = { origin }
    const answers = [
      await mila.call('GET', '/api/users/me', undefined, { headers }),
      await call(target, 'GET', '/api/users/me', { headers }),
      await mila.call('GET', '/api/nothing', undefined, { headers }),
      await mila.call('DELETE', '/api/messages', undefined, { headers }),
      await mila.call('POST', '/api/messages', {}, { headers }),
      await mila.call('POST', '/api/messages', undefined, { headers, raw: 'x'.repeat(70_000) }),
      await call(target, 'GET', '/api/ws/mila', { headers }),
    ]
    expect(answers.map(answer => answer.status)).toEqual([200, 401, 404, 405, 422, 413, 426])
    for (const answer of answers) {
      expect(answer.headers.get('access-control-allow-origin')).toBe('*')
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    }
  })

  test('CA12: a preflight needs no token and is told everything', async () => {
    const preflight = (path: string) =>
      call(target, 'OPTIONS', path, {
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization, content-type',
        },
      })
    for (const path of ['/api/messages', '/api/channels/', '/api/nothing']) {
      const { status, headers } = await preflight(path)
      expect(status).toBe(204)
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.get('access-control-max-age')).toBe('600')
      const methods = headers.get('access-control-allow-methods')?.split(', ')
      expect(methods).toEqual(expect.arrayContaining(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']))
      const allowed = headers.get('access-control-allow-headers')?.split(', ')
      expect(allowed).toEqual(expect.arrayContaining(['authorization', 'content-type']))
    }
  })

  test('CA13: pages may read when to come back and what to show', async () => {
    const { headers } = await call(target, 'GET', '/api/users/me', { headers: { origin } })
    const exposed = headers.get('access-control-expose-headers')?.split(', ')
    expect(exposed).toEqual(expect.arrayContaining(['retry-after', 'www-authenticate']))
  })
})

describe('refusals', () => {
  test('CA14 CA15: all failing fields at once, each with type, place and words', async () => {
    const { status, body } = await register(target, { username: 'x', email: 'nothing', password: 'short' })
    expect(status).toBe(422)
    expect(body).toEqual({
      detail: [
        { type: 'string_too_short', loc: ['body', 'username'], msg: expect.any(String) },
        { type: 'value_error', loc: ['body', 'email'], msg: expect.any(String) },
        { type: 'string_too_short', loc: ['body', 'password'], msg: expect.any(String) },
      ],
    })
  })

  test('CA16: no refusal sends back what was sent', async () => {
    const secret = 'zx9-secret'
    const json = { username: `${secret} ${secret}`, email: secret, password: 'zx9-sec', display_name: [secret] }
    const answers = [
      await call(target, 'POST', '/api/auth/register', { json }),
      await call(target, 'POST', '/api/auth/register', { json: { password: secret } }),
      await call(target, 'POST', '/api/auth/login', { json: { username: secret, password: secret } }),
      await call(target, 'POST', '/api/auth/refresh', { json: { refresh_token: secret } }),
      await call(target, 'GET', '/api/users/me', { headers: { authorization: `Bearer ${secret}` } }),
    ]
    expect(answers.map(answer => answer.status)).toEqual([422, 422, 401, 401, 401])
    for (const { body } of answers) expect(JSON.stringify(body)).not.toMatch(/zx9|"input"/)
  })

  test('CA17: who one is', async () => {
    const mila = await newPerson(target)
    const get = (authorization: string) => call(target, 'GET', '/api/users/me', { headers: { authorization } })
    for (const value of ['Basic eDp5', 'Token x', mila.token]) {
      expect(said(await get(value))).toBe('401 Not authenticated')
    }
    for (const value of ['Bearer x', 'Bearer', `Bearer ${mila.token}x`, `Bearer ${mila.refreshToken}`]) {
      const answer = await get(value)
      expect(said(answer)).toBe('401 Could not validate credentials')
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    }
    for (const username of [mila.username, fresh('nobody')]) {
      const answer = await logIn(target, username, 'wrong password')
      expect(said(answer)).toBe('401 Incorrect username or password')
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    }
  })

  test('CA17: what is not there, and what is taken', async () => {
    const [mila, noor] = await two()
    const channel = await mila.channel()
    expect(said(await mila.get('/api/nothing'))).toBe('404 Not Found')
    expect(said(await mila.get(`/api/users/${fresh('nobody')}`))).toBe('404 User not found')
    expect(said(await mila.get(`/api/users/${NOTHING}`))).toBe('404 User not found')
    expect(said(await mila.get(`/api/channels/${fresh('nowhere')}`))).toBe('404 Channel not found')
    expect(said(await register(target, { username: mila.username.toUpperCase() }))).toBe(
      '400 Username already registered',
    )
    expect(said(await register(target, { email: `${mila.username}@EXAMPLE.org` }))).toBe('400 Email already registered')
    expect(said(await noor.patch('/api/users/me', { email: `${mila.username}@example.org` }))).toBe(
      '400 Email already registered',
    )
    expect(said(await noor.post('/api/channels', { name: channel.name.toUpperCase() }))).toBe(
      '400 Channel name already exists',
    )
  })

  test('CA17: what one may not', async () => {
    const [mila, noor] = await two()
    const { id } = await mila.channel()
    expect(said(await noor.delete(`/api/channels/${id}`))).toBe('403 Only channel owner can delete channel')
    expect(said(await mila.post(`/api/channels/${id}/leave`))).toBe('400 Channel owner cannot leave channel')
    expect(said(await noor.post(`/api/channels/${id}/leave`))).toBe('400 Could not leave channel')
    expect(said(await noor.send(id, 'x'))).toBe('403 Not a member of this channel')
    expect(said(await noor.get(`/api/channels/${id}/messages`))).toBe('403 Not a member of this channel')
  })

  test('CA17: a wrong method names the right ones, those of other contracts on the path too', async () => {
    const mila = await newPerson(target)
    const allow = async (method: string, path: string) => {
      const answer = await mila.call(method, path)
      expect(said(answer)).toBe('405 Method Not Allowed')
      return answer.headers.get('allow')?.split(', ')
    }
    expect(await allow('DELETE', '/api/messages')).toEqual(['GET', 'HEAD', 'POST'])
    expect(await allow('POST', '/api/users/me')).toEqual(['GET', 'HEAD', 'PUT', 'PATCH'])
    for (const path of ['/api/users', '/api/users/']) expect(await allow('DELETE', path)).toContain('POST')
  })
})
