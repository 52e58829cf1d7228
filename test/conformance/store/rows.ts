// Rows: written, replaced, removed, found again as they were; keys and uniques.
import { describe, expect, test } from 'bun:test'
import { type KeyOf, keys, type TableName, type Tables, UniqueError, uniques } from '../../../src/core/ports/store.ts'
import {
  account,
  application,
  attachment,
  category,
  contact,
  conversation,
  credential,
  id,
  invite,
  member,
  message,
  type OpenStore,
  openWith,
  profile,
  seed,
  session,
  space,
  spaceMember,
  token,
  use,
} from './fixtures.ts'

/** Two rows of every table, alike in nothing that must be unique, between them with every column once set. */
const pairs: { readonly [T in TableName]: readonly [Tables[T], Tables[T]] } = {
  account: [account(1), account(2, { email: 'Ann@Example.org', emailFold: 'ann@example.org' })],
  credential: [credential(1), credential(2, { kind: 'password', secret: '$2b$hash', usedAt: 4 })],
  profile: [
    profile(1),
    profile(2, {
      displayName: 'Ann 😀',
      nameFold: 'ann 😀',
      avatar: id(9),
      bio: 'line\nline',
      link: 'https://example.org',
      addFriend: 'nobody',
      visibility: 'contacts',
      hidden: true,
      version: 7,
      avatarStyle: 'moon',
      rootKey: 'key',
      seenAt: 5,
    }),
  ],
  session: [
    session(1),
    session(2, { door: 'umoc', device: '', note: '{}', credentialId: id(2), expiresAt: 8_640_000_000_000_000 }),
  ],
  token: [token('a'), token('b', { kind: 'refresh', spentAt: 9 })],
  contact: [contact(1, 2), contact(3, 1, { state: 'requested', message: 'hello' })],
  block: [
    { blocker: id(1), blocked: id(2), since: 1 },
    { blocker: id(2), blocked: id(1), since: 2 },
  ],
  conversation: [
    conversation(1),
    conversation(2, {
      kind: 'direct',
      spaceId: id(8),
      title: 'Straße',
      titleFold: 'strasse',
      description: '"quoted" \\ %_',
      avatar: id(9),
      visibility: 'public',
      joinRule: 'open',
      sizeClass: 'large',
      pairKey: `${id(1)}:${id(2)}`,
      createdBy: id(1),
      memberCount: 2,
      head: 3,
      lastMessageId: id(1003),
      lastMessageAt: 3,
    }),
  ],
  member: [member(1, 1), member(1, 2, { role: 'owner', joinedSeq: 1, readUpTo: 2, readAt: 3, wroteAsStranger: true })],
  pastMember: [
    { conversationId: id(1), profileId: id(1), leftAt: 1 },
    { conversationId: id(1), profileId: id(2), leftAt: 2 },
  ],
  mute: [
    { conversationId: id(1), profileId: id(1), until: 253_402_300_799_000 },
    { conversationId: id(1), profileId: id(2), until: 1 },
  ],
  application: [application(1), application(2, { message: '' })],
  message: [
    message(1),
    message(2, {
      kind: 'file',
      label: 'sticker',
      text: null,
      payload: '{"a":"[]"}',
      mentions: [{ type: 'user', target: id(2), start: 0, end: 4 }],
      replyTo: id(1001),
      replyRoot: id(1001),
      forwardedFrom: {
        messageId: id(7),
        author: { id: id(3), num: 3, handle: 'x', displayName: null, avatar: null },
        at: 4,
      },
      attachments: [id(5), id(6)],
      remindAt: 5,
      clientKey: 'key',
      contentDigest: 'digest',
      editedAt: 6,
      recalledAt: 7,
      recalledBy: id(2),
    }),
  ],
  reaction: [
    { messageId: id(1001), emoji: '👍🏽', profileId: id(1), order: 1 },
    { messageId: id(1001), emoji: '👍', profileId: id(1), order: 2 },
  ],
  reminder: [
    { messageId: id(1001), dueAt: 1 },
    { messageId: id(1002), dueAt: 2 },
  ],
  attachment: [attachment(1), attachment(2, { width: null, height: null, state: 'reserved', name: 'ü "x".txt' })],
  attachmentUse: [use(1, 1), use(1, 2)],
  setting: [
    { name: 'a', value: '' },
    { name: 'b', value: 'value' },
  ],
  space: [
    space(1),
    space(2, {
      description: 'd',
      look: 'teal',
      visibility: 'public',
      createdBy: id(1),
      claim: 'digest',
      claimUntil: 5,
    }),
  ],
  spaceMember: [spaceMember(1, 1), spaceMember(1, 2, { role: 'owner', state: 'removed' })],
  category: [category(1), category(2, { kind: 'voice' })],
  placement: [
    { conversationId: id(1), categoryId: id(1), position: 0 },
    { conversationId: id(2), categoryId: id(1), position: 9 },
  ],
  invite: [invite(1), invite(2, { conversationId: id(1), uses: 3, revokedAt: 4 })],
  alias: [
    { scope: id(1), alias: 'uid_1', profileId: id(1) },
    { scope: id(2), alias: 'uid_1', profileId: id(2) },
  ],
  pin: [
    { conversationId: id(1), messageId: id(1001), pinnedBy: id(1), pinnedAt: 1 },
    { conversationId: id(1), messageId: id(1002), pinnedBy: id(2), pinnedAt: 2 },
  ],
  preference: [
    { conversationId: id(1), profileId: id(1), mutedUntil: null, archived: false },
    { conversationId: id(1), profileId: id(2), mutedUntil: 253_402_300_799_000, archived: true },
  ],
  spent: [
    { digest: 'a', expiresAt: 1 },
    { digest: 'b', expiresAt: 2 },
  ],
}

const tables = Object.keys(keys) as TableName[]

const keyOf = <T extends TableName>(table: T, row: Tables[T]): KeyOf<T> =>
  Object.fromEntries(
    keys[table].map(column => [column, (row as unknown as Record<string, unknown>)[column]]),
  ) as KeyOf<T>

/** The second row with what must be unique (beside the key) taken from the first. */
const clash = <T extends TableName>(table: T, columns: readonly string[]): readonly [Tables[T], Tables[T]] => {
  const [first, second] = pairs[table] as readonly [Tables[T], Tables[T]]
  const filled: Record<string, unknown> = { ...first }
  // Nulls do not count, so the columns must be set to clash.
  for (const column of columns) filled[column] ??= `same ${column}`
  const taken = Object.fromEntries(columns.map(column => [column, filled[column]]))
  return [filled as unknown as Tables[T], { ...second, ...taken }]
}

const uniqueRules = Object.entries<readonly (readonly string[])[]>(uniques).flatMap(([table, rules]) =>
  rules.map(columns => ({ table: table as TableName, columns })),
)

export const rowsSuite = (open: OpenStore): void => {
  describe('rows', () => {
    for (const table of tables) {
      test(`${table}: what is inserted is got back, column by column`, async () => {
        await using kit = await openWith(open)
        const rows = pairs[table]
        await seed(kit.store, table, rows)
        for (const row of rows) {
          expect(await kit.store.read.get(table, keyOf(table, row))).toEqual(row)
        }
        const found = await kit.store.read.getMany(
          table,
          rows.map(row => keyOf(table, row)),
        )
        expect(found).toHaveLength(2)
        expect(found).toEqual(expect.arrayContaining([...rows]))
      })

      test(`${table}: put adds, replaces every column, and leaves its neighbour alone`, async () => {
        await using kit = await openWith(open)
        const [first, second] = pairs[table]
        await kit.store.transact(async tx => {
          await tx.put(table, first)
          await tx.put(table, second)
        })
        const replaced = { ...second, ...keyOf(table, first), ...only(uniques, table, first) }
        await kit.store.transact(tx => tx.put(table, replaced))
        expect(await kit.store.read.get(table, keyOf(table, first))).toEqual(replaced)
        expect(await kit.store.read.get(table, keyOf(table, second))).toEqual(second)
      })

      test(`${table}: remove takes one row, and nothing where there is none`, async () => {
        await using kit = await openWith(open)
        const [first, second] = pairs[table]
        await seed(kit.store, table, [first, second])
        await kit.store.transact(async tx => {
          await tx.remove(table, keyOf(table, first))
          await tx.remove(table, keyOf(table, first))
        })
        expect(await kit.store.read.get(table, keyOf(table, first))).toBeNull()
        expect(await kit.store.read.get(table, keyOf(table, second))).toEqual(second)
      })

      test(`${table}: a second row with the same key is refused`, async () => {
        await using kit = await openWith(open)
        const [first] = pairs[table]
        await seed(kit.store, table, [first])
        const again = kit.store.transact(tx => tx.insert(table, first))
        expect(await again.catch(e => e)).toBeInstanceOf(UniqueError)
      })
    }

    for (const { table, columns } of uniqueRules) {
      test(`${table}: no two rows share ${columns.join(', ')}, by insert or by put`, async () => {
        await using kit = await openWith(open)
        const [first, second] = clash(table, columns)
        await seed(kit.store, table, [first])
        for (const write of ['insert', 'put'] as const) {
          const error: unknown = await kit.store.transact(tx => tx[write](table, second)).catch(e => e)
          expect(error).toBeInstanceOf(UniqueError)
          expect(error).toHaveProperty('table', table)
          expect(await kit.store.read.get(table, keyOf(table, second))).toBeNull()
        }
        // The row itself may be put again, and what it gave up may be taken.
        await kit.store.transact(tx => tx.put(table, first))
        await kit.store.transact(tx => tx.remove(table, keyOf(table, first)))
        await seed(kit.store, table, [second])
        expect(await kit.store.read.get(table, keyOf(table, second))).toEqual(second)
      })
    }

    test('what a row gives up by a put may be taken by another', async () => {
      await using kit = await openWith(open)
      await seed(kit.store, 'profile', [profile(1, { handleFold: 'old' })])
      await kit.store.transact(async tx => {
        await tx.put('profile', profile(1, { handleFold: 'new' }))
        await tx.insert('profile', profile(2, { handleFold: 'old' }))
      })
      expect((await kit.store.read.profileByHandle('old'))?.id).toBe(id(2))
      expect((await kit.store.read.profileByHandle('new'))?.id).toBe(id(1))
    })

    test('nulls are not equal to each other', async () => {
      await using kit = await openWith(open)
      await seed(kit.store, 'account', [account(1), account(2)])
      await seed(kit.store, 'conversation', [conversation(1), conversation(2)])
      await seed(kit.store, 'message', [message(1), message(2)])
    })

    test('getMany answers each existing row once: none, one, few and many keys, simple and compound', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      const people = Array.from({ length: 40 }, (_, n) => profile(n + 1))
      const members = people.map(person => member(100, person.num))
      await seed(kit.store, 'profile', people)
      await seed(kit.store, 'member', members)
      expect(await read.getMany('profile', [])).toEqual([])
      for (const wanted of [1, 2, 3, 5, 40]) {
        const ids = Array.from({ length: wanted }, (_, n) => ({ id: id(n + 1) }))
        const found = await read.getMany('profile', [...ids, { id: id(999) }, ...ids])
        expect(found.toSorted((a, b) => a.num - b.num)).toEqual(people.slice(0, wanted))
        const memberKeys = ids.map(key => ({ conversationId: id(100), profileId: key.id }))
        const foundMembers = await read.getMany('member', [...memberKeys, { conversationId: id(1), profileId: id(2) }])
        expect(foundMembers.toSorted((a, b) => (a.profileId < b.profileId ? -1 : 1))).toEqual(members.slice(0, wanted))
      }
    })
  })
}

/** The columns of `row` that must be unique. */
const only = (rules: typeof uniques, table: TableName, row: object): object => {
  const columns = new Set(
    Object.entries<readonly (readonly string[])[]>(rules).flatMap(([t, r]) => (t === table ? r.flat() : [])),
  )
  return Object.fromEntries(Object.entries(row).filter(([column]) => columns.has(column)))
}
