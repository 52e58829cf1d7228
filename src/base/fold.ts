// Names compared the way people compare them.

/**
 * The form under which names are unique and searched: NFKC, case folded. Idempotent. Through upper case, because it brings
 * together what lower case keeps apart (`ß` and `SS`), and first through lower case, which upper case alone would leave as
 * it is (`ẞ`); the final sigma, which JavaScript makes by position, last.
 */
export const fold = (text: string): string =>
  text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().replaceAll('\u03c2', '\u03c3').normalize('NFKC')

/** Compares by code point, the order in which SQLite (BINARY) and PostgreSQL (COLLATE "C") keep UTF-8 text. */
export const compareCodePoints = (a: string, b: string): number => {
  if (a === b) return 0
  const left = Buffer.from(a)
  return left.compare(Buffer.from(b))
}
