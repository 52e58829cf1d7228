// Section F: chats, one of them, and what was said in it.
import { describe, expect, test } from 'bun:test'
import type { Loose } from './client.ts'
import { befriend, friends, newGroup, say, seat, useTarget } from './people.ts'

const target = useTarget()
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
const idsOf = (chats: readonly Loose[]): readonly number[] => chats.map(chat => chat.id)

describe('the list', () => {
  test('UM60 UM61: friends are in it before a word was said, with the keys of a direct chat', async () => {
    const [a, b] = await friends(target)
    expect(await a.client.must('get_chats')).toEqual([
      {
        id: b.person.id,
        username: b.person.username,
        display_name: null,
        status: 'online',
        last_seen: expect.stringMatching(ISO),
        last_message: null,
        unread_count: 0,
        is_group: false,
      },
    ])
  })

  test('UM2 UM60: the two sides call a direct chat by each other, and see its last message', async () => {
    const [a, b] = await friends(target)
    const { message_id } = await say(a, b.person.id, 'hi')
    const last_message = {
      message_id,
      sender_id: a.person.id,
      sender_username: a.person.username,
      content: 'hi',
      type: 'text',
      timestamp: expect.stringMatching(ISO),
    }
    expect(await a.client.must('get_chats')).toMatchObject([{ id: b.person.id, last_message, unread_count: 0 }])
    expect(await b.client.must('get_chats')).toMatchObject([{ id: a.person.id, last_message, unread_count: 1 }])
  })

  test('UM60: a group has its own keys', async () => {
    const [a, b] = await friends(target)
    const id = await newGroup(a, [b], { description: 'Who cooks' })
    const chats = await b.client.must('get_chats')
    expect(chats.find((chat: Loose) => chat.is_group)).toEqual({
      id,
      name: 'Kitchen',
      description: 'Who cooks',
      member_count: 2,
      last_message: null,
      unread_count: 0,
      is_group: true,
    })
  })

  test('UM61: the newest message comes first, chats without any last and by name', async () => {
    const me = await seat(target)
    const others = await Promise.all(['c', 'a', 'b', 'd'].map(stem => seat(target, stem)))
    for (const other of others) await befriend(me, other)
    const [c, a, b, d] = others.map(({ person }) => person.id) as [number, number, number, number]
    const group = await newGroup(me, [], { name: 'aa' })
    expect(idsOf(await me.client.must('get_chats')).length).toBe(5)
    await say(me, d, 'first')
    await say(me, c, 'second')
    expect(idsOf(await me.client.must('get_chats'))).toEqual([c, d, ...byName([a, b, group], others)])
    await say(me, group, 'third')
    expect(idsOf(await me.client.must('get_chats'))).toEqual([group, c, d, a, b])
  })

  test('UM61: a direct chat of former friends stays while it holds a message', async () => {
    const [a, b] = await friends(target)
    const silent = await seat(target)
    await befriend(a, silent)
    const { message_id } = await say(a, b.person.id, 'hi')
    await a.client.must('remove_contact', { contact_id: b.person.id })
    await a.client.must('remove_contact', { contact_id: silent.person.id })
    expect(idsOf(await a.client.must('get_chats'))).toEqual([b.person.id])
    await a.client.must('delete_message', { message_id })
    expect(idsOf(await a.client.must('get_chats'))).toEqual([])
  })

  test('UM62: unread counts what others said behind my mark, deleted ones not; saying something reads', async () => {
    const [a, b] = await friends(target)
    const unread = async () => (await b.client.must('get_chats'))[0].unread_count
    await say(a, b.person.id, '1')
    const second = await say(a, b.person.id, '2')
    await say(a, b.person.id, '3')
    expect(await unread()).toBe(3)
    await a.client.must('delete_message', { message_id: second.message_id })
    expect(await unread()).toBe(2)
    await say(b, a.person.id, 'answer')
    expect(await unread()).toBe(0)
    expect((await a.client.must('get_chats'))[0].unread_count).toBe(1)
  })
})

/** Chats without messages: by name, in which the group's is `aa`. */
const byName = (
  [a, b, group]: readonly [number, number, number],
  others: readonly { readonly person: { readonly id: number; readonly username: string } }[],
): readonly number[] => {
  const nameOf = (id: number): string =>
    id === group ? 'aa' : (others.find(({ person }) => person.id === id)?.person.username ?? '')
  const collator = new Intl.Collator('und', { sensitivity: 'base', numeric: true })
  return [a, b, group].sort((x, y) => collator.compare(nameOf(x), nameOf(y)))
}

describe('one chat', () => {
  test('UM63: a direct chat tells presence, status and streak', async () => {
    const [a, b] = await friends(target)
    const info = await a.client.must('get_chat_info', { chat_id: b.person.id, is_group: false })
    expect(info).toEqual({
      id: b.person.id,
      username: b.person.username,
      display_name: null,
      is_online: true,
      last_seen: expect.stringMatching(ISO),
      status: 'FRIEND',
      is_group: false,
      streak: 0,
      continue_streak: true,
    })
    expect(await a.client.next('chat_info')).toEqual(info)
  })

  test('UM63: a group tells its members and who is an admin', async () => {
    const [a, b] = await friends(target)
    const chat_id = await newGroup(a, [b])
    const info = await b.client.must('get_chat_info', { chat_id, is_group: true })
    expect(info).toMatchObject({
      id: chat_id,
      name: 'Kitchen',
      description: '',
      created_at: expect.stringMatching(ISO),
      is_group: true,
      member_count: 2,
      is_admin: false,
    })
    const member = ({ person }: typeof a, is_admin: boolean) => ({
      user_id: person.id,
      username: person.username,
      display_name: null,
      is_online: true,
      last_seen: null,
      is_admin,
    })
    expect(new Set(info.members)).toEqual(new Set([member(a, true), member(b, false)]))
    expect(await a.client.must('get_chat_info', { chat_id })).toMatchObject({ is_admin: true })
  })

  test('UM63 UM6: the status is mine: pending both ways is NEW, and who I blocked is BLOCKED', async () => {
    const a = await seat(target)
    const b = await seat(target)
    await a.client.must('add_contact', { contact_username: b.person.username })
    expect(await a.client.must('get_chat_info', { chat_id: b.person.id })).toMatchObject({ status: 'NEW' })
    expect(await b.client.must('get_chat_info', { chat_id: a.person.id })).toMatchObject({ status: 'NEW' })
    const [c, d] = await friends(target)
    await c.client.must('block_contact', { contact_id: d.person.id })
    expect(await c.client.must('get_chat_info', { chat_id: d.person.id })).toMatchObject({ status: 'BLOCKED' })
    expect(await d.client.must('get_chat_info', { chat_id: c.person.id })).toMatchObject({ status: 'FRIEND' })
  })

  test.each(['get_chat_info', 'get_chat_history'])(
    'UM65: %s refuses alike what is not there and what is not mine',
    async event => {
      const [a, b] = await friends(target)
      const outsider = await seat(target)
      const chat_id = await newGroup(a, [b])
      const { client } = outsider
      const notMember = 'You are not a member of this group'
      expect(await client.said(event, { chat_id, is_group: true })).toBe(notMember)
      expect(await client.said(event, { chat_id })).toBe(notMember)
      expect(await client.said(event, { chat_id: 2_000_000_000, is_group: true })).toBe(notMember)
      expect(await client.said(event, { chat_id: 2_000_000_000, is_group: false })).toBe('Chat not found')
      expect(await client.said(event, { chat_id: 2_000_000_000 })).toBe('Chat not found')
      expect(await client.said(event, { chat_id: 99_999_999_999 })).toBe('Chat not found')
      expect(await client.said(event, { chat_id: a.person.id })).toBe('This user is not in your contacts')
      expect(await client.said(event, { chat_id: outsider.person.id })).toBe('This user is not in your contacts')
      await a.client.must('remove_member', { chat_id, user_id: b.person.id })
      expect(await b.client.said(event, { chat_id, is_group: true })).toBe(notMember)
    },
  )

  test.each(['get_chat_info', 'get_chat_history'])(
    'UM3 UM7 UM45: %s takes digits, lets the id decide, and judges fields',
    async event => {
      const [a, b] = await friends(target)
      const chat_id = await newGroup(a, [b])
      expect(await a.client.said(event, { chat_id: `${chat_id}` })).toBe('ok')
      expect(await a.client.said(event, { chat_id: `${b.person.id}`, is_group: null })).toBe('ok')
      expect(await a.client.said(event, { chat_id, is_group: false })).toBe('Chat not found')
      expect(await a.client.said(event, { chat_id: b.person.id, is_group: true })).toBe(
        'You are not a member of this group',
      )
      expect(await a.client.said(event, {})).toBe('Missing required fields')
      expect(await a.client.said(event, { chat_id: 'mila' })).toBe('Invalid chat_id')
      expect(await a.client.said(event, { chat_id, is_group: 'yes' })).toBe('Invalid is_group')
    },
  )
})

describe('history', () => {
  test('UM66: rows carry what the live event did, and whether they were read', async () => {
    const [a, b] = await friends(target)
    const live = await say(a, b.person.id, 'hi')
    const page = await b.client.must('get_chat_history', {
      chat_id: a.person.id,
      is_group: false,
      page: 1,
      page_size: 20,
    })
    expect(page).toEqual({
      chat_id: a.person.id,
      is_group: false,
      messages: [{ ...live, is_read: false, read: false }],
      page: 1,
      page_size: 20,
      total_pages: 1,
      total_messages: 1,
    })
    expect(await b.client.next('chat_history')).toEqual(page)
  })

  test('UM67: newest first, page by page, and true totals beyond the end', async () => {
    const [a, b] = await friends(target)
    for (let i = 1; i <= 5; i++) await say(a, b.person.id, `${i}`)
    const page = async (keys: object) => {
      const answer = await a.client.must('get_chat_history', { chat_id: b.person.id, ...keys })
      return { ...answer, messages: answer.messages.map((row: Loose) => row.content) }
    }
    const totals = { total_messages: 5, total_pages: 3, page_size: 2 }
    expect(await page({ page_size: 2 })).toMatchObject({ ...totals, page: 1, messages: ['5', '4'] })
    expect(await page({ page: '2', page_size: '2' })).toMatchObject({ ...totals, page: 2, messages: ['3', '2'] })
    expect(await page({ page: 3, page_size: 2 })).toMatchObject({ ...totals, page: 3, messages: ['1'] })
    expect(await page({ page: 4, page_size: 2 })).toMatchObject({ ...totals, page: 4, messages: [] })
    const far = Number.MAX_SAFE_INTEGER
    expect(await page({ page: far, page_size: 2 })).toMatchObject({ ...totals, page: far, messages: [] })
    expect(await page({ page_size: 5000 })).toMatchObject({ page_size: 100, total_pages: 1 })
    expect(await page({})).toMatchObject({ page_size: 20, page: 1 })
  })

  test('UM67: an empty chat has no pages; what is no page is refused', async () => {
    const [a, b] = await friends(target)
    const ask = (keys: object) => ({ chat_id: b.person.id, ...keys })
    expect(await a.client.must('get_chat_history', ask({}))).toMatchObject({
      messages: [],
      total_pages: 0,
      total_messages: 0,
    })
    for (const page of [0, -1, 1.5, 'x', true, {}, '9'.repeat(40)]) {
      expect(await a.client.said('get_chat_history', ask({ page }))).toBe('Invalid page')
      expect(await a.client.said('get_chat_history', ask({ page_size: page }))).toBe('Invalid page_size')
    }
  })

  test('UM68: of others’ messages, whether I read them; of mine, whether anybody did', async () => {
    const [a, b] = await friends(target)
    const c = await seat(target)
    await befriend(a, c)
    const chat_id = await newGroup(a, [b, c])
    const { message_id } = await say(a, chat_id, 'hi')
    const read = async ({ client }: typeof a) =>
      (await client.must('get_chat_history', { chat_id })).messages.map((row: Loose) => row.is_read)
    expect([await read(a), await read(b), await read(c)]).toEqual([[false], [false], [false]])
    await b.client.must('read_receipt', { message_ids: [message_id], sender_id: a.person.id })
    expect([await read(a), await read(b), await read(c)]).toEqual([[true], [true], [false]])
    await say(c, chat_id, 'writing is reading')
    expect(await read(c)).toEqual([false, true])
  })

  test('UM69: deleted messages are in no list, count or total', async () => {
    const [a, b] = await friends(target)
    await say(a, b.person.id, 'stays')
    const { message_id } = await say(a, b.person.id, 'goes')
    await a.client.must('delete_message', { message_id })
    expect(await b.client.must('get_chat_history', { chat_id: a.person.id, page_size: 1 })).toMatchObject({
      messages: [{ content: 'stays' }],
      total_messages: 1,
      total_pages: 1,
    })
    expect(await b.client.must('get_chats')).toMatchObject([{ last_message: { content: 'stays' }, unread_count: 1 }])
  })
})
