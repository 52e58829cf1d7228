import { describe, test } from 'bun:test'
import fc from 'fast-check'
import { createFeed } from '../../../src/core/feed/create-feed.ts'
import { joinsProperty } from './joins.ts'
import { deep } from './runs.ts'

describe('whoever joins sees every event behind where he joined, once and in order', () => {
  for (const delivery of ['immediate', 'ordered', 'shuffled', 'lossy'] as const) {
    test(`${delivery} bus`, () => fc.assert(joinsProperty(createFeed, delivery), deep), 60_000)
  }
  test(
    'lossy bus, and a log that fails now and then',
    () => fc.assert(joinsProperty(createFeed, 'lossy', true), deep),
    60_000,
  )
})
