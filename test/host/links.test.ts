// WebSocket links over real sockets: the handshake, order, bounds, silence.
import { afterEach, describe, expect, test } from 'bun:test'
import { createRequire } from 'node:module'
import net from 'node:net'
import type NpmWebSocket from 'ws'
import { refuse } from '../../src/core/index.ts'
import type { Link } from '../../src/host/dialect.ts'
import { json } from '../../src/host/reply.ts'
import { openRaw, upgradeHead } from '../kit/host/raw-socket.ts'
import { closeOf, type Opened, startSocketHost, stopSocketHosts, texts, untilText } from '../kit/host/socket-host.ts'
import { Inbox, until } from '../kit/wait.ts'

afterEach(stopSocketHosts)

describe('the handshake', () => {
  test('a refusal is an ordinary answer, with its CORS headers', async () => {
    const { host } = startSocketHost(undefined, {
      authenticate: () => json(401, { no: 1 }, { 'www-authenticate': 'Bearer' }),
    })
    const refusal = await openRaw(host.listening.port, '/x/ws').then(String, String)
    expect(refusal).toContain('401')
    expect(refusal.toLowerCase()).toContain('access-control-allow-origin: *')
    expect(refusal).toContain('{"no":1}')
  })
  test('faults and bugs while opening are answered like a route’s, and nothing is left behind', async () => {
    const fault = startSocketHost(() => ({ opened: () => refuse({ kind: 'unavailable', retryAfterMs: 1 }) }))
    expect(await fault.open().catch(String)).toContain('"fault":"unavailable"')
    const opening: Link[] = []
    const bug = startSocketHost(link => {
      opening.push(link)
      return { opened: () => Promise.reject(new Error('broken')) }
    })
    expect(await bug.open().catch(String)).toContain('HTTP/1.1 500')
    expect(bug.host.lines.some(line => line.msg === 'a request failed')).toBe(true)
    expect([bug.host.listening.links, opening[0]?.closed]).toEqual([0, true])
  })
  test('the 101 carries the request id and the chosen subprotocol', async () => {
    const { open } = startSocketHost(undefined, { subprotocol: () => 'phoenix' })
    using socket = await open(['x-request-id: r1', 'Sec-WebSocket-Protocol: foo, phoenix'])
    expect(socket.head.toLowerCase()).toContain('x-request-id: r1')
    expect(socket.head).toContain('phoenix')
    expect(socket.head).not.toContain('foo')
  })
  test('no subprotocol is chosen unless the endpoint says so', async () => {
    const { open } = startSocketHost()
    using socket = await open(['Sec-WebSocket-Protocol: foo'])
    expect(socket.head.toLowerCase()).not.toContain('sec-websocket-protocol')
  })
  test('WT74: what is written before the 101 arrives after it, in order', async () => {
    const { open } = startSocketHost(() => ({
      async opened(link) {
        link.write('one')
        await Bun.sleep(1)
        link.push('two')
      },
    }))
    using socket = await open()
    expect([await socket.frames.next(), await socket.frames.next()]).toEqual([
      { type: 'text', text: 'one' },
      { type: 'text', text: 'two' },
    ])
  })
  test('CA60: a link closed while it opens is upgraded, told, and closed', async () => {
    const { open, links } = startSocketHost(() => ({
      opened(link) {
        link.write('sorry')
        link.close(4001, 'Invalid token')
      },
    }))
    using socket = await open()
    expect(await socket.frames.next()).toEqual({ type: 'text', text: 'sorry' })
    expect(await socket.frames.next()).toEqual({ type: 'close', code: 4001, reason: 'Invalid token' })
    await until('the handler to hear of it', () => links.all[0]?.closed === 1)
  })
  test('a client that leaves while its link opens: the handler is closed, and no link remains', async () => {
    const entered = Promise.withResolvers<AbortSignal>()
    const release = Promise.withResolvers<void>()
    const { host, links } = startSocketHost(() => ({ opened: () => release.promise }), {
      authenticate: ({ raw }) => {
        entered.resolve(raw.signal)
        return null
      },
    })
    const client = net.connect(host.listening.port, '127.0.0.1', () => client.write(upgradeHead('/x/ws')))
    const signal = await entered.promise
    client.destroy()
    await until('the server to notice', () => signal.aborted)
    release.resolve()
    const opened = await links.next()
    await until('the handler to hear of it', () => opened.closed === 1)
    expect(host.listening.links).toBe(0)
    opened.link.write('into the void')
    expect(host.lines.filter(line => line.level === 'error')).toEqual([])
  })
})

describe('frames in', () => {
  test('MS78: are handled strictly one at a time, in order, however slow the handler', async () => {
    const log: string[] = []
    const { open } = startSocketHost(link => ({
      async receive(frame) {
        log.push(`begin ${frame}`)
        for (let i = 0; i < 3; i++) await Promise.resolve()
        if (frame === 'b') await Bun.sleep(2)
        log.push(`end ${frame}`)
        link.write(`done ${frame}`)
      },
    }))
    using socket = await open()
    for (const frame of 'abcdefgh') socket.send('text', frame)
    await untilText(socket, 'done h')
    expect(log).toEqual([...'abcdefgh'].flatMap(frame => [`begin ${frame}`, `end ${frame}`]))
    expect(texts(socket.frames.all)).toEqual([...'abcdefgh'].map(frame => `done ${frame}`))
  })
  test('text comes as a string, binary as bytes', async () => {
    const { open, links } = startSocketHost()
    using socket = await open()
    socket.send('text', 'æ')
    socket.send('binary', Uint8Array.from([0, 255]))
    const { received } = await links.next()
    expect(await received.next()).toBe('æ')
    expect([...((await received.next()) as Uint8Array)]).toEqual([0, 255])
  })
  test('a bound in bytes: one more closes that socket with 1009', async () => {
    const { open, links } = startSocketHost(undefined, { maxFrameBytes: 1000 })
    using fits = await open()
    fits.send('text', 'æ'.repeat(500))
    expect(await (await links.next()).received.next()).toHaveLength(500)
    using socket = await open()
    socket.send('text', `${'æ'.repeat(500)}x`)
    expect(await closeOf(socket)).toMatchObject({ code: 1009 })
    await until('the handler to hear of it', () => links.all[1]?.closed === 1)
    expect(links.all[1]?.received.all).toEqual([])
  })
  test('MS79: a frame above 1 MiB closes with 1009', async () => {
    const { open } = startSocketHost(undefined, { maxFrameBytes: 2 ** 20 })
    using socket = await open()
    socket.send('binary', new Uint8Array(2 ** 20 + 1))
    expect(await closeOf(socket)).toMatchObject({ code: 1009 })
  })
  test('what a handler throws is logged, closes that link with 1011 and no other', async () => {
    const { host, open } = startSocketHost(link => ({
      receive(frame) {
        if (frame === 'sync') throw new Error('broken')
        if (frame === 'async') return Promise.reject(new Error('broken too'))
        link.write(frame)
      },
    }))
    using other = await open()
    for (const what of ['sync', 'async']) {
      using socket = await open()
      socket.send('text', what)
      socket.send('text', 'never handled')
      expect(await closeOf(socket)).toEqual({ type: 'close', code: 1011, reason: 'internal error' })
    }
    expect(host.lines.filter(line => line.msg === 'a link broke')).toHaveLength(2)
    other.send('text', 'fine')
    await untilText(other, 'fine')
  })
  test('after a close nothing more is handled, not even what had come before it', async () => {
    const handling = Promise.withResolvers<void>()
    const { open, links } = startSocketHost(link => ({
      async receive(frame) {
        if (frame === 'wait') await handling.promise
        if (frame === 'bye') link.close(4000, 'bye')
      },
    }))
    using socket = await open()
    for (const frame of ['wait', 'bye', 'late', 'later']) socket.send('text', frame)
    socket.send('ping', 'all sent')
    await socket.frames.find('the pong', frame => frame.type === 'pong')
    handling.resolve()
    expect(await closeOf(socket)).toMatchObject({ code: 4000 })
    expect(links.all[0]?.received.all).toEqual(['wait', 'bye'])
  })
  test('a client that sends on and on while its first frame is handled is cut', async () => {
    const never = Promise.withResolvers<void>()
    const { open, links } = startSocketHost(() => ({ receive: () => never.promise }))
    using socket = await open()
    for (let i = 0; i < 1100; i++) socket.send('text', 'x')
    expect(await closeOf(socket)).toMatchObject({ code: 4429 })
    expect(links.all[0]?.received.all).toHaveLength(1)
    never.resolve()
  })
})

describe('frames out', () => {
  test('strings leave as text, bytes as binary, in order', async () => {
    const { open, links } = startSocketHost()
    using socket = await open()
    const { link } = await links.next()
    link.write('one')
    link.push(Uint8Array.from([2]))
    link.write('three')
    expect(await socket.frames.next()).toEqual({ type: 'text', text: 'one' })
    expect(await socket.frames.next()).toMatchObject({ type: 'binary' })
    expect(await socket.frames.next()).toEqual({ type: 'text', text: 'three' })
  })
  test('MS86: a reply passes the broadcasts held back meanwhile', async () => {
    const { open, links } = startSocketHost()
    using socket = await open()
    const { link } = await links.next()
    {
      using _hold = link.hold()
      link.push('event')
      await Bun.sleep(1)
      link.write('reply')
    }
    link.push('later')
    await untilText(socket, 'later')
    expect(texts(socket.frames.all)).toEqual(['reply', 'event', 'later'])
  })
  test('one hold disposed twice ends once', async () => {
    const { open, links } = startSocketHost()
    using socket = await open()
    const { link } = await links.next()
    const one = link.hold()
    const two = link.hold()
    one[Symbol.dispose]()
    one[Symbol.dispose]()
    link.push('event')
    link.write('reply')
    two[Symbol.dispose]()
    await untilText(socket, 'event')
    expect(texts(socket.frames.all)).toEqual(['reply', 'event'])
  })
  test('closing sends what is queued first, held or not; afterwards nothing', async () => {
    const { open, links } = startSocketHost()
    using socket = await open()
    const opened = await links.next()
    const { link } = opened
    const hold = link.hold()
    link.push('event')
    for (let i = 0; i < 100; i++) link.write(String(i))
    link.close(4401, 'over')
    link.write('never')
    link.push('never')
    link.close(1000, 'never')
    hold[Symbol.dispose]()
    expect(link.closed).toBe(true)
    expect(await closeOf(socket)).toEqual({ type: 'close', code: 4401, reason: 'over' })
    expect(texts(socket.frames.all)).toEqual([...Array.from({ length: 100 }, (_, i) => String(i)), 'event'])
    await until('the handler to hear of it', () => opened.closed === 1)
  })
  test('CA63: close code 1006 drops the socket without a close frame', async () => {
    const { open, links } = startSocketHost()
    using socket = await open()
    ;(await links.next()).link.close(1006, '')
    expect(await socket.frames.next()).toEqual({ type: 'end' })
  })
  test('a reason too long for a close frame is left out', async () => {
    const { open, links } = startSocketHost()
    using socket = await open()
    ;(await links.next()).link.close(4000, 'x'.repeat(200))
    expect(await closeOf(socket)).toMatchObject({ code: 4000, reason: '' })
  })
  test('a burst far above the bound reaches a reader that reads', async () => {
    const { open, links } = startSocketHost(undefined, {}, { outboxBytes: 10_000 })
    using socket = await open()
    const { link } = await links.next()
    for (let i = 0; i < 2000; i++) link.write(`${i} ${'x'.repeat(100)}`)
    link.write('last')
    await untilText(socket, 'last')
    expect(
      texts(socket.frames.all)
        .map(text => Number.parseInt(text, 10))
        .slice(0, 2000),
    ).toEqual(Array.from({ length: 2000 }, (_, i) => i))
  })
})

describe('silence', () => {
  const idle = { afterMs: 60_000, code: 1002, reason: 'idle', pongsCount: false }

  test('MS81: a link that says nothing is closed; frames and pings keep it', async () => {
    const { host, open, links } = startSocketHost(undefined, { idle })
    using silent = await open()
    using talking = await open()
    using pinging = await open()
    await until('all to be open', () => links.all.length === 3)
    for (let i = 0; i < 3; i++) {
      talking.send('text', 'x')
      pinging.send('ping', 'x')
      await talkedTo(links.all[1], i + 1)
      await pinging.frames.find('a pong', frame => frame.type === 'pong')
      host.clock.advance(25_000)
    }
    expect(await closeOf(silent)).toEqual({ type: 'close', code: 1002, reason: 'idle' })
    expect(links.all.map(({ closed }) => closed)).toEqual([1, 0, 0])
  })
  const talkedTo = (opened: Opened | undefined, count: number) =>
    until('the frame', () => (opened?.received.all.length ?? 0) >= count)

  test('CA66 OC119: every link is pinged each 25 s', async () => {
    const { host, open } = startSocketHost(undefined, { idle })
    using one = await open()
    using two = await open()
    await until('both to be open', () => host.listening.links === 2)
    host.clock.advance(25_000)
    for (const socket of [one, two]) expect(await socket.frames.next()).toMatchObject({ type: 'ping' })
  })
})

test('many links: all counted, all told, all gone', async () => {
  const { host, open, links } = startSocketHost()
  const sockets = await Promise.all(Array.from({ length: 200 }, () => open()))
  await until('all to be attached', () => host.listening.links === 200)
  for (const { link } of links.all) link.push('hello')
  await Promise.all(sockets.map(socket => untilText(socket, 'hello')))
  for (const [i, socket] of sockets.entries()) if (i % 2) socket.destroy()
  await until('half to be gone', () => host.listening.links === 100)
  expect(links.all.filter(({ closed }) => closed === 1)).toHaveLength(100)
  for (const { link } of links.all) link.push('again')
  await Promise.all(sockets.filter((_, i) => i % 2 === 0).map(socket => untilText(socket, 'again')))
  for (const socket of sockets) socket.destroy()
  await until('all to be gone', () => host.listening.links === 0)
  expect(links.all.every(({ closed }) => closed === 1)).toBe(true)
  expect(new Set(links.all.map(({ link }) => link.id)).size).toBe(200)
})

// By path: under Bun the bare name `ws` is Bun's own client.
const ws = createRequire(import.meta.url)('../../node_modules/ws/index.js') as typeof NpmWebSocket

test.each([
  ['Bun’s own WebSocket', (url: string) => new WebSocket(url, ['chat', 'other'])],
  ['the ws package', (url: string) => new ws(url, ['chat', 'other'])],
])('%s talks to it', async (_name, connect) => {
  const { host, links } = startSocketHost(link => ({ receive: frame => link.write(frame) }), {
    subprotocol: () => 'chat',
  })
  const socket = connect(`${host.wsUrl}/x/ws`)
  const received = new Inbox<unknown>()
  const closed = Promise.withResolvers<readonly [number, string]>()
  socket.onmessage = (event: { readonly data: unknown }) => received.push(event.data)
  socket.onclose = (event: { readonly code: number; readonly reason: string }) =>
    closed.resolve([event.code, event.reason])
  const { link } = await links.next()
  link.write('hello')
  expect(await received.next()).toBe('hello')
  socket.send('æ')
  expect(await received.next()).toBe('æ')
  expect(socket.protocol).toBe('chat')
  link.close(4401, 'session ended')
  expect(await closed.promise).toEqual([4401, 'session ended'])
})
