// Logins by key and by password, on one server each; checked, listed, renewed, revoked (OC21 to OC38).

import { isPublicKey, isSignature } from '../../../base/ed25519.ts'
import { randomToken } from '../../../base/id.ts'
import { open, Type } from '../../../base/schema.ts'
import type { Profile, SpaceId } from '../../../core/index.ts'
import { networkOf } from '../../../host/address.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import {
  admitStranger,
  type Identity,
  identify,
  noteOf,
  openSession,
  printSession,
  refuseOtherServer,
  TOKEN_KIND,
} from '../auth.ts'
import { type Challenge, createChallenges, isDeviceId, isSigned, payloadOf } from '../challenge.ts'
import { ChallengeRequest, ExchangeRequest, LoginRequest, ProofRequest } from '../contract.requests.ts'
import { Challenge as PrintedChallenge, Revocation, Session, SessionInfo, SessionState } from '../contract.ts'
import { refused, refuseFields, replyOf, waiting } from '../faults.ts'
import { answer, param, readJson, readOptionalJson, requiredString, route, stringOf } from '../http.ts'
import { parseId, printTime } from '../ids.ts'
import { isRefused } from '../places.ts'
import type { Scope } from '../scope.ts'
import { GRACE_MS, SESSION_MS } from '../settings.ts'
import { deriveUid } from '../uids.ts'

const UID = /^uid_[A-Za-z0-9_.-]{1,64}$/
/** The name a device goes by that did not say one (OC38). */
const WEB = 'web'
/** Digits of the uid in the handle of somebody known by a key only (OC28). */
const HINT_DIGITS = 12

/** A device id of a body. Refuses malformed ones. */
const deviceIn = (given: string | null, fallback: string): string => {
  if (given === null) return fallback
  return isDeviceId(given) ? given : refuseFields(['device_id'], 'invalid_identity')
}

export type Proofs = ReturnType<typeof createProofs>

/** Challenges made, answered and judged; accounts use them, too (OC43). */
export const createProofs = (scope: Scope) => {
  const { core, uids, homeId, clock, openchat } = scope
  const challenges = createChallenges(core, () => clock.now())
  const derive = (space: SpaceId, key: string): string =>
    deriveUid(openchat.uidPolicy === 'global' ? homeId : space, key)

  return {
    derive,
    /** What a key is called on a server: the name bound to it, else the derived one (OC23). */
    async uidOf(space: SpaceId, key: string): Promise<string> {
      const profile = await core.accounts.byKey(key)
      return profile ? uids.of(space, profile) : derive(space, key)
    },
    /**
     * Refuses a key that was taken from the account it founded: its name stays with that account, so the key can found
     * no other.
     */
    async judgeFounder(key: string): Promise<void> {
      const founder = await core.people.byAlias(homeId, derive(homeId, key))
      if (!founder) return
      const holder = await core.accounts.byKey(key)
      if (!holder || (holder.rootKey === key && holder.id !== founder.id)) refused('binding_required')
    },
    make: challenges.make,
    /** The challenge that a body answers rightly. Throws the refusals of OC25, in their order. */
    async judge(space: SpaceId, id: string, signature: string): Promise<Challenge> {
      if (!isSignature(signature)) return refused('invalid_signature')
      const challenge = challenges.read(id)
      if (challenge?.space !== space) return refused('challenge_expired')
      if (!(await challenges.attempt(id, challenge))) refused('challenge_expired')
      return isSigned(challenge, signature) ? challenge : refused('signature_invalid')
    },
    handleHint: (key: string): string => `oc_${derive(homeId, key).slice('uid_'.length, 'uid_'.length + HINT_DIGITS)}`,
  }
}

/**
 * A member of a public server from now on, unless he was removed from it; of a private one nothing (OC28). Answers whether
 * he may know of the server at all.
 */
export const comeTo = async (
  { core, door }: Pick<Scope, 'core' | 'door'>,
  profile: Profile,
  id: SpaceId,
): Promise<boolean> => {
  const actor = { accountId: profile.accountId, profile, sessionId: null, door }
  const hidden = await isRefused('space.unknown', async () => {
    const { space, state } = await core.spaces.get(actor, id)
    if (space.visibility === 'public' && (state === 'none' || state === 'left')) await core.spaces.enter(actor, id)
  })
  return !hidden
}

/** What a store that does not answer is called here (OC24, OC25). */
const unavailableAs = (code: 'challenge_unavailable' | 'session_unavailable', work: () => Promise<Response>) =>
  translated({ unavailable: ({ retryAfterMs }) => waiting(code, retryAfterMs) }, work)

export const sessionsRoutes = (scope: Scope, proofs: Proofs): readonly Route[] => {
  const { core, door, uids, homeId, clock } = scope

  /** A server, private or not: a key or a password may open it for its members. Refuses 404. */
  const serverOf = async (request: RouteRequest): Promise<SpaceId> => {
    const id = parseId(param(request, 'sid')) ?? refused('server_not_found')
    await core.spaces.exists(id)
    return id
  }

  const challenge = async (request: RouteRequest): Promise<Response> => {
    await admitStranger(scope, request)
    const body = await readJson(request)
    const space = await serverOf(request)
    const publicKey = requiredString(body, 'public_key')
    const deviceId = requiredString(body, 'device_id')
    const wanted = stringOf(body, 'user_uid')
    if (!isPublicKey(publicKey)) refused('invalid_public_key')
    if (!isDeviceId(deviceId)) refuseFields(['device_id'], 'invalid_identity')
    if (wanted !== null && !UID.test(wanted)) refuseFields(['user_uid'], 'invalid_identity')
    const uid = await proofs.uidOf(space, publicKey)
    // The derived name is what a client knows of itself, also after the key was linked to an account (OC42).
    if (wanted !== null && wanted !== uid && wanted !== proofs.derive(space, publicKey)) refused('binding_required')
    const { id, challenge: made } = proofs.make({ space, uid, deviceId, publicKey })
    return answer(201, {
      challenge_id: id,
      server_id: space,
      user_uid: uid,
      payload: payloadOf(made),
      expires_at: printTime(made.expiresAt),
    } satisfies PrintedChallenge)
  }

  const create = async (request: RouteRequest): Promise<Response> => {
    await admitStranger(scope, request)
    const body = await readJson(request)
    const space = await serverOf(request)
    const proof = await proofs.judge(space, requiredString(body, 'challenge_id'), requiredString(body, 'signature'))
    const { publicKey: key, deviceId } = proof
    // Before an account is made for it: two people of one name would be seen.
    await proofs.judgeFounder(key)
    const handleHint = proofs.handleHint(key)
    const { profile, credentialId } = await core.accounts.enterByKey({
      key,
      handleHint,
      address: networkOf(request.address),
    })
    await uids.keep(homeId, profile)
    await proofs.judgeFounder(key)
    // Bound to another name since the challenge was made.
    if (uids.of(space, profile) !== proof.uid) refused('binding_required')
    await comeTo(scope, profile, space)
    const login = { space, kind: 'challenge_signature', deviceId, credentialId } as const
    // The key has been taken away since it was looked for.
    const gone = { 'credentials.wrong': () => replyOf('binding_required') }
    return answer(201, await translated(gone, () => openSession(scope, profile, login)))
  }

  const logIn = async (request: RouteRequest, serverIn: (request: RouteRequest) => Promise<SpaceId>) => {
    const body = await readJson(request)
    const space = await serverIn(request)
    const handle = requiredString(body, 'username')
    const password = requiredString(body, 'password')
    const deviceId = deviceIn(stringOf(body, 'device_id'), WEB)
    const profile = await core.accounts.logIn({ handle, password, address: networkOf(request.address) })
    await comeTo(scope, profile, space)
    return answer(201, await openSession(scope, profile, { space, kind: 'password', deviceId }))
  }

  const exchange = async (request: RouteRequest): Promise<Response> => {
    const { actor, kind, deviceId: standing, session } = await identify(scope, request)
    const body = await readOptionalJson(request)
    const id = parseId(param(request, 'sid')) ?? refused('server_not_found')
    if (!(await comeTo(scope, actor.profile, id))) refused('server_not_found')
    const deviceId = deviceIn(stringOf(body, 'device_id'), standing)
    const { credentialId, id: through } = session
    return answer(201, await openSession(scope, actor.profile, { space: id, kind, deviceId, credentialId, through }))
  }

  /** The session of a request on the server of its path: any member or not (OC32). */
  const ownSession = async (request: RouteRequest): Promise<Identity> => {
    const identity = await identify(scope, request)
    const sid = request.params.sid
    if (sid === undefined) return identity
    const id = parseId(sid) ?? refused('server_not_found')
    return identity.space === id ? identity : refuseOtherServer(core, identity.actor, id)
  }

  const current = async (request: RouteRequest): Promise<Response> => {
    const { actor, session, space, deviceId } = await ownSession(request)
    return answer(200, {
      valid: true,
      session_id: session.id,
      server_id: space,
      user_uid: uids.of(space, actor.profile),
      device_id: deviceId,
      created_at: printTime(session.createdAt),
      expires_at: printTime(session.expiresAt),
      scope: ['chat'],
    } satisfies SessionState)
  }

  const revocation = (id: string): Revocation => ({
    session_id: id,
    revoked: true,
    revoked_at: printTime(clock.now()),
  })
  const revokeCurrent = async (request: RouteRequest): Promise<Response> => {
    const { actor, session } = await ownSession(request)
    await core.sessions.end(actor)
    return answer(200, revocation(session.id))
  }

  const renew = async (request: RouteRequest): Promise<Response> => {
    const { actor, session, space, kind, deviceId, token: presented } = await identify(scope, request)
    const token = randomToken(32)
    const next = { secret: token, kind: TOKEN_KIND, ttlMs: SESSION_MS }
    await core.sessions.rotate(actor, { presented, graceMs: GRACE_MS, next, ttlMs: SESSION_MS })
    const expiresAt = clock.now() + SESSION_MS
    const { profile } = actor
    return answer(201, printSession({ uids }, { session, space, kind, deviceId, profile, token, expiresAt }))
  }

  const list = async (request: RouteRequest): Promise<Response> => {
    const { actor, session: own } = await identify(scope, request)
    const sessions = await core.sessions.list(actor)
    return answer(200, {
      sessions: sessions.map((session): SessionInfo => {
        const note = session.door === door.name ? noteOf(session) : null
        return {
          session_id: session.id,
          server_id: note?.space ?? null,
          user_uid: uids.of(note?.space ?? homeId, actor.profile),
          device_id: session.device,
          dialect: session.door,
          created_at: printTime(session.createdAt),
          last_seen_at: printTime(session.seenAt),
          expires_at: printTime(session.expiresAt),
          current: session.id === own.id,
          key_id: session.credentialId,
        }
      }),
    })
  }

  const sessionMade = ['The session.', Session] as const
  const onServer = '/v1/servers/:sid/sessions'
  return [
    route(
      {
        method: 'POST',
        path: `${onServer}/challenge`,
        name: 'sessions.challenge',
        summary: 'Asks for something to sign, to prove that a key is one’s own.',
        rules: ['OC21', 'OC22', 'OC23', 'OC24'],
        auth: false,
        body: { schema: ChallengeRequest },
        responses: { 201: ['What to sign.', PrintedChallenge] },
        refusals: [403, 404, 413, 415],
      },
      request => unavailableAs('challenge_unavailable', () => challenge(request)),
    ),
    route(
      {
        method: 'POST',
        path: onServer,
        name: 'sessions.create',
        summary: 'Opens a session by a signed challenge. A key nobody has makes a new person.',
        rules: ['OC25', 'OC26', 'OC27', 'OC28'],
        auth: false,
        body: { schema: ProofRequest },
        responses: { 201: sessionMade },
        refusals: [403, 404, 410, 413, 415],
      },
      request => unavailableAs('session_unavailable', () => create(request)),
    ),
    route(
      {
        method: 'POST',
        path: `${onServer}/exchange`,
        name: 'sessions.exchange',
        summary: 'A session on another server, for the same person.',
        rules: ['OC31'],
        body: { schema: ExchangeRequest },
        responses: { 201: sessionMade },
        refusals: [403, 404, 413, 415],
      },
      exchange,
    ),
    route(
      {
        method: 'POST',
        path: '/v1/sessions/password',
        name: 'sessions.password',
        summary: 'Opens a session by username and password.',
        rules: ['OC38', 'OC39'],
        auth: false,
        body: { schema: LoginRequest },
        responses: { 201: sessionMade },
        refusals: [401, 413, 415],
      },
      request => logIn(request, async () => homeId),
    ),
    route(
      {
        method: 'POST',
        path: `${onServer}/password`,
        name: 'sessions.password_on_server',
        summary: 'Opens a session on a server by username and password.',
        rules: ['OC38'],
        auth: false,
        body: { schema: LoginRequest },
        responses: { 201: sessionMade },
        refusals: [401, 404, 413, 415],
      },
      request => logIn(request, serverOf),
    ),
    ...(['/v1/sessions/current', `${onServer}/current`] as const).flatMap((path, i) => [
      route(
        {
          method: 'GET',
          path,
          name: i === 0 ? 'sessions.current_anywhere' : 'sessions.current',
          summary: 'Whether the session is valid, and whose it is.',
          rules: ['OC32'],
          responses: { 200: ['The session, without its token.', SessionState] },
          refusals: [403, 404],
        },
        current,
      ),
      route(
        {
          method: 'DELETE',
          path,
          name: i === 0 ? 'sessions.revoke_anywhere' : 'sessions.revoke',
          summary: 'Ends the session at once, and every connection of it.',
          rules: ['OC33'],
          responses: { 200: ['It is over.', Revocation] },
          refusals: [403, 404],
        },
        revokeCurrent,
      ),
    ]),
    route(
      {
        method: 'POST',
        path: '/v1/sessions/current/renew',
        name: 'sessions.renew',
        summary: 'Another token and another day for the same session.',
        rules: ['OC35'],
        responses: { 201: sessionMade },
      },
      renew,
    ),
    route(
      {
        method: 'GET',
        path: '/v1/sessions',
        name: 'sessions.list',
        summary: 'All logins of the account, through every contract.',
        rules: ['OC34'],
        responses: { 200: ['The sessions.', open({ sessions: Type.Array(SessionInfo) })] },
      },
      list,
    ),
    route(
      {
        method: 'DELETE',
        path: '/v1/sessions',
        name: 'sessions.revoke_others',
        summary: 'Ends all other logins of the account.',
        rules: ['OC34'],
        responses: { 200: ['How many.', open({ revoked: Type.Integer({ examples: [1] }) })] },
      },
      async request => {
        const { actor } = await identify(scope, request)
        return answer(200, { revoked: await core.sessions.endOthers(actor) })
      },
    ),
    route(
      {
        method: 'DELETE',
        path: '/v1/sessions/:session_id',
        name: 'sessions.revoke_one',
        summary: 'Ends one login of the account.',
        rules: ['OC34'],
        responses: { 200: ['It is over.', Revocation] },
        refusals: [404],
      },
      async request => {
        const { actor } = await identify(scope, request)
        const id = parseId(param(request, 'session_id')) ?? refused('session_not_found')
        await core.sessions.end(actor, id)
        return answer(200, revocation(id))
      },
    ),
  ]
}
