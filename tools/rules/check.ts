// Compares the rules of the contracts with the titles of the tests.
import { join } from 'node:path'
import { contracts, type Rule, readRules } from './contracts.ts'
import type { Cover } from './covered-elsewhere.ts'
import { rulesNamed } from './references.ts'
import { readTitles } from './titles.ts'

/** Tests beside their file, and everything under test/: suites and tables of titles have other names there. */
const TESTS = ['{src,tools,clients,bench}/**/*.test.{ts,tsx}', 'test/**/*.{ts,tsx}'].map(glob => new Bun.Glob(glob))

/** Tests of the checks themselves: the numbers in them are examples. */
const EXAMPLES = 'tools/rules/'

/** A title with more rules than this proves none of them in particular. */
const MAX_RULES = 8

export interface Options {
  readonly root: string
  /** Dialects of which every rule must have a test. */
  readonly complete: readonly string[]
  readonly coveredElsewhere: Readonly<Record<string, Cover>>
}

export interface Coverage {
  readonly dialect: string
  readonly rules: number
  readonly elsewhere: number
  /** Without those of a later layer. */
  readonly untested: readonly Rule[]
  readonly complete: boolean
}

export interface Report {
  readonly coverage: readonly Coverage[]
  /** What is wrong beyond rules without a test: numbers nobody has, entries that are no longer true. */
  readonly problems: readonly string[]
}

const readContracts = (root: string) =>
  Promise.all(
    contracts.map(async contract => ({
      dialect: contract.dialect,
      isLater: ({ id }: Rule) => contract.later !== undefined && id.startsWith(contract.later),
      rules: readRules(await Bun.file(join(root, `docs/contracts/${contract.dialect}.md`)).text(), contract),
    })),
  )

const duplicates = (ids: readonly string[]): readonly string[] => ids.filter((id, at) => ids.indexOf(id) !== at)

const judgeEntry = (rule: string, by: readonly string[], known: ReadonlySet<string>, tested: ReadonlySet<string>) => {
  const entry = `tools/rules/covered-elsewhere.ts: ${rule}`
  if (!known.has(rule)) return [`${entry} is no rule`]
  if (tested.has(rule)) return [`${entry} has a test of its own: remove the entry`]
  return by.filter(other => !tested.has(other)).map(other => `${entry} is covered by ${other}, which has no test`)
}

export const checkRules = async ({ root, complete, coveredElsewhere }: Options): Promise<Report> => {
  const all = await readContracts(root)
  const ids = all.flatMap(({ rules }) => rules.map(rule => rule.id))
  const known = new Set(ids)
  const tested = new Set<string>()
  const problems = duplicates(ids).map(id => `docs/contracts: ${id} is there twice`)

  for (const file of TESTS.flatMap(glob => [...glob.scanSync(root)]).toSorted()) {
    if (file.startsWith(EXAMPLES)) continue
    for (const { text, line } of readTitles(file, await Bun.file(join(root, file)).text())) {
      const report = (what: string) => problems.push(`${file}:${line} names ${what}`)
      const { rules, amiss } = rulesNamed(text, ids)
      amiss.forEach(report)
      if (rules.length > MAX_RULES) report(`${rules.length} rules; a test proves ${MAX_RULES} at most`)
      else for (const id of rules) tested.add(id)
    }
  }
  for (const [rule, { by }] of Object.entries(coveredElsewhere)) problems.push(...judgeEntry(rule, by, known, tested))

  const coverage = all.map(({ dialect, rules, isLater }) => ({
    dialect,
    rules: rules.length,
    elsewhere: rules.filter(({ id }) => id in coveredElsewhere).length,
    untested: rules.filter(rule => !(tested.has(rule.id) || rule.id in coveredElsewhere || isLater(rule))),
    complete: complete.includes(dialect),
  }))
  return { coverage, problems }
}
