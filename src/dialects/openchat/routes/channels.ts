// Channels, groups and direct chats one by one: made, seen, changed, deleted; who is there and who types (OC57 to OC66, OC88).

import { own } from '../../../base/json.ts'
import { nullable, open, Type, timestamp, uuid } from '../../../base/schema.ts'
import { type FaultKind, faultIn } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { identify } from '../auth.ts'
import { ChannelPatch, ChannelRequest, PreferencesRequest, TypingRequest } from '../contract.requests.ts'
import { Channel, PresenceEntry } from '../contract.ts'
import { refused, refuseFields, replyOf } from '../faults.ts'
import { answer, noContent, readJson, requiredString, route } from '../http.ts'
import { DIRECT_CATEGORY, GROUPS_CATEGORY, parseId, printTime, printTimeOrNull } from '../ids.ts'
import { channelPatchIn, nameIn, preferencesIn } from '../inbound.places.ts'
import { createChannels } from '../outbound.channels.ts'
import { askInChannel, askInServer, changing, noBody } from '../places.ts'
import { TYPING_MS } from '../realtime/socket.ts'
import { loadPresence } from '../realtime/views.ts'
import type { Scope } from '../scope.ts'

/** Nobody hears of it, and nothing is said about it: a block does not show, and who only reads is not there (OC65). */
const unheard: ReadonlySet<FaultKind> = new Set(['member.required', 'stranger.refused', 'friend.required'])

export const OneChannel = open({ channel: Channel }, { title: 'OneChannel' })
const ChannelCreated = open(
  {
    server_id: uuid(),
    group_id: Type.String(),
    channel: Channel,
    created_by_uid: Type.String(),
    created_at: timestamp(),
  },
  { title: 'ChannelCreated' },
)
const Present = open({ channel_id: uuid(), members: Type.Array(PresenceEntry) }, { title: 'Present' })
const Preferences = open(
  { channel_id: uuid(), muted_until: nullable(timestamp()), archived: Type.Boolean() },
  { title: 'Preferences' },
)

export const channelsRoutes = (scope: Scope): readonly Route[] => {
  const { core, uids } = scope
  const channels = createChannels(scope)

  const create = async (request: RouteRequest): Promise<Response> => {
    const { actor, id, body } = await askInServer(scope, request, readJson)
    const title = nameIn(body, 'name', 'invalid_channel_name')
    if (own(body, 'type') === 'voice') {
      refused('invalid_channel_type', { fields: ['type'], reason: 'voice_unsupported' })
    }
    if (own(body, 'type') !== 'text') refuseFields(['type'], 'invalid_channel_type')
    const heading = requiredString(body, 'group_id')
    if (heading === GROUPS_CATEGORY || heading === DIRECT_CATEGORY) refuseFields(['group_id'])
    const categoryId = parseId(heading) ?? refused('channel_group_not_found')
    const words = {
      'role.required': () => replyOf('channel_create_forbidden'),
      'category.unknown': () => replyOf('channel_group_not_found'),
    }
    const view = await translated(words, () => core.spaces.createChannel(actor, id, { title, categoryId }))
    return answer(201, {
      server_id: id,
      group_id: categoryId,
      channel: await channels.one(actor, view),
      created_by_uid: uids.of(id, actor.profile),
      created_at: printTime(view.conversation.createdAt),
    })
  }

  const get = async (request: RouteRequest): Promise<Response> => {
    const { actor, view } = await askInChannel(scope, request, noBody)
    return answer(200, { channel: await channels.one(actor, view) })
  }

  const update = async (request: RouteRequest): Promise<Response> => {
    const { actor, body, view } = await askInChannel(scope, request, readJson)
    const patch = channelPatchIn(body, view.conversation)
    const changed = await changing(scope, actor, view.conversation.spaceId, 'channel_update_forbidden', () =>
      core.conversations.update(actor, view.conversation.id, patch),
    )
    return answer(200, { channel: await channels.one(actor, changed) })
  }

  const remove = async (request: RouteRequest): Promise<Response> => {
    const { actor, view } = await askInChannel(scope, request, noBody)
    await changing(scope, actor, view.conversation.spaceId, 'channel_delete_forbidden', () =>
      core.conversations.end(actor, view.conversation.id),
    )
    return answer(200, { deleted: true })
  }

  const presence = async (request: RouteRequest): Promise<Response> => {
    const { actor, view } = await askInChannel(scope, request, noBody)
    const { id } = view.conversation
    const space = channels.serverOf(view.conversation)
    // Who only reads is not there, and is not told who is.
    const members = view.me === null ? [] : (await loadPresence(scope, space, actor, id)).entries
    return answer(200, { channel_id: id, members })
  }

  const typing = async (request: RouteRequest): Promise<Response> => {
    const { actor, identity, body, view } = await askInChannel(scope, request, readJson)
    const active = own(body, 'is_typing')
    if (typeof active !== 'boolean') return refuseFields(['is_typing'])
    const by = { linkId: identity.session.id, ttlMs: TYPING_MS }
    try {
      await core.typing.set(actor, view.conversation.id, active, by)
    } catch (error) {
      const fault = faultIn(error)
      if (fault === null || !unheard.has(fault.kind)) throw error
    }
    return noContent()
  }

  const prefer = async (request: RouteRequest): Promise<Response> => {
    const { actor, body, view } = await askInChannel(scope, request, readJson)
    const wanted = preferencesIn(body)
    const { id } = view.conversation
    const stored = await changing(scope, actor, view.conversation.spaceId, 'forbidden', () =>
      core.conversations.prefer(actor, id, wanted),
    )
    const muted_until = printTimeOrNull(stored.mutedUntil)
    return answer(200, { channel_id: id, muted_until, archived: stored.archived })
  }

  return [
    route(
      {
        method: 'POST',
        path: '/v1/servers/:sid/channels',
        name: 'channels.create',
        summary: 'Makes a text channel; on the home server every member, elsewhere owner and managers.',
        rules: ['OC61', 'OC54'],
        body: { schema: ChannelRequest },
        responses: { 201: ['The channel.', ChannelCreated] },
        refusals: [403, 404, 409, 413, 415],
      },
      create,
    ),
    route(
      {
        method: 'GET',
        path: '/v1/channels/:cid',
        name: 'channels.get',
        summary: 'One channel, group or direct chat.',
        rules: ['OC57', 'OC59', 'OC64'],
        responses: { 200: ['The channel.', OneChannel] },
        refusals: [403, 404],
      },
      get,
    ),
    route(
      {
        method: 'PATCH',
        path: '/v1/channels/:cid',
        name: 'channels.update',
        summary: 'Changes the given keys; owner and managers.',
        rules: ['OC64'],
        body: { schema: ChannelPatch },
        responses: { 200: ['The channel.', OneChannel] },
        refusals: [403, 404, 409, 413, 415],
      },
      update,
    ),
    route(
      {
        method: 'DELETE',
        path: '/v1/channels/:cid',
        name: 'channels.delete',
        summary: 'Ends a channel or group for good; its owner.',
        rules: ['OC64'],
        responses: { 200: ['Gone.', open({ deleted: Type.Boolean() }, { title: 'Deleted' })] },
        refusals: [403, 404],
      },
      remove,
    ),
    route(
      {
        method: 'GET',
        path: '/v1/channels/:cid/presence',
        name: 'presence.get',
        summary: 'Who has the channel open now; to its members.',
        rules: ['OC65', 'OC118'],
        responses: { 200: ['One entry for each connection.', Present] },
        refusals: [403, 404],
      },
      presence,
    ),
    route(
      {
        method: 'POST',
        path: '/v1/channels/:cid/typing',
        name: 'typing.send',
        summary: 'Says that the caller types, or stops; it ends by itself after six seconds.',
        rules: ['OC65'],
        body: { schema: TypingRequest },
        responses: { 204: ['Said.'] },
        refusals: [403, 404, 413, 415],
      },
      typing,
    ),
    route(
      {
        method: 'PUT',
        path: '/v1/channels/:cid/preferences',
        name: 'channels.prefer',
        summary: "How the caller's devices are to be told of it; the keys that are given change.",
        rules: ['OC88'],
        body: { schema: PreferencesRequest },
        responses: { 200: ['What stands now.', Preferences] },
        refusals: [403, 404, 413, 415],
      },
      prefer,
    ),
    route(
      {
        method: 'POST',
        path: '/v1/rtc/channels/:cid/join-ticket',
        name: 'rtc.join',
        summary: 'There is no voice here.',
        rules: ['OC66'],
        responses: {},
        refusals: [501],
      },
      async request => {
        await identify(scope, request)
        return refused('rtc_unsupported')
      },
    ),
  ]
}
