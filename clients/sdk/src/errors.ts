// What can go wrong, as a program can tell it apart.

/** An answer other than success: `code` is the contract's stable word (OC3). */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  /** Whether it may go better later, as the server says (OC4). */
  readonly retryable: boolean
  readonly details: Readonly<Record<string, unknown>>
  /** Milliseconds to wait before the next try, where the server said so. */
  readonly retryAfterMs: number | null

  constructor(
    status: number,
    body: { readonly code: string; readonly message: string; readonly retryable: boolean; readonly details?: object },
    retryAfterMs: number | null = null,
  ) {
    super(body.message)
    this.name = 'ApiError'
    this.status = status
    this.code = body.code
    this.retryable = body.retryable
    this.details = { ...body.details }
    const { retry_after_ms: after } = this.details
    this.retryAfterMs = typeof after === 'number' && after >= 0 ? after : retryAfterMs
  }
}

/** The server could not be reached, or what answered was no server of this contract. */
export class ConnectionError extends Error {
  /** What answered in its place; null where nothing did. */
  readonly status: number | null
  readonly retryAfterMs: number | null

  constructor(
    message: string,
    about: { readonly cause?: unknown; readonly status?: number; readonly retryAfterMs?: number | null } = {},
  ) {
    super(message, { cause: about.cause })
    this.name = 'ConnectionError'
    this.status = about.status ?? null
    this.retryAfterMs = about.retryAfterMs ?? null
  }

  /** Whether the same call may succeed later: nothing answered, or a proxy whose server is away. */
  get retryable(): boolean {
    return this.status === null || this.status === 429 || this.status >= 500
  }
}

/** Whoever runs the group decides who comes in: they have been asked, and `chat.channel.created` tells when they agree (OC101). */
export class JoinPending extends Error {
  readonly channelId: string

  constructor(channelId: string) {
    super('the application is with those who run the group')
    this.name = 'JoinPending'
    this.channelId = channelId
  }
}
