// Messages over HTTP: section 6 of the rules.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import {
  call,
  direct,
  forbidden,
  group,
  history,
  type Loose,
  newPair,
  newPerson,
  nobody,
  type Person,
  say,
} from './target.ts'
import { wettyUser } from './wetty.ts'

const target = useTarget()
const scene = () => newPair(target)
const post = (as: Person, id: string, json: unknown, headers: Readonly<Record<string, string>> = {}) =>
  call(target, 'POST', `/api/conversations/${id}/messages`, { as, json, headers })
const bodies = (page: Loose): string[] => page.data.map((m: Loose) => m.body)
const family = '👨‍👩‍👧‍👦'

test('MS55 MS56 MS63: a message as it is answered, and the same in history', async () => {
  const { kari, ola, id } = await scene()
  const { status, body } = await post(kari, id, { message: { body: 'Hei på deg' } })
  expect(status).toBe(201)
  expect(body.data).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    body: 'Hei på deg',
    status: 'sent',
    sent_at: expect.stringMatching(/Z$/),
    inserted_at: body.data.sent_at,
    profile: { id: kari.profileId, name: kari.name, mode: 'private', handle: kari.handle },
    conversation_id: id,
    type: 'text',
    edited_at: null,
    deleted_at: null,
    reply_to: null,
    media: null,
    reactions: [],
  })
  for (const who of [kari, ola]) expect((await history(target, who, id)).data).toEqual([body.data])
})

describe('MS57: sent and read', () => {
  const statuses = async (who: Person, id: string) => (await history(target, who, id)).data.map((m: Loose) => m.status)

  test('MS57: fetching reads nothing; writing after it does', async () => {
    const { kari, ola, id } = await scene()
    await say(target, kari, id, 'en')
    await history(target, ola, id)
    expect(await statuses(kari, id)).toEqual(['sent'])
    await say(target, ola, id, 'to')
    expect(await statuses(kari, id)).toEqual(['read', 'sent'])
    expect(await statuses(ola, id)).toEqual(['read', 'sent'])
  })
  test.skipIf(lacks('wetty'))(
    'MS57: every other participant must have read it; who joined later does not count',
    async () => {
      const kari = await newPerson(target)
      const ola = await newPerson(target)
      const wei = await wettyUser(target)
      const { id: gid } = await wei.call('POST', '/group', { name: 'x' })
      for (const who of [kari, ola]) {
        await wei.call('POST', `/group/${gid}/members`, { uid: await wei.uidOf(who.handle) })
      }
      const [{ id }] = (await call(target, 'GET', '/api/conversations', { as: kari })).body.data
      await say(target, kari, id, 'en')
      await say(target, ola, id, 'to')
      expect(await statuses(kari, id)).toEqual(['sent', 'sent'])
      const late = await newPerson(target)
      await wei.call('POST', `/group/${gid}/members`, { uid: await wei.uidOf(late.handle) })
      const { messages } = await wei.call('GET', `/chats/${gid}/messages`)
      await wei.call('POST', `/chats/${gid}/read`, { message_id: messages[0].id })
      expect(await statuses(kari, id)).toEqual(['read', 'sent'])
    },
  )
})

describe('history', () => {
  test('MS58 MS59 MS112: oldest first, the newest 50 by default, in the order of sending', async () => {
    const { kari, ola, id } = await scene()
    const sent: string[] = []
    for (let i = 0; i < 55; i++) {
      await say(target, i % 2 ? kari : ola, id, `m${i}`)
      sent.push(`m${i}`)
    }
    const page = await history(target, kari, id)
    expect(bodies(page)).toEqual(sent.slice(5))
    expect(bodies(await history(target, kari, id, '?limit=7'))).toEqual(sent.slice(-7))
  })

  test('MS60: a limit is never an error', async () => {
    const { kari, id } = await scene()
    for (let i = 0; i < 205; i++) await say(target, kari, id, `m${i}`)
    const count = async (limit: string) => (await history(target, kari, id, `?limit=${limit}`)).data.length
    for (const limit of ['', 'x', '0', '-3', '1.5', '%00']) expect(await count(limit)).toBe(50)
    for (const [limit, expected] of [
      ['1', 1],
      ['200', 200],
      ['201', 200],
      ['99999999999999999999', 200],
    ] as const) {
      expect(await count(limit)).toBe(expected)
    }
  }, 20_000)

  test('MS61 MS62: walking either way yields every message once', async () => {
    const { kari, id } = await scene()
    const sent: Loose[] = []
    for (let i = 0; i < 23; i++) sent.push(await say(target, kari, id, `m${i}`))
    const all = sent.map(m => m.id)
    const ids = (page: Loose) => page.data.map((m: Loose) => m.id)

    let page = await history(target, kari, id, '?limit=5')
    let walked: string[] = ids(page)
    expect(page.meta.has_more).toEqual({ before: true, after: false })
    while (page.meta.has_more.before) {
      page = await history(target, kari, id, `?limit=5&before=${page.meta.start_cursor}`)
      expect(page.meta.has_more.after).toBe(true)
      walked = [...ids(page), ...walked]
    }
    expect(walked).toEqual(all)

    page = await history(target, kari, id, `?limit=5&after=${all[0]}`)
    walked = [all[0], ...ids(page)]
    expect(page.meta).toEqual({
      start_cursor: all[1],
      end_cursor: all[5],
      has_more: { before: true, after: true },
    })
    while (page.meta.has_more.after) {
      page = await history(target, kari, id, `?limit=5&after_id=${page.meta.end_cursor}`)
      walked.push(...ids(page))
    }
    expect(walked).toEqual(all)
    expect(ids(await history(target, kari, id, `?limit=3&before_id=${all[10]}`))).toEqual(all.slice(7, 10))
    // `after` wins.
    expect(ids(await history(target, kari, id, `?limit=2&before=${all[10]}&after=${all[3]}`))).toEqual(all.slice(4, 6))
  })

  test('MS61: a cursor that is none', async () => {
    const { kari, id } = await scene()
    const other = await direct(target, kari, await newPerson(target))
    const foreign = await say(target, kari, other, 'x')
    for (const name of ['before', 'after', 'before_id', 'after_id']) {
      for (const cursor of ['x', nobody, foreign.id, '']) {
        const { status, body } = await call(target, 'GET', `/api/conversations/${id}/messages?${name}=${cursor}`, {
          as: kari,
        })
        expect([status, body]).toEqual([422, { errors: { [name]: ['is invalid'] } }])
      }
    }
  })

  test('MS62: where an empty page ends', async () => {
    const { kari, id } = await scene()
    expect(await history(target, kari, id)).toEqual({
      data: [],
      meta: { start_cursor: null, end_cursor: null, has_more: { before: false, after: false } },
    })
    const message = await say(target, kari, id, 'x')
    expect((await history(target, kari, id)).meta).toEqual({
      start_cursor: message.id,
      end_cursor: message.id,
      has_more: { before: false, after: false },
    })
    expect((await history(target, kari, id, `?after=${message.id}`)).data).toEqual([])
  })
})

describe('MS64: the body', () => {
  const failing = async (body: unknown) => {
    const { kari, id } = await scene()
    const answer = await post(kari, id, { message: { body } })
    return answer.status === 201 ? 'stored' : answer.body.errors.body
  }
  test('MS64: is not blank', async () => {
    for (const body of [undefined, null, '', '  ', '\n\t\u00a0'])
      expect(await failing(body)).toEqual(["can't be blank"])
  })
  test('MS64: is a text', async () => {
    for (const body of [7, true, {}, ['x']]) expect(await failing(body)).toEqual(['is invalid'])
  })
  test('MS64: has at most 4000 graphemes and 128 KiB', async () => {
    const long = ['should be at most 4000 character(s)']
    expect(await failing('x'.repeat(4000))).toBe('stored')
    expect(await failing(family.repeat(4000))).toBe('stored')
    expect(await failing('x'.repeat(4001))).toEqual(long)
    expect(await failing(family.repeat(4001))).toEqual(long)
    expect(await failing(`e${'\u0301'.repeat(70_000)}`)).toEqual(long)
  })
})

test('MS65: what is no message', async () => {
  const { kari, id } = await scene()
  const failing = async (json: unknown) => (await post(kari, id, json)).body.errors
  for (const json of [{}, { body: 'x' }, { message: null }]) {
    expect(await failing(json)).toEqual({ message: ["can't be blank"] })
  }
  for (const message of ['x', 7, true, [], ['x']])
    expect(await failing({ message })).toEqual({ message: ['is invalid'] })
  const raw = '{"message":{"__proto__":{"body":"x"}}}'
  const inherited = await call(target, 'POST', `/api/conversations/${id}/messages`, { as: kari, raw })
  expect(inherited.body.errors).toEqual({ body: ["can't be blank"] })
  expect((await history(target, kari, id)).data).toEqual([])
})

test('MS66 MS110: nobody writes as another or elsewhere', async () => {
  const { kari, ola, id } = await scene()
  const other = await direct(target, ola, await newPerson(target))
  const forged = {
    profile_id: ola.profileId,
    conversation_id: other,
    account_id: ola.accountId,
    sent_at: '1999-01-01T00:00:00Z',
    inserted_at: '1999-01-01T00:00:00Z',
    status: 'read',
    id: crypto.randomUUID(),
    type: 'system',
    profile: { id: ola.profileId, name: 'x' },
  }
  const { status, body } = await post(kari, id, { ...forged, message: { body: 'hei', ...forged } })
  expect(status).toBe(201)
  expect(body.data).toMatchObject({
    conversation_id: id,
    status: 'sent',
    type: 'text',
    profile: { id: kari.profileId, name: kari.name },
  })
  expect(body.data.id).not.toBe(forged.id)
  expect(body.data.sent_at > '2020').toBe(true)
  expect((await history(target, ola, other)).data).toEqual([])
})

test('MS67: the body is stored as it was sent', async () => {
  const { kari, id } = await scene()
  const text = '  \n hei \t\r\n  '
  expect((await say(target, kari, id, text)).body).toBe(text)
  expect(bodies(await history(target, kari, id))).toEqual([text])
})

describe('MS68: repeats', () => {
  test('MS68: one key, one message, by body or by header, whatever the repeat says', async () => {
    const { kari, id } = await scene()
    const first = await post(kari, id, { message: { body: 'en', client_id: 'k1' } })
    const again = [
      await post(kari, id, { message: { body: 'en', client_id: 'k1' } }),
      await post(kari, id, { message: { body: 'noe annet', client_id: 'k1' } }),
      await post(kari, id, { message: { body: 'en' } }, { 'idempotency-key': 'k1' }),
    ]
    for (const { status, body } of again) expect([status, body.data]).toEqual([201, first.body.data])
    expect(bodies(await history(target, kari, id))).toEqual(['en'])
  })
  test('MS68: also when they are parallel', async () => {
    const { kari, id } = await scene()
    const sends = Array.from({ length: 15 }, (_, i) => post(kari, id, { message: { body: `${i}`, client_id: 'k' } }))
    const answers = await Promise.all(sends)
    expect(new Set(answers.map(a => a.body.data.id)).size).toBe(1)
    expect((await history(target, kari, id)).data).toHaveLength(1)
  })
  test('MS68: the key of another sender or another conversation is another', async () => {
    const { kari, ola, id } = await scene()
    const other = await direct(target, kari, await newPerson(target))
    const ids = [
      await post(kari, id, { message: { body: 'x', client_id: 'k' } }),
      await post(ola, id, { message: { body: 'x', client_id: 'k' } }),
      await post(kari, other, { message: { body: 'x', client_id: 'k' } }),
    ].map(a => a.body.data.id)
    expect(new Set(ids).size).toBe(3)
  })
  test('MS68: a key has 1 to 100 characters', async () => {
    const { kari, id } = await scene()
    for (const client_id of ['', 'k'.repeat(101), 7, {}])
      expect((await post(kari, id, { message: { body: 'x', client_id } })).body).toEqual({
        errors: { client_id: ['is invalid'] },
      })
    expect((await post(kari, id, { message: { body: 'x' } }, { 'idempotency-key': 'k'.repeat(101) })).status).toBe(422)
    expect((await post(kari, id, { message: { body: 'x', client_id: 'k'.repeat(100) } })).status).toBe(201)
    expect((await post(kari, id, { message: { body: 'x', client_id: null } })).status).toBe(201)
  })
})

test('MS69: a reply names a message of the same conversation', async () => {
  const { kari, ola, id } = await scene()
  const message = await say(target, kari, id, 'spørsmål')
  const { status, body } = await post(ola, id, { message: { body: 'svar', reply_to: message.id.toUpperCase() } })
  expect([status, body.data.reply_to]).toEqual([201, message.id])
  const foreign = await say(target, kari, await direct(target, kari, await newPerson(target)), 'x')
  for (const reply_to of ['x', 7, nobody, foreign.id])
    expect((await post(ola, id, { message: { body: 'svar', reply_to } })).body).toEqual({
      errors: { reply_to: ['is invalid'] },
    })
  expect((await post(ola, id, { message: { body: 'svar', reply_to: null } })).body.data.reply_to).toBeNull()
})

describe('MS70: who may not write', () => {
  const refused = async (as: Person, id: string) => {
    const { status, body } = await post(as, id, { message: { body: 'x' } })
    return status === 201 ? status : [status, body]
  }

  test.skipIf(lacks('wetty'))('MS70: across a block, either way, until it is lifted', async () => {
    const kari = await newPerson(target)
    const wei = await wettyUser(target)
    const [profile] = (await call(target, 'GET', `/api/profiles?handle=${wei.username}`, { as: kari })).body.data
    const json = { target_profile_id: profile.id }
    const { id } = (await call(target, 'POST', '/api/conversations', { as: kari, json })).body.data
    expect(await refused(kari, id)).toBe(201)
    await wei.call('POST', '/friend/block', { target_user_id: await wei.uidOf(kari.handle) })
    expect(await refused(kari, id)).toEqual([403, forbidden])
    await wei.call('POST', '/friend/unblock', { target_user_id: await wei.uidOf(kari.handle) })
    expect(await refused(kari, id)).toBe(201)
  })
  test.skipIf(lacks('wetty'))('MS70: against an explicit wish, unless one was written to as a stranger', async () => {
    const kari = await newPerson(target)
    const wei = await wettyUser(target)
    const [profile] = (await call(target, 'GET', `/api/profiles?handle=${wei.username}`, { as: kari })).body.data
    const json = { target_profile_id: profile.id }
    const { id } = (await call(target, 'POST', '/api/conversations', { as: kari, json })).body.data
    await say(target, kari, id, 'hei')
    await wei.call('PUT', '/users/profile', { add_friend_setting: 'nobody' })
    expect(await refused(kari, id)).toEqual([403, forbidden])
    // She wrote to him as a stranger, so he may answer, and then she may, too.
    const [chat] = (await wei.call('GET', '/chats')).chats
    await wei.call('POST', `/chats/${chat.id}/messages`, { message: 'svar' })
    expect(await refused(kari, id)).toBe(201)
  })
  test.skipIf(lacks('wetty'))('MS70: while muted', async () => {
    const kari = await newPerson(target)
    const wei = await wettyUser(target)
    const { id: gid } = await wei.call('POST', '/group', { name: 'x' })
    const uid = await wei.uidOf(kari.handle)
    await wei.call('POST', `/group/${gid}/members`, { uid })
    const [{ id }] = (await call(target, 'GET', '/api/conversations', { as: kari })).body.data
    expect(await refused(kari, id)).toBe(201)
    await wei.call('POST', `/group/${gid}/mute`, { target_user_id: uid, mute_status: true })
    expect(await refused(kari, id)).toEqual([403, forbidden])
    await wei.call('POST', `/group/${gid}/mute`, { target_user_id: uid, mute_status: false })
    expect(await refused(kari, id)).toBe(201)
  })
  test('MS70: outside', async () => {
    const { kari, ola } = await scene()
    const id = await group(target, kari, ola)
    expect(await refused(await newPerson(target), id)).toEqual([403, forbidden])
  })
})
