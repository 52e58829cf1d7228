import { describe, expect, test } from 'bun:test'
import type { Fault } from '../../core/index.ts'
import { replyTo } from '../../host/dialect.ts'
import { Refused } from '../../host/refused.ts'
import { faults, invalid, Problems, refused, replyOf } from './faults.ts'

const reply = (fault: Fault) => {
  const { status, body, headers } = replyTo(faults, fault)
  return [status, (body as { detail: unknown }).detail, headers ?? {}]
}
const bearer = { 'www-authenticate': 'Bearer' }

describe('CA17: what the core refuses, in the words of the contract', () => {
  test.each<[Fault, number, string, object]>([
    [{ kind: 'session.invalid', reason: 'missing' }, 401, 'Not authenticated', bearer],
    [{ kind: 'session.invalid', reason: 'expired' }, 401, 'Could not validate credentials', bearer],
    [{ kind: 'session.invalid', reason: 'revoked' }, 401, 'Could not validate credentials', bearer],
    [{ kind: 'credentials.wrong' }, 401, 'Incorrect username or password', bearer],
    [{ kind: 'handle.taken' }, 400, 'Username already registered', {}],
    [{ kind: 'email.taken' }, 400, 'Email already registered', {}],
    [{ kind: 'title.taken' }, 400, 'Channel name already exists', {}],
    [{ kind: 'person.unknown' }, 404, 'User not found', {}],
    [{ kind: 'conversation.unknown' }, 404, 'Channel not found', {}],
    [{ kind: 'role.required', role: 'owner' }, 403, 'Only channel owner can delete channel', {}],
    [{ kind: 'conversation.fixed' }, 403, 'Only channel owner can delete channel', {}],
    [{ kind: 'owner.bound' }, 400, 'Channel owner cannot leave channel', {}],
    [{ kind: 'member.required' }, 403, 'Not a member of this channel', {}],
    [{ kind: 'member.muted', until: 1 }, 403, 'You are muted in this channel', {}],
    [{ kind: 'blocked.by-me' }, 403, 'You cannot send messages to this user', {}],
    [{ kind: 'blocked.by-peer' }, 403, 'You cannot send messages to this user', {}],
    [{ kind: 'stranger.refused' }, 403, 'You cannot send messages to this user', {}],
    [{ kind: 'join.refused' }, 403, 'This channel requires approval', {}],
    [{ kind: 'group.full', limit: 500 }, 403, 'This channel is full', {}],
    [{ kind: 'rate.limited', retryAfterMs: 1500 }, 429, 'Rate limit exceeded', { 'retry-after': '2' }],
  ])('%j', (fault, status, detail, headers) => {
    expect(reply(fault)).toEqual([status, detail, headers])
  })

  test('CA15: a value names its field by this contract’s word', () => {
    expect(reply({ kind: 'value.invalid', field: 'handle', reason: 'characters' })).toEqual([
      422,
      [{ type: 'value_error', loc: ['body', 'username'], msg: 'Not allowed' }],
      {},
    ])
    expect(reply({ kind: 'target.unknown', field: 'cursor' })).toEqual([
      422,
      [{ type: 'value_error', loc: ['query', 'before'], msg: 'No such message' }],
      {},
    ])
  })

  test('CA14: no answer but 422 says anything beyond one sentence', () => {
    expect(replyOf('not_found')).toEqual({ status: 404, body: { detail: 'Not Found' }, headers: {} })
    expect(() => refused('too_large')).toThrow(new Refused(replyOf('too_large')))
  })
})

const refusalOf = (work: () => void): unknown => {
  try {
    work()
  } catch (error) {
    return error instanceof Refused ? error.reply : error
  }
  return null
}

describe('CA14: problems', () => {
  test('are refused together, in the order in which they were found', () => {
    const problems = new Problems()
    problems.add('missing', ['body', 'username'], 'Field required')
    problems.add('string_too_short', ['body', 'password'], 'Too short')
    expect(refusalOf(() => problems.settle())).toEqual({
      status: 422,
      body: {
        detail: [
          { type: 'missing', loc: ['body', 'username'], msg: 'Field required' },
          { type: 'string_too_short', loc: ['body', 'password'], msg: 'Too short' },
        ],
      },
    })
  })

  test('none is none', () => {
    expect(refusalOf(() => new Problems().settle())).toBeNull()
  })

  test('one alone', () => {
    expect(refusalOf(() => invalid('missing', ['body'], 'Field required'))).toMatchObject({ status: 422 })
  })
})
