// What is read back for a person, while he comes into conversations and leaves them.
import { describe, expect, test } from 'bun:test'
import { changed, membershipBegan } from '../../../test/property/feed/facts.ts'
import { World } from '../../../test/property/feed/world.ts'
import type { Event, EventBody } from '../event.ts'
import { type ConversationId, conversationStream, profileStream, type StreamId, spaceStream } from '../model/ids.ts'
import { createFeed } from './create-feed.ts'

/** A feed on a log; the person is in `inside`, and `between` happens after each look at that. */
const open = (inside: readonly ConversationId[], between: (log: Event[], inside: ConversationId[]) => void) => {
  const log: Event[] = []
  const ids = [...inside]
  let looks = 0
  const { ports } = new World('immediate')
  const read = {
    ...ports.store.read,
    conversationIdsOf: async () => {
      looks++
      const seen = [...ids]
      between(log, ids)
      return seen
    },
  }
  const readSince = async (streams: readonly StreamId[]) => ({
    events: log.filter(({ stream }) => streams.includes(stream)),
    mark: `${log.length}`,
    more: false,
  })
  const feed = createFeed({ ...ports, store: { ...ports.store, read, readSince } })
  return { feed, log, looks: () => looks }
}

const put = (log: Event[], stream: StreamId, body: EventBody): void => {
  log.push({ stream, seq: log.length + 1, at: 0, body })
}

const own = profileStream('p')

describe('what is read back', () => {
  test('OC123: is of one’s own stream, the conversations one is in, and the spaces named', async () => {
    const { feed, log, looks } = open(['a'], () => {})
    for (const stream of [
      own,
      profileStream('q'),
      conversationStream('a'),
      conversationStream('b'),
      spaceStream('s'),
    ]) {
      put(log, stream, changed('a'))
    }
    const page = await feed.since('p', ['s'], '0', 10)
    expect(page !== 'resync' && page.events.map(({ stream }) => stream)).toEqual([
      own,
      conversationStream('a'),
      spaceStream('s'),
    ])
    expect(looks()).toBe(1)
  })

  test('OC126: lacks nothing of a conversation that began between the two looks', async () => {
    let begun = false
    const { feed } = open(['a'], (log, inside) => {
      if (begun) return
      begun = true
      inside.push('b')
      put(log, own, membershipBegan('b', 0))
      put(log, conversationStream('b'), changed('b'))
    })
    const page = await feed.since('p', [], '0', 10)
    expect(page !== 'resync' && page.events.map(({ stream }) => stream)).toEqual([own, conversationStream('b')])
  })

  test('of one that has ended since, the word of its beginning is no reason to look for ever', async () => {
    const { feed, log, looks } = open(['a'], () => {})
    put(log, own, membershipBegan('gone', 0))
    put(log, conversationStream('gone'), changed('gone'))
    const page = await feed.since('p', [], '0', 10)
    expect(page !== 'resync' && page.events.map(({ stream }) => stream)).toEqual([own])
    expect(looks()).toBe(2)
  })
})
