import { expect, test } from 'bun:test'
import type { Frame } from '../../core/index.ts'
import { InOrder } from './deferred.ts'

const fixture = () => {
  const pushed: Frame[] = []
  const errors: unknown[] = []
  return {
    pushed,
    errors,
    line: new InOrder(
      frame => pushed.push(frame),
      error => errors.push(error),
    ),
  }
}
const settled = () => new Promise(resolve => setImmediate(resolve))

test('frames pass at once while nothing is being loaded', () => {
  const { line, pushed } = fixture()
  line.pass('a')
  line.pass('b')
  expect(pushed).toEqual(['a', 'b'])
})

test('UM77: what follows a frame that is being loaded waits for it, and order is kept', async () => {
  const { line, pushed, errors } = fixture()
  const first = Promise.withResolvers<Frame | null>()
  const second = Promise.withResolvers<Frame | null>()
  line.pass('a')
  line.pass(() => first.promise)
  line.pass('c')
  line.pass(() => second.promise)
  second.resolve('d')
  line.pass('e')
  expect(pushed).toEqual(['a'])
  first.resolve('b')
  await settled()
  line.pass('f')
  expect(pushed).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  expect(errors).toEqual([])
})

test('a frame that is no longer due leaves no gap behind', async () => {
  const { line, pushed } = fixture()
  line.pass(async () => null)
  line.pass('b')
  await settled()
  expect(pushed).toEqual(['b'])
})

test('a frame that cannot be loaded is told of, and nothing is passed over it', async () => {
  const { line, pushed, errors } = fixture()
  line.pass(() => Promise.reject(new Error('away')))
  line.pass('b')
  await settled()
  line.pass('c')
  expect(pushed).toEqual([])
  expect(errors).toEqual([new Error('away')])
})

test('only so many wait', () => {
  const { line, errors } = fixture()
  line.pass(() => new Promise(() => {}))
  for (let i = 0; i < 10_001; i++) line.pass('x')
  expect(errors.length).toBeGreaterThan(0)
})
