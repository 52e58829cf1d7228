import { describe, test } from 'bun:test'
import fc from 'fast-check'
import { createFeed } from '../../../src/core/feed/create-feed.ts'
import { followsProperty } from './follows.ts'
import { deep } from './runs.ts'

describe('whoever follows hears what was said while he was in it, once and in order, and nothing after the end', () => {
  for (const delivery of ['immediate', 'ordered', 'shuffled', 'lossy'] as const) {
    test(`${delivery} bus`, () => fc.assert(followsProperty(createFeed, delivery), deep), 60_000)
  }
  test(
    'lossy bus, and a log that fails now and then',
    () => fc.assert(followsProperty(createFeed, 'lossy', true), deep),
    60_000,
  )
})
