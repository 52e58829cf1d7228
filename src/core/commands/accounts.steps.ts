// The steps from which accounts are made, found by a key, and moved into one another.
import { fold } from '../../base/fold.ts'
import { newId } from '../../base/id.ts'
import type { Actor } from '../actor.ts'
import { type Context, loadProfile, lockOf } from '../context.ts'
import { refuse } from '../fault.ts'
import { freeHandle, isHandle, isReserved } from '../handle.ts'
import type { Account, Credential } from '../model/account.ts'
import { type AccountId, profileStream, type Time } from '../model/ids.ts'
import { type Profile, personOf } from '../model/profile.ts'
import type { Reads, Tx } from '../ports/store.ts'
import { doLeave } from './membership.ts'
import { doEndSessions } from './sessions.ts'
import { doLeaveSpace, doTellOfPerson } from './spaces.steps.ts'

export const keyOf = (accountId: AccountId, secret: string, now: Time): Credential => ({
  id: newId(),
  accountId,
  kind: 'key',
  secret,
  createdAt: now,
  usedAt: null,
})

export const keyCredential = async (reads: Reads, key: string): Promise<Credential | null> => {
  const credential = await reads.credentialBySecret(key)
  return credential?.kind === 'key' ? credential : null
}

/** The one that doors without several profiles use: the account's first. */
export const defaultProfile = async (reads: Reads, accountId: AccountId): Promise<Profile | null> =>
  [...(await reads.profilesOf(accountId))].sort((a, b) => a.num - b.num)[0] ?? null

/** An account and its first profile. The handle is free. */
export const doCreateAccount = async (
  context: Context,
  tx: Tx,
  person: {
    readonly handle: string
    readonly displayName: string | null
    readonly email: string | null
    readonly rootKey?: string | null
  },
): Promise<{ readonly account: Account; readonly profile: Profile }> => {
  const createdAt = context.now()
  const { handle, displayName, email, rootKey = null } = person
  const account: Account = { id: newId(), email, emailFold: email === null ? null : fold(email), createdAt }
  const profile: Profile = {
    id: newId(),
    num: await tx.nextNum(),
    accountId: account.id,
    handle,
    handleFold: fold(handle),
    displayName,
    nameFold: displayName === null ? null : fold(displayName),
    avatar: null,
    avatarStyle: null,
    rootKey,
    bio: null,
    link: null,
    addFriend: null,
    visibility: 'everyone',
    hidden: false,
    version: 1,
    createdAt,
    updatedAt: createdAt,
    seenAt: null,
  }
  await tx.insert('account', account)
  await tx.insert('profile', profile)
  return { account, profile }
}

/** An account under a handle made from the hint; under the hint's lock. Faults: value.invalid. */
export const doCreateHinted = async (context: Context, tx: Tx, handleHint: string, rootKey: string | null) => {
  const handle = await freeHandle(tx, handleHint)
  if (!isHandle(handle)) refuse({ kind: 'value.invalid', field: 'handle', reason: 'characters' })
  return doCreateAccount(context, tx, { handle, displayName: null, email: null, rootKey })
}

/** Whether something would be lost with the account: what it wrote, whom it knows, what it owns. */
export const isInhabited = async (reads: Reads, accountId: AccountId): Promise<boolean> => {
  for (const { id } of await reads.profilesOf(accountId)) {
    if ((await reads.recentMessages(id, { limit: 1, authorId: id })).length > 0) return true
    if ((await reads.contactsOf(id)).length > 0 || (await reads.blocksBy(id)).length > 0) return true
    if ((await reads.countSpacesMadeBy(id)) > 0) return true
    const rooms = await reads.conversationsOf(id, { limit: MOST_ROOMS })
    if (rooms.some(room => room.member.role === 'owner' || room.conversation.kind === 'direct')) return true
  }
  return false
}

/** An account that has never written is in few. */
const MOST_ROOMS = 1000

/** Nothing opens the account any more, and nobody meets it. Its profiles stay for the events that name them. */
export const doCease = async (context: Context, tx: Tx, accountId: AccountId): Promise<void> => {
  await doEndSessions(tx, await tx.sessionsOf(accountId))
  for (const { id } of await tx.credentialsOf(accountId)) await tx.remove('credential', { id })
  for (const profile of await tx.profilesOf(accountId)) {
    const by = personOf(profile)
    for (const { id: spaceId } of await tx.spacesFor(profile.id)) {
      const row = spaceId === context.homeId ? null : await tx.get('spaceMember', { spaceId, profileId: profile.id })
      if (row?.state !== 'active') continue
      await tx.lock(lockOf.space(spaceId))
      await doLeaveSpace(context, tx, row, profile, 'left', by)
    }
    for (const { conversation, member } of await tx.conversationsOf(profile.id, { limit: MOST_ROOMS })) {
      await doLeave(context, tx, conversation, member, by, { why: 'left', by })
    }
    const gone = { role: 'member', state: 'removed', joinedAt: profile.createdAt } as const
    await tx.put('spaceMember', { spaceId: context.homeId, profileId: profile.id, ...gone })
  }
}

/** The profile goes by another handle from now on. Faults: handle.taken. */
export const doRename = async (context: Context, tx: Tx, actor: Actor, handle: string): Promise<void> => {
  await tx.lock(lockOf.handle(fold(handle)))
  const before = await loadProfile(tx, actor.profile.id)
  const holder = await tx.profileByHandle(fold(handle))
  if (isReserved(handle) || (holder && holder.id !== before.id)) refuse({ kind: 'handle.taken' })
  const named = { handle, handleFold: fold(handle), version: before.version + 1, updatedAt: context.now() }
  const profile: Profile = { ...before, ...named }
  await tx.put('profile', profile)
  const { version } = profile
  await tx.append(profileStream(profile.id), { type: 'profile.updated', person: personOf(profile), version })
  await doTellOfPerson(context, tx, profile)
}
