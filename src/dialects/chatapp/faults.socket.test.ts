import { describe, expect, test } from 'bun:test'
import { type Fault, FaultError } from '../../core/index.ts'
import { errorFrame, refuseFrame } from './faults.socket.ts'

const frameOf = (thrown: unknown, clientId: string | null = null) => JSON.parse(errorFrame(thrown, clientId) ?? 'null')
const of = (fault: Fault) => frameOf(new FaultError(fault))

describe('CA73: what the core refuses, on the socket', () => {
  test.each<[Fault, string, string]>([
    [{ kind: 'conversation.unknown' }, 'channel_not_found', 'Channel not found'],
    [{ kind: 'member.required' }, 'not_member', 'Not a member of this channel'],
    [{ kind: 'member.muted', until: 1 }, 'muted', 'You are muted in this channel'],
    [{ kind: 'blocked.by-me' }, 'cannot_message', 'You cannot send messages to this user'],
    [{ kind: 'blocked.by-peer' }, 'cannot_message', 'You cannot send messages to this user'],
    [{ kind: 'stranger.refused' }, 'cannot_message', 'You cannot send messages to this user'],
    [{ kind: 'friend.required' }, 'cannot_message', 'You cannot send messages to this user'],
  ])('%j', (fault, code, error) => {
    expect(of(fault)).toEqual({ type: 'error', error, code })
  })

  test('what passes says when to come back, in whole seconds and never none', () => {
    const error = 'Rate limit exceeded'
    const limited = (retryAfterMs: number) => of({ kind: 'rate.limited', retryAfterMs })
    expect(limited(1001)).toEqual({ type: 'error', error, code: 'rate_limited', retry_after: 2 })
    expect(limited(0).retry_after).toBe(1)
    expect(of({ kind: 'unavailable', retryAfterMs: 1500 })).toEqual({
      type: 'error',
      error: 'Temporarily unavailable',
      code: 'unavailable',
      retry_after: 2,
    })
  })

  test('the frame it is about is named, where it had a name', () => {
    const thrown = () => refuseFrame('no_default_channel')
    expect(thrown).toThrow()
    try {
      thrown()
    } catch (error) {
      expect(frameOf(error, 'k')).toEqual({
        type: 'error',
        error: 'No channel given',
        code: 'no_default_channel',
        client_id: 'k',
      })
    }
  })

  test('a bug is no refusal', () => {
    expect(errorFrame(new Error('a bug'), null)).toBeNull()
  })
})
