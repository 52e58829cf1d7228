// What every counter against floods must do.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Clock, manualClock } from '../../../src/base/clock.ts'
import type { RateRule, Rates } from '../../../src/core/ports/rates.ts'

/** Two nodes that count together; the same object twice where there can be only one node. */
export interface RatesNodes extends AsyncDisposable {
  readonly here: Rates
  readonly there: Rates
}

const five: RateRule = { name: 'five', count: 5, perMs: 10_000 }
const uneven: RateRule = { name: 'uneven', count: 7, perMs: 1000 }

export const ratesConformance = (name: string, open: (clock: Clock) => Promise<RatesNodes>): void => {
  const start = async () => {
    const clock = manualClock()
    return { clock, nodes: await open(clock) }
  }
  const takeAll = async (rates: Rates, rule: RateRule, subject = 'anna') => {
    for (let i = 0; i < rule.count; i++) expect(await rates.take(rule, subject)).toBe(0)
  }

  describe(`rates: ${name}`, () => {
    test('a fresh bucket gives as many as it holds, on whatever node, then says how long until the next', async () => {
      const { nodes } = await start()
      await using _ = nodes
      const { here, there } = nodes
      for (const node of [here, there, here, there, here]) expect(await node.take(five, 'anna')).toBe(0)
      expect(await here.take(five, 'anna')).toBe(2000)
      expect(await there.take(five, 'anna')).toBe(2000)
    })

    test('it refills evenly, and not above its size', async () => {
      const { clock, nodes } = await start()
      await using _ = nodes
      await takeAll(nodes.here, five)
      clock.advance(1999)
      expect(await nodes.here.take(five, 'anna')).toBe(1)
      clock.advance(1)
      expect(await nodes.here.take(five, 'anna')).toBe(0)
      expect(await nodes.here.take(five, 'anna')).toBe(2000)
      clock.advance(1_000_000)
      await takeAll(nodes.here, five)
      expect(await nodes.here.take(five, 'anna')).toBe(2000)
    })

    test('refusals do not count, and looking does not take', async () => {
      const { clock, nodes } = await start()
      await using _ = nodes
      expect(await nodes.here.peek(five, 'anna')).toBe(0)
      await takeAll(nodes.here, five)
      for (let i = 0; i < 50; i++) {
        expect(await nodes.here.peek(five, 'anna')).toBe(2000)
        expect(await nodes.here.take(five, 'anna')).toBe(2000)
      }
      clock.advance(2000)
      for (let i = 0; i < 50; i++) expect(await nodes.here.peek(five, 'anna')).toBe(0)
      expect(await nodes.here.take(five, 'anna')).toBe(0)
    })

    test('rules and subjects have buckets of their own', async () => {
      const { nodes } = await start()
      await using _ = nodes
      await takeAll(nodes.here, five, 'anna')
      await takeAll(nodes.here, five, 'bert')
      await takeAll(nodes.here, { ...five, name: 'other' }, 'anna')
      expect(await nodes.here.take(five, 'anna')).toBe(2000)
    })

    test('clearing fills one bucket again', async () => {
      const { nodes } = await start()
      await using _ = nodes
      await takeAll(nodes.here, five, 'anna')
      await takeAll(nodes.here, five, 'bert')
      await nodes.there.clear(five, 'anna')
      await nodes.there.clear(five, 'nobody')
      await takeAll(nodes.here, five, 'anna')
      expect(await nodes.here.take(five, 'bert')).toBe(2000)
    })

    test('takes at the same time do not overdraw', async () => {
      const { nodes } = await start()
      await using _ = nodes
      const { here, there } = nodes
      const waits = await Promise.all(
        Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? here : there).take(five, 'anna')),
      )
      expect(waits.filter(wait => wait === 0)).toHaveLength(5)
    })

    test('whoever waits as long as he is told is served, and not a millisecond earlier; none gets more than his due', () =>
      fc.assert(
        fc.asyncProperty(fc.array(fc.nat({ max: 400 }), { maxLength: 60, size: 'max' }), async pauses => {
          const { clock, nodes } = await start()
          await using _ = nodes
          const began = clock.now()
          let taken = 0
          for (const pause of pauses) {
            clock.advance(pause)
            const wait = await nodes.here.take(uneven, 'anna')
            if (wait === 0) {
              taken += 1
              continue
            }
            clock.advance(wait - 1)
            expect(await nodes.here.take(uneven, 'anna')).toBe(1)
            clock.advance(1)
            expect(await nodes.here.take(uneven, 'anna')).toBe(0)
            taken += 1
          }
          const due = uneven.count + ((clock.now() - began) * uneven.count) / uneven.perMs
          expect(taken).toBeLessThanOrEqual(Math.floor(due + 1e-6))
        }),
        { numRuns: 100, seed: 1 },
      ))

    test('a full bucket gives all it has at once, whatever its size', async () => {
      const { clock, nodes } = await start()
      await using _ = nodes
      // Times of these days: sums of them are not exact.
      clock.advance(1_763_000_000_123)
      for (const [count, perMs] of [
        [60, 10_000],
        [30, 60_000],
        [7, 1000],
        [120, 60_000],
      ] as const) {
        const rule = { name: `all ${count}`, count, perMs }
        for (let taken = 0; taken < count; taken++) expect(await nodes.here.take(rule, 'anna')).toBe(0)
        expect(await nodes.here.take(rule, 'anna')).toBeGreaterThan(0)
      }
    })

    test('a clock that goes back makes nobody wait longer than a window', async () => {
      const clock = manualClock()
      let back = 0
      const nodes = await open({ ...clock, now: () => clock.now() - back })
      await using _ = nodes
      await takeAll(nodes.here, five)
      back = 3_600_000
      const wait = await nodes.here.take(five, 'anna')
      expect(wait).toBeLessThanOrEqual(five.perMs)
      clock.advance(wait)
      expect(await nodes.here.take(five, 'anna')).toBe(0)
    })
  })
}
