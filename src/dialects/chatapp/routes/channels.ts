// Channels: made, listed, joined, left, deleted (CA41 to CA50).
import { type Actor, type ConversationView, faultIn, refuse } from '../../../core/index.ts'
import type { Route } from '../../../host/dialect.ts'
import { NewChannel, PageQuery } from '../contract.requests.ts'
import { Channel, Channels, Done, Messages, Subscription } from '../contract.ts'
import { refused } from '../faults.ts'
import { json, ownRoute, param, rates } from '../http.ts'
import { judgeChannel, judgePage, readBody } from '../inbound.ts'
import { printChannel } from '../outbound.ts'
import { messagesJson, pageOf } from '../pages.ts'
import type { Scope } from '../scope.ts'

export const channelsRoutes = (scope: Scope): readonly Route[] => {
  const { core, channels } = scope

  const channelAt = (path: string, name: string, summary: string, rules: readonly string[]) => ({
    path: `/api/channels/:channel_name${path}`,
    name,
    summary,
    rules,
  })

  /** Joins what is public and open; who is in already stays so (CA46). */
  const join = async (actor: Actor, { conversation, me }: ConversationView): Promise<void> => {
    if (conversation.visibility === 'private') return refuse({ kind: 'conversation.unknown' })
    if (me !== null) return
    // This contract has no applications: asking the core to join would make one.
    if (conversation.joinRule !== 'open') return refuse({ kind: 'join.refused' })
    try {
      await core.members.join(actor, conversation.id, null)
    } catch (error) {
      if (faultIn(error)?.kind !== 'member.exists') throw error
    }
  }

  const leave = async (actor: Actor, { conversation }: ConversationView): Promise<void> => {
    try {
      await core.members.leave(actor, conversation.id)
    } catch (error) {
      const kind = faultIn(error)?.kind
      if (kind === 'member.required' || kind === 'conversation.fixed') refused('not_left')
      throw error
    }
  }

  /** The channel without the caller, who may not see it any more (CA47). */
  const left = async (actor: Actor, before: ConversationView): Promise<Channel> => {
    const { id, visibility } = before.conversation
    if (visibility === 'public') return channels.print(actor, await channels.see(actor, id))
    return printChannel(before, [], actor.profile.id)
  }

  return [
    ...ownRoute(
      scope,
      {
        method: 'POST',
        path: '/api/channels',
        name: 'createChannel',
        summary: 'Makes a public channel; the caller owns it and is in it.',
        rules: ['CA41', 'CA42'],
        body: { schema: NewChannel },
        success: ['The channel.', Channel],
        refusals: [400, 413, 422],
      },
      async (actor, request) => {
        const { name, description } = judgeChannel(await readBody(request))
        const view = await core.conversations.create(actor, {
          kind: 'channel',
          title: name,
          titleIsName: true,
          description,
          visibility: 'public',
          joinRule: 'open',
        })
        return json(await channels.print(actor, view))
      },
    ),
    ...ownRoute(
      scope,
      {
        method: 'GET',
        path: '/api/channels',
        name: 'channels',
        summary: 'Every public channel and what private conversations the caller is in, oldest first.',
        rules: ['CA43'],
        success: ['The channels.', Channels],
      },
      async actor => json(await channels.printAll(actor, await channels.visible(actor))),
    ),
    ...ownRoute(
      scope,
      {
        method: 'GET',
        path: '/api/channels/me',
        name: 'ownChannels',
        summary: 'What the caller is in, oldest first.',
        rules: ['CA43'],
        success: ['The channels.', Channels],
      },
      async actor => json(await channels.printAll(actor, await channels.own(actor))),
    ),
    ...ownRoute(
      scope,
      {
        method: 'GET',
        ...channelAt('', 'channel', 'One channel, by name or id.', ['CA44']),
        success: ['The channel.', Channel],
        refusals: [404],
      },
      async (actor, request) =>
        json(await channels.print(actor, await channels.see(actor, param(request, 'channel_name')))),
    ),
    ...ownRoute(
      scope,
      {
        method: 'POST',
        ...channelAt('/join', 'joinChannel', 'Joins an open public channel; twice is once.', ['CA46', 'CA49']),
        success: ['The channel.', Channel],
        refusals: [403, 404],
      },
      async (actor, request) => {
        const view = await channels.see(actor, param(request, 'channel_name'))
        await join(actor, view)
        return json(await channels.print(actor, await channels.see(actor, view.conversation.id)))
      },
    ),
    ...ownRoute(
      scope,
      {
        method: 'POST',
        ...channelAt('/leave', 'leaveChannel', 'Leaves; the owner may not.', ['CA47', 'CA49']),
        success: ['The channel without the caller.', Channel],
        refusals: [400, 404],
      },
      async (actor, request) => {
        const view = await channels.see(actor, param(request, 'channel_name'))
        await leave(actor, view)
        return json(await left(actor, view))
      },
    ),
    ...ownRoute(
      scope,
      {
        method: 'DELETE',
        ...channelAt('', 'deleteChannel', 'Ends it for everybody; the owner may.', ['CA48', 'CA49']),
        success: ['Deleted.', Done],
        refusals: [403, 404],
      },
      async (actor, request) => {
        const { conversation } = await channels.see(actor, param(request, 'channel_name'))
        try {
          await core.conversations.end(actor, conversation.id)
        } catch (error) {
          if (faultIn(error)?.kind === 'member.required') refused('owner_only')
          throw error
        }
        return json({ message: 'Channel deleted successfully' })
      },
    ),
    ...ownRoute(
      scope,
      {
        method: 'GET',
        ...channelAt('/status', 'channelStatus', 'Whether the caller is in it.', ['CA50']),
        success: ['Whether so.', Subscription],
        refusals: [404],
      },
      async (actor, request) => {
        const { me } = await channels.see(actor, param(request, 'channel_name'))
        return json({ is_subscribed: me !== null })
      },
    ),
    ...ownRoute(
      scope,
      {
        method: 'GET',
        ...channelAt('/messages', 'channelMessages', 'Its most recent messages, oldest first.', ['CA50', 'CA55']),
        query: PageQuery,
        success: ['The messages.', Messages],
        refusals: [403, 404, 422],
        rate: rates.polls,
      },
      async (actor, request) => {
        const page = judgePage(request.query)
        const name = param(request, 'channel_name')
        return messagesJson(scope, await channels.within(actor, name, id => pageOf(core, actor, id, page)))
      },
    ),
  ]
}
