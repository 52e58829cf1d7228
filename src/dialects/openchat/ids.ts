// How this contract spells times, ids and places in lists.
import { parseUuid } from '../../base/id.ts'
import { equalSecrets, sign } from '../../base/secret.ts'
import type { MessageId, Time } from '../../core/index.ts'

/** RFC 3339 in UTC with three digits of a second (OC1). */
export const printTime = (time: Time): string => new Date(time).toISOString()
export const printTimeOrNull = (time: Time | null): string | null => (time === null ? null : printTime(time))

const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/

/** Any RFC 3339 time; null for anything else (OC1). */
export const parseTime = (value: unknown): Time | null => {
  if (typeof value !== 'string' || !RFC3339.test(value)) return null
  const time = Date.parse(value.toUpperCase())
  return Number.isNaN(time) ? null : time
}

/** A uuid of a path or body, null for what cannot be one (and so names nothing, OC11). */
export const parseId = (value: string | undefined): string | null => parseUuid(value ?? null)

/** An event's id: its number in its stream, so wide that text sorts like numbers (OC112). */
export const printEventId = (number: number): string => String(number).padStart(16, '0')

/** Channels of everybody's own, which stand under headings that nobody made (OC58). */
export const GROUPS_CATEGORY = 'groups'
export const DIRECT_CATEGORY = 'direct'

/** Places in lists, sealed: what was damaged, or is another list's, is known (OC10). */
export interface Cursors {
  print(list: string, place: string): string
  /** The place; null for a cursor that this list did not make. */
  parse(list: string, cursor: string): string | null
}

const MAC_CHARS = 12

export const createCursors = (key: string): Cursors => {
  const mac = (list: string, place: string) => sign(key, `${list} ${place}`).slice(0, MAC_CHARS)
  return {
    print: (list, place) => `${Buffer.from(place).toString('base64url')}.${mac(list, place)}`,
    parse(list, cursor) {
      const [encoded = '', given = '', more] = cursor.split('.')
      if (more !== undefined) return null
      const place = Buffer.from(encoded, 'base64url').toString()
      return equalSecrets(given, mac(list, place)) ? place : null
    },
  }
}

/** A page of history is next to a message, on this side of it. */
export interface HistoryPlace {
  readonly side: 'before' | 'after'
  readonly id: MessageId
}
export const printHistoryPlace = ({ side, id }: HistoryPlace): string => `${side} ${id}`
export const parseHistoryPlace = (text: string): HistoryPlace | null => {
  const [side, id = ''] = text.split(' ')
  return side === 'before' || side === 'after' ? { side, id } : null
}
