// The log: gapless, in order, its times never going back, its messages shown as they are now.
import { describe, expect, test } from 'bun:test'
import type { BodyOf, Event } from '../../../src/core/event.ts'
import { conversationStream, profileStream } from '../../../src/core/model/ids.ts'
import type { Message, MessageRow } from '../../../src/core/model/message.ts'
import { personOf } from '../../../src/core/model/profile.ts'
import type { Store, Tx } from '../../../src/core/ports/store.ts'
import { viewMessages } from '../../../src/core/queries/message-view.ts'
import { attachment, conversation, id, message, type OpenStore, openWith, profile, START, seed } from './fixtures.ts'

const ended = (sessionId: string) => ({ type: 'session.ended', sessionId, door: 'd' }) as const
const stream = conversationStream(id(100))
const author = personOf(profile(1))

/** Two people in a direct conversation, with a file. */
const prepare = async (store: Store): Promise<void> => {
  await seed(store, 'profile', [profile(1), profile(2, { displayName: 'Two' })])
  await seed(store, 'conversation', [conversation(100, { kind: 'direct', pairKey: `${id(1)}:${id(2)}` })])
  await seed(store, 'attachment', [attachment(50)])
}

const viewed = async (tx: Tx, row: MessageRow): Promise<Message> => {
  const [view] = await viewMessages(tx, [row])
  if (!view) throw new Error('no view')
  return view
}

const send = (store: Store, row: MessageRow) =>
  store.transact(async tx => {
    await tx.insert('message', row)
    return tx.append(stream, { type: 'message.sent', message: await viewed(tx, row) })
  })

/** Where it stands in the whole log is said to listeners, and to who resumes (see since.ts). */
const unmarked = ({ mark: _, ...event }: Event): Event => event

export const logSuite = (open: OpenStore): void => {
  describe('log', () => {
    test('each stream counts from 1 without gaps, whoever else writes', async () => {
      await using kit = await openWith(open)
      const streams = [stream, conversationStream(id(101)), profileStream(id(100))]
      const appended = await Promise.all(
        Array.from({ length: 60 }, (_, n) =>
          kit.store.transact(tx => tx.append(streams[n % 3] ?? stream, ended(String(n)))),
        ),
      )
      for (const each of streams) {
        const events = await kit.store.readStream(each, { after: 0, limit: 100 })
        expect(events.map(event => event.seq)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
        expect(events).toEqual(appended.filter(event => event.stream === each).map(unmarked))
        expect(await kit.store.read.headOf(each)).toBe(20)
      }
      expect(await kit.store.read.headOf(profileStream(id(1)))).toBe(0)
      expect(await kit.store.readStream(profileStream(id(1)), { after: 0, limit: 9 })).toEqual([])
    })

    test('a stream is read page by page', async () => {
      await using kit = await openWith(open)
      await kit.store.transact(async tx => {
        for (let n = 1; n <= 7; n++) await tx.append(stream, ended(String(n)))
      })
      const seqs = async (after: number, limit: number) =>
        (await kit.store.readStream(stream, { after, limit })).map(event => event.seq)
      expect(await seqs(0, 3)).toEqual([1, 2, 3])
      expect(await seqs(3, 3)).toEqual([4, 5, 6])
      expect(await seqs(6, 3)).toEqual([7])
      expect(await seqs(7, 3)).toEqual([])
      expect(await seqs(0, 1)).toEqual([1])
    })

    test('times never go back along a stream', async () => {
      await using kit = await openWith(open)
      const append = () => kit.store.transact(tx => tx.append(stream, ended('s')))
      kit.clock.advance(1000)
      expect((await append()).at).toBe(START + 1000)
      kit.clock.advance(-600)
      expect((await append()).at).toBe(START + 1000)
      const other = await kit.store.transact(tx => tx.append(profileStream(id(1)), ended('s')))
      expect(other.at).toBe(START + 400)
      kit.clock.advance(700)
      expect((await append()).at).toBe(START + 1100)
      const times = (await kit.store.readStream(stream, { after: 0, limit: 9 })).map(event => event.at)
      expect(times).toEqual([START + 1000, START + 1000, START + 1100])
    })

    test('an event comes back as it was appended', async () => {
      await using kit = await openWith(open)
      await prepare(kit.store)
      const room = conversation(100)
      const body: BodyOf<'conversation.updated'> = {
        type: 'conversation.updated',
        conversation: room,
        owner: null,
        changed: ['title', 'ü'],
        by: author,
      }
      const request: BodyOf<'contact.requested'> = {
        type: 'contact.requested',
        from: author,
        to: author,
        requestId: 'r',
        message: 'a text, not a message',
      }
      const appended = await kit.store.transact(async tx => [
        await tx.append(stream, body),
        await tx.append(stream, { ...body, by: null }),
        await tx.append(stream, request),
      ])
      expect(await kit.store.readStream(stream, { after: 0, limit: 9 })).toEqual(appended.map(unmarked))
      expect(appended[0]?.body).toEqual(body)
    })

    test('a sent message comes back as it was sent: people, file, quote, reactions', async () => {
      await using kit = await openWith(open)
      await prepare(kit.store)
      await send(kit.store, message(1))
      const row = message(2, {
        authorId: id(2),
        attachments: [id(50)],
        replyTo: id(1001),
        mentions: [{ type: 'channel', target: 'here', start: 0, end: 5 }],
        clientKey: 'k',
      })
      const sent = await send(kit.store, row)
      const [, back] = await kit.store.readStream(stream, { after: 0, limit: 9 })
      expect(back).toEqual(unmarked(sent))
      expect(sent.body).toMatchObject({
        message: {
          author: { id: id(2), displayName: 'Two' },
          conversation: { id: id(100), pair: [{ id: id(1) }, { id: id(2) }] },
          attachments: [{ fid: id(50), width: 640 }],
          replyTo: { id: id(1001), author, text: 'text 1' },
          clientKey: 'k',
        },
      })
    })

    test('read back, a message is as it is now: edited text, reactions by first use, the present name', async () => {
      await using kit = await openWith(open)
      await prepare(kit.store)
      await send(kit.store, message(1))
      await kit.store.transact(async tx => {
        const edited = message(1, { text: 'edited', editedAt: 9 })
        await tx.put('message', edited)
        await tx.put('profile', profile(1, { displayName: 'Renamed' }))
        for (const [order, emoji, person] of [
          [1, 'b', 2],
          [2, 'a', 1],
          [3, 'b', 1],
        ] as const) {
          await tx.insert('reaction', { messageId: edited.id, emoji, profileId: id(person), order })
        }
        const view = await viewed(tx, edited)
        await tx.append(stream, { type: 'message.edited', message: view })
        await tx.append(stream, { type: 'reaction.changed', message: view, person: author, emoji: 'b', active: true })
        await tx.append(stream, { type: 'reminder.due', message: view })
      })
      const events = await kit.store.readStream(stream, { after: 0, limit: 9 })
      expect(events.map(event => event.body.type)).toEqual([
        'message.sent',
        'message.edited',
        'reaction.changed',
        'reminder.due',
      ])
      for (const { body } of events) {
        expect(body).toMatchObject({ message: { text: 'edited', editedAt: 9, author: { displayName: 'Renamed' } } })
        const tallies = 'message' in body && typeof body.message === 'object' ? body.message?.reactions : []
        expect(tallies?.map(tally => [tally.emoji, tally.by.map(person => person.num)])).toEqual([
          ['b', [2, 1]],
          ['a', [1]],
        ])
      }
      // What the event itself says is not the message's to change.
      expect(events[2]?.body).toMatchObject({ person: author, emoji: 'b', active: true })
    })

    test('a recalled text is served nowhere: not in the event of the sending, not in a quote', async () => {
      await using kit = await openWith(open)
      await prepare(kit.store)
      const secret = 'the recalled words'
      const row = message(1, {
        text: secret,
        payload: secret,
        label: 'sticker',
        attachments: [id(50)],
        mentions: [{ type: 'user', target: id(2), start: 0, end: 3 }],
        forwardedFrom: { messageId: id(7), author, at: 1 },
      })
      await send(kit.store, row)
      await send(kit.store, message(2, { replyTo: row.id }))
      await kit.store.transact(async tx => {
        await tx.insert('reaction', { messageId: row.id, emoji: 'x', profileId: id(2), order: 1 })
        // Even if the row still holds what was said.
        const recalled = { ...row, recalledAt: 5, recalledBy: id(1) }
        await tx.put('message', recalled)
        await tx.append(stream, { type: 'message.recalled', message: await viewed(tx, recalled), by: author })
      })
      const events = await kit.store.readStream(stream, { after: 0, limit: 9 })
      expect(events).toHaveLength(3)
      expect(JSON.stringify(events)).not.toContain(secret)
      const shell = {
        text: null,
        payload: null,
        mentions: [],
        attachments: [],
        reactions: [],
        forwardedFrom: null,
        recalledAt: 5,
        recalledBy: id(1),
        kind: 'text',
        seq: 1,
      }
      expect(events[0]?.body).toMatchObject({ message: shell })
      expect(events[1]?.body).toMatchObject({ message: { replyTo: { id: row.id, text: null, recalledAt: 5 } } })
      expect(events[2]?.body).toMatchObject({ message: shell, by: author })
    })

    test('a quoted message and a file that are gone show as nothing', async () => {
      await using kit = await openWith(open)
      await prepare(kit.store)
      await send(kit.store, message(1, { replyTo: id(4444), attachments: [id(50), id(51)] }))
      const [event] = await kit.store.readStream(stream, { after: 0, limit: 9 })
      expect(event?.body).toMatchObject({ message: { replyTo: null, attachments: [{ fid: id(50) }] } })
    })

    test('an event whose message is gone is left out, without ending the page before its time', async () => {
      await using kit = await openWith(open)
      await prepare(kit.store)
      for (let seq = 1; seq <= 8; seq++) await send(kit.store, message(seq))
      await kit.store.transact(async tx => {
        for (const seq of [1, 2, 3, 5]) await tx.remove('message', { id: id(1000 + seq) })
      })
      const read = async (after: number, limit: number) =>
        (await kit.store.readStream(stream, { after, limit })).map(event => event.seq)
      expect(await read(0, 9)).toEqual([4, 6, 7, 8])
      expect(await read(0, 2)).toEqual([4, 6])
      expect(await read(3, 2)).toEqual([4, 6])
      expect(await read(0, 1)).toEqual([4])
      expect(await read(4, 1)).toEqual([6])
    })
  })
}
