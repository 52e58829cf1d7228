// Members of a group: WT38 to WT44.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { NO_UID, newGroup, newPeople, newPerson, type Person, said, TIME } from './target.ts'

const target = useTarget()

describe('listing and adding', () => {
  test('WT38: a bare array by uid, in which real clients find `admin`', async () => {
    const { id, owner, manager, member, stranger } = await newGroup(target)
    const { status, body } = await member.get(`/group/${id}/members`)
    expect(status).toBe(200)
    const row = (who: Person, role: string, rank: string) => ({
      uid: who.uid,
      role,
      username: who.username,
      rank,
      nickname: who.username,
      avatar_fid: '',
      joined_at: expect.stringMatching(TIME),
      muted_until: null,
    })
    const rows = [row(owner, 'admin', 'owner'), row(manager, 'admin', 'manager'), row(member, 'member', 'member')]
    rows.sort((a, b) => a.uid - b.uid)
    expect(body).toEqual(rows)
    expect((await member.get(`/group/${id}/members?limit=2`)).body).toEqual(rows.slice(0, 2))
    expect((await member.get(`/group/${id}/members?limit=2&after=${rows[1]?.uid}`)).body).toEqual(rows.slice(2))
    expect((await member.get(`/group/${id}/members?after=${rows[0]?.uid}`)).body).toEqual(rows.slice(1))
    expect(said(await member.get(`/group/${id}/members?limit=x`))).toBe('400 bad_request')
    expect(said(await member.get(`/group/${id}/members?after=x`))).toBe('400 bad_cursor')
    expect(said(await stranger.get(`/group/${id}/members`))).toBe('403 not_a_member')
  })

  test('WT39: one person, named in any way; his fields stand at top level too, and he is told', async () => {
    const { id, manager, stranger } = await newGroup(target)
    using socket = await stranger.socket()
    const { status, body } = await manager.post(`/group/${id}/members`, { uid: stranger.uid })
    expect(status).toBe(201)
    expect(body).toMatchObject({ uid: stranger.uid, role: 'member', rank: 'member', username: stranger.username })
    expect(body.members).toEqual([expect.objectContaining({ uid: stranger.uid, role: 'member' })])
    expect(await socket.notice('group_added')).toEqual({
      kind: 'group_added',
      created_at: expect.stringMatching(TIME),
      chat_id: id,
      gid: id,
      by_uid: manager.uid,
      via: 'added',
    })
  })

  test('WT39: refused in this order: not a member, no admin, unknown, already in', async () => {
    const { id, owner, member, stranger } = await newGroup(target)
    expect(said(await stranger.post(`/group/${id}/members`, { uid: NO_UID }))).toBe('403 not_a_member')
    expect(said(await member.post(`/group/${id}/members`, { uid: NO_UID }))).toBe('403 not_an_admin')
    expect(said(await owner.post(`/group/${id}/members`, { uid: NO_UID }))).toBe('404 user_not_found')
    expect(said(await owner.post(`/group/${id}/members`, { uid: member.uid }))).toBe('409 already_member')
    await stranger.must('POST', '/friend/block', { uid: owner.uid })
    expect(said(await owner.post(`/group/${id}/members`, { uid: stranger.uid }))).toBe('403 cannot_add_user')
  })

  test('WT39: many at once: who is in is skipped, one unknown fails all, 100 at most', async () => {
    const { id, owner, member, stranger } = await newGroup(target)
    const failed = await owner.post(`/group/${id}/members`, { user_ids: [stranger.uid, NO_UID] })
    expect(said(failed)).toBe('404 user_not_found')
    expect((await owner.get(`/group/${id}/members`)).body).toHaveLength(3)
    const { status, body } = await owner.post(`/group/${id}/members`, {
      user_ids: [member.uid, stranger.uid, stranger.uid],
    })
    expect([status, body.members.map((m: { uid: number }) => m.uid)]).toEqual([201, [stranger.uid]])
    expect(body.uid).toBeUndefined()
    for (const user_ids of [Array(101).fill(1), 'x', ['x'], null]) {
      expect(said(await owner.post(`/group/${id}/members`, { user_ids }))).toBe('422 invalid_field')
    }
  })

  test('WT39: of parallel adds of one person exactly one succeeds', async () => {
    const { id, owner, manager, stranger } = await newGroup(target)
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        (i % 2 ? owner : manager).post(`/group/${id}/members`, { uid: stranger.uid }),
      ),
    )
    expect(answers.map(said).sort()).toEqual(['201', ...Array(7).fill('409 already_member')])
  })
})

describe('joining', () => {
  test('WT40: open groups let in, others ask; private ones are not there', async () => {
    const { id, owner, member, stranger } = await newGroup(target, { visibility: 'public', join_rule: 'approval' })
    const apply = (who: Person, body: object = {}) => who.post(`/group/${id}/members/apply`, body)
    using owners = await owner.socket()
    using members = await member.socket()
    const asked = await apply(stranger, { apply_msg: 'may I?' })
    expect(asked.body).toEqual({ status: 'pending', request_id: expect.any(String) })
    expect((await apply(stranger)).body).toEqual(asked.body)
    expect((await owners.settled()).map(f => f.payload)).toEqual([
      {
        kind: 'join_request',
        created_at: expect.stringMatching(TIME),
        chat_id: id,
        gid: id,
        uid: stranger.uid,
        request_id: asked.body.request_id,
        apply_msg: 'may I?',
      },
    ])
    expect(await members.heard()).toEqual([])
    expect(said(await apply(member))).toBe('409 already_member')
    expect(said(await apply(stranger, { apply_msg: 'x'.repeat(201) }))).toBe('422 invalid_field')

    const other = await newPerson(target)
    await owner.must('PUT', `/group/${id}/profile`, { join_rule: 'invite_only' })
    expect(said(await apply(other))).toBe('403 join_not_allowed')
    await owner.must('PUT', `/group/${id}/profile`, { join_rule: 'open' })
    using others = await other.socket()
    expect((await apply(other)).body).toEqual({ status: 'joined' })
    expect(await others.notice('group_added')).toMatchObject({ via: 'joined' })
    expect(await owners.notice('member_joined')).toMatchObject({ uid: other.uid, chat_id: id })
    await owner.must('PUT', `/group/${id}/profile`, { visibility: 'private' })
    expect(said(await apply(await newPerson(target)))).toBe('404 chat_not_found')
    expect(said(await other.post('/group/2147483000/members/apply', {}))).toBe('404 chat_not_found')
  })

  test('WT41: owner and managers approve and reject; the applicant is told', async () => {
    const { id, owner, manager, member, stranger } = await newGroup(target, { visibility: 'public' })
    const [second] = (await newPeople(target, 1)) as [Person]
    const { request_id } = (await stranger.post(`/group/${id}/members/apply`, { apply_msg: 'hi' })).body
    await second.post(`/group/${id}/members/apply`, {})
    const { body } = await manager.get(`/group/${id}/members/applications`)
    expect(body.applications).toEqual([
      {
        request_id,
        uid: stranger.uid,
        username: stranger.username,
        nickname: stranger.username,
        apply_msg: 'hi',
        created_at: expect.stringMatching(TIME),
      },
      expect.objectContaining({ uid: second.uid, apply_msg: '' }),
    ])
    for (const [method, path] of [
      ['GET', 'applications'],
      ['POST', 'approve'],
      ['POST', 'reject'],
    ] as const) {
      const json = method === 'GET' ? undefined : { request_id }
      expect(said(await member.call(method, `/group/${id}/members/${path}`, json))).toBe('403 not_an_admin')
    }
    using strangers = await stranger.socket()
    using seconds = await second.socket()
    const approved = await manager.post(`/group/${id}/members/approve`, { request_id })
    expect([approved.status, approved.body]).toEqual([
      200,
      expect.objectContaining({ uid: stranger.uid, rank: 'member' }),
    ])
    expect(await strangers.notice('group_added')).toMatchObject({ via: 'approved', by_uid: manager.uid })
    expect((await owner.post(`/group/${id}/members/reject`, { target_user_id: second.uid })).status).toBe(204)
    expect(await seconds.notice('join_rejected')).toMatchObject({ chat_id: id, gid: id })
    for (const ref of [{ request_id }, { target_user_id: second.uid }, { target_user_id: NO_UID }]) {
      expect(said(await owner.post(`/group/${id}/members/approve`, ref))).toBe('404 application_not_found')
    }
  })
})

describe('leaving and being removed', () => {
  test('WT42: anybody but the owner leaves; the others are told, the leaver is not', async () => {
    const { id, owner, member } = await newGroup(target)
    using owners = await owner.socket()
    using members = await member.socket()
    expect((await member.delete(`/group/${id}/members/${member.uid}`)).status).toBe(204)
    expect((await owners.settled()).map(f => f.payload)).toEqual([
      { kind: 'member_left', created_at: expect.stringMatching(TIME), chat_id: id, gid: id, uid: member.uid },
    ])
    expect(await members.heard()).toEqual([])
    expect(said(await owner.delete(`/group/${id}/members/${owner.uid}`))).toBe('409 owner_cannot_leave')
  })

  test('WT42: the owner kicks anybody, a manager plain members only', async () => {
    const { id, owner, manager, member, stranger } = await newGroup(target)
    const kick = (who: Person, whom: number) => who.delete(`/group/${id}/members/${whom}`)
    expect(said(await kick(member, manager.uid))).toBe('403 not_an_admin')
    expect(said(await kick(manager, owner.uid))).toBe('403 not_an_admin')
    expect(said(await kick(manager, stranger.uid))).toBe('404 member_not_found')
    expect(said(await kick(owner, NO_UID))).toBe('404 member_not_found')
    expect((await kick(manager, member.uid)).status).toBe(204)
    expect((await kick(owner, manager.uid)).status).toBe(204)
  })

  test('WT42: from the kick on, nothing of the group reaches the kicked', async () => {
    const { id, owner, member } = await newGroup(target)
    using one = await member.socket()
    using two = await member.socket()
    expect((await owner.delete(`/group/${id}/members/${member.uid}`)).status).toBe(204)
    await owner.say(id, 'without you')
    await owner.must('PUT', `/group/${id}/profile`, { name: 'Without you' })
    for (const socket of [one, two]) {
      expect((await socket.settled()).map(f => f.payload)).toEqual([
        { kind: 'group_removed', created_at: expect.stringMatching(TIME), chat_id: id, gid: id, by_uid: owner.uid },
      ])
    }
    for (const path of [`/group/${id}`, `/group/${id}/members`, `/chats/${id}/messages`]) {
      expect(said(await member.get(path))).toBe('403 not_a_member')
    }
  })

  test('WT42: handing over makes the former owner a manager, who may then leave', async () => {
    const { id, owner, manager, member, stranger } = await newGroup(target)
    expect(said(await manager.post(`/group/${id}/transfer`, { uid: member.uid }))).toBe('403 not_the_owner')
    expect(said(await owner.post(`/group/${id}/transfer`, { uid: stranger.uid }))).toBe('404 member_not_found')
    expect(said(await owner.post(`/group/${id}/transfer`, { uid: owner.uid }))).toBe('422 invalid_field')
    using socket = await member.socket()
    const { status, body } = await owner.post(`/group/${id}/transfer`, { target_user_id: member.uid })
    expect([status, body.owner_uid, body.my_rank]).toEqual([200, member.uid, 'manager'])
    expect(await socket.notice('role_changed')).toMatchObject({ uid: member.uid, role: 'admin', rank: 'owner' })
    expect((await owner.delete(`/group/${id}/members/${owner.uid}`)).status).toBe(204)
  })
})

describe('WT43: managers', () => {
  test('WT43: the owner sets all of them, or one', async () => {
    const { id, owner, manager, member, stranger } = await newGroup(target)
    using socket = await member.socket()
    const all = await owner.put(`/group/${id}/managers`, { managers: [member.uid, owner.uid] })
    expect([all.status, all.body]).toEqual([200, { managers: [member.uid] }])
    expect(await socket.settled()).toMatchObject([
      { payload: { kind: 'role_changed', chat_id: id, gid: id, uid: member.uid, role: 'admin', rank: 'manager' } },
    ])
    const one = await owner.put(`/group/${id}/managers`, { target_user_id: manager.uid, is_manager: true })
    expect(one.body.managers).toEqual([manager.uid, member.uid].sort((a, b) => a - b))
    const none = await owner.put(`/group/${id}/managers`, { target_user_id: member.uid, is_manager: false })
    expect(none.body).toEqual({ managers: [manager.uid] })
    expect(said(await manager.put(`/group/${id}/managers`, { managers: [] }))).toBe('403 not_the_owner')
    for (const body of [
      { managers: [stranger.uid] },
      { target_user_id: stranger.uid, is_manager: true },
      { managers: [NO_UID] },
    ]) {
      expect(said(await owner.put(`/group/${id}/managers`, body))).toBe('404 member_not_found')
    }
    for (const body of [
      {},
      { managers: 'x' },
      { target_user_id: member.uid },
      { target_user_id: member.uid, is_manager: 1 },
    ]) {
      expect(said(await owner.put(`/group/${id}/managers`, body))).toBe('422 invalid_field')
    }
  })

  test('WT43: real clients set a role by path', async () => {
    const { id, owner, manager, member } = await newGroup(target)
    const made = await owner.patch(`/group/${id}/members/${member.uid}`, { role: 'admin' })
    expect([made.status, made.body]).toEqual([
      200,
      expect.objectContaining({ uid: member.uid, role: 'admin', rank: 'manager' }),
    ])
    expect((await owner.patch(`/group/${id}/members/${member.uid}`, { role: 'member' })).body.rank).toBe('member')
    expect(said(await manager.patch(`/group/${id}/members/${member.uid}`, { role: 'admin' }))).toBe('403 not_the_owner')
    expect(said(await owner.patch(`/group/${id}/members/${member.uid}`, { role: 'owner' }))).toBe('422 invalid_field')
    expect(said(await owner.patch(`/group/${id}/members/${NO_UID}`, { role: 'admin' }))).toBe('404 member_not_found')
  })
})

describe('WT44: mutes', () => {
  const FOREVER = '9999-12-31T23:59:59.000Z'

  test('WT44: the muted cannot write, read on, and are told; it outlives leaving and rejoining', async () => {
    const { id, owner, manager, member } = await newGroup(target)
    const mine = await member.say(id, 'before')
    using socket = await member.socket()
    const mute = (mute_status: boolean, keys: object = {}) =>
      manager.post(`/group/${id}/mute`, { target_user_id: member.uid, mute_status, ...keys })
    expect((await mute(true)).body).toEqual({ uid: member.uid, mute_status: true, muted_until: FOREVER })
    expect(await socket.notice('muted')).toMatchObject({ uid: member.uid, by_uid: manager.uid, muted_until: FOREVER })

    for (const refused of [
      await member.send(id, 'x'),
      await member.post('/chats/message/forward', { msg_id: mine.id, target_chat_id: id }),
      await member.patch(`/chats/${id}/messages/${mine.id}`, { message: 'y' }),
      await member.post('/chats/message/react', { msg_id: mine.id, emote: '👍' }),
    ]) {
      expect([said(refused), refused.body.error.muted_until]).toEqual(['403 muted', FOREVER])
    }
    using owners = await owner.socket()
    socket.send({ type: 'typing', chat_id: id, is_typing: true })
    await socket.settled()
    expect(await owners.heard()).toEqual([])
    expect(await member.history(id)).toHaveLength(1)
    expect((await member.get(`/group/${id}`)).body.muted_until).toBe(FOREVER)

    await member.must('DELETE', `/group/${id}/members/${member.uid}`)
    await owner.must('POST', `/group/${id}/members`, { uid: member.uid })
    expect(said(await member.send(id, 'x'))).toBe('403 muted')
    expect((await mute(false)).body).toEqual({ uid: member.uid, mute_status: false, muted_until: null })
    expect(await socket.notice('unmuted')).toMatchObject({ muted_until: null })
    expect((await member.send(id, 'after')).status).toBe(201)
  })

  test('WT44: the owner mutes everybody but himself, a manager plain members', async () => {
    const { id, owner, manager, member, stranger } = await newGroup(target)
    const mute = (who: Person, uid: number, keys: object = {}) =>
      who.post(`/group/${id}/mute`, { target_user_id: uid, mute_status: true, ...keys })
    expect(said(await mute(manager, owner.uid))).toBe('403 not_an_admin')
    expect(said(await mute(member, manager.uid))).toBe('403 not_an_admin')
    expect(said(await mute(owner, owner.uid))).toBe('422 invalid_field')
    expect(said(await mute(owner, stranger.uid))).toBe('404 member_not_found')
    expect((await mute(owner, manager.uid, { duration_seconds: 60 })).status).toBe(200)
    for (const duration_seconds of [0, -5, 1.5, '60']) {
      expect(said(await mute(owner, member.uid, { duration_seconds }))).toBe('422 invalid_field')
    }
    for (const body of [
      { target_user_id: member.uid },
      { target_user_id: member.uid, mute_status: 'yes' },
      { mute_status: true },
    ]) {
      expect(said(await owner.post(`/group/${id}/mute`, body))).toBe('422 invalid_field')
    }
    const long = await mute(owner, member.uid, { duration_seconds: Number.MAX_SAFE_INTEGER })
    expect(long.body.muted_until).toBe(FOREVER)
  })
})
