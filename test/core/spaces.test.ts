import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type Actor, limits, type Note, type SpaceId, spaceStream } from '../../src/core/index.ts'
import { createTestCore, faultOf, openDoor, outcomesOf, type TestCore, typesOf } from '../kit/core.ts'
import { until } from '../kit/wait.ts'

let t: TestCore
let ada: Actor
let bea: Actor
beforeEach(async () => {
  t = await createTestCore({ managers: ['Root-Ada'] })
  ada = await t.person('ada')
  bea = await t.person('bea')
})
afterEach(async () => {
  expect(t.errors).toEqual([])
  await t[Symbol.asyncDispose]()
})

const make = (who = ada, visibility: 'public' | 'private' = 'public') =>
  t.core.spaces.create(who, { title: 'Rowers', description: null, look: 'teal', visibility })

/** A space that ada owns. */
const owned = async (visibility: 'public' | 'private' = 'public'): Promise<SpaceId> => {
  const { view, token } = await make(ada, visibility)
  await t.core.spaces.claim(ada, view.space.id, token)
  return view.space.id
}

const channelsOf = async (who: Actor, id: SpaceId) =>
  (await t.core.spaces.layout(who, id)).flatMap(({ channels }) => channels)
const generalOf = async (who: Actor, id: SpaceId) => {
  const [general] = await channelsOf(who, id)
  if (!general) throw new Error('no channel')
  return general.conversation
}

/** What a listener of a space hears. */
const listen = async (who: Actor, id: SpaceId): Promise<readonly Note[]> => {
  const heard: Note[] = []
  const encoder = { name: 'test', encode: (note: Note) => [{ frame: note.body.type }] }
  const sink = { profileId: who.profile.id, deliver: (_: unknown, note: Note) => void heard.push(note) }
  await t.core.feed.join(sink, spaceStream(id), encoder, 'head')
  return heard
}

describe('home', () => {
  test('everybody is in it until he leaves, and comes back by himself', async () => {
    const { spaces } = t.core
    const home = spaces.homeId
    expect(await spaces.get(ada, home)).toMatchObject({ home: true, state: 'active', role: 'member', memberCount: 2 })
    expect((await spaces.members(ada, home, { limit: 10 })).members.map(m => m.profile.handle)).toEqual(['ada', 'bea'])
    await spaces.leave(bea, home)
    await spaces.leave(bea, home)
    expect(await spaces.get(bea, home)).toMatchObject({ state: 'left', role: null, memberCount: 1 })
    expect(await faultOf(spaces.layout(bea, home))).toEqual({ kind: 'space.required' })
    expect((await spaces.members(ada, home, { limit: 10 })).members.map(m => m.profile.handle)).toEqual(['ada'])
    expect(await spaces.enter(bea, home)).toMatchObject({ state: 'active', memberCount: 2 })
  })

  test('it survives a restart, and stands first in the list', async () => {
    const home = t.core.spaces.homeId
    await owned()
    await t.restart()
    expect(t.core.spaces.homeId).toBe(home)
    expect((await t.core.spaces.list(null)).map(view => view.home)).toEqual([true, false])
  })

  test('every member makes public channels; only the named managers arrange', async () => {
    const { spaces } = t.core
    const home = spaces.homeId
    const boss = await t.person('root-ada')
    const [first] = await spaces.layout(ada, home)
    if (!first) throw new Error('no category')
    const made = await spaces.createChannel(ada, home, { title: 'Boats', categoryId: first.category.id })
    expect(made.conversation).toMatchObject({ visibility: 'public', joinRule: 'open', spaceId: null })
    expect(await channelsOf(bea, home)).toHaveLength(2)
    const category = { label: 'News', kind: 'text' } as const
    expect(await faultOf(spaces.createCategory(ada, home, category))).toEqual({
      kind: 'role.required',
      role: 'manager',
    })
    const news = await spaces.createCategory(boss, home, category)
    await spaces.arrange(boss, home, [
      { id: news.id, channels: [made.conversation.id] },
      { id: first.category.id, channels: [(await generalOf(boss, home)).id] },
    ])
    const layout = await spaces.layout(bea, home)
    expect(layout.map(({ category: { label }, channels }) => [label, channels.map(c => c.ref.title)])).toEqual([
      ['News', ['Boats']],
      ['general', ['general']],
    ])
  })
})

describe('a space of one’s own', () => {
  test('only its maker claims it, in time, by the token; until then nothing changes in it', async () => {
    const { spaces } = t.core
    const { view, token } = await make()
    const { id } = view.space
    expect(view).toMatchObject({ state: 'active', role: 'member', memberCount: 1 })
    expect(await faultOf(spaces.update(ada, id, { title: 'X' }))).toEqual({ kind: 'claim.required' })
    expect(await faultOf(spaces.claim(bea, id, token))).toEqual({ kind: 'claim.refused', reason: 'foreign' })
    expect(await faultOf(spaces.claim(ada, id, 'nonsense'))).toEqual({ kind: 'claim.refused', reason: 'invalid' })
    expect(await spaces.claim(ada, id, token)).toMatchObject({ role: 'owner' })
    expect(await spaces.claim(ada, id, token)).toMatchObject({ role: 'owner' })
    expect((await t.core.conversations.get(ada, { id: (await generalOf(ada, id)).id })).me?.role).toBe('owner')
  })

  test('who has left what they made claims it only after they came back', async () => {
    const { spaces } = t.core
    const { view, token } = await make()
    const { id } = view.space
    await spaces.enter(bea, id)
    await spaces.leave(ada, id)
    expect(await faultOf(spaces.claim(ada, id, token))).toEqual({ kind: 'claim.refused', reason: 'foreign' })
    await spaces.enter(ada, id)
    expect(await spaces.claim(ada, id, token)).toMatchObject({ state: 'active', role: 'owner' })
  })

  test('unclaimed in time, it is gone with everything in it', async () => {
    const { spaces, conversations } = t.core
    const { view, token } = await make()
    const { id } = view.space
    const general = await generalOf(ada, id)
    await until('the sweep', async () => {
      t.clock.advance(60_000)
      return (await spaces.list(ada)).length === 1
    })
    expect(await faultOf(spaces.claim(ada, id, token))).toEqual({ kind: 'space.unknown' })
    expect(await faultOf(conversations.get(ada, { id: general.id }))).toEqual({ kind: 'conversation.unknown' })
  })

  test('twenty are enough for one person', async () => {
    const outcomes = await outcomesOf(Array.from({ length: 23 }, () => make()))
    expect(outcomes).toEqual({ ok: 20, 'space.limit': 3 })
  })

  test('its members are members of every channel, those that come later too, with their role', async () => {
    const { spaces, conversations, messages } = t.core
    const id = await owned()
    const general = await generalOf(ada, id)
    expect(await faultOf(conversations.get(bea, { id: general.id }))).toEqual({ kind: 'member.required' })
    const heard = await t.listen(bea)
    const space = await listen(ada, id)
    await spaces.enter(bea, id)
    expect((await conversations.get(bea, { id: general.id })).me?.role).toBe('member')
    const [group] = await spaces.layout(ada, id)
    const later = await spaces.createChannel(ada, id, { title: 'Later', categoryId: group?.category.id ?? '' })
    expect((await conversations.get(bea, { id: later.conversation.id })).me?.role).toBe('member')
    await messages.send(ada, later.conversation.id, { kind: 'text', text: 'hello' })
    expect(typesOf(heard)).toEqual([
      'space.membership',
      'membership.began',
      'member.joined',
      'membership.began',
      'conversation.created',
      'message.sent',
    ])
    await spaces.setRole(ada, id, bea.profile.id, 'manager')
    expect((await conversations.get(bea, { id: later.conversation.id })).me?.role).toBe('manager')
    expect(typesOf(space)).toEqual(['space.member', 'space.channel', 'space.member'])
  })

  test('who leaves a channel by another door is put back where he opens it again', async () => {
    const { spaces, conversations, members } = t.core
    const id = await owned()
    await spaces.enter(bea, id)
    const general = await generalOf(bea, id)
    await members.leave(bea, general.id)
    expect(await faultOf(conversations.get(bea, { id: general.id }))).toEqual({ kind: 'member.required' })
    expect((await conversations.visit(bea, general.id)).me?.role).toBe('member')
    await members.leave(bea, general.id)
    await spaces.admit(bea, general.id)
    expect((await conversations.get(bea, { id: general.id })).me?.role).toBe('member')
  })

  test('a channel that its owner, or everybody, leaves by another door has no other owner, and goes on', async () => {
    const { spaces, conversations, members, messages } = t.core
    const id = await owned()
    await spaces.enter(bea, id)
    const general = await generalOf(bea, id)
    const { message } = await messages.send(ada, general.id, { kind: 'text', text: 'hello' })
    await members.leave(ada, general.id)
    expect((await conversations.get(bea, { id: general.id })).me?.role).toBe('member')
    expect(await faultOf(conversations.end(bea, general.id))).toMatchObject({ kind: 'role.required' })
    await members.leave(bea, general.id)
    expect((await conversations.visit(ada, general.id)).me?.role).toBe('owner')
    expect((await conversations.visit(bea, general.id)).me?.role).toBe('member')
    await members.leave(bea, general.id)
    // Who is still on the server has not lost it with the last one who was in the channel.
    await spaces.leave(ada, id)
    expect((await conversations.visit(bea, general.id)).me?.role).toBe('owner')
    expect((await messages.get(bea, message.id)).text).toBe('hello')
    await spaces.leave(bea, id)
    expect(await faultOf(conversations.visit(bea, general.id))).toEqual({ kind: 'conversation.unknown' })
  })

  test('who is in a channel, and as what, follows the space through every door; a mute is the channel’s own', async () => {
    const { spaces, members, conversations } = t.core
    const id = await owned()
    await spaces.enter(bea, id)
    const general = (await generalOf(ada, id)).id
    const cleo = await t.person('cleo')
    const fixed = { kind: 'conversation.fixed' } as const
    const who = bea.profile.id
    for (const refused of [
      members.add(ada, general, [cleo.profile.id], { skipPresent: true }),
      members.kick(ada, general, who),
      members.setRole(ada, general, who, 'manager'),
      members.setManagers(ada, general, [who]),
      conversations.transfer(ada, general, who),
      conversations.update(ada, general, { visibility: 'public' }),
      conversations.update(ada, general, { joinRule: 'open' }),
    ]) {
      expect(await faultOf(refused)).toEqual(fixed)
    }
    expect((await conversations.update(ada, general, { title: 'Lobby' })).conversation.title).toBe('Lobby')
    await members.mute(ada, general, who, t.clock.now() + 1000)
    expect((await conversations.get(bea, { id: general })).mutedUntil).not.toBeNull()
  })

  test('leaving ends every seat; the owner is followed; the last one out ends it', async () => {
    const { spaces, conversations } = t.core
    const id = await owned()
    const cleo = await t.person('cleo')
    await spaces.enter(bea, id)
    await spaces.enter(cleo, id)
    await spaces.setRole(ada, id, cleo.profile.id, 'manager')
    const general = await generalOf(ada, id)
    await spaces.leave(ada, id)
    expect(await spaces.get(cleo, id)).toMatchObject({ role: 'owner', memberCount: 2 })
    expect((await conversations.get(cleo, { id: general.id })).me?.role).toBe('owner')
    expect(await faultOf(conversations.get(ada, { id: general.id }))).toEqual({ kind: 'member.required' })
    await spaces.leave(bea, id)
    await spaces.leave(cleo, id)
    expect(await faultOf(spaces.get(cleo, id))).toEqual({ kind: 'space.unknown' })
    expect(await faultOf(conversations.get(cleo, { id: general.id }))).toEqual({ kind: 'conversation.unknown' })
    expect(await spaces.list(ada)).toHaveLength(1)
  })

  test('who was removed does not come back by himself; ranks decide who removes whom', async () => {
    const { spaces } = t.core
    const id = await owned()
    const cleo = await t.person('cleo')
    await spaces.enter(bea, id)
    await spaces.enter(cleo, id)
    expect(await faultOf(spaces.remove(bea, id, cleo.profile.id))).toMatchObject({ kind: 'role.required' })
    await spaces.setRole(ada, id, bea.profile.id, 'manager')
    expect(await faultOf(spaces.remove(bea, id, ada.profile.id))).toMatchObject({ kind: 'role.required' })
    await spaces.remove(bea, id, cleo.profile.id)
    expect(await faultOf(spaces.remove(bea, id, cleo.profile.id))).toEqual({ kind: 'member.unknown' })
    expect(await faultOf(spaces.enter(cleo, id))).toEqual({ kind: 'space.required' })
    expect(await spaces.get(cleo, id)).toMatchObject({ state: 'removed' })
  })

  test('a private one does not exist for others', async () => {
    const { spaces } = t.core
    const id = await owned('private')
    for (const refused of [spaces.get(bea, id), spaces.get(null, id), spaces.enter(bea, id), spaces.layout(bea, id)]) {
      expect(await faultOf(refused)).toEqual({ kind: 'space.unknown' })
    }
    expect(await spaces.list(bea)).toHaveLength(1)
    expect(await spaces.list(ada)).toHaveLength(2)
  })

  test('the layout changes whole or not at all', async () => {
    const { spaces } = t.core
    const id = await owned()
    const [group] = await spaces.layout(ada, id)
    const general = (await generalOf(ada, id)).id
    const category = group?.category.id ?? ''
    for (const wrong of [
      [],
      [{ id: category, channels: [] }],
      [{ id: category, channels: [general, general] }],
      [{ id: 'x', channels: [general] }],
      [
        { id: category, channels: [general] },
        { id: category, channels: [] },
      ],
    ]) {
      expect(await faultOf(spaces.arrange(ada, id, wrong))).toEqual({ kind: 'layout.invalid' })
    }
    expect(await faultOf(spaces.removeCategory(ada, id, category))).toEqual({ kind: 'category.filled' })
    const other = await spaces.createCategory(ada, id, { label: 'Other', kind: 'voice' })
    await spaces.removeCategory(ada, id, other.id)
    expect(await faultOf(spaces.renameCategory(ada, id, other.id, 'X'))).toEqual({ kind: 'category.unknown' })
    expect((await spaces.renameCategory(ada, id, category, 'Boats')).label).toBe('Boats')
  })
})

describe('invitations', () => {
  const terms = () => ({ expiresAt: t.clock.now() + 3600_000, maxUses: 2 })

  test('a code lets in so many, also when all come at once, and nobody twice', async () => {
    const id = await owned('private')
    const { code } = await t.core.invites.create(ada, { spaceId: id }, terms())
    const people = await Promise.all(['c1', 'c2', 'c3', 'c4'].map(handle => t.person(handle)))
    const outcomes = await outcomesOf(people.map(who => t.core.invites.redeem(who, code)))
    expect(outcomes).toEqual({ ok: 2, 'invite.expired': 2 })
    expect((await t.core.spaces.get(ada, id)).memberCount).toBe(3)
    const again = await t.core.invites.create(ada, { spaceId: id }, terms())
    const inside = people.find(async who => (await t.core.spaces.list(who)).length === 2)
    expect(inside).toBeDefined()
    expect(await faultOf(t.core.invites.redeem(ada, again.code))).toEqual({ kind: 'member.exists' })
  })

  test('by managers only; revoked, run out and unknown ones open nothing', async () => {
    const id = await owned()
    await t.core.spaces.enter(bea, id)
    expect(await faultOf(t.core.invites.create(bea, { spaceId: id }, terms()))).toMatchObject({ kind: 'role.required' })
    for (const wrong of [
      { ...terms(), maxUses: 0 },
      { ...terms(), maxUses: 1001 },
      { ...terms(), expiresAt: t.clock.now() },
      { ...terms(), expiresAt: t.clock.now() + 31 * 24 * 3600_000 },
    ]) {
      expect(await faultOf(t.core.invites.create(ada, { spaceId: id }, wrong))).toMatchObject({ kind: 'value.invalid' })
    }
    const cleo = await t.person('cleo')
    const invite = await t.core.invites.create(ada, { spaceId: id }, terms())
    expect((await t.core.invites.preview(invite.code)).space.title).toBe('Rowers')
    await t.core.invites.revoke(ada, { spaceId: id }, invite.id)
    expect(await faultOf(t.core.invites.redeem(cleo, invite.code))).toEqual({ kind: 'invite.expired' })
    expect(await faultOf(t.core.invites.redeem(cleo, 'nothing'))).toEqual({ kind: 'invite.unknown' })
    expect((await t.core.invites.list(ada, { spaceId: id }, { limit: 5 })).invites).toEqual([])
  })

  test('of a space that has ended lead nowhere', async () => {
    const id = await owned('private')
    const { code } = await t.core.invites.create(ada, { spaceId: id }, terms())
    const { code: other } = await t.core.invites.create(ada, { conversationId: (await generalOf(ada, id)).id }, terms())
    await t.core.invites.redeem(bea, code)
    await t.core.spaces.leave(bea, id)
    await t.core.spaces.leave(ada, id)
    for (const each of [code, other]) {
      expect(await faultOf(t.core.invites.preview(each))).toEqual({ kind: 'invite.unknown' })
      expect(await faultOf(t.core.invites.redeem(bea, each))).toEqual({ kind: 'invite.unknown' })
    }
  })

  test('those that are over make room for new ones; those that stand do not', async () => {
    const id = await owned()
    const most = limits.invites.perPlace
    const create = () => t.core.invites.create(ada, { spaceId: id }, terms())
    for (let i = 0; i < most; i++) await create()
    expect(await faultOf(create())).toMatchObject({ kind: 'value.invalid', field: 'place' })
    const { invites } = await t.core.invites.list(ada, { spaceId: id }, { limit: most })
    await t.core.invites.revoke(ada, { spaceId: id }, invites[0]?.id ?? '')
    expect(await outcomesOf([create(), create()])).toEqual({ ok: 1, 'value.invalid': 1 })
  })

  test('into a channel of a space bring back, as what he is there, who had left the channel alone', async () => {
    const id = await owned()
    await t.core.spaces.enter(bea, id)
    await t.core.spaces.setRole(ada, id, bea.profile.id, 'manager')
    const general = (await generalOf(ada, id)).id
    const { code } = await t.core.invites.create(ada, { conversationId: general }, terms())
    await t.core.members.leave(bea, general)
    await t.core.invites.redeem(bea, code)
    expect((await t.core.conversations.get(bea, { id: general })).me?.role).toBe('manager')
  })

  test('into a group that nobody else finds', async () => {
    const group = await t.core.conversations.create(ada, { title: 'Crew', joinRule: 'invite' })
    const place = { conversationId: group.conversation.id }
    const { code } = await t.core.invites.create(ada, place, terms())
    await t.core.invites.redeem(bea, code)
    expect((await t.core.conversations.get(bea, { id: place.conversationId })).me?.role).toBe('member')
    expect((await t.core.invites.list(ada, place, { limit: 5 })).invites).toMatchObject([{ uses: 1 }])
  })
})

describe('reading what is public without being in it', () => {
  test('through a door that does; it joins only who writes or asks', async () => {
    const visitor = { ...bea, door: { ...openDoor, readsPublic: true } }
    const { conversations, messages, spaces } = t.core
    const room = await conversations.create(ada, {
      kind: 'channel',
      title: 'Open',
      visibility: 'public',
      joinRule: 'open',
    })
    const { id } = room.conversation
    const { message } = await messages.send(ada, id, { kind: 'text', text: 'hello' })
    expect((await conversations.visit(visitor, id)).me).toBeNull()
    expect((await messages.page(visitor, id, { limit: 5 })).messages).toHaveLength(1)
    expect((await messages.get(visitor, message.id)).text).toBe('hello')
    expect(await faultOf(conversations.visit(bea, id))).toEqual({ kind: 'conversation.unknown' })
    expect(await faultOf(messages.page(bea, id, { limit: 5 }))).toEqual({ kind: 'member.required' })
    expect(await faultOf(messages.send(visitor, id, { kind: 'text', text: 'hi' }))).toEqual({ kind: 'member.required' })
    await spaces.admit(visitor, id)
    await messages.send(visitor, id, { kind: 'text', text: 'hi' })
    await conversations.update(ada, id, { visibility: 'private' })
    const stranger = { ...(await t.person('cleo')), door: visitor.door }
    expect(await faultOf(conversations.visit(stranger, id))).toEqual({ kind: 'conversation.unknown' })
  })
})
