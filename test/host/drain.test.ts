// Going down in order: nobody new, links told, requests finished or cut in time.
import { expect, test } from 'bun:test'
import net from 'node:net'
import { systemClock } from '../../src/base/clock.ts'
import { createLogger } from '../../src/base/log.ts'
import type { RouteRequest } from '../../src/host/dialect.ts'
import { createLongPoll } from '../../src/host/long-poll.ts'
import { json } from '../../src/host/reply.ts'
import { fakeDialect, fakeEndpoint, fakeRoute } from '../kit/host/fake-dialect.ts'
import { openRaw } from '../kit/host/raw-socket.ts'
import { startHost } from '../kit/host/start-host.ts'
import { until } from '../kit/wait.ts'

const gate = () => {
  const entered = Promise.withResolvers<void>()
  const open = Promise.withResolvers<void>()
  const handle = async () => {
    entered.resolve()
    await open.promise
    return json(200, { done: true })
  }
  return { entered: entered.promise, open: open.resolve, handle }
}

const refused = (port: number) => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = net.connect(port, '127.0.0.1', () => resolve(false))
  socket.on('error', () => resolve(true))
  return promise.finally(() => socket.destroy())
}

test('a request under way is answered in full, a new connection is refused', async () => {
  const { entered, open, handle } = gate()
  const host = startHost([fakeDialect({ name: 'x', routes: [fakeRoute('GET', '/x/slow', handle)] })])
  const answer = host.fetch('/x/slow')
  await entered
  const drained = host.listening.drain()
  await until('the door to be closed', () => refused(host.listening.port))
  open()
  const response = await answer
  expect([response.status, await response.json()]).toEqual([200, { done: true }])
  expect(response.headers.get('connection')).toBe('close')
  await drained
})

test('a request that does not finish is cut after its time', async () => {
  const { entered, open, handle } = gate()
  const host = startHost([fakeDialect({ name: 'x', routes: [fakeRoute('GET', '/x/slow', handle)] })], { drainMs: 50 })
  const answer = host.fetch('/x/slow').then(
    () => 'answered',
    () => 'cut',
  )
  await entered
  await host.listening.drain()
  expect(await answer).toBe('cut')
  open()
})

test('links are closed with their endpoint’s code after what was queued, and their handlers hear of it', async () => {
  let closed = 0
  const endpoint = fakeEndpoint('/x/ws', {
    authenticate: () => null,
    open(link) {
      return { receive: frame => link.write(frame), closed: () => void closed++ }
    },
  })
  const host = startHost([fakeDialect({ name: 'x', endpoints: [endpoint] })])
  const sockets = await Promise.all(Array.from({ length: 20 }, () => openRaw(host.listening.port, '/x/ws')))
  await until('all to be attached', () => host.listening.links === 20)
  const started = performance.now()
  await host.listening.drain()
  expect(performance.now() - started).toBeLessThan(1500)
  for (const socket of sockets) {
    expect(await socket.frames.next()).toEqual({ type: 'close', code: 1012, reason: 'server is going down' })
  }
  expect([closed, host.listening.links]).toEqual([20, 0])
})

test('a link that opens while the server goes down is told so at once', async () => {
  const { entered, open, handle } = gate()
  const endpoint = fakeEndpoint('/x/ws', {
    authenticate: () => handle().then(() => null),
    open: () => ({ receive: () => undefined, closed: () => undefined }),
  })
  const host = startHost([fakeDialect({ name: 'x', endpoints: [endpoint] })])
  const opening = openRaw(host.listening.port, '/x/ws')
  await entered
  const drained = host.listening.drain()
  open()
  const socket = await opening
  expect(await socket.frames.find('the close', frame => frame.type === 'close')).toMatchObject({ code: 1012 })
  await drained
})

test('a long poll is answered at once, whether it waits or comes while the server goes down', async () => {
  const log = createLogger('silent')
  const polls = createLongPoll({ name: 'x', clock: systemClock, log, waitMs: 10_000, idleMs: 20_000, maxFrames: 10 })
  const { entered, open, handle } = gate()
  const polling = Promise.withResolvers<void>()
  const poll = async (request: RouteRequest) => {
    if (request.query.has('late')) await handle()
    const session = await polls.open(request, null, () => ({ receive: () => undefined, closed: () => undefined }))
    const answer = session.poll(request)
    polling.resolve()
    return json(200, await answer)
  }
  const host = startHost([fakeDialect({ name: 'x', routes: [fakeRoute('GET', '/x/poll', poll)] })])
  const answers = [host.fetch('/x/poll'), host.fetch('/x/poll?late')]
  await Promise.all([polling.promise, entered])
  const drained = host.listening.drain()
  open()
  for (const answer of answers) expect(await (await answer).json()).toEqual({ type: 'empty' })
  await drained
})

test('draining twice is draining once', async () => {
  const host = startHost([])
  await Promise.all([host.listening.drain(), host.listening.drain()])
  expect(await refused(host.listening.port)).toBe(true)
})
