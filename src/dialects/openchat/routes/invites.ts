// Invitations to servers and into channels: made, listed, revoked, looked at, redeemed (OC102, OC103).

import { open, Type, timestamp, uuid } from '../../../base/schema.ts'
import type { Actor, Invite as CoreInvite, InvitePlace, SpaceId } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { InviteRequest } from '../contract.requests.ts'
import { Invite, NextCursor } from '../contract.ts'
import { refused, replyOf } from '../faults.ts'
import { answer, limitOf, noContent, param, readJson, route } from '../http.ts'
import { parseId, printTime } from '../ids.ts'
import { inviteIn } from '../inbound.places.ts'
import { displayName, printInvite } from '../outbound.servers.ts'
import { askAnywhere, askInChannel, askInServer, type Call, changing, noBody, pageOf } from '../places.ts'
import type { Scope } from '../scope.ts'

const Invites = open({ invites: Type.Array(Invite), next_cursor: NextCursor }, { title: 'Invites' })
const InvitePreview = open(
  {
    server_id: uuid(),
    display_name: Type.String(),
    channel_name: Type.Optional(Type.String()),
    expires_at: timestamp(),
  },
  { title: 'InvitePreview' },
)
const Redeemed = open(
  { server_id: uuid(), membership_state: Type.String(), channel_id: Type.Optional(uuid()) },
  { title: 'Redeemed' },
)

const badTerms = { 'value.invalid': () => replyOf('invalid_invite') }

interface PlaceCall extends Call {
  readonly place: InvitePlace
  readonly spaceId: SpaceId | null
}
type Reader = typeof readJson

/** The same calls under a server and under a channel. */
interface Kind {
  readonly path: string
  readonly name: string
  readonly ask: (request: RouteRequest, read: Reader) => Promise<PlaceCall>
}

export const invitesRoutes = (scope: Scope): readonly Route[] => {
  const { core, uids, cursors } = scope

  const kinds: readonly Kind[] = [
    {
      path: '/v1/servers/:sid/invites',
      name: 'invites',
      async ask(request, read) {
        const call = await askInServer(scope, request, read)
        return { ...call, place: { spaceId: call.id }, spaceId: call.id }
      },
    },
    {
      path: '/v1/channels/:cid/invites',
      name: 'channel_invites',
      async ask(request, read) {
        const call = await askInChannel(scope, request, read)
        const { id, spaceId } = call.view.conversation
        return { ...call, place: { conversationId: id }, spaceId }
      },
    },
  ]

  const asHost = <T>(actor: Actor, spaceId: SpaceId | null, work: () => Promise<T>): Promise<T> =>
    changing(scope, actor, spaceId, 'invite_forbidden', work)

  const printAll = async (invites: readonly CoreInvite[]): Promise<readonly Invite[]> => {
    const makers = await core.people.byIds(invites.map(({ createdBy }) => createdBy))
    return invites.flatMap(invite => {
      const maker = makers.get(invite.createdBy)
      return maker ? [printInvite(scope, invite, maker)] : []
    })
  }

  const create = async ({ actor, body, place, spaceId }: PlaceCall): Promise<Response> => {
    const terms = inviteIn(body)
    const invite = await asHost(actor, spaceId, () =>
      translated(badTerms, () => core.invites.create(actor, place, terms)),
    )
    return answer(201, printInvite(scope, invite, actor.profile))
  }

  const list = async ({ actor, place, spaceId }: PlaceCall, request: RouteRequest): Promise<Response> => {
    const name = `invites ${Object.values(place).join()}`
    const page = { limit: limitOf(request), after: pageOf(scope, request, name) }
    const { invites, next } = await asHost(actor, spaceId, () => core.invites.list(actor, place, page))
    const next_cursor = next === null ? null : cursors.print(name, next)
    return answer(200, { invites: await printAll(invites), next_cursor })
  }

  const revoke = async ({ actor, place, spaceId }: PlaceCall, request: RouteRequest): Promise<Response> => {
    const id = parseId(param(request, 'id')) ?? refused('invite_not_found')
    await asHost(actor, spaceId, () => core.invites.revoke(actor, place, id))
    return noContent()
  }

  const preview = async (request: RouteRequest): Promise<Response> => {
    const { invite, space, conversation } = await core.invites.preview(param(request, 'code'))
    return answer(200, {
      server_id: invite.spaceId,
      display_name: displayName(scope, space),
      ...(conversation && { channel_name: conversation.title || conversation.slug }),
      expires_at: printTime(invite.expiresAt),
    })
  }

  const letIn = async (actor: Actor, code: string): Promise<Response> => {
    const { spaceId, conversationId } = await core.invites.redeem(actor, code)
    await uids.keep(spaceId, actor.profile)
    return answer(200, {
      server_id: spaceId,
      membership_state: 'active',
      ...(conversationId !== null && { channel_id: conversationId }),
    })
  }

  return [
    ...kinds.flatMap(({ path, name, ask }) => [
      route(
        {
          method: 'POST',
          path,
          name: `${name}.create`,
          summary: 'Makes an invitation; owner and managers.',
          rules: ['OC102'],
          body: { schema: InviteRequest },
          responses: { 201: ['The invitation.', Invite] },
          refusals: [403, 404, 413, 415],
        },
        async request => create(await ask(request, readJson)),
      ),
      route(
        {
          method: 'GET',
          path,
          name: `${name}.list`,
          summary: 'Those that were not revoked, newest first; for owner and managers.',
          rules: ['OC102'],
          responses: { 200: ['A page.', Invites] },
          refusals: [403, 404],
        },
        async request => list(await ask(request, noBody), request),
      ),
      route(
        {
          method: 'DELETE',
          path: `${path}/:id`,
          name: `${name}.revoke`,
          summary: 'Makes an invitation void.',
          rules: ['OC102'],
          responses: { 204: ['Void.'] },
          refusals: [403, 404],
        },
        async request => revoke(await ask(request, noBody), request),
      ),
    ]),
    route(
      {
        method: 'GET',
        path: '/v1/invites/:code',
        name: 'invites.preview',
        summary: 'Where an invitation leads.',
        rules: ['OC103'],
        auth: false,
        responses: { 200: ['Where to.', InvitePreview] },
        refusals: [404, 410],
      },
      preview,
    ),
    route(
      {
        method: 'POST',
        path: '/v1/invites/:code/redeem',
        name: 'invites.redeem',
        summary: 'Comes in by an invitation.',
        rules: ['OC103'],
        responses: { 200: ['In.', Redeemed] },
        refusals: [403, 404, 409, 410],
      },
      async request => {
        const { actor } = await askAnywhere(scope, request, noBody)
        return letIn(actor, param(request, 'code'))
      },
    ),
  ]
}
