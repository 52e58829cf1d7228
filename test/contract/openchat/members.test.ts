// Who is on a server and in a channel: OC52, OC53, OC99 to OC101, OC104.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { newPerson as newWettyPerson } from '../wetty/target.ts'
import { bring, newGroup, newPeople, newPerson, newServer, ODD_IDS, type Person } from './crew.ts'
import { atWetty } from './elsewhere.ts'
import { enterByKey } from './people.ts'
import { blamed, type Loose, NO_ID, NO_UID, said, TIME } from './target.ts'

const target = useTarget()

const membersOf = async (person: Person, id: string): Promise<Loose[]> =>
  (await person.must('GET', `/v1/channels/${id}/members`)).members
const uidsOf = (members: Loose[]): string[] => members.map(member => member.user_uid)
const roleIn = async (person: Person, id: string) => (await person.channel(id)).my_role

/** Follows cursors to the end. */
const paged = async (person: Person, path: string, limit: number): Promise<Loose[][]> => {
  const pages: Loose[][] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const query: string = `?limit=${limit}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`
    const { members, next_cursor } = await person.must('GET', path + query)
    pages.push(members)
    cursor = next_cursor
  }
  return pages
}

describe('on a server', () => {
  test('OC52: by time of joining, page by page', async () => {
    const { id, owner, manager, member } = await newServer(target)
    const { status, body } = await member.get(`${member.at}/members`)
    const row = (person: Person, role: string) => ({
      id: person.uid,
      user_uid: person.uid,
      name: person.username,
      status: 'offline',
      role,
      joined_at: expect.stringMatching(TIME),
    })
    expect(status).toBe(200)
    expect(body).toEqual({ server_id: id, members: expect.any(Array), next_cursor: null })
    expect(body.members).toHaveLength(3)
    expect(body.members).toEqual(
      expect.arrayContaining([row(owner, 'owner'), row(manager, 'manager'), row(member, 'member')]),
    )
    const times = body.members.map((each: Loose) => each.joined_at)
    expect(times).toEqual(times.toSorted())
    const pages = await paged(member, `${member.at}/members`, 2)
    expect(pages.map(page => page.length)).toEqual([2, 1])
    expect(pages.flat()).toEqual(body.members)
  })

  test('OC52, OC118: who is online shows as far as one may see', async () => {
    const { owner, manager, member } = await newServer(target)
    using _live = await owner.live()
    const statusOf = async (viewer: Person) =>
      (await viewer.must('GET', `${viewer.at}/members`)).members.find((each: Loose) => each.id === owner.uid).status
    expect([await statusOf(owner), await statusOf(member)]).toEqual(['online', 'online'])
    await owner.block(manager)
    expect([await statusOf(manager), await statusOf(member)]).toEqual(['offline', 'online'])
  })

  test.skipIf(lacks('wetty'))('OC52: home lists everybody who did not leave, whatever client he uses', async () => {
    const [mila, gone] = (await newPeople(target, 2)) as [Person, Person]
    const elsewhere = await newWettyPerson(target)
    await gone.must('DELETE', `${gone.at}/membership`)
    const everybody = (await paged(mila, `${mila.at}/members`, 200)).flat()
    const names = everybody.map(each => each.name)
    expect(names).toContain(elsewhere.username)
    expect(names).toContain(mila.username)
    expect(names).not.toContain(gone.username)
    expect(names.indexOf(mila.username)).toBeLessThan(names.indexOf(elsewhere.username))
  })

  test('OC53: the owner makes managers, and no longer', async () => {
    const { owner, manager, member } = await newServer(target)
    const path = `${owner.at}/members/${member.uid}`
    const made = await owner.patch(path, { role: 'manager' })
    const row = { id: member.uid, user_uid: member.uid, name: member.username, status: 'offline' }
    const shown = { ...row, role: 'manager', joined_at: expect.stringMatching(TIME) }
    expect([made.status, made.body]).toEqual([200, { member: shown }])
    expect((await owner.patch(path, { role: 'member' })).body.member.role).toBe('member')
    for (const by of [manager, member]) {
      expect(said(await by.patch(path, { role: 'manager' }))).toBe('403 member_update_forbidden')
    }
    const own = await owner.patch(`${owner.at}/members/${owner.uid}`, { role: 'member' })
    expect(said(own)).toBe('403 member_update_forbidden')
    for (const role of ['owner', 'boss', undefined]) {
      expect(blamed(await member.patch(path, { role }))).toBe('400 invalid_payload: role')
    }
    const stranger = await newPerson(target)
    for (const uid of [NO_UID, stranger.uid, member.home.uid, 'uid_system', ...ODD_IDS]) {
      const answer = await owner.patch(`${owner.at}/members/${uid}`, { role: 'manager' })
      expect([uid, answer.status]).toEqual([uid, 404])
    }
    expect(said(await owner.patch(`${owner.at}/members/${NO_UID}`, { role: 'x' }))).toBe('404 member_not_found')
  })

  test('OC53: owner and managers remove, which closes links and keeps him out', async () => {
    const { owner, manager, member } = await newServer(target)
    const path = (person: Person) => `${owner.at}/members/${person.uid}`
    expect(said(await member.delete(path(manager)))).toBe('403 member_update_forbidden')
    expect(said(await manager.delete(path(owner)))).toBe('403 member_update_forbidden')
    expect(said(await manager.delete(path(manager)))).toBe('403 member_update_forbidden')
    using live = await member.live()
    const { status, body } = await manager.delete(path(member))
    expect([status, body]).toEqual([200, { removed: true }])
    expect(await live.closed).toBe(4403)
    expect(said(await member.get(`${member.at}/channels`))).toBe('403 membership_required')
    expect(said(await manager.delete(path(member)))).toBe('404 member_not_found')
    expect((await owner.delete(path(manager))).status).toBe(200)
  })

  test('OC52, OC53: who came by a key is called by the name of that server', async () => {
    const { owner } = await newServer(target)
    const home = await enterByKey(target)
    const guest = await home.on(owner.server)
    const { members } = await owner.must('GET', `${owner.at}/members`)
    expect(uidsOf(members)).toContain(guest.uid)
    const made = await owner.patch(`${owner.at}/members/${guest.uid}`, { role: 'manager' })
    expect(made.body.member).toMatchObject({ user_uid: guest.uid, role: 'manager' })
  })
})

describe('in a group', () => {
  test('OC99: listed for its members, page by page', async () => {
    const { id, owner, manager, member, stranger } = await newGroup(target)
    const { status, body } = await member.get(`/v1/channels/${id}/members`)
    const row = (person: Person, role: string) => ({
      user_uid: person.uid,
      role,
      joined_at: expect.stringMatching(TIME),
      muted_until: null,
    })
    expect(status).toBe(200)
    expect(body).toEqual({ channel_id: id, members: expect.any(Array), next_cursor: null })
    expect(body.members).toHaveLength(3)
    expect(body.members).toEqual(
      expect.arrayContaining([row(owner, 'owner'), row(manager, 'manager'), row(member, 'member')]),
    )
    const pages = await paged(member, `/v1/channels/${id}/members`, 2)
    expect(pages.map(page => page.length)).toEqual([2, 1])
    expect(pages.flat()).toEqual(body.members)
    expect(said(await stranger.get(`/v1/channels/${id}/members`))).toBe('404 channel_not_found')
    await owner.must('PATCH', `/v1/channels/${id}`, { visibility: 'public', join_rule: 'open' })
    expect(said(await stranger.get(`/v1/channels/${id}/members`))).toBe('403 forbidden')
  })

  test('OC10, OC99: a cursor of another list, or a damaged one, is refused; odd limits are not', async () => {
    const { id, member } = await newGroup(target)
    const other = await newGroup(target)
    const path = `/v1/channels/${id}/members`
    const { next_cursor } = await other.member.must('GET', `/v1/channels/${other.id}/members?limit=1`)
    const own = (await member.must('GET', `${path}?limit=1`)).next_cursor
    for (const cursor of [next_cursor, `${own}x`, own.slice(1), 'x', '.', encodeURIComponent('\0')]) {
      expect(said(await member.get(`${path}?cursor=${cursor}`))).toBe('400 invalid_cursor')
    }
    for (const limit of ['0', '-1', 'x', '1.5', '99999']) {
      expect((await member.get(`${path}?limit=${limit}`)).body.members).toHaveLength(3)
    }
  })

  test('OC99: of a channel everybody who sees it sees who is in', async () => {
    const [mila, ravi] = (await newPeople(target, 2)) as [Person, Person]
    const id = await mila.makeChannel()
    expect(uidsOf(await membersOf(ravi, id))).toEqual([mila.uid])
    const direct = await mila.direct(ravi)
    expect(new Set(uidsOf(await membersOf(ravi, direct)))).toEqual(new Set([mila.uid, ravi.uid]))
  })

  test('OC99: owner and managers add people, all or none; who is in already is skipped', async () => {
    const { id, owner, manager, member, stranger } = await newGroup(target)
    const path = `/v1/channels/${id}/members`
    const [ravi] = await newPeople(target, 1)
    const wanted = { user_uids: [member.uid, stranger.uid, stranger.uid, owner.uid] }
    const { status, body } = await manager.post(path, wanted)
    const row = { user_uid: stranger.uid, role: 'member', joined_at: expect.stringMatching(TIME), muted_until: null }
    expect([status, body]).toEqual([201, { channel_id: id, members: [row] }])
    expect(await roleIn(stranger, id)).toBe('member')
    expect(said(await member.post(path, { user_uids: [ravi?.uid] }))).toBe('403 member_add_forbidden')
    expect(said(await member.post(path, { user_uids: [NO_UID] }))).toBe('403 member_add_forbidden')
    expect(said(await owner.post(path, { user_uids: [ravi?.uid, NO_UID] }))).toBe('404 user_not_found')
    await ravi?.block(owner)
    expect(said(await owner.post(path, { user_uids: [ravi?.uid] }))).toBe('403 member_add_forbidden')
    expect(await membersOf(owner, id)).toHaveLength(4)
    for (const user_uids of [[], Array(101).fill(NO_UID), 'x', [1], undefined]) {
      expect(blamed(await owner.post(path, { user_uids }))).toBe('400 invalid_payload: user_uids')
    }
    const direct = await owner.direct(manager)
    const third = await owner.post(`/v1/channels/${direct}/members`, { user_uids: [member.uid] })
    expect(said(third)).toBe('403 member_add_forbidden')
  })

  test('OC100: the owner gives roles; nobody else', async () => {
    const { id, owner, manager, member, stranger } = await newGroup(target)
    const path = (person: Person) => `/v1/channels/${id}/members/${person.uid}`
    const { status, body } = await owner.patch(path(member), { role: 'manager' })
    expect([status, body.member]).toMatchObject([200, { user_uid: member.uid, role: 'manager' }])
    expect((await owner.patch(path(member), { role: 'member' })).body.member.role).toBe('member')
    expect(said(await manager.patch(path(member), { role: 'manager' }))).toBe('403 member_update_forbidden')
    expect(said(await owner.patch(path(owner), { role: 'member' }))).toBe('403 member_update_forbidden')
    expect(said(await owner.patch(path(stranger), { role: 'manager' }))).toBe('404 member_not_found')
    expect(said(await owner.patch(`/v1/channels/${id}/members/${NO_UID}`, { role: 'x' }))).toBe('404 member_not_found')
    for (const role of ['boss', null, undefined]) {
      expect(blamed(await owner.patch(path(member), { role }))).toBe('400 invalid_payload: role')
    }
  })

  test('OC100: handing over makes the former owner a manager', async () => {
    const { id, owner, member } = await newGroup(target)
    const { status, body } = await owner.patch(`/v1/channels/${id}/members/${member.uid}`, { role: 'owner' })
    expect([status, body.member]).toMatchObject([200, { user_uid: member.uid, role: 'owner' }])
    expect([await roleIn(owner, id), await roleIn(member, id)]).toEqual(['manager', 'owner'])
    const again = await owner.patch(`/v1/channels/${id}/members/${owner.uid}`, { role: 'owner' })
    expect(said(again)).toBe('403 member_update_forbidden')
  })

  test('OC100: owner and managers kick, and are outranked', async () => {
    const { id, owner, manager, member, stranger } = await newGroup(target)
    const path = (person: Person) => `/v1/channels/${id}/members/${person.uid}`
    expect(said(await member.delete(path(manager)))).toBe('403 member_update_forbidden')
    expect(said(await manager.delete(path(owner)))).toBe('403 member_update_forbidden')
    expect(said(await owner.delete(path(stranger)))).toBe('404 member_not_found')
    const { status, body } = await manager.delete(path(member))
    expect([status, body]).toEqual([200, { removed: true }])
    expect(said(await member.get(`/v1/channels/${id}`))).toBe('404 channel_not_found')
    expect((await owner.delete(path(manager))).status).toBe(200)
  })

  test('OC100: anybody leaves; an owner is followed, the last one out ends it', async () => {
    const { id, owner, manager, member } = await newGroup(target)
    const path = `/v1/channels/${id}/members`
    expect((await owner.delete(`${path}/me`)).body).toEqual({ removed: true })
    expect(await roleIn(manager, id)).toBe('owner')
    expect((await manager.delete(`${path}/${manager.uid}`)).body).toEqual({ removed: true })
    expect(await roleIn(member, id)).toBe('owner')
    await member.must('DELETE', `${path}/me`)
    expect(said(await member.get(`/v1/channels/${id}`))).toBe('404 channel_not_found')
    const direct = await owner.direct(manager)
    expect(said(await owner.delete(`/v1/channels/${direct}/members/me`))).toBe('403 member_update_forbidden')
    const open = await owner.makeChannel()
    expect(said(await manager.delete(`/v1/channels/${open}/members/me`))).toBe('404 member_not_found')
  })

  test('OC100: a mute is for a time or until it is lifted, and shows', async () => {
    const { id, owner, manager, member } = await newGroup(target)
    const path = (person: Person) => `/v1/channels/${id}/members/${person.uid}/mute`
    const before = Date.now()
    const { status, body } = await manager.put(path(member), { seconds: 60 })
    expect([status, body.member]).toMatchObject([200, { user_uid: member.uid, role: 'member' }])
    const until = Date.parse(body.member.muted_until)
    expect(until).toBeGreaterThanOrEqual(before + 60_000)
    expect(until).toBeLessThanOrEqual(Date.now() + 60_000)
    expect((await member.channel(id)).muted_until).toBe(body.member.muted_until)
    expect(said(await member.post(`/v1/channels/${id}/messages`, { body: 'x' }))).toBe('403 muted')
    const forever = (await owner.put(path(manager), { seconds: null })).body.member.muted_until
    expect(forever).toBe('9999-12-31T23:59:59.000Z')
    expect((await owner.delete(path(member))).body.member.muted_until).toBeNull()
    await member.say(id, 'back again')
    expect(said(await member.put(path(manager), { seconds: 1 }))).toBe('403 member_update_forbidden')
    expect(said(await manager.put(path(owner), { seconds: 1 }))).toBe('403 member_update_forbidden')
    for (const seconds of [0, 31_536_001, 1.5, '60', undefined]) {
      expect(blamed(await owner.put(path(member), { seconds }))).toBe('400 invalid_payload: seconds')
    }
    expect(said(await owner.put(`/v1/channels/${id}/members/${NO_UID}/mute`, { seconds: 1 }))).toBe(
      '404 member_not_found',
    )
  })

  test('OC100, OC99: in channels of a created server only the mute; the rest is a matter of the server', async () => {
    const { owner, member } = await newServer(target)
    const id = (await owner.channels())[0]?.id
    const path = `/v1/channels/${id}/members`
    const guest = await bring(await (await newServer(target)).owner)
    for (const answer of [
      await owner.patch(`${path}/${member.uid}`, { role: 'manager' }),
      await owner.delete(`${path}/${member.uid}`),
      await member.delete(`${path}/me`),
    ]) {
      expect(said(answer)).toBe('403 member_update_forbidden')
    }
    expect(said(await owner.post(path, { user_uids: [guest.home.uid] }))).toBe('403 member_add_forbidden')
    const { body } = await owner.put(`${path}/${member.uid}/mute`, { seconds: 60 })
    expect(body.member).toMatchObject({ user_uid: member.uid, muted_until: expect.stringMatching(TIME) })
    expect((await owner.delete(`${path}/${member.uid}/mute`)).body.member.muted_until).toBeNull()
  })
})

describe('joining', () => {
  test('OC101: what is open is joined at once, and again', async () => {
    const { id, stranger } = await newGroup(target, { visibility: 'public', join_rule: 'open' })
    const { status, body } = await stranger.post(`/v1/channels/${id}/join`)
    expect([status, body]).toEqual([200, { channel: await stranger.channel(id) }])
    expect(body.channel).toMatchObject({ my_role: 'member', member_count: 4 })
    expect((await stranger.post(`/v1/channels/${id}/join`)).body).toEqual(body)
  })

  test('OC101: where approval is asked one applies, and owner or manager decide', async () => {
    const { id, owner, manager, member, stranger } = await newGroup(target, {
      visibility: 'public',
      join_rule: 'approval',
    })
    const second = await newPerson(target)
    const path = `/v1/channels/${id}/applications`
    const asked = await stranger.post(`/v1/channels/${id}/join`)
    const application = { user_uid: stranger.uid, applied_at: expect.stringMatching(TIME) }
    expect([asked.status, asked.body]).toEqual([202, { application }])
    expect((await stranger.post(`/v1/channels/${id}/join`)).body).toEqual(asked.body)
    await second.must('POST', `/v1/channels/${id}/join`)
    const listed = (person: Person) => ({ ...application, user_uid: person.uid, message: null })
    const pending = { channel_id: id, applications: [listed(stranger), listed(second)] }
    expect((await manager.get(path)).body).toEqual(pending)
    for (const answer of [
      await member.get(path),
      await member.post(`${path}/${stranger.uid}/approve`),
      await member.post(`${path}/${NO_UID}/reject`),
    ]) {
      expect(said(answer)).toBe('403 member_add_forbidden')
    }
    const approved = await manager.post(`${path}/${stranger.uid}/approve`)
    expect([approved.status, approved.body.member]).toMatchObject([200, { user_uid: stranger.uid, role: 'member' }])
    expect(await roleIn(stranger, id)).toBe('member')
    const rejected = await owner.post(`${path}/${second.uid}/reject`)
    expect([rejected.status, rejected.body]).toEqual([200, { rejected: true }])
    for (const uid of [second.uid, NO_UID]) {
      expect(said(await owner.post(`${path}/${uid}/approve`))).toBe('404 application_not_found')
      expect(said(await owner.post(`${path}/${uid}/reject`))).toBe('404 application_not_found')
    }
    expect((await owner.get(path)).body.applications).toEqual([])
    expect(said(await second.get(`/v1/channels/${id}`))).toBe('404 channel_not_found')
  })

  test('OC101: what is by invitation is refused, what is private is not there', async () => {
    const byInvite = await newGroup(target, { visibility: 'public', join_rule: 'invite' })
    expect(said(await byInvite.stranger.post(`/v1/channels/${byInvite.id}/join`))).toBe('403 join_forbidden')
    const hidden = await newGroup(target)
    for (const id of [hidden.id, NO_ID]) {
      expect(said(await hidden.stranger.post(`/v1/channels/${id}/join`))).toBe('404 channel_not_found')
    }
    const { owner, member, stranger } = await newServer(target)
    const channel = (await owner.channels())[0]?.id
    expect(said(await stranger.post(`/v1/channels/${channel}/join`))).toBe('404 channel_not_found')
    expect((await member.post(`/v1/channels/${channel}/join`)).body.channel.my_role).toBe('member')
    expect(said(await member.home.post(`/v1/channels/${channel}/join`))).toBe('403 server_mismatch')
    expect(said(await member.post(`/v1/channels/${byInvite.id}/join`))).toBe('403 server_mismatch')
  })
})

describe('having left', () => {
  test('OC104: a former member sees nothing of it any more', async () => {
    const { id, owner, member } = await newGroup(target)
    const message = await owner.say(id, 'before')
    using live = await member.live()
    await owner.must('DELETE', `/v1/channels/${id}/members/${member.uid}`)
    await live.event('chat.channel.deleted')
    await owner.say(id, 'behind his back')
    await owner.must('PATCH', `/v1/channels/${id}`, { name: 'secret' })
    expect(await live.heard()).toEqual([])
    for (const path of ['', '/messages', `/messages/${message.id}`, '/members', '/presence', '/read-ack', '/pins']) {
      expect([path, said(await member.get(`/v1/channels/${id}${path}`))]).toEqual([path, '404 channel_not_found'])
    }
    expect(said(await member.put(`/v1/channels/${id}/preferences`, { archived: true }))).toBe('404 channel_not_found')
    expect((await member.channels()).map(channel => channel.id)).not.toContain(id)
    const { chats } = await member.must('GET', '/v1/chats')
    expect(chats.map((chat: Loose) => chat.channel.id)).not.toContain(id)
  })

  test('OC104: a newcomer sees all that was said before him', async () => {
    const { id, owner, stranger } = await newGroup(target)
    await owner.say(id, 'long ago')
    await owner.must('POST', `/v1/channels/${id}/members`, { user_uids: [stranger.uid] })
    const { messages } = await stranger.must('GET', `/v1/channels/${id}/messages`)
    expect(messages.map((message: Loose) => message.body)).toEqual(['long ago'])
    const server = await newServer(target)
    const channel = (await server.owner.channels())[0]?.id
    await server.owner.say(channel, 'in the beginning')
    const guest = await bring(server.owner)
    const said = (await guest.must('GET', `/v1/channels/${channel}/messages`)).messages
    expect(said.map((message: Loose) => message.body)).toEqual(['in the beginning'])
  })

  test.skipIf(lacks('wetty'))('OC99: a mute and a role given by another contract show here', async () => {
    const { id, owner, member } = await newGroup(target)
    const elsewhere = await atWetty(owner)
    const { chats } = await elsewhere.must('GET', '/chats')
    const { name } = await owner.channel(id)
    const chat = chats.find((each: Loose) => each.name === name).id
    const { uid } = await atWetty(member)
    await elsewhere.must('PUT', `/group/${chat}/managers`, { managers: [uid] })
    const rows = await membersOf(owner, id)
    expect(rows.find(row => row.user_uid === member.uid)).toMatchObject({ role: 'manager' })
  })
})
