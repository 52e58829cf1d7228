// The socket at `/api/ws/{username}`: let in, or told why not by a close code a browser can see (CA59 to CA63).
import { fold } from '../../base/fold.ts'
import { parseUuid } from '../../base/id.ts'
import { faultIn } from '../../core/index.ts'
import type { Endpoint, LinkHandler, RouteRequest } from '../../host/dialect.ts'
import { Attachment, closeCodes, type SocketScope, type Wishes } from './attachment.ts'
import { type Identity, identify } from './auth.ts'
import { replyOf } from './faults.ts'
import { answer, isDecodable, rates } from './http.ts'

const FRAME_BYTES = 64 * 1024
const SILENCE_MS = 60_000

type Connection =
  | { readonly type: 'admitted'; readonly identity: Identity; readonly wishes: Wishes }
  | { readonly type: 'refused'; readonly code: number; readonly reason: string }

const refusedToken = { type: 'refused', code: closeCodes.refused, reason: 'Invalid token' } as const
const refusedName = { type: 'refused', code: closeCodes.mismatch, reason: 'Username mismatch' } as const

/** Null without a token that opens. Only the query counts: a browser cannot set a header here (CA7). */
const identityOf = async (scope: SocketScope, request: RouteRequest): Promise<Identity | null> => {
  try {
    return await identify(scope, request.query.get('token') ?? '')
  } catch (error) {
    if (faultIn(error)?.kind === 'session.invalid') return null
    throw error
  }
}

const wishesOf = ({ query }: RouteRequest): Wishes => ({
  channel: query.get('channel') || null,
  since: parseUuid(query.get('since')),
  events: query.get('events') === '1',
})

const authenticate = async (scope: SocketScope, request: RouteRequest): Promise<Connection | Response> => {
  if (!isDecodable(request)) return answer(replyOf('not_found'))
  const identity = await identityOf(scope, request)
  if (identity === null) return refusedToken
  const { profile } = identity.actor
  if (fold(request.params.username ?? '') !== fold(profile.handle)) return refusedName
  // Refused before the upgrade: a client takes it for a loss and comes again later.
  await scope.core.spend(rates.sockets, profile.id)
  return { type: 'admitted', identity, wishes: wishesOf(request) }
}

/** Of a socket that is closed before anything passes. */
const nobody: LinkHandler = { receive() {}, closed() {} }

/** Under both spellings of the path (CA3). */
export const createEndpoints = (scope: SocketScope): readonly Endpoint<Connection>[] =>
  ['/api/ws/:username', '/api/ws/:username/'].map(path => ({
    path,
    name: 'socket',
    summary: 'The most recent messages, then every message as it comes: one bare Message per text frame.',
    rules: ['CA59', 'CA60', 'CA63', 'CA64', 'CA65', 'CA66', 'CA69', 'CA70', 'CA74'],
    maxFrameBytes: FRAME_BYTES,
    idle: { afterMs: SILENCE_MS, code: closeCodes.dropped, reason: '', pongsCount: true },
    closeCodes: { shutdown: closeCodes.dropped, slow: closeCodes.dropped },
    authenticate: request => authenticate(scope, request),
    async open(link, connection) {
      if (connection.type === 'refused') {
        link.close(connection.code, connection.reason)
        return nobody
      }
      const attachment = new Attachment(scope, link, connection.identity, connection.wishes)
      await attachment.attach()
      return attachment
    },
  }))
