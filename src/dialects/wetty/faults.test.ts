import { expect, test } from 'bun:test'
import type { Fault } from '../../core/index.ts'
import { replyTo } from '../../host/dialect.ts'
import { Refused } from '../../host/refused.ts'
import { faults, refused } from './faults.ts'

/** A copy: `toMatchObject` of bun:test writes its matchers into what it was given. */
const reply = (fault: Fault) => structuredClone(replyTo(faults, fault))

const said = (fault: Fault): string => {
  const { status, body } = reply(fault)
  return `${status} ${(body as { error: { code: string } }).error.code}`
}

test('WT3: every refusal is an object of code, message and details', () => {
  for (const kind of Object.keys(faults) as Fault['kind'][]) {
    const { status, body } = reply({
      kind,
      until: 0,
      field: 'f',
      retryAfterMs: 1,
      limit: 1,
      messageId: 'm',
    } as never)
    expect(body).toMatchObject({
      error: { code: expect.stringMatching(/^[a-z_]+$/), message: expect.stringMatching(/^[A-Z].+/) },
    })
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status === 503 || status < 500).toBe(true)
  }
})

test('WT34, WT88: what is not there and what one may not see answer alike', () => {
  expect(said({ kind: 'conversation.unknown' })).toBe(said({ kind: 'member.required' }))
  expect(said({ kind: 'member.required' })).toBe('403 not_a_member')
})

test('WT56: strangers, settings and blocks answer alike; only an own block says so', () => {
  for (const kind of ['friend.required', 'stranger.refused', 'blocked.by-peer'] as const) {
    expect(said({ kind })).toBe('403 cannot_message')
  }
  expect(said({ kind: 'blocked.by-me' })).toBe('403 you_blocked')
})

test('WT44: a mute says until when', () => {
  expect(reply({ kind: 'member.muted', until: 0 }).body).toMatchObject({
    error: { code: 'muted', muted_until: '1970-01-01T00:00:00.000Z' },
  })
})

test('WT9: too much says when to come back, in whole seconds', () => {
  const { status, headers } = reply({ kind: 'rate.limited', retryAfterMs: 1200 })
  expect([status, headers]).toEqual([429, { 'retry-after': '2' }])
})

test('WT16: no usable token says how to show one', () => {
  const { status, headers } = reply({ kind: 'session.invalid', reason: 'expired' })
  expect([status, headers]).toEqual([401, { 'www-authenticate': 'Bearer' }])
})

test('WT49: a cursor is the request’s fault, any other message named in it a thing that is not there', () => {
  expect(said({ kind: 'target.unknown', field: 'cursor' })).toBe('400 bad_cursor')
  expect(said({ kind: 'target.unknown', field: 'replyTo' })).toBe('404 message_not_found')
})

test('§9: values are told in this contract’s words', () => {
  const { body } = reply({ kind: 'value.invalid', field: 'displayName', reason: 'characters' })
  expect(body).toMatchObject({ error: { code: 'invalid_field', field: 'nickname' } })
})

test('what the dialect refuses itself carries its reply', () => {
  expect(() => refused('bad_request', { field: 'x' })).toThrow(Refused)
})
