// Event streams over real connections: what clients get, how slow ones are bounded, and what is left when one goes.
import { afterEach, describe, expect, test } from 'bun:test'
import { EventSource } from 'eventsource'
import { type Frame, refuse } from '../../src/core/index.ts'
import type { Link, RouteRequest } from '../../src/host/dialect.ts'
import { createEventStreams, type EventStreams, type StreamHandler } from '../../src/host/event-stream.ts'
import type { ListenOptions } from '../../src/host/listen.ts'
import { encodeSse } from '../../src/wire/sse.ts'
import { fakeDialect, fakeEndpoint, fakeRoute } from '../kit/host/fake-dialect.ts'
import { openRaw } from '../kit/host/raw-socket.ts'
import { openRawStream, type RawStream } from '../kit/host/raw-stream.ts'
import { type StartedHost, startHost } from '../kit/host/start-host.ts'
import { Inbox, until } from '../kit/wait.ts'

interface Opened {
  readonly link: Link
  readonly lastEventId: string | null
  closed: number
}
interface StreamHost {
  readonly host: StartedHost
  readonly streams: EventStreams
  readonly links: Inbox<Opened>
  open(headers?: readonly string[]): Promise<RawStream>
}
type Script = (link: Link, request: RouteRequest) => Promise<Partial<StreamHandler> | undefined> | undefined

const running: AsyncDisposable[] = []
afterEach(async () => {
  for (const host of running.splice(0)) await host[Symbol.asyncDispose]()
})

/** `id data` is an event with an id, anything else one without. */
const print = (frame: Frame): string => {
  const [, id, data] = /^#(\d+) (.*)$/s.exec(String(frame)) ?? []
  return id === undefined ? encodeSse({ data: String(frame) }) : encodeSse({ id, data: data ?? '' })
}

/** A host with one stream, `/x/sse`, and one WebSocket endpoint, `/x/ws`; every stream it opens is told. */
const startStreamHost = (script: Script = () => undefined, options: Partial<ListenOptions> = {}): StreamHost => {
  const links = new Inbox<Opened>()
  const streams = createEventStreams({ name: 'x/sse', retryMs: 20, commentMs: 15_000 })
  const route = fakeRoute('GET', '/x/sse', request =>
    streams.open(
      request,
      async link => {
        const handler = await script(link, request)
        const opened: Opened = { link, lastEventId: request.raw.headers.get('last-event-id'), closed: 0 }
        links.push(opened)
        return {
          draining: () => handler?.draining?.(),
          closed() {
            opened.closed++
            handler?.closed?.()
          },
        }
      },
      print,
    ),
  )
  const socket = fakeEndpoint('/x/ws', {
    authenticate: () => null,
    open: link => ({ receive: () => undefined, draining: () => link.write('going down'), closed: () => undefined }),
  })
  const dialect = fakeDialect({ name: 'x', routes: [route, fakeRoute('GET', '/x/other')], endpoints: [socket] })
  const host = startHost([dialect], options)
  running.push(host)
  const { port } = host.listening
  return { host, streams, links, open: headers => openRawStream(port, '/x/sse', headers) }
}

const untilText = (stream: RawStream, text: string) => until(text, () => stream.text().includes(text))
const endOf = (stream: RawStream) => stream.pieces.find('the end', piece => piece.type === 'end')

describe('an EventSource', () => {
  test('OC125: gets every frame, and comes back by itself with the last id it saw', async () => {
    const { host, links } = startStreamHost()
    const source = new EventSource(`${host.url}/x/sse`)
    const messages = new Inbox<string>()
    source.addEventListener('message', event => messages.push(event.data))
    try {
      const first = await links.next()
      expect(first.lastEventId).toBe(null)
      first.link.push('#1 {"a":"æ"}')
      first.link.push('no id')
      first.link.push('#2 two')
      expect([await messages.next(), await messages.next(), await messages.next()]).toEqual([
        '{"a":"æ"}',
        'no id',
        'two',
      ])
      first.link.close(1000, '')
      const second = await links.next()
      expect([second.lastEventId, first.closed]).toEqual(['2', 1])
      second.link.push('#3 three')
      expect(await messages.next()).toBe('three')
    } finally {
      source.close()
    }
    await until('the server to hear of it', () => links.all[1]?.closed === 1)
    expect(host.listening.links).toBe(0)
  })
  test('is not woken by comments', async () => {
    const { host, links } = startStreamHost()
    const source = new EventSource(`${host.url}/x/sse`)
    const messages = new Inbox<string>()
    source.addEventListener('message', event => messages.push(event.data))
    try {
      const { link } = await links.next()
      link.write('before')
      await messages.next()
      for (let i = 0; i < 3; i++) host.clock.advance(15_000)
      link.write('after')
      expect(await messages.next()).toBe('after')
    } finally {
      source.close()
    }
  })
})

describe('the answer', () => {
  test('OC125: is an event stream that nobody stores or gathers, with the headers of every answer', async () => {
    const { open } = startStreamHost()
    using stream = await open(['x-request-id: r1', 'Origin: http://elsewhere'])
    expect(stream.status).toBe(200)
    const { headers } = stream
    expect(headers.get('content-type')).toBe('text/event-stream')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-accel-buffering')).toBe('no')
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('x-request-id')).toBe('r1')
  })
  test('begins with `retry` and all that was written while it opened, and sends a tick’s frames together', async () => {
    const { open, links } = startStreamHost(async link => {
      link.write('one')
      await Bun.sleep(1)
      link.push('two')
      return undefined
    })
    using stream = await open()
    expect(await stream.pieces.next()).toEqual({ type: 'piece', text: 'retry: 20\n\ndata: one\n\ndata: two\n\n' })
    const { link } = await links.next()
    for (const frame of ['a', 'b', 'c']) link.write(frame)
    expect(await stream.pieces.next()).toEqual({ type: 'piece', text: 'data: a\n\ndata: b\n\ndata: c\n\n' })
  })
  test('OC125: a refusal or a bug while it opens is an ordinary answer, and nothing is left behind', async () => {
    const fault = startStreamHost(() => refuse({ kind: 'unavailable', retryAfterMs: 1 }))
    const refused = await fault.host.fetch('/x/sse')
    expect([refused.status, await refused.json()]).toEqual([418, { dialect: 'x', fault: 'unavailable' }])
    const bug = startStreamHost(() => Promise.reject(new Error('broken')))
    expect((await bug.host.fetch('/x/sse')).status).toBe(500)
    for (const { host, streams } of [fault, bug]) expect([host.listening.links, streams.count]).toEqual([0, 0])
  })
  test('to a HEAD has no body, and opens nothing', async () => {
    const { host, links } = startStreamHost()
    const response = await host.fetch('/x/sse', { method: 'HEAD' })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    expect([await response.text(), links.all.length]).toEqual(['', 0])
  })
  test('ends whole, after what was queued', async () => {
    const { open, links, host } = startStreamHost()
    using stream = await open()
    const opened = await links.next()
    opened.link.write('last')
    opened.link.close(4401, 'revoked')
    opened.link.write('never')
    expect(await endOf(stream)).toEqual({ type: 'end', whole: true })
    expect(stream.text()).toBe('retry: 20\n\ndata: last\n\n')
    expect([opened.closed, host.listening.links]).toEqual([1, 0])
  })
  test('OC125: is kept alive by comments while nothing happens', async () => {
    const { open, links, host } = startStreamHost()
    using stream = await open()
    await links.next()
    await stream.pieces.next()
    host.clock.advance(14_000)
    host.clock.advance(1000)
    expect(await stream.pieces.next()).toEqual({ type: 'piece', text: ': \n\n' })
  })
})

describe('a client that leaves', () => {
  for (const how of ['destroy', 'halfClose'] as const) {
    test(`(${how}) is gone: its handler hears of it once, and its place is free`, async () => {
      const { open, links, host, streams } = startStreamHost(undefined, { maxSockets: 1 })
      const stream = await open()
      const opened = await links.next()
      expect([host.listening.links, streams.count]).toEqual([1, 1])
      stream[how]()
      await until('the handler to hear of it', () => opened.closed > 0)
      opened.link.close(1000, '')
      opened.link.write('into the void')
      using again = await open()
      expect([again.status, opened.closed, host.listening.links]).toEqual([200, 1, 1])
      stream.destroy()
    })
  }
  test('while it opens: its handler hears of it, and no link remains', async () => {
    const entered = Promise.withResolvers<AbortSignal>()
    const release = Promise.withResolvers<void>()
    const { open, links, host } = startStreamHost(async (_, { raw }) => {
      entered.resolve(raw.signal)
      await release.promise
      return undefined
    })
    const client = new AbortController()
    const answer = host.fetch('/x/sse', { signal: client.signal }).catch(() => 'gone')
    const signal = await entered.promise
    client.abort()
    await until('the server to notice', () => signal.aborted)
    release.resolve()
    const opened = await links.next()
    await until('the handler to hear of it', () => opened.closed === 1)
    expect([await answer, host.listening.links]).toEqual(['gone', 0])
    expect(host.lines.filter(line => line.level === 'error')).toEqual([])
    using _after = await open()
  })
  test('in the middle of much: nothing is left behind', async () => {
    const { open, links, host } = startStreamHost(undefined, { outboxBytes: 8_000_000 })
    using stream = await open()
    stream.pause()
    const opened = await links.next()
    for (let i = 0; i < 70; i++) opened.link.push('x'.repeat(100_000))
    await Bun.sleep(1)
    stream.destroy()
    await until('the handler to hear of it', () => opened.closed === 1)
    expect([opened.link.closed, host.listening.links]).toEqual([true, 0])
    expect(host.lines.filter(line => line.level === 'error')).toEqual([])
  })
})

describe('a client that does not read', () => {
  const LONG = 'x'.repeat(100_000)

  test('OC119: is bounded and ended, and delays and grows nothing', async () => {
    const { host, open, links } = startStreamHost(undefined, { outboxBytes: 500_000 })
    using slow = await open()
    const slowLink = await links.next()
    using quick = await open()
    const quickLink = await links.next()
    slow.pause()
    let sent = 0
    await until('the slow stream to be ended', async () => {
      slowLink.link.push(LONG)
      quickLink.link.push(`${sent++};`)
      return slowLink.link.closed
    })
    // What the kernel holds, and no more than that.
    expect(sent * LONG.length).toBeLessThan(32_000_000)
    await untilText(quick, `data: ${sent - 1};`)
    expect(quickLink.link.closed).toBe(false)
    slow.resume()
    expect(await endOf(slow)).toEqual({ type: 'end', whole: true })
    const events = slow.text().split('\n\n').slice(1, -1)
    expect(events.every(event => event === `data: ${LONG}`)).toBe(true)
    expect(events.length).toBeLessThan(sent)
    await until('the slow handler to hear of it', () => slowLink.closed === 1)
    expect(await (await host.fetch('/metrics')).text()).toContain('outbox_overflows_total{endpoint="x/sse"} 1')
  })
  test('and never comes back: it is cut after a grace', async () => {
    const { host, open, links, streams } = startStreamHost(undefined, { outboxBytes: 500_000, maxSockets: 1 })
    using slow = await open()
    const opened = await links.next()
    slow.pause()
    await until('the slow stream to be ended', () => {
      opened.link.push(LONG)
      return opened.link.closed
    })
    host.clock.advance(4000)
    expect([opened.closed, streams.count]).toEqual([0, 1])
    host.clock.advance(1000)
    expect([opened.closed, streams.count, host.listening.links]).toEqual([1, 0, 0])
    slow.resume()
    expect(await endOf(slow)).toEqual({ type: 'end', whole: false })
    using again = await open()
    expect(again.status).toBe(200)
  })
  test('and reads again in time: nothing is lost', async () => {
    const { open, links } = startStreamHost(undefined, { outboxBytes: 64_000_000 })
    using slow = await open()
    const { link } = await links.next()
    slow.pause()
    for (let i = 0; i < 200; i++) {
      link.push(`${i} ${LONG}`)
      if (i % 50 === 0) await Bun.sleep(1)
    }
    link.push('last')
    slow.resume()
    await untilText(slow, 'data: last\n\n')
    const numbers = [...slow.text().matchAll(/^data: (\d+) /gm)].map(found => Number(found[1]))
    expect(numbers).toEqual(Array.from({ length: 200 }, (_, i) => i))
    expect(link.closed).toBe(false)
  })
})

describe('places', () => {
  test('are shared with sockets: the refusal is the dialect’s, and a stream that ends gives its place back', async () => {
    const { host, open, links } = startStreamHost(undefined, { socketsPerAddress: 2 })
    using _socket = await openRaw(host.listening.port, '/x/ws')
    using stream = await open()
    const refused = await host.fetch('/x/sse')
    expect([refused.status, await refused.json()]).toEqual([418, { dialect: 'x', fault: 'rate.limited' }])
    expect(await openRaw(host.listening.port, '/x/ws').catch(String)).toContain('418')
    ;(await links.next()).link.close(1000, '')
    await endOf(stream)
    using again = await open()
    expect(again.status).toBe(200)
  })
  test('are counted where they are measured', async () => {
    const { host, open, links } = startStreamHost()
    using stream = await open()
    const { link } = await links.next()
    link.write('one')
    await untilText(stream, 'one')
    const metrics = await (await host.fetch('/metrics')).text()
    expect(metrics).toContain('links{endpoint="x/sse"} 1')
    expect(metrics).toContain('frames_out_total{endpoint="x/sse"} 1')
  })
})

describe('a server that goes down', () => {
  test('OC119: streams and sockets get their last words, then their end, at once', async () => {
    const { host, open, links } = startStreamHost(async link => ({ draining: () => link.write('going down') }))
    const all = await Promise.all(Array.from({ length: 20 }, () => open()))
    const socket = await openRaw(host.listening.port, '/x/ws')
    await until('all to be attached', () => host.listening.links === 21)
    links.all[0]?.link.push('queued')
    const started = performance.now()
    await host.listening.drain()
    expect(performance.now() - started).toBeLessThan(1500)
    for (const stream of all) {
      expect(await endOf(stream)).toEqual({ type: 'end', whole: true })
      expect(stream.text()).toEndWith('data: going down\n\n')
    }
    expect(all.filter(stream => stream.text().includes('data: queued'))).toHaveLength(1)
    expect(await socket.frames.next()).toEqual({ type: 'text', text: 'going down' })
    expect(await socket.frames.next()).toMatchObject({ type: 'close', code: 1012 })
    expect([links.all.every(opened => opened.closed === 1), host.listening.links]).toEqual([true, 0])
  })
  test('a stream that opens meanwhile is told so at once', async () => {
    const entered = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const { host, open } = startStreamHost(async link => {
      entered.resolve()
      await release.promise
      link.write('hello')
      return { draining: () => link.write('going down') }
    })
    const opening = open()
    await entered.promise
    const drained = host.listening.drain()
    release.resolve()
    using stream = await opening
    expect(await endOf(stream)).toEqual({ type: 'end', whole: true })
    expect(stream.text()).toBe('retry: 20\n\ndata: hello\n\ndata: going down\n\n')
    await drained
  })
  test('a client that does not read delays it no longer than others may', async () => {
    const { host, open, links } = startStreamHost(undefined, { outboxBytes: 8_000_000, drainMs: 200 })
    using slow = await open()
    slow.pause()
    const { link } = await links.next()
    for (let i = 0; i < 70; i++) link.push('x'.repeat(100_000))
    const started = performance.now()
    await host.listening.drain()
    expect(performance.now() - started).toBeLessThan(1500)
    await until('its handler to hear of it', () => links.all[0]?.closed === 1)
  })
})

test('a thousand that come and go leave nothing behind', async () => {
  const { host, open, links, streams } = startStreamHost()
  for (let i = 0; i < 20; i++) {
    const some = await Promise.all(Array.from({ length: 50 }, () => open()))
    for (const stream of some) stream.destroy()
  }
  await until('all to be gone', () => streams.count === 0)
  expect([host.listening.links, links.all.length]).toEqual([0, 1000])
  expect(links.all.every(opened => opened.closed === 1)).toBe(true)
  expect((await host.fetch('/x/other')).status).toBe(200)
})
