// Who asks: the secrets of a login, where a request may carry them, and the session behind them (UM13, UM14, UM30).
import { newRandomId, randomToken } from '../../base/id.ts'
import {
  type Actor,
  type Core,
  type Door,
  type NewToken,
  type Profile,
  refuse,
  type Session,
} from '../../core/index.ts'
import type { RouteRequest } from '../../host/dialect.ts'
import { parseAuthorization } from '../../wire/bearer.ts'
import type { Fields } from './http.ts'
import type { Credentials, Identify, Scope } from './scope.ts'
import type { UmocSettings } from './settings.ts'

export const door: Door = {
  name: 'umoc',
  needsFriendship: true,
  addsFriendsOnly: true,
  recallWindow: null,
  recallsOthers: false,
  readsPublic: false,
  ownerLeaving: 'followed',
}

/** Kinds of the core's tokens: both secrets together open everything, the session's name alone what may be opened by it. */
const PAIR = 'pair'
const NAME = 'id'

const accessTokenOf = (sessionID: string, token: string): string => `${sessionID}.${token}`

export interface Login {
  readonly sessionID: string
  readonly token: string
  /** Stands for the pair (UM13). */
  readonly accessToken: string
  readonly session: Session
}

/** A new session; beyond as many as a person may have, the least recently active one ends (UM36). */
export const openSession = async (
  { sessions }: Pick<Core, 'sessions'>,
  profile: Profile,
  { sessionTtlMs: ttlMs, maxSessions: atMost }: UmocSettings,
): Promise<Login> => {
  const sessionID = newRandomId()
  const token = randomToken()
  const accessToken = accessTokenOf(sessionID, token)
  const tokens: readonly NewToken[] = [
    { secret: accessToken, kind: PAIR, ttlMs },
    { secret: sessionID, kind: NAME, ttlMs },
  ]
  const session = await sessions.open(profile, { door, device: '', ttlMs, tokens, atMost })
  return { sessionID, token, accessToken, session }
}

export const createIdentify =
  ({ sessions }: Pick<Core, 'sessions'>): Identify =>
  ({ sessionID, token }) =>
    token === null
      ? sessions.resume(sessionID, NAME, door)
      : sessions.resume(accessTokenOf(sessionID, token), PAIR, door)

/** Well-formed, and nobody's. */
const NOBODY: Credentials = { sessionID: '', token: '' }

/** An access token is the pair again; whatever else stands there opens nothing. */
const pairIn = (accessToken: string): Credentials => {
  const dot = accessToken.indexOf('.')
  return dot < 0 ? NOBODY : { sessionID: accessToken.slice(0, dot), token: accessToken.slice(dot + 1) }
}

const given = (value: unknown): boolean => value !== undefined && value !== null && value !== ''

/**
 * What a request carries: a bearer token, else `sessionID` and `token`, each from the body, the query or a header, in this
 * order. Null when it names no session.
 */
export const credentialsIn = ({ raw: { headers } }: Pick<RouteRequest, 'raw'>, field: Fields): Credentials | null => {
  const authorization = parseAuthorization(headers.get('authorization'))
  if (authorization.type === 'bearer') return pairIn(authorization.token)
  const sessionID = field('sessionID') ?? headers.get('x-session-id')
  const token = field('token') ?? headers.get('x-session-token')
  if (!given(sessionID)) return null
  if (typeof sessionID !== 'string') return NOBODY
  if (!given(token)) return { sessionID, token: null }
  return typeof token === 'string' ? { sessionID, token } : NOBODY
}

export interface Caller {
  readonly actor: Actor
  /** Milliseconds since 1970: when the session ends without further activity. */
  readonly expires: number
}

/** Who asks; asking is activity (UM36, UM37). Faults: session.invalid. */
export const caller = async (
  { core, umoc, identify }: Pick<Scope, 'core' | 'umoc' | 'identify'>,
  request: Pick<RouteRequest, 'raw'>,
  field: Fields,
): Promise<Caller> => {
  const credentials = credentialsIn(request, field)
  if (!credentials) return refuse({ kind: 'session.invalid', reason: 'missing' })
  if (credentials.token === null && umoc.requireToken) return refuse({ kind: 'session.invalid', reason: 'invalid' })
  const { actor } = await identify(credentials)
  return { actor, expires: await core.sessions.active(actor, umoc.sessionTtlMs) }
}
