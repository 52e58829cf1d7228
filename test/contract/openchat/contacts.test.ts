// Contacts: asked, answered, ended, blocked (OC95, OC96).
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { type Loose, newPeople, newPerson, newServer, type Person, said, TIME } from './crew.ts'
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

  test('OC95: by the name he has on the server of the session; contacts are listed by those of home', async () => {
    const { owner, member } = await newServer(target)
    const asked = await owner.post('/v1/contacts', { user_uid: member.uid })
    expect([asked.status, asked.body.contact.user_uid]).toEqual([201, member.home.uid])
    expect((await member.must('POST', `/v1/contacts/${owner.uid}/accept`, {})).contact.user_uid).toBe(owner.home.uid)
    expect(said(await member.home.delete(`/v1/contacts/${owner.uid}`))).toBe('404 user_not_found')
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
    const { contacts } = await mila.must('GET', '/v1/contacts')
    const times: readonly string[] = contacts.map((contact: Loose) => contact.since)
    expect(times).toEqual(times.toSorted().reverse())
    // Of one millisecond any may be first, and stays so.
    const all: readonly string[] = contacts.map((contact: Loose) => contact.user_uid)
    expect(all.toSorted()).toEqual(others.map(other => other.uid).toSorted())
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
    expect(seen).toEqual([...all])
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

describe('what a block keeps out', () => {
  test('OC96: sends, edits and reactions between the two, either way; not in groups', async () => {
    const [mila, noor] = await pair()
    await befriend(mila, noor)
    const direct = await mila.direct(noor)
    const said_ = { mila: await mila.say(direct, 'one'), noor: await noor.say(direct, 'two') }
    const group = await mila.group([noor])
    await mila.block(noor)
    for (const [person, own, others] of [
      [mila, said_.mila, said_.noor],
      [noor, said_.noor, said_.mila],
    ] as const) {
      const at = `/v1/channels/${direct}/messages`
      const refusals = [
        await person.post(at, { body: 'x' }),
        await person.patch(`${at}/${own.id}`, { body: 'x' }),
        await person.put(`${at}/${others.id}/reactions/${encodeURIComponent('👍')}`),
      ]
      expect(refusals.map(said)).toEqual(Array(3).fill('403 blocked'))
      expect((await person.must('GET', at)).messages.map((message: Loose) => message.body)).toEqual(['one', 'two'])
      expect((await person.say(group, 'here')).body).toBe('here')
    }
    await mila.delete(`/v1/contacts/${noor.uid}/block`)
    expect((await noor.say(direct, 'again')).body).toBe('again')
  })

  test('OC96: the blocked one is told nothing; the blocker’s own connections are', async () => {
    const [mila, noor] = await pair()
    await befriend(mila, noor)
    using own = await mila.live()
    using other = await noor.live()
    await other.heard()
    await mila.block(noor)
    const { payload } = await own.event('chat.contact.updated')
    expect(payload.contact).toMatchObject({ state: 'blocked', user_uid: noor.uid })
    await mila.delete(`/v1/contacts/${noor.uid}/block`)
    expect((await own.event('chat.contact.updated')).payload.contact).toMatchObject({
      state: 'friend',
      user_uid: noor.uid,
    })
    expect((await other.heard()).filter(type => type.startsWith('chat.contact'))).toEqual([])
  })

  test('OC96: typing and presence of the two in their chat, either way; not in groups', async () => {
    const [mila, noor] = await pair()
    await befriend(mila, noor)
    const direct = await mila.direct(noor)
    const group = await mila.group([noor])
    await mila.block(noor)
    using own = await mila.live()
    using other = await noor.live()
    for (const live of [own, other]) {
      for (const channel_id of [direct, group]) {
        live.send('chat.subscribe', { channel_id })
        await live.event('chat.subscribed')
      }
    }
    for (const [writer, reader] of [
      [own, other],
      [other, own],
    ] as const) {
      await reader.heard()
      for (const channel_id of [direct, group]) writer.send('chat.typing.update', { channel_id, is_typing: true })
      // What went before the sign in the group has come, if it comes at all.
      const typing = await reader.event('chat.typing.updated')
      expect(typing.channel_id).toBe(group)
      expect((await reader.heard()).filter(type => /presence|typing/.test(type))).toEqual([])
    }
    const { members } = await mila.must('GET', `/v1/channels/${direct}/presence`)
    expect(members.map((member: Loose) => member.user_uid)).toEqual([mila.uid])
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
