// Names on the wire: uuids, channels by name or uuid, RFC 3339 times (CA4, CA5, CA44).
import { NIL_ID, parseUuid } from '../../base/id.ts'
import type { ConversationId, Person, ProfileId, Time } from '../../core/index.ts'

/** Who is said to own what belongs to nobody (CA45). */
export const NOBODY: ProfileId = NIL_ID

/** The channel everybody is in (CA45). */
export const GENERAL = 'general'

/** RFC 3339 with milliseconds and `Z` (CA5). */
export const printTime = (at: Time): string => new Date(at).toISOString()
export const printTimeOrNull = (at: Time | null): string | null => (at === null ? null : printTime(at))

/** What a client calls a channel: its uuid, its name, or, of a direct chat, `@` and the other's username. */
export type ChannelRef =
  | { readonly type: 'id'; readonly id: ConversationId }
  | { readonly type: 'peer'; readonly username: string }
  | { readonly type: 'name'; readonly name: string }

export const parseChannel = (text: string): ChannelRef => {
  const id = parseUuid(text)
  if (id !== null) return { type: 'id', id }
  return text.startsWith('@') ? { type: 'peer', username: text.slice(1) } : { type: 'name', name: text }
}

/** The name of the direct chat with somebody. No chosen name begins so (CA42). */
export const directName = (peer: Pick<Person, 'handle'>): string => `@${peer.handle}`

/** When something with a uuidv7 came to be: for what is known by its id only. */
export const timeOfId = (id: string): Time => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
