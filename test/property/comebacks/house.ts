// A server that goes down and comes back on the same data, in this process: what a client resumes against.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDiskBlobs } from '../../../src/adapters/blobs/disk/disk.ts'
import { createLocalBus } from '../../../src/adapters/bus/local/local.ts'
import { createLocalPresence } from '../../../src/adapters/presence/local/local.ts'
import { createLocalRates } from '../../../src/adapters/rates/local/local.ts'
import { createMemoryStore } from '../../../src/adapters/store/memory/store.ts'
import { systemClock as clock } from '../../../src/base/clock.ts'
import { createLogger } from '../../../src/base/log.ts'
import { createMeter } from '../../../src/base/meter.ts'
import { passwordHasher } from '../../../src/base/secret.ts'
import { createCore, type Store } from '../../../src/core/index.ts'
import type { DialectFactory } from '../../../src/host/dialect.ts'
import { listen } from '../../../src/host/listen.ts'
import type { Target } from '../../kit/target.ts'

/** Its address is another one after a restart. */
export interface House extends Target, AsyncDisposable {
  /** Ends what is under way, links included, and starts again on what is stored. */
  restart(): Promise<void>
  /** From now on whatever is read from the store takes as many turns of the event loop, there and back, as this says. */
  slow(turns: () => number): void
  /** What went wrong behind the scenes. */
  readonly errors: readonly unknown[]
}

/** Lets the event loop go round. */
export const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

const slowed = <T extends object>(whole: T, names: (name: string) => boolean, turns: () => number): T =>
  new Proxy(whole, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (name === 'read') return slowed(value as object, () => true, turns)
      if (typeof value !== 'function') return value
      if (!names(String(name))) return value.bind(target)
      return async (...given: unknown[]) => {
        for (let left = turns(); left > 0; left--) await turn()
        const answer: unknown = await value.apply(target, given)
        for (let left = turns(); left > 0; left--) await turn()
        return answer
      }
    },
  })

const BYTES = 1_000_000

export const openHouse = async (makeDialect: DialectFactory): Promise<House> => {
  await using opened = new AsyncDisposableStack()
  const errors: unknown[] = []
  const noted = { write: (line: string) => void errors.push(line) }
  const log = createLogger('error', noted)
  const folder = await mkdtemp(join(tmpdir(), 'parlance-resume-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  let turns = (): number => 0
  const memory = opened.use(await createMemoryStore({ clock }))
  const store: Store = slowed(
    memory,
    name => name.startsWith('read') || name === 'markNow',
    () => turns(),
  )
  const blobs = await createDiskBlobs({ folder })

  const start = async () => {
    await using starting = new AsyncDisposableStack()
    const core = starting.use(
      await createCore(
        {
          store,
          blobs,
          bus: createLocalBus(),
          presence: createLocalPresence({ clock }),
          rates: createLocalRates({ clock }),
          clock,
          passwords: passwordHasher(4),
          onError: error => void errors.push(error),
        },
        { rateLimits: false, maxFileBytes: BYTES },
      ),
    )
    const settings = {
      publicUrl: () => listening.url,
      rateLimits: false,
      maxFileBytes: BYTES,
      version: '0.0.0-test',
      env: () => undefined,
    }
    const listening = listen({
      dialects: [makeDialect({ core, clock, log, settings })],
      hostname: '127.0.0.1',
      port: 0,
      clock,
      log,
      meter: createMeter(),
      version: settings.version,
      ready: async () => true,
      routes: [],
      drainMs: 1000,
    })
    starting.defer(() => listening.drain())
    const running = starting.move()
    return { url: listening.url, [Symbol.asyncDispose]: () => running.disposeAsync() }
  }

  let server = await start()
  opened.defer(() => server[Symbol.asyncDispose]())
  const open = opened.move()
  return {
    get url() {
      return server.url
    },
    get wsUrl() {
      return server.url.replace('http', 'ws')
    },
    errors,
    slow(how) {
      turns = how
    },
    async restart() {
      await server[Symbol.asyncDispose]()
      server = await start()
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}
