// The live half of this dialect: one set of frames over three transports (sections L and M).
import type { Endpoint, LiveMessage, Projection, Route, SignalProjection } from '../../../host/dialect.ts'
import { createDeferred } from '../deferred.ts'
import { liveMessages } from '../live.ts'
import type { Channels } from '../outbound.channels.ts'
import { createProjection, nameOfFrame } from '../projection.ts'
import type { Scope } from '../scope.ts'
import type { Realtime } from './connection.ts'
import { createServerFeeds } from './server-feed.ts'
import { createSignals, createViewSignals } from './signals.ts'
import { createSocketEndpoint } from './socket.ts'
import { streamRoutes } from './streams.ts'

export interface RealtimePart {
  readonly routes: readonly Route[]
  readonly endpoints: readonly Endpoint[]
  /** Of the home server: what the documents show. */
  readonly events: Projection
  readonly signals: SignalProjection
  readonly messages: readonly LiveMessage[]
  readonly nameOf: typeof nameOfFrame
}

export const createRealtime = (scope: Scope, channels: Channels): RealtimePart => {
  const feeds = createServerFeeds(scope)
  const realtime: Realtime = { scope, feeds, deferred: createDeferred(scope, channels) }
  const { print, homeId, openchat } = scope
  const projecting = { print, homeId, serverName: openchat.serverName }
  const signals = createSignals(projecting, homeId, feeds.tick)
  const viewSignals = createViewSignals(projecting, homeId, feeds.tick, feeds.typists)
  return {
    routes: streamRoutes(scope, realtime),
    endpoints: [createSocketEndpoint(realtime) as Endpoint],
    events: createProjection(projecting, homeId),
    signals: {
      ...viewSignals,
      presence: signal => [...(signals.presence?.(signal) ?? []), ...(viewSignals.presence?.(signal) ?? [])],
    },
    messages: liveMessages,
    nameOf: nameOfFrame,
  }
}
