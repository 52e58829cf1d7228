// The printed form of a place in a store's log: `<epoch>.<position>`, at most 53 URL-safe characters.
import type { Mark } from '../../core/model/ids.ts'

/** `position` counts committed events of the whole log. */
export const printMark = (epoch: string, position: number): Mark => `${epoch}.${position}`

const POSITION = /^(?:0|[1-9][0-9]{0,15})$/

/** The position in a mark of this epoch; null for any other text. */
export const parseMark = (epoch: string, mark: Mark): number | null => {
  if (!mark.startsWith(`${epoch}.`)) return null
  const digits = mark.slice(epoch.length + 1)
  const position = Number(digits)
  return POSITION.test(digits) && Number.isSafeInteger(position) ? position : null
}
