// The listener against a server that does as it is told: what it does when a connection ends.
import { describe, expect, test } from 'bun:test'
import { until } from '../../../test/kit/wait.ts'
import { durable, frame, hello, QUICK, SERVER_ID } from '../../../test/sdk/fake.ts'
import { listen, opened, poll } from '../../../test/sdk/listening.ts'
import type { TransportName } from './live.ts'

const all: readonly TransportName[] = ['websocket', 'sse', 'polling']
const frames: readonly TransportName[] = ['websocket', 'sse']

describe('what is lost', () => {
  const ends: readonly (readonly [TransportName, string, number | undefined])[] = [
    ['websocket', 'a socket that breaks', undefined],
    ['websocket', 'a server that shuts down', 1012],
    ['websocket', 'a connection that was too slow', 1013],
    ['websocket', 'a frame that was too big', 1009],
    ['sse', 'a stream that breaks off', undefined],
  ]
  test.each(ends)('OC123: %s: %s is resumed where it stopped, and repeats are dropped', async (name, _what, code) => {
    await using found = await listen(undefined, { transports: [name] })
    const first = await opened(found.server, 1)
    found.server.greet = heard => {
      heard.say(hello('at2', true))
      for (const id of [1, 2, 3]) heard.say(durable(id))
      heard.say(frame('chat.resume.completed', { replayed: 3, resume_token: 'at3' }))
      heard.say(durable(4))
    }
    first.say(durable(1))
    first.say(durable(2))
    await until('both', () => found.bodies.length === 2)
    first.end(code)
    const second = await opened(found.server, 2)
    expect(second.query.get('resume_token')).toBe('at2')
    await until('the rest', () => found.bodies.length === 4)
    expect(found.bodies).toEqual([1, 2, 3, 4].map(id => `message ${id}`))
    expect(found.live.position).toBe('at4')
    expect(found.names.filter(type => type === 'chat.resume.completed')).toHaveLength(1)
    expect(found.states).toEqual(['open', 'waiting', 'connecting', 'open'])
  })

  test('OC126: polls: what was missed comes in pages, and only then is it complete', async () => {
    await using found = await listen(
      server => {
        server.polls.push(poll([durable(1), durable(2)], 'at2'), poll([durable(2), durable(3)], 'at3'), poll([], 'at3'))
      },
      { transports: ['polling'], position: 'at0' },
    )
    await until('completion', () => found.names.includes('chat.resume.completed'))
    expect(found.bodies).toEqual(['message 1', 'message 2', 'message 3'])
    expect(found.names.at(-1)).toBe('chat.resume.completed')
    const asked = found.server.connections.map(({ query }) => [query.get('resume_token'), query.get('timeout_ms')])
    expect(asked.slice(0, 3)).toEqual([
      ['at0', '0'],
      ['at2', '0'],
      ['at3', '0'],
    ])
    await opened(found.server, 4)
    expect(found.server.last?.query.get('timeout_ms')).toBeNull()
    expect(found.live.position).toBe('at3')
  })

  test('OC126: a poll that is lost is asked again from where it was', async () => {
    await using found = await listen(undefined, { transports: ['polling'] })
    await opened(found.server, 2)
    found.server.polls.push(poll([durable(1)], 'at1'))
    found.server.refused.add('polling')
    // The poll under way ends with the connection, as when a line is cut.
    found.live.switchTo('polling')
    await until('a refusal', () => found.server.tried.length >= 3)
    found.server.refused.delete('polling')
    await until('the message', () => found.bodies.length === 1)
    expect(found.live.position).toBe('at1')
  })

  test('what was lost in the middle of a replay is replayed from there', async () => {
    await using found = await listen(
      server => {
        server.greet = heard => {
          heard.say(hello('at0', true))
          heard.say(durable(1))
          if (server.connections.length === 1) heard.end()
          else heard.say(durable(2))
        }
      },
      { transports: ['sse'], position: 'at0' },
    )
    await until('both', () => found.bodies.length === 2)
    expect(found.server.connections.map(({ query }) => query.get('resume_token'))).toEqual(['at0', 'at1'])
  })

  test('OC124: resync_required is told, and what counts from one again is no repeat', async () => {
    await using found = await listen(undefined, { transports: ['websocket'] })
    const first = await opened(found.server, 1)
    first.say(durable(500))
    await until('the message', () => found.bodies.length === 1)
    found.server.greet = heard => {
      heard.say(hello('fresh', false))
      heard.say(frame('resync_required', { reason: 'unknown_token', resume_token: 'fresh' }))
      heard.say(durable(1))
    }
    first.end()
    await until('the new message', () => found.bodies.length === 2)
    expect(found.names.filter(type => type !== 'chat.hello')).toEqual([
      'chat.message.created',
      'resync_required',
      'chat.message.created',
    ])
    expect(found.live.position).toBe('at1')
  })

  test('OC124: polls say so too', async () => {
    const resync = frame('resync_required', { reason: 'expired', resume_token: 'fresh' })
    await using found = await listen(
      server => {
        server.polls.push(
          poll([resync], 'fresh', { resync_required: true }),
          poll([durable(1)], 'at1'),
          poll([], 'at1'),
        )
      },
      { transports: ['polling'], position: 'old' },
    )
    await opened(found.server, 4)
    expect(found.names).toEqual(['resync_required', 'chat.message.created'])
    expect(found.live.position).toBe('at1')
  })

  test('a connection that breaks before it says resync_required is asked again with the same token', async () => {
    await using found = await listen(
      server => {
        server.greet = heard => {
          heard.say(hello('fresh', false))
          if (server.connections.length === 1) heard.end()
          else heard.say(frame('resync_required', { reason: 'expired', resume_token: 'fresh' }))
        }
      },
      { transports: ['sse'], position: 'old' },
    )
    await until('the word', () => found.names.includes('resync_required'))
    expect(found.server.connections.map(({ query }) => query.get('resume_token'))).toEqual(['old', 'old'])
    expect(found.live.position).toBe('fresh')
  })

  test.each([...frames])('OC119: %s: a server that drains is given the time it asks for', async name => {
    await using found = await listen(undefined, { transports: [name] })
    const first = await opened(found.server, 1)
    first.say(frame('chat.server.draining', { retry_after_ms: 200 }))
    const since = performance.now()
    first.end(1012)
    await opened(found.server, 2)
    expect(performance.now() - since).toBeGreaterThan(190)
    expect(found.names).toContain('chat.server.draining')
  })

  test('OC126: so are polls', async () => {
    await using found = await listen(server => void server.polls.push(poll([], 'at0', { retry_after_ms: 200 })), {
      transports: ['polling'],
    })
    await opened(found.server, 2)
    const since = performance.now()
    await opened(found.server, 3)
    expect(performance.now() - since).toBeGreaterThan(150)
    expect(found.names).toContain('chat.server.draining')
  })
})

describe('what is over', () => {
  const closes: readonly (readonly [number, string])[] = [
    [4401, 'session-ended'],
    [4403, 'membership-ended'],
  ]
  test.each(closes)('OC119: a socket closed with %d is not opened again: %s', async (code, why) => {
    await using found = await listen()
    ;(await opened(found.server, 1)).end(code)
    expect(await found.live.closed).toBe(why as never)
    expect([found.live.state, found.server.tried.length]).toEqual(['closed', 1])
  })

  test('OC33: a stream that ends behind chat.session.revoked is not opened again', async () => {
    await using found = await listen(undefined, { transports: ['sse'] })
    const heard = await opened(found.server, 1)
    heard.say(frame('chat.session.revoked', { session_id: 's1', reason: 'revoked' }))
    heard.end()
    expect(await found.live.closed).toBe('session-ended')
    expect(found.names).toContain('chat.session.revoked')
  })

  const refusals: readonly (readonly [number, string, string])[] = [
    [401, 'unauthorized', 'session-ended'],
    [403, 'membership_required', 'membership-ended'],
    [404, 'server_not_found', 'membership-ended'],
  ]
  for (const transport of ['sse', 'polling'] as const) {
    test.each(refusals)(`OC110: ${transport}: refused with %d %s: %s`, async (status, code, why) => {
      await using found = await listen(
        server => {
          server.refusal = () => ({ status, body: { code, message: 'No.', retryable: false } })
        },
        { transports: [transport] },
      )
      expect(await found.live.closed).toBe(why as never)
      await expect(found.live.ready).rejects.toThrow(why)
      expect(found.server.tried).toHaveLength(1)
    })
  }

  test.each(refusals)('OC110: websocket: what it cannot see of %d %s is asked for: %s', async (status, code, why) => {
    await using found = await listen(
      server => {
        const body = { code, message: 'No.', retryable: false }
        server.refusal = () => ({ status, body })
        server.answers.set(`/v1/servers/${SERVER_ID}/membership`, { status, body })
      },
      { transports: ['websocket'] },
    )
    expect(await found.live.closed).toBe(why as never)
    expect(found.server.tried).toHaveLength(1)
  })

  test('OC47: who has left a public server hears so, though he may look at it', async () => {
    await using found = await listen(
      server => {
        server.refused.add('websocket')
        server.answers.set(`/v1/servers/${SERVER_ID}/membership`, { status: 200, body: { state: 'left' } })
      },
      { transports: ['websocket'] },
    )
    expect(await found.live.closed).toBe('membership-ended')
  })

  test('a proxy’s own 401, 403 and 404 say nothing about the session', async () => {
    const statuses = [401, 403, 404]
    await using found = await listen(
      server => {
        server.refusal = () => {
          const status = statuses.shift()
          return status === undefined ? null : { status, body: 'Log in to the hotel' }
        }
      },
      { transports: ['sse'] },
    )
    await found.live.ready
    expect(found.server.tried).toHaveLength(4)
  })

  test('after close() nothing is told, tried or kept, in whatever state it was', async () => {
    for (const name of all) {
      await using found = await listen(undefined, { transports: [name] })
      // The second poll is the one that waits: no other may take its answer.
      const heard = await opened(found.server, name === 'polling' ? 2 : 1)
      await found.live.ready
      found.live.on('chat.message.created', () => found.live.close())
      if (name === 'polling') found.server.polls.push(poll([durable(1), durable(2)], 'at2'))
      else for (const id of [1, 2]) heard.say(durable(id))
      if (name === 'polling') found.live.switchTo('polling')
      expect(await found.live.closed).toBe('closed')
      await until('the end of every connection', () => name === 'polling' || heard.over)
      const tried = found.server.tried.length
      expect(found.bodies).toEqual(['message 1'])
      await new Promise(resolve => setTimeout(resolve, 30))
      expect(found.server.tried).toHaveLength(tried)
    }
  })

  test('close() while it waits, and while it connects', async () => {
    const waiting = await listen(
      server => {
        for (const way of all) server.refused.add(way)
      },
      { backoff: { ...QUICK, initial_delay_ms: 60_000, max_delay_ms: 60_000 } },
    )
    await until('the waiting', () => waiting.live.state === 'waiting')
    waiting.live.close()
    expect(await waiting.live.closed).toBe('closed')
    await waiting.server[Symbol.asyncDispose]()

    await using connecting = await listen()
    connecting.live.close()
    connecting.live.close()
    expect(await connecting.live.closed).toBe('closed')
    await expect(connecting.live.ready).rejects.toThrow('closed')
    for await (const _ of connecting.live.events()) throw new Error('an event')
  })
})
