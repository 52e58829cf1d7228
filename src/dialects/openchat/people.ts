// Finds people by what clients call them (OC11, OC92, OC95, OC97), and shows their faces (OC89).
import type { JsonObject } from '../../base/json.ts'
import {
  type Profile as CoreProfile,
  type Fid,
  faultIn,
  type OpenFile,
  type PersonCard,
  type SpaceId,
  type Time,
} from '../../core/index.ts'
import type { Identity } from './auth.ts'
import type { Profile } from './contract.ts'
import { refused, refuseFields } from './faults.ts'
import { stringOf } from './http.ts'
import type { Scope } from './scope.ts'

type Asker = Pick<Identity, 'space'>
type Finder = Pick<Scope, 'core' | 'uids' | 'homeId'>

/** By a name of home, or of the server the session belongs to, where a client met him. */
export const personBy = async ({ uids, homeId }: Finder, { space }: Asker, uid: string): Promise<CoreProfile | null> =>
  (await uids.profileBy(homeId, uid)) ?? (space === homeId ? null : await uids.profileBy(space, uid))

/** Refuses 404 for a name that nobody has. */
export const loadPerson = async (finder: Finder, asker: Asker, uid: string): Promise<CoreProfile> =>
  (await personBy(finder, asker, uid)) ?? refused('user_not_found')

/** Whom a body names, by exactly one of `user_uid` and `username`. Refuses 400, and 404 for nobody. */
export const personIn = async (finder: Finder, asker: Asker, body: JsonObject): Promise<CoreProfile> => {
  const uid = stringOf(body, 'user_uid')
  const username = stringOf(body, 'username')
  if (uid !== null && username === null) return loadPerson(finder, asker, uid)
  if (uid === null && username !== null) {
    return (await finder.core.people.byHandle(username)) ?? refused('user_not_found')
  }
  return refuseFields(['user_uid', 'username'])
}

/** Types of pictures that this contract shows (OC91). */
const PICTURES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg'])

/** What this door writes beside the pictures it takes in: they are anybody's to fetch. */
export const AVATAR_NOTE = 'openchat avatar'

/** The picture under this id, if it is one that this contract shows. */
export const openAvatar = async ({ core }: Pick<Scope, 'core'>, fid: Fid): Promise<OpenFile | null> => {
  try {
    const file = await core.files.openPublic(fid, AVATAR_NOTE)
    return PICTURES.has(file.attachment.mime) ? file : null
  } catch (error) {
    if (faultIn(error)?.kind === 'file.unknown') return null
    throw error
  }
}

/** A profile as everybody sees it: an avatar that this contract cannot show is as if there were none (OC89). */
export const showProfile = async (
  scope: Pick<Scope, 'core' | 'print'>,
  space: SpaceId,
  person: CoreProfile | PersonCard,
  updatedAt: Time,
): Promise<Profile> => {
  const { avatar } = person
  const shown = avatar !== null && (await openAvatar(scope, avatar)) !== null
  return scope.print.profile(space, shown ? person : { ...person, avatar: null }, updatedAt)
}
