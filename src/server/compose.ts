// Puts the parts together: adapters under the core, the core under the dialects, the dialects under the host.
import { join, resolve } from 'node:path'
import pkg from '../../package.json' with { type: 'json' }
import { createDiskBlobs } from '../adapters/blobs/disk/disk.ts'
import { createLocalBus } from '../adapters/bus/local/local.ts'
import { createLocalPresence } from '../adapters/presence/local/local.ts'
import { openSqliteStore } from '../adapters/store/sqlite/store.ts'
import { systemClock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { createMeter } from '../base/meter.ts'
import { passwordHasher } from '../base/secret.ts'
import { createCore } from '../core/index.ts'
import { dialects } from '../dialects/index.ts'
import { type Listening, listen } from '../host/listen.ts'
import type { Config } from './config.ts'
import { socketsThatFit } from './descriptors.ts'
import { sweepOrphans } from './orphans.ts'
import { pages } from './pages.ts'
import { openRates } from './rates.ts'

export interface Running extends AsyncDisposable {
  readonly listening: Listening
}

/** WebSockets of one address, unless configured otherwise: an office behind one address, and no army. */
const SOCKETS_PER_ADDRESS = 1000

/** An address that listens everywhere is no address to go to. */
const reachable = (url: string): string => url.replace(/\/\/(0\.0\.0\.0|\[::\])(?=:|$)/, '//localhost')

type Environment = Readonly<Record<string, string | undefined>>

/** Opens the data folder and listens. `onBroken` is called once when nothing can be stored any more. */
export const compose = async (
  config: Config,
  env: Environment,
  log: Logger,
  onBroken: (error: Error) => void,
): Promise<Running> => {
  await using opened = new AsyncDisposableStack()
  const clock = systemClock
  const meter = createMeter()
  const folder = resolve(config.dataDir)
  const onError = (error: unknown, doing: string) => log.error({ error }, doing)

  const store = opened.use(
    await openSqliteStore({
      folder,
      clock,
      onBroken,
      onBatch: works => meter.commit(works),
      onBackup: path => log.info({ path }, 'copied the database before changing its schema'),
    }),
  )
  const blobs = opened.use(await createDiskBlobs({ folder: join(folder, 'files') }))
  const core = opened.use(
    await createCore(
      {
        store,
        bus: opened.use(createLocalBus({ onError: error => onError(error, 'hearing the bus') })),
        blobs,
        presence: opened.use(createLocalPresence({ clock })),
        rates: opened.use(openRates(config.rateLimits ? config.redisUrl : null, clock, log)),
        clock,
        passwords: passwordHasher(config.bcryptCost),
        onError,
      },
      { rateLimits: config.rateLimits, maxFileBytes: config.maxFileBytes, managers: config.managers },
    ),
  )
  const known = async (blob: string) => (await store.read.attachmentByBlob(blob)) !== null
  opened.use(sweepOrphans({ blobs, known, clock, log }))
  const maxSockets = config.maxSockets ?? socketsThatFit()
  // No address alone takes all there is.
  const socketsPerAddress = config.socketsPerAddress ?? Math.min(SOCKETS_PER_ADDRESS, Math.ceil(maxSockets / 2))
  const settings = {
    publicUrl: () => config.publicUrl ?? reachable(listening.url),
    rateLimits: config.rateLimits,
    maxFileBytes: config.maxFileBytes,
    version: pkg.version,
    host: config.host,
    env: (name: string) => env[name] || undefined,
  }
  const listening: Listening = listen({
    dialects: dialects.map(create => create({ core, clock, log, settings })),
    hostname: config.host,
    port: config.port,
    clock,
    log,
    meter,
    version: pkg.version,
    ready: async () => (await store.read.conversationBySlug('general')) !== null,
    routes: pages(core),
    trustedProxies: config.trustedProxies,
    corsOrigins: config.corsOrigins,
    maxSockets,
    socketsPerAddress: config.rateLimits ? socketsPerAddress : null,
    outboxBytes: config.outboxBytes,
  })
  opened.defer(() => listening.drain())
  const running = opened.move()
  return { listening, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
