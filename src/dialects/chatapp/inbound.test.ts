import { describe, expect, test } from 'bun:test'
import type { RouteRequest } from '../../host/dialect.ts'
import { Refused } from '../../host/refused.ts'
import type { Problem } from './contract.ts'
import {
  judgeChannel,
  judgeLogin,
  judgePage,
  judgeProfile,
  judgeRegistration,
  judgeSend,
  judgeStatus,
  judgeUsersPage,
  readBody,
  readLoginBody,
  readOptionalBody,
  refreshTokenIn,
} from './inbound.ts'

/** What is amiss, as `body.field type`; other refusals as their status. */
const amiss = (work: () => unknown): readonly string[] => {
  try {
    work()
    return []
  } catch (error) {
    return refusalOf(error)
  }
}

const refusalOf = (error: unknown): readonly string[] => {
  if (!(error instanceof Refused)) throw error
  const { status, body } = error.reply
  if (status !== 422) return [String(status)]
  return (body as { detail: readonly Problem[] }).detail.map(({ type, loc }) => `${loc.join('.')} ${type}`)
}

const LONE = '\ud800'
const person = { username: 'mila', email: 'mila@example.org', password: 'correct horse' }
const query = (text: string) => new URLSearchParams(text)

const request = (bytes: Uint8Array | string | 'too-large', type = 'application/json'): RouteRequest =>
  ({
    raw: new Request('http://x/', { headers: { 'content-type': type } }),
    bytes: async () =>
      typeof bytes === 'string' && bytes !== 'too-large' ? new Uint8Array(Buffer.from(bytes)) : bytes,
  }) as unknown as RouteRequest

describe('bodies', () => {
  const read = async (bytes: Parameters<typeof request>[0], reader = readBody) => {
    try {
      return await reader(request(bytes))
    } catch (error) {
      return refusalOf(error)
    }
  }

  test.each<[Parameters<typeof request>[0], unknown]>([
    ['{"a":1}', { a: 1 }],
    ['', ['body missing']],
    ['{"a":', ['body.5 json_invalid']],
    ['[1]', ['body model_attributes_type']],
    ['null', ['body model_attributes_type']],
    [`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`, [expect.stringMatching(/^body\.\d+ json_invalid$/)]],
    [new Uint8Array([0x7b, 0xff, 0x7d]), ['body.1 json_invalid']],
    ['too-large', ['413']],
  ])('CA10 CA15: body %#', async (bytes, outcome) => {
    expect(await read(bytes)).toEqual(outcome as never)
  })

  test('where none is needed none is none', async () => {
    expect(await read('', readOptionalBody as typeof readBody)).toBeNull()
  })

  test('CA26: a login comes as a form, too', async () => {
    const form = (text: string) => readLoginBody(request(text, 'application/x-www-form-urlencoded; charset=utf-8'))
    expect(await form('username=mila+x&password=%C3%A9%26&grant_type=password')).toEqual({
      username: 'mila x',
      password: 'é&',
    })
    expect(await form('username=mila')).toEqual({ username: 'mila' })
  })
})

describe('CA24: registration', () => {
  test('as it is stored', () => {
    expect(judgeRegistration({ ...person, email: 'Mila@Example.ORG', display_name: 'Mila M', other: 1 })).toEqual({
      handle: 'mila',
      email: 'Mila@example.org',
      password: 'correct horse',
      displayName: 'Mila M',
    })
  })

  test('CA14: tells of all failing fields at once', () => {
    expect(amiss(() => judgeRegistration({}))).toEqual([
      'body.username missing',
      'body.email missing',
      'body.password missing',
    ])
    expect(
      amiss(() => judgeRegistration({ username: 1, email: 'x', password: 'short', display_name: 'x'.repeat(51) })),
    ).toEqual([
      'body.username string_type',
      'body.email string_too_short',
      'body.password string_too_short',
      'body.display_name string_too_long',
    ])
  })

  test.each([
    ['mil', true],
    ['m'.repeat(30), true],
    ['Ångström', true],
    ['हिन्दी', true],
    ['李小龍', true],
    ['a.b_c-1', true],
    ['🙂🙂🙂', false],
    ['mi', false],
    ['m'.repeat(31), false],
    ['mi la', false],
    ['mi@la', false],
    ['._-', false],
    ['online', false],
    ['ONLINE', false],
    ['system', false],
    ['uid_7', false],
    [`mi${LONE}`, false],
    ['mi\u3164la', false],
    ['mila\ufe0f', false],
  ])('a username %j', (username, fits) => {
    expect(amiss(() => judgeRegistration({ ...person, username })).length === 0).toBe(fits)
  })

  test.each([
    ['a@b.test', true],
    ['å@é.x', true],
    [`${'a'.repeat(247)}@b.test`, true],
    [`${'a'.repeat(248)}@b.test`, false],
    ['a@b', false],
    ['a@@b.test', false],
    ['a@b@c.test', false],
    ['@b.test', false],
    ['a b@c.test', false],
    ['a\u0000@c.test', false],
    [`a${LONE}@c.test`, false],
    ['', false],
  ])('an address %j', (email, fits) => {
    expect(amiss(() => judgeRegistration({ ...person, email })).length === 0).toBe(fits)
  })

  test.each([
    ['x'.repeat(8), true],
    ['🙂'.repeat(128), true],
    ['x'.repeat(7), false],
    ['x'.repeat(129), false],
    ['nul\u0000inside', false],
    [`lone${LONE}inside`, false],
  ])('CA95: a password %j', (password, fits) => {
    expect(amiss(() => judgeRegistration({ ...person, password })).length === 0).toBe(fits)
  })

  test.each([
    [null, null],
    ['', null],
    ['   ', null],
    ['x'.repeat(50), 'x'.repeat(50)],
  ])('a display name %j', (display_name, displayName) => {
    expect(judgeRegistration({ ...person, display_name }).displayName).toBe(displayName)
  })

  test('a display name has no control characters', () => {
    expect(amiss(() => judgeRegistration({ ...person, display_name: 'a\nb' }))).toEqual([
      'body.display_name value_error',
    ])
  })
})

describe('login and refresh', () => {
  test('CA26: any string is a legal attempt', () => {
    expect(judgeLogin({ username: `a\u0000${LONE}`, password: 'x'.repeat(500) })).toEqual({
      handle: 'a\ufffd\ufffd',
      password: 'x'.repeat(500),
    })
    expect(amiss(() => judgeLogin({ username: 1 }))).toEqual(['body.username string_type', 'body.password missing'])
  })

  test('CA29: a refresh token, if any', () => {
    expect(refreshTokenIn(null)).toBeNull()
    expect(refreshTokenIn({})).toBeNull()
    expect(refreshTokenIn({ refresh_token: 'x' })).toBe('x')
    expect(amiss(() => refreshTokenIn({ refresh_token: 1 }))).toEqual(['body.refresh_token string_type'])
  })
})

describe('CA37: profile', () => {
  test.each([
    [{}, {}],
    [{ username: 'other' }, {}],
    [{ display_name: null }, { displayName: null }],
    [{ display_name: 'Mila' }, { displayName: 'Mila' }],
    [{ email: 'M@X.Y' }, { email: 'M@x.y' }],
  ])('%j changes %j', (fields, patch) => {
    expect(judgeProfile(fields)).toEqual(patch)
  })

  test('an address cannot be taken away', () => {
    expect(amiss(() => judgeProfile({ email: null, display_name: 7 }))).toEqual([
      'body.display_name string_type',
      'body.email string_type',
    ])
  })
})

describe('CA38: status', () => {
  test.each([
    [null, 'is_online=true', true],
    [null, 'is_online=False', false],
    [null, 'is_online=1', true],
    [{ is_online: false }, 'is_online=true', false],
    [{}, 'is_online=true', true],
  ])('%j %s', (fields, text, online) => {
    expect(judgeStatus(fields, query(text))).toBe(online)
  })

  test.each([
    [null, '', 'query.is_online missing'],
    [{}, '', 'query.is_online missing'],
    [null, 'is_online=maybe', 'query.is_online bool_parsing'],
    [null, 'is_online=constructor', 'query.is_online bool_parsing'],
    [{ is_online: 'true' }, 'is_online=true', 'body.is_online bool_parsing'],
    [{ is_online: null }, '', 'body.is_online bool_parsing'],
  ])('%j %s is %s', (fields, text, problem) => {
    expect(amiss(() => judgeStatus(fields, query(text)))).toEqual([problem])
  })
})

describe('CA42: channel names', () => {
  test.each(['a', '  kitchen  ', 'Küche 🍳', 'x'.repeat(50), 'men', 'a~b', 'a@b', '~7x'])('%p', name => {
    expect(judgeChannel({ name })).toEqual({ name: name.trim(), description: null })
  })

  test.each([
    'me',
    'ME',
    '.',
    '..',
    'a/b',
    'a\\b',
    'a?b',
    'a#b',
    '50%',
    '@mila',
    '\uff20mila',
    'kitchen~7',
    'kitchen\uff5e7',
    'a\u0007b',
    `a${LONE}`,
    '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b',
    '01922F5E-8D10-7B3E-A2F4-5C6D7E8F9A0B',
  ])('not %j', name => {
    expect(amiss(() => judgeChannel({ name }))).toEqual(['body.name value_error'])
  })

  test('lengths, and what is no text', () => {
    expect(amiss(() => judgeChannel({ name: '   ', description: 'x'.repeat(201) }))).toEqual([
      'body.name string_too_short',
      'body.description string_too_long',
    ])
    expect(amiss(() => judgeChannel({ name: 'x'.repeat(51), description: 1 }))).toEqual([
      'body.name string_too_long',
      'body.description string_type',
    ])
    expect(judgeChannel({ name: 'a', description: 'x'.repeat(200) }).description).toHaveLength(200)
  })
})

describe('CA51: messages', () => {
  test.each(['x'.repeat(1000), '🙂'.repeat(1000), ' a ', '<b>&amp;</b>', 'e\u0301', '\r\n.'])('%#', content => {
    expect(judgeSend({ content })).toEqual({ content, channel: null, clientId: null })
  })

  test.each([
    ['', 'string_too_short'],
    [' \n\t', 'string_too_short'],
    ['x'.repeat(1001), 'string_too_long'],
    ['🙂'.repeat(1001), 'string_too_long'],
    ['a\u0000', 'value_error'],
    [LONE, 'value_error'],
    [7, 'string_type'],
    [null, 'string_type'],
  ])('%#: %s', (content, type) => {
    expect(amiss(() => judgeSend({ content }))).toEqual([`body.content ${type}`])
  })

  test('CA52 CA56: where to, and under which key', () => {
    expect(judgeSend({ content: 'x', channel_id: 'kitchen', client_id: 'a 1~', user_id: 'other' })).toEqual({
      content: 'x',
      channel: 'kitchen',
      clientId: 'a 1~',
    })
    expect(judgeSend({ content: 'x', channel_id: null, client_id: null })).toMatchObject({
      channel: null,
      clientId: null,
    })
    expect(amiss(() => judgeSend({ channel_id: 7, client_id: 'é' }))).toEqual([
      'body.content missing',
      'body.channel_id string_type',
      'body.client_id value_error',
    ])
    for (const client_id of ['', 'x'.repeat(129), 'a\n']) {
      expect(amiss(() => judgeSend({ content: 'x', client_id }))).toEqual(['body.client_id value_error'])
    }
  })
})

describe('CA55: pages', () => {
  const ID = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'

  test.each([
    ['', { limit: 50, before: null }],
    ['limit=1', { limit: 1, before: null }],
    ['limit=100&other=x', { limit: 100, before: null }],
    [`before=${ID.toUpperCase()}`, { limit: 50, before: ID }],
  ])('%p', (text, page) => {
    expect(judgePage(query(text))).toEqual(page)
  })

  test.each([
    ['limit=0', ['query.limit greater_than_equal']],
    ['limit=-5', ['query.limit greater_than_equal']],
    ['limit=101', ['query.limit less_than_equal']],
    ['limit=99999999999999999999999', ['query.limit less_than_equal']],
    ['limit=x', ['query.limit int_parsing']],
    ['limit=', ['query.limit int_parsing']],
    ['limit=1.5&before=x', ['query.limit int_parsing', 'query.before value_error']],
  ])('%p is not', (text, problems) => {
    expect(amiss(() => judgePage(query(text)))).toEqual(problems)
  })

  test('CA35: of people', () => {
    expect(judgeUsersPage(query(''))).toEqual({ limit: null, offset: 0 })
    expect(judgeUsersPage(query('limit=1000&offset=5'))).toEqual({ limit: 1000, offset: 5 })
    expect(amiss(() => judgeUsersPage(query('limit=1001&offset=-1')))).toEqual([
      'query.limit less_than_equal',
      'query.offset greater_than_equal',
    ])
  })
})

test('CA16: no refusal carries what was sent', () => {
  const secret = 'hunter2'
  try {
    judgeRegistration({ username: secret, email: secret, password: secret, display_name: [secret] })
    throw new Error('accepted')
  } catch (error) {
    expect(JSON.stringify((error as Refused).reply)).not.toContain(secret)
  }
})
