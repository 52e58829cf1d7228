import { expect, test } from 'bun:test'
import { check } from '../../base/schema.ts'
import type { Fault } from '../../core/index.ts'
import { replyTo } from '../../host/dialect.ts'
import { Refused } from '../../host/refused.ts'
import { ErrorBody } from './contract.ts'
import { type ErrorCode, faults, refused, refuseFields, replyOf, unauthorized, waiting } from './faults.ts'

const said = (fault: Fault): string => {
  const { status, body } = replyTo(faults, fault)
  return `${status} ${(body as ErrorBody).code}`
}

test('OC3 OC4: every fault of the core becomes a refusal in this contract’s form', () => {
  for (const kind of Object.keys(faults) as Fault['kind'][]) {
    const { status, body } = replyTo(faults, {
      kind,
      until: 0,
      field: 'f',
      reason: 'invalid',
      retryAfterMs: 1,
      limit: 1,
      version: 2,
    } as never)
    expect({ kind, body, fits: check(ErrorBody)(body) }).toEqual({ kind, body, fits: true })
    expect((body as ErrorBody).message).toMatch(/^[A-Z].*\.$/)
    expect(status >= 400 && (status < 500 || status === 503)).toBe(true)
    const { retryable, code } = body as ErrorBody
    expect([kind, retryable]).toEqual([kind, [429, 503].includes(status) || code === 'profile_conflict'])
  }
})

test('OC4: when to try again is told in whole seconds, at least one, and in milliseconds', () => {
  expect(replyTo(faults, { kind: 'rate.limited', retryAfterMs: 1500.2 })).toMatchObject({
    status: 429,
    body: { code: 'rate_limited', retryable: true, details: { retry_after_ms: 1501 } },
    headers: { 'retry-after': '2' },
  })
  expect(waiting('challenge_unavailable', 1).headers).toEqual({ 'retry-after': '1' })
})

test('OC29: a refused session says why', () => {
  expect(unauthorized('expired')).toMatchObject({
    status: 401,
    body: { code: 'unauthorized', details: { reason: 'expired' } },
    headers: { 'www-authenticate': 'Bearer' },
  })
  expect(replyTo(faults, { kind: 'session.invalid', reason: 'reused' }).body).toMatchObject({
    details: { reason: 'revoked' },
  })
})

test('OC59 OC74: what one may not know of answers as if it were not there, and all that keeps two apart in one way', () => {
  expect(said({ kind: 'member.required' })).toBe(said({ kind: 'conversation.unknown' }))
  for (const kind of ['blocked.by-me', 'blocked.by-peer', 'stranger.refused', 'friend.required'] as const) {
    expect(said({ kind } as Fault)).toBe('403 blocked')
  }
})

test('OC6: fields are named in the words of this contract', () => {
  const of = (field: string) => replyTo(faults, { kind: 'value.invalid', field, reason: 'characters' } as Fault).body
  expect(of('displayName')).toMatchObject({ code: 'invalid_payload', details: { fields: ['display_name'] } })
  expect(of('something')).toMatchObject({ details: { fields: ['something'] } })
})

const caught = (attempt: () => unknown): unknown => {
  try {
    attempt()
  } catch (error) {
    return error instanceof Refused ? error.reply.body : error
  }
  return null
}

test('OC3: what the dialect refuses by itself has the same form', () => {
  expect(caught(() => refused('muted', { muted_until: 'x' }))).toEqual({
    code: 'muted',
    message: 'You are muted here.',
    retryable: false,
    details: { muted_until: 'x' },
  })
  expect(caught(() => refuseFields(['a', 'b']))).toMatchObject({
    code: 'invalid_payload',
    details: { fields: ['a', 'b'] },
  })
})

test('OC74: a file that is not there is refused in one word, as a path or as part of a request', () => {
  const of = (code: ErrorCode) => [replyOf(code).status, (replyOf(code).body as ErrorBody).code]
  expect(of('attachment_not_found')).toEqual([404, 'attachment_not_found'])
  expect(of('attachment_not_found_in_request')).toEqual([400, 'attachment_not_found'])
})
