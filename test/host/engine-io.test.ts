// Engine.IO by raw requests and frames: handshakes, polls, posts, pings and ends, as the official server has them.
import { afterEach, describe, expect, test } from 'bun:test'
import net from 'node:net'
import { manualClock } from '../../src/base/clock.ts'
import { type EngineHost, type EngineScript, startEngineHost, stopEngineHosts } from '../kit/host/engine-host.ts'
import { exchange, openRaw } from '../kit/host/raw-socket.ts'
import { closeOf, texts, untilText } from '../kit/host/socket-host.ts'
import { Inbox, until } from '../kit/wait.ts'

afterEach(stopEngineHosts)

/** Sends every message back. */
const echo: EngineScript = link => ({
  receive: frame => link.write(typeof frame === 'string' ? `4${frame}` : frame),
})
const port = ({ host }: EngineHost): number => host.listening.port
const openSocket = (engine: EngineHost, query = '') => openRaw(port(engine), `/x/io/?EIO=4&transport=websocket${query}`)
const refusal = async (answer: Response) => [answer.status, await answer.json()] as const

describe('a handshake', () => {
  test.each(['/x/io/', '/x/io'])('over polling at %s', async path => {
    const { host, sessions } = startEngineHost()
    const answer = await host.fetch(`${path}?EIO=4&transport=polling`)
    const text = await answer.text()
    expect([answer.status, answer.headers.get('content-type'), text[0]]).toEqual([
      200,
      'text/plain; charset=UTF-8',
      '0',
    ])
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(JSON.parse(text.slice(1))).toEqual({
      sid: expect.stringMatching(/^[\w-]{20}$/),
      upgrades: ['websocket'],
      pingInterval: 25_000,
      pingTimeout: 20_000,
      maxPayload: 1_000_000,
    })
    expect(text).not.toContain((await sessions.next()).link.id)
  })

  test.each(['/x/io/', '/x/io'])('over WebSocket at %s', async path => {
    const engine = startEngineHost()
    using socket = await openRaw(port(engine), `${path}?EIO=4&transport=websocket`)
    const frame = await socket.frames.next()
    const text = frame.type === 'text' ? frame.text : ''
    expect(JSON.parse(text.slice(1))).toMatchObject({ upgrades: [], pingInterval: 25_000 })
  })

  test('what is written in the opening comes with it, in order', async () => {
    const { url } = startEngineHost(link => {
      link.write('4a')
      link.push('4b')
      return {}
    })
    expect(await (await fetch(url({}))).text()).toEndWith('}\x1e4a\x1e4b')
  })
})

describe('UM32: refused as the official server does', () => {
  const errors = {
    0: 'Transport unknown',
    1: 'Session ID unknown',
    2: 'Bad handshake method',
    3: 'Bad request',
    5: 'Unsupported protocol version',
  } as const
  test.each([
    ['', 0],
    ['EIO=4', 0],
    ['EIO=4&transport=abc', 0],
    ['EIO=4&transport=__proto__', 0],
    ['EIO=4&transport=polling&sid=nobody', 1],
    ['EIO=3&transport=polling&sid=nobody', 1],
    ['EIO=4&transport=polling&sid=__proto__', 1],
    ['EIO=3&transport=polling', 5],
    ['transport=polling', 5],
    ['EIO=4&transport=websocket', 3],
    ['EIO=4&transport=polling&j=0', 3],
  ] as const)('GET ?%s', async (query, code) => {
    const { host, engine } = startEngineHost()
    expect(await refusal(await host.fetch(`/x/io/?${query}`))).toEqual([400, { code, message: errors[code] }])
    expect(engine.count).toBe(0)
  })

  test.each([
    ['EIO=4&transport=abc', 0],
    ['EIO=4&transport=websocket&sid=nobody', 1],
    ['EIO=3&transport=websocket', 5],
    ['EIO=4&transport=polling', 3],
  ] as const)('a WebSocket ?%s', async (query, code) => {
    const engine = startEngineHost()
    const opening = openRaw(port(engine), `/x/io/?${query}`)
    await expect(opening).rejects.toThrow(`{"code":${code},"message":"${errors[code]}"}`)
  })

  test('a POST without a session, and other methods', async () => {
    const { host, engine } = startEngineHost()
    const answer = await host.fetch('/x/io/?EIO=4&transport=polling', { method: 'POST', body: '4' })
    expect(await refusal(answer)).toEqual([400, { code: 2, message: errors[2] }])
    const request = (path: string) => engine.refuse({ path } as Parameters<typeof engine.refuse>[0])
    expect([request('/x/io/')?.status, request('/x/io')?.status, request('/x')]).toEqual([400, 400, null])
    expect((await host.fetch('/x/io/?EIO=4&transport=polling', { method: 'HEAD' })).status).toBe(400)
  })

  test('a session asked for by another transport or version than its own', async () => {
    const engine = startEngineHost()
    const sid = await engine.begin()
    for (const query of [{ transport: 'websocket' }, { EIO: '3' }, { j: '1' }]) {
      expect((await refusal(await fetch(engine.url({ sid, ...query }))))[1]).toMatchObject({ code: 3 })
    }
    expect(engine.engine.count).toBe(1)
  })
})

describe('polling', () => {
  test('a poll waits for frames; those of one tick come together', async () => {
    const engine = startEngineHost()
    const sid = await engine.begin()
    const { link } = await engine.sessions.next()
    const { answer } = await engine.polling(sid)
    link.push('4a')
    link.write('4b')
    link.write(new Uint8Array([1, 2, 3]))
    expect(await (await answer).text()).toBe('4a\x1e4b\x1ebAQID')
  })

  test('messages are handled in order, and answered with the next poll', async () => {
    const engine = startEngineHost(echo)
    const sid = await engine.begin()
    const posted = await engine.post(sid, '4ä\x1ebAQID\x1e4')
    expect([posted.status, posted.headers.get('content-type'), await posted.text()]).toEqual([200, 'text/html', 'ok'])
    expect(await (await engine.poll(sid)).text()).toBe('4ä\x1ebAQID\x1e4')
  })

  test('every poll may come on a connection of its own, which ends with it', async () => {
    const engine = startEngineHost()
    const sid = await engine.begin()
    const { link } = await engine.sessions.next()
    const { pathname, search } = new URL(engine.url({ sid }))
    for (let i = 0; i < 20; i++) {
      link.push(`4${i}`)
      const head = `GET ${pathname}${search} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`
      expect(await exchange(port(engine), head)).toEndWith(`\r\n\r\n4${i}`)
    }
  })

  test('a POST is answered when what it brought has been handled', async () => {
    const gate = Promise.withResolvers<void>()
    const engine = startEngineHost(() => ({ receive: () => gate.promise }))
    const sid = await engine.begin()
    const { received } = await engine.sessions.next()
    let answered = false
    const posted = engine.post(sid, '4a\x1e4b').then(answer => {
      answered = true
      return answer.text()
    })
    await received.next()
    // A whole round trip of another request.
    await engine.begin()
    expect([answered, received.all]).toEqual([false, ['a']])
    gate.resolve()
    expect([await posted, received.all]).toEqual(['ok', ['a', 'b']])
  })

  test('a reply passes what is held', async () => {
    const engine = startEngineHost()
    const sid = await engine.begin()
    const { link } = await engine.sessions.next()
    {
      using _ = link.hold()
      link.push('4event')
      link.write('4reply')
    }
    expect(await (await engine.poll(sid)).text()).toBe('4reply\x1e4event')
  })

  test('two polls at once end the session: the first learns it, the second is refused', async () => {
    const engine = startEngineHost()
    const sid = await engine.begin()
    const session = await engine.sessions.next()
    const answers = await Promise.all([engine.poll(sid), engine.poll(sid)])
    const byStatus = answers.toSorted((a, b) => a.status - b.status)
    expect(await Promise.all(byStatus.map(answer => answer.text()))).toEqual([
      '1',
      '{"code":3,"message":"Bad request"}',
    ])
    expect([(await engine.poll(sid)).status, session.closed, session.link.closed]).toEqual([400, 1, true])
  })

  test('a poll that is given up ends the session', async () => {
    const engine = startEngineHost()
    const sid = await engine.begin()
    const session = await engine.sessions.next()
    const leaving = new AbortController()
    const { answer: polled } = await engine.polling(sid, leaving.signal)
    leaving.abort()
    await expect(polled).rejects.toThrow()
    await until('the end', () => session.closed)
    expect((await engine.poll(sid)).status).toBe(400)
  })
})

describe('the end', () => {
  test('by the client, polling: the poll that waits is let go', async () => {
    const engine = startEngineHost()
    const sid = await engine.begin()
    const session = await engine.sessions.next()
    const { answer: polled } = await engine.polling(sid)
    expect(await (await engine.post(sid, '1')).text()).toBe('ok')
    expect([await (await polled).text(), (await engine.poll(sid)).status, session.closed]).toEqual(['6', 400, 1])
  })

  test('by the client, WebSocket: packet or close frame', async () => {
    const engine = startEngineHost()
    for (const [type, payload] of [['text', '1'] as const, ['close', Buffer.from([3, 232])] as const]) {
      using socket = await openSocket(engine)
      const session = await engine.sessions.next()
      socket.send(type, payload)
      await until('the end', () => session.closed)
      expect(session.link.closed).toBe(true)
    }
    expect(engine.engine.count).toBe(0)
  })

  test('by the server, polling: what is queued comes first, with the poll that waits', async () => {
    const engine = startEngineHost()
    const sid = await engine.begin()
    const { link } = await engine.sessions.next()
    const { answer: polled } = await engine.polling(sid)
    link.write('4last')
    link.close(1000, 'over')
    link.write('4too late')
    expect(await (await polled).text()).toBe('4last')
    expect(await (await engine.poll(sid)).text()).toBe('1')
    expect((await engine.poll(sid)).status).toBe(400)
  })

  test('by the server, polling: or with the next one; what the client still says is not heard', async () => {
    const engine = startEngineHost()
    const sid = await engine.begin()
    const session = await engine.sessions.next()
    {
      using _ = session.link.hold()
      session.link.push('4held')
      session.link.close(1000, 'over')
    }
    expect([session.closed, session.link.closed]).toEqual([1, true])
    expect([(await engine.post(sid, '4a')).status, session.received.all]).toEqual([200, []])
    expect(await (await engine.poll(sid)).text()).toBe('4held')
    expect(await (await engine.poll(sid)).text()).toBe('1')
    expect([(await engine.poll(sid)).status, session.closed]).toEqual([400, 1])
  })

  test('by the server, WebSocket: what is queued, then its close code', async () => {
    const engine = startEngineHost()
    using socket = await openSocket(engine)
    const { link } = await engine.sessions.next()
    link.write('4last')
    link.close(4000, 'over')
    expect(await closeOf(socket)).toEqual({ type: 'close', code: 4000, reason: 'over' })
    expect(texts(socket.frames.all).at(-1)).toBe('4last')
    expect(engine.engine.count).toBe(0)
  })

  test('a client that leaves a session which the server has closed need not fetch the rest', async () => {
    const engine = startEngineHost()
    const sid = await engine.begin()
    const session = await engine.sessions.next()
    session.link.write('4last')
    session.link.close(1000, 'over')
    expect(engine.engine.count).toBe(1)
    await engine.post(sid, '1')
    expect([engine.engine.count, session.closed]).toEqual([0, 1])
  })

  test('because its handler broke: that session only', async () => {
    const engine = startEngineHost(link => ({
      receive(frame) {
        if (frame === 'bad') throw new Error('bad')
        link.write('4fine')
      },
    }))
    const [bad, good] = [await engine.begin(), await engine.begin()]
    await engine.post(bad, '4bad\x1e4after')
    await engine.post(good, '4good')
    expect([await (await engine.poll(bad)).text(), await (await engine.poll(good)).text()]).toEqual(['1', '4fine'])
    expect((await engine.sessions.next()).received.all).toEqual(['bad'])
  })

  test('because the server goes down', async () => {
    const engine = startEngineHost()
    const sid = await engine.begin()
    const { answer: polled } = await engine.polling(sid)
    using socket = await openSocket(engine)
    const drained = engine.host.listening.drain()
    expect(await (await polled).text()).toBe('1')
    expect(await closeOf(socket)).toMatchObject({ code: 1012 })
    await drained
    expect(engine.engine.count).toBe(0)
  })
})

test('a server that goes down begins no session', async () => {
  const gate = Promise.withResolvers<void>()
  const engine = startEngineHost(() => ({ receive: () => gate.promise }))
  const sid = await engine.begin()
  const posted = engine.post(sid, '4a')
  await (await engine.sessions.next()).received.next()
  const { pathname, search } = new URL(engine.url({}))
  // A connection that was let in before, and says only later what it wants.
  const late = net.connect(port(engine), '127.0.0.1', () => late.write(`GET ${pathname}${search} HTTP/1.1\r\n`))
  const answers = new Inbox<string>()
  late.on('data', chunk => answers.push(chunk.toString()))
  await until('the connection', () => late.bytesWritten > 0)
  await engine.begin()
  const drained = engine.host.listening.drain()
  late.write('Host: h\r\n\r\n')
  expect(await answers.next()).toStartWith('HTTP/1.1 503')
  gate.resolve()
  expect((await posted).status).toBe(200)
  await drained
  expect(engine.sessions.all).toHaveLength(2)
})

describe('UM32: pings', () => {
  const setUp = async () => {
    const clock = manualClock()
    const engine = startEngineHost(echo, { clock })
    return { clock, engine }
  }

  test('over WebSocket, every 25 s, for as long as they are answered', async () => {
    const { clock, engine } = await setUp()
    using socket = await openSocket(engine)
    for (let i = 0; i < 3; i++) {
      clock.advance(26_000)
      await untilText(socket, '2')
      socket.send('text', '3')
      socket.send('text', `4${i}`)
      await untilText(socket, `4${i}`)
    }
    clock.advance(26_000)
    await untilText(socket, '2')
    clock.advance(21_000)
    expect(await closeOf(socket)).toMatchObject({ code: 1000 })
    expect((await engine.sessions.next()).closed).toBe(1)
  })

  test('over polling: who does not answer is gone, and the poll that waits learns of it', async () => {
    const { clock, engine } = await setUp()
    const sid = await engine.begin()
    clock.advance(26_000)
    expect(await (await engine.poll(sid)).text()).toBe('2')
    await engine.post(sid, '3')
    clock.advance(24_000)
    const { answer: pinged } = await engine.polling(sid)
    clock.advance(2000)
    expect(await (await pinged).text()).toBe('2')
    const { answer: polled } = await engine.polling(sid)
    clock.advance(18_000)
    expect(engine.sessions.all[0]?.closed).toBe(0)
    clock.advance(2000)
    expect([await (await polled).text(), (await engine.poll(sid)).status]).toEqual(['1', 400])
  })

  test('any packet shows that the client lives', async () => {
    const { clock, engine } = await setUp()
    const sid = await engine.begin()
    clock.advance(26_000)
    for (let i = 0; i < 5; i++) {
      await engine.post(sid, '4still here')
      clock.advance(15_000)
    }
    expect(engine.engine.count).toBe(1)
    clock.advance(6000)
    expect(engine.engine.count).toBe(0)
  })

  test('who never comes back is forgotten, closed or not', async () => {
    const { clock, engine } = await setUp()
    await engine.begin()
    await engine.begin()
    ;(await engine.sessions.next()).link.close(1000, '')
    expect(engine.engine.count).toBe(2)
    clock.advance(21_000)
    expect(engine.engine.count).toBe(1)
    clock.advance(26_000)
    expect(engine.engine.count).toBe(0)
  })
})

test('binary messages, both ways, over WebSocket', async () => {
  const engine = startEngineHost(echo)
  using socket = await openSocket(engine)
  socket.send('binary', new Uint8Array([1, 2, 3]))
  const frame = await socket.frames.find('bytes', ({ type }) => type === 'binary')
  expect(frame.type === 'binary' && [...frame.bytes]).toEqual([1, 2, 3])
})

test('ids of links tell nothing of their sessions, and stay the same', async () => {
  const engine = startEngineHost()
  const sid = await engine.begin()
  const { link } = await engine.sessions.next()
  expect([link.id === sid, link.id.length, link.id]).toEqual([false, 20, link.id])
})
