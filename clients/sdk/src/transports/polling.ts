// Over long polls (OC126): slower, and through every proxy there is.
import { ApiError } from '../errors.ts'
import {
  type Connection,
  type Ending,
  type Envelope,
  endingOf,
  type Transport,
  type TransportOptions,
} from './transport.ts'

interface Polled {
  readonly events: readonly Envelope[]
  readonly resume_token: string
  readonly resync_required: boolean
  readonly retry_after_ms: number
}

const poll = async ({ http, serverId, resumeToken, signal, onEnvelope }: TransportOptions): Promise<Ending> => {
  let position = resumeToken
  for (let first = true; ; first = false) {
    const resuming = first && resumeToken !== null
    const query = {
      server_id: serverId,
      ...(position !== null && { resume_token: position }),
      // What was missed comes at once, so that it is known when all of it has.
      ...(resuming && { timeout_ms: 0 }),
    }
    const page = await http.call<Polled>({ method: 'GET', path: '/v1/realtime/poll', query, signal, repeatable: false })
    for (const envelope of page.events) {
      onEnvelope(envelope)
      if (envelope.event_type === 'chat.session.revoked') return { type: 'gone' }
    }
    position = page.resume_token
    const resumed = resuming && !page.resync_required
    const said = resumed ? { replayed: page.events.length, resume_token: position } : { resume_token: position }
    onEnvelope(frameOf(resumed ? 'chat.resume.completed' : 'sdk.position', serverId, said))
    if (page.retry_after_ms > 0) return { type: 'draining', retryAfterMs: page.retry_after_ms }
  }
}

/** What the other transports are told by a frame, and a poll by the answer around its frames. */
const frameOf = (type: string, serverId: string, payload: Envelope['payload']): Envelope => ({
  event_type: type,
  type,
  server_id: serverId,
  event_id: '',
  timestamp: new Date().toISOString(),
  payload,
})

export const pollingTransport: Transport = {
  name: 'polling',
  connect: (options): Connection => ({
    send: () => false,
    ended: poll(options).catch((error): Ending => {
      if (error instanceof ApiError) return endingOf(error.status)
      return { type: 'lost', reason: error instanceof Error ? error.message : 'lost' }
    }),
  }),
}
