// What a client missed, read back from the log and printed as it would have been told live (OC123, OC126).
import type { Delivery, Event, Frame } from '../../../core/index.ts'
import type { Identity } from '../auth.ts'
import { inOwnStream, markerIn } from '../projection.ts'
import { RESUME } from '../settings.ts'
import type { Realtime } from './connection.ts'
import type { ResyncReason } from './server-feed.ts'

/** Events read at a time. */
const PAGE = 500
/** Bytes that are gathered for one client, who takes none of them before the last is read; half of what a link opens with. */
export const MOST_BYTES = 8 * 1024 * 1024

export type Replay =
  | {
      readonly type: 'frames'
      readonly frames: readonly Frame[]
      /** How far each stream was read. */
      readonly read: ReadonlyMap<Event['stream'], number>
      /** Where to go on. */
      readonly token: string
    }
  | { readonly type: 'resync'; readonly reason: ResyncReason }

/** Whether all channels are shown after it, as they are when that is told: costly, and said by the last one alone. */
export const isLayout = ({ body }: Event): boolean => body.type === 'space.layout'

/** Without those that a later one makes needless. */
export const worthTelling = (events: readonly Event[]): readonly Event[] => {
  const last = events.findLast(isLayout)
  return last ? events.filter(event => event === last || !isLayout(event)) : events
}

/** Whether somebody is among those whom a frame is for. */
const concerns = ({ only, except }: Delivery, id: string): boolean =>
  (!only || only.includes(id)) && !except?.includes(id)

/** The frames of one event for one person, each with the position behind it. Ends of links are of the past, and none. */
export const framesOf = async (
  { scope, feeds, deferred }: Realtime,
  { actor, space }: Identity,
  event: Event,
): Promise<readonly Frame[]> => {
  const frames: Frame[] = []
  for (const delivery of feeds.replay(space, event)) {
    if (!concerns(delivery, actor.profile.id)) continue
    const marker = markerIn(delivery.frame)
    if (!marker) frames.push(delivery.frame)
    else if (marker.type === 'own') frames.push(inOwnStream(marker.frame, scope.uids.of(space, actor.profile)))
    else if (marker.type === 'deferred') {
      const loaded = await deferred(marker.frame, marker.token, event, actor, space)
      if (loaded !== null) frames.push(loaded)
    }
  }
  return frames
}

/** Everything since a token, or why there is to be a new beginning instead (OC124). */
export const replaySince = async (realtime: Realtime, identity: Identity, token: string): Promise<Replay> => {
  const { feeds } = realtime
  const { actor, space } = identity
  const frames: Frame[] = []
  const read = new Map<Event['stream'], number>()
  let position = token
  let events = 0
  let bytes = 0
  for (;;) {
    const page = await feeds.page(actor.profile.id, space, position, PAGE)
    if (page.type === 'resync') return page
    events += page.events.length
    if (events > RESUME.maxEvents) return { type: 'resync', reason: 'too_far_behind' }
    for (const { stream, seq } of page.events) read.set(stream, seq)
    for (const event of worthTelling(page.events)) {
      for (const frame of await framesOf(realtime, identity, event)) {
        frames.push(frame)
        bytes += Buffer.byteLength(frame)
      }
      if (bytes > MOST_BYTES) return { type: 'resync', reason: 'too_far_behind' }
    }
    position = feeds.tokens.print(page.mark)
    if (page.events.length < PAGE) return { type: 'frames', frames, read, token: position }
  }
}
