// Long polling over real connections: what is known of a connection decides whether its answer counts as given.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import net from 'node:net'
import { systemClock } from '../../src/base/clock.ts'
import { createLogger } from '../../src/base/log.ts'
import type { Link } from '../../src/host/dialect.ts'
import { createLongPoll } from '../../src/host/long-poll.ts'
import { json } from '../../src/host/reply.ts'
import { fakeDialect, fakeRoute } from '../kit/host/fake-dialect.ts'
import { type StartedHost, startHost } from '../kit/host/start-host.ts'
import { until } from '../kit/wait.ts'

const log = createLogger('silent')
const polls = createLongPoll<string>({
  name: 'x',
  clock: systemClock,
  log,
  waitMs: 10_000,
  idleMs: 20_000,
  maxFrames: 1000,
  maxBytes: 64 * 1024 * 1024,
})
const links = new Map<string, Link>()
const signals: AbortSignal[] = []

const dialect = fakeDialect({
  name: 'x',
  routes: [
    fakeRoute('POST', '/x/session', async request => {
      let link: Link | null = null
      const { token } = await polls.open(request, null, opened => {
        link = opened
        return { receive: frame => opened.write(`echo ${frame}`), closed: () => undefined }
      })
      if (link) links.set(token, link)
      return json(200, { token })
    }),
    fakeRoute('GET', '/x/session/:token', async request => {
      signals.push(request.raw.signal)
      return json(200, await polls.find(request.params.token ?? '')?.poll(request))
    }),
    fakeRoute('POST', '/x/session/:token', async request => {
      const body = await request.bytes(1000)
      const text = body === 'too-large' ? '' : new TextDecoder().decode(body)
      return json(200, await polls.find(request.params.token ?? '')?.receive(text.split('\n')))
    }),
  ],
})

let host: StartedHost
beforeAll(() => {
  host = startHost([dialect])
})
afterAll(() => host[Symbol.asyncDispose]())

const begin = async () => {
  const { token } = (await (await host.fetch('/x/session', { method: 'POST' })).json()) as { token: string }
  const link = links.get(token)
  if (!link) throw new Error('no link')
  const path = `/x/session/${token}`
  const poll = async () => (await (await host.fetch(path)).json()) as { frames?: readonly string[]; type: string }
  return { link, path, poll }
}

/** Begins a poll on a connection of its own; `reads`: whether it takes in what comes. */
const rawPoll = (path: string, reads: boolean) => {
  const socket = net.connect(host.listening.port, '127.0.0.1', () => {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`)
    if (!reads) socket.pause()
  })
  const state = { got: '' }
  socket.on('data', chunk => {
    state.got += chunk.toString()
  })
  socket.on('error', () => undefined)
  return { socket, state }
}
const polling = (count: number) => until('the poll to arrive', () => signals.length >= count)

test('frames go out by POST and come back by GET', async () => {
  const { path, poll } = await begin()
  const waiting = poll()
  expect(await (await host.fetch(path, { method: 'POST', body: 'a\nb' })).json()).toBe('handled')
  const first = (await waiting).frames ?? []
  const rest = first.length < 2 ? ((await poll()).frames ?? []) : []
  expect([...first, ...rest]).toEqual(['echo a', 'echo b'])
})

test('MS108: a poll whose connection broke while it waited loses nothing', async () => {
  const { link, path, poll } = await begin()
  const count = signals.length + 1
  const { socket } = rawPoll(path, true)
  await polling(count)
  socket.destroy()
  await until('the server to notice', () => signals.at(-1)?.aborted)
  link.write('one')
  expect((await poll()).frames).toEqual(['one'])
})

test('MS108: a connection that broke in the middle of a large answer loses nothing', async () => {
  const { link, path, poll } = await begin()
  const large = Array.from({ length: 30 }, (_, i) => `${i}`.padEnd(1_000_000))
  for (const frame of large) link.write(frame)
  const count = signals.length + 1
  const { socket } = rawPoll(path, false)
  await polling(count)
  socket.destroy()
  await until('the server to notice', () => signals.at(-1)?.aborted)
  link.write('after')
  expect((await poll()).frames).toEqual([...large, 'after'])
})

test('an answer that was written whole is not given twice, though its connection ends', async () => {
  const { link, path, poll } = await begin()
  const { socket, state } = rawPoll(path, true)
  link.write('one')
  await until('the answer', () => state.got.includes('one'))
  const closed = new Promise(resolve => socket.on('close', resolve))
  socket.destroy()
  await closed
  await host.fetch('/healthz')
  link.write('two')
  expect((await poll()).frames).toEqual(['two'])
})
