#!/usr/bin/env node
// `npx parlance …` and `npm start`: runs src/main.ts under Bun and steps aside. Signals go in, the exit code comes out.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findBun } from './find-bun.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** @param {unknown} error */
const fail = error => {
  console.error(`parlance: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}

/** @param {string} bun */
const run = bun => {
  /** @param {NodeJS.Signals} signal */
  const forward = signal => child.kill(signal)
  // Before there is a child: it may be told to stop as soon as it runs.
  process.on('SIGTERM', forward)
  process.on('SIGHUP', forward)
  // Ctrl-C reaches the whole foreground group by itself; passed on as well, the server would see it twice.
  process.on('SIGINT', signal => process.stdin.isTTY || forward(signal))
  const child = spawn(bun, [join(root, 'src/main.ts'), ...process.argv.slice(2)], { stdio: 'inherit' })
  child.on('error', fail)
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

try {
  run(findBun(root))
} catch (error) {
  fail(error)
}
