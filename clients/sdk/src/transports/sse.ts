// Over Server-Sent Events, read from a fetch (OC125).
import { createSseReader } from '../sse.ts'
import {
  type Connection,
  type Ending,
  endingOf,
  readEnvelope,
  type Transport,
  type TransportOptions,
} from './transport.ts'

/** The server says something, if only a comment, every 15 seconds. */
const SILENCE_MS = 45_000

const listen = async (options: TransportOptions, signal: AbortSignal, alive: () => void): Promise<Ending> => {
  const { http, serverId, resumeToken, channels, onEnvelope } = options
  const query = new URLSearchParams({ server_id: serverId })
  if (resumeToken !== null) query.set('resume_token', resumeToken)
  for (const id of channels) query.append('channel_id', id)
  const path = `/v1/realtime/sse?${query}`
  const response = await http.send({ method: 'GET', path, headers: { accept: 'text/event-stream' }, signal })
  if (!response.ok || !response.body) return endingOf(response.status)
  const read = createSseReader()
  let ending: Ending = { type: 'lost', reason: 'the stream ended' }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return ending
    alive()
    for (const { data } of read(value)) {
      const envelope = readEnvelope(data)
      if (!envelope) continue
      if (envelope.event_type === 'chat.session.revoked') ending = { type: 'gone' }
      if (envelope.event_type === 'chat.server.draining') {
        ending = { type: 'draining', retryAfterMs: Number(envelope.payload.retry_after_ms) || 0 }
      }
      onEnvelope(envelope)
    }
  }
}

export const sseTransport: Transport = {
  name: 'sse',
  connect(options): Connection {
    const quiet = new AbortController()
    const signal = AbortSignal.any([options.signal, quiet.signal])
    let timer = setTimeout(() => quiet.abort(), SILENCE_MS)
    const alive = (): void => {
      clearTimeout(timer)
      timer = setTimeout(() => quiet.abort(), SILENCE_MS)
    }
    const ended = listen(options, signal, alive)
      .catch((error): Ending => ({ type: 'lost', reason: error instanceof Error ? error.message : 'lost' }))
      .finally(() => clearTimeout(timer))
    return { send: () => false, ended }
  },
}
