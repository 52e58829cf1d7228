// Bytes that no client would send: nothing crashes, nothing hangs, nothing is a 500.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { json } from '../../src/host/reply.ts'
import { fakeDialect, fakeEndpoint, fakeRoute } from '../kit/host/fake-dialect.ts'
import { clientFrame, exchange, openRaw } from '../kit/host/raw-socket.ts'
import { type StartedHost, startHost } from '../kit/host/start-host.ts'

const echo = fakeDialect({
  name: 'x',
  routes: [
    fakeRoute('GET', '/x/:id', ({ params, query }) => json(200, { id: params.id, q: [...query] })),
    fakeRoute('POST', '/x/:id', async request => json(200, { size: (await request.bytes(1000)).length })),
  ],
  endpoints: [
    fakeEndpoint('/x/ws/:user', {
      authenticate: () => null,
      open: link => ({ receive: frame => link.write(frame), closed() {} }),
    }),
  ],
})

let host: StartedHost
beforeAll(() => {
  host = startHost([echo])
})
afterAll(() => host[Symbol.asyncDispose]())

const headEnds = (answer: string) => answer.includes('\r\n\r\n')
const send = (bytes: string | Uint8Array) => exchange(host.listening.port, bytes, headEnds, 300)
const statusOf = (answer: string) => (answer === '' ? 'cut' : answer.slice(9, 12))
const alive = async () => (await host.fetch('/healthz')).status === 200
const get = (path: string, headers = 'Host: h') => `GET ${path} HTTP/1.1\r\n${headers}\r\n\r\n`

describe('requests', () => {
  const cases: readonly (readonly [what: string, bytes: string, statuses: readonly string[]])[] = [
    ['no HTTP', '\x00\x01\x02\r\n\r\n', ['400', 'cut']],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', ['400', 'cut']],
    ['HTTP/1.0 without Host', 'GET /x/1 HTTP/1.0\r\n\r\n', ['200']],
    ['no Host', 'GET /x/1 HTTP/1.1\r\n\r\n', ['400']],
    ['a Host with a path', get('/x/1', 'Host: evil/healthz?a#b'), ['200', '400']],
    ['a Host with spaces', get('/x/1', 'Host: a b'), ['200', '400']],
    ['an absolute target', get('http://other/x/1'), ['200']],
    ['an authority as target', 'CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n', ['400', '404', '405']],
    ['a star as target', 'OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n', ['204', '400']],
    ['an unknown method', 'BREW /x/1 HTTP/1.1\r\nHost: h\r\n\r\n', ['405', 'cut']],
    ['TRACE', 'TRACE /x/1 HTTP/1.1\r\nHost: h\r\n\r\n', ['405']],
    ['undecodable percent signs', get('/x/%ff%zz%'), ['200']],
    ['an encoded NUL', get('/x/%00'), ['200']],
    ['overlong UTF-8', get('/x/%c0%af'), ['200']],
    ['dots', get('/x/../../../etc/passwd'), ['404']],
    ['encoded dots', get('/x/%2e%2e/%2e%2e/healthz'), ['200', '404']],
    ['raw bytes', get('/x/\xff\xfe\x01'), ['200', '400', '505', 'cut']],
    ['a bad query', get('/x/1?%ff=%&&==&a=%00'), ['200']],
    ['a long URL', get(`/x/${'a'.repeat(100_000)}`), ['431', '414', '400']],
    ['a long header', get('/x/1', `Host: h\r\nX: ${'a'.repeat(100_000)}`), ['431', '400']],
    ['many headers', get('/x/1', `Host: h\r\n${'a: b\r\n'.repeat(20_000)}X: y`), ['431', '400']],
    ['a folded header', get('/x/1', 'Host: h\r\nX: a\r\n b'), ['200', '400', 'cut']],
    ['two lengths', 'POST /x/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', ['400']],
    [
      'length and chunks',
      'POST /x/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      ['400'],
    ],
    ['a negative length', 'POST /x/1 HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n', ['400']],
    ['a length of words', 'POST /x/1 HTTP/1.1\r\nHost: h\r\nContent-Length: many\r\n\r\n', ['400']],
    [
      'broken chunks',
      'POST /x/1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n',
      ['400', 'cut'],
    ],
    ['an upgrade to something else', get('/x/ws/a', 'Host: h\r\nUpgrade: h2c\r\nConnection: Upgrade'), ['404']],
    [
      'a handshake without key',
      get('/x/ws/a', 'Host: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13'),
      ['404', '400', '426'],
    ],
    [
      'a handshake of another version',
      get(
        '/x/ws/a',
        'Host: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8',
      ),
      ['404', '426'],
    ],
    [
      'a handshake by POST',
      'POST /x/ws/a HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n',
      ['405'],
    ],
  ]
  test.each(cases)('%s', async (_what, bytes, statuses) => {
    expect(statuses).toContain(statusOf(await send(Buffer.from(bytes, 'latin1'))))
    expect(await alive()).toBe(true)
  })

  test('random bytes, and random changes to a good request', async () => {
    const good = Buffer.from('POST /x/1?a=b HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nX-Request-Id: a\r\n\r\nbody')
    const changed = fc
      .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map(changes => {
        const bytes = Uint8Array.from(good)
        for (const [at, byte] of changes) bytes[at] = byte
        return bytes
      })
    await fc.assert(
      fc.asyncProperty(fc.oneof(changed, fc.uint8Array({ minLength: 1, maxLength: 200 })), async bytes => {
        const answer = await exchange(host.listening.port, bytes, headEnds, 20)
        expect(statusOf(answer)).not.toBe('500')
      }),
      { numRuns: 100 },
    )
    expect(await alive()).toBe(true)
  })
})

describe('frames', () => {
  const cases: readonly (readonly [what: string, bytes: readonly number[]])[] = [
    ['unmasked', [0x81, 0x01, 0x61]],
    ['a reserved opcode', [0x83, 0x80, 0, 0, 0, 0]],
    ['reserved bits', [0xf1, 0x80, 0, 0, 0, 0]],
    ['a long control frame', [0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0]],
    ['a fragmented control frame', [0x09, 0x80, 0, 0, 0, 0]],
    ['a continuation of nothing', [0x80, 0x80, 0, 0, 0, 0]],
    ['invalid UTF-8', [0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]],
    ['a length of 2^63', [0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['a close frame of one byte', [0x88, 0x81, 0, 0, 0, 0, 0x03]],
    ['a close code that must not be sent', [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed]],
  ]
  test.each(cases)('%s ends that socket only', async (_what, bytes) => {
    using other = await openRaw(host.listening.port, '/x/ws/b')
    using socket = await openRaw(host.listening.port, '/x/ws/a')
    socket.send('text', 'before')
    await socket.frames.find('the echo', frame => frame.type === 'text')
    socket.raw(Uint8Array.from(bytes))
    await socket.frames.find('the end', frame => frame.type === 'end')
    other.send('text', 'still here')
    expect(await other.frames.next()).toEqual({ type: 'text', text: 'still here' })
  })

  test('random changes to good frames', async () => {
    const good = Buffer.concat([
      clientFrame('text', 'hello'),
      clientFrame('ping', 'x'),
      clientFrame('binary', 'y'.repeat(200)),
    ])
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), async (at, byte) => {
        using socket = await openRaw(host.listening.port, '/x/ws/a')
        const bytes = Uint8Array.from(good)
        bytes[at] = byte
        socket.raw(bytes)
        socket.send('close', Uint8Array.from([0x03, 0xe8]))
        socket.destroy()
      }),
      { numRuns: 50 },
    )
    expect(await alive()).toBe(true)
    expect(host.lines.filter(line => line.level === 'error')).toHaveLength(0)
  })
})
