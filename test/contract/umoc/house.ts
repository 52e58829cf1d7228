// The socket of this contract in this process, on a core whose clock the test moves: for what no client can wait for.
import { createLogger } from '../../../src/base/log.ts'
import { createMeter } from '../../../src/base/meter.ts'
import type { Actor, Core } from '../../../src/core/index.ts'
import { door } from '../../../src/dialects/umoc/auth.ts'
import { createSocketServer } from '../../../src/dialects/umoc/endpoint.ts'
import { createEncoder, createProjection, type PeopleEvents } from '../../../src/dialects/umoc/projection.ts'
import { createScope, type FileRules } from '../../../src/dialects/umoc/scope.ts'
import { listen } from '../../../src/host/listen.ts'
import { createTestCore, type TestCore } from '../../kit/core.ts'
import { fakeDialect } from '../../kit/host/fake-dialect.ts'
import { refuseForeign, type Target } from '../../kit/target.ts'
import { Client, type ConnectOptions } from './client.ts'

/** Milliseconds without activity after which a session ends here. */
export const TTL = 120_000

/** What contacts and groups print is of no concern here. */
const noPeople = new Proxy({} as PeopleEvents, { get: () => null })

const files: FileRules = {
  cleanName: given => given || null,
  allowedType: given => given,
  uploadToken: fid => `token of ${fid}`,
  signedUrl: (fid, name, signature) => `/api/files/${fid}/${name}?signature=${signature}`,
}

export interface Inhabitant {
  readonly actor: Actor
  readonly num: number
  readonly secrets: { readonly sessionID: string; readonly token: string }
}

export interface House extends AsyncDisposable {
  readonly kit: TestCore
  readonly target: Target
  /** What was logged as failed. */
  readonly failures: unknown[]
  /** Somebody with a session. */
  person(handle: string): Promise<Inhabitant>
  connect(person: Inhabitant, options?: ConnectOptions): Promise<Client>
  dial(options: ConnectOptions): Client
  befriend(a: Inhabitant, b: Inhabitant): Promise<void>
}

export interface HouseOptions {
  readonly rateLimits?: boolean
  readonly requireToken?: boolean
  /** Stands in for parts of the core. */
  readonly change?: (core: Core) => Partial<Core>
}

export const openHouse = async ({
  rateLimits = false,
  requireToken = true,
  change,
}: HouseOptions = {}): Promise<House> => {
  refuseForeign()
  const kit = await createTestCore({ rateLimits })
  const core: Core = { ...kit.core, ...change?.(kit.core) }
  const failures: unknown[] = []
  const log = createLogger('silent')
  log.error = ((about: unknown) => failures.push(about)) as typeof log.error
  const settings = {
    publicUrl: () => '',
    rateLimits,
    maxFileBytes: 1_000_000,
    version: '0.0.0-test',
    env: () => undefined,
  }
  const scope = createScope(
    { core, clock: kit.clock, log, settings },
    {
      umoc: { requireToken, sessionTtlMs: TTL, maxFileBytes: 1_000_000 },
      identify: ({ sessionID, token }) =>
        token === null
          ? core.sessions.resume(sessionID, 'id', door)
          : core.sessions.resume(`${sessionID}.${token}`, 'pair', door),
      files,
    },
  )
  const events = createProjection(noPeople)
  const { routes, endpoints } = createSocketServer(scope, {
    encoder: createEncoder(events),
    events: {},
    loaders: new Map(),
  })
  const listening = listen({
    dialects: [fakeDialect({ name: 'umoc', claims: [{ path: '/socket.io' }], routes, endpoints })],
    hostname: '127.0.0.1',
    port: 0,
    clock: kit.clock,
    log,
    meter: createMeter(),
    version: 'test',
    ready: async () => true,
    routes: [],
  })
  const target = { url: listening.url, wsUrl: listening.url.replace('http', 'ws') }
  const clients: Client[] = []
  const dial = (options: ConnectOptions): Client => {
    const client = new Client(target.url, options)
    clients.push(client)
    return client
  }

  return {
    kit,
    target,
    failures,
    dial,
    async person(handle) {
      const actor = await kit.person(handle, door)
      const secrets = { sessionID: crypto.randomUUID(), token: crypto.randomUUID() }
      const { sessionID, token } = secrets
      const tokens = [
        { secret: `${sessionID}.${token}`, kind: 'pair', ttlMs: TTL },
        { secret: sessionID, kind: 'id', ttlMs: TTL },
      ]
      await core.sessions.open(actor.profile, { door, device: '', ttlMs: TTL, tokens })
      return { actor, num: actor.profile.num, secrets }
    },
    async connect({ secrets }, options = {}) {
      const client = dial({ query: secrets, ...options })
      await client.connected()
      return client
    },
    async befriend(a, b) {
      await core.contacts.request(a.actor, b.actor.profile.id, null)
      await core.contacts.accept(b.actor, { profileId: a.actor.profile.id })
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close()
      await listening.drain()
      await kit[Symbol.asyncDispose]()
    },
  }
}

/** How often `attempt` is let through, up to `most`; then its refusal. */
export const countUntilRefused = async (
  most: number,
  attempt: () => Promise<string>,
): Promise<readonly [passed: number, words: string]> => {
  for (let passed = 0; passed <= most; passed++) {
    const words = await attempt()
    if (words.startsWith('Rate limit')) return [passed, words]
  }
  return [most + 1, 'none']
}
