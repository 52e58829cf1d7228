// Rules about seconds, hours and days, on a server whose clock is moved by hand.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Clocked, startClocked } from '../../kit/clocked.ts'
import { openDoor } from '../../kit/core.ts'
import { openRaw } from '../../kit/host/raw-socket.ts'
import { foreign } from '../../kit/target.ts'
import { until } from '../../kit/wait.ts'
import { call, enter, type Loose, newChannel, newPeople, newPerson, type Person, said } from './target.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const INVALID = '401 Could not validate credentials'

let target: Clocked
beforeAll(async () => {
  if (!foreign) target = await startClocked()
})
afterAll(() => target?.[Symbol.asyncDispose]())

const me = (token: string) => call(target, 'GET', '/api/users/me', { headers: { authorization: `Bearer ${token}` } })
const refresh = (refresh_token: string) => call(target, 'POST', '/api/auth/refresh', { json: { refresh_token } })

describe.skipIf(foreign)('tokens', () => {
  test('CA28 CA60: an access token lives a day', async () => {
    const mila = await newPerson(target)
    target.clock.advance(DAY - 2 * SECOND)
    expect((await me(mila.token)).status).toBe(200)
    target.clock.advance(2 * SECOND)
    expect(said(await me(mila.token))).toBe(INVALID)
    expect(said(await mila.post('/api/auth/refresh'))).toBe(INVALID)
    using socket = await mila.socket()
    expect(await socket.closing()).toMatchObject({ code: 4001, reason: 'Invalid token' })
    expect((await refresh(mila.refreshToken)).status).toBe(200)
  })

  test('CA28: a session lives thirty days behind its last refresh', async () => {
    const mila = await newPerson(target)
    let { refreshToken } = mila
    for (let i = 0; i < 3; i++) {
      target.clock.advance(29 * DAY)
      const { status, body } = await refresh(refreshToken)
      expect(status).toBe(200)
      expect((await me(body.access_token)).status).toBe(200)
      refreshToken = body.refresh_token
    }
    target.clock.advance(30 * DAY + SECOND)
    expect(said(await refresh(refreshToken))).toBe(INVALID)
  })

  test('CA29: a refreshed token does not lengthen the life of older ones', async () => {
    const mila = await newPerson(target)
    target.clock.advance(DAY - 2 * SECOND)
    const { body } = await mila.post('/api/auth/refresh')
    target.clock.advance(2 * SECOND)
    expect(said(await me(mila.token))).toBe(INVALID)
    expect((await me(body.access_token)).status).toBe(200)
  })

  test('CA28: both lifetimes can be set', async () => {
    await using short = await startClocked({
      env: { PARLANCE_CHATAPP_ACCESS_SECONDS: '50', PARLANCE_CHATAPP_SESSION_SECONDS: '600' },
    })
    const mila = await newPerson(short)
    const socket = await mila.socket()
    short.clock.advance(50 * SECOND)
    expect((await socket.closing()).code).toBe(4001)
    const again = await call(short, 'POST', '/api/auth/refresh', { json: { refresh_token: mila.refreshToken } })
    expect(again.body.expires_in).toBe(50)
    short.clock.advance(10 * MINUTE)
    const late = await call(short, 'POST', '/api/auth/refresh', { json: { refresh_token: again.body.refresh_token } })
    expect(said(late)).toBe(INVALID)
  })
})

describe.skipIf(foreign)('sockets', () => {
  /** Lets time pass as it does, with a client that answers pings. */
  const pass = async (socket: Awaited<ReturnType<Person['socket']>>, ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 50 * SECOND) {
      target.clock.advance(Math.min(left, 50 * SECOND))
      await socket.settled()
    }
  }

  test('CA31 CA63: one lives as long as its session has an access token; a refresh prolongs it', async () => {
    await using short = await startClocked({ env: { PARLANCE_CHATAPP_ACCESS_SECONDS: '100' } })
    const mila = await newPerson(short)
    const socket = await mila.socket()
    const other = await mila.socket()
    const tick = async (ms: number) => {
      short.clock.advance(ms)
      await Promise.all([socket.settled(), other.settled()])
    }
    await tick(50 * SECOND)
    const renewed = await call(short, 'POST', '/api/auth/refresh', { json: { refresh_token: mila.refreshToken } })
    await tick(50 * SECOND)
    await tick(45 * SECOND)
    expect(
      (
        await call(short, 'POST', '/api/auth/refresh', {
          headers: { authorization: `Bearer ${renewed.body.access_token}` },
        })
      ).status,
    ).toBe(200)
    await tick(50 * SECOND)
    await tick(45 * SECOND)
    short.clock.advance(10 * SECOND)
    for (const one of [socket, other]) expect(await one.closing()).toMatchObject({ code: 4001, wasClean: true })
  })

  test('CA66: pinged every 25 seconds, and dropped after a minute of silence, without a close frame', async () => {
    const mila = await newPerson(target)
    // Answers nothing, not even the server's pings.
    using silent = await openRaw(target.url, mila.path())
    for (const which of ['the first', 'the second']) {
      target.clock.advance(25 * SECOND)
      expect((await silent.frames.next(`${which} ping`)).type).toBe('ping')
    }
    target.clock.advance(9 * SECOND)
    expect((await mila.user(mila.username)).is_online).toBe(true)
    target.clock.advance(SECOND)
    await silent.frames.find('the end', frame => frame.type === 'end')
    expect(new Set(silent.frames.all.map(frame => frame.type))).toEqual(new Set(['ping', 'end']))
  })

  test('CA66: one that answers pings is kept, however long it says nothing', async () => {
    const mila = await newPerson(target)
    using socket = await mila.socket()
    await pass(socket, 5 * MINUTE)
    expect(await socket.settled()).toEqual([])
  })
})

describe.skipIf(foreign)('presence', () => {
  const isOnline = async (viewer: Person, { username }: Person): Promise<boolean> =>
    (await viewer.user(username)).is_online

  test('CA39: a login and a word of one’s own last five minutes', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    target.clock.advance(5 * MINUTE - SECOND)
    expect(await isOnline(noor, mila)).toBe(true)
    target.clock.advance(SECOND)
    await until('the lease to end', async () => !(await isOnline(noor, mila)))
    await mila.must('POST', '/api/users/me/status?is_online=true')
    expect(await isOnline(noor, mila)).toBe(true)
    target.clock.advance(5 * MINUTE)
    await until('the lease to end', async () => !(await isOnline(noor, mila)))
    await enter(target, mila.username)
    expect(await isOnline(noor, mila)).toBe(true)
  })

  test('CA40: last seen at login, on connect, at each send, and when going offline', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const seen = async (): Promise<number> => Date.parse((await noor.user(mila.username)).last_seen)
    /** Some time later, what it does is a sign of life, of that moment. */
    const shows = async (what: string, act: () => Promise<unknown>): Promise<void> => {
      target.clock.advance(10 * SECOND)
      const now = target.clock.now()
      expect([what, (await seen()) < now]).toEqual([what, true])
      await act()
      await until(`${what} to be noted`, async () => (await seen()) === now)
    }
    await shows('a login', () => enter(target, mila.username))
    const socket = await mila.socket()
    await socket.settled()
    await shows('another socket', async () => (await mila.socket()).close())
    await shows('a send', () => mila.say('general', 'alive'))
    await shows('a send over the socket', async () => {
      socket.send('alive, too')
      await socket.message('alive, too')
    })
    await shows('the end of the last socket', async () => socket.close())
    expect((await noor.user(mila.username)).is_online).toBe(false)
  })

  test('CA39: who shows himself to nobody is offline and never seen, to others', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const { core } = target.kit
    const profile = await core.people.byHandle(mila.username)
    if (profile === null) throw new Error('registered, and not there')
    using _ = await mila.socket()
    expect(await isOnline(noor, mila)).toBe(true)
    const actor = { accountId: profile.accountId, profile, sessionId: null, door: openDoor }
    await core.people.update(actor, { visibility: 'nobody' })
    expect(await noor.user(mila.username)).toMatchObject({ is_online: false, last_seen: null })
    const online: Loose[] = await noor.must('GET', '/api/users/online')
    expect(online.map(user => user.username)).not.toContain(mila.username)
  })

  test('CA40 CA66: who is gone without a word is offline when the silence is noticed', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    using silent = await openRaw(target.url, mila.path())
    silent.pause()
    target.clock.advance(5 * MINUTE)
    await until('the person to be offline', async () => !(await isOnline(noor, mila)))
  })
})

test.skipIf(foreign)('CA78: typing shows for ten seconds unless renewed', async () => {
  const { id, owner, member } = await newChannel(target)
  using typist = await member.socket()
  using socket = await owner.socket('&events=1')
  await socket.type('ready')
  const type = async () => {
    typist.send({ type: 'typing', channel_id: id, is_typing: true })
    await typist.settled()
  }
  const typing = async () =>
    (await socket.settled()).filter(frame => frame.type === 'typing').map(frame => frame.is_typing)
  await type()
  target.clock.advance(9 * SECOND)
  await type()
  target.clock.advance(9 * SECOND)
  expect(await typing()).toEqual([true, true])
  target.clock.advance(SECOND)
  expect(await typing()).toEqual([false])
})
