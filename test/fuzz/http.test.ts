// Hostile HTTP from each dialect's own document: never a 500, always the dialect's shape, bounded memory, and the server goes on.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import fc from 'fast-check'
import { bearer, type MsgrPerson, msgrPerson, post, type WettyPerson, wettyGroup, wettyPerson } from '../kit/people.ts'
import { startServer, type TestServer } from '../kit/server.ts'
import { hostileRequest, type OpenApi } from './generate.ts'

const RUNS = 1500
const MEMORY_GROWTH = 200 * 1024 * 1024

let server: TestServer
let wei: WettyPerson
let kari: MsgrPerson
/** Ids that exist, of all kinds. */
let known: string[]

const rss = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) * 1024

beforeAll(async () => {
  server = await startServer({ env: { PARLANCE_LOG: 'error' } })
  wei = await wettyPerson(server.url)
  kari = await msgrPerson(server.url)
  const other = await wettyPerson(server.url)
  const chat = await wettyGroup(server.url, wei, [other])
  const sent = await post(`${server.url}/chats/${chat}/messages`, { message: 'hi' }, bearer(wei))
  const { id } = (await sent.json()) as { id: string }
  known = [chat, id, `${other.uid}`, `${wei.uid}`, kari.profileId]
})
afterAll(() => server[Symbol.asyncDispose]())

const shapes: Readonly<Record<string, (body: unknown) => boolean>> = {
  wetty: body => {
    const error = (body as { error?: { code?: unknown; message?: unknown } }).error
    return typeof error?.code === 'string' && typeof error.message === 'string'
  },
  msgr: body => typeof body === 'object' && body !== null && !Array.isArray(body) && 'errors' in body,
}

describe.each(['wetty', 'msgr'])('%s', dialect => {
  test(`MS12 MS16 MS18 WT4 WT88: ${RUNS} hostile requests, no 5xx, every error in shape`, async () => {
    const document = (await (await fetch(`${server.url}/docs/${dialect}/openapi.json`)).json()) as OpenApi
    const headers = dialect === 'wetty' ? bearer(wei) : kari.headers
    // Ending one's own session is no attack on the server, but it would end the test.
    const ends = (path: string, method: string) => /logout/.test(path) || (method === 'DELETE' && /sessions/.test(path))
    const before = rss()
    await fc.assert(
      fc.asyncProperty(hostileRequest(document, known), async request => {
        if (ends(request.path, request.method)) return
        const response = await fetch(server.url + request.path, {
          method: request.method,
          headers: { ...headers, ...(request.contentType && { 'content-type': request.contentType }) },
          body: request.body as BodyInit | null,
          redirect: 'manual',
          signal: AbortSignal.timeout(20_000),
        })
        const text = await response.text()
        expect(response.status).toBeLessThan(500)
        if (response.status >= 400 && request.method !== 'HEAD' && !/longpoll/.test(request.path)) {
          expect(response.headers.get('content-type')).toStartWith('application/json')
          expect(shapes[dialect]?.(JSON.parse(text))).toBe(true)
        }
      }),
      { numRuns: RUNS, endOnFailure: true },
    )
    expect(rss() - before).toBeLessThan(MEMORY_GROWTH)
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  }, 180_000)
})

/** What is no HTTP at all is answered 505 by the runtime's own parser, rightly; no other 5xx may come. */
const SERVER_FAULT = /^HTTP\/1\.[01] 5(?!05)/

describe('raw bytes', () => {
  /** Sends bytes over TCP and answers what comes back until the server closes or nothing has come for a while. */
  const raw = (bytes: Uint8Array | string): Promise<string> =>
    new Promise(resolve => {
      let answer = ''
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.end(bytes))
      socket.setTimeout(3000, () => socket.destroy())
      socket.on('data', chunk => {
        answer += chunk.toString('latin1')
      })
      socket.on('error', () => undefined)
      socket.on('close', () => resolve(answer))
    })

  test.each([
    ['nothing', ''],
    ['no HTTP', 'hello there\r\n\r\n'],
    ['a null byte in the path', 'GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a bad percent sign', 'GET /users/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['an endless path', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['endless headers', `GET / HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(20_000)}\r\n`],
    [
      'two lengths',
      'POST /users/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\n{}abc',
    ],
    ['a length that is none', 'POST /users/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'],
    ['chunks that are none', 'POST /users/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['an unknown method', 'BREW /users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['an upgrade to nowhere', 'GET /users HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'],
  ])('%s: refused or ignored, never a 500, and the server goes on', async (_, bytes) => {
    expect(await raw(bytes)).not.toMatch(SERVER_FAULT)
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  })

  test('random bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async bytes => {
        expect(await raw(bytes)).not.toMatch(SERVER_FAULT)
      }),
      { numRuns: 40, endOnFailure: true },
    )
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  }, 150_000)
})
