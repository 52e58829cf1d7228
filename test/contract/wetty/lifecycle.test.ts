// What only shows from beside the server, or when it is slow, strict, or starts again: WT9, WT62, WT68, WT83.
import { expect, test } from 'bun:test'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRaw } from '../../kit/host/raw-socket.ts'
import { foreign, startOwn, useTarget } from '../../kit/target.ts'
import { until } from '../../kit/wait.ts'
import { call, newGroup, newPerson, PASSWORD, Person, said } from './target.ts'

const strict = useTarget({ PARLANCE_RATE_LIMITS: 'on' })

test.skipIf(foreign)('WT9: too many sends are 429, with the seconds to wait', async () => {
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

test.skipIf(foreign)('WT9, WT11: after ten wrong passwords even the right one waits', async () => {
  const { username } = await newPerson(strict)
  const login = (password: string) => call(strict, 'POST', '/users/auth/login', { json: { username, password } })
  for (let i = 0; i < 10; i++) expect(said(await login('wrong password'))).toBe('401 bad_credentials')
  expect(said(await login(PASSWORD))).toBe('429 rate_limited')
})

test.skipIf(foreign)(
  'WT62, WT83: a server that goes says 1012; after it is back, tokens, history and an overdue reminder are there, once',
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'parlance-wetty-'))
    try {
      const first = await startOwn({ dataDir })
      const { id: chat, owner, member } = await newGroup(first)
      const remind_at = new Date(Date.now() + 1500).toISOString()
      const reminder = await owner.say(chat, 'tea', { message_type: 'reminder', remind_at })
      const socket = await member.socket()
      first.kill('SIGTERM')
      expect((await socket.closing()).code).toBe(1012)
      expect(await first.exited).toBe(0)
      await until('the reminder to be overdue', () => Date.now() > Date.parse(remind_at))

      await using second = await startOwn({ dataDir })
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
  },
  30_000,
)

test.skipIf(foreign)(
  'WT83: a socket that does not keep up is closed with 4429, never fed with gaps',
  async () => {
    await using server = await startOwn({ env: { PARLANCE_OUTBOX_BYTES: '65536' } })
    const { id: chat, owner, member } = await newGroup(server)
    using slow = await openRaw(server.url, `/ws/chats?token=${member.token}`)
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
  },
  60_000,
)

/** Files under a folder, however deep. */
const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile())
    .map(entry => entry.name)

test.skipIf(foreign)('WT68: of an upload that breaks off or is too large nothing is kept', async () => {
  await using server = await startOwn({ env: { PARLANCE_MAX_FILE_BYTES: '1000000' } })
  const mila = await newPerson(server)
  const folder = join(server.dataDir, 'files')
  const before = await filesIn(folder)
  const head = [
    `POST /fserv/upload HTTP/1.1`,
    'Host: localhost',
    `Authorization: Bearer ${mila.token}`,
    'Content-Type: application/octet-stream',
    'Content-Length: 900000',
    '\r\n',
  ].join('\r\n')
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write(head + 'x'.repeat(300_000)))
  socket.on('error', () => undefined)
  await until('the upload to begin', async () => (await filesIn(folder)).length > before.length)
  socket.destroy()
  await until('the broken upload to be removed', async () => (await filesIn(folder)).length === before.length)

  const raw = new Uint8Array(1_000_001)
  const tooLarge = await mila.call('POST', '/fserv/upload', undefined, {
    raw,
    headers: { 'content-type': 'application/octet-stream' },
  })
  expect(said(tooLarge)).toBe('413 too_large')
  expect(await filesIn(folder)).toEqual(before)
})

test.skipIf(foreign)(
  'WT68, WT69: a large file passes through in pieces, both ways, and is never in memory whole',
  async () => {
    await using server = await startOwn()
    const mila = await newPerson(server)
    const megabyte = new Uint8Array(1024 * 1024).fill(7)
    const size = 300
    const peak = async (): Promise<number> => {
      const status = await Bun.file(`/proc/${server.pid}/status`).text()
      return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024
    }
    const before = await peak()
    let left = size
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left-- > 0) controller.enqueue(megabyte)
        else controller.close()
      },
    })
    const uploaded = await mila.call('POST', '/fserv/upload', undefined, {
      raw: body,
      headers: { 'content-type': 'application/octet-stream' },
    })
    expect(uploaded.body.size).toBe(size * megabyte.length)
    const response = await fetch(`${server.url}/f/fserv/download/${uploaded.body.fid}`, { headers: mila.bearer })
    let received = 0
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) received += chunk.length
    expect(received).toBe(size * megabyte.length)
    expect((await peak()) - before).toBeLessThan(size / 2)
  },
  60_000,
)
