// Questions about conversations, members and applications.
import { describe, expect, test } from 'bun:test'
import { application, conversation, id, member, type OpenStore, openWith, profile, seed } from './fixtures.ts'

export const conversationsSuite = (open: OpenStore): void => {
  describe('conversations', () => {
    test('a conversation is found by num, folded slug and pair', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      await seed(kit.store, 'conversation', [conversation(1, { pairKey: 'a:b', kind: 'direct' }), conversation(2)])
      expect((await read.conversationByNum(2))?.id).toBe(id(2))
      expect(await read.conversationByNum(3)).toBeNull()
      expect((await read.conversationBySlug('room-2'))?.slug).toBe('Room-2')
      expect(await read.conversationBySlug('Room-2')).toBeNull()
      expect((await read.conversationByPair('a:b'))?.id).toBe(id(1))
      expect(await read.conversationByPair('b:a')).toBeNull()
    })

    test('what a person is in: latest message first, silent ones last, then num descending, page by page', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      const rooms = [
        conversation(1, { lastMessageAt: 50 }),
        conversation(2),
        conversation(3, { lastMessageAt: 70 }),
        conversation(4, { lastMessageAt: 50 }),
        conversation(5),
        conversation(6, { lastMessageAt: 0 }),
        conversation(7, { lastMessageAt: 60 }),
      ]
      await seed(kit.store, 'conversation', rooms)
      const members = [1, 2, 3, 4, 5, 6].map(n => member(n, 1, { readUpTo: n }))
      await seed(kit.store, 'member', [...members, member(7, 2), member(1, 2)])

      const all = await read.conversationsOf(id(1), { limit: 100 })
      const order = [3, 4, 1, 6, 5, 2]
      expect(all.map(row => row.conversation.num)).toEqual(order)
      for (const row of all) {
        expect(row.conversation).toEqual(rooms[row.conversation.num - 1] as (typeof rooms)[number])
        expect(row.member).toEqual(members[row.conversation.num - 1] as (typeof members)[number])
      }
      for (const limit of [1, 2, 4]) {
        const paged: number[] = []
        for (;;) {
          const last = paged.at(-1)
          const page = await read.conversationsOf(id(1), { limit, after: last === undefined ? undefined : id(last) })
          paged.push(...page.map(row => row.conversation.num))
          if (page.length < limit) break
        }
        expect(paged).toEqual(order)
      }
      // Behind the present place of one he is not in; behind one that is gone there is nothing.
      const behind = await read.conversationsOf(id(1), { limit: 100, after: id(7) })
      expect(behind.map(row => row.conversation.num)).toEqual([4, 1, 6, 5, 2])
      expect(await read.conversationsOf(id(1), { limit: 100, after: id(99) })).toEqual([])
      expect(await read.conversationsOf(id(9), { limit: 100 })).toEqual([])
      expect(new Set(await read.conversationIdsOf(id(1)))).toEqual(new Set([1, 2, 3, 4, 5, 6].map(id)))
    })

    test('CA43: what a person may find: what is public, and what he is in, by num', async () => {
      await using kit = await openWith(open)
      await seed(kit.store, 'conversation', [
        conversation(1),
        conversation(2, { kind: 'channel', visibility: 'public' }),
        conversation(3),
        conversation(4, { visibility: 'public' }),
        conversation(5, { kind: 'direct', pairKey: 'a:b' }),
      ])
      await seed(kit.store, 'member', [member(3, 1), member(4, 1), member(5, 1), member(1, 2)])
      const nums = async (who: number, page: { limit: number; after?: number }) =>
        (await kit.store.read.conversationsVisibleTo(id(who), page)).map(c => c.num)
      expect(await nums(1, { limit: 9 })).toEqual([2, 3, 4, 5])
      expect(await nums(1, { limit: 2, after: 2 })).toEqual([3, 4])
      expect(await nums(2, { limit: 9 })).toEqual([1, 2, 4])
      expect(await nums(9, { limit: 9 })).toEqual([2, 4])
    })

    test('CA21: the owner first, then by time of joining', async () => {
      await using kit = await openWith(open)
      await seed(kit.store, 'member', [
        member(1, 1, { joinedAt: 5 }),
        member(1, 2, { joinedAt: 3 }),
        member(1, 4, { joinedAt: 9, role: 'owner' }),
        member(1, 3, { joinedAt: 3, role: 'manager' }),
        member(2, 5),
      ])
      expect(await kit.store.read.rosterOf(id(1))).toEqual([4, 2, 3, 1].map(id))
      expect(await kit.store.read.rosterOf(id(9))).toEqual([])
    })

    test('public groups and channels are searched by a part of their folded title, by num', async () => {
      await using kit = await openWith(open)
      const open_ = { visibility: 'public' } as const
      await seed(kit.store, 'conversation', [
        conversation(1, { ...open_, titleFold: 'go players' }),
        conversation(2, { ...open_, titleFold: '100% go_x\\', kind: 'channel' }),
        conversation(3, { titleFold: 'go in secret' }),
        conversation(4, { ...open_, titleFold: 'let us go', kind: 'direct' }),
        conversation(5, { ...open_, titleFold: 'tango' }),
        conversation(6, { ...open_, titleFold: null }),
        conversation(7, { ...open_, titleFold: 'émile \u{1f600}' }),
      ])
      const search = async (text: string, page: { limit: number; after?: number } = { limit: 100 }) =>
        (await kit.store.read.searchConversations(text, page)).map(c => c.num)
      expect(await search('go')).toEqual([1, 2, 5])
      expect(await search('GO')).toEqual([1, 2, 5])
      expect(await search('go', { limit: 1 })).toEqual([1])
      expect(await search('go', { limit: 2, after: 1 })).toEqual([2, 5])
      expect(await search('go', { limit: 2, after: 5 })).toEqual([])
      expect(await search('É')).toEqual([7])
      expect(await search('\u{1f600}')).toEqual([7])
      expect(await search('%')).toEqual([2])
      expect(await search('_')).toEqual([2])
      expect(await search('\\')).toEqual([2])
      expect(await search('%go')).toEqual([])
      expect(await search('')).toEqual([1, 2, 5, 7])
      expect(await search('x'.repeat(100_000))).toEqual([])
    })

    test('members are listed with their profiles by num, page by page', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      // Ids in another order than nums.
      const people = [1, 2, 3, 4, 5].map(n => profile(n, { num: 60 - n }))
      await seed(kit.store, 'profile', people)
      const members = [1, 2, 3, 4].map(n => member(100, n, { joinedAt: n, wroteAsStranger: n === 2 }))
      await seed(kit.store, 'member', [...members, member(101, 5)])

      const all = await read.membersOf(id(100), { limit: 100 })
      expect(all.map(row => row.profile.num)).toEqual([56, 57, 58, 59])
      expect(all.map(row => row.profile)).toEqual(people.slice(0, 4).toReversed())
      expect(all.map(row => row.member)).toEqual(members.toReversed())
      expect((await read.membersOf(id(100), { limit: 2 })).map(row => row.profile.num)).toEqual([56, 57])
      expect((await read.membersOf(id(100), { limit: 2, after: 57 })).map(row => row.profile.num)).toEqual([58, 59])
      expect(await read.membersOf(id(100), { limit: 2, after: 59 })).toEqual([])
      expect(new Set(await read.memberIdsOf(id(100)))).toEqual(new Set([1, 2, 3, 4].map(id)))
      expect(await read.memberIdsOf(id(9))).toEqual([])
    })

    test('managers, and who follows a leaving owner', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      await seed(kit.store, 'member', [
        member(100, 1, { role: 'owner', joinedAt: 1 }),
        member(100, 2, { joinedAt: 2 }),
        member(100, 5, { role: 'manager', joinedAt: 9 }),
        member(100, 4, { role: 'manager', joinedAt: 9 }),
        member(100, 3, { role: 'manager', joinedAt: 10 }),
        member(101, 1, { role: 'owner', joinedAt: 1 }),
        member(101, 4, { joinedAt: 5 }),
        member(101, 3, { joinedAt: 5 }),
        member(102, 1, { role: 'owner' }),
      ])
      expect(new Set((await read.managersOf(id(100))).map(m => m.profileId))).toEqual(new Set([1, 5, 4, 3].map(id)))
      expect((await read.managersOf(id(101))).map(m => m.role)).toEqual(['owner'])
      expect((await read.successorOf(id(100), id(1)))?.profileId).toBe(id(4))
      expect((await read.successorOf(id(101), id(1)))?.profileId).toBe(id(3))
      expect(await read.successorOf(id(102), id(1))).toBeNull()
    })

    test('applications are found by person and listed oldest first', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      await seed(kit.store, 'application', [
        application(1, { createdAt: 3 }),
        application(2, { createdAt: 1 }),
        application(3, { conversationId: id(101) }),
      ])
      expect((await read.applicationsOf(id(100))).map(a => a.id)).toEqual([id(2), id(1)])
      expect((await read.applicationBy(id(100), id(2)))?.id).toBe(id(2))
      expect(await read.applicationBy(id(100), id(3))).toBeNull()
    })
  })
}
