// Who listens, and to which server: the same for all transports (OC110, OC125 to OC127).
import { randomToken } from '../../../base/id.ts'
import { type Actor, type RateRule, refuse, type SpaceId } from '../../../core/index.ts'
import type { RouteRequest } from '../../../host/dialect.ts'
import { parseAuthorization } from '../../../wire/bearer.ts'
import { type Identity, identifyToken, noteOf, refuseOtherServer } from '../auth.ts'
import { refused } from '../faults.ts'
import { parseId } from '../ids.ts'
import type { Scope } from '../scope.ts'
import { REQUESTS_PER_MINUTE } from '../settings.ts'

const SUBPROTOCOL = 'openchat.session.'
const TICKET_KIND = 'ticket'
const TICKET_MS = 30_000
const TICKET_BYTES = 32
/** Beside the other requests, so that somebody who polls can still write. */
const LISTENS: RateRule = { name: 'openchat-listens', count: REQUESTS_PER_MINUTE, perMs: 60_000 }

/** The subprotocol that carries the token, as it was offered; null where none does. */
export const offeredProtocol = ({ raw }: Pick<RouteRequest, 'raw'>): string | null => {
  const offered = raw.headers.get('sec-websocket-protocol')?.split(',') ?? []
  return offered.map(each => each.trim()).find(each => each.startsWith(SUBPROTOCOL)) ?? null
}

/** Where a client wants to go on; null where it begins, also by an empty word for it. */
export const askedToken = ({ query }: Pick<RouteRequest, 'query'>): string | null => query.get('resume_token') || null

/** A one-time pass for clients that can set no header (OC127); answers when it is over. */
export const mintTicket = async (
  { core, clock }: Pick<Scope, 'core' | 'clock'>,
  { actor, token }: Identity,
): Promise<{ readonly ticket: string; readonly expiresAt: number }> => {
  const ticket = randomToken(TICKET_BYTES)
  // The token that is presented goes on as it would have.
  const graceMs = Number.MAX_SAFE_INTEGER / 2
  const next = { secret: ticket, kind: TICKET_KIND, ttlMs: TICKET_MS }
  await core.sessions.rotate(actor, { presented: token, graceMs, next, ttlMs: 0 })
  return { ticket, expiresAt: clock.now() + TICKET_MS }
}

/** Faults: session.invalid (also: used before). */
const identifyTicket = async ({ core, door, clock }: Scope, ticket: string): Promise<Identity> => {
  const { actor, session } = await core.sessions.resume(ticket, TICKET_KIND, door)
  const note = noteOf(session)
  const first = note !== null && (await core.once(`ticket ${ticket}`, clock.now() + 2 * TICKET_MS))
  if (!note || !first) return refuse({ kind: 'session.invalid', reason: 'invalid' })
  return { actor, session, ...note, deviceId: session.device, token: '' }
}

const presented = async (scope: Scope, request: RouteRequest): Promise<Identity> => {
  const offered = offeredProtocol(request)
  if (offered !== null) return identifyToken(scope, offered.slice(SUBPROTOCOL.length))
  const given = parseAuthorization(request.raw.headers.get('authorization'))
  if (given.type === 'bearer') return identifyToken(scope, given.token)
  const ticket = request.query.get('ticket')
  if (ticket !== null) return identifyTicket(scope, ticket)
  const named = await scope.dev?.tokenFor(request)
  if (named) return identifyToken(scope, named)
  // A token in the query is no credential (OC127).
  return refuse({ kind: 'session.invalid', reason: given.type === 'none' ? 'missing' : 'invalid' })
}

const judgeServer = async ({ core }: Scope, actor: Actor, own: SpaceId, asked: string | null): Promise<void> => {
  const id = asked === null ? own : (parseId(asked) ?? refused('server_not_found'))
  if (id !== own) await refuseOtherServer(core, actor, id)
  await core.spaces.judgeMember(actor, own)
}

/** Throws Refused and faults: 401, 403 server_mismatch or membership_required, 404 server_not_found, 429. */
export const identifyListener = async (scope: Scope, request: RouteRequest): Promise<Identity> => {
  const identity = await presented(scope, request)
  await scope.core.spend(LISTENS, identity.session.id)
  await judgeServer(scope, identity.actor, identity.space, request.query.get('server_id'))
  return identity
}

/**
 * Judged once more when everything is attached: what ended before that is told by no event that could still come. Faults:
 * session.invalid, space.required.
 */
export const judgeStill = async (
  { core, clock }: Pick<Scope, 'core' | 'clock'>,
  { actor, space }: Identity,
): Promise<void> => {
  if ((await core.sessions.active(actor)) <= clock.now()) refuse({ kind: 'session.invalid', reason: 'revoked' })
  await core.spaces.judgeMember(actor, space)
}
