// A server in this process whose clock stands still until a test moves it, for rules about hours and days.
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
import { createCore } from '../../../src/core/index.ts'
import { createWetty } from '../../../src/dialects/wetty/index.ts'
import { listen } from '../../../src/host/listen.ts'
import { refuseForeign, type Target } from '../../kit/target.ts'

export interface Clocked extends Target, AsyncDisposable {
  readonly clock: ReturnType<typeof manualClock>
}

export const startClocked = async (): Promise<Clocked> => {
  refuseForeign()
  await using opened = new AsyncDisposableStack()
  const clock = manualClock()
  const log = createLogger('silent', { write: () => undefined })
  const folder = await mkdtemp(join(tmpdir(), 'parlance-wetty-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const store = opened.use(await createMemoryStore({ clock }))
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
      { rateLimits: false, maxFileBytes: 1_000_000 },
    ),
  )
  const settings = {
    publicUrl: () => listening.url,
    rateLimits: false,
    maxFileBytes: 1_000_000,
    version: '0.0.0-test',
    env: () => undefined,
  }
  const listening = listen({
    dialects: [createWetty({ core, clock, log, settings })],
    hostname: '127.0.0.1',
    port: 0,
    clock,
    log,
    meter: createMeter(),
    version: '0.0.0-test',
    ready: async () => true,
    routes: [],
    drainMs: 1000,
  })
  opened.defer(() => listening.drain())
  const running = opened.move()
  const { url } = listening
  return { url, wsUrl: url.replace('http', 'ws'), clock, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
