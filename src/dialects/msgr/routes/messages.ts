// History and sending over HTTP (section 6).
import { type Actor, type Core, faultIn } from '../../../core/index.ts'
import type { FaultReply, Route, RouteRequest } from '../../../host/dialect.ts'
import { json } from '../../../host/reply.ts'
import { data, readBody, refusal } from '../answers.ts'
import { callerOf } from '../auth.ts'
import { dataOf, History, HistoryQuery, Invalid, Message, NewMessage, Refused } from '../contract.ts'
import { fields, INVALID, notFound } from '../faults.ts'
import { parseUuid } from '../ids.ts'
import { judgeCursor, judgeLimit, judgeNewMessage } from '../inbound.ts'
import type { Views } from '../views.ts'

const path = '/api/conversations/:conversation_id/messages'

export const messageRoutes = (core: Core, views: Views): readonly Route[] => {
  /** Bad input is told to participants only: others hear 404 or 403 first (MS14). */
  const refuseToMember = async (actor: Actor, conversationId: string, reply: FaultReply): Promise<Response> => {
    await core.conversations.get(actor, { id: conversationId })
    return refusal(reply)
  }

  const list = async (request: RouteRequest): Promise<Response> => {
    const actor = await callerOf(core, request)
    const id = parseUuid(request.params.conversation_id)
    if (id === null) return refusal(notFound)
    const limit = judgeLimit(request.query.get('limit'))
    const cursor = judgeCursor(request.query)
    if (cursor.type === 'invalid') return refuseToMember(actor, id, fields(cursor.errors))
    try {
      return json(200, await views.history(actor, id, limit, cursor.value))
    } catch (thrown) {
      const name = cursor.value?.name
      if (name && faultIn(thrown)?.kind === 'target.unknown') return refusal(fields({ [name]: [INVALID] }))
      throw thrown
    }
  }

  const send = async (request: RouteRequest): Promise<Response> => {
    const actor = await callerOf(core, request)
    const id = parseUuid(request.params.conversation_id)
    if (id === null) return refusal(notFound)
    const body = await readBody(request)
    if (body.type === 'refused') return refuseToMember(actor, id, body.reply)
    const draft = judgeNewMessage(body.value, request.raw.headers.get('idempotency-key'))
    if (draft.type === 'invalid') return refuseToMember(actor, id, fields(draft.errors))
    const { message, repeated } = await core.messages.send(actor, id, draft.value)
    return data(201, repeated ? await views.message(message) : views.stored(message))
  }

  const unauthorized = { description: 'Identity headers missing or wrong', schema: Refused }
  const forbidden = { description: 'The caller is not a participant, or may not write here', schema: Refused }
  const unknown = { description: 'No such conversation', schema: Refused }
  return [
    {
      method: 'GET',
      path,
      name: 'listMessages',
      summary: 'A page of history, oldest first; the newest page by default.',
      rules: ['MS57', 'MS58', 'MS59', 'MS60', 'MS61', 'MS62'],
      auth: true,
      query: HistoryQuery,
      responses: {
        200: { description: 'The page', schema: History },
        401: unauthorized,
        403: forbidden,
        404: unknown,
        422: { description: 'Unknown cursor', schema: Invalid },
      },
      handle: list,
    },
    {
      method: 'POST',
      path,
      name: 'sendMessage',
      summary: 'Send a message. Durable when answered; repeatable with `client_id` or an `idempotency-key` header.',
      rules: ['MS55', 'MS63', 'MS64', 'MS65', 'MS66', 'MS67', 'MS68', 'MS69', 'MS70'],
      auth: true,
      body: { schema: NewMessage },
      responses: {
        201: { description: 'The message as stored', schema: dataOf(Message) },
        401: unauthorized,
        403: forbidden,
        404: unknown,
        413: { description: 'The body is larger than 1 MiB', schema: Refused },
        422: { description: 'Failing fields', schema: Invalid },
        429: { description: 'Too many messages', schema: Refused },
      },
      handle: send,
    },
  ]
}
