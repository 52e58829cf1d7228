// Every permission question, in one pure table: facts in, verdict out. No I/O, no clock. The first refusal wins, and its
// order is part of the rule. Dialects state facts (their Door); only the gate decides.
import type { Fault } from '../fault.ts'
import type { ConversationKind, JoinRule, Role } from '../model/conversation.ts'
import type { Time } from '../model/ids.ts'
import type { AddFriend, Visibility } from '../model/profile.ts'
import type { SpaceState } from '../model/space.ts'

/** `ok` (or another outcome), or why not. */
export type Verdict<Outcome extends string = 'ok'> = Outcome | Fault

/** What matters between two people when one writes to the other. */
export interface PairFacts {
  readonly friends: boolean
  readonly blockedByMe: boolean
  readonly blockedByPeer: boolean
  /** The recipient's setting; null when never chosen. */
  readonly peerSetting: AddFriend | null
  /** The recipient wrote to the sender while they were not friends, and no friendship of theirs ended since. */
  readonly peerWroteAsStranger: boolean
  readonly doorNeedsFriendship: boolean
}

export interface WriteFacts {
  readonly member: boolean
  /** End of a mute in force. */
  readonly mutedUntil: Time | null
  /** Null unless the conversation is direct. */
  readonly pair: PairFacts | null
}

export interface RankFacts {
  /** Roles are a matter of groups and channels. */
  readonly kind: ConversationKind
  readonly myRole: Role | null
  /** Of a space somebody made: who is in it, and as what, follows the space. */
  readonly ofSpace?: boolean
}

const rank = { owner: 2, manager: 1, member: 0 } as const

const pairMayWrite = (f: PairFacts): Verdict => {
  if (f.blockedByMe) return { kind: 'blocked.by-me' }
  if (f.blockedByPeer) return { kind: 'blocked.by-peer' }
  if (f.friends || f.peerWroteAsStranger) return 'ok'
  if (f.doorNeedsFriendship) return { kind: 'friend.required' }
  if (f.peerSetting !== null && f.peerSetting !== 'anyone') return { kind: 'stranger.refused' }
  return 'ok'
}

const mayWrite = (f: WriteFacts): Verdict => {
  if (!f.member) return { kind: 'member.required' }
  if (f.mutedUntil !== null) return { kind: 'member.muted', until: f.mutedUntil }
  return f.pair ? pairMayWrite(f.pair) : 'ok'
}

const ranks = (f: RankFacts, least: 'manager' | 'owner'): Verdict => {
  if (!f.myRole) return { kind: 'member.required' }
  if (f.kind === 'direct') return { kind: 'conversation.fixed' }
  return rank[f.myRole] >= rank[least] ? 'ok' : { kind: 'role.required', role: least }
}

/** Owner over everybody, manager over plain members. */
const outranks = (f: RankFacts & { readonly self: boolean; readonly targetRole: Role | null }): Verdict => {
  const allowed = ranks(f, 'manager')
  if (allowed !== 'ok') return allowed
  if (f.self) return { kind: 'self.refused' }
  if (f.targetRole === null) return { kind: 'member.unknown' }
  return f.myRole === 'owner' || f.targetRole === 'member' ? 'ok' : { kind: 'role.required', role: 'owner' }
}

export const gate = {
  /** Sending, forwarding, editing, reacting, typing. */
  'message.write': mayWrite,

  'message.edit': (f: WriteFacts & { readonly author: boolean }): Verdict =>
    !f.member ? { kind: 'member.required' } : f.author ? mayWrite(f) : { kind: 'author.required' },

  /** Membership only: a mute or a block does not keep one from taking back what one said. */
  'message.recall': (f: {
    readonly myRole: Role
    readonly kind: ConversationKind
    readonly author: boolean
    /** Of the author now; null when he has left. */
    readonly authorRole: Role | null
    readonly age: number
    readonly window: number | null
    /** Whether the door knows recalling by rank. */
    readonly recallsOthers: boolean
  }): Verdict => {
    if (f.author && (f.window === null || f.age <= f.window)) return 'ok'
    if (f.kind !== 'direct' && f.recallsOthers) {
      if (f.myRole === 'owner') return 'ok'
      if (f.myRole === 'manager' && !f.author && (f.authorRole ?? 'member') === 'member') return 'ok'
    }
    return f.author ? { kind: 'recall.expired' } : { kind: 'author.required' }
  },

  /** Beginning a direct conversation that does not exist yet asks what a send would. */
  'direct.open': (f: PairFacts & { readonly self: boolean }): Verdict =>
    f.self ? { kind: 'self.refused' } : pairMayWrite(f),

  'conversation.read': (f: { readonly member: boolean }): Verdict => (f.member ? 'ok' : { kind: 'member.required' }),

  /** Reading it without being in it, through a door that reads what is public and open. */
  'conversation.visit': (f: {
    readonly member: boolean
    readonly visibility: 'public' | 'private'
    readonly joinRule: JoinRule
    readonly doorReadsPublic: boolean
  }): Verdict =>
    f.member || (f.doorReadsPublic && f.visibility === 'public' && f.joinRule === 'open')
      ? 'ok'
      : { kind: 'conversation.unknown' },

  /** Seeing that it exists, and its profile. */
  'conversation.see': (f: { readonly member: boolean; readonly visibility: 'public' | 'private' }): Verdict =>
    f.member || f.visibility === 'public' ? 'ok' : { kind: 'member.required' },

  /** Of a group for its members, of a channel for all who see it. */
  'members.list': (f: {
    readonly member: boolean
    readonly kind: ConversationKind
    readonly visibility: 'public' | 'private'
  }): Verdict => (f.member || (f.kind === 'channel' && f.visibility === 'public') ? 'ok' : { kind: 'member.required' }),

  /** `opens`: who may find it, or come in by himself, changes. */
  'conversation.update': (f: RankFacts & { readonly opens?: boolean }): Verdict =>
    f.ofSpace && f.opens ? { kind: 'conversation.fixed' } : ranks(f, 'manager'),
  'conversation.end': (f: RankFacts): Verdict => ranks(f, 'owner'),
  'applications.review': (f: RankFacts): Verdict => ranks(f, 'manager'),
  'members.add': (f: RankFacts): Verdict => (f.ofSpace ? { kind: 'conversation.fixed' } : ranks(f, 'manager')),

  /** Whether this person may be put into a group by that one. */
  'member.be-added': (f: {
    readonly friends: boolean
    readonly blockedByTarget: boolean
    readonly targetSetting: AddFriend | null
    readonly doorAddsFriendsOnly: boolean
  }): Verdict => {
    if (f.blockedByTarget || (f.doorAddsFriendsOnly && !f.friends)) return { kind: 'member.unaddable' }
    const closed = f.targetSetting === 'nobody' || f.targetSetting === 'mutual_only'
    return closed && !f.friends ? { kind: 'member.unaddable' } : 'ok'
  },

  'member.join': (f: {
    readonly kind: ConversationKind
    readonly visibility: 'public' | 'private'
    readonly joinRule: JoinRule
    readonly member: boolean
  }): Verdict<'join' | 'apply'> => {
    if (f.member) return { kind: f.kind === 'direct' ? 'conversation.fixed' : 'member.exists' }
    if (f.visibility === 'private') return { kind: 'conversation.unknown' }
    if (f.joinRule === 'invite') return { kind: 'join.refused' }
    return f.joinRule === 'open' ? 'join' : 'apply'
  },

  'member.leave': (f: {
    readonly kind: ConversationKind
    readonly myRole: Role | null
    readonly ownerLeaving: 'refused' | 'followed'
  }): Verdict => {
    if (!f.myRole) return { kind: 'member.required' }
    if (f.kind === 'direct') return { kind: 'conversation.fixed' }
    return f.myRole === 'owner' && f.ownerLeaving === 'refused' ? { kind: 'owner.bound' } : 'ok'
  },

  'member.kick': (f: RankFacts & { readonly self: boolean; readonly targetRole: Role | null }): Verdict =>
    f.ofSpace ? { kind: 'conversation.fixed' } : outranks(f),
  'member.mute': outranks,

  /** Either side of a direct chat; owner and managers elsewhere. */
  'message.pin': (f: RankFacts): Verdict => (f.myRole && f.kind === 'direct' ? 'ok' : ranks(f, 'manager')),

  /** That it exists: public ones show to all, private ones to who is in. */
  'space.see': (f: { readonly visibility: 'public' | 'private'; readonly state: SpaceState | 'none' }): Verdict =>
    f.visibility === 'public' || f.state === 'active' ? 'ok' : { kind: 'space.unknown' },

  /** What is said in it is for its active members. */
  'space.take-part': (f: {
    readonly visibility: 'public' | 'private'
    readonly state: SpaceState | 'none'
  }): Verdict => {
    if (f.state === 'active') return 'ok'
    return f.visibility === 'public' || f.state !== 'none' ? { kind: 'space.required' } : { kind: 'space.unknown' }
  },

  /** Who was removed does not come back by himself. */
  'space.enter': (f: {
    readonly visibility: 'public' | 'private'
    readonly state: SpaceState | 'none'
  }): Verdict<'enter' | 'stay'> => {
    if (f.state === 'active') return 'stay'
    if (f.visibility === 'private') return { kind: 'space.unknown' }
    return f.state === 'removed' ? { kind: 'space.required' } : 'enter'
  },

  /** Changing a space, its headings and channels; nothing before somebody owns it. */
  'space.change': (f: {
    readonly state: SpaceState | 'none'
    readonly role: Role | null
    readonly claimed: boolean
    readonly least: Role
  }): Verdict => {
    if (f.state !== 'active' || !f.role) return { kind: 'space.required' }
    if (!f.claimed) return { kind: 'claim.required' }
    if (f.least === 'member' || rank[f.role] >= rank[f.least]) return 'ok'
    return { kind: 'role.required', role: f.least }
  },

  /** Owner over everybody, manager over plain members. */
  'space.remove': (f: {
    readonly role: Role | null
    readonly claimed: boolean
    readonly self: boolean
    readonly targetRole: Role | null
  }): Verdict => {
    if (!f.role) return { kind: 'space.required' }
    if (!f.claimed) return { kind: 'claim.required' }
    if (f.role === 'member') return { kind: 'role.required', role: 'manager' }
    if (f.self) return { kind: 'self.refused' }
    if (!f.targetRole) return { kind: 'member.unknown' }
    return f.role === 'owner' || f.targetRole === 'member' ? 'ok' : { kind: 'role.required', role: 'owner' }
  },

  /** By its maker within the time; again by its owner, which changes nothing. */
  'space.claim': (f: {
    readonly maker: boolean
    readonly owned: boolean
    readonly tokenFits: boolean
    readonly late: boolean
  }): Verdict<'claim' | 'claimed'> => {
    if (!f.maker) return { kind: 'claim.refused', reason: 'foreign' }
    if (!f.tokenFits) return { kind: 'claim.refused', reason: 'invalid' }
    if (f.owned) return 'claimed'
    return f.late ? { kind: 'claim.refused', reason: 'expired' } : 'claim'
  },

  /** Roles, managers, handing over. */
  'member.rank': (f: RankFacts & { readonly self: boolean; readonly targetRole: Role | null }): Verdict => {
    const allowed = ranks(f, 'owner')
    if (allowed !== 'ok') return allowed
    if (f.ofSpace) return { kind: 'conversation.fixed' }
    if (f.self) return { kind: 'self.refused' }
    return f.targetRole === null ? { kind: 'member.unknown' } : 'ok'
  },

  /** A block, `nobody` and an unmet `mutual_only` are one answer, so that a block does not show. */
  'contact.request': (f: {
    readonly self: boolean
    readonly blockedByMe: boolean
    readonly blockedByTarget: boolean
    readonly state: 'none' | 'asked-by-me' | 'asked-by-them' | 'friends'
    readonly targetSetting: AddFriend | null
    readonly friendInCommon: boolean
  }): Verdict<'ask' | 'asked' | 'befriend'> => {
    if (f.self) return { kind: 'self.refused' }
    if (f.blockedByMe) return { kind: 'blocked.by-me' }
    if (f.state === 'friends') return { kind: 'contact.exists', state: 'accepted' }
    if (f.state === 'asked-by-them') return 'befriend'
    if (f.state === 'asked-by-me') return 'asked'
    if (f.blockedByTarget || f.targetSetting === 'nobody') return { kind: 'contact.refused' }
    if (f.targetSetting === 'anyone') return 'befriend'
    if (f.targetSetting === 'mutual_only' && !f.friendInCommon) return { kind: 'contact.refused' }
    return 'ask'
  },

  /** Who may fetch a file: its uploader; who sees an unrecalled message carrying it whose sender he has not blocked; who may see the avatar it is. */
  'file.read': (f: {
    readonly uploader: boolean
    /** It was for one message only, and that one is no more. */
    readonly usedUp: boolean
    readonly uses: readonly { readonly member: boolean; readonly senderBlockedByMe: boolean }[]
    readonly profileAvatar: boolean
    /** Avatar of a conversation whose profile the reader may see. */
    readonly visibleAvatar: boolean
  }): Verdict =>
    (f.uploader && !f.usedUp) ||
    f.profileAvatar ||
    f.visibleAvatar ||
    f.uses.some(u => u.member && !u.senderBlockedByMe)
      ? 'ok'
      : { kind: 'file.unknown' },

  'presence.see': (f: {
    readonly self: boolean
    readonly blockedEitherWay: boolean
    readonly visibility: Visibility
    readonly friends: boolean
    /** Shares a conversation, where that contract's circle counts it. */
    readonly coMember: boolean
  }): Verdict => {
    if (f.self) return 'ok'
    const circle = f.friends || (f.coMember && f.visibility === 'everyone')
    return !f.blockedEitherWay && f.visibility !== 'nobody' && circle ? 'ok' : { kind: 'person.unknown' }
  },
} as const
