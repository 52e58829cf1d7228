// The pipeline every request passes, over real connections.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { refuse } from '../../src/core/index.ts'
import type { RouteRequest } from '../../src/host/dialect.ts'
import { empty, json } from '../../src/host/reply.ts'
import { fakeDialect, fakeEndpoint, fakeRoute } from '../kit/host/fake-dialect.ts'
import { exchange } from '../kit/host/raw-socket.ts'
import { type StartedHost, startHost } from '../kit/host/start-host.ts'
import { until } from '../kit/wait.ts'

const upload = async (request: RouteRequest) => {
  const body = await request.bytes(1000)
  return body === 'too-large'
    ? json(413, {})
    : json(200, { size: body.byteLength, text: new TextDecoder().decode(body) })
}

const shop = fakeDialect({
  name: 'shop',
  routes: [
    fakeRoute('GET', '/shop/text', () => new Response('hello')),
    fakeRoute('GET', '/shop/stream', () => {
      const chunks = [new Uint8Array(3), new Uint8Array(4)].values()
      const body = new ReadableStream({
        pull(controller) {
          const { value } = chunks.next()
          if (value) controller.enqueue(value)
          else controller.close()
        },
      })
      return new Response(body, { headers: { 'content-length': '7' } })
    }),
    fakeRoute('GET', '/shop/query', ({ query, address }) => json(200, { address, a: query.getAll('a') })),
    fakeRoute('GET', '/shop/item/:id', ({ params, path }) => json(200, { id: params.id, path })),
    fakeRoute('GET', '/shop/fault', () => refuse({ kind: 'rate.limited', retryAfterMs: 1500 })),
    fakeRoute('GET', '/shop/bug', () => {
      throw new Error('broken at https://x/?token=S3CR3T')
    }),
    fakeRoute('GET', '/shop/late-bug', async () => {
      await Promise.resolve()
      throw 'not even an error'
    }),
    fakeRoute('GET', '/shop/redirect', () => Response.redirect('/shop/text')),
    fakeRoute('POST', '/shop/upload', upload),
    fakeRoute('POST', '/shop/ignore', () => empty(202)),
  ],
  endpoints: [
    fakeEndpoint('/shop/ws', { authenticate: () => empty(403), open: () => ({ receive() {}, closed() {} }) }),
  ],
  finish(response) {
    response.headers.set('x-finished', 'yes')
    return response
  },
})
const broken = fakeDialect({
  name: 'broken',
  unmatched: () => {
    throw new Error('this')
  },
  internalError: () => {
    throw new Error('even this')
  },
})

let host: StartedHost
beforeAll(() => {
  host = startHost([shop, broken], { bodyMs: 100 })
})
afterAll(() => host[Symbol.asyncDispose]())

const logged = (message: string) => host.lines.filter(line => line.msg === message)

describe('routing', () => {
  test('a path parameter reaches the handler decoded', async () => {
    const response = await host.fetch('/shop/item/a%2Fb?x=1')
    expect(await response.json()).toEqual({ id: 'a/b', path: '/shop/item/a/b' })
  })
  test('query and address are there when asked for', async () => {
    const response = await host.fetch('/shop/query?a=1&a=%F0%9F%98%80')
    expect(await response.json()).toEqual({ address: '127.0.0.1', a: ['1', '😀'] })
  })
  test('404 and 405 are the dialect’s own; what nobody claims is the host’s', async () => {
    expect(await (await host.fetch('/shop/none')).json()).toEqual({ dialect: 'shop', unmatched: '/shop/none' })
    const wrong = await host.fetch('/shop/upload')
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
    const nobody = await host.fetch('/nobody')
    expect([nobody.status, await nobody.json()]).toEqual([
      404,
      { error: { code: 'not_found', message: 'Nothing here.' } },
    ])
    const post = await host.fetch('/healthz', { method: 'POST' })
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })
  test('a plain GET of an endpoint is the dialect’s own 404', async () => {
    expect(await (await host.fetch('/shop/ws')).json()).toEqual({ dialect: 'shop', unmatched: '/shop/ws' })
  })
})

describe('HEAD', () => {
  test.each([
    ['/shop/text', '5'],
    ['/shop/stream', '7'],
  ])('%s tells the length and sends no body', async (path, length) => {
    const head = await host.fetch(path, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, length, ''])
    expect(head.headers.get('x-finished')).toBe('yes')
  })
})

describe('errors', () => {
  test('a fault is told in the dialect’s words', async () => {
    const response = await host.fetch('/shop/fault')
    expect([response.status, response.headers.get('x-fault'), await response.json()]).toEqual([
      418,
      '1',
      { dialect: 'shop', fault: 'rate.limited' },
    ])
    expect(response.headers.get('x-finished')).toBe('yes')
  })
  test('anything else is logged under the request’s id and told as the dialect’s internal error', async () => {
    const response = await host.fetch('/shop/bug?token=S3CR3T', { headers: { 'x-request-id': 'mine_1-2' } })
    expect([response.status, await response.json()]).toEqual([500, { dialect: 'shop', requestId: 'mine_1-2' }])
    const line = logged('a request failed').find(({ requestId }) => requestId === 'mine_1-2')
    expect(line).toMatchObject({ level: 'error', dialect: 'shop', method: 'GET', url: '/shop/bug?token' })
    expect(JSON.stringify(host.lines)).not.toContain('S3CR3T')
    expect((await host.fetch('/shop/late-bug')).status).toBe(500)
  })
  test('a dialect that breaks while answering an error does not break the host', async () => {
    const response = await host.fetch('/broken/x')
    expect(response.status).toBe(500)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(logged('an answer failed')).not.toHaveLength(0)
  })
})

describe('WT2: request ids', () => {
  test.each(['a', 'A-b_9', 'x'.repeat(64)])('%p is kept', async id => {
    const response = await host.fetch('/shop/text', { headers: { 'x-request-id': id } })
    expect(response.headers.get('x-request-id')).toBe(id)
  })
  test.each(['a b', 'x'.repeat(65), 'a"b', 'é'])('%p is replaced', async id => {
    const response = await host.fetch('/shop/text', { headers: { 'x-request-id': id } })
    expect(response.headers.get('x-request-id')).toMatch(/^[A-Za-z0-9_-]{8,32}$/)
  })
  test('every answer has one of its own', async () => {
    const paths = ['/shop/text', '/shop/bug', '/shop/none', '/nobody', '/healthz', '/shop/redirect', '/shop/fault']
    const ids = await Promise.all(paths.map(async path => (await host.fetch(path)).headers.get('x-request-id')))
    expect(new Set(ids).size).toBe(paths.length)
    expect(ids).not.toContain(null)
  })
})

describe('CORS', () => {
  test.each([
    '/shop/text',
    '/shop/bug',
    '/shop/none',
    '/nobody',
    '/healthz',
    '/shop/redirect',
    '/shop/fault',
    '/broken/x',
  ])('OC8 CA12 MS21: the answer of %s is readable by any page', async path => {
    const response = await host.fetch(path, { headers: { origin: 'https://a.example' } })
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
    expect(response.headers.get('access-control-expose-headers')).toContain('retry-after')
  })
  test.each(['/shop/text', '/shop/none', '/nobody', '/', '/shop/ws'])(
    'OPTIONS %s is 204 before any door',
    async path => {
      const headers = {
        origin: 'null',
        'access-control-request-method': 'PATCH',
        'access-control-request-headers': 'X-Odd',
      }
      const response = await host.fetch(path, { method: 'OPTIONS', headers })
      expect([response.status, await response.text()]).toEqual([204, ''])
      expect(response.headers.get('access-control-allow-headers')).toContain('x-odd')
      expect(response.headers.get('access-control-allow-methods')).toContain('PATCH')
      expect(response.headers.get('x-finished')).toBeNull()
      expect(response.headers.get('x-request-id')).not.toBeNull()
    },
  )
  test('configured origins are echoed and no others', async () => {
    await using strict = startHost([shop], { corsOrigins: ['https://a.example'] })
    const origin = async (value: string, method = 'GET') =>
      (await strict.fetch('/shop/bug', { method, headers: { origin: value } })).headers
    expect((await origin('https://a.example')).get('access-control-allow-origin')).toBe('https://a.example')
    expect((await origin('https://b.example')).get('access-control-allow-origin')).toBeNull()
    expect((await origin('https://b.example', 'OPTIONS')).get('access-control-allow-origin')).toBeNull()
    expect((await origin('https://b.example', 'OPTIONS')).get('vary')).toContain('Origin')
  })
})

describe('bodies', () => {
  const post = (body: BodyInit, path = '/shop/upload') => host.fetch(path, { method: 'POST', body })
  const chunked = (chunk: Uint8Array, count: number) => {
    let left = count
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left-- > 0) controller.enqueue(chunk)
        else controller.close()
      },
    })
  }

  test.each([0, 1, 999, 1000])('%d bytes arrive, declared or in chunks', async size => {
    expect(await (await post('x'.repeat(size))).json()).toEqual({ size, text: 'x'.repeat(size) })
    expect(await (await post(chunked(new Uint8Array([120]), size))).json()).toMatchObject({ size })
  })
  test('more than the limit is refused, declared or in chunks', async () => {
    expect((await post('x'.repeat(1001))).status).toBe(413)
    expect((await post(chunked(new Uint8Array(100), 11))).status).toBe(413)
  })
  test('a huge declared length is refused before it is sent', async () => {
    const head = 'POST /shop/upload HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n'
    expect(await exchange(host.listening.port, head, answer => answer.includes('\r\n\r\n'))).toStartWith('HTTP/1.1 413')
  })
  test.each([
    ['declared', 'Content-Length: 100\r\n\r\nhello'],
    ['chunked', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
  ])('a %s body that stops half way is answered 408, not waited for, and the connection ended', async (_how, rest) => {
    const id = `slow-${_how}`
    const request = exchange(
      host.listening.port,
      `POST /shop/upload HTTP/1.1\r\nHost: h\r\nx-request-id: ${id}\r\n${rest}`,
      answer => answer.includes('\r\n\r\n'),
    )
    const timer = setInterval(() => host.clock.advance(100), 5)
    const answer = await request
    clearInterval(timer)
    expect(answer).toStartWith('HTTP/1.1 408')
    expect(answer.toLowerCase()).toContain('\r\nconnection: close\r\n')
    expect(host.lines.filter(line => line.level === 'error' && line.requestId === id)).toHaveLength(0)
  })
  test('a client that leaves half way is no error', async () => {
    const head = 'POST /shop/upload HTTP/1.1\r\nHost: h\r\nx-request-id: gone\r\nContent-Length: 100\r\n\r\nhello'
    await exchange(host.listening.port, head, undefined, 50)
    await until('the request to end', () => logged('request').find(line => line.requestId === 'gone'))
    expect(host.lines.filter(line => line.level === 'error' && line.requestId === 'gone')).toHaveLength(0)
  })
  test('a body nobody reads does not disturb the next request of that connection', async () => {
    const body = 'x'.repeat(300_000)
    const one = `POST /shop/ignore HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    const two = 'GET /shop/text HTTP/1.1\r\nHost: h\r\n\r\n'
    expect(await exchange(host.listening.port, one + two, answer => answer.endsWith('hello'))).toMatch(/ 202 .* 200 /s)
  })
})

describe('client addresses', () => {
  const addressOf = async (options: { readonly trustedProxies?: readonly string[] }) => {
    await using server = startHost([shop], options)
    const response = await server.fetch('/shop/query', { headers: { 'x-forwarded-for': '6.6.6.6, 203.0.113.9' } })
    return ((await response.json()) as { address: string }).address
  }
  test('no header is believed by default', async () => expect(await addressOf({})).toBe('127.0.0.1'))
  test('a configured proxy is believed', async () => {
    expect(await addressOf({ trustedProxies: ['127.0.0.0/8'] })).toBe('203.0.113.9')
  })
})

describe('the host’s own paths', () => {
  test('/healthz, and /readyz as the server says', async () => {
    expect(await (await host.fetch('/healthz')).text()).toBe('ok')
    expect(await (await host.fetch('/readyz')).text()).toBe('ready')
    for (const ready of [async () => false, () => Promise.reject(new Error('no store'))]) {
      await using sick = startHost([], { ready })
      expect((await sick.fetch('/readyz')).status).toBe(503)
    }
  })
  test('/metrics counts requests by dialect, without ids', async () => {
    await host.fetch('/shop/item/S3CR3T-ID')
    const text = await (await host.fetch('/metrics')).text()
    expect(text).toMatch(/http_requests_total\{dialect="shop",method="GET",status="2xx"\} [1-9]/)
    expect(text).not.toContain('S3CR3T-ID')
  })
  test('/docs lists the dialects and serves their documents', async () => {
    expect(await (await host.fetch('/docs')).text()).toContain('href="/docs/shop/openapi.json"')
    const document = await (await host.fetch('/docs/shop/openapi.json')).json()
    expect(document).toMatchObject({ openapi: '3.1.0', paths: { '/shop/item/{id}': { get: {} } } })
    expect((await host.fetch('/docs/none/openapi.json')).status).toBe(404)
  })
  test('routes of the server stand beside the dialects', async () => {
    await using server = startHost([shop], {
      routes: [
        fakeRoute('GET', '/', () => new Response('front')),
        fakeRoute('GET', '/assets/*', () => new Response('asset')),
      ],
    })
    expect(await (await server.fetch('/')).text()).toBe('front')
    expect(await (await server.fetch('/assets/a/b.js')).text()).toBe('asset')
    expect((await server.fetch('/files/x')).status).toBe(404)
  })
})

test('dialects that do not fit together are refused before anything listens', () => {
  expect(() => startHost([shop, fakeDialect({ name: 'rival', claims: [{ path: '/shop' }] })])).toThrow(
    'overlapping claims: shop claims /shop and rival claims /shop',
  )
  const endpoints = [{ ...shop.endpoints[0], maxFrameBytes: 2 ** 21 } as (typeof shop.endpoints)[number]]
  expect(() => startHost([fakeDialect({ ...shop, endpoints })])).toThrow('frames may hold at most 1048576 bytes')
})
