// Coming back: tokens, replay, and new beginnings (OC122 to OC124), over every transport.

import { describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startClocked } from '../../kit/clocked.ts'
import { startServer } from '../../kit/server.ts'
import { foreign, refuseForeign, type Target, useTarget } from '../../kit/target.ts'
import { until } from '../../kit/wait.ts'
import { newGroup, newPerson, newServer, PASSWORD, Person } from './crew.ts'
import {
  bearerOf,
  disorderIn,
  durable,
  type Envelope,
  type Listening,
  type Live,
  poll,
  Socket,
  Stream,
  transports,
} from './live.ts'
import { call, type Loose } from './target.ts'

const target = useTarget()
const DAY = 24 * 3600_000

const positionOf = async (by: Person): Promise<string> => (await poll(by)).body.resume_token
/** A new session of somebody: a day is less than a week. */
const logIn = async (at: Target, username: string): Promise<Loose> =>
  (await call(at, 'POST', '/v1/sessions/password', { json: { username, password: PASSWORD } })).body

const bodies = (frames: readonly Envelope[]): readonly string[] =>
  frames.flatMap(({ type, payload }) => (type === 'chat.message.created' ? [payload.message.body] : []))

/** What comes by one transport behind a token, up to the message `last`. */
const catchUp = async (
  listen: (by: Person, how: Listening) => Promise<Live>,
  by: Person,
  token: string,
  last: string,
): Promise<Live> => {
  const live = await listen(by, { token })
  await live.message(last)
  live[Symbol.dispose]()
  return live
}

describe.each(Object.entries(transports))('over %s', (name, listen) => {
  test('OC112 OC123: what one’s own account missed, in the stream of that account alone', async () => {
    const { id, owner, member } = await newGroup(target)
    const [mine, theirs] = [await positionOf(member), await positionOf(owner)]
    await owner.must('POST', '/v1/contacts', { user_uid: member.uid })
    await owner.say(id, 'the last')
    for (const [who, token, state] of [
      [member, mine, 'requested_in'],
      [owner, theirs, 'requested_out'],
    ] as const) {
      const { frames } = await catchUp(listen, who, token, 'the last')
      const told = frames.all.filter(({ type }) => type === 'chat.contact.updated')
      expect(told.map(({ stream, payload }) => [stream, payload.contact.state])).toEqual([[`user:${who.uid}`, state]])
    }
  })

  test('OC122 OC123: everything since, in order per stream; every position on the way leads on from there', async () => {
    const { id, owner, member } = await newGroup(target)
    const other = await owner.direct(member)
    const token = await positionOf(member)
    const texts: string[] = []
    for (let i = 0; i < 6; i++) {
      await owner.say(i % 2 ? id : other, `t${i}`)
      texts.push(`t${i}`)
    }
    const whole = await catchUp(listen, member, token, 't5')
    expect(bodies(whole.frames.all)).toEqual(texts)
    expect(disorderIn(durable(whole.frames.all))).toEqual([])
    for (const frame of durable(whole.frames.all)) {
      expect(frame.resume_token).toMatch(/^[A-Za-z0-9_.~-]{1,256}$/)
      const { body } = await poll(member, { token: frame.resume_token ?? '' })
      const at = texts.indexOf(frame.payload.message?.body)
      expect(bodies(body.events)).toEqual(texts.slice(at + 1))
    }
    // Again, as often as one likes.
    expect(bodies((await catchUp(listen, member, token, 't5')).frames.all)).toEqual(texts)
  })

  test('OC123: the token of the last frame that came leads on without a gap, whatever else is going on', async () => {
    const { id, owner, member, manager } = await newGroup(target)
    let token = await positionOf(member)
    const heard: string[] = []
    let written = 0
    let over = false
    const talk = async (who: Person): Promise<void> => {
      while (!over) await who.say(id, `${who.uid} ${written++}`)
    }
    const talking = Promise.all([owner, manager].map(talk))
    for (let round = 0; round < 8; round++) {
      const live = await listen(member, { token })
      // It dies at once, and what it took is all it knows.
      await live.frames.find('a message', ({ type }) => type === 'chat.message.created')
      const taken = live.frames.all.slice()
      live[Symbol.dispose]()
      heard.push(...bodies(taken))
      token = taken.findLast(({ resume_token }) => resume_token)?.resume_token ?? token
    }
    over = true
    await talking
    await owner.say(id, 'the end')
    heard.push(...bodies((await catchUp(listen, member, token, 'the end')).frames.all))
    const { messages } = await member.must('GET', `/v1/channels/${id}/messages?limit=200`)
    const written_ = new Set(messages.map(({ body }: Loose) => body))
    expect([...written_].filter(body => !heard.includes(body as string))).toEqual([])
    expect(heard.filter(body => !written_.has(body))).toEqual([])
  }, 30_000)

  test('OC122: somebody else’s token is a place, and shows one’s own things only', async () => {
    const { id, owner, member, stranger } = await newGroup(target)
    const token = await positionOf(owner)
    await owner.say(id, 'not for strangers')
    const between = await member.direct(stranger)
    await member.say(between, 'for you')
    const live = await catchUp(listen, stranger, token, 'for you')
    expect(bodies(live.frames.all)).toEqual(['for you'])
  })

  test('OC123: what is replayed is what one may see today', async () => {
    const { id, owner, member, stranger } = await newGroup(target)
    const [theirs, mine] = [await positionOf(member), await positionOf(stranger)]
    await owner.say(id, 'before')
    const recalled = await owner.say(id, 'taken back')
    await owner.must('DELETE', `/v1/channels/${id}/messages/${recalled.id}`)
    await owner.must('DELETE', `/v1/channels/${id}/members/${member.uid}`)
    await owner.must('POST', `/v1/channels/${id}/members`, { user_uids: [stranger.uid] })
    await owner.say(id, 'after')
    for (const who of [member, stranger]) await owner.say(await owner.direct(who), 'you')
    const out = await catchUp(listen, member, theirs, 'you')
    expect(bodies(out.frames.all)).toEqual(['you'])
    expect(out.types).toContain('chat.channel.deleted')
    const come = await catchUp(listen, stranger, mine, 'you')
    expect(bodies(come.frames.all).toSorted()).toEqual(['after', 'before', 'you'])
    expect(come.types).toContain('chat.channel.created')
    expect(JSON.stringify([out.frames.all, come.frames.all])).not.toContain('taken back')
  })

  test('OC124: an empty token is none, and nothing is to be loaded anew', async () => {
    const { id, owner, member } = await newGroup(target)
    const live = await listen(member, { token: '' })
    await until('the hello', () => live.types.includes('chat.hello'))
    await owner.say(id, 'first of all')
    await live.message('first of all')
    expect(live.types).not.toContain('resync_required')
    live[Symbol.dispose]()
  })

  test('OC124: a token that leads nowhere is never an error: a new beginning, and then what comes', async () => {
    const { id, owner, member } = await newGroup(target)
    const token = await positionOf(member)
    const [place = '', time = '', mac = ''] = token.split('~')
    const forged = [
      'x',
      token.slice(0, -1),
      `${token}x`,
      [place.replace(/\d+$/, '0'), time, mac].join('~'),
      [place, 'zzzzzz', mac].join('~'),
      'é',
      '\0',
      'x'.repeat(2000),
    ]
    for (const bad of forged) {
      const live = await listen(member, { token: bad })
      const { payload } = await live.event('resync_required')
      expect([bad, payload]).toEqual([bad, { reason: 'unknown_token', resume_token: expect.any(String) }])
      const hello = live.frames.all.find(({ type }) => type === 'chat.hello')
      if (name !== 'polling') expect(hello?.payload.resumed).toBe(false)
      const text = `after ${forged.indexOf(bad)}`
      await owner.say(id, text)
      await live.message(text)
      live[Symbol.dispose]()
      expect(bodies((await poll(member, { token: payload.resume_token })).body.events)).toEqual([text])
    }
  })

  test.skipIf(foreign)(
    'OC123 OC124: across a restart nothing is lost; another database knows nothing of the token',
    async () => {
      refuseForeign()
      const dataDir = await mkdtemp(join(tmpdir(), 'parlance-resume-'))
      try {
        let token = ''
        let before: Awaited<ReturnType<typeof newGroup>>
        {
          await using server = await startServer({ dataDir })
          before = await newGroup(server)
          const { id, owner, member } = before
          const live = await listen(member)
          await owner.say(id, 'heard')
          token = (await live.message('heard')).resume_token ?? ''
          live[Symbol.dispose]()
          await owner.say(id, 'missed')

          server.kill('SIGKILL')
          await server.exited
        }
        {
          await using server = await startServer({ dataDir })
          const again = ({ username, token: session, uid, server: home }: Person): Person =>
            new Person(server, username, { token: session, user_uid: uid, server_id: home })
          const [owner, member] = [again(before.owner), again(before.member)]
          await owner.say(before.id, 'after')
          const live = await catchUp(listen, member, token, 'after')
          expect(bodies(live.frames.all)).toEqual(['missed', 'after'])
        }
        const elsewhere = await listen(await newPerson(target), { token })
        expect((await elsewhere.event('resync_required')).payload.reason).toBe('unknown_token')
        elsewhere[Symbol.dispose]()
      } finally {
        await rm(dataDir, { recursive: true, force: true })
      }
    },
    30_000,
  )

  test.skipIf(foreign)('OC124: a token is good for a week', async () => {
    await using own = await startClocked()
    const mila = await newPerson(own)
    const token = await positionOf(mila)
    const reasonAfter = async (passed: number): Promise<string | null> => {
      own.clock.advance(passed)
      const session = await logIn(own, mila.username)
      const live = await listen(new Person(own, mila.username, session), { token })
      await call(own, 'PUT', '/v1/profile/me', {
        json: { display_name: `After ${passed}`, avatar_mode: 'generated' },
        headers: bearerOf(session),
      })
      await live.event('profile_updated', ({ payload }) => payload.display_name === `After ${passed}`)
      live[Symbol.dispose]()
      return live.frames.all.find(({ type }) => type === 'resync_required')?.payload.reason ?? null
    }
    expect(await reasonAfter(7 * DAY - 1000)).toBeNull()
    expect(await reasonAfter(2 * 60_000)).toBe('expired')
  })
})

describe('from one transport to another', () => {
  test('OC122 OC123: a token of one is good for the others', async () => {
    const { id, owner, member } = await newGroup(target)
    const ways = Object.values(transports)
    let token = await positionOf(member)
    const heard: string[] = []
    for (let i = 0; i < 9; i++) {
      const text = `round ${i}`
      await owner.say(id, `missed ${i}`)
      await owner.say(id, text)
      const live = await catchUp(ways[i % 3] ?? Socket.open, member, token, text)
      heard.push(...bodies(live.frames.all))
      token = live.position
    }
    expect(heard).toEqual(Array.from({ length: 9 }, (_, i) => [`missed ${i}`, `round ${i}`]).flat())
  })
})

describe.each([
  ['websocket', Socket.open],
  ['sse', Stream.open],
] as const)('the frames around a replay over %s', (_name, listen) => {
  test('OC123: hello, resumed; what was missed; the end of it with its number and position; then what comes', async () => {
    const { id, owner, member } = await newGroup(target)
    const token = await positionOf(member)
    for (const text of ['a', 'b', 'c']) await owner.say(id, text)
    using live = await listen(member, { token })
    const done = await live.event('chat.resume.completed')
    expect(live.types).toEqual(['chat.hello', ...Array(3).fill('chat.message.created'), 'chat.resume.completed'])
    expect(live.frames.all[0]?.payload).toMatchObject({ resumed: true, resume_token: token })
    expect(done.payload).toEqual({ replayed: 3, resume_token: done.resume_token })
    await owner.say(id, 'd')
    await live.message('d')
    using nothing = await listen(member, { token: live.position })
    expect((await nothing.event('chat.resume.completed')).payload.replayed).toBe(0)
  })

  test('OC123: who left the server and came back resumes, and is not shown out by what is past', async () => {
    const { id, member, owner } = await newServer(target)
    await owner.must('PUT', `${owner.at}/settings`, { display_name: 'Before' })
    const token = await positionOf(member)
    await member.must('DELETE', `${member.at}/membership`)
    const again = await member.home.on(id)
    await again.must('PUT', `${again.at}/membership`)
    using live = await listen(again, { token })
    await live.event('chat.resume.completed')
    await owner.must('PUT', `${owner.at}/settings`, { display_name: 'After' })
    expect((await live.event('chat.server.updated')).payload.settings.display_name).toBe('After')
  })
})

test.skipIf(foreign)(
  'OC124: more than 5000 events behind is too far',
  async () => {
    await using own = await startClocked()
    const { id, owner, member } = await newGroup(own)
    const token = await positionOf(member)
    const say = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 100) {
        await Promise.all(Array.from({ length: 100 }, (_, n) => owner.say(id, `${i + n}`)))
      }
    }
    await say(5000)
    using near = await Socket.open(member, { token })
    expect((await near.event('chat.resume.completed')).payload.replayed).toBe(5000)
    await owner.say(id, 'one more')
    using far = await Socket.open(member, { token })
    expect((await far.event('resync_required')).payload.reason).toBe('too_far_behind')
    expect(far.types.slice(0, 2)).toEqual(['chat.hello', 'resync_required'])
    await owner.say(id, 'live again')
    await far.message('live again')
    expect(far.texts).toEqual(['live again'])
  },
  60_000,
)
