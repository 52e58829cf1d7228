import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Actor, Note } from '../../src/core/index.ts'
import { bodiesOf, createTestCore, faultOf, type TestCore } from '../kit/core.ts'
import { until } from '../kit/wait.ts'

let t: TestCore
let ada: Actor
let bob: Actor
beforeEach(async () => {
  t = await createTestCore()
  ada = await t.person('ada')
  bob = await t.person('bob')
  await t.core.contacts.request(ada, bob.profile.id, null)
  await t.core.contacts.accept(bob, { profileId: ada.profile.id })
})
afterEach(async () => {
  expect(t.errors).toEqual([])
  await t[Symbol.asyncDispose]()
})

const told = (notes: readonly Note[], circle = 'friend') =>
  bodiesOf(notes, 'presence')
    .filter(b => b.circle === circle)
    .map(b => [b.person.handle, b.online])
const seen = async (who: Actor, ...people: Actor[]) => {
  const ids = people.map(actor => actor.profile.id)
  const found = await t.core.presence.seenBy(who, ids, 'friend')
  return ids.map(id => found.get(id)?.online ?? null)
}
/** Ends somebody's last link, and waits for what follows from it. */
const gone = async (link: Disposable, who: Actor) => {
  t.clock.advance(1000)
  link[Symbol.dispose]()
  await until('the link’s end', async () => (await t.core.people.self(who)).seenAt === t.clock.now())
}

describe('presence', () => {
  test('WT80: friends are told of the first link and the last; the time of the last is kept', async () => {
    const heard = await t.listen(bob)
    const first = await t.core.presence.connect(ada)
    const second = await t.core.presence.connect(ada)
    expect(told(heard)).toEqual([['ada', true]])
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    expect(await seen(bob, ada)).toEqual([true])
    t.clock.advance(5000)
    second[Symbol.dispose]()
    await until('word of it', () => told(heard).length > 1)
    expect(told(heard)).toEqual([
      ['ada', true],
      ['ada', false],
    ])
    const last = bodiesOf(heard, 'presence').findLast(b => b.circle === 'friend')
    expect(last).toMatchObject({ circle: 'friend', seenAt: t.clock.now() })
    const view = await t.core.presence.seenBy(bob, [ada.profile.id], 'friend')
    expect(view.get(ada.profile.id)).toEqual({ online: false, seenAt: t.clock.now() })
  })

  test('WT80: who comes and goes all the time is refused: once a second, burst 60; further links are free', async () => {
    await using limited = await createTestCore({ rateLimits: true })
    const { core, clock } = limited
    const cleo = await limited.person('cleo')
    const online = async () =>
      (await core.presence.seenBy(cleo, [cleo.profile.id], 'friend')).get(cleo.profile.id)?.online
    for (let i = 0; i < 60; i++) {
      const link = await core.presence.connect(cleo)
      link[Symbol.dispose]()
      await until('the link’s end', async () => !(await online()))
    }
    expect((await faultOf(core.presence.connect(cleo))).kind).toBe('rate.limited')
    expect((await faultOf(core.presence.show(cleo, 60_000))).kind).toBe('rate.limited')
    expect((await faultOf(core.presence.hide(cleo))).kind).toBe('rate.limited')
    expect(await online()).toBe(false)
    clock.advance(1000)
    for (let i = 0; i < 100; i++) await core.presence.connect(cleo)
    await core.presence.show(cleo, 60_000)
    expect(await online()).toBe(true)
  })

  test('who comes back at once ends as online, however often', async () => {
    const heard = await t.listen(bob)
    let link = await t.core.presence.connect(ada)
    for (let i = 0; i < 20; i++) {
      link[Symbol.dispose]()
      link = await t.core.presence.connect(ada)
    }
    expect(await seen(bob, ada)).toEqual([true])
    expect(told(heard).at(-1)).toEqual(['ada', true])
    // And what is under way changes nothing of it.
    await t.core.people.update(bob, { bio: 'later' })
    await until('what came later', () => bodiesOf(heard, 'profile.updated').length)
    expect(told(heard).at(-1)).toEqual(['ada', true])
    link[Symbol.dispose]()
    await until('the last word', () => told(heard).at(-1)?.[1] === false)
  })

  test('never passes a block, either way; strangers see nothing', async () => {
    const eve = await t.person('eve')
    const heard = { bob: await t.listen(bob), eve: await t.listen(eve) }
    for (const [blocker, blocked] of [
      [ada, bob],
      [bob, ada],
    ] as const) {
      await t.core.contacts.block(blocker, blocked.profile.id)
      const link = await t.core.presence.connect(ada)
      expect(await seen(bob, ada, bob, eve)).toEqual([null, false, null])
      expect(await seen(eve, ada)).toEqual([null])
      expect(await seen(ada, ada)).toEqual([true])
      await gone(link, ada)
      await t.core.contacts.unblock(blocker, blocked.profile.id)
    }
    expect(told(heard.bob)).toEqual([])
    expect(told(heard.eve)).toEqual([])
    await t.core.presence.connect(ada)
    expect(await seen(bob, ada)).toEqual([true])
  })

  test('follows the visibility setting, and being hidden shows as offline', async () => {
    const heard = await t.listen(bob)
    await t.core.people.update(ada, { visibility: 'nobody' })
    await gone(await t.core.presence.connect(ada), ada)
    expect(await seen(bob, ada)).toEqual([null])
    await t.core.people.update(ada, { visibility: 'contacts', hidden: true })
    const hidden = await t.core.presence.connect(ada)
    expect(await seen(bob, ada)).toEqual([false])
    await gone(hidden, ada)
    expect(told(heard)).toEqual([])
    await t.core.people.update(ada, { hidden: false })
    await t.core.presence.connect(ada)
    expect(await seen(bob, ada)).toEqual([true])
    expect(told(heard)).toEqual([['ada', true]])
  })
})

describe('presence beyond friends', () => {
  let eve: Actor
  beforeEach(async () => {
    eve = await t.person('eve')
    await t.core.conversations.create(ada, { title: 'room', memberIds: [eve.profile.id, bob.profile.id] })
  })

  test('CA76 UM52: who shares a conversation is told in it, in every shared one with the same word', async () => {
    const heard = { bob: await t.listen(bob), eve: await t.listen(eve) }
    const link = await t.core.presence.connect(ada)
    expect(told(heard.eve)).toEqual([])
    expect(told(heard.eve, 'co-member')).toEqual([['ada', true]])
    const words = bodiesOf(heard.bob, 'presence').filter(b => b.circle === 'co-member')
    expect(words).toHaveLength(2)
    expect(new Set(words.map(b => b.change)).size).toBe(1)
    expect(words.every(b => b.except.includes(ada.profile.id))).toBe(true)
    const shown = await t.core.presence.seenBy(eve, [ada.profile.id], 'co-member')
    expect(shown.get(ada.profile.id)?.online).toBe(true)
    expect(await seen(eve, ada)).toEqual([null])
    expect((await t.core.presence.online(eve, 'co-member')).map(p => p.handle)).toEqual(['ada'])
    await gone(link, ada)
    await until('word of it', () => told(heard.eve, 'co-member').length > 1)
  })

  test('UM53: a narrower visibility says offline to those it leaves out, a wider one online', async () => {
    const heard = { bob: await t.listen(bob), eve: await t.listen(eve) }
    await t.core.presence.connect(ada)
    await t.core.people.update(ada, { visibility: 'contacts' })
    await until('eve is told', () => told(heard.eve, 'co-member').at(-1)?.[1] === false)
    expect(bodiesOf(heard.eve, 'presence').at(-1)).toMatchObject({ seenAt: null })
    expect(told(heard.bob).at(-1)).toEqual(['ada', true])
    await t.core.people.update(ada, { visibility: 'nobody' })
    await until('bob is told', () => told(heard.bob).at(-1)?.[1] === false)
    await t.core.people.update(ada, { visibility: 'everyone' })
    await until('both are told', () =>
      [told(heard.bob), told(heard.eve, 'co-member')].every(words => words.at(-1)?.[1] === true),
    )
  })

  test('a block says offline to both, once; lifting it says online', async () => {
    const heard = { ada: await t.listen(ada), bob: await t.listen(bob), eve: await t.listen(eve) }
    await t.core.presence.connect(ada)
    await t.core.presence.connect(bob)
    await t.core.contacts.block(bob, ada.profile.id)
    await until('both are told', () => [told(heard.ada), told(heard.bob)].every(words => words.at(-1)?.[1] === false))
    expect(told(heard.eve, 'co-member')).toEqual([
      ['ada', true],
      ['bob', true],
    ])
    await t.core.contacts.unblock(bob, ada.profile.id)
    await until('both are told again', () =>
      [told(heard.ada), told(heard.bob)].every(words => words.at(-1)?.[1] === true),
    )
  })

  test('CA39: a lease shows without a link, runs out, and ends with the last link, at will, or when hiding', async () => {
    const heard = await t.listen(bob)
    await t.core.presence.show(ada, 5000)
    expect(told(heard)).toEqual([['ada', true]])
    t.clock.advance(5000)
    await until('it ran out', () => told(heard).length === 2)
    expect(await seen(bob, ada)).toEqual([false])

    await t.core.presence.show(ada, 5000)
    await gone(await t.core.presence.connect(ada), ada)
    expect(await seen(bob, ada)).toEqual([false])

    await t.core.presence.show(ada, 5000)
    await t.core.presence.endLease(ada)
    expect(await seen(bob, ada)).toEqual([false])

    await t.core.presence.show(ada, 5000)
    const before = told(heard).length
    await t.core.presence.hide(ada)
    expect(told(heard).slice(before)).toEqual([['ada', false]])

    await t.core.presence.show(ada, 5000)
    const link = await t.core.presence.connect(ada)
    await t.core.presence.hide(ada)
    expect(await seen(bob, ada)).toEqual([false])
    expect(told(heard).at(-1)).toEqual(['ada', false])
    expect(await t.core.presence.count()).toBe(0)
    await t.core.presence.show(ada, 5000)
    expect(told(heard).at(-1)).toEqual(['ada', true])
    expect(await t.core.presence.count()).toBe(1)
    await gone(link, ada)
  })

  test('CA40: coming is a sign of life, by each link; of who hides it is kept', async () => {
    const seenAt = async () => (await t.core.people.self(ada)).seenAt
    const heard = await t.listen(bob)
    t.clock.advance(10_000)
    using _ = await t.core.presence.connect(ada)
    expect(await seenAt()).toBe(t.clock.now())
    expect(bodiesOf(heard, 'presence').find(b => b.circle === 'friend')?.seenAt).toBe(t.clock.now())
    t.clock.advance(10_000)
    using __ = await t.core.presence.connect(ada)
    await until('it is noted', async () => (await seenAt()) === t.clock.now())
    await t.core.presence.hide(ada)
    const hidden = t.clock.now()
    t.clock.advance(10_000)
    using ___ = await t.core.presence.connect(ada)
    await t[Symbol.asyncDispose]()
    expect(await seenAt()).toBe(hidden)
  })

  test('CA40: writing is a sign of life', async () => {
    const room = await t.core.conversations.create(ada, { title: 'another' })
    t.clock.advance(10_000)
    await t.core.messages.send(ada, room.conversation.id, { kind: 'text', text: 'here' })
    await until('it is noted', async () => (await t.core.people.self(ada)).seenAt === t.clock.now())
  })
})
