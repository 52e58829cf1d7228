// How answers and refusals look: section 2 of the rules.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { call, direct, forbidden, group, newPerson, nobody, notFound, say, unauthorized } from './target.ts'

const target = useTarget()
const scene = async () => {
  const [kari, ola, eve] = [await newPerson(target), await newPerson(target), await newPerson(target)]
  const id = await direct(target, kari, ola)
  return { kari, ola, eve, id, path: `/api/conversations/${id}/messages` }
}

test('MS9: everything is a JSON object, whatever is accepted', async () => {
  const { kari, path } = await scene()
  const answers = [
    await call(target, 'GET', path, { as: kari, headers: { accept: 'text/html' } }),
    await call(target, 'GET', path, { headers: { accept: 'image/png' } }),
    await call(target, 'GET', '/api/conversations/x/y/z', { headers: { accept: 'text/plain' } }),
    await call(target, 'POST', path, { as: kari, raw: '{' }),
    await call(target, 'POST', '/api/users', { raw: 'x' }),
    await call(target, 'GET', '/socket/nothing'),
  ]
  expect(answers.map(a => a.status)).toEqual([200, 401, 404, 422, 422, 404])
  for (const { headers, body } of answers) {
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(Array.isArray(body)).toBe(false)
    expect(typeof body).toBe('object')
  }
})

test('MS10 MS13: one status and one body for each kind of refusal', async () => {
  const { kari, eve, path } = await scene()
  const of = async (promise: Promise<{ status: number; body: unknown }>) => {
    const { status, body } = await promise
    return { status, body }
  }
  expect(await of(call(target, 'GET', path))).toEqual({ status: 401, body: unauthorized })
  expect(await of(call(target, 'GET', path, { as: eve }))).toEqual({ status: 403, body: forbidden })
  const elsewhere = `/api/conversations/${nobody}/messages`
  expect(await of(call(target, 'GET', elsewhere, { as: kari }))).toEqual({ status: 404, body: notFound })
  expect(await of(call(target, 'POST', path, { as: kari, json: {} }))).toEqual({
    status: 422,
    body: { errors: { message: ["can't be blank"] } },
  })
})

test('MS11: all failing fields are told together', async () => {
  const json = { display_name: 'a', email: 'nonsense', handle: '!' }
  const { status, body } = await call(target, 'POST', '/api/users', { json })
  expect(status).toBe(422)
  expect(body).toEqual({
    errors: {
      display_name: ['should be at least 2 character(s)'],
      email: ['must look like an email address'],
      handle: ['is invalid'],
    },
  })
})

test('MS12 MS114: bad input is never a 500', async () => {
  const { kari, path } = await scene()
  const bad = ['{', 'null', '[[[', '"\\ud800"', '{"message":{"body":"\\u0000"}}', `${'['.repeat(100_000)}`, '\u0000']
  for (const raw of [...bad, new Uint8Array([0x7b, 0xff, 0x7d])]) {
    for (const where of [path, '/api/conversations', '/api/users']) {
      expect((await call(target, 'POST', where, { as: kari, raw })).status).toBeLessThan(500)
    }
  }
  for (const id of ['%00', '%ff', 'a%2Fb', '..', "'", '1 OR 1=1', 'x'.repeat(5000)]) {
    for (const where of [`/api/conversations/${id}`, `/api/conversations/${id}/messages`, `/api/profiles/${id}`]) {
      expect((await call(target, 'GET', where, { as: kari })).status).toBeLessThan(500)
    }
  }
})

test('MS14: existence, membership, body, fields: an outsider with a bad body hears 403', async () => {
  const { kari, eve, path } = await scene()
  const elsewhere = `/api/conversations/${nobody}/messages`
  const large = JSON.stringify({ message: { body: 'x'.repeat(1_100_000) } })
  for (const raw of ['{', '{"message":{"body":""}}', large]) {
    expect((await call(target, 'POST', elsewhere, { as: kari, raw })).status).toBe(404)
    expect((await call(target, 'POST', path, { as: eve, raw })).status).toBe(403)
  }
  expect((await call(target, 'POST', path, { as: kari, raw: large })).status).toBe(413)
  expect((await call(target, 'GET', `${path}?before=nonsense`, { as: eve })).status).toBe(403)
  expect((await call(target, 'GET', `${elsewhere}?before=nonsense`, { as: kari })).status).toBe(404)
})

test('MS15: a body may be 1 MiB', async () => {
  const { kari, path } = await scene()
  const sized = (bytes: number) => {
    const frame = JSON.stringify({ message: { body: 'hei' }, padding: '' })
    return JSON.stringify({ message: { body: 'hei' }, padding: 'x'.repeat(bytes - frame.length) })
  }
  expect((await call(target, 'POST', path, { as: kari, raw: sized(1024 * 1024) })).status).toBe(201)
  const { status, body } = await call(target, 'POST', path, { as: kari, raw: sized(1024 * 1024 + 1) })
  expect(status).toBe(413)
  expect(body).toEqual({ error: 'payload_too_large', errors: ['payload_too_large'] })
})

describe('MS16: what a body may be', () => {
  test.each([
    ['cut short', '{"message":'],
    ['no JSON', 'hei'],
    ['only space', '  '],
    ['too deep', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
    ['no UTF-8', new Uint8Array([...Buffer.from('{"message":{"body":"'), 0xc3, 0x28, ...Buffer.from('"}}')])],
  ])('MS16: %s is malformed', async (_, raw) => {
    const { kari, path } = await scene()
    for (const where of [path, '/api/users', '/api/conversations']) {
      const { status, body } = await call(target, 'POST', where, { as: kari, raw })
      expect([status, body]).toEqual([422, { errors: { base: ['malformed JSON'] } }])
    }
  })
  test.each(['', '[]', '7', '"x"', 'null', 'true'])('MS16: %p counts as {}', async raw => {
    const { kari, path } = await scene()
    expect((await call(target, 'POST', path, { as: kari, raw })).body).toEqual({
      errors: { message: ["can't be blank"] },
    })
    expect((await call(target, 'POST', '/api/users', { raw })).body).toEqual({
      errors: { display_name: ["can't be blank"] },
    })
  })
  test('MS16: the content type is not looked at', async () => {
    const { kari, path } = await scene()
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'nonsense']) {
      const request = { as: kari, json: { message: { body: type } }, headers: { 'content-type': type } }
      expect((await call(target, 'POST', path, request)).status).toBe(201)
    }
  })
})

test('MS17: what no store keeps is refused on its field; all else comes back byte for byte', async () => {
  const { kari, path } = await scene()
  for (const raw of ['{"message":{"body":"a\\u0000b"}}', '{"message":{"body":"a\\ud800"}}']) {
    const { status, body } = await call(target, 'POST', path, { as: kari, raw })
    expect([status, body]).toEqual([422, { errors: { body: ['is invalid'] } }])
  }
  const texts = [
    '  <b>&amp;</b>\t\r\n ',
    'e\u0301 \u00e9 \ufeff\u200b',
    '\u0001\u007f',
    '👨‍👩‍👧‍👦🏳️‍🌈',
    '\\"\'/`$x',
    'ﷺ İı ß',
  ]
  for (const text of texts) await say(target, kari, path.split('/')[3] ?? '', text)
  const page = await call(target, 'GET', path, { as: kari })
  expect(page.body.data.map((m: { body: string }) => m.body)).toEqual(texts)
})

test('MS18: ids that are none', async () => {
  const { kari, path } = await scene()
  for (const where of ['/api/conversations/x', '/api/conversations/x/messages', '/api/profiles/x']) {
    const { status, body } = await call(target, 'GET', where, { as: kari })
    expect([status, body]).toEqual([404, notFound])
  }
  const json = { message: { body: 'x', reply_to: 'x' } }
  expect((await call(target, 'POST', path, { as: kari, json })).body).toEqual({ errors: { reply_to: ['is invalid'] } })
})

test('MS19: what is not there is 404, never 405', async () => {
  const { kari, id, path } = await scene()
  for (const [method, where] of [
    ['DELETE', '/api/conversations'],
    ['PUT', `/api/conversations/${id}`],
    ['PATCH', path],
    ['DELETE', path],
    ['GET', `/api/conversations/${id}/nothing`],
    ['GET', `${path}/nothing`],
    ['POST', '/api/profiles'],
    ['DELETE', `/api/profiles/${kari.profileId}`],
    ['GET', `/api/profiles/${kari.profileId}/nothing`],
    ['GET', '/socket'],
    ['POST', '/socket/websocket'],
    ['GET', '/socket/nothing'],
  ] as const) {
    const { status, body } = await call(target, method, where, { as: kari })
    expect([method, where, status, body]).toEqual([method, where, 404, notFound])
  }
})

test('MS20: a trailing slash is accepted; of /api/users only POST is ours', async () => {
  const { kari, ola, id, path } = await scene()
  const json = { target_profile_id: ola.profileId }
  for (const [method, where, expected, body] of [
    ['GET', '/api/conversations/', 200],
    ['POST', '/api/conversations/', 201, json],
    ['GET', `/api/conversations/${id}/`, 200],
    ['GET', `${path}/`, 200],
    ['POST', `${path}/`, 201, { message: { body: 'hei' } }],
    ['GET', '/api/profiles/', 200],
    ['GET', `/api/profiles/${ola.profileId}/`, 200],
    ['POST', '/api/users/', 201, { display_name: 'Kari Nordmann' }],
  ] as const) {
    const answer = await call(target, method, where, { as: kari, ...(body && { json: body }) })
    expect([method, where, answer.status]).toEqual([method, where, expected])
  }
  // Whoever answers these, it is not this contract: no accounts are listed.
  for (const where of ['/api/users', '/api/users/', '/api/users/x']) {
    const response = await fetch(target.url + where, { headers: kari.headers })
    expect(await response.text()).not.toContain(kari.handle)
  }
})

test('MS21: pages of other origins may call', async () => {
  for (const where of ['/api/users', '/api/conversations', `/api/conversations/${nobody}/messages`, '/api/profiles']) {
    const preflight = await fetch(target.url + where, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://msgr.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-account-id,x-profile-id,content-type,idempotency-key',
      },
    })
    expect(preflight.ok).toBe(true)
    expect(['*', 'https://msgr.example']).toContain(preflight.headers.get('access-control-allow-origin') ?? '')
    const allowed = preflight.headers.get('access-control-allow-headers')?.toLowerCase() ?? ''
    for (const name of ['x-account-id', 'x-profile-id', 'content-type', 'idempotency-key'])
      expect(allowed).toContain(name)
    const methods = preflight.headers.get('access-control-allow-methods') ?? ''
    for (const method of ['GET', 'POST', 'OPTIONS']) expect(methods).toContain(method)
    const refused = await fetch(target.url + where, { method: 'POST', headers: { origin: 'https://msgr.example' } })
    expect(refused.headers.get('access-control-allow-origin')).not.toBeNull()
    expect(refused.headers.get('set-cookie')).toBeNull()
  }
})

test('MS22: times are RFC 3339 in whole seconds', async () => {
  const { kari, ola, id } = await scene()
  const before = Math.floor(Date.now() / 1000) * 1000
  const message = await say(target, kari, id, 'hei')
  const { data } = (await call(target, 'GET', `/api/conversations/${id}`, { as: kari })).body
  const times = [message.sent_at, message.inserted_at, data.inserted_at, data.updated_at]
  for (const time of times) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  expect(Date.parse(message.sent_at)).toBeGreaterThanOrEqual(before)
  expect(Date.parse(message.sent_at)).toBeLessThanOrEqual(Date.now())
  expect((await group(target, kari, ola)).length).toBe(36)
})
