// Servers, their members and invitations as this contract prints them (OC45 to OC53, OC102).
import {
  type Invite as CoreInvite,
  nameOf,
  type Person,
  type SpaceParticipant,
  type SpaceView,
} from '../../core/index.ts'
import type { Invite, Membership, ServerEntry, ServerMember } from './contract.ts'
import { printTime, printTimeOrNull } from './ids.ts'
import { DEFAULT_BANNER, isBanner } from './inbound.places.ts'
import type { Scope } from './scope.ts'

/** Two capital letters: of the first two words, else the first two of the only one (OC51). */
export const iconText = (name: string): string => {
  const [first = '', second] = name.split(/\s+/).filter(word => word !== '')
  const letters = [...first]
  const [initial = ''] = letters
  return (second === undefined ? letters.slice(0, 2).join('') : initial + ([...second][0] ?? '')).toUpperCase()
}

/** What a server is called; home is called as the operator says until its managers say otherwise. */
export const displayName = ({ openchat }: Pick<Scope, 'openchat'>, { title }: SpaceView['space']): string =>
  title || openchat.serverName

/** What everybody may know of a server. */
export const printEntry = (scope: Pick<Scope, 'openchat'>, { space, home }: SpaceView): ServerEntry => {
  const name = displayName(scope, space)
  return {
    server_id: space.id,
    display_name: name,
    description: space.description ?? '',
    banner_preset: isBanner(space.look) ? space.look : DEFAULT_BANNER,
    icon_text: iconText(name),
    trust_state: home ? 'verified' : 'unverified',
    identity_handshake_strategy: 'challenge_signature',
    user_identifier_policy: scope.openchat.uidPolicy,
    visibility: space.visibility,
  }
}

/** The same with what the viewer is in it. */
export const printOwnEntry = (scope: Pick<Scope, 'openchat'>, view: SpaceView): ServerEntry => ({
  ...printEntry(scope, view),
  membership_state: view.state,
  role: view.role,
})

export const printMembership = (uid: string, { space, state, role, joinedAt }: SpaceView): Membership => ({
  server_id: space.id,
  user_uid: uid,
  state,
  role,
  joined_at: printTimeOrNull(joinedAt),
})

export const printServerMember = (
  uid: string,
  { profile, role, joinedAt }: SpaceParticipant,
  online: boolean,
): ServerMember => ({
  id: uid,
  user_uid: uid,
  name: nameOf(profile),
  status: online ? 'online' : 'offline',
  role,
  joined_at: printTime(joinedAt),
})

export const printInvite = (
  { uids }: Pick<Scope, 'uids'>,
  { id, spaceId, conversationId, code, expiresAt, maxUses, uses, createdAt }: CoreInvite,
  maker: Pick<Person, 'id' | 'rootKey'>,
): Invite => ({
  invite_id: id,
  server_id: spaceId,
  ...(conversationId !== null && { channel_id: conversationId }),
  code,
  created_by_uid: uids.of(spaceId, maker),
  expires_at: printTime(expiresAt),
  max_uses: maxUses,
  use_count: uses,
  created_at: printTime(createdAt),
})
