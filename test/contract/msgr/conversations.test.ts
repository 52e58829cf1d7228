// Conversations: section 5 of the rules.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { until } from '../../kit/wait.ts'
import {
  call,
  direct,
  forbidden,
  fresh,
  group,
  type Loose,
  newPerson,
  nobody,
  notFound,
  type Person,
  say,
} from './target.ts'
import { wettyUser } from './wetty.ts'

const target = useTarget()
const open = (as: Person, json: unknown) => call(target, 'POST', '/api/conversations', { as, json })
const see = async (as: Person, id: string): Promise<Loose> =>
  (await call(target, 'GET', `/api/conversations/${id}`, { as })).body.data
const list = async (as: Person, query = ''): Promise<Loose> =>
  (await call(target, 'GET', `/api/conversations${query}`, { as })).body
const people = async (count: number) => Promise.all(Array.from({ length: count }, () => newPerson(target)))
const pair = async (): Promise<readonly [Person, Person]> => [await newPerson(target), await newPerson(target)]

describe('direct', () => {
  test('MS45: created or fetched it is 201, and the same for both', async () => {
    const [kari, ola] = await pair()
    const answers = [
      await open(kari, { target_profile_id: ola.profileId }),
      await open(kari, { target_profile_id: ola.profileId, kind: 'direct' }),
      await open(ola, { target_profile_id: kari.profileId }),
    ]
    expect(answers.map(a => a.status)).toEqual([201, 201, 201])
    expect(new Set(answers.map(a => a.body.data.id)).size).toBe(1)
  })

  test.skipIf(lacks('wetty'))('MS45: one that began at another door is the same', async () => {
    const kari = await newPerson(target)
    const wei = await wettyUser(target)
    const [profile] = (await call(target, 'GET', `/api/profiles?handle=${wei.username}`, { as: kari })).body.data
    await wei.call('POST', '/friend/apply', { target_user_id: await wei.uidOf(kari.handle) })
    // Nobody can accept at this door; writing first needs no friendship here.
    const mine = (await open(kari, { target_profile_id: profile.id })).body.data
    await say(target, kari, mine.id, 'hei')
    const theirs = (await wei.call('GET', '/chats')).chats
    expect(theirs).toHaveLength(1)
    await wei.call('POST', `/chats/${theirs[0].id}/messages`, { message: 'hei igjen' })
    const { data } = (await call(target, 'GET', `/api/conversations/${mine.id}/messages`, { as: kari })).body
    expect(data.map((m: { body: string }) => m.body)).toEqual(['hei', 'hei igjen'])
  })

  test('MS46: both are listed; who began it is printed as owner', async () => {
    const [kari, ola] = await pair()
    const { data } = (await open(kari, { target_profile_id: ola.profileId })).body
    const profile = (p: Person) => ({ id: p.profileId, name: p.name, mode: 'private', handle: p.handle })
    expect(data).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      kind: 'direct',
      participants: expect.arrayContaining([
        { profile: profile(kari), role: 'owner', last_read_at: null },
        { profile: profile(ola), role: 'member', last_read_at: null },
      ]),
      participant_count: 2,
      topic: null,
      visibility: 'private',
      inserted_at: expect.any(String),
      updated_at: expect.any(String),
      last_message: null,
      unread_count: 0,
    })
    expect(data.participants).toHaveLength(2)
    const roles = async (as: Person, other: Person) =>
      (await open(as, { target_profile_id: other.profileId })).body.data.participants
        .filter((p: Loose) => p.role === 'owner')
        .map((p: Loose) => p.profile.id)
    expect(await roles(ola, kari)).toEqual([kari.profileId])
    expect(await roles(kari, ola)).toEqual([kari.profileId])
  })

  test('MS46: last message, unread and read marks are those of the caller', async () => {
    const [kari, ola] = await pair()
    const id = await direct(target, kari, ola)
    await say(target, kari, id, 'en')
    const message = await say(target, kari, id, 'to')
    const mine = await see(kari, id)
    const theirs = await see(ola, id)
    expect([mine.unread_count, theirs.unread_count]).toEqual([0, 2])
    expect(mine.last_message).toEqual(message)
    expect(theirs.last_message).toEqual(message)
    expect(mine.updated_at >= mine.inserted_at).toBe(true)
    const readAt = (view: Loose, who: Person) =>
      view.participants.find((p: Loose) => p.profile.id === who.profileId).last_read_at
    expect(readAt(mine, ola)).toBeNull()
    await say(target, ola, id, 'tre')
    expect(readAt(await see(kari, id), ola)).toMatch(/Z$/)
    expect((await see(ola, id)).unread_count).toBe(0)
  })

  test('MS47 MS111: any number of parallel creates give one', async () => {
    const [kari, ola] = await pair()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i % 2 ? open(kari, { target_profile_id: ola.profileId }) : open(ola, { target_profile_id: kari.profileId }),
      ),
    )
    expect(answers.every(a => a.status === 201)).toBe(true)
    expect(new Set(answers.map(a => a.body.data.id)).size).toBe(1)
    expect((await list(kari)).data).toHaveLength(1)
    expect((await open(kari, { target_profile_id: ola.profileId })).status).toBe(201)
  })

  test('MS48: whom it may be with', async () => {
    const [kari] = await pair()
    const failing = async (target_profile_id: unknown) => {
      const { status, body } = await open(kari, { target_profile_id })
      return [status, body.errors?.target_profile_id ?? body]
    }
    for (const blank of [undefined, null, '']) expect(await failing(blank)).toEqual([422, ["can't be blank"]])
    for (const bad of ['x', 7, [], {}, kari.handle]) expect(await failing(bad)).toEqual([422, ['is invalid']])
    expect(await failing(kari.profileId.toUpperCase())).toEqual([422, ["can't be yourself"]])
    expect(await failing(nobody)).toEqual([404, notFound])
  })

  test.skipIf(lacks('wetty'))(
    'MS48: not across a block, nor against an explicit wish; by default nobody needs to be friends',
    async () => {
      const kari = await newPerson(target)
      const opened = async (wei: { username: string }) => {
        const [profile] = (await call(target, 'GET', `/api/profiles?handle=${wei.username}`, { as: kari })).body.data
        const { status, body } = await open(kari, { target_profile_id: profile.id })
        return status === 201 ? status : [status, body]
      }
      const blocker = await wettyUser(target)
      await blocker.call('POST', '/friend/block', { target_user_id: await blocker.uidOf(kari.handle) })
      expect(await opened(blocker)).toEqual([403, forbidden])
      for (const setting of ['nobody', 'need_verify', 'mutual_only']) {
        const shy = await wettyUser(target)
        await shy.call('PUT', '/users/profile', { add_friend_setting: setting })
        expect(await opened(shy)).toEqual([403, forbidden])
      }
      const frank = await wettyUser(target)
      await frank.call('PUT', '/users/profile', { add_friend_setting: 'anyone' })
      expect(await opened(frank)).toBe(201)
      // What exists is fetched whatever came after.
      await frank.call('POST', '/friend/block', { target_user_id: await frank.uidOf(kari.handle) })
      expect(await opened(frank)).toBe(201)
      expect(await opened(await wettyUser(target))).toBe(201)
    },
  )

  test('MS49: no key of the body lets one act for another', async () => {
    const [kari, ola] = await pair()
    const eve = await newPerson(target)
    const id = crypto.randomUUID()
    const { data } = (
      await open(eve, {
        target_profile_id: ola.profileId,
        id,
        profile_id: kari.profileId,
        account_id: kari.accountId,
        participants: [{ profile: { id: kari.profileId }, role: 'owner' }],
      })
    ).body
    expect(data.id).not.toBe(id)
    expect(data.participants.map((p: Loose) => p.profile.id).sort()).toEqual([eve.profileId, ola.profileId].sort())
    expect((await list(kari)).data).toEqual([])
  })
})

describe('groups', () => {
  const make = (as: Person, topic: unknown, participant_ids: unknown) =>
    open(as, { kind: 'group', topic, participant_ids })

  test('MS50: one with a topic and others in it', async () => {
    const [kari, ola, eve] = (await people(3)) as [Person, Person, Person]
    const ids = [ola.profileId, eve.profileId.toUpperCase(), ola.profileId, kari.profileId]
    const first = await make(kari, '  Hyttetur ', ids)
    expect(first.status).toBe(201)
    const { data } = first.body
    expect([data.kind, data.topic, data.visibility, data.participant_count]).toEqual([
      'group',
      'Hyttetur',
      'private',
      3,
    ])
    const roles = Object.fromEntries(data.participants.map((p: Loose) => [p.profile.id, p.role]))
    expect(roles).toEqual({ [kari.profileId]: 'owner', [ola.profileId]: 'member', [eve.profileId]: 'member' })
    const again = await make(kari, 'Hyttetur', ids)
    expect(again.body.data.id).not.toBe(data.id)
    expect((await list(eve)).data).toHaveLength(2)
  })

  test('MS50: its fields', async () => {
    const [kari, ola] = await pair()
    const errors = async (topic: unknown, ids: unknown) => {
      const { status, body } = await make(kari, topic, ids)
      return status === 422 ? body.errors : status
    }
    expect(await errors(undefined, undefined)).toEqual({
      topic: ["can't be blank"],
      participant_ids: ["can't be blank"],
    })
    expect(await errors(' ', [])).toEqual({ topic: ["can't be blank"], participant_ids: ["can't be blank"] })
    expect(await errors('x'.repeat(161), 'x')).toEqual({
      topic: ['should be at most 160 character(s)'],
      participant_ids: ['is invalid'],
    })
    expect(await errors('👨‍👩‍👧‍👦'.repeat(160), [ola.profileId])).toBe(201)
    for (const ids of [[7], ['x'], [ola.profileId, null], {}])
      expect(await errors('x', ids)).toEqual({ participant_ids: ['is invalid'] })
    expect(await errors('x', [kari.profileId])).toEqual({ participant_ids: ["can't be blank"] })
    expect(await errors('x', [ola.profileId, nobody])).toBe(404)
    for (const kind of ['channel', '', 7, {}, 'GROUP']) {
      const { status, body } = await open(kari, { kind, topic: 'x', participant_ids: [ola.profileId] })
      expect([status, body]).toEqual([422, { errors: { kind: ['is invalid'] } }])
    }
  })

  test.skipIf(lacks('wetty'))(
    'MS50: nobody is put into one by somebody he has blocked, and then there is none',
    async () => {
      const [kari, ola] = await pair()
      const wei = await wettyUser(target)
      const [profile] = (await call(target, 'GET', `/api/profiles?handle=${wei.username}`, { as: kari })).body.data
      expect((await make(kari, 'x', [ola.profileId, profile.id])).status).toBe(201)
      await wei.call('POST', '/friend/block', { target_user_id: await wei.uidOf(kari.handle) })
      const { status, body } = await make(kari, 'x', [ola.profileId, profile.id])
      expect([status, body]).toEqual([403, forbidden])
      expect((await list(ola)).data).toHaveLength(1)
    },
  )
})

describe('lists', () => {
  test('MS51: latest activity first, page by page, each once', async () => {
    const [kari, ...others] = (await people(6)) as [Person, ...Person[]]
    const ids: string[] = []
    for (const other of others) ids.push(await direct(target, kari, other))
    ids.push(await group(target, kari, ...others))
    // Two messages of one millisecond have no latest.
    const sayLater = async (id: string, body: string) => {
      const before = Date.now()
      await until('the next millisecond', () => Date.now() > before)
      await say(target, kari, id, body)
    }
    for (const id of ids) await sayLater(id, 'hei')
    await sayLater(ids[2] ?? '', 'igjen')
    const expected = [...ids.filter(id => id !== ids[2]), ids[2]].reverse()
    const idsOf = (body: Loose): string[] => body.data.map((c: Loose) => c.id)
    expect(idsOf(await list(kari))).toEqual(expected as string[])
    const walked: string[] = []
    for (let before = ''; ; ) {
      const page = idsOf(await list(kari, `?limit=4${before && `&before=${before}`}`))
      if (page.length === 0) break
      walked.push(...page)
      before = page.at(-1) ?? ''
    }
    expect(walked).toEqual(expected as string[])
    for (const limit of ['', '0', '-1', 'x', '1000'])
      expect(idsOf(await list(kari, `?limit=${limit}`))).toEqual(expected as string[])
  })

  test('MS51: those of others do not exist', async () => {
    const [kari, ola] = await pair()
    const eve = await newPerson(target)
    const id = await direct(target, kari, ola)
    expect((await list(eve)).data).toEqual([])
    for (const before of ['x', nobody, id]) {
      const { status, body } = await call(target, 'GET', `/api/conversations?before=${before}`, { as: eve })
      expect([status, body]).toEqual([422, { errors: { before: ['is invalid'] } }])
    }
  })

  test('MS52 MS54: one by its id: for participants; else 403, and 404 where there is none', async () => {
    const [kari, ola] = await pair()
    const eve = await newPerson(target)
    const id = await direct(target, kari, ola)
    expect((await see(ola, id)).id).toBe(id)
    const refused = async (path: string) => {
      const { status, body } = await call(target, 'GET', path, { as: eve })
      return [status, body]
    }
    expect(await refused(`/api/conversations/${id}`)).toEqual([403, forbidden])
    expect(await refused(`/api/conversations/${id}/messages`)).toEqual([403, forbidden])
    for (const unknown of [nobody, 'x', kari.profileId]) {
      expect(await refused(`/api/conversations/${unknown}`)).toEqual([404, notFound])
      expect(await refused(`/api/conversations/${unknown}/messages`)).toEqual([404, notFound])
    }
  })

  test.skipIf(lacks('wetty'))(
    'MS53 MS54: groups of another door: roles, topic, and joining public ones is done there',
    async () => {
      const kari = await newPerson(target)
      const wei = await wettyUser(target)
      const liu = await wettyUser(target)
      const { id: gid } = await wei.call('POST', '/group', { visibility: 'public', join_rule: 'open' })
      await wei.call('POST', `/group/${gid}/members`, { user_ids: [liu.uid, await wei.uidOf(kari.handle)] })
      await wei.call('PUT', `/group/${gid}/managers`, { managers: [liu.uid] })
      const [view] = (await list(kari)).data
      expect(view).toMatchObject({ kind: 'group', visibility: 'public', participant_count: 3 })
      expect(view.topic.length).toBeGreaterThan(0)
      const roles = Object.fromEntries(view.participants.map((p: Loose) => [p.profile.handle, p.role]))
      expect(roles).toEqual({ [wei.username]: 'owner', [liu.username]: 'member', [kari.handle]: 'member' })
      await wei.call('PUT', `/group/${gid}/profile`, { name: 'Åpen' })
      expect((await see(kari, view.id)).topic).toBe('Åpen')
      const eve = await newPerson(target)
      expect((await call(target, 'GET', `/api/conversations/${view.id}`, { as: eve })).body).toEqual(forbidden)
    },
  )

  test('MS53: of a large conversation 200 participants are listed, owner and caller among them', async () => {
    const crowd: Person[] = []
    for (let i = 0; i < 6; i++) crowd.push(...(await people(35)))
    const [last] = (await people(1)) as [Person]
    const owner = await newPerson(target)
    const ids = crowd.map(p => p.profileId)
    const made = await open(owner, {
      kind: 'group',
      topic: fresh('Stor '),
      participant_ids: [...ids, last.profileId],
    })
    expect(made.status).toBe(201)
    for (const who of [owner, last, crowd[0] as Person]) {
      const view = await see(who, made.body.data.id)
      expect([view.participants.length, view.participant_count]).toEqual([200, 212])
      const shown = view.participants.map((p: Loose) => p.profile.id)
      expect(new Set(shown).size).toBe(200)
      expect(shown).toContain(who.profileId)
      expect(shown).toContain(owner.profileId)
    }
  }, 30_000)
})
