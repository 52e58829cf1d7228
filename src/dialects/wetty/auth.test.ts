import { describe, expect, test } from 'bun:test'
import { manualClock } from '../../base/clock.ts'
import { type Core, FaultError } from '../../core/index.ts'
import { identify, mintToken, newFields, presentedToken, readToken } from './auth.ts'

const FORM = /^\d{32}[0-9A-Za-z]{32}(web_|mobl)[0-9A-Za-z]{8}[0-9A-Za-z]{16}[0-9a-f]{8}$/
const clock = manualClock(1_772_366_400_500)

describe('WT12, WT13: the token', () => {
  test('is 100 characters in the six fields of the contract', () => {
    const fields = newFields(17, 'web')
    const { token, userKey } = mintToken(fields, clock)
    expect(token).toHaveLength(100)
    expect(token).toMatch(FORM)
    expect(token.slice(0, 32)).toBe(`${'0'.repeat(30)}17`)
    expect(token.slice(32, 64)).toBe(userKey)
    expect(token.slice(64, 68)).toBe('web_')
    expect(token.slice(76, 92)).toBe(fields.clientKey)
  })

  test('WT15: ends with its expiry in whole seconds: 2 hours for web, 90 days for mobile', () => {
    for (const [clientType, seconds] of [
      ['web', 2 * 3600],
      ['mobile', 90 * 86_400],
    ] as const) {
      const { token, expiresAt, ttlMs } = mintToken(newFields(17, clientType), clock)
      expect(Number.parseInt(token.slice(92), 16) * 1000).toBe(expiresAt)
      expect(expiresAt).toBe(1_772_366_400_000 + seconds * 1000)
      expect(clock.now() + ttlMs).toBe(expiresAt)
    }
  })

  test('WT14: fields 2, 4 and 5 are fresh each time', () => {
    const [one, other] = [mintToken(newFields(17, 'web'), clock).token, mintToken(newFields(17, 'web'), clock).token]
    for (const [start, end] of [
      [32, 64],
      [68, 76],
      [76, 92],
    ]) {
      expect(one.slice(start, end)).not.toBe(other.slice(start, end))
    }
  })

  test('WT18: a refresh keeps fields 1, 2, 3 and 5 and changes field 4', () => {
    const before = mintToken(newFields(17, 'mobile'), clock).token
    const fields = readToken(before)
    if (!fields) throw new Error('unreadable')
    const after = mintToken(fields, clock).token
    expect(after.slice(0, 68)).toBe(before.slice(0, 68))
    expect(after.slice(76, 92)).toBe(before.slice(76, 92))
    expect(after.slice(68, 76)).not.toBe(before.slice(68, 76))
  })

  test('a text of another form is no token', () => {
    const { token } = mintToken(newFields(17, 'web'), clock)
    for (const text of ['', token.slice(1), `${token}0`, token.replace('web_', 'web-'), `${token.slice(0, 99)}G`]) {
      expect(readToken(text)).toBeNull()
    }
  })
})

describe('WT16: where the token stands', () => {
  const request = (headers: Record<string, string>, query = '') => ({
    raw: new Request('http://localhost/', { headers }),
    query: new URLSearchParams(query),
  })

  test('the header wins over the query; the scheme is read in any case', () => {
    expect(presentedToken(request({}, 'token=q'))).toBe('q')
    expect(presentedToken(request({ authorization: 'Bearer h' }, 'token=q'))).toBe('h')
    expect(presentedToken(request({ authorization: 'bearer h' }))).toBe('h')
  })

  test('another scheme, a bare one, or none at all is refused, whatever the query says', () => {
    for (const authorization of ['Basic h', 'h', 'Digest x']) {
      expect(() => presentedToken(request({ authorization }, 'token=q'))).toThrow(FaultError)
    }
    expect(presentedToken(request({ authorization: 'Bearer' }, 'token=q'))).toBe('')
    expect(() => presentedToken(request({}))).toThrow(FaultError)
  })

  test('WT17: no other header or parameter says who asks; a malformed token is not looked up', async () => {
    const core = {
      sessions: {
        resume: () => {
          throw new Error('looked up')
        },
      },
    } as unknown as Pick<Core, 'sessions'>
    expect(identify(core, request({ 'x-user-id': '17' }, 'uid=17'))).rejects.toThrow('session.invalid')
    for (const authorization of ['Bearer 17', 'Bearer', 'Bearer a b']) {
      expect(identify(core, request({ authorization }))).rejects.toThrow('session.invalid')
    }
  })
})
