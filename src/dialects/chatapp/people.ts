// People as the caller may see them (CA18, CA19, CA39).
import type { Actor, Core, Profile } from '../../core/index.ts'
import type { User } from './contract.ts'
import { printUser } from './outbound.ts'

/** How long one shows as online without a socket after a login or a word of one's own (CA39). */
export const LEASE_MS = 5 * 60_000

/** In the order given. E-mail addresses are not among what others see. */
export const usersOf = async (
  core: Pick<Core, 'presence'>,
  actor: Actor,
  profiles: readonly Profile[],
): Promise<readonly User[]> => {
  const seen = await core.presence.seenBy(
    actor,
    profiles.map(profile => profile.id),
    'co-member',
  )
  return profiles.map(profile => printUser(profile, seen.get(profile.id)))
}

/** The caller himself, as he is now, with his address. */
export const ownUser = async (core: Pick<Core, 'presence' | 'people' | 'accounts'>, actor: Actor): Promise<User> => {
  const profile = await core.people.self(actor)
  const seen = await core.presence.seenBy(actor, [profile.id], 'co-member')
  return printUser(profile, seen.get(profile.id), await core.accounts.email(actor))
}
