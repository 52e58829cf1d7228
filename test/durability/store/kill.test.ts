// kill -9 in the middle of concurrent writes: what was acknowledged is there, whole and in order, and nothing by halves.
import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSqliteStore } from '../../../src/adapters/store/sqlite/store.ts'
import { systemClock } from '../../../src/base/clock.ts'
import type { Event } from '../../../src/core/event.ts'
import type { Mark } from '../../../src/core/model/ids.ts'
import { conversationStream, profileStream, type StreamId } from '../../../src/core/model/ids.ts'
import type { Store } from '../../../src/core/ports/store.ts'

const ROUNDS = 12
const WRITER = fileURLToPath(import.meta.resolve('./writer.ts'))
const streams: readonly StreamId[] = [conversationStream('all'), ...['0', '1', '2'].map(profileStream)]

/** On the disk and not in memory: this is about what the file system keeps. */
const diskFolder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'parlance-kill-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** A writer that is killed at the latest when the test is over. */
const startWriter = (...args: readonly string[]) => {
  const child = Bun.spawn([process.execPath, WRITER, ...args], { stdout: 'pipe', stderr: 'inherit' })
  const kill = async () => {
    child.kill('SIGKILL')
    await child.exited
  }
  return { child, kill, [Symbol.asyncDispose]: kill }
}

/** Runs a writer until it has printed `lines` lines, kills it, and answers all whole lines that it printed. */
const killAfter = async (lines: number, ...args: readonly string[]): Promise<readonly string[]> => {
  await using writer = startWriter(...args)
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of writer.child.stdout) {
    text += decoder.decode(chunk, { stream: true })
    if (text.split('\n').length > lines) await writer.kill()
  }
  await writer.child.exited
  expect(writer.child.signalCode).toBe('SIGKILL')
  return text.split('\n').slice(0, -1)
}

const nameIn = (event: Event): string => (event.body.type === 'session.ended' ? event.body.sessionId : '')

/** The whole of a stream, its seqs checked to be gapless. */
const readWhole = async (store: Store, stream: StreamId): Promise<readonly string[]> => {
  const events: Event[] = []
  for (;;) {
    const page = await store.readStream(stream, { after: events.length, limit: 1000 })
    events.push(...page)
    if (page.length < 1000) break
  }
  expect(events.every((event, n) => event.seq === n + 1)).toBe(true)
  expect(await store.read.headOf(stream)).toBe(events.length)
  return events.map(nameIn)
}

const readAllSince = async (store: Store, start: Mark): Promise<readonly string[]> => {
  const names: string[] = []
  let mark = start
  for (;;) {
    const page = await store.readSince(streams, mark, 1000)
    if (page === 'resync') throw new Error('the mark was lost')
    names.push(...page.events.filter(event => event.stream === streams[0]).map(nameIn))
    if (!page.more) return names
    mark = page.mark
  }
}

test('what was acknowledged survives kill -9, whole, once, in order; nothing half-written does', async () => {
  await using folder = await diskFolder()
  const acknowledged: string[] = []
  let epoch: string | null = null
  let start: Mark | null = null
  for (let round = 0; round < ROUNDS; round++) {
    acknowledged.push(...(await killAfter(50 + 37 * round, folder.path, String(round))))

    await using store = await openSqliteStore({ folder: folder.path, clock: systemClock })
    epoch ??= store.epoch
    expect(store.epoch).toBe(epoch)

    const kept = await readWhole(store, conversationStream('all'))
    const known = new Set(kept)
    expect(known.size).toBe(kept.length)
    expect(acknowledged.filter(name => !known.has(name))).toEqual([])

    // Both halves of each work, and neither of those that failed or were cut off.
    const halves: string[] = []
    for (const stream of streams.slice(1)) halves.push(...(await readWhole(store, stream)))
    expect(halves.toSorted()).toEqual(kept.toSorted())
    for (const side of ['left', 'right']) {
      const rows = await store.read.getMany(
        'setting',
        kept.map(name => ({ name: `${side} ${name}` })),
      )
      expect(rows).toHaveLength(kept.length)
    }
    const failed = [...new Set(kept.map(name => name.split('.').slice(0, 2).join('.')))].map(by => `left ${by}.9`)
    expect(
      await store.read.getMany(
        'setting',
        failed.map(name => ({ name })),
      ),
    ).toEqual([])

    start ??= `${store.epoch}.0`
    expect(await readAllSince(store, start)).toEqual(kept)
  }
  expect(acknowledged.length).toBeGreaterThan(ROUNDS * 50)
}, 120_000)

test('kill -9 while the list of each author’s messages is filled loses none of them and answers none twice', async () => {
  await using folder = await diskFolder()
  for (let round = 0; round < ROUNDS; round++) {
    await killAfter(5 + 29 * round, folder.path, String(round), 'messages')

    const db = new Database(join(folder.path, 'parlance.db'), { readonly: true })
    const count = (sql: string) => db.query<{ count: number }, []>(`select count(*) as count from ${sql}`).get()?.count
    const watermark = `(select "value" from "meta" where "name" = 'authored')`
    const unlisted = `"id" not in (select "messageId" from "authored")`
    expect(count(`"message" where "id" <= ${watermark} and ${unlisted}`)).toBe(0)
    if (round === ROUNDS - 1) expect(count(`"message" where "id" <= ${watermark}`)).toBeGreaterThan(0)
    db.close()

    await using store = await openSqliteStore({ folder: folder.path, clock: systemClock })
    const all = await store.read.messagesOf('c', { limit: 100_000 })
    for (const authorId of ['0', '1', '2', '3']) {
      const found = await store.read.recentMessages('0', { limit: 100_000, authorId })
      expect(found.map(row => row.seq)).toEqual(all.filter(row => row.authorId === authorId).map(row => row.seq))
    }
  }
}, 120_000)

test('kill -9 at any moment of starting and closing never changes the epoch', async () => {
  await using folder = await diskFolder()
  let epoch: string | undefined
  for (let round = 0; round < ROUNDS; round++) {
    const epochs = await killAfter(1 + (round % 5), folder.path, String(round), 'only-open')
    epoch ??= epochs[0]
    expect(new Set(epochs)).toEqual(new Set([epoch as string]))
  }
}, 120_000)

test('the folder is locked against other processes, and free the moment its holder is killed', async () => {
  await using folder = await diskFolder()
  await using writer = startWriter(folder.path, '0')
  // It has written: the lock is held.
  await writer.child.stdout.getReader().read()
  const open = () => openSqliteStore({ folder: folder.path, clock: systemClock })
  expect(await open().catch(error => error)).toHaveProperty('reason', 'locked')
  await writer.kill()
  await using store = await open()
  expect(await store.read.headOf(conversationStream('all'))).toBeGreaterThan(0)
}, 60_000)
