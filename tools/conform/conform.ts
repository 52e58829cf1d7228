// The `conform` command: runs the contract suite of a dialect against a server, and says which rules it keeps.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { contracts, type Rule, readRules } from '../rules/contracts.ts'
import { mayName } from '../rules/references.ts'
import { judge } from './judge.ts'
import { isInstalled, ROOT, runContract } from './run.ts'
import { type Findings, holds, printJson, printTable } from './table.ts'

const dialects = contracts.map(contract => contract.dialect)

const help = `Usage
  parlance conform <dialect> <url> [options]

Runs the contract tests of a dialect against the server at a base URL, whoever wrote it, and prints each rule of the
contract (docs/contracts/<dialect>.md) with pass, FAIL or n.a. (not applicable: it cannot be tested there).

Dialects: ${dialects.join(', ')}.

The tests make hundreds of accounts of their own and touch nobody else's. Rate limits must be off for them: a Parlance is
started with PARLANCE_RATE_LIMITS=off. What they make stays, so the server had better be one for tests.

Options
  --rule ID     Only this rule; may be given many times.
  --json        Prints JSON: every rule with its result and its tests.
  --junit FILE  Also leaves a junit report of the tests.
  --own         Instead of a URL: servers of this Parlance, started by the tests, also with settings and clocks of their own.
                Our own CI does this.
  --verbose     Shows on stderr what the tests print, instead of how far they are.
  --help        This text.

Exit code: 0 nothing failed; 1 something failed; 2 it could not be run (wrong usage, no answer, no tests here).
`

/** Why it cannot be run, in one line. */
class ConformError extends Error {}
class UsageError extends ConformError {}

interface Order {
  readonly contract: (typeof contracts)[number]
  readonly target: string | null
  readonly rules: readonly string[]
  readonly json: boolean
  readonly junit: string | null
  readonly verbose: boolean
}

/** Without a slash at its end. Contracts name whole paths, so there is none in it. */
const baseUrl = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!(url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`)) {
    throw new UsageError(`${text} is no base URL such as http://localhost:8080 (without a path)`)
  }
  return url.origin
}

const readOptions = (argv: readonly string[]) => {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        rule: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
        junit: { type: 'string' },
        own: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** Null when it asks for help. */
const readOrder = (argv: readonly string[]): Order | null => {
  const { values, positionals } = readOptions(argv)
  if (values.help) return null
  const [dialect, url, ...rest] = positionals
  if (dialect === undefined) throw new UsageError(`say which dialect: ${dialects.join(', ')}`)
  const contract = contracts.find(one => one.dialect === dialect)
  if (!contract) throw new UsageError(`there is no dialect ${dialect}, only ${dialects.join(', ')}`)
  if (rest.length > 0 || (values.own && url !== undefined)) throw new UsageError('one dialect and one server at a time')
  if (!values.own && url === undefined) throw new UsageError('say at which URL the server is')
  return {
    contract,
    target: url === undefined ? null : baseUrl(url),
    rules: values.rule.map(rule => rule.toUpperCase()),
    json: values.json,
    junit: values.junit === undefined ? null : resolve(values.junit),
    verbose: values.verbose,
  }
}

/** The rules that are to be judged, in the order of the contract. */
const chosen = (all: readonly Rule[], wanted: readonly string[], dialect: string): ReadonlySet<string> => {
  const unknown = wanted.filter(id => !all.some(rule => rule.id === id))
  if (unknown.length > 0) throw new UsageError(`${dialect} has no rule ${unknown.join(', ')}`)
  return new Set(wanted.length > 0 ? wanted : all.map(rule => rule.id))
}

const ANSWER_DEADLINE = 10_000

/** Whatever it answers is an answer: whether it is right is for the tests to say. */
const mustAnswer = async (url: string): Promise<void> => {
  try {
    await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(ANSWER_DEADLINE) })
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
    throw new ConformError(`nothing answers at ${url} (${typeof code === 'string' ? code : message})`)
  }
}

/** How far the tests are, on stderr: one line that changes on a terminal, else a line for each file. */
const progress = () => {
  const { isTTY } = process.stderr
  let [file, done, failed, over] = ['', 0, 0, false]
  return {
    line(line: string): void {
      const begun = /^(?:.*\/)?([\w.-]+)\.test\.ts:$/.exec(line)?.[1]
      // What failed is told again at the end.
      if (/^\d+ tests? (?:failed|skipped)/.test(line)) over = true
      if (over) return
      if (begun !== undefined) file = begun
      else if (/^\((?:pass|fail)\) /.test(line)) done += 1
      else return
      if (line.startsWith('(fail)')) failed += 1
      const told = `${file}: ${done} tests${failed > 0 ? `, ${failed} failed` : ''}`
      if (isTTY) process.stderr.write(`\r\x1b[K${told}`)
      else if (begun !== undefined) process.stderr.write(`${told}\n`)
    },
    end(): void {
      if (isTTY) process.stderr.write('\r\x1b[K')
    },
  }
}

const run = async ({ contract, target, rules: wanted, json, junit, verbose }: Order): Promise<number> => {
  const { dialect } = contract
  if (!isInstalled(dialect)) {
    throw new ConformError(`the tests of ${dialect} are not installed here: run it in a clone of the repository`)
  }
  const all = readRules(await Bun.file(`${ROOT}/docs/contracts/${dialect}.md`).text(), contract)
  const judged = chosen(all, wanted, dialect)
  if (target !== null) await mustAnswer(target)

  const began = performance.now()
  const shown = progress()
  const result = await runContract(dialect, {
    target,
    ...(wanted.length > 0 && { pattern: mayName(wanted) }),
    ...(junit !== null && { junit }),
    onLine: line => (verbose ? process.stderr.write(`${line}\n`) : shown.line(line)),
  })
  shown.end()
  if (result.type === 'broken') {
    const hint = /cannot find (?:package|module)/i.test(result.why) ? ' ("npm install" brings what the tests need)' : ''
    throw new ConformError(`${result.why}${hint}`)
  }

  const { tests, amiss } = result
  const { verdicts, unnumbered } = judge(all, tests)
  const isLater = (id: string): boolean => contract.later !== undefined && id.startsWith(contract.later)
  const findings: Findings = {
    dialect,
    target,
    // A rule of a later layer counts from its first test on.
    verdicts: verdicts.filter(({ id, tests: own }) => judged.has(id) && !(isLater(id) && own.length === 0)),
    unnumbered,
    tests: wanted.length > 0 ? [...new Set(verdicts.flatMap(v => (judged.has(v.id) ? v.tests : [])))] : tests,
    amiss,
    ms: performance.now() - began,
  }
  console.log(json ? printJson(findings) : printTable(findings, process.stdout.columns ?? 140))
  if (target !== null && tests.some(({ error }) => error !== null && /\b429\b/.test(error))) {
    console.error('Some answers were 429: are the rate limits off there? (A Parlance: PARLANCE_RATE_LIMITS=off.)')
  }
  return holds(findings) ? 0 : 1
}

/** Resolves with the exit code. */
export const conform = async (argv: readonly string[]): Promise<number> => {
  try {
    const order = readOrder(argv)
    if (order) return await run(order)
    console.log(help)
    return 0
  } catch (error) {
    if (!(error instanceof ConformError)) throw error
    const hint = error instanceof UsageError ? ' (see parlance conform --help)' : ''
    console.error(`parlance: ${error.message.replaceAll(/\s*\n\s*/g, ' ')}${hint}`)
    return 2
  }
}
