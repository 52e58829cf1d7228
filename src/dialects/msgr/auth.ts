// Who asks: the account's capability and one of its profiles, from headers or a join payload (MS1 to MS6).
import { type Actor, type Core, type Door, refuse } from '../../core/index.ts'
import type { RouteRequest } from '../../host/dialect.ts'
import { type Identity, judgeIdentity } from './inbound.ts'

/** What this contract adds to the gate's facts. */
export const door: Door = {
  name: 'msgr',
  needsFriendship: false,
  recallWindow: null,
  addsFriendsOnly: false,
  recallsOthers: false,
  readsPublic: false,
  ownerLeaving: 'followed',
}

/** An actor together with the credential that spoke for it, by which a revocation names it. */
export interface Caller {
  readonly actor: Actor
  readonly credentialId: string
}

/** Whatever is amiss is one and the same fault (MS2). Faults: credentials.wrong. */
export const identify = (core: Core, { capability, profileId }: Identity): Promise<Caller> =>
  core.accounts.actByCapability(capability, profileId, door)

/** The caller of a REST route. Faults: credentials.wrong. */
export const callerOf = async (core: Core, { raw }: RouteRequest): Promise<Actor> => {
  const identity = judgeIdentity(raw.headers.get('x-account-id'), raw.headers.get('x-profile-id'))
  if (identity === null) return refuse({ kind: 'credentials.wrong' })
  return (await identify(core, identity)).actor
}
