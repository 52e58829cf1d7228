// Accounts and the credentials they prove themselves with.
import { fold } from '../../base/fold.ts'
import { newId, newRandomId, parseUuid } from '../../base/id.ts'
import { digest } from '../../base/secret.ts'
import type { Actor, Door } from '../actor.ts'
import { type Context, lockOf, must } from '../context.ts'
import { refuse } from '../fault.ts'
import { freeHandle, isHandle, isReserved } from '../handle.ts'
import { limits } from '../limits.ts'
import type { Credential } from '../model/account.ts'
import { type AccountId, type ProfileId, profileStream } from '../model/ids.ts'
import type { Profile } from '../model/profile.ts'
import type { RateRule } from '../ports/rates.ts'
import type { Reads, Tx } from '../ports/store.ts'
import { judgeProof, judgeSession, provenBy } from '../proofs.ts'
import { judgeDisplayName, judgeShort } from '../values.ts'
import {
  defaultProfile,
  doCease,
  doCreateAccount,
  doCreateHinted,
  doRename,
  isInhabited,
  keyCredential,
  keyOf,
} from './accounts.steps.ts'
import { doEndSessions } from './sessions.ts'

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
   * Faults: handle.taken, email.taken, value.invalid (also: a hint no handle can be made of), rate.limited.
   */
  registerWithCapability(input: {
    readonly displayName: string | null
    readonly email: string | null
    readonly handle: string | null
    readonly handleHint: string
    readonly address: string
  }): Promise<{ readonly profile: Profile; readonly capability: string }>
  /**
   * Who has this Ed25519 public key (base64url); the proof has been judged by the door. A key nobody has makes a new
   * account, its handle from the hint. Faults: rate.limited (new accounts), value.invalid.
   */
  enterByKey(input: {
    readonly key: string
    readonly handleHint: string
    readonly address: string
  }): Promise<{ readonly profile: Profile; readonly credentialId: string; readonly isNew: boolean }>
  /** An account that nothing opens: for a door that knows its people by other means. Faults: rate.limited, value.invalid. */
  createBare(input: {
    readonly handleHint: string
    readonly address: string
    /** Stands in place of a key (see Profile); opens nothing. */
    readonly rootKey?: string | null
  }): Promise<Profile>
  /** The profile a key opens; null when nobody has it. */
  byKey(key: string): Promise<Profile | null>
  /** Adds a proven key. An account that has nothing but this key, and is not in use, gives it up. Faults: key.taken, value.invalid (`key`: too many). */
  addKey(actor: Actor, key: string): Promise<Credential>
  /** Ends the sessions that were opened with it. Faults: credential.unknown, credential.last. */
  removeKey(actor: Actor, credentialId: string): Promise<void>
  /**
   * Gives all the keys of the actor's account to the target's; the actor's own account ceases, its sessions end.
   * Answers the profile they open from now on. Faults: credentials.wrong (the target's password has changed since it was
   * proven), session.invalid (`revoked`: linked since), account.linked (has a password, or is the target's),
   * account.inhabited (messages, contacts, groups or spaces of its own).
   */
  linkTo(actor: Actor, target: Profile): Promise<Profile>
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
  /** Nothing when there is none. Faults: credential.last (the account would have nothing left to prove itself with). */
  revokeCapability(actor: Actor): Promise<void>
  credentials(actor: Actor): Promise<readonly Credential[]>
  /** The account's own e-mail address, for its owner's eyes. */
  email(actor: Actor): Promise<string | null>
  /**
   * Sets a first or another password; ends every other session of the account on every door. With a first one a `handle`
   * may come, which the profile has from then on. Faults: credentials.wrong when `current` does not fit an existing one,
   * handle.taken, account.linked (a `handle`, though there is a password), value.invalid, rate.limited after too many of these.
   */
  setPassword(
    actor: Actor,
    input: { readonly current: string | null; readonly next: string; readonly handle?: string | null },
  ): Promise<void>
}

const REGISTRATIONS: RateRule = { name: 'register', ...limits.registrations }
const FAILURES_BY_NAME: RateRule = { name: 'login-name', ...limits.loginFailures.perNameAndAddress }
const FAILURES_BY_ADDRESS: RateRule = { name: 'login-address', ...limits.loginFailures.perAddress }

/** Milliseconds between two writes of when a capability was last used. */
const USED_STEP = 60_000
const MAX_NOTED = 10_000

export const createAccounts = (context: Context): Accounts => {
  const { read, ports, options } = context
  const noted = new Map<string, number>()

  const spendRegistration = (address: string) => context.spend(REGISTRATIONS, address)

  /** Refuses while too many failures stand against an address. Costs nothing but the look. */
  const judgeAddress = async (address: string): Promise<void> => {
    if (!options.rateLimits) return
    const retryAfterMs = await ports.rates.peek(FAILURES_BY_ADDRESS, address)
    if (retryAfterMs > 0) refuse({ kind: 'rate.limited', retryAfterMs })
  }

  /** A try counts as a failure until it has proved right (then the count is cleared), or parallel guesses would be free. */
  const spendTry = (subject: string) => context.spend(FAILURES_BY_NAME, subject)
  const clearTries = (subject: string) => ports.rates.clear(FAILURES_BY_NAME, subject)

  /** To the minute, behind the call that used it. */
  const noteUse = (credential: Credential): void => {
    const now = context.now()
    if (credential.usedAt !== null && credential.usedAt + USED_STEP > now) return
    if ((noted.get(credential.id) ?? 0) + USED_STEP > now) return
    if (noted.size >= MAX_NOTED) noted.clear()
    noted.set(credential.id, now)
    const write = context.commit(async tx => {
      await tx.lock(lockOf.account(credential.accountId))
      const standing = await tx.get('credential', { id: credential.id })
      if (standing) await tx.put('credential', { ...standing, usedAt: now })
    })
    write.catch(error => ports.onError(error, 'noting that a capability was used'))
  }

  return {
    async register({ handle, password, displayName = null, email = null, address }) {
      if (!isHandle(handle)) refuse({ kind: 'value.invalid', field: 'handle', reason: 'characters' })
      judgeDisplayName(displayName)
      judgeShort('email', email)
      await spendRegistration(address)
      // A look before the costly hash; the transaction looks again.
      await judgeFree(read, handle, email)
      const secret = await ports.passwords.hash(password)
      return context.commit(async tx => {
        await judgeFree(tx, handle, email)
        const { account, profile } = await doCreateAccount(context, tx, { handle, displayName, email })
        await tx.insert('credential', passwordOf(account.id, secret, context.now()))
        return profile
      })
    },

    async registerWithCapability({ displayName, email, handle, handleHint, address }) {
      if (handle !== null && !isHandle(handle)) refuse({ kind: 'value.invalid', field: 'handle', reason: 'characters' })
      judgeDisplayName(displayName)
      judgeShort('email', email)
      await spendRegistration(address)
      const capability = newRandomId()
      const profile = await context.commit(async tx => {
        if (handle !== null) await judgeFree(tx, handle, email)
        else await judgeEmail(tx, email)
        // One at a time for one hint: else all who look at once find the same name free.
        if (handle === null) await tx.lock(lockOf.handle(fold(handleHint)))
        const wanted = handle ?? (await freeHandle(tx, handleHint))
        if (!isHandle(wanted)) refuse({ kind: 'value.invalid', field: 'handle', reason: 'characters' })
        const { account, profile } = await doCreateAccount(context, tx, { handle: wanted, displayName, email })
        await tx.insert('credential', capabilityOf(account.id, capability, context.now()))
        return profile
      })
      return { profile, capability }
    },

    async byKey(key) {
      const credential = await keyCredential(read, key)
      return credential && defaultProfile(read, credential.accountId)
    },

    async enterByKey({ key, handleHint, address }) {
      const known = await keyCredential(read, key)
      const profile = known && (await defaultProfile(read, known.accountId))
      if (known && profile) return { profile, credentialId: known.id, isNew: false }
      await spendRegistration(address)
      return context.commit(async tx => {
        await tx.lock(lockOf.handle(fold(handleHint)))
        const standing = await keyCredential(tx, key)
        const owner = standing && (await defaultProfile(tx, standing.accountId))
        if (standing && owner) return { profile: owner, credentialId: standing.id, isNew: false }
        const made = await doCreateHinted(context, tx, handleHint, key)
        const credential = keyOf(made.account.id, key, context.now())
        await tx.insert('credential', credential)
        return { profile: made.profile, credentialId: credential.id, isNew: true }
      })
    },

    async createBare({ handleHint, address, rootKey = null }) {
      await spendRegistration(address)
      return context.commit(async tx => {
        await tx.lock(lockOf.handle(fold(handleHint)))
        return (await doCreateHinted(context, tx, handleHint, rootKey)).profile
      })
    },

    addKey: (actor, key) =>
      context.commit(async tx => {
        const standing = await keyCredential(tx, key)
        if (standing?.accountId === actor.accountId) return standing
        await tx.lock(lockOf.account(actor.accountId), ...(standing ? [lockOf.account(standing.accountId)] : []))
        if (standing) {
          const others = (await tx.credentialsOf(standing.accountId)).length > 1
          if (others || (await isInhabited(tx, standing.accountId))) refuse({ kind: 'key.taken' })
          await doCease(context, tx, standing.accountId)
        }
        if ((await tx.credentialsOf(actor.accountId)).length >= limits.keysPerAccount) {
          refuse({ kind: 'value.invalid', field: 'key', reason: 'too-many' })
        }
        const credential = keyOf(actor.accountId, key, context.now())
        await tx.insert('credential', credential)
        return credential
      }),

    removeKey: (actor, credentialId) =>
      context.commit(async tx => {
        await tx.lock(lockOf.account(actor.accountId))
        const standing = await tx.credentialsOf(actor.accountId)
        const key = standing.find(c => c.id === credentialId && c.kind === 'key')
        if (!key) return refuse({ kind: 'credential.unknown' })
        if (standing.length === 1) refuse({ kind: 'credential.last' })
        await tx.remove('credential', { id: credentialId })
        const opened = (await tx.sessionsOf(actor.accountId)).filter(s => s.credentialId === credentialId)
        await doEndSessions(tx, opened)
      }),

    linkTo: (actor, target) =>
      context.commit(async tx => {
        await tx.lock(lockOf.account(actor.accountId), lockOf.account(target.accountId))
        await judgeProof(tx, target)
        await judgeSession(tx, actor.sessionId)
        const mine = await tx.credentialsOf(actor.accountId)
        const same = target.accountId === actor.accountId
        if (same || mine.some(c => c.kind === 'password')) refuse({ kind: 'account.linked' })
        const bound = mine.some(c => c.kind === 'msgr')
        if (bound || (await isInhabited(tx, actor.accountId))) refuse({ kind: 'account.inhabited' })
        await doCease(context, tx, actor.accountId)
        for (const { secret } of mine) await tx.insert('credential', keyOf(target.accountId, secret, context.now()))
        return (await defaultProfile(tx, target.accountId)) ?? target
      }),

    async taken({ handle, email }) {
      return {
        handle: !!handle && (await isTaken(read, handle)),
        email: !!email && (await read.accountByEmail(fold(email))) !== null,
      }
    },

    async logIn({ handle, password, address }) {
      const name = fold(handle)
      const subject = `${digest(name)} ${address}`
      await judgeAddress(address)
      await spendTry(subject)
      const profile = await read.profileByHandle(name)
      const credential = profile && (await passwordCredential(read, profile.accountId))
      // With nobody by that name a hash is computed all the same: the answer takes as long.
      const fits = await ports.passwords.verify(password, credential?.secret ?? null)
      if (!fits || !profile || !credential) {
        if (options.rateLimits) await ports.rates.take(FAILURES_BY_ADDRESS, address)
        return refuse({ kind: 'credentials.wrong' })
      }
      await clearTries(subject)
      return provenBy(credential, profile)
    },

    async actByCapability(capability, profileId, door) {
      const wrong = { kind: 'credentials.wrong' } as const
      const secret = must(parseUuid(capability), wrong)
      const credential = await read.credentialBySecret(digest(secret))
      if (credential?.kind !== 'msgr') return refuse(wrong)
      const profile = await read.get('profile', { id: profileId })
      if (profile?.accountId !== credential.accountId) return refuse(wrong)
      const actor: Actor = { accountId: credential.accountId, profile, sessionId: null, door }
      noteUse(credential)
      return { actor, credentialId: credential.id }
    },

    async mintCapability(actor) {
      const capability = newRandomId()
      await context.commit(async tx => {
        await tx.lock(lockOf.account(actor.accountId))
        await doRevokeCapability(tx, actor)
        await tx.insert('credential', capabilityOf(actor.accountId, capability, context.now()))
      })
      return capability
    },

    revokeCapability: actor =>
      context.commit(async tx => {
        await tx.lock(lockOf.account(actor.accountId))
        const standing = await tx.credentialsOf(actor.accountId)
        if (standing.every(c => c.kind === 'msgr')) refuse({ kind: 'credential.last' })
        await doRevokeCapability(tx, actor)
      }),

    credentials: actor => read.credentialsOf(actor.accountId),

    async email(actor) {
      return (await read.get('account', { id: actor.accountId }))?.email ?? null
    },

    async setPassword(actor, { current, next, handle = null }) {
      if (handle !== null && !isHandle(handle)) refuse({ kind: 'value.invalid', field: 'handle', reason: 'characters' })
      const subject = `account ${actor.accountId}`
      const standing = await passwordCredential(read, actor.accountId)
      if (standing && handle !== null) refuse({ kind: 'account.linked' })
      if (standing) await spendTry(subject)
      if (standing && !(await ports.passwords.verify(current ?? '', standing.secret))) {
        refuse({ kind: 'credentials.wrong' })
      }
      await clearTries(subject)
      const secret = await ports.passwords.hash(next)
      await context.commit(async tx => {
        await tx.lock(lockOf.account(actor.accountId))
        const now = await passwordCredential(tx, actor.accountId)
        // Somebody else was faster with another password: what was checked above no longer holds.
        if (now?.secret !== standing?.secret) refuse({ kind: 'credentials.wrong' })
        if (handle !== null) await doRename(context, tx, actor, handle)
        const fresh = passwordOf(actor.accountId, secret, context.now())
        await tx.put('credential', standing ? { ...standing, secret } : fresh)
        const sessions = await tx.sessionsOf(actor.accountId)
        await doEndSessions(
          tx,
          sessions.filter(session => session.id !== actor.sessionId),
        )
      })
    },
  }
}

const passwordOf = (accountId: AccountId, secret: string, now: number): Credential => ({
  id: newId(),
  accountId,
  kind: 'password',
  secret,
  createdAt: now,
  usedAt: null,
})

const capabilityOf = (accountId: AccountId, capability: string, now: number): Credential => ({
  id: newId(),
  accountId,
  kind: 'msgr',
  secret: digest(capability),
  createdAt: now,
  usedAt: null,
})

const passwordCredential = async (reads: Reads, accountId: AccountId): Promise<Credential | null> =>
  (await reads.credentialsOf(accountId)).find(c => c.kind === 'password') ?? null

const isTaken = async (reads: Reads, handle: string): Promise<boolean> =>
  isReserved(handle) || (await reads.profileByHandle(fold(handle))) !== null

const judgeEmail = async (reads: Reads, email: string | null): Promise<void> => {
  if (email !== null && (await reads.accountByEmail(fold(email)))) refuse({ kind: 'email.taken' })
}

const judgeFree = async (reads: Reads, handle: string, email: string | null): Promise<void> => {
  if (await isTaken(reads, handle)) refuse({ kind: 'handle.taken' })
  await judgeEmail(reads, email)
}

const doRevokeCapability = async (tx: Tx, actor: Actor): Promise<void> => {
  for (const credential of await tx.credentialsOf(actor.accountId)) {
    if (credential.kind !== 'msgr') continue
    await tx.remove('credential', { id: credential.id })
    for (const profile of await tx.profilesOf(actor.accountId)) {
      await tx.append(profileStream(profile.id), { type: 'credential.revoked', credentialId: credential.id })
    }
  }
}
