// Transactions: whole or not at all, alone in failing, seen by nobody before the commit, announced in order.
import { describe, expect, test } from 'bun:test'
import type { Event } from '../../../src/core/event.ts'
import { FaultError } from '../../../src/core/fault.ts'
import { conversationStream, profileStream } from '../../../src/core/model/ids.ts'
import { type Tx, UniqueError } from '../../../src/core/ports/store.ts'
import { conversation, id, type OpenStore, openWith, profile, seed } from './fixtures.ts'

const ended = { type: 'session.ended', sessionId: 's', door: 'd' } as const

const setting = (name: string, value: string) => ({ name, value })

export const transactionsSuite = (open: OpenStore): void => {
  describe('transactions', () => {
    test('answers what the work answers, after the commit: whoever reads then sees it', async () => {
      await using kit = await openWith(open)
      const answer = await kit.store.transact(async tx => {
        await tx.insert('setting', setting('a', '1'))
        return 'answer'
      })
      expect(answer).toBe('answer')
      expect(await kit.store.read.get('setting', { name: 'a' })).toEqual(setting('a', '1'))
    })

    test('a transaction sees its own writes, others do not before the commit', async () => {
      await using kit = await openWith(open)
      let outside: unknown = 'not asked'
      await kit.store.transact(async tx => {
        await tx.insert('profile', profile(1))
        await tx.append(profileStream(id(1)), ended)
        expect((await tx.profileByHandle('person1'))?.id).toBe(id(1))
        expect(await tx.headOf(profileStream(id(1)))).toBe(1)
        outside = [await kit.store.read.profileByHandle('person1'), await kit.store.read.headOf(profileStream(id(1)))]
      })
      expect(outside).toEqual([null, 0])
      expect(await kit.store.read.headOf(profileStream(id(1)))).toBe(1)
    })

    test('a work that throws is undone whole, and its error comes back as it is', async () => {
      await using kit = await openWith(open)
      await seed(kit.store, 'setting', [setting('kept', '1'), setting('changed', 'before')])
      const heard: Event[] = []
      kit.store.onCommit(events => heard.push(...events))
      const fault = new FaultError({ kind: 'handle.taken' })
      const failing = kit.store.transact(async tx => {
        await tx.insert('setting', setting('added', '1'))
        await tx.put('setting', setting('changed', 'after'))
        await tx.remove('setting', { name: 'kept' })
        await tx.append(conversationStream(id(1)), ended)
        throw fault
      })
      expect(await failing.catch(e => e)).toBe(fault)
      expect(await kit.store.read.get('setting', { name: 'added' })).toBeNull()
      expect(await kit.store.read.get('setting', { name: 'changed' })).toEqual(setting('changed', 'before'))
      expect(await kit.store.read.get('setting', { name: 'kept' })).toEqual(setting('kept', '1'))
      expect(await kit.store.read.headOf(conversationStream(id(1)))).toBe(0)
      expect(heard).toEqual([])
    })

    test('works that arrive together fail alone: after writing, before writing, in any place', async () => {
      await using kit = await openWith(open)
      const stream = conversationStream(id(1))
      const heard: string[] = []
      kit.store.onCommit(events => {
        for (const { body } of events) if (body.type === 'session.ended') heard.push(body.sessionId)
      })
      const works = Array.from({ length: 60 }, (_, n) =>
        kit.store.transact(async tx => {
          if (n % 7 === 3) throw new Error(`before ${n}`)
          await tx.insert('setting', setting(`s${n}`, 'x'))
          await tx.append(stream, { ...ended, sessionId: String(n) })
          if (n % 7 === 5) throw new Error(`after ${n}`)
          return n
        }),
      )
      const outcomes = await Promise.allSettled(works)
      const fine = outcomes.flatMap((_, n) => (n % 7 === 3 || n % 7 === 5 ? [] : [n]))
      for (const [n, outcome] of outcomes.entries()) {
        if (fine.includes(n)) expect(outcome).toEqual({ status: 'fulfilled', value: n })
        else
          expect(String((outcome as PromiseRejectedResult).reason)).toBe(
            `Error: ${n % 7 === 3 ? 'before' : 'after'} ${n}`,
          )
        expect((await kit.store.read.get('setting', { name: `s${n}` })) !== null).toBe(fine.includes(n))
      }
      expect(heard.map(Number).toSorted((a, b) => a - b)).toEqual(fine)
      const events = await kit.store.readStream(stream, { after: 0, limit: 100 })
      expect(events.map(event => event.seq)).toEqual(fine.map((_, n) => n + 1))
      expect(events.map(event => event.body.type === 'session.ended' && event.body.sessionId)).toEqual(heard)
    })

    test('of many that want the same unique value at once, one gets it', async () => {
      await using kit = await openWith(open)
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) =>
          kit.store.transact(async tx => {
            await tx.insert('setting', setting(`by ${n}`, 'x'))
            await tx.insert('profile', profile(n + 1, { handleFold: 'wanted' }))
            return n
          }),
        ),
      )
      const winners = outcomes.flatMap(outcome => (outcome.status === 'fulfilled' ? outcome.value : []))
      expect(winners).toHaveLength(1)
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(UniqueError)
      for (const n of outcomes.keys()) {
        expect((await kit.store.read.get('setting', { name: `by ${n}` })) !== null).toBe(winners.includes(n))
      }
    })

    test('a work that swallows a UniqueError is undone all the same, with that error', async () => {
      await using kit = await openWith(open)
      await seed(kit.store, 'profile', [profile(1)])
      const swallowing = kit.store.transact(async tx => {
        await tx.insert('setting', setting('a', '1'))
        await tx.insert('profile', profile(2, { handleFold: 'person1' })).catch(() => {})
        return 'fine'
      })
      expect(await swallowing.catch(e => e)).toBeInstanceOf(UniqueError)
      expect(await kit.store.read.get('setting', { name: 'a' })).toBeNull()
      // Where nothing else was written, too.
      const alone = kit.store.transact(tx => tx.insert('profile', profile(2, { num: 1 })).catch(() => {}))
      expect(await alone.catch(e => e)).toBeInstanceOf(UniqueError)
      // What the work makes of the error is what comes back.
      const fault = new FaultError({ kind: 'handle.taken' })
      const translating = kit.store.transact(tx =>
        tx.insert('profile', profile(2, { handleFold: 'person1' })).catch(() => {
          throw fault
        }),
      )
      expect(await translating.catch(e => e)).toBe(fault)
    })

    test('a transaction that is over takes no writes', async () => {
      await using kit = await openWith(open)
      const kept: Tx[] = []
      await kit.store.transact(async tx => void kept.push(tx))
      await kit.store
        .transact(async tx => {
          kept.push(tx)
          throw new Error('no')
        })
        .catch(() => {})
      expect(kept.length).toBeGreaterThanOrEqual(2)
      for (const tx of kept) {
        expect(await tx.put('setting', setting('late', '1')).catch(e => e)).toBeInstanceOf(Error)
        expect(await tx.append(conversationStream(id(1)), ended).catch(e => e)).toBeInstanceOf(Error)
      }
      await kit.store.transact(async () => {})
      expect(await kit.store.read.get('setting', { name: 'late' })).toBeNull()
      expect(await kit.store.read.headOf(conversationStream(id(1)))).toBe(0)
    })

    test('locks of the same names keep read and write together, in whatever order they are named', async () => {
      await using kit = await openWith(open)
      await seed(kit.store, 'setting', [setting('count', '0')])
      await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          kit.store.transact(async tx => {
            await tx.lock(...(n % 2 ? ['a', 'b'] : ['b', 'a']))
            const now = await tx.get('setting', { name: 'count' })
            await tx.put('setting', setting('count', String(Number(now?.value) + 1)))
          }),
        ),
      )
      expect((await kit.store.read.get('setting', { name: 'count' }))?.value).toBe('50')
    })

    test('numbers are given out once, also to works that run together', async () => {
      await using kit = await openWith(open)
      const nums = await Promise.all(Array.from({ length: 30 }, () => kit.store.transact(tx => tx.nextNum())))
      nums.push(...(await kit.store.transact(async tx => [await tx.nextNum(), await tx.nextNum()])))
      expect(new Set(nums).size).toBe(32)
      for (const num of nums) expect(Number.isInteger(num) && num > 0 && num < 2 ** 31).toBe(true)
      expect(nums.toSorted((a, b) => a - b).at(-1)).toBe(nums.at(-1) as number)
    })

    test('listeners hear each transaction with events once, in commit order, before it is answered', async () => {
      await using kit = await openWith(open)
      const log: string[] = []
      kit.store.onCommit(events => log.push(events.map(e => `${e.stream.split('/')[0]}:${e.seq}`).join('+')))
      kit.store.onCommit(events => log.push(`again ${events.length}`))
      const works = Array.from({ length: 5 }, (_, n) =>
        kit.store
          .transact(async tx => {
            await tx.put('setting', setting('a', String(n)))
            if (n === 2) return
            await tx.append(conversationStream(id(1)), ended)
            if (n === 3) await tx.append(profileStream(id(1)), ended)
          })
          .then(() => log.push(`answered ${n}`)),
      )
      await Promise.all(works)
      const heard = log.filter(line => !line.startsWith('answered') && !line.startsWith('again'))
      expect(heard).toEqual(['conversation:1', 'conversation:2', 'conversation:3+profile:1', 'conversation:4'])
      expect(log.filter(line => line.startsWith('again'))).toEqual(['again 1', 'again 1', 'again 2', 'again 1'])
      for (const [n, line] of [
        [0, 'conversation:1'],
        [1, 'conversation:2'],
        [3, 'conversation:3+profile:1'],
        [4, 'conversation:4'],
      ] as const) {
        expect(log.indexOf(line)).toBeLessThan(log.indexOf(`answered ${n}`))
      }
      expect(log).toContain('answered 2')
    })

    test('a listener may read what it is told of', async () => {
      await using kit = await openWith(open)
      const seen: Promise<unknown>[] = []
      kit.store.onCommit(() => seen.push(kit.store.read.get('conversation', { id: id(1) })))
      await kit.store.transact(async tx => {
        await tx.insert('conversation', conversation(1))
        await tx.append(conversationStream(id(1)), ended)
      })
      expect(await Promise.all(seen)).toEqual([conversation(1)])
    })

    test('a closed store takes no more, after finishing what it took', async () => {
      await using kit = await openWith(open)
      const taken = kit.store.transact(async tx => {
        await tx.put('setting', setting('a', '1'))
        return 'done'
      })
      const closing = kit.store[Symbol.asyncDispose]()
      const late = kit.store.transact(async () => 'late').catch(e => e)
      expect(await taken).toBe('done')
      await closing
      expect(await late).toBeInstanceOf(Error)
    })
  })
}
