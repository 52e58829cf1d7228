// From polling to WebSocket, by raw frames: nothing is lost, doubled or out of order, and whoever changes his mind goes on polling.
import { afterEach, describe, expect, test } from 'bun:test'
import { manualClock } from '../../src/base/clock.ts'
import { type EngineHost, startEngineHost, stopEngineHosts } from '../kit/host/engine-host.ts'
import { openRaw, type RawWebSocket } from '../kit/host/raw-socket.ts'
import { closeOf, texts, untilText } from '../kit/host/socket-host.ts'
import { until } from '../kit/wait.ts'

afterEach(stopEngineHosts)

const deaf = () => ({ receive: () => undefined })
const begin = async (engine: EngineHost) => {
  const sid = await engine.begin()
  return { sid, session: await engine.sessions.next() }
}
const offer = ({ host }: EngineHost, sid: string): Promise<RawWebSocket> =>
  openRaw(host.listening.port, `/x/io/?EIO=4&transport=websocket&sid=${sid}`)
const probe = async (engine: EngineHost, sid: string): Promise<RawWebSocket> => {
  const socket = await offer(engine, sid)
  socket.send('text', '2probe')
  await untilText(socket, '3probe')
  return socket
}

test('UM32: the probe lets a waiting poll go; after the upgrade everything goes through the socket', async () => {
  const engine = startEngineHost(link => ({ receive: frame => link.write(`4${frame}`) }))
  const { sid, session } = await begin(engine)
  const { answer } = await engine.polling(sid)
  using socket = await probe(engine, sid)
  expect(await (await answer).text()).toBe('6')
  session.link.push('4queued')
  socket.send('text', '5')
  await untilText(socket, '4queued')
  session.link.push('4live')
  socket.send('text', '4echo')
  await untilText(socket, '4echo')
  expect(texts(socket.frames.all)).toEqual(['3probe', '4queued', '4live', '4echo'])
  expect((await engine.poll(sid)).status).toBe(400)
  await expect(offer(engine, sid)).rejects.toThrow('"code":3')
  expect([session.closed, engine.engine.count]).toEqual([0, 1])
})

test('what waits when the probe comes leaves with the poll, and nothing else does', async () => {
  const engine = startEngineHost()
  const { sid, session } = await begin(engine)
  using socket = await probe(engine, sid)
  session.link.push('4a')
  expect(await (await engine.poll(sid)).text()).toBe('4a')
  session.link.push('4b')
  socket.send('text', '5')
  await untilText(socket, '4b')
  expect(texts(socket.frames.all)).toEqual(['3probe', '4b'])
})

test('a poll that comes between probe and upgrade waits only a moment', async () => {
  const clock = manualClock()
  const engine = startEngineHost(undefined, { clock })
  const { sid } = await begin(engine)
  using _socket = await probe(engine, sid)
  const { answer } = await engine.polling(sid)
  clock.advance(100)
  expect(await (await answer).text()).toBe('6')
})

test('a poll that still waits at the upgrade is let go with nothing', async () => {
  const engine = startEngineHost()
  const { sid, session } = await begin(engine)
  using socket = await probe(engine, sid)
  const { answer } = await engine.polling(sid)
  socket.send('text', '5')
  expect(await (await answer).text()).toBe('6')
  session.link.push('4a')
  await untilText(socket, '4a')
})

test('what is held during the upgrade stays held, and in order', async () => {
  const engine = startEngineHost(deaf)
  const { sid, session } = await begin(engine)
  const { link } = session
  using socket = await probe(engine, sid)
  const before = link.hold()
  link.push('4event 1')
  socket.send('text', '5')
  socket.send('text', '4now')
  await session.received.next()
  const during = link.hold()
  link.push('4event 2')
  link.write('4reply 1')
  before[Symbol.dispose]()
  link.push('4event 3')
  link.write('4reply 2')
  during[Symbol.dispose]()
  link.push('4event 4')
  {
    using _ = link.hold()
    link.push('4event 5')
    link.write('4reply 3')
  }
  await untilText(socket, '4event 5')
  expect(texts(socket.frames.all).slice(1)).toEqual([
    '4reply 1',
    '4reply 2',
    '4event 1',
    '4event 2',
    '4event 3',
    '4event 4',
    '4reply 3',
    '4event 5',
  ])
})

test('a link closed while something of before the upgrade is held still sends it', async () => {
  const engine = startEngineHost(deaf)
  const { sid, session } = await begin(engine)
  using socket = await probe(engine, sid)
  using _ = session.link.hold()
  session.link.push('4held')
  socket.send('text', '5')
  socket.send('text', '4now')
  await session.received.next()
  session.link.close(4000, 'over')
  expect(await closeOf(socket)).toMatchObject({ code: 4000 })
  expect(texts(socket.frames.all)).toEqual(['3probe', '4held'])
})

test('UM47: messages are handled one at a time and in order, through whichever transport they came', async () => {
  const gates: PromiseWithResolvers<void>[] = []
  const engine = startEngineHost(() => ({
    receive() {
      const gate = Promise.withResolvers<void>()
      gates.push(gate)
      return gate.promise
    },
  }))
  const { sid, session } = await begin(engine)
  using socket = await probe(engine, sid)
  const posted = engine.post(sid, '4a\x1e4b')
  await session.received.next()
  socket.send('text', '5')
  socket.send('text', '4c')
  // The socket has been read when the server answers its ping.
  socket.send('ping', '')
  await socket.frames.find('the pong', ({ type }) => type === 'pong')
  expect(session.received.all).toEqual(['a'])
  for (const frame of ['b', 'c']) {
    gates.at(-1)?.resolve()
    expect(await session.received.next()).toBe(frame)
  }
  gates.at(-1)?.resolve()
  expect(await (await posted).text()).toBe('ok')
})

describe('no upgrade', () => {
  const stillPolls = async (engine: EngineHost, sid: string): Promise<void> => {
    engine.sessions.all[0]?.link.push('4still')
    expect(await (await engine.poll(sid)).text()).toBe('4still')
  }

  test.each(['4hello', '2', 'abc', '', '1', '6'])(
    '%p instead of a probe: the socket goes, the session stays',
    async frame => {
      const engine = startEngineHost()
      const { sid, session } = await begin(engine)
      using socket = await offer(engine, sid)
      socket.send('text', frame)
      await closeOf(socket)
      expect(session.received.all).toEqual([])
      await stillPolls(engine, sid)
      using next = await probe(engine, sid)
      expect(texts(next.frames.all)).toEqual(['3probe'])
    },
  )

  test('the socket is lost after the probe', async () => {
    const engine = startEngineHost()
    const { sid } = await begin(engine)
    const socket = await probe(engine, sid)
    socket.destroy()
    // Refused until the server knows that the first one is gone.
    using _next = await until('the next one to be tried', () => offer(engine, sid).catch(() => null))
    await stillPolls(engine, sid)
  })

  test('it takes too long', async () => {
    const clock = manualClock()
    const engine = startEngineHost(undefined, { clock })
    const { sid } = await begin(engine)
    using socket = await probe(engine, sid)
    clock.advance(10_000)
    await closeOf(socket)
    await stillPolls(engine, sid)
  })

  test('one socket at a time is tried', async () => {
    const engine = startEngineHost()
    const { sid } = await begin(engine)
    using socket = await probe(engine, sid)
    await expect(offer(engine, sid)).rejects.toThrow('"code":3')
    socket.send('text', '5')
    engine.sessions.all[0]?.link.push('4a')
    await untilText(socket, '4a')
  })

  test('two that come at once: one is tried, the other goes', async () => {
    const engine = startEngineHost()
    const { sid } = await begin(engine)
    const offers = await Promise.allSettled([offer(engine, sid), offer(engine, sid)])
    const sockets = offers.flatMap(offered => (offered.status === 'fulfilled' ? [offered.value] : []))
    for (const socket of sockets) socket.send('text', '2probe')
    const first = await Promise.all(sockets.map(socket => socket.frames.next()))
    expect(first.filter(frame => frame.type === 'text')).toEqual([{ type: 'text', text: '3probe' }])
    for (const socket of sockets) socket.destroy()
  })

  test('the session ends meanwhile: the socket goes with it', async () => {
    const engine = startEngineHost()
    const { sid } = await begin(engine)
    using socket = await probe(engine, sid)
    expect(await (await engine.post(sid, '1')).text()).toBe('ok')
    await closeOf(socket)
    expect([engine.engine.count, engine.sessions.all[0]?.closed]).toEqual([0, 1])
  })
})

test('closed by the server between probe and upgrade: what was queued comes through the socket', async () => {
  const engine = startEngineHost()
  const { sid, session } = await begin(engine)
  using socket = await probe(engine, sid)
  session.link.write('4last')
  session.link.close(4000, 'over')
  socket.send('text', '5')
  await closeOf(socket)
  expect([texts(socket.frames.all), engine.engine.count]).toEqual([['3probe', '4last'], 0])
})

test('the socket is lost after the upgrade: so is the session', async () => {
  const engine = startEngineHost()
  const { sid, session } = await begin(engine)
  const socket = await probe(engine, sid)
  socket.send('text', '5')
  socket.send('text', '4a')
  await session.received.next()
  socket.destroy()
  await until('the end', () => session.closed)
  expect(engine.engine.count).toBe(0)
})

test('a ping asked by one transport may be answered by the other', async () => {
  const clock = manualClock()
  const engine = startEngineHost(link => ({ receive: frame => link.write(`4${frame}`) }), { clock })
  const { sid } = await begin(engine)
  clock.advance(26_000)
  expect(await (await engine.poll(sid)).text()).toBe('2')
  using socket = await probe(engine, sid)
  socket.send('text', '5')
  socket.send('text', '3')
  socket.send('text', '4a')
  await untilText(socket, '4a')
  clock.advance(24_000)
  expect(engine.engine.count).toBe(1)
  clock.advance(2000)
  await untilText(socket, '2')
})
