// Profiles: looked up, searched, changed.
import { fold } from '../../base/fold.ts'
import type { Actor } from '../actor.ts'
import { type Context, loadProfile, lockOf, must } from '../context.ts'
import { refuse } from '../fault.ts'
import { limits } from '../limits.ts'
import { pairOf, type Relation } from '../model/contact.ts'
import { type Fid, type Num, type ProfileId, profileStream } from '../model/ids.ts'
import { type AddFriend, type Profile, personOf, type Visibility } from '../model/profile.ts'
import type { Tx } from '../ports/store.ts'
import { hasBlocked } from '../queries/facts.ts'
import { judgeDisplayName, judgeShort } from '../values.ts'
import { judgeAvatar } from './conversations.ts'
import { doTellOfPerson } from './spaces.steps.ts'

/** Only the keys that are present change; null clears. */
export interface ProfilePatch {
  readonly displayName?: string | null
  readonly avatar?: Fid | null
  readonly avatarStyle?: string | null
  readonly bio?: string | null
  readonly link?: string | null
  readonly addFriend?: AddFriend | null
  readonly visibility?: Visibility
  readonly hidden?: boolean
  readonly email?: string | null
}

export interface People {
  byId(id: ProfileId): Promise<Profile | null>
  byNum(num: Num): Promise<Profile | null>
  /** Ignoring case, over all doors. */
  byHandle(handle: string): Promise<Profile | null>
  byIds(ids: readonly ProfileId[]): Promise<ReadonlyMap<ProfileId, Profile>>
  /** Prefix of handle or display name, by handle; `%` and `_` are plain characters. `limit` ≤ 1000. */
  search(prefix: string, limit: number): Promise<readonly Profile[]>
  /** Everybody, oldest (num ascending) first. `limit` ≤ 1000. */
  list(page: { readonly offset: number; readonly limit: number }): Promise<readonly Profile[]>
  profilesOf(actor: Actor): Promise<readonly Profile[]>
  /** The actor's own profile as it is now. */
  self(actor: Actor): Promise<Profile>
  relation(actor: Actor, id: ProfileId): Promise<Relation>
  /**
   * With `ifVersion`, only if the profile stands at that version.
   * Faults: file.unknown (an avatar the actor did not upload), email.taken, value.invalid, profile.conflict.
   */
  update(actor: Actor, patch: ProfilePatch, options?: { readonly ifVersion?: number | undefined }): Promise<Profile>
  /** Who is called so in a scope, if the name was kept by `setAlias`. */
  byAlias(scope: string, alias: string): Promise<Profile | null>
  /** Keeps a name that cannot be worked out from the person. Repeatable; a name in a scope is one person's for ever. */
  setAlias(id: ProfileId, scope: string, alias: string): Promise<void>
}

/** What spaces show of a person. */
const SHOWN: ReadonlySet<string> = new Set(['displayName', 'avatar', 'avatarStyle', 'handle'])

/** `onChanged` hears of every profile that was changed, once the change is durable. */
export const createPeople = (context: Context, onChanged: (before: Profile, after: Profile) => void): People => {
  const { read } = context
  return {
    byId: id => read.get('profile', { id }),
    byNum: num => read.profileByNum(num),
    byHandle: handle => read.profileByHandle(fold(handle)),
    async byIds(ids) {
      const rows = await read.getMany(
        'profile',
        ids.map(id => ({ id })),
      )
      return new Map(rows.map(profile => [profile.id, profile]))
    },
    search: (prefix, limit) => read.searchProfiles(fold(prefix), Math.min(limit, limits.page)),
    list: ({ offset, limit }) => read.profilesFrom({ offset, limit: Math.min(limit, limits.page) }),
    async byAlias(scope, alias) {
      const row = await read.get('alias', { scope, alias })
      return row && read.get('profile', { id: row.profileId })
    },
    async setAlias(profileId, scope, alias) {
      if (await read.get('alias', { scope, alias })) return
      await context.commit(async tx => {
        if (!(await tx.get('alias', { scope, alias }))) await tx.insert('alias', { scope, alias, profileId })
      })
    },
    profilesOf: actor => read.profilesOf(actor.accountId),
    self: actor => loadProfile(read, actor.profile.id),

    async relation(actor, id) {
      const me = actor.profile.id
      if (id === me) return 'self'
      if (await hasBlocked(read, me, id)) return 'blocked'
      const [low, high] = pairOf(me, id)
      const contact = await read.get('contact', { low, high })
      if (!contact) return 'none'
      if (contact.state === 'accepted') return 'friend'
      return contact.requestedBy === me ? 'pending_out' : 'pending_in'
    },

    async update(actor, patch, { ifVersion } = {}) {
      judgeDisplayName(patch.displayName)
      judgeShort('avatarStyle', patch.avatarStyle, limits.wordBytes)
      for (const field of ['bio', 'link', 'email'] as const) judgeShort(field, patch[field])
      const { before, after } = await context.change(actor, async tx => {
        await tx.lock(lockOf.account(actor.accountId))
        const before = await loadProfile(tx, actor.profile.id)
        if (ifVersion !== undefined && ifVersion !== before.version) {
          refuse({ kind: 'profile.conflict', version: before.version })
        }
        await judgeAvatar(tx, actor, patch.avatar)
        if (patch.email !== undefined) await doSetEmail(tx, actor, patch.email)
        const { email: _, ...given } = patch
        const changed = Object.entries(given).filter(
          ([key, value]) => value !== undefined && before[key as keyof Profile] !== value,
        )
        if (changed.length === 0) return { before, after: before }
        const patched: Profile = { ...before, ...(Object.fromEntries(changed) as Partial<Profile>) }
        const profile: Profile = {
          ...patched,
          nameFold: patched.displayName === null ? null : fold(patched.displayName),
          version: before.version + 1,
          updatedAt: context.now(),
        }
        await tx.put('profile', profile)
        const { version } = profile
        await tx.append(profileStream(profile.id), { type: 'profile.updated', person: personOf(profile), version })
        if (changed.some(([key]) => SHOWN.has(key))) await doTellOfPerson(context, tx, profile)
        return { before, after: profile }
      })
      onChanged(before, after)
      return after
    },
  }
}

const doSetEmail = async (tx: Tx, actor: Actor, email: string | null): Promise<void> => {
  const account = must(await tx.get('account', { id: actor.accountId }), { kind: 'person.unknown' })
  const emailFold = email === null ? null : fold(email)
  const holder = emailFold === null ? null : await tx.accountByEmail(emailFold)
  if (holder && holder.id !== account.id) refuse({ kind: 'email.taken' })
  await tx.put('account', { ...account, email, emailFold })
}
