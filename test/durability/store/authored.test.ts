// One's own messages are listed behind the commits: whatever the store has listed so far, the answer is whole.
import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { openSqliteStore } from '../../../src/adapters/store/sqlite/store.ts'
import { manualClock } from '../../../src/base/clock.ts'
import type { Store } from '../../../src/core/ports/store.ts'
import { conversation, id, member, message } from '../../conformance/store/fixtures.ts'
import { temporaryFolder } from '../../conformance/store/folder.ts'

/** A store on a clock that is moved by hand, and a second look at its file. */
const openStore = async (folder: string) => {
  const clock = manualClock()
  const store = await openSqliteStore({ folder, clock })
  const db = new Database(join(folder, 'parlance.db'), { readonly: true })
  const listed = () =>
    db
      .query<{ messageId: string }, []>('select "messageId" from "authored" order by "messageId"')
      .all()
      .map(row => row.messageId)
  const behind = () =>
    db
      .query(`select 1 from "message" where "id" > (select "value" from "meta" where "name" = 'authored') limit 1`)
      .get() !== null
  return {
    store,
    /** Waits until all that was written is said to be listed. */
    async fill() {
      clock.advance(1000)
      while (behind()) await store.transact(async () => {})
    },
    listed,
    async [Symbol.asyncDispose]() {
      db.close()
      await store[Symbol.asyncDispose]()
    },
  }
}

/** Person 1, in conversations 100 and 101. */
const settle = (store: Store) =>
  store.transact(async tx => {
    for (const n of [100, 101]) {
      await tx.insert('conversation', conversation(n))
      await tx.insert('member', member(n, 1))
    }
  })

/** Messages `n` of the conversation, each by the person that `by` says. */
const write = (store: Store, numbers: readonly number[], by: (n: number) => number = () => 1, conversationN = 100) =>
  store.transact(async tx => {
    for (const n of numbers) {
      await tx.insert('message', message(n, { id: id(n), conversationId: id(conversationN), authorId: id(by(n)) }))
    }
    await tx.append(`conversation/${id(conversationN)}`, { type: 'session.ended', sessionId: 's', door: 'd' })
  })

const own = async (
  store: Store,
  page: { readonly limit?: number; readonly before?: string; readonly after?: string } = {},
  authorN = 1,
): Promise<readonly number[]> =>
  (await store.read.recentMessages(id(1), { limit: 1000, ...page, authorId: id(authorN) })).map(row => row.seq)

const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n)

test('listed or not, and on both sides of the watermark, the pages are the same', async () => {
  await using folder = await temporaryFolder()
  await using kit = await openStore(folder.path)
  const { store } = kit
  await settle(store)
  const turns = (n: number) => (n % 2 === 0 ? 2 : 1)
  await write(store, range(1, 10), turns)
  expect(kit.listed()).toEqual([])
  expect(await own(store)).toEqual([1, 3, 5, 7, 9])
  await kit.fill()
  expect(kit.listed()).toEqual(range(1, 10).map(id))
  expect(await own(store)).toEqual([1, 3, 5, 7, 9])
  await write(store, range(11, 16), turns)
  expect(kit.listed()).toHaveLength(10)
  expect(await own(store)).toEqual([1, 3, 5, 7, 9, 11, 13, 15])
  expect(await own(store, {}, 2)).toEqual([2, 4, 6, 8, 10, 12, 14, 16])
  expect(await own(store, { limit: 4 })).toEqual([9, 11, 13, 15])
  expect(await own(store, { limit: 3, before: id(13) })).toEqual([7, 9, 11])
  expect(await own(store, { limit: 3, before: id(9) })).toEqual([3, 5, 7])
  expect(await own(store, { after: id(5), before: id(13) })).toEqual([7, 9, 11])
  expect(await own(store, { after: id(12) })).toEqual([13, 15])
})

test('many messages are listed in many steps', async () => {
  await using folder = await temporaryFolder()
  await using kit = await openStore(folder.path)
  await settle(kit.store)
  await write(kit.store, range(1, 13_000), n => (n % 7) + 1)
  await kit.fill()
  expect(kit.listed()).toEqual(range(1, 13_000).map(id))
  const mine = range(1, 13_000).filter(n => n % 7 === 0)
  expect(await own(kit.store, { limit: 13_000 })).toEqual(mine)
})

test('an id behind the watermark (the clock went back between two starts) is listed at once', async () => {
  await using folder = await temporaryFolder()
  {
    await using kit = await openStore(folder.path)
    await settle(kit.store)
    await write(kit.store, [50, 60])
    await kit.fill()
  }
  await using kit = await openStore(folder.path)
  await write(kit.store, [10, 55])
  expect(kit.listed()).toEqual([10, 50, 55, 60].map(id))
  expect(await own(kit.store)).toEqual([10, 50, 55, 60])
  await kit.store
    .transact(async tx => {
      await tx.insert('message', message(20, { id: id(20) }))
      throw new Error('undone')
    })
    .catch(() => {})
  expect(kit.listed()).toEqual([10, 50, 55, 60].map(id))
})

test('what was not listed when the store closed is there after it, and listed after the next start', async () => {
  await using folder = await temporaryFolder()
  {
    await using kit = await openStore(folder.path)
    await settle(kit.store)
    await write(kit.store, [1, 2])
    await kit.fill()
    await write(kit.store, [3, 4])
  }
  await using kit = await openStore(folder.path)
  expect(kit.listed()).toEqual([1, 2].map(id))
  expect(await own(kit.store)).toEqual([1, 2, 3, 4])
  await kit.fill()
  expect(kit.listed()).toEqual([1, 2, 3, 4].map(id))
  expect(await own(kit.store)).toEqual([1, 2, 3, 4])
})

test('an erased conversation takes its list with it, also where it was not listed yet', async () => {
  await using folder = await temporaryFolder()
  await using kit = await openStore(folder.path)
  const { store } = kit
  await settle(store)
  await write(store, [1, 3])
  await write(store, [2, 4], undefined, 101)
  await kit.fill()
  await write(store, [5, 7])
  await write(store, [6], undefined, 101)
  await store.transact(tx => tx.eraseConversation(id(100)))
  expect(kit.listed()).toEqual([2, 4].map(id))
  expect(await own(store)).toEqual([2, 4, 6])
  await kit.fill()
  expect(kit.listed()).toEqual([2, 4, 6].map(id))
})

test('a step that shares its commit with a work that is undone is done again', async () => {
  await using folder = await temporaryFolder()
  await using kit = await openStore(folder.path)
  const { store } = kit
  await settle(store)
  await write(store, range(1, 6))
  const filled = kit.fill()
  const undone = store.transact(async tx => {
    await tx.insert('message', message(7, { id: id(7) }))
    throw new Error('undone')
  })
  const late = write(store, [8])
  expect(await undone.catch(error => error)).toHaveProperty('message', 'undone')
  await Promise.all([filled, late])
  expect(kit.listed().slice(0, 6)).toEqual(range(1, 6).map(id))
  expect(await own(store)).toEqual([...range(1, 6), 8])
  await kit.fill()
  expect(kit.listed()).toEqual([...range(1, 6), 8].map(id))
})
