import { describe, expect, test } from 'bun:test'
import {
  blockSet,
  changed,
  ended,
  joined,
  left,
  membershipBegan,
  membershipEnded,
} from '../../../test/property/feed/facts.ts'
import { linesOf, mine, open } from '../../../test/property/feed/stage.ts'
import { A, B, plainEncoder, Reader, settle } from '../../../test/property/feed/world.ts'

describe('following a profile', () => {
  test('what is committed has arrived when the commit returns: own events, and the conversations of the profile', async () => {
    const { follow, begin, say, world } = open('immediate')
    begin()
    say()
    const reader = new Reader('p')
    using _ = await follow(reader)
    expect(reader.notes).toEqual([])
    say()
    world.commit([[mine, blockSet()]])
    world.commit([[B, changed('b')]])
    expect(linesOf(reader)).toEqual([`${A} 3`, `${mine} 2`])
  })

  test('a membership takes effect at once where others are listening already, in the order told', async () => {
    const { feed, follow, join, begin, end, say } = open('immediate')
    const reader = new Reader('p')
    await join(new Reader('q'), A, 'head')
    using _ = await follow(reader)
    say(2)
    begin()
    say()
    end()
    say()
    begin()
    say()
    expect(linesOf(reader)).toEqual([
      `${mine} 1`,
      `${A} 3`,
      `${A} 4`,
      `${A} 5`,
      `${mine} 2`,
      `${mine} 3`,
      `${A} 7`,
      `${A} 8`,
    ])
    expect(feed.topicCount).toBe(2)
  })

  test('the newcomer hears of his arrival once when the conversation tells of it first', async () => {
    const { follow, join, say, world } = open('immediate')
    const reader = new Reader('p')
    await join(new Reader('q'), A, 'head')
    using _ = await follow(reader)
    say()
    const after = world.head(A)
    world.commit([
      [A, joined('a', 'p')],
      [mine, membershipBegan('a', after)],
    ])
    say()
    await world.answerAll()
    expect(linesOf(reader)).toEqual([`${mine} 1`, `${A} 2`, `${A} 3`])
  })

  test('a membership that ends while it is being caught up on stays ended', async () => {
    const { feed, follow, begin, end, say, world } = open('immediate')
    const reader = new Reader('p')
    using _ = await follow(reader)
    begin()
    say()
    end()
    await world.answerAll()
    say()
    expect(linesOf(reader)).toEqual([`${mine} 1`, `${mine} 2`])
    expect(feed.topicCount).toBe(1)
  })

  test('a conversation that ends is told of to its end', async () => {
    const { feed, follow, begin, world } = open('immediate')
    begin()
    const reader = new Reader('p')
    using _ = await follow(reader)
    world.commit([
      [A, ended('a')],
      [mine, membershipEnded('a')],
    ])
    expect(linesOf(reader)).toEqual([`${A} 2`, `${mine} 2`])
    expect(feed.topicCount).toBe(1)
  })

  test('when word of the end is lost, the conversation itself ends it', async () => {
    const { follow, begin, end, say, world } = open('lossy')
    begin()
    const reader = new Reader('p')
    using _ = await follow(reader)
    end()
    world.lose(1)
    say()
    await world.answerAll()
    expect(linesOf(reader)).toEqual([`${A} 2`])
  })

  test('somebody else leaving changes nothing', async () => {
    const { follow, begin, say, world } = open('immediate')
    begin()
    const reader = new Reader('p')
    using _ = await follow(reader)
    world.commit([[A, left('a', 'q')]])
    say()
    expect(reader.seqsOf(A)).toEqual([2, 3])
  })

  test('nothing comes after it is disposed, and no topic is left', async () => {
    const { feed, follow, begin, say } = open('immediate')
    begin()
    begin('b', B)
    const reader = new Reader('p')
    const following = await follow(reader)
    expect(feed.topicCount).toBe(3)
    following[Symbol.dispose]()
    following[Symbol.dispose]()
    expect(feed.topicCount).toBe(0)
    say()
    begin('c', 'conversation/c')
    expect(reader.notes).toEqual([])
  })
})

describe('following when the log cannot be read', () => {
  test('it is refused, and leaves nothing behind', async () => {
    const { feed, begin, world } = open('immediate')
    begin()
    for (let failing = 0; failing < 8; failing++) {
      const following = feed.follow(new Reader('p'), plainEncoder)
      following.catch(() => {})
      for (let i = 0; i < failing; i++) {
        world.answer(0)
        await settle()
      }
      expect(world.pending).not.toEqual([])
      world.pending.shift()?.fail()
      await world.answerAll()
      await expect(following).rejects.toThrow('cannot be read')
      expect(feed.topicCount).toBe(0)
    }
  })

  test('a conversation followed later is caught up on later, from where it stopped, unless it is over by then', async () => {
    const { follow, begin, end, say, world } = open('immediate')
    const reader = new Reader('p')
    using _ = await follow(reader)
    say(300)
    for (const over of [false, true]) {
      const before = reader.notes.length
      const after = world.head(A)
      begin()
      say(300)
      // The subscription, the head, and the first page of two.
      for (let i = 0; i < 3; i++) {
        world.answer(0)
        await settle()
      }
      world.fail(0)
      await settle()
      if (over) end()
      world.clock.advance(1000)
      await world.answerAll()
      const heard = reader.notes.slice(before).flatMap(note => (note.stream === A && 'seq' in note ? [note.seq] : []))
      const count = over ? 200 : 301
      expect(heard).toEqual(Array.from({ length: count }, (_, i) => after + 1 + i))
      if (!over) end()
      await world.answerAll()
    }
    expect(world.errors).toHaveLength(2)
  })
})
