import { describe, expect, test } from 'bun:test'
import { Inbox, type Receiver } from './inbox.ts'

/** Takes frames one by one: those named in `waits` when the test says so, and breaks on `bad`. */
const setUp = (limits = { frames: 3, bytes: 100 }) => {
  const told: string[] = []
  const gates = new Map<string, PromiseWithResolvers<void>>()
  const receiver = {
    receiving: true as boolean,
    receive(frame: string) {
      told.push(frame)
      if (frame === 'bad') throw new Error('bad')
      if (!frame.startsWith('wait')) return
      const gate = Promise.withResolvers<void>()
      gates.set(frame, gate)
      return gate.promise
    },
    broke: (error: unknown) => void told.push(`broke: ${(error as Error).message}`),
  } satisfies Receiver<string>
  return { inbox: new Inbox<string>(receiver, limits), told, gates, receiver }
}

test('what is handled at once does not wait, nor count', () => {
  const { inbox, told } = setUp()
  const taken = ['a', 'b', 'c', 'd', 'e'].map(frame => inbox.add(frame, 1000))
  expect([taken.every(Boolean), told, inbox.working]).toEqual([true, ['a', 'b', 'c', 'd', 'e'], null])
})

test('a frame waits for the one before it', async () => {
  const { inbox, told, gates } = setUp()
  for (const frame of ['wait1', 'wait2', 'b']) inbox.add(frame, 1)
  expect(told).toEqual(['wait1'])
  const { working } = inbox
  gates.get('wait1')?.resolve()
  await Promise.resolve()
  await Promise.resolve()
  expect(told).toEqual(['wait1', 'wait2'])
  gates.get('wait2')?.resolve()
  await working
  expect([told, inbox.working]).toEqual([['wait1', 'wait2', 'b'], null])
})

describe('more waits than may', () => {
  test.each([
    ['frames', 1, [true, true, true, true, false]],
    ['bytes', 50, [true, true, true, false, false]],
  ])('%s', (_, size, expected) => {
    const { inbox } = setUp()
    expect(['wait', 'b', 'c', 'd', 'e'].map(frame => inbox.add(frame, size))).toEqual(expected)
  })
})

test('what is thrown is told, now and later, and nothing after it is handled', async () => {
  const { inbox, told, gates } = setUp()
  inbox.add('bad', 1)
  for (const frame of ['wait', 'bad', 'b']) inbox.add(frame, 1)
  const { working } = inbox
  gates.get('wait')?.resolve()
  await working
  expect(told).toEqual(['bad', 'broke: bad', 'wait', 'bad', 'broke: bad'])
})

test('a promise that rejects is told', async () => {
  const { inbox, told, gates } = setUp()
  inbox.add('wait', 1)
  const { working } = inbox
  gates.get('wait')?.reject(new Error('late'))
  await working
  expect([told, inbox.working]).toEqual([['wait', 'broke: late'], null])
})

test('who does not receive any more gets no more; what was cleared is gone', async () => {
  const { inbox, told, gates, receiver } = setUp()
  for (const frame of ['wait1', 'wait2', 'b']) inbox.add(frame, 1)
  const { working } = inbox
  gates.get('wait1')?.resolve()
  await Promise.resolve()
  await Promise.resolve()
  receiver.receiving = false
  gates.get('wait2')?.resolve()
  await working
  receiver.receiving = true
  for (const frame of ['wait3', 'c']) inbox.add(frame, 1)
  inbox.clear()
  gates.get('wait3')?.resolve()
  await inbox.working
  expect(told).toEqual(['wait1', 'wait2', 'wait3'])
})
