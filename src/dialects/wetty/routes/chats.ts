// Chats: listed, opened, paged, marked read (WT46 to WT49, WT63).

import type { Route } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { Chat, ChatList, MessagePage, ReadUpTo } from '../contract.messages.ts'
import { ChatQuery, HistoryQuery, Read, Target } from '../contract.requests.ts'
import { refused, replyOf } from '../faults.ts'
import { json, jsonText, judged, ownRoute, param, profileIdOf, type Scope, type Spec } from '../http.ts'
import { parseChatNum, parseMessageId, parseNum } from '../ids.ts'
import { messageOf } from '../inbound.messages.ts'
import { countOf, readBody, targetOf } from '../inbound.ts'
import { messageJson, printChat } from '../outbound.ts'

const PAGE = { fallback: 100, min: 1, max: 100 }

/** The chat a list continues behind must be one of the caller's. */
const badCursor = { 'conversation.unknown': () => replyOf('bad_cursor') }

/** What a history query asks for; refuses with 400 (WT49). */
const judgePage = (query: URLSearchParams) => {
  const [before, after, order] = [query.get('before'), query.get('after'), query.get('order')]
  if (before !== null && after !== null) refused('bad_request', { field: 'before' })
  if (order !== null && order !== 'asc' && order !== 'desc') refused('bad_request', { field: 'order' })
  const root = query.get('thread_id')
  return {
    ascending: order === 'asc',
    forward: after !== null,
    page: {
      limit: countOf(query, 'max', PAGE),
      before: before === null ? undefined : parseMessageId(before),
      after: after === null ? undefined : parseMessageId(after),
      replyRoot: root === null ? undefined : parseMessageId(root),
    },
  }
}

export const chatsRoutes = (scope: Scope): readonly Route[] => {
  const { core, chats } = scope
  const own = (spec: Spec, handle: Parameters<typeof ownRoute>[2]): Route => ownRoute(scope, spec, handle)

  return [
    own(
      {
        method: 'GET',
        path: '/chats',
        name: 'chats',
        summary: "The caller's chats, last message newest first.",
        rules: ['WT46'],
        query: ChatQuery,
        responses: { 200: ['A page.', ChatList] },
      },
      async (actor, { query }) => {
        const limit = countOf(query, 'limit', PAGE)
        const cursor = query.get('after')
        const num = cursor === null ? null : (parseNum(cursor) ?? refused('bad_cursor'))
        const { views, more } = await translated(badCursor, () =>
          core.conversations.list(actor, { limit, after: num === null ? undefined : { num } }),
        )
        const printed = views.map(printChat)
        return json({ chats: printed, next_cursor: more ? (printed.at(-1)?.id ?? null) : null })
      },
    ),
    own(
      {
        method: 'POST',
        path: '/chats/direct',
        name: 'openDirect',
        summary: 'The direct chat with a friend (or one that was there before).',
        rules: ['WT47', 'WT86', 'WT89'],
        body: { schema: Target },
        responses: { 200: ['The chat.', Chat] },
        refusals: [403, 404, 413, 415, 422],
      },
      async (actor, request) => {
        const num = targetOf(await readBody(request))
        return json(printChat(await core.conversations.openDirect(actor, await profileIdOf(scope, num))))
      },
    ),
    own(
      {
        method: 'GET',
        path: '/chats/:id/messages',
        name: 'history',
        summary: 'A page of history, newest first.',
        rules: ['WT48', 'WT49', 'WT50', 'WT58'],
        query: HistoryQuery,
        responses: { 200: ['A page.', MessagePage] },
        refusals: [403, 404],
      },
      async (actor, request) => {
        const { ascending, forward, page } = judgePage(request.query)
        const id = await chats.find(actor, parseChatNum(param(request, 'id')))
        const { messages, more } = await core.messages.page(actor, id, page)
        const next = more.before ? (messages[0]?.id ?? null) : null
        const prev = forward && more.after ? (messages.at(-1)?.id ?? null) : null
        const rows = messages.map(messageJson)
        if (!ascending) rows.reverse()
        return jsonText(
          `{"messages":[${rows.join(',')}],"next_cursor":${JSON.stringify(next)},"prev_cursor":${JSON.stringify(prev)}}`,
        )
      },
    ),
    own(
      {
        method: 'POST',
        path: '/chats/:id/read',
        name: 'markRead',
        summary: 'Moves the read mark, never backwards.',
        rules: ['WT63'],
        body: { schema: Read },
        responses: { 200: ['Where it stands.', ReadUpTo] },
        refusals: [403, 404, 413, 415, 422],
      },
      async (actor, request) => {
        const fields = await readBody(request)
        const id = await chats.find(actor, parseChatNum(param(request, 'id')))
        const upTo = await judged(
          () => messageOf(fields, 'message_id', 'msg_id'),
          () => core.conversations.get(actor, { id }),
        )
        const { lastReadMessageId, unread } = await core.messages.markRead(actor, id, upTo)
        return json({ last_read_message_id: lastReadMessageId, unread_count: unread })
      },
    ),
  ]
}
