// Section G: messages said and taken back.
import { describe, expect, test } from 'bun:test'
import { startClocked } from '../../kit/clocked.ts'
import { foreign } from '../../kit/target.ts'
import type { Loose } from './client.ts'
import { befriend, friends, newGroup, say, seat, useTarget } from './people.ts'

const target = useTarget()
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

describe('saying', () => {
  test('UM70 UM1 UM4: a direct message reaches all sockets of both, equal in every copy and in the history', async () => {
    const [a, b] = await friends(target)
    const tab = await a.person.connect()
    const said = await say(a, b.person.id, 'Hello there!', { is_group: false, type: 'text' })
    expect(said).toEqual({
      message_id: expect.stringMatching(UUID),
      sender_id: a.person.id,
      sender_username: a.person.username,
      recipient_id: b.person.id,
      content: 'Hello there!',
      type: 'text',
      timestamp: expect.stringMatching(ISO),
      is_group: false,
    })
    for (const client of [a.client, tab, b.client]) {
      expect(await client.next('new_message')).toEqual(said)
      await client.quiet('new_message')
    }
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const { messages } = await one.client.must('get_chat_history', { chat_id: other.person.id })
      expect(messages).toEqual([{ ...said, is_read: false, read: false }])
    }
  })

  test('UM70 UM2: in a group the recipient is the group, and outsiders hear nothing', async () => {
    const [a, b] = await friends(target)
    const outsider = await seat(target)
    const recipient_id = await newGroup(a, [b])
    const said = await say(b, recipient_id, 'hi', { is_group: true })
    expect(said).toMatchObject({ recipient_id, is_group: true, sender_id: b.person.id })
    for (const { client } of [a, b]) expect(await client.next('new_message')).toEqual(said)
    await outsider.client.quiet('new_message')
  })

  test('UM3 UM7: ids as digits, and without is_group the id decides', async () => {
    const [a, b] = await friends(target)
    const group = await newGroup(a, [b])
    expect(await say(a, `${b.person.id}` as unknown as number, 'x')).toMatchObject({
      recipient_id: b.person.id,
      is_group: false,
    })
    expect(await say(a, group, 'x')).toMatchObject({ recipient_id: group, is_group: true })
    expect(await a.client.said('send_message', { recipient_id: group, is_group: false, content: 'x' })).toBe(
      'Recipient not found',
    )
    expect(await a.client.said('send_message', { recipient_id: b.person.id, is_group: true, content: 'x' })).toBe(
      'You are not a member of this group',
    )
  })

  test('UM71: fields are judged in their order, and the recipient last', async () => {
    const { person, client } = await seat(target)
    const nobody = { recipient_id: 2_000_000_000, content: 'x' }
    const cases: readonly (readonly [object, string])[] = [
      [{ recipient_id: 1 }, 'Missing required fields'],
      [{ content: 'x' }, 'Missing required fields'],
      [{ recipient_id: 1, content: ' \n ' }, 'Missing required fields'],
      [{ ...nobody, type: 'sticker' }, 'Invalid message type'],
      [{ ...nobody, content: 'x'.repeat(10_001) }, 'Message too long'],
      [{ ...nobody, is_group: true }, 'You are not a member of this group'],
      [nobody, 'Recipient not found'],
      [{ ...nobody, recipient_id: person.id }, 'You cannot message yourself'],
    ]
    for (const [payload, words] of cases) expect(await client.said('send_message', payload)).toBe(words)
  })

  test('UM72: only friends are written to, and a block has its own words, the blocker’s first', async () => {
    const [a, b] = await friends(target)
    const stranger = await seat(target)
    const to = ({ person }: typeof a) => ({ recipient_id: person.id, content: 'x' })
    const saidTo = (from: typeof a, whom: typeof a) => from.client.said('send_message', to(whom))
    expect(await saidTo(stranger, a)).toBe('This user is not in your contacts')
    await stranger.client.must('add_contact', { contact_username: a.person.username })
    expect(await saidTo(stranger, a)).toBe('This user is not in your contacts')
    expect(await saidTo(a, stranger)).toBe('This user is not in your contacts')
    await a.client.must('block_contact', { contact_id: b.person.id })
    expect(await saidTo(a, b)).toBe('You have blocked this user')
    expect(await saidTo(b, a)).toBe('You cannot send messages to this user')
    await b.client.must('block_contact', { contact_id: a.person.id })
    expect(await saidTo(b, a)).toBe('You have blocked this user')
    await a.client.must('unblock_contact', { contact_id: b.person.id })
    await b.client.must('unblock_contact', { contact_id: a.person.id })
    expect(await saidTo(a, b)).toBe('ok')
    await a.client.must('remove_contact', { contact_id: b.person.id })
    expect(await saidTo(a, b)).toBe('This user is not in your contacts')
    expect(await saidTo(b, a)).toBe('This user is not in your contacts')
  })

  test.skipIf(foreign)(
    'UM72: a stranger who wrote first may be answered, until a friendship with him ends',
    async () => {
      await using house = await startClocked()
      const { core, person } = house.kit
      const me = await seat(house)
      const mine = (await core.people.byNum(me.person.id))?.id ?? ''
      const stranger = await person('stranger')
      const recipient_id = stranger.profile.num
      const answer = () => me.client.said('send_message', { recipient_id, content: 'who are you?' })
      const { conversation } = await core.conversations.openDirect(stranger, mine)
      expect(await answer()).toBe('This user is not in your contacts')
      await core.messages.send(stranger, conversation.id, { kind: 'text', text: 'hello' })
      expect(await answer()).toBe('ok')
      await core.contacts.request(stranger, mine, null)
      await me.client.must('accept_contact', { contact_id: recipient_id })
      expect(await answer()).toBe('ok')
      await me.client.must('remove_contact', { contact_id: recipient_id })
      expect(await answer()).toBe('This user is not in your contacts')
      me.client.close()
    },
  )

  test('UM73: content goes byte-exact, in code points up to the limit', async () => {
    const [a, b] = await friends(target)
    for (const content of ['  <b>&amp;"\\\r\n\u2028\t\u200b ', '😀'.repeat(10_000), '\u0001']) {
      await say(a, b.person.id, content)
      expect((await b.client.next('new_message')).content === content).toBe(true)
    }
    const { messages } = await b.client.must('get_chat_history', { chat_id: a.person.id })
    expect(messages[2].content).toBe('  <b>&amp;"\\\r\n\u2028\t\u200b ')
    for (const content of ['a\0b', 'a\ud800']) {
      expect(await a.client.said('send_message', { recipient_id: b.person.id, content })).toBe('Invalid content')
    }
    expect(await a.client.said('send_message', { recipient_id: b.person.id, content: '😀'.repeat(10_001) })).toBe(
      'Message too long',
    )
  })

  test('UM74: encrypted content is passed through, live, in history and as the last message', async () => {
    const [a, b] = await friends(target)
    const encrypted_content = `c2VjcmV0${'x'.repeat(65_528)}`
    await a.client.must('send_message', { recipient_id: b.person.id, encrypted_content })
    const expected = { content: '', type: 'text', encrypted_content }
    expect(await b.client.next('new_message')).toMatchObject(expected)
    const { messages } = await b.client.must('get_chat_history', { chat_id: a.person.id })
    expect(messages).toMatchObject([expected])
    expect(await b.client.must('get_chats')).toMatchObject([{ last_message: expected }])
    const plain = { recipient_id: b.person.id, content: 'plain', encrypted_content: 'sealed' }
    expect(await a.client.must('send_message', plain)).toMatchObject({
      content: 'plain',
      encrypted_content: 'sealed',
    })
  })

  test('UM75: a file message without a file of ours keeps its content as given', async () => {
    const [a, b] = await friends(target)
    const content = '{"url": "https://example.org/a.png",  "file_name":"a.png"}'
    for (const type of ['image', 'video', 'audio', 'file']) {
      await say(a, b.person.id, content, { type })
      expect(await b.client.next('new_message')).toMatchObject({ type, content })
    }
    const { messages } = await b.client.must('get_chat_history', { chat_id: a.person.id })
    expect(messages[0]).toMatchObject({ type: 'file', content })
    for (const wrong of ['x', '[]', '5', '{"a":']) {
      const payload = { recipient_id: b.person.id, type: 'image', content: wrong }
      expect(await a.client.said('send_message', payload)).toBe('Invalid file content')
    }
    const named = JSON.stringify({ file_id: crypto.randomUUID() })
    expect(await a.client.said('send_message', { recipient_id: b.person.id, type: 'image', content: named })).toBe(
      'File not found',
    )
  })

  test('UM76: a repeat creates nothing and answers the caller alone, whatever it says', async () => {
    const [a, b] = await friends(target)
    const tab = await a.person.connect()
    const client_message_id = 'k1'
    const first = await say(a, b.person.id, 'once', { client_message_id })
    expect(first.client_message_id).toBe(client_message_id)
    expect(await a.client.next('new_message')).toEqual(first)
    expect(await tab.next('new_message')).toEqual(first)
    const { client_message_id: _, ...shared } = first
    expect(await b.client.next('new_message')).toEqual(shared)
    expect(await say(a, b.person.id, 'other words', { client_message_id })).toEqual(first)
    expect(await a.client.next('new_message')).toEqual(first)
    await tab.quiet('new_message')
    await b.client.quiet('new_message')
    const own = await a.client.must('get_chat_history', { chat_id: b.person.id })
    expect(own).toMatchObject({ total_messages: 1, messages: [{ client_message_id }] })
    const theirs = await b.client.must('get_chat_history', { chat_id: a.person.id })
    expect(theirs.messages[0]).not.toHaveProperty('client_message_id')
    await a.client.must('delete_message', { message_id: first.message_id })
    expect(await say(a, b.person.id, 'once', { client_message_id })).toEqual({ ...first, content: '' })
  })

  test('UM76: parallel repeats make one message; the key is the sender’s and the chat’s', async () => {
    const [a, b] = await friends(target)
    const tab = await a.person.connect()
    const payload = { recipient_id: b.person.id, content: 'once', client_message_id: 'k' }
    const sent = await Promise.all([a.client.must('send_message', payload), tab.must('send_message', payload)])
    expect(sent[0].message_id).toBe(sent[1].message_id)
    const group = await newGroup(a, [b])
    const elsewhere = await say(a, group, 'once', { client_message_id: 'k' })
    const theirs = await say(b, a.person.id, 'once', { client_message_id: 'k' })
    expect(new Set([sent[0], elsewhere, theirs].map(message => message.message_id)).size).toBe(3)
  })

  test('UM77: all hear one order, that of the history, and each message once', async () => {
    const [a, b] = await friends(target)
    const c = await seat(target)
    await befriend(a, c)
    const chat_id = await newGroup(a, [b, c])
    const all = [a, b, c]
    await Promise.all(
      all.flatMap(one => Array.from({ length: 10 }, (_, i) => say(one, chat_id, `${one.person.username} ${i}`))),
    )
    const { messages } = await a.client.must('get_chat_history', { chat_id, page_size: 100 })
    const order = messages.toReversed().map((row: Loose) => row.message_id)
    expect(order.length).toBe(30)
    for (const { client } of all) {
      await client.caughtUp()
      expect(client.take('new_message').map(data => data.message_id)).toEqual(order)
    }
    const times = messages.toReversed().map((row: Loose) => row.timestamp)
    expect(times).toEqual(times.toSorted())
  })
})

describe('taking back', () => {
  test('UM78: everybody in the chat is told, the deleter too', async () => {
    const [a, b] = await friends(target)
    const { message_id } = await say(a, b.person.id, 'oops')
    const deleted = await a.client.must('delete_message', { message_id })
    expect(deleted).toEqual({
      message_id,
      sender_id: a.person.id,
      timestamp: expect.stringMatching(ISO),
      recipient_id: b.person.id,
      is_group: false,
      deleted_by: a.person.id,
    })
    for (const { client } of [a, b]) expect(await client.next('message_deleted')).toEqual(deleted)
  })

  test('UM78: only the sender may; what is unknown, invisible or gone is not found', async () => {
    const [a, b] = await friends(target)
    const outsider = await seat(target)
    const { message_id } = await say(a, b.person.id, 'mine')
    const said = ({ client }: typeof a, id: unknown) => client.said('delete_message', { message_id: id })
    expect(await said(b, message_id)).toBe('You can only delete your own messages')
    expect(await said(outsider, message_id)).toBe('Message not found')
    expect(await said(a, crypto.randomUUID())).toBe('Message not found')
    expect(await said(a, 'nonsense')).toBe('Message not found')
    expect(await said(a, 17)).toBe('Invalid message_id')
    expect(await said(a, null)).toBe('Missing required fields')
    expect(await said(a, message_id)).toBe('ok')
    expect(await said(a, message_id)).toBe('Message not found')
    expect(await said(b, message_id)).toBe('Message not found')
  })

  test('UM78: not even the owner of a group takes back what others said', async () => {
    const [a, b] = await friends(target)
    const group = await newGroup(a, [b])
    const { message_id } = await say(b, group, 'mine')
    expect(await a.client.said('delete_message', { message_id })).toBe('You can only delete your own messages')
  })
})
