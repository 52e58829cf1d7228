// The waiting room's own rules, with connections that end when the test says so.
import { expect, test } from 'bun:test'
import { manualClock } from '../../base/clock.ts'
import type { Frame } from '../../core/index.ts'
import type { Link } from '../dialect.ts'
import { Flusher } from '../outbox.ts'
import { Polling } from './polling.ts'

const setUp = () => {
  const clock = manualClock()
  const lost: string[] = []
  const polling = new Polling({ clock, flusher: new Flusher() }, reason => void lost.push(reason))
  const leaving = new AbortController()
  return {
    clock,
    lost,
    polling,
    leaving,
    poll: (patience: number | null = null) => polling.poll(leaving.signal, patience),
  }
}

test('a connection that breaks while it waits, or before its answer is written, has lost frames', async () => {
  const waiting = setUp()
  const polled = waiting.poll()
  waiting.leaving.abort()
  expect([await polled, waiting.lost]).toEqual([[], ['connection lost']])

  const answered = setUp()
  answered.polling.write('4a')
  expect(await answered.poll()).toEqual(['4a'])
  answered.leaving.abort()
  expect(answered.lost).toEqual(['connection lost'])
})

test('a connection that is gone already gets nothing', async () => {
  const { lost, polling, leaving, poll } = setUp()
  polling.write('4a')
  leaving.abort()
  expect([await poll(), lost, polling.waiting]).toEqual([[], ['connection lost'], false])
})

test('a poll waits as long as it may; its frames come at the end of the tick', async () => {
  const { clock, polling, poll } = setUp()
  const impatient = poll(100)
  clock.advance(99)
  expect(polling.waiting).toBe(true)
  clock.advance(1)
  expect(await impatient).toEqual(['6'])
  const polled = poll(100)
  polling.write('4a')
  polling.push('4b')
  expect(polling.waiting).toBe(true)
  expect(await polled).toEqual(['4a', '4b'])
  clock.advance(1000)
  expect(polling.waiting).toBe(false)
})

test('once a socket has taken over, no connection of before matters, and nothing is measured twice', async () => {
  const { lost, polling, leaving, poll } = setUp()
  const polled = poll()
  polling.write('4a')
  const sent: Frame[] = []
  let arrived = 0
  const link = { write: (frame: Frame) => void sent.push(frame) } as unknown as Link
  polling.moveTo(link, () => void arrived++)
  expect([await polled, sent, arrived]).toEqual([['6'], ['4a'], 1])
  leaving.abort()
  expect(lost).toEqual([])
})

test('what is held during a move is bounded, too', () => {
  const { lost, polling } = setUp()
  polling.hold()
  polling.moveTo({ write: () => undefined } as unknown as Link, () => undefined)
  for (let i = 0; i < 12; i++) polling.push(`4${'x'.repeat(100_000)}`)
  expect(lost[0]).toBe('too slow')
})
