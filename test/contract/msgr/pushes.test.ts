// What else a conversation channel takes: typing, read marks, edits, recalls (MS91 to MS96), and what it costs (MS98).
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import {
  call,
  direct,
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
import { wettyUser } from './wetty.ts'

const target = useTarget()
const scene = () => newPair(target)
/** Frames of an event that came to a socket, marked off by a message sent now. */
const until = async (socket: RawSocket, who: Person, id: string): Promise<readonly Loose[]> => {
  const { body } = await say(target, who, id, `marker ${crypto.randomUUID()}`)
  await socket.frames.find('the marker', f => f[3] === 'message_created' && f[4].data.body === body)
  return socket.frames.all
}
const heard = (frames: readonly Loose[], event: string): Loose[] => frames.filter(f => f[3] === event).map(f => f[4])

describe('MS91: typing', () => {
  test('MS91: the others hear it start and stop, the typist does not', async () => {
    const { kari, ola, id, topic } = await scene()
    using mine = await joined(target, kari, id)
    using also = await joined(target, kari, id)
    using other = await joined(target, ola, id)
    const before = Math.floor(Date.now() / 1000) * 1000
    expect(await mine.push(topic, 'typing:start', 'ignored')).toMatchObject({ status: 'ok', response: {} })
    const [, ref, where, , started] = await other.event('typing_started')
    expect([ref, where]).toEqual([null, topic])
    expect(started).toEqual({
      profile_id: kari.profileId,
      profile_name: kari.name,
      thread_id: null,
      expires_at: expect.stringMatching(/Z$/),
    })
    expect(Date.parse(started.expires_at)).toBeGreaterThanOrEqual(before + 4000)
    expect(Date.parse(started.expires_at)).toBeLessThanOrEqual(Date.now() + 5000)
    expect(await mine.push(topic, 'typing:stop', {})).toMatchObject({ status: 'ok', response: {} })
    const [, , , , stopped] = await other.event('typing_stopped')
    expect(stopped).toEqual({ profile_id: kari.profileId, profile_name: kari.name, thread_id: null })
    for (const socket of [mine, also]) {
      const frames = await until(socket, ola, id)
      expect(frames.filter(f => String(f[3]).startsWith('typing'))).toEqual([])
    }
    expect((await history(target, kari, id)).data.every((m: Loose) => m.body.startsWith('marker'))).toBe(true)
  })
  test('MS91: it ends with a send, with a leave, and with the socket', async () => {
    const { kari, ola, id, topic } = await scene()
    using other = await joined(target, ola, id)
    const mine = await joined(target, kari, id)
    const start = async () => {
      await mine.push(topic, 'typing:start', {})
      await other.event('typing_started')
    }
    await start()
    await mine.push(topic, 'message:create', { body: 'ferdig' })
    await other.event('typing_stopped')
    await start()
    mine.send(['1', 'lv', topic, 'phx_leave', {}])
    await other.event('typing_stopped')
    await mine.join(topic, kari.identity)
    await start()
    mine.close()
    await other.event('typing_stopped')
  })
  test.skipIf(lacks('wetty'))('MS91 MS70: not across a block', async () => {
    const kari = await newPerson(target)
    const wei = await wettyUser(target)
    const [profile] = (await call(target, 'GET', `/api/profiles?handle=${wei.username}`, { as: kari })).body.data
    const json = { target_profile_id: profile.id }
    const { id } = (await call(target, 'POST', '/api/conversations', { as: kari, json })).body.data
    await wei.call('POST', '/friend/block', { target_user_id: await wei.uidOf(kari.handle) })
    using socket = await joined(target, kari, id)
    expect((await socket.push(socket.topic, 'typing:start', {})).status).toBe('ok')
  })
})

describe('MS92: read marks', () => {
  test('MS92 MS57: everything up to it, told once to everybody', async () => {
    const { kari, ola, id, topic } = await scene()
    using mine = await joined(target, kari, id)
    using other = await joined(target, ola, id)
    const sent: Loose[] = []
    for (const body of ['en', 'to', 'tre']) sent.push(await say(target, kari, id, body))
    const read = (message_id: string) => other.push(topic, 'message:read', { message_id })
    expect(await read(sent[1].id.toUpperCase())).toMatchObject({ status: 'ok', response: { status: 'read' } })
    for (const socket of [mine, other]) {
      expect((await socket.event('message_read'))[4]).toEqual({
        message_id: sent[1].id,
        profile_id: ola.profileId,
        read_at: expect.stringMatching(/^\d{4}-.*Z$/),
      })
    }
    const statuses = async () => (await history(target, kari, id)).data.map((m: Loose) => m.status)
    expect(await statuses()).toEqual(['read', 'read', 'sent'])
    const view = async (who: Person) => (await call(target, 'GET', `/api/conversations/${id}`, { as: who })).body.data
    expect((await view(ola)).unread_count).toBe(1)
    // Never back, and no event for what is read already.
    expect((await read(sent[0].id)).status).toBe('ok')
    expect((await read(sent[1].id)).status).toBe('ok')
    expect(await statuses()).toEqual(['read', 'read', 'sent'])
    expect(heard(await until(mine, kari, id), 'message_read')).toHaveLength(1)
    const olas = (await view(kari)).participants.find((p: Loose) => p.profile.id === ola.profileId)
    expect(olas.last_read_at).toMatch(/Z$/)
  })
})

describe('MS93: edits', () => {
  test('MS93: by the author; everybody sees the new text in the old place', async () => {
    const { kari, ola, id, topic } = await scene()
    using mine = await joined(target, kari, id)
    using other = await joined(target, ola, id)
    const first = await say(target, kari, id, 'feil')
    await say(target, ola, id, 'etter')
    const { status, response } = await mine.push(topic, 'message:update', { message_id: first.id, body: ' rett ' })
    expect(status).toBe('ok')
    expect(response.data).toEqual({ ...first, body: ' rett ', status: 'read', edited_at: expect.stringMatching(/Z$/) })
    for (const socket of [mine, other]) {
      const [, , , , payload] = await socket.event('message_updated')
      expect(payload.data).toEqual({ ...response.data, status: payload.data.status })
    }
    expect((await history(target, ola, id)).data.map((m: Loose) => m.body)).toEqual([' rett ', 'etter'])
    const [reply] = mine.frames.all.flatMap((f, i) => (f[4].response?.data ? [i] : []))
    const event = mine.frames.all.findIndex(f => f[3] === 'message_updated')
    expect(reply).toBeLessThan(event)
  })
  test('MS93 MS64: the rules of a body', async () => {
    const { kari, id, topic } = await scene()
    using socket = await joined(target, kari, id)
    const { id: message_id } = await say(target, kari, id, 'x')
    for (const [body, text] of [
      [' ', "can't be blank"],
      [undefined, "can't be blank"],
      [7, 'is invalid'],
      ['x'.repeat(4001), 'should be at most 4000 character(s)'],
    ] as const) {
      const { status, response } = await socket.push(topic, 'message:update', { message_id, body })
      expect([status, response]).toEqual(['error', { errors: { body: [text] } }])
    }
  })
})

describe('MS94: recalls', () => {
  test('MS94 MS95: by the author; a tombstone stays where the message was', async () => {
    const { kari, ola, id, topic } = await scene()
    using mine = await joined(target, kari, id)
    using other = await joined(target, ola, id)
    const secret = `hemmelig ${crypto.randomUUID()}`
    const first = await say(target, kari, id, secret)
    const after = await say(target, ola, id, 'etter')
    const { status, response } = await mine.push(topic, 'message:delete', { message_id: first.id })
    expect(status).toBe('ok')
    const { data } = response
    expect(data).toEqual({
      ...first,
      body: 'Meldingen er slettet',
      status: 'read',
      deleted_at: expect.stringMatching(/Z$/),
    })
    for (const socket of [mine, other]) {
      const [, , , , payload] = await socket.event('message_deleted')
      expect(payload).toEqual({
        message_id: first.id,
        deleted_at: data.deleted_at,
        data: { ...data, status: payload.data.status },
      })
    }
    expect(await mine.push(topic, 'message:delete', { message_id: first.id })).toMatchObject({ status: 'ok', response })
    expect(heard(await until(other, ola, id), 'message_deleted')).toHaveLength(1)

    const page = await history(target, ola, id)
    expect(page.data[0]).toEqual(data)
    // Still a valid cursor (MS61), no longer to be answered (MS69).
    expect((await history(target, ola, id, `?after=${first.id}&limit=1`)).data[0].id).toBe(after.id)
    const reply = { message: { body: 'svar', reply_to: first.id } }
    const refused = await call(target, 'POST', `/api/conversations/${id}/messages`, { as: ola, json: reply })
    expect(refused.body).toEqual({ errors: { reply_to: ['is invalid'] } })
    const everything = [
      page,
      (await call(target, 'GET', '/api/conversations', { as: ola })).body,
      await history(target, kari, id, '?limit=1&before='.concat(after.id)),
    ]
    expect(JSON.stringify(everything)).not.toContain(secret)
  })
  test('MS94: in this contract not even an owner takes back what another has said', async () => {
    const [kari, ola] = [await newPerson(target), await newPerson(target)]
    const id = await group(target, kari, ola)
    using socket = await joined(target, kari, id)
    const { id: message_id } = await say(target, ola, id, 'min')
    const { status, response } = await socket.push(socket.topic, 'message:delete', { message_id })
    expect([status, response]).toEqual(['error', { errors: ['forbidden'] }])
    expect((await history(target, ola, id)).data[0].body).toBe('min')
  })
})

test('MS96: what a push about a message may be refused with', async () => {
  const { kari, ola, id, topic } = await scene()
  using socket = await joined(target, kari, id)
  const theirs = await say(target, ola, id, 'min')
  const foreign = await say(target, kari, await direct(target, kari, await newPerson(target)), 'x')
  const events = ['message:read', 'message:update', 'message:delete']
  const refused = async (event: string, payload: unknown) => {
    const { status, response } = await socket.push(topic, event, payload)
    return status === 'error' ? response : status
  }
  for (const event of events) {
    for (const payload of [{}, { message_id: null }, { message_id: 7 }, null, 'x', []])
      expect(await refused(event, payload)).toEqual({ errors: ['message_id is required'] })
    for (const message_id of ['x', '', nobody, foreign.id, id])
      expect(await refused(event, { message_id, body: 'x' })).toEqual({ errors: ['message not found'] })
  }
  for (const event of ['message:update', 'message:delete'])
    expect(await refused(event, { message_id: theirs.id, body: 'x' })).toEqual({ errors: ['forbidden'] })
  const mine = await say(target, kari, id, 'x')
  expect(await refused('message:delete', { message_id: mine.id })).toBe('ok')
  expect(await refused('message:update', { message_id: mine.id, body: 'y' })).toEqual({ errors: ['message deleted'] })
  expect(await refused('message:read', { message_id: mine.id })).toBe('ok')
})

test('MS98: rejected joins and pushes close nothing', async () => {
  const { kari, topic } = await scene()
  const eve = await newPerson(target)
  using socket = await RawSocket.open(target)
  for (let i = 0; i < 200; i++)
    expect((await socket.join(topic, eve.identity)).response).toEqual({ reason: 'forbidden' })
  expect((await socket.join(topic, kari.identity)).status).toBe('ok')
})
