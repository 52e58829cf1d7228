// Where broken JSON breaks: the parser of the runtime does not tell (CA15).

const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them inside strings
  /[ \t\n\r]*(?:([{}[\],:])|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y

/** What may stand next. `item` and `key` follow a comma; `first…` an opening bracket, which may also close at once. */
type Expected = 'value' | 'first-item' | 'first-key' | 'key' | 'colon' | 'more' | 'nothing'

/** What a token may be at a place, and what follows it; null where it must not stand. */
const follow = (expected: Expected, token: string, open: string[]): Expected | null => {
  const after = (): Expected => (open.length > 0 ? 'more' : 'nothing')
  const inside = open.at(-1)
  switch (token) {
    case '{':
    case '[':
      if (expected !== 'value' && expected !== 'first-item') return null
      open.push(token)
      return token === '{' ? 'first-key' : 'first-item'
    case '}':
    case ']': {
      const bracket = token === '}' ? '{' : '['
      const first = token === '}' ? 'first-key' : 'first-item'
      if (inside !== bracket || (expected !== first && expected !== 'more')) return null
      open.pop()
      return after()
    }
    case ',':
      return expected !== 'more' ? null : inside === '{' ? 'key' : 'value'
    case ':':
      return expected === 'colon' ? 'value' : null
  }
  if (expected === 'key' || expected === 'first-key') return token.startsWith('"') ? 'colon' : null
  return expected === 'value' || expected === 'first-item' ? after() : null
}

/** The offset, in UTF-16 units, of the first thing that cannot stand where it stands; the end if something is missing there. */
export const jsonErrorOffset = (text: string): number => {
  const open: string[] = []
  let expected: Expected = 'value'
  let at = 0
  for (;;) {
    TOKEN.lastIndex = at
    const token = TOKEN.exec(text)?.[0]
    const start = token === undefined ? at : at + token.length - token.trimStart().length
    const next: Expected | null = token === undefined ? null : follow(expected, token.trimStart(), open)
    if (token === undefined || next === null) return start + (/^[ \t\n\r]*/.exec(text.slice(start))?.[0].length ?? 0)
    expected = next
    at += token.length
  }
}
