// Channel `profile:{id}`: section 9 of the rules.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { call, direct, group, type Loose, newPerson, nobody, type Person, RawSocket, say } from './target.ts'
import { wettyUser } from './wetty.ts'

const target = useTarget()
const listening = async (who: Person) => {
  const socket = await RawSocket.open(target)
  const topic = `profile:${who.profileId}`
  expect((await socket.join(topic, who.identity)).status).toBe('ok')
  return Object.assign(socket, { topic })
}
const see = async (as: Person, id: string): Promise<Loose> =>
  (await call(target, 'GET', `/api/conversations/${id}`, { as })).body.data
const names = (socket: RawSocket, event: string): string[] =>
  socket.frames.all.filter(f => f[3] === event).map(f => f[4].data?.id ?? f[4].id)

test('MS99: one joins one s own, with both ids', async () => {
  const [kari, ola] = [await newPerson(target), await newPerson(target)]
  using socket = await RawSocket.open(target)
  const own = `profile:${kari.profileId}`
  expect((await socket.join(own, {})).response).toEqual({ reason: 'unauthorized' })
  expect((await socket.join(`profile:${ola.profileId}`, kari.identity)).response).toEqual({ reason: 'forbidden' })
  for (const id of [nobody, 'x', '']) {
    expect((await socket.join(`profile:${id}`, kari.identity)).response).toEqual({ reason: 'forbidden' })
  }
  expect(await socket.join(own, kari.identity)).toMatchObject({ status: 'ok', response: {} })
})

describe('MS100: what it tells', () => {
  test('MS100: a conversation one has come into, once, and not a mere fetch', async () => {
    const [kari, ola] = [await newPerson(target), await newPerson(target)]
    using mine = await listening(kari)
    using theirs = await listening(ola)
    const id = await direct(target, kari, ola)
    for (const [socket, who] of [
      [mine, kari],
      [theirs, ola],
    ] as const) {
      const [joinRef, ref, topic, , payload] = await socket.event('conversation_created')
      expect([['1', null].includes(joinRef), ref, topic]).toEqual([true, null, socket.topic])
      expect(payload).toEqual({ data: await see(who, id) })
    }
    await direct(target, kari, ola)
    await direct(target, ola, kari)
    const marker = await group(target, kari, ola)
    for (const socket of [mine, theirs]) {
      await socket.frames.find('the marker', f => f[3] === 'conversation_created' && f[4].data.id === marker)
      expect(names(socket, 'conversation_created')).toEqual([id, marker])
    }
  })

  test('MS100: what happens in it, in one s own view', async () => {
    const [kari, ola] = [await newPerson(target), await newPerson(target)]
    const id = await direct(target, kari, ola)
    using socket = await listening(ola)
    const message = await say(target, kari, id, 'hei')
    const [, , , , payload] = await socket.event('conversation_updated')
    expect(payload.data).toMatchObject({ id, unread_count: 1, last_message: message })
    expect(payload.data).toEqual(await see(ola, id))
    await say(target, ola, id, 'svar')
    const answered = await socket.event('conversation_updated')
    expect(answered[4].data).toMatchObject({ unread_count: 0, last_message: { body: 'svar' } })
  })

  test('MS100: a burst may be merged, the last state is told', async () => {
    const [kari, ola] = [await newPerson(target), await newPerson(target)]
    const id = await direct(target, kari, ola)
    using socket = await listening(ola)
    await Promise.all(Array.from({ length: 40 }, (_, i) => say(target, kari, id, `m${i}`)))
    let last: Loose = null
    while (last?.unread_count !== 40) last = (await socket.event('conversation_updated'))[4].data
    expect(names(socket, 'conversation_updated').length).toBeLessThanOrEqual(40)
    expect(last).toEqual(await see(ola, id))
  })

  test.skipIf(lacks('wetty'))('MS100: names, roles, people coming and going, and the end', async () => {
    const [kari, ola] = [await newPerson(target), await newPerson(target)]
    const wei = await wettyUser(target)
    using mine = await listening(kari)
    using theirs = await listening(ola)
    const { id: gid } = await wei.call('POST', '/group', { name: 'Før' })
    const uids = [await wei.uidOf(kari.handle), await wei.uidOf(ola.handle)]
    await wei.call('POST', `/group/${gid}/members`, { uid: uids[0] })
    const { data } = (await mine.event('conversation_created'))[4]
    expect(data).toMatchObject({ kind: 'group', topic: 'Før', participant_count: 2 })
    const updated = async (state: object) => {
      const fits = (f: Loose) => f[3] === 'conversation_updated' && Bun.deepMatch(state, f[4].data)
      await mine.frames.find(JSON.stringify(state), fits)
    }
    await wei.call('PUT', `/group/${gid}/profile`, { name: 'Etter' })
    await updated({ id: data.id, topic: 'Etter' })
    await wei.call('PUT', `/group/${gid}/profile`, { visibility: 'public' })
    await updated({ visibility: 'public' })
    await wei.call('POST', `/group/${gid}/members`, { uid: uids[1] })
    await updated({ participant_count: 3 })
    expect((await theirs.event('conversation_created'))[4].data.id).toBe(data.id)
    const count = names(mine, 'conversation_updated').length
    await wei.call('PUT', `/group/${gid}/managers`, { managers: [uids[1]] })
    await mine.event('conversation_updated')
    expect(names(mine, 'conversation_updated').length).toBe(count + 1)
    await wei.call('DELETE', `/group/${gid}/members/${uids[1]}`)
    await updated({ participant_count: 2 })
    expect((await theirs.event('conversation_removed'))[4]).toEqual({ id: data.id })
    await wei.call('POST', `/chats/${gid}/messages`, { message: 'uten ham' })
    await updated({ last_message: { body: 'uten ham' } })
    await wei.call('DELETE', `/group/${gid}`)
    expect((await mine.event('conversation_removed'))[4]).toEqual({ id: data.id })
    expect(names(mine, 'conversation_created')).toEqual([data.id])
    expect(names(theirs, 'conversation_created')).toEqual([data.id])
    expect(await theirs.settled()).toEqual([])
  })

  test('MS100: clients push nothing here', async () => {
    const kari = await newPerson(target)
    using socket = await listening(kari)
    for (const event of ['message:create', 'typing:start', 'x']) {
      const { status, response } = await socket.push(socket.topic, event, { body: 'x' })
      expect([status, response]).toEqual(['error', { errors: ['unknown event'] }])
    }
  })

  test('MS87 MS88: it is left and joined like any other', async () => {
    const [kari, ola] = [await newPerson(target), await newPerson(target)]
    using socket = await listening(kari)
    await socket.join(socket.topic, kari.identity, 'new')
    expect((await socket.event('phx_close')).slice(0, 3)).toEqual(['1', '1', socket.topic])
    const first = await direct(target, kari, ola)
    await socket.event('conversation_created')
    socket.send(['new', 'lv', socket.topic, 'phx_leave', {}])
    expect((await socket.reply('lv')).status).toBe('ok')
    await socket.event('phx_close')
    await group(target, kari, ola)
    expect(await socket.settled()).toEqual([])
    expect(names(socket, 'conversation_created')).toEqual([first])
  })
})
