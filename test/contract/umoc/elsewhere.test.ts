// Section L: what happens on other contracts, as this one shows it; and what said here looks like there.
import { describe, expect, test } from 'bun:test'
import { msgrPerson, post } from '../../kit/people.ts'
import { lacks } from '../../kit/target.ts'
import { type Person as WettyPerson, newPerson as wettyPerson } from '../wetty/target.ts'
import type { Loose } from './client.ts'
import { befriend, newGroup, type Seated, say, seat, useTarget } from './people.ts'

const target = useTarget()
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

/** Somebody of wetty and somebody of this contract, friends; `chat` is what wetty calls their direct chat. */
const couple = async () => {
  const me = await seat(target)
  const wetty = await wettyPerson(target)
  const chat = await meet(me, wetty)
  return { me, wetty, chat }
}

const meet = async (me: Seated, wetty: WettyPerson): Promise<string> => {
  await wetty.must('POST', '/friend/apply', { target_user_id: me.person.id })
  await me.client.must('accept_contact', { contact_id: wetty.uid })
  await me.client.next('contact_accepted')
  const { friends } = await wetty.must('GET', '/friend/list')
  return friends.find((friend: Loose) => friend.uid === me.person.id).chat_id
}

const newest = async ({ client }: Seated, chat_id: number): Promise<Loose> =>
  (await client.must('get_chat_history', { chat_id })).messages[0]

describe.skipIf(lacks('wetty'))('messages', () => {
  test('UM70: a direct message is a new_message whose recipient is whoever did not send it', async () => {
    const { me, wetty, chat } = await couple()
    const { id } = await wetty.say(chat, 'from elsewhere')
    const live = await me.client.next('new_message')
    expect(live).toEqual({
      message_id: id,
      sender_id: wetty.uid,
      sender_username: wetty.username,
      recipient_id: me.person.id,
      content: 'from elsewhere',
      type: 'text',
      timestamp: expect.stringMatching(ISO),
      is_group: false,
    })
    expect(await newest(me, wetty.uid)).toEqual({ ...live, is_read: false, read: false })
    await say(me, wetty.uid, 'from here')
    expect((await wetty.history(chat)).some(message => message.message === 'from here')).toBe(true)
  })

  test('UM70: a group’s is a new_message to the group, live and in history alike', async () => {
    const { me, wetty } = await couple()
    const other = await seat(target)
    await befriend(me, other)
    const chat_id = await newGroup(me, [other])
    await me.client.must('add_member', { chat_id, user_id: wetty.uid })
    await wetty.say(`${chat_id}`, 'hi all')
    for (const one of [me, other]) {
      const live = await one.client.next('new_message')
      expect(live).toMatchObject({ sender_id: wetty.uid, recipient_id: chat_id, is_group: true })
      expect(await newest(one, chat_id)).toMatchObject(live)
    }
  })

  test('UM70: replies and forwards say so beside an unchanged text', async () => {
    const { me, wetty, chat } = await couple()
    const first = await say(me, wetty.uid, 'question')
    await wetty.say(chat, 'answer', { reply_to_id: first.message_id })
    expect(await me.client.next('new_message', data => data.content === 'answer')).toMatchObject({
      reply_to_id: first.message_id,
    })
    await wetty.must('POST', '/chats/message/forward', { msg_id: first.message_id, target_chat_id: chat })
    const forwarded = await me.client.next('new_message', data => data.sender_id === wetty.uid)
    expect(forwarded).toMatchObject({
      content: 'question',
      forwarded_from: {
        message_id: first.message_id,
        sender_id: me.person.id,
        sender_username: me.person.username,
        timestamp: first.timestamp,
      },
    })
  })

  test('UM70: an edit is told, and shows in history and as the last message', async () => {
    const { me, wetty, chat } = await couple()
    const { id } = await wetty.say(chat, 'old')
    await wetty.must('PATCH', `/chats/${chat}/messages/${id}`, { message: 'new' })
    expect(await me.client.next('message_edited')).toEqual({
      message_id: id,
      sender_id: wetty.uid,
      recipient_id: me.person.id,
      is_group: false,
      content: 'new',
      timestamp: expect.stringMatching(ISO),
    })
    const edited = { content: 'new', edited_at: expect.stringMatching(ISO) }
    expect(await newest(me, wetty.uid)).toMatchObject(edited)
    expect((await me.client.must('get_chats'))[0].last_message).toMatchObject(edited)
  })

  test('UM78: a recall by a manager names the author, and who did it', async () => {
    const { me, wetty } = await couple()
    const chat_id = (await wetty.must('POST', '/group', { name: 'Room' })).id
    await wetty.must('POST', `/group/${chat_id}/members`, { user_ids: [me.person.id] })
    const { message_id } = await say(me, Number(chat_id), 'oops')
    await wetty.must('POST', '/chats/message/recall', { msg_id: message_id })
    expect(await me.client.next('message_deleted')).toEqual({
      message_id,
      sender_id: me.person.id,
      timestamp: expect.stringMatching(ISO),
      recipient_id: Number(chat_id),
      is_group: true,
      deleted_by: wetty.uid,
    })
    expect(await me.client.must('get_chat_history', { chat_id })).toMatchObject({ messages: [], total_messages: 0 })
  })

  test('UM96: a file is described, with the text beside it and the files behind it', async () => {
    const { me, wetty, chat } = await couple()
    const fids = [await wetty.upload('bytes', 'a b.png', 'image/png'), await wetty.upload('more', 'c.txt')] as const
    await wetty.say(chat, 'look', { message_type: 'image', fids })
    const live = await me.client.next('new_message')
    expect(live.type).toBe('image')
    const content = JSON.parse(live.content)
    expect(content).toMatchObject({ file_name: 'a b.png', file_type: 'image/png', file_size: 5, caption: 'look' })
    expect(content.file_url).toBe(`/api/files/${content.file_id}/a%20b.png`)
    expect(content.files.map((file: Loose) => file.file_name)).toEqual(['a b.png', 'c.txt'])
    expect(await newest(me, wetty.uid)).toMatchObject(live)
    expect(await me.client.must('get_file_url', { file_id: content.file_id })).toMatchObject({ expires_in: 300 })
  })

  test('UM6: emotes, free words and reminders are texts; a reminder’s nudge is nothing', async () => {
    const { me, wetty, chat } = await couple()
    for (const message_type of ['emote', 'location', 'reminder']) {
      await wetty.say(chat, `a ${message_type}`, { message_type })
      expect(await me.client.next('new_message')).toMatchObject({ type: 'text', content: `a ${message_type}` })
    }
    await me.client.caughtUp()
    const known = new Set([
      'connection_successful',
      'contact_request',
      'contact_accepted',
      'user_status',
      'new_message',
    ])
    const odd = me.client.received.filter(({ event }) => !known.has(event) && event !== 'pong')
    expect(odd).toEqual([])
  })

  test('UM78: reactions are nothing here', async () => {
    const { me, wetty, chat } = await couple()
    const { id } = await wetty.say(chat, 'x')
    await me.client.next('new_message')
    const before = me.client.received.length
    await wetty.must('POST', '/chats/message/react', { msg_id: id, emote: '👍' })
    await wetty.say(chat, 'marker')
    expect(await me.client.next('new_message')).toMatchObject({ content: 'marker' })
    expect(me.client.received.slice(before).map(({ event }) => event)).toEqual(['new_message'])
  })
})

describe.skipIf(lacks('wetty'))('around messages', () => {
  test('UM81: a mark moved elsewhere is told to the authors', async () => {
    const { me, wetty, chat } = await couple()
    const first = await say(me, wetty.uid, '1')
    const second = await say(me, wetty.uid, '2')
    await wetty.must('POST', `/chats/${chat}/read`, { message_id: second.message_id })
    expect(await me.client.next('messages_read')).toEqual({
      reader_id: wetty.uid,
      reader_username: wetty.username,
      message_ids: [first.message_id, second.message_id],
      timestamp: expect.stringMatching(ISO),
      chat_id: wetty.uid,
      is_group: false,
    })
  })

  test('UM82 UM50: typing and presence come through', async () => {
    const { me, wetty, chat } = await couple()
    const socket = await wetty.socket()
    expect(await me.client.next('user_status')).toMatchObject({ user_id: wetty.uid, status: 'online' })
    socket.send({ type: 'typing', chat_id: chat, is_typing: true })
    expect(await me.client.next('typing_indicator')).toMatchObject({
      user_id: wetty.uid,
      chat_id: wetty.uid,
      is_group: false,
      is_typing: true,
    })
    socket.close()
    expect(await me.client.next('typing_indicator')).toMatchObject({ is_typing: false })
    expect(await me.client.next('user_status')).toMatchObject({ user_id: wetty.uid, status: 'offline' })
  })

  test('UM72: who is muted elsewhere is told until when; the mute itself is nothing here', async () => {
    const { me, wetty } = await couple()
    const { id } = await wetty.must('POST', '/group', { name: 'Room' })
    await wetty.must('POST', `/group/${id}/members`, { user_ids: [me.person.id] })
    const mute = { target_user_id: me.person.id, mute_status: true, duration_seconds: 3600 }
    const { muted_until } = await wetty.must('POST', `/group/${id}/mute`, mute)
    const payload = { recipient_id: Number(id), content: 'x' }
    const words = await me.client.said('send_message', payload)
    expect(words).toMatch(/^You are muted in this group until \d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
    if (muted_until) expect(words).toEndWith(muted_until)
    expect(await me.client.said('typing', { recipient_id: Number(id), is_typing: true })).toBe(words)
    expect(me.client.received.some(({ event }) => event.startsWith('member_updated'))).toBe(false)
  })
})

describe.skipIf(lacks('wetty'))('outward', () => {
  test('UM140: what is encrypted shows elsewhere as such, and texts whole', async () => {
    const { me, wetty, chat } = await couple()
    await me.client.must('send_message', { recipient_id: wetty.uid, encrypted_content: 'c2VjcmV0' })
    const text = 'x'.repeat(10_000)
    await say(me, wetty.uid, text)
    const shown = (await wetty.history(chat)).map(message => message.message)
    expect(shown).toContain('[encrypted message]')
    expect(shown).toContain(text)
    expect(JSON.stringify(shown)).not.toContain('c2VjcmV0')
  })

  test('UM140 UM75: a file message is a file elsewhere, or its address, never raw JSON', async () => {
    const { me, wetty, chat } = await couple()
    const prepared = { file_name: 'a.png', file_size: 5, file_type: 'image/png', recipient_id: wetty.uid }
    const ready = await me.client.must('upload_file_prepare', prepared)
    const headers = { authorization: `Bearer ${ready.upload_token}` }
    await fetch(target.url + ready.upload_url, { method: 'PUT', headers, body: 'bytes' })
    await me.client.must('upload_file_complete', { file_id: ready.file_id, recipient_id: wetty.uid })
    const content = JSON.stringify({ url: 'https://example.org/b.png' })
    await say(me, wetty.uid, content, { type: 'image' })
    const messages = await wetty.history(chat)
    expect(messages.some(message => message.attachments[0]?.name === 'a.png')).toBe(true)
    expect(messages.map(message => message.message)).toContain('https://example.org/b.png')
    expect(JSON.stringify(messages.map(message => message.message))).not.toContain('{')
  })
})

describe.skipIf(lacks('msgr'))('strangers', () => {
  test('UM141 UM64 UM72: a first word from a contract without handshakes arrives, is listed, and can be answered', async () => {
    const me = await seat(target)
    const stranger = await msgrPerson(target.url)
    const other = await profileOf(stranger, me)
    const conversation = await api(stranger, '/api/conversations', { kind: 'direct', target_profile_id: other })
    await api(stranger, `/api/conversations/${conversation.id}/messages`, { message: { body: 'hello there' } })
    const first = await me.client.next('new_message')
    expect(first).toMatchObject({ content: 'hello there', recipient_id: me.person.id, is_group: false })
    const chat_id = first.sender_id
    expect(await me.client.must('get_chats')).toMatchObject([{ id: chat_id, unread_count: 1, status: 'offline' }])
    expect(await me.client.must('get_chat_info', { chat_id })).toMatchObject({ status: 'NEW', is_contact: false })
    expect(await say(me, chat_id, 'who are you?')).toMatchObject({ recipient_id: chat_id })
    await me.client.quiet('contact_request')
    await me.client.must('block_contact', { contact_id: chat_id })
    expect(await me.client.said('send_message', { recipient_id: chat_id, content: 'x' })).toBe(
      'You have blocked this user',
    )
  })
})

type Stranger = Awaited<ReturnType<typeof msgrPerson>>

const api = async (stranger: Stranger, path: string, body: object): Promise<Loose> => {
  const answer = await post(target.url + path, body, stranger.headers)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
  return JSON.parse(text).data
}

/** The id by which that contract knows somebody of this one. */
const profileOf = async ({ headers }: Stranger, { person }: Seated): Promise<string> => {
  const answer = await fetch(`${target.url}/api/profiles?q=${person.username}`, { headers })
  const { data } = (await answer.json()) as { data: readonly Loose[] }
  return data.find(profile => profile.handle === person.username).id
}
