import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { DialectFactory } from '../../../src/host/dialect.ts'
import { type Mutant, mutants, withMutant } from './mutants.ts'
import { runs } from './runs.ts'
import { resumeProperty } from './schedules.ts'

/** Milliseconds a client waits for what a mutant will never send. */
const SHORT = 600
/** Connections are real, and so is the chance between them: a mutant may hide for a while. */
const FAR = 500

const isCaught = async (makeDialect: DialectFactory, numRuns: number, patience?: number): Promise<boolean> =>
  (await fc.check(resumeProperty(makeDialect, patience), { ...runs, numRuns, endOnFailure: true })).failed

describe('the property sees a planted bug', () => {
  for (const mutant of mutants) {
    const caught = (): Promise<boolean> => withMutant(mutant, makeDialect => isCaught(makeDialect, FAR, SHORT))
    test(mutant.bug, async () => expect(await caught()).toBe(true), 120_000)
  }

  test('and nothing where there is none', async () => {
    const none: Mutant = { bug: 'none', file: 'projection.ts', edits: [] }
    expect(await withMutant(none, makeDialect => isCaught(makeDialect, 20))).toBe(false)
  }, 120_000)
})
