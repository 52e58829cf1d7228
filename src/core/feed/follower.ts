// Keeps one sink attached to its profile's own stream and to every conversation the profile is in.
import type { BodyOf, Event } from '../event.ts'
import type { Ports } from '../index.ts'
import { type ConversationId, conversationStream, profileStream, type Seq, type StreamId } from '../model/ids.ts'
import type { Reads } from '../ports/store.ts'
import type { Encoder, Sink } from './encoder.ts'
import type { Join, Watcher } from './fan-out.ts'
import type { Joining, Topic } from './topic.ts'

export interface FollowPorts extends Pick<Ports, 'clock' | 'onError'> {
  readonly store: { readonly read: Pick<Reads, 'headOf' | 'conversationIdsOf'> }
}

type MembershipChange = BodyOf<'membership.began' | 'membership.ended'>

/** Milliseconds until a conversation whose log could not be read is tried again. */
const RETRY_MS = 1000

/**
 * Two streams tell of a membership: the profile's says when to begin (and from where) and when to stop at once; the
 * conversation's own `member.left` and `conversation.ended` bound it even when the profile's word of it is late.
 */
export class Follower implements Watcher, Disposable {
  readonly #sink: Sink
  readonly #encoder: Encoder
  readonly #ports: FollowPorts
  readonly #topicOf: (stream: StreamId) => Topic | null
  /** The profile's own stream, and one for each conversation. */
  readonly #joins: Join[] = []
  /** What changed before the conversations were known; null from then on. */
  #early: MembershipChange[] | null = []

  /** `topicOf` answers null when the feed has been disposed. */
  constructor(sink: Sink, encoder: Encoder, ports: FollowPorts, topicOf: (stream: StreamId) => Topic | null) {
    this.#sink = sink
    this.#encoder = encoder
    this.#ports = ports
    this.#topicOf = topicOf
  }

  /**
   * Resolves when all is attached. To be called once. Rejects when the log cannot be read; it is to be disposed then.
   *
   * The order is what makes it exact. The conversations are looked up after the profile's stream is attached, their
   * positions after that, and last, everything that changed a membership up to then is noticed. Who was in a
   * conversation and noticed no change was in it when its position was read.
   */
  async start(): Promise<void> {
    const { profileId } = this.#sink
    const { read } = this.#ports.store
    const own = profileStream(profileId)
    await this.#enter(own, await read.headOf(own))?.ready
    const ids = await read.conversationIdsOf(profileId)
    const heads = await Promise.all(ids.map(id => read.headOf(conversationStream(id))))
    await this.#topicOf(own)?.reach(await read.headOf(own))
    await this.#begin(new Map(ids.map((id, i) => [id, heads[i] ?? 0])))
  }

  noticed({ stream, body }: Event): void {
    switch (body.type) {
      case 'membership.began':
      case 'membership.ended':
        if (this.#early) this.#early.push(body)
        else this.#apply(body)
        return
      case 'member.left':
        if (body.person.id === this.#sink.profileId) this.#leave(stream)
        return
      case 'conversation.ended':
        this.#leave(stream)
    }
  }

  [Symbol.dispose](): void {
    for (const join of this.#joins.splice(0)) join[Symbol.dispose]()
  }

  /** In one step: the conversations that stood all the while from their positions, the others as what was noticed says. */
  async #begin(heads: ReadonlyMap<ConversationId, Seq>): Promise<void> {
    const early = this.#early ?? []
    this.#early = null
    const changed = new Set(early.map(change => change.conversation.id))
    const standing: (Promise<void> | null | undefined)[] = []
    for (const [id, head] of heads) {
      if (!changed.has(id)) standing.push(this.#enter(conversationStream(id), head)?.ready)
    }
    for (const change of early) this.#apply(change)
    await Promise.all(standing)
  }

  #apply(change: MembershipChange): void {
    const stream = conversationStream(change.conversation.id)
    if (change.type === 'membership.ended') this.#leave(stream)
    else if (!this.#joins.some(join => join.home.stream === stream)) this.#follow(stream, change.after)
  }

  #follow(stream: StreamId, after: Seq): void {
    const joining = this.#enter(stream, after)
    joining?.ready?.catch(error => this.#followAgain(joining.join, error))
  }

  /** There is nobody to throw at, and nothing may be lost: goes on later from where it stopped. */
  #followAgain(join: Join, error: unknown): void {
    if (join.left) return
    const { stream } = join.home
    const { since } = join
    this.#ports.onError(error, `following ${stream}`)
    this.#ports.clock.after(RETRY_MS, () => {
      if (join.left) return
      this.#leave(stream)
      this.#follow(stream, since)
    })
  }

  #enter(stream: StreamId, after: Seq): Joining | null {
    const joining = this.#topicOf(stream)?.join(this.#sink, this.#encoder, after, this) ?? null
    if (joining) this.#joins.push(joining.join)
    return joining
  }

  #leave(stream: StreamId): void {
    const at = this.#joins.findIndex(join => join.home.stream === stream)
    for (const join of at < 0 ? [] : this.#joins.splice(at, 1)) join[Symbol.dispose]()
  }
}
