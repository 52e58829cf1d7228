// The link's own rules, against a socket that does what the test says.
import { describe, expect, test } from 'bun:test'
import { fakeEndpoint } from '../../test/kit/host/fake-dialect.ts'
import { manualClock } from '../base/clock.ts'
import { createLogger } from '../base/log.ts'
import { createMeter } from '../base/meter.ts'
import type { Frame } from '../core/index.ts'
import { type Socket, type SocketLine, SocketLink } from './link.ts'
import { Links } from './links.ts'
import { Flusher } from './outbox.ts'

/** A socket that takes frames until it is `full`, and keeps what it is told. */
const fakeSocket = (link: SocketLink) => {
  const told: string[] = []
  const state = { full: false, quietly: false, buffered: 0 }
  const socket = {
    data: link,
    send(frame: Frame) {
      told.push(String(frame))
      if (state.full) state.buffered += frame.length
      return state.full && !state.quietly ? -1 : frame.length
    },
    cork: (work: (socket: unknown) => void) => work(socket),
    getBufferedAmount: () => state.buffered,
    ping: () => told.push('PING'),
    close(code: number, reason: string) {
      told.push(`CLOSE ${code} ${reason}`)
      link.detach()
    },
    terminate() {
      told.push('TERMINATE')
      link.detach()
    },
  }
  return { socket: socket as unknown as Socket, told, state }
}

const setUp = (pongsCount = false) => {
  const clock = manualClock()
  const links = new Links(clock)
  const line: SocketLine = {
    endpoint: fakeEndpoint('/ws', {
      authenticate: () => null,
      open: () => ({ receive: () => undefined, closed: () => undefined }),
      idle: { afterMs: 60_000, code: 4408, reason: 'idle', pongsCount },
    }),
    label: 'x/ws',
    links,
    flusher: new Flusher(),
    now: () => clock.now(),
    outboxBytes: 100,
    log: createLogger('silent'),
    meter: createMeter(),
    framesOut: 0,
  }
  links.addLine(line)
  const link = new SocketLink(line)
  return { clock, links, line, link, ...fakeSocket(link) }
}

describe('silence', () => {
  test.each([
    [false, ['CLOSE 4408 idle']],
    [true, []],
  ])('pongs count: %p', (pongsCount, expected) => {
    const { clock, link, socket, told } = setUp(pongsCount)
    link.attach(socket)
    for (let i = 0; i < 4; i++) {
      clock.advance(20_000)
      link.heard('pong')
    }
    expect(told.filter(what => what !== 'PING')).toEqual(expected)
  })
  test('a client’s pings always count', () => {
    const { clock, link, socket, told } = setUp()
    link.attach(socket)
    for (let i = 0; i < 6; i++) {
      clock.advance(20_000)
      link.heard('ping')
    }
    expect(told.filter(what => what !== 'PING')).toEqual([])
    expect(told.filter(what => what === 'PING').length).toBeGreaterThanOrEqual(4)
  })
  test('what the server sends does not', () => {
    const { clock, link, socket, told } = setUp()
    link.attach(socket)
    for (let i = 0; i < 4; i++) {
      clock.advance(20_000)
      link.write('x')
      link.flush()
    }
    expect(told).toContain('CLOSE 4408 idle')
  })
})

describe('a full socket', () => {
  test('is given nothing more until it has drained', () => {
    const { link, socket, told, state } = setUp()
    link.attach(socket)
    state.full = true
    for (const frame of ['a', 'b', 'c']) link.write(frame)
    link.flush()
    expect(told).toEqual(['a'])
    link.drained()
    expect(told).toEqual(['a', 'b'])
    state.full = false
    state.buffered = 0
    link.drained()
    expect(told).toEqual(['a', 'b', 'c'])
  })
  test('that fills while corked, and says so only afterwards, is given no further slice', () => {
    const { link, socket, told, state } = setUp()
    for (let i = 0; i < 4; i++) link.write('x'.repeat(400))
    Object.assign(state, { full: true, quietly: true })
    link.attach(socket)
    expect(told).toHaveLength(4)
    link.write('more')
    link.flush()
    expect(told).toHaveLength(4)
  })
  test('is not given up while much is still buffered in it', () => {
    const { link, socket, told, state } = setUp()
    link.attach(socket)
    state.full = true
    link.write('a')
    link.flush()
    link.write('b')
    state.buffered = 1_000_000
    link.drained()
    expect(told).toEqual(['a'])
  })
  test('the bound is exact: a byte more and it is closed, once it can hear it', () => {
    const { link, socket, told, state } = setUp()
    link.attach(socket)
    state.full = true
    link.write('first')
    link.flush()
    link.write('x'.repeat(100))
    expect(link.closed).toBe(false)
    link.push('y')
    expect(link.closed).toBe(true)
    expect(told).toEqual(['first'])
    state.buffered = 0
    link.drained()
    expect(told).toEqual(['first', 'CLOSE 4429 too slow'])
  })
  test('that never drains is dropped after the grace', () => {
    const { clock, link, socket, told, state } = setUp()
    link.attach(socket)
    state.full = true
    link.write('first')
    link.flush()
    link.close(4401, 'over')
    clock.advance(4_000)
    expect(told).toEqual(['first'])
    clock.advance(1_000)
    expect(told).toEqual(['first', 'TERMINATE'])
  })
  test('is not pinged', () => {
    const { clock, link, socket, told, state } = setUp(true)
    link.attach(socket)
    state.full = true
    link.write('first')
    link.flush()
    clock.advance(50_000)
    expect(told).toEqual(['first'])
  })
})

describe('what gathers before the socket is there', () => {
  test('may be many times the bound, and leaves in order', () => {
    const { link, socket, told } = setUp()
    for (let i = 0; i < 15; i++) link.write(`${i}`.padEnd(100))
    link.attach(socket)
    expect(told.map(Number)).toEqual(Array.from({ length: 15 }, (_, i) => i))
  })
  test('does not shrink the bound of a slow start, which is the usual one again once all has left', () => {
    const { link, socket, state } = setUp()
    for (let i = 0; i < 10; i++) link.write('x'.repeat(100))
    state.full = true
    link.attach(socket)
    link.push('y'.repeat(100))
    expect(link.closed).toBe(false)
    state.full = false
    state.buffered = 0
    link.drained()
    state.full = true
    link.write('z')
    link.flush()
    link.push('y'.repeat(100))
    expect(link.closed).toBe(false)
    link.push('y')
    expect(link.closed).toBe(true)
  })
  test('has a bound of its own', () => {
    const { link, socket, told } = setUp()
    link.write('x'.repeat(1600))
    expect(link.closed).toBe(false)
    link.write('x')
    expect(link.closed).toBe(true)
    link.attach(socket)
    expect(told).toEqual(['CLOSE 4429 too slow'])
  })
})

test('frames sent are told to the meter with the next sweep', async () => {
  const { clock, link, line, socket } = setUp()
  link.attach(socket)
  for (const frame of ['a', 'b', 'c']) link.write(frame)
  link.flush()
  clock.advance(1000)
  expect(await line.meter.render()).toContain('frames_out_total{endpoint="x/ws"} 3')
})

test('a handler that fails to close is logged and harms nobody', () => {
  const { links, link, socket } = setUp()
  link.handledBy({
    receive: () => undefined,
    closed() {
      throw new Error('broken')
    },
  })
  link.attach(socket)
  link.close(1000, 'bye')
  expect(links.count).toBe(0)
})
