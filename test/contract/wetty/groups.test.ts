// Groups: made, seen, changed, ended, found: WT33 to WT37, WT45.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { fresh, NO_CHAT, newGroup, newPeople, newPerson, type Person, register, said, TIME } from './target.ts'

const target = useTarget()
const two = async () => (await newPeople(target, 2)) as [Person, Person]

test('WT33: a group is made with a name or none, and with any key of its profile', async () => {
  const mila = await newPerson(target)
  const named = await mila.post('/group', { name: 'Kitchen' })
  expect(named.status).toBe(201)
  expect(named.body).toEqual({
    id: expect.stringMatching(/^\d+$/),
    name: 'Kitchen',
    created_at: expect.stringMatching(TIME),
  })
  expect((await mila.get(`/group/${named.body.id}`)).body).toEqual({
    id: named.body.id,
    name: 'Kitchen',
    description: null,
    avatar: null,
    created_at: named.body.created_at,
    avatar_fid: null,
    visibility: 'private',
    is_public: false,
    join_rule: 'approval',
    category: 'small',
    member_count: 1,
    owner_uid: mila.uid,
    my_role: 'admin',
    my_rank: 'owner',
    muted_until: null,
  })
  for (const keys of [{}, { name: null }, { name: '  ' }]) {
    const { body } = await mila.post('/group', keys)
    expect(body.name).toBeNull()
    expect((await mila.get(`/group/${body.id}`)).body.name).toBe('')
  }
  const keys = { description: 'd', visibility: 'public', join_rule: 'open', category: 'large' }
  const { body } = await mila.post('/group', { name: 'Kitchen', ...keys })
  expect((await mila.get(`/group/${body.id}`)).body).toMatchObject(keys)
  expect(said(await mila.post('/group', { name: 5 }))).toBe('422 invalid_field')
})

test('WT34: members see the profile, everyone that of a public group; all else is 403, there or not', async () => {
  const { id, owner, member, stranger } = await newGroup(target)
  expect((await member.get(`/group/${id}`)).body).toMatchObject({
    my_role: 'member',
    my_rank: 'member',
    owner_uid: owner.uid,
  })
  expect((await member.get(`/chats/${id}`)).body).toEqual((await member.get(`/group/${id}`)).body)
  const hidden = await stranger.get(`/group/${id}`)
  expect(hidden.body).toEqual({ error: { code: 'not_a_member', message: 'Not a member of this chat' } })
  for (const other of [NO_CHAT, 'abc', '0', '99999999999999']) {
    expect((await stranger.get(`/group/${other}`)).body).toEqual(hidden.body)
  }
  await owner.must('PUT', `/group/${id}/profile`, { visibility: 'public' })
  expect((await stranger.get(`/group/${id}`)).body).toMatchObject({
    id,
    my_role: null,
    my_rank: null,
    muted_until: null,
  })
  for (const path of [`/group/${id}/members`, `/chats/${id}/messages`]) {
    expect(said(await stranger.get(path))).toBe('403 not_a_member')
  }
})

test('WT34: every route of a group answers a non-member alike, whether it exists or not', async () => {
  const { id, stranger, owner } = await newGroup(target)
  for (const chat of [id, NO_CHAT]) {
    for (const [method, path, body] of [
      ['DELETE', `/group/${chat}`],
      ['PUT', `/group/${chat}/profile`, { name: 'x' }],
      ['PATCH', `/group/${chat}`, { name: 'x' }],
      ['POST', `/group/${chat}/members`, { uid: owner.uid }],
      ['GET', `/group/${chat}/members/applications`],
      ['POST', `/group/${chat}/members/approve`, { uid: owner.uid }],
      ['POST', `/group/${chat}/members/reject`, { uid: owner.uid }],
      ['DELETE', `/group/${chat}/members/${owner.uid}`],
      ['DELETE', `/group/${chat}/members/${stranger.uid}`],
      ['PUT', `/group/${chat}/managers`, { managers: [] }],
      ['POST', `/group/${chat}/mute`, { uid: owner.uid, mute_status: true }],
      ['POST', `/group/${chat}/transfer`, { uid: owner.uid }],
      ['GET', `/chats/${chat}`],
      ['POST', `/chats/${chat}/messages`, { message: 'x' }],
      ['POST', `/chats/${chat}/read`, { message_id: 'x' }],
    ] as const) {
      expect(`${method} ${path} ${said(await stranger.call(method, path, body))}`).toBe(
        `${method} ${path} 403 not_a_member`,
      )
    }
  }
})

test('WT35: only the owner disbands; everybody is told, and it is gone', async () => {
  const { id, owner, manager, member } = await newGroup(target)
  const fid = await owner.upload('plan')
  await owner.must('POST', `/chats/${id}/messages`, { message_type: 'file', fid })
  expect((await member.get(`/f/fserv/download/${fid}`)).status).toBe(200)
  for (const who of [manager, member]) expect(said(await who.delete(`/group/${id}`))).toBe('403 not_the_owner')
  using owners = await owner.socket()
  using members = await member.socket()
  expect((await owner.delete(`/group/${id}`)).status).toBe(204)
  for (const socket of [owners, members]) {
    const frames = await socket.settled()
    expect(frames.map(frame => frame.payload)).toEqual([
      { kind: 'group_disbanded', created_at: expect.stringMatching(TIME), chat_id: id, gid: id, by_uid: owner.uid },
    ])
  }
  for (const who of [owner, member]) {
    expect(said(await who.get(`/group/${id}`))).toBe('403 not_a_member')
    expect(said(await who.send(id, 'x'))).toBe('403 not_a_member')
    expect(said(await who.get(`/chats/${id}/messages`))).toBe('403 not_a_member')
    expect((await who.get('/chats')).body.chats).toEqual([])
  }
  expect(said(await member.get(`/f/fserv/download/${fid}`))).toBe('404 file_not_found')
})

describe('WT36: the profile', () => {
  test('WT36: owner and managers change the keys given, under three paths; members are told', async () => {
    const { id, owner, manager, member } = await newGroup(target)
    using socket = await member.socket()
    const { status, body } = await manager.put(`/group/${id}/profile`, { name: 'New', is_public: true })
    expect([status, body.name, body.visibility, body.description]).toEqual([200, 'New', 'public', null])
    const notice = await socket.notice('group_updated')
    const { my_role, my_rank, muted_until, ...shared } = body
    expect([my_role, my_rank, muted_until]).toEqual(['admin', 'manager', null])
    expect(notice).toEqual({
      kind: 'group_updated',
      created_at: expect.stringMatching(TIME),
      chat_id: id,
      gid: id,
      group: shared,
    })
    expect((await owner.patch(`/group/${id}`, { join_rule: 'invite_only' })).body.join_rule).toBe('invite_only')
    expect((await owner.patch(`/chats/${id}`, { description: 'what we cook' })).body).toMatchObject({
      name: 'New',
      description: 'what we cook',
      join_rule: 'invite_only',
    })
    expect(said(await member.put(`/group/${id}/profile`, { name: 'Mine' }))).toBe('403 not_an_admin')
  })

  test('WT36: an avatar is a file of the one who sets it; `avatar` is a synonym; null clears', async () => {
    const { id, owner, manager } = await newGroup(target)
    const fid = await owner.upload('us', 'us.png', 'image/png')
    expect(said(await manager.put(`/group/${id}/profile`, { avatar_fid: fid }))).toBe('422 invalid_field')
    const { body } = await owner.put(`/group/${id}/profile`, { avatar: fid })
    expect(body.avatar_fid).toBe(fid)
    expect((await owner.get(body.avatar)).body).toBe('us')
    // What was printed is taken back.
    expect((await owner.put(`/group/${id}/profile`, { avatar: body.avatar })).body.avatar_fid).toBe(fid)
    expect((await owner.put(`/group/${id}/profile`, { avatar_fid: null })).body).toMatchObject({
      avatar: null,
      avatar_fid: null,
    })
  })

  test('WT36: bad values name their field', async () => {
    const { id, owner } = await newGroup(target)
    for (const [field, value] of [
      ['name', 5],
      ['description', 'd'.repeat(501)],
      ['visibility', 'hidden'],
      ['is_public', 'yes'],
      ['join_rule', 'invite'],
      ['category', 'medium'],
      ['avatar_fid', 'file_nothing'],
    ] as const) {
      const { status, body } = await owner.put(`/group/${id}/profile`, { [field]: value })
      expect([status, body.error?.code, body.error?.field]).toEqual([422, 'invalid_field', field])
    }
  })
})

test('WT37: small groups hold 500, large ones more and show no typing', async () => {
  const [owner, last] = await two()
  const id = await owner.group([], { category: 'small' })
  for (let members = 1; members < 500; members += 50) {
    const count = Math.min(50, 500 - members)
    const user_ids = await Promise.all(Array.from({ length: count }, () => register(target)))
    await owner.must('POST', `/group/${id}/members`, { user_ids })
  }
  const full = await owner.post(`/group/${id}/members`, { uid: last.uid })
  expect([said(full), full.body.error.limit]).toEqual(['409 group_full', 500])
  await owner.must('PUT', `/group/${id}/profile`, { category: 'large', visibility: 'public', join_rule: 'open' })
  expect((await last.post(`/group/${id}/members/apply`, {})).body).toEqual({ status: 'joined' })
  expect((await owner.get(`/group/${id}/members`)).body).toHaveLength(501)
  expect(said(await owner.put(`/group/${id}/profile`, { category: 'small' }))).toBe('409 group_full')

  using owners = await owner.socket()
  using lasts = await last.socket()
  lasts.send({ type: 'typing', chat_id: id, is_typing: true })
  await lasts.settled()
  expect(await owners.heard()).toEqual([])
  // A server may take its time over five hundred passwords.
}, 240_000)

test('WT45: public groups are found by part of their name, literally; private ones never', async () => {
  const [mila, noor] = await two()
  const stem = fresh('Zürich')
  const ids: string[] = []
  for (let i = 0; i < 3; i++) {
    const { id } = await mila.must('POST', '/group', {
      name: `The ${stem} 100%_${i}`,
      visibility: 'public',
      join_rule: 'open',
    })
    ids.push(id)
  }
  await mila.must('POST', '/group', { name: `Secret ${stem}` })
  const search = async (q: string, more = '') =>
    (await noor.get(`/group/search?q=${encodeURIComponent(q)}${more}`)).body
  expect(await search(stem.toUpperCase(), '&limit=1')).toEqual({
    groups: [
      {
        id: ids[0],
        name: `The ${stem} 100%_0`,
        description: null,
        avatar: null,
        visibility: 'public',
        join_rule: 'open',
        category: 'small',
        member_count: 1,
      },
    ],
    next_cursor: ids[0],
  })
  const rest = await search(stem, `&after=${ids[0]}`)
  expect([rest.groups.map((g: { id: string }) => g.id), rest.next_cursor]).toEqual([ids.slice(1), null])
  expect((await search(`${stem} 100%_1`)).groups).toHaveLength(1)
  expect((await search(`${stem}_100`)).groups).toEqual([])
  expect((await search(`${stem}%100`)).groups).toEqual([])
  expect(said(await noor.get('/group/search?limit=x'))).toBe('400 bad_request')
  expect(said(await noor.get('/group/search?after=x'))).toBe('400 bad_cursor')
})
