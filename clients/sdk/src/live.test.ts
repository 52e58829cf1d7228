// The listener against a server that does as it is told: how it connects, and who hears what. A real one is in test/sdk.
import { describe, expect, test } from 'bun:test'
import { until } from '../../../test/kit/wait.ts'
import { durable, FakeServer, frame, type Heard, QUICK } from '../../../test/sdk/fake.ts'
import { listen, opened } from '../../../test/sdk/listening.ts'
import type { TransportName } from './live.ts'

const all: readonly TransportName[] = ['websocket', 'sse', 'polling']

describe('which transport', () => {
  test('the best one that the server offers and the platform has', async () => {
    await using best = await listen()
    await best.live.ready
    await using without = await listen(undefined, {}, { webSocket: null })
    await without.live.ready
    await using asked = await listen(undefined, { transports: ['polling'] })
    await asked.live.ready
    expect([best, without, asked].map(({ live, server }) => [live.transport, server.tried[0]])).toEqual([
      ['websocket', 'websocket'],
      ['sse', 'sse'],
      ['polling', 'polling'],
    ])
  })

  test('none in common is said at once', async () => {
    await using server = new FakeServer()
    const client = await server.client({ webSocket: null, transports: ['websocket'] })
    expect(() => client.live()).toThrow('no transport in common')
  })

  const refused: readonly (readonly [readonly TransportName[], readonly TransportName[]])[] = [
    [['websocket'], ['websocket', 'websocket', 'sse']],
    [['sse'], ['websocket']],
    [
      ['websocket', 'sse'],
      ['websocket', 'websocket', 'sse', 'sse', 'polling'],
    ],
  ]
  test.each(refused)('where a proxy refuses %p it is found: %p', async (ways, tried) => {
    await using found = await listen(server => {
      for (const way of ways) server.refused.add(way)
    })
    await found.live.ready
    expect(found.server.tried.slice(0, tried.length)).toEqual([...tried])
    expect(found.live.transport).toBe(tried.at(-1) as TransportName)
  })

  test('where every one is refused it goes round, until one is let through', async () => {
    await using found = await listen(server => {
      for (const way of all) server.refused.add(way)
    })
    await until('a round', () => found.server.tried.includes('polling'))
    found.server.refused.delete('websocket')
    await found.live.ready
    expect(found.live.transport).toBe('websocket')
  })

  test('a server that is away for long is no reason to fall back', async () => {
    const found = await listen()
    await found.live.ready
    const { port } = found.server
    const used = new Set<TransportName>()
    let tries = 0
    found.live.onState(state => {
      used.add(found.live.transport)
      if (state === 'waiting') tries++
    })
    await found.server[Symbol.asyncDispose]()
    await until('many tries', () => tries > 6)
    await using again = new FakeServer(port)
    await opened(again, 1)
    expect([...used]).toEqual(['websocket'])
    found.live.close()
  })

  test('one may choose another, which resumes; one that cannot be used is refused', async () => {
    await using found = await listen(undefined, { transports: ['websocket', 'sse'] })
    const first = await opened(found.server, 1)
    first.say(durable(1))
    await until('the message', () => found.bodies.length === 1)
    found.live.switchTo('sse')
    const second = await opened(found.server, 2)
    expect([second.transport, second.query.get('resume_token')]).toEqual(['sse', 'at1'])
    await until('the first to be over', () => first.over)
    // What was chosen is kept, whatever happens to it.
    second.end()
    expect((await opened(found.server, 3)).transport).toBe('sse')
    expect(() => found.live.switchTo('polling')).toThrow('polling cannot be used here')
  })
})

describe('what is subscribed', () => {
  test('OC116: a WebSocket is told at once, and again after each loss; twice is once', async () => {
    await using found = await listen(undefined, { transports: ['websocket'] })
    found.live.subscribe('before')
    const first = await opened(found.server, 1)
    await found.live.ready
    found.live.subscribe('during')
    found.live.subscribe('during')
    found.live.subscribe('not any more')
    found.live.unsubscribe('not any more')
    found.live.unsubscribe('never')
    await until('four frames', () => first.frames.length === 4)
    const said = (heard: Heard) =>
      heard.frames.map(({ type, payload }) => [type, (payload as { channel_id: string }).channel_id])
    expect(said(first)).toEqual([
      ['chat.subscribe', 'before'],
      ['chat.subscribe', 'during'],
      ['chat.subscribe', 'not any more'],
      ['chat.unsubscribe', 'not any more'],
    ])
    first.end()
    const second = await opened(found.server, 2)
    await until('two frames', () => second.frames.length === 2)
    expect(said(second)).toEqual([
      ['chat.subscribe', 'before'],
      ['chat.subscribe', 'during'],
    ])
  })

  test('OC125: a stream is opened anew with its channels, the last 50 of them', async () => {
    await using found = await listen(undefined, { transports: ['sse'] })
    await found.live.ready
    for (let i = 0; i < 60; i++) found.live.subscribe(`c${i}`)
    const second = await opened(found.server, 2)
    expect(second.query.getAll('channel_id')).toEqual(Array.from({ length: 50 }, (_, i) => `c${i + 10}`))
    expect(second.query.get('resume_token')).toBe('at0')
    await until('the first to be over', () => found.server.connections[0]?.over)
  })

  test('a channel that cannot be looked at any more ends no stream: it is left out, and said', async () => {
    await using server = new FakeServer()
    server.refusal = url =>
      url.searchParams.getAll('channel_id').includes('gone')
        ? { status: 404, body: { code: 'channel_not_found', message: 'No.', retryable: false } }
        : null
    server.answers.set('/v1/channels/here', { status: 200, body: { channel: {} } })
    const live = (await server.client()).live({ transports: ['sse'], backoff: QUICK })
    const refused: unknown[] = []
    live.on('chat.error', ({ code }, { channel_id }) => void refused.push([code, channel_id]))
    live.subscribe('here')
    live.subscribe('gone')
    await until('the word', () => refused.length === 1)
    expect(refused).toEqual([['chat_channel_forbidden', 'gone']])
    expect(server.last?.query.getAll('channel_id')).toEqual(['here'])
    // It is not asked for again.
    const { tried } = server
    const before = tried.length
    server.last?.end()
    await until('the next', () => tried.length > before)
    expect(tried).toHaveLength(before + 1)
    live.close()
  })

  test('OC117: refused for good it is forgotten; refused for its haste it is asked for again', async () => {
    await using found = await listen(undefined, { transports: ['websocket'] })
    const first = await opened(found.server, 1)
    await found.live.ready
    found.live.subscribe('gone')
    found.live.subscribe('late')
    await until('two frames', () => first.frames.length === 2)
    const [gone, late] = first.frames
    first.say(
      frame(
        'chat.error',
        { code: 'chat_channel_forbidden', message: '', retryable: false },
        { request_id: gone?.request_id ?? '' },
      ),
    )
    const later = { code: 'rate_limited', message: '', retryable: true, details: { retry_after_ms: 20 } }
    first.say(frame('chat.error', later, { request_id: late?.request_id ?? '' }))
    await until('the second try', () => first.frames.length === 3)
    expect(first.frames[2]).toEqual(late as never)
    first.end()
    const second = await opened(found.server, 2)
    await until('one frame', () => second.frames.length === 1)
    expect(second.frames[0]?.payload).toEqual({ channel_id: 'late' })
  })

  test('OC65, OC116: typing goes over the connection that has the channel open, else by a call', async () => {
    await using found = await listen(
      server => void server.answers.set('/v1/channels/c/typing', { status: 200, body: null }),
      { transports: ['websocket'] },
    )
    const heard = await opened(found.server, 1)
    await found.live.ready
    await found.live.typing('c', true)
    expect(found.server.asked.at(-1)).toBe('/v1/channels/c/typing')
    found.live.subscribe('c')
    await found.live.typing('c', false)
    await until('two frames', () => heard.frames.length === 2)
    expect(heard.frames[1]).toMatchObject({
      type: 'chat.typing.update',
      payload: { channel_id: 'c', is_typing: false },
    })
  })
})

describe('who listens', () => {
  test('hears by name, or everything; and stops when he says so', async () => {
    await using found = await listen()
    const heard = await opened(found.server, 1)
    const mine: string[] = []
    const off = found.live.on('chat.message.created', ({ message }, { resume_token }) => {
      mine.push(`${message.body} ${resume_token}`)
      off()
    })
    for (const id of [1, 2]) heard.say(durable(id))
    heard.say(frame('chat.of.tomorrow', { new: true }))
    await until('all', () => found.names.includes('chat.of.tomorrow'))
    expect(mine).toEqual(['message 1 at1'])
  })

  test('nothing is missed between events() and the first read', async () => {
    await using found = await listen()
    const heard = await opened(found.server, 1)
    await found.live.ready
    const events = found.live.events()
    heard.say(durable(1))
    await until('the message', () => found.bodies.length === 1)
    expect((await events.next()).value?.resume_token).toBe('at1')
  })

  test('what is no frame is passed over', async () => {
    await using found = await listen(undefined, { transports: ['websocket'] })
    const heard = await opened(found.server, 1)
    for (const odd of [[], { event_type: 7 }, { no: 'type' }, { event_type: 'odd' }]) heard.say(odd)
    heard.say(durable(1))
    await until('the message', () => found.bodies.length === 1)
    expect(found.names).toEqual(['chat.hello', 'odd', 'chat.message.created'])
  })
})
