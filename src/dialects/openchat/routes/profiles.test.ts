// If-Match, in every spelling clients use.
import { describe, expect, test } from 'bun:test'
import type { Refused } from '../../../host/refused.ts'
import { parseIfMatch } from './profiles.ts'

describe('OC90: the version a change is meant for', () => {
  test.each([
    [null, undefined],
    ['3', 3],
    ['0', 0],
    ['"3"', 3],
    ['W/"12"', 12],
    [' 7 ', 7],
  ])('OC90: %p', (header, version) => {
    expect(parseIfMatch(header)).toBe(version as number)
  })

  test.each(['', '*', 'x', '-1', '1.5', '"3', '3"', 'W/3', 'w/"3"', '"3", "4"', '9'.repeat(40)])(
    'OC90: %p is refused',
    header => {
      try {
        parseIfMatch(header)
        expect.unreachable()
      } catch (error) {
        expect((error as Refused).reply).toMatchObject({ status: 400, body: { code: 'invalid_if_match' } })
      }
    },
  )
})
