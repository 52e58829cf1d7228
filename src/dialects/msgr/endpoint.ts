// The Phoenix socket over WebSocket, and what all sockets share whatever their transport (section 7).
import type { DialectContext, Endpoint, RouteRequest } from '../../host/dialect.ts'
import { type Framing, framingFor, type Vsn, v1, v2 } from '../../wire/phoenix.ts'
import { refusal } from './answers.ts'
import { forbidden } from './faults.ts'
import type { MessageScope } from './outbound.ts'
import { openPhoenixSocket, type SocketScope } from './phoenix-socket.ts'
import { conversationEncoder, profileEncoder } from './projection.ts'
import type { Views } from './views.ts'

/** Bytes of a frame (MS79). */
const MAX_FRAME = 1024 * 1024
/** Milliseconds of silence after which a socket is gone (MS81). */
const IDLE = 60_000
const SUBPROTOCOL = 'phoenix'

/** By protocol version. */
export type SocketScopes = Readonly<Record<Vsn, SocketScope>>

export const createSocketScopes = (
  { core, clock, log }: Pick<DialectContext, 'core' | 'clock' | 'log'>,
  views: Views,
  scope: MessageScope,
): SocketScopes => {
  const of = (framing: Framing): SocketScope => ({
    core,
    clock,
    views,
    framing,
    conversationEncoder: conversationEncoder(framing, scope),
    profileEncoder,
    log: log.child({ dialect: 'msgr' }),
  })
  return { '1.0.0': of(v1), '2.0.0': of(v2) }
}

/** Sockets are opened without credentials: every join brings its own (MS6, MS71). */
export const socketEndpoint = (scopes: SocketScopes): Endpoint<Framing> => ({
  path: '/socket/websocket',
  name: 'socket',
  summary: 'Phoenix Channels 2.0.0 and 1.0.0: topics `conversation:{id}` and `profile:{id}`, joined with both ids.',
  rules: ['MS71', 'MS72', 'MS73', 'MS74', 'MS75', 'MS76', 'MS77', 'MS78', 'MS79', 'MS80', 'MS81', 'MS82'],
  maxFrameBytes: MAX_FRAME,
  idle: { afterMs: IDLE, code: 1002, reason: 'idle', pongsCount: false },
  // Never 1000: after it older clients do not come back.
  closeCodes: { shutdown: 1012, slow: 1013 },
  authenticate: ({ query }: RouteRequest) => framingFor(query.get('vsn')) ?? refusal(forbidden),
  subprotocol({ raw }) {
    const offered = raw.headers.get('sec-websocket-protocol')?.split(',') ?? []
    return offered.some(protocol => protocol.trim() === SUBPROTOCOL) ? SUBPROTOCOL : null
  },
  open: (link, framing) => openPhoenixSocket(scopes[framing.vsn], link),
})
