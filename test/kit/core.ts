// A core on the memory store with a clock that stands still, for tests of what no contract can show from outside.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDiskBlobs } from '../../src/adapters/blobs/disk/disk.ts'
import { createLocalBus } from '../../src/adapters/bus/local/local.ts'
import { createLocalPresence } from '../../src/adapters/presence/local/local.ts'
import { createLocalRates } from '../../src/adapters/rates/local/local.ts'
import { createMemoryStore } from '../../src/adapters/store/memory/store.ts'
import { manualClock } from '../../src/base/clock.ts'
import type { PasswordHasher } from '../../src/base/secret.ts'
import {
  type Actor,
  type Core,
  createCore,
  type Door,
  type Encoder,
  type Fault,
  faultIn,
  type Note,
  type Profile,
} from '../../src/core/index.ts'

/** Passwords in the clear: what is tested here is not bcrypt. */
const plainPasswords: PasswordHasher = {
  hash: async password => `${crypto.randomUUID()} ${password}`,
  verify: async (password, hash) => hash?.slice(37) === password,
}

export const openDoor: Door = { name: 'open', needsFriendship: false, recallWindow: null, ownerLeaving: 'followed' }
export const strictDoor: Door = {
  name: 'strict',
  needsFriendship: true,
  recallWindow: 120_000,
  ownerLeaving: 'refused',
}

export interface TestCore extends AsyncDisposable {
  readonly core: Core
  readonly clock: ReturnType<typeof manualClock>
  /** Faults behind the scenes; a test that expects none asserts that it is empty. */
  readonly errors: unknown[]
  person(handle: string, door?: Door): Promise<Actor>
  /** Everything a follower of this actor hears from now on. */
  listen(actor: Actor): Promise<readonly Note[]>
}

export const createTestCore = async (options: { readonly rateLimits?: boolean } = {}): Promise<TestCore> => {
  const clock = manualClock()
  const errors: unknown[] = []
  const folder = await mkdtemp(join(tmpdir(), 'parlance-core-'))
  const store = await createMemoryStore({ clock })
  const blobs = await createDiskBlobs({ folder })
  const core = await createCore(
    {
      store,
      bus: createLocalBus(),
      blobs,
      presence: createLocalPresence({ clock }),
      rates: createLocalRates({ clock }),
      clock,
      passwords: plainPasswords,
      onError: error => void errors.push(error),
    },
    { rateLimits: options.rateLimits ?? false, maxFileBytes: 1_000_000 },
  )
  const actorOf = (profile: Profile, door: Door): Actor => ({
    accountId: profile.accountId,
    profile,
    sessionId: null,
    door,
  })
  const encoder: Encoder = { name: 'test', encode: note => [{ frame: note.body.type }] }
  return {
    core,
    clock,
    errors,
    person: async (handle, door = openDoor) =>
      actorOf(await core.accounts.register({ handle, password: 'password', address: '127.0.0.1' }), door),
    async listen(actor) {
      const heard: Note[] = []
      await core.feed.follow({ profileId: actor.profile.id, deliver: (_frame, note) => void heard.push(note) }, encoder)
      return heard
    },
    async [Symbol.asyncDispose]() {
      await core[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The fault with which a promise is refused. Fails the test when it is not, or by a bug. */
export const faultOf = async (promise: Promise<unknown>): Promise<Fault> => {
  try {
    await promise
  } catch (error) {
    const fault = faultIn(error)
    if (fault) return fault
    throw error
  }
  throw new Error('not refused')
}
