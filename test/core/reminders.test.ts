import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Actor, Note } from '../../src/core/index.ts'
import { bodiesOf, createTestCore, faultOf, type TestCore } from '../kit/core.ts'
import { until } from '../kit/wait.ts'

const DAY = 24 * 3600_000

let t: TestCore
let ada: Actor
let bob: Actor
let chat: string
beforeEach(async () => {
  t = await createTestCore()
  ada = await t.person('ada')
  bob = await t.person('bob')
  chat = (await t.core.conversations.create(ada, { memberIds: [bob.profile.id] })).conversation.id
})
afterEach(async () => {
  expect(t.errors).toEqual([])
  await t[Symbol.asyncDispose]()
})

const remind = async (text: string, inMs: number | null, where = chat) => {
  const remindAt = inMs === null ? null : t.clock.now() + inMs
  return (await t.core.messages.send(ada, where, { kind: 'reminder', text, remindAt })).message
}
const due = (notes: readonly Note[]) => bodiesOf(notes, 'reminder.due').map(b => b.message.text)
const heardBy = (notes: readonly Note[], count: number) => until(`${count} reminders`, () => due(notes).length >= count)
/** All that this person's conversation has logged of reminders, from the start. */
const logged = async () => {
  const notes: Note[] = []
  await t.core.feed.join(
    { profileId: bob.profile.id, deliver: (_frame, note) => void notes.push(note) },
    `conversation/${chat}`,
    { name: 'log', encode: note => [{ frame: note.body.type }] },
    { after: 0 },
  )
  return due(notes)
}

describe('reminders', () => {
  test('WT62: without a time at once; with one in the future, at most a year ahead', async () => {
    const heard = await t.listen(bob)
    await remind('now', null)
    expect(due(heard)).toEqual(['now'])
    for (const inMs of [0, -1, 367 * DAY, Number.NaN]) {
      expect(await faultOf(remind('x', inMs))).toMatchObject({ kind: 'value.invalid', field: 'remindAt' })
    }
    await remind('in a year', 365 * DAY)
  })

  test('WT62: in the order of their times, not of their sending, however far ahead', async () => {
    const heard = await t.listen(bob)
    for (const [text, days] of [
      ['third', 300],
      ['first', 1],
      ['second', 40],
    ] as const) {
      await remind(text, days * DAY)
    }
    for (const [count, days] of [
      [1, 1],
      [2, 39],
      [3, 260],
    ] as const) {
      t.clock.advance(days * DAY)
      await heardBy(heard, count)
    }
    expect(due(heard)).toEqual(['first', 'second', 'third'])
  })

  test('WT62: what fell due while the server was down fires once at the start, many of them too', async () => {
    for (let i = 0; i < 230; i++) await remind(`${i}`, 60_000 + i)
    await remind('later', 10 * DAY)
    await t.core[Symbol.asyncDispose]()
    t.clock.advance(DAY)
    await t.restart()
    await until('all of them', async () => (await logged()).length >= 230)
    expect(new Set(await logged()).size).toBe(230)
    await t.restart()
    const heard = await t.listen(bob)
    t.clock.advance(9 * DAY)
    await heardBy(heard, 1)
    expect(due(heard)).toEqual(['later'])
    expect(await logged()).toHaveLength(231)
  })

  test('WT62: for who is there then; an ended conversation reminds nobody', async () => {
    const eve = await t.person('eve')
    const heard = { bob: await t.listen(bob), eve: await t.listen(eve) }
    const other = (await t.core.conversations.create(ada, { memberIds: [bob.profile.id] })).conversation.id
    await remind('gone', 1000, other)
    await remind('tea', 1000)
    await t.core.conversations.end(ada, other)
    await t.core.members.kick(ada, chat, bob.profile.id)
    await t.core.members.add(ada, chat, [eve.profile.id], { skipPresent: false })
    t.clock.advance(1000)
    await heardBy(heard.eve, 1)
    expect(due(heard.eve)).toEqual(['tea'])
    expect(due(heard.bob)).toEqual([])
  })

  test('an edited one reminds of what it says then', async () => {
    const heard = await t.listen(bob)
    const { id } = await remind('tee', 1000)
    await t.core.messages.edit(ada, id, { text: 'tea' })
    t.clock.advance(1000)
    await heardBy(heard, 1)
    expect(due(heard)).toEqual(['tea'])
  })
})
