// What the run of a contract suite says, for people and for machines.
import type { Judgement, Verdict } from './judge.ts'
import { nameOf, type Outcome } from './report.ts'

export interface Findings extends Judgement {
  readonly dialect: string
  /** Base URL; null for servers of the suite's own. */
  readonly target: string | null
  readonly tests: readonly Outcome[]
  /** What failed beside the tests. */
  readonly amiss: readonly string[]
  readonly ms: number
}

const words = { pass: 'pass', fail: 'FAIL', 'not applicable': 'n.a.' } satisfies Record<Verdict['result'], string>

const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`)

const mark = /\+?\[(?:seed|real|choice)(?:\+(?:seed|real|choice))*\]\s*/g

/** Without the marks of where its parts come from: `[seed][real+choice]`. */
const shortText = (text: string): string => text.replace(mark, '').trim()

/** The first line of an error, and what it compares where further lines say so: `expected | Expected: 1 | Received: 2`. */
const firstLine = (error: string): string => {
  const [first = '', ...rest] = error.split('\n').filter(line => line.trim() !== '')
  const named = rest.filter(line => /^(?:Expected|Received)\b[^:]*: /.test(line))
  const sides = ['- ', '+ '].flatMap(sign => rest.find(line => line.startsWith(sign)) ?? [])
  return [first, ...(named.length > 0 ? named : sides).map(line => line.replace(/\s+/g, ' '))].join(' | ')
}

const failure = (test: Outcome): readonly string[] => [
  `${nameOf(test)} (${test.file})`,
  `  ${firstLine(test.error ?? '')}`,
]

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`

const totals = ({ verdicts, tests }: Findings) => {
  const rules = (result: Verdict['result']) => verdicts.filter(verdict => verdict.result === result).length
  const ran = (result: Outcome['result']) => tests.filter(test => test.result === result).length
  return {
    rules: { passed: rules('pass'), failed: rules('fail'), notApplicable: rules('not applicable') },
    tests: { passed: ran('passed'), failed: ran('failed'), skipped: ran('skipped') },
  }
}

/** Whether the server keeps the contract as far as it was tested. */
export const holds = ({ verdicts, unnumbered, amiss }: Findings): boolean =>
  amiss.length === 0 && unnumbered.length === 0 && verdicts.every(({ result }) => result !== 'fail')

/** One line for each rule; below it what failed. `width` in columns: texts of rules and errors are cut there. */
export const printTable = (findings: Findings, width: number): string => {
  const { dialect, target, verdicts, unnumbered, amiss, ms } = findings
  const { rules, tests } = totals(findings)
  const indent = ' '.repeat(15)
  const below = (lines: readonly string[]) => lines.map(line => cut(indent + line, Math.max(width, 200)))
  const body = verdicts.flatMap(({ id, result, text, tests: own }) => [
    cut(`${id.padEnd(7)} ${words[result]}   ${shortText(text)}`, width),
    ...(result === 'fail' ? below(own.filter(test => test.result === 'failed').flatMap(failure)) : []),
  ])
  const others = [...unnumbered.flatMap(failure), ...amiss]
  const has = (result: Verdict['result'], why: boolean): number =>
    verdicts.filter(verdict => verdict.result === result && verdict.tests.length > 0 === why).length
  const [skipped, untold] = [has('not applicable', true), has('not applicable', false)]
  return [
    'rule    result',
    ...body,
    ...(others.length > 0 ? ['', 'Failed without naming a rule:', ...below(others)] : []),
    '',
    ...(skipped > 0
      ? [
          `n.a.: ${count(skipped, 'rule')} whose tests need a server with settings, a clock or a restart of its own, or another contract at`,
          '      the same origin.',
        ]
      : []),
    ...(untold > 0 ? [`n.a.: ${count(untold, 'rule')} without a test from outside.`] : []),
    `${dialect} ${target === null ? 'at servers of its own' : `at ${target}`}: ${count(rules.passed, 'rule')} passed, ` +
      `${rules.failed} failed, ${rules.notApplicable} not applicable ` +
      `(${count(tests.passed + tests.failed, 'test')} in ${(ms / 1000).toFixed(1)} s)`,
  ].join('\n')
}

const printTest = (test: Outcome) => ({
  title: nameOf(test),
  file: test.file,
  result: test.result,
  ...(test.error !== null && { error: test.error }),
})

export const printJson = (findings: Findings): string => {
  const { dialect, target, verdicts, unnumbered, amiss } = findings
  return JSON.stringify(
    {
      dialect,
      target,
      holds: holds(findings),
      totals: totals(findings),
      rules: verdicts.map(({ id, result, text, tests }) => ({ rule: id, result, text, tests: tests.map(printTest) })),
      others: [...unnumbered.map(printTest), ...amiss.map(error => ({ error }))],
    },
    null,
    2,
  )
}
