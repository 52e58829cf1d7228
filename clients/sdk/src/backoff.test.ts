import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Backoff, defaultBackoff, delayOf, pause, readBackoff } from './backoff.ts'

const backoffs: fc.Arbitrary<Backoff> = fc.record({
  initial_delay_ms: fc.integer({ min: 1, max: 60_000 }),
  multiplier: fc.double({ min: 1, max: 10, noNaN: true }),
  max_delay_ms: fc.integer({ min: 60_000, max: 600_000 }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
})

test('delays grow from the first to the longest, and each has its share of chance', () => {
  const extremes = (failures: number) =>
    [0, 1].map(chance => Math.round(delayOf(defaultBackoff, failures, () => chance)))
  expect([1, 2, 3, 4].map(extremes)).toEqual([
    [800, 1200],
    [1600, 2400],
    [3200, 4800],
    [6400, 9600],
  ])
  expect(extremes(5)).toEqual([10_000, 15_000])
  expect(extremes(10_000)).toEqual([10_000, 15_000])
})

test('no delay is longer than the longest, or shorter than chance allows, after any number of failures', () => {
  fc.assert(
    fc.property(
      backoffs,
      fc.nat(2000),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (backoff, failures, chance) => {
        const { initial_delay_ms: initial, max_delay_ms: most, jitter } = backoff
        const delay = delayOf(backoff, failures, () => chance)
        const least = Math.min(initial, most / (1 + jitter)) * (1 - jitter)
        return delay >= least - 1e-6 && delay <= most + 1e-6
      },
    ),
  )
})

test('whatever a server asks for, the delay is a sane number', () => {
  const odd = fc.oneof(fc.anything(), fc.double(), fc.constantFrom(Number.NaN, Infinity, -1, 0, 1e308, '1000'))
  const asked = fc.record(
    { initial_delay_ms: odd, multiplier: odd, max_delay_ms: odd, jitter: odd },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.oneof(fc.anything(), asked), fc.nat(50), (value, failures) => {
      const delay = delayOf(readBackoff(value), failures, () => 0.5)
      return delay >= 100 && delay <= 600_000
    }),
  )
})

test('what makes sense is taken as it is', () => {
  const asked = { initial_delay_ms: 250, multiplier: 1.5, max_delay_ms: 4000, jitter: 0.5 }
  expect(readBackoff(asked)).toEqual(asked)
  expect(readBackoff({ initial_delay_ms: 20_000 })).toEqual({
    ...defaultBackoff,
    initial_delay_ms: 20_000,
    max_delay_ms: 20_000,
  })
})

test('a pause is over when it is aborted, before or after it began', async () => {
  const controller = new AbortController()
  const long = pause(3_600_000, controller.signal)
  controller.abort()
  await long
  await pause(3_600_000, controller.signal)
})

test('a pause beyond what timers take does not end at once', async () => {
  const controller = new AbortController()
  let over = false
  const endless = pause(Infinity, controller.signal).then(() => {
    over = true
  })
  await pause(20, new AbortController().signal)
  expect(over).toBe(false)
  controller.abort()
  await endless
})
