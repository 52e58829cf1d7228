// The questions of the port, each as the plainest loop that answers it.
import { compareCodePoints, fold } from '../../../base/fold.ts'
import type { Member } from '../../../core/model/conversation.ts'
import type { ProfileId, Seq, StreamId } from '../../../core/model/ids.ts'
import type { Reads } from '../../../core/ports/store.ts'
import type { View } from './rows.ts'

type Sortable = string | number | null

const compare = (a: Sortable, b: Sortable): number =>
  typeof a === 'string' && typeof b === 'string' ? compareCodePoints(a, b) : Number(a) - Number(b)

/** Ascending by the values that `by` lists. */
const sorted = <T>(rows: readonly T[], by: (row: T) => readonly Sortable[]): readonly T[] =>
  rows.toSorted((left, right) => {
    const other = by(right)
    for (const [index, value] of by(left).entries()) {
      const order = compare(value, other[index] ?? null)
      if (order !== 0) return order
    }
    return 0
  })

const friendsOf = (view: View, id: ProfileId): ReadonlySet<ProfileId> =>
  new Set(
    view
      .all('contact')
      .filter(c => c.state === 'accepted' && (c.low === id || c.high === id))
      .map(c => (c.low === id ? c.high : c.low)),
  )

const accountReads = (view: View) =>
  ({
    accountByEmail: async email => view.all('account').find(a => a.emailFold === email) ?? null,
    credentialBySecret: async secret =>
      view.all('credential').find(c => c.secret === secret && c.kind !== 'password') ?? null,
    credentialsOf: async id =>
      sorted(
        view.all('credential').filter(c => c.accountId === id),
        c => [c.createdAt, c.id],
      ),
    profileByHandle: async handle => view.all('profile').find(p => p.handleFold === handle) ?? null,
    profileByNum: async num => view.all('profile').find(p => p.num === num) ?? null,
    profilesOf: async id =>
      sorted(
        view.all('profile').filter(p => p.accountId === id),
        p => [p.createdAt, p.id],
      ),
    async searchProfiles(text, limit) {
      const prefix = fold(text)
      const found = view.all('profile').filter(p => p.handleFold.startsWith(prefix) || p.nameFold?.startsWith(prefix))
      return sorted(found, p => [p.handleFold]).slice(0, limit)
    },
    profilesFrom: async ({ offset, limit }) => sorted(view.all('profile'), p => [p.num]).slice(offset, offset + limit),
    sessionsOf: async id =>
      sorted(
        view.all('session').filter(s => s.accountId === id),
        s => [s.createdAt, s.id],
      ),
    tokensOf: async id =>
      sorted(
        view.all('token').filter(t => t.sessionId === id),
        t => [t.digest],
      ),
    sessionsExpiredBefore: async (time, limit) =>
      sorted(
        view.all('session').filter(s => s.expiresAt < time),
        s => [s.expiresAt, s.id],
      ).slice(0, limit),
    tokensExpiredBefore: async (time, limit) =>
      sorted(
        view.all('token').filter(t => t.expiresAt < time),
        t => [t.expiresAt, t.digest],
      ).slice(0, limit),
  }) satisfies Partial<Reads>

const contactReads = (view: View) =>
  ({
    contactByRequest: async id => view.all('contact').find(c => c.requestId === id) ?? null,
    contactsOf: async id =>
      sorted(
        view.all('contact').filter(c => c.low === id || c.high === id),
        c => [-c.since, c.low, c.high],
      ),
    haveFriendInCommon: async (a, b) => !friendsOf(view, a).isDisjointFrom(friendsOf(view, b)),
    blocksBy: async id =>
      sorted(
        view.all('block').filter(b => b.blocker === id),
        b => [b.blocked],
      ),
    blockersOf: async id =>
      sorted(
        view.all('block').filter(b => b.blocked === id),
        b => [b.blocker],
      ).map(b => b.blocker),
  }) satisfies Partial<Reads>

const conversationReads = (view: View) => {
  const membersIn = (id: string): readonly Member[] => view.all('member').filter(m => m.conversationId === id)
  return {
    conversationByNum: async num => view.all('conversation').find(c => c.num === num) ?? null,
    conversationBySlug: async slug => view.all('conversation').find(c => c.slugFold === slug) ?? null,
    conversationByPair: async pair => view.all('conversation').find(c => c.pairKey === pair) ?? null,
    async conversationsOf(profileId, { limit, after }) {
      const listed = view.all('member').flatMap(member => {
        const conversation = view.get('conversation', { id: member.conversationId })
        return member.profileId === profileId && conversation ? [{ conversation, member }] : []
      })
      const place = (c: { readonly lastMessageAt: number | null; readonly num: number }) => [
        -(c.lastMessageAt ?? -1),
        -c.num,
      ]
      const all = sorted(listed, row => place(row.conversation))
      if (after === undefined) return all.slice(0, limit)
      const behind = view.get('conversation', { id: after })
      if (!behind) return []
      return all.filter(row => sorted([behind, row.conversation], place)[1] !== behind).slice(0, limit)
    },
    conversationIdsOf: async id =>
      sorted(
        view.all('member').filter(m => m.profileId === id),
        m => [m.conversationId],
      ).map(m => m.conversationId),
    async searchConversations(text, { limit, after = 0 }) {
      const found = view
        .all('conversation')
        .filter(c => c.visibility === 'public' && c.kind !== 'direct' && c.num > after)
        .filter(c => c.titleFold?.includes(fold(text)))
      return sorted(found, c => [c.num]).slice(0, limit)
    },
    async conversationsVisibleTo(profileId, { limit, after = 0 }) {
      const found = view
        .all('conversation')
        .filter(c => c.num > after)
        .filter(
          c =>
            (c.visibility === 'public' && c.kind !== 'direct') ||
            view.get('member', { conversationId: c.id, profileId }) !== null,
        )
      return sorted(found, c => [c.num]).slice(0, limit)
    },
    async membersOf(id, { limit, after = 0 }) {
      const listed = membersIn(id).flatMap(member => {
        const profile = view.get('profile', { id: member.profileId })
        return profile && profile.num > after ? [{ member, profile }] : []
      })
      return sorted(listed, row => [row.profile.num]).slice(0, limit)
    },
    memberIdsOf: async id => sorted(membersIn(id), m => [m.profileId]).map(m => m.profileId),
    rosterOf: async id =>
      sorted(membersIn(id), m => [m.role === 'owner' ? 0 : 1, m.joinedAt, m.profileId]).map(m => m.profileId),
    managersOf: async id =>
      sorted(
        membersIn(id).filter(m => m.role !== 'member'),
        m => [m.joinedAt, m.profileId],
      ),
    async successorOf(id, leaving) {
      const others = membersIn(id).filter(m => m.profileId !== leaving)
      return sorted(others, m => [m.role === 'manager' ? 0 : 1, m.joinedAt, m.profileId])[0] ?? null
    },
    applicationsOf: async id =>
      sorted(
        view.all('application').filter(a => a.conversationId === id),
        a => [a.createdAt, a.id],
      ),
    applicationBy: async (id, profileId) =>
      view.all('application').find(a => a.conversationId === id && a.profileId === profileId) ?? null,
  } satisfies Partial<Reads>
}

const messageReads = (view: View) => {
  const othersAt = (id: string, seq: Seq, authorId: ProfileId): readonly Member[] =>
    view.all('member').filter(m => m.conversationId === id && m.profileId !== authorId && m.joinedSeq < seq)
  return {
    async messagesOf(id, { limit, before, after, replyRoot, standing = false }) {
      const thread = view
        .all('message')
        .filter(m => !standing || m.recalledAt === null)
        .filter(m => m.conversationId === id && (replyRoot === undefined || m.replyRoot === replyRoot))
      const all = sorted(thread, m => [m.seq])
      if (before === undefined && after !== undefined) return all.filter(m => m.seq > after).slice(0, limit)
      const older = all.filter(m => before === undefined || m.seq < before)
      return older.slice(Math.max(0, older.length - limit))
    },
    async standingMessagesOf(id, { offset, limit }) {
      const standing = view.all('message').filter(m => m.conversationId === id && m.recalledAt === null)
      return sorted(standing, m => [-m.seq]).slice(offset, offset + limit)
    },
    async recentMessages(profileId, { limit, before, after = '', authorId }) {
      const found = view
        .all('message')
        .filter(m => view.get('member', { conversationId: m.conversationId, profileId }) && m.recalledAt === null)
        .filter(m => (before === undefined || m.id < before) && m.id > after)
        .filter(m => authorId === undefined || m.authorId === authorId)
      const ascending = sorted(found, m => [m.id])
      return ascending.slice(Math.max(0, ascending.length - limit))
    },
    countMessagesFrom: async id => view.all('message').filter(m => m.id >= id).length,
    messageByClientKey: async (id, authorId, clientKey) =>
      view.all('message').find(m => m.conversationId === id && m.authorId === authorId && m.clientKey === clientKey) ??
      null,
    async countUnread(id, profileId, readUpTo, cap) {
      const unread = view
        .all('message')
        .filter(m => m.conversationId === id && m.seq > readUpTo && m.authorId !== profileId && m.recalledAt === null)
      return Math.min(unread.length, cap)
    },
    async countMentions(id, profileId, readUpTo, cap) {
      const meant: readonly string[] = [profileId, 'here', 'channel']
      const mentioned = view
        .all('message')
        .filter(m => m.conversationId === id && m.seq > readUpTo && m.authorId !== profileId && m.recalledAt === null)
        .filter(m => m.mentions.some(mention => meant.includes(mention.target)))
      return Math.min(mentioned.length, cap)
    },
    hasUnreader: async (id, seq, authorId) => othersAt(id, seq, authorId).some(m => m.readUpTo < seq),
    hasReader: async (id, seq, authorId) => othersAt(id, seq, authorId).some(m => m.readUpTo >= seq),
    reactionsOn: async ids =>
      sorted(
        view.all('reaction').filter(r => ids.includes(r.messageId)),
        r => [r.messageId, r.order, r.emoji, r.profileId],
      ),
    rootsAmong: async ids =>
      new Set(
        view.all('message').flatMap(m => (m.replyRoot !== null && ids.includes(m.replyRoot) ? [m.replyRoot] : [])),
      ),
    remindersDue: async (until, limit) =>
      sorted(
        view.all('reminder').filter(r => r.dueAt <= until),
        r => [r.dueAt, r.messageId],
      ).slice(0, limit),
    nextReminderAt: async () => sorted(view.all('reminder'), r => [r.dueAt])[0]?.dueAt ?? null,
  } satisfies Partial<Reads>
}

const spaceReads = (view: View) => {
  const rowsOf = (spaceId: string, active: boolean) =>
    view.all('spaceMember').filter(m => m.spaceId === spaceId && (m.state === 'active') === active)
  const age = (space: { readonly createdAt: number; readonly id: string }) => [space.createdAt, space.id]
  return {
    async spacesFor(profileId) {
      const mine = (id: string) =>
        view.get('spaceMember', { spaceId: id, profileId: profileId ?? '' })?.state === 'active'
      const found = view
        .all('space')
        .filter(s => s.visibility === 'public' || (profileId !== null && (s.createdBy === profileId || mine(s.id))))
      return sorted(found, age)
    },
    spacesUnclaimedBefore: async (time, limit) =>
      sorted(
        view.all('space').filter(s => s.claimUntil !== null && s.claimUntil < time),
        s => [s.claimUntil, s.id],
      ).slice(0, limit),
    countSpacesMadeBy: async id => view.all('space').filter(s => s.createdBy === id).length,
    async spaceMembersOf(spaceId, { limit, after }) {
      const listed = sorted(rowsOf(spaceId, true), m => [m.joinedAt, m.profileId]).flatMap(member => {
        const profile = view.get('profile', { id: member.profileId })
        return profile ? [{ member, profile }] : []
      })
      const behind = (m: { readonly joinedAt: number; readonly profileId: string }) =>
        !after || m.joinedAt > after.joinedAt || (m.joinedAt === after.joinedAt && m.profileId > after.profileId)
      return listed.filter(row => behind(row.member)).slice(0, limit)
    },
    async profilesNotOutOf(spaceId, { limit, after = 0 }) {
      const out = new Set(rowsOf(spaceId, false).map(m => m.profileId))
      const found = view.all('profile').filter(p => p.num > after && !out.has(p.id))
      return sorted(found, p => [p.num]).slice(0, limit)
    },
    countSpaceMembers: async id => rowsOf(id, true).length,
    countOutOf: async id => rowsOf(id, false).length,
    countProfiles: async () => view.all('profile').length,
    async spaceSuccessorOf(spaceId, leaving) {
      const others = rowsOf(spaceId, true).filter(m => m.profileId !== leaving)
      return sorted(others, m => [m.role === 'manager' ? 0 : 1, m.joinedAt, m.profileId])[0] ?? null
    },
    categoriesOf: async id =>
      sorted(
        view.all('category').filter(c => c.spaceId === id),
        c => [c.position, c.id],
      ),
    async placementsOf(id) {
      const inside = view.all('placement').filter(p => view.get('category', { id: p.categoryId })?.spaceId === id)
      return sorted(inside, p => [p.conversationId])
    },
    conversationsOfSpace: async id =>
      sorted(
        view.all('conversation').filter(c => c.spaceId === id),
        c => [c.num],
      ),
    inviteByCode: async code => view.all('invite').find(i => i.code === code) ?? null,
    async invitesOf({ spaceId, conversationId }, { limit, after }) {
      const there = view.all('invite').filter(i => i.spaceId === spaceId && i.conversationId === conversationId)
      const behind = (i: { readonly createdAt: number; readonly id: string }) =>
        !after || i.createdAt < after.createdAt || (i.createdAt === after.createdAt && i.id < after.id)
      return sorted(there, age).toReversed().filter(behind).slice(0, limit)
    },
    pinsOf: async id =>
      sorted(
        view.all('pin').filter(p => p.conversationId === id),
        p => [p.pinnedAt, p.messageId],
      ).toReversed(),
    preferencesOf: async id =>
      sorted(
        view.all('preference').filter(p => p.profileId === id),
        p => [p.conversationId],
      ),
    spentExpiredBefore: async (time, limit) =>
      sorted(
        view.all('spent').filter(s => s.expiresAt < time),
        s => [s.expiresAt, s.digest],
      ).slice(0, limit),
  } satisfies Partial<Reads>
}

const fileReads = (view: View) => {
  const avatarOwners = (fid: string) => ({
    profile: view.all('profile').some(p => p.avatar === fid),
    conversationIds: sorted(
      view.all('conversation').filter(c => c.avatar === fid),
      c => [c.id],
    ).map(c => c.id),
  })
  const hangs = (fid: string): boolean => {
    const { profile, conversationIds } = avatarOwners(fid)
    return profile || conversationIds.length > 0 || view.all('attachmentUse').some(u => u.fid === fid)
  }
  return {
    attachmentByBlob: async blob => view.all('attachment').find(a => a.blob === blob) ?? null,
    usesOf: async fid =>
      sorted(
        view.all('attachmentUse').filter(u => u.fid === fid),
        u => [u.messageId],
      ),
    usesOn: async id =>
      sorted(
        view.all('attachmentUse').filter(u => u.messageId === id),
        u => [u.fid],
      ),
    avatarOwners: async fid => avatarOwners(fid),
    attachmentsExpiredBefore: async (time, limit) =>
      sorted(
        view.all('attachment').filter(a => a.expiresAt < time && !hangs(a.fid)),
        a => [a.expiresAt, a.fid],
      ).slice(0, limit),
  } satisfies Partial<Reads>
}

export const createReads = (view: View, headOf: (stream: StreamId) => Seq): Reads => ({
  get: async (table, key) => view.get(table, key),
  async getMany(table, wanted) {
    return [...new Set(wanted.flatMap(key => view.get(table, key) ?? []))]
  },
  ...accountReads(view),
  ...contactReads(view),
  ...conversationReads(view),
  ...messageReads(view),
  ...fileReads(view),
  ...spaceReads(view),
  headOf: async stream => headOf(stream),
})
