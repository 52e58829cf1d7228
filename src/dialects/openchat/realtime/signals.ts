// Core signals → frames that pass: of people to all their connections, of a channel to those that have it open (OC116, OC118).
import { type ConversationRef, conversationOf, type SpaceId } from '../../../core/index.ts'
import type { SignalProjection } from '../../../host/dialect.ts'
import { printTimeOrNull } from '../ids.ts'
import { HERE_OR_GONE, type ProjectionScope } from '../projection.ts'
import { printPassing } from './envelope.ts'
import type { Typists } from './typists.ts'

/** Who came and went, told with no channel open: to friends, and to the other one of a direct chat. */
export const createSignals = (
  { print, homeId }: ProjectionScope,
  space: SpaceId,
  tick: () => string,
): SignalProjection => ({
  typing: null,
  watching: null,
  presence: ({ stream, at, body: { person, online, seenAt, circle, direct, except } }) => {
    if (space !== homeId || (circle !== 'friend' && !direct && conversationOf(stream) !== null)) return []
    const payload = {
      user_uid: print.uid(space, person),
      status: online ? 'online' : 'offline',
      last_seen_at: online ? null : printTimeOrNull(seenAt),
    }
    return [{ frame: printPassing({ type: 'chat.user.presence', space, at, payload }, tick()), except }]
  },
})

/**
 * What is told of a channel where it is open. Views join its topic for that: told to all who are in it, the thousands who
 * come back at once after a fall would be a square.
 */
export const createViewSignals = (
  { print, homeId }: ProjectionScope,
  space: SpaceId,
  tick: () => string,
  typists: Pick<Typists, 'of'>,
): SignalProjection => {
  const here = ({ spaceId }: Pick<ConversationRef, 'spaceId'>): boolean => (spaceId ?? homeId) === space
  return {
    typing: ({ at, body: { conversation, person, active } }) => {
      if (!here(conversation)) return []
      const user_uid = print.uid(space, person)
      const { id, device } = typists.of(conversation.id, person.id) ?? { id: elsewhereId(user_uid), device: null }
      const member = { client_id: id, user_uid, device_id: device ?? id }
      const payload = { channel_id: conversation.id, member, is_typing: active }
      const fields = { type: 'chat.typing.updated', space, channelId: conversation.id, at, payload }
      return [{ frame: printPassing(fields, tick()), except: [person.id] }]
    },
    watching: ({ at, body: { conversation, person, watcher, active, except } }) => {
      if (!here(conversation)) return []
      const user_uid = print.uid(space, person)
      const member = { client_id: watcher.id, user_uid, device_id: watcher.device ?? watcher.id }
      const payload = { channel_id: conversation.id, member }
      const type = active ? 'chat.presence.joined' : 'chat.presence.left'
      return [{ frame: printPassing({ type, space, channelId: conversation.id, at, payload }, tick()), except }]
    },
    /** The view knows whether that is somebody who is here by another contract. */
    presence: ({ stream, body: { except } }) =>
      conversationOf(stream) === null ? [] : [{ frame: HERE_OR_GONE, except }],
  }
}

/** What somebody's connections are called whose own names this contract does not know: after him, as he is called here. */
export const elsewhereId = (uid: string): string => uid.replace('uid_', 'p_')
