// Names on the wire: UUIDs in any letter case come in, lower case goes out (MS7); channel topics; times.
import { parseUuid } from '../../base/id.ts'
import type { ConversationId, ProfileId, Time } from '../../core/index.ts'

export { parseUuid }

/** What a topic names. `id` is null where the rest is no UUID. */
export type Topic =
  | { readonly type: 'conversation'; readonly id: ConversationId | null }
  | { readonly type: 'profile'; readonly id: ProfileId | null }

/** The kind of channel a topic asks for, or null for a kind that does not exist here. */
export const parseTopic = (topic: string): Topic | null => {
  const colon = topic.indexOf(':')
  const kind = topic.slice(0, colon)
  if (colon === -1 || (kind !== 'conversation' && kind !== 'profile')) return null
  return { type: kind, id: parseUuid(topic.slice(colon + 1)) }
}

export const conversationTopic = (id: ConversationId): string => `conversation:${id}`

/** RFC 3339, UTC, cut to whole seconds (MS22). */
export const printTime = (at: Time): string => `${new Date(at).toISOString().slice(0, 19)}Z`
export const printTimeOrNull = (at: Time | null): string | null => (at === null ? null : printTime(at))
