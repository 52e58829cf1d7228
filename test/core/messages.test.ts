import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Actor, ConversationView, Note } from '../../src/core/index.ts'
import { createTestCore, faultOf, strictDoor, type TestCore } from '../kit/core.ts'

let t: TestCore
let ada: Actor
let bob: Actor
let group: ConversationView
let chat: string

beforeEach(async () => {
  t = await createTestCore()
  ada = await t.person('ada')
  bob = await t.person('bob')
  group = await t.core.conversations.create(ada, { title: 'Room', memberIds: [bob.profile.id] })
  chat = group.conversation.id
})
afterEach(async () => {
  expect(t.errors).toEqual([])
  await t[Symbol.asyncDispose]()
})

const say = async (who: Actor, text: string, clientKey: string | null = null) =>
  t.core.messages.send(who, chat, { kind: 'text', text, clientKey })
const types = (notes: readonly Note[]) => notes.map(note => note.body.type)
const historyOf = async (who: Actor) => (await t.core.messages.page(who, chat, { limit: 100 })).messages

describe('sending', () => {
  test('WT54 MS68: parallel repeats of one key store one message and make one event', async () => {
    const heard = await t.listen(bob)
    const sent = await Promise.all(Array.from({ length: 20 }, () => say(ada, 'once', 'key')))
    expect(new Set(sent.map(s => s.message.id)).size).toBe(1)
    expect(sent.filter(s => !s.repeated)).toHaveLength(1)
    expect(sent.every(s => s.sameContent)).toBe(true)
    expect(types(heard)).toEqual(['message.sent'])
    expect((await say(ada, 'something else', 'key')).sameContent).toBe(false)
    // Another author's equal key, and the same author's in another conversation, are unrelated.
    expect((await say(bob, 'mine', 'key')).repeated).toBe(false)
  })

  test('WT50: seq counts messages without gaps; a refused one takes no number', async () => {
    await say(ada, 'one')
    expect((await faultOf(say(ada, ''))).kind).toBe('text.empty')
    expect((await faultOf(say(ada, 'lone \ud800'))).kind).toBe('value.invalid')
    expect((await faultOf(say(ada, 'x'.repeat(128 * 1024 + 1)))).kind).toBe('text.too-long')
    await say(bob, 'x'.repeat(128 * 1024))
    expect((await historyOf(bob)).map(m => m.seq)).toEqual([1, 2])
  })

  test('time never decreases along a conversation, whatever the clock does', async () => {
    await say(ada, 'late')
    t.clock.advance(-60_000)
    await say(bob, 'early')
    const [first, second] = await historyOf(ada)
    expect(second?.createdAt).toBe(first?.createdAt)
  })

  test('WT55 MS69: a quote is of this conversation and not recalled', async () => {
    const { message } = await say(ada, 'quote me')
    const reply = (replyTo: string) => t.core.messages.send(bob, chat, { kind: 'text', text: 're', replyTo })
    expect((await reply(message.id)).message.replyTo).toMatchObject({ id: message.id, text: 'quote me' })
    const elsewhere = await t.core.conversations.openDirect(ada, bob.profile.id)
    const other = await t.core.messages.send(ada, elsewhere.conversation.id, { kind: 'text', text: 'private' })
    expect((await faultOf(reply(other.message.id))).kind).toBe('target.unknown')
    await t.core.messages.recall(ada, message.id)
    expect((await faultOf(reply(message.id))).kind).toBe('message.recalled')
    expect((await historyOf(bob)).at(-1)?.replyTo).toMatchObject({ id: message.id, text: null })
  })

  test('WT64: mentions name members, by handle in any case, and everyone', async () => {
    await t.person('eve')
    const { message } = await say(ada, 'hi @BOB. and @eve, mail@bob.x @here @bob-')
    expect(message.mentions).toEqual([
      { type: 'user', target: bob.profile.id, start: 3, end: 7 },
      { type: 'channel', target: 'here', start: 30, end: 35 },
      { type: 'user', target: bob.profile.id, start: 36, end: 40 },
    ])
  })
})

describe('sends of one person are counted over all doors', () => {
  test('5 a second, burst 40; the refusal says when to come back', async () => {
    await using limited = await createTestCore({ rateLimits: true })
    const cleo = await limited.person('cleo')
    const dan = await limited.person('dan')
    const { conversation } = await limited.core.conversations.openDirect(cleo, dan.profile.id)
    const send = () => limited.core.messages.send(cleo, conversation.id, { kind: 'text', text: 'x' })
    for (let i = 0; i < 40; i++) await send()
    const fault = await faultOf(send())
    expect(fault).toMatchObject({ kind: 'rate.limited' })
    limited.clock.advance(fault.kind === 'rate.limited' ? fault.retryAfterMs : 0)
    await send()
  })
})

describe('what else others are told of is counted per person, over all doors', () => {
  test('10 a second, burst 100, whatever it is; taking back and reading are free', async () => {
    await using limited = await createTestCore({ rateLimits: true })
    const { core, clock } = limited
    const [cleo, dan] = [await limited.person('cleo'), await limited.person('dan')]
    const { conversation } = await core.conversations.create(cleo, { title: 'room', memberIds: [dan.profile.id] })
    const { message } = await core.messages.send(cleo, conversation.id, { kind: 'text', text: 'x' })
    const rename = (i: number) => core.conversations.update(cleo, conversation.id, { title: `room ${i}` })
    for (let i = 1; i < 100; i++) await rename(i)
    const { id } = conversation
    const target = dan.profile.id
    const home = core.spaces.homeId
    const changes: readonly (() => Promise<unknown>)[] = [
      () => rename(100),
      () => core.messages.edit(cleo, message.id, { text: 'y' }),
      () => core.messages.react(cleo, message.id, '👍', true),
      () => core.messages.pin(cleo, message.id, true),
      () => core.members.mute(cleo, id, target, null),
      () => core.members.leave(cleo, id),
      () => core.conversations.create(cleo, { title: 'another' }),
      () => core.conversations.openDirect(cleo, target),
      () => core.contacts.request(cleo, target, null),
      () => core.people.update(cleo, { displayName: 'Cleo' }),
      () => core.spaces.leave(cleo, home),
      () => core.spaces.create(cleo, { title: 'space', visibility: 'public' }),
      () => core.spaces.createCategory(cleo, home, { label: 'x', kind: 'text' }),
      () => core.spaces.remove(cleo, home, target),
    ]
    for (const change of changes) expect((await faultOf(change())).kind).toBe('rate.limited')
    await core.messages.react(dan, message.id, '👍', true)
    await core.messages.recall(cleo, message.id)
    await core.messages.markRead(cleo, id, message.id)
    clock.advance(100)
    await rename(100)
    expect((await faultOf(rename(101))).kind).toBe('rate.limited')
  })
})

describe('recall', () => {
  test('WT58: text, file and quote are gone everywhere; a repeat of the send answers the shell', async () => {
    const heard = await t.listen(bob)
    const bytes = (async function* () {
      yield new TextEncoder().encode('secret file')
    })()
    const file = await t.core.files.upload(ada, { name: 'a.txt', mime: 'text/plain', bytes })
    const draft = { kind: 'file', text: 'secret', attachments: [file.fid], clientKey: 'k' } as const
    const { message } = await t.core.messages.send(ada, chat, draft)
    const link = t.core.files.link(file.fid, message.id)
    const token = new URL(link, 'http://x').searchParams.get('t') ?? ''
    expect((await t.core.files.open(bob, file.fid)).attachment.name).toBe('a.txt')
    await t.core.files.openLink(file.fid, token)
    await t.core.messages.react(bob, message.id, '👍', true)

    const { message: shell, changed } = await t.core.messages.recall(ada, message.id)
    expect(changed).toBe(true)
    expect(shell).toMatchObject({ text: null, attachments: [], reactions: [], recalledBy: ada.profile.id })
    expect((await t.core.messages.recall(ada, message.id)).changed).toBe(false)
    expect(types(heard)).toEqual(['message.sent', 'reaction.changed', 'message.recalled'])
    expect((await faultOf(t.core.files.open(bob, file.fid))).kind).toBe('file.unknown')
    expect((await faultOf(t.core.files.openLink(file.fid, token))).kind).toBe('file.unknown')
    expect(await t.core.messages.send(ada, chat, draft)).toMatchObject({
      repeated: true,
      sameContent: true,
      message: { text: null },
    })
    for (const action of [
      () => t.core.messages.react(bob, message.id, '👍', true),
      () => t.core.messages.edit(ada, message.id, { text: 'again' }),
      () => t.core.messages.forward(bob, message.id, chat, null),
    ]) {
      expect((await faultOf(action())).kind).toBe('message.recalled')
    }
  })

  test('WT57: 120 seconds through a door with a window, for ever through one without', async () => {
    const { message } = await say(ada, 'oops')
    t.clock.advance(120_001)
    const strictBob = { ...bob, door: strictDoor }
    const late = await say(bob, 'mine')
    t.clock.advance(120_001)
    expect((await faultOf(t.core.messages.recall(strictBob, late.message.id))).kind).toBe('recall.expired')
    expect((await faultOf(t.core.messages.recall(strictBob, message.id))).kind).toBe('author.required')
    expect((await t.core.messages.recall(bob, late.message.id)).changed).toBe(true)
    // Ada owns the group.
    const other = await say(bob, 'bad word')
    t.clock.advance(1e9)
    expect((await t.core.messages.recall({ ...ada, door: strictDoor }, other.message.id)).changed).toBe(true)
  })
})

describe('reactions', () => {
  test('WT61: emojis stay in the order of their first use, whoever takes his back', async () => {
    const { message } = await say(ada, 'a joke')
    const react = (who: Actor, emoji: string, active = true) => t.core.messages.react(who, message.id, emoji, active)
    const shown = async () => {
      const [row] = await historyOf(ada)
      return row?.reactions.map(({ emoji, by }) => `${emoji} ${by.map(person => person.handle)}`)
    }
    await react(ada, '👍')
    await react(bob, '🎉')
    await react(bob, '👍')
    expect(await shown()).toEqual(['👍 ada,bob', '🎉 bob'])
    await react(ada, '👍', false)
    expect(await shown()).toEqual(['👍 bob', '🎉 bob'])
    await react(ada, '👍')
    expect(await shown()).toEqual(['👍 bob,ada', '🎉 bob'])
    await react(bob, '👍', false)
    await react(ada, '👍', false)
    await react(ada, '👍')
    expect(await shown()).toEqual(['🎉 bob', '👍 ada'])
  })
})

describe('reading', () => {
  test('MS61 WT48: pages in both directions meet every message once', async () => {
    for (let i = 1; i <= 25; i++) await say(i % 2 ? ada : bob, `${i}`)
    const walk = async (direction: 'before' | 'after') => {
      const seen: number[] = []
      let page = await t.core.messages.page(ada, chat, { limit: 7 })
      if (direction === 'after') {
        const [first] = (await t.core.messages.page(ada, chat, { limit: 25 })).messages
        seen.push(first?.seq ?? 0)
        page = await t.core.messages.page(ada, chat, { limit: 7, after: first?.id })
      }
      for (;;) {
        const seqs = page.messages.map(m => m.seq)
        if (direction === 'before') seen.unshift(...seqs)
        else seen.push(...seqs)
        if (!page.more[direction]) return seen
        const cursor = direction === 'before' ? page.messages[0]?.id : page.messages.at(-1)?.id
        page = await t.core.messages.page(ada, chat, { limit: 7, [direction]: cursor })
      }
    }
    const all = Array.from({ length: 25 }, (_, i) => i + 1)
    expect(await walk('before')).toEqual(all)
    expect(await walk('after')).toEqual(all)
  })

  test('WT63 MS57: marks never go back, own sends are read, newcomers owe no receipt', async () => {
    const first = await say(ada, 'one')
    const second = await say(ada, 'two')
    expect(await t.core.messages.readByAll([first.message])).toEqual(new Set())
    const eve = await t.person('eve')
    await t.core.members.add(ada, chat, [eve.profile.id], { skipPresent: false })
    expect(await t.core.messages.markRead(bob, chat, second.message.id)).toMatchObject({ changed: true, unread: 0 })
    expect(await t.core.messages.markRead(bob, chat, first.message.id)).toMatchObject({ changed: false, upTo: 2 })
    // Eve came after both: her silence keeps nothing unread.
    expect(await t.core.messages.readByAll([first.message, second.message])).toEqual(
      new Set([first.message.id, second.message.id]),
    )
    const third = await say(ada, 'three')
    expect((await t.core.conversations.get(eve, { id: chat })).unread).toBe(1)
    await say(eve, 'writing is reading')
    expect((await t.core.conversations.get(eve, { id: chat })).unread).toBe(0)
    expect(await t.core.messages.readByAll([third.message])).toEqual(new Set())
    await t.core.messages.recall(ada, third.message.id)
    expect((await t.core.conversations.get(bob, { id: chat })).unread).toBe(1)
  })
})

describe('reminders', () => {
  test('WT62: fire once, at their time, for who is there then; a recalled one does not', async () => {
    const heard = await t.listen(bob)
    const remind = (text: string, inMs: number) =>
      t.core.messages.send(ada, chat, { kind: 'reminder', text, remindAt: t.clock.now() + inMs })
    await remind('tea', 60_000)
    const recalled = await remind('never', 30_000)
    await t.core.messages.recall(ada, recalled.message.id)
    expect((await faultOf(remind('past', -1))).kind).toBe('value.invalid')
    t.clock.advance(59_999)
    await Bun.sleep(0)
    expect(types(heard)).not.toContain('reminder.due')
    t.clock.advance(1)
    for (let i = 0; i < 50 && !types(heard).includes('reminder.due'); i++) await Bun.sleep(0)
    expect(types(heard).filter(type => type === 'reminder.due')).toHaveLength(1)
  })
})
