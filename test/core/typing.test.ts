import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Actor, Note } from '../../src/core/index.ts'
import { bodiesOf, createTestCore, faultOf, strictDoor, type TestCore } from '../kit/core.ts'

let t: TestCore
let ada: Actor
let bob: Actor
let chat: string
let heard: readonly Note[]
beforeEach(async () => {
  t = await createTestCore()
  ada = await t.person('ada')
  bob = await t.person('bob')
  chat = (await t.core.conversations.create(ada, { memberIds: [bob.profile.id] })).conversation.id
  heard = await t.listen(bob)
})
afterEach(async () => {
  expect(t.errors).toEqual([])
  await t[Symbol.asyncDispose]()
})

const TTL = 5000
const set = (who: Actor, active: boolean, linkId = 'link', where = chat) =>
  t.core.typing.set(who, where, active, { linkId, ttlMs: TTL })
const told = () => bodiesOf(heard, 'typing').map(b => [b.person.handle, b.active])

describe('typing', () => {
  test('WT80 MS91: others hear the start with its end, and the stop', async () => {
    await set(ada, true)
    await set(ada, false)
    await set(ada, false)
    expect(bodiesOf(heard, 'typing')).toMatchObject([
      { person: { handle: 'ada' }, active: true, expiresAt: t.clock.now() + TTL, conversation: { id: chat } },
      { person: { handle: 'ada' }, active: false, expiresAt: null },
    ])
  })

  test('MS91: stops by itself after the last start, once', async () => {
    await set(ada, true)
    t.clock.advance(TTL - 1)
    await Promise.all([set(ada, true), set(ada, true)])
    t.clock.advance(TTL - 1)
    expect(told().filter(([, active]) => !active)).toEqual([])
    t.clock.advance(1)
    expect(told().filter(([, active]) => !active)).toEqual([['ada', false]])
    t.clock.advance(10 * TTL)
    expect(told().filter(([, active]) => !active)).toHaveLength(1)
  })

  test('MS91: a send stops it, only there', async () => {
    const other = (await t.core.conversations.create(ada, { memberIds: [bob.profile.id] })).conversation.id
    await set(ada, true)
    await t.core.messages.send(ada, other, { kind: 'text', text: 'x' })
    expect(told()).toEqual([['ada', true]])
    await t.core.messages.send(bob, chat, { kind: 'text', text: 'x' })
    expect(told()).toEqual([['ada', true]])
    await t.core.messages.send(ada, chat, { kind: 'text', text: 'x' })
    expect(told()).toEqual([
      ['ada', true],
      ['ada', false],
    ])
  })

  test('MS91: the end of the link that started it stops it', async () => {
    await set(ada, true, 'one')
    t.core.typing.linkClosed('two')
    expect(told()).toEqual([['ada', true]])
    t.core.typing.linkClosed('one')
    t.core.typing.linkClosed('one')
    expect(told()).toEqual([
      ['ada', true],
      ['ada', false],
    ])
  })

  test('WT32: across a block nothing passes and nothing is said; strangers and outsiders are refused', async () => {
    const direct = (await t.core.conversations.openDirect(ada, bob.profile.id)).conversation.id
    await t.core.messages.send(ada, direct, { kind: 'text', text: 'heard' })
    await t.core.contacts.block(bob, ada.profile.id)
    await set(ada, true, 'link', direct)
    await set(bob, true, 'link', direct)
    expect(told()).toEqual([])
    await set(ada, true)
    expect(told()).toEqual([['ada', true]])
    await t.core.contacts.unblock(bob, ada.profile.id)
    expect((await faultOf(set({ ...ada, door: strictDoor }, true, 'link', direct))).kind).toBe('friend.required')
    const eve = await t.person('eve')
    expect((await faultOf(set(eve, true))).kind).toBe('member.required')
    expect((await faultOf(set(eve, true, 'link', crypto.randomUUID()))).kind).toBe('conversation.unknown')
  })

  test('WT82: who begins all the time is shown ten times a second, burst 40; stops are shown', async () => {
    await using limited = await createTestCore({ rateLimits: true })
    const { core, clock } = limited
    const [cleo, dan] = [await limited.person('cleo'), await limited.person('dan')]
    const { conversation } = await core.conversations.openDirect(cleo, dan.profile.id)
    const heard = await limited.listen(dan)
    const set = (active: boolean) => core.typing.set(cleo, conversation.id, active, { linkId: 'l', ttlMs: 5000 })
    for (let i = 0; i < 50; i++) {
      await set(true)
      await set(false)
    }
    expect(heard.filter(note => note.body.type === 'typing')).toHaveLength(80)
    clock.advance(100)
    await set(true)
    expect(heard.filter(note => note.body.type === 'typing')).toHaveLength(81)
  })

  test('WT37: not in large groups', async () => {
    await t.core.conversations.update(ada, chat, { sizeClass: 'large' })
    await set(ada, true)
    expect(told()).toEqual([])
  })
})
