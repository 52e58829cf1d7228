// What can go wrong, as a program can tell it apart.

/** An answer other than success: `code` is the contract's stable word (OC3). */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  /** Whether the same call may succeed later as it is. */
  readonly retryable: boolean
  readonly details: Readonly<Record<string, unknown>>

  constructor(
    status: number,
    body: { readonly code: string; readonly message: string; readonly retryable: boolean; readonly details?: object },
  ) {
    super(body.message)
    this.name = 'ApiError'
    this.status = status
    this.code = body.code
    this.retryable = body.retryable
    this.details = { ...body.details }
  }

  /** Milliseconds to wait before the next try, where the server said so. */
  get retryAfterMs(): number | null {
    const { retry_after_ms: after } = this.details
    return typeof after === 'number' ? after : null
  }
}

/** The server could not be reached, or what answered was no server of this contract. */
export class ConnectionError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'ConnectionError'
  }
}
