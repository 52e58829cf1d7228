// Section G: read receipts and typing.
import { describe, expect, test } from 'bun:test'
import { befriend, friends, newGroup, say, seat, useTarget } from './people.ts'

const target = useTarget()
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

describe('receipts', () => {
  test('UM80: the author is told on all his sockets, nobody else is', async () => {
    const [a, b] = await friends(target)
    const tab = await a.person.connect()
    const { message_id } = await say(a, b.person.id, 'hi')
    const answer = await b.client.must('read_receipt', { message_ids: [message_id], sender_id: a.person.id })
    expect(answer).toEqual({ message_ids: [message_id] })
    for (const client of [a.client, tab]) {
      expect(await client.next('messages_read')).toEqual({
        reader_id: b.person.id,
        reader_username: b.person.username,
        message_ids: [message_id],
        timestamp: expect.stringMatching(ISO),
        chat_id: b.person.id,
        is_group: false,
      })
    }
    await b.client.quiet('messages_read')
  })

  test('UM81: reading one reads all before it there, each author learns of his own, oldest first', async () => {
    const [a, b] = await friends(target)
    const c = await seat(target)
    await befriend(a, c)
    const chat_id = await newGroup(a, [b, c])
    const first = await say(a, chat_id, '1')
    const second = await say(c, chat_id, '2')
    const third = await say(a, chat_id, '3')
    const later = await say(a, chat_id, '4')
    const ids = [first, second, third].map(({ message_id }) => message_id)
    const answer = await b.client.must('read_receipt', { message_ids: [third.message_id], sender_id: 0 })
    expect(new Set(answer.message_ids)).toEqual(new Set(ids))
    expect(await a.client.next('messages_read')).toMatchObject({
      message_ids: [first.message_id, third.message_id],
      chat_id,
      is_group: true,
    })
    expect(await c.client.next('messages_read')).toMatchObject({ message_ids: [second.message_id] })
    await b.client.must('read_receipt', { message_ids: [...ids, later.message_id], sender_id: 0 })
    expect(await a.client.next('messages_read')).toMatchObject({ message_ids: [later.message_id] })
    await c.client.quiet('messages_read')
  })

  test('UM81: the newest 200 of what became read are told', async () => {
    const [a, b] = await friends(target)
    const ids: string[] = []
    for (let i = 0; i < 203; i++) ids.push((await say(a, b.person.id, `${i}`)).message_id)
    const wanted = ids.slice(-200)
    const receipt = { message_ids: ids.slice(-1), sender_id: a.person.id }
    expect(await b.client.must('read_receipt', receipt)).toEqual({ message_ids: wanted })
    expect(await a.client.next('messages_read')).toMatchObject({ message_ids: wanted })
    expect(await b.client.must('get_chats')).toMatchObject([{ unread_count: 0 }])
  })

  test('UM81: one receipt may name messages of several chats', async () => {
    const [a, b] = await friends(target)
    const chat_id = await newGroup(a, [b])
    const direct = await say(a, b.person.id, 'direct')
    const group = await say(a, chat_id, 'group')
    await b.client.must('read_receipt', {
      message_ids: [group.message_id, direct.message_id],
      sender_id: a.person.id,
    })
    const told = [await a.client.next('messages_read'), await a.client.next('messages_read')]
    expect(new Set(told.map(data => data.chat_id))).toEqual(new Set([b.person.id, chat_id]))
  })

  test('UM81: what is read already, own, deleted, unknown or of others is ignored silently', async () => {
    const [a, b] = await friends(target)
    const outsider = await seat(target)
    const read = await say(a, b.person.id, 'read')
    const own = await say(b, a.person.id, 'own')
    const deleted = await say(a, b.person.id, 'deleted')
    await a.client.must('delete_message', { message_id: deleted.message_id })
    const message_ids = [read.message_id, own.message_id, deleted.message_id, crypto.randomUUID(), 'x', '']
    const receipt = { message_ids, sender_id: outsider.person.id }
    expect(await b.client.must('read_receipt', receipt)).toEqual({ message_ids: [] })
    const unread = await say(a, b.person.id, 'unread')
    const foreign = { message_ids: [unread.message_id], sender_id: a.person.id }
    expect(await outsider.client.must('read_receipt', foreign)).toEqual({ message_ids: [] })
    for (const { client } of [a, b, outsider]) await client.quiet('messages_read', 'error')
  })

  test('UM80: what is no list of ids, and a missing sender', async () => {
    const { client } = await seat(target)
    const many = Array.from({ length: 501 }, () => crypto.randomUUID())
    for (const message_ids of [undefined, null, [], 'x', {}, 5, [5], many]) {
      expect(await client.said('read_receipt', { message_ids, sender_id: 1 })).toBe('Invalid message IDs')
    }
    for (const sender_id of [undefined, null]) {
      expect(await client.said('read_receipt', { message_ids: many.slice(0, 2), sender_id })).toBe(
        'Sender ID is required',
      )
    }
    expect(await client.said('read_receipt', { message_ids: many.slice(0, 500), sender_id: '1' })).toBe('ok')
  })
})

describe('typing', () => {
  test('UM82 UM5: the other one is told, under my id, and my own sockets are not', async () => {
    const [a, b] = await friends(target)
    const tab = await a.person.connect()
    const before = Date.now() / 1000
    const typed = await a.client.must('typing', { recipient_id: b.person.id, is_typing: true, is_group: false })
    const shown = await b.client.next('typing_indicator')
    expect(shown).toEqual({
      user_id: a.person.id,
      username: a.person.username,
      is_typing: true,
      timestamp: expect.any(Number),
      chat_id: a.person.id,
      is_group: false,
    })
    expect(typed).toEqual({ ...shown, timestamp: expect.any(Number) })
    expect(Math.abs(shown.timestamp - before)).toBeLessThan(60)
    await a.client.must('typing', { recipient_id: b.person.id, is_typing: false })
    expect(await b.client.next('typing_indicator')).toMatchObject({ is_typing: false })
    await tab.quiet('typing_indicator')
    await a.client.quiet('typing_indicator')
  })

  test('UM82: in a group all others are told, and which group it is', async () => {
    const [a, b] = await friends(target)
    const chat_id = await newGroup(a, [b])
    a.client.emit('typing', { recipient_id: chat_id, is_typing: true, is_group: true })
    expect(await b.client.next('typing_indicator')).toMatchObject({ chat_id, is_group: true })
  })

  test('UM82 UM45: fields are judged', async () => {
    const [a, b] = await friends(target)
    const recipient_id = b.person.id
    expect(await a.client.said('typing', { recipient_id })).toBe('Missing required fields')
    expect(await a.client.said('typing', { is_typing: true })).toBe('Missing required fields')
    expect(await a.client.said('typing', { recipient_id, is_typing: 'yes' })).toBe('Invalid is_typing')
    expect(await a.client.said('typing', { recipient_id: {}, is_typing: true })).toBe('Invalid recipient_id')
  })

  test('UM83: it needs the right to send, but says nothing across a block', async () => {
    const [a, b] = await friends(target)
    const stranger = await seat(target)
    const group = await newGroup(a, [b])
    const typing = (recipient_id: number) => ({ recipient_id, is_typing: true })
    expect(await stranger.client.said('typing', typing(a.person.id))).toBe('This user is not in your contacts')
    expect(await stranger.client.said('typing', typing(group))).toBe('You are not a member of this group')
    expect(await stranger.client.said('typing', typing(2_000_000_000))).toBe('Recipient not found')
    expect(await stranger.client.said('typing', typing(stranger.person.id))).toBe('You cannot message yourself')
    await a.client.must('block_contact', { contact_id: b.person.id })
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      expect(await one.client.said('typing', typing(other.person.id))).toBe('ok')
      await other.client.quiet('typing_indicator')
      await one.client.quiet('error')
    }
  })

  test('UM83: it ends with what is said, and with the last connection', async () => {
    const [a, b] = await friends(target)
    a.client.emit('typing', { recipient_id: b.person.id, is_typing: true })
    expect(await b.client.next('typing_indicator')).toMatchObject({ is_typing: true })
    await say(a, b.person.id, 'there')
    expect(await b.client.next('typing_indicator')).toMatchObject({ is_typing: false })
    a.client.emit('typing', { recipient_id: b.person.id, is_typing: true })
    expect(await b.client.next('typing_indicator')).toMatchObject({ is_typing: true })
    a.client.close()
    expect(await b.client.next('typing_indicator')).toMatchObject({ is_typing: false })
  })
})
