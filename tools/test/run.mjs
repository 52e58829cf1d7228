// `npm test`: every ring, one line each; what fails is printed in full. The last line is `N passed, N failed`.
// Plain Node without packages: it must be able to say that Bun is missing, or that Bun crashed.
import { availableParallelism, constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findBun } from '../../bin/find-bun.js'
import { runRing, stopAll } from './ring.mjs'
import { isWanted, sourceRings, testRings } from './rings.mjs'

/** @typedef {import('./rings.mjs').Ring} Ring */
/** @typedef {import('./ring.mjs').Result} Result */

const root = fileURLToPath(new URL('../..', import.meta.url))

/** @type {'SIGINT' | 'SIGTERM' | 'SIGHUP' | null} */
let interrupted = null

/** @param {readonly Ring[]} rings */
const help = rings => `Usage: npm test -- [ring…] [--timeout SECONDS]

Rings, in the order in which they run (none named: all):
  ${rings.map(ring => ring.name).join('\n  ')}

--timeout  Seconds after which a ring is killed with everything it started. Default 600.

A ring whose test/<ring>/provision.mjs finds that something is missing here is skipped, and says what.
The last line is "N passed, N failed", and ", N skipped" if any. The exit code is 0 only if something passed and nothing failed.
`

/**
 * @param {string} message
 * @returns {never}
 */
const refuse = message => {
  console.error(`npm test: ${message} (see npm test -- --help)`)
  process.exit(2)
}

const read = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { timeout: { type: 'string', default: '600' }, help: { type: 'boolean', short: 'h', default: false } },
    })
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

/** @param {Result} result */
const print = ({ name, passed, failed, skipped, ms, missing, output }) => {
  const mark = failed ? 'FAIL' : missing ? 'SKIP' : 'ok  '
  const counts = [
    `${passed} passed`,
    ...(failed ? [`${failed} failed`] : []),
    ...(skipped ? [`${skipped} skipped`] : []),
  ]
  const said = missing ? `needs ${missing}` : counts.join(', ')
  console.log(`${mark} ${name.padEnd(20)} ${said.padEnd(40)} ${(ms / 1000).toFixed(1).padStart(6)} s`)
  if (failed) console.log(`\n${output}`)
}

/**
 * @param {number} width how many may be at work at a time
 * @returns {<T>(work: () => Promise<T>) => Promise<T>}
 */
const limit = width => {
  let free = width
  /** @type {(() => void)[]} */
  const waiting = []
  return async work => {
    if (free > 0) free -= 1
    else await new Promise(resolve => waiting.push(() => resolve(null)))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}

/**
 * Runs `rings`, at most `width` at a time, and prints each in its turn.
 *
 * @param {readonly Ring[]} rings
 * @param {{ width: number, timeout: number }} options timeout in ms
 * @returns {Promise<Result[]>}
 */
const runAll = async (rings, { width, timeout }) => {
  const limited = limit(width)
  const running = rings.map(ring => limited(() => runRing(ring, { root, timeout })))
  for (const pending of running) {
    const result = await pending
    if (!interrupted) print(result)
  }
  return Promise.all(running)
}

const main = async () => {
  const { values, positionals } = read()
  const timeout = Number(values.timeout) * 1000
  if (!(timeout > 0)) return refuse(`--timeout is not a number of seconds: ${values.timeout}`)
  const bun = values.help ? 'bun' : findBun(root)
  const checks = sourceRings(root, bun)
  const tests = testRings(root, bun)
  const all = [...checks, ...tests]
  if (values.help) {
    console.log(help(all))
    return 0
  }
  const unknown = positionals.filter(name => !all.some(ring => isWanted(ring, [name])))
  if (unknown.length) return refuse(`there is no ring ${unknown.join(', ')}`)

  const wanted = (/** @type {Ring} */ ring) => isWanted(ring, positionals)
  const results = [
    ...(await runAll(checks.filter(wanted), { width: availableParallelism(), timeout })),
    ...(await runAll(tests.filter(wanted), { width: 1, timeout })),
  ]
  if (interrupted) return 128 + constants.signals[interrupted]
  /** @param {'passed' | 'failed' | 'skipped'} what */
  const total = what => results.reduce((sum, result) => sum + result[what], 0)
  const skipped = total('skipped') ? `, ${total('skipped')} skipped` : ''
  console.log(`\n${total('passed')} passed, ${total('failed')} failed${skipped}`)
  return total('passed') > 0 && total('failed') === 0 ? 0 : 1
}

// Rings have process groups of their own, so a Ctrl-C does not reach them by itself. A second one ends this at once.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.once(signal, () => {
    interrupted = signal
    stopAll()
  })
}

try {
  process.exitCode = await main()
} catch (error) {
  console.log(`npm test: ${error instanceof Error ? error.message : error}\n\n0 passed, 1 failed`)
  process.exitCode = 1
}
