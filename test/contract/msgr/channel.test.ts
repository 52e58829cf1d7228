// Channel `conversation:{id}`: section 8 of the rules.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import {
  call,
  group,
  history,
  joined,
  type Loose,
  newPair,
  newPerson,
  nobody,
  type Person,
  RawSocket,
  say,
} from './target.ts'
import { type WettyUser, wettyUser } from './wetty.ts'

const target = useTarget()
const scene = () => newPair(target)
const outside = { reason: 'forbidden', errors: ['forbidden'] }
const created = (socket: RawSocket): string[] =>
  socket.frames.all.filter(f => f[3] === 'message_created').map(f => f[4].data.body)

/** A wetty group with these people of ours in it. */
const wettyGroup = async (wei: WettyUser, ...people: readonly Person[]) => {
  const { id: gid } = await wei.call('POST', '/group', { name: 'x' })
  const uids = await Promise.all(people.map(p => wei.uidOf(p.handle)))
  await wei.call('POST', `/group/${gid}/members`, { user_ids: uids })
  const [first] = people as [Person]
  const [{ id }] = (await call(target, 'GET', '/api/conversations', { as: first })).body.data
  return { gid, id: id as string, topic: `conversation:${id}`, uids }
}

describe('MS83: joining', () => {
  test('MS83: with both ids of a participant', async () => {
    const { kari, topic } = await scene()
    using socket = await RawSocket.open(target)
    const { status, response } = await socket.join(topic, { ...kari.identity, more: 1 })
    expect([status, response]).toEqual(['ok', {}])
  })
  test('MS83: identity is judged first', async () => {
    const { kari, ola, topic } = await scene()
    using socket = await RawSocket.open(target)
    for (const payload of [
      {},
      null,
      'x',
      [],
      7,
      { account_id: kari.accountId },
      { profile_id: kari.profileId },
      { account_id: 7, profile_id: {} },
      { account_id: nobody, profile_id: kari.profileId },
      { account_id: kari.accountId, profile_id: nobody },
      { account_id: kari.accountId, profile_id: ola.profileId },
      { account_id: kari.profileId, profile_id: kari.profileId },
    ]) {
      for (const where of [topic, `conversation:${nobody}`, 'conversation:x', 'profile:x']) {
        const { status, response } = await socket.join(where, payload)
        expect([where, status, response]).toEqual([where, 'error', { reason: 'unauthorized' }])
      }
    }
  })
  test('MS83: outside, unknown, or no id at all', async () => {
    const { topic } = await scene()
    const eve = await newPerson(target)
    using socket = await RawSocket.open(target)
    for (const where of [
      topic,
      `conversation:${nobody}`,
      'conversation:x',
      'conversation:',
      `conversation:${eve.profileId}`,
    ]) {
      const { status, response } = await socket.join(where, eve.identity)
      expect([where, status, response]).toEqual([where, 'error', { reason: 'forbidden' }])
    }
  })
})

describe('MS84: message:create', () => {
  test('MS84: the reply is the message', async () => {
    const { kari, id, topic } = await scene()
    using socket = await joined(target, kari, id)
    const { status, response } = await socket.push(topic, 'message:create', { body: ' hei ' })
    expect(status).toBe('ok')
    expect(Object.keys(response)).toEqual(['data'])
    expect((await history(target, kari, id)).data).toEqual([response.data])
    expect(response.data).toMatchObject({ body: ' hei ', status: 'sent', conversation_id: id })
  })
  test('MS84 MS64: its refusals', async () => {
    const { kari, id, topic } = await scene()
    using socket = await joined(target, kari, id)
    const failing = async (payload: unknown) => {
      const { status, response } = await socket.push(topic, 'message:create', payload)
      return status === 'error' && response.errors
    }
    for (const payload of [{}, { body: null }, { body: '' }, { body: ' \n' }, null, 'x', 7, []])
      expect(await failing(payload)).toEqual({ body: ["can't be blank"] })
    for (const body of [7, {}, 'a\u0000b']) expect(await failing({ body })).toEqual({ body: ['is invalid'] })
    expect(await failing({ body: 'x'.repeat(4001) })).toEqual({ body: ['should be at most 4000 character(s)'] })
    expect(await failing({ body: 'x', client_id: 7, reply_to: 'x' })).toEqual({
      client_id: ['is invalid'],
      reply_to: ['is invalid'],
    })
    expect(await failing({ body: 'x', reply_to: nobody })).toEqual({ reply_to: ['is invalid'] })
    expect(await socket.settled()).toEqual([])
    expect((await history(target, kari, id)).data).toEqual([])
  })
  test('MS84 MS66: nothing else is taken from the payload', async () => {
    const { kari, ola, id, topic } = await scene()
    using socket = await joined(target, kari, id)
    const forged = {
      profile_id: ola.profileId,
      account_id: ola.accountId,
      conversation_id: nobody,
      status: 'read',
      id: nobody,
    }
    const { response } = await socket.push(topic, 'message:create', { body: 'hei', ...forged, message: { body: 'x' } })
    expect(response.data).toMatchObject({
      body: 'hei',
      conversation_id: id,
      profile: { id: kari.profileId },
      status: 'sent',
    })
    expect(response.data.id).not.toBe(nobody)
  })
  test('MS68: a key makes it repeatable, over either transport', async () => {
    const { kari, id, topic } = await scene()
    using socket = await joined(target, kari, id)
    const first = await socket.push(topic, 'message:create', { body: 'en', client_id: 'k' })
    const again = await socket.push(topic, 'message:create', { body: 'to', client_id: 'k' })
    expect([again.status, again.response.data.id]).toEqual(['ok', first.response.data.id])
    const json = { message: { body: 'tre', client_id: 'k' } }
    const over = await call(target, 'POST', `/api/conversations/${id}/messages`, { as: kari, json })
    expect([over.status, over.body.data.id]).toEqual([201, first.response.data.id])
    await say(target, kari, id, 'marker')
    await socket.settled()
    expect(created(socket)).toEqual(['en', 'marker'])
  })
})

describe('message_created', () => {
  test('MS85 MS109: once on every joined channel, wherever it was sent', async () => {
    const { kari, ola, id, topic } = await scene()
    using one = await joined(target, kari, id)
    using two = await joined(target, kari, id)
    using other = await joined(target, ola, id)
    const { response } = await one.push(topic, 'message:create', { body: 'fra socket' })
    const rest = await say(target, ola, id, 'fra REST')
    for (const socket of [one, two, other]) {
      await socket.frames.find('the last', f => f[3] === 'message_created' && f[4].data.body === 'fra REST')
      await socket.settled()
      expect(socket.frames.all.filter(f => f[3] === 'message_created').map(f => f[4])).toEqual([
        { data: response.data },
        { data: rest },
      ])
    }
  })
  test.skipIf(lacks('wetty'))('MS85: also from another door', async () => {
    const kari = await newPerson(target)
    const wei = await wettyUser(target)
    const { gid, id } = await wettyGroup(wei, kari)
    using socket = await joined(target, kari, id)
    await wei.call('POST', `/chats/${gid}/messages`, { message: 'fra wetty' })
    const [, , , , payload] = await socket.event('message_created')
    expect(payload.data).toMatchObject({ body: 'fra wetty', type: 'text', profile: { handle: wei.username } })
    expect((await history(target, kari, id)).data.at(-1)).toEqual(payload.data)
  })
  test('MS86: the own reply comes before the own event', async () => {
    const { kari, id, topic } = await scene()
    using socket = await joined(target, kari, id)
    for (let i = 0; i < 10; i++) await socket.push(topic, 'message:create', { body: `m${i}` })
    await socket.settled()
    const heard = socket.frames.all.filter(f => f[3] === 'message_created' || f[4].response?.data)
    expect(heard.map(f => f[3])).toEqual(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? 'message_created' : 'phx_reply')),
    )
    const ids = heard.map(f => f[4].data?.id ?? f[4].response.data.id)
    for (let i = 0; i < 20; i += 2) expect(ids[i]).toBe(ids[i + 1])
  })
  test('MS86: events come in the order of history, without gaps, while many write', async () => {
    const people = await Promise.all(Array.from({ length: 4 }, () => newPerson(target)))
    const [kari, ...others] = people as [Person, ...Person[]]
    const id = await group(target, kari, ...others)
    const sockets = await Promise.all(people.map(who => joined(target, who, id)))
    const pushes = sockets.flatMap((socket, s) =>
      Array.from({ length: 10 }, (_, i) => {
        const ref = socket.nextRef()
        socket.send([null, ref, socket.topic, 'message:create', { body: `${s}.${i}` }])
        return ref
      }),
    )
    const rest = Array.from({ length: 10 }, (_, i) => say(target, kari, id, `rest.${i}`))
    await Promise.all(rest)
    expect(pushes).toHaveLength(40)
    for (const socket of sockets) {
      await socket.settled()
      while (created(socket).length < 50) await socket.event('message_created')
    }
    const order = (await history(target, kari, id, '?limit=200')).data.map((m: Loose) => m.body)
    for (const socket of sockets) {
      expect(created(socket)).toEqual(order)
      socket.close()
    }
  })
  test('MS97: no backlog at a join; what was missed is in history, which is never behind an event', async () => {
    const { kari, ola, id } = await scene()
    const first = await say(target, ola, id, 'før')
    using socket = await joined(target, kari, id)
    expect(await socket.settled()).toEqual([])
    await say(target, ola, id, 'etter')
    await socket.event('message_created')
    const { data } = await history(target, kari, id, `?after=${first.id}`)
    expect(data.map((m: Loose) => m.body)).toEqual(['etter'])
  })
})

describe('leaving and joining again', () => {
  test('MS87: a leave is answered, then the channel is closed, then there is silence', async () => {
    const { kari, ola, id, topic } = await scene()
    using socket = await RawSocket.open(target)
    await socket.join(topic, kari.identity, 'jr')
    socket.send(['jr', 'lv', topic, 'phx_leave', {}])
    const { frame } = await socket.reply('lv')
    expect(frame).toEqual(['jr', 'lv', topic, 'phx_reply', { status: 'ok', response: {} }])
    expect(await socket.frames.next()).toEqual(['jr', 'jr', topic, 'phx_close', {}])
    await say(target, ola, id, 'hei')
    expect(await socket.settled()).toEqual([])
    expect((await socket.push(topic, 'message:create', { body: 'x' }, 'jr')).response).toEqual({
      reason: 'unmatched topic',
    })
  })
  test('MS87: a leave of another join is ignored; one of nothing is answered', async () => {
    const { kari, ola, id, topic } = await scene()
    using socket = await RawSocket.open(target)
    await socket.join(topic, kari.identity, 'jr')
    socket.send(['older', 'lv', topic, 'phx_leave', {}])
    expect(await socket.settled()).toEqual([])
    await say(target, ola, id, 'hei')
    expect((await socket.event('message_created'))[4].data.body).toBe('hei')
    socket.send(['jr', 'lv1', topic, 'phx_leave', {}])
    await socket.event('phx_close')
    socket.send(['jr', 'lv2', topic, 'phx_leave', {}])
    expect((await socket.reply('lv2')).status).toBe('ok')
    expect(await socket.settled()).toEqual([])
  })
  test('MS88: a second join takes the place of the first', async () => {
    const { kari, ola, id, topic } = await scene()
    using socket = await RawSocket.open(target)
    await socket.join(topic, kari.identity, 'old')
    const { frame } = await socket.join(topic, kari.identity, 'new')
    expect(frame).toEqual(['new', 'new', topic, 'phx_reply', { status: 'ok', response: {} }])
    expect(await socket.frames.next()).toEqual(['old', 'old', topic, 'phx_close', {}])
    await say(target, ola, id, 'hei')
    await socket.event('message_created')
    await say(target, ola, id, 'marker')
    await socket.event('message_created')
    await socket.settled()
    expect(created(socket)).toEqual(['hei', 'marker'])
    expect((await socket.push(topic, 'message:create', { body: 'x' }, 'new')).frame[0]).toBe('new')
  })
  test('MS88: nothing is lost or doubled by joining again while others write', async () => {
    const { kari, ola, id, topic } = await scene()
    using socket = await RawSocket.open(target)
    await socket.join(topic, kari.identity)
    const writing = (async () => {
      for (let i = 0; i < 40; i++) await say(target, ola, id, `m${i}`)
    })()
    for (let i = 0; i < 20; i++) await socket.join(topic, kari.identity)
    await writing
    while (created(socket).at(-1) !== 'm39') await socket.frames.next()
    expect(created(socket)).toEqual(Array.from({ length: 40 }, (_, i) => `m${i}`))
  })
  test('MS88: a second join that fails leaves one channel or none, and the socket lives', async () => {
    const { kari, topic } = await scene()
    using socket = await RawSocket.open(target)
    await socket.join(topic, kari.identity, 'old')
    expect((await socket.join(topic, {}, 'new')).response).toEqual({ reason: 'unauthorized' })
    expect((await socket.join(topic, kari.identity, 'newer')).status).toBe('ok')
    const { status } = await socket.push(topic, 'message:create', { body: 'hei' }, 'newer')
    await socket.settled()
    expect([status, created(socket)]).toEqual(['ok', ['hei']])
  })
})

test('MS89 MS113: an unknown event is answered and the channel lives on', async () => {
  const { kari, id, topic } = await scene()
  using socket = await joined(target, kari, id)
  for (const event of ['nonsense', '', 'message:', '__proto__', 'toString', 'phx_close', 'phx_error', 'phx_reply']) {
    const { status, response } = await socket.push(topic, event, { body: 'x' })
    expect([event, status, response]).toEqual([event, 'error', { errors: ['unknown event'] }])
  }
  expect((await socket.push(topic, 'message:create', { body: 'hei' })).status).toBe('ok')
  await socket.settled()
  expect(socket.frames.all.some(f => f[3] === 'phx_error')).toBe(false)
})

describe('MS90: when membership ends', () => {
  test.skipIf(lacks('wetty'))('MS90: the channel is closed, and nothing more comes', async () => {
    const [kari, ola] = [await newPerson(target), await newPerson(target)]
    const wei = await wettyUser(target)
    const { gid, id, topic, uids } = await wettyGroup(wei, kari, ola)
    using socket = await RawSocket.open(target)
    using other = await joined(target, ola, id)
    await socket.join(topic, kari.identity, 'jr')
    await wei.call('DELETE', `/group/${gid}/members/${uids[0]}`)
    expect(await socket.frames.next()).toEqual(['jr', 'jr', topic, 'phx_close', {}])
    await say(target, ola, id, 'uten henne')
    expect((await other.event('message_created'))[4].data.body).toBe('uten henne')
    expect(await socket.settled()).toEqual([])
    expect((await socket.push(topic, 'message:create', { body: 'x' }, 'jr')).status).toBe('error')
    expect((await socket.join(topic, kari.identity)).response).toEqual({ reason: 'forbidden' })
    expect((await call(target, 'GET', `/api/conversations/${id}`, { as: kari })).status).toBe(403)
    // Back in, she may join again.
    await wei.call('POST', `/group/${gid}/members`, { uid: uids[0] })
    expect((await socket.join(topic, kari.identity)).status).toBe('ok')
  })
  test.skipIf(lacks('wetty'))('MS90: its end closes all channels', async () => {
    const [kari, ola] = [await newPerson(target), await newPerson(target)]
    const wei = await wettyUser(target)
    const { gid, id, topic } = await wettyGroup(wei, kari, ola)
    using one = await joined(target, kari, id)
    using two = await joined(target, ola, id)
    await wei.call('DELETE', `/group/${gid}`)
    for (const socket of [one, two]) expect((await socket.event('phx_close'))[2]).toBe(topic)
    expect((await call(target, 'GET', `/api/conversations/${id}`, { as: kari })).status).toBe(404)
  })
  test.skipIf(lacks('wetty'))(
    'MS90 MS70: every push is judged anew; a push that races with the end is refused',
    async () => {
      const kari = await newPerson(target)
      const wei = await wettyUser(target)
      const { gid, id, topic, uids } = await wettyGroup(wei, kari)
      using socket = await joined(target, kari, id)
      const sent = await socket.push(topic, 'message:create', { body: 'hei' })
      await wei.call('POST', `/group/${gid}/mute`, { target_user_id: uids[0], mute_status: true })
      expect((await socket.push(topic, 'message:create', { body: 'x' })).response).toEqual(outside)
      const edit = { message_id: sent.response.data.id, body: 'y' }
      expect((await socket.push(topic, 'message:update', edit)).response).toEqual(outside)
      expect(await socket.push(topic, 'typing:start', {})).toMatchObject({ status: 'ok', response: {} })
      await wei.call('POST', `/group/${gid}/mute`, { target_user_id: uids[0], mute_status: false })
      expect((await socket.push(topic, 'message:update', edit)).status).toBe('ok')
      const leaving = wei.call('DELETE', `/group/${gid}/members/${uids[0]}`)
      const racing = Array.from({ length: 20 }, () => {
        const ref = socket.nextRef()
        socket.send([null, ref, topic, 'message:create', { body: 'x' }])
        return ref
      })
      await leaving
      for (const ref of racing) {
        const { status, response } = await socket.reply(ref)
        if (status === 'error') expect([outside, { reason: 'unmatched topic' }]).toContainEqual(response)
      }
    },
  )
})
