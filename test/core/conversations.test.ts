import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Actor, NewGroup } from '../../src/core/index.ts'
import { bodiesOf, createTestCore, faultOf, outcomesOf, type TestCore, typesOf } from '../kit/core.ts'

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

const create = async (who: Actor, group: NewGroup) => (await t.core.conversations.create(who, group)).conversation
const get = (who: Actor, id: string) => t.core.conversations.get(who, { id })

describe('direct conversations', () => {
  test('WT47 MS47: parallel opening from both sides gives one, and each is told once', async () => {
    const heard = await Promise.all([t.listen(ada), t.listen(bob)])
    const opened = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        t.core.conversations.openDirect(i % 2 ? ada : bob, (i % 2 ? bob : ada).profile.id),
      ),
    )
    expect(new Set(opened.map(view => view.conversation.id)).size).toBe(1)
    for (const notes of heard) expect(bodiesOf(notes, 'membership.began')).toHaveLength(1)
    const view = await t.core.conversations.openDirect(ada, bob.profile.id)
    expect(view).toMatchObject({ peer: { handle: 'bob' }, owner: null, canSend: true, me: { role: 'member' } })
    expect(view.ref.pair?.map(p => p.handle).toSorted()).toEqual(['ada', 'bob'])
  })

  test('MS48: not with oneself, not with nobody', async () => {
    expect((await faultOf(t.core.conversations.openDirect(ada, ada.profile.id))).kind).toBe('self.refused')
    expect((await faultOf(t.core.conversations.openDirect(ada, crypto.randomUUID()))).kind).toBe('person.unknown')
  })

  test('has no title, no roles, no end, no leaving, nobody else', async () => {
    const { conversation } = await t.core.conversations.openDirect(ada, bob.profile.id)
    const { id } = conversation
    const eve = await t.person('eve')
    const people = [eve.profile.id]
    const attempts = [
      t.core.conversations.update(ada, id, { title: 'x' }),
      t.core.conversations.end(ada, id),
      t.core.conversations.transfer(ada, id, bob.profile.id),
      t.core.members.add(ada, id, people, { skipPresent: true }),
      t.core.members.join(ada, id, null),
      t.core.members.leave(ada, id),
      t.core.members.kick(ada, id, bob.profile.id),
      t.core.members.mute(ada, id, bob.profile.id, t.clock.now() + 1000),
      t.core.members.setRole(ada, id, bob.profile.id, 'manager'),
      t.core.members.setManagers(ada, id, people),
      t.core.members.applications(ada, id),
    ]
    expect(await outcomesOf(attempts)).toEqual({ 'conversation.fixed': attempts.length })
    expect((await faultOf(t.core.members.join(eve, id, null))).kind).toBe('conversation.unknown')
    const { participants } = await t.core.members.list(ada, id, { limit: 10 })
    expect(participants.map(p => p.person.handle)).toEqual(['ada', 'bob'])
  })
})

describe('creating', () => {
  test('WT33: private, by approval, small, owned by its creator; duplicates and oneself are dropped', async () => {
    const heard = await t.listen(bob)
    const memberIds = [bob.profile.id, bob.profile.id, ada.profile.id]
    const view = await t.core.conversations.create(ada, { title: 'Room', memberIds })
    expect(view).toMatchObject({
      conversation: { kind: 'group', visibility: 'private', joinRule: 'approval', sizeClass: 'small', memberCount: 2 },
      me: { role: 'owner' },
      owner: { handle: 'ada' },
      unread: 0,
      lastMessage: null,
      canSend: true,
    })
    expect(bodiesOf(heard, 'membership.began')).toMatchObject([
      { conversation: { id: view.conversation.id, memberCount: 2 }, via: 'created', by: { handle: 'ada' } },
    ])
  })

  test('MS50: an unknown or unwilling member, a foreign avatar: no group at all', async () => {
    await t.core.people.update(bob, { addFriend: 'nobody' })
    const bobs = await t.upload(bob)
    const before = await t.core.conversations.list(ada, { limit: 10 })
    const unknown = crypto.randomUUID()
    for (const [group, kind] of [
      [{ memberIds: [unknown] }, 'person.unknown'],
      [{ memberIds: [bob.profile.id, unknown] }, 'person.unknown'],
      [{ memberIds: [bob.profile.id] }, 'member.unaddable'],
      [{ avatar: bobs.fid }, 'file.unknown'],
      [{ memberIds: Array.from({ length: 257 }, () => crypto.randomUUID()) }, 'value.invalid'],
      [{ title: 'x'.repeat(100_000) }, 'value.invalid'],
      [{ title: 'a\0' }, 'value.invalid'],
      [{ description: '\ud800' }, 'value.invalid'],
    ] as const) {
      expect((await faultOf(create(ada, group))).kind).toBe(kind)
    }
    expect(await t.core.conversations.list(ada, { limit: 10 })).toEqual(before)
    // A friend may, whatever the setting.
    await t.core.people.update(bob, { addFriend: null })
    await t.core.contacts.request(ada, bob.profile.id, null)
    await t.core.contacts.accept(bob, { profileId: ada.profile.id })
    await t.core.people.update(bob, { addFriend: 'nobody' })
    expect((await create(ada, { memberIds: [bob.profile.id] })).memberCount).toBe(2)
  })
})

describe('slugs', () => {
  const slugOf = async (group: NewGroup) => (await create(ada, group)).slug

  test('CA42: a public one takes its title, with a suffix when taken in any case; found in any case', async () => {
    const open = (title: string) => slugOf({ title, visibility: 'public' })
    expect(await open('Book Club')).toBe('Book Club')
    expect(await open('BOOK club')).toBe('BOOK club-2')
    expect((await t.core.conversations.see(bob, { slug: 'book CLUB' })).conversation.title).toBe('Book Club')
    const many = await Promise.all(Array.from({ length: 30 }, () => open('Book Club')))
    expect(new Set(many.map(slug => slug.toLowerCase())).size).toBe(30)
    expect(await open('a/b?c#d%e\u0007')).toBe('abcde')
    for (const title of ['me', '..', '  ', '@@', crypto.randomUUID()]) expect(await open(title)).toMatch(/^group/)
  })

  test('a private one takes and betrays no name', async () => {
    const open = await create(ada, { title: 'Room', visibility: 'public' })
    const closed = await create(ada, { title: 'Room' })
    expect(closed.slug).toBe(`Room~${closed.num}`)
    const untitled = await create(ada, {})
    expect(untitled.slug).toBe(`group~${untitled.num}`)
    expect((await t.core.conversations.see(bob, { slug: 'room' })).conversation.id).toBe(open.id)
    expect((await faultOf(t.core.conversations.see(bob, { slug: closed.slug }))).kind).toBe('member.required')
  })

  test('nobody can take the slug a private conversation will have, however it is written', async () => {
    const { num } = await create(ada, { title: 'Probe' })
    for (const tilde of ['~', '～']) {
      for (const digits of [
        `${num + 8}`,
        [...`${num + 8}`].map(d => String.fromCodePoint(0xff10 + Number(d))).join(''),
      ]) {
        for (const word of ['group', 'direct']) {
          const title = `${word}${tilde}${digits}`
          const chosen = create(ada, { title, titleIsName: true, visibility: 'public' })
          expect(await faultOf(chosen)).toMatchObject({ kind: 'value.invalid', field: 'title' })
        }
      }
    }
  })

  test('nor does a public title stand in the way of any conversation to come', async () => {
    for (let i = 0; i < 10; i++) await create(ada, { title: 'Room', visibility: 'public' })
    const { num: now } = await create(ada, { title: 'Probe' })
    for (let i = 1; i <= 20; i++) {
      await create(ada, { title: `group～${now + 20 + i}`, visibility: 'public' })
    }
    for (let i = 0; i < 40; i++) {
      await create(ada, {})
      await create(ada, { title: `Room-${now + 100 + i}`, visibility: 'public' })
      await create(ada, { title: 'Room', visibility: 'public' })
    }
  })

  test('a title that is a name must be free, also under parallel creation', async () => {
    const named = (title: string) => create(ada, { kind: 'channel', title, titleIsName: true, visibility: 'public' })
    const tries = ['Tea', 'tea', 'TEA'].map(named)
    expect(await outcomesOf(tries)).toEqual({ ok: 1, 'title.taken': 2 })
    expect((await faultOf(named('General'))).kind).toBe('title.taken')
    for (const title of ['', ' x', 'a/b', '@x', 'me', 'x~7', 'x'.repeat(51)]) {
      expect(await faultOf(named(title))).toMatchObject({ kind: 'value.invalid', field: 'title' })
    }
  })

  test('is minted once: renaming and publishing leave it', async () => {
    const { id, slug } = await create(ada, { title: 'Old' })
    const { conversation } = await t.core.conversations.update(ada, id, { title: 'New', visibility: 'public' })
    expect(conversation.slug).toBe(slug)
  })
})

describe('general', () => {
  const general = async (who = ada) => (await t.core.conversations.see(who, { slug: 'general' })).conversation

  test('is there from the start, once, public, open and nobody’s; it survives a restart and its last member', async () => {
    const first = await general()
    expect(first).toMatchObject({ kind: 'channel', visibility: 'public', joinRule: 'open', createdBy: null })
    await t.core.members.join(ada, first.id, null)
    await t.core.members.join(bob, first.id, null)
    for (const who of [ada, bob]) {
      expect((await get(who, first.id)).owner).toBeNull()
      const attempts = [
        t.core.conversations.end(who, first.id),
        t.core.conversations.update(who, first.id, { title: 'mine' }),
        t.core.members.kick(who, first.id, bob.profile.id),
        t.core.conversations.transfer(who, first.id, ada.profile.id),
      ]
      expect(await outcomesOf(attempts)).toEqual({ 'role.required': 4 })
    }
    await t.core.members.leave(ada, first.id)
    await t.core.members.leave(bob, first.id)
    expect(await general()).toMatchObject({ id: first.id, memberCount: 0 })
    await t.restart()
    expect((await general()).id).toBe(first.id)
    const { conversations } = await t.core.conversations.search('GENERAL', { limit: 10 })
    expect(conversations.map(c => c.id)).toEqual([first.id])
  })
})

describe('changing', () => {
  test('WT36: by owner and managers; members are told what changed, and nothing when nothing did', async () => {
    const { id } = await create(ada, { title: 'Room', memberIds: [bob.profile.id] })
    const heard = await t.listen(bob)
    expect(await faultOf(t.core.conversations.update(bob, id, { title: 'x' }))).toEqual({
      kind: 'role.required',
      role: 'manager',
    })
    await t.core.members.setRole(ada, id, bob.profile.id, 'manager')
    const view = await t.core.conversations.update(bob, id, { title: null, description: 'd', joinRule: 'open' })
    expect(view.conversation).toMatchObject({ title: null, titleFold: null, description: 'd', joinRule: 'open' })
    await t.core.conversations.update(bob, id, { description: 'd' })
    await t.core.conversations.update(bob, id, {})
    expect(bodiesOf(heard, 'conversation.updated').map(b => b.changed)).toEqual([['title', 'description', 'joinRule']])
    const eve = await t.person('eve')
    expect((await faultOf(t.core.conversations.update(eve, id, {}))).kind).toBe('member.required')
    expect((await faultOf(t.core.conversations.update(eve, crypto.randomUUID(), {}))).kind).toBe('conversation.unknown')
    expect((await faultOf(t.core.conversations.update(ada, id, { title: 'a\0' }))).kind).toBe('value.invalid')
  })

  test('WT36: an avatar is the setter’s own file; the standing one may be sent along by anyone', async () => {
    const { id } = await create(ada, { title: 'Room', memberIds: [bob.profile.id] })
    await t.core.members.setRole(ada, id, bob.profile.id, 'manager')
    const file = await t.upload(ada)
    expect((await faultOf(t.core.conversations.update(bob, id, { avatar: file.fid }))).kind).toBe('file.unknown')
    await t.core.conversations.update(ada, id, { avatar: file.fid })
    const { conversation } = await t.core.conversations.update(bob, id, { avatar: file.fid, title: 'New' })
    expect(conversation).toMatchObject({ avatar: file.fid, title: 'New' })
    expect((await t.core.conversations.update(bob, id, { avatar: null })).conversation.avatar).toBeNull()
  })

  test('WT43 WT42: handing over: one owner at any time, the former stays as manager', async () => {
    const { id } = await create(ada, { memberIds: [bob.profile.id] })
    const eve = await t.person('eve')
    for (const [who, to, kind] of [
      [bob, bob, 'role.required'],
      [eve, ada, 'member.required'],
      [ada, ada, 'self.refused'],
      [ada, eve, 'member.unknown'],
    ] as const) {
      expect((await faultOf(t.core.conversations.transfer(who, id, to.profile.id))).kind).toBe(kind)
    }
    const tries = [1, 2, 3].map(() => t.core.conversations.transfer(ada, id, bob.profile.id))
    expect(await outcomesOf(tries)).toEqual({ ok: 1, 'role.required': 2 })
    const { participants } = await t.core.members.list(ada, id, { limit: 10 })
    expect(participants.map(p => p.member.role)).toEqual(['manager', 'owner'])
    expect((await get(ada, id)).owner?.handle).toBe('bob')
  })
})

describe('ending', () => {
  test('WT35: by the owner alone; everybody is told, and nothing of it is left', async () => {
    const { id, num, slug } = await create(ada, { title: 'Room', memberIds: [bob.profile.id], visibility: 'public' })
    const file = await t.upload(ada)
    const draft = { kind: 'file', attachments: [file.fid] } as const
    const { message } = await t.core.messages.send(ada, id, draft)
    await t.core.files.open(bob, file.fid)
    const heard = await t.listen(bob)
    expect((await faultOf(t.core.conversations.end(bob, id))).kind).toBe('role.required')
    expect(await outcomesOf([1, 2].map(() => t.core.conversations.end(ada, id)))).toEqual({
      ok: 1,
      'conversation.unknown': 1,
    })
    expect(typesOf(heard)).toEqual(['conversation.ended', 'membership.ended'])
    expect(bodiesOf(heard, 'membership.ended')).toMatchObject([{ why: 'ended', by: { handle: 'ada' } }])
    for (const name of [{ id }, { num }, { slug }]) {
      expect((await faultOf(t.core.conversations.see(ada, name))).kind).toBe('conversation.unknown')
    }
    expect((await faultOf(t.core.messages.get(ada, message.id))).kind).toBe('message.unknown')
    expect((await faultOf(t.core.files.open(bob, file.fid))).kind).toBe('file.unknown')
    expect((await t.core.conversations.list(ada, { limit: 10 })).views).toEqual([])
    expect((await create(ada, { title: 'Room', visibility: 'public' })).slug).toBe(slug)
  })
})

describe('seeing', () => {
  test('WT34: a public one by everyone, without its messages; a private one by members', async () => {
    const { id } = await create(ada, { title: 'Open', visibility: 'public' })
    await t.core.messages.send(ada, id, { kind: 'text', text: 'secret' })
    const seen = await t.core.conversations.see(bob, { id })
    expect(seen).toMatchObject({ me: null, lastMessage: null, unread: 0, canSend: false, owner: { handle: 'ada' } })
    expect((await faultOf(t.core.conversations.get(bob, { id }))).kind).toBe('member.required')
    expect((await faultOf(t.core.messages.page(bob, id, { limit: 1 }))).kind).toBe('member.required')
    await t.core.conversations.update(ada, id, { visibility: 'private' })
    expect((await faultOf(t.core.conversations.see(bob, { id }))).kind).toBe('member.required')
  })

  test('WT46: latest message first, those without last, then num descending; pages meet each once', async () => {
    const rooms = []
    for (let i = 0; i < 7; i++) rooms.push(await create(ada, { title: `${i}` }))
    for (const i of [4, 1, 2]) {
      t.clock.advance(1000)
      await t.core.messages.send(ada, rooms[i]?.id ?? '', { kind: 'text', text: 'x' })
    }
    const titles: (string | null)[] = []
    let after: { id: string } | undefined
    for (let pages = 0; ; pages++) {
      expect(pages).toBeLessThan(4)
      const page = await t.core.conversations.list(ada, { limit: 3, after })
      titles.push(...page.views.map(view => view.conversation.title))
      if (!page.more) break
      after = { id: page.views.at(-1)?.conversation.id ?? '' }
    }
    expect(titles).toEqual(['2', '1', '4', '6', '5', '3', '0'])
    const foreign = await create(bob, { visibility: 'public' })
    const behind = t.core.conversations.list(ada, { limit: 3, after: { id: foreign.id } })
    expect((await faultOf(behind)).kind).toBe('conversation.unknown')
  })

  test('WT46 CA43: others have their turn in the middle of many, and none is left out', async () => {
    for (let n = 0; n < 120; n++) await t.core.conversations.create(ada, { title: `${n}` })
    for (const list of [t.core.conversations.list, t.core.conversations.directory]) {
      const order: string[] = []
      setImmediate(() => order.push('another'))
      const { views } = await list(ada, { limit: 1000 })
      order.push('the list')
      expect(order).toEqual(['another', 'the list'])
      expect(new Set(views.map(view => view.conversation.id)).size).toBe(views.length)
      expect(views.length).toBeGreaterThanOrEqual(120)
    }
  })

  test('WT45: search finds public ones by literal substring of the title', async () => {
    const first = await create(ada, { title: '50%_off Club', visibility: 'public' })
    await create(ada, { title: '500 off club', visibility: 'public' })
    const hidden = await create(ada, { title: '50%_off hidden' })
    const found = async (text: string, after?: number) =>
      (await t.core.conversations.search(text, { limit: 10, after })).conversations.map(c => c.title)
    expect(await found('50%_')).toEqual(['50%_off Club'])
    expect(await found('OFF CLUB')).toEqual(['50%_off Club', '500 off club'])
    expect(await found('off club', first.num)).toEqual(['500 off club'])
    expect(await found('hidden')).toEqual([])
    await t.core.conversations.update(ada, hidden.id, { visibility: 'public' })
    expect(await found('hidden')).toEqual(['50%_off hidden'])
    expect(await t.core.conversations.search('o', { limit: 1 })).toMatchObject({ more: true })
  })
})
