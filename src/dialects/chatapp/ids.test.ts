import { describe, expect, test } from 'bun:test'
import { newId } from '../../base/id.ts'
import { directName, parseChannel, printTime, printTimeOrNull, timeOfId } from './ids.ts'

const ID = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'

describe('names', () => {
  test.each([
    [ID, { type: 'id', id: ID }],
    [ID.toUpperCase(), { type: 'id', id: ID }],
    ['general', { type: 'name', name: 'general' }],
    [`${ID}x`, { type: 'name', name: `${ID}x` }],
    ['', { type: 'name', name: '' }],
    ['@mila', { type: 'peer', username: 'mila' }],
    ['@', { type: 'peer', username: '' }],
  ])('CA4 CA44: a channel called %p', (text, ref) => {
    expect(parseChannel(text)).toEqual(ref as ReturnType<typeof parseChannel>)
  })

  test('a direct chat is named after the other', () => {
    expect(parseChannel(directName({ handle: 'Mila' }))).toEqual({ type: 'peer', username: 'Mila' })
  })
})

describe('times', () => {
  test('CA5: RFC 3339 in UTC with milliseconds', () => {
    expect(printTime(Date.UTC(2026, 10, 21, 0, 20, 27, 365))).toBe('2026-11-21T00:20:27.365Z')
    expect(printTime(0)).toBe('1970-01-01T00:00:00.000Z')
    expect(printTimeOrNull(null)).toBeNull()
    expect(printTimeOrNull(0)).toBe('1970-01-01T00:00:00.000Z')
  })

  test('an id tells when it was made', () => {
    const before = Date.now()
    const at = timeOfId(newId())
    expect(at).toBeGreaterThanOrEqual(before)
    expect(at).toBeLessThanOrEqual(Date.now())
  })
})
