// All generated documents, by path. They are committed; a test says when they are stale.
import pkg from '../../package.json' with { type: 'json' }
import { systemClock } from '../../src/base/clock.ts'
import { createLogger } from '../../src/base/log.ts'
import type { Core } from '../../src/core/index.ts'
import { dialects } from '../../src/dialects/index.ts'
import { asyncApi } from '../../src/host/asyncapi.ts'
import type { Dialect, DialectContext } from '../../src/host/dialect.ts'
import { openApi } from '../../src/host/openapi.ts'
import { configPage } from './config.ts'
import { interopPage } from './interop.ts'
import { home } from './samples.ts'

/** A core that signs no real links and does nothing else: describing a dialect needs none. */
const core = {
  files: {
    link: (fid: string) => `/files/${fid}`,
    token: () => ({ token: 'token', expiresAt: 0 }),
  },
  spaces: { homeId: home },
  keyFor: (purpose: string) => purpose,
} as unknown as Core

const context: DialectContext = {
  core,
  clock: systemClock,
  log: createLogger('silent'),
  settings: {
    publicUrl: () => 'http://localhost:8080',
    rateLimits: true,
    maxFileBytes: 512 * 1024 * 1024,
    version: pkg.version,
    env: () => undefined,
  },
}

/** Every dialect, to be described. */
export const described: readonly Dialect[] = dialects.map(create => create(context))

export const documents = (): ReadonlyMap<string, string> => {
  const apis = described.flatMap(dialect =>
    Object.entries({ openapi: openApi, asyncapi: asyncApi }).map(
      ([kind, describe]) =>
        [`docs/${kind}/${dialect.name}.json`, `${JSON.stringify(describe(dialect, pkg.version), null, 2)}\n`] as const,
    ),
  )
  return new Map([...apis, ['docs/interop.md', interopPage(described)], ['docs/config.md', configPage()]])
}
