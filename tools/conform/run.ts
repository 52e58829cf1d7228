// Runs the contract suite of one dialect, against one server or against servers of its own: the only code that does.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nameOf, type Outcome, type Report, readReport } from './report.ts'

export const ROOT = join(import.meta.dir, '../..')

/** For one test, in ms; those that need longer say so themselves. Only a hang should ever meet it, however slow the server. */
const TEST_TIMEOUT = 30_000

/** Fits no title: a run with it lists every test and runs none. */
const NOTHING = '(?!)'

export interface RunOptions {
  /** Base URL; null for servers that the suite starts itself, one for each file and each setting. */
  readonly target: string | null
  /** A regular expression: only tests whose whole name fits. */
  readonly pattern?: string
  /** Where the junit report is to be left as well. */
  readonly junit?: string
  /** Each line that the tests print, as it comes. */
  readonly onLine?: (line: string) => void
}

export type Run =
  | { readonly type: 'ran'; readonly tests: readonly Outcome[]; readonly amiss: readonly string[] }
  /** The suite, not the server, is at fault: a file that cannot be loaded, a crash. */
  | { readonly type: 'broken'; readonly why: string }

const suiteOf = (dialect: string): string => `test/contract/${dialect}`

export const isInstalled = (dialect: string): boolean => existsSync(join(ROOT, suiteOf(dialect)))

const filesOf = (dialect: string): readonly string[] =>
  [...new Bun.Glob(`${suiteOf(dialect)}/**/*.test.ts`).scanSync(ROOT)].toSorted()

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest) yield rest
}

interface Attempt {
  readonly report: Report | null
  readonly code: number
  readonly lines: readonly string[]
}

const attempt = async (dialect: string, { target, pattern, junit, onLine }: RunOptions): Promise<Attempt> => {
  const folder = junit === undefined ? await mkdtemp(join(tmpdir(), 'parlance-conform-')) : null
  const file = junit ?? join(folder ?? '', 'report.xml')
  const { PARLANCE_TARGET: _, ...environment } = process.env
  await rm(file, { force: true })
  try {
    const child = Bun.spawn(
      [
        process.execPath,
        'test',
        '--no-orphans',
        `--timeout=${TEST_TIMEOUT}`,
        '--reporter=junit',
        `--reporter-outfile=${file}`,
        ...(pattern === undefined ? [] : [`--test-name-pattern=${pattern}`]),
        `./${suiteOf(dialect)}`,
      ],
      {
        cwd: ROOT,
        env: { ...environment, NO_COLOR: '1', ...(target !== null && { PARLANCE_TARGET: target }) },
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
      },
    )
    const lines: string[] = []
    const collect = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
      for await (const line of linesOf(stream)) {
        lines.push(line)
        onLine?.(line)
      }
    }
    // The pipes end with the tests: with `--no-orphans` nothing that these have started outlives them.
    const [code] = await Promise.all([child.exited, collect(child.stdout), collect(child.stderr)])
    return { report: existsSync(file) ? readReport(await Bun.file(file).text()) : null, code, lines }
  } finally {
    if (folder) await rm(folder, { recursive: true, force: true })
  }
}

const isError = /^(?:error|\w*Error): /

/** The first error that was printed after the name of a file. */
const errorIn = (file: string, lines: readonly string[]): string => {
  const from = lines.indexOf(`${file}:`)
  const error = lines.slice(from + 1).find(line => isError.test(line))
  return error?.replace(/^error: /, '') ?? 'it holds no tests'
}

/** Those of `planned` that `ran` does not have, as often as it lacks them. */
const lost = (planned: readonly Outcome[], ran: readonly Outcome[]): readonly Outcome[] => {
  const left = new Map<string, number>()
  const take = (test: Outcome, by: number): number => {
    const key = `${test.file}\n${nameOf(test)}`
    const count = (left.get(key) ?? 0) + by
    left.set(key, count)
    return count
  }
  for (const test of ran) take(test, 1)
  return planned.filter(test => take(test, -1) < 0)
}

const isAround = (hook: Outcome, test: Outcome): boolean =>
  hook.file === test.file && hook.groups.every((group, at) => test.groups[at] === group)

/**
 * Tests whose set-up failed are in no report: they are looked up, and failed with it. Those that would have been skipped are not
 * told apart: a suite has no set-up around them.
 */
const failedByHooks = async (dialect: string, report: Report, options: RunOptions): Promise<readonly Outcome[]> => {
  const plan = await attempt(dialect, { target: options.target, pattern: NOTHING })
  const fits = new RegExp(options.pattern ?? '')
  return lost(plan.report?.tests ?? [], report.tests).flatMap((test): readonly Outcome[] => {
    const hook = report.hooks.find(one => isAround(one, test))
    if (!(hook && fits.test([...test.groups, test.title].join(' ')))) return []
    return [{ ...test, result: 'failed', error: `its set-up failed: ${hook.error}` }]
  })
}

/** Runs it. Resolves whatever the tests do; `amiss` is what failed beside the tests, such as an error after the last of them. */
export const runContract = async (dialect: string, options: RunOptions): Promise<Run> => {
  const { report, code, lines } = await attempt(dialect, options)
  if (!report)
    return { type: 'broken', why: `the tests ended with ${code} and without a report: ${lines.at(-1) ?? ''}` }
  const unread = filesOf(dialect).find(file => !report.files.has(file))
  if (unread !== undefined) return { type: 'broken', why: `${unread} cannot be loaded: ${errorIn(unread, lines)}` }

  const hasFailed = report.hooks.length > 0 || report.tests.some(test => test.result === 'failed')
  const lostTests = report.hooks.length > 0 ? await failedByHooks(dialect, report, options) : []
  // A set-up that failed is told by the tests that waited for it, a clean-up by itself.
  const alone = report.hooks.filter(hook => !lostTests.some(test => isAround(hook, test)))
  const amiss = alone.map(
    hook => `${[hook.file, ...hook.groups].join(' > ')}: set-up or clean-up failed: ${hook.error}`,
  )
  if (code !== 0 && !hasFailed)
    amiss.push(`the tests ended with ${code}: ${lines.findLast(line => isError.test(line)) ?? ''}`)
  return { type: 'ran', tests: [...report.tests, ...lostTests], amiss }
}
