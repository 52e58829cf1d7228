// Accounts and sessions: register, log in, log out, who am I (section B).

import { isCleanText } from '../../../base/json.ts'
import { countCodePoints } from '../../../base/text.ts'
import { networkOf } from '../../../host/address.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { json } from '../../../host/reply.ts'
import { caller, credentialsIn, openSession } from '../auth.ts'
import {
  LoggedIn,
  LoggedOut,
  NamedPassword,
  NamedPasswordQuery,
  NamedSession,
  Registered,
  User,
} from '../contract.http.ts'
import { httpTexts, refusedWith, replyOf } from '../faults.ts'
import { type Fields, readFields, route } from '../http.ts'
import { printSeconds, printTime } from '../ids.ts'
import type { Scope } from '../scope.ts'
import type { UmocSettings } from '../settings.ts'

/** Characters. */
const lengths = { username: { min: 3, max: 25 }, password: { min: 8, max: 128 } } as const

const required = (field: Fields, name: string): string => {
  const value = field(name)
  return typeof value === 'string' && value !== '' ? value : refusedWith(400, `'${name}' is required`)
}

const secretsIn = (field: Fields): { readonly username: string; readonly password: string } => {
  const username = required(field, 'username')
  return { username, password: required(field, 'password') }
}

const judgeLength = (text: string, { min, max }: { readonly min: number; readonly max: number }, words: string) => {
  const length = countCodePoints(text)
  if (length < min || length > max) refusedWith(400, words)
}

/** Of new accounts only: who came by another name elsewhere logs in with it (UM18, UM19). */
const judgeNew = ({ username, password }: { readonly username: string; readonly password: string }): void => {
  if (!/^[A-Za-z0-9._]+$/.test(username)) refusedWith(400, httpTexts.usernameCharacters)
  judgeLength(username, lengths.username, httpTexts.usernameLength)
  judgeLength(password, lengths.password, httpTexts.passwordLength)
}

/** Settled with a query or a body of either form, alike (UM10). */
const logIn = (scope: Scope, settings: UmocSettings) => async (request: RouteRequest) => {
  const { core } = scope
  // What only asks for headers is no login.
  if (request.method === 'HEAD') return refusedWith(405, httpTexts.method, { allow: 'GET, POST' })
  const { username, password } = secretsIn(await readFields(request))
  // No account has such a name, and not every store can be asked for it.
  const handle = isCleanText(username) ? username : '\ufffd'
  const profile = await core.accounts.logIn({ handle, password, address: networkOf(request.address) })
  const { sessionID, token, accessToken, session } = await openSession(core, profile, settings)
  return json(200, {
    sessionID,
    token,
    access_token: accessToken,
    expires_in: settings.sessionTtlMs / 1000,
    user_id: profile.num,
    username: profile.handle,
    session_expires: printSeconds(session.expiresAt),
  } satisfies LoggedIn)
}

export const accountsRoutes = (scope: Scope, settings: UmocSettings): readonly Route[] => {
  const { core, identify } = scope
  const login = {
    path: '/login',
    auth: false,
    query: NamedPasswordQuery,
    responses: { 200: ['A new session.', LoggedIn] },
    refusals: [400, 401, 413, 429],
  } as const

  return [
    route(
      {
        method: 'POST',
        path: '/register',
        name: 'register',
        summary: 'Makes an account. Does not log in.',
        rules: ['UM10', 'UM11', 'UM17', 'UM18', 'UM19'],
        auth: false,
        query: NamedPasswordQuery,
        body: { schema: NamedPassword },
        responses: { 201: ['The new account.', Registered] },
        refusals: [400, 409, 413, 429],
      },
      async request => {
        const { username, password } = secretsIn(await readFields(request))
        judgeNew({ username, password })
        const address = networkOf(request.address)
        const { num, handle, createdAt } = await core.accounts.register({ handle: username, password, address })
        return json(201, {
          success: 'User registered successfully',
          user_id: num,
          username: handle,
          created_at: printTime(createdAt),
        } satisfies Registered)
      },
    ),
    route(
      {
        ...login,
        method: 'POST',
        name: 'login',
        summary: 'Opens a session.',
        rules: ['UM10', 'UM12', 'UM13', 'UM17', 'UM36'],
        body: { schema: NamedPassword },
      },
      logIn(scope, settings),
    ),
    route(
      {
        ...login,
        method: 'GET',
        name: 'loginByQuery',
        summary: 'Opens a session, for pages that put the password into the query.',
        rules: ['UM12', 'UM20'],
      },
      logIn(scope, settings),
    ),
    route(
      {
        method: 'POST',
        path: '/logout',
        name: 'logout',
        summary: 'Ends a session, and its sockets with it. The `sessionID` alone is enough.',
        rules: ['UM14', 'UM15', 'UM38'],
        auth: true,
        query: NamedSession,
        body: { schema: NamedSession },
        responses: { 200: ['Ended.', LoggedOut] },
        refusals: [400, 401, 413],
      },
      async request => {
        const credentials = credentialsIn(request, await readFields(request))
        if (!credentials) return refusedWith(400, httpTexts.noSessionToEnd)
        const unknown = () => replyOf(401, httpTexts.unknownSession)
        await translated({ 'session.invalid': unknown, 'session.unknown': unknown }, async () => {
          const { actor } = await identify(credentials)
          await core.sessions.end(actor)
        })
        return json(200, {
          success: 'User logged out successfully',
          message: 'Successfully logged out',
        } satisfies LoggedOut)
      },
    ),
    route(
      {
        method: 'GET',
        path: '/user',
        name: 'user',
        summary: 'Whose session this is.',
        rules: ['UM14', 'UM16'],
        auth: true,
        responses: { 200: ['Its owner.', User] },
        refusals: [401],
      },
      async request => {
        const { actor, expires } = await caller(scope, request, await readFields(request))
        const { num, handle, createdAt } = actor.profile
        return json(200, {
          user_id: num,
          username: handle,
          created_at: printTime(createdAt),
          session_expires: printSeconds(expires),
        } satisfies User)
      },
    ),
  ]
}
