import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createFeed } from '../../../src/core/feed/create-feed.ts'
import { followsProperty } from './follows.ts'
import { joinsProperty } from './joins.ts'
import { type Mutant, mutants, withMutant } from './mutants.ts'
import { deep } from './runs.ts'
import type { MakeFeed } from './world.ts'

const isFalse = async <T>(property: fc.IAsyncProperty<T>): Promise<boolean> =>
  (await fc.check(property, { ...deep, endOnFailure: true })).failed

/** Whether any of the properties sees something wrong. */
const isCaught = async (makeFeed: MakeFeed): Promise<boolean> =>
  (await isFalse(joinsProperty(makeFeed, 'immediate'))) ||
  (await isFalse(joinsProperty(makeFeed, 'shuffled'))) ||
  (await isFalse(joinsProperty(makeFeed, 'lossy', true))) ||
  (await isFalse(followsProperty(makeFeed, 'immediate'))) ||
  (await isFalse(followsProperty(makeFeed, 'ordered'))) ||
  (await isFalse(followsProperty(makeFeed, 'lossy', true)))

describe('the properties see a planted bug', () => {
  for (const mutant of mutants) {
    test(mutant.bug, async () => expect(await withMutant(mutant, isCaught)).toBe(true), 60_000)
  }

  test('and nothing where there is none', async () => {
    const none: Mutant = { bug: 'none', file: 'topic.ts', edits: [] }
    expect(await withMutant(none, isCaught)).toBe(false)
    expect(await isCaught(createFeed)).toBe(false)
  }, 60_000)
})
