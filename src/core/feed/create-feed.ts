// The feed of one node: a topic for every stream somebody here has joined, and a slow look at those that have gone quiet.
import { every } from '../../base/clock.ts'
import type { Event } from '../event.ts'
import {
  type ConversationId,
  conversationStream,
  type Mark,
  profileStream,
  type StreamId,
  spaceStream,
} from '../model/ids.ts'
import type { Store } from '../ports/store.ts'
import type { Feed } from './feed.ts'
import { Follower, type FollowPorts } from './follower.ts'
import { Settling } from './settling.ts'
import { Topic, type TopicPorts } from './topic.ts'

/** What the feed needs of the ports. */
export interface FeedPorts extends TopicPorts {
  readonly store: TopicPorts['store'] & FollowPorts['store'] & Pick<Store, 'readSince' | 'markNow'>
}

/** Milliseconds between two looks at idle topics, when the bus may lose notes: a lost last note shows up within two of them. */
const HEAL_EVERY = 15_000
/** Heads asked for at a time. */
const HEAL_BATCH = 100

export interface FeedKeeper extends Feed, AsyncDisposable {
  /** Told of each committed event before it is published: the log has come so far. */
  passing(mark: Mark | null | undefined): void
}

/** Disposing it ends every join; those under way then resolve without effect, new ones are refused. `start`: where the log stands. */
export const createFeed = (ports: FeedPorts, start: Mark = ''): FeedKeeper => {
  const settling = new Settling(start)
  const topics = new Map<StreamId, Topic>()
  let closed = false

  const emptied = (topic: Topic): void => {
    if (topics.get(topic.stream) === topic) topics.delete(topic.stream)
  }

  const judgeOpen = (): void => {
    if (closed) throw new Error('the feed is closed')
  }

  const topicOf = (stream: StreamId): Topic | null => {
    if (closed) return null
    const standing = topics.get(stream)
    if (standing) return standing
    const topic = new Topic(stream, ports, settling, emptied)
    topics.set(stream, topic)
    return topic
  }

  const healing = ports.bus.lossy
    ? every(
        ports.clock,
        HEAL_EVERY,
        () => heal(ports, topics),
        error => ports.onError(error, 'comparing topics with the log'),
      )
    : null

  return {
    async join(sink, stream, encoder, from) {
      judgeOpen()
      using _ = settling.begin()
      // The log's own head: the topic's may be behind it, and what was committed before is not wanted.
      const after = from === 'head' ? await ports.store.read.headOf(stream) : from.after
      const joining = topicOf(stream)?.join(sink, encoder, after, null)
      if (!joining) return ENDED
      try {
        await joining.ready
      } catch (error) {
        joining.join[Symbol.dispose]()
        throw error
      }
      return joining.join
    },

    async follow(sink, encoder) {
      judgeOpen()
      using _ = settling.begin()
      const follower = new Follower(sink, encoder, ports, topicOf)
      try {
        await follower.start()
      } catch (error) {
        follower[Symbol.dispose]()
        throw error
      }
      return follower
    },

    async since(profileId, spaces, mark, limit) {
      const { store } = ports
      const own = profileStream(profileId)
      let ids = await store.read.conversationIdsOf(profileId)
      for (;;) {
        const streams = [own, ...ids.map(conversationStream), ...spaces.map(spaceStream)]
        const page = await store.readSince(streams, mark, limit)
        if (page === 'resync' || !page.events.some(event => beganOutside(event, own, ids))) return page
        // The page may be of later than the look at the conversations: then it lacks what was said in the new one.
        const known = new Set(ids)
        ids = await store.read.conversationIdsOf(profileId)
        if (ids.every(id => known.has(id))) return page
      }
    },
    now: () => ports.store.markNow(),
    passing: mark => settling.passing(mark),
    get settled() {
      return settling.mark
    },

    get topicCount() {
      return topics.size
    },

    async [Symbol.asyncDispose]() {
      closed = true
      healing?.[Symbol.dispose]()
      for (const topic of topics.values()) topic.close()
    },
  }
}

/** Whether an event tells of a membership in none of these conversations. */
const beganOutside = ({ stream, body }: Event, own: StreamId, ids: readonly ConversationId[]): boolean =>
  stream === own && body.type === 'membership.began' && !ids.includes(body.conversation.id)

/** A join that the end of the feed overtook. */
const ENDED: Disposable = { [Symbol.dispose]() {} }

/** Compares topics on which nothing happened for a while with the log. */
const heal = async (ports: FeedPorts, topics: ReadonlyMap<StreamId, Topic>): Promise<void> => {
  const idle = [...topics.values()].filter(topic => topic.isIdle())
  for (let i = 0; i < idle.length; i += HEAL_BATCH) {
    const compare = async (topic: Topic) => topic.check(await ports.store.read.headOf(topic.stream))
    await Promise.all(idle.slice(i, i + HEAL_BATCH).map(compare))
  }
}
