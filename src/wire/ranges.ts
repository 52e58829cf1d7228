// `Range` requests for parts of a file (RFC 9110, WT69).

export type Range =
  | { readonly type: 'full' }
  /** Bytes `start` to `end`, both included, both within the file. */
  | { readonly type: 'partial'; readonly start: number; readonly end: number }
  | { readonly type: 'unsatisfiable' }

const FULL: Range = { type: 'full' }
const UNSATISFIABLE: Range = { type: 'unsatisfiable' }

const BYTES = /^bytes=\s*(\d*)-(\d*)$/i

/**
 * What of a file of `size` bytes a `Range` header asks for: `bytes=a-b`, `bytes=a-` or `bytes=-n` (the last n).
 * No header, another unit, a malformed one, or several ranges: the full file. A number too great for any
 * file is no more than that.
 */
export const parseRange = (header: string | null, size: number): Range => {
  const [matched, from = '', to = ''] = BYTES.exec(header?.trim() ?? '') ?? []
  if (matched === undefined || (from === '' && to === '')) return FULL
  if (from === '') {
    const last = Number(to)
    return last === 0 || size === 0
      ? UNSATISFIABLE
      : { type: 'partial', start: Math.max(0, size - last), end: size - 1 }
  }
  const start = Number(from)
  const end = to === '' ? Number.POSITIVE_INFINITY : Number(to)
  if (end < start) return FULL
  return start >= size ? UNSATISFIABLE : { type: 'partial', start, end: Math.min(end, size - 1) }
}

/** The `Content-Range` of a 206, or of a 416 when no range is given. */
export const contentRange = (size: number, range?: { readonly start: number; readonly end: number }): string =>
  range ? `bytes ${range.start}-${range.end}/${size}` : `bytes */${size}`
