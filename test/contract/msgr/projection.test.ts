// What people at another door do, as this contract shows it: section 11 of the rules, live and in history.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { call, history, joined, type Loose, newPerson, type Person, RawSocket, say } from './target.ts'
import { wettyUser } from './wetty.ts'

const target = useTarget()

/** A wetty group with one of ours in it, who listens to it and to her own channel. */
const scene = async () => {
  const kari = await newPerson(target)
  const wei = await wettyUser(target)
  const { id: gid } = await wei.call('POST', '/group', { name: 'Rom' })
  const uid = await wei.uidOf(kari.handle)
  await wei.call('POST', `/group/${gid}/members`, { uid })
  const [{ id }] = (await call(target, 'GET', '/api/conversations', { as: kari })).body.data
  const socket = await joined(target, kari, id)
  const own = await RawSocket.open(target)
  await own.join(`profile:${kari.profileId}`, kari.identity)
  const send = (body: object): Promise<Loose> => wei.call('POST', `/chats/${gid}/messages`, body)
  const last = async (): Promise<Loose> => (await history(target, kari, id)).data.at(-1)
  const close = () => {
    socket.close()
    own.close()
  }
  return { kari, wei, gid, uid, id, socket, own, send, last, [Symbol.dispose]: close }
}
/** The next event, which history must show the same way. */
const created = async (s: Awaited<ReturnType<typeof scene>>): Promise<Loose> => {
  const [, , , , { data }] = await s.socket.event('message_created')
  expect(await s.last()).toEqual(data)
  return data
}

describe.skipIf(lacks('wetty'))('MS56: kinds of message', () => {
  test('MS56 MS85 MS100: text; whatever is no kind here is text', async () => {
    using s = await scene()
    for (const [message_type, message] of [
      ['text', '**hei** <b>&</b>'],
      ['emote', ':wave:'],
      ['emoji', '👋'],
      ['brand_new', 'ukjent'],
    ]) {
      await s.send({ message, message_type })
      expect(await created(s)).toMatchObject({ type: 'text', body: message, media: null, conversation_id: s.id })
    }
    await s.own.event('conversation_updated')
  })
  test('MS56: a reminder is text, and its nudge is nothing', async () => {
    using s = await scene()
    await s.send({ message: 'husk', message_type: 'reminder' })
    expect(await created(s)).toMatchObject({ type: 'text', body: 'husk' })
    expect(await s.socket.settled()).toEqual([])
  })
  test('MS64: a text longer than this door takes is shown whole', async () => {
    using s = await scene()
    const message = 'x'.repeat(15_000)
    await s.send({ message })
    expect((await created(s)).body).toBe(message)
  })
  test.each([
    ['image', 'ferie.png', 'image/png', 'image'],
    ['video', 'film.mp4', 'video/mp4', 'video'],
    ['audio', 'tale.ogg', 'audio/ogg', 'audio'],
    ['file', 'plan.pdf', 'application/pdf', 'file'],
  ])('MS56: a file sent as %s', async (message_type, name, mime, type) => {
    using s = await scene()
    const fid = await s.wei.upload(name, mime, `bytes of ${name}`)
    await s.send({ message: 'se her', message_type, fid })
    const withCaption = await created(s)
    expect(withCaption).toMatchObject({ type, body: 'se her' })
    expect(withCaption.media).toEqual({
      url: expect.stringMatching(/^https?:\/\/.+\/files\/.+\?t=.+/),
      filename: name,
      content_type: mime,
      byte_size: `bytes of ${name}`.length,
    })
    const file = await fetch(withCaption.media.url)
    expect([file.status, await file.text()]).toEqual([200, `bytes of ${name}`])
    await s.send({ message_type, fid })
    expect((await created(s)).body).toBe(name)
  })
})

test.skipIf(lacks('wetty'))('MS56 MS69: replies and thread roots', async () => {
  using s = await scene()
  const first = await say(target, s.kari, s.id, 'spørsmål')
  const { messages } = await s.wei.call('GET', `/chats/${s.gid}/messages`)
  await s.socket.event('message_created')
  await s.send({ message: 'svar', reply_to_id: messages[0].id })
  expect((await created(s)).reply_to).toBe(first.id)
  await s.send({ message: 'i tråden', reply_root_id: messages[0].id })
  expect((await created(s)).reply_to).toBe(first.id)
})

test.skipIf(lacks('wetty'))('MS85: a forwarded message is an ordinary one of the forwarder', async () => {
  using s = await scene()
  const liu = await wettyUser(target)
  const { id: elsewhere } = await liu.call('POST', '/group', { name: 'x' })
  await liu.call('POST', `/group/${elsewhere}/members`, { uid: s.wei.uid })
  const original = await liu.call('POST', `/chats/${elsewhere}/messages`, { message: 'visdom' })
  await s.wei.call('POST', '/chats/message/forward', { msg_id: original.id, target_chat_id: s.gid })
  expect(await created(s)).toMatchObject({ type: 'text', body: 'visdom', profile: { handle: s.wei.username } })
})

test.skipIf(lacks('wetty'))('MS93: an edit', async () => {
  using s = await scene()
  const { id } = await s.send({ message: 'feil' })
  const before = await created(s)
  await s.wei.call('PATCH', `/chats/${s.gid}/messages/${id}`, { message: 'rett' })
  const [, , , , { data }] = await s.socket.event('message_updated')
  expect(data).toEqual({ ...before, body: 'rett', edited_at: expect.any(String) })
  expect(await s.last()).toEqual(data)
})

test.skipIf(lacks('wetty'))('MS94 MS95: a recall, also by an owner, also of a file', async () => {
  using s = await scene()
  const fid = await s.wei.upload('hemmelig.txt', 'text/plain', 'hemmelig')
  const { id } = await s.send({ message: 'se', message_type: 'file', fid })
  const before = await created(s)
  await s.wei.call('POST', '/chats/message/recall', { msg_id: id })
  const [, , , , payload] = await s.socket.event('message_deleted')
  expect(payload).toMatchObject({ message_id: before.id, deleted_at: expect.any(String) })
  expect(payload.data).toMatchObject({
    id: before.id,
    body: 'Meldingen er slettet',
    media: null,
    reactions: [],
    sent_at: before.sent_at,
    profile: before.profile,
  })
  expect(await s.last()).toEqual(payload.data)
  expect((await fetch(before.media.url)).status).toBe(404)
  const mine = await say(target, s.kari, s.id, 'min')
  const { messages } = await s.wei.call('GET', `/chats/${s.gid}/messages`)
  await s.wei.call('POST', '/chats/message/recall', { msg_id: messages[0].id })
  const [, , , , second] = await s.socket.event('message_deleted')
  expect(second.message_id).toBe(mine.id)
})

test.skipIf(lacks('wetty'))('MS56: reactions come and go', async () => {
  using s = await scene()
  const { id } = await s.send({ message: 'hei' })
  const message = await created(s)
  const react = (emote: string, active: boolean) =>
    s.wei.call('POST', '/chats/message/react', { msg_id: id, emote, active })
  await react('👍', true)
  const [, , , , added] = await s.socket.event('reaction_added')
  const by = message.profile.id
  expect(added).toEqual({
    message_id: message.id,
    emoji: '👍',
    profile_id: by,
    aggregates: [{ emoji: '👍', count: 1, profile_ids: [by] }],
  })
  expect((await s.last()).reactions).toEqual(added.aggregates)
  await react('👍', false)
  const [, , , , removed] = await s.socket.event('reaction_removed')
  expect(removed).toEqual({ message_id: message.id, emoji: '👍', profile_id: by, aggregates: [] })
  expect((await s.last()).reactions).toEqual([])
})

test.skipIf(lacks('wetty'))('MS92 MS57: a read mark', async () => {
  using s = await scene()
  const message = await say(target, s.kari, s.id, 'les')
  const { messages } = await s.wei.call('GET', `/chats/${s.gid}/messages`)
  await s.wei.call('POST', `/chats/${s.gid}/read`, { message_id: messages[0].id })
  const [, , , , payload] = await s.socket.event('message_read')
  expect(payload).toEqual({ message_id: message.id, profile_id: expect.any(String), read_at: expect.any(String) })
  expect((await s.last()).status).toBe('read')
})

test.skipIf(lacks('wetty'))('MS91: typing, from there to here and back', async () => {
  using s = await scene()
  const { token } = await s.wei.session()
  const socket = new WebSocket(`${target.wsUrl}/ws/chats?token=${token}`)
  const heard: Loose[] = []
  socket.onmessage = event => heard.push(event.data)
  await new Promise(resolve => {
    socket.onopen = resolve
  })
  socket.send(JSON.stringify({ type: 'typing', chat_id: s.gid, is_typing: true }))
  const [, , , , started] = await s.socket.event('typing_started')
  expect(started).toMatchObject({ profile_name: s.wei.username, thread_id: null })
  socket.send(JSON.stringify({ type: 'typing', chat_id: s.gid, is_typing: false }))
  await s.socket.event('typing_stopped')
  socket.close()
})

test.skipIf(lacks('wetty'))(
  'MS100: friendship made elsewhere begins the direct chat; a mere request is nothing',
  async () => {
    const [kari, wei, liu] = [await newPerson(target), await wettyUser(target), await wettyUser(target)]
    using own = await RawSocket.open(target)
    await own.join(`profile:${kari.profileId}`, kari.identity)
    await wei.call('POST', '/friend/apply', { target_user_id: await wei.uidOf(kari.handle) })
    const { id: gid } = await liu.call('POST', '/group', { name: 'Markør' })
    await liu.call('POST', `/group/${gid}/members`, { uid: await liu.uidOf(kari.handle) })
    expect((await own.frames.next())[4].data.topic).toBe('Markør')
  },
)

test.skipIf(lacks('wetty'))('MS90 MS100: kicked, one is told and shut out; the others see it', async () => {
  using s = await scene()
  const ola: Person = await newPerson(target)
  await s.wei.call('POST', `/group/${s.gid}/members`, { uid: await s.wei.uidOf(ola.handle) })
  await s.own.frames.find('the arrival', f => f[3] === 'conversation_updated' && f[4].data.participant_count === 3)
  await s.wei.call('DELETE', `/group/${s.gid}/members/${s.uid}`)
  expect((await s.own.event('conversation_removed'))[4]).toEqual({ id: s.id })
  expect((await s.socket.event('phx_close'))[2]).toBe(s.socket.topic)
  expect((await call(target, 'GET', `/api/conversations/${s.id}/messages`, { as: s.kari })).status).toBe(403)
  // What she said stays.
  expect((await call(target, 'GET', `/api/conversations/${s.id}/messages`, { as: ola })).status).toBe(200)
})

test.skipIf(lacks('wetty'))('MS70: mutes and blocks are no event', async () => {
  using s = await scene()
  await s.wei.call('POST', `/group/${s.gid}/mute`, { target_user_id: s.uid, mute_status: true })
  await s.wei.call('POST', '/friend/block', { target_user_id: s.uid })
  await s.send({ message: 'markør' })
  expect((await s.socket.frames.next())[4].data.body).toBe('markør')
  expect((await s.own.frames.next())[4].data.last_message.body).toBe('markør')
})

test.skipIf(lacks('wetty'))('MS32: somebody who has left is shown as before', async () => {
  using s = await scene()
  const liu = await wettyUser(target)
  await s.wei.call('POST', `/group/${s.gid}/members`, { uid: liu.uid })
  await liu.call('POST', `/chats/${s.gid}/messages`, { message: 'ha det' })
  const before = await created(s)
  await liu.call('DELETE', `/group/${s.gid}/members/${liu.uid}`)
  expect((await s.last()).profile).toEqual(before.profile)
})
