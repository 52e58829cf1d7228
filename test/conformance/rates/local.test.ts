import { expect, test } from 'bun:test'
import { createLocalRates } from '../../../src/adapters/rates/local/local.ts'
import { manualClock } from '../../../src/base/clock.ts'
import type { RateRule } from '../../../src/core/ports/rates.ts'
import { ratesConformance } from './suite.ts'

ratesConformance('local', async clock => {
  const rates = createLocalRates({ clock })
  return { here: rates, there: rates, async [Symbol.asyncDispose]() {} }
})

const one: RateRule = { name: 'one', count: 1, perMs: 1000 }

test('past the limit of buckets the one untouched for longest is forgotten', async () => {
  const rates = createLocalRates({ clock: manualClock(), maxBuckets: 3 })
  for (const subject of ['a', 'b', 'c', 'd']) expect(await rates.take(one, subject)).toBe(0)
  expect(await rates.peek(one, 'a')).toBe(0)
  for (const subject of ['b', 'c', 'd']) expect(await rates.peek(one, subject)).toBe(1000)
})

test('a bucket that has become full makes room before one that has not', async () => {
  const clock = manualClock()
  const rates = createLocalRates({ clock, maxBuckets: 2 })
  const slow: RateRule = { name: 'slow', count: 1, perMs: 600_000 }
  await rates.take(slow, 'a')
  await rates.take(one, 'b')
  clock.advance(60_000)
  await rates.take(one, 'c')
  expect(await rates.peek(slow, 'a')).toBe(540_000)
  expect(await rates.peek(one, 'c')).toBe(1000)
})
