import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { mutants, withMutant } from './mutants.ts'
import { runs } from './runs.ts'
import { resumeProperty } from './schedule.ts'
import type { Parts } from './stage.ts'

const isCaught = async (parts: Parts): Promise<boolean> =>
  (await fc.check(resumeProperty(parts), { ...runs, endOnFailure: true })).failed

describe('the property sees a planted bug', () => {
  for (const mutant of mutants) {
    test(mutant.bug, async () => expect(await withMutant(mutant, isCaught)).toBe(true), 60_000)
  }

  test('and nothing where there is none', async () => {
    expect(await withMutant({ bug: 'none', file: 'connection.ts', edits: [] }, isCaught)).toBe(false)
  }, 60_000)
})
