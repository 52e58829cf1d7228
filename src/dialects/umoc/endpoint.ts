// The Socket.IO server: this contract's socket over the host's Engine.IO (UM30, UM32).
import type { Encoder } from '../../core/index.ts'
import { createEngineIo, type EngineIo } from '../../host/engine-io.ts'
import type { Loaders } from './deferred.ts'
import { chatEvents } from './events/chats.ts'
import type { EventTable } from './events/dispatch.ts'
import { fileEvents } from './events/files.ts'
import { messageEvents } from './events/messages.ts'
import { sessionEvents } from './events/session.ts'
import type { Scope } from './scope.ts'
import { openSocket } from './socket.ts'
import { createSockets } from './sockets.ts'

/** What contacts and groups bring along. */
export interface SocketParts {
  readonly encoder: Encoder
  /** Requests about contacts and groups. */
  readonly events: EventTable
  readonly loaders: Loaders
}

export const createSocketServer = (scope: Scope, { encoder, events, loaders }: SocketParts): EngineIo => {
  const { clock, log, umoc } = scope
  const shared = {
    scope,
    sockets: createSockets(scope, umoc.sessionTtlMs),
    encoder,
    loaders,
    events: { ...sessionEvents, ...chatEvents, ...messageEvents, ...fileEvents, ...events },
  }
  return createEngineIo({
    path: '/socket.io',
    name: 'socket',
    summary:
      'Socket.IO 5 over Engine.IO 4, namespace `/`: requests with acknowledgements, and everything that happens.',
    rules: ['UM30', 'UM31', 'UM32', 'UM33', 'UM34', 'UM35', 'UM38', 'UM40', 'UM46'],
    pingIntervalMs: 25_000,
    pingTimeoutMs: 20_000,
    maxPayload: 1_000_000,
    clock,
    log,
    open: openSocket(shared),
  })
}
