// Who is online: CA36, CA38 to CA40. Leases that run out are in time.test.ts.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { until } from '../../kit/wait.ts'
import { enter, type Loose, newPeople, newPerson, type Person, register, said, TIME } from './target.ts'

const target = useTarget()
const two = async () => (await newPeople(target, 2)) as [Person, Person]

const isOnline = async (viewer: Person, { username }: Person): Promise<boolean> =>
  (await viewer.user(username)).is_online
const status = (person: Person, online: boolean) => person.must('POST', `/api/users/me/status?is_online=${online}`)
const away = (viewer: Person, person: Person) =>
  until('the person to be offline', async () => !(await isOnline(viewer, person)), 2000)

describe('status', () => {
  test('CA38: by query or body, the body wins', async () => {
    const mila = await newPerson(target)
    const set = (path: string, json?: unknown) => mila.must('POST', `/api/users/me/status${path}`, json)
    expect(await set('?is_online=false')).toMatchObject({ id: mila.id, is_online: false })
    expect(await set('?is_online=true')).toMatchObject({ is_online: true })
    expect(await set('', { is_online: false })).toMatchObject({ is_online: false })
    expect(await set('?is_online=false', { is_online: true })).toMatchObject({ is_online: true })
    for (const [path, json, amiss] of [
      ['', undefined, 'query.is_online missing'],
      ['', {}, 'query.is_online missing'],
      ['?is_online=maybe', undefined, 'query.is_online bool_parsing'],
      ['?is_online=true', { is_online: 'true' }, 'body.is_online bool_parsing'],
    ] as const) {
      expect(said(await mila.post(`/api/users/me/status${path}`, json))).toBe(`422 ${amiss}`)
    }
  })

  test('CA39 CA91: registering makes nobody online, logging in does', async () => {
    const noor = await newPerson(target)
    const { body } = await register(target)
    expect(await noor.user(body.username)).toMatchObject({ is_online: false, last_seen: null })
    await enter(target, body.username)
    expect(await noor.user(body.username)).toMatchObject({ is_online: true, last_seen: expect.stringMatching(TIME) })
  })

  test('CA39: false hides with sockets open, until true', async () => {
    const [mila, noor] = await two()
    using _ = await mila.socket()
    await status(mila, false)
    expect(await isOnline(noor, mila)).toBe(false)
    expect((await mila.me()).is_online).toBe(false)
    using __ = await mila.socket()
    expect(await isOnline(noor, mila)).toBe(false)
    await status(mila, true)
    expect(await isOnline(noor, mila)).toBe(true)
  })

  test('CA39: false hides until the next login', async () => {
    const [mila, noor] = await two()
    await status(mila, false)
    await enter(target, mila.username)
    expect(await isOnline(noor, mila)).toBe(true)
  })

  test('CA39: a lease stands without a socket, and ends with the last one', async () => {
    const [mila, noor] = await two()
    expect(await isOnline(noor, mila)).toBe(true)
    const socket = await mila.socket()
    const other = await mila.socket()
    socket.close()
    await socket.closing()
    await other.settled()
    expect(await isOnline(noor, mila)).toBe(true)
    other.close()
    await away(noor, mila)
    await status(mila, true)
    expect(await isOnline(noor, mila)).toBe(true)
  })

  test('CA39: a lease ends at logout', async () => {
    const [mila, noor] = await two()
    await mila.must('POST', '/api/auth/logout')
    expect(await isOnline(noor, mila)).toBe(false)
  })
})

describe('sockets', () => {
  test('CA40: offline within two seconds of the last one, seen just then', async () => {
    const [mila, noor] = await two()
    const socket = await mila.socket()
    await status(mila, false)
    await status(mila, true)
    const before = (await noor.user(mila.username)).last_seen
    socket.close()
    await away(noor, mila)
    const { last_seen } = await noor.user(mila.username)
    expect(Date.parse(last_seen)).toBeGreaterThanOrEqual(Date.parse(before))
  })

  test('CA40: a send is a sign of life', async () => {
    const [mila, noor] = await two()
    const before = Date.parse((await noor.user(mila.username)).last_seen)
    await until('the clock to go on', () => Date.now() > before)
    const { timestamp } = await mila.say('general', 'alive')
    const seen = async () => Date.parse((await noor.user(mila.username)).last_seen)
    await until('it to be noted', async () => (await seen()) >= Date.parse(timestamp))
  })
})

describe('who is online', () => {
  const online = async (viewer: Person): Promise<string[]> =>
    (await viewer.must('GET', '/api/users/online')).map((user: Loose) => user.username)

  test('CA36: lists whose is_online is true, oneself too', async () => {
    const [mila, noor] = await two()
    expect(await online(noor)).toEqual(expect.arrayContaining([mila.username, noor.username]))
    await status(mila, false)
    expect(await online(noor)).not.toContain(mila.username)
    const users: Loose[] = await noor.must('GET', '/api/users/online')
    expect(users.every(user => user.is_online)).toBe(true)
  })
})
