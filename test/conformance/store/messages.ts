// Questions about messages and what hangs on them, and the end of a conversation.
import { describe, expect, test } from 'bun:test'
import { conversationStream } from '../../../src/core/model/ids.ts'
import {
  application,
  attachment,
  category,
  conversation,
  id,
  invite,
  member,
  message,
  type OpenStore,
  openWith,
  profile,
  START,
  seed,
  use,
} from './fixtures.ts'

export const messagesSuite = (open: OpenStore): void => {
  describe('messages', () => {
    test('pages ascend by seq: below, above, newest, and within a thread', async () => {
      await using kit = await openWith(open)
      const root = id(1002)
      const rows = Array.from({ length: 10 }, (_, n) => message(n + 1, { replyRoot: n % 3 === 2 ? root : null }))
      await seed(kit.store, 'message', rows)
      await seed(kit.store, 'message', [message(1, { id: id(5000), conversationId: id(101) })])
      const seqs = async (page: Parameters<typeof kit.store.read.messagesOf>[1]) =>
        (await kit.store.read.messagesOf(id(100), page)).map(m => m.seq)

      expect(await seqs({ limit: 3 })).toEqual([8, 9, 10])
      expect(await seqs({ limit: 100 })).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
      expect(await seqs({ limit: 3, before: 5 })).toEqual([2, 3, 4])
      expect(await seqs({ limit: 3, before: 2 })).toEqual([1])
      expect(await seqs({ limit: 3, before: 1 })).toEqual([])
      expect(await seqs({ limit: 3, after: 5 })).toEqual([6, 7, 8])
      expect(await seqs({ limit: 3, after: 9 })).toEqual([10])
      expect(await seqs({ limit: 3, after: 0 })).toEqual([1, 2, 3])
      expect(await seqs({ limit: 3, after: 10 })).toEqual([])
      // Below wins over above.
      expect(await seqs({ limit: 2, before: 9, after: 3 })).toEqual([7, 8])
      expect(await seqs({ limit: 2, replyRoot: root })).toEqual([6, 9])
      expect(await seqs({ limit: 2, replyRoot: root, before: 9 })).toEqual([3, 6])
      expect(await seqs({ limit: 1, replyRoot: root, after: 3 })).toEqual([6])
      expect(await seqs({ limit: 9, replyRoot: id(1) })).toEqual([])
      expect(await kit.store.read.messagesOf(id(100), { limit: 1, before: 6 })).toEqual([rows[4] as (typeof rows)[0]])
      expect(await kit.store.read.messagesOf(id(9), { limit: 5 })).toEqual([])
    })

    test('standing messages from the newest down, the recalled neither listed nor counted as skipped', async () => {
      await using kit = await openWith(open)
      const rows = Array.from({ length: 9 }, (_, n) => message(n + 1, { recalledAt: n % 4 === 2 ? 1 : null }))
      await seed(kit.store, 'message', rows)
      await seed(kit.store, 'message', [message(1, { id: id(5000), conversationId: id(101) })])
      const seqs = async (offset: number, limit: number) =>
        (await kit.store.read.standingMessagesOf(id(100), { offset, limit })).map(m => m.seq)
      expect(await seqs(0, 3)).toEqual([9, 8, 6])
      expect(await seqs(3, 3)).toEqual([5, 4, 2])
      expect(await seqs(6, 3)).toEqual([1])
      expect(await seqs(7, 3)).toEqual([])
    })

    test('pages without the recalled are as long as asked for: below, above, newest', async () => {
      await using kit = await openWith(open)
      const rows = Array.from({ length: 9 }, (_, n) => message(n + 1, { recalledAt: n % 4 === 2 ? 1 : null }))
      await seed(kit.store, 'message', rows)
      const seqs = async (page: Omit<Parameters<typeof kit.store.read.messagesOf>[1], 'standing'>) =>
        (await kit.store.read.messagesOf(id(100), { ...page, standing: true })).map(m => m.seq)
      expect(await seqs({ limit: 3 })).toEqual([6, 8, 9])
      expect(await seqs({ limit: 3, before: 8 })).toEqual([4, 5, 6])
      expect(await seqs({ limit: 3, after: 2 })).toEqual([4, 5, 6])
      expect(await seqs({ limit: 3, after: 9 })).toEqual([])
      expect(await seqs({ limit: 2, before: 5, after: 1 })).toEqual([2, 4])
    })

    test('CA53: the newest over all conversations a person is in, by id, within bounds, by author', async () => {
      await using kit = await openWith(open)
      const at = (n: number, conversationN: number, more = {}) =>
        message(n, { id: id(n), conversationId: id(conversationN), ...more })
      await seed(kit.store, 'member', [member(1, 1), member(2, 1), member(3, 2)])
      await seed(kit.store, 'message', [
        at(1, 1),
        at(2, 2, { authorId: id(2) }),
        at(3, 3),
        at(4, 1, { recalledAt: 1 }),
        at(5, 2),
        at(6, 1),
        at(7, 2, { authorId: id(2) }),
      ])
      const ids = async (page: Parameters<typeof kit.store.read.recentMessages>[1], who = 1) =>
        (await kit.store.read.recentMessages(id(who), page)).map(m => m.seq)
      expect(await ids({ limit: 100 })).toEqual([1, 2, 5, 6, 7])
      expect(await ids({ limit: 3 })).toEqual([5, 6, 7])
      expect(await ids({ limit: 2, before: id(6) })).toEqual([2, 5])
      expect(await ids({ limit: 2, after: id(1) })).toEqual([6, 7])
      expect(await ids({ limit: 9, after: id(2), before: id(7) })).toEqual([5, 6])
      expect(await ids({ limit: 9, authorId: id(1) })).toEqual([1, 5, 6])
      expect(await ids({ limit: 2, authorId: id(1), before: id(6) })).toEqual([1, 5])
      // He wrote there, but is not in it.
      expect(await ids({ limit: 9, authorId: id(1) }, 2)).toEqual([3])
      expect(await ids({ limit: 9 }, 9)).toEqual([])
      expect(await kit.store.read.countMessagesFrom(id(5))).toBe(3)
      expect(await kit.store.read.countMessagesFrom(id(8))).toBe(0)
    })

    test('a sent message is found by author and client key, in its conversation', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      await seed(kit.store, 'message', [
        message(1, { clientKey: 'k' }),
        message(2, { clientKey: 'k', authorId: id(2) }),
        message(3, { clientKey: 'K' }),
        message(1, { id: id(5000), conversationId: id(101), clientKey: 'k' }),
      ])
      expect((await read.messageByClientKey(id(100), id(1), 'k'))?.seq).toBe(1)
      expect((await read.messageByClientKey(id(100), id(1), 'K'))?.seq).toBe(3)
      expect((await read.messageByClientKey(id(100), id(2), 'k'))?.seq).toBe(2)
      expect((await read.messageByClientKey(id(101), id(1), 'k'))?.id).toBe(id(5000))
      expect(await read.messageByClientKey(id(100), id(3), 'k')).toBeNull()
    })

    test('unread are the others’ messages above the mark that stand, counted up to the cap', async () => {
      await using kit = await openWith(open)
      const rows = Array.from({ length: 9 }, (_, n) =>
        message(n + 1, { authorId: id(n % 3 === 0 ? 2 : 1), recalledAt: n === 4 ? 1 : null }),
      )
      await seed(kit.store, 'message', rows)
      const unread = (person: number, readUpTo: number, cap = 1000) =>
        kit.store.read.countUnread(id(100), id(person), readUpTo, cap)
      expect(await unread(2, 0)).toBe(5)
      expect(await unread(1, 0)).toBe(3)
      expect(await unread(3, 0)).toBe(8)
      expect(await unread(2, 5)).toBe(3)
      expect(await unread(2, 9)).toBe(0)
      expect(await unread(3, 0, 4)).toBe(4)
    })

    test('mentions above the mark: by others, standing, of the person or of everybody, counted up to the cap', async () => {
      await using kit = await openWith(open)
      const of = (...targets: readonly string[]) =>
        targets.map(target => ({
          type: target === 'here' || target === 'channel' ? ('channel' as const) : ('user' as const),
          target,
          start: 0,
          end: 5,
        }))
      await seed(kit.store, 'message', [
        message(1, { mentions: of(id(2)) }),
        message(2, { mentions: of(id(3), id(2)) }),
        message(3, { mentions: of('here') }),
        message(4, { mentions: of('channel') }),
        message(5, { mentions: of(id(2)), recalledAt: 1 }),
        message(6, { mentions: of(id(2)), authorId: id(2) }),
        message(7, { mentions: of(id(3)) }),
        message(8, { text: `${id(2)} "target":"here"` }),
        message(1, { id: id(5000), conversationId: id(101), mentions: of(id(2)) }),
      ])
      const mentions = (person: number, readUpTo: number, cap = 1000) =>
        kit.store.read.countMentions(id(100), id(person), readUpTo, cap)
      expect(await mentions(2, 0)).toBe(4)
      expect(await mentions(2, 1)).toBe(3)
      expect(await mentions(2, 3)).toBe(1)
      expect(await mentions(2, 4)).toBe(0)
      expect(await mentions(3, 0)).toBe(4)
      // By himself they do not count, of everybody neither.
      expect(await mentions(1, 0)).toBe(0)
      expect(await mentions(9, 0)).toBe(2)
      expect(await mentions(2, 0, 2)).toBe(2)
    })

    test('who has read a message: others who were there when it came', async () => {
      await using kit = await openWith(open)
      await seed(kit.store, 'member', [
        member(100, 1, { readUpTo: 0 }),
        member(100, 2, { readUpTo: 5 }),
        member(100, 3, { joinedSeq: 7, readUpTo: 7 }),
      ])
      const unreader = (seq: number, author: number) => kit.store.read.hasUnreader(id(100), seq, id(author))
      const reader = (seq: number, author: number) => kit.store.read.hasReader(id(100), seq, id(author))
      expect(await unreader(5, 1)).toBe(false)
      expect(await unreader(6, 1)).toBe(true)
      expect(await reader(5, 1)).toBe(true)
      expect(await reader(6, 1)).toBe(false)
      // The third came after message 7 and counts from 8 on.
      expect(await reader(7, 1)).toBe(false)
      expect(await reader(7, 2)).toBe(false)
      expect(await unreader(8, 2)).toBe(true)
      // The author himself counts for nothing.
      expect(await reader(5, 2)).toBe(false)
      expect(await unreader(5, 2)).toBe(true)
    })

    test('reactions on many messages come by message, then in order of use', async () => {
      await using kit = await openWith(open)
      const reaction = (seq: number, order: number, emoji: string, person = 1) => ({
        messageId: id(1000 + seq),
        emoji,
        profileId: id(person),
        order,
      })
      const rows = [reaction(2, 2, 'a'), reaction(1, 9, '🎉'), reaction(2, 1, 'z'), reaction(2, 3, 'a', 2)]
      await seed(kit.store, 'reaction', [...rows, reaction(3, 1, 'a')])
      const found = await kit.store.read.reactionsOn([id(1002), id(1001), id(1009)])
      expect(found).toEqual([rows[1], rows[2], rows[0], rows[3]] as typeof rows)
      expect(await kit.store.read.reactionsOn([])).toEqual([])
      const many = Array.from({ length: 500 }, (_, n) => id(n))
      expect(await kit.store.read.reactionsOn([...many, id(1003)])).toEqual([reaction(3, 1, 'a')])
    })

    test('which of these messages are the root of a thread', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      const rows = [message(1), message(2, { replyRoot: id(1001) }), message(3, { replyRoot: id(1001) }), message(4)]
      await seed(kit.store, 'message', rows)
      expect(await read.rootsAmong([id(1001), id(1002), id(1009)])).toEqual(new Set([id(1001)]))
      expect(await read.rootsAmong([])).toEqual(new Set())
    })

    test('reminders that are due, and the next', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      expect(await read.nextReminderAt()).toBeNull()
      const reminder = (seq: number, dueAt: number) => ({ messageId: id(1000 + seq), dueAt })
      await seed(kit.store, 'reminder', [reminder(1, 30), reminder(2, 10), reminder(3, 20), reminder(4, 20)])
      expect(await read.nextReminderAt()).toBe(10)
      expect((await read.remindersDue(20, 10)).map(r => r.messageId)).toEqual([id(1002), id(1003), id(1004)])
      expect((await read.remindersDue(99, 2)).map(r => r.messageId)).toEqual([id(1002), id(1003)])
      expect(await read.remindersDue(9, 10)).toEqual([])
    })

    test('files: where they hang, whose avatar they are, and which are due for removal', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      const times = [5, 1, 2, 3, 4, 100]
      await seed(
        kit.store,
        'attachment',
        times.map((expiresAt, n) => attachment(n + 1, { expiresAt: START + expiresAt })),
      )
      await seed(kit.store, 'attachmentUse', [use(2, 2), use(2, 1), use(1, 2)])
      await seed(kit.store, 'profile', [profile(1, { avatar: id(3) })])
      await seed(kit.store, 'conversation', [
        conversation(101, { avatar: id(4) }),
        conversation(100, { avatar: id(4) }),
      ])
      await seed(kit.store, 'attachment', [attachment(66, { blob: id(660), expiresAt: START + 9000 })])
      expect((await read.attachmentByBlob(id(660)))?.fid).toBe(id(66))
      expect(await read.attachmentByBlob(id(66))).toBeNull()
      expect((await read.usesOf(id(2))).map(u => u.messageId)).toEqual([id(1001), id(1002)])
      expect((await read.usesOn(id(1002))).map(u => u.fid)).toEqual([id(1), id(2)])
      expect(await read.usesOf(id(5))).toEqual([])
      expect(await read.avatarOwners(id(3))).toEqual({ profile: true, conversationIds: [] })
      expect(await read.avatarOwners(id(4))).toEqual({ profile: false, conversationIds: [id(100), id(101)] })
      expect(await read.avatarOwners(id(5))).toEqual({ profile: false, conversationIds: [] })
      expect((await read.attachmentsExpiredBefore(START + 50, 10)).map(a => a.fid)).toEqual([id(5)])
      await kit.store.transact(async tx => {
        await tx.remove('attachmentUse', use(1, 2))
        await tx.put('profile', profile(1))
      })
      expect((await read.attachmentsExpiredBefore(START + 50, 10)).map(a => a.fid)).toEqual([id(3), id(5), id(1)])
      expect((await read.attachmentsExpiredBefore(START + 5, 1)).map(a => a.fid)).toEqual([id(3)])
    })

    test('erasing a conversation takes everything in it and nothing else', async () => {
      await using kit = await openWith(open)
      const { read } = kit.store
      const ended = { type: 'session.ended', sessionId: 's', door: 'd' } as const
      const stream = conversationStream(id(100))
      await kit.store.transact(async tx => {
        for (const n of [100, 101]) {
          await tx.insert('conversation', conversation(n))
          await tx.insert('member', member(n, 1))
          await tx.insert('pastMember', { conversationId: id(n), profileId: id(1), leftAt: 1 })
          await tx.insert('mute', { conversationId: id(n), profileId: id(1), until: 1 })
          await tx.insert('application', application(n, { conversationId: id(n), profileId: id(1) }))
          await tx.insert('message', message(1, { id: id(n * 100), conversationId: id(n) }))
          await tx.insert('reaction', { messageId: id(n * 100), emoji: 'x', profileId: id(1), order: 1 })
          await tx.insert('reminder', { messageId: id(n * 100), dueAt: n })
          await tx.insert('attachmentUse', {
            fid: id(5),
            messageId: id(n * 100),
            conversationId: id(n),
            authorId: id(1),
          })
          await tx.insert('pin', { conversationId: id(n), messageId: id(n * 100), pinnedBy: id(1), pinnedAt: 1 })
          await tx.insert('preference', {
            conversationId: id(n),
            profileId: id(1),
            mutedUntil: null,
            archived: true,
          })
          await tx.insert('invite', invite(n, { conversationId: id(n) }))
          await tx.insert('placement', { conversationId: id(n), categoryId: id(1), position: 1 })
          await tx.append(conversationStream(id(n)), ended)
        }
        await tx.insert('invite', invite(1))
        await tx.insert('category', category(1))
        await tx.insert('attachment', attachment(5))
      })
      await kit.store.transact(async tx => {
        await tx.append(stream, { ...ended, sessionId: 'last but one' })
        await tx.eraseConversation(id(100))
        await tx.append(stream, { ...ended, sessionId: 'last' })
      })
      const left = async (n: number) => [
        await read.get('conversation', { id: id(n) }),
        await read.get('member', { conversationId: id(n), profileId: id(1) }),
        await read.get('pastMember', { conversationId: id(n), profileId: id(1) }),
        await read.get('mute', { conversationId: id(n), profileId: id(1) }),
        await read.get('application', { id: id(n) }),
        await read.get('message', { id: id(n * 100) }),
        await read.get('reminder', { messageId: id(n * 100) }),
        (await read.reactionsOn([id(n * 100)]))[0] ?? null,
        (await read.usesOn(id(n * 100)))[0] ?? null,
        (await read.pinsOf(id(n)))[0] ?? null,
        await read.get('preference', { conversationId: id(n), profileId: id(1) }),
        await read.get('invite', { id: id(n) }),
        await read.get('placement', { conversationId: id(n) }),
        (await read.recentMessages(id(1), { limit: 9, authorId: id(1) })).find(m => m.id === id(n * 100)) ?? null,
      ]
      expect((await left(100)).every(row => row === null)).toBe(true)
      expect((await left(101)).some(row => row === null)).toBe(false)
      expect(await read.get('attachment', { fid: id(5) })).not.toBeNull()
      expect(await read.get('invite', { id: id(1) })).not.toBeNull()
      expect(await read.get('category', { id: id(1) })).not.toBeNull()
      const events = await kit.store.readStream(stream, { after: 0, limit: 10 })
      expect(events.map(e => [e.seq, e.body.type === 'session.ended' && e.body.sessionId])).toEqual([
        [2, 'last but one'],
        [3, 'last'],
      ])
      expect(await read.headOf(stream)).toBe(3)
      expect(await kit.store.readStream(conversationStream(id(101)), { after: 0, limit: 10 })).toHaveLength(1)
      // The seq goes on where it stood, and the slug is free again.
      await kit.store.transact(async tx => {
        await tx.insert('conversation', conversation(100))
        expect((await tx.append(stream, ended)).seq).toBe(4)
      })
    })
  })
}
