import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Actor, Note } from '../../src/core/index.ts'
import { bodiesOf, createTestCore, type TestCore } from '../kit/core.ts'
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

const told = (notes: readonly Note[]) => bodiesOf(notes, 'presence').map(b => [b.person.handle, b.online])
const seen = async (who: Actor, ...people: Actor[]) => {
  const ids = people.map(actor => actor.profile.id)
  const found = await t.core.presence.seenBy(who, ids)
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
    const last = bodiesOf(heard, 'presence').at(-1)
    expect(last).toMatchObject({ circle: 'friend', seenAt: t.clock.now() })
    const view = await t.core.presence.seenBy(bob, [ada.profile.id])
    expect(view.get(ada.profile.id)).toEqual({ online: false, seenAt: t.clock.now() })
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
