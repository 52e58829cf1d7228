// Servers: OC45 to OC51 and OC54.
import { beforeAll, describe, expect, test } from 'bun:test'
import { foreign, useTarget } from '../../kit/target.ts'
import { bring, inAnHour, newPerson, newServer, newUnclaimed, ODD_IDS, type Person } from './crew.ts'
import { blamed, call, fresh, type Loose, NO_ID, said, TIME, UUID } from './target.ts'

const target = useTarget()

const idsOf = (servers: Loose[]): string[] => servers.map(server => server.server_id)
const listed = async (person: Person): Promise<string[]> => idsOf((await person.must('GET', '/v1/servers')).servers)

describe('finding servers', () => {
  test('OC45: without a session public servers, home first; with one also private ones, each with what one is there', async () => {
    const open = await newServer(target)
    const hidden = await newServer(target, {
      visibility: 'private',
      display_name: 'night watch',
      banner_preset: 'teal',
    })
    const anyone = await call(target, 'GET', '/v1/servers')
    expect(anyone.status).toBe(200)
    expect(anyone.body.servers[0]).toEqual({
      server_id: open.stranger.server,
      display_name: expect.any(String),
      description: '',
      banner_preset: 'ocean',
      icon_text: expect.any(String),
      trust_state: 'verified',
      identity_handshake_strategy: 'challenge_signature',
      user_identifier_policy: expect.stringMatching(/^(server_scoped|global)$/),
      visibility: 'public',
    })
    expect(idsOf(anyone.body.servers)).toContain(open.id)
    expect(idsOf(anyone.body.servers)).not.toContain(hidden.id)

    const { servers } = await hidden.manager.must('GET', '/v1/servers')
    expect(idsOf(servers)[0]).toBe(open.stranger.server)
    const find = (id: string) => servers.find((server: Loose) => server.server_id === id)
    expect(find(hidden.id)).toEqual({
      ...anyone.body.servers[0],
      server_id: hidden.id,
      display_name: 'night watch',
      banner_preset: 'teal',
      icon_text: 'NW',
      trust_state: 'unverified',
      visibility: 'private',
      membership_state: 'active',
      role: 'manager',
    })
    expect(find(open.id)).toMatchObject({ membership_state: 'none', role: null })
    expect(await listed(open.stranger)).not.toContain(hidden.id)
  })

  test('OC45: what one left is not listed; a bad token is no visitor', async () => {
    const { id, member } = await newServer(target)
    await member.must('DELETE', `${member.at}/membership`)
    expect(await listed(member)).not.toContain(id)
    const answer = await call(target, 'GET', '/v1/servers', { headers: { authorization: 'Bearer stale' } })
    expect(said(answer)).toBe('401 unauthorized')
  })

  test('OC46: one server with its size and age; a private one for its members', async () => {
    const open = await newServer(target)
    const anyone = await call(target, 'GET', `/v1/servers/${open.id}`)
    expect(anyone.body.server).toMatchObject({
      server_id: open.id,
      member_count: 3,
      created_at: expect.stringMatching(TIME),
      api_version: '1.0',
    })
    const hidden = await newServer(target, { visibility: 'private' })
    expect((await hidden.member.get(hidden.member.at)).body.server).toMatchObject({ member_count: 3, role: 'member' })
    for (const answer of [
      await call(target, 'GET', `/v1/servers/${hidden.id}`),
      await hidden.stranger.get(`/v1/servers/${hidden.id}`),
      await call(target, 'GET', `/v1/servers/${NO_ID}`),
    ]) {
      expect(said(answer)).toBe('404 server_not_found')
    }
    for (const odd of ODD_IDS) expect((await call(target, 'GET', `/v1/servers/${odd}`)).status).toBe(404)
  })
})

describe('membership', () => {
  test('OC47: one sees, leaves and renews his own', async () => {
    const { id, member } = await newServer(target)
    const path = `${member.at}/membership`
    const active = {
      server_id: id,
      user_uid: member.uid,
      state: 'active',
      role: 'member',
      joined_at: expect.stringMatching(TIME),
    }
    expect((await member.get(path)).body).toEqual(active)
    expect((await member.put(path)).body).toEqual(active)
    await member.must('DELETE', path)
    expect((await member.get(path)).body).toEqual({ ...active, state: 'left', role: null, joined_at: null })
    expect((await member.put(path)).body).toEqual(active)
    expect(said(await call(target, 'GET', path))).toBe('401 unauthorized')
  })

  test('OC47: who was removed does not come back by himself', async () => {
    const { manager, member } = await newServer(target)
    await manager.must('DELETE', `${manager.at}/members/${member.uid}`)
    expect(said(await member.put(`${member.at}/membership`))).toBe('403 membership_required')
    expect((await member.get(`${member.at}/membership`)).body).toMatchObject({ state: 'removed', role: null })
  })

  test('OC50: leaving is repeatable, ends reads and links', async () => {
    for (const visibility of ['public', 'private']) {
      const { id, member } = await newServer(target, { visibility })
      using live = await member.live()
      const { status, body } = await member.delete(`${member.at}/membership`)
      const left = { server_id: id, user_uid: member.uid, left: true, left_at: expect.stringMatching(TIME) }
      expect([status, body]).toEqual([200, left])
      expect(await live.closed).toBe(4403)
      expect((await member.delete(`${member.at}/membership`)).body).toEqual(left)
      for (const path of ['channels', 'members', 'settings']) {
        expect(said(await member.get(`${member.at}/${path}`))).toBe('403 membership_required')
      }
    }
  })

  test('OC46, OC47: a private server no longer shows to who left it', async () => {
    const { member } = await newServer(target, { visibility: 'private' })
    await member.must('DELETE', `${member.at}/membership`)
    for (const answer of [
      await member.get(member.at),
      await member.get(`${member.at}/membership`),
      await member.put(`${member.at}/membership`),
    ]) {
      expect(said(answer)).toBe('404 server_not_found')
    }
    expect(await listed(member)).not.toContain(member.server)
  })

  test('OC50: an owner is followed by the oldest manager, then member; the last one out ends it', async () => {
    const { id, owner, manager, member } = await newServer(target)
    const roleOf = async (person: Person) => (await person.get(`${person.at}/membership`)).body.role
    await owner.must('DELETE', `${owner.at}/membership`)
    expect([await roleOf(manager), await roleOf(member)]).toEqual(['owner', 'member'])
    await manager.must('DELETE', `${manager.at}/membership`)
    expect(await roleOf(member)).toBe('owner')
    await member.must('DELETE', `${member.at}/membership`)
    expect(said(await call(target, 'GET', `/v1/servers/${id}`))).toBe('404 server_not_found')
    expect(idsOf((await call(target, 'GET', '/v1/servers')).body.servers)).not.toContain(id)
  })
})

describe('making a server', () => {
  test('OC48: it has one category and one channel, both general, and is private unless said otherwise', async () => {
    const home = await newPerson(target)
    const { status, body } = await home.post('/v1/servers', { display_name: '  Rowers \n', description: 'We row.' })
    expect(status).toBe(201)
    expect(body).toEqual({
      server: {
        server_id: expect.stringMatching(UUID),
        display_name: 'Rowers',
        description: 'We row.',
        banner_preset: 'ocean',
        icon_text: 'RO',
        trust_state: 'unverified',
        identity_handshake_strategy: 'challenge_signature',
        user_identifier_policy: expect.any(String),
        visibility: 'private',
        membership_state: 'active',
        role: 'member',
      },
      created_by_uid: home.uid,
      created_at: expect.stringMatching(TIME),
      ownership_claim: { token: expect.stringMatching(/^claim_.{20,}$/), expires_at: expect.stringMatching(TIME) },
    })
    const lives = Date.parse(body.ownership_claim.expires_at) - Date.parse(body.created_at)
    expect(Math.abs(lives - 300_000)).toBeLessThan(1000)
    const maker = await home.on(body.server.server_id)
    const [general, ...more] = await maker.headings()
    expect(more).toEqual([])
    expect(general).toMatchObject({ label: 'general', kind: 'text' })
    expect(general.channels).toMatchObject([
      { name: 'general', type: 'text', visibility: 'private', my_role: 'member' },
    ])
  })

  test('OC48: values are refused by their own words', async () => {
    const home = await newPerson(target)
    const fits = { display_name: 'x' }
    const cases: readonly (readonly [unknown, string])[] = [
      [{}, 'invalid_display_name: display_name'],
      [{ display_name: ' \t ' }, 'invalid_display_name: display_name'],
      [{ display_name: '👍'.repeat(101) }, 'invalid_display_name: display_name'],
      [{ display_name: 7 }, 'invalid_display_name: display_name'],
      [{ ...fits, description: '👍'.repeat(281) }, 'invalid_description: description'],
      [{ ...fits, banner_preset: 'neon' }, 'invalid_banner_preset: banner_preset'],
      [{ ...fits, visibility: 'secret' }, 'invalid_payload: visibility'],
      [[], 'invalid_payload: undefined'],
    ]
    for (const [json, word] of cases) expect(blamed(await home.post('/v1/servers', json))).toBe(`400 ${word}`)
    expect(said(await call(target, 'POST', '/v1/servers', { json: fits }))).toBe('401 unauthorized')
    const full = {
      display_name: '👍'.repeat(100),
      description: '👍'.repeat(280),
      banner_preset: '',
      visibility: 'private',
    }
    expect((await home.post('/v1/servers', full)).body.server).toMatchObject({ banner_preset: 'ocean' })
  })

  test('OC48: twenty for one account', async () => {
    const home = await newPerson(target)
    for (let i = 0; i < 20; i++) await home.must('POST', '/v1/servers', { display_name: `s${i}` })
    expect(said(await home.post('/v1/servers', { display_name: 'one more' }))).toBe('409 server_limit')
  })

  describe.skipIf(foreign)('where the operator wants none', () => {
    const closed = useTarget({ PARLANCE_OPENCHAT_SERVERS: 'off' })
    test('OC48, OC18: nobody makes one, and the document says so', async () => {
      const home = await newPerson(closed)
      expect(said(await home.post('/v1/servers', { display_name: 'x' }))).toBe('403 server_create_disabled')
      expect(said(await home.post('/v1/servers', { display_name: '' }))).toBe('400 invalid_display_name')
      expect((await call(closed, 'GET', '/client/capabilities')).body.features.server_creation).toBe(false)
    })
  })
})

describe('taking it into possession', () => {
  test('OC49: by its maker with the token, as often as he likes', async () => {
    const { id, owner, token } = await newUnclaimed(target)
    const path = `${owner.at}/ownership:claim`
    const claimed = { server_id: id, owner_user_uid: owner.uid, claimed_at: expect.stringMatching(TIME) }
    const first = await owner.post(path, { claim_token: token })
    expect([first.status, first.body]).toEqual([200, claimed])
    expect((await owner.post(path, { claim_token: token })).body).toEqual(first.body)
    expect((await owner.get(`${owner.at}/membership`)).body.role).toBe('owner')
    expect((await owner.headings())[0]?.channels[0].my_role).toBe('owner')
  })

  test('OC49: refused: a wrong token, another account, another server, no token', async () => {
    const { owner, token } = await newUnclaimed(target)
    const path = `${owner.at}/ownership:claim`
    for (const wrong of [`${token}x`, token.replace('claim_', ''), '', 'claim_']) {
      expect(said(await owner.post(path, { claim_token: wrong }))).toBe('403 ownership_claim_invalid')
    }
    const home = await newPerson(target)
    const other = await home.on(owner.server)
    expect(said(await other.post(path, { claim_token: token }))).toBe('403 ownership_claim_forbidden')
    expect(said(await home.post(path, { claim_token: token }))).toBe('403 server_mismatch')
    expect(blamed(await owner.post(path, {}))).toBe('400 invalid_payload: claim_token')
    expect(blamed(await owner.post(path, { claim_token: 1 }))).toBe('400 invalid_payload: claim_token')
    const missing = `/v1/servers/${NO_ID}/ownership:claim`
    expect(said(await owner.post(missing, { claim_token: token }))).toBe('404 server_not_found')
    const hidden = await newUnclaimed(target, { visibility: 'private' })
    const claim = await home.post(`${hidden.owner.at}/ownership:claim`, { claim_token: hidden.token })
    expect(said(claim)).toBe('404 server_not_found')
  })

  test('OC49: until then its maker is a member, and nothing of it changes', async () => {
    const { owner } = await newUnclaimed(target)
    const [heading] = await owner.headings()
    const channel = heading?.channels[0].id
    const changes: readonly (readonly [string, string, unknown?])[] = [
      ['PUT', `${owner.at}/settings`, { display_name: 'x' }],
      ['POST', `${owner.at}/categories`, { name: 'x', kind: 'text' }],
      ['PUT', `${owner.at}/categories/${heading.id}`, { name: 'x' }],
      ['DELETE', `${owner.at}/categories/${heading.id}`],
      ['POST', `${owner.at}/channels`, { name: 'x', type: 'text', group_id: heading.id }],
      ['PUT', `${owner.at}/channel-layout`, { groups: [{ id: heading.id, channel_ids: [channel] }] }],
      ['POST', `${owner.at}/invites`, { expires_at: inAnHour(), max_uses: 1 }],
      ['PATCH', `/v1/channels/${channel}`, { name: 'x' }],
      ['DELETE', `/v1/channels/${channel}`],
      ['POST', `/v1/channels/${channel}/invites`, { expires_at: inAnHour(), max_uses: 1 }],
    ]
    for (const [method, path, json] of changes) {
      expect([path, said(await owner.call(method, path, json))]).toEqual([path, '403 ownership_claim_required'])
    }
    expect((await owner.get(`${owner.at}/members`)).body.members).toMatchObject([
      { user_uid: owner.uid, role: 'member' },
    ])
  })
})

describe('settings', () => {
  test('OC51: for members to read, for owner and managers to change', async () => {
    const { id, owner, manager, member, stranger } = await newServer(target, {
      display_name: 'Old',
      description: 'past',
    })
    const path = `${owner.at}/settings`
    const before = { server_id: id, display_name: 'Old', description: 'past', banner_preset: 'ocean' }
    expect((await member.get(path)).body).toEqual(before)
    const { status, body } = await manager.put(path, { display_name: ' New ', description: '', banner_preset: 'gold' })
    const after = { ...before, display_name: 'New', description: '', banner_preset: 'gold' }
    const by = { updated_by_uid: manager.uid, updated_at: expect.stringMatching(TIME) }
    expect([status, body]).toEqual([200, { ...after, ...by }])
    expect((await owner.get(path)).body).toEqual(after)
    expect((await owner.put(path, { display_name: 'Newer' })).body).toMatchObject({ ...after, display_name: 'Newer' })
    expect(said(await member.put(path, { display_name: 'x' }))).toBe('403 server_settings_forbidden')
    expect(blamed(await member.put(path, { display_name: '' }))).toBe('400 invalid_display_name: display_name')
    expect(said(await owner.put(path, { display_name: 'x', banner_preset: 'neon' }))).toBe('400 invalid_banner_preset')
    const long = { display_name: 'x', description: 'y'.repeat(281) }
    expect(said(await owner.put(path, long))).toBe('400 invalid_description')
    expect(said(await stranger.get(path))).toBe('403 server_mismatch')
  })

  test('OC5: credentials, then the body, then the server, then the values, then the right', async () => {
    const { owner, member } = await newServer(target)
    const path = `${owner.at}/settings`
    const raw = async (token: string | null, server: string, body: string, type = 'application/json') => {
      const headers = { 'content-type': type, ...(token && { authorization: `Bearer ${token}` }) }
      const response = await fetch(`${target.url}/v1/servers/${server}/settings`, { method: 'PUT', headers, body })
      return `${response.status} ${((await response.json()) as { code: string }).code}`
    }
    expect(await raw(null, NO_ID, '{')).toBe('401 unauthorized')
    expect(await raw(member.token, NO_ID, '{', 'text/plain')).toBe('415 unsupported_media_type')
    expect(await raw(member.token, NO_ID, '{')).toBe('400 invalid_payload')
    expect(await raw(member.token, NO_ID, '{}')).toBe('404 server_not_found')
    expect(await raw(member.home.token, member.server, '{}')).toBe('403 server_mismatch')
    expect(blamed(await member.put(path, {}))).toBe('400 invalid_display_name: display_name')
    expect(said(await member.put(path, { display_name: 'x' }))).toBe('403 server_settings_forbidden')
  })
})

describe.skipIf(foreign)('the home server', () => {
  const name = fresh('harbour')
  const managed = useTarget({ PARLANCE_MANAGERS: name, PARLANCE_NAME: 'Harbour' })
  let manager: Person
  beforeAll(async () => {
    if (!foreign) manager = await newPerson(managed, name)
  })

  test('OC54: its managers are named by the operator, and nobody owns it', async () => {
    const member = await newPerson(managed)
    const path = `${manager.at}/settings`
    expect((await member.get(path)).body.display_name).toBe('Harbour')
    expect((await member.get(`${member.at}/membership`)).body.role).toBe('member')
    expect((await manager.get(`${manager.at}/membership`)).body.role).toBe('manager')
    expect(said(await member.put(path, { display_name: 'x' }))).toBe('403 server_settings_forbidden')
    expect((await manager.put(path, { display_name: 'Quay' })).body.display_name).toBe('Quay')
    expect((await call(managed, 'GET', '/client/capabilities')).body.server_name).toBe('Quay')
    const promoted = await manager.patch(`${manager.at}/members/${member.uid}`, { role: 'manager' })
    expect(said(promoted)).toBe('403 member_update_forbidden')
  })

  test('OC54, OC62, OC63: its headings and layout are for managers, channels for every member', async () => {
    const member = await newPerson(managed)
    const path = `${member.at}/categories`
    expect(said(await member.post(path, { name: 'Boats', kind: 'text' }))).toBe('403 category_create_forbidden')
    const made = await manager.post(path, { name: 'Boats', kind: 'text' })
    expect(made.status).toBe(201)
    const groups = (await member.headings()).filter(heading => !heading.virtual)
    const layout = groups.map(({ id, channels }) => ({ id, channel_ids: channels.map((each: Loose) => each.id) }))
    const arranged = { groups: layout.toReversed() }
    expect(said(await member.put(`${member.at}/channel-layout`, arranged))).toBe('403 channel_layout_forbidden')
    expect((await manager.put(`${manager.at}/channel-layout`, arranged)).body.groups[0].label).toBe('Boats')
    const wanted = { name: fresh(), type: 'text', group_id: made.body.group.id }
    const channel = await member.post(`${member.at}/channels`, wanted)
    expect([channel.status, channel.body.channel]).toMatchObject([201, { my_role: 'owner', join_rule: 'open' }])
  })

  test('OC50: one may leave it, and come back', async () => {
    const member = await newPerson(managed)
    await member.must('DELETE', `${member.at}/membership`)
    expect(said(await member.get(`${member.at}/channels`))).toBe('403 membership_required')
    expect(await listed(member)).toContain(member.server)
    expect((await member.put(`${member.at}/membership`)).body.state).toBe('active')
    expect((await member.headings()).length).toBeGreaterThan(0)
  })
})

test('OC55: whatever the document lists needs a session, but what has to be open', async () => {
  const open = `capabilities.get capabilities.get_v1 sessions.challenge sessions.create sessions.password
    sessions.password_on_server accounts.register servers.list servers.get invites.preview profile.avatar.get`
  const { server_id, operations } = (await call(target, 'GET', '/client/capabilities')).body
  const closed = operations.filter(({ name }: Loose) => !open.split(/\s+/).includes(name))
  expect(closed.length).toBeGreaterThan(50)
  for (const { name, method, path } of closed) {
    const filled = path.replace('{sid}', server_id).replaceAll(/\{[a-z_]+\}/g, NO_ID)
    const answer = await call(target, method, filled, method === 'GET' ? {} : { json: {} })
    expect([name, said(answer)]).toEqual([name, '401 unauthorized'])
  }
})

test('OC55: what is said in a server needs a session', async () => {
  const { owner } = await newServer(target)
  const channel = (await owner.channels())[0]?.id
  const closed = ['channels', 'members', 'settings', 'membership', 'invites'].map(path => `${owner.at}/${path}`)
  const ofChannel = ['', '/presence', '/members', '/invites', '/applications'].map(
    path => `/v1/channels/${channel}${path}`,
  )
  for (const path of [...closed, ...ofChannel, '/v1/chats', `/v1/channels/${NO_ID}`]) {
    expect([path, said(await call(target, 'GET', path))]).toEqual([path, '401 unauthorized'])
  }
  for (const path of ['/v1/servers', owner.at]) expect((await call(target, 'GET', path)).status).toBe(200)
  const { code } = await owner.must('POST', `${owner.at}/invites`, { expires_at: inAnHour(), max_uses: 1 })
  expect((await call(target, 'GET', `/v1/invites/${code}`)).status).toBe(200)
})

test('OC48, OC103: whoever is brought to a private server is called there by a name of that server', async () => {
  const { owner } = await newServer(target, { visibility: 'private' })
  const guest = await bring(owner)
  const { user_uid } = (await guest.get(`${guest.at}/membership`)).body
  expect(user_uid).toBe(guest.uid)
  expect(user_uid).not.toBe(guest.home.uid)
})
