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
  type Attachment,
  type Core,
  createCore,
  type Door,
  type Encoder,
  type Fault,
  faultIn,
  type Note,
  type Profile,
  type Store,
} from '../../src/core/index.ts'

/** Passwords in the clear: what is tested here is not bcrypt. */
const plainPasswords: PasswordHasher = {
  hash: async password => `${crypto.randomUUID()} ${password}`,
  verify: async (password, hash) => hash?.slice(37) === password,
}

export const openDoor: Door = {
  name: 'open',
  needsFriendship: false,
  recallWindow: null,
  addsFriendsOnly: false,
  recallsOthers: true,
  readsPublic: false,
  ownerLeaving: 'followed',
}
export const strictDoor: Door = {
  name: 'strict',
  needsFriendship: true,
  recallWindow: 120_000,
  addsFriendsOnly: false,
  recallsOthers: true,
  readsPublic: false,
  ownerLeaving: 'refused',
}

export interface TestCore extends AsyncDisposable {
  /** The core of now: another one after a restart. */
  readonly core: Core
  readonly clock: ReturnType<typeof manualClock>
  /** Faults behind the scenes; a test that expects none asserts that it is empty. */
  readonly errors: unknown[]
  person(handle: string, door?: Door): Promise<Actor>
  /** Everything a follower of this actor hears from now on. */
  listen(actor: Pick<Actor, 'profile'>): Promise<readonly Note[]>
  /** A file of this actor's with `text` in it. */
  upload(actor: Actor, text?: string): Promise<Attachment>
  /** Ends the core and builds another on the same store and files, as a restart of the server does. */
  restart(): Promise<void>
}

export interface TestCoreOptions {
  readonly rateLimits?: boolean
  readonly managers?: readonly string[]
  /** Stands between the core and its store. */
  readonly around?: (store: Store) => Store
}

/** Bytes of one file there. */
export const MAX_FILE_BYTES = 1_000_000

export const createTestCore = async ({
  rateLimits = false,
  managers = [],
  around = store => store,
}: TestCoreOptions = {}): Promise<TestCore> => {
  const clock = manualClock()
  const errors: unknown[] = []
  const folder = await mkdtemp(join(tmpdir(), 'parlance-core-'))
  const store = await createMemoryStore({ clock })
  const blobs = await createDiskBlobs({ folder })
  const start = (): Promise<Core> =>
    createCore(
      {
        store: around(store),
        bus: createLocalBus(),
        blobs,
        presence: createLocalPresence({ clock }),
        rates: createLocalRates({ clock }),
        clock,
        passwords: plainPasswords,
        onError: error => void errors.push(error),
      },
      { rateLimits, maxFileBytes: MAX_FILE_BYTES, managers },
    )
  let core = await start()
  const actorOf = (profile: Profile, door: Door): Actor => ({
    accountId: profile.accountId,
    profile,
    sessionId: null,
    door,
  })
  const encoder: Encoder = { name: 'test', encode: note => [{ frame: note.body.type }] }
  return {
    get core() {
      return core
    },
    clock,
    errors,
    person: async (handle, door = openDoor) =>
      actorOf(await core.accounts.register({ handle, password: 'password', address: '127.0.0.1' }), door),
    async listen(actor) {
      const heard: Note[] = []
      await core.feed.follow({ profileId: actor.profile.id, deliver: (_frame, note) => void heard.push(note) }, encoder)
      return heard
    },
    upload(actor, text = 'some bytes') {
      const bytes = (async function* () {
        yield new TextEncoder().encode(text)
      })()
      return core.files.upload(actor, { name: 'a.txt', mime: 'text/plain', bytes })
    },
    async restart() {
      await core[Symbol.asyncDispose]()
      core = await start()
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

/** What became of several attempts at once: the kinds of fault, and `ok`, each with how often. Fails the test on a bug. */
export const outcomesOf = async (attempts: readonly Promise<unknown>[]): Promise<Readonly<Record<string, number>>> => {
  const counts: Record<string, number> = {}
  for (const { status, ...rest } of await Promise.allSettled(attempts)) {
    const fault = status === 'rejected' && 'reason' in rest ? faultIn(rest.reason) : null
    if (status === 'rejected' && !fault) throw 'reason' in rest ? rest.reason : new Error('rejected')
    const kind = fault?.kind ?? 'ok'
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  return counts
}

/** The types of what was heard, in order. */
export const typesOf = (notes: readonly Note[]): readonly string[] => notes.map(note => note.body.type)

/** The bodies of one type among what was heard, in order. */
export const bodiesOf = <T extends Note['body']['type']>(notes: readonly Note[], type: T) =>
  notes.flatMap(({ body }) => (body.type === type ? [body as Extract<Note['body'], { type: T }>] : []))
