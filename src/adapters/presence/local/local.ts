// Who is online on a server that is alone: links are counted, leases remembered until they run out.
import type { Clock } from '../../../base/clock.ts'
import type { ProfileId, Time } from '../../../core/model/ids.ts'
import type { PresenceStore } from '../../../core/ports/presence-store.ts'

export interface LocalPresenceOptions {
  readonly clock: Clock
}

/** Leases kept before the ones that have run out are looked for. */
const FIRST_SWEEP = 1024

export const createLocalPresence = ({ clock }: LocalPresenceOptions): PresenceStore => {
  const links = new Map<ProfileId, number>()
  const leases = new Map<ProfileId, Time>()
  let sweepAt = FIRST_SWEEP

  const isLeased = (profileId: ProfileId): boolean => (leases.get(profileId) ?? 0) > clock.now()
  const isOnline = (profileId: ProfileId): boolean => links.has(profileId) || isLeased(profileId)

  /** Forgets the leases that have run out, once there are twice as many as the last time left over. */
  const sweep = (): void => {
    if (leases.size < sweepAt) return
    for (const profileId of leases.keys()) if (!isLeased(profileId)) leases.delete(profileId)
    sweepAt = Math.max(FIRST_SWEEP, leases.size * 2)
  }

  return {
    async connect(profileId) {
      const came = !isOnline(profileId)
      links.set(profileId, (links.get(profileId) ?? 0) + 1)
      return came
    },
    async disconnect(profileId) {
      const count = links.get(profileId)
      if (count === undefined) return false
      if (count > 1) {
        links.set(profileId, count - 1)
        return false
      }
      links.delete(profileId)
      leases.delete(profileId)
      return true
    },
    async lease(profileId, until) {
      if (until > clock.now()) leases.set(profileId, until)
      else leases.delete(profileId)
      sweep()
    },
    async online(profileIds) {
      return new Set(profileIds.filter(isOnline))
    },
    async list() {
      return new Set([...links.keys(), ...[...leases.keys()].filter(isLeased)])
    },
    async [Symbol.asyncDispose]() {
      links.clear()
      leases.clear()
    },
  }
}
