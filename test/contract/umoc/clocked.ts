// The whole contract in this process, on a core whose clock the test moves: for rules about minutes and hours.
import { createLogger } from '../../../src/base/log.ts'
import { createMeter } from '../../../src/base/meter.ts'
import { createUmoc } from '../../../src/dialects/umoc/index.ts'
import { listen } from '../../../src/host/listen.ts'
import { createTestCore, type TestCore } from '../../kit/core.ts'
import type { Target } from './people.ts'

export interface Clocked extends Target, AsyncDisposable {
  readonly kit: TestCore
}

export interface ClockedOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly rateLimits?: boolean
  /** Files of what there is by now. */
  readonly kit?: TestCore
}

export const startClocked = async ({
  env = {},
  rateLimits = false,
  kit: given,
}: ClockedOptions = {}): Promise<Clocked> => {
  const kit = given ?? (await createTestCore({ rateLimits }))
  const { core, clock } = kit
  const log = createLogger('silent')
  const settings = {
    publicUrl: () => listening.url,
    rateLimits,
    maxFileBytes: 100_000_000,
    env: (name: string) => env[name],
  }
  const listening = listen({
    dialects: [createUmoc({ core, clock, log, settings })],
    hostname: '127.0.0.1',
    port: 0,
    clock,
    log,
    meter: createMeter(),
    version: 'test',
    ready: async () => true,
    routes: [],
  })
  const { url } = listening
  return {
    kit,
    url,
    wsUrl: url.replace('http', 'ws'),
    async [Symbol.asyncDispose]() {
      await listening.drain()
      if (!given) await kit[Symbol.asyncDispose]()
    },
  }
}
