// Names, and how to find a peer: section 4 of the rules.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { call, direct, fresh, type Loose, newPerson, nobody, notFound, say } from './target.ts'
import { wettyUser } from './wetty.ts'

const target = useTarget()
const find = async (as: Loose, query: string): Promise<Loose> =>
  (await call(target, 'GET', `/api/profiles${query}`, { as })).body

test('MS31: a profile has an id, a name, a mode and a handle', async () => {
  const kari = await newPerson(target)
  const { data } = await find(kari, `/${kari.profileId}`)
  expect(data).toEqual({ id: kari.profileId, name: kari.name, mode: 'private', handle: kari.handle })
})

test.skipIf(lacks('wetty'))('MS31 MS32: people of every door are private and have a name', async () => {
  const kari = await newPerson(target)
  const wei = await wettyUser(target)
  const [found] = (await find(kari, `?handle=${wei.username}`)).data
  expect(found).toEqual({ id: expect.any(String), name: wei.username, mode: 'private', handle: wei.username })
  const nickname = '👨‍👩‍👧‍👦'.repeat(3)
  await wei.call('PUT', '/users/profile', { nickname })
  expect((await find(kari, `?handle=${wei.username}`)).data[0].name).toBe(nickname)
})

test('MS32: others read the name of the person, never the label of the profile', async () => {
  const kari = await newPerson(target)
  const ola = await newPerson(target)
  const id = await direct(target, kari, ola)
  const message = await say(target, kari, id, 'hei')
  const { data } = (await call(target, 'GET', `/api/conversations/${id}`, { as: ola })).body
  const names = data.participants.map((p: { profile: { name: string } }) => p.profile.name)
  expect(names.sort()).toEqual([kari.name, ola.name].sort())
  expect(message.profile.name).toBe(kari.name)
  expect(JSON.stringify([data, message])).not.toMatch(/Privat"|"Deg"/)
})

describe('MS40: by handle', () => {
  test('MS40: the one exact match, whatever the letter case', async () => {
    const kari = await newPerson(target)
    const ola = await newPerson(target)
    const expected = [{ id: ola.profileId, name: ola.name, mode: 'private', handle: ola.handle }]
    for (const handle of [ola.handle, ola.handle.toUpperCase(), `@${ola.handle}`])
      expect((await find(kari, `?handle=${encodeURIComponent(handle)}`)).data).toEqual(expected)
    for (const handle of ['', ola.handle.slice(0, -1), `${ola.handle}x`, `@@${ola.handle}`, '%', '_'.repeat(8)])
      expect((await find(kari, `?handle=${encodeURIComponent(handle)}`)).data).toEqual([])
  })
  test.skipIf(lacks('wetty'))('MS40: people of another door, too', async () => {
    const kari = await newPerson(target)
    const wei = await wettyUser(target)
    expect((await find(kari, `?handle=${wei.username}`)).data).toHaveLength(1)
  })
})

describe('MS41: by prefix', () => {
  test('MS41: of handle or name, in the order of handles, without the caller', async () => {
    const stem = fresh('søk').replaceAll('ø', 'o')
    const make = async (suffix: string, name: string) => {
      const json = { display_name: name, handle: `${stem}${suffix}` }
      return (await call(target, 'POST', '/api/users', { json })).body.data
    }
    await make('c', 'Anders')
    await make('a', 'Berit')
    await make('b', 'Cato')
    const named = await newPerson(target, { name: `${stem.toUpperCase()} Nordmann` })
    const handles = async (as: Loose, q: string) =>
      (await find(as, `?q=${encodeURIComponent(q)}`)).data.map((p: { handle: string }) => p.handle)
    const kari = await newPerson(target)
    const all = [`${stem}a`, `${stem}b`, `${stem}c`, named.handle].sort()
    expect(await handles(kari, stem)).toEqual(all)
    expect(await handles(kari, stem.toUpperCase())).toEqual(all)
    expect(await handles(named, stem)).toEqual(all.filter(handle => handle !== named.handle))
    expect(await handles(kari, stem.slice(1))).toEqual([])
    for (const wild of ['%%', `${stem}%`, `${stem}_`, '__']) expect(await handles(kari, wild)).toEqual([])
  })
  test('MS41: at least 2 graphemes, at most 20 results', async () => {
    const kari = await newPerson(target)
    for (const q of ['', 'k', encodeURIComponent('👨‍👩‍👧‍👦'), encodeURIComponent('e\u0301')])
      expect(await find(kari, `?q=${q}`)).toEqual({ errors: { q: ['should be at least 2 character(s)'] } })
    const stem = fresh('mange')
    const people = Array.from({ length: 22 }, (_, i) =>
      call(target, 'POST', '/api/users', { json: { display_name: 'Mange', handle: `${stem}${i}` } }),
    )
    await Promise.all(people)
    expect((await find(kari, `?q=${stem}`)).data).toHaveLength(20)
  })
})

test('MS42: without parameters the own profiles', async () => {
  const kari = await newPerson(target)
  expect((await find(kari, '')).data).toEqual([
    { id: kari.profileId, name: kari.name, mode: 'private', handle: kari.handle },
  ])
})

test('MS43: one by its id', async () => {
  const kari = await newPerson(target)
  const ola = await newPerson(target)
  expect((await find(kari, `/${ola.profileId.toUpperCase()}`)).data.id).toBe(ola.profileId)
  for (const id of [nobody, 'x', kari.handle]) {
    const { status, body } = await call(target, 'GET', `/api/profiles/${id}`, { as: kari })
    expect([status, body]).toEqual([404, notFound])
  }
})

test('MS44: no lookup tells more than a profile, and none is by e-mail', async () => {
  const email = `${fresh()}@example.com`
  const kari = await newPerson(target, { email })
  const ola = await newPerson(target)
  const answers = [
    await find(ola, `/${kari.profileId}`),
    await find(ola, `?handle=${kari.handle}`),
    await find(ola, `?q=${kari.handle}`),
    await find(kari, ''),
  ]
  const text = JSON.stringify(answers)
  expect(text).not.toContain(email)
  expect(text).not.toContain(kari.accountId)
  for (const query of [`?handle=${email}`, `?q=${email}`]) expect((await find(ola, query)).data).toEqual([])
  // A parameter of that name is none: the answer is that to a lookup without any.
  expect((await find(ola, `?email=${email}`)).data.map((p: { id: string }) => p.id)).toEqual([ola.profileId])
})
