// People: CA18, CA19, CA33 to CA37.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { call, fresh, type Loose, newPeople, newPerson, PASSWORD, type Person, said, TIME } from './target.ts'

const target = useTarget()
const two = async () => (await newPeople(target, 2)) as [Person, Person]

describe('people', () => {
  test('CA33: oneself, with the address', async () => {
    const mila = await newPerson(target, { display_name: 'Mila' })
    expect(await mila.me()).toEqual({
      id: mila.id,
      username: mila.username,
      email: `${mila.username}@example.org`,
      display_name: 'Mila',
      created_at: expect.stringMatching(TIME),
      is_online: true,
      last_seen: expect.stringMatching(TIME),
    })
  })

  test('CA18 CA19 CA89: one shape everywhere, the address for its owner only, secrets never', async () => {
    const [mila, noor] = await two()
    const mine = await mila.me()
    const keys = Object.keys(mine)
    const list: Loose[] = await noor.must('GET', '/api/users')
    const online: Loose[] = await noor.must('GET', '/api/users/online')
    const shown = [
      await noor.user(mila.username),
      list.find(user => user.id === mila.id),
      online.find(user => user.id === mila.id),
    ]
    for (const user of shown) {
      expect(user).toEqual({ ...mine, email: null })
      expect(Object.keys(user)).toEqual(keys)
    }
    for (const user of list) expect([user.email, Object.keys(user)]).toEqual([null, keys])
    for (const user of [
      await mila.patch('/api/users/me', {}),
      await mila.post('/api/users/me/status?is_online=true'),
      await mila.get(`/api/users/${mila.username}`),
    ]) {
      expect(user.body.email).toBe(`${mila.username}@example.org`)
      expect(Object.keys(user.body)).toEqual(keys)
    }
    expect(JSON.stringify([list, shown, mine])).not.toMatch(/\$2[aby]\$|password|hash/i)
  })

  test('CA34: by name in any letter case, or by id', async () => {
    const handle = fresh('Åse.')
    const [mila] = await two()
    const other = await newPerson(target, { username: handle })
    for (const name of [handle, handle.toUpperCase(), handle.toLowerCase(), other.id]) {
      expect((await mila.user(name)).id).toBe(other.id)
    }
    expect((await mila.get(`/api/users/${mila.username}`)).body.username).toBe(mila.username)
  })

  test('CA35: everybody, oldest account first, whole or by pages', async () => {
    const people: Person[] = []
    for (let i = 0; i < 3; i++) people.push(await newPerson(target))
    const [mila] = people as [Person, Person, Person]
    const all: Loose[] = await mila.must('GET', '/api/users')
    const names = all.map(user => user.username)
    expect(names.filter(name => people.some(person => person.username === name))).toEqual(
      people.map(person => person.username),
    )
    const times = all.map(user => Date.parse(user.created_at))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    const from = names.indexOf(mila.username)
    const page: Loose[] = await mila.must('GET', `/api/users?limit=2&offset=${from}`)
    expect(page.map(user => user.username)).toEqual(names.slice(from, from + 2))
    expect(await mila.must('GET', '/api/users?offset=1000000')).toEqual([])
    expect(said(await mila.get('/api/users?limit=0&offset=-1'))).toBe(
      '422 query.limit greater_than_equal, query.offset greater_than_equal',
    )
    expect(said(await mila.get('/api/users?limit=1001'))).toBe('422 query.limit less_than_equal')
    expect(said(await mila.get('/api/users?limit=x'))).toBe('422 query.limit int_parsing')
  })

  test.skipIf(lacks('wetty'))('CA35: people of other doors are among them', async () => {
    const username = fresh('w')
    await call(target, 'POST', '/users/auth/register', { json: { username, password: PASSWORD } })
    const mila = await newPerson(target)
    const all: Loose[] = await mila.must('GET', '/api/users')
    expect(all.filter(user => user.username === username)).toEqual([await mila.user(username)])
  })

  test('CA36 CA84: online, me and channel lists are no names', async () => {
    const mila = await newPerson(target)
    expect(Array.isArray(await mila.must('GET', '/api/users/online'))).toBe(true)
    expect((await mila.must('GET', '/api/users/me')).id).toBe(mila.id)
    expect(Array.isArray(await mila.must('GET', '/api/channels/me'))).toBe(true)
    expect(Array.isArray(await mila.must('GET', '/api/messages/me'))).toBe(true)
  })
})

describe('profile', () => {
  test('CA37 CA94: only the given keys change, by PATCH and by PUT', async () => {
    const mila = await newPerson(target, { display_name: 'Mila' })
    for (const method of ['PATCH', 'PUT']) {
      const before = await mila.me()
      expect(await mila.must(method, '/api/users/me', {})).toMatchObject({ display_name: 'Mila', email: before.email })
      const email = `${fresh()}@Example.ORG`
      const changed = await mila.must(method, '/api/users/me', { email })
      expect(changed).toMatchObject({ display_name: 'Mila', email: email.replace('Example.ORG', 'example.org') })
      const renamed = await mila.must(method, '/api/users/me', { display_name: `M ${method}` })
      expect(renamed).toMatchObject({ display_name: `M ${method}`, email: changed.email })
      expect((await mila.must(method, '/api/users/me', { display_name: null })).display_name).toBeNull()
      expect(await mila.me()).toMatchObject({ display_name: null, email: changed.email })
      await mila.must(method, '/api/users/me', { display_name: 'Mila' })
    }
  })

  test('CA37: a username never changes; the own address may be given again', async () => {
    const mila = await newPerson(target)
    const { username, email } = await mila.me()
    expect(await mila.must('PATCH', '/api/users/me', { username: fresh(), id: 'x', email })).toMatchObject({
      id: mila.id,
      username,
      email,
    })
  })

  test('CA37: values are judged as at registration', async () => {
    const mila = await newPerson(target)
    expect(said(await mila.patch('/api/users/me', { email: null }))).toBe('422 body.email string_type')
    expect(said(await mila.patch('/api/users/me', { email: 'x', display_name: 'x'.repeat(51) }))).toBe(
      '422 body.display_name string_too_long, body.email string_too_short',
    )
    expect((await mila.me()).email).toBe(`${mila.username}@example.org`)
  })

  test.skipIf(lacks('wetty'))('CA24: longer names from elsewhere are shown whole', async () => {
    const credentials = { username: fresh('w'), password: PASSWORD }
    await call(target, 'POST', '/users/auth/register', { json: credentials })
    const { token } = (await call(target, 'POST', '/users/auth/login', { json: credentials })).body
    const nickname = 'x'.repeat(64)
    await call(target, 'PUT', '/users/profile', { json: { nickname }, headers: { authorization: `Bearer ${token}` } })
    expect((await (await newPerson(target)).user(credentials.username)).display_name).toBe(nickname)
  })
})
