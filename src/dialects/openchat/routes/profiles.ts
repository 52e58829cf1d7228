// What people are called and look like: one's own profile, and anybody's by uid (OC89, OC90, OC92, OC93).

import { type JsonObject, own } from '../../../base/json.ts'
import { open, Type } from '../../../base/schema.ts'
import { type Actor, type Profile as CoreProfile, type Fid, faultIn, type ProfilePatch } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { type Identity, identify } from '../auth.ts'
import { ProfileRequest } from '../contract.requests.ts'
import { Profile } from '../contract.ts'
import { refused, refuseFields, replyOf } from '../faults.ts'
import { answer, readJson, route } from '../http.ts'
import { parseId } from '../ids.ts'
import { printUnknown } from '../outbound.ts'
import { AVATAR_NOTE, openAvatar, personBy, showProfile } from '../people.ts'
import type { Scope } from '../scope.ts'
import { judgeDisplayName } from './accounts.ts'

/** Profiles asked for at once. */
const MOST = 100

const ProfilesQuery = open({ user_uid: Type.Array(Type.String(), { minItems: 1, maxItems: MOST }) })
/** Called as it was asked for, whatever that was. */
const Named = open({
  ...Profile.properties,
  user_uid: Type.String({ examples: ['uid_b5ae97810f6787a093a0afa44107643f'] }),
})
const Profiles = open({ profiles: Type.Array(Named) })

/** The version a change is meant for: `3`, `"3"` or `W/"3"`; undefined when it is meant for any (OC90). */
export const parseIfMatch = (header: string | null): number | undefined => {
  if (header === null) return undefined
  const [, bare, quoted] = /^(?:(\d{1,15})|(?:W\/)?"(\d{1,15})")$/.exec(header.trim()) ?? []
  const digits = bare ?? quoted
  return digits === undefined ? refused('invalid_if_match') : Number(digits)
}

/** A whole profile as a client writes it; the avatar's asset is only looked at where the mode asks for one. */
interface Wanted {
  readonly displayName: string
  readonly preset: string | null
  readonly uploaded: Fid | null
}

const nullableString = (body: JsonObject, key: string): string | null => {
  const value = own(body, key) ?? null
  return value === null || typeof value === 'string' ? value : refuseFields([key])
}

const judgeWanted = (body: JsonObject): Wanted => {
  const name = own(body, 'display_name')
  const displayName =
    typeof name === 'string' ? judgeDisplayName(name) : refuseFields(['display_name'], 'display_name_invalid')
  const mode = own(body, 'avatar_mode')
  if (mode !== 'generated' && mode !== 'uploaded') refuseFields(['avatar_mode'], 'avatar_mode_unsupported')
  const preset = nullableString(body, 'avatar_preset_id')
  const asset = nullableString(body, 'avatar_asset_id')
  if (mode === 'generated') return { displayName, preset, uploaded: null }
  return { displayName, preset, uploaded: parseId(asset ?? undefined) ?? refused('avatar_asset_not_found') }
}

export const profilesRoutes = (scope: Scope): readonly Route[] => {
  const { core, homeId } = scope

  const answerOwn = async (profile: CoreProfile): Promise<Response> =>
    answer(200, await showProfile(scope, homeId, profile, profile.updatedAt))

  /** Refuses what is no picture that the actor uploaded for this. */
  const judgeAsset = async (actor: Actor, fid: Fid): Promise<Fid> => {
    try {
      const { attachment } = await core.files.seenOn(actor, fid)
      if (attachment.uploaderId === actor.profile.id && attachment.note === AVATAR_NOTE) return fid
    } catch (error) {
      if (faultIn(error)?.kind !== 'file.unknown') throw error
    }
    return refused('avatar_asset_not_found')
  }

  /** The avatar to be: undefined leaves it as it is. */
  const avatarFor = async (actor: Actor, wanted: Fid | null): Promise<Fid | null | undefined> => {
    const { avatar } = await core.people.self(actor)
    const shown = avatar !== null && (await openAvatar(scope, avatar)) !== null
    if (wanted !== null) return shown && wanted === avatar ? undefined : judgeAsset(actor, wanted)
    // Who cannot see it here has not asked to have it taken away.
    return avatar !== null && !shown ? undefined : null
  }

  const change = async (request: RouteRequest): Promise<Response> => {
    const { actor } = await identify(scope, request)
    const body = await readJson(request)
    const ifVersion = parseIfMatch(request.raw.headers.get('if-match'))
    const { displayName, preset, uploaded } = judgeWanted(body)
    const avatar = await avatarFor(actor, uploaded)
    const patch: ProfilePatch = { displayName, avatarStyle: preset, ...(avatar !== undefined && { avatar }) }
    const profile = await translated(
      {
        'file.unknown': () => replyOf('avatar_asset_not_found'),
        'value.invalid': ({ field }) =>
          field === 'displayName'
            ? replyOf('display_name_invalid')
            : replyOf('invalid_payload', { fields: ['avatar_preset_id'] }),
      },
      () => core.people.update(actor, patch, { ifVersion }),
    )
    return answerOwn(profile)
  }

  /** Under the very name that was asked for, which may be one of home or one of the session's server. */
  const showAny = async (identity: Identity, uid: string): Promise<Profile> => {
    const person = await personBy(scope, identity, uid)
    if (!person) return printUnknown(uid)
    return { ...(await showProfile(scope, homeId, person, person.updatedAt)), user_uid: uid }
  }

  const batch = async (request: RouteRequest): Promise<Response> => {
    const identity = await identify(scope, request)
    const uids = request.query.getAll('user_uid')
    if (uids.length < 1 || uids.length > MOST) refuseFields(['user_uid'], 'invalid_query')
    return answer(200, { profiles: await Promise.all(uids.map(uid => showAny(identity, uid))) })
  }

  return [
    route(
      {
        method: 'GET',
        path: '/v1/profile/me',
        name: 'profile.get',
        summary: 'One’s own profile.',
        rules: ['OC89', 'OC90'],
        responses: { 200: ['The profile.', Profile] },
      },
      async request => {
        const { actor } = await identify(scope, request)
        return answerOwn(await core.people.self(actor))
      },
    ),
    route(
      {
        method: 'PUT',
        path: '/v1/profile/me',
        name: 'profile.update',
        summary: 'Replaces name and avatar, everywhere; with `If-Match`, only at that version.',
        rules: ['OC90'],
        body: { schema: ProfileRequest },
        responses: { 200: ['The profile.', Profile] },
        refusals: [409, 413, 415],
      },
      change,
    ),
    route(
      {
        method: 'GET',
        path: '/v1/profiles:batch',
        name: 'profiles.batch',
        summary: 'The profiles of up to 100 people, in the order asked for; an unknown one is made up.',
        rules: ['OC92', 'OC93'],
        query: ProfilesQuery,
        responses: { 200: ['One for each uid.', Profiles] },
      },
      batch,
    ),
  ]
}
