// JWTs, refresh, logout: CA27 to CA32. What takes hours is in time.test.ts.
import { describe, expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foreign, startOwn, useTarget } from '../../kit/target.ts'
import { call, enter, type Loose, newPerson, Person, Socket, said, UUID } from './target.ts'

const target = useTarget()

const me = (token: string) => call(target, 'GET', '/api/users/me', { headers: { authorization: `Bearer ${token}` } })
const refresh = (refresh_token: string) => call(target, 'POST', '/api/auth/refresh', { json: { refresh_token } })
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const parts = (token: string): Loose[] =>
  token
    .split('.')
    .slice(0, 2)
    .map(text => JSON.parse(Buffer.from(text, 'base64url').toString()))

const INVALID = '401 Could not validate credentials'

describe('access tokens', () => {
  test('CA27: HS256, and says who, which session, and until when', async () => {
    const mila = await newPerson(target)
    const [header, claims] = parts(mila.token)
    expect(header.alg).toBe('HS256')
    expect(claims).toEqual({
      sub: mila.username,
      sid: expect.any(String),
      jti: expect.stringMatching(UUID),
      iat: expect.any(Number),
      exp: claims.iat + 86_400,
    })
    expect(Number.isInteger(claims.iat)).toBe(true)
    const other = await enter(target, mila.username)
    expect(parts(other.token)[1].sid).not.toBe(claims.sid)
  })

  test('CA27: no other algorithm, payload or key', async () => {
    const mila = await newPerson(target)
    const [head = '', body = '', signature = ''] = mila.token.split('.')
    const [, claims] = parts(mila.token)
    const noor = await newPerson(target)
    const signed = (header: object, payload: object, key: string) => {
      const text = `${part(header)}.${part(payload)}`
      return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
    }
    const forged = [
      `${part({ alg: 'none' })}.${body}.`,
      `${part({ alg: 'none' })}.${body}.${signature}`,
      `${part({ alg: 'HS384', typ: 'JWT' })}.${body}.${signature}`,
      `${head}.${part({ ...claims, sub: noor.username })}.${signature}`,
      `${head}.${part({ ...claims, exp: claims.exp + 1 })}.${signature}`,
      signed({ alg: 'HS256', typ: 'JWT' }, claims, 'secret'),
      signed({ alg: 'HS256', typ: 'JWT' }, claims, ''),
      `${head}.${body}`,
      `${head}.${body}.`,
      `${head}.${body}.${signature}.x`,
      '..',
      `${head}..${signature}`,
      'x'.repeat(5000),
    ]
    for (const token of forged) expect([token, said(await me(token))]).toEqual([token, INVALID])
    expect((await me(mila.token)).status).toBe(200)
  })

  test.skipIf(foreign)(
    'CA27: survive a restart, with the key of the data or a given one',
    async () => {
      for (const env of [{}, { PARLANCE_CHATAPP_JWT_KEY: 'a key of at least thirty-two bytes' }]) {
        const dataDir = await mkdtemp(join(tmpdir(), 'parlance-chatapp-'))
        try {
          const first = await startOwn({ dataDir, env })
          const mila = await newPerson(first)
          first.kill('SIGKILL')
          await first.exited
          await using second = await startOwn({ dataDir, env })
          const again = new Person(second, mila.id, mila.username, { access_token: mila.token })
          expect((await again.me()).id).toBe(mila.id)
          const renewed = await call(second, 'POST', '/api/auth/refresh', {
            json: { refresh_token: mila.refreshToken },
          })
          expect(renewed.status).toBe(200)
        } finally {
          await rm(dataDir, { recursive: true, force: true })
        }
      }
    },
    60_000,
  )

  test('CA32: say that they open', async () => {
    const mila = await newPerson(target)
    expect(await mila.must('GET', '/api/auth/test-auth')).toEqual({
      message: 'Authentication successful',
      username: mila.username,
    })
  })
})

describe('refresh', () => {
  test('CA29: a refresh token is spent for new ones; older access tokens stay good', async () => {
    const mila = await newPerson(target)
    const { status, headers, body } = await refresh(mila.refreshToken)
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 86_400,
      refresh_token: expect.any(String),
    })
    expect(body.refresh_token).not.toBe(mila.refreshToken)
    expect(parts(body.access_token)[1].jti).not.toBe(parts(mila.token)[1].jti)
    for (const token of [mila.token, body.access_token]) expect((await me(token)).status).toBe(200)
  })

  test('CA29: using a spent one ends the session', async () => {
    const mila = await newPerson(target)
    const other = await enter(target, mila.username)
    using socket = await mila.socket()
    const { body } = await refresh(mila.refreshToken)
    expect(said(await refresh(mila.refreshToken))).toBe(INVALID)
    for (const token of [mila.token, body.access_token]) expect(said(await me(token))).toBe(INVALID)
    expect(said(await refresh(body.refresh_token))).toBe(INVALID)
    expect((await socket.closing()).code).toBe(4001)
    expect((await me(other.token)).status).toBe(200)
  })

  test('CA29: of two at once with one token, one is told no', async () => {
    const mila = await newPerson(target)
    const answers = await Promise.all([refresh(mila.refreshToken), refresh(mila.refreshToken)])
    expect(answers.map(answer => answer.status).sort()).toEqual([200, 401])
  })

  test('CA29: a bearer token gets a fresh access token and no refresh token', async () => {
    const mila = await newPerson(target)
    for (const json of [undefined, {}, { refresh_token: null }]) {
      const { status, body } = await mila.post('/api/auth/refresh', json)
      expect(status).toBe(200)
      expect(body).toEqual({ access_token: expect.any(String), token_type: 'bearer', expires_in: 86_400 })
      expect(parts(body.access_token)[1].sid).toBe(parts(mila.token)[1].sid)
      expect((await me(body.access_token)).status).toBe(200)
    }
    // The refresh token is not touched by it.
    expect((await refresh(mila.refreshToken)).status).toBe(200)
  })

  test('CA29: nothing, nonsense, and access tokens refresh nothing', async () => {
    const mila = await newPerson(target)
    expect(said(await call(target, 'POST', '/api/auth/refresh'))).toBe('401 Not authenticated')
    expect(said(await call(target, 'POST', '/api/auth/refresh', { json: {} }))).toBe('401 Not authenticated')
    for (const token of ['', 'x', '.', mila.token, `${mila.refreshToken}x`, mila.refreshToken.split('.')[0] ?? '']) {
      expect(said(await refresh(token))).toBe(INVALID)
    }
    expect(said(await mila.post('/api/auth/refresh', { refresh_token: 7 }))).toBe('422 body.refresh_token string_type')
    expect((await me(mila.token)).status).toBe(200)
  })
})

describe('logout', () => {
  test('CA30 CA87: ends this session and no other; a later login revives nothing', async () => {
    const first = await newPerson(target)
    const second = await enter(target, first.username)
    using mine = await first.socket()
    using others = await second.socket()
    await others.settled()
    expect(await first.must('POST', '/api/auth/logout')).toEqual({ message: 'Successfully logged out' })
    expect(await mine.closing()).toMatchObject({ code: 4001, wasClean: true })
    expect(said(await me(first.token))).toBe(INVALID)
    expect(said(await first.post('/api/auth/logout'))).toBe(INVALID)
    expect(said(await refresh(first.refreshToken))).toBe(INVALID)
    await enter(target, first.username)
    expect(said(await me(first.token))).toBe(INVALID)
    expect((await me(second.token)).status).toBe(200)
    expect(await others.settled()).toEqual([])
  })

  test('CA30: a socket of the ended session is turned away', async () => {
    const mila = await newPerson(target)
    await mila.must('POST', '/api/auth/logout')
    using socket = await Socket.open(target, mila.path())
    expect(await socket.closing()).toMatchObject({ code: 4001, reason: 'Invalid token' })
  })

  test('CA31 CA87: closing a socket ends no session', async () => {
    const mila = await newPerson(target)
    const socket = await mila.socket()
    socket.close()
    await socket.closing()
    expect((await me(mila.token)).status).toBe(200)
    using again = await mila.socket()
    await again.settled()
  })
})
