// Where the truth is kept: rows, and one log of events, changed together or not at all.
import type { Event, EventBody } from '../event.ts'
import type { Account, Credential, Session, Spent, Token } from '../model/account.ts'
import type { Attachment, AttachmentUse } from '../model/attachment.ts'
import type { Block, Contact } from '../model/contact.ts'
import type { Application, Conversation, Member, Mute, PastMember, Preference } from '../model/conversation.ts'
import type {
  AccountId,
  ConversationId,
  Fid,
  Mark,
  MessageId,
  Num,
  ProfileId,
  Seq,
  SessionId,
  SpaceId,
  StreamId,
  Time,
} from '../model/ids.ts'
import type { MessageRow, Pin, Reaction, Reminder } from '../model/message.ts'
import type { Profile } from '../model/profile.ts'
import type { Alias, Category, Invite, Placement, Space, SpaceMember } from '../model/space.ts'

/** A value of the server itself (signing keys, "general exists"). */
export interface Setting {
  readonly name: string
  readonly value: string
}

/** Every table by its row type. `keys` below names what identifies a row. */
export interface Tables {
  account: Account
  credential: Credential
  profile: Profile
  session: Session
  token: Token
  contact: Contact
  block: Block
  conversation: Conversation
  member: Member
  pastMember: PastMember
  mute: Mute
  application: Application
  message: MessageRow
  reaction: Reaction
  reminder: Reminder
  attachment: Attachment
  attachmentUse: AttachmentUse
  setting: Setting
  space: Space
  spaceMember: SpaceMember
  category: Category
  placement: Placement
  invite: Invite
  alias: Alias
  pin: Pin
  preference: Preference
  spent: Spent
}
export type TableName = keyof Tables

export const keys = {
  account: ['id'],
  credential: ['id'],
  profile: ['id'],
  session: ['id'],
  token: ['digest'],
  contact: ['low', 'high'],
  block: ['blocker', 'blocked'],
  conversation: ['id'],
  member: ['conversationId', 'profileId'],
  pastMember: ['conversationId', 'profileId'],
  mute: ['conversationId', 'profileId'],
  application: ['id'],
  message: ['id'],
  reaction: ['messageId', 'emoji', 'profileId'],
  reminder: ['messageId'],
  attachment: ['fid'],
  attachmentUse: ['fid', 'messageId'],
  setting: ['name'],
  space: ['id'],
  spaceMember: ['spaceId', 'profileId'],
  category: ['id'],
  placement: ['conversationId'],
  invite: ['id'],
  alias: ['scope', 'alias'],
  pin: ['conversationId', 'messageId'],
  preference: ['conversationId', 'profileId'],
  spent: ['digest'],
} as const satisfies { [T in TableName]: readonly (keyof Tables[T] & string)[] }

/** The columns that identify a row of `T`. */
export type KeyOf<T extends TableName> = Pick<Tables[T], (typeof keys)[T][number] & keyof Tables[T]>

/** Columns (beside the key) that no two rows of a table share; nulls do not count. Breaking one throws `UniqueError`. */
export const uniques = {
  account: [['emailFold']],
  credential: [['secret']],
  profile: [['num'], ['handleFold']],
  conversation: [['num'], ['slugFold'], ['pairKey']],
  message: [
    ['conversationId', 'seq'],
    ['conversationId', 'authorId', 'clientKey'],
  ],
  application: [['conversationId', 'profileId']],
  contact: [['requestId']],
  attachment: [['blob']],
  invite: [['code']],
} as const satisfies { [T in TableName]?: readonly (readonly (keyof Tables[T] & string)[])[] }

/** A write broke a uniqueness rule: lost a race that the command did not see coming. The transaction is undone. */
export class UniqueError extends Error {
  readonly table: string
  constructor(table: string) {
    super(`not unique: ${table}`)
    this.name = 'UniqueError'
    this.table = table
  }
}

/** Questions, answered from committed state (or, inside a transaction, from that transaction's own view). */
export interface Reads {
  get<T extends TableName>(table: T, key: KeyOf<T>): Promise<Tables[T] | null>
  /** The rows that exist among these keys, in no particular order. */
  getMany<T extends TableName>(table: T, keys: readonly KeyOf<T>[]): Promise<readonly Tables[T][]>

  accountByEmail(emailFold: string): Promise<Account | null>
  /** For kinds `msgr` and `key`. */
  credentialBySecret(secret: string): Promise<Credential | null>
  credentialsOf(accountId: AccountId): Promise<readonly Credential[]>
  profileByHandle(handleFold: string): Promise<Profile | null>
  profileByNum(num: Num): Promise<Profile | null>
  profilesOf(accountId: AccountId): Promise<readonly Profile[]>
  /** Prefix of the folded handle or display name (or equal handle), by folded handle ascending. `limit` ≤ 1000. */
  searchProfiles(prefix: string, limit: number): Promise<readonly Profile[]>
  /** Everybody, by num ascending. */
  profilesFrom(page: { readonly offset: number; readonly limit: number }): Promise<readonly Profile[]>
  sessionsOf(accountId: AccountId): Promise<readonly Session[]>
  tokensOf(sessionId: SessionId): Promise<readonly Token[]>
  sessionsExpiredBefore(time: Time, limit: number): Promise<readonly Session[]>
  tokensExpiredBefore(time: Time, limit: number): Promise<readonly Token[]>

  contactByRequest(requestId: string): Promise<Contact | null>
  /** Accepted and requested contacts of a profile, newest `since` first, then low, high. */
  contactsOf(profileId: ProfileId): Promise<readonly Contact[]>
  haveFriendInCommon(a: ProfileId, b: ProfileId): Promise<boolean>
  blocksBy(blocker: ProfileId): Promise<readonly Block[]>
  /** Profiles that have blocked `blocked`. */
  blockersOf(blocked: ProfileId): Promise<readonly ProfileId[]>

  conversationByNum(num: Num): Promise<Conversation | null>
  conversationBySlug(slugFold: string): Promise<Conversation | null>
  conversationByPair(pairKey: string): Promise<Conversation | null>
  /**
   * What a profile is in, latest message first, conversations without messages last, then `num` descending.
   * `after` continues behind that conversation's present place in this order.
   */
  conversationsOf(
    profileId: ProfileId,
    page: { readonly limit: number; readonly after?: ConversationId | undefined },
  ): Promise<readonly { conversation: Conversation; member: Member }[]>
  /** Ids only, all of them. */
  conversationIdsOf(profileId: ProfileId): Promise<readonly ConversationId[]>
  /** Public groups and channels whose folded title contains `text` (literally), by num ascending, num > after. */
  searchConversations(
    text: string,
    page: { readonly limit: number; readonly after?: Num | undefined },
  ): Promise<readonly Conversation[]>
  /** What a person may find: public groups and channels, and all he is in; by num ascending, num > after. */
  conversationsVisibleTo(
    profileId: ProfileId,
    page: { readonly limit: number; readonly after?: Num | undefined },
  ): Promise<readonly Conversation[]>
  /** By profile num ascending. */
  membersOf(
    conversationId: ConversationId,
    page: { readonly limit: number; readonly after?: Num | undefined },
  ): Promise<readonly { member: Member; profile: Profile }[]>
  memberIdsOf(conversationId: ConversationId): Promise<readonly ProfileId[]>
  /** The owner first, then by time of joining (ties by profile id). */
  rosterOf(conversationId: ConversationId): Promise<readonly ProfileId[]>
  /** Owner and managers. */
  managersOf(conversationId: ConversationId): Promise<readonly Member[]>
  /** Who follows a leaving owner: the longest-standing manager, else member (ties by profile id); null if nobody. */
  successorOf(conversationId: ConversationId, leaving: ProfileId): Promise<Member | null>
  applicationsOf(conversationId: ConversationId): Promise<readonly Application[]>
  applicationBy(conversationId: ConversationId, profileId: ProfileId): Promise<Application | null>

  /** Messages above `readUpTo`, not recalled, of others, that mention the profile or everybody; counted up to `cap`. */
  countMentions(conversationId: ConversationId, profileId: ProfileId, readUpTo: Seq, cap: number): Promise<number>
  /** Ascending by seq: the newest `limit` below `before`, else the oldest `limit` above `after`, else the newest. */
  messagesOf(
    conversationId: ConversationId,
    page: {
      readonly limit: number
      readonly before?: Seq | undefined
      readonly after?: Seq | undefined
      readonly replyRoot?: MessageId | undefined
      /** Without the recalled (not together with `replyRoot`). */
      readonly standing?: boolean | undefined
    },
  ): Promise<readonly MessageRow[]>
  /** From the newest down, without the recalled: `limit` of them behind the first `offset`. */
  standingMessagesOf(
    conversationId: ConversationId,
    page: { readonly offset: number; readonly limit: number },
  ): Promise<readonly MessageRow[]>
  /**
   * Over all conversations a person is in, without the recalled, ascending by id: the newest `limit` with an id below
   * `before` and above `after`; with `authorId`, of that author only.
   */
  recentMessages(
    profileId: ProfileId,
    page: {
      readonly limit: number
      readonly before?: MessageId | undefined
      readonly after?: MessageId | undefined
      readonly authorId?: ProfileId | undefined
    },
  ): Promise<readonly MessageRow[]>
  /** How many messages have this id or a later one, recalled ones too. */
  countMessagesFrom(id: MessageId): Promise<number>
  messageByClientKey(conversationId: ConversationId, authorId: ProfileId, clientKey: string): Promise<MessageRow | null>
  /** Not recalled messages of others above `readUpTo`, counted up to `cap`. */
  countUnread(conversationId: ConversationId, profileId: ProfileId, readUpTo: Seq, cap: number): Promise<number>
  /** Whether a member other than the author, joined before `seq`, has not read up to it. */
  hasUnreader(conversationId: ConversationId, seq: Seq, authorId: ProfileId): Promise<boolean>
  /** Whether a member other than the author, joined before `seq`, has read up to it. */
  hasReader(conversationId: ConversationId, seq: Seq, authorId: ProfileId): Promise<boolean>
  /** All reactions on these messages, by message, then order. */
  reactionsOn(messageIds: readonly MessageId[]): Promise<readonly Reaction[]>
  /** Those among these messages that some message has as its `replyRoot`. */
  rootsAmong(messageIds: readonly MessageId[]): Promise<ReadonlySet<MessageId>>
  remindersDue(until: Time, limit: number): Promise<readonly Reminder[]>
  nextReminderAt(): Promise<Time | null>

  /** The file whose bytes are kept under this name. */
  attachmentByBlob(blob: Fid): Promise<Attachment | null>
  usesOf(fid: Fid): Promise<readonly AttachmentUse[]>
  usesOn(messageId: MessageId): Promise<readonly AttachmentUse[]>
  /** Whether a profile or conversation shows this file as its avatar. */
  avatarOwners(fid: Fid): Promise<{ profile: boolean; conversationIds: readonly ConversationId[] }>
  /** Files past `expiresAt` that hang on no message and are nobody's avatar. */
  attachmentsExpiredBefore(time: Time, limit: number): Promise<readonly Attachment[]>

  /** Public ones (home among them) and, with a profile, all in which it is an active member or which it made; by age, then id. */
  spacesFor(profileId: ProfileId | null): Promise<readonly Space[]>
  /** Those with a `claimUntil` before `time`. */
  spacesUnclaimedBefore(time: Time, limit: number): Promise<readonly Space[]>
  countSpacesMadeBy(profileId: ProfileId): Promise<number>
  /** Active members of a space somebody made, by time of joining, then profile id, behind `after`. */
  spaceMembersOf(
    spaceId: SpaceId,
    page: {
      readonly limit: number
      readonly after?: { readonly joinedAt: Time; readonly profileId: ProfileId } | undefined
    },
  ): Promise<readonly { member: SpaceMember; profile: Profile }[]>
  /** Everybody but those with a row of that space that is not `active`, by num ascending, num > after. */
  profilesNotOutOf(
    spaceId: SpaceId,
    page: { readonly limit: number; readonly after?: Num | undefined },
  ): Promise<readonly Profile[]>
  countSpaceMembers(spaceId: SpaceId): Promise<number>
  /** Profiles with a row of that space that is not `active`. */
  countOutOf(spaceId: SpaceId): Promise<number>
  countProfiles(): Promise<number>
  /** Who follows a leaving owner: the longest-standing active manager, else member (ties by profile id). */
  spaceSuccessorOf(spaceId: SpaceId, leaving: ProfileId): Promise<SpaceMember | null>
  /** By position, then id. */
  categoriesOf(spaceId: SpaceId): Promise<readonly Category[]>
  placementsOf(spaceId: SpaceId): Promise<readonly Placement[]>
  /** Channels of a space somebody made, by num. */
  conversationsOfSpace(spaceId: SpaceId): Promise<readonly Conversation[]>
  inviteByCode(code: string): Promise<Invite | null>
  /** Newest first (createdAt, then id, both descending), behind `after`; of the space itself where `conversationId` is null. */
  invitesOf(
    where: { readonly spaceId: SpaceId; readonly conversationId: ConversationId | null },
    page: { readonly limit: number; readonly after?: { readonly createdAt: Time; readonly id: string } | undefined },
  ): Promise<readonly Invite[]>
  /** Newest pin first (pinnedAt, then message id, both descending). */
  pinsOf(conversationId: ConversationId): Promise<readonly Pin[]>
  preferencesOf(profileId: ProfileId): Promise<readonly Preference[]>
  spentExpiredBefore(time: Time, limit: number): Promise<readonly Spent[]>

  /** The seq of the newest event; 0 when the stream is empty. */
  headOf(stream: StreamId): Promise<Seq>
}

/** One transaction: sees its own writes; nobody else sees them before the commit. */
export interface Tx extends Reads {
  /**
   * Serialises against other transactions that lock the same names, until this one ends. Locks are taken in the order
   * given by the store, so two transactions naming the same set cannot deadlock. Facts a decision rests on are read after it.
   */
  lock(...names: readonly string[]): Promise<void>
  /** Adds a row whose key must be new. */
  insert<T extends TableName>(table: T, row: Tables[T]): Promise<void>
  /** Adds or replaces the row with this key. */
  put<T extends TableName>(table: T, row: Tables[T]): Promise<void>
  /** Removes the row; nothing if there is none. */
  remove<T extends TableName>(table: T, key: KeyOf<T>): Promise<void>
  /** The next number, never given out before (gaps allowed). */
  nextNum(): Promise<Num>
  /** Adds a fact to a stream, at the next seq. `at` never decreases along a stream. */
  append(stream: StreamId, body: EventBody): Promise<Event>
  /**
   * Ends a conversation for good: the conversation, its members (past ones too), mutes, applications, messages, reactions,
   * reminders, file uses, pins, preferences, invites, its placement.
   */
  eraseConversation(conversationId: ConversationId): Promise<void>
}

export interface Store extends AsyncDisposable {
  /** Identity of this log; changes when the database is replaced or restored. */
  readonly epoch: string
  readonly read: Reads
  /**
   * Runs `work` in a transaction and resolves after the commit is durable. Many works may share one commit; a work that
   * throws undoes itself alone. A work awaits nothing but `tx`, and may be run again from the start.
   */
  transact<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * Called once per transaction that appended events, in commit order, after durability, before `transact` resolves. Each
   * event says its `mark`.
   */
  onCommit(listener: (events: readonly Event[]) => void): void
  /**
   * Events of one stream, ascending. `after` exclusive. A `message.sent`, `.edited`, `reaction.changed` … read back shows
   * the message as it is now: a recalled text is served nowhere.
   */
  readStream(stream: StreamId, q: { readonly after: Seq; readonly limit: number }): Promise<readonly Event[]>
  /** Events of these streams committed after `mark`, in commit order, each with its own `mark`; `resync` when the mark is of another epoch or unreadable. */
  readSince(
    streams: readonly StreamId[],
    mark: Mark,
    limit: number,
  ): Promise<{ readonly events: readonly Event[]; readonly mark: Mark; readonly more: boolean } | 'resync'>
  /** The mark of everything committed so far. */
  markNow(): Promise<Mark>
}
