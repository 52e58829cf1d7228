// The headings of a server, and what stands under them (OC56, OC62, OC63).

import { open, Type, timestamp, uuid } from '../../../base/schema.ts'
import type { Actor, SpaceId } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { CategoryRequest, LayoutRequest, RenameRequest } from '../contract.requests.ts'
import { Category } from '../contract.ts'
import { type ErrorCode, refused, replyOf } from '../faults.ts'
import { answer, param, readJson, route } from '../http.ts'
import { parseId, printTime } from '../ids.ts'
import { arrangementIn, categoryKindIn, nameIn } from '../inbound.places.ts'
import { createChannels } from '../outbound.channels.ts'
import { askInServer, noBody } from '../places.ts'
import type { Scope } from '../scope.ts'

const updated = { server_id: uuid(), updated_by_uid: Type.String(), updated_at: timestamp() }
const Groups = open({ server_id: uuid(), groups: Type.Array(Category) }, { title: 'Groups' })
const GroupsUpdated = open({ ...updated, groups: Type.Array(Category) }, { title: 'GroupsUpdated' })
const CategoryCreated = open(
  { server_id: uuid(), group: Category, created_by_uid: Type.String(), created_at: timestamp() },
  { title: 'CategoryCreated' },
)
const CategoryUpdated = open({ ...updated, group: Category }, { title: 'CategoryUpdated' })

/** Runs `work`; a role that does not suffice is called `code`. */
const asManager = <T>(code: ErrorCode, work: () => Promise<T>): Promise<T> =>
  translated({ 'role.required': () => replyOf(code) }, work)

export const categoriesRoutes = (scope: Scope): readonly Route[] => {
  const { core, uids, clock } = scope
  const channels = createChannels(scope)

  const by = ({ profile }: Actor, id: SpaceId) => ({
    updated_by_uid: uids.of(id, profile),
    updated_at: printTime(clock.now()),
  })
  const categoryOf = (request: RouteRequest): string => parseId(param(request, 'gid')) ?? refused('category_not_found')

  const list = async (request: RouteRequest): Promise<Response> => {
    const { actor, id } = await askInServer(scope, request, noBody)
    return answer(200, { server_id: id, groups: await channels.groups(actor, id) })
  }

  const create = async (request: RouteRequest): Promise<Response> => {
    const { actor, id, body } = await askInServer(scope, request, readJson)
    const wanted = { label: nameIn(body, 'name', 'invalid_category_name'), kind: categoryKindIn(body) }
    const made = await asManager('category_create_forbidden', () => core.spaces.createCategory(actor, id, wanted))
    return answer(201, {
      server_id: id,
      group: { ...wanted, id: made.id, channels: [] },
      created_by_uid: uids.of(id, actor.profile),
      created_at: printTime(clock.now()),
    })
  }

  const rename = async (request: RouteRequest): Promise<Response> => {
    const { actor, id, body } = await askInServer(scope, request, readJson)
    const category = categoryOf(request)
    const name = nameIn(body, 'name', 'invalid_category_name')
    const changed = await asManager('category_update_forbidden', () =>
      core.spaces.renameCategory(actor, id, category, name),
    )
    return answer(200, { server_id: id, group: await channels.group(actor, changed), ...by(actor, id) })
  }

  const remove = async (request: RouteRequest): Promise<Response> => {
    const { actor, id } = await askInServer(scope, request, noBody)
    const category = categoryOf(request)
    await asManager('category_delete_forbidden', () => core.spaces.removeCategory(actor, id, category))
    return answer(200, { server_id: id, groups: await channels.groups(actor, id), ...by(actor, id) })
  }

  const arrange = async (request: RouteRequest): Promise<Response> => {
    const { actor, id, body } = await askInServer(scope, request, readJson)
    const arrangement = arrangementIn(body)
    await asManager('channel_layout_forbidden', () => core.spaces.arrange(actor, id, arrangement))
    return answer(200, { server_id: id, groups: await channels.groups(actor, id), ...by(actor, id) })
  }

  return [
    route(
      {
        method: 'GET',
        path: '/v1/servers/:sid/channels',
        name: 'channels.list',
        summary: 'Every heading of a server with the channels under it, as the caller sees them.',
        rules: ['OC55', 'OC56', 'OC57', 'OC58'],
        responses: { 200: ['The headings.', Groups] },
        refusals: [403, 404],
      },
      list,
    ),
    route(
      {
        method: 'POST',
        path: '/v1/servers/:sid/categories',
        name: 'categories.create',
        summary: 'Makes a heading; owner and managers.',
        rules: ['OC62', 'OC54'],
        body: { schema: CategoryRequest },
        responses: { 201: ['The heading.', CategoryCreated] },
        refusals: [403, 404, 413, 415],
      },
      create,
    ),
    route(
      {
        method: 'PUT',
        path: '/v1/servers/:sid/categories/:gid',
        name: 'categories.update',
        summary: 'Calls a heading otherwise; owner and managers.',
        rules: ['OC62', 'OC54'],
        body: { schema: RenameRequest },
        responses: { 200: ['The heading.', CategoryUpdated] },
        refusals: [403, 404, 413, 415],
      },
      rename,
    ),
    route(
      {
        method: 'DELETE',
        path: '/v1/servers/:sid/categories/:gid',
        name: 'categories.delete',
        summary: 'Deletes an empty heading; owner and managers.',
        rules: ['OC62', 'OC54'],
        responses: { 200: ['What is left.', GroupsUpdated] },
        refusals: [403, 404],
      },
      remove,
    ),
    route(
      {
        method: 'PUT',
        path: '/v1/servers/:sid/channel-layout',
        name: 'channels.arrange',
        summary: 'Puts every channel under its heading; owner and managers.',
        rules: ['OC63', 'OC54'],
        body: { schema: LayoutRequest },
        responses: { 200: ['All headings.', GroupsUpdated] },
        refusals: [403, 404, 413, 415],
      },
      arrange,
    ),
  ]
}
