// Accounts with a password, and what else opens them: keys, other accounts, the msgr capability (OC37, OC40 to OC44).

import { open, Type } from '../../../base/schema.ts'
import type { Profile } from '../../../core/index.ts'
import { networkOf } from '../../../host/address.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { identify, openSession } from '../auth.ts'
import { isDeviceId } from '../challenge.ts'
import { LinkRequest, PasswordRequest, ProofRequest, RegisterRequest } from '../contract.requests.ts'
import { Account, KeyInfo, Session } from '../contract.ts'
import { refused, refuseFields, replyOf } from '../faults.ts'
import { answer, param, readJson, requiredString, route, stringOf } from '../http.ts'
import { parseId, printTime, printTimeOrNull } from '../ids.ts'
import type { Scope } from '../scope.ts'
import { comeTo, type Proofs } from './sessions.ts'

const USERNAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{2,31}$/
const PASSWORD = { min: 8, max: 256 }
const NAME = 32
/** What a profile of msgr is presented through: only its credential is asked for. */
const MSGR = 'msgr'

const judgeUsername = (username: string): string => (USERNAME.test(username) ? username : refused('invalid_username'))

const judgePassword = (password: string): string => {
  const length = [...password].length
  return length >= PASSWORD.min && length <= PASSWORD.max ? password : refused('invalid_password')
}

/** Trimmed; 1 to 32 characters without control characters (OC90). */
export const judgeDisplayName = (name: string): string => {
  const trimmed = name.trim()
  const length = [...trimmed].length
  return length >= 1 && length <= NAME && !/\p{Cc}/u.test(trimmed) ? trimmed : refused('display_name_invalid')
}

export const accountsRoutes = (scope: Scope, proofs: Proofs): readonly Route[] => {
  const { core, homeId, uids, openchat, print, door } = scope

  const register = async (request: RouteRequest): Promise<Response> => {
    if (!openchat.registration) refused('registration_disabled')
    const body = await readJson(request)
    const handle = judgeUsername(requiredString(body, 'username'))
    const password = judgePassword(requiredString(body, 'password'))
    const name = stringOf(body, 'display_name')
    const deviceId = stringOf(body, 'device_id') ?? 'web'
    if (!isDeviceId(deviceId)) refuseFields(['device_id'], 'invalid_identity')
    const displayName = name === null ? null : judgeDisplayName(name)
    const profile = await core.accounts.register({ handle, password, displayName, address: networkOf(request.address) })
    const session = await openSession(scope, profile, { space: homeId, kind: 'password', deviceId })
    return answer(201, { ...session, account: { username: profile.handle } })
  }

  const show = async (request: RouteRequest): Promise<Response> => {
    const { actor } = await identify(scope, request)
    const profile = await core.people.self(actor)
    const credentials = await core.accounts.credentials(actor)
    const password = credentials.some(({ kind }) => kind === 'password')
    const msgr = credentials.find(({ kind }) => kind === 'msgr')
    return answer(200, {
      username: password ? profile.handle : null,
      user_uid: uids.of(homeId, profile),
      server_id: homeId,
      profile: print.profile(homeId, profile, profile.updatedAt),
      credentials: {
        password,
        keys: credentials.filter(({ kind }) => kind === 'key').map(printKey),
        msgr: msgr !== undefined,
        msgr_last_used_at: printTimeOrNull(msgr?.usedAt ?? null),
      },
    } satisfies Account)
  }

  const printKey = ({ id, secret, createdAt }: { id: string; secret: string; createdAt: number }): KeyInfo => ({
    key_id: id,
    public_key: secret,
    added_at: printTime(createdAt),
  })

  const setPassword = async (request: RouteRequest): Promise<Response> => {
    const { actor } = await identify(scope, request)
    const body = await readJson(request)
    const username = stringOf(body, 'username')
    const current = stringOf(body, 'current_password')
    const next = judgePassword(requiredString(body, 'new_password'))
    if (username !== null) judgeUsername(username)
    const standing = (await core.accounts.credentials(actor)).some(({ kind }) => kind === 'password')
    if (standing === (username !== null)) refuseFields(['username'])
    await core.accounts.setPassword(actor, { current, next, handle: username })
    return answer(200, { changed: true })
  }

  /** The profile that a body proves to be one's own, by exactly one of two proofs. */
  const targetOf = async (request: RouteRequest): Promise<Profile> => {
    const body = await readJson(request)
    const [handle, password] = [stringOf(body, 'username'), stringOf(body, 'password')]
    const [account, id] = [stringOf(body, 'msgr_account_id'), stringOf(body, 'msgr_profile_id')]
    if (handle !== null && password !== null && account === null && id === null) {
      return core.accounts.logIn({ handle, password, address: networkOf(request.address) })
    }
    if (handle === null && password === null && account !== null && id !== null) {
      const { actor } = await core.accounts.actByCapability(account, id, { ...door, name: MSGR })
      return actor.profile
    }
    return refuseFields(['username', 'password', 'msgr_account_id', 'msgr_profile_id'])
  }

  const link = async (request: RouteRequest): Promise<Response> => {
    const { actor, space, deviceId, session } = await identify(scope, request)
    const target = await targetOf(request)
    const own = (await core.accounts.credentials(actor)).find(({ id }) => id === session.credentialId)
    const profile = await core.accounts.linkTo(actor, target)
    await comeTo(scope, profile, space)
    // The key's credential is another one now: it belongs to the other account.
    const credentialId = own ? await credentialOf(profile, own.secret) : null
    const linked = await openSession(scope, profile, { space, kind: 'linked', deviceId, credentialId })
    return answer(200, { ...linked, linked: true })
  }

  const credentialOf = async (profile: Profile, key: string): Promise<string | null> => {
    const actor = { accountId: profile.accountId, profile, sessionId: null, door }
    const credentials = await core.accounts.credentials(actor)
    return credentials.find(({ kind, secret }) => kind === 'key' && secret === key)?.id ?? null
  }

  const addKey = async (request: RouteRequest): Promise<Response> => {
    const { actor, space } = await identify(scope, request)
    const body = await readJson(request)
    const id = requiredString(body, 'challenge_id')
    const { publicKey } = await proofs.judge(space, id, requiredString(body, 'signature'))
    return answer(201, printKey(await core.accounts.addKey(actor, publicKey)))
  }

  return [
    route(
      {
        method: 'POST',
        path: '/v1/accounts',
        name: 'accounts.register',
        summary: 'A new account with username and password.',
        rules: ['OC37'],
        auth: false,
        body: { schema: RegisterRequest },
        responses: { 201: ['A session on the home server.', Session] },
        refusals: [403, 409, 413, 415],
      },
      register,
    ),
    route(
      {
        method: 'GET',
        path: '/v1/account',
        name: 'accounts.get',
        summary: 'One’s account and what opens it.',
        rules: ['OC40'],
        responses: { 200: ['The account.', Account] },
      },
      show,
    ),
    route(
      {
        method: 'PUT',
        path: '/v1/account/password',
        name: 'accounts.set_password',
        summary: 'A first password with a username, or another password. Ends all other sessions.',
        rules: ['OC41'],
        body: { schema: PasswordRequest },
        responses: { 200: ['Changed.', open({ changed: Type.Boolean({ examples: [true] }) })] },
        refusals: [409, 413, 415],
      },
      setPassword,
    ),
    route(
      {
        method: 'POST',
        path: '/v1/account/link',
        name: 'accounts.link',
        summary: 'Gives the key to another account of one’s own.',
        rules: ['OC42'],
        body: { schema: LinkRequest },
        responses: { 200: ['A session as the other account.', Session] },
        refusals: [409, 413, 415],
      },
      link,
    ),
    route(
      {
        method: 'POST',
        path: '/v1/account/keys',
        name: 'accounts.add_key',
        summary: 'Adds a key by a signed challenge.',
        rules: ['OC43'],
        body: { schema: ProofRequest },
        responses: { 201: ['The key.', KeyInfo] },
        refusals: [403, 409, 410, 413, 415],
      },
      addKey,
    ),
    route(
      {
        method: 'DELETE',
        path: '/v1/account/keys/:key_id',
        name: 'accounts.remove_key',
        summary: 'Takes a key away, and ends the sessions it opened.',
        rules: ['OC43'],
        responses: { 200: ['Removed.', open({ removed: Type.Boolean({ examples: [true] }) })] },
        refusals: [404, 409],
      },
      async request => {
        const { actor } = await identify(scope, request)
        await core.accounts.removeKey(actor, parseId(param(request, 'key_id')) ?? refused('key_not_found'))
        return answer(200, { removed: true })
      },
    ),
    route(
      {
        method: 'POST',
        path: '/v1/account/msgr-capability',
        name: 'accounts.mint_msgr_capability',
        summary: 'Makes, or makes anew, what opens the msgr contract. Shown this once.',
        rules: ['OC44'],
        responses: {
          201: ['The capability.', open({ account_id: Type.String(), profile_id: Type.String() })],
        },
      },
      async request => {
        const { actor } = await identify(scope, request)
        return answer(201, { account_id: await core.accounts.mintCapability(actor), profile_id: actor.profile.id })
      },
    ),
    route(
      {
        method: 'DELETE',
        path: '/v1/account/msgr-capability',
        name: 'accounts.revoke_msgr_capability',
        summary: 'Revokes it; connections that came by it end.',
        rules: ['OC44'],
        responses: { 200: ['Revoked.', open({ removed: Type.Boolean({ examples: [true] }) })] },
        refusals: [409],
      },
      async request => {
        const { actor } = await identify(scope, request)
        await translated({ 'credential.last': () => replyOf('last_credential') }, () =>
          core.accounts.revokeCapability(actor),
        )
        return answer(200, { removed: true })
      },
    ),
  ]
}
