// Making an account and logging in: CA18 to CA20, CA23 to CA26, CA45.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { call, enter, fresh, logIn, newPerson, PASSWORD, register, said, TIME, UUID } from './target.ts'

const target = useTarget()

describe('registering', () => {
  test('CA18 CA23: answers the person, who is not logged in by that', async () => {
    const username = fresh('Mila.')
    const { status, body } = await register(target, {
      username,
      email: `${username}@Example.ORG`,
      display_name: 'Mila',
    })
    expect(status).toBe(200)
    expect(body).toEqual({
      id: expect.stringMatching(UUID),
      username,
      email: `${username}@example.org`,
      display_name: 'Mila',
      created_at: expect.stringMatching(TIME),
      is_online: false,
      last_seen: null,
    })
  })

  test('CA23: needs no display name', async () => {
    expect((await register(target)).body.display_name).toBeNull()
    expect((await register(target, { display_name: null })).body.display_name).toBeNull()
    expect(said(await register(target, { display_name: 'x'.repeat(51) }))).toBe('422 body.display_name string_too_long')
    expect(said(await register(target, { display_name: 'a\u0007' }))).toBe('422 body.display_name value_error')
  })

  test('CA24: names, addresses and passwords have their bounds', async () => {
    const refused = async (keys: object) => said(await register(target, keys))
    expect(await refused({ username: 'ab' })).toBe('422 body.username string_too_short')
    expect(await refused({ username: 'x'.repeat(31) })).toBe('422 body.username string_too_long')
    for (const username of ['a b c', 'a@b.c', '...', 'me/you', 'online', 'System', 'uid_1234']) {
      expect(await refused({ username })).toBe('422 body.username value_error')
    }
    for (const email of ['plain', 'a@b@c.d', 'a b@c.d', `${'x'.repeat(250)}@b.test`]) {
      expect(await refused({ email })).toMatch(/^422 body\.email (value_error|string_too_long)$/)
    }
    expect(await refused({ email: undefined })).toBe('422 body.email missing')
    // What does not show is in no name, and is told with whatever else is amiss (CA14).
    expect(await refused({ username: 'mi\u3164la', password: 'short' })).toBe(
      '422 body.username value_error, body.password string_too_short',
    )
    expect(await refused({ password: 'x'.repeat(7) })).toBe('422 body.password string_too_short')
    expect(await refused({ password: 'x'.repeat(129) })).toBe('422 body.password string_too_long')
  })

  test('CA24: any script, and any domain with a dot', async () => {
    const name = fresh('')
    expect((await register(target, { username: `李小龍${name}`, email: `${name}@b.test` })).status).toBe(200)
    expect((await logIn(target, `李小龍${name.toUpperCase()}`)).status).toBe(200)
  })

  test.skipIf(lacks('wetty'))('CA24: a name is taken in any letter case, from whatever door', async () => {
    const handle = fresh('M')
    await call(target, 'POST', '/users/auth/register', { json: { username: handle, password: PASSWORD } })
    expect(said(await register(target, { username: handle.toLowerCase() }))).toBe('400 Username already registered')
  })

  test('CA24 CA95: every byte of a password counts, and none is cut', async () => {
    const long = 'x'.repeat(72)
    const { body } = await register(target, { password: `${long}a` })
    expect(said(await logIn(target, body.username, `${long}b`))).toBe('401 Incorrect username or password')
    expect(said(await logIn(target, body.username, long))).toBe('401 Incorrect username or password')
    expect((await logIn(target, body.username, `${long}a`)).status).toBe(200)
    expect(said(await register(target, { password: 'nul\u0000 inside' }))).toBe('422 body.password value_error')
  })

  test('CA45: the new account is in general', async () => {
    const mila = await newPerson(target)
    expect(await mila.must('GET', '/api/channels/general/status')).toEqual({ is_subscribed: true })
    expect((await mila.must('GET', '/api/channels/general')).members).toContain(mila.id)
  })
})

describe('logging in', () => {
  test('CA20 CA26: answers both tokens, not to be cached', async () => {
    const { username } = await newPerson(target)
    const { status, headers, body } = await logIn(target, username.toUpperCase())
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'bearer',
      expires_in: 86_400,
      refresh_token: expect.any(String),
    })
    expect(body.refresh_token.length).toBeGreaterThan(22)
  })

  test('CA26: takes a form, too', async () => {
    const { username } = await newPerson(target)
    const form = (fields: Record<string, string>) =>
      call(target, 'POST', '/api/auth/login', { raw: new URLSearchParams(fields) })
    expect((await form({ username, password: PASSWORD, grant_type: 'password' })).status).toBe(200)
    expect(said(await form({ username }))).toBe('422 body.password missing')
    expect(said(await form({ username, password: 'wrong' }))).toBe('401 Incorrect username or password')
  })

  test('CA26: any string is an attempt', async () => {
    const { username } = await newPerson(target)
    for (const password of ['', 'x', 'x'.repeat(5000), 'nul\u0000', '\ud800']) {
      expect(said(await logIn(target, username, password))).toBe('401 Incorrect username or password')
    }
    for (const name of ['', 'x', '\u0000', '\ud800', 'x'.repeat(5000), 'me']) {
      expect(said(await logIn(target, name))).toBe('401 Incorrect username or password')
    }
    expect(said(await call(target, 'POST', '/api/auth/login', { json: {} }))).toBe(
      '422 body.username missing, body.password missing',
    )
  })

  test.skipIf(lacks('wetty'))(
    'CA24 CA26: accounts made at another door log in, and are in general from their first login',
    async () => {
      const username = fresh('w').padEnd(32, 'x')
      await call(target, 'POST', '/users/auth/register', { json: { username, password: PASSWORD } })
      const mila = await enter(target, username)
      expect((await mila.me()).email).toBeNull()
      expect(await mila.must('GET', '/api/channels/general/status')).toEqual({ is_subscribed: true })
      using socket = await mila.socket()
      await mila.say('general', 'here')
      await socket.message('here')
      await mila.must('POST', '/api/channels/general/leave')
      await enter(target, username)
      expect(await mila.must('GET', '/api/channels/general/status')).toEqual({ is_subscribed: false })
    },
  )
})
