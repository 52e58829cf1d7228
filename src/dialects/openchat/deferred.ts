// Frames made when their turn comes, in the eyes of the one who gets them: an event does not carry a whole Channel.
import {
  type Actor,
  conversationOf,
  type Event,
  type Frame,
  faultIn,
  type ProfileId,
  type SpaceId,
} from '../../core/index.ts'
import type { Member } from './contract.ts'
import { printTime, printTimeOrNull } from './ids.ts'
import type { Channels } from './outbound.channels.ts'
import { type DeferredType, streamName } from './projection.ts'
import { printDurable, withToken } from './realtime/envelope.ts'
import type { Scope } from './scope.ts'

/** The frame, or null when by now there is nothing to tell. */
export type Deferred = (
  type: DeferredType,
  token: string,
  event: Event,
  actor: Actor,
  space: SpaceId,
) => Promise<Frame | null>

interface Made {
  readonly type: string
  readonly channelId?: string
  readonly payload: object
}

export const createDeferred = (scope: Scope, channels: Channels): Deferred => {
  const { core, uids } = scope
  /** Of members, printed once for all who look. */
  const members = new WeakMap<Event, Promise<Member | null>>()

  const memberOf = async (event: Event, actor: Actor, space: SpaceId): Promise<Member | null> => {
    const { body } = event
    if (!('person' in body) || !('conversation' in body)) return null
    const { member, mutedUntil } = await core.members.one(actor, body.conversation.id, body.person.id)
    return {
      user_uid: uids.of(space, body.person),
      role: member.role,
      joined_at: printTime(member.joinedAt),
      muted_until: printTimeOrNull(mutedUntil),
    }
  }

  const member = (event: Event, actor: Actor, space: SpaceId): Promise<Member | null> => {
    const standing = members.get(event)
    if (standing) return standing
    const mine = memberOf(event, actor, space)
    members.set(event, mine)
    // What one could not load is no answer for the next.
    mine.catch(() => members.delete(event))
    return mine
  }

  const made = async (type: DeferredType, event: Event, actor: Actor, space: SpaceId): Promise<Made | null> => {
    const { body, at, stream } = event
    switch (type) {
      case 'chat.channel.created': {
        if (body.type !== 'membership.began' && body.type !== 'space.channel') return null
        const view = await core.conversations.see(actor, { id: body.conversation.id })
        // Who is in it hears of it in his own stream.
        if (body.type === 'space.channel' && view.me) return null
        const channel = await channels.one(actor, view)
        const payload = {
          server_id: space,
          group_id: channel.group_id,
          channel,
          created_by_uid: body.by && uids.of(space, body.by),
          created_at: printTime(body.conversation.createdAt),
        }
        return { type, channelId: channel.id, payload }
      }
      case 'chat.channel.updated': {
        const channelId = conversationOf(stream) ?? ''
        return { type, channelId, payload: { channel: await channels.load(actor, channelId) } }
      }
      case 'chat.channel.layout.updated': {
        const by = 'by' in body ? body.by : null
        const payload = {
          server_id: space,
          groups: await channels.groups(actor, space),
          updated_by_uid: by && uids.of(space, by),
          updated_at: printTime(at),
        }
        return { type, payload }
      }
      case 'chat.category.updated': {
        if (body.type !== 'space.category') return null
        const payload = {
          server_id: space,
          group: await channels.group(actor, body.category),
          updated_by_uid: uids.of(space, body.by),
          updated_at: printTime(at),
        }
        return { type, payload }
      }
      case 'chat.member.joined':
      case 'chat.member.updated': {
        const channelId = conversationOf(stream) ?? ''
        const shown = await member(event, actor, space)
        return shown && { type, channelId, payload: { channel_id: channelId, member: shown } }
      }
      case 'chat.contact.updated':
        return body.type === 'block.lifted' ? unblocked(actor, body.blocked.id, space, at) : null
    }
  }

  /** A friendship shows again; without one there is no contact any more (OC96). */
  const unblocked = async (actor: Actor, id: ProfileId, space: SpaceId, at: number): Promise<Made> => {
    const person = await core.people.byId(id)
    const uid = person ? uids.of(space, person) : ''
    const friend = (await core.contacts.friends(actor)).find(each => each.person.id === id)
    if (!friend) return { type: 'chat.contact.removed', payload: { user_uid: uid } }
    const contact = { user_uid: uid, state: 'friend', since: printTime(friend.since ?? at) }
    return { type: 'chat.contact.updated', payload: { contact } }
  }

  return async (type, token, event, actor, space) => {
    try {
      const frame = await made(type, event, actor, space)
      if (!frame) return null
      const stream = streamName(event.stream, uids.of(space, actor.profile))
      return withToken(printDurable({ ...frame, space, at: event.at }, stream, event.seq), token)
    } catch (error) {
      // Gone, or out of sight, since: then another event says so. What cannot be read now is not left out.
      const fault = faultIn(error)
      if (fault && fault.kind !== 'unavailable') return null
      throw error
    }
  }
}
