// The 100-character token (WT12 to WT14): minted, taken apart, presented.
import type { Clock } from '../../base/clock.ts'
import { randomAlphanumeric } from '../../base/id.ts'
import { type Actor, type Core, type Door, type Num, refuse, type Session, type Time } from '../../core/index.ts'
import type { RouteRequest } from '../../host/dialect.ts'
import { parseAuthorization } from '../../wire/bearer.ts'

export const door: Door = {
  name: 'wetty',
  needsFriendship: true,
  recallWindow: 120_000,
  addsFriendsOnly: false,
  recallsOthers: true,
  readsPublic: false,
  ownerLeaving: 'refused',
}

export const clientTypes = ['web', 'mobile'] as const
export type ClientType = (typeof clientTypes)[number]

/** The word in the token, and how long it lives in milliseconds (WT15). */
const lifetimes = {
  web: { word: 'web_', ttlMs: 2 * 3600_000 },
  mobile: { word: 'mobl', ttlMs: 90 * 24 * 3600_000 },
} as const satisfies Readonly<Record<ClientType, { readonly word: string; readonly ttlMs: number }>>

/** The kind under which the core keeps the digest of a whole token: any character changed is another token. */
export const TOKEN_KIND = 'access'

/** How long a replaced token still opens, so that requests under way and a lost answer do no harm (WT18). */
export const GRACE_MS = 60_000

const TOKEN = /^(\d{32})([0-9A-Za-z]{32})(web_|mobl)([0-9A-Za-z]{8})([0-9A-Za-z]{16})([0-9a-f]{8})$/

/** The fields that a refresh takes over (WT18). */
export interface TokenFields {
  /** 32 digits. */
  readonly uid: string
  readonly userKey: string
  readonly clientType: ClientType
  readonly clientKey: string
}

/** The fields of a text in the token's form, or null. Says nothing about whether it is valid. */
export const readToken = (token: string): TokenFields | null => {
  const [, uid, userKey, word, , clientKey] = TOKEN.exec(token) ?? []
  if (uid === undefined || userKey === undefined || clientKey === undefined) return null
  return { uid, userKey, clientType: word === lifetimes.web.word ? 'web' : 'mobile', clientKey }
}

export interface MintedToken {
  readonly token: string
  readonly userKey: string
  readonly clientType: ClientType
  /** Whole seconds, as the token says it. */
  readonly expiresAt: Time
  readonly ttlMs: number
}

/** A fresh session's fields. */
export const newFields = (num: Num, clientType: ClientType): TokenFields => ({
  uid: String(num).padStart(32, '0'),
  userKey: randomAlphanumeric(32),
  clientType,
  clientKey: randomAlphanumeric(16),
})

/** A token with a new transient key, valid from now on. */
export const mintToken = ({ uid, userKey, clientType, clientKey }: TokenFields, clock: Clock): MintedToken => {
  const { word, ttlMs } = lifetimes[clientType]
  const now = clock.now()
  const seconds = Math.floor((now + ttlMs) / 1000)
  const token = uid + userKey + word + randomAlphanumeric(8) + clientKey + seconds.toString(16).padStart(8, '0')
  return { token, userKey, clientType, expiresAt: seconds * 1000, ttlMs: seconds * 1000 - now }
}

export interface Identity {
  readonly actor: Actor
  readonly session: Session
  readonly token: string
}

/** The token a request carries: the header's, else the query's (WT16). Faults: session.invalid. */
export const presentedToken = (request: Pick<RouteRequest, 'raw' | 'query'>): string => {
  const given = parseAuthorization(request.raw.headers.get('authorization'))
  if (given.type === 'bearer') return given.token
  const reason = given.type === 'none' ? 'missing' : 'invalid'
  const token = given.type === 'none' ? request.query.get('token') : null
  return token ?? refuse({ kind: 'session.invalid', reason })
}

/** Who asks. A bare `uid` or `X-User-Id` never counts (WT17). Faults: session.invalid. */
export const identify = async (
  core: Pick<Core, 'sessions'>,
  request: Pick<RouteRequest, 'raw' | 'query'>,
): Promise<Identity> => {
  const token = presentedToken(request)
  if (!TOKEN.test(token)) refuse({ kind: 'session.invalid', reason: 'invalid' })
  return { ...(await core.sessions.resume(token, TOKEN_KIND, door)), token }
}
