// Over a WebSocket (OC110, OC116, OC119). The token goes as a subprotocol: the one place a browser lets it.
import { type Connection, type Ending, readEnvelope, type Transport } from './transport.ts'

const SESSION_OVER = 4401
const MEMBERSHIP_OVER = 4403
/** Silence after which a connection counts as lost: two missed pings of the server, and our own unanswered. */
const SILENCE_MS = 60_000
const PING_MS = 25_000

const endingOf = (code: number, reason: string): Ending => {
  if (code === SESSION_OVER) return { type: 'gone' }
  if (code === MEMBERSHIP_OVER) return { type: 'removed' }
  return { type: 'lost', reason: `closed with ${code}${reason === '' ? '' : ` ${reason}`}` }
}

export const webSocketTransport: Transport = {
  name: 'websocket',
  connect({ baseUrl, token, serverId, resumeToken, signal, webSocket = WebSocket, onEnvelope }): Connection {
    const query = new URLSearchParams({
      server_id: serverId,
      ...(resumeToken !== null && { resume_token: resumeToken }),
    })
    const url = `${baseUrl.replace(/^http/, 'ws')}/v1/realtime?${query}`
    const { promise: ended, resolve } = Promise.withResolvers<Ending>()
    const socket = new webSocket(url, [`openchat.session.${token}`])
    let heard = Date.now()
    const pinging = setInterval(() => {
      if (Date.now() - heard > SILENCE_MS) over({ type: 'lost', reason: 'silence' })
      else if (socket.readyState === socket.OPEN) socket.send('{"type":"chat.ping"}')
    }, PING_MS)
    const over = (ending: Ending): void => {
      clearInterval(pinging)
      signal.removeEventListener('abort', abort)
      socket.onmessage = null
      socket.close()
      resolve(ending)
    }
    const abort = (): void => over({ type: 'lost', reason: 'closed here' })
    signal.addEventListener('abort', abort)
    let draining: number | null = null

    socket.onmessage = ({ data }) => {
      heard = Date.now()
      const envelope = typeof data === 'string' ? readEnvelope(data) : null
      if (!envelope) return
      if (envelope.event_type === 'chat.server.draining') draining = Number(envelope.payload.retry_after_ms) || 0
      onEnvelope(envelope)
    }
    socket.onclose = ({ code, reason }) =>
      over(draining === null ? endingOf(code, reason) : { type: 'draining', retryAfterMs: draining })
    socket.onerror = () => {}
    return {
      send(frame) {
        if (socket.readyState !== socket.OPEN) return false
        socket.send(JSON.stringify(frame))
        return true
      },
      ended,
    }
  },
}
