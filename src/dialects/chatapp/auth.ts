// Who asks: JWTs made and read, and the session behind them (CA7, CA27 to CA31).
import { newRandomId, randomToken } from '../../base/id.ts'
import { type Actor, type Core, type Door, refuse, type Time } from '../../core/index.ts'
import { type DialectContext, type DialectSettings, type RouteRequest, SettingError } from '../../host/dialect.ts'
import { parseAuthorization } from '../../wire/bearer.ts'
import { hs256 } from '../../wire/jwt.ts'

export const door: Door = {
  name: 'chatapp',
  needsFriendship: false,
  addsFriendsOnly: false,
  recallWindow: null,
  recallsOthers: false,
  readsPublic: false,
  ownerLeaving: 'refused',
}

/**
 * Kinds of the core's tokens. The secret of `access` is the `sid` that every access token of the session carries; it lives
 * as long as the session. So the JWT says who and until when, and the core whether the session still lives.
 */
export const ACCESS = 'access'
export const REFRESH = 'refresh'

export interface Lifetimes {
  readonly accessMs: number
  /** Of a session, after its last refresh. */
  readonly sessionMs: number
}

const DAY_SECONDS = 24 * 3600
const MAX_SECONDS = 3650 * DAY_SECONDS

const secondsIn = (env: DialectSettings['env'], name: string, fallback: number): number => {
  const text = env(name)
  if (!text) return fallback
  const seconds = Number(text)
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_SECONDS) {
    throw new SettingError(`${name} must be a whole number of seconds from 1 to ${MAX_SECONDS}`)
  }
  return seconds
}

/** CA28; no access token outlives its session. Throws on a setting that cannot be used. */
export const lifetimesFrom = ({ env }: Pick<DialectSettings, 'env'>): Lifetimes => {
  const session = secondsIn(env, 'PARLANCE_CHATAPP_SESSION_SECONDS', 30 * DAY_SECONDS)
  const access = secondsIn(env, 'PARLANCE_CHATAPP_ACCESS_SECONDS', DAY_SECONDS)
  return { accessMs: Math.min(access, session) * 1000, sessionMs: session * 1000 }
}

const KEY_BYTES = 32

/** The configured signing key, or null: then it is derived from the one kept with the data. Throws when it is too short. */
const configuredKey = ({ env }: Pick<DialectSettings, 'env'>): Uint8Array<ArrayBuffer> | null => {
  const text = env('PARLANCE_CHATAPP_JWT_KEY')
  if (!text) return null
  const key = new Uint8Array(Buffer.from(text))
  if (key.length < KEY_BYTES) throw new SettingError(`PARLANCE_CHATAPP_JWT_KEY must have at least ${KEY_BYTES} bytes`)
  return key
}

export interface AccessToken {
  readonly token: string
  /** Whole seconds. */
  readonly expiresIn: number
}

export interface Claims {
  readonly username: string
  readonly sid: string
}

export interface Tokens {
  mint(claims: Claims): Promise<AccessToken>
  /** What a token says; null unless it is whole, ours and unexpired. Says nothing about its session. */
  read(token: string): Promise<Claims | null>
}

/** The key is asked for when it is first needed. */
export const createTokens = (
  { core, clock, settings }: Pick<DialectContext, 'core' | 'clock' | 'settings'>,
  { accessMs }: Lifetimes,
): Tokens => {
  const configured = configuredKey(settings)
  const codec = hs256(() => configured ?? new Uint8Array(Buffer.from(core.keyFor('chatapp jwt'), 'base64url')))
  return {
    async mint({ username, sid }) {
      const iat = Math.floor(clock.now() / 1000)
      const expiresIn = Math.floor(accessMs / 1000)
      const token = await codec.sign({ sub: username, sid, jti: newRandomId(), iat, exp: iat + expiresIn })
      return { token, expiresIn }
    },

    async read(token) {
      const claims = await codec.read(token, clock.now(), ['sub', 'sid', 'iat', 'exp'])
      if (typeof claims?.sub !== 'string' || typeof claims.sid !== 'string') return null
      return { username: claims.sub, sid: claims.sid }
    },
  }
}

/** A new session's `sid`: 256 random bits. */
export const newSid = (): string => randomToken()

/** A refresh token: says whose session it is, and is random beyond that. Opaque to clients. */
export const newRefreshToken = (sid: string): string => `${sid}.${randomToken()}`
export const sidOf = (refreshToken: string): string => refreshToken.slice(0, refreshToken.indexOf('.'))

export interface Identity {
  readonly actor: Actor
  readonly sid: string
}

/** What identifying needs. */
interface Doorkeeper {
  readonly core: Pick<Core, 'sessions'>
  readonly tokens: Tokens
}

/** Who holds an access token. Faults: session.invalid. */
export const identify = async ({ core, tokens }: Doorkeeper, token: string): Promise<Identity> => {
  const claims = await tokens.read(token)
  if (claims === null) return refuse({ kind: 'session.invalid', reason: 'invalid' })
  const { actor } = await core.sessions.resume(claims.sid, ACCESS, door)
  if (actor.profile.handle !== claims.username) return refuse({ kind: 'session.invalid', reason: 'invalid' })
  return { actor, sid: claims.sid }
}

/** The bearer token of a request; null when it carries none (CA7). */
const bearerOf = ({ raw }: Pick<RouteRequest, 'raw'>): string | null => {
  const given = parseAuthorization(raw.headers.get('authorization'))
  return given.type === 'bearer' ? given.token : null
}

/** Who asks. Faults: session.invalid. */
export const caller = async (keeper: Doorkeeper, request: Pick<RouteRequest, 'raw'>): Promise<Identity> =>
  identify(keeper, bearerOf(request) ?? refuse({ kind: 'session.invalid', reason: 'missing' }))

/**
 * When the newest access token of a session ends. A session lives for so long after its last login or refresh, which is
 * when that token was made. Faults: session.invalid.
 */
export const newestAccessEnd = async (
  { sessions }: Pick<Core, 'sessions'>,
  { accessMs, sessionMs }: Lifetimes,
  sid: string,
): Promise<Time> => {
  const { session } = await sessions.resume(sid, ACCESS, door)
  return session.expiresAt - sessionMs + accessMs
}
