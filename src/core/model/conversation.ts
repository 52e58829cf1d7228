// Where people talk, and who is in it.
import type { ConversationId, Day, Fid, MessageId, Num, ProfileId, Seq, SpaceId, Time } from './ids.ts'
import type { Person } from './profile.ts'

export type ConversationKind = 'direct' | 'group' | 'channel'
export type JoinRule = 'open' | 'approval' | 'invite'
export type Role = 'owner' | 'manager' | 'member'

export interface Conversation {
  readonly id: ConversationId
  readonly num: Num
  readonly kind: ConversationKind
  /** The space whose channel it is; null: home's, like all that is not of a space somebody made. */
  readonly spaceId: SpaceId | null
  /** Its name for addressing, minted once, as printed. */
  readonly slug: string
  /** The folded slug: unique. */
  readonly slugFold: string
  readonly title: string | null
  readonly titleFold: string | null
  readonly description: string | null
  readonly avatar: Fid | null
  readonly visibility: 'public' | 'private'
  readonly joinRule: JoinRule
  readonly sizeClass: 'small' | 'large'
  /** The two people of a direct conversation as `low:high`, unique; null for the other kinds. */
  readonly pairKey: string | null
  readonly createdBy: ProfileId | null
  readonly createdAt: Time
  readonly updatedAt: Time
  readonly memberCount: number
  /** The seq of the newest message; 0 while there is none. */
  readonly head: Seq
  readonly lastMessageId: MessageId | null
  readonly lastMessageAt: Time | null
  /** How many of its messages are recalled. */
  readonly recalled: number
  /** Direct chats: the run of days on which both wrote, and the last of them (see `streakOf`). */
  readonly streakDays: number
  readonly streakDay: Day | null
}

/** What a message or event says about where it happened. */
export interface ConversationRef {
  readonly id: ConversationId
  readonly num: Num
  readonly kind: ConversationKind
  /** Absent (home's) in events of the first versions. */
  readonly spaceId?: SpaceId | null
  readonly slug: string
  readonly title: string | null
  /** The two people of a direct conversation, in stored order; null for the other kinds. */
  readonly pair: readonly [Person, Person] | null
}

export interface Member {
  readonly conversationId: ConversationId
  readonly profileId: ProfileId
  readonly role: Role
  readonly joinedAt: Time
  /** The head when he joined: older messages are no receipt of his. */
  readonly joinedSeq: Seq
  /** Everything up to here counts as read; never goes back. */
  readonly readUpTo: Seq
  readonly readAt: Time | null
  /** Direct chats: has written here while the two were not friends, so the other may answer. */
  readonly wroteAsStranger: boolean
  /** The last day on which he wrote here. */
  readonly wroteDay: Day | null
}

/** That somebody has been in a channel and left it: who was there once is not enrolled again unasked. */
export interface PastMember {
  readonly conversationId: ConversationId
  readonly profileId: ProfileId
  readonly leftAt: Time
}

/** Outlives leaving and rejoining, hence not part of Member. */
export interface Mute {
  readonly conversationId: ConversationId
  readonly profileId: ProfileId
  readonly until: Time
}

/** A pending wish to join. */
export interface Application {
  readonly id: string
  readonly conversationId: ConversationId
  readonly profileId: ProfileId
  readonly message: string | null
  readonly createdAt: Time
}

/** How one person wants to be told of a conversation; kept for his own devices. */
export interface Preference {
  readonly conversationId: ConversationId
  readonly profileId: ProfileId
  /** No notifications until then. */
  readonly mutedUntil: Time | null
  readonly archived: boolean
}
