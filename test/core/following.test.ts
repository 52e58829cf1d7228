import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Actor, Note } from '../../src/core/index.ts'
import { createTestCore, type TestCore, typesOf } from '../kit/core.ts'
import { until } from '../kit/wait.ts'

let t: TestCore
let ada: Actor
let bob: Actor
let eve: Actor
beforeEach(async () => {
  t = await createTestCore()
  ada = await t.person('ada')
  bob = await t.person('bob')
  eve = await t.person('eve')
})
afterEach(async () => {
  expect(t.errors).toEqual([])
  await t[Symbol.asyncDispose]()
})

const say = (who: Actor, chat: string, text: string) => t.core.messages.send(who, chat, { kind: 'text', text })
const texts = (notes: readonly Note[]) =>
  notes.flatMap(({ body }) => (body.type === 'message.sent' ? [body.message.text] : []))
const add = (who: Actor, chat: string, person: Actor) =>
  t.core.members.add(who, chat, [person.profile.id], { skipPresent: false })

describe('following', () => {
  test('WT84: who is added hears from then on, once: his own arrival and what comes after, nothing from before', async () => {
    const { conversation } = await t.core.conversations.create(ada, { memberIds: [bob.profile.id] })
    const chat = conversation.id
    const heard = { ada: await t.listen(ada), eve: await t.listen(eve) }
    await say(ada, chat, 'before')
    await add(ada, chat, eve)
    await say(bob, chat, 'after')
    await until('the message', () => texts(heard.eve).length > 0)
    expect(typesOf(heard.eve)).toEqual(['membership.began', 'member.joined', 'message.sent'])
    expect(texts(heard.eve)).toEqual(['after'])
    expect(typesOf(heard.ada)).toEqual(['message.sent', 'member.joined', 'message.sent'])
  })

  test('WT42: who leaves or is kicked hears of it, and nothing more', async () => {
    const people = [bob.profile.id, eve.profile.id]
    const { conversation } = await t.core.conversations.create(ada, { memberIds: people })
    const chat = conversation.id
    const heard = { ada: await t.listen(ada), bob: await t.listen(bob), eve: await t.listen(eve) }
    await t.core.members.leave(bob, chat)
    await t.core.members.kick(ada, chat, eve.profile.id)
    await say(ada, chat, 'alone')
    await t.core.typing.set(ada, chat, true, { linkId: 'l', ttlMs: 1000 })
    await until('the owner to hear it', () => texts(heard.ada).length > 0)
    expect(typesOf(heard.bob)).toEqual(['member.left', 'membership.ended'])
    expect(typesOf(heard.eve)).toEqual(['member.left', 'member.left', 'membership.ended'])
    expect(texts(heard.ada)).toEqual(['alone'])
    // Back again: from there on, and once.
    await add(ada, chat, bob)
    await say(ada, chat, 'again')
    await until('the message', () => texts(heard.bob).length > 0)
    expect(texts(heard.bob)).toEqual(['again'])
  })

  test('a conversation begun by another is heard whole: its creation, and every message once', async () => {
    const heard = await t.listen(bob)
    const { conversation } = await t.core.conversations.openDirect(ada, bob.profile.id)
    for (let i = 0; i < 20; i++) await say(ada, conversation.id, `${i}`)
    await until('all of it', () => texts(heard).length === 20)
    expect(texts(heard)).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`))
    expect(typesOf(heard).slice(0, 2)).toEqual(['membership.began', 'conversation.created'])
  })

  test('coming and going again and again while others talk: only what was said in between, in order', async () => {
    const { conversation } = await t.core.conversations.create(ada, { visibility: 'public', joinRule: 'open' })
    const chat = conversation.id
    const heard = await t.listen(bob)
    const wanted: string[] = []
    for (let round = 0; round < 10; round++) {
      await say(ada, chat, `out ${round}`)
      await t.core.members.join(bob, chat, null)
      for (const n of [1, 2, 3]) {
        await say(ada, chat, `in ${round}.${n}`)
        wanted.push(`in ${round}.${n}`)
      }
      await until('the round', () => texts(heard).length >= wanted.length)
      await t.core.members.leave(bob, chat)
    }
    await say(ada, chat, 'the end')
    await t.core.contacts.request(eve, bob.profile.id, null)
    await until('something later', () => typesOf(heard).includes('contact.requested'))
    expect(texts(heard)).toEqual(wanted)
  })
})
