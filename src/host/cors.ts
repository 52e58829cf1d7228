// CORS as one policy for the whole origin: any page may call (or the configured ones), with what it carries, never with cookies.

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/** What the doors' clients send, all doors together. */
const REQUEST_HEADERS = [
  'authorization',
  'content-type',
  'accept',
  'if-match',
  'range',
  'idempotency-key',
  'last-event-id',
  'x-request-id',
  'x-account-id',
  'x-profile-id',
  'x-upload-token',
  'x-session-id',
  'x-session-token',
  'x-file-name',
  'x-openchat-user-uid',
  'x-openchat-device-id',
  'x-openchat-api-version',
  'x-internal-key',
  'x-on-behalf-of',
] as const

const EXPOSED_HEADERS = [
  'retry-after',
  'www-authenticate',
  'etag',
  'content-range',
  'content-disposition',
  'content-length',
  'accept-ranges',
  'x-request-id',
].join(', ')

const MAX_AGE_SECONDS = '600'
const MAX_REQUESTED = 50
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/

export interface Cors {
  /** The answer to every OPTIONS request, whatever its path: 204, no body, no credentials asked. */
  preflight(request: Request): Response
  /** Marks an answer as readable by the page that asked. */
  mark(headers: Headers, request: Request): void
}

const allowedHeaders = (requested: string | null): string => {
  if (!requested) return REQUEST_HEADERS.join(', ')
  const names = new Set<string>(REQUEST_HEADERS)
  for (const part of requested.split(',').slice(0, MAX_REQUESTED)) {
    const name = part.trim().toLowerCase()
    if (HEADER_NAME.test(name)) names.add(name)
  }
  return [...names].join(', ')
}

/** `origins` that may call from a browser, spelled as browsers send them (`https://chat.example`); empty: any. */
export const createCors = (origins: readonly string[]): Cors => {
  const any = origins.length === 0
  const known = new Set(origins)

  const mark = (headers: Headers, request: Request): void => {
    headers.set('access-control-expose-headers', EXPOSED_HEADERS)
    if (any) {
      headers.set('access-control-allow-origin', '*')
      return
    }
    headers.append('vary', 'Origin')
    const origin = request.headers.get('origin')
    if (origin !== null && known.has(origin)) headers.set('access-control-allow-origin', origin)
    else headers.delete('access-control-allow-origin')
  }

  return {
    mark,
    preflight(request) {
      const headers = new Headers({
        'access-control-allow-methods': METHODS,
        'access-control-allow-headers': allowedHeaders(request.headers.get('access-control-request-headers')),
        'access-control-max-age': MAX_AGE_SECONDS,
        vary: 'Access-Control-Request-Headers',
      })
      mark(headers, request)
      return new Response(null, { status: 204, headers })
    },
  }
}
