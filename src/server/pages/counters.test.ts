import { expect, test } from 'bun:test'
import { manualClock } from '../../base/clock.ts'
import { type Counters, FRESH_MS, sparingly } from './counters.ts'

test('however often it is asked, it counts once in a while', async () => {
  const clock = manualClock()
  let counted = 0
  const counters = sparingly(async () => ({ online: ++counted, messagesToday: 0 }), clock)
  expect(await Promise.all([counters(), counters()])).toEqual([
    { online: 1, messagesToday: 0 },
    { online: 1, messagesToday: 0 },
  ])
  clock.advance(FRESH_MS - 1)
  expect((await counters()).online).toBe(1)
  clock.advance(1)
  expect((await counters()).online).toBe(2)
})

test('a failure is told to whoever asked, and the next one asks again', async () => {
  const answers: (() => Promise<Counters>)[] = [
    () => Promise.reject(new Error('gone')),
    async () => ({ online: 7, messagesToday: 9 }),
  ]
  const counters = sparingly(() => answers.shift()?.() ?? Promise.reject(new Error('asked too often')), manualClock())
  await expect(counters()).rejects.toThrow('gone')
  expect(await counters()).toEqual({ online: 7, messagesToday: 9 })
})
