// What people are called here: one opaque name for each person on each server (OC20, OC23, OC39; docs/adr/0007).
//
// Who came by a key is called by a digest of that key, as the contract derives it. Everybody else is called by the profile's
// own id under a block cipher whose key stays with the data: the name needs no table, never changes, is not to be derived
// from what is public, and can be turned back.
import { type BlockCipher, blockCipher, sha256 } from '../../base/secret.ts'
import type { Core, Person, Profile, SpaceId } from '../../core/index.ts'

export interface Uids {
  of(space: SpaceId, person: Pick<Person, 'id' | 'rootKey'>): string
  /** The one who is called so there; null when nobody is. */
  profileBy(space: SpaceId, uid: string): Promise<Profile | null>
  /** Remembers the name of somebody who came by a key, which cannot be turned back. To be called when he first comes to a server. */
  keep(space: SpaceId, profile: Pick<Profile, 'id' | 'rootKey'>): Promise<void>
}

/** Author of what nobody wrote (OC93). */
export const SYSTEM_UID = 'uid_system'

const FORM = /^uid_([0-9a-f]{32})$/
/** Names remembered of those printed last: a name costs some microseconds. */
const REMEMBERED = 20_000

/** The name of a key on a server (OC23). `publicKey`: base64url of 32 bytes. */
export const deriveUid = (serverId: SpaceId, publicKey: string): string =>
  `uid_${sha256('openchat-uid-v1\0', serverId, '\0', Buffer.from(publicKey, 'base64url')).slice(0, 32)}`

const uuidOf = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`

/** `policy` `global`: one name for all servers, that of home. */
export const createUids = (
  core: Pick<Core, 'keyFor' | 'people' | 'spaces'>,
  policy: 'server_scoped' | 'global',
): Uids => {
  const remembered = new Map<string, string>()
  const ciphers = new Map<SpaceId, BlockCipher>()
  const scopeOf = (space: SpaceId): SpaceId => (policy === 'global' ? core.spaces.homeId : space)
  const cipherOf = (scope: SpaceId): BlockCipher => {
    const known = ciphers.get(scope)
    if (known) return known
    const cipher = blockCipher(core.keyFor(`openchat uid ${scope}`))
    if (ciphers.size >= REMEMBERED) ciphers.clear()
    ciphers.set(scope, cipher)
    return cipher
  }

  return {
    of(space, { id, rootKey }) {
      const scope = scopeOf(space)
      const place = `${scope} ${id}`
      const known = remembered.get(place)
      if (known !== undefined) return known
      const uid = rootKey ? deriveUid(scope, rootKey) : `uid_${cipherOf(scope).encipher(id.replaceAll('-', ''))}`
      if (remembered.size >= REMEMBERED) remembered.clear()
      remembered.set(place, uid)
      return uid
    },
    async profileBy(space, uid) {
      const scope = scopeOf(space)
      const hex = FORM.exec(uid)?.[1]
      if (hex !== undefined) {
        const profile = await core.people.byId(uuidOf(cipherOf(scope).decipher(hex)))
        // A person who came by a key is called by that alone.
        if (profile && !profile.rootKey) return profile
      }
      return core.people.byAlias(scope, uid)
    },
    async keep(space, { id, rootKey }) {
      const scope = scopeOf(space)
      if (rootKey) await core.people.setAlias(id, scope, deriveUid(scope, rootKey))
    },
  }
}
