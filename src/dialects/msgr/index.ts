// msgr: REST and Phoenix Channels, identified by account and profile (docs/contracts/msgr.md).
import type { Dialect, DialectContext, RouteRequest } from '../../host/dialect.ts'
import { refusal } from './answers.ts'
import { liveMessages } from './contract.live.ts'
import { createSocketScopes, socketEndpoint } from './endpoint.ts'
import { faults, internal, notFound } from './faults.ts'
import type { MessageScope } from './outbound.ts'
import { events, nameOf, signals } from './projection.ts'
import { isLongPoll, wrongMethod } from './routes/long-poll.ts'
import { createRoutes } from './routes.ts'
import { createViews } from './views.ts'

export const createMsgr = (context: DialectContext): Dialect => {
  const { core, clock, settings } = context
  const scope: MessageScope = {
    fileUrl: (fid, messageId) => `${settings.publicUrl()}${core.files.link(fid, messageId)}`,
  }
  const views = createViews(core, scope)
  const sockets = createSocketScopes(context, views, scope)
  const socket = { ...socketEndpoint(sockets), polling: '/socket/longpoll' }
  return {
    name: 'msgr',
    title: 'msgr: REST and Phoenix Channels, identified by account and profile',
    claims: [
      { path: '/api/conversations' },
      { path: '/api/profiles' },
      { path: '/socket' },
      // Everything else about users is another contract's (MS20).
      { path: '/api/users', methods: ['POST'], exact: true },
    ],
    credentials: [
      {
        account: { type: 'apiKey', in: 'header', name: 'x-account-id', description: 'The account id: a secret.' },
        profile: { type: 'apiKey', in: 'header', name: 'x-profile-id', description: 'A profile of that account.' },
      },
    ],
    routes: createRoutes(core, clock, views, sockets),
    endpoints: [socket, { ...socket, path: `${socket.path}/` }],
    messages: liveMessages,
    events: events(scope),
    signals,
    nameOf,
    faults,
    // Never 405 (MS19); the long poll has a refusal of its own (MS106).
    unmatched: (request: RouteRequest) => (isLongPoll(request.path) ? wrongMethod() : refusal(notFound)),
    internalError: () => refusal(internal),
  }
}
