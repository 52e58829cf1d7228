import { describe, expect, test } from 'bun:test'
import type { Frame } from '../core/index.ts'
import { InOrder } from './in-order.ts'

const stage = () => {
  const passed: Frame[] = []
  const failures: unknown[] = []
  const down = new InOrder(
    frame => passed.push(frame),
    error => failures.push(error),
  )
  return { passed, failures, down }
}

describe('frames', () => {
  test('pass at once while nothing is loaded', () => {
    const { passed, down } = stage()
    down.add('a')
    down.add('b')
    expect(passed).toEqual(['a', 'b'])
  })

  test('wait for those before them, and those behind them wait in turn', async () => {
    const { passed, failures, down } = stage()
    const first = Promise.withResolvers<Frame | null>()
    const second = Promise.withResolvers<Frame | null>()
    down.add(() => first.promise)
    down.add('b')
    down.add(() => second.promise)
    down.add('d')
    second.resolve('c')
    await second.promise
    expect(passed).toEqual([])
    first.resolve('a')
    const drained = Promise.withResolvers<Frame | null>()
    down.add(() => drained.promise)
    drained.resolve(null)
    await Bun.sleep(0)
    expect(passed).toEqual(['a', 'b', 'c', 'd'])
    down.add('e')
    expect(passed.at(-1)).toBe('e')
    expect(failures).toEqual([])
  })

  test('stop behind one that cannot be loaded', async () => {
    const { passed, failures, down } = stage()
    down.add(() => Promise.reject(new Error('away')))
    down.add('b')
    await Bun.sleep(0)
    down.add('c')
    expect(passed).toEqual([])
    expect(failures).toEqual([new Error('away')])
  })

  test('are not gathered without bound', () => {
    const { failures, down } = stage()
    down.add(() => new Promise(() => {}))
    for (let i = 0; i < 10_001; i++) down.add('x')
    expect(failures).toEqual([new Error('too many frames wait for one')])
  })
})
