// Who is in a group or channel, and what they may do there.
import { newId } from '../../base/id.ts'
import { type Actor, selfOf } from '../actor.ts'
import { type Context, loadConversation, lockOf, must } from '../context.ts'
import { refuse } from '../fault.ts'
import { demand } from '../gate/demand.ts'
import { gate } from '../gate/gate.ts'
import { limits } from '../limits.ts'
import type { Application, Conversation, Member, Role } from '../model/conversation.ts'
import {
  type ConversationId,
  conversationStream,
  type Num,
  type ProfileId,
  profileStream,
  type Time,
} from '../model/ids.ts'
import { type Person, type Profile, personOf } from '../model/profile.ts'
import type { Reads, Tx } from '../ports/store.ts'
import { conversationRefOf, peopleOf } from '../queries/message-view.ts'
import { judgeShort } from '../values.ts'
import { loadAddable, type Participant } from './conversations.ts'
import { doJoin, doLeave, doSetRole, judgeRoom } from './membership.ts'

export type ApplicationRef = { readonly profileId: ProfileId } | { readonly applicationId: string }

/** Faults of all: conversation.unknown, member.required (the caller is not in), conversation.fixed (direct). */
export interface Members {
  /** By profile num ascending; of a group for its members, of a channel for all who see it; of a direct chat both. */
  list(
    actor: Actor,
    id: ConversationId,
    page: { readonly limit: number; readonly after?: Num | undefined },
  ): Promise<{ readonly participants: readonly Participant[]; readonly more: boolean }>
  /** One of them. To whom `list` would answer. Faults: member.unknown. */
  one(actor: Actor, id: ConversationId, profileId: ProfileId): Promise<Participant>
  /**
   * Owner or manager adds people, all or none. Those already in are skipped if `skipPresent`, else member.exists.
   * Faults, in this order: role.required, person.unknown, member.exists, member.unaddable, group.full.
   */
  add(
    actor: Actor,
    id: ConversationId,
    people: readonly ProfileId[],
    options: { readonly skipPresent: boolean },
  ): Promise<readonly Participant[]>
  /**
   * Joins what is public and open, applies where approval is asked (repeating answers the same application).
   * Faults: conversation.unknown (private, too), member.exists, join.refused (by invitation only), group.full, value.invalid.
   */
  join(
    actor: Actor,
    id: ConversationId,
    message: string | null,
  ): Promise<
    | { readonly state: 'joined'; readonly participant: Participant }
    | { readonly state: 'applied'; readonly application: Application }
  >
  /**
   * Puts the actor into an open public channel, unless he is in it or ever was; answers whether it did. For doors whose
   * contract has everybody in some channel. Faults: conversation.unknown.
   */
  enrol(actor: Actor, id: ConversationId): Promise<boolean>
  /** Who is in it: the owner first, then by time of joining. To whom `list` would answer. */
  roster(actor: Actor, id: ConversationId): Promise<readonly ProfileId[]>
  /** Faults: role.required. Oldest first. */
  applications(
    actor: Actor,
    id: ConversationId,
  ): Promise<readonly { readonly application: Application; readonly person: Person }[]>
  /** Faults: role.required, application.unknown, group.full. */
  approve(actor: Actor, id: ConversationId, ref: ApplicationRef): Promise<Participant>
  reject(actor: Actor, id: ConversationId, ref: ApplicationRef): Promise<void>
  /** Faults: owner.bound (a door that refuses it), conversation.fixed. The last one out ends a group. */
  leave(actor: Actor, id: ConversationId): Promise<void>
  /** Owner anybody, manager plain members. Faults: role.required, member.unknown, self.refused. */
  kick(actor: Actor, id: ConversationId, target: ProfileId): Promise<void>
  /** Owner only; never the owner himself. Faults: role.required (owner), member.unknown, self.refused. */
  setRole(actor: Actor, id: ConversationId, target: ProfileId, role: Exclude<Role, 'owner'>): Promise<Participant>
  /** Owner only: makes these the whole set of managers (the owner is left out). Answers it, by num. */
  setManagers(actor: Actor, id: ConversationId, managers: readonly ProfileId[]): Promise<readonly Participant[]>
  /** Owner everybody but himself, manager plain members. `until` null lifts it. Faults: role.required, member.unknown, self.refused. */
  mute(actor: Actor, id: ConversationId, target: ProfileId, until: Time | null): Promise<Time | null>
}

/** What a command on a group works with, once its lock is had. */
interface Scene {
  readonly tx: Tx
  readonly conversation: Conversation
  readonly me: Member | null
  /** What the gate asks about the actor's rank. */
  readonly rank: { readonly kind: Conversation['kind']; readonly myRole: Role | null; readonly ofSpace: boolean }
}

const rankOf = ({ kind, spaceId }: Conversation, me: Member | null): Scene['rank'] => ({
  kind,
  myRole: me?.role ?? null,
  ofSpace: spaceId !== null,
})

export const createMembers = (context: Context): Members => {
  const on = <T>(actor: Actor, id: ConversationId, work: (scene: Scene) => Promise<T>): Promise<T> =>
    context.change(actor, async tx => {
      await tx.lock(lockOf.conversation(id))
      const conversation = await loadConversation(tx, id)
      const me = await tx.get('member', { conversationId: id, profileId: actor.profile.id })
      return work({ tx, conversation, me, rank: rankOf(conversation, me) })
    })

  /** The facts and rows of somebody the actor wants to act upon. */
  const targeted = async ({ tx, conversation, rank }: Scene, actor: Actor, target: ProfileId) => {
    const member = await tx.get('member', { conversationId: conversation.id, profileId: target })
    const facts = { ...rank, self: target === actor.profile.id, targetRole: member?.role ?? null }
    return { member, facts }
  }

  const judgeListing = async (actor: Actor, id: ConversationId): Promise<void> => {
    const { read } = context
    const { kind, visibility } = await loadConversation(read, id)
    const member = (await read.get('member', { conversationId: id, profileId: actor.profile.id })) !== null
    demand(gate['members.list']({ member, kind, visibility }))
  }

  const setManagers: Members['setManagers'] = (actor, id, managers) =>
    on(actor, id, async ({ tx, conversation, rank }) => {
      demand(gate['member.rank']({ ...rank, self: false, targetRole: 'member' }))
      const wanted = new Set(managers.filter(profileId => profileId !== actor.profile.id))
      for (const profileId of wanted) {
        must(await tx.get('member', { conversationId: id, profileId }), { kind: 'member.unknown' })
      }
      for (const member of await tx.managersOf(id)) {
        if (member.role === 'manager' && !wanted.has(member.profileId)) {
          await doSetRole(tx, conversation, member, 'member', selfOf(actor))
        }
      }
      for (const profileId of wanted) {
        const member = await tx.get('member', { conversationId: id, profileId })
        if (member) await doSetRole(tx, conversation, member, 'manager', selfOf(actor))
      }
      const standing = (await tx.managersOf(id)).filter(m => m.role === 'manager')
      const shown = await participantsOf(tx, standing, context.now())
      return [...shown].sort((a, b) => a.person.num - b.person.num)
    })

  return {
    async list(actor, id, page) {
      const { read } = context
      await judgeListing(actor, id)
      const limit = Math.min(page.limit, Math.max(limits.page, limits.groupMembers.large))
      const rows = await read.membersOf(id, { limit: limit + 1, after: page.after })
      const shown = rows.slice(0, limit)
      return { participants: await withMutes(read, shown, context.now()), more: rows.length > limit }
    },

    async one(actor, id, profileId) {
      await judgeListing(actor, id)
      const key = { conversationId: id, profileId }
      const member = must(await context.read.get('member', key), { kind: 'member.unknown' })
      return participantOf(context.read, member, context.now())
    },

    async add(actor, id, people, { skipPresent }) {
      const wanted = [...new Set(people)]
      if (wanted.length > limits.membersPerCall) {
        refuse({ kind: 'value.invalid', field: 'people', reason: 'too-many' })
      }
      return on(actor, id, async ({ tx, conversation: before, rank }) => {
        demand(gate['members.add'](rank))
        const loaded = []
        for (const profileId of wanted) {
          const addable = await loadAddable(tx, actor, profileId)
          const present = (await tx.get('member', { conversationId: id, profileId })) !== null
          loaded.push({ ...addable, present })
        }
        if (!skipPresent && loaded.some(p => p.present)) refuse({ kind: 'member.exists' })
        const fresh = loaded.filter(p => !p.present)
        for (const { verdict } of fresh) demand(verdict)
        judgeRoom(before, before.memberCount + fresh.length)
        let conversation = before
        const added: Member[] = []
        for (const { profile } of fresh) {
          const how = { role: 'member', via: 'added', by: selfOf(actor) } as const
          const joined = await doJoin(context, tx, conversation, profile, how)
          conversation = joined.conversation
          added.push(joined.member)
        }
        return participantsOf(tx, added, context.now())
      })
    },

    async roster(actor, id) {
      await judgeListing(actor, id)
      return context.read.rosterOf(id)
    },

    enrol: (actor, id) =>
      on(actor, id, async ({ tx, conversation, me }) => {
        const { kind, visibility, joinRule } = conversation
        if (me !== null || kind !== 'channel' || visibility !== 'public' || joinRule !== 'open') return false
        if (await tx.get('pastMember', { conversationId: id, profileId: actor.profile.id })) return false
        const how = { role: 'member', via: 'joined', by: selfOf(actor) } as const
        await doJoin(context, tx, conversation, await self(tx, actor), how)
        return true
      }),

    async join(actor, id, message) {
      judgeShort('message', message)
      return on(actor, id, async ({ tx, conversation, me }) => {
        const { kind, visibility, joinRule } = conversation
        const outcome = demand(gate['member.join']({ kind, visibility, joinRule, member: me !== null }))
        if (outcome === 'join') {
          const how = { role: 'member', via: 'joined', by: selfOf(actor) } as const
          const { member } = await doJoin(context, tx, conversation, await self(tx, actor), how)
          return { state: 'joined', participant: await participantOf(tx, member, context.now()) }
        }
        const standing = await tx.applicationBy(id, actor.profile.id)
        if (standing) return { state: 'applied', application: standing }
        return { state: 'applied', application: await doApply(context, tx, actor, conversation, message) }
      })
    },

    async applications(actor, id) {
      const { read } = context
      const conversation = await loadConversation(read, id)
      const me = await read.get('member', { conversationId: id, profileId: actor.profile.id })
      demand(gate['applications.review']({ kind: conversation.kind, myRole: me?.role ?? null }))
      const pending = await read.applicationsOf(id)
      const people = await peopleOf(
        read,
        pending.map(a => a.profileId),
      )
      return pending.flatMap(application => {
        const person = people.get(application.profileId)
        return person ? [{ application, person }] : []
      })
    },

    approve: (actor, id, ref) =>
      on(actor, id, async ({ tx, conversation, rank }) => {
        demand(gate['applications.review'](rank))
        const application = await findApplication(tx, id, ref)
        const profile = must(await tx.get('profile', { id: application.profileId }), { kind: 'application.unknown' })
        const how = { role: 'member', via: 'approved', by: selfOf(actor) } as const
        const { member } = await doJoin(context, tx, conversation, profile, how)
        return participantOf(tx, member, context.now())
      }),

    reject: (actor, id, ref) =>
      on(actor, id, async ({ tx, conversation, rank }) => {
        demand(gate['applications.review'](rank))
        const application = await findApplication(tx, id, ref)
        await tx.remove('application', { id: application.id })
        await tx.append(profileStream(application.profileId), {
          type: 'application.rejected',
          conversation: await conversationRefOf(tx, conversation),
          by: selfOf(actor),
        })
      }),

    leave: (actor, id) =>
      on(actor, id, async ({ tx, conversation, me, rank }) => {
        demand(gate['member.leave']({ ...rank, ownerLeaving: actor.door.ownerLeaving }))
        if (me) await doLeave(context, tx, conversation, me, selfOf(actor), { why: 'left', by: selfOf(actor) })
      }),

    kick: (actor, id, target) =>
      on(actor, id, async scene => {
        const { member, facts } = await targeted(scene, actor, target)
        demand(gate['member.kick'](facts))
        if (!member) return
        const profile = must(await scene.tx.get('profile', { id: target }), { kind: 'member.unknown' })
        const how = { why: 'kicked', by: selfOf(actor) } as const
        await doLeave(context, scene.tx, scene.conversation, member, personOf(profile), how)
      }),

    setRole: (actor, id, target, role) =>
      on(actor, id, async scene => {
        const { member, facts } = await targeted(scene, actor, target)
        demand(gate['member.rank'](facts))
        const standing = must(member, { kind: 'member.unknown' })
        await doSetRole(scene.tx, scene.conversation, standing, role, selfOf(actor))
        return participantOf(scene.tx, { ...standing, role }, context.now())
      }),

    setManagers,

    mute: (actor, id, target, until) =>
      on(actor, id, async scene => {
        const { facts } = await targeted(scene, actor, target)
        demand(gate['member.mute'](facts))
        const { tx, conversation } = scene
        const key = { conversationId: id, profileId: target }
        if (until === null) await tx.remove('mute', key)
        else await tx.put('mute', { ...key, until })
        const profile = must(await tx.get('profile', { id: target }), { kind: 'member.unknown' })
        await tx.append(conversationStream(id), {
          type: 'member.muted',
          conversation: await conversationRefOf(tx, conversation),
          person: personOf(profile),
          until,
          by: selfOf(actor),
        })
        return until
      }),
  }
}

const self = async (reads: Reads, actor: Actor): Promise<Profile> =>
  must(await reads.get('profile', { id: actor.profile.id }), { kind: 'person.unknown' })

const doApply = async (
  context: Context,
  tx: Tx,
  actor: Actor,
  conversation: Conversation,
  message: string | null,
): Promise<Application> => {
  const application: Application = {
    id: newId(),
    conversationId: conversation.id,
    profileId: actor.profile.id,
    message,
    createdAt: context.now(),
  }
  await tx.insert('application', application)
  await tx.append(conversationStream(conversation.id), {
    type: 'application.made',
    conversation: await conversationRefOf(tx, conversation),
    application,
    person: selfOf(actor),
    reviewers: (await tx.managersOf(conversation.id)).map(m => m.profileId),
  })
  return application
}

/** Faults: application.unknown. */
const findApplication = async (reads: Reads, id: ConversationId, ref: ApplicationRef): Promise<Application> => {
  const found =
    'applicationId' in ref
      ? await reads.get('application', { id: ref.applicationId })
      : await reads.applicationBy(id, ref.profileId)
  return found?.conversationId === id ? found : refuse({ kind: 'application.unknown' })
}

const withMutes = async (
  reads: Reads,
  rows: readonly { readonly member: Member; readonly profile: Profile }[],
  now: Time,
): Promise<readonly Participant[]> => {
  const mutes = await reads.getMany(
    'mute',
    rows.map(({ member }) => ({ conversationId: member.conversationId, profileId: member.profileId })),
  )
  const until = new Map(mutes.filter(mute => mute.until > now).map(mute => [mute.profileId, mute.until]))
  return rows.map(({ member, profile }) => ({
    member,
    person: personOf(profile),
    mutedUntil: until.get(profile.id) ?? null,
  }))
}

const participantsOf = async (reads: Reads, members: readonly Member[], now: Time): Promise<readonly Participant[]> => {
  const profiles = await reads.getMany(
    'profile',
    members.map(member => ({ id: member.profileId })),
  )
  const byId = new Map(profiles.map(profile => [profile.id, profile]))
  const rows = members.flatMap(member => {
    const profile = byId.get(member.profileId)
    return profile ? [{ member, profile }] : []
  })
  return withMutes(reads, rows, now)
}

const participantOf = async (reads: Reads, member: Member, now: Time): Promise<Participant> => {
  const [participant] = await participantsOf(reads, [member], now)
  return must(participant, { kind: 'member.unknown' })
}
