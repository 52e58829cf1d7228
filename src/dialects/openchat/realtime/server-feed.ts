// What is shared by all connections to one server: its encoder, its tokens, and what was missed since one of them.
import type { Event, Mark, ProfileId, SpaceId } from '../../../core/index.ts'
import { createEncoder, createProjection, createSignals, type ServerEncoder } from '../projection.ts'
import type { Scope } from '../scope.ts'
import { RESUME } from '../settings.ts'
import { createTicker } from './envelope.ts'
import { createResumeTokens, type ResumeTokens } from './tokens.ts'

/** Why a client has to load everything anew (OC124). */
export type ResyncReason = 'unknown_token' | 'expired' | 'too_far_behind'

export type Missed =
  | { readonly type: 'events'; readonly events: readonly Event[]; readonly mark: Mark }
  | { readonly type: 'resync'; readonly reason: ResyncReason }

export interface ServerFeeds {
  readonly tokens: ResumeTokens
  readonly tick: () => string
  encoderOf(space: SpaceId): ServerEncoder
  /** Everything a profile missed on a server since a token, in the order of the log. */
  missed(profileId: ProfileId, space: SpaceId, token: string): Promise<Missed>
  /** The first events since a token, and where to go on; `limit` bounds what is read at a time. */
  page(profileId: ProfileId, space: SpaceId, token: string, limit: number): Promise<Missed>
}

/** Events read at a time. */
const PAGE = 500

export const createServerFeeds = (scope: Scope): ServerFeeds => {
  const { core, clock, print, homeId, openchat } = scope
  const tokens = createResumeTokens(core.keyFor('openchat resume'), () => clock.now())
  const tick = createTicker(() => clock.now())
  const encoders = new Map<SpaceId, ServerEncoder>()
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

  const read = async (profileId: ProfileId, space: SpaceId, token: string, most: number): Promise<Missed> => {
    const place = tokens.read(token)
    if ('reason' in place) return { type: 'resync', reason: place.reason }
    const events: Event[] = []
    let { mark } = place
    for (;;) {
      const page = await core.feed.since(profileId, [space], mark, Math.min(PAGE, most - events.length))
      if (page === 'resync') return { type: 'resync', reason: 'unknown_token' }
      events.push(...page.events)
      mark = page.mark
      if (!page.more || events.length >= most) return { type: 'events', events, mark }
    }
  }

  return {
    tokens,
    tick,
    encoderOf,
    async missed(profileId, space, token) {
      const found = await read(profileId, space, token, RESUME.maxEvents + 1)
      const many = found.type === 'events' && found.events.length > RESUME.maxEvents
      return many ? { type: 'resync', reason: 'too_far_behind' } : found
    },
    page: read,
  }
}
