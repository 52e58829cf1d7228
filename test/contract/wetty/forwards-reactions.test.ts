// Messages passed on, reacted to, reminding, mentioning: WT60 to WT62, WT64.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { NO_CHAT, NO_MESSAGE, newGroup, newPeople, newPerson, type Person, said, TIME } from './target.ts'

const target = useTarget()
const alone = async () => {
  const mila = await newPerson(target)
  return { mila, chat: await mila.group() }
}

describe('forwarding', () => {
  test('WT60: copies text, type and files, and names the first origin', async () => {
    const { id: chat, owner, member } = await newGroup(target)
    const fid = await owner.upload('bytes', 'a.png', 'image/png')
    const source = await owner.must('POST', `/chats/${chat}/messages`, {
      message_type: 'sticker',
      fid,
      message: 'look',
    })
    const forward = (who: Person, msg_id: unknown, target_chat_id: unknown, keys: object = {}) =>
      who.post('/chats/message/forward', { msg_id, target_chat_id, ...keys })
    const mine = await member.group()
    const copy = await forward(member, source.id, mine, { client_generated_id: 'k' })
    const origin = {
      message_id: source.id,
      sender_uid: owner.uid,
      sender_name: owner.username,
      created_at: source.created_at,
    }
    expect(copy.status).toBe(201)
    expect(copy.body).toMatchObject({
      chat_id: mine,
      message: 'look',
      message_type: 'sticker',
      fid,
      sender_uid: member.uid,
      forwarded_from: origin,
    })
    expect((await forward(member, source.id, mine, { client_generated_id: 'k' })).body).toEqual(copy.body)
    expect(said(await forward(member, (await member.say(mine, 'y')).id, mine, { client_generated_id: 'k' }))).toBe(
      '409 idempotency_conflict',
    )
    const again = await forward(member, copy.body.id, await member.group())
    expect(again.body.forwarded_from).toEqual(origin)

    await owner.must('POST', '/chats/message/recall', { msg_id: source.id })
    expect((await member.get(`/chats/${mine}/messages/${copy.body.id}`)).body).toEqual(copy.body)
    expect((await member.get(`/f/fserv/download/${fid}`)).body).toBe('bytes')
  })

  test('WT60: refused without sight of the source, the right to send, or a source that can be copied', async () => {
    const { mila, chat } = await alone()
    const [noor] = (await newPeople(target, 1)) as [Person]
    const noors = await noor.group()
    const { id } = await mila.say(chat, 'x')
    const forward = (who: Person, msg_id: unknown, target_chat_id: unknown, keys: object = {}) =>
      who.post('/chats/message/forward', { msg_id, target_chat_id, ...keys })
    for (const unseen of [id, NO_MESSAGE, 'x'])
      expect(said(await forward(noor, unseen, noors))).toBe('404 message_not_found')
    for (const closed of [noors, NO_CHAT, 'x']) expect(said(await forward(mila, id, closed))).toBe('403 not_a_member')
    const reminder = await mila.say(chat, 'tea', { message_type: 'reminder' })
    expect(said(await forward(mila, reminder.id, chat))).toBe('422 invalid_field')
    expect(said(await forward(mila, undefined, chat))).toBe('422 invalid_field')
    expect(said(await forward(mila, id, undefined))).toBe('422 invalid_field')
    expect(said(await forward(mila, id, chat, { client_generated_id: '' }))).toBe('422 invalid_field')
    await mila.must('POST', '/chats/message/recall', { msg_id: id })
    expect(said(await forward(mila, id, chat))).toBe('410 message_recalled')
  })
})

describe('WT61: reactions', () => {
  test('WT61: are set and taken back, idempotently, in order of use; frames only for changes', async () => {
    const { id: chat, owner, member } = await newGroup(target)
    const { id } = await owner.say(chat, 'joke')
    using socket = await owner.socket()
    const react = async (who: Person, emote: string, active?: boolean) =>
      (await who.must('POST', '/chats/message/react', { msg_id: id, emote, ...(active !== undefined && { active }) }))
        .reactions
    await react(member, '👍')
    await react(member, ':lol:')
    expect(await react(owner, '👍', true)).toEqual([
      { emoji: '👍', count: 2, uids: [member.uid, owner.uid] },
      { emoji: ':lol:', count: 1, uids: [member.uid] },
    ])
    await react(owner, '👍')
    await react(owner, '🎉', false)
    expect(await react(owner, '👍', false)).toEqual([
      { emoji: '👍', count: 1, uids: [member.uid] },
      { emoji: ':lol:', count: 1, uids: [member.uid] },
    ])
    expect(await socket.heard()).toEqual(Array(4).fill('on_notify:reaction'))
    const answer = await member.post('/chats/message/react', { msg_id: id, emoji: '🎉' })
    expect([answer.body.msg_id, answer.body.chat_id]).toEqual([id, chat])
    expect((await member.history(chat))[0].reactions).toEqual(answer.body.reactions)
  })

  test('WT61: exactly one emoji or a code; twenty kinds at most; none on what was recalled', async () => {
    const { mila, chat } = await alone()
    const { id } = await mila.say(chat, 'x')
    const react = (emote: unknown) => mila.post('/chats/message/react', { msg_id: id, emote })
    for (const emote of ['👩🏽‍🍳', '👨‍👩‍👧‍👦', '🇩🇪', '❤️', ':a-b+c_1:']) expect((await react(emote)).status).toBe(200)
    for (const emote of ['', 'a', '👍👍', '👍 ', ':A:', '::', 5, null, undefined])
      expect(said(await react(emote))).toBe('422 invalid_emoji')
    for (let i = 0; i < 15; i++) expect((await react(`:e${i}:`)).status).toBe(200)
    expect(said(await react(':one_more:'))).toBe('409 reaction_limit')
    expect((await react(':e1:')).status).toBe(200)
    expect(said(await mila.post('/chats/message/react', { msg_id: NO_MESSAGE, emote: '👍' }))).toBe(
      '404 message_not_found',
    )
    expect(said(await mila.post('/chats/message/react', { msg_id: id, emote: '👍', active: 1 }))).toBe(
      '422 invalid_field',
    )
    await mila.must('POST', '/chats/message/recall', { msg_id: id })
    expect(said(await react('👍'))).toBe('410 message_recalled')
  })

  test('WT61: by path as real clients do', async () => {
    const { mila, chat } = await alone()
    const { id } = await mila.say(chat, 'x')
    const path = (emoji: string) => `/chats/${chat}/messages/${id}/reactions/${encodeURIComponent(emoji)}`
    expect((await mila.put(path('👍'))).status).toBe(204)
    expect((await mila.history(chat))[0].reactions).toEqual([{ emoji: '👍', count: 1, uids: [mila.uid] }])
    for (let i = 0; i < 2; i++) expect((await mila.delete(path('👍'))).status).toBe(204)
    expect((await mila.history(chat))[0].reactions).toEqual([])
    expect(said(await mila.put(path('x')))).toBe('422 invalid_emoji')
  })
})

describe('reminders and mentions', () => {
  test('WT62: a reminder without a time reminds at once; with one, everybody at that time', async () => {
    const { id: chat, owner, member } = await newGroup(target)
    using socket = await member.socket()
    const now = await owner.say(chat, 'tea', { message_type: 'reminder' })
    expect(await socket.heard()).toEqual(['on_message', 'on_notify:reminder'])
    expect(now.remind_at).toBeNull()
    const remind_at = new Date(Date.now() + 700).toISOString()
    const later = await owner.say(chat, 'more tea', { message_type: 'reminder', remind_at })
    expect(later.remind_at).toBe(remind_at)
    expect(await socket.heard()).toEqual(['on_message'])
    const recalled = await owner.say(chat, 'no tea', { message_type: 'reminder', remind_at })
    await owner.must('POST', '/chats/message/recall', { msg_id: recalled.id })
    expect(await socket.notice('reminder')).toEqual({
      kind: 'reminder',
      created_at: expect.stringMatching(TIME),
      chat_id: chat,
      gid: chat,
      msg_id: later.id,
      message: 'more tea',
      remind_at,
    })
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(remind_at))
    expect(Date.now()).toBeLessThan(Date.parse(remind_at) + 2000)
    expect(await socket.heard()).toEqual([])
  })

  test('WT62: the time lies in the future, within a year', async () => {
    const { mila, chat } = await alone()
    const day = 86_400_000
    for (const remind_at of [
      new Date(Date.now() - 1000).toISOString(),
      new Date(Date.now() + 400 * day).toISOString(),
      'soon',
      5,
    ]) {
      expect(said(await mila.send(chat, 'x', { message_type: 'reminder', remind_at }))).toBe('422 invalid_field')
    }
    const { status } = await mila.send(chat, 'x', {
      message_type: 'reminder',
      remind_at: new Date(Date.now() + 300 * day).toISOString(),
    })
    expect(status).toBe(201)
  })

  test('WT64: members named by number or username are told, once, and nobody else', async () => {
    const { id: chat, owner, manager, member, stranger } = await newGroup(target)
    using members = await member.socket()
    using managers = await manager.socket()
    using strangers = await stranger.socket()
    const text = `@${member.username} and @[uid:${member.uid}], @[uid:${stranger.uid}] @${stranger.username} @here`
    const message = await owner.say(chat, text)
    expect((await members.settled()).map(f => f.payload)).toEqual([
      message,
      {
        kind: 'mention',
        created_at: expect.stringMatching(TIME),
        chat_id: chat,
        gid: chat,
        msg_id: message.id,
        sender_uid: owner.uid,
      },
    ])
    expect(await managers.heard()).toEqual(['on_message'])
    expect(await strangers.heard()).toEqual([])
    await owner.say(chat, `@[uid:${manager.uid}]`)
    expect(await managers.heard()).toEqual(['on_message', 'on_notify:mention'])
  })
})
