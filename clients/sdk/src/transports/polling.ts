// Over long polls (OC126): slower, and through every proxy there is.
import { createPatience } from '../patience.ts'
import {
  asEnvelope,
  type Connection,
  type Ending,
  endingOf,
  madeHere,
  type Transport,
  type TransportOptions,
} from './transport.ts'

interface Polled {
  readonly events: readonly unknown[]
  readonly resume_token: string
  readonly resync_required: boolean
  readonly retry_after_ms: number
}

/** A poll is answered within 30 seconds, and takes some more on a slow line. */
const PATIENCE_MS = 60_000

const ask = async ({ http, signal: outer }: TransportOptions, query: Readonly<Record<string, string>>) => {
  const patience = createPatience(outer, PATIENCE_MS)
  const { signal } = patience
  try {
    return await http.call<Polled>({ method: 'GET', path: '/v1/realtime/poll', query, signal, repeatable: false })
  } finally {
    patience.end()
  }
}

const poll = async (options: TransportOptions): Promise<Ending> => {
  const { serverId, resumeToken, onEnvelope, onPosition } = options
  let position = resumeToken
  // What was missed comes at once and in pages, the last of them empty: then all of it is known to have come.
  let resuming = resumeToken !== null
  let replayed = 0
  for (;;) {
    const page = await ask(options, {
      server_id: serverId,
      ...(position !== null && { resume_token: position }),
      ...(resuming && { timeout_ms: '0' }),
    })
    for (const event of page.events) {
      const envelope = asEnvelope(event)
      if (!envelope) continue
      onEnvelope(envelope)
      if (envelope.event_type === 'chat.session.revoked') return { type: 'gone' }
    }
    position = page.resume_token
    onPosition(position)
    replayed += page.events.length
    if (page.resync_required) resuming = false
    if (resuming && page.events.length === 0) {
      resuming = false
      onEnvelope(madeHere('chat.resume.completed', serverId, { replayed, resume_token: position }))
    }
    if (page.retry_after_ms > 0) {
      onEnvelope(madeHere('chat.server.draining', serverId, { retry_after_ms: page.retry_after_ms }))
      return { type: 'draining', retryAfterMs: page.retry_after_ms }
    }
  }
}

export const pollingTransport: Transport = {
  name: 'polling',
  connect: (options): Connection => ({ send: () => false, ended: poll(options).catch(endingOf) }),
}
