// Lookups: how somebody learns the profile id of a peer (MS40 to MS44).
import type { Actor, Core, Profile as CoreProfile } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { data, refusal } from '../answers.ts'
import { callerOf } from '../auth.ts'
import { dataOf, Invalid, listOf, Profile, ProfileQuery, Refused } from '../contract.ts'
import { fields, notFound } from '../faults.ts'
import { parseUuid } from '../ids.ts'
import { judgeProfileQuery, type ProfileQuery as Query } from '../inbound.ts'
import { printProfile } from '../outbound.ts'

/** Results of a search (MS41). */
const FOUND = 20

export const profileRoutes = (core: Core): readonly Route[] => {
  const find = async (actor: Actor, query: Query): Promise<readonly CoreProfile[]> => {
    switch (query.type) {
      case 'own':
        return core.people.profilesOf(actor)
      case 'handle': {
        const profile = await core.people.byHandle(query.handle)
        return profile ? [profile] : []
      }
      case 'search': {
        // One more than is shown: the caller may be among them.
        const found = await core.people.search(query.prefix, FOUND + 1)
        return found.filter(profile => profile.id !== actor.profile.id).slice(0, FOUND)
      }
    }
  }

  const list = async (request: RouteRequest): Promise<Response> => {
    const actor = await callerOf(core, request)
    const query = judgeProfileQuery(request.query)
    if (query.type === 'invalid') return refusal(fields(query.errors))
    return data(200, (await find(actor, query.value)).map(printProfile))
  }

  const get = async (request: RouteRequest): Promise<Response> => {
    await callerOf(core, request)
    const id = parseUuid(request.params.profile_id)
    const profile = id && (await core.people.byId(id))
    return profile ? data(200, printProfile(profile)) : refusal(notFound)
  }

  const unauthorized = { description: 'Identity headers missing or wrong', schema: Refused }
  return [
    {
      method: 'GET',
      path: '/api/profiles',
      name: 'findProfiles',
      summary: 'Find people by exact handle or by prefix of handle or name; without parameters the own profiles.',
      rules: ['MS40', 'MS41', 'MS42', 'MS44'],
      auth: true,
      query: ProfileQuery,
      responses: {
        200: { description: 'The profiles found', schema: listOf(Profile) },
        401: unauthorized,
        422: { description: 'Failing parameters', schema: Invalid },
      },
      handle: list,
    },
    {
      method: 'GET',
      path: '/api/profiles/:profile_id',
      name: 'getProfile',
      summary: 'One profile by its id.',
      rules: ['MS43', 'MS44'],
      auth: true,
      responses: {
        200: { description: 'The profile', schema: dataOf(Profile) },
        401: unauthorized,
        404: { description: 'Nobody has this id', schema: Refused },
      },
      handle: get,
    },
  ]
}
