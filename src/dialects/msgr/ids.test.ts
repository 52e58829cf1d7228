import { describe, expect, test } from 'bun:test'
import { parseTopic, printTime, printTimeOrNull } from './ids.ts'

const ID = '01922f5c-5b0a-7c11-8a6e-3f2f0d9b6a01'

describe('topics', () => {
  test('MS7: ids in topics are case-insensitive', () => {
    expect(parseTopic(`conversation:${ID.toUpperCase()}`)).toEqual({ type: 'conversation', id: ID })
    expect(parseTopic(`profile:${ID}`)).toEqual({ type: 'profile', id: ID })
  })

  test('MS83: a topic of a known kind may name nothing', () => {
    expect(parseTopic('conversation:nothing')).toEqual({ type: 'conversation', id: null })
    expect(parseTopic('conversation:')).toEqual({ type: 'conversation', id: null })
    expect(parseTopic(`conversation:${ID}:x`)).toEqual({ type: 'conversation', id: null })
  })

  test.each(['', 'conversation', 'room:1', 'phoenix', ':', `Conversation:${ID}`, `conversations:${ID}`, '__proto__:x'])(
    'MS77: %p is of no known kind',
    topic => {
      expect(parseTopic(topic)).toBeNull()
    },
  )
})

test('MS22: times are cut to whole seconds, not rounded', () => {
  expect(printTime(Date.parse('2024-10-04T12:00:00.999Z'))).toBe('2024-10-04T12:00:00Z')
  expect(printTimeOrNull(null)).toBeNull()
  expect(printTimeOrNull(0)).toBe('1970-01-01T00:00:00Z')
})
