// Contacts: asked, answered, ended, blocked (OC95, OC96).
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { type Loose, newPeople, newPerson, type Person, said, TIME } from './crew.ts'
import { atWetty } from './elsewhere.ts'
import { request } from './raw.ts'

const target = useTarget()

const pair = async (): Promise<readonly [Person, Person]> => (await newPeople(target, 2)) as [Person, Person]
const ask = (from: Person, to: Person, keys: object = {}) => from.post('/v1/contacts', { user_uid: to.uid, ...keys })
const list = async (person: Person): Promise<Loose[]> => (await person.must('GET', '/v1/contacts')).contacts
/** What somebody's contacts are, in short. */
const states = async (person: Person): Promise<string[]> => (await list(person)).map(contact => contact.state)
const accept = (by: Person, of: Person) => by.post(`/v1/contacts/${of.uid}/accept`)
const befriend = async (a: Person, b: Person): Promise<void> => {
  await a.must('POST', '/v1/contacts', { user_uid: b.uid })
  await b.must('POST', `/v1/contacts/${a.uid}/accept`, {})
}

describe('requests', () => {
  test('OC95: stand with both sides until they are answered', async () => {
    const [mila, noor] = await pair()
    const asked = await ask(mila, noor, { message: 'It’s me' })
    expect(asked.status).toBe(201)
    const contact = {
      state: 'requested_out',
      user_uid: noor.uid,
      message: 'It’s me',
      since: expect.stringMatching(TIME),
    }
    expect(asked.body).toEqual({ contact })
    expect(await list(mila)).toEqual([asked.body.contact])
    expect(await list(noor)).toEqual([{ ...asked.body.contact, state: 'requested_in', user_uid: mila.uid }])

    // Asked again, it is the same request.
    const again = await ask(mila, noor, { message: 'Me again' })
    expect([again.status, again.body]).toEqual([200, asked.body])

    const accepted = await accept(noor, mila)
    expect(accepted.status).toBe(200)
    expect(accepted.body).toEqual({
      contact: { state: 'friend', user_uid: mila.uid, since: expect.stringMatching(TIME) },
    })
    expect(await list(noor)).toEqual([accepted.body.contact])
    expect(await list(mila)).toEqual([{ ...accepted.body.contact, user_uid: noor.uid }])
    const friends = await ask(mila, noor)
    expect([friends.status, friends.body.contact.state]).toEqual([200, 'friend'])
    expect(said(await accept(noor, mila))).toBe('404 contact_not_found')
  })

  test('OC95: by username, whatever its case', async () => {
    const [mila, noor] = await pair()
    const asked = await mila.post('/v1/contacts', { username: noor.username.toUpperCase() })
    expect([asked.status, asked.body.contact.user_uid]).toEqual([201, noor.uid])
  })

  test('OC95: that cross make friends', async () => {
    const [mila, noor] = await pair()
    await ask(mila, noor)
    const crossed = await ask(noor, mila)
    expect([crossed.status, crossed.body.contact.state]).toEqual([201, 'friend'])
    expect(await states(mila)).toEqual(['friend'])
  })

  test('OC95: two at once end as friends or as one request, never otherwise', async () => {
    const [mila, noor] = await pair()
    const answers = await Promise.all([ask(mila, noor), ask(noor, mila)])
    for (const { status } of answers) expect(status).toBeOneOf([200, 201])
    expect(await states(mila)).toEqual(['friend'])
    expect(await states(noor)).toEqual(['friend'])
  })

  test('OC95: are turned down by the one asked, and taken back by the other', async () => {
    const [mila, noor] = await pair()
    await ask(mila, noor)
    expect(said(await mila.post(`/v1/contacts/${noor.uid}/accept`))).toBe('404 contact_not_found')
    expect(said(await mila.post(`/v1/contacts/${noor.uid}/reject`))).toBe('404 contact_not_found')
    expect(said(await noor.delete(`/v1/contacts/${mila.uid}`))).toBe('404 contact_not_found')
    expect((await noor.post(`/v1/contacts/${mila.uid}/reject`)).body).toEqual({ removed: true })
    expect(await list(mila)).toEqual([])
    await ask(mila, noor)
    expect((await mila.delete(`/v1/contacts/${noor.uid}`)).body).toEqual({ removed: true })
    expect(await list(noor)).toEqual([])
    expect(said(await accept(noor, mila))).toBe('404 contact_not_found')
  })

  test.each([
    ['nobody', {}, '400 invalid_payload'],
    ['two names at once', { user_uid: 'uid_x', username: 'x' }, '400 invalid_payload'],
    ['a name that is no text', { user_uid: 7 }, '400 invalid_payload'],
    ['an unknown uid', { user_uid: 'uid_0123456789abcdef0123456789abcdef' }, '404 user_not_found'],
    ['an impossible uid', { user_uid: '../x' }, '404 user_not_found'],
    ['an unknown username', { username: 'no.such.person' }, '404 user_not_found'],
    ['a message of 201 code points', { username: 'x', message: 'x'.repeat(201) }, '400 invalid_payload'],
    ['a message that is no text', { username: 'x', message: [] }, '400 invalid_payload'],
  ])('OC95: naming %s is refused', async (_, body, refusal) => {
    const mila = await newPerson(target)
    expect(said(await mila.post('/v1/contacts', body))).toBe(refusal)
    expect(await list(mila)).toEqual([])
  })

  test('OC95: 200 code points of message are fine, as they are', async () => {
    const [mila, noor] = await pair()
    const message = '🦩'.repeat(200)
    expect((await ask(mila, noor, { message })).body.contact.message).toBe(message)
  })

  test('OC95: oneself is no contact', async () => {
    const mila = await newPerson(target)
    expect(said(await ask(mila, mila))).toBe('400 contact_self')
    expect(said(await mila.put(`/v1/contacts/${mila.uid}/block`))).toBe('400 contact_self')
    expect(said(await accept(mila, mila))).toBe('404 contact_not_found')
  })

  test('OC95: everything about a person nobody knows is 404, and nothing without a session', async () => {
    const mila = await newPerson(target)
    for (const uid of ['uid_0123456789abcdef0123456789abcdef', 'x', '%00', 'uid_system']) {
      for (const [method, path] of [
        ['POST', '/accept'],
        ['POST', '/reject'],
        ['DELETE', ''],
        ['PUT', '/block'],
        ['DELETE', '/block'],
      ] as const) {
        expect(said(await mila.call(method, `/v1/contacts/${uid}${path}`))).toBe('404 user_not_found')
        expect(said(await request(target, method, `/v1/contacts/${uid}${path}`))).toBe('401 unauthorized')
      }
    }
    expect(said(await request(target, 'GET', '/v1/contacts'))).toBe('401 unauthorized')
  })
})

describe('friends', () => {
  test('OC95: are friends until one ends it', async () => {
    const [mila, noor] = await pair()
    await befriend(mila, noor)
    expect((await noor.delete(`/v1/contacts/${mila.uid}`)).body).toEqual({ removed: true })
    expect(await list(mila)).toEqual([])
    expect(said(await noor.delete(`/v1/contacts/${mila.uid}`))).toBe('404 contact_not_found')
  })

  test('OC95, OC10: are listed in pages, latest first, each once', async () => {
    const [mila, ...others] = (await newPeople(target, 6)) as [Person, ...Person[]]
    for (const other of others) await ask(other, mila)
    const seen: string[] = []
    let cursor = ''
    do {
      const page = await mila.must('GET', `/v1/contacts?limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
      seen.push(...page.contacts.map((contact: Loose) => contact.user_uid))
      expect(page.contacts.length).toBeLessThanOrEqual(2)
      cursor = page.next_cursor
      // What is answered meanwhile moves no page.
      if (seen.length === 2) await mila.post(`/v1/contacts/${seen[0]}/reject`)
    } while (cursor)
    expect(seen).toEqual(others.map(other => other.uid).reverse())
    for (const bad of ['x', 'MA.x', '', `${seen[0]}`]) {
      expect(said(await mila.get(`/v1/contacts?cursor=${bad}`))).toBe('400 invalid_cursor')
    }
    expect((await mila.must('GET', '/v1/contacts?limit=0')).contacts).toHaveLength(4)
  })
})

describe('blocks', () => {
  test('OC95, OC96: are the blocker’s own affair', async () => {
    const [mila, noor] = await pair()
    await befriend(mila, noor)
    const blocked = await mila.put(`/v1/contacts/${noor.uid}/block`)
    expect(blocked.status).toBe(200)
    const contact = { state: 'blocked', user_uid: noor.uid, since: expect.stringMatching(TIME) }
    expect(blocked.body).toEqual({ contact })
    expect(await list(mila)).toEqual([blocked.body.contact])
    // Again is the same; the other sees a friend.
    expect((await mila.put(`/v1/contacts/${noor.uid}/block`)).body).toEqual(blocked.body)
    expect(await states(noor)).toEqual(['friend'])
    expect(said(await ask(mila, noor))).toBe('409 contact_blocked')
    // Lifted, the friendship shows again; lifting again changes nothing.
    for (const _ of [1, 2]) {
      expect((await mila.delete(`/v1/contacts/${noor.uid}/block`)).body).toEqual({ removed: true })
      expect(await states(mila)).toEqual(['friend'])
    }
  })

  test('OC96: take pending requests with them, and let no new ones in', async () => {
    const [mila, noor] = await pair()
    await ask(noor, mila)
    await mila.put(`/v1/contacts/${noor.uid}/block`)
    expect(await states(mila)).toEqual(['blocked'])
    expect(await list(noor)).toEqual([])
    expect(said(await ask(noor, mila))).toBe('403 contact_refused')
    expect(said(await accept(mila, noor))).toBe('404 contact_not_found')
    await mila.delete(`/v1/contacts/${noor.uid}/block`)
    expect(await list(mila)).toEqual([])
    expect((await ask(noor, mila)).status).toBe(201)
  })

  test('OC96: go both ways between two who block each other', async () => {
    const [mila, noor] = await pair()
    await mila.put(`/v1/contacts/${noor.uid}/block`)
    await noor.put(`/v1/contacts/${mila.uid}/block`)
    expect(said(await ask(mila, noor))).toBe('409 contact_blocked')
    await mila.delete(`/v1/contacts/${noor.uid}/block`)
    expect(said(await ask(mila, noor))).toBe('403 contact_refused')
    expect(await states(noor)).toEqual(['blocked'])
  })
})

describe.skipIf(lacks('wetty'))('settings of other contracts', () => {
  test('OC95: who takes nobody refuses as one who blocks does; who takes anyone is a friend at once', async () => {
    const [mila, noor] = await pair()
    const there = await atWetty(noor)
    await there.must('PUT', '/users/profile', { add_friend_setting: 'nobody' })
    const refused = await ask(mila, noor)
    await there.must('PUT', '/users/profile', { add_friend_setting: 'need_verify' })
    await noor.put(`/v1/contacts/${mila.uid}/block`)
    const blocked = await ask(mila, noor)
    expect([said(blocked), blocked.body]).toEqual(['403 contact_refused', refused.body])
    await noor.delete(`/v1/contacts/${mila.uid}/block`)
    await there.must('PUT', '/users/profile', { add_friend_setting: 'anyone' })
    const asked = await ask(mila, noor)
    expect([asked.status, asked.body.contact.state]).toEqual([201, 'friend'])
  })
})
