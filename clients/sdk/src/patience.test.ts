import { afterEach, beforeEach, expect, jest, test } from 'bun:test'
import { createPatience } from './patience.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

test('it is over after the given silence, and each word begins it anew', () => {
  const patience = createPatience(new AbortController().signal, 1000)
  jest.advanceTimersByTime(900)
  patience.heard()
  jest.advanceTimersByTime(900)
  expect(patience.signal.aborted).toBe(false)
  jest.advanceTimersByTime(100)
  expect(patience.signal.aborted).toBe(true)
  expect(String(patience.signal.reason)).toContain('nothing was heard for 1 s')
})

test('it goes with the outer signal, also with one that went before', () => {
  const outer = new AbortController()
  const before = createPatience(outer.signal, 1000)
  outer.abort('enough')
  expect([before.signal.reason, createPatience(outer.signal, 1000).signal.reason]).toEqual(['enough', 'enough'])
  expect(jest.getTimerCount()).toBe(0)
})

test('once ended it leaves no timer, and nothing fires any more', () => {
  const outer = new AbortController()
  const patience = createPatience(outer.signal, 1000)
  patience.end()
  expect(jest.getTimerCount()).toBe(0)
  outer.abort()
  expect(patience.signal.aborted).toBe(false)
})
