// Conversations: begun, listed, shown (section 5).
import { type Core, faultIn } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { data, readBody, refusal } from '../answers.ts'
import { callerOf } from '../auth.ts'
import { Conversation, ConversationQuery, dataOf, Invalid, listOf, NewConversation, Refused } from '../contract.ts'
import { fields, INVALID, notFound } from '../faults.ts'
import { parseUuid } from '../ids.ts'
import { judgeLimit, judgeNewConversation } from '../inbound.ts'
import type { Views } from '../views.ts'

export const conversationRoutes = (core: Core, views: Views): readonly Route[] => {
  const create = async (request: RouteRequest): Promise<Response> => {
    const actor = await callerOf(core, request)
    const body = await readBody(request)
    if (body.type === 'refused') return refusal(body.reply)
    const judged = judgeNewConversation(body.value, actor.profile.id)
    if (judged.type === 'invalid') return refusal(fields(judged.errors))
    const wanted = judged.value
    const view =
      wanted.type === 'direct'
        ? await core.conversations.openDirect(actor, wanted.with)
        : await core.conversations.create(actor, wanted.group)
    return data(201, await views.conversation(actor, view))
  }

  const list = async (request: RouteRequest): Promise<Response> => {
    const actor = await callerOf(core, request)
    const limit = judgeLimit(request.query.get('limit'))
    const before = request.query.get('before')
    const after = before === null ? undefined : parseUuid(before)
    const unknownCursor = fields({ before: [INVALID] })
    if (after === null) return refusal(unknownCursor)
    try {
      const page = await core.conversations.list(actor, {
        limit,
        after: after === undefined ? undefined : { id: after },
      })
      return data(200, await Promise.all(page.views.map(view => views.conversation(actor, view))))
    } catch (thrown) {
      // Only the cursor can be unknown here.
      const kind = faultIn(thrown)?.kind
      if (kind === 'conversation.unknown' || kind === 'member.required') return refusal(unknownCursor)
      throw thrown
    }
  }

  const get = async (request: RouteRequest): Promise<Response> => {
    const actor = await callerOf(core, request)
    const id = parseUuid(request.params.conversation_id)
    if (id === null) return refusal(notFound)
    return data(200, await views.conversation(actor, await core.conversations.get(actor, { id })))
  }

  const unauthorized = { description: 'Identity headers missing or wrong', schema: Refused }
  return [
    {
      method: 'POST',
      path: '/api/conversations',
      name: 'openConversation',
      summary: 'Create or fetch the direct conversation with somebody, or create a private group.',
      rules: ['MS45', 'MS46', 'MS47', 'MS48', 'MS49', 'MS50'],
      auth: true,
      body: { schema: NewConversation },
      responses: {
        201: { description: 'The conversation, new or not', schema: dataOf(Conversation) },
        401: unauthorized,
        403: { description: 'The other one does not take it', schema: Refused },
        404: { description: 'Nobody has this profile id', schema: Refused },
        413: { description: 'The body is larger than 1 MiB', schema: Refused },
        422: { description: 'Failing fields', schema: Invalid },
      },
      handle: create,
    },
    {
      method: 'GET',
      path: '/api/conversations',
      name: 'listConversations',
      summary: "The caller's conversations, latest activity first.",
      rules: ['MS51', 'MS53'],
      auth: true,
      query: ConversationQuery,
      responses: {
        200: { description: 'A page of conversations', schema: listOf(Conversation) },
        401: unauthorized,
        422: { description: 'Unknown cursor', schema: Invalid },
      },
      handle: list,
    },
    {
      method: 'GET',
      path: '/api/conversations/:conversation_id',
      name: 'getConversation',
      summary: 'One conversation of the caller.',
      rules: ['MS52', 'MS53', 'MS54'],
      auth: true,
      responses: {
        200: { description: 'The conversation', schema: dataOf(Conversation) },
        401: unauthorized,
        403: { description: 'The caller is not a participant', schema: Refused },
        404: { description: 'No such conversation', schema: Refused },
      },
      handle: get,
    },
  ]
}
