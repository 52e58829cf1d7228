// Hostile requests and frames into chatapp: never a 5xx, always its own shape, no socket harmed but the one they came on.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { enter, newPerson, type Person, type Socket } from '../contract/chatapp/target.ts'
import { startServer, type TestServer } from '../kit/server.ts'
import { hostileRequest, type OpenApi } from './generate.ts'

const RUNS = 1500

let server: TestServer
let mila: Person
let known: string[]

beforeAll(async () => {
  server = await startServer({ env: { PARLANCE_LOG: 'error' } })
  mila = await newPerson({ url: server.url, wsUrl: server.wsUrl })
  const channel = await mila.channel()
  const message = await mila.say(channel.id, 'hi')
  known = [channel.id, channel.name, message.id, mila.username, mila.id, 'general', `@${mila.username}`]
})
afterAll(() => server[Symbol.asyncDispose]())

/** A sentence, or a list of what is amiss. */
const isShape = (body: unknown): boolean => {
  const detail = (body as { detail?: unknown }).detail
  if (typeof detail === 'string') return true
  const fits = ({ type, loc, msg }: { type?: unknown; loc?: unknown; msg?: unknown }) =>
    typeof type === 'string' && Array.isArray(loc) && typeof msg === 'string'
  return Array.isArray(detail) && detail.length > 0 && detail.every(fits)
}

test(`CA9 CA11 CA14: ${RUNS} hostile requests, no 5xx, every error in shape`, async () => {
  const document = (await (await fetch(`${server.url}/docs/chatapp/openapi.json`)).json()) as OpenApi
  let refused = 0
  await fc.assert(
    fc.asyncProperty(hostileRequest(document, known), async request => {
      // Ending one's own session is no attack on the server, but it would end the test.
      if (/logout/.test(request.path)) return
      const response = await fetch(server.url + request.path, {
        method: request.method,
        headers: { ...mila.bearer, ...(request.contentType && { 'content-type': request.contentType }) },
        body: request.body as BodyInit | null,
        redirect: 'manual',
        signal: AbortSignal.timeout(20_000),
      })
      const text = await response.text()
      expect(response.status).toBeLessThan(500)
      if (response.status < 400 || request.method === 'HEAD') return
      refused++
      expect(response.headers.get('content-type')).toStartWith('application/json')
      expect(isShape(JSON.parse(text))).toBe(true)
    }),
    { numRuns: RUNS, endOnFailure: true },
  )
  expect(refused).toBeGreaterThan(RUNS / 10)
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
}, 180_000)

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.json(),
  fc.constantFrom(
    '',
    '[]',
    '{}',
    'null',
    '{"type":{}}',
    '{"content":{}}',
    '"',
    '[[[[[[',
    '{',
    '\ud800',
    '{"__proto__":1}',
  ),
  fc.nat(5000).map(n => '{"a":'.repeat(n)),
)
const command = fc
  .record(
    {
      type: fc.oneof(fc.constantFrom('message', 'ping', 'typing', 'ready'), fc.jsonValue()),
      content: fc.oneof(fc.string({ unit: 'binary', maxLength: 1100 }), fc.jsonValue()),
      channel_id: fc.oneof(fc.constantFrom('general', '@', '~1', ''), fc.string({ unit: 'binary' }), fc.jsonValue()),
      client_id: fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.jsonValue()),
      is_typing: fc.oneof(fc.boolean(), fc.jsonValue()),
      id: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  .map(frame => JSON.stringify(frame))
const frames = fc.array(fc.oneof(text, command, fc.uint8Array({ maxLength: 300 })), { minLength: 1, maxLength: 8 })

test('CA73 CA88: random frames are answered or refused, and end no socket', async () => {
  const witness: Socket = await mila.socket()
  await witness.settled()
  const other = await enter(mila.target, mila.username)
  let socket = await other.socket('&events=1')
  let runs = 0
  await fc.assert(
    fc.asyncProperty(frames, async batch => {
      // Histories grow: a new socket now and then.
      if (runs++ % 20 === 0) {
        socket.close()
        socket = await other.socket('&events=1')
      }
      for (const frame of batch) socket.send(frame)
      const seen = await socket.settled()
      for (const frame of seen) expect(frame.type ?? typeof frame.content).toBeString()
      await witness.settled()
    }),
    { numRuns: 150, endOnFailure: true },
  )
  witness.close()
  socket.close()
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
}, 120_000)
