// A feed on a scripted world, and the few things that happen in it.
import { createFeed } from '../../../src/core/feed/create-feed.ts'
import type { Encoder, JoinFrom } from '../../../src/core/feed/encoder.ts'
import { profileStream, type StreamId } from '../../../src/core/model/ids.ts'
import { changed, joined, left, membershipBegan, membershipEnded } from './facts.ts'
import { A, type Delivery, plainEncoder, type Reader, World } from './world.ts'

export const mine = profileStream('p')

/** What is asked through it is answered at once; a test about answers that take their time asks the feed itself. */
export const open = (delivery: Delivery) => {
  const world = new World(delivery)
  const feed = createFeed(world.ports)
  const answered = async <T>(asked: Promise<T>): Promise<T> => {
    await world.answerAll()
    return asked
  }
  return {
    world,
    feed,
    async join(reader: Reader, stream: StreamId, from: JoinFrom, encoder: Encoder = plainEncoder) {
      return answered(feed.join(reader, stream, encoder, from))
    },
    async follow(reader: Reader, encoder: Encoder = plainEncoder) {
      return answered(feed.follow(reader, encoder))
    },
    say(count = 1, stream: StreamId = A) {
      world.commit(Array.from({ length: count }, () => [stream, changed('a')] as const))
    },
    /** The profile becomes a member; the newcomer's own stream hears of it first, as the core does it. */
    begin(id = 'a', stream: StreamId = A) {
      world.conversationsOf('p').add(id)
      world.commit([
        [mine, membershipBegan(id, world.head(stream))],
        [stream, joined(id, 'p')],
      ])
    },
    end(id = 'a', stream: StreamId = A) {
      world.conversationsOf('p').delete(id)
      world.commit([
        [stream, left(id, 'p')],
        [mine, membershipEnded(id)],
      ])
    },
  }
}

export const linesOf = (reader: Reader): readonly string[] =>
  reader.notes.map(note => `${note.stream} ${'seq' in note ? note.seq : 'signal'}`)
