// The path patterns of the layer table.

const literally = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&')

/** A matcher for whole paths. Names in `<…>` take one segment each, or stand for the value they already have. */
export const pattern = (text: string, names: Readonly<Record<string, string>> = {}): RegExp => {
  const body = literally(text).replace(/\*\*|\*|<(\w+)>/g, (token, name: string) => {
    if (token === '**') return '.+'
    if (token === '*') return '[^/]*'
    const known = names[name]
    return known === undefined ? `(?<${name}>[^/]+)` : literally(known)
  })
  return new RegExp(`^${body}$`)
}
