// Control frames, for sockets that ask for them: CA74 to CA78.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { atWetty } from './elsewhere.ts'
import { enter, fresh, type Loose, newChannel, newPeople, newPerson, type Person, type Socket } from './target.ts'

const target = useTarget()

/** A socket with `events=1`, its history and `ready` read. */
const watch = async (person: Person): Promise<Socket> => {
  const socket = await person.socket('&events=1')
  await socket.type('ready')
  await socket.settled()
  return socket
}
/** What came, without what happens to people in `general` meanwhile. */
const about = async (socket: Socket, ...channels: readonly string[]): Promise<Loose[]> =>
  (await socket.settled()).filter(frame => channels.includes(frame.channel?.id ?? frame.message?.channel_id ?? ''))

describe('CA74', () => {
  test.skipIf(lacks('wetty'))('CA74: without asking, messages, errors and pongs only', async () => {
    const { id, owner, member, stranger } = await newChannel(target)
    const [boss] = [await atWetty(owner)]
    using socket = await member.socket()
    await socket.settled()
    using others = await owner.socket()
    await stranger.must('POST', `/api/channels/${id}/join`)
    others.send({ type: 'typing', channel_id: id, is_typing: true })
    await others.settled()
    const { id: sent } = await owner.say(id, 'one')
    const chat = (await boss.call('GET', '/chats')).chats.find((one: Loose) => one.name !== 'general').id
    await boss.call('PATCH', `/chats/${chat}/messages/${sent}`, { message: 'two' })
    await boss.call('PUT', `/group/${chat}/profile`, { name: fresh('Renamed ') })
    await boss.call('POST', '/chats/message/recall', { msg_id: sent })
    await owner.must('DELETE', `/api/channels/${id}`)
    for (const query of ['', '&events=0', '&events=true']) {
      using again = await member.socket(query)
      expect((await again.settled()).filter(frame => frame.type)).toEqual([])
    }
    expect(await socket.heard()).toEqual(['one'])
  })

  test('CA74: none of them has a top-level channel_id or content', async () => {
    const { id, owner, stranger } = await newChannel(target)
    using socket = await owner.socket('&events=1')
    await stranger.must('POST', `/api/channels/${id}/join`)
    await stranger.must('POST', `/api/channels/${id}/leave`)
    const frames = (await socket.settled()).filter(frame => frame.type)
    expect(frames.length).toBeGreaterThanOrEqual(3)
    for (const frame of frames) expect(Object.keys(frame)).not.toEqual(expect.arrayContaining(['channel_id']))
    for (const frame of frames) expect(frame).not.toHaveProperty('content')
  })
})

describe('ready', () => {
  test('CA75: once, after the history', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    await mila.must('POST', '/api/channels/general/leave')
    const room = await mila.channel([noor])
    for (let i = 0; i < 3; i++) await mila.say(room.id, `m${i}`)
    using socket = await mila.socket('&events=1')
    const frames = await socket.settled()
    expect(frames.slice(0, 3).map(frame => frame.content)).toEqual(['m0', 'm1', 'm2'])
    expect(frames.slice(3)).toEqual([
      {
        type: 'ready',
        user: await mila.me(),
        channels: [{ id: room.id, name: room.name }],
        online: expect.arrayContaining([mila.username, noor.username]),
        history: 3,
      },
    ])
  })

  test.skipIf(lacks('wetty'))('CA75: channels are named as the person knows them', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    await (await atWetty(mila)).befriend(await atWetty(noor))
    using socket = await mila.socket('&events=1')
    const { channels } = await socket.type('ready')
    expect(channels.map((channel: Loose) => channel.name)).toEqual(['general', `@${noor.username}`])
  })
})

describe('presence', () => {
  const presence = (person: Person, is_online: boolean) => ({
    type: 'presence',
    user_id: person.id,
    username: person.username,
    is_online,
    last_seen: expect.anything(),
  })
  const hidden = (person: Person) => ({ ...presence(person, false), last_seen: null })
  const heard = async (socket: Socket, person: Person): Promise<Loose[]> =>
    (await socket.settled()).filter(frame => frame.type === 'presence' && frame.user_id === person.id)
  const status = (person: Person, online: boolean) => person.must('POST', `/api/users/me/status?is_online=${online}`)

  test.skipIf(lacks('wetty'))('CA76: each change once, however many conversations are shared', async () => {
    const { id, owner, member } = await newChannel(target)
    await member.channel([owner])
    await (await atWetty(owner)).befriend(await atWetty(member))
    const sockets = [await member.socket(), await member.socket()]
    using socket = await watch(owner)
    await status(member, false)
    expect(await heard(socket, member)).toEqual([hidden(member)])
    await status(member, true)
    expect(await heard(socket, member)).toEqual([presence(member, true)])
    // No change, no frame.
    await status(member, true)
    await owner.say(id, 'x')
    sockets[0]?.close()
    await sockets[0]?.closing()
    await sockets[1]?.settled()
    expect(await heard(socket, member)).toEqual([])
    sockets[1]?.close()
    expect(await socket.type('presence')).toEqual(presence(member, false))
    await enter(target, member.username)
    expect(await heard(socket, member)).toEqual([presence(member, true)])
  })

  test('CA76: of who is there by a lease only, too', async () => {
    const { owner, member } = await newChannel(target)
    using socket = await watch(owner)
    await status(member, false)
    expect(await heard(socket, member)).toEqual([hidden(member)])
    await status(member, true)
    expect(await heard(socket, member)).toEqual([presence(member, true)])
    await member.must('POST', '/api/auth/logout')
    expect(await heard(socket, member)).toEqual([presence(member, false)])
  })

  test('CA76: not of who shares nothing, nor of oneself', async () => {
    const { owner, member, stranger } = await newChannel(target)
    for (const one of [owner, stranger]) await one.must('POST', '/api/channels/general/leave')
    using socket = await watch(owner)
    for (const one of [owner, stranger, member]) {
      await status(one, false)
      await status(one, true)
    }
    expect(await heard(socket, stranger)).toEqual([])
    expect(await heard(socket, owner)).toEqual([])
    using theirs = await watch(stranger)
    await status(member, false)
    expect(await heard(theirs, member)).toEqual([])
  })
})

describe('channels', () => {
  const seen = async (person: Person, id: string): Promise<Loose> => person.must('GET', `/api/channels/${id}`)

  test('CA77: joins and leaves, to the members and the subject', async () => {
    const { id, owner, member, stranger } = await newChannel(target)
    using theirs = await watch(owner)
    using own = await watch(stranger)
    const joined = await stranger.must('POST', `/api/channels/${id}/join`)
    const who = { user_id: stranger.id, username: stranger.username }
    for (const socket of [theirs, own]) {
      expect(await about(socket, id)).toEqual([{ type: 'channel_joined', channel: joined, ...who }])
    }
    const left = await stranger.must('POST', `/api/channels/${id}/leave`)
    for (const socket of [theirs, own]) {
      expect(await about(socket, id)).toEqual([{ type: 'channel_left', channel: left, ...who }])
    }
    expect(left.members).toEqual([owner.id, member.id])
  })

  test('CA77: what follows comes behind it', async () => {
    const { id, owner, stranger } = await newChannel(target)
    using own = await watch(stranger)
    await stranger.must('POST', `/api/channels/${id}/join`)
    for (let i = 0; i < 5; i++) await owner.say(id, `m${i}`)
    const frames = (await own.settled()).filter(frame => (frame.channel?.id ?? frame.channel_id) === id)
    expect(frames.map(frame => frame.type ?? frame.content)).toEqual(['channel_joined', 'm0', 'm1', 'm2', 'm3', 'm4'])
  })

  test.skipIf(lacks('wetty'))('CA77: a new channel of one’s own on other doors and tabs', async () => {
    const mila = await newPerson(target)
    using socket = await watch(mila)
    const channel = await mila.channel()
    const who = { user_id: mila.id, username: mila.username }
    expect(await about(socket, channel.id)).toEqual([{ type: 'channel_joined', channel, ...who }])
    await (await atWetty(mila)).group('Elsewhere')
    expect(await socket.type('channel_joined')).toMatchObject({
      channel: { title: 'Elsewhere', kind: 'group', members: [mila.id] },
      ...who,
    })
  })

  test.skipIf(lacks('wetty'))('CA77: of a private one, who is put out is told no more than its name', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const [boss, other] = [await atWetty(mila), await atWetty(noor)]
    using socket = await watch(noor)
    const group = await boss.group('Secret', [other], { description: 'hush' })
    const { channel } = await socket.type('channel_joined')
    expect(channel).toMatchObject({ title: 'Secret', description: 'hush', members: [mila.id, noor.id] })
    await boss.call('DELETE', `/group/${group}/members/${other.uid}`)
    const left = await socket.type('channel_left')
    expect(left).toMatchObject({ user_id: noor.id, username: noor.username })
    expect(left.channel).toMatchObject({ id: channel.id, name: channel.name, description: null, members: [] })
  })

  test.skipIf(lacks('wetty'))('CA77: it is described, or owned, differently', async () => {
    const { id, owner, member } = await newChannel(target)
    const [boss, other] = [await atWetty(owner), await atWetty(member)]
    const chat = (await boss.call('GET', '/chats')).chats.find((one: Loose) => one.name !== 'general').id
    using socket = await watch(member)
    await boss.call('PUT', `/group/${chat}/profile`, { name: 'Renamed', description: 'and described' })
    const channel = await seen(member, id)
    expect(channel).toMatchObject({ title: 'Renamed', description: 'and described' })
    expect(await about(socket, id)).toEqual([{ type: 'channel_updated', channel }])
    await boss.call('POST', `/group/${chat}/transfer`, { target_user_id: other.uid })
    const handed = await about(socket, id)
    expect(handed).toEqual([{ type: 'channel_updated', channel: await seen(member, id) }])
    expect(handed[0].channel.created_by).toBe(member.id)
  })

  test('CA77: it is no more', async () => {
    const { id, name, owner, member } = await newChannel(target)
    using socket = await watch(member)
    await owner.must('DELETE', `/api/channels/${id}`)
    expect(await about(socket, id)).toEqual([{ type: 'channel_deleted', channel: { id, name } }])
  })
})

describe('messages', () => {
  test.skipIf(lacks('wetty'))('CA78: edits and recalls', async () => {
    const { id, name, owner, member } = await newChannel(target)
    const boss = await atWetty(owner)
    const chat = (await boss.call('GET', '/chats')).chats.find((one: Loose) => one.name !== 'general').id
    const sent = await owner.say(id, 'one')
    using socket = await watch(member)
    await boss.call('PATCH', `/chats/${chat}/messages/${sent.id}`, { message: 'two' })
    const [message] = await member.history(id)
    expect(message).toEqual({ ...sent, content: 'two', edited_at: expect.any(String) })
    expect(await about(socket, id)).toEqual([{ type: 'message_updated', message }])
    await owner.must('POST', '/api/messages/clear')
    const place = { id, name }
    expect(await about(socket, id)).toEqual([{ type: 'message_deleted', message_id: sent.id, channel: place }])
  })

  test('CA78: typing, to the others, until it is said or taken back', async () => {
    const { id, name, owner, member, stranger } = await newChannel(target)
    using typist = await watch(member)
    using same = await watch(member)
    using socket = await watch(owner)
    using outside = await watch(stranger)
    const frame = (is_typing: boolean) => ({
      type: 'typing',
      channel: { id, name },
      user_id: member.id,
      username: member.username,
      is_typing,
    })
    typist.send({ type: 'typing', channel_id: name, is_typing: true })
    await typist.settled()
    expect(await about(socket, id)).toEqual([frame(true)])
    typist.send({ type: 'typing', channel_id: id, is_typing: false })
    await typist.settled()
    expect(await about(socket, id)).toEqual([frame(false)])
    typist.send({ type: 'typing', channel_id: id, is_typing: true })
    typist.send({ content: 'said', channel_id: id })
    await typist.message('said')
    expect((await socket.settled()).map(one => one.is_typing ?? one.content)).toEqual(
      expect.arrayContaining([true, 'said', false]),
    )
    expect((await same.settled()).filter(one => one.type === 'typing')).toEqual([])
    expect(await about(outside, id)).toEqual([])
  })

  test('CA78: typing ends with the socket', async () => {
    const { id, owner, member } = await newChannel(target)
    const typist = await watch(member)
    using socket = await watch(owner)
    typist.send({ type: 'typing', channel_id: id, is_typing: true })
    expect((await socket.type('typing')).is_typing).toBe(true)
    typist.close()
    expect((await socket.type('typing')).is_typing).toBe(false)
  })
})
