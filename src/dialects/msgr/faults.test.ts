import { describe, expect, test } from 'bun:test'
import { replyTo } from '../../host/dialect.ts'
import { faults, internal, socketError } from './faults.ts'

describe('over HTTP', () => {
  test('MS4 MS13: refusals have one shape', () => {
    expect(replyTo(faults, { kind: 'credentials.wrong' })).toEqual({
      status: 401,
      body: { error: 'missing or invalid account/profile headers', errors: ['unauthorized'] },
    })
    expect(replyTo(faults, { kind: 'member.required' })).toEqual({
      status: 403,
      body: { error: 'forbidden', errors: ['forbidden'] },
    })
    expect(replyTo(faults, { kind: 'conversation.unknown' })).toEqual({
      status: 404,
      body: { error: 'not_found', errors: ['not_found'] },
    })
    expect(replyTo(faults, { kind: 'rate.limited', retryAfterMs: 1200 })).toEqual({
      status: 429,
      body: { error: 'too_many_requests', errors: ['rate_limited'] },
      headers: { 'retry-after': '2' },
    })
    expect(replyTo(faults, { kind: 'file.too-large', limit: 1 })).toMatchObject({
      status: 413,
      body: { error: 'payload_too_large', errors: ['payload_too_large'] },
    })
  })
  test('MS12: a bug', () => {
    expect(internal).toEqual({ status: 500, body: { errors: ['internal_error'] } })
  })
  test('MS48 MS69: faults of one field name it', () => {
    expect(replyTo(faults, { kind: 'self.refused' }).body).toEqual({
      errors: { target_profile_id: ["can't be yourself"] },
    })
    expect(replyTo(faults, { kind: 'target.unknown', field: 'replyTo' })).toEqual({
      status: 422,
      body: { errors: { reply_to: ['is invalid'] } },
    })
    expect(replyTo(faults, { kind: 'value.invalid', field: 'displayName', reason: '' }).body).toEqual({
      errors: { display_name: ['is invalid'] },
    })
  })
  test('MS10 MS12: no fault is a server error of its own, but for a store that is away', () => {
    for (const kind of Object.keys(faults) as (keyof typeof faults)[]) {
      const reply = (faults[kind] as (fault: object) => { status: number })({
        kind,
        field: 'x',
        retryAfterMs: 1,
        limit: 1,
      })
      expect(kind === 'unavailable' ? [503] : [401, 403, 404, 413, 422, 429]).toContain(reply.status)
    }
  })
})

describe('on the socket', () => {
  test('MS70 MS90: outside', () => {
    for (const kind of ['member.required', 'conversation.unknown', 'blocked.by-peer', 'stranger.refused'] as const)
      expect(socketError({ kind })).toEqual({ reason: 'forbidden', errors: ['forbidden'] })
    expect(socketError({ kind: 'member.muted', until: 1 })).toEqual({ reason: 'forbidden', errors: ['forbidden'] })
  })
  test('MS96 MS98: one word each', () => {
    expect(socketError({ kind: 'author.required' })).toEqual({ errors: ['forbidden'] })
    expect(socketError({ kind: 'recall.expired' })).toEqual({ errors: ['recall window passed'] })
    expect(socketError({ kind: 'message.unknown' })).toEqual({ errors: ['message not found'] })
    expect(socketError({ kind: 'rate.limited', retryAfterMs: 1 })).toEqual({ errors: ['rate limit exceeded'] })
  })
  test('MS84: fields keep the shape they have over HTTP', () => {
    expect(socketError({ kind: 'text.empty' })).toEqual({ errors: { body: ["can't be blank"] } })
    expect(socketError({ kind: 'target.unknown', field: 'replyTo' })).toEqual({ errors: { reply_to: ['is invalid'] } })
  })
})
