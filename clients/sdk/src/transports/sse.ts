// Over Server-Sent Events, read from a fetch (OC125).
import { ApiError } from '../errors.ts'
import { createPatience } from '../patience.ts'
import { createSseReader } from '../sse.ts'
import {
  type Connection,
  type Ending,
  endingOf,
  madeHere,
  readEnvelope,
  retryAfterIn,
  subscribing,
  type Transport,
  type TransportOptions,
} from './transport.ts'

/** The server says something, if only a comment, every 15 seconds. */
const SILENCE_MS = 45_000
/** Channels that a stream may be opened with. */
const MOST_CHANNELS = 50

const open = async (options: TransportOptions, channels: readonly string[]): Promise<Response> => {
  const { http, serverId, resumeToken, signal } = options
  const query = new URLSearchParams({ server_id: serverId })
  if (resumeToken !== null) query.set('resume_token', resumeToken)
  for (const id of channels) query.append('channel_id', id)
  const path = `/v1/realtime/sse?${query}`
  return await http.open({ method: 'GET', path, headers: { accept: 'text/event-stream' }, signal })
}

/** Whether a channel can be looked at. Throws where that cannot be told. */
const isVisible = async ({ http, signal }: TransportOptions, id: string): Promise<boolean> => {
  try {
    await http.call({ method: 'GET', path: `/v1/channels/${encodeURIComponent(id)}`, signal, repeatable: false })
    return true
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 403)) return false
    throw error
  }
}

/** One channel that is not there any more fails the whole stream: it is found and left out, as a WebSocket would refuse it alone. */
const openWithout = async (options: TransportOptions, channels: readonly string[]): Promise<Response> => {
  const visible = await Promise.all(channels.map(id => isVisible(options, id)))
  // If all of them are there, it cannot be told which one it was.
  const found = visible.every(one => one) ? [] : channels.filter((_, at) => visible[at])
  const response = await open(options, found)
  for (const id of channels) {
    if (found.includes(id)) continue
    const refusal = { code: 'chat_channel_forbidden', message: 'The channel cannot be looked at.', retryable: false }
    const about = { channel_id: id, request_id: subscribing(id) }
    options.onEnvelope(madeHere('chat.error', options.serverId, refusal, about))
  }
  return response
}

const listen = async (options: TransportOptions, heard: () => void): Promise<Ending> => {
  const channels = options.channels.slice(-MOST_CHANNELS)
  const response = await open(options, channels).catch(error => {
    const about = error instanceof ApiError && error.status < 500 && endingOf(error).type === 'lost'
    if (about && error.status !== 429 && channels.length > 0) return openWithout(options, channels)
    throw error
  })
  if (!response.body) return { type: 'lost', reason: 'an answer without a stream' }
  const read = createSseReader()
  let ending: Ending = { type: 'lost', reason: 'the stream ended' }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return ending
    heard()
    for (const { data } of read(value)) {
      const envelope = readEnvelope(data)
      if (!envelope) continue
      if (envelope.event_type === 'chat.session.revoked') ending = { type: 'gone' }
      if (envelope.event_type === 'chat.server.draining') {
        ending = { type: 'draining', retryAfterMs: retryAfterIn(envelope) }
      }
      options.onEnvelope(envelope)
    }
  }
}

export const sseTransport: Transport = {
  name: 'sse',
  connect(options): Connection {
    const patience = createPatience(options.signal, SILENCE_MS)
    const ended = listen({ ...options, signal: patience.signal }, () => patience.heard())
      .catch(endingOf)
      .finally(() => patience.end())
    return { send: () => false, ended }
  },
}
