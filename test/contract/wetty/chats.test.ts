// Chats, history, read marks: WT46 to WT52, WT63, WT65.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { type Loose, NO_CHAT, NO_MESSAGE, newGroup, newPeople, newPerson, type Person, said, TIME } from './target.ts'

const target = useTarget()
const two = async () => (await newPeople(target, 2)) as [Person, Person]
const ids = (rows: readonly { id: string }[]) => rows.map(row => row.id)

describe('the list of chats', () => {
  test('WT46: last message newest first, then those without, by id descending; pages by the last id', async () => {
    const mila = await newPerson(target)
    const groups: string[] = []
    for (let i = 0; i < 5; i++) groups.push(await mila.group())
    const [a, b, c, d, e] = groups as [string, string, string, string, string]
    await mila.say(b, 'first')
    await mila.say(d, 'second')
    const { body } = await mila.get('/chats')
    expect(ids(body.chats)).toEqual([d, b, e, c, a])
    expect(body.next_cursor).toBeNull()
    const seen: string[] = []
    for (let query = '?limit=2'; query; ) {
      const page = (await mila.get(`/chats${query}`)).body
      seen.push(...ids(page.chats))
      query = page.next_cursor ? `?limit=2&after=${page.next_cursor}` : ''
    }
    expect(seen).toEqual([d, b, e, c, a])
    expect((await mila.get('/chats?limit=0')).body.chats).toHaveLength(1)
    expect((await mila.get('/chats?limit=1000')).body.chats).toHaveLength(5)
    expect((await mila.get('/chats?limit=5')).body.next_cursor).toBeNull()
    expect(said(await mila.get('/chats?limit=1.5'))).toBe('400 bad_request')
    for (const after of ['x', '', NO_CHAT]) expect(said(await mila.get(`/chats?after=${after}`))).toBe('400 bad_cursor')
  })

  test('WT46: an entry says what a list shows; a direct chat is named after the peer', async () => {
    const [mila, noor] = await two()
    await noor.must('PUT', '/users/profile', { nickname: 'Noor N.' })
    const id = await mila.befriend(noor)
    const empty = {
      id,
      name: 'Noor N.',
      last_message_at: null,
      chat_type: 'direct',
      avatar: null,
      peer_uid: noor.uid,
      can_send: true,
      unread_count: 0,
      last_read_message_id: null,
      last_message: null,
      muted_until: null,
    }
    expect((await mila.get('/chats')).body.chats).toEqual([empty])
    const message = await noor.say(id, 'hello')
    expect((await mila.get('/chats')).body.chats).toEqual([
      { ...empty, last_message_at: message.created_at, unread_count: 1, last_message: message },
    ])
    expect((await noor.get('/chats')).body.chats).toMatchObject([
      { name: mila.username, peer_uid: mila.uid, unread_count: 0, last_read_message_id: message.id },
    ])
    await noor.must('POST', '/chats/message/recall', { msg_id: message.id })
    const [chat] = (await mila.get('/chats')).body.chats
    expect(chat).toMatchObject({ last_message_at: message.created_at, unread_count: 0 })
    expect(chat.last_message).toMatchObject({ id: message.id, message: null, is_deleted: true })
    const group = await mila.group([], { name: null })
    expect((await mila.get('/chats')).body.chats[1]).toMatchObject({
      id: group,
      name: null,
      chat_type: 'group',
      peer_uid: null,
    })
  })

  test('WT47: a direct chat comes with the friendship, and stays, unwritable, when it ends', async () => {
    const [mila, noor] = await two()
    const open = (who: Person, uid: number) => who.post('/chats/direct', { target_user_id: uid })
    expect(said(await open(mila, noor.uid))).toBe('403 cannot_message')
    expect(said(await open(mila, mila.uid))).toBe('422 invalid_field')
    expect(said(await open(mila, 2_147_483_000))).toBe('404 user_not_found')
    const id = await mila.befriend(noor)
    const { status, body } = await open(mila, noor.uid)
    expect([status, body.id, body.chat_type, body.can_send]).toEqual([200, id, 'direct', true])
    expect((await open(noor, mila.uid)).body).toMatchObject({ id, name: mila.username })
    await mila.must('DELETE', `/friend/${noor.uid}`)
    expect((await open(noor, mila.uid)).body).toMatchObject({ id, can_send: false })
  })

  test('WT47: the group routes do not serve direct chats, but for the members', async () => {
    const [mila, noor] = await two()
    const id = await mila.befriend(noor)
    for (const [method, path, body] of [
      ['GET', ''],
      ['DELETE', ''],
      ['PUT', '/profile', { name: 'x' }],
      ['POST', '/members', { uid: noor.uid }],
      ['DELETE', `/members/${mila.uid}`],
      ['DELETE', `/members/${noor.uid}`],
      ['PUT', '/managers', { managers: [] }],
      ['POST', '/mute', { uid: noor.uid, mute_status: true }],
      ['POST', '/transfer', { uid: noor.uid }],
      ['GET', '/members/applications'],
    ] as const) {
      expect(`${method} ${path} ${said(await mila.call(method, `/group/${id}${path}`, body))}`).toBe(
        `${method} ${path} 403 not_a_member`,
      )
    }
    const members = (await mila.get(`/group/${id}/members`)).body
    const uids = [mila.uid, noor.uid].sort((a, b) => a - b)
    expect(members.map((m: Loose) => [m.uid, m.rank])).toEqual(uids.map(uid => [uid, 'member']))
    expect((await mila.get(`/chats/${id}`)).body).toMatchObject({
      id,
      name: noor.username,
      my_rank: 'member',
      owner_uid: null,
    })
    expect(said(await mila.patch(`/chats/${id}`, { name: 'x' }))).toBe('403 not_an_admin')
  })
})

describe('history', () => {
  const filled = async (count: number) => {
    const mila = await newPerson(target)
    const chat = await mila.group()
    const sent: string[] = []
    for (let i = 0; i < count; i++) sent.push((await mila.say(chat, `m${i}`)).id)
    return { mila, chat, sent }
  }

  test('WT48: newest first; `before` is exclusive; the cursor leads to the end and stops there', async () => {
    const { mila, chat, sent } = await filled(7)
    const newest = [...sent].reverse()
    const page = async (query: string) => (await mila.get(`/chats/${chat}/messages${query}`)).body
    expect(ids((await page('')).messages)).toEqual(newest)
    const first = await page('?max=3')
    expect([ids(first.messages), first.next_cursor, first.prev_cursor]).toEqual([
      newest.slice(0, 3),
      newest[2] ?? '',
      null,
    ])
    const second = await page(`?max=3&before=${first.next_cursor}`)
    expect([ids(second.messages), second.next_cursor]).toEqual([newest.slice(3, 6), newest[5] ?? ''])
    const last = await page(`?max=3&before=${second.next_cursor}`)
    expect([ids(last.messages), last.next_cursor]).toEqual([newest.slice(6), null])
    expect(await page(`?before=${sent[0]}`)).toEqual({ messages: [], next_cursor: null, prev_cursor: null })
    expect((await page('?max=0')).messages).toHaveLength(1)
    expect((await page('?max=1000')).messages).toHaveLength(7)
  })

  test('WT49: `after` gives what directly follows, newest first, and says whether more is to come', async () => {
    const { mila, chat, sent } = await filled(6)
    const page = async (query: string) => (await mila.get(`/chats/${chat}/messages${query}`)).body
    const first = await page(`?after=${sent[0]}&max=2`)
    expect(first).toMatchObject({ messages: [{ id: sent[2] }, { id: sent[1] }], prev_cursor: sent[2] })
    const second = await page(`?after=${first.prev_cursor}&max=10`)
    expect(second).toMatchObject({ messages: [{ id: sent[5] }, { id: sent[4] }, { id: sent[3] }], prev_cursor: null })
    expect(ids((await page(`?after=${sent[0]}&max=2&order=asc`)).messages)).toEqual(sent.slice(1, 3))
    expect(ids((await page('?order=asc')).messages)).toEqual(sent)
    expect((await page(`?after=${sent[5]}`)).messages).toEqual([])
  })

  test('WT49: what is no cursor, no number or too much at once is 400; `thread_id` filters', async () => {
    const { mila, chat, sent } = await filled(3)
    const other = await mila.say(await mila.group(), 'elsewhere')
    for (const cursor of ['', '0', 'x', NO_MESSAGE, other.id]) {
      for (const name of ['before', 'after']) {
        expect(said(await mila.get(`/chats/${chat}/messages?${name}=${cursor}`))).toBe('400 bad_cursor')
      }
    }
    for (const query of ['max=', 'max=x', 'max=1.5', `before=${sent[0]}&after=${sent[1]}`, 'order=up']) {
      expect(said(await mila.get(`/chats/${chat}/messages?${query}`))).toBe('400 bad_request')
    }
    const reply = await mila.say(chat, 'in the thread', { reply_root_id: sent[1] })
    await mila.say(chat, 'outside')
    expect(ids(await mila.history(chat, `?thread_id=${sent[1]}`))).toEqual([reply.id])
    expect(await mila.history(chat, `?thread_id=${sent[0]}`)).toEqual([])
  })

  test('WT50: a message has every key, and `gid` equals `chat_id`', async () => {
    const mila = await newPerson(target)
    const chat = await mila.group()
    const message = await mila.say(chat, 'hello', { client_generated_id: 'k' })
    expect(message).toEqual({
      id: expect.any(String),
      chat_id: chat,
      gid: chat,
      message: 'hello',
      message_type: 'text',
      reply_to_id: null,
      reply_root_id: null,
      client_generated_id: 'k',
      sender_uid: mila.uid,
      created_at: expect.stringMatching(TIME),
      updated_at: null,
      deleted_at: null,
      has_attachments: false,
      is_edited: false,
      is_deleted: false,
      has_thread: false,
      reply_to_message: null,
      seq: 1,
      sender: { uid: mila.uid, username: mila.username, nickname: mila.username, avatar_fid: '' },
      fid: null,
      attachments: [],
      forwarded_from: null,
      reactions: [],
      remind_at: null,
    })
    expect((await mila.say(chat, 'next')).seq).toBe(2)
  })

  test('WT51, WT65: answer, history and frame of a message are the same object; frames come in `seq` order', async () => {
    const { id: chat, owner, member } = await newGroup(target)
    using socket = await member.socket()
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        (i % 2 ? owner : member).say(chat, `m${i}`, { client_generated_id: `k${i}` }),
      ),
    )
    answers.sort((a, b) => a.seq - b.seq)
    expect(answers.map(a => a.seq)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
    expect((await socket.settled()).map(frame => frame.payload)).toEqual(answers)
    expect((await owner.history(chat)).reverse()).toEqual(answers)
    expect((await member.history(chat)).reverse()).toEqual(answers)
  })

  test('WT52: a message without a client id shows its own, never an empty or repeated one', async () => {
    const mila = await newPerson(target)
    const chat = await mila.group()
    for (const key of [undefined, null]) {
      const message = await mila.say(chat, 'x', { client_generated_id: key })
      expect(message.client_generated_id).toBe(message.id)
      expect(message.id).not.toBe('0')
    }
  })
})

describe('WT63: read marks', () => {
  test('WT63: move forwards only; own sends count as read; others’ count until read', async () => {
    const [mila, noor] = await two()
    const chat = await mila.befriend(noor)
    const sent: string[] = []
    for (let i = 0; i < 3; i++) sent.push((await mila.say(chat, `m${i}`)).id)
    const read = (who: Person, message_id: unknown) => who.post(`/chats/${chat}/read`, { message_id })
    const unread = async (who: Person) => (await who.get('/chats')).body.chats[0].unread_count
    expect([await unread(mila), await unread(noor)]).toEqual([0, 3])
    expect((await read(noor, sent[1])).body).toEqual({ last_read_message_id: sent[1], unread_count: 1 })
    expect((await read(noor, sent[0])).body).toEqual({ last_read_message_id: sent[1], unread_count: 1 })
    await mila.must('POST', '/chats/message/recall', { msg_id: sent[2] })
    expect(await unread(noor)).toBe(0)
    const answer = await noor.say(chat, 'mine')
    expect((await noor.get('/chats')).body.chats[0].last_read_message_id).toBe(answer.id)
    expect(said(await read(noor, NO_MESSAGE))).toBe('404 message_not_found')
    expect(said(await read(noor, 'x'))).toBe('404 message_not_found')
    expect(said(await read(noor, undefined))).toBe('422 invalid_field')
    expect(said(await noor.post(`/chats/${NO_CHAT}/read`, { message_id: sent[0] }))).toBe('403 not_a_member')
  })

  test('WT63: a new member sees the whole history and starts read up to date', async () => {
    const { id: chat, owner, stranger } = await newGroup(target)
    await owner.say(chat, 'before')
    await owner.must('POST', `/group/${chat}/members`, { uid: stranger.uid })
    expect((await stranger.history(chat)).map(m => m.message)).toEqual(['before'])
    expect((await stranger.get('/chats')).body.chats[0].unread_count).toBe(0)
    await owner.say(chat, 'after')
    expect((await stranger.get('/chats')).body.chats[0].unread_count).toBe(1)
  })

  test('WT63: the count is capped at 1000', async () => {
    const [mila, noor] = await two()
    const chat = await mila.befriend(noor)
    for (let i = 0; i < 21; i++) await Promise.all(Array.from({ length: 50 }, () => mila.say(chat, 'x')))
    expect((await noor.get('/chats')).body.chats[0].unread_count).toBe(1000)
  }, 30_000)
})

test('WT50: `has_thread` says that a message is somebody’s thread root', async () => {
  const mila = await newPerson(target)
  const chat = await mila.group()
  const root = await mila.say(chat, 'root')
  const reply = await mila.say(chat, 'reply', { reply_root_id: root.id })
  const rows: readonly { id: string; has_thread: boolean }[] = await mila.history(chat)
  expect(rows.map(row => [row.id, row.has_thread])).toEqual([
    [reply.id, false],
    [root.id, true],
  ])
})
