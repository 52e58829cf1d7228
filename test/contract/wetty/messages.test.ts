// Messages: sent, repeated, quoted, gated, recalled, edited: WT53 to WT59.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { type Answer, NO_CHAT, NO_MESSAGE, newGroup, newPeople, newPerson, type Person, said, TIME } from './target.ts'

const target = useTarget()
const two = async () => (await newPeople(target, 2)) as [Person, Person]
const alone = async () => {
  const mila = await newPerson(target)
  return { mila, chat: await mila.group() }
}

describe('sending', () => {
  test('WT53: an open set of types; text is kept byte for byte', async () => {
    const { mila, chat } = await alone()
    const text = '  # *md* <script>alert(1)</script>\r\n\te\u0301 👨‍👩‍👧 \u202e '
    const { body } = await mila.post(`/chats/${chat}/messages`, { message: text })
    expect([body.message, body.message_type]).toEqual([text, 'text'])
    for (const message_type of ['text', 'emote', 'emoji', 'reminder', 'poll', 'x_1', 'constructor']) {
      expect((await mila.say(chat, 'x', { message_type })).message_type).toBe(message_type)
    }
    expect((await mila.history(chat)).map(m => m.message_type)).toContain('poll')
    for (const message_type of ['system', '', 'Text', 'a b', 'x'.repeat(21), 5, null]) {
      expect(said(await mila.send(chat, 'x', { message_type }))).toBe('422 invalid_field')
    }
  })

  test('WT53: wrong types and empty texts are refused', async () => {
    const { mila, chat } = await alone()
    for (const keys of [
      { message: 5 },
      { message: ['x'] },
      { reply_to_id: 5 },
      { reply_root_id: {} },
      { fid: 5 },
      { fids: 'x' },
    ]) {
      expect(said(await mila.send(chat, 'x', keys))).toBe('422 invalid_field')
    }
    for (const message of ['', null, undefined])
      expect(said(await mila.post(`/chats/${chat}/messages`, { message }))).toBe('422 message_empty')
    expect((await mila.send(chat, ' ')).status).toBe(201)
    expect(said(await mila.send(chat, 'x'.repeat(20_001)))).toBe('422 message_too_long')
    expect((await mila.send(chat, '👪'.repeat(20_000))).status).toBe(201)
    expect(await mila.history(chat)).toHaveLength(2)
  })

  test('WT54: a repeat of the same content is the same message, once, also when repeats race', async () => {
    const { mila, chat } = await alone()
    using socket = await mila.socket()
    const keys = { client_generated_id: 'k', reply_to_id: (await mila.say(chat, 'quoted')).id }
    const answers = await Promise.all(Array.from({ length: 10 }, () => mila.send(chat, 'x', keys)))
    expect(new Set(answers.map(a => a.status))).toEqual(new Set([201]))
    for (const { body } of answers) expect(body).toEqual(answers[0]?.body)
    expect(await mila.history(chat)).toHaveLength(2)
    expect(await socket.heard()).toEqual(['on_message', 'on_message'])
  })

  test('WT54: other content under the same key is a conflict; keys belong to one sender and one chat', async () => {
    const { id: chat, owner, member } = await newGroup(target)
    const keys = { client_generated_id: 'k' }
    const first = await owner.say(chat, 'x', keys)
    for (const [message, other] of [
      ['y', keys],
      ['x', { ...keys, message_type: 'emote' }],
      ['x', { ...keys, reply_to_id: first.id }],
    ] as const) {
      expect(said(await owner.send(chat, message, other))).toBe('409 idempotency_conflict')
    }
    expect((await member.say(chat, 'x', keys)).id).not.toBe(first.id)
    expect((await owner.say(await owner.group(), 'y', keys)).id).not.toBe(first.id)
    for (const client_generated_id of ['', 'k'.repeat(129), 5]) {
      expect(said(await owner.send(chat, 'x', { client_generated_id }))).toBe('422 invalid_field')
    }
    expect((await owner.send(chat, 'x', { client_generated_id: 'k'.repeat(128) })).status).toBe(201)
  })

  test('WT54: a repeat after the recall returns the shell', async () => {
    const { mila, chat } = await alone()
    const keys = { client_generated_id: 'k' }
    const { id } = await mila.say(chat, 'secret', keys)
    await mila.must('POST', '/chats/message/recall', { msg_id: id })
    const { status, body } = await mila.send(chat, 'secret', keys)
    expect([status, body.id, body.message, body.is_deleted]).toEqual([201, id, null, true])
  })

  test('WT55: replies quote one level deep; roots are stored as given', async () => {
    const { mila, chat } = await alone()
    const root = await mila.say(chat, 'root')
    const quoted = await mila.say(chat, 'quoted', { reply_to_id: root.id })
    const reply = await mila.say(chat, 'reply', { reply_to_id: quoted.id })
    expect(reply.reply_root_id).toBeNull()
    expect(reply.reply_to_message).toEqual({
      id: quoted.id,
      message: 'quoted',
      sender_uid: mila.uid,
      message_type: 'text',
      deleted_at: null,
      is_deleted: false,
    })
    const threaded = await mila.say(chat, 'in thread', { reply_root_id: root.id })
    expect([threaded.reply_root_id, threaded.reply_to_id]).toEqual([root.id, null])

    const elsewhere = await mila.say(await mila.group(), 'elsewhere')
    for (const id of [elsewhere.id, NO_MESSAGE, 'x', '0']) {
      for (const key of ['reply_to_id', 'reply_root_id']) {
        expect(said(await mila.send(chat, 'x', { [key]: id }))).toBe('404 message_not_found')
      }
    }
    await mila.must('POST', '/chats/message/recall', { msg_id: quoted.id })
    expect(said(await mila.send(chat, 'x', { reply_to_id: quoted.id }))).toBe('410 message_recalled')
    const [, after] = await mila.history(chat)
    expect(after.reply_to_message).toMatchObject({
      id: quoted.id,
      message: null,
      is_deleted: true,
      deleted_at: expect.stringMatching(TIME),
    })
  })

  test('WT56: who may not write leaves no trace', async () => {
    const [mila, noor] = await two()
    const chat = await mila.befriend(noor)
    const message = await mila.say(chat, 'hello')
    await mila.must('DELETE', `/friend/${noor.uid}`)
    using socket = await mila.socket()
    const attempts = (who: Person): Promise<Answer[]> =>
      Promise.all([
        who.send(chat, 'x'),
        who.post('/chats/message/forward', { msg_id: message.id, target_chat_id: chat }),
        who.post('/chats/message/react', { msg_id: message.id, emote: '👍' }),
      ])
    for (const answer of await attempts(noor)) expect(said(answer)).toBe('403 cannot_message')
    expect(said(await mila.patch(`/chats/${chat}/messages/${message.id}`, { message: 'y' }))).toBe('403 cannot_message')
    // Being blocked cannot be told from not being friends.
    const refused = await noor.send(chat, 'x')
    await mila.must('POST', '/friend/block', { uid: noor.uid })
    expect((await noor.send(chat, 'x')).body).toEqual(refused.body)
    for (const answer of await attempts(mila)) expect(said(answer)).toBe('403 you_blocked')
    expect(said(await noor.send(NO_CHAT, 'x'))).toBe('403 not_a_member')
    expect(await mila.history(chat)).toEqual([message])
    expect(await socket.heard()).toEqual([])
  })
})

describe('recalling and editing', () => {
  test('WT57: the sender recalls, once; everybody is told, and the time stands', async () => {
    const { id: chat, owner, member, stranger } = await newGroup(target)
    const { id } = await member.say(chat, 'oops')
    using socket = await owner.socket()
    const recall = (who: Person, msg_id: unknown) => who.post('/chats/message/recall', { msg_id })
    const first = await recall(member, id)
    expect([first.status, first.body]).toEqual([
      200,
      { msg_id: id, chat_id: chat, recalled_at: expect.stringMatching(TIME) },
    ])
    expect((await recall(member, id)).body).toEqual(first.body)
    expect(await socket.heard()).toEqual(['on_recall'])
    for (const msg_id of [NO_MESSAGE, 'x']) expect(said(await recall(member, msg_id))).toBe('404 message_not_found')
    expect(said(await recall(stranger, id))).toBe('404 message_not_found')
    for (const msg_id of [undefined, 5]) expect(said(await recall(member, msg_id))).toBe('422 invalid_field')
  })

  test('WT57: the owner recalls anybody’s, a manager those of plain members, others only their own', async () => {
    const { id: chat, owner, manager, member } = await newGroup(target)
    const recall = async (who: Person, whose: Person) =>
      said(await who.post('/chats/message/recall', { msg_id: (await whose.say(chat, 'x')).id }))
    expect(await recall(member, manager)).toBe('403 not_your_message')
    expect(await recall(manager, owner)).toBe('403 not_your_message')
    expect(await recall(manager, member)).toBe('200')
    expect(await recall(owner, manager)).toBe('200')
    const [mila, noor] = await two()
    const direct = await mila.befriend(noor)
    const { id } = await mila.say(direct, 'x')
    expect(said(await noor.post('/chats/message/recall', { msg_id: id }))).toBe('403 not_your_message')
  })

  test('WT58: what was recalled stays as a shell, and its text and files are nowhere any more', async () => {
    const { id: chat, owner, member } = await newGroup(target)
    const fid = await owner.upload('secret bytes')
    const message = await owner.must('POST', `/chats/${chat}/messages`, {
      message: 'secret words',
      message_type: 'file',
      fid,
      client_generated_id: 'k',
    })
    await member.must('POST', '/chats/message/react', { msg_id: message.id, emote: '👍' })
    await member.say(chat, 'why?', { reply_to_id: message.id })
    await owner.must('POST', '/chats/message/recall', { msg_id: message.id })
    const rows = await member.history(chat)
    expect(rows[1]).toEqual({
      ...message,
      message: null,
      fid: null,
      attachments: [],
      has_attachments: false,
      reactions: [],
      deleted_at: expect.stringMatching(TIME),
      is_deleted: true,
    })
    const everywhere = [
      rows,
      (await member.get('/chats')).body,
      (await member.get(`/chats/${chat}/messages/${message.id}`)).body,
    ]
    expect(JSON.stringify(everywhere)).not.toContain('secret')
    expect(said(await member.get(`/f/fserv/download/${fid}`))).toBe('404 file_not_found')
  })

  test('WT59: aliases of later clients: recall, edit, read and thread by path', async () => {
    const { id: chat, owner, member } = await newGroup(target)
    const message = await member.say(chat, 'befor')
    const path = `/chats/${chat}/messages/${message.id}`
    using socket = await owner.socket()
    const edited = await member.patch(path, { message: 'before' })
    expect(edited.body).toEqual({
      ...message,
      message: 'before',
      is_edited: true,
      updated_at: expect.stringMatching(TIME),
    })
    const [frame] = await socket.settled()
    expect(frame).toEqual({
      type: 'message_updated',
      event: 'on_notify',
      payload: { ...edited.body, kind: 'message_updated' },
    })
    expect((await owner.get(path)).body).toEqual(edited.body)
    expect(said(await owner.patch(path, { message: 'mine' }))).toBe('403 not_your_message')
    expect(said(await member.patch(path, { message: '' }))).toBe('422 message_empty')
    expect(said(await member.patch(path, { message: 5 }))).toBe('422 invalid_field')
    expect(said(await owner.patch(path, { message: '' }))).toBe('403 not_your_message')

    const threaded = await owner.post(`/chats/${chat}/threads/${message.id}/messages`, {
      message: 'x',
      reply_root_id: 'ignored',
    })
    expect([threaded.status, threaded.body.reply_root_id]).toEqual([201, message.id])
    expect(said(await owner.post(`/chats/${chat}/threads/${NO_MESSAGE}/messages`, { message: 'x' }))).toBe(
      '404 message_not_found',
    )

    expect((await member.delete(path)).status).toBe(204)
    expect(said(await member.delete(path))).toBe('410 message_recalled')
    expect(said(await member.patch(path, { message: 'x' }))).toBe('410 message_recalled')
    expect((await owner.get(path)).body.is_deleted).toBe(true)
  })

  test('WT59: a path names a message only under its own chat', async () => {
    const { mila, chat } = await alone()
    const other = await mila.group()
    const { id } = await mila.say(chat, 'x')
    for (const [method, body] of [['GET'], ['DELETE'], ['PATCH', { message: 'y' }]] as const) {
      expect(said(await mila.call(method, `/chats/${other}/messages/${id}`, body))).toBe('404 message_not_found')
      expect(said(await mila.call(method, `/chats/${NO_CHAT}/messages/${id}`, body))).toBe('403 not_a_member')
      expect(said(await mila.call(method, `/chats/${chat}/messages/x`, body))).toBe('404 message_not_found')
    }
  })
})
