// Hostile requests and packets into umoc: never a 5xx, always its own shape, no socket harmed but the one they came on.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { startServer, type TestServer } from '../kit/server.ts'
import { until } from '../kit/wait.ts'
import { hostileRequest, type OpenApi } from './generate.ts'

const RUNS = 1500
const EVENTS =
  `verify_session ping set_status_visibility get_chats get_chat_info get_chat_history send_message delete_message
  read_receipt typing upload_file_prepare upload_file_complete get_file_url get_contacts add_contact accept_contact
  reject_contact remove_contact block_contact unblock_contact create_group add_member remove_member leave_group
  update_group set_admin delete_group`.split(/\s+/)

let server: TestServer
let secrets: { sessionID: string; token: string }
let known: string[]

const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
  const headers = { 'content-type': 'application/json' }
  return (await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) })).json() as never
}

beforeAll(async () => {
  server = await startServer({ env: { PARLANCE_LOG: 'error' } })
  const person = { username: 'fuzz.ed', password: 'correct horse' }
  const { user_id } = await post('/register', person)
  const { sessionID, token, access_token } = await post('/login', person)
  secrets = { sessionID: `${sessionID}`, token: `${token}` }
  known = [`${user_id}`, secrets.sessionID, secrets.token, `${access_token}`, person.username, crypto.randomUUID()]
})
afterAll(() => server[Symbol.asyncDispose]())

test(`UM17 UM22 UM46: ${RUNS} hostile requests, no 5xx, every error in shape`, async () => {
  const document = (await (await fetch(`${server.url}/docs/umoc/openapi.json`)).json()) as OpenApi
  let refused = 0
  await fc.assert(
    fc.asyncProperty(hostileRequest(document, known), async request => {
      // Ending one's own session is no attack on the server, but it would end the test; polls wait.
      if (/logout|socket\.io/.test(request.path)) return
      const response = await fetch(server.url + request.path, {
        method: request.method,
        headers: {
          authorization: `Bearer ${secrets.sessionID}.${secrets.token}`,
          ...(request.contentType && { 'content-type': request.contentType }),
        },
        body: request.body as BodyInit | null,
        redirect: 'manual',
        signal: AbortSignal.timeout(20_000),
      })
      const text = await response.text()
      expect(response.status).toBeLessThan(500)
      if (response.status < 400 || request.method === 'HEAD') return
      refused++
      const { error, message } = JSON.parse(text) as { error?: unknown; message?: unknown }
      expect(typeof error).toBe('string')
      expect(message).toBe(error)
    }),
    { numRuns: RUNS, endOnFailure: true },
  )
  expect(refused).toBeGreaterThan(RUNS / 10)
}, 120_000)

const open = async (onFrame: (frame: string) => void = () => {}): Promise<WebSocket> => {
  const query = new URLSearchParams({ EIO: '4', transport: 'websocket', ...secrets })
  const socket = new WebSocket(`${server.wsUrl}/socket.io/?${query}`)
  let connected = false
  socket.onmessage = ({ data }) => {
    const frame = `${data}`
    if (frame.startsWith('0{')) socket.send('40')
    else if (frame === '2') socket.send('3')
    else if (frame.startsWith('42["connection_successful"')) connected = true
    onFrame(frame)
  }
  await until('the socket to connect', () => connected || socket.readyState === WebSocket.CLOSED)
  expect(connected).toBe(true)
  return socket
}

const names = fc.oneof(
  fc.constantFrom(...EVENTS),
  fc.constantFrom('error', 'disconnect', 'connect', '__proto__', 'constructor', 'toString', ''),
  fc.jsonValue(),
)
const field = fc.oneof(fc.jsonValue(), fc.constantFrom(1, -1, '1', 1e300, true, null, '', '\ud800', '\0'))
const fields = fc.dictionary(
  fc.constantFrom(
    'recipient_id',
    'chat_id',
    'content',
    'is_group',
    'type',
    'message_ids',
    'message_id',
    'sender_id',
    'page',
    'page_size',
    'sessionID',
    'name',
    'member_ids',
    'user_id',
    'contact_id',
    'contact_username',
    'file_name',
    'file_size',
    'file_type',
    'file_id',
    'visibility',
    'is_typing',
  ),
  field,
)
const event = fc
  .tuple(fc.option(fc.nat(9), { nil: '' }), names, fc.oneof(fields, fc.jsonValue()))
  .map(([id, name, payload]) => `42${id}${JSON.stringify([name, payload])}`)
const packet = fc.oneof(
  { weight: 6, arbitrary: event },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 100 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '4',
      '42',
      '42[',
      '42{}',
      '40',
      '41',
      '43[]',
      '451-["x",{"_placeholder":true}]',
      '5',
      '1',
    ),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
)

test('UM45 UM46: random packets end at most the socket they came on', async () => {
  let heard = 0
  const witness = await open(frame => {
    if (frame.startsWith('43')) heard++
  })
  await fc.assert(
    fc.asyncProperty(fc.array(packet, { minLength: 1, maxLength: 8 }), async batch => {
      const socket = await open()
      for (const each of batch) if (socket.readyState === WebSocket.OPEN) socket.send(each)
      const before = heard
      witness.send('421["ping",{}]')
      await until('the witness to be answered', () => heard > before)
      socket.close()
      await until('the socket to end', () => socket.readyState === WebSocket.CLOSED)
    }),
    { numRuns: 300, endOnFailure: true },
  )
  expect(witness.readyState).toBe(WebSocket.OPEN)
  witness.close()
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
}, 120_000)
