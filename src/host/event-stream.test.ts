// The stream's own rules, read by a connection that takes what the test says.
import { describe, expect, test } from 'bun:test'
import type { Server } from 'bun'
import { manualClock } from '../base/clock.ts'
import { createLogger } from '../base/log.ts'
import { createMeter } from '../base/meter.ts'
import { type Frame, faultIn } from '../core/index.ts'
import { clientAddresses } from './address.ts'
import { Admission } from './admission.ts'
import type { Link, RouteRequest } from './dialect.ts'
import { createEventStreams, type EventStreamOptions, type StreamHandler } from './event-stream.ts'
import type { SocketLink } from './link.ts'
import { type Line, Links } from './links.ts'
import { Flusher } from './outbox.ts'
import { HostRequest, type RequestHost } from './request.ts'

/** What is done while a stream opens, and what handles it then. */
type Script = (link: Link) => Partial<StreamHandler> | undefined

const print = (frame: Frame): string => `data: ${frame}\n\n`
const tick = () => new Promise<void>(resolve => setImmediate(resolve))

const setUp = (own: Partial<EventStreamOptions> = {}, places = 10) => {
  const clock = manualClock()
  const lines: string[] = []
  const log = createLogger('debug', { write: line => void lines.push(line) })
  const meter = createMeter()
  const links = new Links(clock)
  const shared = { links, flusher: new Flusher(), now: () => clock.now(), outboxBytes: 100, log, meter, framesOut: 0 }
  const line: Line = { label: 'x/sse', ...shared }
  links.addLine(line)
  const admission = new Admission({ perAddress: null, total: places, clock, log })
  const host: RequestHost = {
    clock,
    addresses: clientAddresses([]),
    admission,
    bodyMs: 1000,
    draining: new AbortController().signal,
    line: () => line,
  }
  /** Seconds of idleness each connection was granted, in order. */
  const idle: number[] = []
  const server = {
    requestIP: () => ({ address: '203.0.113.1' }),
    timeout: (_: Request, seconds: number) => void idle.push(seconds),
  } as unknown as Server<SocketLink>
  const streams = createEventStreams({ name: 'x/sse', retryMs: 1000, commentMs: 15_000, ...own })

  const ask = (method = 'GET') => {
    const client = new AbortController()
    const raw = new Request('http://h/sse', { method, signal: client.signal })
    return { request: new HostRequest(raw, '', host, server), leave: () => client.abort() }
  }
  /** Opens a stream that does what `script` says while it opens. */
  const open = async (script: Script = () => undefined, printer = print) => {
    const opened = Promise.withResolvers<Link>()
    const state = { closed: 0 }
    const start = (link: Link): StreamHandler => {
      const handler = script(link)
      opened.resolve(link)
      return {
        draining: () => handler?.draining?.(),
        closed() {
          state.closed++
          handler?.closed?.()
        },
      }
    }
    const response = await streams.open(ask().request, start, printer)
    const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
    /** The next piece, or that there is none. */
    const read = async (): Promise<string> => {
      const { done, value } = await reader.read()
      return done ? 'END' : Buffer.from(value).toString()
    }
    return { link: await opened.promise, state, response, reader, read }
  }
  return { clock, lines, meter, links, line, admission, streams, idle, ask, open }
}

/** A stream that has sent its opening and whose connection waits for more, or (`full`) takes nothing more. */
const begun = async (full = false, script?: Script) => {
  const all = setUp()
  const stream = await all.open(script)
  await stream.read()
  // The reader's next question stands for a connection that has taken everything.
  const next = full ? null : stream.read()
  await tick()
  return { ...all, ...stream, next }
}

describe('a stream', () => {
  test('OC125: begins with `retry`, and with all that was written while it opened, in one piece', async () => {
    const { open } = setUp({ retryMs: 1234 })
    const { read, response } = await open(link => {
      link.write('one')
      link.push('two')
    })
    expect(await read()).toBe('retry: 1234\n\ndata: one\n\ndata: two\n\n')
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
  })
  test('sends the frames of one tick in one piece', async () => {
    const { link, next } = await begun()
    for (const frame of ['one', 'two', 'three']) link.write(frame)
    expect(await next).toBe('data: one\n\ndata: two\n\ndata: three\n\n')
  })
  test('prints a frame once for all that get it', async () => {
    const { open } = setUp()
    let prints = 0
    const counted = (frame: Frame): string => {
      prints++
      return print(frame)
    }
    const all = [await open(undefined, counted), await open(undefined, counted)]
    for (const { link } of all) link.push('shared')
    for (const { read } of all) expect(await read()).toEndWith('data: shared\n\n')
    expect(prints).toBe(1)
  })
  test('prints each by its own printer', async () => {
    const { open } = setUp()
    const one = await open(undefined, frame => `data: 1 ${frame}\n\n`)
    const two = await open(undefined, frame => `data: 2 ${frame}\n\n`)
    one.link.push('shared')
    two.link.push('shared')
    expect([await one.read(), await two.read()]).toEqual([
      'retry: 1000\n\ndata: 1 shared\n\n',
      'retry: 1000\n\ndata: 2 shared\n\n',
    ])
  })
  test('lets a reply pass the broadcasts held back meanwhile', async () => {
    const { link, next } = await begun()
    {
      using _hold = link.hold()
      link.push('event')
      link.write('reply')
    }
    expect(await next).toBe('data: reply\n\ndata: event\n\n')
  })
  test('sends what waits, held or not, before it ends, and nothing that comes later', async () => {
    const { link, next, read, state, streams } = await begun()
    link.hold()
    link.push('last')
    link.close(4401, 'over')
    link.write('late')
    expect([link.closed, await next, await read()]).toEqual([true, 'data: last\n\n', 'END'])
    expect([state.closed, streams.count]).toEqual([1, 0])
  })
  test('that is closed while it opens is answered, told, and ended', async () => {
    const { open, streams, admission } = setUp()
    const { read, state } = await open(link => {
      link.write('sorry')
      link.close(4403, 'no')
    })
    expect([await read(), await read()]).toEqual(['retry: 1000\n\ndata: sorry\n\n', 'END'])
    expect([state.closed, streams.count, admission.count]).toEqual([1, 0, 0])
  })
  test('whose client leaves is over, once', async () => {
    const { link, state, reader, streams, links, admission } = await begun()
    expect([streams.count, links.count, admission.count]).toEqual([1, 1, 1])
    await reader.cancel()
    link.close(1000, '')
    link.write('into the void')
    await tick()
    expect([link.closed, state.closed, streams.count, links.count, admission.count]).toEqual([true, 1, 0, 0, 0])
  })
  test('whose frame cannot be printed is logged and ended, and its writer never knows', async () => {
    const { open, lines } = setUp()
    const { link, read } = await open(undefined, frame => {
      if (frame === 'bad') throw new RangeError('a line end in an id')
      return print(frame)
    })
    link.write('good')
    link.write('bad')
    expect([await read(), await read()]).toEqual(['retry: 1000\n\ndata: good\n\n', 'END'])
    expect(lines.join()).toContain('a link broke')
  })
  test('is counted', async () => {
    const { clock, meter, link, next, reader } = await begun()
    link.write('one')
    link.write('two')
    await next
    clock.advance(1000)
    const counted = await meter.render()
    expect(counted).toContain('frames_out_total{endpoint="x/sse"} 2')
    expect(counted).toContain('links{endpoint="x/sse"} 1')
    await reader.cancel()
    expect(await meter.render()).toContain('links{endpoint="x/sse"} 0')
  })
  test('is not cut for being long', async () => {
    const { idle } = await begun()
    expect(idle).toEqual([120])
  })
  test('a handler that fails to close is logged and harms nobody', async () => {
    const { reader, lines, links } = await begun(false, () => ({
      closed() {
        throw new Error('broken')
      },
    }))
    await reader.cancel()
    expect(lines.join()).toContain('closing a link failed')
    expect(links.count).toBe(0)
  })
})

describe('no stream', () => {
  test('of one that fails to open: what was thrown is thrown on, and nothing is left behind', async () => {
    const { open, streams, links, admission } = setUp()
    const failed = await open(link => {
      link.write('never seen')
      throw new Error('broken')
    }).catch(String)
    expect(failed).toBe('Error: broken')
    expect([streams.count, links.count, admission.count]).toEqual([0, 0, 0])
  })
  test('where there is no place for it: its fault says so, and `start` is not called', async () => {
    const { open } = setUp({}, 1)
    await open()
    let started = false
    const fault = await open(() => {
      started = true
    }).catch(faultIn)
    expect(fault).toMatchObject({ kind: 'unavailable' })
    expect(started).toBe(false)
  })
  test('for a HEAD: the headers of one', async () => {
    const { streams, ask } = setUp()
    const never = () => Promise.reject(new Error('started'))
    const response = await streams.open(ask('HEAD').request, never, print)
    expect([response.status, response.headers.get('content-type'), response.body]).toEqual([
      200,
      'text/event-stream',
      null,
    ])
  })
  test('for a client that left while it opened: its handler hears of it', async () => {
    const { streams, ask, links, admission } = setUp()
    const { request, leave } = ask()
    let closed = 0
    const start = (): StreamHandler => {
      leave()
      return { closed: () => void closed++ }
    }
    expect((await streams.open(request, start, print)).status).toBe(499)
    expect([closed, streams.count, links.count, admission.count]).toEqual([1, 0, 0, 0])
  })
  test('for an answer that nobody takes up: it is let go after a grace', async () => {
    const { open, clock, streams, admission } = setUp()
    const { link, state } = await open()
    clock.advance(4000)
    expect([link.closed, state.closed]).toEqual([false, 0])
    clock.advance(1000)
    expect([link.closed, state.closed, streams.count, admission.count]).toEqual([true, 1, 0, 0])
  })
  test('for a request that is not of a host', async () => {
    const { streams } = setUp()
    const foreign = { method: 'GET', raw: new Request('http://h/') } as RouteRequest
    const opening = streams.open(foreign, () => ({ closed: () => undefined }), print)
    expect(await opening.catch(String)).toContain('TypeError')
  })
})

describe('silence', () => {
  test('OC125: is ended by a comment in time, again and again', async () => {
    const { clock, next, read } = await begun()
    let pieces = 0
    let reading = next
    for (let second = 1; second <= 45; second++) {
      clock.advance(1000)
      const piece = await Promise.race([reading, tick().then(() => null)])
      if (piece === null) continue
      expect([piece, second]).toEqual([': \n\n', ++pieces * 15])
      reading = read()
      await tick()
    }
    expect(pieces).toBe(3)
  })
  test('begins anew with every frame', async () => {
    const { clock, link, next, read } = await begun()
    clock.advance(14_000)
    link.write('one')
    expect(await next).toBe('data: one\n\n')
    const then = read()
    await tick()
    clock.advance(14_000)
    link.write('two')
    expect(await then).toBe('data: two\n\n')
  })
  test('of a connection that takes nothing is not ended by more to take', async () => {
    const { clock, link, read } = await begun(true)
    link.write('one')
    await tick()
    clock.advance(60_000)
    expect(await read()).toBe('data: one\n\n')
    const more = await Promise.race([read(), tick().then(() => null)])
    expect(more).toBe(null)
  })
})

describe('a connection that takes nothing', () => {
  /** A frame that is so long once it is printed. */
  const sized = (bytes: number): string => 'x'.repeat(bytes - print('').length)

  test('is given one piece, and no more until it asks', async () => {
    const { link, next, read } = await begun()
    link.write('one')
    await next
    link.write('two')
    await tick()
    link.write('three')
    await tick()
    expect(await read()).toBe('data: two\n\ndata: three\n\n')
  })
  test('OC119: the bound is exact: a byte more, and it ends once it can hear it', async () => {
    const { link, state, next, read, meter } = await begun()
    link.write('first')
    await next
    // With nobody asking, the next piece stays with the link.
    link.write(sized(100))
    expect(link.closed).toBe(false)
    link.push('')
    expect([link.closed, state.closed]).toEqual([true, 0])
    expect(await meter.render()).toContain('outbox_overflows_total{endpoint="x/sse"} 1')
    expect(await read()).toBe('END')
    expect(state.closed).toBe(1)
  })
  test('is not what a burst is: more than the bound at once, to one that has taken everything', async () => {
    const { link, next, read } = await begun()
    for (let i = 0; i < 2; i++) link.write(sized(100))
    expect(link.closed).toBe(false)
    expect(await next).toHaveLength(200)
    link.write('more')
    expect(await read()).toBe('data: more\n\n')
  })
  test('may have been written many times the bound while it opened, and gets it in order', async () => {
    const { open } = setUp()
    const { read, link } = await open(opening => {
      for (let i = 0; i < 15; i++) opening.write(`${i}`.padEnd(90))
    })
    expect(link.closed).toBe(false)
    const numbers = (await read()).match(/(?<=data: )\d+/g)
    expect(numbers?.map(Number)).toEqual(Array.from({ length: 15 }, (_, i) => i))
  })
  test('has its usual bound beside what gathered while it opened, and again once all of it has left', async () => {
    const { open } = setUp()
    const { link, read } = await open(opening => {
      for (let i = 0; i < 10; i++) opening.write(sized(100))
    })
    link.push(sized(100))
    expect(link.closed).toBe(false)
    expect(await read()).toHaveLength(1100 + 'retry: 1000\n\n'.length)
    link.push(sized(100))
    expect(link.closed).toBe(false)
    link.push('')
    expect(link.closed).toBe(true)
  })
  test('has a bound while it opens, too', async () => {
    const { open } = setUp()
    const { read, link } = await open(opening => {
      opening.write(sized(1601))
    })
    expect(link.closed).toBe(true)
    expect([await read(), await read()]).toEqual(['retry: 1000\n\n', 'END'])
  })
  test('is given large gatherings piece by piece', async () => {
    const { open, line } = setUp()
    Object.assign(line, { outboxBytes: 1_000_000 })
    const { read } = await open(link => {
      for (let i = 0; i < 100; i++) link.write(`${i}`.padEnd(10_000))
    })
    let pieces = 0
    let text = ''
    while (text.length < 1_000_800) {
      const piece = await read()
      expect(piece.length).toBeLessThan(64 * 1024 + 11_000)
      text += piece
      pieces++
    }
    expect(pieces).toBeGreaterThan(10)
    expect(text.match(/(?<=data: )\d+/g)?.map(Number)).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })
  test('and never does again is cut after a grace, and holds its place no longer', async () => {
    const { clock, link, state, next, read, idle, admission, streams } = await begun()
    link.write('first')
    await next
    link.write('unread')
    link.close(4401, 'over')
    clock.advance(4000)
    expect([state.closed, admission.count]).toEqual([0, 1])
    clock.advance(1000)
    expect([state.closed, admission.count, streams.count]).toEqual([1, 0, 0])
    expect(idle).toEqual([120, 1])
    expect(await read().catch(() => 'CUT')).toBe('CUT')
  })
  test('or takes it in trickles, is cut no later', async () => {
    const { open, clock, line } = setUp()
    Object.assign(line, { outboxBytes: 1_000_000 })
    const { link, state, read } = await open(opening => {
      for (let i = 0; i < 100; i++) opening.write(sized(10_000))
    })
    await read()
    link.close(4401, 'over')
    for (let second = 1; second < 5; second++) {
      clock.advance(1000)
      await read()
    }
    expect(state.closed).toBe(0)
    clock.advance(1000)
    expect(state.closed).toBe(1)
  })
})

describe('a server that goes down', () => {
  test('OC119: a stream says its last words, and ends', async () => {
    const { links, state, next, read } = await begun(false, link => ({ draining: () => link.write('going down') }))
    links.shutDown()
    links.shutDown()
    expect([await next, await read()]).toEqual(['data: going down\n\n', 'END'])
    expect([state.closed, links.count]).toEqual([1, 0])
  })
  test('last words that fail are logged, and the stream ends', async () => {
    const { links, lines, next } = await begun(false, () => ({
      draining() {
        throw new Error('speechless')
      },
    }))
    links.shutDown()
    expect(await next).toBe('END')
    expect(lines.join()).toContain('the last words of a link failed')
  })
  test('a stream that comes later is told so at once', async () => {
    const { links, open } = setUp()
    links.shutDown()
    const { read } = await open(link => {
      link.write('hello')
      return { draining: () => link.write('going down') }
    })
    expect([await read(), await read()]).toEqual(['retry: 1000\n\ndata: hello\n\ndata: going down\n\n', 'END'])
  })
})
