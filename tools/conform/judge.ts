// From what tests did to what it says about rules.
import type { Rule } from '../rules/contracts.ts'
import { rulesNamed } from '../rules/references.ts'
import type { Outcome } from './report.ts'

export interface Verdict extends Rule {
  readonly result: 'pass' | 'fail' | 'not applicable'
  /** Every test that names it. Without any, nothing can be said about it from outside. */
  readonly tests: readonly Outcome[]
}

export interface Judgement {
  readonly verdicts: readonly Verdict[]
  /** Tests that failed and name no rule. */
  readonly unnumbered: readonly Outcome[]
}

/** The rules that the innermost title with a number names: a test says more than the group around it. */
const ownRules = ({ groups, title }: Outcome, known: readonly string[]): readonly string[] => {
  for (const text of [title, ...groups.toReversed()]) {
    const { rules } = rulesNamed(text, known)
    if (rules.length > 0) return rules
  }
  return []
}

const resultOf = (tests: readonly Outcome[]): Verdict['result'] => {
  if (tests.some(test => test.result === 'failed')) return 'fail'
  return tests.some(test => test.result === 'passed') ? 'pass' : 'not applicable'
}

/**
 * Judges each of `rules` by the tests that name it: one that fails breaks it, one that passes proves it, and where none could
 * be run it is not applicable. A rule that only a group names is judged by the tests of the group.
 */
export const judge = (rules: readonly Rule[], tests: readonly Outcome[]): Judgement => {
  const known = rules.map(rule => rule.id)
  const byRule = new Map<string, Outcome[]>(known.map(id => [id, []]))
  const unnumbered: Outcome[] = []
  for (const test of tests) {
    const own = ownRules(test, known)
    for (const id of own) byRule.get(id)?.push(test)
    if (own.length === 0 && test.result === 'failed') unnumbered.push(test)
  }
  const ofGroups = (id: string): readonly Outcome[] =>
    tests.filter(({ groups }) => groups.some(group => rulesNamed(group, known).rules.includes(id)))
  const verdicts = rules.map(rule => {
    const own = byRule.get(rule.id) ?? []
    const named = own.length > 0 ? own : ofGroups(rule.id)
    return { ...rule, result: resultOf(named), tests: named }
  })
  return { verdicts, unnumbered }
}
