// One server, one port: every request's way in and every answer's way out.
import type { Server } from 'bun'
import type { Clock } from '../base/clock.ts'
import { type Logger, redactUrl } from '../base/log.ts'
import type { Meter } from '../base/meter.ts'
import { faultIn } from '../core/index.ts'
import { clientAddresses, type ForwardedHeader } from './address.ts'
import { Admission } from './admission.ts'
import { type Cors, createCors } from './cors.ts'
import type { Dialect, Endpoint } from './dialect.ts'
import { asksForUpgrade, shakeHands } from './endpoint.ts'
import type { SocketLine, SocketLink } from './link.ts'
import { type Line, Links, UNREAD_BYTES } from './links.ts'
import { type Found, type Mount, mount, type Tenant, tenantOf } from './mount.ts'
import { Flusher } from './outbox.ts'
import { type HostRoute, ownTenant } from './own.ts'
import { splitTarget } from './path.ts'
import { Refused } from './refused.ts'
import { json } from './reply.ts'
import { BodyTimeout, HostRequest, type RequestHost, requestIdOf } from './request.ts'

export interface ListenOptions {
  readonly dialects: readonly Dialect[]
  readonly hostname: string
  /** 0 picks a free one. */
  readonly port: number
  readonly clock: Clock
  readonly log: Logger
  readonly meter: Meter
  readonly version: string
  /** Whether the server can do its work: the store answers. */
  readonly ready: () => Promise<boolean>
  /** Pages of the server beside the dialects: `/`, `/files/:fid`, the web client. */
  readonly routes: readonly HostRoute[]
  /** Addresses or CIDR ranges whose forwarding header is believed; none by default. */
  readonly trustedProxies?: readonly string[]
  readonly forwardedHeader?: ForwardedHeader
  /** Origins that may call from a browser; empty: any. */
  readonly corsOrigins?: readonly string[]
  /** WebSockets and event streams of one address (an IPv6 /64); unbounded by default. Further ones are refused with `rate.limited`. */
  readonly socketsPerAddress?: number | null
  /** WebSockets and event streams in all; unbounded by default. Further ones are refused with `unavailable`. */
  readonly maxSockets?: number
  /** Bytes queued for one slow link before it is closed; 1 MiB by default. */
  readonly outboxBytes?: number
  /** Milliseconds a body that is read whole may take to arrive; 30 s by default. */
  readonly bodyMs?: number
  /** Milliseconds requests under way may take to finish once the server drains; 8 s by default. */
  readonly drainMs?: number
}

export interface Listening {
  readonly port: number
  /** Where it listens, without a trailing slash. */
  readonly url: string
  /** Attached links. */
  readonly links: number
  /**
   * Goes down in order: `/readyz` says so, nobody new is let in, links are closed with their endpoint's shutdown code,
   * requests under way finish or are cut after `drainMs`. May be called twice.
   */
  drain(): Promise<void>
}

/** Bytes of one WebSocket message, for the whole origin; endpoints may be narrower. */
const MAX_FRAME_BYTES = 1024 * 1024
/** Seconds without a byte after which a plain connection is closed. */
const HTTP_IDLE_SECONDS = 60
/** Seconds after which the runtime itself drops a dead socket: the backstop behind the links' own rules. */
const SOCKET_IDLE_SECONDS = 240
/** Milliseconds between two looks at what a draining server still has to do. */
const DRAIN_LOOK_MS = 20

interface Host {
  readonly mount: Mount
  readonly cors: Cors
  readonly lines: ReadonlyMap<Endpoint, SocketLine>
  readonly requests: RequestHost
  readonly log: Logger
  readonly meter: Meter
}

const lastResort = (): Response => json(500, { error: { code: 'internal_error', message: 'Something broke.' } })

/** What an error becomes: a refusal, the core's or the dialect's own; a late body; or a bug. */
const failed = (host: Host, found: Found, request: HostRequest, error: unknown): Response => {
  const { tenant } = found
  const fault = faultIn(error)
  const reply = fault ? tenant.fault(fault) : error instanceof Refused ? error.reply : null
  if (reply) return json(reply.status, reply.body, reply.headers)
  if (error instanceof BodyTimeout) {
    // Else the body may go on trickling for as long as it likes, and hold the connection.
    const close = { connection: 'close' }
    return json(408, { error: { code: 'request_timeout', message: 'The body did not arrive in time.' } }, close)
  }
  // The client is gone: nobody reads this, and nothing is wrong.
  if (request.raw.signal.aborted) return new Response(null, { status: 499 })
  const { method, requestId, raw } = request
  host.log.error({ error, requestId, dialect: tenant.name, method, url: raw.url }, 'a request failed')
  return tenant.internalError(request)
}

const serve = async (
  host: Host,
  found: Found,
  request: HostRequest,
  server: Server<SocketLink>,
): Promise<Response | null> => {
  switch (found.type) {
    case 'route':
      return await found.route.handle(request)
    case 'unmatched':
      return found.tenant.unmatched(request, found.allow)
    case 'endpoint': {
      const line = host.lines.get(found.endpoint)
      if (!line) throw new Error(`no line for ${found.endpoint.name}`)
      return await shakeHands(line, request, server)
    }
  }
}

/** HEAD is answered by the GET handler: the headers stand, a declared length too, and the body is let go. */
const withoutBody = (response: Response): Response => {
  if (!response.headers.has('content-length')) return response
  response.body?.cancel().catch(() => undefined)
  return new Response(null, response)
}

/** Headers that every answer carries. Some responses (redirects) have headers that cannot be set: those are copied. */
const marked = (host: Host, response: Response, request: Request, requestId: string): Response => {
  try {
    response.headers.set('x-request-id', requestId)
  } catch {
    return marked(host, new Response(response.body, response), request, requestId)
  }
  host.cors.mark(response.headers, request)
  if (host.requests.draining.aborted) response.headers.set('connection', 'close')
  return response
}

const answer = async (host: Host, raw: Request, server: Server<SocketLink>): Promise<Response | undefined> => {
  const started = performance.now()
  if (raw.method === 'OPTIONS') return marked(host, host.cors.preflight(raw), raw, requestIdOf(raw.headers))
  const [path, query] = splitTarget(raw.url)
  const request = new HostRequest(raw, query, host.requests, server)
  const found = host.mount.find(raw.method, path, asksForUpgrade(raw))
  request.path = found.path
  if (found.type !== 'unmatched') request.params = found.params

  let response: Response
  try {
    const own = await serve(host, found, request, server).catch(error => failed(host, found, request, error))
    if (own === null) return undefined
    response = found.tenant.finish(own, request)
    if (raw.method === 'HEAD') response = withoutBody(response)
  } catch (error) {
    host.log.error({ error, requestId: request.requestId, dialect: found.tenant.name }, 'an answer failed')
    response = lastResort()
  }
  response = marked(host, response, raw, request.requestId)

  const ms = performance.now() - started
  host.meter.request(found.tenant.name, raw.method, response.status, ms / 1000)
  if (host.log.enabled('debug')) {
    const { requestId, address } = request
    const { status } = response
    const name = found.type === 'route' ? found.route.name : found.type
    const line = { requestId, address, dialect: found.tenant.name, route: name, method: raw.method, status, ms }
    host.log.debug({ ...line, url: redactUrl(raw.url) }, 'request')
  }
  return response
}

/** What makes lines: all frames of the server leave by one flusher. */
const lineMaker = ({ clock, log, meter, outboxBytes = 1024 * 1024 }: ListenOptions, links: Links) => {
  const flusher = new Flusher()
  const now = () => clock.now()
  return (label: string): Line => ({ label, links, flusher, now, outboxBytes, log, meter, framesOut: 0 })
}

const socketLines = (
  options: ListenOptions,
  links: Links,
  make: (label: string) => Line,
): ReadonlyMap<Endpoint, SocketLine> => {
  const lines = new Map<Endpoint, SocketLine>()
  for (const dialect of options.dialects) {
    for (const endpoint of dialect.endpoints) {
      if (endpoint.maxFrameBytes > MAX_FRAME_BYTES) {
        throw new Error(`${dialect.name} ${endpoint.name}: frames may hold at most ${MAX_FRAME_BYTES} bytes`)
      }
      const line = { ...make(`${dialect.name}/${endpoint.name}`), endpoint }
      lines.set(endpoint, line)
      links.addLine(line)
    }
  }
  return lines
}

/** Lines of links that come by plain requests, made when the first one comes. */
const linesByLabel = (links: Links, make: (label: string) => Line): ((label: string) => Line) => {
  const lines = new Map<string, Line>()
  return label => {
    const known = lines.get(label)
    if (known) return known
    const line = make(label)
    lines.set(label, line)
    links.addLine(line)
    return line
  }
}

/** Everything under way has been answered and every link has closed, or the time is up. */
const settled = async (server: Server<SocketLink>, links: Links, ms: number): Promise<void> => {
  const until = performance.now() + ms
  while ((server.pendingRequests > 0 || links.count > 0) && performance.now() < until) await Bun.sleep(DRAIN_LOOK_MS)
}

/** Mounts the dialects and listens. Throws one clear Error when they do not fit together; a taken port throws as Bun says it. */
export const listen = (options: ListenOptions): Listening => {
  const links = new Links(options.clock)
  const makeLine = lineMaker(options, links)
  const draining = new AbortController()
  const own: Tenant = ownTenant({
    dialects: options.dialects,
    version: options.version,
    meter: options.meter,
    report: () => links.report(),
    ready: options.ready,
    draining: () => draining.signal.aborted,
    routes: options.routes,
  })
  const host: Host = {
    mount: mount(options.dialects.map(tenantOf), own),
    cors: createCors(options.corsOrigins ?? []),
    lines: socketLines(options, links, makeLine),
    requests: {
      clock: options.clock,
      addresses: clientAddresses(options.trustedProxies ?? [], options.forwardedHeader),
      admission: new Admission({
        perAddress: options.socketsPerAddress ?? null,
        total: options.maxSockets ?? Number.POSITIVE_INFINITY,
        clock: options.clock,
        log: options.log,
      }),
      bodyMs: options.bodyMs ?? 30_000,
      draining: draining.signal,
      line: linesByLabel(links, makeLine),
    },
    log: options.log,
    meter: options.meter,
  }

  const server = Bun.serve<SocketLink>({
    hostname: options.hostname,
    port: options.port,
    idleTimeout: HTTP_IDLE_SECONDS,
    // Bodies are bounded where they are read, each route by its own limit; unread ones are discarded as they come.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    development: false,
    // Bun shares the port with whoever asks for it once `development` is false: a second server must be told that it is taken.
    reusePort: false,
    fetch: (raw, self) => answer(host, raw, self),
    error(error) {
      options.log.error({ error }, 'the server broke')
      return lastResort()
    },
    websocket: {
      maxPayloadLength: MAX_FRAME_BYTES,
      idleTimeout: SOCKET_IDLE_SECONDS,
      // Beside what links send, which bound themselves: answers to pings that the client does not read.
      backpressureLimit: UNREAD_BYTES,
      sendPings: false,
      perMessageDeflate: false,
      open: socket => socket.data.attach(socket),
      message: (socket, frame) => socket.data.received(frame),
      ping: socket => socket.data.heard('ping'),
      pong: socket => socket.data.heard('pong'),
      drain: socket => socket.data.drained(),
      close: socket => socket.data.detach(),
    },
  })

  let drained: Promise<void> | null = null
  const drain = async (): Promise<void> => {
    draining.abort()
    void server.stop(false)
    links.shutDown()
    await settled(server, links, options.drainMs ?? 8000)
    await server.stop(true)
  }
  return {
    port: server.port ?? options.port,
    url: server.url.origin,
    get links() {
      return links.count
    },
    drain: () => (drained ??= drain()),
  }
}
