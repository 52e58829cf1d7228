import { describe, expect, test } from 'bun:test'
import { typing } from '../../../test/property/feed/facts.ts'
import { linesOf, open } from '../../../test/property/feed/stage.ts'
import { A, B, plainEncoder, Reader, settle } from '../../../test/property/feed/world.ts'
import { limits } from '../limits.ts'
import type { Note } from '../ports/bus.ts'
import type { Encoder } from './encoder.ts'

/** Somebody who hears of a stream by a bus that may lose what it carries. */
const listening = async () => {
  const { join, ...stage } = open('lossy')
  const reader = new Reader('p')
  await join(reader, A, 'head')
  return { ...stage, reader }
}

describe('joining one stream', () => {
  test('from head: nothing from before, everything from then on; nothing after leaving', async () => {
    const { feed, join, say, world } = open('immediate')
    say(3)
    const reader = new Reader('p')
    const joined = await join(reader, A, 'head')
    expect(feed.topicCount).toBe(1)
    say(2)
    world.publish(typing(A, 'a'))
    expect(linesOf(reader)).toEqual([`${A} 4`, `${A} 5`, `${A} signal`])
    joined[Symbol.dispose]()
    joined[Symbol.dispose]()
    expect(feed.topicCount).toBe(0)
    say()
    expect(reader.notes).toHaveLength(3)
  })

  test('from a position: the log behind it, page by page, then what comes', async () => {
    const { join, say } = open('immediate')
    say(1000)
    const reader = new Reader('p')
    await join(reader, A, { after: 10 })
    say()
    expect(reader.seqsOf(A)).toEqual(Array.from({ length: 991 }, (_, i) => 11 + i))
  })

  test('streams are told apart, and a note is encoded once for all who share the encoder', async () => {
    const { join, say, feed } = open('immediate')
    const encoded: Note[] = []
    const encoder: Encoder = {
      name: 'counting',
      encode(note) {
        encoded.push(note)
        return [{ frame: 'x' }]
      },
    }
    const readers = Array.from({ length: 50 }, () => new Reader('p'))
    for (const reader of readers) await join(reader, A, 'head', encoder)
    const other = new Reader('q')
    await join(other, B, 'head')
    expect(feed.topicCount).toBe(2)
    say()
    expect(encoded).toHaveLength(1)
    expect(readers.every(reader => reader.notes.length === 1)).toBe(true)
    expect(other.notes).toEqual([])
  })

  test('a sink that causes a note while it is served does not upset the order of the others', async () => {
    const { join, say } = open('immediate')
    const [first, second] = [new Reader('p'), new Reader('q')]
    let causes = 3
    first.onFrame = () => {
      if (causes-- > 0) say()
    }
    await join(first, A, 'head')
    await join(second, A, 'head')
    say()
    expect(first.seqsOf(A)).toEqual([1, 2, 3, 4])
    expect(second.seqsOf(A)).toEqual([1, 2, 3, 4])
  })
})

describe('a bus that only hints', () => {
  test('what follows a lost note is held until the log has told what was lost; signals keep their place', async () => {
    const { reader, say, world } = await listening()
    say(4)
    world.lose(0)
    world.deliver(0)
    world.publish(typing(A, 'a'))
    world.deliver(2)
    world.deliver(1)
    expect(reader.notes).toEqual([])
    await world.answerAll()
    expect(reader.seqsOf(A)).toEqual([1, 2, 3, 4])
    expect(reader.notes).toHaveLength(5)
  })

  test('what is lost while the log is read is found by reading again, at once', async () => {
    const { reader, say, world } = await listening()
    say(2)
    world.lose(0)
    world.deliver(0)
    world.execute(0)
    say(2)
    world.lose(0)
    world.deliver(0)
    expect(reader.notes).toEqual([])
    await world.answerAll()
    expect(reader.seqsOf(A)).toEqual([1, 2, 3, 4])
  })

  test('however much comes in while the log is read, all of it arrives once and memory is bounded', async () => {
    const { reader, say, world } = await listening()
    say(2)
    world.lose(0)
    world.deliver(0)
    say(limits.heldNotes + 500)
    while (world.flight.length > 0) world.deliver(0)
    expect(reader.notes).toEqual([])
    await world.answerAll()
    const seqs = reader.seqsOf(A)
    expect(seqs).toHaveLength(limits.heldNotes + 502)
    expect(seqs.every((seq, i) => seq === i + 1)).toBe(true)
  })

  test('a lost last note shows up after two looks at the log, 30 s at most', async () => {
    const { reader, say, world } = await listening()
    say()
    world.lose(0)
    for (let second = 0; second < 30; second++) {
      world.clock.advance(1000)
      await world.answerAll()
    }
    expect(reader.seqsOf(A)).toEqual([1])
  })

  test('with a bus that loses nothing the log is left alone', async () => {
    const { join, world } = open('immediate')
    await join(new Reader('p'), A, 'head')
    world.clock.advance(3_600_000)
    await settle()
    expect(world.pending).toEqual([])
  })

  test('a log whose early part is gone is read from where it begins', async () => {
    const { join, say, world } = open('lossy')
    const early = new Reader('p')
    await join(early, A, 'head')
    say(5)
    while (world.flight.length > 0) world.lose(0)
    world.prune(A, 4)
    const late = new Reader('q')
    await join(late, A, { after: 1 })
    say()
    await world.answerAll()
    expect(early.seqsOf(A)).toEqual([4, 5, 6])
    expect(late.seqsOf(A)).toEqual([4, 5, 6])
  })
})

describe('a log that cannot be read', () => {
  test('a topic in need of it is told of, tries again after a second, and loses nothing', async () => {
    const { reader, say, world } = await listening()
    say(2)
    world.lose(0)
    world.deliver(0)
    world.fail(0)
    await settle()
    expect(world.errors).toHaveLength(1)
    say()
    world.deliver(0)
    expect(reader.notes).toEqual([])
    world.clock.advance(1000)
    await world.answerAll()
    expect(reader.seqsOf(A)).toEqual([1, 2, 3])
  })

  test('a join in need of it is refused, whatever it was asking, and leaves nothing behind', async () => {
    const { feed, say, world } = open('immediate')
    say()
    // The subscription, the topic's head, the events to catch up on.
    for (const failing of [0, 1, 2]) {
      const reader = new Reader('p')
      const joining = feed.join(reader, A, plainEncoder, { after: 0 })
      joining.catch(() => {})
      for (let i = 0; i < failing; i++) {
        world.answer(0)
        await settle()
      }
      world.pending.shift()?.fail()
      await expect(joining).rejects.toThrow('cannot be read')
      await settle()
      expect(feed.topicCount).toBe(0)
      say()
      expect(reader.notes).toEqual([])
    }
    const reader = new Reader('p')
    const joining = feed.join(reader, A, plainEncoder, { after: 0 })
    await world.answerAll()
    await joining
    expect(reader.seqsOf(A)).toEqual([1, 2, 3, 4])
  })
})

describe('disposing the feed', () => {
  test('ends what is joined, lets what is under way resolve without effect, refuses what is new', async () => {
    const { feed, follow, join, begin, say, world } = open('lossy')
    begin()
    say(3)
    const readers = Array.from({ length: 4 }, () => new Reader('p')) as [Reader, Reader, Reader, Reader]
    await join(readers[0], A, 'head')
    await follow(readers[1])
    const underWay = Promise.all([
      feed.join(readers[2], A, plainEncoder, { after: 0 }),
      feed.join(readers[2], B, plainEncoder, 'head'),
      feed.follow(readers[3], plainEncoder),
    ])
    await feed[Symbol.asyncDispose]()
    say()
    await world.answerAll()
    for (const joined of await underWay) joined[Symbol.dispose]()
    expect(readers.flatMap(linesOf)).toEqual([])
    await expect(feed.join(readers[0], A, plainEncoder, 'head')).rejects.toThrow('closed')
    await expect(feed.follow(readers[0], plainEncoder)).rejects.toThrow('closed')
    await world.answerAll()
    expect(feed.topicCount).toBe(0)
    world.clock.advance(60_000)
    await settle()
    expect(world.pending).toEqual([])
  })
})
