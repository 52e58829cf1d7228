// Development mode (OC130): older clients say who they are, and are believed. On loopback only; off unless asked for.
//
// Whoever is named gets an account that nothing else opens, and a session like any other: behind this file nobody can tell.
import { type Actor, faultIn, type Profile, refuse } from '../../core/index.ts'
import type { RouteRequest } from '../../host/dialect.ts'
import { identifyToken, openSession } from './auth.ts'
import { isDeviceId } from './challenge.ts'
import type { Scope } from './scope.ts'
import { isLoopback } from './settings.ts'
import { SYSTEM_UID, type Uids } from './uids.ts'

/** Stands before the name of somebody in place of the key he has not. */
const NAMED = 'dev:'
const FORM = /^uid_[A-Za-z0-9_.-]{1,64}$/
/** Who reads without saying who he is. */
const GUEST = 'uid_guest'
const PUBLIC_READS = /^\/v1\/(servers\/[^/]+\/(channels|members)|channels\/[^/]+(\/(members|messages))?)$/
const DEVICE = 'dev'
const REMEMBERED = 1000

/** Whether a request comes from this very machine and through nobody's hands. */
const isLocal = ({ address, raw }: Pick<RouteRequest, 'address' | 'raw'>): boolean =>
  isLoopback(address) && ![...raw.headers.keys()].some(name => /^(forwarded|x-forwarded-.*|via)$/.test(name))

/** Whether a request brings a credential of its own, good or bad: then that speaks. */
const bringsCredential = ({ raw, query }: Pick<RouteRequest, 'raw' | 'query'>): boolean =>
  raw.headers.has('authorization') ||
  (raw.headers.get('sec-websocket-protocol') ?? '').includes('openchat.session.') ||
  query.has('ticket')

/** What a request says about who sent it: headers, or the query of what cannot set any. */
const claimIn = ({
  raw,
  query,
  path,
  method,
}: RouteRequest): { readonly uid: string; readonly device: string } | null => {
  const live = path.startsWith('/v1/realtime')
  const uid = raw.headers.get('x-openchat-user-uid') ?? (live ? query.get('user_uid') : null)
  const device = raw.headers.get('x-openchat-device-id') ?? (live ? query.get('device_id') : null) ?? DEVICE
  if (uid !== null) return { uid, device: isDeviceId(device) ? device : DEVICE }
  return method === 'GET' && PUBLIC_READS.test(path) ? { uid: GUEST, device: DEVICE } : null
}

/** Names that were believed once are believed for ever, also when nobody is believed any more. */
export const withNamed = ({ people }: Pick<Scope['core'], 'people'>, uids: Uids): Uids => ({
  ...uids,
  of: (space, person) =>
    person.rootKey?.startsWith(NAMED) ? person.rootKey.slice(NAMED.length) : uids.of(space, person),
  profileBy: async (space, uid) => (await uids.profileBy(space, uid)) ?? people.byAlias(NAMED, uid),
  // Kept when he was made.
  keep: async (space, person) => {
    if (!person.rootKey?.startsWith(NAMED)) await uids.keep(space, person)
  },
})

export interface DevIdentity {
  /** A token for whom a request names; null where it names nobody, or may not. Faults: session.invalid, rate.limited. */
  tokenFor(request: RouteRequest): Promise<string | null>
}

export const createDevIdentity = (scope: Pick<Scope, 'core' | 'door' | 'uids' | 'homeId'>): DevIdentity => {
  const { core, door, uids, homeId } = scope
  const tokens = new Map<string, string>()
  /** Requests of one person come several at once, the first ones too. */
  const entering = new Map<string, Promise<Profile>>()

  const make = async (uid: string, address: string): Promise<Profile> => {
    const handleHint = `dev_${uid.slice('uid_'.length).replaceAll(/[^A-Za-z0-9]/g, '')}`
    const made = { handleHint, address, rootKey: `${NAMED}${uid}` }
    const profile = await core.accounts.createBare(made)
    await core.people.setAlias(profile.id, NAMED, uid)
    return profile
  }

  /** The one who is called so, made if need be; never one whom something else opens. */
  const enter = async (uid: string, address: string): Promise<Profile> => {
    const profile = await uids.profileBy(homeId, uid)
    if (!profile) return make(uid, address)
    const actor: Actor = { accountId: profile.accountId, profile, sessionId: null, door }
    const own = await core.accounts.credentials(actor)
    return own.length > 0 ? refuse({ kind: 'session.invalid', reason: 'invalid' }) : profile
  }

  const profileOf = async (uid: string, address: string): Promise<Profile> => {
    const standing = entering.get(uid)
    if (standing) return standing
    const mine = enter(uid, address).finally(() => entering.delete(uid))
    entering.set(uid, mine)
    return mine
  }

  const opens = async (token: string): Promise<boolean> => {
    try {
      await identifyToken(scope, token)
      return true
    } catch (error) {
      if (faultIn(error)?.kind === 'session.invalid') return false
      throw error
    }
  }

  return {
    async tokenFor(request) {
      if (bringsCredential(request) || !isLocal(request)) return null
      const claim = claimIn(request)
      if (!claim) return null
      const { uid, device } = claim
      if (!FORM.test(uid) || uid === SYSTEM_UID) return refuse({ kind: 'session.invalid', reason: 'invalid' })
      const profile = await profileOf(uid, request.address)
      const place = `${uid} ${device}`
      const standing = tokens.get(place)
      if (standing !== undefined && (await opens(standing))) return standing
      const { token } = await openSession(scope, profile, {
        space: homeId,
        kind: 'challenge_signature',
        deviceId: device,
      })
      if (tokens.size >= REMEMBERED) tokens.clear()
      tokens.set(place, token)
      return token
    },
  }
}
