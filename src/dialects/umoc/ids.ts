// Names on the wire: numbers for people and chats, uuids for messages, three spellings of time (UM1 to UM7).
import { NIL_ID, parseUuid } from '../../base/id.ts'
import {
  type Actor,
  type ConversationId,
  type ConversationRef,
  type Core,
  type Fid,
  faultIn,
  type MessageId,
  type Num,
  type Person,
  type ProfileId,
  refuse,
  type Time,
} from '../../core/index.ts'

/** The number nobody and nothing has; what a well-formed but impossible number is read as. */
const NOTHING: Num = 0
const MAX_NUM = 2 ** 31 - 1

/** An integer from 0, given as a number or in digits (UM3); null for anything else, and for what no number can hold exactly. */
export const parseInteger = (value: unknown): number | null => {
  if (typeof value === 'string' && !/^\d{1,32}$/.test(value)) return null
  const given = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN
  return Number.isSafeInteger(given) && given >= 0 ? given : null
}

/** A user or chat id; null when it is none. Numbers too great to exist become one that does not: unknown, not malformed. */
export const parseNum = (value: unknown): Num | null => {
  const given = parseInteger(value)
  if (given === null) return null
  return given <= MAX_NUM ? given : NOTHING
}

/** Whatever is no uuid names no message. */
export const parseMessageId = (value: unknown): MessageId => parseUuid(value) ?? NIL_ID

/** Whatever is no uuid names no file. */
export const parseFid = (value: unknown): Fid => parseUuid(value) ?? NIL_ID

/** ISO 8601, UTC, milliseconds, `Z` (UM4). */
export const printTime = (at: Time): string => new Date(at).toISOString()
export const printTimeOrNull = (at: Time | null): string | null => (at === null ? null : printTime(at))
/** Whole epoch seconds: `session_expires`, `expires_at` (UM5). */
export const printSeconds = (at: Time): number => Math.floor(at / 1000)
/** Epoch seconds with fraction: `typing_indicator.timestamp` (UM5). */
export const printPreciseSeconds = (at: Time): number => at / 1000

/** Whether the chat of a conversation is a group's to clients of this contract; channels are. */
export const isGroup = ({ kind }: Pick<ConversationRef, 'kind'>): boolean => kind !== 'direct'

/** The other one of a direct conversation. */
export const peerOf = ({ pair }: ConversationRef, one: ProfileId): Person | null =>
  pair?.find(person => person.id !== one) ?? null

/** A chat's id as `viewer` sees it: the peer's number, or the group's own (UM2). */
export const chatIdFor = (conversation: ConversationRef, viewer: ProfileId): Num =>
  peerOf(conversation, viewer)?.num ?? conversation.num

/** What a number names as a chat; `nothing`: no person, and no group. */
export type ChatName =
  | { readonly type: 'direct'; readonly peer: ProfileId }
  | { readonly type: 'group'; readonly id: ConversationId }
  | { readonly type: 'nothing' }

/** Finds chats by their numbers. */
export interface ChatIds {
  /**
   * What the number names. `wanted` is the request's `is_group`: absent, the number itself decides; contradicting, it
   * names nothing (UM7). What is known already is answered from memory without asking who may know: an id opens
   * nothing, every command asks the gate again. Faults: member.required, and for what is wanted as a group and is none
   * conversation.unknown.
   */
  find(actor: Actor, num: Num, wanted: boolean | undefined): Promise<ChatName>
  /**
   * The direct conversation with a person, begun if the gate allows it. Faults: self.refused, person.unknown; while
   * there is none: blocked.by-me, blocked.by-peer, stranger.refused, friend.required.
   */
  open(actor: Actor, peer: ProfileId): Promise<ConversationId>
}

/** The latest `capacity` answers to questions whose answer never changes. */
const createMemory = <V>(capacity: number) => {
  const known = new Map<string, V>()
  return {
    get: (key: string): V | undefined => known.get(key),
    keep(key: string, value: V): V {
      const [oldest] = known.keys()
      if (known.size >= capacity && oldest !== undefined) known.delete(oldest)
      known.set(key, value)
      return value
    },
  }
}

const nothing: ChatName = { type: 'nothing' }

/** Numbers are given out once and for good, and a pair keeps its conversation, so what was found stays true. */
export const createChatIds = (core: Pick<Core, 'conversations' | 'people'>, capacity = 20_000): ChatIds => {
  const names = createMemory<ChatName>(capacity)
  const directs = createMemory<ConversationId>(capacity)

  const look = async (actor: Actor, num: Num): Promise<ChatName> => {
    const person = await core.people.byNum(num)
    if (person) return { type: 'direct', peer: person.id }
    try {
      const { conversation } = await core.conversations.get(actor, { num })
      // A direct conversation has a number too, but is never called by it here.
      return isGroup(conversation) ? { type: 'group', id: conversation.id } : nothing
    } catch (thrown) {
      if (faultIn(thrown)?.kind === 'conversation.unknown') return nothing
      throw thrown
    }
  }

  return {
    async find(actor, num, wanted) {
      const key = String(num)
      const known = names.get(key)
      const name = known ?? (await look(actor, num))
      if (!known && name.type !== 'nothing') names.keep(key, name)
      if (wanted === true && name.type !== 'group') return refuse({ kind: 'conversation.unknown' })
      return wanted === false && name.type === 'group' ? nothing : name
    },
    async open(actor, peer) {
      const key = `${actor.profile.id} ${peer}`
      const known = directs.get(key)
      return known ?? directs.keep(key, (await core.conversations.openDirect(actor, peer)).conversation.id)
    },
  }
}
