import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  createCursors,
  parseHistoryPlace,
  parseId,
  parseTime,
  printEventId,
  printHistoryPlace,
  printTime,
  printTimeOrNull,
} from './ids.ts'

describe('times', () => {
  test('OC1: are printed in UTC with three digits, and read back the same', () => {
    expect([printTime(0), printTimeOrNull(null)]).toEqual(['1970-01-01T00:00:00.000Z', null])
    // Up to the end of the year 9999, the last of four digits.
    const anyTime = fc.integer({ min: 0, max: 253_402_300_799_999 })
    fc.assert(fc.property(anyTime, time => parseTime(printTime(time)) === time))
  })

  test.each([
    ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01t12:00:00.5z', '2026-03-01T12:00:00.500Z'],
    ['2026-03-01T12:00:00.123456789+01:30', '2026-03-01T10:30:00.123Z'],
    ['2026-03-01T12:00:00-00:00', '2026-03-01T12:00:00.000Z'],
  ])('OC1: %s is read', (text, printed) => {
    expect(printTimeOrNull(parseTime(text))).toBe(printed)
  })

  test.each([
    '2026-03-01',
    '2026-03-01T12:00Z',
    '2026-03-01 12:00:00Z',
    '2026-03-01T12:00:00',
    '2026-13-01T12:00:00Z',
    '2026-03-01T25:00:00Z',
    '+012026-03-01T12:00:00Z',
    ' 2026-03-01T12:00:00Z',
    '',
    0,
    null,
    [['2026-03-01T12:00:00Z']],
  ])('OC1: %p is no time', value => {
    expect(parseTime(value)).toBeNull()
  })
})

test('OC11: ids are uuids in any letter case, and nothing else is one', () => {
  const id = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
  expect([parseId(id), parseId(id.toUpperCase())]).toEqual([id, id])
  for (const other of [undefined, '', 'x', `${id} `, id.slice(1), `{${id}}`]) expect(parseId(other)).toBeNull()
})

test('OC112: event ids sort as text like their numbers', () => {
  expect([printEventId(1), printEventId(Number.MAX_SAFE_INTEGER)]).toEqual(['0000000000000001', '9007199254740991'])
  const number = fc.maxSafeNat()
  fc.assert(fc.property(number, number, (a, b) => a < b === printEventId(a) < printEventId(b)))
})

describe('cursors', () => {
  const cursors = createCursors('key')

  test('OC10: lead back to the place, on their own list and server only', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.string(), (place, list, other) => {
        const cursor = cursors.print(list, place)
        expect(cursor).toMatch(/^[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{12}$/)
        expect(cursors.parse(list, cursor)).toBe(place)
        if (other !== list) expect(cursors.parse(other, cursor)).toBeNull()
        expect(createCursors('another key').parse(list, cursor)).toBeNull()
      }),
    )
  })

  test('OC10: are known when one character of them is another', () => {
    const cursor = cursors.print('members', '2026 a place')
    for (let at = 0; at < cursor.length; at++) {
      const damaged = `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`
      expect([damaged, cursors.parse('members', damaged)]).toEqual([damaged, null])
    }
    for (const other of ['', '.', cursor.slice(1), cursor.slice(0, -1), `${cursor}.`, `.${cursor}`]) {
      expect([other, cursors.parse('members', other)]).toEqual([other, null])
    }
  })
})

test('OC70: a place in a history is a side of a message', () => {
  for (const side of ['before', 'after'] as const) {
    expect(parseHistoryPlace(printHistoryPlace({ side, id: 'm1' }))).toEqual({ side, id: 'm1' })
  }
  expect([parseHistoryPlace(''), parseHistoryPlace('around m1')]).toEqual([null, null])
})
