// The log: JSON lines, one event each, and nothing secret in any of them.
import { type DestinationStream, pino } from 'pino'

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]
export type Fields = Readonly<Record<string, unknown>>

/** Takes what is worth telling. Fields are cleaned of secrets before they reach a line; so is the message. */
export interface Logger {
  debug(fields: Fields, message: string): void
  info(fields: Fields, message: string): void
  warn(fields: Fields, message: string): void
  error(fields: Fields, message: string): void
  /** A logger whose every line also carries `fields`. */
  child(fields: Fields): Logger
  /** Whether a line of this level would be written: ask before building expensive fields. */
  enabled(level: Exclude<LogLevel, 'silent'>): boolean
}

const HIDDEN = '[hidden]'
const SECRET_KEY =
  /token|secret|password|passwd|authorization|cookie|capability|credential|api[-_]?key|internal[-_]?key|user[-_]?key|client[-_]?key|account[-_]?id/i
const MAX_DEPTH = 4
const MAX_ITEMS = 50
const MAX_TEXT = 4000
const MAX_URL = 300

const QUERY_VALUE = /([?&;][^=&;\s"'<>#?]{1,64})=[^&;\s"'<>#]*/g
const CREDENTIALS = /\b(bearer|basic|digest)\s+[\w.~+/=:-]+/gi
const USER_INFO = /:\/\/[^/\s@]+@/g

/** Free text (an error's message, a stack) without query values, `Authorization` credentials and URL passwords. */
export const scrub = (text: string): string => {
  const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text
  return short.replace(USER_INFO, '://…@').replace(CREDENTIALS, '$1 …').replace(QUERY_VALUE, '$1')
}

const queryName = (pair: string): string => {
  const equals = pair.indexOf('=')
  const name = equals < 0 ? pair : pair.slice(0, equals)
  // A bare `?aGVsbG8…` may be a secret itself: only what looks like a name is repeated.
  return /^[\w.[\]-]{1,24}$/.test(name) ? name : '…'
}

/** How a URL may be logged: its path, and the names of its query parameters without their values. */
export const redactUrl = (url: string): string => {
  const scheme = url.indexOf('://')
  const start = scheme < 0 ? 0 : url.indexOf('/', scheme + 3)
  if (start < 0) return '/'
  const rest = url.slice(start).split('#', 1)[0] ?? ''
  const question = rest.indexOf('?')
  const path = question < 0 ? rest : rest.slice(0, question)
  const shownPath = path.length > MAX_URL ? `${path.slice(0, MAX_URL)}…` : path
  if (question < 0) return shownPath
  const names = rest
    .slice(question + 1)
    .split('&', 20)
    .filter(Boolean)
    .map(queryName)
  return names.length ? `${shownPath}?${names.join('&')}` : shownPath
}

const cleanError = (error: Error, depth: number): unknown => ({
  type: error.name,
  message: scrub(error.message),
  ...('code' in error && (typeof error.code === 'string' || typeof error.code === 'number')
    ? { code: error.code }
    : {}),
  stack: scrub(error.stack ?? ''),
  ...(error.cause === undefined ? {} : { cause: clean(error.cause, depth + 1) }),
})

const clean = (value: unknown, depth: number): unknown => {
  if (typeof value === 'string') return scrub(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'function' || typeof value === 'symbol') return typeof value
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) return '…'
  if (value instanceof Error) return cleanError(value, depth)
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map(item => clean(item, depth + 1))
  return cleanFields(value as Fields, depth)
}

const cleanFields = (fields: Fields, depth: number): Record<string, unknown> => {
  const out: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields).slice(0, MAX_ITEMS)) {
    if (SECRET_KEY.test(key) && typeof value !== 'boolean' && typeof value !== 'number') out[key] = HIDDEN
    else if (key === 'url' && typeof value === 'string') out[key] = redactUrl(value)
    else out[key] = clean(value, depth + 1)
  }
  return out
}

type Pino = ReturnType<typeof pino>

const wrap = (inner: Pino): Logger => {
  const line = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: Fields, message: string) => {
    if (inner.isLevelEnabled(level)) inner[level](cleanFields(fields, 0), scrub(message))
  }
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: fields => wrap(inner.child(cleanFields(fields, 0))),
    enabled: level => inner.isLevelEnabled(level),
  }
}

/**
 * A logger of JSON lines to `destination` (stderr by default, written at once so that nothing is lost in a crash).
 * Values under keys that name secrets are hidden, a field `url` is cut to path and query names, texts are scrubbed.
 */
export const createLogger = (level: LogLevel, destination?: DestinationStream): Logger =>
  wrap(
    pino(
      {
        level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: label => ({ level: label }) },
      },
      destination ?? pino.destination({ fd: 2, sync: true }),
    ),
  )
