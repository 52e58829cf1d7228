// Servers under measurement: started, asked for their CPU time and memory, stopped.
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Measured extends AsyncDisposable {
  readonly url: string
  /** CPU time used so far, user and system, in milliseconds. Granularity 10 ms. */
  cpuMs(): number
  /** Resident memory in bytes. */
  rss(): number
}

const ROOT = join(import.meta.dir, '../..')

/** CPU time of a process so far, user and system, in milliseconds. Granularity 10 ms. */
export const cpuMsOf = (pid: number): number => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Runs a command that prints `listening on http://…`, and waits for that line. */
const startMeasured = async (
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Measured> => {
  const child = Bun.spawn([...command], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const url = await firstUrl(child.stdout)
  return {
    url,
    cpuMs: () => cpuMsOf(child.pid),
    rss: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await child.exited
    },
  }
}

const firstUrl = async (stream: ReadableStream<Uint8Array>): Promise<string> => {
  const decoder = new TextDecoder()
  const reader = stream.getReader()
  let text = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`the server ended before it listened: ${text}`)
    text += decoder.decode(value, { stream: true })
    const url = /listening on (http:\/\/\S+)/.exec(text)?.[1]
    if (!url) continue
    // Keep the pipe empty, or the server blocks on it one day.
    const drain = async () => {
      while (!(await reader.read()).done);
    }
    drain().catch(() => undefined)
    return url
  }
}

/** A Parlance of this checkout, on a folder of its own, with its real durability and without rate limits. */
export const startParlance = async (env: Readonly<Record<string, string>> = {}): Promise<Measured> => {
  const data = await mkdtemp(join(tmpdir(), 'parlance-bench-'))
  const server = await startMeasured(
    [process.execPath, 'src/main.ts', 'serve', '--host', '127.0.0.1', '--port', '0', '--data', data],
    { PARLANCE_RATE_LIMITS: 'off', PARLANCE_BCRYPT_COST: '4', PARLANCE_LOG: 'warn', ...env },
  )
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await rm(data, { recursive: true, force: true })
    },
  }
}

/** A peer under `bench/peers`, on Node. */
export const startPeer = (name: string): Promise<Measured> => startMeasured(['node', `bench/peers/${name}.mjs`])
