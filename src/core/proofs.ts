// What a login has proven, held against what stands when it takes effect: a password may change, or a key go, in between.
import { refuse } from './fault.ts'
import type { Credential } from './model/account.ts'
import type { SessionId } from './model/ids.ts'
import type { Profile } from './model/profile.ts'
import type { Reads } from './ports/store.ts'

/** The password that each of these was loaded for. */
const proofs = new WeakMap<Profile, Credential>()

/** A copy of the profile that says by which password it was proven. */
export const provenBy = (credential: Credential, profile: Profile): Profile => {
  const proven = { ...profile }
  proofs.set(proven, credential)
  return proven
}

/** To be asked under the account's lock; nothing for what came by no password. Faults: credentials.wrong. */
export const judgeProof = async (reads: Reads, profile: Profile): Promise<void> => {
  const proof = proofs.get(profile)
  if (!proof) return
  const standing = await reads.get('credential', { id: proof.id })
  if (standing?.secret !== proof.secret) refuse({ kind: 'credentials.wrong' })
}

/** A key that a session is to end with. Faults: credentials.wrong. */
export const judgeKey = async (reads: Reads, { accountId }: Profile, id: string | null): Promise<void> => {
  if (id === null) return
  const standing = await reads.get('credential', { id })
  if (standing?.accountId !== accountId) refuse({ kind: 'credentials.wrong' })
}

/** The session through which something is asked that outlives it. Faults: session.invalid (`revoked`). */
export const judgeSession = async (reads: Reads, id: SessionId | null): Promise<void> => {
  if (id !== null && !(await reads.get('session', { id }))) refuse({ kind: 'session.invalid', reason: 'revoked' })
}
