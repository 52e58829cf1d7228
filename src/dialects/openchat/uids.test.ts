import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Core, Profile } from '../../core/index.ts'
import { createUids, deriveUid } from './uids.ts'

const HOME = '0d5f6a8b-1f43-4f4f-9d8e-9ab6f913f4f8'
const OTHER = '0d5f6a8b-1f43-4f4f-9d8e-9ab6f913f4f9'
const KEY = 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w'

/** As much of a core as uids ask for. */
const coreWith = (people: readonly Pick<Profile, 'id' | 'rootKey'>[], secret = 'secret') => {
  const aliases = new Map<string, string>()
  const find = (id: string | undefined) => (people.find(person => person.id === id) ?? null) as Profile | null
  return {
    keyFor: (purpose: string) => `${secret} ${purpose}`,
    spaces: { homeId: HOME },
    people: {
      byId: async (id: string) => find(id),
      byAlias: async (scope: string, alias: string) => find(aliases.get(`${scope} ${alias}`)),
      setAlias: async (id: string, scope: string, alias: string) => {
        aliases.set(`${scope} ${alias}`, id)
      },
    },
  } as unknown as Core
}

test('OC23: the name of a key is a digest of server and key', () => {
  expect(deriveUid(HOME, KEY)).toBe('uid_b5ae97810f6787a093a0afa44107643f')
  expect(deriveUid(OTHER, KEY)).not.toBe(deriveUid(HOME, KEY))
})

describe('names', () => {
  const named = { id: '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b', rootKey: null }
  const keyed = { id: '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0c', rootKey: KEY }

  test('OC39: of whoever came otherwise lead back without a table, on their server only', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uuid(), async id => {
        const person = { id, rootKey: null }
        const uids = createUids(coreWith([person]), 'server_scoped')
        const uid = uids.of(HOME, person)
        expect(uid).toMatch(/^uid_[0-9a-f]{32}$/)
        expect(uid).not.toContain(id.replaceAll('-', ''))
        expect((await uids.profileBy(HOME, uid))?.id).toBe(id)
        expect(await uids.profileBy(OTHER, uid)).toBeNull()
      }),
    )
  })

  test('OC39: are the same after a restart, and others under another secret', () => {
    const uid = createUids(coreWith([]), 'server_scoped').of(HOME, named)
    expect(createUids(coreWith([]), 'server_scoped').of(HOME, named)).toBe(uid)
    expect(createUids(coreWith([], 'another'), 'server_scoped').of(HOME, named)).not.toBe(uid)
  })

  test('OC23: of whoever came by a key are found once they have been kept', async () => {
    const uids = createUids(coreWith([keyed, named]), 'server_scoped')
    const uid = uids.of(HOME, keyed)
    expect(uid).toBe(deriveUid(HOME, KEY))
    expect(await uids.profileBy(HOME, uid)).toBeNull()
    await uids.keep(HOME, keyed)
    await uids.keep(HOME, named)
    expect((await uids.profileBy(HOME, uid))?.id).toBe(keyed.id)
    expect(await uids.profileBy(OTHER, uid)).toBeNull()
  })

  test('OC23: nobody who came by a key has a second name', async () => {
    const uids = createUids(coreWith([keyed]), 'server_scoped')
    const enciphered = uids.of(HOME, { ...keyed, id: keyed.id, rootKey: null })
    expect(await createUids(coreWith([keyed]), 'server_scoped').profileBy(HOME, enciphered)).toBeNull()
  })

  test('OC20: are those of home everywhere, where uids are global', async () => {
    const uids = createUids(coreWith([keyed, named]), 'global')
    for (const person of [keyed, named]) {
      await uids.keep(OTHER, person)
      const uid = uids.of(OTHER, person)
      expect(uid).toBe(uids.of(HOME, person))
      expect((await uids.profileBy(OTHER, uid))?.id).toBe(person.id)
      expect((await uids.profileBy(HOME, uid))?.id).toBe(person.id)
    }
  })

  test('OC93: what cannot be a name is nobody’s', async () => {
    const uids = createUids(coreWith([named]), 'server_scoped')
    for (const uid of ['uid_system', 'uid_', '', named.id, `uid_${'0'.repeat(32)}`, `uid_${'F'.repeat(32)}`]) {
      expect(await uids.profileBy(HOME, uid)).toBeNull()
    }
  })
})
