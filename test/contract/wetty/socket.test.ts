// The push socket: WT74 to WT84.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { newGroup, newPeople, newPerson, type Person, Socket, TIME, upgrade } from './target.ts'

const target = useTarget()
const two = async () => (await newPeople(target, 2)) as [Person, Person]

describe('connecting', () => {
  test('WT74: on both paths, under the alias too, with the token in header or query, with or without uid', async () => {
    const { uid, token, bearer } = await newPerson(target)
    const padded = String(uid).padStart(32, '0')
    for (const path of ['/ws/chats', '/ws', '/_api/ws/chats', '/_api/ws']) {
      for (const query of [`?uid=${uid}`, `?uid=${padded}`, '']) {
        expect((await upgrade(target, `${path}${query}`, bearer)).status).toBe(101)
      }
      using socket = await Socket.open(target, `${path}?token=${token}`)
      expect(await socket.settled()).toEqual([])
    }
  })

  test('WT74: refused before the upgrade without a good token, or with another’s uid', async () => {
    const { uid, token, bearer } = await newPerson(target)
    expect((await upgrade(target, `/ws/chats?uid=${uid}`)).status).toBe(401)
    expect((await upgrade(target, `/ws/chats?uid=${uid}&token=${token.slice(0, 99)}x`)).status).toBe(401)
    for (const other of [uid + 1, 'x', ''])
      expect((await upgrade(target, `/ws/chats?uid=${other}`, bearer)).status).toBe(403)
    // Without an upgrade it is a request like any other.
    expect((await fetch(`${target.url}/ws/chats`)).status).toBe(401)
    expect((await fetch(`${target.url}/ws/chats`, { headers: bearer })).status).toBe(400)
  })

  test('WT74: whatever is committed once the socket is open arrives, on any number of sockets', async () => {
    const mila = await newPerson(target)
    const chat = await mila.group()
    for (let i = 0; i < 10; i++) {
      using socket = await mila.socket()
      using other = await mila.socket()
      const { id } = await mila.say(chat, `m${i}`)
      for (const one of [socket, other]) expect((await one.next()).payload.id).toBe(id)
    }
  })

  test('WT75: `ping` is answered `pong`, and in JSON as in JSON, on that socket only', async () => {
    const mila = await newPerson(target)
    using socket = await mila.socket()
    using other = await mila.socket()
    socket.send('ping')
    expect(await socket.frames.next()).toBe('pong')
    socket.send({ type: 'ping', t: 1 })
    expect(JSON.parse(await socket.frames.next())).toEqual({ type: 'pong' })
    expect(await other.settled()).toEqual([])
  })
})

describe('what comes down', () => {
  test('WT76: one frame per event, under both names, and never a second for the same message', async () => {
    const { id: chat, owner, member } = await newGroup(target)
    using socket = await member.socket()
    const message = await owner.say(chat, 'hello')
    expect(await socket.settled()).toEqual([{ type: 'message', event: 'on_message', payload: message }])
  })

  test('WT77: a recall is the shell and who did it', async () => {
    const { id: chat, owner, member } = await newGroup(target)
    const { id } = await member.say(chat, 'oops')
    using socket = await member.socket()
    const { recalled_at } = await owner.must('POST', '/chats/message/recall', { msg_id: id })
    const [shell] = await member.history(chat)
    expect(await socket.settled()).toEqual([
      {
        type: 'message_deleted',
        event: 'on_recall',
        payload: { ...shell, msg_id: id, recalled_by: owner.uid, recalled_at },
      },
    ])
  })

  test('WT78: notices carry kind and time; members are told who came and went, he himself is not', async () => {
    const { id: chat, owner, member, stranger } = await newGroup(target)
    using members = await member.socket()
    using strangers = await stranger.socket()
    await owner.must('POST', `/group/${chat}/members`, { uid: stranger.uid })
    await owner.must('DELETE', `/group/${chat}/members/${stranger.uid}`)
    const notice = (kind: string, keys: object) => ({
      type: 'notify',
      event: 'on_notify',
      payload: { kind, created_at: expect.stringMatching(TIME), chat_id: chat, gid: chat, ...keys },
    })
    expect(await members.settled()).toEqual([
      notice('member_joined', { uid: stranger.uid }),
      notice('member_left', { uid: stranger.uid }),
    ])
    expect(await strangers.settled()).toEqual([
      notice('group_added', { by_uid: owner.uid, via: 'added' }),
      notice('group_removed', { by_uid: owner.uid }),
    ])
  })

  test('WT79: reactions and edits are on_notify under types of their own', async () => {
    const { id: chat, owner, member } = await newGroup(target)
    const { id } = await owner.say(chat, 'x')
    using socket = await owner.socket()
    await member.must('POST', '/chats/message/react', { msg_id: id, emote: '👍' })
    const edited = await owner.must('PATCH', `/chats/${chat}/messages/${id}`, { message: 'y' })
    expect(await socket.settled()).toEqual([
      {
        type: 'reaction_updated',
        event: 'on_notify',
        payload: {
          kind: 'reaction',
          created_at: expect.stringMatching(TIME),
          chat_id: chat,
          gid: chat,
          msg_id: id,
          uid: member.uid,
          emote: '👍',
          active: true,
          reactions: [{ emoji: '👍', count: 1, uids: [member.uid] }],
        },
      },
      { type: 'message_updated', event: 'on_notify', payload: { ...edited, kind: 'message_updated' } },
    ])
  })

  test('WT80: typing reaches the others of the chat and never the typist; a send ends it', async () => {
    const { id: chat, owner, member, stranger } = await newGroup(target)
    using owners = await owner.socket()
    using one = await member.socket()
    using two = await member.socket()
    using strangers = await stranger.socket()
    const typing = (is_typing: boolean) => ({
      type: 'typing',
      event: 'on_typing',
      payload: { chat_id: chat, gid: chat, uid: member.uid, is_typing },
    })
    one.send({ type: 'typing', chat_id: chat, is_typing: true })
    expect(await owners.next()).toEqual(typing(true))
    one.send({ type: 'typing', chat_id: Number(chat), is_typing: false })
    expect(await owners.next()).toEqual(typing(false))
    one.send({ type: 'typing', chat_id: chat, is_typing: true })
    expect(await owners.next()).toEqual(typing(true))
    await member.say(chat, 'done')
    expect((await owners.settled()).filter(f => f.event === 'on_typing')).toEqual([typing(false)])
    // Who is not in the chat is not heard there.
    strangers.send({ type: 'typing', chat_id: chat, is_typing: true })
    await strangers.settled()
    expect(await owners.heard()).toEqual([])
    for (const socket of [one, two]) expect(await socket.heard()).toEqual(['on_message'])
  })

  test('WT80: presence tells online friends of the first connection and the last', async () => {
    const { id: _, owner: mila, member: noor, stranger } = await newGroup(target)
    await mila.befriend(noor)
    using milas = await mila.socket()
    using strangers = await stranger.socket()
    const one = await noor.socket()
    expect(await milas.next()).toEqual({
      type: 'presence',
      event: 'on_presence',
      payload: { uid: noor.uid, online: true, last_seen: null },
    })
    const another = await noor.socket()
    expect((await mila.get('/friend/list')).body.friends[0].online).toBe(true)
    one.close()
    await one.closing()
    another.close()
    expect(await milas.next()).toEqual({
      type: 'presence',
      event: 'on_presence',
      payload: { uid: noor.uid, online: false, last_seen: expect.stringMatching(TIME) },
    })
    expect((await mila.get('/friend/list')).body.friends[0].online).toBe(false)
    expect(await milas.heard()).toEqual([])
    expect(await strangers.heard()).toEqual([])
  })

  test('WT81: the sender hears his own messages on all his sockets', async () => {
    const mila = await newPerson(target)
    const chat = await mila.group()
    using one = await mila.socket()
    using two = await mila.socket()
    await mila.say(chat, 'x', { client_generated_id: 'optimistic' })
    for (const socket of [one, two]) expect((await socket.next()).payload.client_generated_id).toBe('optimistic')
  })
})

describe('what goes up', () => {
  test('WT82: anything else is ignored without closing', async () => {
    const mila = await newPerson(target)
    const chat = await mila.group()
    using socket = await mila.socket()
    for (const junk of [
      '',
      'hello',
      '{',
      'null',
      '[]',
      '"ping"',
      '{"type":5}',
      '{"type":"nonsense"}',
      '{"type":"message","chat_id":"1","message":"x"}',
      '{"type":"typing"}',
      '{"type":"typing","chat_id":{},"is_typing":true}',
      `{"type":"typing","chat_id":"${chat}","is_typing":"yes"}`,
      '{"type":"typing","chat_id":"999999999999","is_typing":true}',
      `${'['.repeat(30_000)}`,
      new Uint8Array([1, 2, 3]),
      'x'.repeat(64 * 1024),
    ]) {
      socket.send(junk)
    }
    expect(await socket.settled()).toEqual([])
    expect(await mila.history(chat)).toEqual([])
  })

  test('WT82: a frame over 64 KiB closes that socket with 1009, and no other', async () => {
    const mila = await newPerson(target)
    using socket = await mila.socket()
    using other = await mila.socket()
    socket.send('x'.repeat(64 * 1024 + 1))
    expect((await socket.closing()).code).toBe(1009)
    expect(await other.settled()).toEqual([])
  })
})

describe('coming back', () => {
  test('WT83: no greeting and no replay; what was missed is in the chat after the last known message', async () => {
    const [mila, noor] = await two()
    const chat = await mila.befriend(noor)
    const first = await noor.socket()
    const known = await mila.say(chat, 'one')
    expect((await first.next()).payload.id).toBe(known.id)
    first.close()
    await first.closing()
    const missed = await mila.say(chat, 'two')
    using again = await noor.socket()
    const live = await mila.say(chat, 'three')
    expect((await noor.get('/chats')).body.chats[0].last_message.id).toBe(live.id)
    expect((await noor.history(chat, `?after=${known.id}`)).map(m => m.id)).toEqual([live.id, missed.id])
    expect((await again.settled()).map(f => f.payload.id)).toEqual([live.id])
  })

  test('WT84: a socket need not reconnect after joining a group', async () => {
    const { id: chat, owner, stranger } = await newGroup(target)
    using socket = await stranger.socket()
    await owner.say(chat, 'before')
    await owner.must('POST', `/group/${chat}/members`, { uid: stranger.uid })
    const message = await owner.say(chat, 'welcome')
    const frames = await socket.settled()
    expect(frames.map(f => f.payload.kind ?? f.payload.id)).toEqual(['group_added', message.id])
  })

  test('WT87: frames name the chat twice, senders by number; pages descend; client ids are never empty', async () => {
    const { id: chat, owner, member } = await newGroup(target)
    using socket = await member.socket()
    const sent = [await owner.say(chat, 'one'), await owner.say(chat, 'two')]
    await owner.must('POST', '/chats/message/recall', { msg_id: sent[0].id })
    for (const { payload } of await socket.settled()) {
      expect([payload.chat_id, payload.gid, payload.sender_uid]).toEqual([chat, chat, owner.uid])
      expect(payload.client_generated_id.length).toBeGreaterThan(0)
    }
    const seqs = (await member.history(chat)).map(m => m.seq)
    expect(seqs).toEqual([2, 1])
  })
})
