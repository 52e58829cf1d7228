import { expect, test } from 'bun:test'
import { createQueue } from './queue.ts'

const make = (most = 10) => {
  let closed = 0
  const queue = createQueue<number>(most, () => {
    closed++
  })
  return { queue, closed: () => closed }
}

test('what was pushed before anybody read is read, in order, and then what comes', async () => {
  const { queue } = make()
  queue.push(1)
  queue.push(2)
  expect([(await queue.next()).value, (await queue.next()).value]).toEqual([1, 2])
  const third = queue.next()
  queue.push(3)
  expect(await third).toEqual({ done: false, value: 3 })
})

test('the end comes behind what waits, to everybody who reads', async () => {
  const { queue, closed } = make()
  const readers = [queue.next(), queue.next(), queue.next()]
  queue.push(1)
  queue.end()
  queue.end()
  queue.push(2)
  const read = await Promise.all(readers)
  expect(read.map(({ done }) => done ?? false).toSorted()).toEqual([false, true, true])
  expect(closed()).toBe(1)
})

test('whoever falls behind gets what was kept, then an error, then the end', async () => {
  const { queue, closed } = make(2)
  for (const item of [1, 2, 3, 4]) queue.push(item)
  expect(closed()).toBe(1)
  const read: number[] = []
  const reading = (async () => {
    for await (const item of queue) read.push(item)
  })()
  await expect(reading).rejects.toThrow('faster than they were read')
  expect(read).toEqual([1, 2])
  expect((await queue.next()).done).toBe(true)
})

test('a loop that is left closes it, also when nothing was read', async () => {
  const one = make()
  one.queue.push(1)
  for await (const _ of one.queue) break
  const other = make()
  other.queue.push(1)
  await other.queue.return?.()
  expect([one.closed(), other.closed()]).toEqual([1, 1])
  expect((await other.queue.next()).done).toBe(true)
})
