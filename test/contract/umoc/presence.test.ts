// Section E: who is online, and who may know.
import { describe, expect, test } from 'bun:test'
import { startClocked } from '../../kit/clocked.ts'
import { foreign } from '../../kit/target.ts'
import { until } from '../../kit/wait.ts'
import { befriend, friends, newGroup, seat, useTarget } from './people.ts'

const target = useTarget()
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

describe('coming and going', () => {
  test('UM50 UM51: friends are told of the first socket and the last, and of none between', async () => {
    const [a, b] = await friends(target)
    a.client.take('user_status')
    const tab = await b.person.connect()
    tab.close()
    await a.client.quiet('user_status')
    b.client.close()
    const gone = await a.client.next('user_status')
    expect(gone).toEqual({
      user_id: b.person.id,
      username: b.person.username,
      status: 'offline',
      last_seen: expect.stringMatching(ISO),
    })
    const back = await b.person.connect()
    expect(await a.client.next('user_status')).toEqual({
      user_id: b.person.id,
      username: b.person.username,
      status: 'online',
    })
    await back.quiet('user_status')
  })

  test('UM50: strangers, pending ones and co-members are not told', async () => {
    const watcher = await seat(target)
    const stranger = await seat(target)
    const pending = await seat(target)
    await pending.client.must('add_contact', { contact_username: watcher.person.username })
    stranger.client.close()
    pending.client.close()
    await (await stranger.person.connect()).caughtUp()
    await (await pending.person.connect()).caughtUp()
    await watcher.client.quiet('user_status')
  })

  test.skipIf(foreign)('UM51: whoever is gone shows as gone before the clock has moved', async () => {
    await using house = await startClocked()
    const [a, b] = await friends(house)
    a.client.take('user_status')
    b.client.close()
    expect(await a.client.next('user_status')).toMatchObject({ user_id: b.person.id, status: 'offline' })
    a.client.close()
  })

  test('UM50 UM115 UM116: a block shows each the other offline, and lifting it online again', async () => {
    const [a, b] = await friends(target)
    for (const { client } of [a, b]) {
      await client.caughtUp()
      client.take('user_status')
    }
    const shown = ({ person: { id, username } }: typeof a, keys: object) => ({ user_id: id, username, ...keys })
    await a.client.must('block_contact', { contact_id: b.person.id })
    const offline = { status: 'offline', last_seen: null }
    expect(await a.client.next('user_status')).toEqual(shown(b, offline))
    expect(await b.client.next('user_status')).toEqual(shown(a, offline))
    await a.client.must('unblock_contact', { contact_id: b.person.id })
    expect(await a.client.next('user_status')).toEqual(shown(b, { status: 'online' }))
    expect(await b.client.next('user_status')).toEqual(shown(a, { status: 'online' }))
  })

  test('UM50: what was online already is not told again on connect', async () => {
    const [a, b] = await friends(target)
    const tab = await b.person.connect()
    await tab.quiet('user_status')
    expect(await tab.must('get_chat_info', { chat_id: a.person.id })).toMatchObject({ is_online: true })
  })
})

describe('visibility', () => {
  test('UM53: it is reported, set, and refused when it is no word of ours', async () => {
    const { client } = await seat(target)
    expect(await client.must('set_status_visibility')).toEqual({ visibility: 'everyone' })
    expect(await client.next('status_visibility')).toEqual({ visibility: 'everyone' })
    for (const visibility of ['contacts', 'nobody', 'everyone']) {
      expect(await client.must('set_status_visibility', { visibility })).toEqual({ visibility })
      expect(await client.must('set_status_visibility')).toEqual({ visibility })
    }
    for (const visibility of ['friends', 5, null, '', 'constructor']) {
      expect(await client.said('set_status_visibility', { visibility })).toBe('Invalid visibility')
    }
  })

  test('UM53: nobody shows offline at once and never seen; switching back shows online', async () => {
    const [a, b] = await friends(target)
    a.client.take('user_status')
    await b.client.must('set_status_visibility', { visibility: 'nobody' })
    expect(await a.client.next('user_status')).toMatchObject({ user_id: b.person.id, status: 'offline' })
    expect(await a.client.must('get_chat_info', { chat_id: b.person.id })).toMatchObject({
      is_online: false,
      last_seen: null,
    })
    b.client.close()
    const back = await b.person.connect()
    await a.client.quiet('user_status')
    await back.must('set_status_visibility', { visibility: 'everyone' })
    expect(await a.client.next('user_status')).toMatchObject({ user_id: b.person.id, status: 'online' })
  })

  test('UM52 UM53: co-members see each other in the list of members, unless only contacts may', async () => {
    const [owner, a] = await friends(target)
    const b = await seat(target)
    await befriend(owner, b)
    const chat_id = await newGroup(owner, [a, b])
    const seen = async () => {
      const { members } = await a.client.must('get_chat_info', { chat_id, is_group: true })
      return members.find((member: { user_id: number }) => member.user_id === b.person.id)
    }
    expect(await seen()).toMatchObject({ is_online: true, last_seen: null })
    await b.client.must('set_status_visibility', { visibility: 'contacts' })
    expect(await seen()).toMatchObject({ is_online: false, last_seen: null })
    await b.client.must('set_status_visibility', { visibility: 'everyone' })
    b.client.close()
    await until('the co-member to be offline', async () => !(await seen()).is_online)
    expect((await seen()).last_seen).toMatch(ISO)
  })

  test('UM53: presence does not pass a block, either way', async () => {
    const [a, b] = await friends(target)
    await a.client.must('block_contact', { contact_id: b.person.id })
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      expect(await one.client.must('get_chat_info', { chat_id: other.person.id })).toMatchObject({
        is_online: false,
        last_seen: null,
      })
    }
    a.client.take('user_status')
    b.client.close()
    await (await b.person.connect()).caughtUp()
    await a.client.quiet('user_status')
  })
})
