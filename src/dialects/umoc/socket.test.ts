// The moments no client can hit on purpose: what happens while a socket is being connected.
import { describe, expect, test } from 'bun:test'
import { manualClock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Core, Encoder, Frame, Note, Sink } from '../../core/index.ts'
import type { Link, RouteRequest } from '../../host/dialect.ts'
import type { Loader } from './deferred.ts'
import { connectErrorFrame, connectFrame, disconnectFrame, eventFrame, SESSION_END } from './frames.ts'
import type { Scope } from './scope.ts'
import { openSocket } from './socket.ts'
import { createSockets } from './sockets.ts'

const TTL = 1000
const person = { id: 'p17', num: 17, handle: 'mila' }
const ended = (sessionId: string): Note => ({ body: { type: 'session.ended', sessionId } }) as Note
const note = { body: { type: 'message.sent' } } as Note

/** A link that asks to be connected, on a core whose feed the test holds in its hands. */
const scene = (loaders: ReadonlyMap<Frame, Loader> = new Map()) => {
  const written: Frame[] = []
  const closes: number[] = []
  const pushed: Frame[] = []
  let holds = 0
  const link = {
    id: 'l1',
    closed: false,
    write: (frame: Frame) => closes.length === 0 && written.push(frame),
    push: (frame: Frame) => pushed.push(frame),
    hold: () => {
      holds++
      return { [Symbol.dispose]: () => void holds-- }
    },
    close: (code: number) => closes.push(code),
  } as unknown as Link
  const following = Promise.withResolvers<Disposable>()
  const sinks: Sink[] = []
  let given = 0
  let counted = 0
  const counting = (): Disposable => {
    counted++
    return { [Symbol.dispose]: () => void given++ }
  }
  const clock = manualClock()
  const errors: unknown[] = []
  const log = { error: (about: unknown) => errors.push(about) } as unknown as Logger
  const core = {
    spend: async () => undefined,
    sessions: { active: async () => clock.now() + TTL },
    feed: {
      follow: (sink: Sink) => {
        sinks.push(sink)
        return following.promise
      },
    },
    presence: { connect: async () => counting() },
    typing: { linkClosed: () => undefined },
  } as unknown as Core
  const scope = {
    core,
    clock,
    log,
    umoc: { requireToken: true, sessionTtlMs: TTL, maxFileBytes: 1 },
    identify: async () => ({ actor: { profile: person, sessionId: 's1' }, session: { id: 's1' } }),
  } as unknown as Scope
  const sockets = createSockets({ clock, log }, TTL)
  const encoder: Encoder = { name: 'x', encode: () => [] }
  const request = { query: new URLSearchParams('sessionID=s&token=t'), address: '127.0.0.1' } as RouteRequest
  const handler = openSocket({ scope, sockets, encoder, loaders, events: {} })(link, request)
  const connecting = Promise.resolve(handler.receive('0'))
  /** What is awaited before the feed is asked has settled. */
  const asked = async (): Promise<Sink> => {
    for (;;) {
      const [sink] = sinks
      if (sink) return sink
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  const follow = () => following.resolve(counting())
  return {
    written,
    pushed,
    closes,
    errors,
    handler,
    connecting,
    asked,
    follow,
    fail: (error: unknown) => following.reject(error),
    connected: async (): Promise<Sink> => {
      const sink = await asked()
      follow()
      await connecting
      return sink
    },
    /** What was taken and not given back. */
    held: () => counted - given,
    holds: () => holds,
  }
}

const settled = () => new Promise(resolve => setImmediate(resolve))

describe('while connecting', () => {
  test('UM34: broadcasts are kept back until the client has been told', async () => {
    const { asked, follow, connecting, written, holds, held } = scene()
    await asked()
    expect([holds(), written]).toEqual([1, []])
    follow()
    await connecting
    expect(written[0]).toBe(connectFrame('l1'))
    expect(String(written[1])).toStartWith('42["connection_successful"')
    expect([holds(), held()]).toEqual([0, 2])
  })

  test('UM33: a session that ends meanwhile is refused, and hears no other event', async () => {
    const { asked, follow, connecting, written, closes, held } = scene()
    ;(await asked()).deliver(SESSION_END, ended('s1'))
    follow()
    await connecting
    expect(written).toEqual([connectErrorFrame('Invalid session')])
    expect([closes, held()]).toEqual([[], 0])
  })

  test('a link that closes meanwhile leaves nothing behind', async () => {
    const { asked, follow, connecting, handler, held, written } = scene()
    await asked()
    handler.closed()
    follow()
    await connecting
    expect([held(), written]).toEqual([0, []])
  })

  test('UM45: what fails is an internal error, logged, and leaves nothing behind', async () => {
    const { asked, fail, connecting, written, errors, held } = scene()
    await asked()
    fail(new Error('away'))
    await connecting
    expect(written).toEqual([connectErrorFrame('Internal error')])
    expect([errors.length, held()]).toEqual([1, 0])
  })
})

describe('once connected', () => {
  test('UM38: the end of its own session ends the socket, that of another does not', async () => {
    const { connected, written, closes, held } = scene()
    const sink = await connected()
    sink.deliver(SESSION_END, ended('another'))
    expect(closes).toEqual([])
    written.length = 0
    sink.deliver(SESSION_END, ended('s1'))
    sink.deliver(SESSION_END, ended('s1'))
    const words = { valid: false, message: 'Your session has expired or is invalid' }
    expect(written).toEqual([eventFrame('session_status', words), disconnectFrame])
    expect([closes, held()]).toEqual([[1000], 0])
  })

  test('UM77: what follows a frame that is being loaded waits for it', async () => {
    const loaded = Promise.withResolvers<Frame | null>()
    const { connected, pushed } = scene(new Map([['marker', () => loaded.promise]]))
    const sink = await connected()
    sink.deliver('a', note)
    sink.deliver('marker', note)
    sink.deliver('c', note)
    expect(pushed).toEqual(['a'])
    loaded.resolve('b')
    await settled()
    expect(pushed).toEqual(['a', 'b', 'c'])
  })

  test('a frame that comes too late goes nowhere', async () => {
    const loaded = Promise.withResolvers<Frame | null>()
    const { connected, handler, pushed } = scene(new Map([['marker', () => loaded.promise]]))
    ;(await connected()).deliver('marker', note)
    handler.closed()
    loaded.resolve('b')
    await settled()
    expect(pushed).toEqual([])
  })

  test('a frame that cannot be loaded ends the link, so that the client comes back and asks', async () => {
    const failing: Loader = () => Promise.reject(new Error('away'))
    const { connected, closes, errors, held } = scene(new Map([['marker', failing]]))
    ;(await connected()).deliver('marker', note)
    await settled()
    expect([closes, errors.length, held()]).toEqual([[1011], 1, 0])
  })

  test.each(['0', '2', '9', '2/admin,["x"]', '2{}'])('UM46: %p breaks the protocol', async packet => {
    const { connected, handler, closes } = scene()
    await connected()
    await handler.receive(packet)
    expect(closes).toEqual([1002])
  })
})
