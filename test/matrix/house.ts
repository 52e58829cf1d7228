// A whole server in this process, for what no contract so far can do from outside.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { createDiskBlobs } from '../../src/adapters/blobs/disk/disk.ts'
import { createLocalBus } from '../../src/adapters/bus/local/local.ts'
import { createLocalPresence } from '../../src/adapters/presence/local/local.ts'
import { createLocalRates } from '../../src/adapters/rates/local/local.ts'
import { createMemoryStore } from '../../src/adapters/store/memory/store.ts'
import { systemClock } from '../../src/base/clock.ts'
import { createLogger } from '../../src/base/log.ts'
import { passwordHasher } from '../../src/base/secret.ts'
import { type Core, createCore } from '../../src/core/index.ts'
import { dialects } from '../../src/dialects/index.ts'
import { startHost } from '../kit/host/start-host.ts'

export interface House extends AsyncDisposable {
  readonly url: string
  readonly core: Core
}

const MAX_FILE_BYTES = 1_000_000

export const openHouse = async (): Promise<House> => {
  await using opened = new AsyncDisposableStack()
  const clock = systemClock
  const folder = await mkdtemp(`${tmpdir()}/parlance-house-`)
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const core = opened.use(
    await createCore(
      {
        store: opened.use(await createMemoryStore({ clock })),
        bus: createLocalBus(),
        blobs: await createDiskBlobs({ folder }),
        presence: createLocalPresence({ clock }),
        rates: createLocalRates({ clock }),
        clock,
        passwords: passwordHasher(4),
        onError(error) {
          throw error
        },
      },
      { rateLimits: false, maxFileBytes: MAX_FILE_BYTES },
    ),
  )
  const settings = {
    publicUrl: (): string => host.url,
    rateLimits: false,
    maxFileBytes: MAX_FILE_BYTES,
    version: '0.0.0-test',
    env: () => undefined,
  }
  const log = createLogger('error')
  const host = opened.use(
    startHost(
      dialects.map(create => create({ core, clock, log, settings })),
      { clock, log },
    ),
  )
  const house = opened.move()
  return { url: host.url, core, [Symbol.asyncDispose]: () => house.disposeAsync() }
}
