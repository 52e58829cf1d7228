// One way to call the server: JSON in, JSON out, refusals as ApiError, and another try where that does nothing twice.
import { defaultBackoff, delayOf, pause } from './backoff.ts'
import { ApiError, ConnectionError } from './errors.ts'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the server's base URL, already encoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined
  readonly json?: unknown
  /** In place of `json`: a form, or bytes. No stream: it could not be sent again. */
  readonly body?: Exclude<BodyInit, ReadableStream> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Without credentials, though there is a session. */
  readonly anonymous?: boolean | undefined
  /** Calls have no time limit of their own: an upload may take its time. `AbortSignal.timeout` sets one. */
  readonly signal?: AbortSignal | undefined
  /**
   * Whether it may be sent again without doing anything twice. By default GET, PUT and DELETE may, and the rest only
   * where the server says that it did nothing (429). `false` never.
   */
  readonly repeatable?: boolean | undefined
}

export interface HttpOptions {
  readonly baseUrl: string
  readonly fetch: typeof fetch
  readonly token: () => string | null
  /** Waits between two tries; for tests. */
  readonly pause?: typeof pause
}

/** Tries of a call, the first included. */
const TRIES = 4
/** Milliseconds: who is to wait longer is told instead. */
const LONGEST_WAIT = 60_000
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'PUT', 'DELETE'])

const urlOf = (baseUrl: string, { path, query = {} }: Pick<Call, 'path' | 'query'>): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  const text = search.toString()
  return `${baseUrl}${path}${text === '' ? '' : `?${text}`}`
}

/** Milliseconds, of either form of the header. */
const retryAfterOf = ({ headers }: Response): number | null => {
  const text = headers.get('retry-after')
  if (text === null) return null
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : null
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const failureOf = async (response: Response): Promise<Error> => {
  const body = parse(await response.text().catch(() => ''))
  const retryAfterMs = retryAfterOf(response)
  const { status } = response
  if (isRecord(body) && typeof body.code === 'string') {
    const { code, message, retryable, details } = body
    const said = { code, message: String(message ?? code), retryable: retryable === true }
    return new ApiError(status, { ...said, ...(isRecord(details) && { details }) }, retryAfterMs)
  }
  // A proxy's page, or nothing.
  return new ConnectionError(`the answer ${status} is in no form of this contract`, { status, retryAfterMs })
}

/** Milliseconds to wait before the same call again; null when it is not to be made again. */
const waitBeforeNext = ({ method, repeatable }: Call, error: unknown, attempt: number): number | null => {
  if (!(error instanceof ApiError || error instanceof ConnectionError)) return null
  if (attempt >= TRIES || repeatable === false || !error.retryable) return null
  // Of the retryable ones only these can be cured by waiting; a conflict needs another call.
  const passing = error.status === null || error.status === 429 || error.status >= 500
  const refusedUnread = error instanceof ApiError && error.status === 429
  if (!passing || !(refusedUnread || (repeatable ?? IDEMPOTENT.has(method)))) return null
  const usual = delayOf(defaultBackoff, attempt)
  const said = error.retryAfterMs
  if (said === null) return usual
  // Never earlier than was said, and not all at once.
  return said > LONGEST_WAIT ? null : said + Math.random() * defaultBackoff.jitter * Math.max(said, usual)
}

export class Http {
  readonly #options: HttpOptions

  constructor(options: HttpOptions) {
    this.#options = options
  }

  /** The same server, as somebody else. */
  as(token: () => string | null): Http {
    return new Http({ ...this.#options, token })
  }

  /** The body of a success. Throws ApiError where the server refuses, ConnectionError where none answers. */
  async call<T>(call: Call): Promise<T> {
    return (await this.#tries(call, response => this.#read(call, response))) as T
  }

  /** Likewise, of a call that is answered with a file. */
  bytes(call: Call): Promise<Blob> {
    return this.#tries(call, response => response.blob())
  }

  /** A success whose body is still to be read. One try. Throws as `call`. */
  async open(call: Call): Promise<Response> {
    const { baseUrl, fetch, token } = this.#options
    const headers: Record<string, string> = { ...call.headers }
    const bearer = call.anonymous ? null : token()
    if (bearer !== null) headers.authorization = `Bearer ${bearer}`
    if (call.json !== undefined) headers['content-type'] = 'application/json'
    const request = fetch(urlOf(baseUrl, call), {
      method: call.method,
      headers,
      ...(call.json !== undefined && { body: JSON.stringify(call.json) }),
      ...(call.body !== undefined && { body: call.body }),
      ...(call.signal && { signal: call.signal }),
    })
    const response = await this.#reached(call, request)
    if (!response.ok) throw await failureOf(response)
    return response
  }

  async #tries<T>(call: Call, read: (response: Response) => Promise<T>): Promise<T> {
    const { signal = new AbortController().signal } = call
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#reached(call, read(await this.open(call)))
      } catch (error) {
        const wait = waitBeforeNext(call, error, attempt)
        if (wait === null) throw error
        await (this.#options.pause ?? pause)(wait, signal)
        signal.throwIfAborted()
      }
    }
  }

  async #read(call: Call, response: Response): Promise<unknown> {
    const text = await response.text()
    if (text === '') return null
    const value = parse(text)
    if (value !== undefined) return value
    const { status } = response
    throw new ConnectionError(`${call.path} was answered with ${status}, but not with JSON`, { status })
  }

  /** What fails on the way is a ConnectionError, unless it was to fail. */
  async #reached<T>(call: Call, work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      if (call.signal?.aborted || error instanceof ConnectionError) throw error
      throw new ConnectionError(`${this.#options.baseUrl} cannot be reached`, { cause: error })
    }
  }
}
