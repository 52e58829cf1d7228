// Questions about accounts, credentials, profiles, sessions, contacts and blocks.
import { describe, expect, test } from 'bun:test'
import { pairOf } from '../../../src/core/model/contact.ts'
import {
  account,
  contact,
  credential,
  id,
  type OpenStore,
  openWith,
  profile,
  START,
  seed,
  session,
  token,
} from './fixtures.ts'

export const accountsSuite = (open: OpenStore): void => {
  describe('accounts', () => {
    test('an account is found by its folded email', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      await seed(kit.store, 'account', [account(1, { email: 'A@x.org', emailFold: 'a@x.org' }), account(2)])
      expect((await read.accountByEmail('a@x.org'))?.id).toBe(id(1))
      expect(await read.accountByEmail('A@x.org')).toBeNull()
      expect(await read.accountByEmail('')).toBeNull()
    })

    test('a credential is found by its secret, unless it is a password', async () => {
      await using kit = await openWith(open)
      await seed(kit.store, 'credential', [
        credential(1, { kind: 'msgr', secret: 'm', createdAt: 3 }),
        credential(2, { kind: 'key', secret: 'k', createdAt: 1 }),
        credential(3, { kind: 'password', secret: 'p', createdAt: 1 }),
        credential(4, { accountId: id(2) }),
      ])
      const { read } = kit.store
      expect((await read.credentialBySecret('m'))?.id).toBe(id(1))
      expect((await read.credentialBySecret('k'))?.id).toBe(id(2))
      expect(await read.credentialBySecret('p')).toBeNull()
      expect(await read.credentialBySecret('none')).toBeNull()
      expect((await read.credentialsOf(id(1))).map(c => c.id)).toEqual([id(2), id(3), id(1)])
      expect(await read.credentialsOf(id(9))).toEqual([])
    })

    test('a profile is found by handle and num, and with its account', async () => {
      await using kit = await openWith(open)
      await seed(kit.store, 'profile', [
        profile(1, { createdAt: 2 }),
        profile(2, { createdAt: 1 }),
        profile(3, { accountId: id(7) }),
      ])
      const { read } = kit.store
      expect((await read.profileByHandle('person2'))?.id).toBe(id(2))
      expect(await read.profileByHandle('Person2')).toBeNull()
      expect((await read.profileByNum(3))?.id).toBe(id(3))
      expect(await read.profileByNum(4)).toBeNull()
      expect((await read.profilesOf(id(1))).map(p => p.num)).toEqual([2, 1])
    })

    test('people are searched by prefix of handle or name, by handle in code point order', async () => {
      await using kit = await openWith(open)
      // U+FF5A comes after the emoji in UTF-16 units, before it by code point.
      const handles = ['ann', 'anna', 'an\u{ff5a}', 'an\u{1f600}', 'bob', 'a%', 'a_x', 'a\\', 'zed']
      await seed(
        kit.store,
        'profile',
        handles.map((handleFold, n) => profile(n + 1, { handleFold, nameFold: handleFold === 'zed' ? 'ann z' : null })),
      )
      const search = async (prefix: string, limit = 100) =>
        (await kit.store.read.searchProfiles(prefix, limit)).map(p => p.handleFold)
      expect(await search('an')).toEqual(['ann', 'anna', 'an\u{ff5a}', 'an\u{1f600}', 'zed'])
      expect(await search('an', 2)).toEqual(['ann', 'anna'])
      expect(await search('ANN')).toEqual(['ann', 'anna', 'zed'])
      expect(await search('anna')).toEqual(['anna'])
      expect(await search('an\u{1f600}')).toEqual(['an\u{1f600}'])
      expect(await search('annaa')).toEqual([])
      expect(await search('nn')).toEqual([])
      // What LIKE or GLOB would read as a pattern is text.
      expect(await search('a%')).toEqual(['a%'])
      expect(await search('a_')).toEqual(['a_x'])
      expect(await search('a\\')).toEqual(['a\\'])
      expect(await search('%')).toEqual([])
      expect(await search('*')).toEqual([])
      expect(await search('')).toHaveLength(handles.length)
    })

    test('sessions and tokens are listed with their owner, and those past their time up to a limit', async () => {
      await using kit = await openWith(open)
      await seed(kit.store, 'session', [
        session(1, { expiresAt: START + 30, createdAt: 2 }),
        session(2, { expiresAt: START + 10, createdAt: 1 }),
        session(3, { expiresAt: START + 20, accountId: id(2) }),
      ])
      await seed(kit.store, 'token', [
        token('b', { expiresAt: START + 5 }),
        token('a', { expiresAt: START + 6 }),
        token('c', { sessionId: id(2), expiresAt: START + 4 }),
      ])
      const { read } = kit.store
      expect((await read.sessionsOf(id(1))).map(s => s.id)).toEqual([id(2), id(1)])
      expect((await read.tokensOf(id(1))).map(t => t.digest)).toEqual(['a', 'b'])
      // At its very time it has not expired yet.
      expect((await read.sessionsExpiredBefore(START + 20, 10)).map(s => s.id)).toEqual([id(2)])
      expect((await read.sessionsExpiredBefore(START + 99, 2)).map(s => s.id)).toEqual([id(2), id(3)])
      expect((await read.tokensExpiredBefore(START + 6, 10)).map(t => t.digest)).toEqual(['c', 'b'])
      expect((await read.tokensExpiredBefore(START + 99, 1)).map(t => t.digest)).toEqual(['c'])
    })
  })

  describe('contacts', () => {
    test('contacts are found by request and listed from both ends, newest first', async () => {
      await using kit = await openWith(open)
      await seed(kit.store, 'contact', [
        contact(1, 2, { since: 1 }),
        contact(3, 1, { since: 3, state: 'requested', requestId: 'r' }),
        contact(1, 5, { since: 2 }),
        contact(1, 4, { since: 2 }),
        contact(2, 3, { since: 9 }),
      ])
      const { read } = kit.store
      expect((await read.contactByRequest('r'))?.requestedBy).toBe(id(3))
      expect(await read.contactByRequest('none')).toBeNull()
      expect((await read.contactsOf(id(1))).map(c => c.high)).toEqual([id(3), id(4), id(5), id(2)])
      expect(await read.contactsOf(id(9))).toEqual([])
    })

    test('a friend in common is one that both have accepted', async () => {
      await using kit = await openWith(open)
      await seed(kit.store, 'contact', [
        contact(1, 2),
        contact(1, 5),
        contact(5, 3),
        contact(7, 1, { state: 'requested' }),
        contact(7, 4),
      ])
      const common = (a: number, b: number) => kit.store.read.haveFriendInCommon(id(a), id(b))
      expect(await common(1, 3)).toBe(true)
      expect(await common(3, 1)).toBe(true)
      expect(await common(2, 5)).toBe(true)
      // Being friends with each other is not having one in common, nor is a mere request.
      expect(await common(1, 2)).toBe(false)
      expect(await common(1, 4)).toBe(false)
      expect(await common(8, 9)).toBe(false)
    })

    test('blocks are listed from either side', async () => {
      await using kit = await openWith(open)
      const block = (a: number, b: number) => ({ blocker: id(a), blocked: id(b), since: 1 })
      await seed(kit.store, 'block', [block(1, 3), block(1, 2), block(4, 2)])
      expect((await kit.store.read.blocksBy(id(1))).map(b => b.blocked)).toEqual([id(2), id(3)])
      expect(await kit.store.read.blockersOf(id(2))).toEqual([id(1), id(4)])
      expect(await kit.store.read.blockersOf(id(1))).toEqual([])
    })

    test('the two of a pair are stored in one order', () => {
      expect(pairOf(id(2), id(1))).toEqual(pairOf(id(1), id(2)))
    })
  })
}
