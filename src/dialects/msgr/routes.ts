// Every route of this contract, each with and without a trailing slash (MS20).
import type { Clock } from '../../base/clock.ts'
import type { Core } from '../../core/index.ts'
import type { Route } from '../../host/dialect.ts'
import { json } from '../../host/reply.ts'
import { Refused } from './contract.ts'
import type { SocketScopes } from './endpoint.ts'
import { accountRoutes } from './routes/accounts.ts'
import { conversationRoutes } from './routes/conversations.ts'
import { longPollRoutes } from './routes/long-poll.ts'
import { messageRoutes } from './routes/messages.ts'
import { profileRoutes } from './routes/profiles.ts'
import type { Views } from './views.ts'

/** What a plain GET of the WebSocket's path hears (MS71). */
const withoutUpgrade: Route = {
  method: 'GET',
  path: '/socket/websocket',
  name: 'socketWithoutUpgrade',
  summary: 'Asks for an upgrade to WebSocket.',
  rules: ['MS71'],
  auth: false,
  responses: { 426: { description: 'Only WebSocket is spoken here', schema: Refused } },
  handle: () => json(426, { error: 'upgrade required', errors: ['upgrade_required'] }, { upgrade: 'websocket' }),
}

const withSlash = (route: Route): readonly Route[] => [route, { ...route, path: `${route.path}/` }]

export const createRoutes = (core: Core, clock: Clock, views: Views, sockets: SocketScopes): readonly Route[] =>
  [
    ...accountRoutes(core),
    ...profileRoutes(core),
    ...conversationRoutes(core, views),
    ...messageRoutes(core, views),
    ...longPollRoutes(sockets, clock),
    withoutUpgrade,
  ].flatMap(withSlash)
