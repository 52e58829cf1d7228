// Section B and C: what a login gives, how many there may be, and how they end.
import { afterEach, describe, expect, test } from 'bun:test'
import { type Clocked, type ClockedOptions, startClocked } from '../../kit/clocked.ts'
import { foreign, lacks, startOwn } from '../../kit/target.ts'
import { until } from '../../kit/wait.ts'
import { Client } from './client.ts'
import { dial, fresh, type Login, newPerson, useTarget } from './people.ts'
import { accessOf, bearer, call, logIn, opens, PASSWORD, refusal, register, said } from './rest.ts'

const target = useTarget()
const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const OVER = { valid: false, message: 'Your session has expired or is invalid' }

describe('a login', () => {
  test('UM13 UM12: its secrets are random, of each other independent, and of no login before', async () => {
    const username = await register(target)
    const logins = [await logIn(target, username), await logIn(target, username)]
    for (const login of logins) {
      expect(login.sessionID).toMatch(UUID4)
      expect(login.token).toMatch(/^[A-Za-z0-9_-]{43,}$|^[0-9a-f]{64,}$/)
      expect(login.token).not.toContain(login.sessionID)
      expect(await opens(target, login)).toBe(true)
    }
    const [one, other] = logins as [Login, Login]
    expect([one.sessionID === other.sessionID, one.token === other.token]).toEqual([false, false])
    expect(await opens(target, { ...one, token: other.token })).toBe(false)
  })

  test('UM12 UM5: session_expires is the moment that expires_in is about, in seconds', async () => {
    const username = await register(target)
    const before = Math.floor(Date.now() / 1000)
    const { body } = await call(target, 'POST', '/login', { json: { username, password: PASSWORD } })
    expect(body.session_expires).toBeInteger()
    expect(body.session_expires - body.expires_in).toBeGreaterThanOrEqual(before)
    expect(body.session_expires - body.expires_in).toBeLessThanOrEqual(Math.floor(Date.now() / 1000))
  })
})

describe('logging out', () => {
  const logout = (options: Parameters<typeof call>[3]) => call(target, 'POST', '/logout', options)

  test.each([
    ['JSON', ({ sessionID }: Login) => ({ json: { sessionID } })],
    ['a form', ({ sessionID }: Login) => ({ form: { sessionID } })],
    ['the query', ({ sessionID }: Login) => ({ query: { sessionID } })],
    ['a header', ({ sessionID }: Login) => ({ headers: { 'x-session-id': sessionID } })],
    ['the access token', (login: Login) => ({ headers: bearer(accessOf(login)) })],
    ['both secrets', ({ sessionID, token }: Login) => ({ json: { sessionID, token } })],
  ] as const)('UM15 UM14: by %s, at once, and of no other session', async (_, style) => {
    const username = await register(target)
    const [ending, staying] = [await logIn(target, username), await logIn(target, username)]
    expect(said(await logout(style(ending)))).toEqual({
      status: 200,
      body: { success: 'User logged out successfully', message: 'Successfully logged out' },
    })
    expect([await opens(target, ending), await opens(target, staying)]).toEqual([false, true])
    expect(said(await logout(style(ending)))).toEqual(refusal(401, 'Invalid session ID'))
  })

  test('UM15: what names no session, and what names none of ours', async () => {
    for (const options of [{}, { json: {} }, { json: { sessionID: '' } }, { json: { token: 'x' } }]) {
      expect(said(await logout(options))).toEqual(refusal(400, 'No sessionID provided for logout'))
    }
    const login = await logIn(target, await register(target))
    const { sessionID } = login
    for (const options of [
      { json: { sessionID: crypto.randomUUID() } },
      { json: { sessionID: 5 } },
      { query: { sessionID: 'x' } },
      { json: { sessionID, token: 'wrong' } },
      { headers: bearer(sessionID) },
      { headers: bearer(`${sessionID}.wrong`) },
      { headers: bearer('') },
    ]) {
      expect(said(await logout(options))).toEqual(refusal(401, 'Invalid session ID'))
    }
    expect(await opens(target, login)).toBe(true)
  })

  test('UM15 UM38: its sockets are told and ended by the server, those of other sessions stay', async () => {
    const person = await newPerson(target)
    const other = await person.again()
    const [ending, staying] = [await person.connect(), await other.connect()]
    const ended = ending.ended()
    await person.logout()
    expect(await ending.next('session_status')).toEqual(OVER)
    expect(await ended).toBe('io server disconnect')
    await staying.quiet('session_status')
  })
})

describe('so many', () => {
  test('UM36: a fourth login ends the session used longest ago, and its sockets', async () => {
    const person = await newPerson(target)
    const second = await person.again()
    const third = await person.again()
    const socket = await second.connect()
    const ended = socket.ended()
    // Each of the others does something once more.
    expect(await opens(target, person.login)).toBe(true)
    expect(await opens(target, third.login)).toBe(true)
    const fourth = await person.again()
    expect(await socket.next('session_status')).toEqual(OVER)
    expect(await ended).toBe('io server disconnect')
    const open = await Promise.all([person, second, third, fourth].map(({ login }) => opens(target, login)))
    expect(open).toEqual([true, false, true, true])
  })

  test('UM36: an event is activity, too', async () => {
    const person = await newPerson(target)
    const socket = await person.connect()
    const second = await person.again()
    const third = await person.again()
    await socket.must('ping')
    await person.again()
    expect(await opens(target, second.login)).toBe(false)
    for (const { login } of [person, third]) expect(await opens(target, login)).toBe(true)
  })

  test('UM36: many logins at once leave three', async () => {
    const username = await register(target)
    const logins = await Promise.all(Array.from({ length: 7 }, () => logIn(target, username)))
    const open = await Promise.all(logins.map(login => opens(target, login)))
    expect(open.filter(Boolean)).toHaveLength(3)
  })

  test.skipIf(lacks('wetty'))('UM36: sessions of other contracts neither count nor are ended', async () => {
    const username = await register(target)
    const login = async (): Promise<Record<string, string>> => {
      const json = { username, password: PASSWORD, client_type: 'mobile' }
      const { body } = await call(target, 'POST', '/users/auth/login', { json })
      return { authorization: `Bearer ${body.token}` }
    }
    const theirs = [await login(), await login()]
    const mine = [await logIn(target, username), await logIn(target, username), await logIn(target, username)]
    theirs.push(await login())
    for (const one of mine) expect(await opens(target, one)).toBe(true)
    await logIn(target, username)
    for (const headers of theirs) {
      expect((await call(target, 'GET', '/users/profile', { headers })).status).toBe(200)
    }
  })
})

describe.skipIf(foreign)('time', () => {
  let house: Clocked
  const clients: Client[] = []
  const HOUR = 3_600_000
  const open = async (options: ClockedOptions = {}): Promise<Clocked> => {
    house = await startClocked(options)
    return house
  }
  const connect = async (login: Login): Promise<Client> => {
    const client = new Client(house.url, { query: { sessionID: login.sessionID, token: login.token } })
    clients.push(client)
    await client.connected()
    return client
  }
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close()
    await house?.[Symbol.asyncDispose]()
  })

  test('UM37: a day without activity ends a session, and whatever is done moves that day', async () => {
    const { clock } = await open()
    const username = await register(house, 'mila')
    const used = await logIn(house, username)
    const idle = await logIn(house, username)
    clock.advance(23 * HOUR)
    const { body } = await call(house, 'GET', '/user', { headers: bearer(accessOf(used)) })
    expect(body.session_expires).toBe(Math.floor((clock.now() + 24 * HOUR) / 1000))
    clock.advance(HOUR)
    expect([await opens(house, used), await opens(house, idle)]).toEqual([true, false])
    clock.advance(24 * HOUR)
    expect(await opens(house, used)).toBe(false)
  })

  test('UM37 UM38: an expired session is swept within five minutes, which is told like any other end', async () => {
    const { kit, clock } = await open({ env: { PARLANCE_UMOC_SESSION_TTL: '600' } })
    const username = await register(house, 'mila')
    const login = await logIn(house, username)
    expect(login.session_expires).toBe(Math.floor((clock.now() + 600_000) / 1000))
    const profile = await kit.core.accounts.logIn({ handle: username, password: PASSWORD, address: '127.0.0.1' })
    const heard = await kit.listen({ profile })
    const ends = () => heard.filter(({ body }) => body.type === 'session.ended').length
    clock.advance(599_000)
    expect([ends(), await opens(house, login)]).toEqual([0, true])
    clock.advance(600_000)
    expect(await opens(house, login)).toBe(false)
    clock.advance(300_000)
    await until('the end of the session', () => ends() === 1)
  })

  test('UM36: how many there may be is configured', async () => {
    await open({ env: { PARLANCE_UMOC_MAX_SESSIONS: '1' } })
    const username = await register(house, 'mila')
    const first = await logIn(house, username)
    const socket = await connect(first)
    const ended = socket.ended()
    const second = await logIn(house, username)
    expect(await ended).toBe('io server disconnect')
    expect([await opens(house, first), await opens(house, second)]).toEqual([false, true])
  })
})

test.skipIf(foreign)('UM37: sessions survive a restart of the server', async () => {
  const first = await startOwn()
  const { dataDir } = first
  const username = fresh('r')
  const at = { url: first.url, wsUrl: first.wsUrl }
  await register(at, username)
  const login = await logIn(at, username)
  first.kill('SIGTERM')
  await first.exited
  await using second = await startOwn({ dataDir })
  expect(await opens(second, login)).toBe(true)
  const client = dial(second, { query: { sessionID: login.sessionID, token: login.token } })
  expect(await client.connected()).toMatchObject({ username })
})
