// A server in this process whose clock stands still until a test moves it, for rules about minutes and days.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDiskBlobs } from '../../../src/adapters/blobs/disk/disk.ts'
import { createLocalBus } from '../../../src/adapters/bus/local/local.ts'
import { createLocalPresence } from '../../../src/adapters/presence/local/local.ts'
import { createLocalRates } from '../../../src/adapters/rates/local/local.ts'
import { createMemoryStore } from '../../../src/adapters/store/memory/store.ts'
import { manualClock } from '../../../src/base/clock.ts'
import { createLogger } from '../../../src/base/log.ts'
import { createMeter } from '../../../src/base/meter.ts'
import { passwordHasher } from '../../../src/base/secret.ts'
import { createCore, type Store } from '../../../src/core/index.ts'
import { createOpenchat } from '../../../src/dialects/openchat/index.ts'
import { listen } from '../../../src/host/listen.ts'
import { refuseForeign, type Target } from '../../kit/target.ts'

export interface Clocked extends Target, AsyncDisposable {
  readonly clock: ReturnType<typeof manualClock>
}

export interface ClockedOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly rateLimits?: boolean
  readonly trustedProxies?: readonly string[]
  /** Stands between the core and its store. */
  readonly around?: (store: Store) => Store
}

export const startClocked = async (options: ClockedOptions = {}): Promise<Clocked> => {
  refuseForeign()
  const { env = {}, rateLimits = false, trustedProxies = [], around = store => store } = options
  await using opened = new AsyncDisposableStack()
  const clock = manualClock()
  const log = createLogger('silent', { write: () => undefined })
  const folder = await mkdtemp(join(tmpdir(), 'parlance-openchat-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const store = around(opened.use(await createMemoryStore({ clock })))
  const core = opened.use(
    await createCore(
      {
        store,
        bus: createLocalBus(),
        blobs: await createDiskBlobs({ folder }),
        presence: createLocalPresence({ clock }),
        rates: createLocalRates({ clock }),
        clock,
        passwords: passwordHasher(4),
        onError: error => {
          throw error
        },
      },
      { rateLimits, maxFileBytes: 1_000_000 },
    ),
  )
  const settings = {
    publicUrl: () => listening.url,
    rateLimits,
    maxFileBytes: 1_000_000,
    version: '0.0.0-test',
    env: (name: string) => env[name],
  }
  const listening = listen({
    dialects: [createOpenchat({ core, clock, log, settings })],
    hostname: '127.0.0.1',
    port: 0,
    clock,
    log,
    meter: createMeter(),
    version: '0.0.0-test',
    ready: async () => true,
    routes: [],
    trustedProxies,
    drainMs: 1000,
  })
  opened.defer(() => listening.drain())
  const running = opened.move()
  const { url } = listening
  return {
    url,
    wsUrl: url.replace('http', 'ws'),
    clock,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
