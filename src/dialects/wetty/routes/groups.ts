// Groups: made, seen, changed, ended, handed over, found (WT33 to WT37, WT42, WT45).

import { NIL_ID } from '../../../base/id.ts'
import { isCleanText } from '../../../base/json.ts'
import { type Actor, type ConversationView, refuse } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { GroupChange, GroupSearch, Target } from '../contract.requests.ts'
import { FoundGroups, Group, GroupCreated } from '../contract.ts'
import { refused, replyOf } from '../faults.ts'
import { json, judged, noContent, ownRoute, param, probe, profileIdOf, type Scope, type Spec } from '../http.ts'
import { parseChatNum, parseNum, printChatId, printTime } from '../ids.ts'
import { countOf, judgeGroup, readBody, targetOf } from '../inbound.ts'
import { printFoundGroup, printGroup } from '../outbound.ts'

const badAvatar = { 'file.unknown': () => replyOf('invalid_field', { field: 'avatar_fid' }) }
/** Nobody runs a direct chat, but its members are no strangers to it. */
const directHasNoAdmin = { 'conversation.fixed': () => replyOf('not_an_admin') }

export const groupsRoutes = (scope: Scope): readonly Route[] => {
  const { core, chats } = scope
  const own = (spec: Spec, handle: Parameters<typeof ownRoute>[2]): Route => ownRoute(scope, spec, handle)

  const see = (actor: Actor, request: RouteRequest): Promise<ConversationView> =>
    core.conversations.see(actor, { num: parseChatNum(param(request, 'id')) })

  const update = async (actor: Actor, request: RouteRequest): Promise<Response> => {
    const fields = await readBody(request, false)
    const id = await chats.find(actor, parseChatNum(param(request, 'id')))
    const patch = await judged(
      () => judgeGroup(fields),
      () => core.conversations.update(actor, id, {}),
    )
    return json(printGroup(await translated(badAvatar, () => core.conversations.update(actor, id, patch))))
  }

  const updateSpec = (method: 'PUT' | 'PATCH', path: string, name: string): Spec => ({
    method,
    path,
    name,
    summary: 'Changes the given keys of a group; owner or manager.',
    rules: ['WT36', 'WT37'],
    body: { schema: GroupChange },
    responses: { 200: ['The whole group.', Group] },
    refusals: [403, 409, 413, 415, 422],
  })

  return [
    own(
      {
        method: 'POST',
        path: '/group',
        name: 'createGroup',
        summary: 'Makes a group; the caller owns it.',
        rules: ['WT33'],
        body: { schema: GroupChange },
        responses: { 201: ['The group.', GroupCreated] },
        refusals: [413, 415, 422],
      },
      async (actor, request) => {
        const patch = judgeGroup(await readBody(request, false))
        const { conversation } = await translated(badAvatar, () => core.conversations.create(actor, patch))
        const { num, title, createdAt } = conversation
        return json({ id: printChatId(num), name: title, created_at: printTime(createdAt) } satisfies GroupCreated, 201)
      },
    ),
    own(
      {
        method: 'GET',
        path: '/group/search',
        name: 'searchGroups',
        summary: 'Public groups by part of their name.',
        rules: ['WT45', 'WT89'],
        query: GroupSearch,
        responses: { 200: ['A page.', FoundGroups] },
        refusals: [422],
      },
      async (_actor, { query }) => {
        const limit = countOf(query, 'limit', { fallback: 20, min: 1, max: 50 })
        const after = query.get('after')
        const num = after === null ? undefined : (parseNum(after) ?? refused('bad_cursor'))
        const text = query.get('q') ?? ''
        if (!isCleanText(text)) refused('invalid_field', { field: 'q' })
        const { conversations, more } = await core.conversations.search(text, { limit, after: num })
        const groups = conversations.map(printFoundGroup)
        return json({ groups, next_cursor: more ? (groups.at(-1)?.id ?? null) : null })
      },
    ),
    own(
      {
        method: 'GET',
        path: '/group/:id',
        name: 'group',
        summary: "A group's profile, for members and, where it is public, for everyone.",
        rules: ['WT34'],
        responses: { 200: ['The group.', Group] },
        refusals: [403],
      },
      async (actor, request) => {
        const view = await see(actor, request)
        if (view.conversation.kind === 'direct') refuse({ kind: 'conversation.fixed' })
        return json(printGroup(view))
      },
    ),
    own(
      {
        method: 'GET',
        path: '/chats/:id',
        name: 'chat',
        summary: 'The same for a chat; a direct one is named after the peer.',
        rules: ['WT34'],
        responses: { 200: ['The group or chat.', Group] },
        refusals: [403],
      },
      async (actor, request) => json(printGroup(await see(actor, request))),
    ),
    own(updateSpec('PUT', '/group/:id/profile', 'updateGroup'), update),
    own(updateSpec('PATCH', '/group/:id', 'patchGroup'), update),
    own(updateSpec('PATCH', '/chats/:id', 'patchChat'), (actor, request) =>
      translated(directHasNoAdmin, () => update(actor, request)),
    ),
    own(
      {
        method: 'DELETE',
        path: '/group/:id',
        name: 'disbandGroup',
        summary: 'Ends a group for good; owner only.',
        rules: ['WT35'],
        responses: { 204: ['Gone.'] },
        refusals: [403],
      },
      async (actor, request) => {
        const id = await chats.find(actor, parseChatNum(param(request, 'id')))
        await core.conversations.end(actor, id)
        return noContent()
      },
    ),
    own(
      {
        method: 'POST',
        path: '/group/:id/transfer',
        name: 'transferGroup',
        summary: 'Hands a group over; the former owner stays as manager.',
        rules: ['WT42'],
        body: { schema: Target },
        responses: { 200: ['The group.', Group] },
        refusals: [403, 404, 413, 415, 422],
      },
      async (actor, request) => {
        const fields = await readBody(request)
        const id = await chats.find(actor, parseChatNum(param(request, 'id')))
        const num = await judged(
          () => targetOf(fields),
          () => probe(['member.unknown'], () => core.conversations.transfer(actor, id, NIL_ID)),
        )
        return json(printGroup(await core.conversations.transfer(actor, id, await profileIdOf(scope, num))))
      },
    ),
  ]
}
