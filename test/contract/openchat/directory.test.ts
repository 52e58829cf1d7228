// The directory: people by name or uid, and public places (OC94).
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { fresh, type Loose, newPeople, newPerson, type Person, said } from './crew.ts'
import { atWetty } from './elsewhere.ts'
import { request } from './raw.ts'

const target = useTarget()

const users = async (person: Person, query: string): Promise<Loose[]> =>
  (await person.must('GET', `/v1/directory/users?query=${encodeURIComponent(query)}`)).users
const uids = async (person: Person, query: string): Promise<string[]> =>
  (await users(person, query)).map(user => user.user_uid)

/** All pages of a list. */
const all = async (person: Person, path: string, key: string): Promise<Loose[]> => {
  const found: Loose[] = []
  let cursor: string | null = ''
  do {
    const page: Loose = await person.must('GET', `${path}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
    found.push(...page[key])
    cursor = page.next_cursor
  } while (cursor !== null)
  return found
}

describe('people', () => {
  test('OC94: are found by the beginning of username or display name, whatever its case, and by uid', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const name = fresh('Élodie ')
    await noor.must('PUT', '/v1/profile/me', { display_name: name, avatar_mode: 'generated' })
    const profile = await noor.must('GET', '/v1/profile/me')
    for (const query of [
      noor.username,
      noor.username.slice(0, -1),
      noor.username.toUpperCase(),
      name,
      name.toUpperCase(),
      noor.uid,
    ]) {
      expect(await users(mila, query)).toContainEqual(profile)
    }
    for (const query of [
      noor.username.slice(1),
      name.slice(1),
      noor.uid.slice(0, -1),
      `${noor.uid}0`,
      '%',
      '_',
      noor.username.replace(/.$/, '_'),
    ]) {
      expect(await uids(mila, query)).not.toContain(noor.uid)
    }
    expect(await uids(mila, mila.username)).toEqual([mila.uid])
  })

  test('OC94: a block changes nothing here', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    await noor.must('PUT', `/v1/contacts/${mila.uid}/block`)
    expect(await uids(mila, noor.username)).toEqual([noor.uid])
    expect(await uids(noor, mila.username)).toEqual([mila.uid])
  })

  test('OC94, OC10: come in pages, each once', async () => {
    const stem = fresh('page')
    const people = await Promise.all(['c', 'a', 'b', 'e', 'd'].map(end => newPerson(target, `${stem}${end}`)))
    const [mila] = people as [Person]
    const found = await all(mila, `/v1/directory/users?query=${stem}&limit=2`, 'users')
    expect(found.map(user => user.handle)).toEqual(['a', 'b', 'c', 'd', 'e'].map(end => `${stem}${end}`))
    // Without a query, everybody.
    const everybody = (await all(mila, '/v1/directory/users?limit=200', 'users')).map(user => user.user_uid)
    expect(everybody).toEqual(expect.arrayContaining(people.map(person => person.uid)))
    expect(new Set(everybody).size).toBe(everybody.length)
  })

  test('OC94, OC10: a cursor goes on with its own search only', async () => {
    const stem = fresh('cur')
    const [mila] = (await Promise.all(['a', 'b'].map(end => newPerson(target, `${stem}${end}`)))) as [Person]
    const { next_cursor: cursor } = await mila.must('GET', `/v1/directory/users?query=${stem}&limit=1`)
    for (const path of [
      `/v1/directory/users?query=${stem}x&cursor=${cursor}`,
      `/v1/directory/users?cursor=${cursor}`,
      `/v1/directory/channels?query=${stem}&cursor=${cursor}`,
      `/v1/directory/users?query=${stem}&cursor=${cursor}x`,
      `/v1/directory/channels?cursor=1`,
    ]) {
      expect(said(await mila.get(path))).toBe('400 invalid_cursor')
    }
    expect(said(await mila.get('/v1/directory/users?query=%00'))).toBe('400 invalid_query')
    expect(said(await mila.get('/v1/directory/channels?query=a%00'))).toBe('400 invalid_query')
    for (const path of ['users', 'channels']) {
      expect(said(await request(target, 'GET', `/v1/directory/${path}`))).toBe('401 unauthorized')
    }
  })
})

describe('places', () => {
  const names = async (person: Person, query: string): Promise<string[]> =>
    (await person.must('GET', `/v1/directory/channels?query=${encodeURIComponent(query)}`)).channels.map(
      (channel: Loose) => channel.name,
    )
  const group = (person: Person, name: string, keys: object = {}) =>
    person.must('POST', '/v1/groups', { name, ...keys })

  test('OC94: everybody finds `general`', async () => {
    const mila = await newPerson(target)
    const { channels } = await mila.must('GET', '/v1/directory/channels?query=GENER')
    expect(channels.find((channel: Loose) => channel.name === 'general')).toMatchObject({
      kind: 'channel',
      visibility: 'public',
      server_id: mila.server,
    })
  })

  test('OC94: public channels and groups of every join rule, and no private ones', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const stem = fresh('Place ')
    await group(mila, `${stem} private`)
    await group(mila, `${stem} private too`, { join_rule: 'open' })
    for (const join_rule of ['open', 'approval', 'invite']) {
      await group(mila, `${stem} ${join_rule}`, { visibility: 'public', join_rule })
    }
    const public_ = ['open', 'approval', 'invite'].map(rule => `${stem} ${rule}`)
    for (const person of [mila, noor]) expect(await names(person, stem.toUpperCase())).toEqual(public_)
    expect(await names(noor, `${stem.slice(2)} appr`)).toEqual([`${stem} approval`])
    expect(await names(noor, `${stem}_`)).toEqual([])
    expect(await names(noor, '%')).not.toContain(`${stem} open`)

    const found = await all(noor, `/v1/directory/channels?query=${encodeURIComponent(stem)}&limit=2`, 'channels')
    expect(found.map(channel => channel.name)).toEqual(public_)
    expect(found[0]).toMatchObject({ kind: 'group', my_role: null, member_count: 1 })
    const everything = await all(noor, '/v1/directory/channels?limit=200', 'channels')
    expect(everything.map(channel => channel.name)).toEqual(expect.arrayContaining([...public_, 'general']))
  })

  test.skipIf(lacks('wetty'))('OC94: groups of other contracts too', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const name = fresh('Kitchen ')
    await (await atWetty(mila)).group([], { name, visibility: 'public', join_rule: 'approval' })
    expect(await names(noor, name)).toEqual([name])
  })
})
