// Reactions to messages, and messages kept in sight (OC80, OC81).

import { open, Type, uuid } from '../../../base/schema.ts'
import { isSingleEmoji } from '../../../base/text.ts'
import type { Message as CoreMessage } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { Pin, Reaction } from '../contract.ts'
import { refused, replyOf } from '../faults.ts'
import { answer, param, route } from '../http.ts'
import { printTime } from '../ids.ts'
import { askInChannel, noBody } from '../places.ts'
import type { Scope } from '../scope.ts'
import { admitted, messageOfPath } from './messages.ts'

const Reacted = open({ channel_id: uuid(), message_id: uuid(), reactions: Type.Array(Reaction) }, { title: 'Reacted' })
const Pins = open({ channel_id: uuid(), pins: Type.Array(Pin) }, { title: 'Pins' })
const Pinned = open({ channel_id: uuid(), message_id: uuid(), pinned: Type.Boolean() }, { title: 'Pinned' })

const forbidden = () => replyOf('pin_forbidden')
const pinWords = { 'role.required': forbidden, 'member.required': forbidden } as const

export const reactionsAndPinsRoutes = (scope: Scope): readonly Route[] => {
  const { core, print } = scope

  const reacted = async (request: RouteRequest, active: boolean): Promise<CoreMessage> => {
    const call = await askInChannel(scope, request, noBody)
    const { actor, view } = call
    const message = await messageOfPath(scope, call, request)
    const emoji = param(request, 'emoji')
    if (!isSingleEmoji(emoji)) refused('invalid_emoji')
    const mine = message.reactions.find(tally => tally.emoji === emoji)?.by.some(({ id }) => id === actor.profile.id)
    // Nobody joins by taking back what he never said.
    if (view.me === null && !active && !mine) return message
    await admitted(scope, call)
    return (await core.messages.react(actor, message.id, emoji, active)).message
  }

  const react =
    (active: boolean) =>
    async (request: RouteRequest): Promise<Response> => {
      const message = await reacted(request, active)
      const { id, conversation, reactions } = message
      const space = conversation.spaceId ?? scope.homeId
      return answer(200, { channel_id: conversation.id, message_id: id, reactions: print.reactions(space, reactions) })
    }

  const listPins = async (request: RouteRequest): Promise<Response> => {
    const { actor, identity, view } = await askInChannel(scope, request, noBody)
    const { space } = identity
    const pins = await core.messages.pins(actor, view.conversation.id)
    return answer(200, {
      channel_id: view.conversation.id,
      pins: pins.map(({ message, by, at }) => ({
        message: print.message(space, message),
        pinned_by_uid: print.uid(space, by),
        pinned_at: printTime(at),
      })),
    })
  }

  const pin =
    (active: boolean) =>
    async (request: RouteRequest): Promise<Response> => {
      const call = await askInChannel(scope, request, noBody)
      const { id } = await messageOfPath(scope, call, request)
      if (call.view.me === null) refused('pin_forbidden')
      await translated(pinWords, () => core.messages.pin(call.actor, id, active))
      return answer(200, { channel_id: call.view.conversation.id, message_id: id, pinned: active })
    }

  const reaction = '/v1/channels/:cid/messages/:mid/reactions/:emoji'
  const pins = '/v1/channels/:cid/pins'
  return [
    route(
      {
        method: 'PUT',
        path: reaction,
        name: 'reactions.add',
        summary: 'Reacts to a message with one emoji.',
        rules: ['OC80'],
        responses: { 200: ['The reactions as they are now.', Reacted] },
        refusals: [403, 404, 409, 410],
      },
      react(true),
    ),
    route(
      {
        method: 'DELETE',
        path: reaction,
        name: 'reactions.remove',
        summary: 'Takes a reaction back.',
        rules: ['OC80'],
        responses: { 200: ['The reactions as they are now.', Reacted] },
        refusals: [403, 404, 410],
      },
      react(false),
    ),
    route(
      {
        method: 'GET',
        path: pins,
        name: 'pins.list',
        summary: 'The messages pinned here, the newest pin first.',
        rules: ['OC81'],
        responses: { 200: ['The pins.', Pins] },
        refusals: [403, 404],
      },
      listPins,
    ),
    route(
      {
        method: 'PUT',
        path: `${pins}/:mid`,
        name: 'pins.add',
        summary: 'Pins a message.',
        rules: ['OC81'],
        responses: { 200: ['It is pinned.', Pinned] },
        refusals: [403, 404, 409, 410],
      },
      pin(true),
    ),
    route(
      {
        method: 'DELETE',
        path: `${pins}/:mid`,
        name: 'pins.remove',
        summary: 'Takes a pin away.',
        rules: ['OC81'],
        responses: { 200: ['It is not pinned.', Pinned] },
        refusals: [403, 404],
      },
      pin(false),
    ),
  ]
}
