import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createRepeats } from './repeats.ts'

const id = (number: number): string => String(number).padStart(16, '0')

test('OC123: replays from any earlier position, any number of times, tell each event once and in order', () => {
  // A log of events of three streams, and where each replay begins.
  const log = fc.array(fc.constantFrom('channel:a', 'channel:b', 'user:c'), { maxLength: 60 })
  fc.assert(
    fc.property(log, fc.array(fc.tuple(fc.nat(60), fc.nat(60))), (streams, replays) => {
      const seqs = new Map<string, number>()
      const events = streams.map(stream => {
        const seq = (seqs.get(stream) ?? 0) + 1
        seqs.set(stream, seq)
        return { stream, event_id: id(seq) }
      })
      const { seen } = createRepeats()
      const told: typeof events = []
      let reached = 0
      // A replay begins at or before what was reached, as tokens are only ever too old.
      for (const [back, far] of [...replays, [0, events.length] as const]) {
        const from = Math.max(0, reached - back)
        const to = Math.min(events.length, from + far)
        told.push(...events.slice(from, to).filter(event => !seen(event)))
        reached = Math.max(reached, to)
      }
      told.push(...events.slice(reached).filter(event => !seen(event)))
      expect(told).toEqual(events)
    }),
  )
})

test('signals are never repeats', () => {
  const { seen } = createRepeats()
  expect([1, 2].map(() => seen({ stream: 'signal', event_id: id(1) }))).toEqual([false, false])
  expect([1, 2].map(() => seen({ event_id: id(1) }))).toEqual([false, false])
})

test('OC112: ids of any length of number are compared as numbers', () => {
  const { seen } = createRepeats()
  expect([9, 10, 9, 100].map(number => seen({ stream: 's', event_id: id(number) }))).toEqual([
    false,
    false,
    true,
    false,
  ])
})

test('another log begins anew', () => {
  const { seen, forget } = createRepeats()
  seen({ stream: 's', event_id: id(500) })
  forget()
  expect(seen({ stream: 's', event_id: id(1) })).toBe(false)
})
