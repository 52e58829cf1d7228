// umoc: Socket.IO with sessions over HTTP, contacts, groups, files (docs/contracts/umoc.md).
import type { Dialect, DialectContext, RouteRequest } from '../../host/dialect.ts'
import { createIdentify } from './auth.ts'
import { contactMessages } from './contract.contacts.ts'
import { socketMessages } from './contract.events.ts'
import { groupMessages } from './contract.groups.ts'
import { createSocketServer } from './endpoint.ts'
import { contactEvents } from './events/contacts.ts'
import { groupEvents } from './events/groups.ts'
import { faults, httpTexts, replyOf } from './faults.ts'
import { createFileRules } from './files.ts'
import { answer } from './http.ts'
import { peopleEvents, peopleLoaders } from './projection.people.ts'
import { createEncoder, createProjection, nameOfFrame, signals } from './projection.ts'
import { accountsRoutes } from './routes/accounts.ts'
import { filesRoutes } from './routes/files.ts'
import { uploadsRoutes } from './routes/uploads.ts'
import { createScope } from './scope.ts'
import { settingsFrom } from './settings.ts'

/** Answers here carry secrets, or say whose they are (UM20). */
const PRIVATE = new Set(['/register', '/login', '/logout', '/user'])

const finish = (response: Response, { path }: RouteRequest): Response => {
  if (PRIVATE.has(path)) response.headers.set('cache-control', 'no-store')
  return response
}

/** Throws on a setting that cannot be used. */
export const createUmoc = (context: DialectContext): Dialect => {
  const { core } = context
  const umoc = settingsFrom(context.settings)
  const scope = createScope(context, { umoc, identify: createIdentify(core), files: createFileRules(core) })
  const events = createProjection(peopleEvents)
  const sockets = createSocketServer(scope, {
    encoder: createEncoder(events),
    events: { ...contactEvents, ...groupEvents },
    loaders: peopleLoaders,
  })
  return {
    name: 'umoc',
    title: 'UMOC: Socket.IO with sessions, contacts, groups, receipts and files',
    claims: ['/register', '/login', '/logout', '/user', '/socket.io', '/api/upload', '/api/files'].map(path => ({
      path,
    })),
    credentials: [
      { accessToken: { type: 'http', scheme: 'bearer', description: 'The access token of a login.' } },
      {
        sessionID: { type: 'apiKey', in: 'query', name: 'sessionID', description: 'The session of a login.' },
        token: { type: 'apiKey', in: 'query', name: 'token', description: 'Its second secret.' },
      },
      {
        sessionHeader: { type: 'apiKey', in: 'header', name: 'X-Session-ID', description: 'The session of a login.' },
        tokenHeader: { type: 'apiKey', in: 'header', name: 'X-Session-Token', description: 'Its second secret.' },
      },
    ],
    routes: [...accountsRoutes(scope, umoc), ...uploadsRoutes(scope), ...filesRoutes(scope), ...sockets.routes],
    endpoints: sockets.endpoints,
    events,
    signals,
    messages: [...socketMessages, ...contactMessages, ...groupMessages],
    nameOf: nameOfFrame,
    faults,
    unmatched: (request, allow) =>
      sockets.refuse(request) ??
      answer(
        allow.length > 0
          ? replyOf(405, httpTexts.method, { allow: allow.join(', ') })
          : replyOf(404, httpTexts.notFound),
      ),
    internalError: () => answer(replyOf(500, 'Internal error')),
    finish,
  }
}
