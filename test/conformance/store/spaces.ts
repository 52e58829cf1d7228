// Questions about spaces: who sees and who is in them, what stands in them, how one comes in; and what people keep.
import { describe, expect, test } from 'bun:test'
import {
  category,
  conversation,
  id,
  invite,
  type OpenStore,
  openWith,
  profile,
  START,
  seed,
  space,
  spaceMember,
} from './fixtures.ts'

const ids = (rows: readonly { readonly id: string }[]): readonly string[] => rows.map(row => row.id)

export const spacesSuite = (open: OpenStore): void => {
  describe('spaces', () => {
    test('a person sees public spaces, those it made and those it is active in, by age', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      await seed(kit.store, 'space', [
        space(1, { visibility: 'public', createdAt: 9 }),
        space(2, { createdBy: id(1), createdAt: 8 }),
        space(3, { createdAt: 8 }),
        space(4, { createdAt: 7 }),
        space(5, { createdAt: 6 }),
        space(6, { visibility: 'public', createdBy: id(1), createdAt: 1 }),
      ])
      await seed(kit.store, 'spaceMember', [
        spaceMember(1, 1, { state: 'left' }),
        spaceMember(3, 1),
        spaceMember(4, 1, { state: 'removed' }),
        spaceMember(5, 2),
      ])
      expect(ids(await read.spacesFor(id(1)))).toEqual([id(6), id(2), id(3), id(1)])
      expect(ids(await read.spacesFor(id(9)))).toEqual([id(6), id(1)])
      expect(ids(await read.spacesFor(null))).toEqual([id(6), id(1)])
      expect(await read.countSpacesMadeBy(id(1))).toBe(2)
      expect(await read.countSpacesMadeBy(id(2))).toBe(0)
    })

    test('spaces that nobody took into possession in time', async () => {
      await using kit = await openWith(open)
      const times = [50, null, 20, 30]
      await seed(
        kit.store,
        'space',
        times.map((claimUntil, n) => space(n + 1, { claimUntil })),
      )
      const unclaimed = async (time: number, limit: number) =>
        ids(await kit.store.read.spacesUnclaimedBefore(time, limit))
      expect(await unclaimed(50, 9)).toEqual([id(3), id(4)])
      expect(await unclaimed(51, 2)).toEqual([id(3), id(4)])
      expect(await unclaimed(51, 3)).toEqual([id(3), id(4), id(1)])
      expect(await unclaimed(20, 9)).toEqual([])
    })

    test('active members page by time of joining, then profile, each with its profile', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      const people = [1, 2, 3, 4, 5].map(n => profile(n))
      await seed(kit.store, 'profile', people)
      const members = [
        spaceMember(1, 4, { joinedAt: 1, role: 'owner' }),
        spaceMember(1, 2, { joinedAt: 2 }),
        spaceMember(1, 3, { joinedAt: 2 }),
        spaceMember(1, 1, { joinedAt: 3 }),
      ]
      await seed(kit.store, 'spaceMember', members)
      await seed(kit.store, 'spaceMember', [spaceMember(1, 5, { state: 'left' }), spaceMember(2, 5)])
      const all = await read.spaceMembersOf(id(1), { limit: 9 })
      expect(all.map(row => row.member)).toEqual(members)
      expect(all.map(row => row.profile.num)).toEqual([4, 2, 3, 1])
      expect(all[0]?.profile).toEqual(people[3] as (typeof people)[0])
      const nums = async (limit: number, joinedAt: number, profileN: number) =>
        (await read.spaceMembersOf(id(1), { limit, after: { joinedAt, profileId: id(profileN) } })).map(
          row => row.profile.num,
        )
      expect(await nums(2, 1, 4)).toEqual([2, 3])
      expect(await nums(9, 2, 2)).toEqual([3, 1])
      expect(await nums(9, 3, 1)).toEqual([])
      expect(await read.countSpaceMembers(id(1))).toBe(4)
      expect(await read.countOutOf(id(1))).toBe(1)
      expect(await read.countSpaceMembers(id(9))).toBe(0)
      expect(await read.countOutOf(id(9))).toBe(0)
    })

    test('home holds everybody who is not out of it', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      await seed(
        kit.store,
        'profile',
        [1, 2, 3, 4, 5].map(n => profile(n)),
      )
      await seed(kit.store, 'spaceMember', [
        spaceMember(1, 2, { state: 'left' }),
        spaceMember(1, 3, { state: 'active' }),
        spaceMember(1, 4, { state: 'removed' }),
        spaceMember(2, 5, { state: 'removed' }),
      ])
      const nums = async (limit: number, after?: number) =>
        (await read.profilesNotOutOf(id(1), { limit, after })).map(p => p.num)
      expect(await nums(9)).toEqual([1, 3, 5])
      expect(await nums(1, 1)).toEqual([3])
      expect(await nums(9, 5)).toEqual([])
      expect(await read.countOutOf(id(1))).toBe(2)
      expect(await read.countProfiles()).toBe(5)
    })

    test('a leaving owner is followed by the oldest active manager, else member', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      await seed(kit.store, 'spaceMember', [
        spaceMember(1, 1, { role: 'owner', joinedAt: 1 }),
        spaceMember(1, 2, { joinedAt: 1 }),
        spaceMember(1, 6, { role: 'manager', joinedAt: 1, state: 'left' }),
        spaceMember(1, 5, { role: 'manager', joinedAt: 4 }),
        spaceMember(1, 4, { role: 'manager', joinedAt: 4 }),
        spaceMember(2, 1, { role: 'owner' }),
        spaceMember(2, 3, { joinedAt: 2 }),
        spaceMember(2, 2, { joinedAt: 2 }),
        spaceMember(3, 1, { role: 'owner' }),
        spaceMember(3, 2, { state: 'removed' }),
      ])
      expect((await read.spaceSuccessorOf(id(1), id(1)))?.profileId).toBe(id(4))
      expect((await read.spaceSuccessorOf(id(2), id(1)))?.profileId).toBe(id(2))
      expect(await read.spaceSuccessorOf(id(3), id(1))).toBeNull()
    })

    test('what stands in a space: categories by position, where channels are placed, its channels', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      await seed(kit.store, 'category', [
        category(1, { position: 2 }),
        category(3, { position: 1 }),
        category(2, { position: 1, kind: 'voice' }),
        category(4, { spaceId: id(2) }),
      ])
      const placement = (n: number, categoryN: number) => ({
        conversationId: id(n),
        categoryId: id(categoryN),
        position: 0,
      })
      const here = [placement(10, 1), placement(11, 3)]
      await seed(kit.store, 'placement', [...here, placement(12, 4)])
      await seed(kit.store, 'conversation', [
        conversation(12, { spaceId: id(1) }),
        conversation(11, { spaceId: id(1) }),
        conversation(13, { spaceId: id(2) }),
        conversation(14),
      ])
      expect(ids(await read.categoriesOf(id(1)))).toEqual([id(2), id(3), id(1)])
      expect(await read.placementsOf(id(1))).toHaveLength(2)
      expect(await read.placementsOf(id(1))).toEqual(expect.arrayContaining(here))
      expect(ids(await read.conversationsOfSpace(id(1)))).toEqual([id(11), id(12)])
      expect(await read.conversationsOfSpace(id(9))).toEqual([])
    })

    test('invitations: by code, and the newest first to the space itself or to one conversation', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      await seed(kit.store, 'invite', [
        invite(1, { createdAt: 1 }),
        invite(2, { createdAt: 3 }),
        invite(3, { createdAt: 3, revokedAt: 4 }),
        invite(4, { createdAt: 2, conversationId: id(10) }),
        invite(5, { createdAt: 9, spaceId: id(2) }),
        invite(6, { createdAt: 5, conversationId: id(10) }),
        invite(7, { createdAt: 5, conversationId: id(11) }),
      ])
      expect((await read.inviteByCode('code-3'))?.id).toBe(id(3))
      expect(await read.inviteByCode('CODE-3')).toBeNull()
      const listed = async (limit: number, conversationN: number | null, after?: readonly [number, number]) => {
        const where = { spaceId: id(1), conversationId: conversationN === null ? null : id(conversationN) }
        return ids(await read.invitesOf(where, { limit, after: after && { createdAt: after[0], id: id(after[1]) } }))
      }
      expect(await listed(9, null)).toEqual([id(3), id(2), id(1)])
      expect(await listed(1, null, [3, 3])).toEqual([id(2)])
      expect(await listed(9, null, [3, 2])).toEqual([id(1)])
      expect(await listed(9, null, [1, 1])).toEqual([])
      expect(await listed(9, 10)).toEqual([id(6), id(4)])
      expect(await listed(9, 10, [5, 6])).toEqual([id(4)])
      expect(await listed(9, 12)).toEqual([])
    })

    test('pins from the newest, and what a person prefers', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      const pin = (n: number, messageN: number, pinnedAt: number) => ({
        conversationId: id(n),
        messageId: id(messageN),
        pinnedBy: id(1),
        pinnedAt,
      })
      await seed(kit.store, 'pin', [pin(1, 5, 1), pin(1, 3, 2), pin(1, 4, 2), pin(2, 9, 9)])
      expect((await read.pinsOf(id(1))).map(p => p.messageId)).toEqual([id(4), id(3), id(5)])
      expect(await read.pinsOf(id(3))).toEqual([])
      const preference = (n: number, profileN: number) => ({
        conversationId: id(n),
        profileId: id(profileN),
        mutedUntil: START,
        archived: n === 2,
      })
      const mine = [preference(1, 1), preference(2, 1)]
      await seed(kit.store, 'preference', [...mine, preference(1, 2)])
      expect(await read.preferencesOf(id(1))).toHaveLength(2)
      expect(await read.preferencesOf(id(1))).toEqual(expect.arrayContaining(mine))
    })

    test('what has been used up is found when it would not be valid anyway', async () => {
      await using kit = await openWith(open)
      const spent = (digest: string, expiresAt: number) => ({ digest, expiresAt })
      await seed(kit.store, 'spent', [spent('c', 1), spent('b', 3), spent('a', 3), spent('d', 4)])
      const due = async (time: number, limit: number) =>
        (await kit.store.read.spentExpiredBefore(time, limit)).map(row => row.digest)
      expect(await due(4, 9)).toEqual(['c', 'a', 'b'])
      expect(await due(4, 2)).toEqual(['c', 'a'])
      expect(await due(1, 9)).toEqual([])
    })
  })
}
