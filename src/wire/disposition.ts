// Names and types of files in headers: what comes in made safe, what goes out spelled so that every client reads it.

/**
 * The name in a `Content-Disposition` header, as sent (make it safe with `safeFileName`); `filename*` wins over `filename`.
 * Null when there is none or it cannot be read. UTF-8 bytes that HTTP handed over as Latin-1 are put right.
 */
export const dispositionFileName = (header: string | null): string | null => {
  if (header === null) return null
  let plain: string | null = null
  for (const [, key = '', quoted, token] of header.matchAll(PARAMETER)) {
    const name = key.toLowerCase()
    if (name === 'filename*') {
      const extended = decodeExtended(quoted ?? token ?? '')
      if (extended !== null) return extended
    } else if (name === 'filename' && plain === null) {
      plain = quoted === undefined ? decodeLatin1(token ?? '') : decodeLatin1(quoted.replace(/\\(["\\])/g, '$1'))
    }
  }
  return plain === '' ? null : plain
}

/**
 * A file name that harms nobody (WT71): the last segment of a path, without control characters and bidirectional overrides
 * (which make `gpj.exe` read as `exe.jpg`), without outer white space, at most 255 bytes of UTF-8 (cut before the
 * extension), never empty, `.` or `..`: then `file`. Idempotent.
 */
export const safeFileName = (name: string | null): string => {
  const segment = (name ?? '').split(/[/\\]/).findLast(part => part.trim() !== '') ?? ''
  const clean = segment.toWellFormed().replace(UNSAFE, '').trim()
  const short = cutToBytes(clean, MAX_NAME_BYTES)
  return short === '' || short === '.' || short === '..' ? FALLBACK_NAME : short
}

/** A `Content-Disposition` value with the name twice: plain ASCII for old clients, and in full as `filename*` (RFC 6266). */
export const contentDisposition = (how: 'inline' | 'attachment', name: string): string => {
  const safe = safeFileName(name)
  // `%` too: some clients decode it even here.
  const ascii = safe.replace(/[^\x20-\x7e]|["\\%]/gu, '_')
  const full = encodeURIComponent(safe).replace(/['()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  return `${how}; filename="${ascii}"; filename*=UTF-8''${full}`
}

/**
 * The `type/subtype` of a declared media type, in lower case and without parameters; null when absent or not of that form.
 * What it answers is safe in a header. At most 127 characters each way (RFC 6838).
 */
export const mimeEssence = (value: string | null): string | null => {
  const essence = value?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return MIME.test(essence) ? essence : null
}

/** Whether bytes of this declared type may be shown inside a page of this origin (WT71): nothing that can carry script. */
export const isInlineType = (mime: string): boolean => INLINE_TYPES.has(mimeEssence(mime) ?? '')

const INLINE_TYPES: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'video/mp4',
  'video/webm',
  'audio/mp4',
  'audio/webm',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'audio/x-wav',
])

const FALLBACK_NAME = 'file'
const MAX_NAME_BYTES = 255
/** Bytes of an extension (with its dot) that a cut keeps. */
const MAX_EXTENSION_BYTES = 32

const MIME = /^[a-z0-9][\w!#$&^.+-]{0,126}\/[a-z0-9][\w!#$&^.+-]{0,126}$/
const PARAMETER = /;\s*([!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/g
// Control characters, line and paragraph separators, bidirectional marks, overrides and isolates.
const UNSAFE = /[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu

const encoder = new TextEncoder()

/** The longest beginning of whole characters within `max` bytes; a short extension is kept by cutting before it. */
const cutToBytes = (name: string, max: number): string => {
  if (Buffer.byteLength(name) <= max) return name
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 ? name.slice(dot) : ''
  const kept = Buffer.byteLength(extension) <= MAX_EXTENSION_BYTES ? extension : ''
  const stem = name.slice(0, name.length - kept.length)
  const { read } = encoder.encodeInto(stem, new Uint8Array(max - Buffer.byteLength(kept)))
  return `${stem.slice(0, read).trim()}${kept}`
}

/** `charset'language'percent-encoded` (RFC 8187); null for other charsets than UTF-8 and Latin-1, or broken encoding. */
const decodeExtended = (value: string): string | null => {
  const [, charset = '', encoded = ''] = /^([\w-]*)'[\w-]*'(.+)$/.exec(value) ?? []
  try {
    if (/^utf-8$/i.test(charset)) return decodeURIComponent(encoded)
    if (/^iso-8859-1$/i.test(charset))
      return encoded.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  } catch {
    // Broken percent-encoding: as if it were not there.
  }
  return null
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

const decodeLatin1 = (value: string): string => {
  if (!/[\u0080-\u00ff]/.test(value) || /[\u0100-\uffff]/.test(value)) return value
  try {
    return utf8.decode(Buffer.from(value, 'latin1'))
  } catch {
    return value
  }
}
