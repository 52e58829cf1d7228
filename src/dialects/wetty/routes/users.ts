// Users: register, log in, refresh, log out; profiles (WT10 to WT24).

import { isCleanText } from '../../../base/json.ts'
import type { Actor, Profile } from '../../../core/index.ts'
import { networkOf } from '../../../host/address.ts'
import type { Route } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { door, GRACE_MS, type MintedToken, mintToken, newFields, readToken, TOKEN_KIND } from '../auth.ts'
import { LogIn, ProfileChange, Register, UserSearch } from '../contract.requests.ts'
import { Login, OwnProfile, Registered, UserProfile, Users } from '../contract.ts'
import { refused, replyOf } from '../faults.ts'
import { json, noContent, openRoute, ownRoute, type Scope, uidParam } from '../http.ts'
import { printTime } from '../ids.ts'
import { countOf, judgeLogin, judgeProfile, judgeRegistration, readBody } from '../inbound.ts'
import { printOwnProfile, printUser } from '../outbound.ts'

/** The answer of login and refresh; never cached, for it is the key itself. */
const loginAnswer = (profile: Profile, { token, userKey, clientType, expiresAt }: MintedToken): Response => {
  const body: Login = {
    token,
    user_key: userKey,
    uid: profile.num,
    username: profile.handle,
    client_type: clientType,
    expires_at: printTime(expiresAt),
  }
  return json(body, 200, { 'cache-control': 'no-store' })
}

const avatarUnknown = { 'file.unknown': () => replyOf('invalid_field', { field: 'avatar_fid' }) }

export const usersRoutes = (scope: Scope): readonly Route[] => {
  const { core, clock } = scope

  const ownProfile = async (actor: Actor): Promise<Response> => json(printOwnProfile(await core.people.self(actor)))

  return [
    openRoute(
      {
        method: 'POST',
        path: '/users/auth/register',
        name: 'register',
        summary: 'Makes an account.',
        rules: ['WT10'],
        body: { schema: Register },
        responses: { 201: ['The account. Log in next.', Registered] },
        refusals: [409, 413, 415, 422],
      },
      async request => {
        const { username, password } = judgeRegistration(await readBody(request))
        const { num, handle } = await core.accounts.register({
          handle: username,
          password,
          address: networkOf(request.address),
        })
        return json({ uid: num, username: handle } satisfies Registered, 201)
      },
    ),
    openRoute(
      {
        method: 'POST',
        path: '/users/auth/login',
        name: 'login',
        summary: 'Opens a session; web tokens live 2 hours, mobile tokens 90 days.',
        rules: ['WT11', 'WT12', 'WT13', 'WT14', 'WT15'],
        body: { schema: LogIn },
        responses: { 200: ['The token.', Login] },
        refusals: [401, 413, 415, 422],
      },
      async request => {
        const { username, password, clientType } = judgeLogin(await readBody(request))
        const profile = await core.accounts.logIn({ handle: username, password, address: networkOf(request.address) })
        const minted = mintToken(newFields(profile.num, clientType), clock)
        await core.sessions.open(profile, {
          door,
          device: clientType,
          ttlMs: minted.ttlMs,
          tokens: [{ secret: minted.token, kind: TOKEN_KIND, ttlMs: minted.ttlMs }],
        })
        return loginAnswer(profile, minted)
      },
    ),
    ownRoute(
      scope,
      {
        method: 'POST',
        path: '/users/auth/refresh',
        name: 'refresh',
        summary: 'Replaces the token; the old one still opens for a minute.',
        rules: ['WT18'],
        responses: { 200: ['The new token.', Login] },
      },
      async (actor, _request, token) => {
        const fields = readToken(token)
        if (!fields) return refused('unauthorized')
        const minted = mintToken(fields, clock)
        await core.sessions.rotate(actor, {
          presented: token,
          graceMs: GRACE_MS,
          next: { secret: minted.token, kind: TOKEN_KIND, ttlMs: minted.ttlMs },
          ttlMs: minted.ttlMs,
        })
        return loginAnswer(actor.profile, minted)
      },
    ),
    ownRoute(
      scope,
      {
        method: 'POST',
        path: '/users/auth/logout',
        name: 'logout',
        summary: 'Ends this session; its sockets close with 4401.',
        rules: ['WT19'],
        responses: { 204: ['Ended.'] },
      },
      async actor => {
        await core.sessions.end(actor)
        return noContent()
      },
    ),
    ...['/users/profile', '/users/me'].map(path =>
      ownRoute(
        scope,
        {
          method: 'GET',
          path,
          name: path === '/users/me' ? 'me' : 'profile',
          summary: "The caller's profile.",
          rules: ['WT20'],
          responses: { 200: ['The profile.', OwnProfile] },
        },
        ownProfile,
      ),
    ),
    ownRoute(
      scope,
      {
        method: 'PUT',
        path: '/users/profile',
        name: 'updateProfile',
        summary: 'Changes the given keys; null clears.',
        rules: ['WT21'],
        body: { schema: ProfileChange },
        responses: { 200: ['The whole profile.', OwnProfile] },
        refusals: [413, 415, 422],
      },
      async (actor, request) => {
        const patch = judgeProfile(await readBody(request, false))
        const profile = await translated(avatarUnknown, () => core.people.update(actor, patch))
        return json(printOwnProfile(profile))
      },
    ),
    ownRoute(
      scope,
      {
        method: 'GET',
        path: '/users/profile/:uid',
        name: 'otherProfile',
        summary: "Somebody's profile and what he is to the caller.",
        rules: ['WT22'],
        responses: { 200: ['The profile.', UserProfile] },
        refusals: [404],
      },
      async (actor, request) => {
        const profile = await core.people.byNum(uidParam(request, 'uid'))
        if (!profile) return refused('user_not_found')
        const relation = await core.people.relation(actor, profile.id)
        const { bio, link } = profile
        return json({
          ...printUser(profile),
          bio: bio ?? '',
          sr_link: link ?? '',
          relation,
        } satisfies UserProfile)
      },
    ),
    ownRoute(
      scope,
      {
        method: 'GET',
        path: '/users/search',
        name: 'searchUsers',
        summary: 'People by prefix of username or nickname.',
        rules: ['WT23'],
        query: UserSearch,
        responses: { 200: ['At most 20.', Users] },
        refusals: [422],
      },
      async (_actor, request) => {
        const limit = countOf(request.query, 'limit', { fallback: 20, min: 1, max: 20 })
        const prefix = request.query.get('q') ?? ''
        if ([...prefix.slice(0, 4)].length < 2 || !isCleanText(prefix)) refused('invalid_field', { field: 'q' })
        return json({ users: (await core.people.search(prefix, limit)).map(printUser) })
      },
    ),
  ]
}
