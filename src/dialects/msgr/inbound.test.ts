import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { JsonValue } from '../../base/json.ts'
import {
  deriveHandle,
  fieldsOf,
  judgeAccount,
  judgeCursor,
  judgeIdentity,
  judgeLimit,
  judgeMessage,
  judgeNewConversation,
  judgeNewMessage,
  judgeProfileQuery,
  messageIdIn,
} from './inbound.ts'

const SELF = '01922f5c-5b0a-7c11-8a6e-3f2f0d9b6a01'
const OTHER = '01922f5c-5b0a-7c11-8a6e-3f2f0d9b6a02'
const FAMILY = '👨‍👩‍👧‍👦'
const fields = (given: unknown) => fieldsOf(given as JsonValue)
const bodyFailing = (body: unknown) => {
  const judged = judgeMessage(fields({ body }))
  return judged.type === 'ok' ? null : judged.errors.body
}

describe('a message', () => {
  test.each([undefined, null, '', ' ', '\n\t\u00a0\u3000'])('MS64: %j is blank', body => {
    expect(bodyFailing(body)).toEqual(["can't be blank"])
  })
  test.each([[0], [false], [{}], [[]], [['x']]])('MS64: %j is no text', body => {
    expect(bodyFailing(body)).toEqual(['is invalid'])
  })
  test.each(['a\0b', '\ud800', 'x\udc00'])('MS17: %j cannot be kept', body => {
    expect(bodyFailing(body)).toEqual(['is invalid'])
  })
  test('MS64: lengths are counted in graphemes, and bytes are bounded', () => {
    expect(bodyFailing('x'.repeat(4000))).toBeNull()
    expect(bodyFailing('x'.repeat(4001))).toEqual(['should be at most 4000 character(s)'])
    expect(bodyFailing(FAMILY.repeat(4000))).toBeNull()
    expect(bodyFailing(FAMILY.repeat(4001))).toEqual(['should be at most 4000 character(s)'])
    expect(bodyFailing(`e${'\u0301'.repeat(70_000)}`)).toEqual(['should be at most 4000 character(s)'])
  })
  test('MS67: a body passes as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        fc.pre(text.trim() !== '' && !text.includes('\0'))
        const judged = judgeMessage({ body: text })
        expect(judged).toMatchObject({ type: 'ok', value: { text } })
      }),
    )
  })
  test('MS66: nothing but body, client_id and reply_to is taken', () => {
    const sent = { body: 'hei', id: OTHER, type: 'system', status: 'read', sender: OTHER, kind: 'image', payload: 'x' }
    expect(judgeMessage(sent)).toEqual({
      type: 'ok',
      value: { kind: 'text', text: 'hei', clientKey: null, replyTo: null },
    })
  })
  test('MS65: an inherited key is no key', () => {
    const nested = JSON.parse('{"message":{"__proto__":{"body":"x"}}}')
    expect(judgeNewMessage(nested, null)).toEqual({ type: 'invalid', errors: { body: ["can't be blank"] } })
    expect(judgeNewMessage(JSON.parse('{"__proto__":{"message":{"body":"x"}}}'), null)).toEqual({
      type: 'invalid',
      errors: { message: ["can't be blank"] },
    })
  })
  test.each([['x'], [1], [true], [[]]])('MS65: %j is no message', message => {
    expect(judgeNewMessage(fields({ message }), null)).toEqual({
      type: 'invalid',
      errors: { message: ['is invalid'] },
    })
  })
  test('MS68: the key of a repeat has 1 to 100 characters, wherever it stands', () => {
    const keyed = (client_id: unknown) => judgeMessage(fields({ body: 'x', client_id }))
    expect(keyed('k'.repeat(100))).toMatchObject({ type: 'ok' })
    for (const bad of ['', 'k'.repeat(101), 7, {}, 'a\0'])
      expect(keyed(bad)).toMatchObject({ errors: { client_id: ['is invalid'] } })
    expect(judgeMessage({ body: 'x' }, 'head')).toMatchObject({ value: { clientKey: 'head' } })
    expect(judgeMessage({ body: 'x', client_id: 'own' }, 'head')).toMatchObject({ value: { clientKey: 'own' } })
    expect(judgeMessage({ body: 'x' }, 'h'.repeat(101))).toMatchObject({ errors: { client_id: ['is invalid'] } })
  })
  test('MS11: all failing fields are told together', () => {
    expect(judgeMessage({ body: '', client_id: 7, reply_to: 'x' })).toEqual({
      type: 'invalid',
      errors: { body: ["can't be blank"], client_id: ['is invalid'], reply_to: ['is invalid'] },
    })
  })
  test('MS96: which message a push names', () => {
    expect(messageIdIn({ message_id: OTHER.toUpperCase() })).toEqual({ id: OTHER })
    expect(messageIdIn({ message_id: 'x' })).toBe('unknown')
    for (const bad of [{}, { message_id: 7 }, { message_id: null }]) expect(messageIdIn(bad)).toBe('missing')
  })
})

describe('an account', () => {
  const failing = (body: object) => {
    const { judged } = judgeAccount(fields(body))
    return judged.type === 'ok' ? null : judged.errors
  }
  const named = (display_name: unknown) => failing({ display_name })?.display_name ?? null

  test('MS24: the display name is trimmed, then measured in graphemes', () => {
    for (const blank of [undefined, null, '', '  ']) expect(named(blank)).toEqual(["can't be blank"])
    for (const bad of [1, [], {}, 'a\u0007b', 'a\nb', 'a\0b', 'a\ud800b']) expect(named(bad)).toEqual(['is invalid'])
    for (const short of ['a', ' a ', FAMILY]) expect(named(short)).toEqual(['should be at least 2 character(s)'])
    for (const long of ['a'.repeat(121), FAMILY.repeat(121), `a${'\u0301'.repeat(9000)}`])
      expect(named(long)).toEqual(['should be at most 120 character(s)'])
    for (const good of ['ab', 'a'.repeat(120), FAMILY.repeat(120), `  ${'a'.repeat(120)}  `]) {
      expect(named(good)).toBeNull()
    }
    expect(judgeAccount({ display_name: '  Kari  ' }).judged).toMatchObject({ value: { displayName: 'Kari' } })
  })
  test('MS25: e-mail is optional and must look like an address', () => {
    const mailed = (email: unknown) => failing({ display_name: 'Kari', email })?.email ?? null
    for (const good of [undefined, null, '', 'a@b', 'a+b@c.no', `${'a'.repeat(252)}@b`]) expect(mailed(good)).toBeNull()
    for (const bad of ['a', '@b', 'a@', 'a b@c', 'a@b c', `${'a'.repeat(253)}@b`])
      expect(mailed(bad)).toEqual(['must look like an email address'])
    for (const bad of [1, [], {}, 'a\0@b']) expect(mailed(bad)).toEqual(['is invalid'])
  })
  test('MS26: a chosen handle is lower-cased, then judged', () => {
    const handled = (handle: unknown) => judgeAccount(fields({ display_name: 'Kari', handle })).judged
    expect(handled('Kari.N_2-x')).toMatchObject({ value: { handle: 'kari.n_2-x' } })
    expect(handled(null)).toMatchObject({ value: { handle: null } })
    for (const bad of ['', 'k', '.ab', 'kåre', 'a b', 'a'.repeat(33), 7, '@kari'])
      expect(handled(bad)).toMatchObject({ errors: { handle: ['is invalid'] } })
  })
  test('MS25: what is well formed is handed out beside other failures', () => {
    const { judged, unique } = judgeAccount({ email: 'a@b', handle: '!' })
    expect(judged).toMatchObject({ errors: { display_name: ["can't be blank"], handle: ['is invalid'] } })
    expect(unique).toEqual({ email: 'a@b', handle: null })
  })
  test.each([
    ['Kari Nordmann', 'kari'],
    ['Ærlig Ødegård', 'aerlig'],
    ['Åse', 'ase'],
    ['Łódź', 'lodz'],
    ['Þór Straße', 'thor'],
    ['Đ Straße', 'strasse'],
    ['É Ö', 'eo'],
    ['李 小龍', 'bruker'],
    ['🎉🎉', 'bruker'],
    ['x 李', 'bruker'],
    ['J. R. Hartley', 'jrhartley'],
    ['abcdefghijklmnopqrstuvwxyz', 'abcdefghijklmnopqrstuvwx'],
  ])('MS27: %p derives %p', (name, handle) => {
    expect(deriveHandle(name)).toBe(handle)
  })
  test('MS27: whatever the name, the handle derived is one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), name => {
        expect(deriveHandle(name)).toMatch(/^[a-z0-9]{2,24}$/)
      }),
    )
  })
})

describe('a conversation', () => {
  const judge = (body: object) => judgeNewConversation(fields(body), SELF)

  test('MS48: whom it is with', () => {
    expect(judge({ target_profile_id: OTHER.toUpperCase() })).toEqual({
      type: 'ok',
      value: { type: 'direct', with: OTHER },
    })
    for (const target_profile_id of [undefined, null, ''])
      expect(judge({ target_profile_id })).toEqual({
        type: 'invalid',
        errors: { target_profile_id: ["can't be blank"] },
      })
    for (const target_profile_id of ['x', 7, [], {}])
      expect(judge({ target_profile_id })).toEqual({ type: 'invalid', errors: { target_profile_id: ['is invalid'] } })
  })
  test('MS50: a group has a topic and others in it', () => {
    const group = (topic: unknown, participant_ids: unknown) => judge({ kind: 'group', topic, participant_ids })
    expect(group('  Tur ', [OTHER, OTHER.toUpperCase(), SELF])).toEqual({
      type: 'ok',
      value: { type: 'group', group: { kind: 'group', title: 'Tur', memberIds: [OTHER] } },
    })
    expect(group(undefined, undefined)).toEqual({
      type: 'invalid',
      errors: { topic: ["can't be blank"], participant_ids: ["can't be blank"] },
    })
    expect(group('x'.repeat(161), 'x')).toEqual({
      type: 'invalid',
      errors: { topic: ['should be at most 160 character(s)'], participant_ids: ['is invalid'] },
    })
    expect(group(7, [7])).toEqual({
      type: 'invalid',
      errors: { topic: ['is invalid'], participant_ids: ['is invalid'] },
    })
    expect(group(' ', [])).toMatchObject({ errors: { participant_ids: ["can't be blank"] } })
    expect(group('x', [SELF])).toMatchObject({ errors: { participant_ids: ["can't be blank"] } })
    const many = (count: number) => Array.from({ length: count }, () => crypto.randomUUID())
    expect(group('x', many(256))).toMatchObject({ type: 'ok' })
    expect(group('x', many(257))).toMatchObject({ errors: { participant_ids: ['should have at most 256 item(s)'] } })
  })
  test.each([['channel'], [''], ['Direct'], [7], [[]], [{}]])('MS50: there is no kind %j', kind => {
    expect(judge({ kind, target_profile_id: OTHER })).toEqual({ type: 'invalid', errors: { kind: ['is invalid'] } })
  })
})

describe('queries', () => {
  test.each([
    [null, 50],
    ['', 50],
    ['0', 50],
    ['-1', 50],
    ['x', 50],
    ['1.5', 50],
    ['1e2', 50],
    ['1', 1],
    ['007', 7],
    ['200', 200],
    ['201', 200],
    ['9'.repeat(99), 200],
  ])('MS60: limit %p is %p', (given, limit) => {
    expect(judgeLimit(given)).toBe(limit)
  })
  test('MS61: after wins over before, and the error names the parameter as given', () => {
    const judge = (query: string) => judgeCursor(new URLSearchParams(query))
    expect(judge('')).toEqual({ type: 'ok', value: null })
    expect(judge(`before=${OTHER}`)).toMatchObject({ value: { direction: 'before', id: OTHER } })
    expect(judge(`before=x&after_id=${OTHER}`)).toMatchObject({ value: { direction: 'after', name: 'after_id' } })
    for (const name of ['before', 'after', 'before_id', 'after_id'])
      expect(judge(`${name}=x`)).toEqual({ type: 'invalid', errors: { [name]: ['is invalid'] } })
  })
  test('MS40 MS41: by handle, by prefix, or the own', () => {
    const judge = (query: string) => judgeProfileQuery(new URLSearchParams(query))
    expect(judge('')).toMatchObject({ value: { type: 'own' } })
    expect(judge('handle=@kari')).toMatchObject({ value: { type: 'handle', handle: 'kari' } })
    expect(judge('handle=@@kari')).toMatchObject({ value: { handle: '@kari' } })
    expect(judge('q=ka')).toMatchObject({ value: { type: 'search', prefix: 'ka' } })
    expect(judge('q=k')).toEqual({ type: 'invalid', errors: { q: ['should be at least 2 character(s)'] } })
    expect(judge(`q=${encodeURIComponent(FAMILY)}`)).toMatchObject({ type: 'invalid' })
    expect(judge('q=a%00b')).toEqual({ type: 'invalid', errors: { q: ['is invalid'] } })
  })
  test('MS1 MS2: both ids, both well formed, or nobody', () => {
    expect(judgeIdentity(OTHER.toUpperCase(), SELF)).toEqual({ capability: OTHER, profileId: SELF })
    for (const [account, profile] of [
      [null, SELF],
      [OTHER, undefined],
      [`${OTHER}, ${OTHER}`, SELF],
      [OTHER, 7],
      [{}, []],
    ]) {
      expect(judgeIdentity(account, profile)).toBeNull()
    }
  })
})

test('MS16 MS66: whatever JSON comes in, judging it does not throw', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const given = fields(value)
      judgeMessage(given)
      judgeNewMessage(given, null)
      judgeAccount(given)
      judgeNewConversation(given, SELF)
      messageIdIn(given)
    }),
  )
})
