// Reads the fields of a request: there at all, then of the right type and range, in the contract's words (UM3, UM45).
import type { Num } from '../../../core/index.ts'
import { parseInteger, parseNum } from '../ids.ts'
import { invalid, missing } from '../words.ts'

export type Payload = Readonly<Record<string, unknown>>

/** Whether the request says anything there; null says nothing. */
export const has = (payload: Payload, field: string): boolean => payload[field] !== undefined && payload[field] !== null

/** Refuses unless all of these are there. To be called before any of them is read: what is missing is said first. */
export const need = (payload: Payload, ...fields: readonly string[]): void => {
  if (!fields.every(field => has(payload, field))) missing()
}

/** A user or chat id; a number nobody has reads as one. */
export const num = (payload: Payload, field: string): Num => parseNum(payload[field]) ?? invalid(field)

/** An integer from 0. */
export const integer = (payload: Payload, field: string): number => parseInteger(payload[field]) ?? invalid(field)

export const text = (payload: Payload, field: string): string => {
  const value = payload[field]
  return typeof value === 'string' ? value : invalid(field)
}

export const flag = (payload: Payload, field: string): boolean => {
  const value = payload[field]
  return typeof value === 'boolean' ? value : invalid(field)
}

/** `read`, where the request says anything. */
export const optional = <T>(
  payload: Payload,
  field: string,
  read: (payload: Payload, field: string) => T,
): T | undefined => (has(payload, field) ? read(payload, field) : undefined)
