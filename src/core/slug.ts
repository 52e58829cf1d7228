// The name by which a conversation is addressed, minted once, in chatapp's alphabet (CA42).
import { fold } from '../base/fold.ts'
import { lockOf } from './context.ts'
import type { Num } from './model/ids.ts'
import type { Tx } from './ports/store.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
const FORBIDDEN = /[/\\?#%\u0000-\u001f\u007f-\u009f]/g
const MAX = 50
const UUID_SHAPED = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const WORDS = new Set(['me', '.', '..'])

const cleaned = (title: string | null): string => {
  const text = (title ?? '').replace(FORBIDDEN, '').toWellFormed().trim()
  return [...text]
    .slice(0, MAX - 14)
    .join('')
    .trim()
}

/**
 * Whether a chosen name may be a slug as it stands: names ending in `~` and digits are left to private conversations.
 * Judged folded, as names are compared: a full-width tilde would take such a name just as well.
 */
export const isSlug = (name: string): boolean => {
  const folded = fold(name)
  return (
    name === name.trim() &&
    name.isWellFormed() &&
    name.length > 0 &&
    [...name].length <= MAX &&
    name.search(FORBIDDEN) < 0 &&
    !folded.startsWith('@') &&
    !WORDS.has(folded) &&
    !UUID_SHAPED.test(folded) &&
    !/~\d+$/.test(folded)
  )
}

/** A private conversation's: `<title or group>~<num>`, which nobody can choose, so it takes and betrays no name. */
export const privateSlug = (title: string | null, kind: string, num: Num): string =>
  `${cleaned(title).replace(/^@+/, '') || kind}~${num}`

/** A public conversation's: its title, with a suffix when taken. */
export const publicSlug = async (tx: Tx, title: string | null, kind: string, num: Num): Promise<string> => {
  const base = cleaned(title)
  const wish = isSlug(base) ? base : kind
  await tx.lock(lockOf.slug(fold(wish)))
  for (const candidate of [wish, ...Array.from({ length: 8 }, (_, i) => `${wish}-${i + 2}`)]) {
    if (!(await tx.conversationBySlug(fold(candidate)))) return candidate
  }
  // The one form that nobody can have chosen.
  return `${wish}~${num}`
}
