// One way to call the server: JSON in, JSON out, refusals as ApiError, and another try where the server asks for it.
import { defaultBackoff, delayOf, pause } from './backoff.ts'
import { ApiError, ConnectionError } from './errors.ts'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the server's base URL, already encoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined
  readonly json?: unknown
  /** In place of `json`: a form, or bytes. */
  readonly body?: BodyInit | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Without credentials, though there is a session. */
  readonly anonymous?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** May be sent again without doing anything twice. GET, PUT and DELETE may by themselves. */
  readonly repeatable?: boolean | undefined
}

export interface HttpOptions {
  readonly baseUrl: string
  readonly fetch: typeof fetch
  readonly token: () => string | null
}

/** Tries of a repeatable call, the first included. */
const TRIES = 4
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'PUT', 'DELETE'])

const urlOf = (baseUrl: string, { path, query = {} }: Pick<Call, 'path' | 'query'>): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  const text = search.toString()
  return `${baseUrl}${path}${text === '' ? '' : `?${text}`}`
}

/** What a refusal says; of another form, a ConnectionError. */
export const failureOf = async (response: Response): Promise<Error> => {
  const text = await response.text().catch(() => '')
  try {
    const body = JSON.parse(text) as { code?: unknown; message?: unknown; retryable?: unknown; details?: object }
    if (typeof body.code === 'string') {
      return new ApiError(response.status, {
        code: body.code,
        message: String(body.message ?? body.code),
        retryable: body.retryable === true,
        ...(body.details && { details: body.details }),
      })
    }
  } catch {
    // Not of this contract: a proxy's page, or nothing.
  }
  return new ConnectionError(`the server answered ${response.status} in no form of this contract`)
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
    const { signal = new AbortController().signal } = call
    const repeatable = call.repeatable ?? IDEMPOTENT.has(call.method)
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await this.send(call)
        if (!response.ok) throw await failureOf(response)
        const text = await response.text()
        return (text === '' ? null : JSON.parse(text)) as T
      } catch (error) {
        const again = error instanceof ConnectionError || (error instanceof ApiError && error.retryable)
        if (!repeatable || !again || attempt >= TRIES || signal.aborted) throw error
        const said = error instanceof ApiError ? error.retryAfterMs : null
        await pause(said ?? delayOf(defaultBackoff, attempt), signal)
      }
    }
  }

  /** The response as it is. Throws ConnectionError where none comes. */
  async send(call: Call): Promise<Response> {
    const { baseUrl, fetch, token } = this.#options
    const headers: Record<string, string> = { ...call.headers }
    const bearer = call.anonymous ? null : token()
    if (bearer !== null) headers.authorization = `Bearer ${bearer}`
    if (call.json !== undefined) headers['content-type'] = 'application/json'
    try {
      return await fetch(urlOf(baseUrl, call), {
        method: call.method,
        headers,
        ...(call.json !== undefined && { body: JSON.stringify(call.json) }),
        ...(call.body !== undefined && { body: call.body }),
        ...(call.signal && { signal: call.signal }),
      })
    } catch (error) {
      if (call.signal?.aborted) throw error
      throw new ConnectionError(`${baseUrl} cannot be reached`, error)
    }
  }
}
