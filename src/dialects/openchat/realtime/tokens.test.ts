import { describe, expect, test } from 'bun:test'
import { manualClock } from '../../../base/clock.ts'
import { RESUME } from '../settings.ts'
import { createResumeTokens } from './tokens.ts'

const MARK = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b.9007199254740991'

const clock = manualClock()
const tokens = createResumeTokens('key', clock.now)

describe('resume tokens', () => {
  test('OC122: keep a place, in letters that go anywhere, for as long as they are good', () => {
    const token = tokens.print(MARK)
    expect(token).toMatch(/^[A-Za-z0-9_.~-]{1,256}$/)
    expect(tokens.read(token)).toEqual({ mark: MARK })
    expect(tokens.read(tokens.print('e.0'))).toEqual({ mark: 'e.0' })
    expect(tokens.print(MARK)).toBe(token)
  })

  test('OC124: whatever is changed in one, it leads nowhere; nor does one of another key', () => {
    const token = tokens.print(MARK)
    for (let at = 0; at < token.length; at++) {
      for (const other of ['0', '1', 'z', '~', '.', '']) {
        if (token[at] === other) continue
        const damaged = token.slice(0, at) + other + token.slice(at + 1)
        expect([damaged, tokens.read(damaged)]).toEqual([damaged, { reason: 'unknown_token' }])
      }
    }
    for (const odd of ['', '~', '~~', '~~~', token.toUpperCase(), `${token}~`, ` ${token}`, 'ü', 'x'.repeat(257)]) {
      expect([odd, tokens.read(odd)]).toEqual([odd, { reason: 'unknown_token' }])
    }
    expect(createResumeTokens('another', clock.now).read(token)).toEqual({ reason: 'unknown_token' })
    // Another process with the same key.
    expect(createResumeTokens('key', clock.now).read(token)).toEqual({ mark: MARK })
  })

  test('OC124: is good for the window at least, and for a minute more at most; what is printed later is later', () => {
    const mine = manualClock(1_700_000_012_345)
    const own = createResumeTokens('key', mine.now)
    const token = own.print(MARK)
    mine.advance(RESUME.windowMs - 1)
    expect(own.read(token)).toEqual({ mark: MARK })
    const later = own.print(MARK)
    expect(later).not.toBe(token)
    mine.advance(60_001)
    expect(own.read(token)).toEqual({ reason: 'expired' })
    expect(own.read(later)).toEqual({ mark: MARK })
  })
})
