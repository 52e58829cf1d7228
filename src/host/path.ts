// Request targets: cut apart without a URL object (which costs as much as routing does) and decoded once.

/** Path and query (without `?`) of a request's URL, which a hostile Host header may have left without an authority. */
export const splitTarget = (url: string): readonly [path: string, query: string] => {
  const scheme = url.indexOf('://')
  const start = url.startsWith('/') ? 0 : scheme < 0 ? -1 : url.indexOf('/', scheme + 3)
  if (start < 0) return ['/', '']
  const hash = url.indexOf('#', start)
  const end = hash < 0 ? url.length : hash
  const question = url.indexOf('?', start)
  return question < 0 || question >= end
    ? [url.slice(start, end), '']
    : [url.slice(start, question), url.slice(question + 1, end)]
}

/** A path in the two forms that are needed: for matching, and for reading. */
export interface RequestPath {
  /** Decoded but for `/` and `%` inside a segment, so that segments stay what they were. */
  readonly matchable: string
  /** Decoded; as it came if it cannot be decoded. */
  readonly decoded: string
  /** Restores what `matchable` kept encoded in one segment. */
  readonly value: (segment: string) => string
}

const same = (segment: string): string => segment
const restore = (segment: string): string => segment.replaceAll('%2F', '/').replaceAll('%25', '%')

export const decodePath = (path: string): RequestPath => {
  if (!path.includes('%')) return { matchable: path, decoded: path, value: same }
  try {
    const segments = path.split('/').map(decodeURIComponent)
    return {
      matchable: segments.map(segment => segment.replaceAll('%', '%25').replaceAll('/', '%2F')).join('/'),
      decoded: segments.join('/'),
      value: restore,
    }
  } catch {
    return { matchable: path, decoded: path, value: same }
  }
}
