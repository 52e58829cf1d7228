// A stored file as an answer: whole, in part, or only its headers; never a way to run script on this origin.
import type { OpenFile } from '../core/index.ts'
import { contentDisposition, isInlineType, mimeEssence } from '../wire/disposition.ts'
import { contentRange, parseRange } from '../wire/ranges.ts'
import type { RouteRequest } from './dialect.ts'
import { empty } from './reply.ts'

export interface ServeFileOptions {
  /** Saved rather than shown, whatever its type. */
  readonly download?: boolean
  /** `cache-control`; `private` by default, since who may read a file changes. */
  readonly cacheControl?: string
  /** The body of a 416, in the dialect's shape; empty by default. */
  readonly unsatisfiable?: (headers: Readonly<Record<string, string>>) => Response
}

const FALLBACK_TYPE = 'application/octet-stream'

/** Whether a list of entity tags (`If-None-Match`) names this one; weak ones count, the bytes never change. */
const names = (header: string | null, etag: string): boolean =>
  header?.split(',').some(part => part.trim() === '*' || part.trim().replace(/^W\//, '') === etag) ?? false

/**
 * Answers GET and HEAD for a file the caller may read: `Range` (one), `If-Range`, `If-None-Match`; 200, 206, 304 or 416.
 * Types that can carry script, and all that are not plain media, are `attachment`. Faults: file.unknown (removed meanwhile).
 */
export const serveFile = async (
  request: RouteRequest,
  file: OpenFile,
  options: ServeFileOptions = {},
): Promise<Response> => {
  const { fid, mime, name, size } = file.attachment
  const asked = request.raw.headers
  const etag = `"${fid}"`
  const how = isInlineType(mime) && !options.download ? 'inline' : 'attachment'
  const common = {
    etag,
    'accept-ranges': 'bytes',
    'cache-control': options.cacheControl ?? 'private',
    'x-content-type-options': 'nosniff',
  }
  if (names(asked.get('if-none-match'), etag)) return empty(304, common)

  const ifRange = asked.get('if-range')
  const range = parseRange(ifRange === null || ifRange === etag ? asked.get('range') : null, size)
  if (range.type === 'unsatisfiable') {
    const headers = { ...common, 'content-range': contentRange(size) }
    return options.unsatisfiable?.(headers) ?? empty(416, headers)
  }
  const length = range.type === 'partial' ? range.end - range.start + 1 : size
  const headers = {
    ...common,
    'content-type': mimeEssence(mime) ?? FALLBACK_TYPE,
    'content-length': String(length),
    'content-disposition': contentDisposition(how, name),
    'content-security-policy': "sandbox; default-src 'none'",
    ...(range.type === 'partial' ? { 'content-range': contentRange(size, range) } : {}),
  }
  const status = range.type === 'partial' ? 206 : 200
  if (request.method === 'HEAD') return new Response(null, { status, headers })
  const body = range.type === 'partial' ? await file.read(range) : await file.read()
  request.longRunning()
  return new Response(body, { status, headers })
}
