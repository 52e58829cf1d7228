// Live delivery: who hears what, from where on.
import type { StreamId } from '../model/ids.ts'
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
  /** Joined streams on this node, for the meter. */
  readonly topicCount: number
}
