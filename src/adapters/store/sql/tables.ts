// The tables as SQL sees them: the model's rows with booleans as 0 and 1 and lists and objects as JSON text.
import type { Generated } from 'kysely'
import type { TableName, Tables } from '../../../core/ports/store.ts'

type Kind<V> = [V] extends [boolean] ? 'boolean' : [V] extends [string | number | null] ? 'plain' : 'json'

/** Every column and how its value is kept. The compiler holds this list against the model: nothing missing, nothing extra. */
export const columns = {
  account: { id: 'plain', email: 'plain', emailFold: 'plain', createdAt: 'plain' },
  credential: { id: 'plain', accountId: 'plain', kind: 'plain', secret: 'plain', createdAt: 'plain', usedAt: 'plain' },
  profile: {
    id: 'plain',
    num: 'plain',
    accountId: 'plain',
    handle: 'plain',
    handleFold: 'plain',
    displayName: 'plain',
    nameFold: 'plain',
    avatar: 'plain',
    avatarStyle: 'plain',
    rootKey: 'plain',
    bio: 'plain',
    link: 'plain',
    addFriend: 'plain',
    visibility: 'plain',
    hidden: 'boolean',
    version: 'plain',
    createdAt: 'plain',
    updatedAt: 'plain',
    seenAt: 'plain',
  },
  session: {
    id: 'plain',
    accountId: 'plain',
    profileId: 'plain',
    door: 'plain',
    device: 'plain',
    note: 'plain',
    credentialId: 'plain',
    createdAt: 'plain',
    seenAt: 'plain',
    expiresAt: 'plain',
  },
  token: { digest: 'plain', sessionId: 'plain', kind: 'plain', expiresAt: 'plain', spentAt: 'plain' },
  contact: {
    low: 'plain',
    high: 'plain',
    requestId: 'plain',
    requestedBy: 'plain',
    state: 'plain',
    message: 'plain',
    since: 'plain',
  },
  block: { blocker: 'plain', blocked: 'plain', since: 'plain' },
  conversation: {
    id: 'plain',
    num: 'plain',
    kind: 'plain',
    spaceId: 'plain',
    slug: 'plain',
    slugFold: 'plain',
    title: 'plain',
    titleFold: 'plain',
    description: 'plain',
    avatar: 'plain',
    visibility: 'plain',
    joinRule: 'plain',
    sizeClass: 'plain',
    pairKey: 'plain',
    createdBy: 'plain',
    createdAt: 'plain',
    updatedAt: 'plain',
    memberCount: 'plain',
    head: 'plain',
    lastMessageId: 'plain',
    lastMessageAt: 'plain',
    recalled: 'plain',
    streakDays: 'plain',
    streakDay: 'plain',
  },
  member: {
    conversationId: 'plain',
    profileId: 'plain',
    role: 'plain',
    joinedAt: 'plain',
    joinedSeq: 'plain',
    readUpTo: 'plain',
    readAt: 'plain',
    wroteAsStranger: 'boolean',
    wroteDay: 'plain',
  },
  pastMember: { conversationId: 'plain', profileId: 'plain', leftAt: 'plain' },
  mute: { conversationId: 'plain', profileId: 'plain', until: 'plain' },
  application: { id: 'plain', conversationId: 'plain', profileId: 'plain', message: 'plain', createdAt: 'plain' },
  message: {
    id: 'plain',
    conversationId: 'plain',
    seq: 'plain',
    authorId: 'plain',
    kind: 'plain',
    label: 'plain',
    text: 'plain',
    payload: 'plain',
    mentions: 'json',
    replyTo: 'plain',
    replyRoot: 'plain',
    forwardedFrom: 'json',
    attachments: 'json',
    remindAt: 'plain',
    clientKey: 'plain',
    contentDigest: 'plain',
    createdAt: 'plain',
    editedAt: 'plain',
    recalledAt: 'plain',
    recalledBy: 'plain',
  },
  reaction: { messageId: 'plain', emoji: 'plain', profileId: 'plain', order: 'plain' },
  reminder: { messageId: 'plain', dueAt: 'plain' },
  attachment: {
    fid: 'plain',
    uploaderId: 'plain',
    name: 'plain',
    mime: 'plain',
    size: 'plain',
    width: 'plain',
    height: 'plain',
    state: 'plain',
    blob: 'plain',
    note: 'plain',
    spentAt: 'plain',
    createdAt: 'plain',
    expiresAt: 'plain',
  },
  attachmentUse: { fid: 'plain', messageId: 'plain', conversationId: 'plain', authorId: 'plain' },
  setting: { name: 'plain', value: 'plain' },
  space: {
    id: 'plain',
    title: 'plain',
    description: 'plain',
    look: 'plain',
    visibility: 'plain',
    createdBy: 'plain',
    createdAt: 'plain',
    updatedAt: 'plain',
    claim: 'plain',
    claimUntil: 'plain',
  },
  spaceMember: { spaceId: 'plain', profileId: 'plain', role: 'plain', state: 'plain', joinedAt: 'plain' },
  category: { id: 'plain', spaceId: 'plain', label: 'plain', kind: 'plain', position: 'plain' },
  placement: { conversationId: 'plain', categoryId: 'plain', position: 'plain' },
  invite: {
    id: 'plain',
    spaceId: 'plain',
    conversationId: 'plain',
    code: 'plain',
    createdBy: 'plain',
    createdAt: 'plain',
    expiresAt: 'plain',
    maxUses: 'plain',
    uses: 'plain',
    revokedAt: 'plain',
  },
  alias: { scope: 'plain', alias: 'plain', profileId: 'plain' },
  pin: { conversationId: 'plain', messageId: 'plain', pinnedBy: 'plain', pinnedAt: 'plain' },
  preference: { conversationId: 'plain', profileId: 'plain', mutedUntil: 'plain', archived: 'boolean' },
  spent: { digest: 'plain', expiresAt: 'plain' },
} as const satisfies { readonly [T in TableName]: { readonly [C in keyof Tables[T]]-?: Kind<Tables[T][C]> } }

export const columnNames = (table: TableName): readonly string[] => Object.keys(columns[table])

/**
 * Indexed columns of the rows that are replaced most, and that those replacements nearly never change: leaving them out
 * of the update spares rewriting their index entries (half the pages of a sent message).
 */
export const settled: { readonly [T in TableName]?: readonly (keyof Tables[T] & string)[] } = {
  profile: ['num', 'accountId', 'handleFold', 'nameFold', 'avatar'],
  session: ['accountId', 'expiresAt'],
  conversation: ['num', 'slugFold', 'pairKey', 'visibility', 'avatar', 'spaceId'],
  member: ['role'],
  message: ['conversationId', 'seq', 'authorId', 'clientKey', 'replyRoot'],
}

type StoredValue<V> = [V] extends [boolean]
  ? number
  : [V] extends [string | number | null]
    ? V
    : null extends V
      ? string | null
      : string

/** A row of `T` as SQL holds it. */
export type Stored<T extends TableName> = { readonly [C in keyof Tables[T]]: StoredValue<Tables[T][C]> }

/** The head of a stream: its newest seq, and the time that none of its later events goes below. */
interface StreamTable {
  readonly id: Generated<number>
  readonly name: string
  readonly head: number
  readonly at: number
}

/** The log. `pos` rises over all streams; `body` is JSON without the type. */
interface EventTable {
  readonly pos: Generated<number>
  readonly stream: number
  readonly seq: number
  readonly at: number
  readonly type: string
  readonly body: string
}

/** Numbers given out so far. */
interface CounterTable {
  readonly name: string
  readonly value: number
}

/** Who wrote which messages, up to a watermark (see `authored.ts`). */
interface AuthoredTable {
  readonly authorId: string
  readonly messageId: string
}

/** What the store knows about itself. */
interface MetaTable {
  readonly name: string
  readonly value: string
}

export type Database = { readonly [T in TableName]: Stored<T> } & {
  readonly stream: StreamTable
  readonly event: EventTable
  readonly counter: CounterTable
  readonly authored: AuthoredTable
  readonly meta: MetaTable
}
