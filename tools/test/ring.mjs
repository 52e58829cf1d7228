// Runs one ring in a process group of its own, within its time, and counts what happened.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * What `provision` of a ring's provision.mjs resolves with: the variables its tests find the engine by and how to put it away
 * again, or what is missing here, which skips the ring.
 *
 * @typedef {{ env?: Record<string, string>, release?: () => Promise<void> } | { missing: string }} Provision
 */

/**
 * @typedef {object} Result
 * @property {string} name
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {number} ms
 * @property {string} output everything it printed
 * @property {string | null} missing why it was skipped as a whole
 */

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** @type {Set<number>} process groups that are alive */
const groups = new Set()

/** @param {number} pid leader of the group */
const killGroup = pid => {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // nobody is left in it
  }
}

let stopped = false

/** Ends whatever is running now, with everything it started; what has not begun fails at once. */
export const stopAll = () => {
  stopped = true
  for (const pid of groups) killGroup(pid)
}

/**
 * Output goes to a file, not a pipe: a process that a test forgot keeps no pipe open, so nothing waits for it.
 *
 * @param {readonly string[]} command
 * @param {{ root: string, env: Record<string, string>, log: string, timeout: number }} how timeout in ms
 * @returns {Promise<string | null>} why it failed, null when it exited with 0
 */
const runCommand = (command, { root, env, log, timeout }) =>
  new Promise(resolve => {
    if (stopped) return resolve('was interrupted')
    const [file = '', ...args] = command
    const out = openSync(log, 'a')
    const child = spawn(file, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', out, out],
      detached: true,
    })
    closeSync(out)
    const { pid } = child
    if (pid !== undefined) groups.add(pid)
    let late = false
    const guard = setTimeout(() => {
      late = true
      if (pid !== undefined) killGroup(pid)
    }, timeout)
    /** @param {string | null} why */
    const end = why => {
      clearTimeout(guard)
      if (pid !== undefined) {
        killGroup(pid)
        groups.delete(pid)
      }
      resolve(why)
    }
    child.on('error', error => end(`could not be started: ${error.message}`))
    child.on('exit', (code, signal) => {
      if (late) end(`took longer than ${timeout / 1000} s and was killed`)
      else if (signal) end(`was killed by ${signal}`)
      else end(code === 0 ? null : `exited with ${code}`)
    })
  })

/**
 * @param {string} file a junit report as `bun test` writes it
 * @returns {Counts | null} null when there is none
 */
const readReport = file => {
  const head = existsSync(file) ? /<testsuites\s[^>]*>/.exec(readFileSync(file, 'utf8'))?.[0] : undefined
  if (head === undefined) return null
  /** @param {string} name */
  const number = name => Number(new RegExp(`\\s${name}="(\\d+)"`).exec(head)?.[1])
  const [tests, failed, skipped] = [number('tests'), number('failures'), number('skipped')]
  return Number.isNaN(tests + failed + skipped) ? null : { passed: tests - failed - skipped, failed, skipped }
}

/**
 * A ring passes only if all its processes exit with 0; one that failed without a failed test counts one failure. What passed
 * is left out of the output, unless there is no report: then the last test that passed says where it hung or crashed.
 *
 * @param {import('./rings.mjs').Ring} ring
 * @param {string | null} why the failure of a command
 * @param {{ report: string, log: string }} files
 * @returns {Counts & { output: string }}
 */
const judge = (ring, why, { report, log }) => {
  const output = readFileSync(log, 'utf8').trimEnd()
  /** @param {string} text @param {string | null} end */
  const said = (text, end) => (end ? `${text}\n${ring.name} ${end}\n` : `${text}\n`)
  if (!ring.report) return { passed: why ? 0 : 1, failed: why ? 1 : 0, skipped: 0, output: said(output, why) }
  const counts = readReport(report)
  if (!counts) return { passed: 0, failed: 1, skipped: 0, output: said(output, why ?? 'left no report of its tests') }
  const failed = why && counts.failed === 0 ? 1 : counts.failed
  return { ...counts, failed, output: said(output.replace(/^\(pass\) .*\n/gm, ''), why) }
}

/**
 * @param {import('./rings.mjs').Ring} ring
 * @param {{ root: string, timeout: number }} options timeout in ms, for each of its commands
 * @returns {Promise<Result>}
 */
export const runRing = async (ring, { root, timeout }) => {
  const began = performance.now()
  const dir = mkdtempSync(join(tmpdir(), 'parlance-ring-'))
  const log = join(dir, 'log')
  const report = join(dir, 'report.xml')
  /** @param {Counts & { output?: string, missing?: string }} counts @returns {Result} */
  const result = counts => ({ output: '', missing: null, ...counts, name: ring.name, ms: performance.now() - began })
  try {
    /** @type {Provision} */
    const provision =
      ring.provision && !stopped ? await (await import(pathToFileURL(ring.provision).href)).provision() : {}
    if ('missing' in provision) return result({ passed: 0, failed: 0, skipped: 1, missing: provision.missing })
    try {
      let why = null
      for (const command of ring.commands) {
        why ??= await runCommand([...command, ...(ring.report?.(report) ?? [])], {
          root,
          env: provision.env ?? {},
          log,
          timeout,
        })
      }
      return result(judge(ring, why, { report, log }))
    } finally {
      await provision.release?.()
    }
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return result({ passed: 0, failed: 1, skipped: 0, output: `${ring.name} could not be run: ${text}\n` })
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
