import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Actor, ProfilePatch } from '../../src/core/index.ts'
import { bodiesOf, createTestCore, faultOf, outcomesOf, type TestCore, typesOf } from '../kit/core.ts'

let t: TestCore
let ada: Actor
beforeEach(async () => {
  t = await createTestCore()
  ada = await t.person('ada')
})
afterEach(async () => {
  expect(t.errors).toEqual([])
  await t[Symbol.asyncDispose]()
})

const update = (patch: ProfilePatch, who = ada) => t.core.people.update(who, patch)

describe('changing a profile', () => {
  test('WT21: only the keys given change; null clears; others see it', async () => {
    const avatar = await t.upload(ada)
    const full = await update({
      displayName: 'Ada L.',
      avatar: avatar.fid,
      bio: 'countess',
      link: 'https://a.example',
      addFriend: 'nobody',
      visibility: 'contacts',
      hidden: true,
    })
    expect(full).toMatchObject({ displayName: 'Ada L.', avatar: avatar.fid, bio: 'countess', addFriend: 'nobody' })
    const cleared = await update({ displayName: null, bio: null, addFriend: null })
    expect(cleared).toEqual({
      ...full,
      displayName: null,
      nameFold: null,
      bio: null,
      addFriend: null,
      version: full.version + 1,
    })
    expect(await t.core.people.byNum(ada.profile.num)).toEqual(cleared)
    expect(await t.core.people.byId(ada.profile.id)).toEqual(cleared)
    expect(await t.core.people.self(ada)).toEqual(cleared)
  })

  test('each change is told once with its version; nothing changed is nothing told', async () => {
    const heard = await t.listen(ada)
    await update({ displayName: 'Ada' })
    await update({ displayName: 'Ada' })
    await update({})
    await update({ bio: 'b' })
    expect(bodiesOf(heard, 'profile.updated').map(b => [b.person.displayName, b.version])).toEqual([
      ['Ada', 2],
      ['Ada', 3],
    ])
    expect(typesOf(heard)).toEqual(['profile.updated', 'profile.updated'])
  })

  test('parallel changes of different keys are all kept', async () => {
    await Promise.all([update({ displayName: 'Ada' }), update({ bio: 'b' }), update({ link: 'l' })])
    expect(await t.core.people.self(ada)).toMatchObject({ displayName: 'Ada', bio: 'b', link: 'l', version: 4 })
  })

  test('WT21: an avatar is a file of one’s own', async () => {
    const bob = await t.person('bob')
    const bobs = await t.upload(bob)
    for (const avatar of [bobs.fid, crypto.randomUUID(), 'nonsense']) {
      expect(await faultOf(update({ avatar, displayName: 'no' }))).toEqual({ kind: 'file.unknown' })
    }
    expect((await t.core.people.self(ada)).displayName).toBeNull()
  })

  test('an email is unique ignoring case, shown to its owner, and may be given up', async () => {
    const bob = await t.person('bob')
    const wishes = [update({ email: 'x@y.no' }), update({ email: 'X@Y.no' }, bob)]
    expect(await outcomesOf(wishes)).toEqual({ ok: 1, 'email.taken': 1 })
    expect(await t.core.accounts.email(ada)).toBe('x@y.no')
    await update({ email: 'X@y.no' })
    expect(await t.core.accounts.email(ada)).toBe('X@y.no')
    await update({ email: null })
    await update({ email: 'x@Y.no' }, bob)
    expect(await t.core.accounts.email(bob)).toBe('x@Y.no')
  })

  test('a display name is up to 120 graphemes without control characters; every text is bounded and storable', async () => {
    const family = '👨‍👩‍👧‍👦'
    expect((await update({ displayName: family.repeat(120) })).displayName).toBe(family.repeat(120))
    for (const displayName of [
      'x'.repeat(121),
      'a\u0007b',
      'a\0b',
      '\ud800',
      `a${'\u0301'.repeat(20_000)}`,
      family.repeat(121),
    ]) {
      expect(await faultOf(update({ displayName }))).toMatchObject({ kind: 'value.invalid', field: 'displayName' })
    }
    for (const field of ['bio', 'link', 'email'] as const) {
      for (const text of ['x'.repeat(100_000), 'a\0b', '\udc00']) {
        expect(await faultOf(update({ [field]: text }))).toMatchObject({ kind: 'value.invalid', field })
      }
    }
    const named = t.core.accounts.register({ handle: 'x1', password: 'p', displayName: 'a\tb', address: '' })
    expect(await faultOf(named)).toMatchObject({ kind: 'value.invalid', field: 'displayName' })
    expect((await update({ bio: 'two\nlines' })).bio).toBe('two\nlines')
  })
})

describe('looking people up', () => {
  const search = async (prefix: string, limit = 20) =>
    (await t.core.people.search(prefix, limit)).map(profile => profile.handle)

  test('WT23 MS41: prefix of handle or name in any case, by handle; % and _ are plain characters', async () => {
    for (const handle of ['adam', 'Bob_1', 'bob-2', 'bobX1']) await t.person(handle)
    const eve = await t.person('eve')
    await update({ displayName: '100% Real_Name' }, eve)
    expect(await search('AD')).toEqual(['ada', 'adam'])
    expect(await search('bob_')).toEqual(['Bob_1'])
    expect(await search('bob')).toEqual(['bob-2', 'Bob_1', 'bobX1'])
    expect(await search('100%')).toEqual(['eve'])
    expect(await search('100% REAL_')).toEqual(['eve'])
    for (const nobody of ['%', '_o', 'ob', '1000', '100%_', 'a_a', '\\', "'"]) expect(await search(nobody)).toEqual([])
    expect(await search('a', 1)).toEqual(['ada'])
    await update({ displayName: null }, eve)
    expect(await search('100')).toEqual([])
  })

  test('by id, num and handle, whatever is asked', async () => {
    expect((await t.core.people.byHandle('ADA'))?.id).toBe(ada.profile.id)
    for (const name of ['', 'nobody', '%', 'ada\0', '\ud800']) expect(await t.core.people.byHandle(name)).toBeNull()
    for (const id of ['', 'x', ada.accountId]) expect(await t.core.people.byId(id)).toBeNull()
    for (const num of [0, -1, 1.5, 2 ** 40]) expect(await t.core.people.byNum(num)).toBeNull()
    const found = await t.core.people.byIds([ada.profile.id, 'x', ada.profile.id])
    expect([...found.keys()]).toEqual([ada.profile.id])
    expect((await t.core.people.profilesOf(ada)).map(p => p.id)).toEqual([ada.profile.id])
  })

  test('nums of people and conversations never meet', async () => {
    const bob = await t.person('bob')
    const { conversation } = await t.core.conversations.openDirect(ada, bob.profile.id)
    const eve = await t.person('eve')
    const nums = [ada.profile.num, bob.profile.num, conversation.num, eve.profile.num]
    expect(new Set(nums).size).toBe(4)
    expect(await t.core.people.byNum(conversation.num)).toBeNull()
  })
})

describe('relation', () => {
  test('WT22: what one is to the other; being blocked never shows', async () => {
    const bob = await t.person('bob')
    const both = async () => [
      await t.core.people.relation(ada, bob.profile.id),
      await t.core.people.relation(bob, ada.profile.id),
    ]
    expect(await t.core.people.relation(ada, ada.profile.id)).toBe('self')
    expect(await both()).toEqual(['none', 'none'])
    await t.core.contacts.request(ada, bob.profile.id, null)
    expect(await both()).toEqual(['pending_out', 'pending_in'])
    await t.core.contacts.accept(bob, { profileId: ada.profile.id })
    expect(await both()).toEqual(['friend', 'friend'])
    await t.core.contacts.block(ada, bob.profile.id)
    expect(await both()).toEqual(['blocked', 'friend'])
    await t.core.contacts.unblock(ada, bob.profile.id)
    expect(await both()).toEqual(['friend', 'friend'])
  })
})
