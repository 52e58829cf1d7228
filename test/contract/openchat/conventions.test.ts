// What holds on every route: forms, refusals, the order of judgement, CORS: OC1 to OC9.
import { describe, expect, test } from 'bun:test'
import { startClocked } from '../../kit/clocked.ts'
import { foreign, useTarget } from '../../kit/target.ts'
import { newServer, type Person, registerPassword } from './people.ts'
import { type Answer, blamed, call, type Loose, NO_ID, said, TIME } from './target.ts'

const target = useTarget()

const JSON_TYPE = { 'content-type': 'application/json' }
/** Times of a body, wherever they stand. */
const timesIn = (value: Loose, key = ''): string[] => {
  if (Array.isArray(value)) return value.flatMap(each => timesIn(each, key))
  if (value !== null && typeof value === 'object') return Object.keys(value).flatMap(name => timesIn(value[name], name))
  return /_at$|_until$/.test(key) && value !== null ? [value] : []
}
const keysIn = (value: Loose): string[] => {
  if (Array.isArray(value)) return value.flatMap(keysIn)
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([name, inner]) => [name, ...keysIn(inner)])
}

describe('forms', () => {
  test('OC1: JSON in UTF-8 and snake_case; times in UTC with milliseconds', async () => {
    const mila = await registerPassword(target, { display_name: 'Mïla ☕' })
    const general = await mila.general()
    await mila.say(general, 'hëllo')
    const paths = [
      '/v1/account',
      '/v1/sessions',
      `/v1/servers/${mila.server}/channels`,
      `/v1/channels/${general}/messages`,
    ]
    for (const path of paths) {
      const { headers, body } = await mila.get(path)
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
      for (const time of timesIn(body)) expect(time).toMatch(TIME)
      // The one that real clients read in another spelling beside it (OC57).
      expect(keysIn(body).filter(key => !/^[a-z0-9_]+$/.test(key) && key !== 'unreadCount')).toEqual([])
    }
    expect((await mila.profile()).display_name).toBe('Mïla ☕')
  })

  test('OC1: any RFC 3339 time is read, and nothing else', async () => {
    const owner = await newServer(await registerPassword(target))
    const inTwoHours = new Date(Date.now() + 2 * 3_600_000)
    const elsewhere = new Date(inTwoHours.getTime() + 90 * 60_000).toISOString().replace('Z', '+01:30')
    const invite = (expires_at: unknown) =>
      owner.post(`/v1/servers/${owner.server}/invites`, { expires_at, max_uses: 1 })
    for (const time of [inTwoHours.toISOString(), inTwoHours.toISOString().toLowerCase(), elsewhere]) {
      const { status, body } = await invite(time)
      expect([status, body.expires_at]).toEqual([201, inTwoHours.toISOString()])
    }
    const seconds = inTwoHours.toISOString().replace(/\.\d+/, '')
    expect((await invite(seconds)).body.expires_at).toBe(seconds.replace('Z', '.000Z'))
    for (const time of ['tomorrow', inTwoHours.toUTCString(), inTwoHours.getTime(), '2026-13-01T00:00:00Z', '']) {
      expect([time, (await invite(time)).status]).toEqual([time, 400])
    }
  })

  test('OC2: parameters are decoded, colon verbs stand as they are, a slash at the end leads nowhere', async () => {
    const mila = await registerPassword(target)
    const general = await mila.general()
    const encoded = [...mila.server].map(each => `%${each.charCodeAt(0).toString(16)}`).join('')
    expect((await mila.get(`/v1/servers/${encoded}/membership`)).status).toBe(200)
    const verbs = [`/v1/profiles:batch?user_uid=${mila.uid}`, `/v1/channels/${general}/mentions:resolve?query=a`]
    for (const path of verbs) expect([path, (await mila.get(path)).status]).toEqual([path, 200])
    for (const path of ['/v1/account/', '/v1/servers/', '/client/capabilities/', `/v1/channels/${general}/`]) {
      expect([path, said(await mila.get(path))]).toEqual([path, '404 not_found'])
    }
  })

  test('OC9: nothing is kept by caches, and no type is guessed', async () => {
    const mila = await registerPassword(target)
    const answers = [
      await mila.get('/v1/account'),
      await call(target, 'GET', '/client/capabilities'),
      await call(target, 'GET', '/v1/nothing'),
      await call(target, 'GET', '/v1/account'),
      await mila.post('/v1/groups', { name: 7 }),
    ]
    for (const { headers } of answers) {
      expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual(['no-store', 'nosniff'])
    }
  })
})

/** What is promised of every refusal. */
const judge = ({ body, headers }: Answer): void => {
  expect(headers.get('content-type')).toMatch(/^application\/json/)
  expect(Object.keys(body).filter(key => !['code', 'message', 'retryable', 'details'].includes(key))).toEqual([])
  expect([body.code, body.message, typeof body.retryable]).toEqual([
    expect.stringMatching(/^[a-z0-9_]+$/),
    expect.stringMatching(/^[A-Z].*\.$/),
    'boolean',
  ])
  if ('details' in body) expect(typeof body.details).toBe('object')
}

describe('refusals', () => {
  test('OC3 OC4: all have one form, and few are worth a retry', async () => {
    const mila = await registerPassword(target)
    const general = await mila.general()
    const refusals: [Promise<Answer>, string][] = [
      [call(target, 'GET', '/v1/nothing'), '404 not_found'],
      [call(target, 'GET', '/client/nothing'), '404 not_found'],
      [call(target, 'GET', '/v1'), '404 not_found'],
      [call(target, 'DELETE', '/v1/servers'), '405 method_not_allowed'],
      [call(target, 'POST', '/client/capabilities', { json: {} }), '405 method_not_allowed'],
      [call(target, 'GET', '/v1/account'), '401 unauthorized'],
      [mila.get(`/v1/channels/${NO_ID}/messages`), '404 channel_not_found'],
      [mila.post(`/v1/channels/${general}/messages`, { body: '' }), '400 message_empty'],
      [mila.post(`/v1/channels/${general}/messages`, { body: 'x'.repeat(65_537) }), '413 message_too_large'],
      [
        mila.call('POST', '/v1/groups', undefined, { raw: 'name=x', headers: { 'content-type': 'text/plain' } }),
        '415 unsupported_media_type',
      ],
    ]
    for (const [answer, expected] of refusals) {
      expect(said(await answer)).toBe(expected)
      judge(await answer)
      expect((await answer).body.retryable).toBe(false)
    }
    const conflict = await mila.call(
      'PUT',
      '/v1/profile/me',
      { display_name: 'Mila', avatar_mode: 'generated' },
      { headers: { 'if-match': '99' } },
    )
    expect([said(conflict), conflict.body.retryable]).toEqual(['409 profile_conflict', true])
  })

  test('OC3: a path that is served, but not so, names the methods it has', async () => {
    const allowed = async (method: string, path: string) =>
      (await call(target, method, path)).headers.get('allow')?.split(', ').sort()
    expect(await allowed('PATCH', '/v1/sessions/current')).toEqual(['DELETE', 'GET', 'HEAD'])
    expect(await allowed('GET', '/v1/accounts')).toEqual(['POST'])
  })

  test('OC3: nothing of what was sent comes back in a message', async () => {
    const mila = await registerPassword(target)
    const marker = "x'--<script>"
    const answers = [
      await mila.get(`/v1/channels/${encodeURIComponent(marker)}/messages`),
      await mila.post('/v1/groups', { name: [marker] }),
      await mila.get(`/v1/${encodeURIComponent(marker)}`),
      await call(target, 'GET', '/v1/account', { headers: { authorization: `Bearer ${marker}` } }),
      await mila.get(`/v1/search/messages?query=ab&cursor=${encodeURIComponent(marker)}`),
    ]
    for (const answer of answers) {
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(JSON.stringify(answer.body)).not.toContain(marker)
    }
  })

  test.skipIf(foreign)('OC3 OC4: a bug is told as one, without a word about itself', async () => {
    let down = false
    await using broken = await startClocked({
      around: store => ({
        ...store,
        read: new Proxy(store.read, {
          get: (read, name) => {
            if (down) throw new Error('SELECT secret FROM credential at /work/main/src')
            const value = Reflect.get(read, name, read)
            return typeof value === 'function' ? value.bind(read) : value
          },
        }),
        transact: work => store.transact(work),
        onCommit: listener => store.onCommit(listener),
        [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
      }),
    })
    const mila = await registerPassword(broken)
    down = true
    const answer = await mila.get('/v1/account')
    down = false
    expect([answer.status, answer.body]).toEqual([
      500,
      { code: 'internal_error', message: expect.any(String), retryable: true },
    ])
    expect(JSON.stringify(answer.body)).not.toMatch(/SELECT|\/work|secret/)
    judge(answer)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  })
})

describe('the order of judgement', () => {
  test('OC5: path, size, credentials, syntax, server, resource, values, permission', async () => {
    const owner = await newServer(await registerPassword(target), { visibility: 'private' })
    const mila = await registerPassword(target)
    const here = `/v1/servers/${mila.server}/settings`
    const there = `/v1/servers/${owner.server}/settings`
    const bearer = { ...mila.bearer, ...JSON_TYPE }
    const tooLong = JSON.stringify({ display_name: 'x'.repeat(1_100_000) })
    const put = (path: string, raw: string, headers: Record<string, string>) =>
      call(target, 'PUT', path, { raw, headers })
    // Each request has everything amiss that comes later in the order, too.
    expect(said(await put('/v1/nothing', tooLong, {}))).toBe('404 not_found')
    expect(said(await put(there, tooLong, {}))).toBe('413 payload_too_large')
    expect(said(await put(there, '{', {}))).toBe('401 unauthorized')
    expect(said(await put(there, '{', { ...mila.bearer, 'content-type': 'text/plain' }))).toBe(
      '415 unsupported_media_type',
    )
    expect(said(await put(there, '{', bearer))).toBe('400 invalid_payload')
    expect(said(await put(there, '{"display_name":7}', bearer))).toBe('404 server_not_found')
    expect(blamed(await put(here, '{"display_name":7}', bearer))).toBe('400 invalid_display_name: display_name')
    expect(said(await put(here, '{"display_name":"Mine"}', bearer))).toBe('403 server_settings_forbidden')
  })

  test('OC5: of a channel: syntax, then server and membership, then the channel, then values', async () => {
    const mila = await registerPassword(target)
    const owner = await newServer(await registerPassword(target))
    const member = await mila.on(owner.server)
    const there = await member.general()
    const bearer = { ...mila.bearer, ...JSON_TYPE }
    const send = (cid: string, raw: string) =>
      call(target, 'POST', `/v1/channels/${cid}/messages`, { raw, headers: bearer })
    expect(said(await send(NO_ID, '['))).toBe('400 invalid_payload')
    expect(said(await send(NO_ID, '{"body":7}'))).toBe('404 channel_not_found')
    expect(said(await send(there, '{"body":7}'))).toBe('403 server_mismatch')
    expect(said(await send(await mila.general(), '{"body":7}'))).toBe('400 invalid_payload')
  })
})

describe('bodies', () => {
  const rename = (person: Person, raw: BodyInit, headers: Record<string, string> = JSON_TYPE) =>
    person.call('POST', '/v1/groups', undefined, { raw, headers })

  test('OC6: only JSON objects of at most 1 MiB, nested no deeper than 64', async () => {
    const mila = await registerPassword(target)
    const nested = (depth: number) => `{"name":"x","extra":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
    const bad: BodyInit[] = [
      '',
      '{',
      '[]',
      '"x"',
      'null',
      '7',
      nested(65),
      new Uint8Array([123, 34, 255, 34, 125]),
      '\ufeff{"name":"x"}',
    ]
    for (const raw of bad) expect([raw, said(await rename(mila, raw))]).toEqual([raw, '400 invalid_payload'])
    expect((await rename(mila, nested(64))).status).toBe(201)
    const padded = (length: number) => `{"name":"x"${' '.repeat(length - 12)}}`
    expect((await rename(mila, padded(1_048_576))).status).toBe(201)
    expect(said(await rename(mila, padded(1_048_577)))).toBe('413 payload_too_large')
    const chunks = new Blob([padded(1_048_577)]).stream()
    expect(said(await rename(mila, chunks))).toBe('413 payload_too_large')
  })

  test('OC6: a body says that it is JSON', async () => {
    const mila = await registerPassword(target)
    for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON']) {
      expect([type, (await rename(mila, '{"name":"x"}', { 'content-type': type })).status]).toEqual([type, 201])
    }
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonp',
      'multipart/form-data',
    ]) {
      const answer = await rename(mila, '{"name":"x"}', { 'content-type': type })
      expect([type, said(answer)]).toEqual([type, '415 unsupported_media_type'])
    }
    expect(said(await rename(mila, new TextEncoder().encode('{"name":"x"}'), {}))).toBe('415 unsupported_media_type')
  })

  test('OC6: the fields that are amiss are named; what is unknown is ignored', async () => {
    const mila = await registerPassword(target)
    expect(blamed(await mila.post('/v1/groups', { name: 7 }))).toBe('400 invalid_channel_name: name')
    expect(blamed(await mila.post('/v1/groups', { name: 'x', description: [] }))).toBe(
      '400 invalid_description: description',
    )
    expect(blamed(await mila.post('/v1/contacts', { user_uid: [] }))).toBe('400 invalid_payload: user_uid')
    expect(blamed(await rename(mila, '{"__proto__":{"name":"x"},"toString":1}'))).toBe('400 invalid_channel_name: name')
    expect((await mila.post('/v1/groups', { name: 'x', extra: { a: [1] }, constructor: 1 })).status).toBe(201)
  })

  test('OC7: text is kept as it was sent; what no text can be is refused', async () => {
    const mila = await registerPassword(target)
    const general = await mila.general()
    const texts = [
      " '; DROP TABLE message; -- ",
      '<img src=x onerror=alert(1)>',
      'e\u0301 \u00e9',
      '\t\r\n x \u200b',
      '\u202e\u{1f469}\u200d\u{1f52c}',
      '%s $x {{y}}',
    ]
    for (const text of texts) {
      const { id, body } = await mila.say(general, text)
      expect(body).toBe(text)
      expect((await mila.must('GET', `/v1/channels/${general}/messages/${id}`)).message.body).toBe(text)
    }
    for (const raw of [
      '{"body":"a\\u0000b"}',
      '{"body":"\\ud800"}',
      '{"body":"x","extra":["\\udc00"]}',
      '{"body":"x","\\u0000":1}',
    ]) {
      const answer = await mila.call('POST', `/v1/channels/${general}/messages`, undefined, { raw, headers: JSON_TYPE })
      expect([raw, said(answer)]).toEqual([raw, '400 invalid_payload'])
    }
  })
})

describe('other origins', () => {
  const wanted = `Content-Type, Authorization, If-Match, Range, Idempotency-Key, Last-Event-ID, X-File-Name,
    X-OpenChat-User-UID, X-OpenChat-Device-ID, X-OpenChat-Api-Version`
  const words = (text: string | null) => (text ?? '').toLowerCase().split(/\s*,\s*/)

  test.each(['https://app.example.org', 'null', 'file://'])(
    'OC8: pages of %s may ask whatever they may ask',
    async origin => {
      const mila = await registerPassword(target)
      const answers = [
        await mila.call('GET', '/v1/account', undefined, { headers: { origin } }),
        await call(target, 'GET', '/client/capabilities', { headers: { origin } }),
        await call(target, 'GET', '/v1/account', { headers: { origin } }),
        await call(target, 'GET', '/v1/nothing', { headers: { origin } }),
        await call(target, 'PATCH', '/v1/accounts', { headers: { origin } }),
      ]
      for (const { headers } of answers) {
        expect(headers.get('access-control-allow-origin')).toBe('*')
        expect(headers.get('access-control-allow-credentials')).toBeNull()
        expect(words(headers.get('access-control-expose-headers'))).toEqual(
          expect.arrayContaining(words('Retry-After, ETag, Content-Range, Content-Disposition')),
        )
      }
    },
  )

  test.each(['/v1/account', '/client/capabilities', `/v1/channels/${NO_ID}/messages`, '/v1/nothing'])(
    'OC8: OPTIONS %s',
    async path => {
      const headers = {
        origin: 'null',
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'if-match',
      }
      const answer = await call(target, 'OPTIONS', path, { headers })
      expect([answer.status, answer.body]).toEqual([204, null])
      expect(answer.headers.get('access-control-allow-origin')).toBe('*')
      expect(answer.headers.get('access-control-max-age')).toBe('600')
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
      expect(words(answer.headers.get('access-control-allow-methods'))).toEqual(
        expect.arrayContaining(words('GET, POST, PUT, PATCH, DELETE, OPTIONS')),
      )
      expect(words(answer.headers.get('access-control-allow-headers'))).toEqual(expect.arrayContaining(words(wanted)))
    },
  )
})
