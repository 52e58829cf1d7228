// What every way of listening has in common. A transport carries one connection; the one that follows resumes it.
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
  readonly resume_token?: string
}

/** Why a connection is over. `gone` and `removed` are for good; anything else is worth another try. */
export type Ending =
  | { readonly type: 'lost'; readonly reason: string }
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
  readonly signal: AbortSignal
  readonly webSocket: typeof WebSocket | undefined
  onEnvelope(envelope: Envelope): void
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

/** The envelope in a text; null where there is none. */
export const readEnvelope = (text: string): Envelope | null => {
  try {
    const value: unknown = JSON.parse(text)
    if (!isRecord(value) || typeof value.event_type !== 'string') return null
    return { ...value, payload: isRecord(value.payload) ? value.payload : {} } as Envelope
  } catch {
    return null
  }
}

/** What the answer to a refused connection means. */
export const endingOf = (status: number): Ending => {
  if (status === 401) return { type: 'gone' }
  if (status === 403 || status === 404) return { type: 'removed' }
  return { type: 'lost', reason: `answered ${status}` }
}
