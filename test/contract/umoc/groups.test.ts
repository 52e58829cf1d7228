// Section J: groups made, filled, left, renamed, ruled, ended.
import { describe, expect, test } from 'bun:test'
import { lacks } from '../../kit/target.ts'
import type { Loose } from './client.ts'
import { befriend, newGroup, type Seated, say, seat, useTarget } from './people.ts'

const target = useTarget()
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
const timestamp = expect.stringMatching(ISO)

/** A group of its owner and two friends of his; the third friend is not in it. */
const setUp = async () => {
  const [owner, b, c, outside] = [await seat(target, 'o'), await seat(target), await seat(target), await seat(target)]
  for (const friend of [b, c, outside]) await befriend(owner, friend)
  const chat_id = await newGroup(owner, [b, c])
  return { owner, b, c, outside, chat_id }
}
const info = ({ client }: Seated, chat_id: number): Promise<Loose> =>
  client.must('get_chat_info', { chat_id, is_group: true })
const adminsOf = async (who: Seated, chat_id: number): Promise<readonly number[]> =>
  (await info(who, chat_id)).members.filter((m: Loose) => m.is_admin).map((m: Loose) => m.user_id)

const NOT_IN = 'You are not a member of this group'
const ADMINS = 'Only group admins can do this'
const OWNER = 'Only the group owner can do this'

describe('making', () => {
  test('UM121: the creator and every initial member are told, each as he sees it', async () => {
    const owner = await seat(target)
    const b = await seat(target)
    await befriend(owner, b)
    const tab = await b.person.connect()
    const made = await owner.client.must('create_group', {
      name: '  Fjord trip  ',
      description: 'who drives',
      member_ids: [b.person.id, `${b.person.id}`, owner.person.id],
    })
    expect(made).toMatchObject({ name: 'Fjord trip', description: 'who drives', member_count: 2, is_admin: true })
    expect(made.members.map((m: Loose) => [m.user_id, m.is_admin]).toSorted()).toEqual(
      [
        [owner.person.id, true],
        [b.person.id, false],
      ].toSorted(),
    )
    expect(await owner.client.next('group_created')).toEqual(made)
    for (const client of [b.client, tab]) {
      expect(await client.next('group_created')).toMatchObject({ id: made.id, is_group: true, is_admin: false })
    }
    await say(b, made.id, 'me')
  })

  test('UM121: names and descriptions have their bounds', async () => {
    const owner = await seat(target)
    const said = (payload: object) => owner.client.said('create_group', payload)
    expect(await said({})).toBe('Missing required fields')
    expect(await said({ name: '   ' })).toBe('Missing required fields')
    expect(await said({ name: 5 })).toBe('Invalid name')
    expect(await said({ name: 'x'.repeat(101) })).toBe('Invalid name')
    expect(await said({ name: 'a\0' })).toBe('Invalid name')
    expect(await said({ name: 'x', description: 'x'.repeat(501) })).toBe('Invalid description')
    expect(await said({ name: 'x', member_ids: 7 })).toBe('Invalid member_ids')
    expect(await said({ name: 'x', member_ids: [{}] })).toBe('Invalid member_ids')
    expect(await said({ name: '👋'.repeat(100), description: 'x'.repeat(500) })).toBe('ok')
  })

  test('UM121: every member is a friend who has not blocked the creator, or nothing is made', async () => {
    const [owner, friend, stranger, blocking] = [
      await seat(target),
      await seat(target),
      await seat(target),
      await seat(target),
    ]
    for (const one of [friend, blocking]) await befriend(owner, one)
    await blocking.client.must('block_contact', { contact_id: owner.person.id })
    for (const bad of [stranger.person.id, blocking.person.id, 2_000_000_000]) {
      expect(await owner.client.said('create_group', { name: 'x', member_ids: [friend.person.id, bad] })).toBe(
        'This user is not in your contacts',
      )
    }
    await friend.client.quiet('group_created')
  })
})

describe('filling', () => {
  test('UM122: all members and the new one are told; he sees the whole history and nothing unread', async () => {
    const { owner, b, outside, chat_id } = await setUp()
    await say(b, chat_id, 'old')
    const told = {
      chat_id,
      name: 'Kitchen',
      user_id: outside.person.id,
      username: outside.person.username,
      is_admin: false,
      by_user_id: owner.person.id,
      timestamp,
    }
    expect(await owner.client.must('add_member', { chat_id, user_id: outside.person.id })).toEqual(told)
    for (const one of [owner, b, outside]) expect(await one.client.next('member_added')).toEqual(told)
    await outside.client.quiet('group_created')
    const { messages } = await outside.client.must('get_chat_history', { chat_id })
    expect(messages.map((m: Loose) => m.content)).toEqual(['old'])
    const chats = await outside.client.must('get_chats')
    expect(chats.find((chat: Loose) => chat.id === chat_id)).toMatchObject({ unread_count: 0 })
  })

  test('UM68 UM122: whoever comes later has read nothing from before; what came since he has read once he writes', async () => {
    const { owner, b, outside, chat_id } = await setUp()
    await say(b, chat_id, 'old')
    await owner.client.must('add_member', { chat_id, user_id: outside.person.id })
    await say(b, chat_id, 'new')
    const read = async () => {
      const { messages } = await b.client.must('get_chat_history', { chat_id })
      const mine = messages.filter((row: Loose) => row.sender_id === b.person.id)
      return mine.map((row: Loose) => [row.content, row.is_read])
    }
    expect(await read()).toEqual([
      ['new', false],
      ['old', false],
    ])
    await say(outside, chat_id, 'hello')
    expect(await read()).toEqual([
      ['new', true],
      ['old', false],
    ])
  })

  test('UM120 UM122: who may, and whom', async () => {
    const { owner, b, outside, chat_id } = await setUp()
    const add = (who: Seated, user_id: unknown, keys: object = { chat_id }) =>
      who.client.said('add_member', { ...keys, user_id })
    expect(await add(outside, outside.person.id)).toBe(NOT_IN)
    expect(await add(owner, outside.person.id, { chat_id: 2_000_000_000 })).toBe(NOT_IN)
    expect(await add(owner, outside.person.id, { chat_id: b.person.id })).toBe(NOT_IN)
    expect(await add(b, outside.person.id)).toBe(ADMINS)
    expect(await add(owner, b.person.id)).toBe('User is already a member of this group')
    expect(await add(owner, 2_000_000_000)).toBe('User not found')
    expect(await add(owner, 'x')).toBe('Invalid user_id')
    expect(await owner.client.said('add_member', { chat_id })).toBe('Missing required fields')
    expect(await owner.client.said('add_member', { user_id: 1 })).toBe('Missing required fields')
    const stranger = await seat(target)
    expect(await add(owner, stranger.person.id)).toBe('This user is not in your contacts')
    expect(await add(owner, outside.person.id, { group_id: `${chat_id}` })).toBe('ok')
  })
})

describe('going', () => {
  test('UM123: the rest and the removed one are told; from then on nothing reaches him', async () => {
    const { owner, b, c, chat_id } = await setUp()
    const shared = await say(c, chat_id, 'with him')
    await b.client.next('new_message')
    const told = {
      chat_id,
      user_id: b.person.id,
      username: b.person.username,
      by_user_id: owner.person.id,
      timestamp,
    }
    expect(await owner.client.must('remove_member', { chat_id, user_id: b.person.id })).toEqual(told)
    for (const one of [owner, b, c]) expect(await one.client.next('member_removed')).toEqual(told)
    await say(c, chat_id, 'without him')
    await c.client.must('typing', { recipient_id: chat_id, is_typing: true })
    await c.client.must('delete_message', { message_id: shared.message_id })
    await owner.client.must('update_group', { chat_id, name: 'without him' })
    await b.client.quiet('new_message', 'typing_indicator', 'message_deleted', 'group_updated')
    expect(await b.client.said('get_chat_history', { chat_id, is_group: true })).toBe(NOT_IN)
    expect((await b.client.must('get_chats')).map((chat: Loose) => chat.id)).not.toContain(chat_id)
  })

  test('UM123: by an admin; not the owner, not oneself; other admins by the owner only', async () => {
    const { owner, b, c, outside, chat_id } = await setUp()
    const remove = (who: Seated, whom: Seated) => who.client.said('remove_member', { chat_id, user_id: whom.person.id })
    expect(await remove(b, c)).toBe(ADMINS)
    for (const one of [b, c]) {
      await owner.client.must('set_admin', { chat_id, user_id: one.person.id, is_admin: true })
    }
    expect(await remove(b, owner)).toBe('Invalid user_id')
    expect(await remove(b, b)).toBe('Invalid user_id')
    expect(await remove(b, c)).toBe(OWNER)
    expect(await remove(b, outside)).toBe('User is not a member of this group')
    expect(await remove(owner, c)).toBe('ok')
  })

  test('UM124: the rest and the leaver are told; an owner is followed by the longest-standing admin', async () => {
    const { owner, b, c, chat_id } = await setUp()
    await owner.client.must('set_admin', { chat_id, user_id: c.person.id, is_admin: true })
    const told = { chat_id, user_id: owner.person.id, username: owner.person.username, timestamp }
    expect(await owner.client.must('leave_group', { chat_id })).toEqual(told)
    for (const one of [owner, b, c]) expect(await one.client.next('member_left')).toEqual(told)
    expect(await b.client.next('member_updated', data => data.by_user_id === owner.person.id)).toBeDefined()
    expect(await c.client.said('update_group', { chat_id, name: 'mine' })).toBe('ok')
    expect(await c.client.said('set_admin', { chat_id, user_id: b.person.id, is_admin: true })).toBe('ok')
    expect(await owner.client.said('leave_group', { chat_id })).toBe(NOT_IN)
  })

  test('UM124: without admins, an owner is followed by the longest-standing member', async () => {
    const { owner, b, outside, chat_id } = await setUp()
    const again = await newGroup(owner, [b])
    await owner.client.must('add_member', { chat_id: again, user_id: outside.person.id })
    await owner.client.must('leave_group', { chat_id: again })
    for (const one of [b, outside]) {
      expect(await one.client.next('member_updated')).toMatchObject({
        chat_id: again,
        user_id: b.person.id,
        is_admin: true,
      })
    }
    expect(await b.client.said('set_admin', { chat_id: again, user_id: outside.person.id, is_admin: true })).toBe('ok')
    await b.client.quiet('group_deleted')
    expect(await b.client.said('get_chat_info', { chat_id })).toBe('ok')
  })

  test('UM124: the last one out ends the group', async () => {
    const alone = await seat(target)
    const { id } = await alone.client.must('create_group', { name: 'Just me' })
    await alone.client.must('leave_group', { chat_id: id })
    expect(await alone.client.said('get_chat_info', { chat_id: id, is_group: true })).toBe(NOT_IN)
  })

  test.skipIf(lacks('chatapp'))('UM124: nobody ends or owns `general`', async () => {
    const alone = await seat(target)
    const { username } = alone.person
    const body = JSON.stringify({ username, password: 'correct horse battery' })
    const headers = { 'content-type': 'application/json' }
    await fetch(`${target.url}/api/auth/login`, { method: 'POST', headers, body })
    const { chat_id, by_user_id } = await alone.client.next('member_added', data => data.name === 'general')
    expect(by_user_id).toBe(alone.person.id)
    expect(await alone.client.said('delete_group', { chat_id })).toBe(OWNER)
    expect(await alone.client.said('leave_group', { chat_id })).toBe('ok')
    await alone.client.quiet('member_updated', 'group_deleted')
  })
})

describe('changing', () => {
  test('UM125: all members are told of a name or a description', async () => {
    const { owner, b, c, chat_id } = await setUp()
    const told = { chat_id, name: 'Cellar', description: 'down', by_user_id: owner.person.id, timestamp }
    expect(await owner.client.must('update_group', { chat_id, name: ' Cellar ', description: 'down' })).toEqual(told)
    for (const one of [owner, b, c]) expect(await one.client.next('group_updated')).toEqual(told)
    await owner.client.must('update_group', { chat_id, description: '' })
    expect(await b.client.next('group_updated')).toMatchObject({ name: 'Cellar', description: '' })
    await owner.client.must('update_group', { chat_id, name: 'Cellar' })
    await b.client.quiet('group_updated')
    expect(await b.client.said('update_group', { chat_id, name: 'x' })).toBe(ADMINS)
    expect(await owner.client.said('update_group', { chat_id, name: ' ' })).toBe('Missing required fields')
    expect(await owner.client.said('update_group', { chat_id, description: 7 })).toBe('Invalid description')
  })

  test('UM126: the owner makes admins and unmakes them, never himself', async () => {
    const { owner, b, c, outside, chat_id } = await setUp()
    const set = (who: Seated, whom: Seated, is_admin: unknown = true) =>
      who.client.said('set_admin', { chat_id, user_id: whom.person.id, is_admin })
    expect(await set(owner, b)).toBe('ok')
    for (const one of [owner, b, c]) {
      expect(await one.client.next('member_updated')).toEqual({
        chat_id,
        user_id: b.person.id,
        username: b.person.username,
        is_admin: true,
        by_user_id: owner.person.id,
        timestamp,
      })
    }
    expect((await adminsOf(c, chat_id)).toSorted()).toEqual([owner.person.id, b.person.id].toSorted())
    expect(await set(b, c)).toBe(OWNER)
    expect(await set(owner, owner, false)).toBe('Invalid user_id')
    expect(await set(owner, b, 'yes')).toBe('Invalid is_admin')
    expect(await set(owner, outside)).toBe('User is not a member of this group')
    expect(await set(owner, b, false)).toBe('ok')
    expect(await adminsOf(c, chat_id)).toEqual([owner.person.id])
  })

  test('UM127: the owner ends it, and all members are told once', async () => {
    const { owner, b, c, chat_id } = await setUp()
    expect(await b.client.said('delete_group', { chat_id })).toBe(OWNER)
    const told = { chat_id, by_user_id: owner.person.id, timestamp }
    expect(await owner.client.must('delete_group', { chat_id })).toEqual(told)
    for (const one of [owner, b, c]) {
      expect(await one.client.next('group_deleted')).toEqual(told)
      await one.client.quiet('group_deleted', 'member_left', 'member_removed')
    }
    expect(await b.client.said('send_message', { recipient_id: chat_id, is_group: true, content: 'x' })).toBe(NOT_IN)
  })
})
