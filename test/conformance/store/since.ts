// Reading the whole log from a mark.
import { describe, expect, test } from 'bun:test'
import type { Event } from '../../../src/core/event.ts'
import type { Mark } from '../../../src/core/model/ids.ts'
import { conversationStream, profileStream, type StreamId } from '../../../src/core/model/ids.ts'
import type { Store } from '../../../src/core/ports/store.ts'
import { conversation, id, message, type OpenStore, openWith, profile, seed } from './fixtures.ts'

const ended = (sessionId: string) => ({ type: 'session.ended', sessionId, door: 'd' }) as const
const streams: readonly StreamId[] = [1, 2, 3, 4].flatMap(n => [conversationStream(id(n)), profileStream(id(n))])
const nth = (n: number): StreamId => streams[n % streams.length] ?? profileStream(id(1))

const append = (store: Store, stream: StreamId, name = 's'): Promise<Event> =>
  store.transact(tx => tx.append(stream, ended(name)))

const since = async (store: Store, wanted: readonly StreamId[], mark: Mark, limit = 1000) => {
  const page = await store.readSince(wanted, mark, limit)
  if (page === 'resync') throw new Error('resync')
  return page
}

export const sinceSuite = (open: OpenStore): void => {
  describe('marks', () => {
    test('a mark is short and fit for a URL, and moves on with the log', async () => {
      await using kit = await openWith(open)
      const before = await kit.store.markNow()
      await append(kit.store, nth(0))
      const after = await kit.store.markNow()
      expect(after).not.toBe(before)
      for (const mark of [before, after]) expect(mark).toMatch(/^[A-Za-z0-9._~-]{1,64}$/)
      expect(await kit.store.markNow()).toBe(after)
    })

    test('everything since the mark, over many streams, in the order of commits', async () => {
      await using kit = await openWith(open)
      const heard: Event[] = []
      kit.store.onCommit(events => heard.push(...events))
      const start = await kit.store.markNow()
      await Promise.all(Array.from({ length: 50 }, (_, n) => append(kit.store, nth(n * 3))))
      await kit.store.transact(async tx => {
        await tx.append(nth(5), ended('a'))
        await tx.append(nth(1), ended('b'))
      })
      expect(heard).toHaveLength(52)
      const { events, mark, more } = await since(kit.store, streams, start)
      expect(events).toEqual(heard)
      expect(more).toBe(false)
      expect(mark).toBe(await kit.store.markNow())
      expect(await since(kit.store, streams, mark)).toEqual({ events: [], mark, more: false })

      // Each event's own mark is where the log goes on behind it.
      for (const n of [0, 24, 51]) {
        expect((await since(kit.store, streams, events[n]?.mark ?? '')).events).toEqual(heard.slice(n + 1))
      }

      const wanted = [nth(1), nth(5), nth(1)]
      const some = await since(kit.store, wanted, start)
      expect(some.events).toEqual(heard.filter(event => wanted.includes(event.stream)))
      expect(some.mark).toBe(mark)
      expect((await since(kit.store, [], start)).events).toEqual([])
      expect((await since(kit.store, [profileStream(id(77))], start)).events).toEqual([])
    })

    test('page by page: nothing twice, nothing missed, whatever the page and wherever it starts', async () => {
      await using kit = await openWith(open)
      const heard: Event[] = []
      kit.store.onCommit(events => heard.push(...events))
      const marks = [await kit.store.markNow()]
      for (let n = 0; n < 30; n++) {
        // Uneven: the first stream gets most.
        await append(kit.store, nth(n % 3 === 0 ? n : 0), String(n))
        marks.push(await kit.store.markNow())
      }
      for (const [from, start] of marks.entries()) {
        for (const limit of [1, 4, 30]) {
          const got: Event[] = []
          let mark = start
          for (;;) {
            const page = await since(kit.store, streams, mark, limit)
            expect(page.events.length).toBeLessThanOrEqual(limit)
            got.push(...page.events)
            mark = page.mark
            if (!page.more) break
          }
          expect(got).toEqual(heard.slice(from))
          expect(mark).toBe(marks.at(-1) as string)
        }
      }
    })

    test('a full last page is known to be the last', async () => {
      await using kit = await openWith(open)
      const start = await kit.store.markNow()
      for (let n = 0; n < 4; n++) await append(kit.store, nth(n))
      expect((await since(kit.store, streams, start, 4)).more).toBe(false)
      expect((await since(kit.store, streams, start, 3)).more).toBe(true)
    })

    test('a mark of another epoch, of the future or of nothing asks for a resync', async () => {
      await using kit = await openWith(open)
      await using other = await openWith(open)
      await append(kit.store, nth(0))
      await append(other.store, nth(0))
      await append(other.store, nth(0))
      expect(kit.store.epoch).not.toBe(other.store.epoch)
      expect(await kit.store.readSince(streams, await other.store.markNow(), 10)).toBe('resync')
      const now = await kit.store.markNow()
      const hostile = [
        '',
        'x',
        '0',
        `${now}0`,
        `${now}9999999999999999999999`,
        `${now}.1`,
        ` ${now}`,
        `${now}\0`,
        now.toUpperCase().replace(/[A-F]/, 'x'),
        kit.store.epoch,
        `${kit.store.epoch}.`,
        `${kit.store.epoch}.-1`,
        `${kit.store.epoch}.1e0`,
        `${kit.store.epoch}.0x1`,
        `${kit.store.epoch}.NaN`,
        '🎉',
        'a'.repeat(100_000),
      ]
      for (const mark of hostile) expect(await kit.store.readSince(streams, mark, 10)).toBe('resync')
    })

    test('messages are shown as they are now; the mark passes events whose message is gone', async () => {
      await using kit = await openWith(open)
      const stream = conversationStream(id(100))
      await seed(kit.store, 'profile', [profile(1)])
      await seed(kit.store, 'conversation', [conversation(100)])
      const start = await kit.store.markNow()
      for (const seq of [1, 2]) {
        await kit.store.transact(async tx => {
          await tx.insert('message', message(seq))
          const shown = { id: id(1000 + seq) } as never
          await tx.append(stream, { type: 'message.sent', message: shown })
        })
      }
      await kit.store.transact(async tx => {
        await tx.put('message', message(1, { recalledAt: 3, recalledBy: id(1) }))
        await tx.remove('message', { id: id(1002) })
      })
      const { events, mark } = await since(kit.store, [stream], start)
      expect(events).toHaveLength(1)
      expect(events[0]?.body).toMatchObject({ message: { id: id(1001), text: null, recalledAt: 3 } })
      expect(mark).toBe(await kit.store.markNow())
      const first = await since(kit.store, [stream], start, 1)
      expect(first.more).toBe(true)
      expect((await since(kit.store, [stream], first.mark, 1)).events).toEqual([])
    })

    test('works that are undone or run again leave the marks of the others as they are', async () => {
      await using kit = await openWith(open)
      const heard: Event[] = []
      kit.store.onCommit(events => heard.push(...events))
      await append(kit.store, nth(0))
      const outcomes = await Promise.allSettled(
        Array.from({ length: 30 }, (_, n) =>
          kit.store.transact(async tx => {
            await tx.append(nth(n), ended(String(n)))
            if (n % 3 === 1) throw new Error('undone')
            await tx.append(nth(1), ended(`${n} again`))
          }),
        ),
      )
      expect(outcomes.filter(outcome => outcome.status === 'rejected')).toHaveLength(10)
      expect(heard).toHaveLength(41)
      expect(new Set(heard.map(event => event.mark)).size).toBe(41)
      for (const [n, event] of heard.entries()) {
        expect((await since(kit.store, streams, event.mark ?? '')).events).toEqual(heard.slice(n + 1))
      }
      expect(heard.at(-1)?.mark).toBe(await kit.store.markNow())
    })

    test('a mark stays good when a conversation is erased', async () => {
      await using kit = await openWith(open)
      const gone = conversationStream(id(1))
      const start = await kit.store.markNow()
      for (let n = 0; n < 5; n++) await append(kit.store, gone)
      const mark = await kit.store.markNow()
      // Erased without a word, as the newest of the whole log.
      await kit.store.transact(tx => tx.eraseConversation(id(1)))
      expect(await kit.store.markNow()).toBe(mark)
      await append(kit.store, nth(1), 'next')
      expect((await since(kit.store, streams, mark)).events.map(event => event.stream)).toEqual([nth(1)])
      const all = (await since(kit.store, streams, start)).events
      expect(all.map(event => [event.stream, event.seq])).toEqual([
        [gone, 5],
        [nth(1), 1],
      ])
    })
  })
}
