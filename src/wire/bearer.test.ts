import { describe, expect, test } from 'bun:test'
import { parseAuthorization } from './bearer.ts'

describe('parseAuthorization', () => {
  test.each(['Bearer abc', 'bearer abc', 'BEARER abc', '  Bearer   abc  ', 'Bearer\tabc'])(
    'WT16: %j carries the token',
    header => {
      expect(parseAuthorization(header)).toEqual({ type: 'bearer', token: 'abc' })
    },
  )

  test('WT16: the token is not looked into', () => {
    expect(parseAuthorization('Bearer a b, c=')).toEqual({ type: 'bearer', token: 'a b, c=' })
  })

  test('WT16: a bare scheme is an empty token, not the absence of one', () => {
    for (const header of ['Bearer', 'Bearer ', ' bearer\t'])
      expect(parseAuthorization(header)).toEqual({ type: 'bearer', token: '' })
  })

  test.each(['Basic dXNlcjpwYXNz', 'BearerX abc', 'Bearer:abc', 'a-token-without-scheme'])(
    'WT16: %j is another scheme, and nothing of it is handed on',
    header => {
      expect(parseAuthorization(header)).toEqual({ type: 'other' })
    },
  )

  test('WT16: no header, or an empty one, is none', () => {
    for (const header of [null, '', '   ']) expect(parseAuthorization(header)).toEqual({ type: 'none' })
  })
})
