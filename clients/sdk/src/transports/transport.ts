// What every way of listening has in common. A transport carries one connection; the one that follows resumes it.
import { ApiError, ConnectionError } from '../errors.ts'
import type { Http } from '../http.ts'

/** A frame as it came: the envelope of every transport (OC111). */
export interface Envelope {
  readonly event_type: string
  readonly type: string
  readonly server_id: string
  readonly event_id: string
  readonly timestamp: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly channel_id?: string
  readonly request_id?: string
  readonly stream?: string
  /** The position behind this event; what is durable has one. */
  readonly resume_token?: string
}

/** Why a connection is over. `gone` and `removed` are for good; anything else is worth another try. */
export type Ending =
  | { readonly type: 'lost'; readonly reason: string; readonly retryAfterMs?: number }
  | { readonly type: 'draining'; readonly retryAfterMs: number }
  /** The session is no more (OC33). */
  | { readonly type: 'gone' }
  /** No member of the server any more (OC50). */
  | { readonly type: 'removed' }

export interface TransportOptions {
  readonly http: Http
  readonly baseUrl: string
  readonly token: string
  readonly serverId: string
  /** Where the last connection stopped; null for a fresh start. */
  readonly resumeToken: string | null
  readonly channels: readonly string[]
  /** Ends the connection. */
  readonly signal: AbortSignal
  readonly webSocket: typeof WebSocket | undefined
  onEnvelope(envelope: Envelope): void
  /** The connection stands here now, whether anything was said or not. */
  onPosition(token: string): void
}

export interface Connection {
  /** Sends a client frame; false where this transport cannot, or it is not open. */
  send(frame: object): boolean
  /** When it is over. Never rejects. */
  readonly ended: Promise<Ending>
}

export interface Transport {
  readonly name: 'websocket' | 'sse' | 'polling'
  connect(options: TransportOptions): Connection
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The envelope in what was parsed; null where there is none. */
export const asEnvelope = (value: unknown): Envelope | null => {
  if (!isRecord(value) || typeof value.event_type !== 'string') return null
  return { ...value, payload: isRecord(value.payload) ? value.payload : {} } as Envelope
}

/** The envelope in a text; null where there is none. */
export const readEnvelope = (text: string): Envelope | null => {
  try {
    return asEnvelope(JSON.parse(text))
  } catch {
    return null
  }
}

/** A frame of this side: what one transport is told by a frame, another by something else. */
export const madeHere = (
  type: string,
  serverId: string,
  payload: Envelope['payload'],
  about: { readonly channel_id?: string; readonly request_id?: string } = {},
): Envelope => ({
  event_type: type,
  type,
  server_id: serverId,
  event_id: '',
  stream: 'signal',
  timestamp: new Date().toISOString(),
  ...about,
  payload,
})

/** The id of the request to subscribe to a channel: its refusal carries it. */
export const subscribing = (channelId: string): string => `subscribe:${channelId}`

/** How long to wait, as a frame says: milliseconds. */
export const retryAfterIn = ({ payload }: Envelope): number => {
  const { retry_after_ms: after } = payload
  return typeof after === 'number' && after > 0 ? after : 0
}

/** Refusals that no later try will change (OC5, OC30, OC110). A proxy's own 401 or 403 says nothing about the session. */
const REMOVED: ReadonlySet<string> = new Set(['membership_required', 'server_mismatch', 'server_not_found'])

/** What a connection that failed means. */
export const endingOf = (error: unknown): Ending => {
  if (error instanceof ApiError) {
    if (error.status === 401) return { type: 'gone' }
    if (REMOVED.has(error.code)) return { type: 'removed' }
  }
  const reason = error instanceof Error ? error.message : 'lost'
  const known = error instanceof ApiError || error instanceof ConnectionError
  const retryAfterMs = known ? error.retryAfterMs : null
  return { type: 'lost', reason, ...(retryAfterMs !== null && { retryAfterMs }) }
}
