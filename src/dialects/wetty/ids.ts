// Names on the wire: numbers for people and chats, uuids for messages, `file_…` for files, RFC 3339 times.
import { NIL_ID, parseUuid } from '../../base/id.ts'
import type { Actor, ConversationId, Core, Fid, MessageId, Num, Time } from '../../core/index.ts'

/** The number nobody and nothing has; what a well-formed but impossible number is read as. */
const NOTHING: Num = 0
const MAX_NUM = 2 ** 31 - 1

/**
 * A user or chat number, given as JSON number, digits, or 32 zero-padded digits (WT6); null when it is none of these.
 * Numbers too great to exist become one that does not, so that they are unknown rather than malformed.
 */
export const parseNum = (value: unknown): Num | null => {
  if (typeof value === 'string' && !/^\d{1,32}$/.test(value)) return null
  const num = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN
  if (!Number.isInteger(num) || num < 0) return null
  return num <= MAX_NUM ? num : NOTHING
}

/** A chat id is opaque to a client: whatever is no number names no chat (and answers as one that is not there). */
export const parseChatNum = (value: string | number): Num => parseNum(value) ?? NOTHING
export const printChatId = (num: Num): string => String(num)

/** A message id is opaque too: whatever is no uuid names no message. */
export const parseMessageId = (value: string): MessageId => parseUuid(value) ?? NIL_ID

const FID = /^file_[A-Za-z0-9_-]{22}$/

/** Whether a text is exactly a file id (WT72). */
export const isFid = (text: string): boolean => text.length === 27 && FID.test(text)

/** A file id in its one spelling (WT66); anything else names no file. */
export const parseFid = (value: string): Fid => {
  if (!isFid(value)) return NIL_ID
  const hex = Buffer.from(value.slice(5), 'base64url').toString('hex')
  const fid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  return printFid(fid) === value ? fid : NIL_ID
}
export const printFid = (fid: Fid): string =>
  `file_${Buffer.from(fid.replaceAll('-', ''), 'hex').toString('base64url')}`

/** RFC 3339 with milliseconds and `Z` (WT7). */
export const printTime = (at: Time): string => new Date(at).toISOString()
export const printTimeOrNull = (at: Time | null): string | null => (at === null ? null : printTime(at))

const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/

/** A time with its offset; null for anything else. */
export const parseTime = (value: string): Time | null => {
  if (!RFC3339.test(value)) return null
  const at = Date.parse(value.toUpperCase().replace(' ', 'T'))
  return Number.isNaN(at) ? null : at
}

/** Finds conversations by the number on the wire. */
export interface ChatIds {
  /**
   * The conversation's id. A known number is answered from memory without asking who may know: the id opens nothing,
   * every command asks the gate again. Faults: conversation.unknown, member.required.
   */
  find(actor: Actor, num: Num): Promise<ConversationId>
}

/** Numbers are given out once and for good, so what was found stays true. Keeps the `capacity` latest found. */
export const createChatIds = (core: Pick<Core, 'conversations'>, capacity = 20_000): ChatIds => {
  const known = new Map<Num, ConversationId>()
  return {
    async find(actor, num) {
      const standing = known.get(num)
      if (standing !== undefined) return standing
      const { conversation } = await core.conversations.get(actor, { num })
      const [oldest] = known.keys()
      if (known.size >= capacity && oldest !== undefined) known.delete(oldest)
      known.set(num, conversation.id)
      return conversation.id
    },
  }
}
