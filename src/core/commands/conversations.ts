// Conversations as one person sees them: begun, listed, changed, ended.
import { fold } from '../../base/fold.ts'
import { type Actor, selfOf } from '../actor.ts'
import { type Context, loadConversation, loadProfile, lockOf, must } from '../context.ts'
import { refuse } from '../fault.ts'
import { demand } from '../gate/demand.ts'
import { gate } from '../gate/gate.ts'
import { limits } from '../limits.ts'
import { pairOf } from '../model/contact.ts'
import type { Conversation, ConversationRef, JoinRule, Member, Preference } from '../model/conversation.ts'
import {
  type ConversationId,
  conversationStream,
  type Fid,
  type Num,
  type ProfileId,
  type SpaceId,
  spaceStream,
  type Time,
} from '../model/ids.ts'
import type { Message } from '../model/message.ts'
import type { Person } from '../model/profile.ts'
import type { Reads, Tx } from '../ports/store.ts'
import { loadOwner, viewConversations } from '../queries/conversation-view.ts'
import { areFriends, hasBlocked, loadPairFacts } from '../queries/facts.ts'
import { isSlug } from '../slug.ts'
import { judgeShort } from '../values.ts'
import { doCreateConversation, doCreateDirect, doEnd, doSeat, doSetRole, judgeRoom } from './membership.ts'
import { doAdmit } from './spaces.layout.ts'
import { firstCategoryOf } from './spaces.steps.ts'

/** A conversation in one person's eyes. */
export interface ConversationView {
  readonly conversation: Conversation
  readonly ref: ConversationRef
  /** Null for somebody who sees it without being in it. */
  readonly me: Member | null
  readonly mutedUntil: Time | null
  /** The other one of a direct conversation. */
  readonly peer: Person | null
  readonly owner: Person | null
  readonly unread: number
  /** Id of the message the read mark stands on; null before the first. */
  readonly lastReadMessageId: string | null
  readonly lastMessage: Message | null
  /** Whether a send would pass the gate now, through this door. */
  readonly canSend: boolean
}

/** Only the keys that are present change; null clears. */
export interface ConversationPatch {
  readonly title?: string | null
  readonly description?: string | null
  readonly avatar?: Fid | null
  readonly visibility?: 'public' | 'private'
  readonly joinRule?: JoinRule
  readonly sizeClass?: 'small' | 'large'
}

export interface NewGroup extends ConversationPatch {
  readonly kind?: 'group' | 'channel'
  readonly memberIds?: readonly ProfileId[]
  /** The title is also a chosen name that must be free (chatapp channels): title.taken. */
  readonly titleIsName?: boolean
}

/** Which conversation: by any of its names. */
export type ConversationName =
  | { readonly id: ConversationId }
  | { readonly num: Num }
  | { readonly slug: string }
  /** The direct conversation with this person. */
  | { readonly peer: ProfileId }

export interface Conversations {
  /**
   * The direct conversation of the two, made if need be (one per pair, also under parallel calls).
   * Faults: self.refused, person.unknown; for one that does not exist yet: blocked.by-me, blocked.by-peer, stranger.refused, friend.required.
   */
  openDirect(actor: Actor, other: ProfileId): Promise<ConversationView>
  /** The caller owns it. Faults: person.unknown, member.unaddable, file.unknown, title.taken, group.full, value.invalid; then nothing is made. */
  create(actor: Actor, group: NewGroup): Promise<ConversationView>
  /** For members. Faults: conversation.unknown, member.required. */
  get(actor: Actor, name: ConversationName): Promise<ConversationView>
  /** For members, and through a door that reads what is public for everyone where it is public and open. Faults: conversation.unknown. */
  visit(actor: Actor, id: ConversationId): Promise<ConversationView>
  /** For members, and for everyone where it is public. Faults: conversation.unknown, member.required. */
  see(actor: Actor, name: ConversationName): Promise<ConversationView>
  /** Latest message first, those without messages last, then num descending. `after` continues behind one. Faults: conversation.unknown (`after`). */
  list(
    actor: Actor,
    page: { readonly limit: number; readonly after?: ConversationName | undefined },
  ): Promise<{ readonly views: readonly ConversationView[]; readonly more: boolean }>
  /** Everything the actor sees: what is public and what he is in, oldest (num ascending) first. `limit` ≤ 1000. */
  directory(
    actor: Actor,
    page: { readonly limit: number; readonly after?: Num | undefined },
  ): Promise<{ readonly views: readonly ConversationView[]; readonly more: boolean }>
  /** Public groups and channels by literal substring of the title, num ascending. */
  search(
    text: string,
    page: { readonly limit: number; readonly after?: Num | undefined },
  ): Promise<{ readonly conversations: readonly Conversation[]; readonly more: boolean }>
  /** Faults: conversation.unknown, member.required, role.required (manager), conversation.fixed, file.unknown, group.full, value.invalid. */
  update(actor: Actor, id: ConversationId, patch: ConversationPatch): Promise<ConversationView>
  /** Ends it for good. Faults: conversation.unknown, member.required, role.required (owner), conversation.fixed. */
  end(actor: Actor, id: ConversationId): Promise<void>
  /** Unread messages that mention the actor or everybody, for those of these he is in. */
  mentions(actor: Actor, ids: readonly ConversationId[]): Promise<ReadonlyMap<ConversationId, number>>
  /** How the actor wants to be told of it; only the keys that are present change. Faults: conversation.unknown, member.required. */
  prefer(
    actor: Actor,
    id: ConversationId,
    patch: { readonly mutedUntil?: Time | null; readonly archived?: boolean },
  ): Promise<Preference>
  /** Hands ownership over; the former owner stays as manager. Faults: those of `end`, member.unknown, self.refused. */
  transfer(actor: Actor, id: ConversationId, to: ProfileId): Promise<ConversationView>
}

export interface Participant {
  readonly member: Member
  readonly person: Person
  readonly mutedUntil: Time | null
}

/** Faults: conversation.unknown. */
const resolve = async (reads: Reads, actor: Actor, name: ConversationName): Promise<Conversation> => {
  const found =
    'id' in name
      ? await reads.get('conversation', { id: name.id })
      : 'num' in name
        ? await reads.conversationByNum(name.num)
        : 'slug' in name
          ? await reads.conversationBySlug(fold(name.slug))
          : await reads.conversationByPair(pairOf(actor.profile.id, name.peer).join(':'))
  return must(found, { kind: 'conversation.unknown' })
}

const membershipOf = (reads: Reads, actor: Actor, conversation: Conversation): Promise<Member | null> =>
  reads.get('member', { conversationId: conversation.id, profileId: actor.profile.id })

/** Faults: person.unknown, member.unaddable. */
export const loadAddable = async (reads: Reads, actor: Actor, id: ProfileId) => {
  const profile = await loadProfile(reads, id)
  const facts = {
    friends: await areFriends(reads, actor.profile.id, id),
    blockedByTarget: await hasBlocked(reads, id, actor.profile.id),
    targetSetting: profile.addFriend,
    doorAddsFriendsOnly: actor.door.addsFriendsOnly,
  }
  return { profile, verdict: gate['member.be-added'](facts) }
}

/** An avatar is a file its setter uploaded. Faults: file.unknown. */
export const judgeAvatar = async (reads: Reads, actor: Actor, fid: Fid | null | undefined): Promise<void> => {
  if (!fid) return
  const file = await reads.get('attachment', { fid })
  if (file?.state !== 'received' || file.uploaderId !== actor.profile.id) refuse({ kind: 'file.unknown' })
}

/** A channel that home shows to everybody. */
const isOfHome = ({ kind, visibility, spaceId }: Conversation): boolean =>
  kind === 'channel' && visibility === 'public' && spaceId === null

export const createConversations = (context: Context): Conversations => {
  const { read, homeId } = context
  /** A new channel of home. */
  const tellHome = async (tx: Tx, conversation: Conversation, by: Person): Promise<void> => {
    const categoryId = await firstCategoryOf(tx, homeId)
    if (categoryId === null) return
    const event = { type: 'space.channel', spaceId: homeId, conversation, categoryId, by } as const
    await tx.append(spaceStream(homeId), event)
  }
  /** What stands in a space is called otherwise, or is gone. */
  const tellLayout = async (tx: Tx, spaceId: SpaceId | null, by: Person): Promise<void> => {
    const id = spaceId ?? homeId
    await tx.append(spaceStream(id), { type: 'space.layout', spaceId: id, by })
  }
  const view = async (reads: Reads, actor: Actor, conversation: Conversation): Promise<ConversationView> => {
    const member = await membershipOf(reads, actor, conversation)
    const [made] = await viewConversations(reads, actor, [{ conversation, member }], context.now())
    return must(made, { kind: 'conversation.unknown' })
  }
  /** Runs `work` under the conversation's lock, with the actor's role. */
  const asMember = <T>(
    actor: Actor,
    id: ConversationId,
    work: (tx: Tx, conversation: Conversation, me: Member | null) => Promise<T>,
  ): Promise<T> =>
    context.change(actor, async tx => {
      await tx.lock(lockOf.conversation(id))
      const conversation = await loadConversation(tx, id)
      return work(tx, conversation, await membershipOf(tx, actor, conversation))
    })

  return {
    async openDirect(actor, other) {
      const self = other === actor.profile.id
      if (self) refuse({ kind: 'self.refused' })
      const pair = pairOf(actor.profile.id, other).join(':')
      const known = await read.conversationByPair(pair)
      // Opened again and again by real clients: nobody is told of that.
      if (known) return view(read, actor, known)
      return context.change(actor, async tx => {
        await tx.lock(lockOf.pair(actor.profile.id, other))
        const peer = await loadProfile(tx, other)
        const standing = await tx.conversationByPair(pair)
        if (standing) return view(tx, actor, standing)
        demand(gate['direct.open']({ ...(await loadPairFacts(tx, actor, other, null)), self }))
        return view(tx, actor, await doCreateDirect(context, tx, actor.profile, peer))
      })
    },

    async create(actor, group) {
      const others = [...new Set(group.memberIds ?? [])].filter(id => id !== actor.profile.id)
      if (others.length > limits.membersPerCall) {
        refuse({ kind: 'value.invalid', field: 'memberIds', reason: 'too-many' })
      }
      judgeWords(group)
      return context.change(actor, async tx => {
        const people = []
        for (const id of others) people.push(await loadAddable(tx, actor, id))
        for (const { verdict } of people) demand(verdict)
        await judgeAvatar(tx, actor, group.avatar)
        const title = group.title ?? null
        const draft = {
          kind: group.kind ?? 'group',
          spaceId: null,
          title,
          description: group.description ?? null,
          avatar: group.avatar ?? null,
          visibility: group.visibility ?? 'private',
          joinRule: group.joinRule ?? 'approval',
          sizeClass: group.sizeClass ?? 'small',
          pairKey: null,
          slug: group.titleIsName && title !== null ? await judgeName(tx, title) : null,
        }
        judgeRoom(draft, people.length + 1)
        const by = selfOf(actor)
        const conversation = await doCreateConversation(context, tx, draft, by, people.length + 1)
        const members = people.map(({ profile }) => ({ profile, role: 'member' as const }))
        await doSeat(context, tx, conversation, [{ profile: actor.profile, role: 'owner' }, ...members], by)
        if (isOfHome(conversation)) await tellHome(tx, conversation, by)
        return view(tx, actor, conversation)
      })
    },

    async get(actor, name) {
      const conversation = await resolve(read, actor, name)
      const member = await membershipOf(read, actor, conversation)
      demand(gate['conversation.read']({ member: member !== null }))
      return view(read, actor, conversation)
    },

    async visit(actor, id) {
      const conversation = await loadConversation(read, id)
      const { visibility, joinRule, spaceId } = conversation
      let member = (await membershipOf(read, actor, conversation)) !== null
      if (!member && spaceId !== null) {
        // Whoever left it by another door is back where he opens it again.
        member = await context.commit(async tx => {
          await tx.lock(lockOf.conversation(id))
          await doAdmit(context, tx, await loadProfile(tx, actor.profile.id), await loadConversation(tx, id))
          return true
        })
      }
      demand(gate['conversation.visit']({ member, visibility, joinRule, doorReadsPublic: actor.door.readsPublic }))
      return view(read, actor, await loadConversation(read, id))
    },

    async mentions(actor, ids) {
      const profileId = actor.profile.id
      const rows = await read.getMany(
        'member',
        ids.map(conversationId => ({ conversationId, profileId })),
      )
      const counts = await Promise.all(
        rows.map(row => read.countMentions(row.conversationId, profileId, row.readUpTo, limits.unreadCap)),
      )
      return new Map(rows.map((row, i) => [row.conversationId, counts[i] ?? 0]))
    },

    prefer: (actor, id, patch) =>
      asMember(actor, id, async (tx, _, me) => {
        demand(gate['conversation.read']({ member: me !== null }))
        const key = { conversationId: id, profileId: actor.profile.id }
        const standing = (await tx.get('preference', key)) ?? { ...key, mutedUntil: null, archived: false }
        const given = Object.entries(patch).filter(([, value]) => value !== undefined)
        const preference: Preference = { ...standing, ...(Object.fromEntries(given) as typeof patch) }
        await tx.put('preference', preference)
        return preference
      }),

    async see(actor, name) {
      const conversation = await resolve(read, actor, name)
      const member = (await membershipOf(read, actor, conversation)) !== null
      demand(gate['conversation.see']({ member, visibility: conversation.visibility }))
      return view(read, actor, conversation)
    },

    async list(actor, page) {
      const behind = page.after && (await resolve(read, actor, page.after))
      if (behind && !(await membershipOf(read, actor, behind))) refuse({ kind: 'conversation.unknown' })
      const limit = Math.min(page.limit, limits.page)
      const rows = await read.conversationsOf(actor.profile.id, { limit: limit + 1, after: behind?.id })
      const views = await viewConversations(read, actor, rows.slice(0, limit), context.now())
      return { views, more: rows.length > limit }
    },

    async directory(actor, page) {
      const limit = Math.min(page.limit, limits.page)
      const found = await read.conversationsVisibleTo(actor.profile.id, { limit: limit + 1, after: page.after })
      const shown = found.slice(0, limit)
      const members = await read.getMany(
        'member',
        shown.map(({ id }) => ({ conversationId: id, profileId: actor.profile.id })),
      )
      const mine = new Map(members.map(member => [member.conversationId, member]))
      const rows = shown.map(conversation => ({ conversation, member: mine.get(conversation.id) ?? null }))
      return { views: await viewConversations(read, actor, rows, context.now()), more: found.length > limit }
    },

    async search(text, page) {
      const limit = Math.min(page.limit, limits.page)
      const found = await read.searchConversations(fold(text), { limit: limit + 1, after: page.after })
      return { conversations: found.slice(0, limit), more: found.length > limit }
    },

    update: (actor, id, patch) =>
      asMember(actor, id, async (tx, before, me) => {
        const opens =
          (patch.visibility ?? before.visibility) !== before.visibility ||
          (patch.joinRule ?? before.joinRule) !== before.joinRule
        const ofSpace = before.spaceId !== null
        demand(gate['conversation.update']({ kind: before.kind, myRole: me?.role ?? null, ofSpace, opens }))
        judgeWords(patch)
        // Who sends the standing one along changes nothing.
        if (patch.avatar !== before.avatar) await judgeAvatar(tx, actor, patch.avatar)
        const given = Object.entries(patch).filter(([, value]) => value !== undefined)
        const changed = given.flatMap(([key, value]) => (before[key as keyof ConversationPatch] !== value ? [key] : []))
        if (changed.length === 0) return view(tx, actor, before)
        const patched: Conversation = { ...before, ...(Object.fromEntries(given) as ConversationPatch) }
        const conversation: Conversation = {
          ...patched,
          titleFold: patched.title === null ? null : fold(patched.title),
          updatedAt: context.now(),
        }
        judgeRoom(conversation, conversation.memberCount)
        await tx.put('conversation', conversation)
        const owner = await loadOwner(tx, conversation)
        const event = { type: 'conversation.updated', conversation, owner, changed, by: selfOf(actor) } as const
        await tx.append(conversationStream(id), event)
        if (isOfHome(before) || isOfHome(conversation)) await tellLayout(tx, null, selfOf(actor))
        else if (before.spaceId !== null) await tellLayout(tx, before.spaceId, selfOf(actor))
        return view(tx, actor, conversation)
      }),

    end: (actor, id) =>
      asMember(actor, id, async (tx, conversation, me) => {
        demand(gate['conversation.end']({ kind: conversation.kind, myRole: me?.role ?? null }))
        await doEnd(tx, conversation, selfOf(actor))
        if (isOfHome(conversation) || conversation.spaceId !== null) {
          await tellLayout(tx, conversation.spaceId, selfOf(actor))
        }
      }),

    transfer: (actor, id, to) =>
      asMember(actor, id, async (tx, conversation, me) => {
        const target = await tx.get('member', { conversationId: id, profileId: to })
        const self = to === actor.profile.id
        const { kind, spaceId } = conversation
        const rank = { kind, myRole: me?.role ?? null, ofSpace: spaceId !== null }
        const facts = { ...rank, self, targetRole: target?.role ?? null }
        demand(gate['member.rank'](facts))
        if (target && me) {
          await doSetRole(tx, conversation, target, 'owner', selfOf(actor))
          await doSetRole(tx, conversation, me, 'manager', selfOf(actor))
        }
        return view(tx, actor, conversation)
      }),
  }
}

/** Faults: value.invalid. */
const judgeWords = ({ title, description }: ConversationPatch): void => {
  judgeShort('title', title)
  judgeShort('description', description)
}

/** Faults: title.taken, value.invalid. */
const judgeName = async (tx: Tx, name: string): Promise<string> => {
  if (!isSlug(name)) refuse({ kind: 'value.invalid', field: 'title', reason: 'characters' })
  await tx.lock(lockOf.slug(fold(name)))
  if (await tx.conversationBySlug(fold(name))) refuse({ kind: 'title.taken' })
  return name
}
