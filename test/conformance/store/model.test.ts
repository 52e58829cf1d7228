// Random histories give the same answers on SQLite and on the oracle.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createMemoryStore } from '../../../src/adapters/store/memory/store.ts'
import { openSqliteStore } from '../../../src/adapters/store/sqlite/store.ts'
import { manualClock } from '../../../src/base/clock.ts'
import type { EventBody } from '../../../src/core/event.ts'
import { conversationStream, profileStream, type StreamId } from '../../../src/core/model/ids.ts'
import type { Message } from '../../../src/core/model/message.ts'
import { keys, type Reads, type Store, type TableName, type Tables, type Tx } from '../../../src/core/ports/store.ts'
import { conversation, id, message, profile, START } from './fixtures.ts'
import { temporaryFolder } from './folder.ts'

// Small pools, so that keys meet.
const key = fc.integer({ min: 1, max: 4 }).map(id)
const small = fc.integer({ min: 0, max: 5 })
const flag = fc.boolean()
const text = fc.constantFrom('', 'a', 'ab', 'b%', 'a_', 'a\\', 'é', 'a\u{ff5a}', 'a\u{1f600}', '"[]"', '0', ' ')
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null })
const pair = fc.tuple(key, key).map(([a, b]) => `${a}:${b}`)
const person = fc.record({ id: key, num: small, handle: text, displayName: orNull(text), avatar: orNull(key) })

const rows: { readonly [T in TableName]: fc.Arbitrary<Tables[T]> } = {
  account: fc.record({ id: key, email: orNull(text), emailFold: orNull(text), createdAt: small }),
  credential: fc.record({
    id: key,
    accountId: key,
    kind: fc.constantFrom('password', 'msgr', 'key'),
    secret: text,
    createdAt: small,
    usedAt: orNull(small),
  }),
  profile: fc.record({
    id: key,
    num: small,
    accountId: key,
    handle: text,
    handleFold: text,
    displayName: orNull(text),
    nameFold: orNull(text),
    avatar: orNull(key),
    avatarStyle: orNull(text),
    rootKey: orNull(text),
    bio: orNull(text),
    link: orNull(text),
    addFriend: orNull(fc.constantFrom('anyone', 'nobody')),
    visibility: fc.constantFrom('everyone', 'nobody'),
    hidden: flag,
    version: small,
    createdAt: small,
    updatedAt: small,
    seenAt: orNull(small),
  }),
  session: fc.record({
    id: key,
    accountId: key,
    profileId: key,
    door: text,
    device: text,
    note: orNull(text),
    credentialId: orNull(key),
    createdAt: small,
    seenAt: small,
    expiresAt: small,
  }),
  token: fc.record({ digest: text, sessionId: key, kind: text, expiresAt: small, spentAt: orNull(small) }),
  contact: fc.record({
    low: key,
    high: key,
    requestId: text,
    requestedBy: key,
    state: fc.constantFrom('requested', 'accepted'),
    message: orNull(text),
    since: small,
  }),
  block: fc.record({ blocker: key, blocked: key, since: small }),
  conversation: fc.record({
    id: key,
    num: small,
    kind: fc.constantFrom('direct', 'group', 'channel'),
    spaceId: orNull(key),
    slug: text,
    slugFold: text,
    title: orNull(text),
    titleFold: orNull(text),
    description: orNull(text),
    avatar: orNull(key),
    visibility: fc.constantFrom('public', 'private'),
    joinRule: fc.constantFrom('open', 'invite'),
    sizeClass: fc.constantFrom('small', 'large'),
    pairKey: orNull(pair),
    createdBy: orNull(key),
    createdAt: small,
    updatedAt: small,
    memberCount: small,
    head: small,
    lastMessageId: orNull(key),
    lastMessageAt: orNull(small),
    recalled: small,
    streakDays: small,
    streakDay: orNull(small),
  }),
  member: fc.record({
    conversationId: key,
    profileId: key,
    role: fc.constantFrom('owner', 'manager', 'member'),
    joinedAt: small,
    joinedSeq: small,
    readUpTo: small,
    readAt: orNull(small),
    wroteAsStranger: flag,
    wroteDay: orNull(small),
  }),
  pastMember: fc.record({ conversationId: key, profileId: key, leftAt: small }),
  mute: fc.record({ conversationId: key, profileId: key, until: small }),
  application: fc.record({ id: key, conversationId: key, profileId: key, message: orNull(text), createdAt: small }),
  message: fc.record({
    id: key,
    conversationId: key,
    seq: small,
    authorId: key,
    kind: fc.constantFrom('text', 'image'),
    label: orNull(text),
    text: orNull(text),
    payload: orNull(text),
    mentions: fc.array(fc.record({ type: fc.constant('user' as const), target: key, start: small, end: small }), {
      maxLength: 2,
    }),
    replyTo: orNull(key),
    replyRoot: orNull(key),
    forwardedFrom: orNull(fc.record({ messageId: key, author: person, at: small })),
    attachments: fc.uniqueArray(key, { maxLength: 2 }),
    remindAt: orNull(small),
    clientKey: orNull(text),
    contentDigest: orNull(text),
    createdAt: small,
    editedAt: orNull(small),
    recalledAt: orNull(small),
    recalledBy: orNull(key),
  }),
  reaction: fc.record({ messageId: key, emoji: text, profileId: key, order: small }),
  reminder: fc.record({ messageId: key, dueAt: small }),
  attachment: fc.record({
    fid: key,
    uploaderId: key,
    name: text,
    mime: text,
    size: small,
    width: orNull(small),
    height: orNull(small),
    state: fc.constantFrom('reserved', 'received'),
    blob: key,
    note: orNull(text),
    spentAt: orNull(small),
    createdAt: small,
    expiresAt: small,
  }),
  attachmentUse: fc.record({ fid: key, messageId: key, conversationId: key, authorId: key }),
  setting: fc.record({ name: text, value: text }),
  space: fc.record({
    id: key,
    title: text,
    description: orNull(text),
    look: orNull(text),
    visibility: fc.constantFrom('public', 'private'),
    createdBy: orNull(key),
    createdAt: small,
    updatedAt: small,
    claim: orNull(text),
    claimUntil: orNull(small),
  }),
  spaceMember: fc.record({
    spaceId: key,
    profileId: key,
    role: fc.constantFrom('owner', 'manager', 'member'),
    state: fc.constantFrom('active', 'active', 'left', 'removed'),
    joinedAt: small,
  }),
  category: fc.record({
    id: key,
    spaceId: key,
    label: text,
    kind: fc.constantFrom('text', 'voice'),
    position: small,
  }),
  placement: fc.record({ conversationId: key, categoryId: key, position: small }),
  invite: fc.record({
    id: key,
    spaceId: key,
    conversationId: orNull(key),
    code: text,
    createdBy: key,
    createdAt: small,
    expiresAt: small,
    maxUses: small,
    uses: small,
    revokedAt: orNull(small),
  }),
  alias: fc.record({ scope: key, alias: text, profileId: key }),
  pin: fc.record({ conversationId: key, messageId: key, pinnedBy: key, pinnedAt: small }),
  preference: fc.record({ conversationId: key, profileId: key, mutedUntil: orNull(small), archived: flag }),
  spent: fc.record({ digest: text, expiresAt: small }),
}

type Write = (tx: Tx) => Promise<unknown>
const tableNames = Object.keys(keys) as TableName[]

const rowWrite = (table: TableName): fc.Arbitrary<Write> =>
  fc.tuple(fc.constantFrom('insert', 'put', 'put', 'remove'), rows[table] as fc.Arbitrary<unknown>).map(
    ([how, row]) =>
      (tx: Tx) =>
        tx[how](table, row as never),
  )

const stream: fc.Arbitrary<StreamId> = fc.oneof(key.map(conversationStream), key.map(profileStream))
const body: fc.Arbitrary<EventBody> = fc.oneof(
  text.map(sessionId => ({ type: 'session.ended' as const, sessionId, door: 'd' })),
  // The store keeps no more of the message than its id.
  key.map(messageId => ({ type: 'message.sent' as const, message: { id: messageId } as Message })),
)

const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom(...tableNames).chain(rowWrite) },
  {
    weight: 4,
    arbitrary: fc.tuple(stream, body).map(([to, what]) => async (tx: Tx) => {
      // Before the commit a store need not know the mark.
      const { mark: _, ...appended } = await tx.append(to, what)
      return appended
    }),
  },
  { weight: 1, arbitrary: key.map(conversationId => (tx: Tx) => tx.eraseConversation(conversationId)) },
)

/** A question, asked of the committed state and inside a transaction. */
type Question = (read: Reads) => Promise<unknown>
const limit = fc.integer({ min: 1, max: 4 })
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined })

/** Columns come in the order of the table, which is that of its versions. */
const sortedByText = (found: readonly object[]) =>
  found.map(row => JSON.stringify(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)))).toSorted()

const question: fc.Arbitrary<Question> = fc.oneof(
  fc
    .constantFrom(...tableNames)
    .chain(table => fc.tuple(fc.constant(table), fc.array(rows[table] as fc.Arbitrary<unknown>, { maxLength: 8 })))
    .map(
      ([table, wanted]) =>
        async (read: Reads) =>
          sortedByText(await read.getMany(table, wanted as never)),
    ),
  text.map(t => (read: Reads) => read.accountByEmail(t)),
  text.map(t => (read: Reads) => read.credentialBySecret(t)),
  key.map(k => (read: Reads) => read.credentialsOf(k)),
  text.map(t => (read: Reads) => read.profileByHandle(t)),
  small.map(n => (read: Reads) => read.profileByNum(n)),
  key.map(k => (read: Reads) => read.profilesOf(k)),
  fc.tuple(text, limit).map(
    ([t, n]) =>
      (read: Reads) =>
        read.searchProfiles(t, n),
  ),
  fc.tuple(small, limit).map(
    ([offset, n]) =>
      (read: Reads) =>
        read.profilesFrom({ offset, limit: n }),
  ),
  key.map(k => (read: Reads) => read.sessionsOf(k)),
  key.map(k => (read: Reads) => read.tokensOf(k)),
  fc.tuple(small, limit).map(
    ([t, n]) =>
      (read: Reads) =>
        read.sessionsExpiredBefore(t, n),
  ),
  fc.tuple(small, limit).map(
    ([t, n]) =>
      (read: Reads) =>
        read.tokensExpiredBefore(t, n),
  ),
  text.map(t => (read: Reads) => read.contactByRequest(t)),
  key.map(k => (read: Reads) => read.contactsOf(k)),
  fc.tuple(key, key).map(
    ([a, b]) =>
      (read: Reads) =>
        read.haveFriendInCommon(a, b),
  ),
  key.map(k => (read: Reads) => read.blocksBy(k)),
  key.map(k => (read: Reads) => read.blockersOf(k)),
  small.map(n => (read: Reads) => read.conversationByNum(n)),
  text.map(t => (read: Reads) => read.conversationBySlug(t)),
  pair.map(p => (read: Reads) => read.conversationByPair(p)),
  fc.tuple(key, limit, maybe(key)).map(
    ([k, n, after]) =>
      (read: Reads) =>
        read.conversationsOf(k, { limit: n, after }),
  ),
  key.map(k => (read: Reads) => read.conversationIdsOf(k)),
  fc.tuple(text, limit, maybe(small)).map(
    ([t, n, after]) =>
      (read: Reads) =>
        read.searchConversations(t, { limit: n, after }),
  ),
  fc.tuple(key, limit, maybe(small)).map(
    ([k, n, after]) =>
      (read: Reads) =>
        read.membersOf(k, { limit: n, after }),
  ),
  fc.tuple(key, limit, maybe(small)).map(
    ([k, n, after]) =>
      (read: Reads) =>
        read.conversationsVisibleTo(k, { limit: n, after }),
  ),
  key.map(k => (read: Reads) => read.rosterOf(k)),
  key.map(k => (read: Reads) => read.memberIdsOf(k)),
  key.map(k => (read: Reads) => read.managersOf(k)),
  fc.tuple(key, key).map(
    ([k, who]) =>
      (read: Reads) =>
        read.successorOf(k, who),
  ),
  key.map(k => (read: Reads) => read.applicationsOf(k)),
  fc.tuple(key, key).map(
    ([k, who]) =>
      (read: Reads) =>
        read.applicationBy(k, who),
  ),
  fc.tuple(key, limit, maybe(small), maybe(small), maybe(key)).map(
    ([k, n, before, after, replyRoot]) =>
      (read: Reads) =>
        read.messagesOf(k, { limit: n, before, after, replyRoot }),
  ),
  fc.tuple(key, limit, maybe(small), maybe(small)).map(
    ([k, n, before, after]) =>
      (read: Reads) =>
        read.messagesOf(k, { limit: n, before, after, standing: true }),
  ),
  fc.tuple(key, key, small, limit).map(
    ([k, who, upTo, cap]) =>
      (read: Reads) =>
        read.countMentions(k, who, upTo, cap),
  ),
  orNull(key).map(k => (read: Reads) => read.spacesFor(k)),
  fc.tuple(small, limit).map(
    ([t, n]) =>
      (read: Reads) =>
        read.spacesUnclaimedBefore(t, n),
  ),
  fc.tuple(key, limit, maybe(fc.record({ joinedAt: small, profileId: key }))).map(
    ([k, n, after]) =>
      (read: Reads) =>
        read.spaceMembersOf(k, { limit: n, after }),
  ),
  fc.tuple(key, limit, maybe(small)).map(
    ([k, n, after]) =>
      (read: Reads) =>
        read.profilesNotOutOf(k, { limit: n, after }),
  ),
  key.map(k => async (read: Reads) => [
    await read.countSpacesMadeBy(k),
    await read.countSpaceMembers(k),
    await read.countOutOf(k),
    await read.countProfiles(),
  ]),
  fc.tuple(key, key).map(
    ([k, who]) =>
      (read: Reads) =>
        read.spaceSuccessorOf(k, who),
  ),
  key.map(k => async (read: Reads) => [
    await read.categoriesOf(k),
    await read.placementsOf(k),
    await read.conversationsOfSpace(k),
    await read.pinsOf(k),
    await read.preferencesOf(k),
  ]),
  text.map(t => (read: Reads) => read.inviteByCode(t)),
  fc.tuple(key, orNull(key), limit, maybe(fc.record({ createdAt: small, id: key }))).map(
    ([spaceId, conversationId, n, after]) =>
      (read: Reads) =>
        read.invitesOf({ spaceId, conversationId }, { limit: n, after }),
  ),
  fc.tuple(small, limit).map(
    ([t, n]) =>
      (read: Reads) =>
        read.spentExpiredBefore(t, n),
  ),
  fc.tuple(key, small, limit).map(
    ([k, offset, n]) =>
      (read: Reads) =>
        read.standingMessagesOf(k, { offset, limit: n }),
  ),
  fc.tuple(key, limit, maybe(key), maybe(key), maybe(key)).map(
    ([who, n, before, after, authorId]) =>
      (read: Reads) =>
        read.recentMessages(who, { limit: n, before, after, authorId }),
  ),
  key.map(k => (read: Reads) => read.countMessagesFrom(k)),
  fc.tuple(key, key, text).map(
    ([k, who, t]) =>
      (read: Reads) =>
        read.messageByClientKey(k, who, t),
  ),
  fc.tuple(key, key, small, limit).map(
    ([k, who, upTo, cap]) =>
      (read: Reads) =>
        read.countUnread(k, who, upTo, cap),
  ),
  fc.tuple(key, small, key).map(([k, n, who]) => async (read: Reads) => [
    await read.hasUnreader(k, n, who),
    await read.hasReader(k, n, who),
  ]),
  fc.array(key, { maxLength: 3 }).map(ids => (read: Reads) => read.reactionsOn(ids)),
  fc.tuple(small, limit).map(
    ([t, n]) =>
      (read: Reads) =>
        read.remindersDue(t, n),
  ),
  fc.constant((read: Reads) => read.nextReminderAt()),
  key.map(k => (read: Reads) => read.attachmentByBlob(k)),
  key.map(k => async (read: Reads) => [await read.usesOf(k), await read.usesOn(k), await read.avatarOwners(k)]),
  fc.tuple(small, limit).map(
    ([t, n]) =>
      (read: Reads) =>
        read.attachmentsExpiredBefore(t, n),
  ),
  stream.map(s => (read: Reads) => read.headOf(s)),
)

type Step =
  | { readonly type: 'ask'; readonly ask: Question }
  | { readonly type: 'stream'; readonly stream: StreamId; readonly after: number; readonly limit: number }
  | { readonly type: 'since'; readonly streams: readonly StreamId[]; readonly mark: number; readonly limit: number }
  | { readonly type: 'transact'; readonly works: readonly Work[] }
/** What one of the works that arrive together does: write, ask, and perhaps throw. */
interface Work {
  readonly writes: readonly Write[]
  readonly ask: Question
  readonly throws: boolean
}

const work: fc.Arbitrary<Work> = fc.record({
  writes: fc.array(write, { maxLength: 4 }),
  ask: question,
  throws: fc.integer({ min: 0, max: 7 }).map(n => n === 0),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(work, { minLength: 1, maxLength: 3 }).map(works => ({ type: 'transact' as const, works })),
  },
  { weight: 4, arbitrary: question.map(ask => ({ type: 'ask' as const, ask })) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('stream' as const), stream, after: small, limit }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('since' as const),
      streams: fc.array(stream, { maxLength: 5 }),
      mark: fc.nat({ max: 20 }),
      limit,
    }),
  },
)

/** Marks begin with the store's epoch, which is all that tells two stores with the same history apart. */
const withoutEpoch = (store: Store, value: unknown): unknown =>
  JSON.parse((JSON.stringify(value) ?? 'null').replaceAll(`"${store.epoch}.`, '"'))

/** What came of it, errors by their name: a row that names a person who is not there makes both stores throw. */
const outcomeOf = async (asked: Promise<unknown>): Promise<unknown> => {
  try {
    return { value: await asked }
  } catch (error) {
    return { error: error instanceof Error ? error.name : error }
  }
}

/** People, a conversation and a message to begin with, so that there is something to show. */
const begin = (store: Store) =>
  store.transact(async tx => {
    for (const n of [1, 2, 3, 4]) await tx.insert('profile', profile(n))
    for (const n of [1, 2]) await tx.insert('conversation', conversation(n, { titleFold: 'ab%', visibility: 'public' }))
    for (const n of [1, 2])
      await tx.insert('message', message(n, { id: id(n), conversationId: id(n), authorId: id(n) }))
    await tx.append(conversationStream(id(1)), { type: 'message.sent', message: { id: id(1) } as Message })
  })

const createRunner = async (store: Store, advance: () => void) => {
  await begin(store)
  const heard: unknown[] = []
  store.onCommit(events => heard.push(events))
  const marks = [await store.markNow()]
  const run = async (next: Step): Promise<unknown> => {
    switch (next.type) {
      case 'ask':
        return next.ask(store.read)
      case 'stream':
        return store.readStream(next.stream, next)
      case 'since':
        return store.readSince(next.streams, marks[next.mark % marks.length] ?? '', next.limit)
      case 'transact': {
        const outcomes = await Promise.all(
          next.works.map(({ writes, ask, throws }) =>
            outcomeOf(
              store.transact(async tx => {
                const results: unknown[] = []
                for (const each of writes) results.push(await each(tx))
                results.push(await outcomeOf(ask(tx)))
                if (throws) throw new RangeError('thrown')
                return results
              }),
            ),
          ),
        )
        advance()
        marks.push(await store.markNow())
        return [outcomes, heard.splice(0)]
      }
    }
  }
  return (next: Step) => outcomeOf(run(next))
}

test('any history gives the same answers on sqlite and in memory', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async steps => {
      await using folder = await temporaryFolder()
      const clocks = [manualClock(START), manualClock(START)] as const
      await using sqlite = await openSqliteStore({ folder: folder.path, clock: clocks[0] })
      await using memory = createMemoryStore({ clock: clocks[1] })
      // So that what a store does behind the commits happens among the steps.
      const onSqlite = await createRunner(sqlite, () => clocks[0].advance(400))
      const onMemory = await createRunner(memory, () => clocks[1].advance(400))
      for (const next of steps) {
        expect(withoutEpoch(sqlite, await onSqlite(next))).toEqual(withoutEpoch(memory, await onMemory(next)))
      }
    }),
    { numRuns: 300 },
  )
}, 60_000)
