// Servers: listed, made, taken into possession, joined, left, described (OC45 to OC51, OC54).

import { open, Type, timestamp, uuid } from '../../../base/schema.ts'
import type { Actor, SpaceId, SpacePatch, SpaceView } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { identifyIfAny } from '../auth.ts'
import { ClaimRequest, ServerRequest, SettingsRequest } from '../contract.requests.ts'
import { Membership, ServerEntry } from '../contract.ts'
import { refused, replyOf } from '../faults.ts'
import { API_VERSION, answer, param, readJson, requiredString, route } from '../http.ts'
import { parseId, printTime } from '../ids.ts'
import { bannerIn, DEFAULT_BANNER, descriptionIn, displayNameIn, visibilityIn } from '../inbound.places.ts'
import { printEntry, printMembership, printOwnEntry } from '../outbound.servers.ts'
import { askAnywhere, askAtServer, askInServer, isRefused, noBody } from '../places.ts'
import type { Scope } from '../scope.ts'

const CLAIM_PREFIX = 'claim_'

const Servers = open({ servers: Type.Array(ServerEntry) }, { title: 'Servers' })
const more = { member_count: Type.Integer({ examples: [2] }), created_at: timestamp(), api_version: Type.String() }
const Server = open({ server: open({ ...ServerEntry.properties, ...more }) }, { title: 'Server' })
const ServerCreated = open(
  {
    server: ServerEntry,
    created_by_uid: Type.String(),
    created_at: timestamp(),
    ownership_claim: open({ token: Type.String({ examples: ['claim_…'] }), expires_at: timestamp() }),
  },
  { title: 'ServerCreated' },
)
const Claimed = open(
  { server_id: uuid(), owner_user_uid: Type.String(), claimed_at: timestamp() },
  { title: 'Claimed' },
)
const Left = open(
  { server_id: uuid(), user_uid: Type.String(), left: Type.Boolean(), left_at: timestamp() },
  { title: 'Left' },
)
const ServerSettings = open(
  {
    server_id: uuid(),
    display_name: Type.String(),
    description: Type.String(),
    banner_preset: Type.String(),
    updated_by_uid: Type.Optional(Type.String()),
    updated_at: Type.Optional(timestamp()),
  },
  { title: 'ServerSettings' },
)

const notForMembers = { 'role.required': () => replyOf('server_settings_forbidden') }

export const serversRoutes = (scope: Scope): readonly Route[] => {
  const { core, uids, openchat, clock } = scope
  const uidOf = ({ profile }: Actor, space: SpaceId): string => uids.of(space, profile)

  const list = async (request: RouteRequest): Promise<Response> => {
    const identity = await identifyIfAny(scope, request)
    const views = await core.spaces.list(identity?.actor ?? null)
    return answer(200, { servers: views.map(view => (identity ? printOwnEntry : printEntry)(scope, view)) })
  }

  const get = async (request: RouteRequest): Promise<Response> => {
    const identity = await identifyIfAny(scope, request)
    const id = parseId(param(request, 'sid')) ?? refused('server_not_found')
    const view = await core.spaces.get(identity?.actor ?? null, id)
    const entry = (identity ? printOwnEntry : printEntry)(scope, view)
    const { createdAt } = view.space
    const more = { member_count: view.memberCount, created_at: printTime(createdAt), api_version: API_VERSION }
    return answer(200, { server: { ...entry, ...more } })
  }

  const create = async (request: RouteRequest): Promise<Response> => {
    const { actor, identity, body } = await askAnywhere(scope, request, readJson)
    const wanted = {
      title: displayNameIn(body),
      description: descriptionIn(body) || null,
      look: bannerIn(body) ?? DEFAULT_BANNER,
      visibility: visibilityIn(body) ?? 'private',
    }
    if (!openchat.serverCreation) refused('server_create_disabled')
    const { view, token, until } = await core.spaces.create(actor, wanted)
    await uids.keep(view.space.id, actor.profile)
    return answer(201, {
      server: printOwnEntry(scope, view),
      created_by_uid: uidOf(actor, identity.space),
      created_at: printTime(view.space.createdAt),
      ownership_claim: { token: CLAIM_PREFIX + token, expires_at: printTime(until) },
    })
  }

  const claim = async (request: RouteRequest): Promise<Response> => {
    const { actor, id, body } = await askAtServer(scope, request, readJson)
    const given = requiredString(body, 'claim_token')
    // A token without the mark is nobody's.
    const token = given.startsWith(CLAIM_PREFIX) ? given.slice(CLAIM_PREFIX.length) : ''
    const { space } = await core.spaces.claim(actor, id, token)
    const claimed = { server_id: id, owner_user_uid: uidOf(actor, id), claimed_at: printTime(space.updatedAt) }
    return answer(200, claimed)
  }

  const membership = async (request: RouteRequest): Promise<Response> => {
    const { actor, id } = await askAtServer(scope, request, noBody)
    return answer(200, printMembership(uidOf(actor, id), await core.spaces.get(actor, id)))
  }

  const enter = async (request: RouteRequest): Promise<Response> => {
    const { actor, id } = await askAtServer(scope, request, noBody)
    const view = await core.spaces.enter(actor, id)
    await uids.keep(id, actor.profile)
    return answer(200, printMembership(uidOf(actor, id), view))
  }

  const leave = async (request: RouteRequest): Promise<Response> => {
    const { actor, id } = await askAtServer(scope, request, noBody)
    // Whoever is out of it already has nothing to leave, and a private one no longer shows to him.
    const out = await isRefused('space.required', () => core.spaces.judgeMember(actor, id))
    if (!out) await core.spaces.leave(actor, id)
    const left = { server_id: id, user_uid: uidOf(actor, id), left: true, left_at: printTime(clock.now()) }
    return answer(200, left)
  }

  const settingsOf = (view: SpaceView) => {
    const { server_id, display_name, description, banner_preset } = printEntry(scope, view)
    return { server_id, display_name, description, banner_preset }
  }

  const settings = async (request: RouteRequest): Promise<Response> => {
    const { actor, id } = await askInServer(scope, request, noBody)
    return answer(200, settingsOf(await core.spaces.get(actor, id)))
  }

  const describe = async (request: RouteRequest): Promise<Response> => {
    const { actor, id, body } = await askInServer(scope, request, readJson)
    const description = descriptionIn(body)
    const look = bannerIn(body)
    const patch: SpacePatch = {
      title: displayNameIn(body),
      ...(description !== undefined && { description: description || null }),
      ...(look !== undefined && { look }),
    }
    const view = await translated(notForMembers, () => core.spaces.update(actor, id, patch))
    const by = { updated_by_uid: uidOf(actor, id), updated_at: printTime(view.space.updatedAt) }
    return answer(200, { ...settingsOf(view), ...by })
  }

  return [
    route(
      {
        method: 'GET',
        path: '/v1/servers',
        name: 'servers.list',
        summary: 'Public servers, home first; with a session also the private ones of the account.',
        rules: ['OC45'],
        auth: false,
        responses: { 200: ['All of them.', Servers] },
        refusals: [401],
      },
      list,
    ),
    route(
      {
        method: 'POST',
        path: '/v1/servers',
        name: 'servers.create',
        summary: 'Makes a server, which its maker then claims.',
        rules: ['OC48', 'OC18'],
        body: { schema: ServerRequest },
        responses: { 201: ['The server, and the token by which it is claimed.', ServerCreated] },
        refusals: [403, 409, 413, 415],
      },
      create,
    ),
    route(
      {
        method: 'GET',
        path: '/v1/servers/:sid',
        name: 'servers.get',
        summary: 'One server; a private one for its members.',
        rules: ['OC46'],
        auth: false,
        responses: { 200: ['The server.', Server] },
        refusals: [401, 404],
      },
      get,
    ),
    route(
      {
        method: 'POST',
        path: '/v1/servers/:sid/ownership:claim',
        name: 'servers.claim',
        summary: 'Takes a new server into possession; its maker, within five minutes.',
        rules: ['OC49'],
        body: { schema: ClaimRequest },
        responses: { 200: ['Owned.', Claimed] },
        refusals: [403, 404, 413, 415],
      },
      claim,
    ),
    route(
      {
        method: 'GET',
        path: '/v1/servers/:sid/membership',
        name: 'membership.get',
        summary: "The caller's membership.",
        rules: ['OC47'],
        responses: { 200: ['The membership.', Membership] },
        refusals: [403, 404],
      },
      membership,
    ),
    route(
      {
        method: 'PUT',
        path: '/v1/servers/:sid/membership',
        name: 'membership.join',
        summary: 'Joins a public server.',
        rules: ['OC47'],
        responses: { 200: ['The membership.', Membership] },
        refusals: [403, 404, 409],
      },
      enter,
    ),
    route(
      {
        method: 'DELETE',
        path: '/v1/servers/:sid/membership',
        name: 'membership.leave',
        summary: 'Leaves a server; of an owner, another member takes the place.',
        rules: ['OC50'],
        responses: { 200: ['Left.', Left] },
        refusals: [403, 404],
      },
      leave,
    ),
    route(
      {
        method: 'GET',
        path: '/v1/servers/:sid/settings',
        name: 'servers.settings',
        summary: 'What the server says of itself.',
        rules: ['OC51'],
        responses: { 200: ['The settings.', ServerSettings] },
        refusals: [403, 404],
      },
      settings,
    ),
    route(
      {
        method: 'PUT',
        path: '/v1/servers/:sid/settings',
        name: 'servers.update',
        summary: 'Changes them; owner and managers.',
        rules: ['OC51', 'OC54'],
        body: { schema: SettingsRequest },
        responses: { 200: ['The settings.', ServerSettings] },
        refusals: [403, 404, 413, 415],
      },
      describe,
    ),
  ]
}
