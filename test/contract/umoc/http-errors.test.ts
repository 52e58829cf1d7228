// Section B: refusals of the HTTP half, who may call it from where, and how often.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { TestServer } from '../../kit/server.ts'
import { foreign, startOwn, type Target } from '../../kit/target.ts'
import { Inbox } from '../../kit/wait.ts'
import { dial, fresh, useTarget } from './people.ts'
import { bearer, call, PASSWORD, refusal, register, request, said } from './rest.ts'

const target = useTarget()

describe('bodies', () => {
  test('UM17: what is no JSON object says so, wherever a body is read', async () => {
    for (const path of ['/register', '/login', '/logout']) {
      for (const body of ['{', '[]', '"x"', '{"username":', `${'['.repeat(1000)}${']'.repeat(1000)}`, '\ufeff{}']) {
        expect([body, said(await call(target, 'POST', path, { body }))]).toEqual([body, refusal(400, 'Invalid JSON')])
      }
      const latin = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])
      expect(said(await call(target, 'POST', path, { body: latin }))).toEqual(refusal(400, 'Invalid JSON'))
    }
  })

  test('UM17: bodies beyond 64 KiB are refused, said to be or not', async () => {
    const tooLarge = refusal(413, 'Request body too large')
    const long = (bytes: number) => JSON.stringify({ username: 'x'.repeat(bytes) })
    for (const path of ['/register', '/login', '/logout']) {
      expect(said(await call(target, 'POST', path, { body: long(65_536) }))).toEqual(tooLarge)
      expect(said(await call(target, 'POST', path, { body: new Blob([long(65_536)]).stream() }))).toEqual(tooLarge)
      expect((await call(target, 'POST', path, { body: long(65_000) })).status).toBe(400)
    }
  })

  test('UM17: keys that every object has are no fields', async () => {
    const body = '{"__proto__":{"username":"mila"},"constructor":1,"toString":2}'
    expect(said(await call(target, 'POST', '/login', { body }))).toEqual(refusal(400, "'username' is required"))
  })
})

describe('paths', () => {
  test.each([
    ['/register', ['POST']],
    ['/login', ['GET', 'HEAD', 'POST']],
    ['/logout', ['POST']],
    ['/user', ['GET', 'HEAD']],
    ['/api/upload/x', ['POST', 'PUT']],
    ['/api/files/x', ['GET', 'HEAD']],
    ['/api/files/x/name.txt', ['GET', 'HEAD']],
  ])('UM22: %s answers other methods with 405', async (path, allowed) => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      if (allowed.includes(method)) continue
      const answer = await call(target, method, path)
      expect([method, said(answer)]).toEqual([method, refusal(405, 'Method not allowed')])
      expect(answer.headers.get('allow')?.split(', ').sort()).toEqual(allowed)
    }
  })

  test('UM22: what is below them and nothing is 404, in this contract’s words', async () => {
    for (const path of ['/api/upload', '/api/upload/x/y', '/api/files', '/api/files/x/y/z', '/login/x', '/user/7']) {
      expect([path, said(await call(target, 'GET', path))]).toEqual([path, refusal(404, 'Not found')])
    }
    // Everything else under /api is other contracts'.
    expect((await call(target, 'GET', '/api/filesystem')).body).not.toEqual({
      error: 'Not found',
      message: 'Not found',
    })
  })

  test('UM21: any page may call, with all that this contract’s clients send, and never with cookies', async () => {
    const origin = 'https://pages.example'
    const wanted = 'authorization,content-type,x-upload-token,x-session-id,x-session-token,range'
    const paths = ['/register', '/login', '/logout', '/user', '/api/upload/x', '/api/files/x', '/socket.io/']
    for (const path of paths) {
      const asked = { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': wanted }
      const preflight = await request(target, 'OPTIONS', path, { headers: asked })
      expect(preflight.status).toBe(204)
      const methods = preflight.headers.get('access-control-allow-methods')?.split(', ') ?? []
      for (const method of ['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS']) expect(methods).toContain(method)
      const headers = preflight.headers.get('access-control-allow-headers')?.toLowerCase().split(', ') ?? []
      for (const header of wanted.split(',')) expect(headers).toContain(header)
      const answer = await request(target, 'GET', path, { headers: { origin } })
      await answer.text()
      for (const one of [preflight, answer]) {
        expect(['*', origin]).toContain(one.headers.get('access-control-allow-origin') ?? '')
        expect(one.headers.get('access-control-allow-credentials')).toBeNull()
      }
    }
  })
})

describe.skipIf(foreign)('limits', () => {
  let behind: TestServer
  let bare: TestServer
  beforeAll(async () => {
    const env = { PARLANCE_RATE_LIMITS: 'on' }
    behind = await startOwn({ env: { ...env, PARLANCE_TRUSTED_PROXIES: '127.0.0.1' } })
    bare = await startOwn({ env })
  })
  afterAll(async () => {
    await behind?.[Symbol.asyncDispose]()
    await bare?.[Symbol.asyncDispose]()
  })

  let addresses = 0
  /** An address nobody has called from. */
  const from = (): Readonly<Record<string, string>> => ({ 'x-forwarded-for': `203.0.113.${++addresses}` })
  type Headers = Readonly<Record<string, string>>
  const fail = (at: Target, username: string, headers: Headers) =>
    call(at, 'POST', '/login', { json: { username, password: 'wrong' }, headers })

  test('UM131 UM17 UM133: failed logins are counted by name and address', async () => {
    const [username, headers] = [fresh('r'), from()]
    for (let n = 0; n < 10; n++) expect((await fail(behind, username, headers)).status).toBe(401)
    const refused = await fail(behind, username, headers)
    expect(said(refused)).toEqual(refusal(429, 'Rate limit exceeded, please wait'))
    const wait = Number(refused.headers.get('retry-after'))
    expect(wait).toBeGreaterThanOrEqual(1)
    expect(wait).toBeLessThanOrEqual(300)
    const right = { query: { username, password: PASSWORD }, headers }
    expect((await call(behind, 'GET', '/login', right)).status).toBe(429)
    expect((await fail(behind, fresh('r'), headers)).status).toBe(401)
    expect((await fail(behind, username, from())).status).toBe(401)
  })

  test('UM131: so are all that fail from one address, whatever their names', async () => {
    const headers = from()
    const answers = await Promise.all(Array.from({ length: 60 }, () => fail(behind, fresh('r'), headers)))
    expect(answers.filter(({ status }) => status === 401).length).toBe(60)
    expect((await fail(behind, fresh('r'), headers)).status).toBe(429)
  })

  test('UM131: registrations are counted by address', async () => {
    const headers = from()
    const attempt = async (by: Headers) => {
      const json = { username: fresh('r'), password: PASSWORD }
      return (await call(behind, 'POST', '/register', { json, headers: by })).status
    }
    for (let n = 0; n < 30; n++) expect(await attempt(headers)).toBe(201)
    expect(await attempt(headers)).toBe(429)
    expect(await attempt(from())).toBe(201)
  })

  test('UM133: a header names the client only where a configured proxy sends it', async () => {
    const username = fresh('r')
    for (let n = 0; n < 10; n++) expect((await fail(bare, username, from())).status).toBe(401)
    expect((await fail(bare, username, from())).status).toBe(429)
  })

  /** Asks to be connected as nobody, over and over on one socket: counted, and refused in words. */
  const connecting = async (at: Target, headers: Headers) => {
    const socket = new WebSocket(`${at.wsUrl}/socket.io/?EIO=4&transport=websocket`, { headers } as never)
    const words = new Inbox<string>()
    const opened = Promise.withResolvers<void>()
    socket.onmessage = ({ data }) => {
      if (String(data).startsWith('0')) opened.resolve()
      if (String(data).startsWith('44')) words.push(JSON.parse(String(data).slice(2)).message)
    }
    await opened.promise
    return {
      async ask(): Promise<string> {
        socket.send('40')
        return words.next()
      },
      close: () => socket.close(),
    }
  }

  test('UM133 UM131: an upgrade is no second connect; connects are counted by address', async () => {
    const username = await register(bare)
    const login = await call(bare, 'POST', '/login', { json: { username, password: PASSWORD } })
    const { sessionID, token } = login.body
    const client = dial(bare, { query: { sessionID, token }, transports: ['polling', 'websocket'] })
    const upgraded = new Promise(resolve => client.socket.io.engine.once('upgrade', resolve))
    await client.connected()
    await upgraded
    const nobody = await connecting(bare, {})
    for (let n = 1; n < 120; n++) expect(await nobody.ask()).toBe('Authentication required')
    expect(await nobody.ask()).toBe('Rate limit exceeded, please wait')
    nobody.close()
  })

  test('UM133: behind a proxy every client has connects of its own', async () => {
    const one = await connecting(behind, from())
    for (let n = 0; n < 120; n++) expect(await one.ask()).toBe('Authentication required')
    expect(await one.ask()).toBe('Rate limit exceeded, please wait')
    const other = await connecting(behind, from())
    expect(await other.ask()).toBe('Authentication required')
    for (const { close } of [one, other]) close()
  })

  test('UM130: whichever style a login comes in counts, and who does not log in is not held up', async () => {
    const [username, headers] = [fresh('r'), from()]
    for (let n = 0; n < 10; n++) await fail(behind, username, headers)
    const form = await call(behind, 'POST', '/login', { form: { username, password: 'wrong' }, headers })
    expect(said(form)).toEqual(refusal(429, 'Rate limit exceeded, please wait'))
    expect((await call(behind, 'GET', '/user', { headers: { ...headers, ...bearer('x.y') } })).status).toBe(401)
  })
})
