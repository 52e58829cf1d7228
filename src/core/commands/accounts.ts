// Accounts and the credentials they prove themselves with.
import type { Actor, Door } from '../actor.ts'
import type { Credential } from '../model/account.ts'
import type { ProfileId } from '../model/ids.ts'
import type { Profile } from '../model/profile.ts'

export interface Accounts {
  /**
   * A new account with username and password. The door has judged length and alphabet by its own rule; the core's wider
   * one (2 to 32 letters and digits of any script and `. _ -`) still holds. Reserved names count as taken.
   * Faults: handle.taken, email.taken, value.invalid, rate.limited.
   */
  register(input: {
    readonly handle: string
    readonly password: string
    readonly displayName?: string | null
    readonly email?: string | null
    readonly address: string
  }): Promise<Profile>
  /**
   * A new account whose credential is a capability: a v4 uuid, returned once, stored as a digest (MS5).
   * `handle` is an exact wish (handle.taken if it fails); without it `handleHint` is made free by appended digits.
   */
  registerWithCapability(input: {
    readonly displayName: string | null
    readonly email: string | null
    readonly handle: string | null
    readonly handleHint: string
    readonly address: string
  }): Promise<{ readonly profile: Profile; readonly capability: string }>
  /** Which of these are taken, so that a door can report all failing fields together. */
  taken(names: { readonly handle?: string | null; readonly email?: string | null }): Promise<{
    readonly handle: boolean
    readonly email: boolean
  }>
  /** Checks a password, whoever asks: unknown name and wrong password are one fault, in one time. Faults: credentials.wrong, rate.limited. */
  logIn(input: { readonly handle: string; readonly password: string; readonly address: string }): Promise<Profile>
  /** The actor behind a capability and one of its account's profiles. Faults: credentials.wrong (whatever was amiss). */
  actByCapability(
    capability: string,
    profileId: ProfileId,
    door: Door,
  ): Promise<{ readonly actor: Actor; readonly credentialId: string }>
  /** Mints (or replaces) the account's capability; the old one is dead at once. */
  mintCapability(actor: Actor): Promise<string>
  revokeCapability(actor: Actor): Promise<void>
  credentials(actor: Actor): Promise<readonly Credential[]>
  /** The account's own e-mail address, for its owner's eyes. */
  email(actor: Actor): Promise<string | null>
  /**
   * Sets a first or another password; ends every other session of the account on every door.
   * Faults: credentials.wrong when `current` does not fit an existing one.
   */
  setPassword(actor: Actor, input: { readonly current: string | null; readonly next: string }): Promise<void>
}
