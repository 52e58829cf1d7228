// What other contracts do, as it shows here, and the other way round: the projection (section 10), CA82, CA83.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { atWetty, type Elsewhere } from './elsewhere.ts'
import {
  call,
  enter,
  fresh,
  type Loose,
  logIn,
  NOBODY,
  newPeople,
  newPerson,
  PASSWORD,
  type Person,
  Socket,
  said,
} from './target.ts'

const target = useTarget()

/** Two people here, and the same two at wetty. */
const pair = async () => {
  const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
  return { mila, noor, boss: await atWetty(mila), other: await atWetty(noor) }
}

/** A private group of the two, made at wetty: its id there, and as the first sees it here. */
const privateGroup = async (keys: object = {}) => {
  const people = await pair()
  const title = fresh('Kitchen ')
  const chat = await people.boss.group(title, [people.other], keys)
  const own: Loose[] = await people.mila.must('GET', '/api/channels/me')
  return { ...people, title, chat, channel: own.find(channel => channel.title === title) }
}

const friends = async () => {
  const people = await pair()
  await people.boss.befriend(people.other)
  const own: Loose[] = await people.mila.must('GET', '/api/channels/me')
  const channel = own.find(one => one.kind === 'direct')
  const chats: Loose[] = (await people.boss.call('GET', '/chats')).chats
  return { ...people, channel, chat: chats.find(one => one.chat_type === 'direct').id as string }
}

const sendAt = (one: Elsewhere, chat: string, message: string | null, keys: object = {}): Promise<Loose> =>
  one.call('POST', `/chats/${chat}/messages`, { message, message_type: 'text', ...keys })

describe('people', () => {
  test.skipIf(lacks('msgr'))('CA83: who came by a capability has a name here', async () => {
    const made = await call(target, 'POST', '/api/users', {
      json: { display_name: 'Kari Nordmann', handle: fresh('k') },
    })
    const mila = await newPerson(target)
    const users: Loose[] = await mila.must('GET', '/api/users')
    const kari = users.find(user => user.id === made.body.data.profiles[0].id)
    expect(kari).toMatchObject({ display_name: 'Kari Nordmann', email: null })
    expect((await mila.user(kari.username)).id).toBe(kari.id)
  })

  test.skipIf(lacks('wetty'))('CA39: nobody sees presence across a block', async () => {
    const { mila, noor, boss, other } = await pair()
    expect((await noor.user(mila.username)).is_online).toBe(true)
    await boss.call('POST', '/friend/block', { target_user_id: other.uid })
    for (const [viewer, person] of [
      [mila, noor],
      [noor, mila],
    ] as const) {
      expect(await viewer.user(person.username)).toMatchObject({ is_online: false, last_seen: null })
      const online: Loose[] = await viewer.must('GET', '/api/users/online')
      expect(online.map(user => user.username)).not.toContain(person.username)
    }
  })

  test.skipIf(lacks('wetty'))('CA39: a socket of another contract makes one online here', async () => {
    const { mila, noor, boss } = await pair()
    await mila.must('POST', '/api/auth/logout')
    expect((await noor.user(mila.username)).is_online).toBe(false)
    using _ = await Socket.open(target, `/ws?token=${boss.token}`)
    expect((await noor.user(mila.username)).is_online).toBe(true)
  })

  test.skipIf(lacks('wetty'))('CA39: hiding counts at the other doors too', async () => {
    const { mila, boss, other } = await friends()
    using _ = await mila.socket()
    const online = async () => (await other.call('GET', '/friend/list')).friends[0].online
    expect(await online()).toBe(true)
    await mila.must('POST', '/api/users/me/status?is_online=false')
    expect(await online()).toBe(false)
    expect(boss.uid).toBeGreaterThan(0)
  })
})

test.skipIf(lacks('openchat'))('CA17 CA63: a password changed elsewhere ends every session here', async () => {
  const mila = await newPerson(target)
  const other = await enter(target, mila.username)
  const sockets = [await mila.socket(), await other.socket()]
  const json = { username: mila.username, password: PASSWORD, device_id: 'd' }
  const { body } = await call(target, 'POST', '/v1/sessions/password', { json })
  const changed = await call(target, 'PUT', '/v1/account/password', {
    json: { current_password: PASSWORD, new_password: `${PASSWORD}!` },
    headers: { authorization: `Bearer ${body.token}` },
  })
  expect(changed.status).toBe(200)
  for (const socket of sockets) expect(await socket.closing()).toMatchObject({ code: 4001, wasClean: true })
  for (const one of [mila, other]) {
    expect(said(await one.get('/api/users/me'))).toBe('401 Could not validate credentials')
    const json = { refresh_token: one.refreshToken }
    const refreshed = await call(target, 'POST', '/api/auth/refresh', { json })
    expect(said(refreshed)).toBe('401 Could not validate credentials')
  }
  expect(said(await logIn(target, mila.username))).toBe('401 Incorrect username or password')
  expect((await logIn(target, mila.username, `${PASSWORD}!`)).status).toBe(200)
})

describe.skipIf(lacks('wetty'))('private groups', () => {
  test('CA43 CA46: are channels for those in them, and unknown to all others', async () => {
    const { mila, noor, title, channel } = await privateGroup({ description: 'cooking' })
    expect(channel.name).toMatch(new RegExp(`^${title}~\\d+$`))
    expect(channel).toMatchObject({
      title,
      description: 'cooking',
      kind: 'group',
      created_by: mila.id,
      members: [mila.id, noor.id],
    })
    expect(await noor.must('GET', `/api/channels/${encodeURIComponent(channel.name)}`)).toEqual(channel)
    const stranger = await newPerson(target)
    const all: Loose[] = await stranger.must('GET', '/api/channels')
    expect(all.map(one => one.id)).not.toContain(channel.id)
    for (const key of [channel.id, encodeURIComponent(channel.name)]) {
      for (const [method, path] of [
        ['GET', ''],
        ['DELETE', ''],
        ['POST', '/join'],
        ['POST', '/leave'],
        ['GET', '/status'],
        ['GET', '/messages'],
      ]) {
        expect(said(await stranger.call(method as string, `/api/channels/${key}${path}`))).toBe('404 Channel not found')
      }
    }
    expect(said(await stranger.send(channel.id, 'x'))).toBe('404 Channel not found')
    expect(await stranger.history(channel.id)).toEqual([])
    expect(said(await noor.post(`/api/channels/${channel.id}/join`))).toBe('404 Channel not found')
  })

  test('CA47: a member may leave one, and is told nothing of who stays', async () => {
    const { mila, noor, channel } = await privateGroup()
    expect(await noor.must('POST', `/api/channels/${channel.id}/leave`)).toMatchObject({ id: channel.id, members: [] })
    expect(said(await noor.get(`/api/channels/${channel.id}`))).toBe('404 Channel not found')
    expect((await mila.must('GET', `/api/channels/${channel.id}`)).members).toEqual([mila.id])
    expect(await mila.must('DELETE', `/api/channels/${channel.id}`)).toEqual({
      message: 'Channel deleted successfully',
    })
  })

  test('CA21: a public group shows its members to those in it only', async () => {
    const { mila, noor, channel } = await privateGroup({ visibility: 'public', join_rule: 'open' })
    expect(channel.members).toEqual([mila.id, noor.id])
    const stranger = await newPerson(target)
    expect(await stranger.must('GET', `/api/channels/${channel.id}`)).toEqual({ ...channel, members: [] })
    expect((await stranger.must('POST', `/api/channels/${channel.id}/join`)).members).toHaveLength(3)
  })

  test('CA46: where approval or an invitation is asked, nobody joins here, and no application is made', async () => {
    const { noor, boss, chat, channel } = await privateGroup({ visibility: 'public', join_rule: 'approval' })
    expect((await noor.must('POST', `/api/channels/${channel.id}/join`)).members).toContain(noor.id)
    const stranger = await newPerson(target)
    expect(said(await stranger.post(`/api/channels/${channel.id}/join`))).toBe('403 This channel requires approval')
    expect((await boss.call('GET', `/group/${chat}/members/applications`)).applications).toEqual([])
    await boss.call('PUT', `/group/${chat}/profile`, { join_rule: 'invite_only' })
    expect(said(await stranger.post(`/api/channels/${channel.id}/join`))).toBe('403 This channel requires approval')
  })

  test('CA49: being put in and out elsewhere moves the sockets too', async () => {
    const { mila, boss, chat, channel } = await privateGroup()
    const stranger = await newPerson(target)
    const theirs = await atWetty(stranger)
    using socket = await stranger.socket()
    await socket.settled()
    await mila.say(channel.id, 'before')
    await boss.call('POST', `/group/${chat}/members`, { uid: theirs.uid })
    await mila.say(channel.id, 'during')
    await boss.call('DELETE', `/group/${chat}/members/${theirs.uid}`)
    await mila.say(channel.id, 'after')
    expect(await socket.heard()).toEqual(['during'])
  })

  test('CA17: muted is 403, reading goes on', async () => {
    const { mila, noor, boss, other, chat, channel } = await privateGroup()
    await boss.call('POST', `/group/${chat}/mute`, { target_user_id: other.uid, mute_status: true })
    expect(said(await noor.send(channel.id, 'x'))).toBe('403 You are muted in this channel')
    const message = await mila.say(channel.id, 'listen')
    expect(await noor.history(channel.id)).toEqual([message])
  })
})

describe.skipIf(lacks('wetty'))('direct chats', () => {
  test('CA44: are called after the other, and work like channels', async () => {
    const { mila, noor, channel } = await friends()
    expect(channel).toMatchObject({ name: `@${noor.username}`, kind: 'direct', created_by: NOBODY })
    expect(channel.members.toSorted()).toEqual([mila.id, noor.id].toSorted())
    const theirs: Loose[] = await noor.must('GET', '/api/channels/me')
    expect(theirs.find(one => one.id === channel.id).name).toBe(`@${mila.username}`)
    using socket = await noor.socket()
    await socket.settled()
    const message = await mila.say(`@${noor.username.toUpperCase()}`, 'hello')
    expect(message).toMatchObject({ content: 'hello', channel_id: channel.id })
    expect(message).not.toHaveProperty('channel_name')
    expect(await socket.settled()).toEqual([message])
    socket.send({ content: 'hi', channel_id: `@${mila.username}` })
    await socket.message('hi')
    for (const [one, name] of [
      [mila, `@${noor.username}`],
      [noor, channel.id],
    ] as const) {
      expect((await one.history(name)).map(m => m.content)).toEqual(['hello', 'hi'])
    }
  })

  test('CA46 CA47 CA48: nobody joins, leaves or deletes one, and none is opened here', async () => {
    const { mila, noor, channel } = await friends()
    const stranger = await newPerson(target)
    for (const key of [channel.id, `@${noor.username}`]) {
      expect(said(await mila.post(`/api/channels/${key}/join`))).toBe('404 Channel not found')
      expect(said(await mila.post(`/api/channels/${key}/leave`))).toBe('400 Could not leave channel')
      expect(said(await mila.delete(`/api/channels/${key}`))).toBe('403 Only channel owner can delete channel')
    }
    for (const key of [channel.id, `@${noor.username}`, `@${stranger.username}`, '@']) {
      expect(said(await stranger.get(`/api/channels/${key}`))).toBe('404 Channel not found')
      expect(said(await stranger.send(key, 'x'))).toBe('404 Channel not found')
    }
  })

  test('CA17 CA73: a block stops sends, either way, and is not told apart', async () => {
    const { mila, noor, boss, other, channel } = await friends()
    await boss.call('POST', '/friend/block', { target_user_id: other.uid })
    for (const one of [mila, noor]) {
      expect(said(await one.send(channel.id, 'x'))).toBe('403 You cannot send messages to this user')
      using socket = await one.socket()
      await socket.settled()
      socket.send({ content: 'x', channel_id: channel.id })
      expect(await socket.next()).toMatchObject({
        code: 'cannot_message',
        error: 'You cannot send messages to this user',
      })
    }
    expect(await mila.history(channel.id)).toEqual([])
  })
})

describe.skipIf(lacks('wetty'))('messages', () => {
  test('CA82 CA83: written anywhere, read everywhere, long ones whole', async () => {
    const { mila, noor, boss, other, chat, channel } = await privateGroup()
    using socket = await mila.socket()
    await socket.settled()
    const long = 'x'.repeat(4000)
    const there = await sendAt(other, chat, long)
    const message = await socket.next()
    expect(message).toMatchObject({
      id: there.id,
      content: long,
      user_id: noor.id,
      username: noor.username,
      channel_id: channel.id,
      channel_name: channel.name,
    })
    expect(await mila.history(channel.id)).toEqual([message])
    const here = await mila.say(channel.id, 'answer', { client_id: 'k' })
    const shown = await boss.call('GET', `/chats/${chat}/messages/${here.id}`)
    expect(shown).toMatchObject({ id: here.id, message: 'answer', client_generated_id: 'k' })
    expect(shown.sender.username).toBe(mila.username)
  })

  test('CA22: replies, forwards, edits and recalls', async () => {
    const { mila, boss, chat, channel } = await privateGroup()
    const first = await mila.say(channel.id, 'first')
    const reply = await sendAt(boss, chat, 'second', { reply_to_id: first.id })
    const forward = await boss.call('POST', '/chats/message/forward', { msg_id: first.id, target_chat_id: chat })
    await boss.call('PATCH', `/chats/${chat}/messages/${reply.id}`, { message: 'changed' })
    const history = await mila.history(channel.id)
    expect(history.map(m => m.id)).toEqual([first.id, reply.id, forward.id])
    expect(history[1]).toMatchObject({ content: 'changed', reply_to: first.id, edited_at: expect.any(String) })
    expect(history[2]).toMatchObject({ content: 'first', forwarded: true })
    expect(history[0]).not.toHaveProperty('forwarded')
    await boss.call('POST', '/chats/message/recall', { msg_id: reply.id })
    expect((await mila.history(channel.id)).map(m => m.id)).toEqual([first.id, forward.id])
  })

  test('CA22: files, by a link that needs no token', async () => {
    const { mila, boss, other, chat, channel } = await privateGroup()
    using socket = await mila.socket()
    await socket.settled()
    const fid = await other.upload('soup.txt', 'text/plain', 'carrots')
    await sendAt(other, chat, '', { message_type: 'file', fid })
    const picture = await boss.upload('soup.png', 'image/png', 'not really')
    await sendAt(boss, chat, 'look', { message_type: 'image', fid: picture })
    const [bare, captioned] = await mila.history(channel.id)
    expect(bare).toMatchObject({
      content: '[file] soup.txt',
      attachments: [{ name: 'soup.txt', mime: 'text/plain', size: 7 }],
    })
    expect(captioned).toMatchObject({ content: 'look', attachments: [{ name: 'soup.png' }] })
    const live = (await socket.settled()) as Loose[]
    expect(live.map(message => message.content)).toEqual(['[file] soup.txt', 'look'])
    const url = new URL(live[0].attachments[0].url)
    expect(await (await fetch(url)).text()).toBe('carrots')
    url.searchParams.set('t', 'x')
    expect((await fetch(url)).status).toBe(404)
  })

  test('what has no word here shows nothing: reactions, marks, requests, mutes, roles', async () => {
    const { mila, noor, boss, other, chat, channel } = await privateGroup()
    const stranger = await newPerson(target)
    const message = await mila.say(channel.id, 'x')
    using socket = await noor.socket('&events=1')
    await socket.type('ready')
    await boss.call('POST', '/chats/message/react', { msg_id: message.id, emote: '👍' })
    await other.call('POST', `/chats/${chat}/read`, { message_id: message.id })
    await (await atWetty(stranger)).call('POST', '/friend/apply', { target_user_id: other.uid })
    await boss.call('POST', `/group/${chat}/mute`, { target_user_id: other.uid, mute_status: true })
    await boss.call('POST', `/group/${chat}/mute`, { target_user_id: other.uid, mute_status: false })
    await boss.call('PUT', `/group/${chat}/managers`, { managers: [other.uid] })
    await mila.say(channel.id, 'marker')
    const frames: Loose[] = (await socket.settled()).filter(frame => frame.type !== 'presence')
    expect(frames.filter(frame => frame.channel?.name !== 'general').map(frame => frame.type ?? frame.content)).toEqual(
      ['marker'],
    )
    expect(await noor.history(channel.id)).toEqual([message, expect.objectContaining({ content: 'marker' })])
  })
})
