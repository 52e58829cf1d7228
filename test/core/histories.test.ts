import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type Actor, streakOf } from '../../src/core/index.ts'
import { bodiesOf, createTestCore, faultOf, type TestCore } from '../kit/core.ts'

const DAY = 86_400_000

let t: TestCore
let ada: Actor
let bob: Actor
let eve: Actor
let room: string
let direct: string
beforeEach(async () => {
  t = await createTestCore()
  ada = await t.person('ada')
  bob = await t.person('bob')
  eve = await t.person('eve')
  room = (await t.core.conversations.create(ada, { title: 'room', memberIds: [bob.profile.id] })).conversation.id
  direct = (await t.core.conversations.openDirect(ada, bob.profile.id)).conversation.id
})
afterEach(async () => {
  expect(t.errors).toEqual([])
  await t[Symbol.asyncDispose]()
})

const say = async (who: Actor, where: string, text: string) =>
  (await t.core.messages.send(who, where, { kind: 'text', text })).message.id

describe('histories', () => {
  test('CA53 CA55: the newest over all conversations, in order of commit, by cursor and by author', async () => {
    const ids = [await say(ada, room, '1'), await say(bob, direct, '2'), await say(ada, direct, '3')]
    const elsewhere = await t.core.conversations.create(eve, { title: 'other' })
    const hidden = await say(eve, elsewhere.conversation.id, 'not for ada')
    await t.core.messages.recall(ada, await say(ada, room, 'taken back'))
    const recent = async (page: Parameters<typeof t.core.messages.recent>[1]) =>
      (await t.core.messages.recent(ada, page)).map(m => m.id)
    expect(await recent({ limit: 10 })).toEqual(ids)
    expect(await recent({ limit: 2 })).toEqual(ids.slice(1))
    expect(await recent({ limit: 1, before: ids[2] })).toEqual([ids[1] ?? ''])
    expect(await recent({ limit: 10, after: ids[0] })).toEqual(ids.slice(1))
    expect(await recent({ limit: 10, mine: true })).toEqual([ids[0] ?? '', ids[2] ?? ''])
    expect(await faultOf(recent({ limit: 1, before: hidden }))).toMatchObject({ kind: 'target.unknown' })
    expect(await faultOf(recent({ limit: 1, after: 'nothing' }))).toMatchObject({ kind: 'target.unknown' })
  })

  test('UM71 UM81: many at once, where the actor is; whether a send would pass', async () => {
    const elsewhere = await t.core.conversations.create(eve, { title: 'other' })
    const ids = [await say(ada, room, '1'), await say(eve, elsewhere.conversation.id, '2'), await say(bob, direct, '3')]
    const found = await t.core.messages.getMany(ada, [...ids, 'nothing'])
    expect(found.map(m => m.text).toSorted()).toEqual(['1', '3'])
    await t.core.messages.judgeSend(ada, direct)
    await t.core.contacts.block(bob, ada.profile.id)
    expect(await faultOf(t.core.messages.judgeSend(ada, direct))).toMatchObject({ kind: 'blocked.by-peer' })
    expect(await faultOf(t.core.messages.judgeSend(eve, room))).toMatchObject({ kind: 'member.required' })
  })

  test('UM67 UM69: pages by number run from the newest down; recalled ones are in no page and no total', async () => {
    const ids: string[] = []
    for (const text of ['1', '2', '3', '4', '5']) ids.push(await say(ada, room, text))
    await t.core.messages.recall(ada, ids[3] ?? '')
    await t.core.messages.recall(ada, ids[3] ?? '')
    const page = await t.core.messages.pageAt(bob, room, { offset: 1, limit: 2 })
    expect(page.messages.map(m => m.text)).toEqual(['3', '2'])
    expect(page.total).toBe(4)
    expect((await t.core.messages.pageAt(bob, room, { offset: 4, limit: 2 })).messages).toEqual([])
    expect(await faultOf(t.core.messages.pageAt(eve, room, { offset: 0, limit: 1 }))).toMatchObject({
      kind: 'member.required',
    })
  })

  test('UM68 UM81: a mark tells each author which of his messages became read', async () => {
    await t.core.members.add(ada, room, [eve.profile.id], { skipPresent: false })
    const first = await say(ada, room, '1')
    const gone = await say(ada, room, '2')
    const second = await say(eve, room, '3')
    const third = await say(ada, room, '4')
    await t.core.messages.recall(ada, gone)
    const heard = await t.listen(ada)
    const { newly } = await t.core.messages.markRead(bob, room, third)
    expect(newly).toEqual([
      { authorId: ada.profile.id, messageIds: [first, third] },
      { authorId: eve.profile.id, messageIds: [second] },
    ])
    expect(bodiesOf(heard, 'receipt.read')[0]?.newly).toEqual(newly)
    expect((await t.core.messages.markRead(bob, room, third)).newly).toEqual([])
    const { messages } = await t.core.messages.pageAt(ada, room, { offset: 0, limit: 10 })
    const read = await t.core.messages.readBySome(messages)
    expect(messages.map(m => read.has(m.id))).toEqual([true, true, true])
    const unread = await say(ada, room, '5')
    expect(await t.core.messages.readBySome([await t.core.messages.get(ada, unread)])).toEqual(new Set())
  })
})

describe('streaks', () => {
  const streak = async () => {
    const { conversation } = await t.core.conversations.get(ada, { peer: bob.profile.id })
    return streakOf(conversation, t.clock.now())
  }

  test('UM117: days on which both wrote in their direct chat', async () => {
    await say(ada, direct, 'a')
    await say(ada, room, 'not here')
    await say(bob, room, 'nor here')
    expect(await streak()).toEqual({ days: 0, dueToday: false })
    const theirs = await say(bob, direct, 'b')
    expect(await streak()).toEqual({ days: 1, dueToday: false })
    await t.core.messages.recall(bob, theirs)
    expect(await streak()).toEqual({ days: 1, dueToday: false })
    t.clock.advance(DAY)
    expect(await streak()).toEqual({ days: 1, dueToday: true })
    await say(bob, direct, 'c')
    await say(ada, direct, 'd')
    expect(await streak()).toEqual({ days: 2, dueToday: false })
    t.clock.advance(2 * DAY)
    expect(await streak()).toEqual({ days: 0, dueToday: false })
  })
})

describe('finding and joining', () => {
  test('CA43: the directory holds what is public and one’s own; a direct chat is found by its peer', async () => {
    const open = { kind: 'channel', visibility: 'public', joinRule: 'open', titleIsName: true } as const
    const lobby = await t.core.conversations.create(eve, { ...open, title: 'lobby' })
    const seen = async (who: Actor) =>
      (await t.core.conversations.directory(who, { limit: 10 })).views.map(v => [v.conversation.kind, v.me !== null])
    expect(await seen(ada)).toEqual([
      ['channel', false],
      ['group', true],
      ['direct', true],
      ['channel', false],
    ])
    expect((await seen(eve)).at(-1)).toEqual(['channel', true])
    expect((await t.core.conversations.get(bob, { peer: ada.profile.id })).conversation.id).toBe(direct)
    expect(await faultOf(t.core.conversations.get(eve, { peer: ada.profile.id }))).toMatchObject({
      kind: 'conversation.unknown',
    })
    await t.core.members.join(ada, lobby.conversation.id, null)
    expect(await t.core.members.roster(bob, lobby.conversation.id)).toEqual([eve.profile.id, ada.profile.id])
    expect(await faultOf(t.core.members.roster(eve, room))).toMatchObject({ kind: 'member.required' })
  })

  test('CA45: enrolling is for those who were never there', async () => {
    const general = (await t.core.conversations.see(ada, { slug: 'general' })).conversation.id
    expect(await t.core.members.enrol(ada, general)).toBe(true)
    expect(await t.core.members.enrol(ada, general)).toBe(false)
    await t.core.members.leave(ada, general)
    expect(await t.core.members.enrol(ada, general)).toBe(false)
    await t.core.members.join(ada, general, null)
    expect(await t.core.members.roster(bob, general)).toEqual([ada.profile.id])
    expect(await t.core.members.enrol(eve, room)).toBe(false)
  })

  test('UM121: a door that adds friends only', async () => {
    const strict: Actor = { ...ada, door: { ...ada.door, addsFriendsOnly: true } }
    const create = () => t.core.conversations.create(strict, { title: 'x', memberIds: [bob.profile.id] })
    expect(await faultOf(create())).toMatchObject({ kind: 'member.unaddable' })
    await t.core.contacts.request(ada, bob.profile.id, null)
    await t.core.contacts.accept(bob, { profileId: ada.profile.id })
    await create()
  })
})

describe('the server itself', () => {
  test('counts who is online and what was said today; keys are the same after a restart, others for each purpose', async () => {
    await say(ada, room, 'today')
    const link = await t.core.presence.connect(ada)
    expect(await t.core.counters()).toMatchObject({ online: 1 })
    const keys = [t.core.keyFor('a'), t.core.keyFor('b')]
    expect(new Set(keys).size).toBe(2)
    link[Symbol.dispose]()
    await t.restart()
    expect([t.core.keyFor('a'), t.core.keyFor('b')]).toEqual(keys)
  })
})
