// What is shared by all connections to one server: its encoder, its tokens, and the log since one of them.
import type { Delivery, Encoder, Event, Mark, ProfileId, SpaceId } from '../../../core/index.ts'
import { createEncoder, createProjection, createViewEncoder, type ServerEncoder } from '../projection.ts'
import type { Scope } from '../scope.ts'
import { createTicker } from './envelope.ts'
import { createReplays } from './replays.ts'
import { createSignals, createViewSignals } from './signals.ts'
import { createResumeTokens, type ResumeTokens } from './tokens.ts'
import { Typists } from './typists.ts'

/** Why a client has to load everything anew (OC124). */
export type ResyncReason = 'unknown_token' | 'expired' | 'too_far_behind'

type Missed =
  | { readonly type: 'events'; readonly events: readonly Event[]; readonly mark: Mark }
  | { readonly type: 'resync'; readonly reason: ResyncReason }

export interface ServerFeeds {
  readonly tokens: ResumeTokens
  readonly tick: () => string
  encoderOf(space: SpaceId): ServerEncoder
  /** Of the signals of channels, for those who have them open. */
  viewEncoderOf(space: SpaceId): Encoder
  /** What is told on a server of an event that is read back. */
  replay(space: SpaceId, event: Event): readonly Delivery[]
  readonly typists: Typists
  /** The first events since a token, in the order of the log, and where to go on: fewer than `limit` when there are no more. */
  page(profileId: ProfileId, space: SpaceId, token: string, limit: number): Promise<Missed>
}

export const createServerFeeds = (scope: Scope): ServerFeeds => {
  const { core, clock, print, homeId, openchat } = scope
  const tokens = createResumeTokens(core.keyFor('openchat resume'), () => clock.now())
  const tick = createTicker(() => clock.now())
  const typists = new Typists()
  const encoders = new Map<SpaceId, ServerEncoder>()
  const viewEncoders = new Map<SpaceId, Encoder>()
  const replays = createReplays(tokens)
  const projecting = { print, homeId, serverName: openchat.serverName }

  const encoderOf = (space: SpaceId): ServerEncoder => {
    const known = encoders.get(space)
    if (known) return known
    const events = createProjection(projecting, space)
    const settled = () => tokens.print(core.feed.settled)
    const encoder = createEncoder(space, events, createSignals(projecting, space, tick), settled)
    encoders.set(space, encoder)
    return encoder
  }

  const viewEncoderOf = (space: SpaceId): Encoder => {
    const known = viewEncoders.get(space)
    if (known) return known
    const encoder = createViewEncoder(space, createViewSignals(projecting, space, tick, typists))
    viewEncoders.set(space, encoder)
    return encoder
  }

  return {
    tokens,
    tick,
    typists,
    encoderOf,
    viewEncoderOf,
    replay: (space, event) => replays(space, encoderOf(space), event),
    async page(profileId, space, token, limit) {
      const place = tokens.read(token)
      if ('reason' in place) return { type: 'resync', reason: place.reason }
      const page = await core.feed.since(profileId, [space], place.mark, limit)
      // Of another database, or of one that stands before it: restored from a copy.
      if (page === 'resync') return { type: 'resync', reason: 'unknown_token' }
      return { type: 'events', events: page.events, mark: page.mark }
    },
  }
}
