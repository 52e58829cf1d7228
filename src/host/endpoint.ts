// The way from a handshake to an open link: judged first, opened before the 101 leaves, so that nothing falls between.
import type { Server } from 'bun'
import { type SocketLine, SocketLink } from './link.ts'
import type { HostRequest } from './request.ts'

/** Whether a request asks for a WebSocket in a way that can be granted; any other is plain HTTP. */
export const asksForUpgrade = (raw: Request): boolean => {
  const { headers } = raw
  return (
    raw.method === 'GET' &&
    headers.get('upgrade')?.toLowerCase() === 'websocket' &&
    headers.get('sec-websocket-version') === '13' &&
    /^[A-Za-z0-9+/]{22}==$/.test(headers.get('sec-websocket-key') ?? '')
  )
}

/**
 * Runs a handshake: a refusal as a Response, null once the socket is the link's (or the client went away meanwhile).
 * What `authenticate` and `open` throw is thrown on, before any upgrade. Faults: rate.limited, unavailable (no place for it).
 */
export const shakeHands = async (
  line: SocketLine,
  request: HostRequest,
  server: Server<SocketLink>,
): Promise<Response | null> => {
  const { endpoint } = line
  // From here on, so that handshakes under way are bounded like sockets.
  const link = new SocketLink(line, request.admit())
  try {
    const connection = await endpoint.authenticate(request)
    if (connection instanceof Response) {
      link.detach()
      return connection
    }
    link.handledBy(await endpoint.open(link, connection))
    // Empty rather than absent: left to itself Bun echoes the first protocol offered, which may be somebody's token.
    const protocol = endpoint.subprotocol?.(request) ?? ''
    const headers = { 'x-request-id': request.requestId, 'sec-websocket-protocol': protocol }
    if (server.upgrade(request.raw, { data: link, headers })) return null
  } catch (error) {
    link.detach()
    throw error
  }
  link.detach()
  return null
}
