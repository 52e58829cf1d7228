// Who is on a server (OC52 to OC54).

import { open, Type, uuid } from '../../../base/schema.ts'
import type { SpaceId, SpaceParticipant } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { RoleRequest } from '../contract.requests.ts'
import { NextCursor, type ServerMember as PrintedMember, ServerMember } from '../contract.ts'
import { refused, replyOf } from '../faults.ts'
import { answer, limitOf, param, readJson, route } from '../http.ts'
import { roleIn } from '../inbound.places.ts'
import { printServerMember } from '../outbound.servers.ts'
import { askInServer, noBody, pageOf, type ServerCall } from '../places.ts'
import type { Scope } from '../scope.ts'

const ServerMembers = open(
  { server_id: uuid(), members: Type.Array(ServerMember), next_cursor: NextCursor },
  { title: 'ServerMembers' },
)
const forbidden = {
  'role.required': () => replyOf('member_update_forbidden'),
  'self.refused': () => replyOf('member_update_forbidden'),
}

export const serverMembersRoutes = (scope: Scope): readonly Route[] => {
  const { core, uids, cursors } = scope

  /** As the caller may see them (OC118). */
  const print = async (
    { actor, id }: ServerCall,
    found: readonly SpaceParticipant[],
  ): Promise<readonly PrintedMember[]> => {
    const ids = found.map(({ profile }) => profile.id)
    const seen = await core.presence.seenBy(actor, ids, 'co-member')
    return found.map(each => {
      const online = seen.get(each.profile.id)?.online ?? false
      return printServerMember(uids.of(id, each.profile), each, online)
    })
  }

  /** The member of the path. Refuses 404. */
  const targetOf = async ({ actor, id }: ServerCall, request: RouteRequest): Promise<SpaceParticipant> => {
    const profile = (await uids.profileBy(id, param(request, 'uid'))) ?? refused('member_not_found')
    return core.spaces.member(actor, id, profile.id)
  }

  const list = async (request: RouteRequest): Promise<Response> => {
    const call = await askInServer(scope, request, noBody)
    const { actor, id } = call
    const page = pageOf(scope, request, listName(id))
    const { members, next } = await core.spaces.members(actor, id, { limit: limitOf(request), after: page })
    const next_cursor = next === null ? null : cursors.print(listName(id), next)
    return answer(200, { server_id: id, members: await print(call, members), next_cursor })
  }

  const rank = async (request: RouteRequest): Promise<Response> => {
    const call = await askInServer(scope, request, readJson)
    const { profile } = await targetOf(call, request)
    const role = roleIn(call.body, ['manager', 'member'])
    const ranked = await translated(forbidden, () => core.spaces.setRole(call.actor, call.id, profile.id, role))
    const [member] = await print(call, [ranked])
    return answer(200, { member })
  }

  const remove = async (request: RouteRequest): Promise<Response> => {
    const call = await askInServer(scope, request, noBody)
    const { profile } = await targetOf(call, request)
    await translated(forbidden, () => core.spaces.remove(call.actor, call.id, profile.id))
    return answer(200, { removed: true })
  }

  return [
    route(
      {
        method: 'GET',
        path: '/v1/servers/:sid/members',
        name: 'members.list',
        summary: 'Who is on the server, by time of joining.',
        rules: ['OC52', 'OC118'],
        responses: { 200: ['A page.', ServerMembers] },
        refusals: [403, 404],
      },
      list,
    ),
    route(
      {
        method: 'PATCH',
        path: '/v1/servers/:sid/members/:uid',
        name: 'members.update',
        summary: 'Makes a member a manager, or no longer; the owner.',
        rules: ['OC53'],
        body: { schema: RoleRequest },
        responses: { 200: ['The member.', open({ member: ServerMember }, { title: 'OneServerMember' })] },
        refusals: [403, 404, 413, 415],
      },
      rank,
    ),
    route(
      {
        method: 'DELETE',
        path: '/v1/servers/:sid/members/:uid',
        name: 'members.remove',
        summary: 'Removes a member for good; owner, and managers plain members.',
        rules: ['OC53'],
        responses: { 200: ['Removed.', open({ removed: Type.Boolean() }, { title: 'Removed' })] },
        refusals: [403, 404],
      },
      remove,
    ),
  ]
}

const listName = (id: SpaceId): string => `members ${id}`
