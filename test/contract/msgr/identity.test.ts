// Who asks: section 1 of the rules.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { call, direct, newPerson, nobody, RawSocket, say, unauthorized } from './target.ts'

const target = useTarget()
const routes = [
  ['GET', '/api/conversations'],
  ['POST', '/api/conversations'],
  ['GET', `/api/conversations/${nobody}`],
  ['GET', `/api/conversations/${nobody}/messages`],
  ['POST', `/api/conversations/${nobody}/messages`],
  ['GET', '/api/profiles'],
  ['GET', `/api/profiles/${nobody}`],
] as const

test.each(routes)('MS1 MS40 MS44: %s %s needs both headers', async (method, path) => {
  const kari = await newPerson(target)
  const ola = await newPerson(target)
  const [account, profile] = ['x-account-id', 'x-profile-id'] as const
  const wrong: readonly Record<string, string>[] = [
    {},
    { [account]: kari.accountId },
    { [profile]: kari.profileId },
    { [account]: '', [profile]: kari.profileId },
    { [account]: 'nonsense', [profile]: kari.profileId },
    { [account]: kari.accountId, [profile]: 'nonsense' },
    { [account]: nobody, [profile]: kari.profileId },
    { [account]: kari.accountId, [profile]: nobody },
    { [account]: kari.accountId, [profile]: ola.profileId },
    // A public id is no secret (MS5).
    { [account]: kari.profileId, [profile]: kari.profileId },
    { [account]: `${kari.accountId}, ${kari.accountId}`, [profile]: kari.profileId },
  ]
  for (const headers of wrong) {
    const answer = await call(target, method, path, { headers, ...(method === 'POST' && { json: {} }) })
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 401, body: unauthorized })
  }
})

test('MS2: every way to be wrong gives the very same answer', async () => {
  const kari = await newPerson(target)
  const ola = await newPerson(target)
  const answers = []
  for (const headers of [
    {},
    { ...kari.headers, 'x-account-id': nobody },
    { ...kari.headers, 'x-profile-id': nobody },
    { ...kari.headers, 'x-profile-id': ola.profileId },
  ]) {
    const response = await fetch(`${target.url}/api/conversations`, { headers })
    answers.push([response.status, await response.text(), response.headers.get('content-type')])
  }
  expect(new Set(answers.map(a => JSON.stringify(a))).size).toBe(1)
  expect(answers[0]?.[0]).toBe(401)
})

test('MS3 MS14: identity comes before everything but the route', async () => {
  const path = `/api/conversations/${nobody}/messages`
  for (const raw of ['{"message":', '{"message":{"body":""}}', '[]', new Uint8Array([0xff, 0xfe])]) {
    expect((await call(target, 'POST', path, { raw })).status).toBe(401)
  }
  expect((await call(target, 'POST', '/api/conversations', { raw: 'x'.repeat(2_000_000) })).status).toBe(401)
  expect((await call(target, 'GET', `/api/conversations/nonsense/messages`)).status).toBe(401)
  expect((await call(target, 'GET', `/api/conversations/${nobody}/nonsense`)).status).toBe(404)
})

test('MS4: the body of a 401', async () => {
  const { status, body } = await call(target, 'GET', '/api/conversations')
  expect(status).toBe(401)
  expect(body).toEqual({ error: 'missing or invalid account/profile headers', errors: ['unauthorized'] })
})

test('MS5: the account id is a random v4 uuid that is shown once and never again', async () => {
  const kari = await newPerson(target)
  const ola = await newPerson(target)
  expect(kari.accountId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(kari.accountId).not.toBe(kari.profileId)
  const id = await direct(target, kari, ola)
  await say(target, kari, id, 'hei')
  const seen: string[] = []
  for (const who of [kari, ola]) {
    for (const path of [
      '/api/conversations',
      `/api/conversations/${id}`,
      `/api/conversations/${id}/messages`,
      '/api/profiles',
      `/api/profiles?handle=${kari.handle}`,
      `/api/profiles/${kari.profileId}`,
    ]) {
      seen.push(JSON.stringify((await call(target, 'GET', path, { as: who })).body))
    }
  }
  expect(seen.join()).not.toContain(kari.accountId)
  // What may be known of her is no substitute for it.
  for (const account of [kari.profileId, kari.handle, '1']) {
    const headers = { ...kari.headers, 'x-account-id': account }
    expect((await call(target, 'GET', '/api/profiles', { headers })).status).toBe(401)
  }
})

describe('MS6: identity travels in headers and join payloads only', () => {
  test('MS6: not in a query', async () => {
    const kari = await newPerson(target)
    const query = `x-account-id=${kari.accountId}&x-profile-id=${kari.profileId}&account_id=${kari.accountId}&profile_id=${kari.profileId}`
    expect((await call(target, 'GET', `/api/conversations?${query}`)).status).toBe(401)
  })
  test('MS6: not in the address of a socket', async () => {
    const kari = await newPerson(target)
    const query = `?vsn=2.0.0&account_id=${kari.accountId}&profile_id=${kari.profileId}&token=x&foo[]=1`
    using socket = await RawSocket.open(target, query)
    const { status, response } = await socket.join(`profile:${kari.profileId}`, {})
    expect([status, response]).toEqual(['error', { reason: 'unauthorized' }])
    expect((await socket.join(`profile:${kari.profileId}`, kari.identity)).status).toBe('ok')
  })
})

test('MS7: ids come in any letter case and go out in lower case', async () => {
  const kari = await newPerson(target)
  const ola = await newPerson(target)
  const upper = (record: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, value.toUpperCase()]))
  const headers = upper(kari.headers)
  const json = { target_profile_id: ola.profileId.toUpperCase() }
  const made = await call(target, 'POST', '/api/conversations', { headers, json })
  expect(made.status).toBe(201)
  const id = made.body.data.id as string
  expect(id).toBe(id.toLowerCase())
  expect(made.body.data.participants.map((p: { profile: { id: string } }) => p.profile.id).sort()).toEqual(
    [kari.profileId, ola.profileId].sort(),
  )
  const path = `/api/conversations/${id.toUpperCase()}`
  expect((await call(target, 'GET', path, { headers })).body.data.id).toBe(id)
  const sent = await call(target, 'POST', `${path}/messages`, { headers, json: { message: { body: 'hei' } } })
  expect(sent.body.data.conversation_id).toBe(id)
  const message = sent.body.data.id as string
  await say(target, kari, id, 'next')
  const after = await call(target, 'GET', `${path}/messages?after=${message.toUpperCase()}`, { headers })
  expect(after.body.data.map((m: { body: string }) => m.body)).toEqual(['next'])

  using socket = await RawSocket.open(target)
  const topic = `conversation:${id.toUpperCase()}`
  const { status, frame } = await socket.join(topic, upper(kari.identity))
  // A client listens for the topic as it wrote it.
  expect([status, frame[2]]).toEqual(['ok', topic])
  await say(target, kari, id, 'live')
  const event = await socket.event('message_created')
  expect([event[2], event[4].data.conversation_id]).toEqual([topic, id])
})
