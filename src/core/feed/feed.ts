// Live delivery: who hears what, from where on.
import type { Event } from '../event.ts'
import type { Mark, ProfileId, SpaceId, StreamId } from '../model/ids.ts'
import type { Encoder, JoinFrom, Sink } from './encoder.ts'

export interface Feed {
  /**
   * Attaches a sink to one stream. Resolves once it is caught up: from then on every event of the stream comes exactly
   * once, in order, whatever the bus loses, repeats or reorders; signals come as they may. Dispose to leave; afterwards nothing comes.
   */
  join(sink: Sink, stream: StreamId, encoder: Encoder, from: JoinFrom): Promise<Disposable>
  /**
   * Attaches a sink to its profile's own stream and to every conversation the profile is in, and keeps that set true as
   * memberships begin and end: what is committed after a membership began comes, nothing after it ended. From head.
   * A change of membership has taken effect on this node before the command that made it resolves.
   */
  follow(sink: Sink, encoder: Encoder): Promise<Disposable>
  /**
   * Every event behind `mark` that concerns the profile as things stand now: its own stream, its conversations, and the
   * `spaces` given; in the order of the log. `limit` events at a time; `mark` goes on. `resync` when the log cannot tell.
   */
  since(
    profileId: ProfileId,
    spaces: readonly SpaceId[],
    mark: Mark,
    limit: number,
  ): Promise<{ readonly events: readonly Event[]; readonly mark: Mark; readonly more: boolean } | 'resync'>
  /** The mark of everything committed so far. */
  now(): Promise<Mark>
  /**
   * Within `encode`: a mark behind which lies everything that any sink on this node has yet to be handed, so that who has
   * the frame and resumes from there misses nothing. Behind the event itself where nothing is being caught up with.
   */
  readonly settled: Mark
  /** Joined streams on this node, for the meter. */
  readonly topicCount: number
}
