import { expect, test } from 'bun:test'
import { ApiError, ConnectionError } from './errors.ts'
import { type Call, Http } from './http.ts'

type Step = Response | Error

const refusal = (
  status: number,
  code = 'some_code',
  more: object = {},
  headers: Record<string, string> = {},
): Response =>
  Response.json({ code, message: 'No.', retryable: [429, 500, 503].includes(status), ...more }, { status, headers })

/** A server that answers so, one after the other; the last answer for ever. */
const serverOf = (...steps: Step[]) => {
  const waits: number[] = []
  const calls: { url: string; init: RequestInit }[] = []
  const fetch = (async (url: string, init: RequestInit) => {
    const step = steps[Math.min(calls.length, steps.length - 1)]
    calls.push({ url, init })
    if (step instanceof Response) return step.clone()
    throw step
  }) as unknown as typeof globalThis.fetch
  const pause = async (ms: number): Promise<void> => void waits.push(ms)
  const http = new Http({ baseUrl: 'http://chat.test', fetch, token: () => 'secret', pause })
  return { http, waits, calls }
}

const away = new TypeError('fetch failed')
const get: Call = { method: 'GET', path: '/v1/things' }
const post: Call = { method: 'POST', path: '/v1/things', json: { a: 1 } }

test('a call carries its query, its body and its credentials, and answers with the body', async () => {
  const { http, calls } = serverOf(Response.json({ ok: 1 }))
  expect(await http.call<object>({ ...post, query: { a: 'x y', b: undefined, c: 2 } })).toEqual({ ok: 1 })
  const headers = { authorization: 'Bearer secret', 'content-type': 'application/json' }
  expect(calls).toEqual([
    { url: 'http://chat.test/v1/things?a=x+y&c=2', init: { method: 'POST', headers, body: '{"a":1}' } },
  ])
  await http.call({ ...get, anonymous: true })
  expect(calls[1]?.init.headers).toEqual({})
  const other = http.as(() => null)
  await other.call(get)
  expect(calls[2]?.init.headers).toEqual({})
})

test('an empty success is null', async () => {
  expect(await serverOf(new Response(null, { status: 204 })).http.call<null>(post)).toBeNull()
})

test('OC3: a refusal is an ApiError with all it says', async () => {
  const { http } = serverOf(refusal(409, 'username_taken', { details: { fields: ['username'] } }))
  const error: unknown = await http.call(post).catch(thrown => thrown)
  if (!(error instanceof ApiError)) throw error
  expect({ ...error, message: error.message }).toEqual({
    name: 'ApiError',
    status: 409,
    code: 'username_taken',
    message: 'No.',
    retryable: false,
    details: { fields: ['username'] },
    retryAfterMs: null,
  })
})

/** What each kind of call does with each kind of failure: how many times it is made in all. */
const table: readonly (readonly [what: string, Step, Call, tries: number])[] = [
  ['a GET that nothing answers', away, get, 4],
  ['a PUT that nothing answers', away, { ...get, method: 'PUT' }, 4],
  ['a DELETE that nothing answers', away, { ...get, method: 'DELETE' }, 4],
  ['a POST that nothing answers', away, post, 1],
  ['a POST that may be repeated', away, { ...post, repeatable: true }, 4],
  ['a PATCH that nothing answers', away, { ...post, method: 'PATCH' }, 1],
  ['a GET that may not be repeated', away, { ...get, repeatable: false }, 1],
  ['a GET to a server in need', refusal(503), get, 4],
  ['a POST to a server in need', refusal(503), post, 1],
  ['a repeatable POST to a server in need', refusal(503), { ...post, repeatable: true }, 4],
  ['a GET that fails inside', refusal(500), get, 4],
  ['a POST that fails inside', refusal(500), post, 1],
  ['a GET to a proxy whose server is away', new Response('<h1>502</h1>', { status: 502 }), get, 4],
  ['a GET to something else', new Response('<h1>404</h1>', { status: 404 }), get, 1],
  ['a GET that is answered with a page', new Response('<h1>Log in</h1>'), get, 1],
  ['a POST that came too fast', refusal(429, 'rate_limited'), post, 4],
  ['a POST that came too fast and may not be repeated', refusal(429), { ...post, repeatable: false }, 1],
  ['a GET that is refused', refusal(404), get, 1],
  ['a PUT in conflict', refusal(409, 'profile_conflict', { retryable: true }), { ...get, method: 'PUT' }, 1],
]

test.each(table)('%s', async (_what, step, call, tries) => {
  const { http, calls, waits } = serverOf(step)
  const error = await http.call(call).catch(thrown => thrown)
  expect(error instanceof ApiError || error instanceof ConnectionError).toBe(true)
  expect([calls.length, waits.length]).toEqual([tries, tries - 1])
})

test('what succeeds at last is a success; the waits grow', async () => {
  const { http, waits } = serverOf(away, refusal(503), new Response('', { status: 502 }), Response.json({ ok: 1 }))
  expect(await http.call<object>(get)).toEqual({ ok: 1 })
  const [first = 0, second = 0, third = 0] = waits
  expect(first).toBeWithin(800, 1201)
  expect(second).toBeWithin(1600, 2401)
  expect(third).toBeWithin(3200, 4801)
})

test('OC4: no earlier than the server says, by its body, its header, or a date in it', async () => {
  const waitFor = async (step: Response): Promise<number> => {
    const { http, waits } = serverOf(step, Response.json({}))
    await http.call(post)
    return waits[0] ?? Number.NaN
  }
  expect(
    await waitFor(refusal(429, 'rate_limited', { details: { retry_after_ms: 2500 } }, { 'retry-after': '3' })),
  ).toBeWithin(2500, 3001)
  expect(await waitFor(refusal(429, 'rate_limited', {}, { 'retry-after': '7' }))).toBeWithin(7000, 8401)
  const date = new Date(Date.now() + 20_000).toUTCString()
  expect(await waitFor(refusal(429, 'rate_limited', {}, { 'retry-after': date }))).toBeWithin(18_000, 24_001)
  expect(await waitFor(refusal(429, 'rate_limited', {}, { 'retry-after': 'soon' }))).toBeWithin(800, 1201)
})

test('who would have to wait for minutes is told instead', async () => {
  const { http, calls } = serverOf(refusal(429, 'rate_limited', { details: { retry_after_ms: 3_600_000 } }))
  const error: unknown = await http.call(get).catch(thrown => thrown)
  expect([calls.length, error instanceof ApiError && error.retryAfterMs]).toEqual([1, 3_600_000])
})

test('an answer that breaks off is like none: a call that may is made again', async () => {
  const broken = () =>
    new Response(
      new ReadableStream({
        start: controller => controller.error(new Error('reset')),
      }),
    )
  const calls: string[] = []
  const fetch = (async (_: string, { method }: RequestInit) => {
    calls.push(method ?? '')
    return calls.length === 1 ? broken() : Response.json({ ok: 1 })
  }) as unknown as typeof globalThis.fetch
  const http = new Http({ baseUrl: 'http://chat.test', fetch, token: () => null, pause: async () => {} })
  expect(await http.call<object>(get)).toEqual({ ok: 1 })
  calls.length = 0
  await expect(http.call(post)).rejects.toBeInstanceOf(ConnectionError)
  expect(calls).toEqual(['POST'])
})

test('an aborted call says so, and is not made again', async () => {
  const controller = new AbortController()
  let made = 0
  const fetch = (async () => {
    made++
    throw away
  }) as unknown as typeof globalThis.fetch
  const pause = async (): Promise<void> => controller.abort(new Error('enough'))
  const http = new Http({ baseUrl: 'http://chat.test', fetch, token: () => null, pause })
  await expect(http.call({ ...get, signal: controller.signal })).rejects.toThrow('enough')
  expect(made).toBe(1)
})
