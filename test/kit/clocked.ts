// A whole server in this process whose clock stands still until a test moves it: for rules about minutes, hours and days, and for
// what no client can cause.
import { createLogger } from '../../src/base/log.ts'
import { dialects } from '../../src/dialects/index.ts'
import { createTestCore, MAX_FILE_BYTES, type TestCore, type TestCoreOptions } from './core.ts'
import { startHost } from './host/start-host.ts'
import { refuseForeign, type Target } from './target.ts'

/** Once it is disposed of, it throws what has gone wrong behind the scenes. */
export interface Clocked extends Target, AsyncDisposable {
  /** Its core, from inside. */
  readonly kit: TestCore
  readonly clock: TestCore['clock']
  /** Goes down, and stays so. */
  drain(): Promise<void>
}

export interface ClockedOptions extends Omit<TestCoreOptions, 'managers'> {
  /** Settings of the contracts' own. */
  readonly env?: Readonly<Record<string, string>>
  readonly trustedProxies?: readonly string[]
}

/** It speaks every contract. */
export const startClocked = async ({
  env = {},
  trustedProxies = [],
  ...options
}: ClockedOptions = {}): Promise<Clocked> => {
  refuseForeign()
  await using opened = new AsyncDisposableStack()
  const kit = opened.use(await createTestCore(options))
  const { core, clock, errors } = kit
  const log = createLogger('silent', { write: () => undefined })
  const settings = {
    publicUrl: () => host.url,
    rateLimits: options.rateLimits ?? false,
    maxFileBytes: MAX_FILE_BYTES,
    version: '0.0.0-test',
    env: (name: string) => env[name],
  }
  const host = opened.use(
    startHost(
      dialects.map(create => create({ core, clock, log, settings })),
      { clock, log, trustedProxies, drainMs: 1000 },
    ),
  )
  const { url, wsUrl } = host
  const running = opened.move()
  return {
    kit,
    clock,
    url,
    wsUrl,
    drain: () => host.listening.drain(),
    async [Symbol.asyncDispose]() {
      await running.disposeAsync()
      if (errors.length > 0) throw new AggregateError(errors, 'behind the scenes')
    },
  }
}
