// openchat: capability discovery, identity by key, three transports with resume; the native API (docs/contracts/openchat.md).
import type { Dialect, DialectContext, Route } from '../../host/dialect.ts'
import { faults, replyOf } from './faults.ts'
import { answerReply, finishAnswer } from './http.ts'
import { createChannels } from './outbound.channels.ts'
import { createRealtime } from './realtime/index.ts'
import { accountsRoutes } from './routes/accounts.ts'
import { avatarsRoutes } from './routes/avatars.ts'
import { categoriesRoutes } from './routes/categories.ts'
import { channelsRoutes } from './routes/channels.ts'
import { contactsRoutes } from './routes/contacts.ts'
import { directoryRoutes } from './routes/directory.ts'
import { directsAndGroupsRoutes } from './routes/directs-and-groups.ts'
import { discoveryRoutes } from './routes/discovery.ts'
import { filesRoutes } from './routes/files.ts'
import { invitesRoutes } from './routes/invites.ts'
import { joiningRoutes } from './routes/joining.ts'
import { membersRoutes } from './routes/members.ts'
import { mentionsRoutes } from './routes/mentions.ts'
import { messagesRoutes } from './routes/messages.ts'
import { profilesRoutes } from './routes/profiles.ts'
import { reactionsAndPinsRoutes } from './routes/reactions-and-pins.ts'
import { readsRoutes } from './routes/reads.ts'
import { searchRoutes } from './routes/search.ts'
import { serverMembersRoutes } from './routes/server-members.ts'
import { serversRoutes } from './routes/servers.ts'
import { createProofs, sessionsRoutes } from './routes/sessions.ts'
import { createScope } from './scope.ts'

/** Throws on a setting that cannot be used. */
export const createOpenchat = (context: DialectContext): Dialect => {
  const scope = createScope(context)
  const proofs = createProofs(scope)
  const realtime = createRealtime(scope, createChannels(scope))
  const routes: readonly Route[] = [
    ...discoveryRoutes(scope, () => routes),
    ...sessionsRoutes(scope, proofs),
    ...accountsRoutes(scope, proofs),
    ...serversRoutes(scope),
    ...serverMembersRoutes(scope),
    ...categoriesRoutes(scope),
    ...channelsRoutes(scope),
    ...membersRoutes(scope),
    ...joiningRoutes(scope),
    ...invitesRoutes(scope),
    ...directsAndGroupsRoutes(scope),
    ...profilesRoutes(scope),
    ...avatarsRoutes(scope),
    ...directoryRoutes(scope),
    ...contactsRoutes(scope),
    ...messagesRoutes(scope),
    ...reactionsAndPinsRoutes(scope),
    ...readsRoutes(scope),
    ...searchRoutes(scope),
    ...mentionsRoutes(scope),
    ...filesRoutes(scope),
    ...realtime.routes,
  ]
  return {
    name: 'openchat',
    title: 'openchat: capabilities, keys or passwords, servers and channels over WebSocket, SSE and long polls',
    claims: ['/client', '/v1'].map(path => ({ path })),
    credentials: [{ session: { type: 'http', scheme: 'bearer', description: 'The token of a session (OC27).' } }],
    routes,
    endpoints: realtime.endpoints,
    events: realtime.events,
    signals: realtime.signals,
    messages: realtime.messages,
    nameOf: realtime.nameOf,
    faults,
    unmatched: (_request, allow) =>
      allow.length > 0
        ? answerReply(replyOf('method_not_allowed', undefined, { allow: allow.join(', ') }))
        : answerReply(replyOf('not_found')),
    internalError: () => answerReply(replyOf('internal_error')),
    finish: finishAnswer,
  }
}
