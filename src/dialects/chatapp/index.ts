// chatapp: JWT REST under /api and one WebSocket per user, channels by name (docs/contracts/chatapp.md).
import type { Dialect, DialectContext, Method, RouteRequest } from '../../host/dialect.ts'
import type { SocketScope } from './attachment.ts'
import { createDeferred } from './deferred.ts'
import { createEndpoints } from './endpoint.ts'
import { faults, replyOf } from './faults.ts'
import { answer, isDecodable } from './http.ts'
import { liveMessages } from './live.ts'
import { createEncoders, createEvents, nameOfFrame, signals } from './projection.ts'
import { authRoutes } from './routes/auth.ts'
import { channelsRoutes } from './routes/channels.ts'
import { messagesRoutes } from './routes/messages.ts'
import { socketRoutes } from './routes/socket.ts'
import { usersRoutes } from './routes/users.ts'
import { createScope } from './scope.ts'

/** The methods a path has here; `POST /api/users` is another contract's, and belongs to the path all the same (CA17). */
const allowed = ({ path }: RouteRequest, own: readonly Method[]): string =>
  (/^\/api\/users\/?$/.test(path) ? [...own, 'POST'] : own).join(', ')

/** Throws on a setting that cannot be used. */
export const createChatapp = (context: DialectContext): Dialect => {
  const scope = createScope(context)
  const events = createEvents(scope.printJson)
  const sockets: SocketScope = { ...scope, encoders: createEncoders(events), deferred: createDeferred(scope) }
  return {
    name: 'chatapp',
    title: 'Chat application: JWT REST under /api and one WebSocket per user, channels by name',
    claims: [{ path: '/api' }],
    credentials: [{ token: { type: 'http', scheme: 'bearer', description: 'The access token (a JWT) of a login.' } }],
    routes: [
      ...authRoutes(scope),
      ...usersRoutes(scope),
      ...channelsRoutes(scope),
      ...messagesRoutes(scope),
      ...socketRoutes,
    ],
    endpoints: createEndpoints(sockets),
    events,
    signals,
    messages: liveMessages,
    nameOf: nameOfFrame,
    faults,
    unmatched: (request, allow) =>
      allow.length > 0 && isDecodable(request)
        ? answer(replyOf('method_not_allowed', { allow: allowed(request, allow) }))
        : answer(replyOf('not_found')),
    internalError: () => answer(replyOf('internal')),
  }
}
