// Rules about minutes, hours and days, on a server whose clock is moved by hand.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Clocked, startClocked } from '../../kit/clocked.ts'
import { openRaw } from '../../kit/host/raw-socket.ts'
import { foreign } from '../../kit/target.ts'
import { until } from '../../kit/wait.ts'
import { call, logIn, newGroup, newPeople, newPerson, type Person, said } from './target.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND

let target: Clocked
beforeAll(async () => {
  if (!foreign) target = await startClocked()
})
afterAll(() => target?.[Symbol.asyncDispose]())

const profile = (token: string) =>
  call(target, 'GET', '/users/profile', { headers: { authorization: `Bearer ${token}` } })

describe.skipIf(foreign)('tokens', () => {
  test('WT15: a web token opens for 2 hours, a mobile one for 90 days', async () => {
    for (const [clientType, hours] of [
      ['web', 2],
      ['mobile', 90 * 24],
    ] as const) {
      const { username } = await newPerson(target)
      const { token } = (await logIn(target, username, clientType)).body
      target.clock.advance(hours * HOUR - 2 * SECOND)
      expect((await profile(token)).status).toBe(200)
      target.clock.advance(2 * SECOND)
      expect(said(await profile(token))).toBe('401 unauthorized')
      // Too late to refresh (WT18).
      expect(said(await call(target, 'POST', `/users/auth/refresh?token=${token}`))).toBe('401 unauthorized')
    }
  })

  test('WT18: a replaced token opens for another minute, and never past its own end', async () => {
    const mila = await newPerson(target)
    const old = mila.token
    mila.token = (await mila.post('/users/auth/refresh', {})).body.token
    target.clock.advance(59 * SECOND)
    expect((await profile(old)).status).toBe(200)
    target.clock.advance(SECOND)
    expect(said(await profile(old))).toBe('401 unauthorized')
    expect((await mila.get('/users/profile')).status).toBe(200)

    const noor = await newPerson(target)
    const dying = noor.token
    target.clock.advance(2 * HOUR - 10 * SECOND)
    noor.token = (await noor.post('/users/auth/refresh', {})).body.token
    target.clock.advance(10 * SECOND)
    expect(said(await profile(dying))).toBe('401 unauthorized')
    expect((await noor.get('/users/profile')).status).toBe(200)
  })

  test('WT83: a session that runs out closes its sockets with 4401', async () => {
    const mila = await newPerson(target)
    using socket = await mila.socket()
    const chatting = setInterval(() => socket.send('ping'), 5)
    try {
      // In steps, so that the socket is heard in between and not closed as silent.
      await until('the session to end', async () => {
        target.clock.advance(60 * SECOND)
        return Promise.race([socket.closed, Bun.sleep(10).then(() => null)])
      })
    } finally {
      clearInterval(chatting)
    }
    expect((await socket.closing()).code).toBe(4401)
  })
})

test.skipIf(foreign)('WT57: the sender recalls within 120 seconds; owner and managers whenever', async () => {
  const { id: chat, owner, manager, member } = await newGroup(target)
  const first = await member.say(chat, 'first')
  const second = await member.say(chat, 'second')
  const third = await member.say(chat, 'third')
  const recall = (who: Person, msg_id: string) => who.post('/chats/message/recall', { msg_id })
  target.clock.advance(119 * SECOND)
  expect(said(await recall(member, first.id))).toBe('200')
  target.clock.advance(2 * SECOND)
  expect(said(await recall(member, second.id))).toBe('403 recall_expired')
  // A repeat is no new recall.
  expect(said(await recall(member, first.id))).toBe('200')
  expect(said(await recall(manager, second.id))).toBe('200')
  expect(said(await recall(owner, third.id))).toBe('200')
})

test.skipIf(foreign)('WT44: a mute for a time ends by itself', async () => {
  const { id: chat, owner, member } = await newGroup(target)
  const { body } = await owner.post(`/group/${chat}/mute`, { uid: member.uid, mute_status: true, duration_seconds: 60 })
  expect(Date.parse(body.muted_until)).toBe(target.clock.now() + 60 * SECOND)
  target.clock.advance(59 * SECOND)
  expect(said(await member.send(chat, 'x'))).toBe('403 muted')
  target.clock.advance(SECOND)
  expect((await member.send(chat, 'x')).status).toBe(201)
  expect((await member.get(`/group/${chat}`)).body.muted_until).toBeNull()
  expect(
    (await owner.get(`/group/${chat}/members`)).body.every((m: { muted_until: unknown }) => m.muted_until === null),
  ).toBe(true)
})

test.skipIf(foreign)(
  'WT66: a file that hangs on nothing is gone after a day; one that hangs on a message or an avatar stays',
  async () => {
    const mila = await newPerson(target)
    mila.token = (await logIn(target, mila.username, 'mobile')).body.token
    const [orphan, sent, avatar] = [await mila.upload('orphan'), await mila.upload('sent'), await mila.upload('me')]
    await mila.must('POST', `/chats/${await mila.group()}/messages`, { message_type: 'file', fid: sent })
    await mila.must('PUT', '/users/profile', { avatar_fid: avatar })
    const status = async (fid: string) => (await mila.get(`/f/fserv/download/${fid}`)).status
    target.clock.advance(23 * HOUR)
    expect(await status(orphan)).toBe(200)
    await until('the orphan to be swept', async () => {
      target.clock.advance(HOUR)
      return (await status(orphan)) === 404
    })
    expect([await status(sent), await status(avatar)]).toEqual([200, 200])
  },
)

test.skipIf(foreign)('WT75: a socket silent for two minutes is closed with 4408, one that pings is not', async () => {
  const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
  // Answers nothing, not even the server's own pings.
  using silent = await openRaw(target.url, `/ws/chats?token=${mila.token}`)
  using alive = await noor.socket()
  const closed = () => silent.frames.all.find(frame => frame.type === 'close')
  for (let seconds = 0; seconds < 110; seconds += 10) {
    target.clock.advance(10 * SECOND)
    expect(await alive.settled()).toEqual([])
  }
  expect(closed()).toBeUndefined()
  await until('the silent socket to be closed', async () => {
    target.clock.advance(5 * SECOND)
    expect(await alive.settled()).toEqual([])
    return closed()
  })
  expect(closed()).toMatchObject({ code: 4408 })
})

test.skipIf(foreign)('WT80: typing that is not renewed ends by itself', async () => {
  const { id: chat, owner, member } = await newGroup(target)
  using owners = await owner.socket()
  using members = await member.socket()
  members.send({ type: 'typing', chat_id: chat, is_typing: true })
  expect((await owners.next()).payload.is_typing).toBe(true)
  target.clock.advance(11 * SECOND)
  expect((await owners.next()).payload).toMatchObject({ uid: member.uid, is_typing: false })
  // And with the socket it came from.
  members.send({ type: 'typing', chat_id: chat, is_typing: true })
  expect((await owners.next()).payload.is_typing).toBe(true)
  members.close()
  expect((await owners.next()).payload).toMatchObject({ uid: member.uid, is_typing: false })
})
