// Engine.IO 4, the transport below Socket.IO: links over HTTP polling, WebSocket, and from the one to the other.
import Type from 'typebox'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { decodePayload, encodePayload, openPacket } from '../wire/engine-io.ts'
import { Crowd } from './crowd.ts'
import type { Endpoint, Link, LinkHandler, Route, RouteRequest } from './dialect.ts'
import { closeCodes, type Home, PENDING, Session } from './engine-io/session.ts'
import { probe } from './engine-io/upgrade.ts'
import { Flusher } from './outbox.ts'
import { json } from './reply.ts'
import { drainingOf } from './request.ts'

export interface EngineIoOptions {
  /** Without a trailing slash; it answers with one, too. */
  readonly path: string
  /** For the documents, the meter and the log. */
  readonly name: string
  readonly summary: string
  readonly rules: readonly string[]
  readonly pingIntervalMs: number
  /** Milliseconds in which a ping must be answered. */
  readonly pingTimeoutMs: number
  /** Bytes of one body or frame from a client; at most 1 MiB. */
  readonly maxPayload: number
  readonly clock: Clock
  readonly log: Logger
  /** Polling sessions of one address (an IPv6 /64), 1000 by default, and of all, 10 000. A further one ends that silent longest. */
  readonly maxPerAddress?: number
  readonly maxSessions?: number
  /**
   * Called once a session, before anything else is received; authenticates nothing. The link takes whole Engine.IO
   * packets (`4` and a message) as text, or the bytes of a binary message, and outlives the change of transport. The
   * handler gets messages without their `4`.
   */
  open(link: Link, request: RouteRequest): LinkHandler
}

export interface EngineIo {
  readonly routes: readonly Route[]
  readonly endpoints: readonly Endpoint[]
  /** The answer to a method that no route serves; null for paths that are not this transport's. */
  refuse(request: RouteRequest): Response | null
  /** Live sessions, whatever their transport. */
  readonly count: number
}

/** Longest wait between two looks at who is to be pinged, or has not answered. */
const SWEEP_MS = 1000

/** As the official server says it. */
const refusals = {
  0: 'Transport unknown',
  1: 'Session ID unknown',
  2: 'Bad handshake method',
  3: 'Bad request',
  5: 'Unsupported protocol version',
} as const
type Refusal = keyof typeof refusals
const refused = (code: Refusal, status = 400): Response => json(status, { code, message: refusals[code] })

const NO_STORE = { 'cache-control': 'no-store' } as const
const TEXT = { ...NO_STORE, 'content-type': 'text/plain; charset=UTF-8' } as const
// Not text/plain: some browsers would offer it for download.
const TAKEN = { ...NO_STORE, 'content-type': 'text/html' } as const

/** Who shakes hands: for a session that stands, or for a new one. */
interface Caller {
  readonly session: Session | null
  readonly request: RouteRequest
}

export const createEngineIo = (options: EngineIoOptions): EngineIo => {
  const { path, pingIntervalMs, pingTimeoutMs, maxPayload, clock, maxPerAddress = 1000, maxSessions = 10_000 } = options
  const sessions = new Map<string, Session>()
  const pollers = new Crowd<Session>(maxPerAddress, maxSessions)
  const home: Home = {
    name: options.name,
    pingIntervalMs,
    pingTimeoutMs,
    clock,
    log: options.log,
    flusher: new Flusher(),
    upgraded: session => pollers.delete(session),
    ended(session) {
      sessions.delete(session.sid)
      pollers.delete(session)
    },
  }

  let armed = false
  const sweepLater = (): void => {
    if (armed) return
    armed = true
    clock.after(Math.min(SWEEP_MS, pingIntervalMs / 4, pingTimeoutMs / 4), () => {
      armed = false
      const now = clock.now()
      for (const session of sessions.values()) session.sweep(now)
      if (sessions.size) sweepLater()
    })
  }

  let watched: AbortSignal | null = null
  /** Sockets are sent away by whoever holds them all; sessions that poll are told here. */
  const watch = (draining: AbortSignal | null): void => {
    if (!draining || draining === watched) return
    watched = draining
    draining.addEventListener('abort', () => {
      for (const session of [...pollers]) session.close(closeCodes.shutdown, 'server is going down')
    })
  }

  const begin = (request: RouteRequest, socket: Link | null): Session => {
    const session = new Session(home, request.address, socket)
    sessions.set(session.sid, session)
    if (!socket) pollers.add(session)
    sweepLater()
    watch(drainingOf(request))
    const upgrades = socket ? [] : (['websocket'] as const)
    const { sid } = session
    const handshake = { sid, upgrades, pingInterval: pingIntervalMs, pingTimeout: pingTimeoutMs, maxPayload }
    session.write(openPacket(handshake))
    try {
      session.handledBy(options.open(session, request))
    } catch (error) {
      session.drop(closeCodes.broken, 'internal error')
      throw error
    }
    return session
  }

  /** Judged in the order of the official server. */
  const judge = (request: RouteRequest, upgrade: boolean): Session | Refusal | null => {
    const { query, method } = request
    const transport = query.get('transport')
    if (transport !== 'polling' && transport !== 'websocket') return 0
    const current = query.get('EIO') === '4'
    const sid = query.get('sid')
    if (sid) {
      const session = sessions.get(sid)
      if (!session) return 1
      if (upgrade) return transport === 'websocket' && current && mayUpgrade(session) ? session : 3
      return session.transport === transport && current && !query.has('j') ? session : 3
    }
    if (method !== 'GET') return 2
    if (query.has('j') || (transport === 'websocket') !== upgrade) return 3
    return current ? null : 5
  }

  const poll = async (request: RouteRequest): Promise<Response> => {
    // HEAD is no poll: it could not be told what it fetched.
    if (request.method !== 'GET') return refused(2)
    const judged = judge(request, false)
    if (typeof judged === 'number') return refused(judged)
    if (!judged && drainingOf(request)?.aborted) return refused(3, 503)
    const frames = await (judged ?? begin(request, null)).poll(request)
    return frames === 'overlap' ? refused(3) : new Response(encodePayload(frames), { headers: TEXT })
  }

  const post = async (request: RouteRequest): Promise<Response> => {
    const session = judge(request, false)
    if (typeof session === 'number') return refused(session)
    if (!session) return refused(2)
    const binary = request.raw.headers.get('content-type') === 'application/octet-stream'
    if (session.posting || binary) {
      session.drop()
      return refused(3)
    }
    return await take(session, request)
  }

  const take = async (session: Session, request: RouteRequest): Promise<Response> => {
    session.posting = true
    let whole = false
    try {
      const body = await request.bytes(maxPayload)
      if (body === 'too-large') return refused(3, 413)
      const packets = decodePayload(body, PENDING.frames)
      if (packets === 'malformed') return refused(3)
      whole = true
      for (const packet of packets) session.take(packet)
    } finally {
      session.posting = false
      // A part of what the client said is lost.
      if (!whole) session.drop()
    }
    // The client sends its next body after the answer: it goes no faster than it is heard.
    await session.working
    return new Response('ok', { headers: TAKEN })
  }

  const route = { rules: options.rules, auth: false, query: Query } as const
  const routesOf = (at: string): readonly Route[] => [
    {
      ...route,
      method: 'GET',
      path: at,
      name: 'poll',
      summary: 'Begins a session (without a `sid`), or fetches its packets, waiting for one.',
      responses: { 200: { description: 'Packets, U+001E between them', schema: Payload }, 400: Refused },
      handle: poll,
    },
    {
      ...route,
      method: 'POST',
      path: at,
      name: 'post',
      summary: 'Sends packets of a session.',
      body: { schema: Payload, type: 'text/plain' },
      responses: { 200: { description: '`ok`' }, 400: Refused, 413: Refused },
      handle: post,
    },
  ]

  const endpointOf = (at: string): Endpoint<Caller> => ({
    path: at,
    polling: at,
    name: options.name,
    summary: options.summary,
    rules: options.rules,
    maxFrameBytes: maxPayload,
    // Behind the sessions' own pings.
    idle: {
      afterMs: 2 * (pingIntervalMs + pingTimeoutMs),
      code: closeCodes.over,
      reason: 'ping timeout',
      pongsCount: true,
    },
    closeCodes: { shutdown: closeCodes.shutdown, slow: closeCodes.slow },
    authenticate(request) {
      const judged = judge(request, true)
      return typeof judged === 'number' ? refused(judged) : { session: judged, request }
    },
    open(link, { session, request }) {
      if (session) return mayUpgrade(session) ? probe(session, link, clock) : refuseLate(link)
      const begun = begin(request, link)
      return { receive: frame => begun.received(frame), closed: () => begun.leave() }
    },
  })

  const paths = [path, `${path}/`]
  return {
    routes: paths.flatMap(routesOf),
    endpoints: paths.map(endpointOf),
    refuse: request => (paths.includes(request.path) ? refused(2) : null),
    get count() {
      return sessions.size
    },
  }
}

/** One socket at a time may be tried. */
const mayUpgrade = (session: Session): boolean => session.transport === 'polling' && !session.probe

/** Another socket was quicker, between the judgement and here. */
const refuseLate = (link: Link): LinkHandler => {
  link.close(closeCodes.over, '')
  return { receive: () => undefined, closed: () => undefined }
}

const Query = Type.Object({
  EIO: Type.Literal('4'),
  transport: Type.Enum(['polling', 'websocket']),
  sid: Type.Optional(Type.String({ examples: ['lv_VI97HAXpY6yYWAAAC'] })),
})
const Payload = Type.String({ examples: ['40{"sessionID":"…","token":"…"}'] })
const Refused = {
  description: 'Refused',
  schema: Type.Object({
    code: Type.Integer({ examples: [1] }),
    message: Type.String({ examples: ['Session ID unknown'] }),
  }),
} as const
