// Direct chats and groups: begun, made, and listed by what happened last (OC88, OC97, OC98).

import { nullable, open, Type } from '../../../base/schema.ts'
import type { Actor, ConversationView, SpaceId } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { DirectRequest, GroupRequest } from '../contract.requests.ts'
import { Channel, Message, NextCursor } from '../contract.ts'
import { replyOf } from '../faults.ts'
import { answer, limitOf, readJson, route } from '../http.ts'
import { descriptionIn, joinRuleIn, nameIn, uidsIn, visibilityIn } from '../inbound.places.ts'
import { createChannels } from '../outbound.channels.ts'
import { loadPerson, personIn } from '../people.ts'
import { askAnywhere, isRefused, noBody, pageOf } from '../places.ts'
import type { Scope } from '../scope.ts'
import { OneChannel } from './channels.ts'

const Chats = open(
  { chats: Type.Array(open({ channel: Channel, last_message: nullable(Message) })), next_cursor: NextCursor },
  { title: 'Chats' },
)

/** Conversations looked at in one step, when those of one server are picked from all. */
const STEP = 200

export const directsAndGroupsRoutes = (scope: Scope): readonly Route[] => {
  const { core, cursors, print } = scope
  const channels = createChannels(scope)

  const openDirect = async (request: RouteRequest): Promise<Response> => {
    const { actor, identity, body } = await askAnywhere(scope, request, readJson)
    const peer = await personIn(scope, identity, body)
    const words = { 'self.refused': () => replyOf('direct_self') }
    const fresh = await isRefused('conversation.unknown', () => core.conversations.get(actor, { peer: peer.id }))
    const view = await translated(words, () => core.conversations.openDirect(actor, peer.id))
    return answer(fresh ? 201 : 200, { channel: await channels.one(actor, view) })
  }

  const createGroup = async (request: RouteRequest): Promise<Response> => {
    const { actor, identity, body } = await askAnywhere(scope, request, readJson)
    const wanted = {
      title: nameIn(body, 'name', 'invalid_channel_name'),
      description: descriptionIn(body) || null,
      visibility: visibilityIn(body) ?? 'private',
      joinRule: joinRuleIn(body) ?? 'invite',
    } as const
    const memberIds: string[] = []
    for (const uid of uidsIn(body, 'member_uids', 0)) memberIds.push((await loadPerson(scope, identity, uid)).id)
    const view = await core.conversations.create(actor, { ...wanted, memberIds })
    return answer(201, { channel: await channels.one(actor, view) })
  }

  /** A page of the conversations of one server; the core lists those of all. */
  const pageIn = async (
    actor: Actor,
    space: SpaceId,
    page: { readonly limit: number; readonly after: string | undefined },
  ): Promise<{ readonly views: readonly ConversationView[]; readonly more: boolean }> => {
    const views: ConversationView[] = []
    let after = page.after
    for (;;) {
      const found = await core.conversations.list(actor, {
        limit: STEP,
        after: after === undefined ? undefined : { id: after },
      })
      views.push(...found.views.filter(view => channels.serverOf(view.conversation) === space))
      after = found.views.at(-1)?.conversation.id
      if (views.length > page.limit || !found.more)
        return { views: views.slice(0, page.limit), more: views.length > page.limit }
    }
  }

  const listChats = async (request: RouteRequest): Promise<Response> => {
    const { actor, identity } = await askAnywhere(scope, request, noBody)
    const { space } = identity
    await core.spaces.judgeMember(actor, space)
    const after = pageOf(scope, request, `chats ${space}`)
    // The conversation at which the last page ended is no longer his.
    const words = { 'conversation.unknown': () => replyOf('invalid_cursor') }
    const { views, more } = await translated(words, () => pageIn(actor, space, { limit: limitOf(request), after }))
    const printed = await channels.many(actor, views)
    const last = more ? views.at(-1) : undefined
    return answer(200, {
      chats: views.map(({ lastMessage }, i) => ({
        channel: printed[i],
        last_message: lastMessage && print.message(space, lastMessage),
      })),
      next_cursor: last ? cursors.print(`chats ${space}`, last.conversation.id) : null,
    })
  }

  return [
    route(
      {
        method: 'GET',
        path: '/v1/chats',
        name: 'chats.list',
        summary: "The conversations of the session's server the caller is in, what happened last first.",
        rules: ['OC88'],
        responses: { 200: ['A page.', Chats] },
        refusals: [403],
      },
      listChats,
    ),
    route(
      {
        method: 'POST',
        path: '/v1/direct-chats',
        name: 'directs.open',
        summary: 'The direct chat with somebody, made if need be.',
        rules: ['OC97'],
        body: { schema: DirectRequest },
        responses: { 200: ['It was there.', OneChannel], 201: ['It is new.', OneChannel] },
        refusals: [403, 404, 413, 415],
      },
      openDirect,
    ),
    route(
      {
        method: 'POST',
        path: '/v1/groups',
        name: 'groups.create',
        summary: 'Makes a group; the caller owns it.',
        rules: ['OC98'],
        body: { schema: GroupRequest },
        responses: { 201: ['The group.', OneChannel] },
        refusals: [403, 404, 409, 413, 415],
      },
      createGroup,
    ),
  ]
}
