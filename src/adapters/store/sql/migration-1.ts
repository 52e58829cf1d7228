// Version 1: the whole schema. Plain column types that SQLite and PostgreSQL share; times and seqs are bigint.
// No foreign keys: the commands keep rows together, erasing is explicit, and the hot path pays for no lookups.
import { type CreateTableBuilder, type Kysely, sql } from 'kysely'
import type { ColumnTypes } from './engine.ts'

/** Columns of a table: a question mark after the type admits null. */
type Columns = Readonly<Record<string, 'text' | 'text?' | 'int' | 'int?' | 'big' | 'big?'>>

interface Table {
  readonly columns: Columns
  readonly key: readonly [string, ...string[]]
}

const tables: Readonly<Record<string, Table>> = {
  account: { key: ['id'], columns: { id: 'text', email: 'text?', emailFold: 'text?', createdAt: 'big' } },
  credential: {
    key: ['id'],
    columns: { id: 'text', accountId: 'text', kind: 'text', secret: 'text', createdAt: 'big' },
  },
  profile: {
    key: ['id'],
    columns: {
      id: 'text',
      num: 'int',
      accountId: 'text',
      handle: 'text',
      handleFold: 'text',
      displayName: 'text?',
      nameFold: 'text?',
      avatar: 'text?',
      bio: 'text?',
      link: 'text?',
      addFriend: 'text?',
      visibility: 'text',
      hidden: 'int',
      version: 'big',
      createdAt: 'big',
      seenAt: 'big?',
    },
  },
  session: {
    key: ['id'],
    columns: {
      id: 'text',
      accountId: 'text',
      profileId: 'text',
      door: 'text',
      device: 'text',
      createdAt: 'big',
      seenAt: 'big',
      expiresAt: 'big',
    },
  },
  token: { key: ['digest'], columns: { digest: 'text', sessionId: 'text', kind: 'text', expiresAt: 'big' } },
  contact: {
    key: ['low', 'high'],
    columns: {
      low: 'text',
      high: 'text',
      requestId: 'text',
      requestedBy: 'text',
      state: 'text',
      message: 'text?',
      since: 'big',
    },
  },
  block: { key: ['blocker', 'blocked'], columns: { blocker: 'text', blocked: 'text', since: 'big' } },
  conversation: {
    key: ['id'],
    columns: {
      id: 'text',
      num: 'int',
      kind: 'text',
      slug: 'text',
      slugFold: 'text',
      title: 'text?',
      titleFold: 'text?',
      description: 'text?',
      avatar: 'text?',
      visibility: 'text',
      joinRule: 'text',
      sizeClass: 'text',
      pairKey: 'text?',
      createdBy: 'text?',
      createdAt: 'big',
      updatedAt: 'big',
      memberCount: 'int',
      head: 'big',
      lastMessageId: 'text?',
      lastMessageAt: 'big?',
    },
  },
  member: {
    key: ['conversationId', 'profileId'],
    columns: {
      conversationId: 'text',
      profileId: 'text',
      role: 'text',
      joinedAt: 'big',
      joinedSeq: 'big',
      readUpTo: 'big',
      readAt: 'big?',
      wroteAsStranger: 'int',
    },
  },
  mute: {
    key: ['conversationId', 'profileId'],
    columns: { conversationId: 'text', profileId: 'text', until: 'big' },
  },
  application: {
    key: ['id'],
    columns: { id: 'text', conversationId: 'text', profileId: 'text', message: 'text?', createdAt: 'big' },
  },
  message: {
    key: ['id'],
    columns: {
      id: 'text',
      conversationId: 'text',
      seq: 'big',
      authorId: 'text',
      kind: 'text',
      label: 'text?',
      text: 'text?',
      payload: 'text?',
      mentions: 'text',
      replyTo: 'text?',
      replyRoot: 'text?',
      forwardedFrom: 'text?',
      attachments: 'text',
      remindAt: 'big?',
      clientKey: 'text?',
      contentDigest: 'text?',
      createdAt: 'big',
      editedAt: 'big?',
      recalledAt: 'big?',
      recalledBy: 'text?',
    },
  },
  reaction: {
    key: ['messageId', 'emoji', 'profileId'],
    columns: { messageId: 'text', emoji: 'text', profileId: 'text', order: 'big' },
  },
  reminder: { key: ['messageId'], columns: { messageId: 'text', dueAt: 'big' } },
  attachment: {
    key: ['fid'],
    columns: {
      fid: 'text',
      uploaderId: 'text',
      name: 'text',
      mime: 'text',
      size: 'big',
      width: 'int?',
      height: 'int?',
      state: 'text',
      createdAt: 'big',
      expiresAt: 'big',
    },
  },
  attachmentUse: {
    key: ['fid', 'messageId'],
    columns: { fid: 'text', messageId: 'text', conversationId: 'text', authorId: 'text' },
  },
  setting: { key: ['name'], columns: { name: 'text', value: 'text' } },
  counter: { key: ['name'], columns: { name: 'text', value: 'big' } },
  meta: { key: ['name'], columns: { name: 'text', value: 'text' } },
}

/** Uniqueness beside the keys: `uniques` of the port. Nulls do not count. */
const uniques: readonly (readonly [table: string, ...columns: string[]])[] = [
  ['account', 'emailFold'],
  ['credential', 'secret'],
  ['profile', 'num'],
  ['profile', 'handleFold'],
  ['contact', 'requestId'],
  ['conversation', 'num'],
  ['conversation', 'slugFold'],
  ['conversation', 'pairKey'],
  ['application', 'conversationId', 'profileId'],
  ['message', 'conversationId', 'seq'],
  ['message', 'conversationId', 'authorId', 'clientKey'],
  ['event', 'stream', 'seq'],
]

/** What queries search by, beside keys and uniques. */
const indexes: readonly (readonly [table: string, ...columns: string[]])[] = [
  ['credential', 'accountId'],
  ['profile', 'accountId'],
  ['profile', 'nameFold'],
  ['profile', 'avatar'],
  ['session', 'accountId'],
  ['session', 'expiresAt'],
  ['token', 'sessionId'],
  ['token', 'expiresAt'],
  ['contact', 'high'],
  ['block', 'blocked'],
  ['conversation', 'visibility', 'num'],
  ['conversation', 'avatar'],
  ['member', 'profileId'],
  ['member', 'conversationId', 'role'],
  ['message', 'replyRoot', 'seq'],
  ['reminder', 'dueAt'],
  ['attachment', 'expiresAt'],
  ['attachmentUse', 'messageId'],
]

/** Indexed only where set: most rows have none of these. */
const sparse: ReadonlySet<string> = new Set([
  'account.emailFold',
  'profile.nameFold',
  'profile.avatar',
  'conversation.pairKey',
  'conversation.avatar',
  'message.clientKey',
  'message.replyRoot',
])

const createTable = async (db: Kysely<unknown>, types: ColumnTypes, name: string, table: Table): Promise<void> => {
  const spelled = { text: types.text, int: 'integer', big: 'bigint' } as const
  let query: CreateTableBuilder<string, string> = db.schema.createTable(name)
  for (const [column, type] of Object.entries(table.columns)) {
    const nullable = type.endsWith('?')
    const base = (nullable ? type.slice(0, -1) : type) as keyof typeof spelled
    query = query.addColumn(column, spelled[base], built => (nullable ? built : built.notNull()))
  }
  await query.addPrimaryKeyConstraint(`${name}_key`, [...table.key]).execute()
}

const createIndex = async (
  db: Kysely<unknown>,
  [table, ...columns]: readonly [string, ...string[]],
  unique: boolean,
): Promise<void> => {
  const plain = db.schema
    .createIndex(`${table}_by_${columns.join('_')}`)
    .on(table)
    .columns(columns)
  const query = unique ? plain.unique() : plain
  const thin = columns.find(column => sparse.has(`${table}.${column}`))
  await (thin === undefined ? query : query.where(sql.ref(thin), 'is not', null)).execute()
}

export const wholeSchema = async (db: Kysely<unknown>, types: ColumnTypes): Promise<void> => {
  for (const [name, table] of Object.entries(tables)) await createTable(db, types, name, table)
  await db.schema
    .createTable('stream')
    .addColumn('id', types.serial, types.asSerial)
    .addColumn('name', types.text, built => built.notNull().unique())
    .addColumn('head', 'bigint', built => built.notNull())
    .addColumn('at', 'bigint', built => built.notNull())
    .execute()
  await db.schema
    .createTable('event')
    .addColumn('pos', types.serial, types.asSerial)
    .addColumn('stream', 'bigint', built => built.notNull())
    .addColumn('seq', 'bigint', built => built.notNull())
    .addColumn('at', 'bigint', built => built.notNull())
    .addColumn('type', types.text, built => built.notNull())
    .addColumn('body', types.text, built => built.notNull())
    .execute()
  for (const index of uniques) await createIndex(db, index, true)
  for (const index of indexes) await createIndex(db, index, false)
}
