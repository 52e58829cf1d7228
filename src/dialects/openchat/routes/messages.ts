// Messages: read, sent, forwarded, edited, taken back (OC67 to OC79).

import { nullable, oneOf, open, optional, Type, timestamp, uuid } from '../../../base/schema.ts'
import {
  type Actor,
  type Attachment,
  type Message as CoreMessage,
  type Draft,
  type Fid,
  faultIn,
  type MessageId,
  type Sent,
} from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { EditRequest, SendRequest } from '../contract.requests.ts'
import { Message, NextCursor } from '../contract.ts'
import { refused, replyOf } from '../faults.ts'
import { answer, limitOf, param, readJson, route } from '../http.ts'
import { type HistoryPlace, parseHistoryPlace, parseId, printHistoryPlace, printTime } from '../ids.ts'
import { drop, isForm, takeForm } from '../inbound.files.ts'
import {
  editIn,
  findMentions,
  isBlank,
  messageIn,
  sendIn,
  type WantedForward,
  type WantedMessage,
} from '../inbound.messages.ts'
import { kindOf } from '../media.ts'
import { askInChannel, type ChannelCall, noBody } from '../places.ts'
import type { Scope } from '../scope.ts'

const DEFAULT_PAGE = 100

const HistoryQuery = open({
  limit: optional(Type.Integer({ minimum: 1, maximum: 200, examples: [100] })),
  cursor: optional(Type.String()),
  before: optional(uuid()),
  after: optional(uuid()),
  around: optional(uuid()),
  include_recalled: optional(Type.Boolean()),
})
const History = open(
  {
    channel_id: uuid(),
    messages: Type.Array(Message),
    order: oneOf('asc'),
    next_cursor: NextCursor,
    prev_cursor: nullable(Type.String()),
  },
  { title: 'History' },
)
const OneMessage = open({ message: Message }, { title: 'OneMessage' })
const Recalled = open({ channel_id: uuid(), message_id: uuid(), recalled_at: timestamp() }, { title: 'Recalled' })

/** The message of a path, if it is one of this channel (OC72). Faults: message.unknown. */
export const messageOfPath = async ({ core }: Pick<Scope, 'core'>, call: ChannelCall, request: RouteRequest) => {
  const id = parseId(param(request, 'mid')) ?? refused('message_not_found')
  const message = await core.messages.get(call.actor, id)
  return message.conversation.id === call.view.conversation.id ? message : refused('message_not_found')
}

/** Makes sure that somebody who is about to write is in the channel he sees (OC59, OC60). */
export const admitted = async ({ core }: Pick<Scope, 'core'>, { actor, view }: ChannelCall): Promise<void> => {
  if (view.me === null) await core.spaces.admit(actor, view.conversation.id)
}

/** What a send is refused with in words of its own: what it names is part of what was sent. */
const sendWords = {
  'message.recalled': () => replyOf('reply_target_not_found'),
  'file.unknown': () => replyOf('attachment_not_found_in_request'),
} as const

export const messagesRoutes = (scope: Scope): readonly Route[] => {
  const { core, print, uids, cursors, homeId } = scope
  const { messages } = core

  const answerOne = (status: number, { identity }: ChannelCall, message: CoreMessage): Response =>
    answer(status, { message: print.message(identity.space, message) })

  /** Where a page of history is: at most one of four ways to say it. */
  const placeOf = ({ query }: RouteRequest, list: string): HistoryPlace | { readonly around: MessageId } | null => {
    const named = (['before', 'after', 'around'] as const).filter(name => query.has(name))
    const cursor = query.get('cursor')
    if (named.length + (cursor === null ? 0 : 1) > 1) refused('invalid_query')
    if (cursor !== null) return parseHistoryPlace(cursors.parse(list, cursor) ?? '') ?? refused('invalid_cursor')
    const [side] = named
    if (side === undefined) return null
    const id = parseId(query.get(side) ?? '') ?? refused('invalid_cursor')
    return side === 'around' ? { around: id } : { side, id }
  }

  const history = async (request: RouteRequest): Promise<Response> => {
    const { actor, identity, view } = await askInChannel(scope, request, noBody)
    const { id } = view.conversation
    const list = `messages ${id}`
    const place = placeOf(request, list)
    const standing = request.query.get('include_recalled') !== 'true'
    const next = place && ('around' in place ? place : { [place.side]: place.id })
    const page = await messages.page(actor, id, { limit: limitOf(request, DEFAULT_PAGE), standing, ...next })
    const cursorAt = (side: HistoryPlace['side'], at: CoreMessage | undefined, more: boolean): string | null =>
      at && more ? cursors.print(list, printHistoryPlace({ side, id: at.id })) : null
    return answer(200, {
      channel_id: id,
      messages: page.messages.map(message => print.message(identity.space, message)),
      order: 'asc',
      next_cursor: cursorAt('before', page.messages[0], page.more.before),
      prev_cursor: cursorAt('after', page.messages.at(-1), page.more.after),
    })
  }

  /**
   * What is known of a file that a body names. Refuses files of others, and such as hang on a message already; what is
   * not there any more may be a repeat's, which the core knows.
   */
  const ownFile = async (actor: Actor, fid: Fid): Promise<Attachment | null> => {
    try {
      const { attachment, use } = await core.files.seenOn(actor, fid)
      const usable = attachment.uploaderId === actor.profile.id && (use === null || attachment.spentAt !== null)
      return usable ? attachment : refused('attachment_not_found_in_request')
    } catch (error) {
      if (faultIn(error)?.kind === 'file.unknown') return null
      throw error
    }
  }

  /**
   * `brought`: digests of the files that came along; a repeat is told by what its sender said (OC75), since it brings its
   * files anew, and of what was taken back none are left.
   */
  const draftOf = async (
    { identity }: ChannelCall,
    wanted: WantedMessage,
    files: readonly (Attachment | null)[],
    brought: readonly string[],
  ): Promise<Draft> => {
    const { text, replyTo, kind, clientKey } = wanted
    const [first] = files
    const kept = files.flatMap(file => file?.fid ?? [])
    // Without files, to say `text` is to say nothing (OC76).
    const saidKind = kind === 'text' && files.length === 0 ? null : kind
    return {
      kind: kind ?? (first ? kindOf(first.mime) : 'text'),
      text,
      replyTo,
      clientKey,
      fingerprint: JSON.stringify([text, replyTo, saidKind, wanted.attachments, brought]),
      attachments: wanted.attachments.length > 0 ? wanted.attachments : kept,
      spends: true,
      mentioned: await findMentions(uids, identity.space, text),
    }
  }

  const answerSent = (call: ChannelCall, { message, repeated, sameContent }: Sent): Response =>
    sameContent ? answerOne(repeated ? 200 : 201, call, message) : refused('idempotency_conflict')

  const sendDraft = async (call: ChannelCall, draft: Draft): Promise<Sent> => {
    await admitted(scope, call)
    return translated(sendWords, () => messages.send(call.actor, call.view.conversation.id, draft))
  }

  const sendMessage = async (call: ChannelCall, wanted: WantedMessage): Promise<Response> => {
    const files = await Promise.all(wanted.attachments.map(fid => ownFile(call.actor, fid)))
    if (wanted.clientKey === null && files.includes(null)) refused('attachment_not_found_in_request')
    return answerSent(call, await sendDraft(call, await draftOf(call, wanted, files, [])))
  }

  const forward = async (call: ChannelCall, wanted: WantedForward): Promise<Response> => {
    const { actor, identity, view } = call
    const { conversation } = await messages.get(actor, wanted.messageId)
    if (conversation.id !== parseId(wanted.channelId)) refused('message_not_found')
    if ((conversation.spaceId ?? homeId) !== identity.space) refused('server_mismatch')
    await admitted(scope, call)
    const sent = await messages.forward(actor, wanted.messageId, view.conversation.id, wanted.clientKey)
    return answerSent(call, sent)
  }

  /** Who may not write there is told before he has sent all his files; whatever is not sent is not kept. */
  const sendForm = async (call: ChannelCall, request: RouteRequest): Promise<Response> => {
    const { actor, view } = call
    if (view.me !== null) await messages.judgeSend(actor, view.conversation.id)
    request.longRunning()
    const { fields, files } = await takeForm(scope, actor, request.raw)
    let spent = false
    try {
      const wanted = messageIn(fields, request.raw.headers, files.length)
      const [kept, digests] = [files.map(({ file }) => file), files.map(({ digest }) => digest)]
      const sent = await sendDraft(call, await draftOf(call, wanted, kept, digests))
      spent = !sent.repeated
      return answerSent(call, sent)
    } finally {
      if (!spent) await drop(scope, actor, files)
    }
  }

  const send = async (request: RouteRequest): Promise<Response> => {
    const form = isForm(request)
    const call = await askInChannel(scope, request, form ? noBody : readJson)
    if (form) return sendForm(call, request)
    const wanted = sendIn(call.body, request.raw.headers)
    return wanted.type === 'forward' ? forward(call, wanted) : sendMessage(call, wanted)
  }

  const edit = async (request: RouteRequest): Promise<Response> => {
    const call = await askInChannel(scope, request, readJson)
    const { actor, identity, body } = call
    const message = await messageOfPath(scope, call, request)
    const text = editIn(body)
    if (message.author.id !== actor.profile.id) refused('message_edit_forbidden')
    if (isBlank(text) && message.attachments.length === 0 && message.recalledAt === null) refused('message_empty')
    await admitted(scope, call)
    // No text at all and an empty one are printed alike.
    if (text === '' && message.text === null && message.recalledAt === null) return answerOne(200, call, message)
    const mentioned = await findMentions(uids, identity.space, text)
    const edited = await messages.edit(actor, message.id, { text, mentioned })
    return answerOne(200, call, edited.message)
  }

  const recall = async (request: RouteRequest): Promise<Response> => {
    const call = await askInChannel(scope, request, noBody)
    const { actor, view } = call
    const { id, author } = await messageOfPath(scope, call, request)
    if (view.me === null && author.id !== actor.profile.id) refused('message_delete_forbidden')
    await admitted(scope, call)
    const words = { 'author.required': () => replyOf('message_delete_forbidden') }
    const { message } = await translated(words, () => messages.recall(actor, id))
    return answer(200, {
      channel_id: view.conversation.id,
      message_id: id,
      recalled_at: printTime(message.recalledAt ?? message.createdAt),
    })
  }

  const inChannel = '/v1/channels/:cid/messages'
  return [
    route(
      {
        method: 'GET',
        path: inChannel,
        name: 'messages.list',
        summary: 'A page of history, oldest first: the newest one, or next to a cursor or a message.',
        rules: ['OC67', 'OC68', 'OC69', 'OC70', 'OC71'],
        query: HistoryQuery,
        responses: { 200: ['The page.', History] },
        refusals: [403, 404],
      },
      history,
    ),
    route(
      {
        method: 'POST',
        path: inChannel,
        name: 'messages.send',
        summary: 'Sends a message, or forwards one; as JSON, or as a form that brings files along.',
        rules: ['OC73', 'OC74', 'OC75', 'OC76', 'OC77'],
        body: { schema: SendRequest },
        responses: { 200: ['What was sent with this key before.', OneMessage], 201: ['Sent.', OneMessage] },
        refusals: [403, 404, 409, 410, 413, 415],
      },
      send,
    ),
    route(
      {
        method: 'GET',
        path: `${inChannel}/:mid`,
        name: 'messages.get',
        summary: 'One message; of one that was taken back, what is left.',
        rules: ['OC72'],
        responses: { 200: ['The message.', OneMessage] },
        refusals: [403, 404],
      },
      async request => {
        const call = await askInChannel(scope, request, noBody)
        return answerOne(200, call, await messageOfPath(scope, call, request))
      },
    ),
    route(
      {
        method: 'PATCH',
        path: `${inChannel}/:mid`,
        name: 'messages.edit',
        summary: 'Says it otherwise.',
        rules: ['OC78'],
        body: { schema: EditRequest },
        responses: { 200: ['The message as it is now.', OneMessage] },
        refusals: [403, 404, 410, 413, 415],
      },
      edit,
    ),
    route(
      {
        method: 'DELETE',
        path: `${inChannel}/:mid`,
        name: 'messages.delete',
        summary: 'Takes a message back, with its files.',
        rules: ['OC79'],
        responses: { 200: ['Taken back.', Recalled] },
        refusals: [403, 404, 409],
      },
      recall,
    ),
  ]
}
