import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Actor, Mention } from '../../src/core/index.ts'
import { createTestCore, faultOf, outcomesOf, type TestCore } from '../kit/core.ts'

let t: TestCore
let ada: Actor
let bob: Actor
let chat: string
let other: string
beforeEach(async () => {
  t = await createTestCore()
  ada = await t.person('ada')
  bob = await t.person('bob')
  const room = (title: string) => t.core.conversations.create(ada, { title, memberIds: [bob.profile.id] })
  chat = (await room('Room')).conversation.id
  other = (await room('Other')).conversation.id
})
afterEach(async () => {
  expect(t.errors).toEqual([])
  await t[Symbol.asyncDispose]()
})

const say = async (who: Actor, text: string, where = chat) =>
  (await t.core.messages.send(who, where, { kind: 'text', text })).message
const forward = (who: Actor, id: string, to = other, key: string | null = null) =>
  t.core.messages.forward(who, id, to, key)

describe('forwarding', () => {
  test('WT60: names the first origin, carries the same file, and outlives the recall of its source', async () => {
    const file = await t.upload(ada)
    const draft = { kind: 'file', text: 'look', attachments: [file.fid] } as const
    const { message: source } = await t.core.messages.send(ada, chat, draft)
    const { message: once } = await forward(bob, source.id)
    const { message: twice } = await forward(ada, once.id, chat)
    expect(twice).toMatchObject({
      text: 'look',
      kind: 'file',
      author: { handle: 'ada' },
      attachments: [{ fid: file.fid }],
      forwardedFrom: { messageId: source.id, author: { handle: 'ada' }, at: source.createdAt },
    })
    await t.core.messages.recall(ada, source.id)
    expect(await t.core.messages.get(bob, twice.id)).toMatchObject({ text: 'look', attachments: [{ fid: file.fid }] })
    await t.core.files.open(bob, file.fid)
  })

  test('WT60: only what one sees, where one may write; no notice, no reminder', async () => {
    const eve = await t.person('eve')
    const source = await say(ada, 'secret')
    const hers = (await t.core.conversations.create(eve, { title: 'Hers' })).conversation.id
    expect((await faultOf(forward(eve, source.id, hers))).kind).toBe('message.unknown')
    expect((await faultOf(forward(ada, source.id, hers))).kind).toBe('member.required')
    expect((await faultOf(forward(ada, crypto.randomUUID(), other))).kind).toBe('message.unknown')
    const { message: tea } = await t.core.messages.send(ada, chat, { kind: 'reminder', text: 'tea' })
    expect((await faultOf(forward(bob, tea.id))).kind).toBe('message.uncopyable')
  })

  test('WT54: a repeat answers the first outcome, whatever became of the source since; another source is other content', async () => {
    const source = await say(ada, 'one')
    const tries = await Promise.all(Array.from({ length: 10 }, () => forward(bob, source.id, other, 'key')))
    expect(tries.filter(sent => !sent.repeated)).toHaveLength(1)
    expect(new Set(tries.map(sent => sent.message.id)).size).toBe(1)
    await t.core.messages.edit(ada, source.id, { text: 'two' })
    expect(await forward(bob, source.id, other, 'key')).toMatchObject({
      repeated: true,
      sameContent: true,
      message: { text: 'one' },
    })
    await t.core.messages.recall(ada, source.id)
    expect(await forward(bob, source.id, other, 'key')).toMatchObject({ repeated: true, sameContent: true })
    expect((await faultOf(forward(bob, source.id, other, 'another'))).kind).toBe('message.recalled')
    const second = await say(ada, 'one')
    expect((await forward(bob, second.id, other, 'key')).sameContent).toBe(false)
    for (const key of ['', 'x'.repeat(129), 'a\0']) {
      expect(await faultOf(forward(bob, second.id, other, key))).toMatchObject({
        kind: 'value.invalid',
        field: 'clientKey',
      })
    }
  })
})

describe('mentions', () => {
  test('a forwarded text mentions each place once, and members of the target only', async () => {
    const eve = await t.person('eve')
    await t.core.members.add(ada, chat, [eve.profile.id], { skipPresent: false })
    const source = await say(ada, '@bob and @eve')
    expect(source.mentions).toHaveLength(2)
    const { message } = await forward(bob, source.id)
    expect(message.mentions).toEqual([{ type: 'user', target: bob.profile.id, start: 0, end: 4 }])
  })

  test('a door’s own notation counts beside the text, on an edit as well', async () => {
    const named: Mention = { type: 'user', target: bob.profile.id, start: 0, end: 8 }
    const outsider = await t.person('outsider')
    const mentioned = [named, { ...named, target: outsider.profile.id }]
    const draft = { kind: 'text', text: '@[uid:2] and @ada', mentioned } as const
    const { message } = await t.core.messages.send(ada, chat, draft)
    const both = [named, { type: 'user' as const, target: ada.profile.id, start: 13, end: 17 }]
    expect(message.mentions).toEqual(both)
    const edited = await t.core.messages.edit(ada, message.id, { text: '@[uid:2] or @here', mentioned: [named] })
    expect(edited.message.mentions).toEqual([named, { type: 'channel', target: 'here', start: 12, end: 17 }])
  })

  test('are 100 at most, and a text full of names is no burden', async () => {
    const many = await say(ada, '@bob '.repeat(200))
    expect(many.mentions).toHaveLength(100)
    const names = Array.from({ length: 15_000 }, (_, i) => `@n${i}`).join(' ')
    expect((await say(ada, `@bob ${names} @ada`)).mentions).toHaveLength(1)
    const named = Array.from(
      { length: 5000 },
      (_, i): Mention => ({ type: 'channel', target: 'here', start: i, end: i }),
    )
    const draft = { kind: 'text', text: 'x', mentioned: named } as const
    expect((await t.core.messages.send(ada, chat, draft)).message.mentions).toHaveLength(100)
  })
})

describe('reacting', () => {
  test('WT61: idempotent, in order of first use, at most 20 different; a word is bounded', async () => {
    const { id } = await say(ada, 'x')
    const react = (who: Actor, emoji: string, active = true) => t.core.messages.react(who, id, emoji, active)
    const parallel = await Promise.all(Array.from({ length: 5 }, () => react(bob, '👍')))
    expect(parallel.filter(r => r.changed)).toHaveLength(1)
    await react(ada, '🎉')
    await react(ada, '👍')
    const { message } = await react(ada, '👍')
    expect(message.reactions.map(r => [r.emoji, r.by.map(p => p.handle)])).toEqual([
      ['👍', ['bob', 'ada']],
      ['🎉', ['ada']],
    ])
    expect((await react(bob, '🎉', false)).changed).toBe(false)
    for (let i = 0; i < 18; i++) await react(ada, `:e${i}:`)
    expect(await faultOf(react(bob, ':more:'))).toEqual({ kind: 'reaction.limit', limit: 20 })
    expect(await outcomesOf([react(bob, ':e0:'), react(ada, ':e1:', false)])).toEqual({ ok: 2 })
    expect((await react(bob, ':more:')).changed).toBe(true)
    expect(await faultOf(react(bob, 'x'.repeat(1000)))).toMatchObject({ kind: 'value.invalid', field: 'emoji' })
  })
})

describe('through a door that reads what is public', () => {
  test('OC77: what one merely reads along may be forwarded; through other doors it is unknown', async () => {
    const eve = await t.person('eve')
    const open = { title: 'Plaza', visibility: 'public', joinRule: 'open' } as const
    const plaza = (await t.core.conversations.create(ada, open)).conversation.id
    const mine = (await t.core.conversations.create(eve, { title: 'Mine' })).conversation.id
    const { id } = await say(ada, 'hear, hear', plaza)
    expect(await faultOf(forward(eve, id, mine))).toEqual({ kind: 'message.unknown' })
    const reader: Actor = { ...eve, door: { ...eve.door, readsPublic: true } }
    expect((await forward(reader, id, mine)).message.text).toBe('hear, hear')
    const hidden = await say(ada, 'hush')
    expect(await faultOf(forward(reader, hidden.id, mine))).toEqual({ kind: 'message.unknown' })
  })
})

describe('a repeat', () => {
  test('OC75: is known by what its door says it is, where its files are others', async () => {
    const [one, two, three] = [await t.upload(ada), await t.upload(ada), await t.upload(ada)]
    const draft = (fid: string, fingerprint: string) =>
      ({ kind: 'file', attachments: [fid], clientKey: 'k', fingerprint }) as const
    const first = await t.core.messages.send(ada, chat, draft(one.fid, 'a'))
    const again = await t.core.messages.send(ada, chat, draft(two.fid, 'a'))
    expect(again).toMatchObject({ repeated: true, sameContent: true, message: { id: first.message.id } })
    expect(await t.core.messages.send(ada, chat, draft(three.fid, 'b'))).toMatchObject({ sameContent: false })
  })
})
