// Over a WebSocket (OC110, OC116, OC119). The token goes as a subprotocol: the one place a browser lets it.
import { type Connection, type Ending, readEnvelope, retryAfterIn, type Transport } from './transport.ts'

const SESSION_OVER = 4401
const MEMBERSHIP_OVER = 4403
/** Silence after which a connection counts as lost: two missed pings of the server, and our own unanswered. */
const SILENCE_MS = 60_000
const PING_MS = 25_000

const endingOf = (code: number, reason: string, draining: number | null): Ending => {
  if (code === SESSION_OVER) return { type: 'gone' }
  if (code === MEMBERSHIP_OVER) return { type: 'removed' }
  if (draining !== null) return { type: 'draining', retryAfterMs: draining }
  return { type: 'lost', reason: `closed with ${code}${reason === '' ? '' : ` ${reason}`}` }
}

const impossible = (reason: string): Connection => ({
  send: () => false,
  ended: Promise.resolve({ type: 'lost', reason }),
})

export const webSocketTransport: Transport = {
  name: 'websocket',
  connect({ baseUrl, token, serverId, resumeToken, signal, webSocket, onEnvelope }): Connection {
    if (!webSocket) return impossible('this platform has no WebSocket')
    const query = new URLSearchParams({
      server_id: serverId,
      ...(resumeToken !== null && { resume_token: resumeToken }),
    })
    let socket: WebSocket
    try {
      const url = `${baseUrl.replace(/^http/, 'ws')}/v1/realtime?${query}`
      socket = new webSocket(url, [`openchat.session.${token}`])
    } catch (error) {
      // A page over https may open none over http, and says so by throwing.
      return impossible(String(error))
    }
    let resolve: (ending: Ending) => void = () => {}
    const ended = new Promise<Ending>(settle => {
      resolve = settle
    })
    let heard = Date.now()
    let draining: number | null = null
    const over = (ending: Ending): void => {
      clearInterval(pinging)
      signal.removeEventListener('abort', abort)
      socket.onmessage = null
      socket.onclose = null
      socket.close()
      resolve(ending)
    }
    const abort = (): void => over({ type: 'lost', reason: 'closed here' })
    const pinging = setInterval(() => {
      if (Date.now() - heard > SILENCE_MS) over({ type: 'lost', reason: 'silence' })
      else if (socket.readyState === socket.OPEN) socket.send('{"type":"chat.ping"}')
    }, PING_MS)
    signal.addEventListener('abort', abort)

    socket.onmessage = ({ data }) => {
      heard = Date.now()
      const envelope = typeof data === 'string' ? readEnvelope(data) : null
      if (!envelope) return
      if (envelope.event_type === 'chat.server.draining') draining = retryAfterIn(envelope)
      onEnvelope(envelope)
    }
    socket.onclose = ({ code, reason }) => over(endingOf(code, reason, draining))
    // The close that follows tells; an error that nobody listens to would be thrown on some platforms.
    socket.onerror = () => {}
    if (signal.aborted) abort()
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
