// Messages: sent, forwarded, edited, recalled, reacted to (WT50 to WT62).

import { NIL_ID } from '../../../base/id.ts'
import {
  type Actor,
  type ConversationId,
  type Message as CoreMessage,
  type MessageId,
  refuse,
} from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { Message, Reacted, Recalled } from '../contract.messages.ts'
import { Edit, Forward, React, Recall, Send } from '../contract.requests.ts'
import { invalid, refused, replyOf } from '../faults.ts'
import { json, jsonText, judged, noContent, ownRoute, param, probe, type Scope, type Spec } from '../http.ts'
import { parseChatNum, parseMessageId, parseNum, printChatId, printTimeOrNull } from '../ids.ts'
import { clientKeyOf, editedText, findMentions, judgeSend, messageOf } from '../inbound.messages.ts'
import { emoteOf, type Fields, flagOf, isEmote, readBody } from '../inbound.ts'
import { messageJson, printReactions } from '../outbound.ts'

/** An emoji that no reaction can be, so that taking it back changes nothing. */
const NO_EMOJI = ''

/** A message one cannot see does not exist (WT57). */
const unseen = {
  'conversation.unknown': () => replyOf('message_not_found'),
  'member.required': () => replyOf('message_not_found'),
}

const printReacted = (message: CoreMessage) => ({
  msg_id: message.id,
  chat_id: printChatId(message.conversation.num),
  reactions: printReactions(message.reactions),
})

export const messagesRoutes = (scope: Scope): readonly Route[] => {
  const { core, chats } = scope
  const { messages } = core
  const own = (spec: Spec, handle: Parameters<typeof ownRoute>[2]): Route => ownRoute(scope, spec, handle)

  const chatOf = (actor: Actor, request: RouteRequest): Promise<ConversationId> =>
    chats.find(actor, parseChatNum(param(request, 'id')))

  /** Whether the caller may write there: a send that quotes what does not exist can only be refused. */
  const writeProbe = (actor: Actor, chat: ConversationId): Promise<void> =>
    probe(['target.unknown'], () => messages.send(actor, chat, { kind: 'text', text: '-', replyTo: NIL_ID }))

  /** Whether the caller may react there. */
  const reactProbe = (actor: Actor, message: MessageId): Promise<void> =>
    probe(['message.recalled'], () => messages.react(actor, message, NO_EMOJI, false))

  /** The message a path names, in the chat it names; not in the chat is 403, not in this chat 404. */
  const messageAt = async (actor: Actor, request: RouteRequest): Promise<CoreMessage> => {
    const chat = await chatOf(actor, request)
    const id = parseMessageId(param(request, 'message_id'))
    const { conversation } = await core.conversations.get(actor, { id: chat })
    const message = await messages.get(actor, id)
    return message.conversation.id === conversation.id ? message : refuse({ kind: 'message.unknown' })
  }

  const send = async (actor: Actor, request: RouteRequest, fields: Fields): Promise<Response> => {
    const chat = await chatOf(actor, request)
    const draft = await judged(
      () => judgeSend(fields),
      () => writeProbe(actor, chat),
    )
    const mentioned = await findMentions(core, draft.text)
    const sent = await messages.send(actor, chat, mentioned.length > 0 ? { ...draft, mentioned } : draft)
    if (!sent.sameContent) refuse({ kind: 'key.conflict', messageId: sent.message.id })
    return jsonText(messageJson(sent.message), 201)
  }

  const react = async (actor: Actor, request: RouteRequest, active: boolean): Promise<Response> => {
    const { id } = await messageAt(actor, request)
    const emoji = param(request, 'emoji')
    await judged(
      () => isEmote(emoji) || refused('invalid_emoji'),
      () => reactProbe(actor, id),
    )
    await messages.react(actor, id, emoji, active)
    return noContent()
  }

  const reactSpec = (method: 'PUT' | 'DELETE', name: string, summary: string): Spec => ({
    method,
    path: '/chats/:id/messages/:message_id/reactions/:emoji',
    name,
    summary,
    rules: ['WT61'],
    responses: { 204: ['It stands so.'] },
    refusals: [403, 404, 409, 410, 422],
  })

  return [
    own(
      {
        method: 'POST',
        path: '/chats/:id/messages',
        name: 'send',
        summary: 'Sends a message; answered once it is durable.',
        rules: ['WT53', 'WT54', 'WT55', 'WT56', 'WT62', 'WT64', 'WT65', 'WT72', 'WT73'],
        body: { schema: Send },
        responses: { 201: ['The message.', Message] },
        refusals: [403, 404, 409, 410, 413, 415, 422],
      },
      async (actor, request) => send(actor, request, await readBody(request)),
    ),
    own(
      {
        method: 'POST',
        path: '/chats/:id/threads/:root/messages',
        name: 'sendToThread',
        summary: 'Sends a message with that thread root.',
        rules: ['WT59'],
        body: { schema: Send },
        responses: { 201: ['The message.', Message] },
        refusals: [403, 404, 409, 410, 413, 415, 422],
      },
      async (actor, request) =>
        send(actor, request, { ...(await readBody(request)), reply_root_id: param(request, 'root') }),
    ),
    own(
      {
        method: 'GET',
        path: '/chats/:id/messages/:message_id',
        name: 'message',
        summary: 'One message; the shell of a recalled one.',
        rules: ['WT59'],
        responses: { 200: ['The message.', Message] },
        refusals: [403, 404],
      },
      async (actor, request) => jsonText(messageJson(await messageAt(actor, request))),
    ),
    own(
      {
        method: 'PATCH',
        path: '/chats/:id/messages/:message_id',
        name: 'edit',
        summary: 'Edits an own text.',
        rules: ['WT59'],
        body: { schema: Edit },
        responses: { 200: ['The message.', Message] },
        refusals: [403, 404, 410, 413, 415, 422],
      },
      async (actor, request) => {
        const fields = await readBody(request)
        const standing = await messageAt(actor, request)
        const text = await judged(
          () => editedText(fields),
          // The same text again changes nothing, and an empty one is refused.
          () =>
            probe(['text.empty', 'message.recalled'], () =>
              messages.edit(actor, standing.id, { text: standing.text ?? '' }),
            ),
        )
        const mentioned = await findMentions(core, text)
        const { message } = await messages.edit(actor, standing.id, { text, mentioned })
        return jsonText(messageJson(message))
      },
    ),
    own(
      {
        method: 'DELETE',
        path: '/chats/:id/messages/:message_id',
        name: 'recallByPath',
        summary: 'Recalls a message; a second time it is gone.',
        rules: ['WT57', 'WT59'],
        responses: { 204: ['Recalled.'] },
        refusals: [403, 404, 410],
      },
      async (actor, request) => {
        const { id } = await messageAt(actor, request)
        const { changed } = await messages.recall(actor, id)
        if (!changed) refuse({ kind: 'message.recalled', messageId: id })
        return noContent()
      },
    ),
    own(
      {
        method: 'POST',
        path: '/chats/message/recall',
        name: 'recall',
        summary: 'Recalls a message: the sender within 120 seconds, owner and managers by rank.',
        rules: ['WT57', 'WT58', 'WT89'],
        body: { schema: Recall },
        responses: { 200: ['Recalled, now or before.', Recalled] },
        refusals: [403, 404, 413, 415, 422],
      },
      async (actor, request) => {
        const id = messageOf(await readBody(request), 'msg_id', 'message_id')
        const { message } = await translated(unseen, () => messages.recall(actor, id))
        return json({
          msg_id: message.id,
          chat_id: printChatId(message.conversation.num),
          recalled_at: printTimeOrNull(message.recalledAt),
        })
      },
    ),
    own(
      {
        method: 'POST',
        path: '/chats/message/forward',
        name: 'forward',
        summary: 'Copies a message into another chat; its files are not copied.',
        rules: ['WT60', 'WT89'],
        body: { schema: Forward },
        responses: { 201: ['The copy.', Message] },
        refusals: [403, 404, 409, 410, 413, 415, 422],
      },
      async (actor, request) => {
        const fields = await readBody(request)
        const target = parseNum(fields.target_chat_id)
        if (fields.target_chat_id === undefined || fields.target_chat_id === null) invalid('target_chat_id')
        const chat = await chats.find(actor, target ?? 0)
        const { id, key } = await judged(
          () => ({ id: messageOf(fields, 'msg_id', 'message_id'), key: clientKeyOf(fields) }),
          () => writeProbe(actor, chat),
        )
        const sent = await messages.forward(actor, id, chat, key)
        if (!sent.sameContent) refuse({ kind: 'key.conflict', messageId: sent.message.id })
        return jsonText(messageJson(sent.message), 201)
      },
    ),
    own(
      {
        method: 'POST',
        path: '/chats/message/react',
        name: 'react',
        summary: 'Sets or takes back a reaction; idempotent.',
        rules: ['WT61', 'WT89'],
        body: { schema: React },
        responses: { 200: ['All reactions.', Reacted] },
        refusals: [403, 404, 409, 410, 413, 415, 422],
      },
      async (actor, request) => {
        const fields = await readBody(request)
        const id = messageOf(fields, 'msg_id', 'message_id')
        const message = await translated(unseen, async () => {
          const { emoji, active } = await judged(
            () => ({ emoji: emoteOf(fields), active: fields.active === undefined || flagOf(fields, 'active') }),
            () => reactProbe(actor, id),
          )
          return (await messages.react(actor, id, emoji, active)).message
        })
        return json(printReacted(message))
      },
    ),
    own(reactSpec('PUT', 'addReaction', 'Reacts.'), (actor, request) => react(actor, request, true)),
    own(reactSpec('DELETE', 'removeReaction', 'Takes a reaction back.'), (actor, request) =>
      react(actor, request, false),
    ),
  ]
}
