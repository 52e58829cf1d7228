// Pins, search, receipts, mentions counted, open views, and how far the log has been handed out.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type Actor, type ConversationId, limits, type Message, type Note } from '../../src/core/index.ts'
import { bodiesOf, createTestCore, faultOf, type TestCore, typesOf } from '../kit/core.ts'

let t: TestCore
let ada: Actor
let bea: Actor
let room: ConversationId
beforeEach(async () => {
  t = await createTestCore()
  ada = await t.person('ada')
  bea = await t.person('bea')
  const made = await t.core.conversations.create(ada, { title: 'Room', memberIds: [bea.profile.id] })
  room = made.conversation.id
})
afterEach(async () => {
  expect(t.errors).toEqual([])
  await t[Symbol.asyncDispose]()
})

const say = async (text: string, who = ada, where = room) =>
  (await t.core.messages.send(who, where, { kind: 'text', text })).message

describe('pins', () => {
  test('newest first, told once; by owner and managers; a recall takes the pin away', async () => {
    const { messages } = t.core
    const first = await say('one')
    const second = await say('two', bea)
    const heard = await t.listen(bea)
    expect(await faultOf(messages.pin(bea, first.id, true))).toMatchObject({ kind: 'role.required' })
    expect((await messages.pin(ada, first.id, true)).changed).toBe(true)
    expect((await messages.pin(ada, first.id, true)).changed).toBe(false)
    t.clock.advance(5)
    await messages.pin(ada, second.id, true)
    expect((await messages.pins(bea, room)).map(pin => [pin.message.text, pin.by.handle])).toEqual([
      ['two', 'ada'],
      ['one', 'ada'],
    ])
    await messages.recall(bea, second.id)
    expect((await messages.pins(bea, room)).map(pin => pin.message.text)).toEqual(['one'])
    expect(await faultOf(messages.pin(ada, second.id, true))).toMatchObject({ kind: 'message.recalled' })
    expect((await messages.pin(ada, first.id, false)).changed).toBe(true)
    expect(bodiesOf(heard, 'pin.changed').map(body => [body.message.id, body.active])).toEqual([
      [first.id, true],
      [second.id, true],
      [second.id, false],
      [first.id, false],
    ])
  })

  test('either side of a direct chat pins; fifty are enough', async () => {
    const { messages, conversations } = t.core
    const direct = (await conversations.openDirect(ada, bea.profile.id)).conversation.id
    for (let n = 0; n < 50; n++) await messages.pin(bea, (await say(`m${n}`, ada, direct)).id, true)
    const last = await say('one more', ada, direct)
    expect(await faultOf(messages.pin(ada, last.id, true))).toEqual({ kind: 'pin.limit', limit: 50 })
  })
})

describe('search', () => {
  test('every term, whatever its case, in what one is in; current text only; newest first, page by page', async () => {
    const { messages } = t.core
    const sent = [await say('Red boat'), await say('BOAT of red wood', bea), await say('red only')]
    const edited = await say('red boat again')
    await messages.edit(ada, edited.id, { text: 'changed' })
    const recalled = await say('red boat lost')
    await messages.recall(ada, recalled.id)
    const found = await messages.search(bea, { terms: ['red', 'bOat'], limit: 10 })
    expect(found.messages.map(message => message.id)).toEqual([sent[1]?.id ?? '', sent[0]?.id ?? ''])
    expect(found.next).toBeNull()
    const page = await messages.search(bea, { terms: ['red'], limit: 1 })
    expect(page.messages.map(message => message.text)).toEqual(['red only'])
    const rest = await messages.search(bea, { terms: ['red'], limit: 5, before: page.next ?? undefined })
    expect(rest.messages.map(message => message.text)).toEqual(['BOAT of red wood', 'Red boat'])
    const from = await messages.search(ada, {
      terms: ['red'],
      authorId: bea.profile.id,
      conversationId: room,
      limit: 5,
    })
    expect(from.messages.map(message => message.text)).toEqual(['BOAT of red wood'])
    const stranger = await t.person('cleo')
    expect((await messages.search(stranger, { terms: ['red'], limit: 5 })).messages).toEqual([])
    expect(await faultOf(messages.search(stranger, { terms: ['red'], conversationId: room, limit: 5 }))).toEqual({
      kind: 'member.required',
    })
  })

  test('OC82: others have their turn in between, and long texts end a call before many short ones do', async () => {
    const { messages } = t.core
    const send = (text: string) => say(text, ada)
    const first = await send('red boat')
    for (let n = 0; n < 150; n++) await send('b')
    const order: string[] = []
    setImmediate(() => order.push('another'))
    const found = await messages.search(ada, { terms: ['red'], limit: 5 })
    order.push('search')
    expect([order, found.messages.map(message => message.id), found.next]).toEqual([
      ['another', 'search'],
      [first.id],
      null,
    ])
    const long = 'x'.repeat(limits.searchedCharacters / 40)
    for (let n = 0; n < 40; n++) await send(long)
    for (let n = 0; n < 60; n++) await send('c')
    const short = await messages.search(ada, { terms: ['red'], limit: 5 })
    expect(short.messages).toEqual([])
    const rest = await messages.search(ada, { terms: ['red'], limit: 5, before: short.next ?? undefined })
    expect([rest.messages.map(message => message.id), rest.next]).toEqual([[first.id], null])
  })

  test('signs are plain characters', async () => {
    await say('100% _sure_ "really"')
    for (const term of ['100%', '_sure_', '"really"']) {
      expect((await t.core.messages.search(ada, { terms: [term], limit: 5 })).messages).toHaveLength(1)
    }
    expect((await t.core.messages.search(ada, { terms: ['1%0'], limit: 5 })).messages).toEqual([])
  })
})

describe('reading', () => {
  test('a page around a message holds it and both sides; recalled ones are left out on request', async () => {
    const sent: Message[] = []
    for (let n = 1; n <= 9; n++) sent.push(await say(`m${n}`))
    await t.core.messages.recall(ada, sent[3]?.id ?? '')
    const around = (limit: number, standing = false) =>
      t.core.messages.page(ada, room, { limit, around: sent[4]?.id ?? '', standing })
    expect((await around(3)).messages.map(m => m.seq)).toEqual([4, 5, 6])
    expect(await around(3)).toMatchObject({ more: { before: true, after: true } })
    expect((await around(3, true)).messages.map(m => m.seq)).toEqual([3, 5, 6])
    expect(await around(100)).toMatchObject({ more: { before: false, after: false } })
    expect((await around(1)).messages.map(m => m.seq)).toEqual([5])
    const newest = await t.core.messages.page(ada, room, { limit: 6, standing: true })
    expect(newest.messages.map(m => m.seq)).toEqual([3, 5, 6, 7, 8, 9])
  })

  test('marks of several conversations move together or not at all', async () => {
    const other = (await t.core.conversations.create(ada, { title: 'Other', memberIds: [bea.profile.id] })).conversation
      .id
    const first = await say('a')
    const second = await say('b', ada, other)
    const wrong = [
      { conversationId: room, upTo: first.id },
      { conversationId: other, upTo: first.id },
    ]
    expect(await faultOf(t.core.messages.markReadMany(bea, wrong))).toMatchObject({ kind: 'target.unknown' })
    expect((await t.core.conversations.get(bea, { id: room })).unread).toBe(1)
    const marked = await t.core.messages.markReadMany(bea, [
      { conversationId: room, upTo: null },
      { conversationId: other, upTo: second.id },
    ])
    expect(marked.map(mark => [mark.changed, mark.lastReadMessageId, mark.unread])).toEqual([
      [true, first.id, 0],
      [true, second.id, 0],
    ])
    expect(
      (await t.core.messages.receipts(ada, room)).map(receipt => [receipt.person.handle, receipt.messageId]),
    ).toEqual([['bea', first.id]])
    expect(await t.core.messages.receipts(bea, other)).toHaveLength(1)
  })

  test('mentions are counted among what is unread', async () => {
    await say('hello @bea')
    await say('@here')
    await say('nobody')
    expect(await t.core.conversations.mentions(bea, [room])).toEqual(new Map([[room, 2]]))
    expect(await t.core.conversations.mentions(ada, [room])).toEqual(new Map([[room, 0]]))
    await t.core.messages.markRead(bea, room, null)
    expect(await t.core.conversations.mentions(bea, [room])).toEqual(new Map([[room, 0]]))
  })

  test('preferences keep what was not given', async () => {
    const { conversations } = t.core
    expect(await conversations.prefer(bea, room, { archived: true })).toMatchObject({
      archived: true,
      mutedUntil: null,
    })
    expect(await conversations.prefer(bea, room, { mutedUntil: 5 })).toMatchObject({ archived: true, mutedUntil: 5 })
    const stranger = await t.person('cleo')
    expect(await faultOf(conversations.prefer(stranger, room, {}))).toEqual({ kind: 'member.required' })
  })
})

describe('open views', () => {
  test('are told to the members but to those across a block, and end with the link', async () => {
    const { watching } = t.core
    const heard = await t.listen(bea)
    using connected = await t.core.presence.connect(ada)
    const view = await watching.start(ada, room, { id: 'w1', device: 'd' })
    await using _ = { [Symbol.asyncDispose]: async () => connected[Symbol.dispose]() }
    expect((await watching.watchers(bea, room)).map(({ person, watcher }) => [person.handle, watcher.id])).toEqual([
      ['ada', 'w1'],
    ])
    view[Symbol.dispose]()
    view[Symbol.dispose]()
    expect(await watching.watchers(bea, room)).toEqual([])
    await say('a marker')
    expect(typesOf(heard).filter(type => type === 'watching')).toHaveLength(2)
    await t.core.contacts.block(bea, ada.profile.id)
    using again = await watching.start(ada, room, { id: 'w2', device: null })
    expect(again).toBeDefined()
    expect(await watching.watchers(bea, room)).toEqual([])
    expect(await faultOf(watching.start(await t.person('cleo'), room, { id: 'w', device: null }))).toEqual({
      kind: 'member.required',
    })
  })
})

describe('resuming', () => {
  test('from the mark said with an event comes everything after it, and nothing of others', async () => {
    const { feed } = t.core
    const marks: string[] = []
    const encoder = { name: 'test', encode: (note: Note) => [{ frame: `${note.body.type} ${feed.settled}` }] }
    const sink = {
      profileId: bea.profile.id,
      deliver: (frame: string | Uint8Array) => void marks.push(String(frame).split(' ')[1] ?? ''),
    }
    await feed.follow(sink, encoder)
    const start = await feed.now()
    await say('one')
    await say('two')
    await say('three')
    const secret = await t.core.conversations.create(ada, { title: 'Secret' })
    await say('hidden', ada, secret.conversation.id)
    const since = async (mark: string) => {
      const page = await feed.since(bea.profile.id, [], mark, 10)
      return page === 'resync'
        ? page
        : page.events.map(({ body }) => (body.type === 'message.sent' ? body.message.text : body.type))
    }
    expect(marks).toHaveLength(3)
    expect(await since(start)).toEqual(['one', 'two', 'three'])
    expect(await since(marks[0] ?? '')).toEqual(['two', 'three'])
    expect(await since(marks[2] ?? '')).toEqual([])
    expect(await since('somewhere.else')).toBe('resync')
    const page = await feed.since(bea.profile.id, [], start, 10)
    if (page === 'resync') throw new Error('resync')
    expect(page.events.map(event => event.mark ?? null)).toEqual(marks)
  })
})
