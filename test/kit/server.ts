// A real server in a process of its own, on a free port and a fresh folder, for black-box tests.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** `ws://127.0.0.1:PORT` */
  readonly wsUrl: string
  readonly dataDir: string
  readonly pid: number
  /** Everything it has printed so far, both streams. */
  output(): string
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
  /** The exit code; 128 + signal number when killed. */
  readonly exited: Promise<number>
}

export interface ServerOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Kept after the server ends when given; else a temporary folder that goes with it. */
  readonly dataDir?: string
  readonly args?: readonly string[]
  /** Files it may have open; the runtime cannot raise it. */
  readonly openFiles?: number
}

const ROOT = join(import.meta.dir, '../..')
const START_DEADLINE = 20_000

/** Settings of every test server: cheap hashes, no rate limits, no ambient configuration. */
const testEnvironment = (extra: Readonly<Record<string, string>>): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? '',
  TMPDIR: tmpdir(),
  PARLANCE_RATE_LIMITS: 'off',
  PARLANCE_BCRYPT_COST: '4',
  PARLANCE_LOG: 'debug',
  ...extra,
})

/** Runs `parlance` to its end, for commands and refused starts. */
export const runParlance = async (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> => {
  const child = Bun.spawn([process.execPath, join(ROOT, 'src/main.ts'), ...args], {
    env: testEnvironment(env),
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, stdout, stderr }
}

/** Starts a server and waits until it listens. Rejects with its output when it ends before. */
export const startServer = async (options: ServerOptions = {}): Promise<TestServer> => {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'parlance-test-')))
  // Through a shell that becomes the server, so that signals reach it.
  const limited = options.openFiles ? ['sh', '-c', `ulimit -n ${options.openFiles} && exec "$0" "$@"`] : []
  const child = Bun.spawn(
    [
      ...limited,
      process.execPath,
      join(ROOT, 'src/main.ts'),
      'serve',
      '--host',
      '127.0.0.1',
      '--port',
      '0',
      '--data',
      dataDir,
      ...(options.args ?? []),
    ],
    { env: testEnvironment(options.env ?? {}), stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' },
  )
  let text = ''
  const { promise: listening, resolve, reject } = Promise.withResolvers<string>()
  const collect = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      text += decoder.decode(chunk, { stream: true })
      const match = /listening on (http:\/\/\S+)/.exec(text)
      if (match?.[1]) resolve(match[1])
    }
  }
  const printed = Promise.all([collect(child.stdout), collect(child.stderr)])
  const deadline = setTimeout(() => reject(new Error(`no server after ${START_DEADLINE} ms:\n${text}`)), START_DEADLINE)
  child.exited.then(async code => {
    await printed
    reject(new Error(`the server ended with ${code}:\n${text}`))
  })
  let url: string
  try {
    url = await listening
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  } finally {
    clearTimeout(deadline)
  }
  return {
    url,
    wsUrl: url.replace('http', 'ws'),
    dataDir,
    pid: child.pid,
    output: () => text,
    kill: signal => child.kill(signal),
    exited: child.exited.then(async code => {
      await printed
      return code
    }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await child.exited
      if (!options.dataDir) await rm(dataDir, { recursive: true, force: true })
    },
  }
}
