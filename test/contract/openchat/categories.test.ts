// Headings and what stands under them: OC56, OC58, OC62, OC63.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { newPeople, newServer, type Person } from './crew.ts'
import { blamed, fresh, type Loose, NO_ID, said, TIME, UUID } from './target.ts'

const target = useTarget()

/** Labels with the names under them. */
const outline = (groups: Loose[]): Record<string, string[]> =>
  Object.fromEntries(groups.map(({ label, channels }) => [label, channels.map((channel: Loose) => channel.name)]))

const layoutOf = (groups: Loose[]) =>
  groups.map(({ id, channels }) => ({ id, channel_ids: channels.map((channel: Loose) => channel.id) }))

const makeCategory = async (person: Person, name: string, kind = 'text'): Promise<Loose> =>
  (await person.must('POST', `${person.at}/categories`, { name, kind })).group

describe('listing', () => {
  test('OC56: headings with a label, a kind and always a list of channels', async () => {
    const { id, owner, member } = await newServer(target)
    await makeCategory(owner, 'Stage', 'voice')
    const { status, body } = await member.get(`${member.at}/channels`)
    expect(status).toBe(200)
    expect(body).toEqual({
      server_id: id,
      groups: [
        { id: expect.stringMatching(UUID), label: 'general', kind: 'text', channels: [expect.anything()] },
        { id: expect.stringMatching(UUID), label: 'Stage', kind: 'voice', channels: [] },
      ],
    })
    expect(body.groups[0].channels[0]).toMatchObject({ type: 'text', kind: 'channel', group_id: body.groups[0].id })
  })

  test("OC58: on the home server one's groups and direct chats stand behind, each only where there is one", async () => {
    const [mila, ravi, noor] = (await newPeople(target, 3)) as [Person, Person, Person]
    const virtual = async (person: Person) => (await person.headings()).filter(heading => heading.virtual)
    expect(await virtual(mila)).toEqual([])
    const direct = await mila.direct(ravi)
    expect((await virtual(ravi)).map(({ id, label }) => [id, label])).toEqual([['direct', 'Direct messages']])
    const group = await mila.group([ravi])
    const headings = await mila.headings()
    expect(headings.findLast(heading => !heading.virtual)).toBe(headings.at(-3))
    expect(headings.slice(-2)).toEqual([
      { id: 'groups', label: 'Groups', kind: 'text', virtual: true, channels: [await mila.channel(group)] },
      { id: 'direct', label: 'Direct messages', kind: 'text', virtual: true, channels: [await mila.channel(direct)] },
    ])
    expect(await virtual(noor)).toEqual([])
  })

  test('OC58: everybody sees the public channels of home, members alone the private ones', async () => {
    const [mila, ravi] = (await newPeople(target, 2)) as [Person, Person]
    const open = await mila.makeChannel()
    const hidden = await mila.makeChannel()
    await mila.must('PATCH', `/v1/channels/${hidden}`, { visibility: 'private' })
    const shown = async (person: Person) => (await person.channels()).map(channel => channel.id)
    expect(await shown(mila)).toEqual(expect.arrayContaining([open, hidden]))
    const others = await shown(ravi)
    expect(others).toContain(open)
    expect(others).not.toContain(hidden)
  })
})

describe('headings', () => {
  test('OC62: made, called otherwise, deleted, by owner and managers', async () => {
    const { id, owner, manager } = await newServer(target)
    const path = `${owner.at}/categories`
    const made = await manager.post(path, { name: 'Boats', kind: 'text' })
    const group = { id: expect.stringMatching(UUID), label: 'Boats', kind: 'text', channels: [] }
    const time = expect.stringMatching(TIME)
    expect([made.status, made.body]).toEqual([
      201,
      { server_id: id, group, created_by_uid: manager.uid, created_at: time },
    ])
    const boats = `${path}/${made.body.group.id}`
    const renamed = await owner.put(boats, { name: 'Ships' })
    const by = { updated_by_uid: owner.uid, updated_at: time }
    expect([renamed.status, renamed.body]).toEqual([200, { server_id: id, group: { ...group, label: 'Ships' }, ...by }])
    const general = (await owner.headings())[0]
    const kept = await owner.put(`${path}/${general.id}`, { name: 'Hall' })
    expect(kept.body.group).toEqual({ ...general, label: 'Hall' })
    const deleted = await owner.delete(boats)
    expect([deleted.status, deleted.body]).toEqual([200, { server_id: id, groups: await owner.headings(), ...by }])
    expect(outline(deleted.body.groups)).toEqual({ Hall: ['general'] })
  })

  test('OC62: refused by their own words', async () => {
    const { owner, member } = await newServer(target)
    const path = `${owner.at}/categories`
    const [general] = await owner.headings()
    const fits = { name: 'x', kind: 'text' }
    expect(said(await member.post(path, fits))).toBe('403 category_create_forbidden')
    expect(said(await member.put(`${path}/${general.id}`, { name: 'x' }))).toBe('403 category_update_forbidden')
    expect(said(await member.delete(`${path}/${general.id}`))).toBe('403 category_delete_forbidden')
    for (const name of ['', '  ', 'x'.repeat(101), 7, undefined]) {
      expect(blamed(await owner.post(path, { ...fits, name }))).toBe('400 invalid_category_name: name')
      expect(blamed(await owner.put(`${path}/${general.id}`, { name }))).toBe('400 invalid_category_name: name')
    }
    for (const kind of ['video', 1, undefined]) {
      expect(blamed(await owner.post(path, { ...fits, kind }))).toBe('400 invalid_category_kind: kind')
    }
    const elsewhere = (await (await newServer(target)).owner.headings())[0]
    for (const gid of [NO_ID, 'groups', 'direct', 'x', elsewhere.id]) {
      expect(said(await owner.put(`${path}/${gid}`, { name: 'x' }))).toBe('404 category_not_found')
      expect(said(await owner.delete(`${path}/${gid}`))).toBe('404 category_not_found')
    }
    const spare = await makeCategory(owner, 'Spare')
    expect(said(await owner.delete(`${path}/${general.id}`))).toBe('400 category_not_empty')
    await owner.must('DELETE', `${path}/${spare.id}`)
    await owner.must('DELETE', `/v1/channels/${general.channels[0].id}`)
    expect(said(await owner.delete(`${path}/${general.id}`))).toBe('400 category_not_empty')
  })
})

describe('layout', () => {
  test('OC63: every heading and channel gets its place; all who see them see it', async () => {
    const { id, owner, manager, member } = await newServer(target)
    const boats = await makeCategory(owner, 'Boats')
    const oars = await owner.makeChannel('oars')
    const [general] = (await owner.headings()) as Loose[]
    const [first] = general.channels
    const groups = [
      { id: boats.id, channel_ids: [oars, first.id] },
      { id: general.id, channel_ids: [] },
    ]
    const { status, body } = await manager.put(`${manager.at}/channel-layout`, { groups })
    const by = { updated_by_uid: manager.uid, updated_at: expect.stringMatching(TIME) }
    expect([status, body]).toEqual([200, { server_id: id, groups: await manager.headings(), ...by }])
    const seen = await member.headings()
    expect(layoutOf(seen)).toEqual(groups)
    expect(Object.keys(outline(seen))).toEqual(['Boats', 'general'])
    expect(seen[0].channels.map((channel: Loose) => channel.group_id)).toEqual([boats.id, boats.id])
    expect((await member.channel(oars)).group_id).toBe(boats.id)
  })

  test('OC63: what is no exact cover changes nothing', async () => {
    const { owner, member } = await newServer(target)
    const boats = await makeCategory(owner, 'Boats')
    await owner.makeChannel('oars')
    const path = `${owner.at}/channel-layout`
    const before = await owner.headings()
    const [general] = layoutOf(before) as [Loose]
    const empty = { id: boats.id, channel_ids: [] }
    const [first, second] = general.channel_ids
    const wrong: readonly unknown[] = [
      [general],
      [general, empty, empty],
      [general, { ...empty, channel_ids: [first] }],
      [{ ...general, channel_ids: [first] }, empty],
      [{ ...general, channel_ids: [first, first, second] }, empty],
      [general, { id: NO_ID, channel_ids: [] }],
      [{ ...general, channel_ids: [...general.channel_ids, NO_ID] }, empty],
      [general, empty, { id: 'direct', channel_ids: [] }],
      [],
      'all',
      [null],
      [{ id: general.id }],
      undefined,
    ]
    for (const groups of wrong) {
      expect(said(await owner.put(path, { groups }))).toBe('400 invalid_channel_layout')
    }
    expect(await owner.headings()).toEqual(before)
    expect(said(await member.put(path, { groups: [general, empty] }))).toBe('403 channel_layout_forbidden')
    expect((await owner.put(path, { groups: [empty, general] })).status).toBe(200)
  })

  test('OC63: of parallel layouts one wins as a whole', async () => {
    const { owner } = await newServer(target)
    const boats = await makeCategory(owner, 'Boats')
    const extra = await owner.makeChannel(fresh())
    const [general] = layoutOf(await owner.headings()) as [Loose]
    const [first] = general.channel_ids
    const layouts = [
      [
        { id: general.id, channel_ids: [first, extra] },
        { id: boats.id, channel_ids: [] },
      ],
      [
        { id: boats.id, channel_ids: [extra, first] },
        { id: general.id, channel_ids: [] },
      ],
    ]
    const answers = await Promise.all(layouts.map(groups => owner.put(`${owner.at}/channel-layout`, { groups })))
    expect(answers.map(answer => answer.status)).toEqual([200, 200])
    expect(layouts).toContainEqual(layoutOf(await owner.headings()))
  })
})
