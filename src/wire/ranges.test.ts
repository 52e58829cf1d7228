import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { contentRange, parseRange } from './ranges.ts'

const partial = (start: number, end: number) => ({ type: 'partial', start, end }) as const
const full = { type: 'full' } as const
const unsatisfiable = { type: 'unsatisfiable' } as const

describe('parseRange', () => {
  test.each([
    ['bytes=0-0', partial(0, 0)],
    ['bytes=0-99', partial(0, 99)],
    ['bytes=0-', partial(0, 99)],
    ['bytes=10-19', partial(10, 19)],
    ['bytes=99-', partial(99, 99)],
    ['bytes=90-1000', partial(90, 99)],
    ['bytes=-1', partial(99, 99)],
    ['bytes=-100', partial(0, 99)],
    ['bytes=-1000', partial(0, 99)],
    ['Bytes=5-6', partial(5, 6)],
    [' bytes=5-6 ', partial(5, 6)],
    [`bytes=5-${'9'.repeat(400)}`, partial(5, 99)],
    [`bytes=-${'9'.repeat(400)}`, partial(0, 99)],
    [`bytes=${'0'.repeat(400)}5-6`, partial(5, 6)],
  ])('WT69: %.40s of 100 bytes is a part', (header, expected) => {
    expect(parseRange(header, 100)).toEqual(expected)
  })

  test.each(['bytes=100-', 'bytes=100-200', 'bytes=-0', `bytes=${'9'.repeat(400)}-`])(
    'WT69: %.40s of 100 bytes cannot be',
    header => {
      expect(parseRange(header, 100)).toEqual(unsatisfiable)
    },
  )

  test.each([
    null,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=5-4',
    'bytes=a-b',
    'bytes=1',
    'bytes=1-2-3',
    'bytes=--1',
    'bytes=+1-2',
    'bytes=0x1-2',
    'bytes=1.0-2',
    'bytes=0-1,5-6',
    'items=0-1',
    '0-1',
    'bytes=٣-٤',
  ])('WT69: %j is answered with the whole file', header => {
    expect(parseRange(header, 100)).toEqual(full)
  })

  test('WT69: nothing of an empty file can be had', () => {
    for (const header of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) expect(parseRange(header, 0)).toEqual(unsatisfiable)
    expect(parseRange(null, 0)).toEqual(full)
  })

  test('WT69: a part is never empty and never beyond the file', () => {
    const digits = fc.oneof(fc.nat().map(String), fc.bigInt({ min: 0n }).map(String), fc.constant(''))
    fc.assert(
      fc.property(digits, digits, fc.nat(), (from, to, size) => {
        const range = parseRange(`bytes=${from}-${to}`, size)
        if (range.type !== 'partial') return
        expect(range.start).toBeGreaterThanOrEqual(0)
        expect(range.end).toBeGreaterThanOrEqual(range.start)
        expect(range.end).toBeLessThan(size)
        if (from !== '') expect(range.start).toBe(Number(from))
        if (from !== '' && to !== '') expect(range.end).toBe(Math.min(Number(to), size - 1))
        if (from === '') expect(range.end - range.start + 1).toBe(Math.min(Number(to), size))
      }),
    )
  })
})

test('WT69: Content-Range of a part, and of a refusal', () => {
  expect(contentRange(100, { start: 10, end: 19 })).toBe('bytes 10-19/100')
  expect(contentRange(100)).toBe('bytes */100')
})
