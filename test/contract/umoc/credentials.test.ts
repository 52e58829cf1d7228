// Section B: where a request may carry its secrets, and that they stay secret.
import { describe, expect, test } from 'bun:test'
import { foreign, lacks, startOwn } from '../../kit/target.ts'
import { dial, fresh, type Login, newPerson, useTarget } from './people.ts'
import { accessOf, bearer, type CallOptions, call, logIn, PASSWORD, refusal, register, said } from './rest.ts'

const target = useTarget()
const user = (options: CallOptions) => call(target, 'GET', '/user', options)
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

const carried: readonly (readonly [string, (login: Login) => CallOptions])[] = [
  ['the access token', login => ({ headers: bearer(accessOf(login)) })],
  [
    'the access token, the scheme in lower case',
    login => ({ headers: { authorization: `bearer ${accessOf(login)}` } }),
  ],
  ['the query', ({ sessionID, token }) => ({ query: { sessionID, token } })],
  ['headers', ({ sessionID, token }) => ({ headers: { 'X-Session-ID': sessionID, 'X-Session-Token': token } })],
  ['one of each', ({ sessionID, token }) => ({ query: { sessionID }, headers: { 'X-Session-Token': token } })],
]

describe('credentials', () => {
  test.each(carried)('UM14 UM16: %s', async (_, carry) => {
    const person = await newPerson(target)
    const { status, body } = await user(carry(person.login))
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        user_id: person.id,
        username: person.username,
        created_at: expect.stringMatching(ISO),
        session_expires: expect.any(Number),
      },
    })
    expect(body.session_expires).toBeGreaterThanOrEqual(person.login.session_expires)
  })

  test('UM16 UM14 UM30: without, with half of them, or with wrong ones nobody is anybody', async () => {
    const { login } = await newPerson(target)
    const other = await newPerson(target)
    const { sessionID, token } = login
    for (const options of [
      {},
      { query: { sessionID } },
      { query: { token } },
      { query: { sessionID, token: '' } },
      { query: { sessionID, token: `${token}x` } },
      { query: { sessionID, token: other.login.token } },
      { query: { sessionID: sessionID.toUpperCase(), token } },
      { headers: bearer(sessionID) },
      { headers: bearer(token) },
      { headers: bearer(`${sessionID}.`) },
      { headers: bearer('') },
      { headers: { authorization: `Basic ${accessOf(login)}` } },
      { headers: bearer('nobody.x'), query: { sessionID, token } },
    ] satisfies readonly CallOptions[]) {
      expect([options, said(await user(options))]).toEqual([options, refusal(401, 'Invalid session')])
    }
  })

  test.skipIf(lacks('wetty'))('UM13: a token of another contract opens nothing here', async () => {
    const username = await register(target)
    const json = { username, password: PASSWORD, client_type: 'mobile' }
    const { body } = await call(target, 'POST', '/users/auth/login', { json })
    expect(said(await user({ headers: bearer(body.token) }))).toEqual(refusal(401, 'Invalid session'))
  })
})

describe.skipIf(foreign)('old pages', () => {
  const lenient = useTarget({ PARLANCE_UMOC_REQUIRE_TOKEN: '0' })

  test('UM30 UM14: an absent token is accepted where that is configured, a wrong one never', async () => {
    const { sessionID, token } = await logIn(lenient, await register(lenient))
    const ask = async (query: Record<string, string>) => (await call(lenient, 'GET', '/user', { query })).status
    expect(await ask({ sessionID })).toBe(200)
    expect(await ask({ sessionID, token })).toBe(200)
    expect(await ask({ sessionID, token: 'wrong' })).toBe(401)
    expect(await ask({ sessionID: crypto.randomUUID() })).toBe(401)
    await dial(lenient, { query: { sessionID } }).connected()
    expect(await dial(lenient, { query: { sessionID, token: 'wrong' } }).refused()).toBe('Invalid session')
  })
})

test.skipIf(foreign)('UM20: whatever carries secrets is cached and logged nowhere', async () => {
  await using server = await startOwn({ env: { PARLANCE_LOG: 'debug' } })
  const at = { url: server.url, wsUrl: server.wsUrl }
  const username = fresh('r')
  const password = `secret-${crypto.randomUUID()}`
  const query = { username, password }
  const answers = [
    await call(at, 'POST', '/register', { query }),
    await call(at, 'GET', '/login', { query }),
    await call(at, 'GET', '/login', { query: { username, password: `${password}x` } }),
  ]
  const login: Login = answers[1]?.body
  const { sessionID, token } = login
  answers.push(await call(at, 'GET', '/user', { query: { sessionID, token } }))
  const client = dial(at, { query: { sessionID, token }, transports: ['polling', 'websocket'] })
  await client.connected()
  const bad = dial(at, { query: { sessionID, token: `${token}x` } })
  expect(await bad.refused()).toBe('Invalid session')
  answers.push(await call(at, 'POST', '/logout', { query: { sessionID } }))
  expect(answers.map(({ status }) => status)).toEqual([201, 200, 401, 200, 200])
  for (const { headers } of answers) expect(headers.get('cache-control')).toBe('no-store')
  client.close()
  server.kill('SIGTERM')
  await server.exited
  const log = server.output()
  for (const path of ['/register', '/login', '/socket.io/']) expect(log).toContain(path)
  for (const secret of [password, token, sessionID]) expect(log).not.toContain(secret)
})
