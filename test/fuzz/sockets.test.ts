// Hostile frames into each live protocol: that socket may end, nobody else's does, and nothing breaks.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type MsgrPerson, msgrPerson, type WettyPerson, wettyPerson } from '../kit/people.ts'
import { startServer, type TestServer } from '../kit/server.ts'
import { until } from '../kit/wait.ts'

let server: TestServer
let wei: WettyPerson
let kari: MsgrPerson

beforeAll(async () => {
  server = await startServer({ env: { PARLANCE_LOG: 'error' } })
  wei = await wettyPerson(server.url)
  kari = await msgrPerson(server.url)
})
afterAll(() => server[Symbol.asyncDispose]())

const open = async (path: string): Promise<WebSocket> => {
  const socket = new WebSocket(server.wsUrl + path)
  socket.binaryType = 'arraybuffer'
  await until('the socket', () => socket.readyState === WebSocket.OPEN)
  return socket
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.json(),
  fc.constantFrom(
    '[]',
    '{}',
    'null',
    '[1,2,3,4,5]',
    '[null,null,null,null,null]',
    '{"type":{}}',
    '"',
    '[[[[[[',
    '\ud800',
  ),
  fc.nat(5000).map(n => '['.repeat(n)),
)
const phoenixFrame = fc
  .tuple(
    fc.oneof(fc.constantFrom('1', null), fc.jsonValue()),
    fc.oneof(fc.string({ maxLength: 5 }), fc.jsonValue()),
    fc.oneof(fc.constantFrom('phoenix', 'conversation:', 'profile:', 'conversation:x', 'room:1'), fc.string()),
    fc.oneof(
      fc.constantFrom(
        'phx_join',
        'phx_leave',
        'heartbeat',
        'message:create',
        'typing:start',
        'message:read',
        'phx_reply',
      ),
      fc.string(),
    ),
    fc.oneof(fc.jsonValue(), fc.record({ account_id: fc.string(), profile_id: fc.string(), body: fc.jsonValue() })),
  )
  .map(frame => JSON.stringify(frame))
const frames = fc.array(fc.oneof(text, phoenixFrame, fc.uint8Array({ maxLength: 300 })), { minLength: 1, maxLength: 8 })

/** An undisturbed socket of the same kind, and how to see that it lives. */
const kinds = [
  {
    name: 'msgr v2',
    rules: 'MS79 MS80 MS89',
    path: () => '/socket/websocket?vsn=2.0.0',
    ping: '[null,"p","phoenix","heartbeat",{}]',
    pong: '"p"',
  },
  {
    name: 'msgr v1',
    rules: 'MS73 MS79',
    path: () => '/socket/websocket?vsn=1.0.0',
    ping: '{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"p"}',
    pong: '"p"',
  },
  {
    name: 'wetty',
    rules: 'WT82',
    path: () => `/ws/chats?uid=${wei.uid}&token=${wei.token}`,
    ping: 'ping',
    pong: 'pong',
  },
] as const

describe.each(kinds)('$name', ({ rules, path, ping, pong }) => {
  test(`${rules}: random frames end at most the socket they came on`, async () => {
    const witness = await open(path())
    let heard = 0
    witness.onmessage = event => {
      if (`${event.data}`.includes(pong)) heard++
    }
    await fc.assert(
      fc.asyncProperty(frames, async batch => {
        const socket = await open(path())
        for (const frame of batch) if (socket.readyState === WebSocket.OPEN) socket.send(frame)
        const before = heard
        witness.send(ping)
        await until('the witness to be answered', () => heard > before)
        socket.close()
      }),
      { numRuns: 150, endOnFailure: true },
    )
    expect(witness.readyState).toBe(WebSocket.OPEN)
    witness.close()
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    expect(kari.profileId).not.toBe('')
  }, 120_000)
})

test('MS105: long-poll bodies that are no frames', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        text.map(t => new TextEncoder().encode(t)),
      ),
      async body => {
        const { token } = (await (await fetch(`${server.url}/socket/longpoll?vsn=2.0.0`)).json()) as { token: string }
        const answer = await fetch(`${server.url}/socket/longpoll?vsn=2.0.0&token=${encodeURIComponent(token)}`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-ndjson' },
          body,
        })
        expect(answer.status).toBe(200)
        expect([200, 408, 410, 413]).toContain(((await answer.json()) as { status: number }).status)
      },
    ),
    { numRuns: 100, endOnFailure: true },
  )
}, 60_000)
