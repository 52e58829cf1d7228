// The list of one's conversations, and how one wants to be told of them: OC88.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { newPeople, newPerson, newServer, type Person } from './crew.ts'
import { blamed, call, type Loose, NO_ID, said } from './target.ts'

const target = useTarget()

const idsOf = (chats: Loose[]): string[] => chats.map(chat => chat.channel.id)

describe('chats', () => {
  test('OC88: what happened last first, each with its last message', async () => {
    const [mila, ravi] = (await newPeople(target, 2)) as [Person, Person]
    const group = await mila.group([ravi])
    const direct = await mila.direct(ravi)
    const silent = await mila.group()
    const first = await ravi.say(group, 'one')
    const last = await ravi.say(direct, 'two')
    const { status, body } = await mila.get('/v1/chats')
    expect(status).toBe(200)
    const chats = [
      { channel: await mila.channel(direct), last_message: last },
      { channel: await mila.channel(group), last_message: first },
      { channel: await mila.channel(silent), last_message: null },
    ]
    expect(body).toEqual({ chats, next_cursor: null })
    expect(body.chats[0].channel).toMatchObject({ unread_count: 1, last_message_at: last.created_at })
    await mila.say(silent, 'three')
    expect(idsOf((await mila.get('/v1/chats')).body.chats)).toEqual([silent, direct, group])
    expect(said(await call(target, 'GET', '/v1/chats'))).toBe('401 unauthorized')
  })

  test('OC88, OC10: page by page, every chat once', async () => {
    const mila = await newPerson(target)
    const made: string[] = []
    for (let i = 0; i < 5; i++) {
      made.unshift(await mila.group())
      await mila.say(made[0] ?? '', `${i}`)
    }
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: Loose = await mila.must('GET', `/v1/chats?limit=2${cursor && `&cursor=${cursor}`}`)
      expect(page.chats.length).toBeLessThanOrEqual(2)
      seen.push(...idsOf(page.chats))
      cursor = page.next_cursor
    }
    expect(seen).toEqual(made)
    const { next_cursor } = await mila.must('GET', '/v1/chats?limit=2')
    const other = await newPerson(target)
    expect(said(await other.get(`/v1/chats?cursor=${next_cursor}`))).toBe('400 invalid_cursor')
    for (const bad of ['x', `${next_cursor}x`]) {
      expect(said(await mila.get(`/v1/chats?cursor=${bad}`))).toBe('400 invalid_cursor')
    }
    await mila.must('DELETE', `/v1/channels/${made[1]}/members/me`)
    expect(said(await mila.get(`/v1/chats?cursor=${next_cursor}`))).toBe('400 invalid_cursor')
  })

  test("OC88: those of the session's server only", async () => {
    const { owner } = await newServer(target)
    const group = await owner.home.group()
    const channel = (await owner.channels())[0]?.id
    expect(idsOf((await owner.must('GET', '/v1/chats')).chats)).toEqual([channel])
    expect(idsOf((await owner.home.must('GET', '/v1/chats')).chats)).toEqual([group])
    const page = await owner.home.must('GET', '/v1/chats?limit=1')
    expect(page.next_cursor).toBeNull()
    await owner.must('DELETE', `${owner.at}/membership`)
    expect(said(await owner.get('/v1/chats'))).toBe('403 membership_required')
  })

  test('OC88: preferences change key by key, and are of the caller only', async () => {
    const [mila, ravi] = (await newPeople(target, 2)) as [Person, Person]
    const group = await mila.group([ravi])
    const path = `/v1/channels/${group}/preferences`
    const none = { channel_id: group, muted_until: null, archived: false }
    const { status, body } = await mila.put(path, {})
    expect([status, body]).toEqual([200, none])
    const muted = { ...none, muted_until: '2031-03-01T12:00:00.000Z' }
    expect((await mila.put(path, { muted_until: '2031-03-01T13:00:00+01:00' })).body).toEqual(muted)
    expect((await mila.put(path, { archived: true })).body).toEqual({ ...muted, archived: true })
    expect((await mila.put(path, { muted_until: null })).body).toEqual({ ...none, archived: true })
    expect((await ravi.put(path, {})).body).toEqual(none)
    // They are about notifications, and change nothing that may be done.
    expect((await mila.channel(group)).muted_until).toBeNull()
    expect(blamed(await mila.put(path, { muted_until: 'later' }))).toBe('400 invalid_payload: muted_until')
    expect(blamed(await mila.put(path, { archived: 'yes' }))).toBe('400 invalid_payload: archived')
    expect(said(await mila.put(`/v1/channels/${NO_ID}/preferences`, {}))).toBe('404 channel_not_found')
    const open = await mila.makeChannel()
    expect(said(await ravi.put(`/v1/channels/${open}/preferences`, {}))).toBe('403 forbidden')
  })

  test("OC88: own devices are not told, nor are other people's", async () => {
    const [mila, ravi] = (await newPeople(target, 2)) as [Person, Person]
    const group = await mila.group([ravi])
    using other = await ravi.live()
    await mila.must('PUT', `/v1/channels/${group}/preferences`, { archived: true })
    expect(await other.heard()).toEqual([])
  })
})
