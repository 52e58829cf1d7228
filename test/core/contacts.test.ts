import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Actor, AddFriend } from '../../src/core/index.ts'
import { bodiesOf, createTestCore, faultOf, outcomesOf, strictDoor, type TestCore, typesOf } from '../kit/core.ts'

let t: TestCore
let ada: Actor
let bob: Actor
beforeEach(async () => {
  t = await createTestCore()
  ada = await t.person('ada')
  bob = await t.person('bob')
})
afterEach(async () => {
  expect(t.errors).toEqual([])
  await t[Symbol.asyncDispose]()
})

const request = (from: Actor, to: Actor, message: string | null = null) =>
  t.core.contacts.request(from, to.profile.id, message)
const accept = (who: Actor, from: Actor) => t.core.contacts.accept(who, { profileId: from.profile.id })
const befriend = async (a: Actor, b: Actor) => {
  await request(a, b)
  return (await accept(b, a)).conversation
}
const choose = (who: Actor, addFriend: AddFriend | null) => t.core.people.update(who, { addFriend })
const strict = (who: Actor): Actor => ({ ...who, door: strictDoor })
const say = (who: Actor, chat: string, text = 'hello') => t.core.messages.send(who, chat, { kind: 'text', text })
const friendsOf = async (who: Actor) => (await t.core.contacts.friends(who)).map(f => f.person.handle)

describe('requests', () => {
  test('WT25: a repeat while pending answers the same request and tells nobody again', async () => {
    const heard = await t.listen(bob)
    const asked = await Promise.all(Array.from({ length: 10 }, (_, i) => request(ada, bob, `hi ${i}`)))
    expect(new Set(asked.map(a => a.requestId)).size).toBe(1)
    expect(asked.every(a => a.state === 'requested')).toBe(true)
    expect(bodiesOf(heard, 'contact.requested')).toHaveLength(1)
    const { incoming, outgoing } = await t.core.contacts.pending(bob)
    expect(incoming).toMatchObject([{ requestId: asked[0]?.requestId, person: { handle: 'ada' }, message: 'hi 0' }])
    expect(outgoing).toEqual([])
    expect((await t.core.contacts.pending(ada)).outgoing).toMatchObject([{ person: { handle: 'bob' } }])
  })

  test('WT29: accepted by the addressee alone, by person or by id; both are friends and have a direct chat', async () => {
    const heard = await t.listen(ada)
    const { requestId } = await request(ada, bob)
    const eve = await t.person('eve')
    for (const [who, ref] of [
      [ada, { requestId }],
      [ada, { profileId: bob.profile.id }],
      [ada, { profileId: ada.profile.id }],
      [eve, { requestId }],
      [bob, { requestId: crypto.randomUUID() }],
      [bob, { profileId: eve.profile.id }],
    ] as const) {
      expect((await faultOf(t.core.contacts.accept(who, ref))).kind).toBe('contact.unknown')
      expect((await faultOf(t.core.contacts.reject(who, ref))).kind).toBe('contact.unknown')
    }
    const { person, conversation } = await t.core.contacts.accept(bob, { requestId })
    expect(person.handle).toBe('ada')
    expect(await friendsOf(ada)).toEqual(['bob'])
    expect(await friendsOf(bob)).toEqual(['ada'])
    expect((await t.core.conversations.openDirect(ada, bob.profile.id)).conversation.id).toBe(conversation.id)
    expect(bodiesOf(heard, 'contact.accepted')).toMatchObject([
      { by: { handle: 'bob' }, other: { handle: 'ada' }, requestId, conversation: { id: conversation.id } },
    ])
    expect((await faultOf(accept(bob, ada))).kind).toBe('contact.unknown')
    expect(await faultOf(request(bob, ada))).toEqual({ kind: 'contact.exists', state: 'accepted' })
  })

  test('parallel acceptances make one friendship and one chat', async () => {
    await request(ada, bob)
    const heard = await t.listen(ada)
    const tries = Array.from({ length: 5 }, () => accept(bob, ada))
    expect(await outcomesOf(tries)).toEqual({ ok: 1, 'contact.unknown': 4 })
    expect(typesOf(heard).filter(type => type === 'membership.began')).toHaveLength(1)
  })

  test('WT29: a rejected applicant may apply again', async () => {
    const first = await request(ada, bob)
    await t.core.contacts.reject(bob, { requestId: first.requestId })
    expect(await t.core.contacts.pending(ada)).toEqual({ incoming: [], outgoing: [] })
    const second = await request(ada, bob)
    expect(second.state).toBe('requested')
    expect((await faultOf(t.core.contacts.accept(bob, { requestId: first.requestId }))).kind).toBe('contact.unknown')
  })

  test('WT26: crossing requests are an acceptance, whatever the settings', async () => {
    await choose(ada, 'need_verify')
    await request(ada, bob)
    await choose(ada, 'nobody')
    expect((await request(bob, ada)).state).toBe('accepted')
    const eve = await t.person('eve')
    const both = await Promise.all([request(eve, bob), request(bob, eve)])
    expect(both.map(r => r.state).toSorted()).toEqual(['accepted', 'requested'])
    expect(new Set(both.map(r => r.requestId)).size).toBe(1)
  })

  test('WT26: `anyone` makes friends at once, with their chat', async () => {
    await choose(bob, 'anyone')
    const made = await request(ada, bob)
    expect(made.state).toBe('accepted')
    const { conversation } = await t.core.conversations.openDirect(bob, ada.profile.id)
    expect(made.state === 'accepted' && made.conversation.id).toBe(conversation.id)
  })

  test('WT26 WT27: a block, `nobody` and an unmet `mutual_only` are one answer, and leave nothing', async () => {
    const eve = await t.person('eve')
    const heard = await t.listen(bob)
    await choose(bob, 'nobody')
    const answers = [await faultOf(request(ada, bob))]
    await choose(bob, 'mutual_only')
    answers.push(await faultOf(request(ada, bob)))
    await choose(bob, 'anyone')
    await t.core.contacts.block(bob, ada.profile.id)
    answers.push(await faultOf(request(ada, bob)))
    expect(answers).toEqual(Array.from({ length: 3 }, () => ({ kind: 'contact.refused' as const })))
    expect(typesOf(heard)).not.toContain('contact.requested')
    expect((await t.core.contacts.pending(bob)).incoming).toEqual([])

    await t.core.contacts.unblock(bob, ada.profile.id)
    await choose(bob, null)
    await befriend(eve, ada)
    await befriend(eve, bob)
    await choose(bob, 'mutual_only')
    expect((await request(ada, bob)).state).toBe('requested')
  })

  test('WT27: to oneself, to nobody, to whom one blocked', async () => {
    expect((await faultOf(request(ada, ada))).kind).toBe('self.refused')
    expect((await faultOf(t.core.contacts.request(ada, crypto.randomUUID(), null))).kind).toBe('person.unknown')
    await befriend(ada, bob)
    await t.core.contacts.block(ada, bob.profile.id)
    expect((await faultOf(request(ada, bob))).kind).toBe('blocked.by-me')
  })

  test('a message beyond all bounds is refused', async () => {
    for (const message of ['x'.repeat(100_000), 'a\0b', '\ud800']) {
      expect(await faultOf(request(ada, bob, message))).toMatchObject({ kind: 'value.invalid', field: 'message' })
    }
  })
})

describe('removing', () => {
  test('WT30: ends it for both; the chat stays, and can be read', async () => {
    const chat = await befriend(ada, bob)
    await say(ada, chat.id)
    await t.core.contacts.remove(bob, ada.profile.id)
    expect(await friendsOf(ada)).toEqual([])
    expect(await friendsOf(bob)).toEqual([])
    expect((await t.core.messages.page(ada, chat.id, { limit: 10 })).messages).toHaveLength(1)
    expect((await t.core.conversations.get(strict(ada), { id: chat.id })).canSend).toBe(false)
    expect((await faultOf(say(strict(ada), chat.id))).kind).toBe('friend.required')
    for (const other of [ada.profile.id, crypto.randomUUID()]) {
      const kind = (await faultOf(t.core.contacts.remove(bob, other))).kind
      expect(['contact.unknown', 'person.unknown']).toContain(kind)
    }
    expect((await faultOf(t.core.contacts.remove(bob, bob.profile.id))).kind).toBe('contact.unknown')
  })

  test('withdraws one’s own request, not the other’s', async () => {
    await request(ada, bob)
    expect((await faultOf(t.core.contacts.remove(bob, ada.profile.id))).kind).toBe('contact.unknown')
    await t.core.contacts.remove(ada, bob.profile.id)
    expect((await faultOf(accept(bob, ada))).kind).toBe('contact.unknown')
  })
})

describe('blocks', () => {
  test('WT31: drop pending requests either way, keep the friendship, are the blocker’s own affair', async () => {
    const eve = await t.person('eve')
    await request(ada, bob)
    await request(eve, ada)
    const heard = await t.listen(bob)
    await t.core.contacts.block(ada, bob.profile.id)
    await t.core.contacts.block(ada, eve.profile.id)
    expect(await t.core.contacts.pending(ada)).toEqual({ incoming: [], outgoing: [] })
    expect((await faultOf(accept(bob, ada))).kind).toBe('contact.unknown')
    expect(heard).toEqual([])
    expect((await t.core.contacts.blocked(ada)).map(p => p.handle)).toEqual(['bob', 'eve'])
    expect(await t.core.contacts.blocked(bob)).toEqual([])
  })

  test('WT31 WT32: stop sends, edits, reactions both ways in the direct chat, touch no group; lifting restores all', async () => {
    const chat = (await befriend(ada, bob)).id
    const group = await t.core.conversations.create(ada, { memberIds: [bob.profile.id] })
    const { message: hers } = await say(ada, chat)
    const { message: his } = await say(bob, chat)
    await t.core.contacts.block(ada, bob.profile.id)
    const attempts = (who: Actor, own: string, other: string) => [
      say(who, chat),
      t.core.messages.edit(who, own, { text: 'again' }),
      t.core.messages.react(who, other, '👍', true),
      t.core.messages.forward(who, other, chat, null),
    ]
    expect(await outcomesOf(attempts(ada, hers.id, his.id))).toEqual({ 'blocked.by-me': 4 })
    expect(await outcomesOf(attempts(bob, his.id, hers.id))).toEqual({ 'blocked.by-peer': 4 })
    expect((await t.core.messages.recall(bob, his.id)).changed).toBe(true)
    await say(ada, group.conversation.id)
    await say(bob, group.conversation.id)
    expect(await friendsOf(ada)).toEqual(['bob'])
    expect((await t.core.contacts.friends(ada))[0]?.blocked).toBe(true)
    expect((await t.core.contacts.friends(bob))[0]?.blocked).toBe(false)
    await t.core.contacts.unblock(ada, bob.profile.id)
    expect(await outcomesOf([say(ada, chat), say(bob, chat)])).toEqual({ ok: 2 })
  })

  test('WT31: blocking and lifting are idempotent and told once, to the blocker', async () => {
    const heard = await t.listen(ada)
    for (let i = 0; i < 3; i++) await t.core.contacts.block(ada, bob.profile.id)
    for (let i = 0; i < 3; i++) await t.core.contacts.unblock(ada, bob.profile.id)
    expect(typesOf(heard)).toEqual(['block.set', 'block.lifted'])
    for (const act of [t.core.contacts.block, t.core.contacts.unblock]) {
      expect((await faultOf(act(ada, ada.profile.id))).kind).toBe('self.refused')
      expect((await faultOf(act(ada, crypto.randomUUID()))).kind).toBe('person.unknown')
    }
  })

  test('nobody adds to a group whom has blocked him; the blocker may add', async () => {
    await t.core.contacts.block(bob, ada.profile.id)
    expect((await faultOf(t.core.conversations.create(ada, { memberIds: [bob.profile.id] }))).kind).toBe(
      'member.unaddable',
    )
    await t.core.conversations.create(bob, { memberIds: [ada.profile.id] })
  })
})

describe('who may write to whom', () => {
  test('WT86: strangers through an open door, unless the setting was chosen; through a strict one friends only', async () => {
    const open = (who: Actor, to: Actor) => t.core.conversations.openDirect(who, to.profile.id)
    expect((await faultOf(open(strict(ada), bob))).kind).toBe('friend.required')
    for (const setting of ['need_verify', 'mutual_only', 'nobody'] as const) {
      await choose(bob, setting)
      expect((await faultOf(open(ada, bob))).kind).toBe('stranger.refused')
    }
    await choose(bob, 'anyone')
    const chat = (await open(ada, bob)).conversation.id
    await say(ada, chat)
    await choose(bob, 'nobody')
    expect((await faultOf(say(ada, chat))).kind).toBe('stranger.refused')
    // What exists is opened all the same.
    expect((await open(ada, bob)).canSend).toBe(false)
    expect((await open(strict(bob), ada)).conversation.id).toBe(chat)
  })

  test('WT56 MS70: whom a stranger has written to may answer, until a friendship of theirs ends', async () => {
    const chat = (await t.core.conversations.openDirect(ada, bob.profile.id)).conversation.id
    await choose(ada, 'nobody')
    // Opened, but nothing written yet: nothing to answer.
    expect((await faultOf(say(strict(bob), chat))).kind).toBe('friend.required')
    expect((await faultOf(say(bob, chat))).kind).toBe('stranger.refused')
    await say(ada, chat)
    expect((await t.core.conversations.get(strict(bob), { id: chat })).canSend).toBe(true)
    await say(strict(bob), chat)
    await say(bob, chat)
    // His answer was a stranger's as well.
    await say(strict(ada), chat)

    await choose(ada, null)
    await befriend(ada, bob)
    await say(strict(bob), chat)
    await t.core.contacts.remove(ada, bob.profile.id)
    expect((await faultOf(say(strict(bob), chat))).kind).toBe('friend.required')
    expect((await faultOf(say(strict(ada), chat))).kind).toBe('friend.required')
    // What friends wrote to each other opens nothing; what is written as a stranger again does.
    await say(ada, chat)
    await say(strict(bob), chat)
  })

  test('a withdrawn or rejected request takes no answer away', async () => {
    const chat = (await t.core.conversations.openDirect(ada, bob.profile.id)).conversation.id
    await say(ada, chat)
    await request(ada, bob)
    await t.core.contacts.reject(bob, { profileId: ada.profile.id })
    await request(bob, ada)
    await t.core.contacts.remove(bob, ada.profile.id)
    await say(strict(bob), chat)
  })
})
