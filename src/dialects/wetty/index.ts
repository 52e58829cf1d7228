// wetty: REST with push, friends, groups with roles, gated files (docs/contracts/wetty.md).
import type { Dialect, DialectContext } from '../../host/dialect.ts'
import { liveMessages } from './contract.live.ts'
import { createEndpoints } from './endpoint.ts'
import { faults, replyOf } from './faults.ts'
import { answer, createScope } from './http.ts'
import { events, nameOfFrame, signals } from './projection.ts'
import { chatsRoutes } from './routes/chats.ts'
import { filesRoutes } from './routes/files.ts'
import { friendsRoutes } from './routes/friends.ts'
import { groupsRoutes } from './routes/groups.ts'
import { membersRoutes } from './routes/members.ts'
import { messagesRoutes } from './routes/messages.ts'
import { originRoutes } from './routes/origin.ts'
import { usersRoutes } from './routes/users.ts'

/** On every answer: no token of a URL is passed on to where a link leads (WT16). */
const finish = (response: Response): Response => {
  response.headers.set('referrer-policy', 'no-referrer')
  return response
}

export const createWetty = (context: DialectContext): Dialect => {
  const scope = createScope(context)
  return {
    name: 'wetty',
    title: 'Wetty Chat: REST and one push socket, with friends, groups, roles and gated files',
    claims: ['/users', '/friend', '/group', '/chats', '/fserv', '/f', '/ws', '/health'].map(path => ({ path })),
    alias: '/_api',
    credentials: [
      { token: { type: 'http', scheme: 'bearer', description: 'The 100-character token of a login.' } },
      { tokenInUrl: { type: 'apiKey', in: 'query', name: 'token', description: 'The same token, for links.' } },
    ],
    routes: [
      ...originRoutes(scope),
      ...usersRoutes(scope),
      ...friendsRoutes(scope),
      ...groupsRoutes(scope),
      ...membersRoutes(scope),
      ...chatsRoutes(scope),
      ...messagesRoutes(scope),
      ...filesRoutes(scope),
    ],
    endpoints: createEndpoints(scope),
    messages: liveMessages,
    events,
    signals,
    nameOf: nameOfFrame,
    faults,
    unmatched: (_request, allow) =>
      allow.length > 0
        ? answer({ ...replyOf('method_not_allowed'), headers: { allow: allow.join(', ') } })
        : answer(replyOf('not_found')),
    internalError: () => answer(replyOf('internal_error')),
    finish,
  }
}
