import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type Actor, FOREVER, limits, type NewGroup } from '../../src/core/index.ts'
import { bodiesOf, createTestCore, faultOf, outcomesOf, strictDoor, type TestCore, typesOf } from '../kit/core.ts'

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

const ids = (...people: Actor[]) => people.map(actor => actor.profile.id)
const create = async (group: NewGroup = {}, owner = ada) =>
  (await t.core.conversations.create(owner, group)).conversation.id
const add = (who: Actor, chat: string, people: readonly string[], skipPresent = false) =>
  t.core.members.add(who, chat, people, { skipPresent })
const say = (who: Actor, chat: string, text = 'hello') => t.core.messages.send(who, chat, { kind: 'text', text })
const list = async (who: Actor, chat: string) =>
  (await t.core.members.list(who, chat, { limit: 1000 })).participants.map(p => [p.person.handle, p.member.role])
const count = async (who: Actor, chat: string) =>
  (await t.core.conversations.see(who, { id: chat })).conversation.memberCount

describe('adding', () => {
  test('WT39: faults come in order: not in, no rank, unknown, already in, unwilling', async () => {
    const chat = await create({ memberIds: ids(bob) })
    const zoe = await t.person('zoe')
    await t.core.people.update(zoe, { addFriend: 'nobody' })
    const unknown = crypto.randomUUID()
    const all = [unknown, bob.profile.id, zoe.profile.id]
    expect((await faultOf(add(ada, unknown, all))).kind).toBe('conversation.unknown')
    expect((await faultOf(add(eve, chat, all))).kind).toBe('member.required')
    expect(await faultOf(add(bob, chat, all))).toEqual({ kind: 'role.required', role: 'manager' })
    expect((await faultOf(add(ada, chat, all.toReversed()))).kind).toBe('person.unknown')
    expect((await faultOf(add(ada, chat, [zoe.profile.id, bob.profile.id]))).kind).toBe('member.exists')
    expect((await faultOf(add(ada, chat, ids(zoe)))).kind).toBe('member.unaddable')
    expect((await faultOf(add(ada, chat, ids(ada)))).kind).toBe('member.exists')
    // All or none.
    expect((await faultOf(add(ada, chat, ids(eve, zoe), true))).kind).toBe('member.unaddable')
    expect(await list(ada, chat)).toEqual([
      ['ada', 'owner'],
      ['bob', 'member'],
    ])
    const some = await add(ada, chat, ids(bob, eve, eve, ada), true)
    expect(some.map(p => p.person.handle)).toEqual(['eve'])
    const many = Array.from({ length: limits.membersPerCall + 1 }, () => crypto.randomUUID())
    expect((await faultOf(add(ada, chat, many))).kind).toBe('value.invalid')
  })

  test('a block by the one to be added, or an unmet setting of his, stands in the way; his being present does not', async () => {
    const chat = await create({ memberIds: ids(bob) })
    await t.core.contacts.block(bob, ada.profile.id)
    await t.core.contacts.block(eve, ada.profile.id)
    expect(await add(ada, chat, ids(bob), true)).toEqual([])
    expect((await faultOf(add(ada, chat, ids(eve)))).kind).toBe('member.unaddable')
    await t.core.contacts.unblock(eve, ada.profile.id)
    await t.core.people.update(eve, { addFriend: 'mutual_only' })
    expect((await faultOf(add(ada, chat, ids(eve)))).kind).toBe('member.unaddable')
    await t.core.people.update(eve, { addFriend: 'need_verify' })
    await add(ada, chat, ids(eve))
  })

  test('WT39: of parallel adds of one person exactly one succeeds, and the count is right', async () => {
    const chat = await create({ memberIds: ids(bob) })
    await t.core.members.setRole(ada, chat, bob.profile.id, 'manager')
    const heard = await t.listen(eve)
    const tries = Array.from({ length: 10 }, (_, i) => add(i % 2 ? ada : bob, chat, ids(eve)))
    expect(await outcomesOf(tries)).toEqual({ ok: 1, 'member.exists': 9 })
    expect(await count(ada, chat)).toBe(3)
    expect(bodiesOf(heard, 'membership.began')).toHaveLength(1)
  })

  test('WT37: a small group holds 500, also under parallel adds; a large one more; a channel any number', async () => {
    const crowd: string[] = []
    for (let i = 0; i < 505; i++) crowd.push((await t.person(`p${i}`)).profile.id)
    const chat = await create({ memberIds: crowd.slice(0, 250) })
    await add(ada, chat, crowd.slice(250, 495))
    expect(await count(ada, chat)).toBe(496)
    expect(await faultOf(add(ada, chat, crowd.slice(495, 500)))).toEqual({ kind: 'group.full', limit: 500 })
    const tries = crowd.slice(495).map(id => add(ada, chat, [id]))
    expect(await outcomesOf(tries)).toEqual({ ok: 4, 'group.full': 6 })
    expect(await count(ada, chat)).toBe(500)
    await t.core.conversations.update(ada, chat, { sizeClass: 'large' })
    await add(ada, chat, crowd.slice(495), true)
    expect((await faultOf(t.core.conversations.update(ada, chat, { sizeClass: 'small' }))).kind).toBe('group.full')
    const channel = await create({ kind: 'channel', memberIds: crowd.slice(0, 256) })
    await add(ada, channel, crowd.slice(256))
    expect(await count(ada, channel)).toBe(506)
  })
})

describe('joining', () => {
  test('WT40: open joins, approval applies, by invitation refuses, private and unknown are the same', async () => {
    const chat = await create({ visibility: 'public', joinRule: 'open' })
    const heard = await t.listen(ada)
    expect((await t.core.members.join(bob, chat, null)).state).toBe('joined')
    expect((await faultOf(t.core.members.join(bob, chat, null))).kind).toBe('member.exists')
    expect(bodiesOf(heard, 'member.joined')).toMatchObject([
      { person: { handle: 'bob' }, via: 'joined', by: { handle: 'bob' }, conversation: { memberCount: 2 } },
    ])
    await t.core.conversations.update(ada, chat, { joinRule: 'invite' })
    expect((await faultOf(t.core.members.join(eve, chat, null))).kind).toBe('join.refused')
    await t.core.conversations.update(ada, chat, { visibility: 'private', joinRule: 'open' })
    expect(await faultOf(t.core.members.join(eve, chat, null))).toEqual(
      await faultOf(t.core.members.join(eve, crypto.randomUUID(), null)),
    )
  })

  test('parallel joins of one person are one membership', async () => {
    const chat = await create({ visibility: 'public', joinRule: 'open' })
    const tries = Array.from({ length: 5 }, () => t.core.members.join(bob, chat, null))
    expect(await outcomesOf(tries)).toEqual({ ok: 1, 'member.exists': 4 })
    expect(await count(ada, chat)).toBe(2)
  })

  test('WT40 WT41: one application, told once to owner and managers; approved once', async () => {
    const chat = await create({ visibility: 'public', memberIds: ids(bob) })
    const heard = await t.listen(ada)
    const applied = await Promise.all(Array.from({ length: 5 }, () => t.core.members.join(eve, chat, 'please')))
    const found = applied.flatMap(a => (a.state === 'applied' ? [a.application.id] : []))
    expect(new Set(found).size).toBe(1)
    expect(bodiesOf(heard, 'application.made')).toMatchObject([
      { person: { handle: 'eve' }, application: { message: 'please' }, reviewers: ids(ada) },
    ])
    expect(await faultOf(t.core.members.join(eve, chat, 'x'.repeat(100_000)))).toMatchObject({ kind: 'value.invalid' })
    const pending = await t.core.members.applications(ada, chat)
    expect(pending).toMatchObject([{ application: { id: found[0] }, person: { handle: 'eve' } }])

    const approve = (who: Actor, applicationId = found[0] ?? '') => t.core.members.approve(who, chat, { applicationId })
    for (const act of [approve(bob), t.core.members.applications(bob, chat)]) {
      expect((await faultOf(act)).kind).toBe('role.required')
    }
    expect((await faultOf(approve(eve))).kind).toBe('member.required')
    expect((await faultOf(approve(ada, crypto.randomUUID()))).kind).toBe('application.unknown')
    const other = await create({ visibility: 'public' })
    const elsewhere = t.core.members.approve(ada, other, { applicationId: found[0] ?? '' })
    expect((await faultOf(elsewhere)).kind).toBe('application.unknown')
    const hers = await t.listen(eve)
    expect(await outcomesOf([approve(ada), approve(ada)])).toEqual({ ok: 1, 'application.unknown': 1 })
    expect(bodiesOf(hers, 'membership.began')).toMatchObject([{ via: 'approved', by: { handle: 'ada' } }])
    expect(await t.core.members.applications(ada, chat)).toEqual([])
  })

  test('WT41: rejected ones are told and may apply again; being added settles an application', async () => {
    const chat = await create({ visibility: 'public' })
    const heard = await t.listen(eve)
    await t.core.members.join(eve, chat, null)
    await t.core.members.reject(ada, chat, { profileId: eve.profile.id })
    expect(typesOf(heard)).toEqual(['application.rejected'])
    const again = await faultOf(t.core.members.reject(ada, chat, { profileId: eve.profile.id }))
    expect(again.kind).toBe('application.unknown')
    expect((await t.core.members.join(eve, chat, null)).state).toBe('applied')
    await add(ada, chat, ids(eve))
    expect(await t.core.members.applications(ada, chat)).toEqual([])
    await t.core.members.leave(eve, chat)
    const { state } = await t.core.members.join(eve, chat, null)
    expect(state).toBe('applied')
  })

  test('WT63: newcomers see the whole history and start read up to date', async () => {
    const chat = await create({ visibility: 'public', joinRule: 'open' })
    await say(ada, chat)
    await t.core.members.join(bob, chat, null)
    expect(await t.core.conversations.get(bob, { id: chat })).toMatchObject({ unread: 0, me: { readUpTo: 1 } })
    expect((await t.core.messages.page(bob, chat, { limit: 10 })).messages).toHaveLength(1)
  })
})

describe('leaving', () => {
  test('the longest-standing manager follows an owner, else the longest-standing member', async () => {
    const chat = await create()
    for (const [i, who] of [eve, bob].entries()) {
      t.clock.advance(1000 * (i + 1))
      await add(ada, chat, ids(who))
    }
    await t.core.members.setRole(ada, chat, bob.profile.id, 'manager')
    const heard = await t.listen(eve)
    await t.core.members.leave(ada, chat)
    expect(await list(bob, chat)).toEqual([
      ['bob', 'owner'],
      ['eve', 'member'],
    ])
    expect(typesOf(heard)).toEqual(['member.left', 'member.role'])
    await add(bob, chat, ids(ada))
    await t.core.members.leave(bob, chat)
    expect(await list(eve, chat)).toEqual([
      ['ada', 'member'],
      ['eve', 'owner'],
    ])
    expect((await faultOf(t.core.members.leave(bob, chat))).kind).toBe('member.required')
  })

  test('the last one out ends the group', async () => {
    const chat = await create({ memberIds: ids(bob) })
    await t.core.members.leave(bob, chat)
    const heard = await t.listen(ada)
    await t.core.members.leave(ada, chat)
    expect(typesOf(heard)).toContain('membership.ended')
    expect(bodiesOf(heard, 'membership.ended')).toHaveLength(1)
    for (const who of [ada, bob]) {
      expect((await faultOf(t.core.conversations.see(who, { id: chat }))).kind).toBe('conversation.unknown')
    }
  })

  test('WT42: a door may refuse the owner', async () => {
    const chat = await create({ memberIds: ids(bob) })
    const strict = { ...ada, door: strictDoor }
    expect((await faultOf(t.core.members.leave(strict, chat))).kind).toBe('owner.bound')
    await t.core.conversations.transfer(ada, chat, bob.profile.id)
    await t.core.members.leave(strict, chat)
    expect(await count(bob, chat)).toBe(1)
  })

  test('everybody leaving at once ends it exactly once, with an owner at every moment', async () => {
    const chat = await create({ memberIds: ids(bob, eve) })
    expect(await outcomesOf([ada, bob, eve].map(who => t.core.members.leave(who, chat)))).toEqual({ ok: 3 })
    expect((await faultOf(t.core.conversations.see(ada, { id: chat }))).kind).toBe('conversation.unknown')
  })
})

describe('ranks', () => {
  test('WT42: kicking: the owner anybody, a manager plain members', async () => {
    const zoe = await t.person('zoe')
    const chat = await create({ memberIds: ids(bob, eve, zoe) })
    await t.core.members.setManagers(ada, chat, ids(bob, eve))
    const kick = (who: Actor, target: string) => t.core.members.kick(who, chat, target)
    expect(await faultOf(kick(zoe, bob.profile.id))).toEqual({ kind: 'role.required', role: 'manager' })
    for (const target of ids(ada, eve)) {
      expect(await faultOf(kick(bob, target))).toEqual({ kind: 'role.required', role: 'owner' })
    }
    expect((await faultOf(kick(ada, ada.profile.id))).kind).toBe('self.refused')
    expect((await faultOf(kick(bob, crypto.randomUUID()))).kind).toBe('member.unknown')
    const heard = await t.listen(zoe)
    await kick(bob, zoe.profile.id)
    expect(bodiesOf(heard, 'membership.ended')).toMatchObject([{ why: 'kicked', by: { handle: 'bob' } }])
    expect((await faultOf(say(zoe, chat))).kind).toBe('member.required')
    await kick(ada, bob.profile.id)
    expect(await list(ada, chat)).toEqual([
      ['ada', 'owner'],
      ['eve', 'manager'],
    ])
  })

  test('WT43: managers as a whole set: told per changed person, the owner left out, strangers refused', async () => {
    const chat = await create({ memberIds: ids(bob, eve) })
    const set = (who: Actor, managers: readonly string[]) => t.core.members.setManagers(who, chat, managers)
    const heard = await t.listen(bob)
    const handles = async (managers: Actor[]) => (await set(ada, ids(...managers))).map(p => p.person.handle)
    expect(await handles([eve, bob, ada, bob])).toEqual(['bob', 'eve'])
    expect(await handles([eve])).toEqual(['eve'])
    expect(await handles([eve])).toEqual(['eve'])
    expect(bodiesOf(heard, 'member.role').map(b => [b.person.handle, b.role])).toEqual([
      ['eve', 'manager'],
      ['bob', 'manager'],
      ['bob', 'member'],
    ])
    expect((await faultOf(set(ada, [bob.profile.id, crypto.randomUUID()]))).kind).toBe('member.unknown')
    expect(await faultOf(set(eve, []))).toEqual({ kind: 'role.required', role: 'owner' })
    expect(await handles([])).toEqual([])
    const own = t.core.members.setRole(ada, chat, ada.profile.id, 'member')
    expect((await faultOf(own)).kind).toBe('self.refused')
    expect((await t.core.conversations.get(ada, { id: chat })).owner?.handle).toBe('ada')
  })
})

describe('mutes', () => {
  const mute = (who: Actor, chat: string, target: Actor, until: number | null) =>
    t.core.members.mute(who, chat, target.profile.id, until)

  test('WT44: stop sends, edits, reactions, forwards and typing, not reading nor recalling; end by themselves', async () => {
    const chat = await create({ memberIds: ids(bob) })
    const { message } = await say(bob, chat)
    const until = t.clock.now() + 60_000
    const heard = await t.listen(bob)
    expect(await mute(ada, chat, bob, until)).toBe(until)
    const attempts = () => [
      say(bob, chat),
      t.core.messages.edit(bob, message.id, { text: 'x' }),
      t.core.messages.react(bob, message.id, '👍', true),
      t.core.messages.forward(bob, message.id, chat, null),
      t.core.typing.set(bob, chat, true, { linkId: 'l', ttlMs: 1000 }),
    ]
    expect(await outcomesOf(attempts())).toEqual({ 'member.muted': 5 })
    expect(await faultOf(say(bob, chat))).toEqual({ kind: 'member.muted', until })
    expect(await t.core.conversations.get(bob, { id: chat })).toMatchObject({ mutedUntil: until, canSend: false })
    expect((await t.core.members.list(bob, chat, { limit: 10 })).participants.map(p => p.mutedUntil)).toEqual([
      null,
      until,
    ])
    await t.core.messages.markRead(bob, chat, message.id)
    t.clock.advance(60_000)
    expect(await outcomesOf(attempts())).toEqual({ ok: 5 })
    expect((await t.core.conversations.get(bob, { id: chat })).mutedUntil).toBeNull()
    expect(bodiesOf(heard, 'member.muted')).toMatchObject([{ person: { handle: 'bob' }, until, by: { handle: 'ada' } }])
    await mute(ada, chat, bob, FOREVER)
    expect((await t.core.messages.recall(bob, message.id)).changed).toBe(true)
  })

  test('WT44: outlive leaving and rejoining, until lifted', async () => {
    const chat = await create({ visibility: 'public', joinRule: 'open', memberIds: ids(bob) })
    await mute(ada, chat, bob, FOREVER)
    await t.core.members.leave(bob, chat)
    t.clock.advance(1e9)
    await t.core.members.join(bob, chat, null)
    expect(await faultOf(say(bob, chat))).toEqual({ kind: 'member.muted', until: FOREVER })
    await t.core.members.kick(ada, chat, bob.profile.id)
    await add(ada, chat, ids(bob))
    expect((await faultOf(say(bob, chat))).kind).toBe('member.muted')
    expect(await mute(ada, chat, bob, null)).toBeNull()
    await say(bob, chat)
  })

  test('WT44: the owner everybody but himself, a manager plain members', async () => {
    const chat = await create({ memberIds: ids(bob, eve) })
    await t.core.members.setRole(ada, chat, bob.profile.id, 'manager')
    for (const [who, target, kind] of [
      [eve, bob, 'role.required'],
      [bob, ada, 'role.required'],
      [bob, bob, 'self.refused'],
      [ada, ada, 'self.refused'],
    ] as const) {
      expect((await faultOf(mute(who, chat, target, FOREVER))).kind).toBe(kind)
    }
    await mute(bob, chat, eve, FOREVER)
    await mute(ada, chat, bob, FOREVER)
    const zoe = await t.person('zoe')
    expect((await faultOf(mute(ada, chat, zoe, FOREVER))).kind).toBe('member.unknown')
  })

  test('who becomes owner is muted no more: nobody else could lift it', async () => {
    const chat = await create({ memberIds: ids(bob) })
    await mute(ada, chat, bob, FOREVER)
    await t.core.members.leave(ada, chat)
    await say(bob, chat)
  })
})

describe('listing', () => {
  test('of a group for its members, of a public channel for everyone; pages by num', async () => {
    const group = await create({ visibility: 'public', memberIds: ids(bob, eve) })
    const channel = await create({ kind: 'channel', visibility: 'public', memberIds: ids(bob) })
    const hidden = await create({ kind: 'channel' })
    const zoe = await t.person('zoe')
    expect((await faultOf(list(zoe, group))).kind).toBe('member.required')
    expect((await faultOf(list(zoe, hidden))).kind).toBe('member.required')
    expect(await list(zoe, channel)).toHaveLength(2)
    const first = await t.core.members.list(ada, group, { limit: 2 })
    expect(first.more).toBe(true)
    const after = first.participants.at(-1)?.person.num
    const rest = await t.core.members.list(ada, group, { limit: 2, after })
    expect(rest.participants.map(p => p.person.handle)).toEqual(['eve'])
    expect(rest.more).toBe(false)
  })
})
