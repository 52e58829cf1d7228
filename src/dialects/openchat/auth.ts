// Who asks, and on which server (OC27 to OC30).
import { randomToken } from '../../base/id.ts'
import { isJsonObject, parseJson } from '../../base/json.ts'
import {
  type Actor,
  type Core,
  type Profile,
  type RateRule,
  refuse,
  type Session,
  type SessionId,
  type SpaceId,
} from '../../core/index.ts'
import { networkOf } from '../../host/address.ts'
import type { RouteRequest } from '../../host/dialect.ts'
import { parseAuthorization } from '../../wire/bearer.ts'
import type { Session as PrintedSession, SessionKind } from './contract.ts'
import { refused } from './faults.ts'
import { printTime } from './ids.ts'
import type { Scope } from './scope.ts'
import { MAX_SESSIONS, REQUESTS_PER_MINUTE, SESSION_MS } from './settings.ts'

/** The kind under which the core keeps the digest of a token. */
export const TOKEN_KIND = 'access'
const TOKEN = /^[A-Za-z0-9_-]{43}$/
const TOKEN_BYTES = 32

const REQUESTS: RateRule = { name: 'openchat', count: REQUESTS_PER_MINUTE, perMs: 60_000 }
const STRANGERS: RateRule = { ...REQUESTS, name: 'openchat-stranger' }

export interface Identity {
  readonly actor: Actor
  readonly session: Session
  /** The server the session belongs to. */
  readonly space: SpaceId
  readonly kind: SessionKind
  readonly deviceId: string
  readonly token: string
}

/** What this door writes beside its sessions. */
interface Note {
  readonly space: SpaceId
  readonly kind: SessionKind
}

const printNote = (note: Note): string => JSON.stringify(note)

/** The server a session belongs to; null for sessions of other doors. */
export const noteOf = ({ note }: Pick<Session, 'note'>): Note | null => {
  if (note === null) return null
  const parsed = parseJson(note)
  if (!parsed.ok || !isJsonObject(parsed.value)) return null
  const { space, kind } = parsed.value
  return typeof space === 'string' && typeof kind === 'string' ? { space, kind: kind as SessionKind } : null
}

/** A new session on a server, as the contract prints it. */
export const openSession = async (
  { core, door, uids }: Pick<Scope, 'core' | 'door' | 'uids'>,
  profile: Profile,
  login: {
    readonly space: SpaceId
    readonly kind: SessionKind
    readonly deviceId: string
    readonly credentialId?: string | null
    /** The session that asks for it. */
    readonly through?: SessionId | null
  },
): Promise<PrintedSession> => {
  const { space, kind, deviceId, credentialId = null, through = null } = login
  const token = randomToken(TOKEN_BYTES)
  await uids.keep(space, profile)
  const session = await core.sessions.open(profile, {
    door,
    device: deviceId,
    note: printNote({ space, kind }),
    credentialId,
    through,
    atMost: MAX_SESSIONS,
    ttlMs: SESSION_MS,
    tokens: [{ secret: token, kind: TOKEN_KIND, ttlMs: SESSION_MS }],
  })
  return printSession({ uids }, { session, space, kind, deviceId, profile, token, expiresAt: session.expiresAt })
}

export const printSession = (
  { uids }: Pick<Scope, 'uids'>,
  opened: {
    readonly session: Session
    readonly space: SpaceId
    readonly kind: SessionKind
    readonly deviceId: string
    readonly profile: Profile
    readonly token: string
    readonly expiresAt: number
  },
): PrintedSession => ({
  session_id: opened.session.id,
  server_id: opened.space,
  user_uid: uids.of(opened.space, opened.profile),
  device_id: opened.deviceId,
  token: opened.token,
  expires_at: printTime(opened.expiresAt),
  scope: ['chat'],
  session_kind: opened.kind,
})

/** Faults: session.invalid. */
export const identifyToken = async ({ core, door }: Pick<Scope, 'core' | 'door'>, token: string): Promise<Identity> => {
  if (!TOKEN.test(token)) return refuse({ kind: 'session.invalid', reason: 'invalid' })
  const { actor, session } = await core.sessions.resume(token, TOKEN_KIND, door)
  const note = noteOf(session) ?? refuse({ kind: 'session.invalid', reason: 'invalid' })
  return { actor, session, ...note, deviceId: session.device, token }
}

/** The token of the header; nothing else gives identity (OC29). Faults: session.invalid. */
const presentedToken = ({ raw }: Pick<RouteRequest, 'raw'>): string => {
  const given = parseAuthorization(raw.headers.get('authorization'))
  if (given.type === 'bearer') return given.token
  return refuse({ kind: 'session.invalid', reason: given.type === 'none' ? 'missing' : 'invalid' })
}

/** Whoever asks, on whatever server. Throws Refused 401, rate.limited. */
export const identify = async (scope: Scope, request: RouteRequest): Promise<Identity> => {
  const named = await scope.dev?.tokenFor(request)
  const identity = await identifyToken(scope, named ?? presentedToken(request))
  await scope.core.spend(REQUESTS, identity.session.id)
  return identity
}

/** What those may ask who have no session yet: as much, by address. Throws rate.limited. */
export const admitStranger = (
  { core }: Pick<Scope, 'core'>,
  { address }: Pick<RouteRequest, 'address'>,
): Promise<void> => core.spend(STRANGERS, networkOf(address))

/** With a session, if the request brings one; a bad one is refused all the same. */
export const identifyIfAny = async (scope: Scope, request: RouteRequest): Promise<Identity | null> =>
  request.raw.headers.has('authorization') ? identify(scope, request) : null

/** Where a session of another server asks: what it may know of this one (OC30). */
export const refuseOtherServer = async (core: Core, actor: Actor, sid: SpaceId): Promise<never> => {
  await core.spaces.get(actor, sid)
  return refused('server_mismatch')
}
