// Engine.IO under clients that mean harm: a clear refusal for them, nothing for anybody else, bounded memory.
import { afterEach, describe, expect, test } from 'bun:test'
import net from 'node:net'
import fc from 'fast-check'
import { manualClock } from '../../src/base/clock.ts'
import { type EngineHost, startEngineHost, stopEngineHosts } from '../kit/host/engine-host.ts'
import { exchange, openRaw } from '../kit/host/raw-socket.ts'
import { closeOf, untilText } from '../kit/host/socket-host.ts'
import { until } from '../kit/wait.ts'

afterEach(stopEngineHosts)

const echo = (link: { write(frame: string | Uint8Array): void }) => ({
  receive: (frame: string | Uint8Array) => link.write(typeof frame === 'string' ? `4${frame}` : frame),
})
const openSocket = ({ host }: EngineHost) => openRaw(host.listening.port, '/x/io/?EIO=4&transport=websocket')

/** Whoever else is there hears nothing of it. */
const bystander = async (engine: EngineHost) => {
  const socket = await openSocket(engine)
  return {
    async isFine() {
      socket.send('text', '4fine')
      await untilText(socket, '4fine')
      socket.destroy()
    },
  }
}

describe('a body', () => {
  test.each([
    ['no packet', 'abc'],
    ['nothing', ''],
    ['a truncated payload', '4a\x1e'],
    ['only separators', '\x1e'.repeat(100_000)],
    ['bytes that are no UTF-8', new Uint8Array([0x34, 0xff, 0xfe, 0xc0])],
    ['more packets than it may hold', '4\x1e'.repeat(20_000)],
  ])('%s: that session ends, and nothing of it is handled', async (_, body) => {
    const engine = startEngineHost(echo)
    const other = await bystander(engine)
    await engine.sessions.next()
    const sid = await engine.begin()
    const session = await engine.sessions.next()
    expect((await engine.post(sid, body)).status).toBe(400)
    expect([(await engine.poll(sid)).status, session.closed, session.received.all]).toEqual([400, 1, []])
    await other.isFine()
  })

  test('a ping, which is for the server to send, ends that session', async () => {
    const engine = startEngineHost(echo)
    const sid = await engine.begin()
    await engine.post(sid, '4a\x1e2\x1e4b')
    const { closed, received } = await engine.sessions.next()
    expect([closed, received.all, (await engine.poll(sid)).status]).toEqual([1, ['a'], 400])
  })

  test('UM46: over 1 000 000 bytes, declared or not', async () => {
    const engine = startEngineHost(echo)
    const other = await bystander(engine)
    const large = `4${'x'.repeat(1_000_000)}`
    const declared = await engine.begin()
    const answer = await engine.post(declared, large)
    expect([answer.status, await answer.json()]).toEqual([413, { code: 3, message: 'Bad request' }])
    const chunked = await engine.begin()
    const stream = new Blob([large]).stream()
    expect((await fetch(engine.url({ sid: chunked }), { method: 'POST', body: stream })).status).toBe(413)
    expect([(await engine.poll(declared)).status, (await engine.poll(chunked)).status]).toEqual([400, 400])
    const fits = await engine.begin()
    expect((await engine.post(fits, large.slice(0, 1_000_000))).status).toBe(200)
    await other.isFine()
  })

  test('of bytes as such is not in this protocol', async () => {
    const engine = startEngineHost(echo)
    const sid = await engine.begin()
    const headers = { 'content-type': 'application/octet-stream' }
    expect((await fetch(engine.url({ sid }), { method: 'POST', body: '4a', headers })).status).toBe(400)
    expect((await engine.poll(sid)).status).toBe(400)
  })

  test('two at once end the session', async () => {
    const engine = startEngineHost(echo)
    const sid = await engine.begin()
    const { pathname, search } = new URL(engine.url({ sid }))
    const slow = net.connect(engine.host.listening.port, '127.0.0.1', () => {
      slow.write(`POST ${pathname}${search} HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n4`)
    })
    slow.on('error', () => undefined)
    await until('the overlap', async () => (await engine.post(sid, '4a')).status === 400)
    expect((await engine.poll(sid)).status).toBe(400)
    slow.destroy()
  })

  test('that breaks off ends the session', async () => {
    const engine = startEngineHost(echo)
    const sid = await engine.begin()
    const session = await engine.sessions.next()
    const { pathname, search } = new URL(engine.url({ sid }))
    const head = `POST ${pathname}${search} HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n4abc`
    await exchange(engine.host.listening.port, head, undefined, 100)
    await until('the end', () => session.closed)
    expect(session.received.all).toEqual([])
  })

  test('whatever the bytes, the answer is 200 or 400', async () => {
    const engine = startEngineHost(echo)
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async body => {
        const sid = await engine.begin()
        const { status } = await engine.post(sid, new Uint8Array(body))
        expect(status).toBeOneOf([200, 400])
      }),
      { numRuns: 100 },
    )
  })
})

describe('a frame', () => {
  test.each(['abc', '', '2', '2probe', '9', '\ufeff4a'])('%p ends that connection', async frame => {
    const engine = startEngineHost(echo)
    const other = await bystander(engine)
    using socket = await openSocket(engine)
    socket.send('text', frame)
    expect(await closeOf(socket)).toMatchObject({ code: 1002 })
    await other.isFine()
  })

  test('UM46: over 1 000 000 bytes ends that connection', async () => {
    const engine = startEngineHost(echo)
    const other = await bystander(engine)
    using socket = await openSocket(engine)
    socket.send('text', `4${'x'.repeat(1_000_000)}`)
    expect(await closeOf(socket)).toMatchObject({ code: 1009 })
    await other.isFine()
  })

  test.each(['0', '5', '6', '3'])('%p means nothing, and does nothing', async frame => {
    const engine = startEngineHost(echo)
    using socket = await openSocket(engine)
    socket.send('text', frame)
    socket.send('text', '4a')
    await untilText(socket, '4a')
  })
})

describe('bounds', () => {
  test('a poller that does not fetch what waits is ended, and forgotten', async () => {
    const engine = startEngineHost()
    const sid = await engine.begin()
    const session = await engine.sessions.next()
    const frame = `4${'x'.repeat(100_000)}`
    for (let i = 0; i < 12; i++) session.link.push(frame)
    expect([session.closed, engine.engine.count, (await engine.poll(sid)).status]).toEqual([1, 0, 400])
  })

  test('nor may more be held', async () => {
    const engine = startEngineHost()
    await engine.begin()
    const session = await engine.sessions.next()
    using _ = session.link.hold()
    for (let i = 0; i < 12; i++) session.link.push(`4${'x'.repeat(100_000)}`)
    expect(session.closed).toBe(1)
  })

  test('a client that says more than is handled is ended', async () => {
    const engine = startEngineHost(() => ({ receive: () => new Promise<void>(() => undefined) }))
    using socket = await openSocket(engine)
    const session = await engine.sessions.next()
    const message = `4${'x'.repeat(500_000)}`
    for (let i = 0; i < 6; i++) socket.send('text', message)
    expect(await closeOf(socket)).toMatchObject({ code: 1013 })
    expect(session.received.all).toHaveLength(1)
  })

  test('polling sessions of one address: one too many ends that silent longest; sockets do not count', async () => {
    const clock = manualClock()
    const engine = startEngineHost(echo, { maxPerAddress: 3, clock })
    const sids: string[] = []
    for (let i = 0; i < 3; i++) sids.push(await engine.begin())
    using socket = await openSocket(engine)
    clock.advance(1)
    const posted = await engine.post(sids[0] ?? '', '4a')
    sids.push(await engine.begin())
    const answers = await Promise.all(sids.slice(1).map(async sid => (await engine.post(sid, '4b')).status))
    expect([posted.status, answers, engine.engine.count]).toEqual([200, [400, 200, 200], 4])
    socket.send('text', '4fine')
    await untilText(socket, '4fine')
  })
})
