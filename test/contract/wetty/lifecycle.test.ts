// What only shows when a server is slow, strict, or starts again: WT9, WT62, WT83.
import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRaw } from '../../kit/host/raw-socket.ts'
import { startServer } from '../../kit/server.ts'
import { until } from '../../kit/wait.ts'
import { call, newGroup, newPerson, PASSWORD, Person, said, useTarget } from './target.ts'

const strict = useTarget({ PARLANCE_RATE_LIMITS: 'on' })

test('WT9: too many sends are 429, with the seconds to wait', async () => {
  const mila = await newPerson(strict)
  const chat = await mila.group()
  const answers = await Promise.all(Array.from({ length: 60 }, () => mila.send(chat, 'x')))
  const refused = answers.filter(a => a.status !== 201)
  expect(refused.length).toBeGreaterThan(0)
  for (const answer of refused) {
    expect(said(answer)).toBe('429 rate_limited')
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  }
  expect(await mila.history(chat)).toHaveLength(60 - refused.length)
})

test('WT9, WT11: after ten wrong passwords even the right one waits', async () => {
  const { username } = await newPerson(strict)
  const login = (password: string) => call(strict, 'POST', '/users/auth/login', { json: { username, password } })
  for (let i = 0; i < 10; i++) expect(said(await login('wrong password'))).toBe('401 bad_credentials')
  expect(said(await login(PASSWORD))).toBe('429 rate_limited')
})

test('WT62, WT83: a server that goes says 1012; after it is back, tokens, history and an overdue reminder are there, once', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'parlance-wetty-'))
  try {
    const first = await startServer({ dataDir })
    const { id: chat, owner, member } = await newGroup(first)
    const remind_at = new Date(Date.now() + 1500).toISOString()
    const reminder = await owner.say(chat, 'tea', { message_type: 'reminder', remind_at })
    const socket = await member.socket()
    first.kill('SIGTERM')
    expect((await socket.closing()).code).toBe(1012)
    expect(await first.exited).toBe(0)
    await until('the reminder to be overdue', () => Date.now() > Date.parse(remind_at))

    await using second = await startServer({ dataDir })
    const again = new Person(second, member.uid, member.username, member.token)
    const owners = new Person(second, owner.uid, owner.username, owner.token)
    expect((await again.history(chat)).map(m => m.id)).toEqual([reminder.id])
    using socketAgain = await again.socket()
    // Whether it fired before the socket stood or after: a further one never comes.
    await owners.say(chat, 'marker')
    const frames = (await socketAgain.heard()).filter(name => name !== 'on_message')
    expect(['on_notify:reminder', '']).toContain(frames.join())
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}, 30_000)

test('WT83: a socket that does not keep up is closed with 4429, never fed with gaps', async () => {
  await using server = await startServer({ env: { PARLANCE_OUTBOX_BYTES: '65536' } })
  const { id: chat, owner, member } = await newGroup(server)
  using slow = await openRaw(Number(new URL(server.url).port), `/ws/chats?token=${member.token}`)
  using healthy = await owner.socket()
  slow.pause()
  // More than its outbox and the kernel's buffers hold.
  const total = 600
  const text = 'x'.repeat(20_000)
  for (let sent = 0; sent < total; sent += 20)
    await Promise.all(Array.from({ length: 20 }, () => owner.say(chat, text)))
  expect(await healthy.settled()).toHaveLength(total)
  slow.resume()
  await slow.frames.find('the end', frame => frame.type === 'end')
  const seqs = slow.frames.all.flatMap(frame => (frame.type === 'text' ? JSON.parse(frame.text).payload.seq : []))
  expect(seqs.length).toBeLessThan(total)
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => i + 1))
  expect(slow.frames.all.filter(frame => frame.type === 'close')).toEqual([
    { type: 'close', code: 4429, reason: expect.any(String) },
  ])
}, 60_000)
