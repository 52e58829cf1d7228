// The server that a contract suite tests: the one at PARLANCE_TARGET, else a server of each file's own.
//
// Not every test can be run against a server that is only a base URL. Such a test says so where it is declared:
// `test.skipIf(foreign)` when it needs settings, a clock, a restart or the inside of a server, `test.skipIf(lacks('wetty'))` when
// it needs another contract at the same origin. It is skipped there, and its rule does not count as proven.
import { afterAll, beforeAll } from 'bun:test'
import { type ServerOptions, startServer, type TestServer } from './server.ts'

export interface Target {
  /** Without a slash at its end. */
  readonly url: string
  readonly wsUrl: string
}

export type Dialect = 'openchat' | 'umoc' | 'chatapp' | 'msgr' | 'wetty'

const given = process.env.PARLANCE_TARGET?.replace(/\/+$/, '') || null

/** Whether the server is somebody else's: used before, configured by others, known by its base URL alone. */
export const foreign = given !== null

interface Probe {
  readonly path: string
  // biome-ignore lint/suspicious/noExplicitAny: what a server answers is looked into, not relied upon
  readonly fits: (status: number, body: any) => boolean
}

/** What tells a contract from the others and from silence: how it asks for credentials, or its document. */
const probes = {
  openchat: { path: '/client/capabilities', fits: (status, body) => status === 200 && typeof body === 'object' },
  umoc: { path: '/user', fits: (status, body) => status === 401 && typeof body?.message === 'string' },
  chatapp: { path: '/api/users/me', fits: (status, body) => status === 401 && typeof body?.detail === 'string' },
  msgr: { path: '/api/conversations', fits: (status, body) => status === 401 && Array.isArray(body?.errors) },
  wetty: { path: '/users/profile', fits: (status, body) => status === 401 && body?.error?.code === 'unauthorized' },
} satisfies Record<Dialect, Probe>

const PROBE_DEADLINE = 10_000

const speaks = async (url: string, { path, fits }: Probe): Promise<boolean> => {
  try {
    const answer = await fetch(url + path, { signal: AbortSignal.timeout(PROBE_DEADLINE) })
    return fits(answer.status, await answer.json())
  } catch {
    return false
  }
}

const askWhatIsLacking = async (url: string): Promise<ReadonlySet<string>> => {
  const asked = Object.entries(probes).map(async ([name, probe]) => ((await speaks(url, probe)) ? [] : [name]))
  return new Set((await Promise.all(asked)).flat())
}

/** Asked once for all files of a run: they share this module. A server of ours is asked for nothing: it speaks all of them. */
const lacking: ReadonlySet<string> = given === null ? new Set() : await askWhatIsLacking(given)

/** Whether the target does not speak one of these contracts, in which people of the tested one meet people of others. */
export const lacks = (...dialects: readonly Dialect[]): boolean => dialects.some(dialect => lacking.has(dialect))

/**
 * To be called by whatever starts a server for one test. What passes there says nothing about a foreign target, so a test that
 * is not skipped must fail.
 */
export const refuseForeign = (): void => {
  if (foreign) throw new Error('this needs a server of its own: mark it with skipIf(foreign)')
}

/** A server of ours, for tests that are skipped when the target is foreign. */
export const startOwn = async (options: ServerOptions = {}): Promise<TestServer> => {
  refuseForeign()
  return startServer(options)
}

/**
 * The server under test; to be called once at the top of a file, or in a group. With settings of its own it is always one of
 * ours, for tests that are skipped when the target is foreign.
 */
export const useTarget = (env: Readonly<Record<string, string>> = {}): Target => {
  let server: TestServer | null = null
  beforeAll(async () => {
    if (!foreign) server = await startServer({ env })
  }, 30_000)
  afterAll(() => server?.[Symbol.asyncDispose]())
  const url = (): string => {
    if (Object.keys(env).length > 0) refuseForeign()
    return given ?? server?.url ?? ''
  }
  return {
    get url() {
      return url()
    },
    get wsUrl() {
      return url().replace(/^http/, 'ws')
    },
  }
}
