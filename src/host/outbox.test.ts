import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Frame } from '../core/index.ts'
import { Flusher, Outbox, sizeOf } from './outbox.ts'

const takeAll = (outbox: Outbox): Frame[] => {
  const frames: Frame[] = []
  for (let frame = outbox.take(); frame !== null; frame = outbox.take()) frames.push(frame)
  return frames
}

const nothing = (): void => undefined

test('a frame is measured in bytes of UTF-8', () => {
  expect([
    sizeOf('abc'),
    sizeOf('æ'),
    sizeOf('👩‍👩‍👧'),
    sizeOf('👩‍👩‍👧'),
    sizeOf(new Uint8Array(5)),
    sizeOf(''),
  ]).toEqual([3, 2, 18, 18, 5, 0])
})

describe('hold', () => {
  test('a reply passes the broadcasts that are held', () => {
    const outbox = new Outbox()
    outbox.push('before')
    const hold = outbox.hold(nothing)
    outbox.push('event')
    outbox.write('reply')
    expect(takeAll(outbox)).toEqual(['before', 'reply'])
    hold[Symbol.dispose]()
    outbox.push('after')
    expect(takeAll(outbox)).toEqual(['event', 'after'])
  })

  test('holds nest: the last release lets go, and one released twice ends once', () => {
    const outbox = new Outbox()
    const one = outbox.hold(nothing)
    const two = outbox.hold(nothing)
    outbox.push('event')
    one[Symbol.dispose]()
    one[Symbol.dispose]()
    expect(outbox.take()).toBeNull()
    two[Symbol.dispose]()
    expect(outbox.take()).toBe('event')
  })

  test('who waits for a release is told when it has happened', () => {
    const outbox = new Outbox()
    let told: Frame | null = null
    const hold = outbox.hold(() => {
      told = outbox.take()
    })
    outbox.push('event')
    hold[Symbol.dispose]()
    expect(told as Frame | null).toBe('event')
  })
})

test('an empty frame is a frame', () => {
  const outbox = new Outbox()
  outbox.write('')
  outbox.write('')
  expect(takeAll(outbox)).toEqual(['', ''])
})

test('whatever is written, pushed, held and taken: nothing is lost, order and bytes stay true', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.constant('write' as const) },
    { weight: 6, arbitrary: fc.constant('push' as const) },
    { weight: 5, arbitrary: fc.constant('take' as const) },
    fc.constant('hold' as const),
    fc.constant('release' as const),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), steps => {
      const outbox = new Outbox()
      const ready: string[] = []
      let held: string[] = []
      const holds: Disposable[] = []
      for (const [index, what] of steps.entries()) {
        const frame = `${what}${index}`
        if (what === 'write') {
          outbox.write(frame)
          ready.push(frame)
        } else if (what === 'push') {
          outbox.push(frame)
          if (holds.length) held.push(frame)
          else ready.push(frame)
        } else if (what === 'take') {
          expect(outbox.take()).toBe(ready.shift() ?? null)
        } else if (what === 'hold') {
          holds.push(outbox.hold(nothing))
        } else if (holds.length) {
          holds.pop()?.[Symbol.dispose]()
          if (!holds.length) {
            ready.push(...held)
            held = []
          }
        }
        expect(outbox.count).toBe(ready.length + held.length)
        expect(outbox.several).toBe(ready.length > 1)
        expect(outbox.bytes).toBe([...ready, ...held].join('').length)
      }
      outbox.releaseAll()
      expect(takeAll(outbox)).toEqual([...ready, ...held])
      expect(outbox.bytes).toBe(0)
    }),
  )
})

test('a long queue that is never quite empty keeps its order', () => {
  const outbox = new Outbox()
  let written = 0
  let taken = 0
  for (let i = 0; i < 100; i++) outbox.write(String(written++))
  for (let i = 0; i < 5000; i++) {
    outbox.write(String(written++))
    expect(outbox.take()).toBe(String(taken++))
  }
  expect(outbox.count).toBe(100)
})

test('all that became ready in one tick is flushed together after it', async () => {
  const flusher = new Flusher()
  const order: string[] = []
  const done = Promise.withResolvers<void>()
  flusher.add({ flush: () => void order.push('a') })
  flusher.add({
    flush: () => {
      order.push('b')
      flusher.add({
        flush: () => {
          order.push('next tick')
          done.resolve()
        },
      })
      queueMicrotask(() => order.push('end of tick'))
    },
  })
  await Promise.resolve()
  order.push('tick')
  await done.promise
  expect(order).toEqual(['tick', 'a', 'b', 'end of tick', 'next tick'])
})
