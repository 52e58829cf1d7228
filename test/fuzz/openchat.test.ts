// Hostile requests and frames into openchat: no 5xx, always its own shape, no socket harmed but the one they came on.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { newPerson, type Person } from '../contract/openchat/crew.ts'
import { startServer, type TestServer } from '../kit/server.ts'
import { until } from '../kit/wait.ts'
import { hostileRequest, type OpenApi } from './generate.ts'

const RUNS = 2500

let server: TestServer
let mila: Person
let known: string[]

beforeAll(async () => {
  server = await startServer({ env: { PARLANCE_LOG: 'error' } })
  const target = { url: server.url, wsUrl: server.wsUrl }
  mila = await newPerson(target)
  const noor = await newPerson(target)
  const channel = await mila.makeChannel()
  const group = await mila.group([noor])
  const { id } = await mila.say(channel, 'hi')
  const invite = await mila.must('POST', `/v1/channels/${group}/invites`, {
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    max_uses: 5,
  })
  const heading = (await mila.headings())[0]?.id
  known = [
    mila.server,
    channel,
    group,
    id,
    mila.uid,
    noor.uid,
    mila.username,
    invite.code,
    invite.invite_id,
    heading,
    '👍',
  ]
})
afterAll(() => server[Symbol.asyncDispose]())

/** Ending one's own session, or leaving home, is no attack on the server, but it would end the test; streams and polls wait. */
const wouldEndTheTest = (method: string, path: string): boolean =>
  /realtime\/(sse|poll)/.test(path) ||
  (method !== 'GET' && /^\/v1\/(sessions(\/|$|\?)|servers\/[^/]+\/(sessions\/current|membership))/.test(path))

test(`OC3 OC4 OC6 OC7 OC11: ${RUNS} hostile requests, no 5xx, every refusal in shape`, async () => {
  const document = (await (await fetch(`${server.url}/docs/openchat/openapi.json`)).json()) as OpenApi
  let refused = 0
  await fc.assert(
    fc.asyncProperty(hostileRequest(document, known), async request => {
      if (wouldEndTheTest(request.method, request.path)) return
      const response = await fetch(server.url + request.path, {
        method: request.method,
        headers: {
          authorization: `Bearer ${mila.token}`,
          ...(request.contentType && { 'content-type': request.contentType }),
        },
        body: request.body as BodyInit | null,
        redirect: 'manual',
        signal: AbortSignal.timeout(20_000),
      })
      const text = await response.text()
      // The one thing this server says it cannot do at all (OC66).
      if (response.status !== 501) expect(response.status).toBeLessThan(500)
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      if (response.status < 400 || request.method === 'HEAD') return
      refused++
      expect(response.headers.get('content-type')).toStartWith('application/json')
      expect(JSON.parse(text)).toMatchObject({
        code: expect.stringMatching(/^[a-z0-9_]+$/),
        message: expect.stringMatching(/^[A-Z].*\.$/),
        retryable: expect.any(Boolean),
      })
    }),
    { numRuns: RUNS, endOnFailure: true },
  )
  expect(refused).toBeGreaterThan(RUNS / 10)
  expect((await mila.get('/v1/sessions/current')).status).toBe(200)
}, 240_000)

const open = async (onFrame: (frame: { event_type?: unknown }) => void = () => {}): Promise<WebSocket> => {
  const url = `${server.wsUrl}/v1/realtime?server_id=${mila.server}`
  const socket = new WebSocket(url, [`openchat.session.${mila.token}`])
  let greeted = false
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(`${data}`)
    if (frame.event_type === 'chat.hello') greeted = true
    onFrame(frame)
  }
  await until('the hello', () => greeted || socket.readyState === WebSocket.CLOSED)
  expect(greeted).toBe(true)
  return socket
}

const types = fc.oneof(
  fc.constantFrom('chat.subscribe', 'chat.unsubscribe', 'chat.typing.update', 'chat.ping', '__proto__', 'toString', ''),
  fc.jsonValue(),
)
const anything = fc.oneof(fc.jsonValue(), fc.constantFrom(1, -1, 1e300, true, null, '', '\ud800', '\0'))
/** Stands for an id that exists, which is known when the tests run. */
const KNOWN = 'known'
const payload = fc.oneof(
  fc.record(
    { channel_id: fc.oneof(fc.constant(KNOWN), anything), is_typing: anything },
    { requiredKeys: ['channel_id'] },
  ),
  anything,
)
const command = fc
  .tuple(fc.record({ type: types, request_id: anything, payload }, { requiredKeys: ['type'] }), fc.nat(20))
  .map(([frame, at]) =>
    JSON.stringify(frame).replaceAll(`"channel_id":"${KNOWN}"`, `"channel_id":"${known[at % known.length]}"`),
  )
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.json(),
  fc.constantFrom('', '[]', '{}', 'null', '"', '{', '{"type":{}}', '{"payload":[]}', '{"__proto__":1}', '\ud800'),
  fc.nat(5000).map(depth => '{"payload":'.repeat(depth)),
)
const frames = fc.array(fc.oneof(command, command, text, fc.uint8Array({ maxLength: 300 })), {
  minLength: 1,
  maxLength: 8,
})

test('OC117: random frames are answered or refused, and end no socket', async () => {
  let heard = 0
  const odd: unknown[] = []
  const witness = await open(frame => {
    if (frame.event_type === 'chat.pong') heard++
  })
  // What every object has by birth.
  const inherited = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map(type =>
    JSON.stringify({ type, payload: { channel_id: known[1] } }),
  )
  let answered = 0
  const socket = await open(frame => {
    if (typeof frame.event_type !== 'string') odd.push(frame)
    answered++
  })
  await fc.assert(
    fc.asyncProperty(frames, async batch => {
      for (const frame of batch) socket.send(frame)
      const before = heard
      witness.send('{"type":"chat.ping"}')
      await until('the witness to be answered', () => heard > before)
      expect(socket.readyState).toBe(WebSocket.OPEN)
    }),
    { numRuns: 200, endOnFailure: true, examples: [[inherited]] },
  )
  expect(answered).toBeGreaterThan(100)
  expect(odd).toEqual([])
  expect(witness.readyState).toBe(WebSocket.OPEN)
  for (const each of [socket, witness]) each.close()
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
}, 120_000)
