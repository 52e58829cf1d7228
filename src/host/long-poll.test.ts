import { describe, expect, test } from 'bun:test'
import { manualClock } from '../base/clock.ts'
import { createLogger } from '../base/log.ts'
import type { Link, RouteRequest } from './dialect.ts'
import { createLongPoll, type LongPollOptions, type Polled, type PollHandler } from './long-poll.ts'

interface Asked extends RouteRequest {
  /** The client goes away. */
  leave(): void
}

const ask = (address = '203.0.113.1'): Asked => {
  const controller = new AbortController()
  return {
    raw: new Request('http://h/poll', { signal: controller.signal }),
    method: 'GET',
    path: '/poll',
    params: {},
    query: new URLSearchParams(),
    address,
    requestId: 'r',
    bytes: async () => new Uint8Array(0),
    longRunning: () => undefined,
    leave: () => controller.abort(),
  }
}

const setUp = async (own: Partial<LongPollOptions> = {}, receive: PollHandler<string>['receive'] = () => undefined) => {
  const clock = manualClock()
  const lines: string[] = []
  const polls = createLongPoll<string, string>({
    name: 'test',
    clock,
    log: createLogger('debug', { write: line => void lines.push(line) }),
    waitMs: 10_000,
    idleMs: 20_000,
    maxFrames: 1000,
    ...own,
  })
  let closed = 0
  const opened = Promise.withResolvers<Link>()
  const session = await polls.open(ask(), 'mine', link => {
    opened.resolve(link)
    return { receive, closed: () => void closed++ }
  })
  return { clock, lines, polls, session, link: await opened.promise, closed: () => closed }
}

const framesOf = (polled: Polled) => (polled.type === 'frames' ? polled.frames : polled.type)
/** What a poll has come to so far, without waiting for it. */
const peek = async (poll: Promise<Polled>) => {
  for (let i = 0; i < 5; i++) await Promise.resolve()
  return Promise.race([poll.then(framesOf), Promise.resolve('still waiting')])
}
const tick = () => new Promise(resolve => setImmediate(resolve))

describe('a poll', () => {
  test('MS103: gets what waits at once, in order', async () => {
    const { session, link } = await setUp()
    link.write('one')
    link.push('two')
    expect(framesOf(await session.poll(ask()))).toEqual(['one', 'two'])
  })
  test('MS103: else what comes next, all that came in that tick together', async () => {
    const { session, link } = await setUp()
    const poll = session.poll(ask())
    expect(await peek(poll)).toBe('still waiting')
    link.push('one')
    link.push('two')
    await Promise.resolve()
    link.push('three')
    expect(framesOf(await poll)).toEqual(['one', 'two', 'three'])
  })
  test('MS103: is answered empty when nothing comes in time', async () => {
    const { session, clock, link } = await setUp()
    const poll = session.poll(ask())
    clock.advance(9_999)
    expect(await peek(poll)).toBe('still waiting')
    clock.advance(1)
    expect(framesOf(await poll)).toBe('empty')
    link.write('late')
    expect(framesOf(await session.poll(ask()))).toEqual(['late'])
  })
  test('MS108: answers an older one that still waits, empty, at once', async () => {
    const { session, link } = await setUp()
    const older = session.poll(ask())
    const newer = session.poll(ask())
    expect(framesOf(await older)).toBe('empty')
    link.write('one')
    expect(framesOf(await newer)).toEqual(['one'])
  })
  test('waits while broadcasts are held, and gets the reply first', async () => {
    const { session, link } = await setUp()
    const poll = session.poll(ask())
    {
      using _hold = link.hold()
      link.push('event')
      await tick()
      expect(await peek(poll)).toBe('still waiting')
      link.write('reply')
    }
    expect(framesOf(await poll)).toEqual(['reply', 'event'])
  })
})

describe('MS108: a connection that breaks', () => {
  test('while it waits loses nothing', async () => {
    const { session, link } = await setUp()
    const asked = ask()
    const poll = session.poll(asked)
    asked.leave()
    link.write('one')
    await poll
    await tick()
    expect(framesOf(await session.poll(ask()))).toEqual(['one'])
  })
  test('in the same tick in which a frame came loses nothing', async () => {
    const { session, link } = await setUp()
    const asked = ask()
    const poll = session.poll(asked)
    link.write('one')
    asked.leave()
    expect(framesOf(await poll)).toBe('empty')
    expect(framesOf(await session.poll(ask()))).toEqual(['one'])
  })
  test('before the answer was written gives it to the next poll, before what came later', async () => {
    const { session, link } = await setUp()
    const asked = ask()
    link.write('one')
    expect(framesOf(await session.poll(asked))).toEqual(['one'])
    link.write('two')
    asked.leave()
    expect(framesOf(await session.poll(ask()))).toEqual(['one', 'two'])
  })
  test('before the answer was written gives it to a poll that already waits', async () => {
    const { session, link } = await setUp()
    const asked = ask()
    link.write('one')
    await session.poll(asked)
    const next = session.poll(ask())
    asked.leave()
    expect(framesOf(await next)).toEqual(['one'])
  })
  test('after a later answer was given ends the session: no gap is passed over in silence', async () => {
    const { session, link, closed } = await setUp()
    const asked = ask()
    link.write('one')
    await session.poll(asked)
    link.write('two')
    await session.poll(ask())
    asked.leave()
    expect(framesOf(await session.poll(ask()))).toBe('gone')
    expect(closed()).toBe(1)
  })
  test('before it asked is not waited for', async () => {
    const { session, link } = await setUp()
    const asked = ask()
    asked.leave()
    expect(framesOf(await session.poll(asked))).toBe('empty')
    link.write('one')
    expect(framesOf(await session.poll(asked))).toBe('empty')
    expect(framesOf(await session.poll(ask()))).toEqual(['one'])
  })
})

describe('MS104: receiving', () => {
  test('is one frame at a time, in order, over several requests', async () => {
    const log: string[] = []
    const { session } = await setUp({}, async frame => {
      log.push(`begin ${frame}`)
      for (let i = 0; i < 3; i++) await Promise.resolve()
      log.push(`end ${frame}`)
    })
    expect(await Promise.all([session.receive(['a', 'b']), session.receive(['c'])])).toEqual(['handled', 'handled'])
    expect(log).toEqual(['a', 'b', 'c'].flatMap(frame => [`begin ${frame}`, `end ${frame}`]))
  })
  test('a handler that fails is logged and ends the session', async () => {
    const { session, lines, closed } = await setUp({}, frame => {
      if (frame === 'bad') throw new Error('broken')
    })
    expect(await session.receive(['good', 'bad', 'never'])).toBe('gone')
    expect(lines.join()).toContain('a link broke')
    expect(closed()).toBe(1)
    expect(await session.receive(['late'])).toBe('gone')
  })
  test('too many frames at once end the session', async () => {
    const never = Promise.withResolvers<void>()
    const { session, closed } = await setUp({}, () => never.promise)
    const first = session.receive(['first'])
    expect(await session.receive(Array.from({ length: 1024 }, () => 'x'))).toBe('gone')
    expect(closed()).toBe(1)
    never.resolve()
    expect(await first).toBe('gone')
  })
})

describe('the end of a session', () => {
  const aliveAfter = async (own: Awaited<ReturnType<typeof setUp>>, ms: number) => {
    own.clock.advance(ms)
    return own.polls.find(own.session.token) !== null
  }

  test('MS107: between 15 and 30 s after its last request', async () => {
    const own = await setUp()
    expect(await aliveAfter(own, 15_000)).toBe(true)
    await own.session.receive([])
    expect(await aliveAfter(own, 15_000)).toBe(true)
    expect(await aliveAfter(own, 15_000)).toBe(false)
    expect(own.closed()).toBe(1)
    expect(own.polls.count).toBe(0)
  })
  test('a poll that waits keeps it alive', async () => {
    const own = await setUp({ waitMs: 60_000 })
    const poll = own.session.poll(ask())
    expect(await aliveAfter(own, 59_000)).toBe(true)
    own.clock.advance(1_000)
    await poll
    expect(await aliveAfter(own, 15_000)).toBe(true)
    expect(await aliveAfter(own, 15_000)).toBe(false)
  })
  test('MS108: more than its bound of frames', async () => {
    const { polls, session, link, closed } = await setUp({ maxFrames: 3 })
    for (const frame of ['1', '2', '3']) link.push(frame)
    expect(link.closed).toBe(false)
    link.push('4')
    expect([link.closed, closed(), polls.find(session.token)]).toEqual([true, 1, null])
  })
  test('more than its bound of bytes, held ones too', async () => {
    const { link } = await setUp({ maxBytes: 100 })
    using _hold = link.hold()
    link.push('x'.repeat(100))
    expect(link.closed).toBe(false)
    link.push('x')
    expect(link.closed).toBe(true)
  })
  test('closed by its dialect: what is queued is still given out, then it is gone', async () => {
    const { polls, session, link, closed } = await setUp()
    link.write('bye')
    link.close(1000, 'over')
    link.write('never')
    expect(closed()).toBe(1)
    expect(framesOf(await session.poll(ask()))).toEqual(['bye'])
    expect(framesOf(await session.poll(ask()))).toBe('gone')
    expect(polls.find(session.token)).toBeNull()
  })
  test('closed while a poll waits: that poll hears at once', async () => {
    const { session, link } = await setUp()
    const poll = session.poll(ask())
    link.close(1000, 'over')
    expect(framesOf(await poll)).toBe('gone')
  })
  test('MS105: dropped: what waited is not given out', async () => {
    const { polls, session, link } = await setUp()
    link.write('lost')
    session.drop()
    session.drop()
    expect(polls.find(session.token)).toBeNull()
    expect(framesOf(await session.poll(ask()))).toBe('gone')
  })
})

describe('bounds', () => {
  const noop: PollHandler<string> = { receive: () => undefined, closed: () => undefined }
  /** Opens sessions a second apart, and tells which of them are left. */
  const survivors = async (own: Partial<LongPollOptions>, addresses: readonly string[]) => {
    const { polls, clock, session } = await setUp(own)
    session.drop()
    const tokens: string[] = []
    for (const address of addresses) {
      clock.advance(1)
      tokens.push((await polls.open(ask(address), address, () => noop)).token)
    }
    return tokens.flatMap((token, i) => (polls.find(token) ? [i] : []))
  }
  test('of one address or IPv6 network: the one silent longest ends', async () => {
    const addresses = ['203.0.113.1', '203.0.113.2', '203.0.113.1', '203.0.113.1']
    expect(await survivors({ maxPerAddress: 2 }, addresses)).toEqual([1, 2, 3])
    const network = ['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::']
    expect(await survivors({ maxPerAddress: 2 }, network)).toEqual([1, 2, 3])
    expect(await survivors({ maxPerAddress: 1 }, ['203.0.113.1', '203.0.113.1', '203.0.113.1'])).toEqual([2])
  })
  test('of all sessions', async () => {
    expect(await survivors({ maxSessions: 2 }, ['203.0.113.1', '203.0.113.2', '203.0.113.3'])).toEqual([1, 2])
  })
  test('one that was used since is kept', async () => {
    const { polls, clock, session } = await setUp({ maxSessions: 2 })
    clock.advance(1)
    const other = await polls.open(ask(), 'other', () => noop)
    clock.advance(1)
    await session.receive([])
    await polls.open(ask(), 'third', () => noop)
    expect([polls.find(session.token), polls.find(other.token)]).toEqual([session, null])
  })
  test('a session closed while it starts: its handler hears of it', async () => {
    const { polls } = await setUp()
    let closed = 0
    const session = await polls.open(ask(), '', link => {
      link.write('sorry')
      link.close(4001, 'no')
      return { receive: () => undefined, closed: () => void closed++ }
    })
    expect(closed).toBe(1)
    expect(framesOf(await session.poll(ask()))).toEqual(['sorry'])
    expect(framesOf(await session.poll(ask()))).toBe('gone')
  })
  test('a session whose start fails leaves nothing behind', async () => {
    const { polls } = await setUp()
    await expect(polls.open(ask(), '', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(polls.count).toBe(1)
  })
  test('MS102: tokens cannot be guessed, and ids do not tell them', async () => {
    const { session, link, polls } = await setUp()
    expect(session.token).toMatch(/^[\w-]{43}$/)
    expect(link.id).not.toContain(session.token)
    expect(polls.find('')).toBeNull()
    expect(polls.find('__proto__')).toBeNull()
    expect(polls.find(session.token)?.data).toBe('mine')
  })
})
