// Invitations: OC102, OC103.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { after, bring, inAnHour, newGroup, newPeople, newPerson, newServer, type Person } from './crew.ts'
import { enterByKey } from './people.ts'
import { call, type Loose, NO_ID, said, TIME, UUID } from './target.ts'

const target = useTarget()

const MINUTE = 60_000
const DAY = 24 * 3_600_000

const invite = async (by: Person, path: string, keys: object = {}): Promise<Loose> =>
  by.must('POST', `${path}/invites`, { expires_at: inAnHour(), max_uses: 1, ...keys })

const redeem = (who: Person, code: string) => who.post(`/v1/invites/${code}/redeem`)

describe('making', () => {
  test('OC102: of a server, by owner and managers', async () => {
    const { id, manager, member } = await newServer(target)
    const expires_at = inAnHour()
    const path = `${manager.at}/invites`
    const { status, body } = await manager.post(path, { expires_at, max_uses: 3 })
    expect(status).toBe(201)
    expect(body).toEqual({
      invite_id: expect.stringMatching(UUID),
      server_id: id,
      code: expect.stringMatching(/^[A-Za-z0-9_-]{14,}$/),
      created_by_uid: manager.uid,
      expires_at,
      max_uses: 3,
      use_count: 0,
      created_at: expect.stringMatching(TIME),
    })
    const listed = (await manager.get(path)).body
    expect([listed.invites[0], listed.next_cursor]).toEqual([body, null])
    expect(said(await member.post(path, { expires_at, max_uses: 1 }))).toBe('403 invite_forbidden')
    expect(said(await member.get(path))).toBe('403 invite_forbidden')
    expect(said(await member.delete(`${path}/${body.invite_id}`))).toBe('403 invite_forbidden')
    const other = await manager.must('POST', path, { expires_at, max_uses: 1 })
    expect(other.code).not.toBe(body.code)
  })

  test('OC102: of a group or channel, by owner and managers; never of a direct chat', async () => {
    const { id, owner, manager, member } = await newGroup(target)
    const made = await invite(manager, `/v1/channels/${id}`)
    expect(made).toMatchObject({ server_id: owner.server, channel_id: id, created_by_uid: manager.uid })
    const listed = await owner.must('GET', `/v1/channels/${id}/invites`)
    expect(listed).toEqual({ invites: [made], next_cursor: null })
    const wanted = { expires_at: inAnHour(), max_uses: 1 }
    expect(said(await member.post(`/v1/channels/${id}/invites`, wanted))).toBe('403 invite_forbidden')
    const direct = await owner.direct(manager)
    expect(said(await owner.post(`/v1/channels/${direct}/invites`, wanted))).toBe('403 invite_forbidden')
    const open = await owner.makeChannel()
    expect(said(await member.post(`/v1/channels/${open}/invites`, wanted))).toBe('403 invite_forbidden')
  })

  test('OC102: it lives a minute to thirty days and lets in one to a thousand', async () => {
    const { owner, member } = await newServer(target)
    const path = `${owner.at}/invites`
    const fits = { expires_at: inAnHour(), max_uses: 1 }
    const wrong: readonly object[] = [
      { expires_at: after(MINUTE - 10_000) },
      { expires_at: after(-DAY) },
      { expires_at: after(30 * DAY + MINUTE) },
      { expires_at: 'soon' },
      { expires_at: Date.now() + DAY },
      { expires_at: undefined },
      { max_uses: 0 },
      { max_uses: 1001 },
      { max_uses: 1.5 },
      { max_uses: '1' },
      { max_uses: undefined },
    ]
    for (const keys of wrong) {
      expect([keys, said(await owner.post(path, { ...fits, ...keys }))]).toEqual([keys, '400 invalid_invite'])
    }
    expect(said(await member.post(path, { ...fits, max_uses: 0 }))).toBe('400 invalid_invite')
    for (const keys of [{ expires_at: after(MINUTE) }, { expires_at: after(30 * DAY) }, { max_uses: 1000 }]) {
      expect((await owner.post(path, { ...fits, ...keys })).status).toBe(201)
    }
  })

  test('OC102, OC10: newest first, page by page, without those revoked', async () => {
    const { owner } = await newServer(target)
    const other = await newServer(target)
    const path = `${owner.at}/invites`
    // Two that bring people were made before.
    const made: string[] = []
    for (let i = 0; i < 4; i++) made.unshift((await invite(owner, owner.at)).invite_id)
    const [newest = '', ...rest] = made
    const revoked = await owner.delete(`${path}/${newest}`)
    expect([revoked.status, revoked.body]).toEqual([204, null])
    expect(said(await owner.delete(`${path}/${newest}`))).toBe('404 invite_not_found')
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: Loose = await owner.must('GET', `${path}?limit=2${cursor && `&cursor=${cursor}`}`)
      seen.push(...page.invites.map((each: Loose) => each.invite_id))
      cursor = page.next_cursor
    }
    expect(seen.slice(0, 3)).toEqual(rest)
    const foreign = (await other.owner.must('GET', `${other.owner.at}/invites?limit=1`)).next_cursor
    for (const bad of [foreign, 'x']) expect(said(await owner.get(`${path}?cursor=${bad}`))).toBe('400 invalid_cursor')
    for (const id of [NO_ID, 'x']) expect(said(await owner.delete(`${path}/${id}`))).toBe('404 invite_not_found')
    const elsewhere = await other.owner.delete(`${other.owner.at}/invites/${rest[0]}`)
    expect(said(elsewhere)).toBe('404 invite_not_found')
  })
})

describe('redeeming', () => {
  test('OC103: it lets into a private server whoever has the code, and counts', async () => {
    const { id, owner, stranger } = await newServer(target, { visibility: 'private' })
    const { code } = await invite(owner, owner.at, { max_uses: 2 })
    const { status, body } = await redeem(stranger, code)
    expect([status, body]).toEqual([200, { server_id: id, membership_state: 'active' }])
    const inside = await stranger.on(id)
    expect((await inside.get(`${inside.at}/membership`)).body).toMatchObject({ state: 'active', role: 'member' })
    const [listed] = (await owner.must('GET', `${owner.at}/invites`)).invites
    expect(listed).toMatchObject({ code, use_count: 1 })
    expect(said(await redeem(inside, code))).toBe('409 invite_conflict')
    const guest = await enterByKey(target)
    expect((await guest.post(`/v1/invites/${code}/redeem`)).status).toBe(200)
    expect((await (await guest.on(id)).get(`/v1/servers/${id}/members`)).status).toBe(200)
  })

  test('OC103: one into a group names it; one into a channel of a server lets into both', async () => {
    const { id, owner, stranger } = await newGroup(target)
    const { code } = await invite(owner, `/v1/channels/${id}`)
    const into = { server_id: owner.server, membership_state: 'active', channel_id: id }
    expect((await redeem(stranger, code)).body).toEqual(into)
    expect((await stranger.channel(id)).my_role).toBe('member')
    expect(said(await redeem(owner, code))).toBe('410 invite_expired')
    const server = await newServer(target, { visibility: 'private' })
    const channel = (await server.owner.channels())[0]?.id
    const inner = await invite(server.owner, `/v1/channels/${channel}`)
    const entered = { server_id: server.id, membership_state: 'active', channel_id: channel }
    expect((await redeem(server.stranger, inner.code)).body).toEqual(entered)
    expect((await (await server.stranger.on(server.id)).channel(channel)).my_role).toBe('member')
  })

  test('OC103: over when it was used up or revoked, unknown when there was none', async () => {
    const { owner, stranger } = await newServer(target)
    const used = await invite(owner, owner.at)
    await redeem(await newPerson(target), used.code)
    expect(said(await redeem(stranger, used.code))).toBe('410 invite_expired')
    const revoked = await invite(owner, owner.at)
    await owner.must('DELETE', `${owner.at}/invites/${revoked.invite_id}`)
    expect(said(await redeem(stranger, revoked.code))).toBe('410 invite_expired')
    for (const code of ['nothing', `${used.code}x`, '%00', '..%2f']) {
      expect((await redeem(stranger, code)).status).toBe(404)
    }
    expect(said(await redeem(stranger, 'nothing'))).toBe('404 invite_not_found')
    expect(said(await call(target, 'POST', `/v1/invites/${used.code}/redeem`))).toBe('401 unauthorized')
  })

  test('OC103: who was removed is not let in again, and the use is not counted', async () => {
    const { owner, member } = await newServer(target)
    await owner.must('DELETE', `${owner.at}/members/${member.uid}`)
    const { code } = await invite(owner, owner.at)
    expect(said(await redeem(member.home, code))).toBe('403 membership_required')
    expect((await redeem(await newPerson(target), code)).status).toBe(200)
  })

  test('OC103: parallel uses do not pass the limit', async () => {
    const { owner } = await newServer(target)
    const { code } = await invite(owner, owner.at, { max_uses: 3 })
    const people = await newPeople(target, 8)
    const answers = await Promise.all(people.map(person => redeem(person, code)))
    expect(answers.map(said).toSorted()).toEqual([...Array(3).fill('200'), ...Array(5).fill('410 invite_expired')])
    expect((await owner.must('GET', `${owner.at}/members?limit=200`)).members).toHaveLength(6)
  })

  test('OC103: anybody who has the code sees where it leads', async () => {
    const { id, owner } = await newServer(target, { visibility: 'private', display_name: 'Night watch' })
    const made = await invite(owner, owner.at)
    const { status, body } = await call(target, 'GET', `/v1/invites/${made.code}`)
    expect([status, body]).toEqual([200, { server_id: id, display_name: 'Night watch', expires_at: made.expires_at }])
    const group = await newGroup(target)
    const inner = await invite(group.owner, `/v1/channels/${group.id}`)
    const preview = (await call(target, 'GET', `/v1/invites/${inner.code}`)).body
    expect(preview).toMatchObject({ channel_name: (await group.owner.channel(group.id)).name })
    await group.owner.must('DELETE', `/v1/channels/${group.id}`)
    expect(said(await call(target, 'GET', `/v1/invites/${inner.code}`))).toBe('404 invite_not_found')
    expect(said(await redeem(group.stranger, inner.code))).toBe('404 invite_not_found')
    await owner.must('DELETE', `${owner.at}/invites/${made.invite_id}`)
    expect(said(await call(target, 'GET', `/v1/invites/${made.code}`))).toBe('410 invite_expired')
    expect(said(await call(target, 'GET', '/v1/invites/nothing'))).toBe('404 invite_not_found')
  })

  test('OC103, OC60: whoever is brought to a server is in all its channels', async () => {
    const { owner } = await newServer(target)
    await owner.makeChannel()
    const guest = await bring(owner)
    expect((await guest.channels()).map(channel => channel.my_role)).toEqual(['member', 'member'])
  })
})
