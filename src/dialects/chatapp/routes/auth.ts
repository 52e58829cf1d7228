// Accounts and sessions: register, log in, refresh, log out (CA23 to CA32).
import type { Actor, Profile } from '../../../core/index.ts'
import { networkOf } from '../../../host/address.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { ACCESS, caller, door, newRefreshToken, newSid, REFRESH, sidOf } from '../auth.ts'
import { LogIn, Refresh, Register } from '../contract.requests.ts'
import { Authenticated, Done, Token, User } from '../contract.ts'
import { json, openRoute, ownRoute, rates } from '../http.ts'
import { judgeLogin, judgeRegistration, readBody, readLoginBody, readOptionalBody, refreshTokenIn } from '../inbound.ts'
import { printUser } from '../outbound.ts'
import { LEASE_MS } from '../people.ts'
import type { Scope } from '../scope.ts'

/** A person before, or without, a session. */
const unattended = (profile: Profile): Actor => ({ accountId: profile.accountId, profile, sessionId: null, door })

export const authRoutes = (scope: Scope): readonly Route[] => {
  const { core, channels, tokens, lifetimes } = scope
  const { sessionMs } = lifetimes

  /** Into `general`, unless the person was in it before (CA45). */
  const enrol = (actor: Actor): Promise<boolean> => channels.within(actor, null, id => core.members.enrol(actor, id))

  /** Never cached, for it is the key itself. */
  const tokenAnswer = async (profile: Profile, sid: string, refreshToken: string | null): Promise<Response> => {
    const { token, expiresIn } = await tokens.mint({ username: profile.handle, sid })
    const body: Token = {
      access_token: token,
      token_type: 'bearer',
      expires_in: expiresIn,
      ...(refreshToken !== null && { refresh_token: refreshToken }),
    }
    return json(body, { 'cache-control': 'no-store' })
  }

  const prolonged = { kind: ACCESS, ttlMs: sessionMs } as const

  const exchange = async (presented: string): Promise<Response> => {
    const sid = sidOf(presented)
    const secret = newRefreshToken(sid)
    const { actor } = await core.sessions.exchange(door, {
      presented,
      kind: REFRESH,
      next: { secret, kind: REFRESH, ttlMs: sessionMs },
      ttlMs: sessionMs,
      token: prolonged,
    })
    return tokenAnswer(actor.profile, sid, secret)
  }

  const renew = async (request: RouteRequest): Promise<Response> => {
    const { actor, sid } = await caller(scope, request)
    await core.spend(rates.rest, actor.sessionId ?? actor.profile.id)
    await core.sessions.prolong(actor, { ttlMs: sessionMs, token: prolonged })
    return tokenAnswer(actor.profile, sid, null)
  }

  /** Who shows nothing that opens hears that before what is wrong with his body (CA9). */
  const presentedIn = async (request: RouteRequest): Promise<string | null> => {
    try {
      return refreshTokenIn(await readOptionalBody(request))
    } catch (error) {
      await caller(scope, request)
      throw error
    }
  }

  return [
    ...openRoute(
      {
        method: 'POST',
        path: '/api/auth/register',
        name: 'register',
        summary: 'Makes an account, which is in `general` from then on. Does not log in.',
        rules: ['CA23', 'CA24', 'CA25', 'CA45'],
        body: { schema: Register },
        success: ['The new person.', User],
        refusals: [400, 413, 422],
      },
      async request => {
        const registration = judgeRegistration(await readBody(request))
        const profile = await core.accounts.register({ ...registration, address: networkOf(request.address) })
        await enrol(unattended(profile))
        return json(printUser(profile, undefined, registration.email))
      },
    ),
    ...openRoute(
      {
        method: 'POST',
        path: '/api/auth/login',
        name: 'login',
        summary: 'Opens a session. Takes JSON or a form.',
        rules: ['CA20', 'CA26', 'CA27', 'CA28', 'CA39'],
        body: { schema: LogIn },
        success: ['The tokens.', Token],
        refusals: [401, 413, 422],
      },
      async request => {
        const login = judgeLogin(await readLoginBody(request))
        const profile = await core.accounts.logIn({ ...login, address: networkOf(request.address) })
        const sid = newSid()
        const refreshToken = newRefreshToken(sid)
        const session = await core.sessions.open(profile, {
          door,
          device: '',
          ttlMs: sessionMs,
          tokens: [
            { secret: sid, ...prolonged },
            { secret: refreshToken, kind: REFRESH, ttlMs: sessionMs },
          ],
        })
        const actor: Actor = { ...unattended(profile), sessionId: session.id }
        await enrol(actor)
        await core.presence.show(actor, LEASE_MS)
        return tokenAnswer(profile, sid, refreshToken)
      },
    ),
    ...openRoute(
      {
        method: 'POST',
        path: '/api/auth/refresh',
        name: 'refresh',
        summary:
          'A new access token: for a refresh token, which is spent and replaced, or for a bearer token that still opens.',
        rules: ['CA29', 'CA31'],
        body: { schema: Refresh },
        success: ['The tokens.', Token],
        refusals: [401, 413, 422],
      },
      async request => {
        const presented = await presentedIn(request)
        return presented === null ? renew(request) : exchange(presented)
      },
    ),
    ...ownRoute(
      scope,
      {
        method: 'POST',
        path: '/api/auth/logout',
        name: 'logout',
        summary: 'Ends this session; its sockets close with 4001.',
        rules: ['CA30', 'CA39'],
        success: ['Ended.', Done],
      },
      async actor => {
        await core.presence.endLease(actor)
        await core.sessions.end(actor)
        return json({ message: 'Successfully logged out' })
      },
    ),
    ...ownRoute(
      scope,
      {
        method: 'GET',
        path: '/api/auth/test-auth',
        name: 'testAuth',
        summary: 'Whether the token opens, and whose it is.',
        rules: ['CA32'],
        success: ['It does.', Authenticated],
      },
      async ({ profile }) => json({ message: 'Authentication successful', username: profile.handle }),
    ),
  ]
}
