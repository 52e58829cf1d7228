// Channels one by one: OC57, OC59 to OC61, OC64 to OC66.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { bring, newGroup, newPeople, newPerson, newServer, ODD_IDS, type Person } from './crew.ts'
import { atWetty } from './elsewhere.ts'
import { blamed, call, fresh, type Loose, NO_ID, said, TIME, UUID } from './target.ts'

const target = useTarget()

/** The channel that is there from the beginning. */
const generalOf = async (person: Person): Promise<Loose> =>
  (await person.channels()).find(channel => channel.name === 'general' && channel.kind === 'channel')

describe('a channel', () => {
  test('OC57: as its owner, a member and a visitor see it', async () => {
    const [mila, ravi, noor] = (await newPeople(target, 3)) as [Person, Person, Person]
    const [heading] = await mila.headings()
    const name = fresh('Boats ')
    const id = await mila.makeChannel(name)
    await ravi.must('POST', `/v1/channels/${id}/join`)
    const said = await mila.say(id, `hello @${ravi.username}`)
    await mila.say(id, 'hello all')
    const common = {
      id,
      name,
      type: 'text',
      kind: 'channel',
      server_id: mila.server,
      group_id: heading.id,
      description: '',
      visibility: 'public',
      join_rule: 'open',
      member_count: 2,
      peer_uid: null,
      muted_until: null,
      last_message_at: expect.stringMatching(TIME),
      created_at: expect.stringMatching(TIME),
    }
    const unread = { unread_count: 0, unreadCount: 0, mention_count: 0 }
    const own = await mila.channel(id)
    expect(own).toEqual({ ...common, ...unread, my_role: 'owner', last_read_message_id: expect.stringMatching(UUID) })
    expect(own.last_read_message_id).not.toBe(said.id)
    const two = { unread_count: 2, unreadCount: 2, mention_count: 1 }
    expect(await ravi.channel(id)).toEqual({ ...common, ...two, my_role: 'member', last_read_message_id: null })
    expect(await noor.channel(id)).toEqual({ ...common, ...unread, my_role: null, last_read_message_id: null })
    const listed = (await ravi.channels()).find(channel => channel.id === id)
    expect(listed).toEqual(await ravi.channel(id))
  })

  test('OC57: a direct chat is called like the other one, for either', async () => {
    const [mila, ravi] = (await newPeople(target, 2)) as [Person, Person]
    const id = await mila.direct(ravi)
    const common = {
      id,
      kind: 'direct',
      group_id: 'direct',
      visibility: 'private',
      join_rule: 'invite',
      member_count: 2,
    }
    expect(await mila.channel(id)).toMatchObject({ ...common, name: ravi.username, peer_uid: ravi.uid })
    expect(await ravi.channel(id)).toMatchObject({ ...common, name: mila.username, peer_uid: mila.uid })
  })
})

describe('who sees what', () => {
  test('OC59: reading a public channel joins nobody; posting, subscribing and reading on do, and others hear of it', async () => {
    const [mila, poster, looker, reader] = (await newPeople(target, 4)) as [Person, Person, Person, Person]
    const id = await mila.makeChannel()
    await mila.say(id, 'hello')
    using live = await mila.live()
    const roles = async (person: Person) => (await person.channel(id)).my_role
    for (const path of ['', '/messages', '/members', '/presence']) {
      expect((await poster.get(`/v1/channels/${id}${path}`)).status).toBe(200)
    }
    expect(await roles(poster)).toBeNull()
    await poster.say(id, 'me too')
    expect(await roles(poster)).toBe('member')
    expect((await live.event('chat.member.joined')).payload.member).toMatchObject({
      user_uid: poster.uid,
      role: 'member',
    })
    using other = await looker.live()
    other.send('chat.subscribe', { channel_id: id })
    await other.event('chat.subscribed')
    expect(await roles(looker)).toBe('member')
    expect((await live.event('chat.member.joined')).payload.member.user_uid).toBe(looker.uid)
    await reader.must('PUT', `/v1/channels/${id}/read-ack`, {})
    expect(await roles(reader)).toBe('member')
    expect((await live.event('chat.member.joined')).payload.member.user_uid).toBe(reader.uid)
  })

  test('OC59, OC11: what one does not see does not exist', async () => {
    const { id, owner, stranger } = await newGroup(target)
    const approval = await owner.group([], { visibility: 'public', join_rule: 'approval' })
    const direct = await owner.direct(await newPerson(target))
    for (const cid of [id, approval, direct, NO_ID, ...ODD_IDS]) {
      for (const path of ['', '/members', '/presence', '/applications', '/invites', '/messages']) {
        const answer = await stranger.get(`/v1/channels/${cid}${path}`)
        expect([cid, answer.status]).toEqual([cid, 404])
        if (!cid.startsWith('.') && cid !== '%00') expect(answer.body.code).toBe('channel_not_found')
      }
      expect((await stranger.patch(`/v1/channels/${cid}`, { name: 'x' })).status).toBe(404)
      expect((await stranger.delete(`/v1/channels/${cid}`)).status).toBe(404)
    }
  })

  test('OC30, OC59: a channel of another server is told apart from one that is not there', async () => {
    const { owner, member } = await newServer(target)
    const channel = (await owner.channels())[0]?.id
    expect(said(await member.home.get(`/v1/channels/${channel}`))).toBe('403 server_mismatch')
    expect(said(await (await newPerson(target)).get(`/v1/channels/${channel}`))).toBe('404 channel_not_found')
    const general = await generalOf(member.home)
    expect(said(await member.get(`/v1/channels/${general.id}`))).toBe('403 server_mismatch')
    await member.must('DELETE', `${member.at}/membership`)
    expect(said(await member.get(`/v1/channels/${channel}`))).toBe('403 membership_required')
  })

  test('OC60: every member of a created server is in each of its channels, with his role there', async () => {
    const { owner, manager, member } = await newServer(target)
    const made = await manager.makeChannel()
    const roles = async (person: Person) => (await person.channels()).map(channel => channel.my_role)
    expect(await roles(owner)).toEqual(['owner', 'owner'])
    expect(await roles(manager)).toEqual(['manager', 'manager'])
    const late = await bring(owner)
    expect(await roles(late)).toEqual(['member', 'member'])
    await owner.must('PATCH', `${owner.at}/members/${member.uid}`, { role: 'manager' })
    expect(await roles(member)).toEqual(['manager', 'manager'])
    expect(await member.channel(made)).toMatchObject({ visibility: 'private', join_rule: 'invite', member_count: 4 })
    await late.must('DELETE', `${late.at}/membership`)
    expect((await owner.channel(made)).member_count).toBe(3)
  })

  test.skipIf(lacks('wetty'))(
    'OC60: who left such a channel by another contract is back where he opens it again',
    async () => {
      const { owner, member } = await newServer(target)
      const channel = await owner.makeChannel('boats')
      const elsewhere = await atWetty(member)
      const { chats } = await elsewhere.must('GET', '/chats')
      const { id } = chats.find((each: Loose) => each.name === 'boats')
      await elsewhere.must('DELETE', `/group/${id}/members/${elsewhere.uid}`)
      expect((await owner.channel(channel)).member_count).toBe(2)
      expect((await member.channel(channel)).my_role).toBe('member')
      expect((await owner.channel(channel)).member_count).toBe(3)
    },
  )
})

describe('making one', () => {
  test('OC61: on the home server by everybody; names need not be unique', async () => {
    const mila = await newPerson(target)
    const [heading] = await mila.headings()
    const name = fresh('Boats & Söhne ')
    const wanted = { name, type: 'text', group_id: heading.id }
    const { status, body } = await mila.post(`${mila.at}/channels`, wanted)
    expect([status, body]).toEqual([
      201,
      {
        server_id: mila.server,
        group_id: heading.id,
        channel: await mila.channel(body.channel.id),
        created_by_uid: mila.uid,
        created_at: expect.stringMatching(TIME),
      },
    ])
    expect(body.channel).toMatchObject({ name, my_role: 'owner', member_count: 1 })
    const again = await mila.must('POST', `${mila.at}/channels`, wanted)
    expect(again.channel).toMatchObject({ name, my_role: 'owner' })
    expect(again.channel.id).not.toBe(body.channel.id)
  })

  test('OC61: elsewhere by owner and managers; refused by their own words', async () => {
    const { owner, manager, member } = await newServer(target)
    const path = `${owner.at}/channels`
    const [heading] = await owner.headings()
    const fits = { name: 'x', type: 'text', group_id: heading.id }
    expect((await manager.post(path, fits)).status).toBe(201)
    expect(said(await member.post(path, fits))).toBe('403 channel_create_forbidden')
    for (const name of ['', ' ', '👍'.repeat(101), null, undefined]) {
      expect(blamed(await owner.post(path, { ...fits, name }))).toBe('400 invalid_channel_name: name')
    }
    expect((await owner.post(path, { ...fits, name: '👍'.repeat(100) })).status).toBe(201)
    const voice = await owner.post(path, { ...fits, type: 'voice' })
    expect([said(voice), voice.body.details.reason]).toEqual(['400 invalid_channel_type', 'voice_unsupported'])
    for (const type of ['news', 1, undefined]) {
      const answer = await owner.post(path, { ...fits, type })
      expect([blamed(answer), answer.body.details.reason]).toEqual(['400 invalid_channel_type: type', undefined])
    }
    for (const group_id of ['groups', 'direct', 1, undefined]) {
      expect(blamed(await owner.post(path, { ...fits, group_id }))).toBe('400 invalid_payload: group_id')
    }
    const elsewhere = (await (await newServer(target)).owner.headings())[0]
    for (const group_id of [NO_ID, 'x', elsewhere.id]) {
      expect(said(await owner.post(path, { ...fits, group_id }))).toBe('404 channel_group_not_found')
    }
  })
})

describe('changing and ending one', () => {
  test('OC64: owner and managers change the given keys', async () => {
    const { id, owner, manager, member } = await newGroup(target)
    const before = await owner.channel(id)
    const { status, body } = await manager.patch(`/v1/channels/${id}`, { name: 'Crew', description: 'We row.' })
    const role = { my_role: 'manager' }
    expect([status, body.channel]).toEqual([200, { ...before, name: 'Crew', description: 'We row.', ...role }])
    const open = { visibility: 'public', join_rule: 'approval' }
    expect((await owner.patch(`/v1/channels/${id}`, open)).body.channel).toMatchObject({ name: 'Crew', ...open })
    expect((await owner.patch(`/v1/channels/${id}`, {})).body.channel).toMatchObject({ name: 'Crew', ...open })
    expect(said(await member.patch(`/v1/channels/${id}`, { name: 'x' }))).toBe('403 channel_update_forbidden')
    const cases: readonly (readonly [object, string])[] = [
      [{ name: '' }, 'invalid_channel_name: name'],
      [{ name: 'x'.repeat(101) }, 'invalid_channel_name: name'],
      [{ description: 'x'.repeat(281) }, 'invalid_description: description'],
      [{ visibility: 'hidden' }, 'invalid_payload: visibility'],
      [{ join_rule: 'never' }, 'invalid_payload: join_rule'],
    ]
    for (const [json, word] of cases) {
      expect(blamed(await member.patch(`/v1/channels/${id}`, json))).toBe(`400 ${word}`)
    }
  })

  test('OC64: of a channel the join rule follows the visibility; one of a created server stays private', async () => {
    const mila = await newPerson(target)
    const id = await mila.makeChannel()
    const path = `/v1/channels/${id}`
    const hidden = (await mila.patch(path, { visibility: 'private' })).body.channel
    expect(hidden).toMatchObject({ visibility: 'private', join_rule: 'invite' })
    expect((await mila.patch(path, { visibility: 'public' })).body.channel).toMatchObject({ join_rule: 'open' })
    expect(blamed(await mila.patch(path, { join_rule: 'approval' }))).toBe('400 invalid_payload: join_rule')
    const { owner } = await newServer(target)
    const inside = (await owner.channels())[0]?.id
    expect(blamed(await owner.patch(`/v1/channels/${inside}`, { visibility: 'public' }))).toBe(
      '400 invalid_payload: visibility',
    )
    expect((await owner.patch(`/v1/channels/${inside}`, { name: 'hall' })).body.channel.name).toBe('hall')
  })

  test('OC64: its owner ends it, and it is gone for all', async () => {
    const { id, owner, manager, member } = await newGroup(target)
    expect(said(await manager.delete(`/v1/channels/${id}`))).toBe('403 channel_delete_forbidden')
    const { status, body } = await owner.delete(`/v1/channels/${id}`)
    expect([status, body]).toEqual([200, { deleted: true }])
    for (const person of [owner, member]) {
      expect(said(await person.get(`/v1/channels/${id}`))).toBe('404 channel_not_found')
    }
  })

  test('OC64: nobody changes or ends a direct chat, nor the channel that always was', async () => {
    const [mila, ravi] = (await newPeople(target, 2)) as [Person, Person]
    for (const id of [await mila.direct(ravi), (await generalOf(mila)).id]) {
      expect(said(await mila.patch(`/v1/channels/${id}`, { name: 'x' }))).toBe('403 channel_update_forbidden')
      expect(said(await mila.delete(`/v1/channels/${id}`))).toBe('403 channel_delete_forbidden')
    }
  })
})

describe('being there', () => {
  test('OC65: one entry for each connection that has it open, as far as one may see', async () => {
    const { id, owner, member } = await newGroup(target)
    const present = async (person: Person) => (await person.must('GET', `/v1/channels/${id}/presence`)).members
    expect(await present(owner)).toEqual([])
    using live = await member.live()
    live.send('chat.subscribe', { channel_id: id })
    const { members } = (await live.event('chat.presence.snapshot')).payload
    const entry = { client_id: expect.any(String), user_uid: member.uid, device_id: expect.any(String) }
    expect(await present(owner)).toEqual([entry])
    expect(await present(member)).toEqual(members)
    await owner.block(member)
    expect(await present(owner)).toEqual([])
    expect(await present(member)).toEqual(members)
    live.send('chat.unsubscribe', { channel_id: id })
    await live.event('chat.unsubscribed')
    expect(await present(member)).toEqual([])
  })

  test('OC65: typing is heard by those who have it open', async () => {
    const { id, owner, member } = await newGroup(target)
    const path = `/v1/channels/${id}/typing`
    using live = await owner.live()
    live.send('chat.subscribe', { channel_id: id })
    await live.event('chat.subscribed')
    for (const is_typing of [true, false]) {
      const { status, body } = await member.post(path, { is_typing })
      expect([status, body]).toEqual([204, null])
      const { payload } = await live.event('chat.typing.updated')
      expect(payload).toMatchObject({ channel_id: id, is_typing, member: { user_uid: member.uid } })
    }
    for (const is_typing of ['true', 1, undefined]) {
      expect(blamed(await member.post(path, { is_typing }))).toBe('400 invalid_payload: is_typing')
    }
    await owner.must('PUT', `/v1/channels/${id}/members/${member.uid}/mute`, { seconds: 60 })
    expect(said(await member.post(path, { is_typing: true }))).toBe('403 muted')
  })

  test('OC65: who only reads is not there, and a block is not told', async () => {
    const [mila, ravi] = (await newPeople(target, 2)) as [Person, Person]
    const open = await mila.makeChannel()
    using live = await mila.live()
    live.send('chat.subscribe', { channel_id: open })
    await live.event('chat.presence.snapshot')
    expect((await ravi.get(`/v1/channels/${open}/presence`)).body).toEqual({ channel_id: open, members: [] })
    expect((await ravi.post(`/v1/channels/${open}/typing`, { is_typing: true })).status).toBe(204)
    const direct = await mila.direct(ravi)
    live.send('chat.subscribe', { channel_id: direct })
    await live.event('chat.presence.snapshot')
    await mila.block(ravi)
    expect((await ravi.post(`/v1/channels/${direct}/typing`, { is_typing: true })).status).toBe(204)
    expect(await live.heard()).not.toContain('chat.typing.updated')
  })

  test('OC66: there is no voice', async () => {
    const mila = await newPerson(target)
    const path = `/v1/rtc/channels/${(await generalOf(mila)).id}/join-ticket`
    const answer = await mila.post(path)
    expect([said(answer), answer.body.retryable]).toEqual(['501 rtc_unsupported', false])
    expect(said(await call(target, 'POST', path))).toBe('401 unauthorized')
  })
})
