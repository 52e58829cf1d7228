// A process to be killed: writes to a store from many sides at once and prints what was acknowledged.
// Usage: writer.ts <folder> <round> [only-open|messages]
import { openSqliteStore } from '../../../src/adapters/store/sqlite/store.ts'
import { type Clock, systemClock } from '../../../src/base/clock.ts'
import { newId } from '../../../src/base/id.ts'
import { conversationStream, profileStream } from '../../../src/core/model/ids.ts'
import type { Store } from '../../../src/core/ports/store.ts'
import { member, message } from '../../conformance/store/fixtures.ts'

const WRITERS = 32

const [folder = '', round = '', mode = 'write'] = process.argv.slice(2)

/** Each work leaves two rows and an event in two streams, or nothing. */
const work = (store: Store, name: string, fails: boolean): Promise<void> =>
  store.transact(async tx => {
    await tx.insert('setting', { name: `left ${name}`, value: 'x'.repeat(200) })
    await tx.append(profileStream(String(name.length % 3)), { type: 'session.ended', sessionId: name, door: 'd' })
    if (fails) throw new Error('on purpose')
    await tx.append(conversationStream('all'), { type: 'session.ended', sessionId: name, door: 'd' })
    await tx.insert('setting', { name: `right ${name}`, value: '' })
  })

const writeForever = async (store: Store, writer: number): Promise<never> => {
  for (let n = 0; ; n++) {
    const name = `${round}.${writer}.${n}`
    const fails = n % 10 === 9
    try {
      await work(store, name, fails)
      process.stdout.write(`${name}\n`)
    } catch (error) {
      if (!fails) throw error
    }
  }
}

const openForever = async (): Promise<never> => {
  for (;;) {
    const store = await openSqliteStore({ folder, clock: systemClock })
    process.stdout.write(`${store.epoch}\n`)
    await store[Symbol.asyncDispose]()
  }
}

const clock: Clock = { ...systemClock, after: (ms, task) => systemClock.after(ms / 200, task) }

/** Messages by four authors, as fast as it goes, with what the store does behind them two hundred times as often. */
const sendForever = async (store: Store): Promise<never> => {
  const authors = ['0', '1', '2', '3']
  const head = (await store.read.messagesOf('c', { limit: 1 }))[0]?.seq ?? 0
  if (head === 0) await store.transact(tx => tx.insert('member', member(1, 1, { conversationId: 'c', profileId: '0' })))
  for (let seq = head + 1; ; seq += authors.length) {
    await Promise.all(
      authors.map((authorId, n) =>
        store.transact(async tx => {
          const id = newId()
          await tx.insert('message', message(seq + n, { id, conversationId: 'c', authorId }))
          await tx.append(conversationStream('c'), { type: 'session.ended', sessionId: id, door: 'd' })
        }),
      ),
    )
    process.stdout.write(`${seq}\n`)
  }
}

// Whoever was to kill it is gone.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) process.exit(1)
}, 1000).unref()

if (mode === 'only-open') await openForever()
const store = await openSqliteStore({ folder, clock })
if (mode === 'messages') await sendForever(store)
await Promise.all(Array.from({ length: WRITERS }, (_, writer) => writeForever(store, writer)))
