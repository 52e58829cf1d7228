// Searching folded columns: what a person typed is text, never a pattern.

const LAST = 0x10ffff

/**
 * The range of all texts that begin with `prefix`, in code point order: `from` ≤ text < `below`. An index answers it,
 * which it would not for LIKE. U+10FFFF is no character: nobody is found by a prefix made of nothing else.
 */
export const prefixRange = (prefix: string): { readonly from: string; readonly below: string } => {
  const points = Array.from(prefix, character => character.codePointAt(0) ?? 0)
  while (points.at(-1) === LAST) points.pop()
  const last = points.pop()
  if (last === undefined) return { from: prefix, below: String.fromCodePoint(LAST) }
  // The surrogates are no characters either.
  const next = last + 1 === 0xd800 ? 0xe000 : last + 1
  return { from: prefix, below: String.fromCodePoint(...points, next) }
}

/** A LIKE pattern (with ESCAPE '\') for texts that contain `text` as it stands. */
export const containing = (text: string): string => `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`
