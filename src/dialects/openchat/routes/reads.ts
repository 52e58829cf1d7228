// How far people have read: one's own marks, and those of others (OC84 to OC87).

import { isJsonObject, type JsonObject, own } from '../../../base/json.ts'
import { open, Type, uuid } from '../../../base/schema.ts'
import type { ConversationView, MessageId, Time } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import type { Identity } from '../auth.ts'
import { ReadAckRequest, ReadAcksRequest } from '../contract.requests.ts'
import { ReadAck, Receipt } from '../contract.ts'
import { refused, refuseFields, replyOf } from '../faults.ts'
import { answer, readJson, readOptionalJson, route, stringOf } from '../http.ts'
import { parseId, printTime } from '../ids.ts'
import { askInChannel, askInServer, type ChannelCall, noBody, type ServerCall } from '../places.ts'
import type { Scope } from '../scope.ts'
import { admitted } from './messages.ts'

/** Channels of one call. */
const MOST = 500

const Standing = open({ channel_id: uuid(), read_ack: ReadAck }, { title: 'ReadAckState' })
const Applied = open({ channel_id: uuid(), read_ack: ReadAck, applied: Type.Boolean() }, { title: 'ReadAckApplied' })
const AppliedMany = open({ server_id: uuid(), read_acks: Type.Array(ReadAck) }, { title: 'ReadAcksApplied' })
const Receipts = open({ channel_id: uuid(), receipts: Type.Array(Receipt) }, { title: 'Receipts' })

interface Mark {
  readonly lastReadMessageId: MessageId | null
  readonly readAt: Time | null
}

interface Wanted {
  readonly view: ConversationView
  /** Null is the newest. */
  readonly upTo: MessageId | null
}

/** Up to which message; null for the newest. What is no id names no message of the channel. */
const upToIn = (body: JsonObject): MessageId | null => {
  const id = own(body, 'last_read_message_id') === null ? null : stringOf(body, 'last_read_message_id')
  return id === null ? null : (parseId(id) ?? refused('read_ack_cursor_not_found'))
}

/** The channels of a bulk call and their marks, in form: each once. */
const acksIn = (body: JsonObject): readonly { readonly channelId: string; readonly upTo: MessageId | null }[] => {
  const given: unknown = own(body, 'read_acks')
  const fits = Array.isArray(given) && given.length >= 1 && given.length <= MOST
  if (!fits) return refuseFields(['read_acks'], 'invalid_read_acks')
  const acks = given.map((ack: unknown) => {
    const channelId = isJsonObject(ack) ? own(ack, 'channel_id') : undefined
    const id = typeof channelId === 'string' ? parseId(channelId) : null
    if (!isJsonObject(ack) || id === null) return refuseFields(['read_acks'], 'invalid_read_acks')
    return { channelId: id, upTo: upToIn(ack) }
  })
  const distinct = new Set(acks.map(ack => ack.channelId)).size
  return distinct === acks.length ? acks : refuseFields(['read_acks'], 'invalid_read_acks')
}

export const readsRoutes = (scope: Scope): readonly Route[] => {
  const { core, print, homeId } = scope

  const printAck = (
    { space, actor }: Pick<Identity, 'space' | 'actor'>,
    { conversation }: ConversationView,
    { lastReadMessageId, readAt }: Mark,
  ): ReadAck => ({
    channel_id: conversation.id,
    user_uid: print.uid(space, actor.profile),
    ...(lastReadMessageId !== null && { last_read_message_id: lastReadMessageId }),
    ...(readAt !== null && { acked_at: printTime(readAt) }),
  })

  /** Who is not in a channel yet joins by marking it; a mark at no message of it makes nobody join. */
  const judgeTarget = async ({ actor }: Pick<ChannelCall, 'actor'>, { view, upTo }: Wanted): Promise<void> => {
    if (view.me !== null || upTo === null) return
    const unknown = () => replyOf('read_ack_cursor_not_found')
    const message = await translated({ 'message.unknown': unknown }, () => core.messages.get(actor, upTo))
    if (message.conversation.id !== view.conversation.id) refused('read_ack_cursor_not_found')
  }

  const get = async (request: RouteRequest): Promise<Response> => {
    const { identity, view } = await askInChannel(scope, request, noBody)
    const mark = { lastReadMessageId: view.lastReadMessageId, readAt: view.me?.readAt ?? null }
    return answer(200, { channel_id: view.conversation.id, read_ack: printAck(identity, view, mark) })
  }

  const put = async (request: RouteRequest): Promise<Response> => {
    const call = await askInChannel(scope, request, readOptionalJson)
    const { actor, identity, view, body } = call
    const upTo = upToIn(body)
    await judgeTarget(call, { view, upTo })
    await admitted(scope, call)
    const mark = await core.messages.markRead(actor, view.conversation.id, upTo)
    const { id } = view.conversation
    return answer(200, { channel_id: id, read_ack: printAck(identity, view, mark), applied: mark.changed })
  }

  /** A channel of this server that the caller sees. */
  const channelOf = async ({ actor, id }: ServerCall, channelId: string): Promise<ConversationView> => {
    const unknown = () => replyOf('invalid_read_acks', { fields: ['read_acks'] })
    const view = await translated({ 'conversation.unknown': unknown }, () => core.conversations.visit(actor, channelId))
    const here = (view.conversation.spaceId ?? homeId) === id
    return here ? view : refuseFields(['read_acks'], 'invalid_read_acks')
  }

  const putMany = async (request: RouteRequest): Promise<Response> => {
    const call = await askInServer(scope, request, readJson)
    const { actor, identity, body } = call
    const wanted: Wanted[] = []
    for (const { channelId, upTo } of acksIn(body)) wanted.push({ view: await channelOf(call, channelId), upTo })
    for (const each of wanted) await judgeTarget(call, each)
    for (const { view } of wanted) await admitted(scope, { ...call, view })
    const marks = await core.messages.markReadMany(
      actor,
      wanted.map(({ view, upTo }) => ({ conversationId: view.conversation.id, upTo })),
    )
    return answer(200, {
      server_id: call.id,
      read_acks: marks.flatMap((mark, i) => {
        const view = wanted[i]?.view
        return view ? printAck(identity, view, mark) : []
      }),
    })
  }

  const receipts = async (request: RouteRequest): Promise<Response> => {
    const { actor, identity, view } = await askInChannel(scope, request, noBody)
    const { id, kind } = view.conversation
    if (kind === 'channel') refused('receipts_unavailable')
    const read = await core.messages.receipts(actor, id)
    return answer(200, {
      channel_id: id,
      receipts: read.map(
        ({ person, messageId, at }): Receipt => ({
          user_uid: print.uid(identity.space, person),
          last_read_message_id: messageId,
          acked_at: printTime(at),
        }),
      ),
    })
  }

  const ownAck = '/v1/channels/:cid/read-ack'
  return [
    route(
      {
        method: 'GET',
        path: ownAck,
        name: 'read_ack.get',
        summary: 'How far one has read here.',
        rules: ['OC84'],
        responses: { 200: ['The mark.', Standing] },
        refusals: [403, 404],
      },
      get,
    ),
    route(
      {
        method: 'PUT',
        path: ownAck,
        name: 'read_ack.set',
        summary: 'Marks as read up to a message, or all; never backwards.',
        rules: ['OC85'],
        body: { schema: ReadAckRequest },
        responses: { 200: ['The mark as it is now.', Applied] },
        refusals: [403, 404, 413, 415],
      },
      put,
    ),
    route(
      {
        method: 'PUT',
        path: '/v1/servers/:sid/read-acks',
        name: 'read_acks.set',
        summary: 'Marks several channels as read, all or none.',
        rules: ['OC86'],
        body: { schema: ReadAcksRequest },
        responses: { 200: ['The marks, in the order asked for.', AppliedMany] },
        refusals: [403, 404, 413, 415],
      },
      putMany,
    ),
    route(
      {
        method: 'GET',
        path: '/v1/channels/:cid/read-receipts',
        name: 'receipts.list',
        summary: 'How far the others have read, in a direct chat or a group.',
        rules: ['OC87'],
        responses: { 200: ['The receipts.', Receipts] },
        refusals: [403, 404],
      },
      receipts,
    ),
  ]
}
