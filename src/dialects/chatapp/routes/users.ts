// People: oneself, others, who is online (CA33 to CA40).
import { parseUuid } from '../../../base/id.ts'
import { type Actor, limits, type Profile, refuse } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { ProfileChange, Status, StatusQuery, UsersQuery } from '../contract.requests.ts'
import { User, Users } from '../contract.ts'
import { json, ownRoute, param } from '../http.ts'
import { judgeProfile, judgeStatus, judgeUsersPage, readBody, readOptionalBody } from '../inbound.ts'
import { LEASE_MS, ownUser, usersOf } from '../people.ts'
import type { Scope } from '../scope.ts'

export const usersRoutes = (scope: Scope): readonly Route[] => {
  const { core } = scope

  /** By username, ignoring case, or by id (CA34). */
  const find = async (name: string): Promise<Profile> => {
    const id = parseUuid(name)
    const profile = id === null ? await core.people.byHandle(name) : await core.people.byId(id)
    return profile ?? refuse({ kind: 'person.unknown' })
  }

  /** Everybody from `offset` on, oldest first; `limit` null is all there are. */
  const list = async (limit: number | null, offset: number): Promise<readonly Profile[]> => {
    const all: Profile[] = []
    for (;;) {
      const wanted = Math.min(limit === null ? limits.page : limit - all.length, limits.page)
      const rows = await core.people.list({ limit: wanted, offset: offset + all.length })
      all.push(...rows)
      if (rows.length < wanted || all.length === limit) return all
    }
  }

  const change = async (actor: Actor, request: RouteRequest): Promise<Response> => {
    await core.people.update(actor, judgeProfile(await readBody(request)))
    return json(await ownUser(core, actor))
  }

  return [
    ...ownRoute(
      scope,
      {
        method: 'GET',
        path: '/api/users',
        name: 'users',
        summary: 'Everybody, oldest account first.',
        rules: ['CA35', 'CA19'],
        query: UsersQuery,
        success: ['The people.', Users],
        refusals: [422],
      },
      async (actor, request) => {
        const { limit, offset } = judgeUsersPage(request.query)
        return json(await usersOf(core, actor, await list(limit, offset)))
      },
    ),
    ...ownRoute(
      scope,
      {
        method: 'GET',
        path: '/api/users/online',
        name: 'usersOnline',
        summary: 'Who is online, as far as the caller may see it.',
        rules: ['CA36', 'CA39'],
        success: ['The people.', Users],
      },
      async actor => {
        const users = await usersOf(core, actor, await core.presence.online(actor, 'co-member'))
        // Somebody may have left between the two looks.
        return json(users.filter(user => user.is_online))
      },
    ),
    ...ownRoute(
      scope,
      {
        method: 'GET',
        path: '/api/users/me',
        name: 'me',
        summary: 'Oneself, with the e-mail address.',
        rules: ['CA33'],
        success: ['The caller.', User],
      },
      async actor => json(await ownUser(core, actor)),
    ),
    ...(['PATCH', 'PUT'] as const).flatMap(method =>
      ownRoute(
        scope,
        {
          method,
          path: '/api/users/me',
          name: method === 'PATCH' ? 'updateMe' : 'replaceMe',
          summary: 'Changes the given keys, and no others.',
          rules: ['CA37'],
          body: { schema: ProfileChange },
          success: ['The caller.', User],
          refusals: [400, 413, 422],
        },
        change,
      ),
    ),
    ...ownRoute(
      scope,
      {
        method: 'POST',
        path: '/api/users/me/status',
        name: 'setStatus',
        summary: 'Shows as online for five minutes, or as offline until further notice.',
        rules: ['CA38', 'CA39'],
        query: StatusQuery,
        body: { schema: Status },
        success: ['The caller.', User],
        refusals: [413, 422],
      },
      async (actor, request) => {
        const online = judgeStatus(await readOptionalBody(request), request.query)
        await (online ? core.presence.show(actor, LEASE_MS) : core.presence.hide(actor))
        return json(await ownUser(core, actor))
      },
    ),
    ...ownRoute(
      scope,
      {
        method: 'GET',
        path: '/api/users/:username',
        name: 'user',
        summary: 'Somebody, by username or id.',
        rules: ['CA34', 'CA19'],
        success: ['The person.', User],
        refusals: [404],
      },
      async (actor, request) => {
        const profile = await find(param(request, 'username'))
        if (profile.id === actor.profile.id) return json(await ownUser(core, actor))
        return json((await usersOf(core, actor, [profile]))[0])
      },
    ),
  ]
}
