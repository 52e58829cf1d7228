// The whole contract in this process, on a core whose clock the test moves: for rules about minutes and hours.
import { createLogger } from '../../../src/base/log.ts'
import { createMeter } from '../../../src/base/meter.ts'
import type { Actor } from '../../../src/core/index.ts'
import { door } from '../../../src/dialects/umoc/auth.ts'
import { createUmoc } from '../../../src/dialects/umoc/index.ts'
import { listen } from '../../../src/host/listen.ts'
import { createTestCore, type TestCore } from '../../kit/core.ts'
import { refuseForeign, type Target } from '../../kit/target.ts'
import type { Person } from './people.ts'

export interface Clocked extends Target, AsyncDisposable {
  readonly kit: TestCore
  /** Somebody who has registered, as the core knows him. */
  actor(username: string): Promise<Actor>
  befriend(one: Person, other: Person): Promise<void>
}

export interface ClockedOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly rateLimits?: boolean
}

export const startClocked = async ({ env = {}, rateLimits = false }: ClockedOptions = {}): Promise<Clocked> => {
  refuseForeign()
  const kit = await createTestCore({ rateLimits })
  const { core, clock } = kit
  const log = createLogger('silent')
  const settings = {
    publicUrl: () => listening.url,
    rateLimits,
    maxFileBytes: 1_000_000,
    version: '0.0.0-test',
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
  const actor = async (username: string): Promise<Actor> => {
    const profile = await core.people.byHandle(username)
    if (!profile) throw new Error(`nobody is called ${username}`)
    return { accountId: profile.accountId, profile, sessionId: null, door }
  }
  return {
    kit,
    actor,
    async befriend(one, other) {
      const [a, b] = [await actor(one.username), await actor(other.username)]
      await core.contacts.request(a, b.profile.id, null)
      await core.contacts.accept(b, { profileId: a.profile.id })
    },
    url,
    wsUrl: url.replace('http', 'ws'),
    async [Symbol.asyncDispose]() {
      await listening.drain()
      await kit[Symbol.asyncDispose]()
    },
  }
}
