import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { DialectFactory } from '../../../src/host/dialect.ts'
import { type Mutant, mutants, withMutant } from './mutants.ts'
import { runs } from './runs.ts'
import { resumeProperty } from './schedules.ts'

/** Milliseconds a client waits for what a mutant will never send. */
const SHORT = 600

const isCaught = async (makeDialect: DialectFactory, options: { readonly numRuns?: number } = {}, patience?: number) =>
  (await fc.check(resumeProperty(makeDialect, patience), { ...runs, ...options, endOnFailure: true })).failed

describe('the property sees a planted bug', () => {
  for (const mutant of mutants) {
    test(
      mutant.bug,
      async () => expect(await withMutant(mutant, make => isCaught(make, {}, SHORT))).toBe(true),
      120_000,
    )
  }

  test('and nothing where there is none', async () => {
    const none: Mutant = { bug: 'none', file: 'projection.ts', edits: [] }
    expect(await withMutant(none, make => isCaught(make, { numRuns: 20 }))).toBe(false)
  }, 120_000)
})
