// Version 3: spaces with their members, headings and invitations; keys; pins, preferences, and what may be used once.
import { type CreateTableBuilder, type Kysely, sql } from 'kysely'
import type { ColumnTypes } from './engine.ts'

type Kind = 'text' | 'text?' | 'number' | 'number?'

const tables: Readonly<
  Record<string, { readonly key: readonly [string, ...string[]]; readonly columns: Readonly<Record<string, Kind>> }>
> = {
  space: {
    key: ['id'],
    columns: {
      id: 'text',
      title: 'text',
      description: 'text?',
      look: 'text?',
      visibility: 'text',
      createdBy: 'text?',
      createdAt: 'number',
      updatedAt: 'number',
      claim: 'text?',
      claimUntil: 'number?',
    },
  },
  spaceMember: {
    key: ['spaceId', 'profileId'],
    columns: { spaceId: 'text', profileId: 'text', role: 'text', state: 'text', joinedAt: 'number' },
  },
  category: {
    key: ['id'],
    columns: { id: 'text', spaceId: 'text', label: 'text', kind: 'text', position: 'number' },
  },
  placement: {
    key: ['conversationId'],
    columns: { conversationId: 'text', categoryId: 'text', position: 'number' },
  },
  invite: {
    key: ['id'],
    columns: {
      id: 'text',
      spaceId: 'text',
      conversationId: 'text?',
      code: 'text',
      createdBy: 'text',
      createdAt: 'number',
      expiresAt: 'number',
      maxUses: 'number',
      uses: 'number',
      revokedAt: 'number?',
    },
  },
  alias: { key: ['scope', 'alias'], columns: { scope: 'text', alias: 'text', profileId: 'text' } },
  pin: {
    key: ['conversationId', 'messageId'],
    columns: { conversationId: 'text', messageId: 'text', pinnedBy: 'text', pinnedAt: 'number' },
  },
  preference: {
    key: ['conversationId', 'profileId'],
    columns: { conversationId: 'text', profileId: 'text', mutedUntil: 'number?', archived: 'number' },
  },
  spent: { key: ['digest'], columns: { digest: 'text', expiresAt: 'number' } },
}

const indexes: readonly (readonly [table: string, ...columns: string[]])[] = [
  ['space', 'createdBy'],
  ['space', 'claimUntil'],
  ['spaceMember', 'profileId'],
  ['spaceMember', 'spaceId', 'joinedAt'],
  ['category', 'spaceId'],
  ['placement', 'categoryId'],
  ['invite', 'spaceId', 'createdAt'],
  ['invite', 'conversationId'],
  ['preference', 'profileId'],
  ['spent', 'expiresAt'],
]

export const spacesAndKeys = async (db: Kysely<unknown>, types: ColumnTypes): Promise<void> => {
  const { schema } = db
  for (const [name, { key, columns }] of Object.entries(tables)) {
    let table: CreateTableBuilder<string, string> = schema.createTable(name)
    for (const [column, kind] of Object.entries(columns)) {
      const type = kind.startsWith('text') ? types.text : 'bigint'
      table = table.addColumn(column, type, built => (kind.endsWith('?') ? built : built.notNull()))
    }
    await table.addPrimaryKeyConstraint(`${name}_key`, [...key]).execute()
  }
  for (const [table, ...columns] of indexes) {
    await schema
      .createIndex(`${table}_by_${columns.join('_')}`)
      .on(table)
      .columns(columns)
      .execute()
  }
  await schema.createIndex('invite_by_code').on('invite').columns(['code']).unique().execute()

  const added: readonly (readonly [table: string, column: string, kind: 'text' | 'bigint'])[] = [
    ['credential', 'usedAt', 'bigint'],
    ['profile', 'avatarStyle', 'text'],
    ['profile', 'rootKey', 'text'],
    ['session', 'note', 'text'],
    ['session', 'credentialId', 'text'],
    ['conversation', 'spaceId', 'text'],
  ]
  for (const [table, column, kind] of added) {
    await schema
      .alterTable(table)
      .addColumn(column, kind === 'text' ? types.text : kind)
      .execute()
  }
  await schema
    .createIndex('conversation_by_spaceId')
    .on('conversation')
    .columns(['spaceId', 'num'])
    .where(sql.ref('spaceId'), 'is not', null)
    .execute()
}
