// A request as the doors see it: everything beyond method and path is worked out when it is asked for.
import type { Server } from 'bun'
import type { Clock } from '../base/clock.ts'
import type { ClientAddresses } from './address.ts'
import type { Admission } from './admission.ts'
import type { RouteRequest } from './dialect.ts'
import type { SocketLink } from './link.ts'
import type { Line } from './links.ts'

/** A body that trickles in slower than the host waits for. Answered 408. */
export class BodyTimeout extends Error {
  constructor() {
    super('the request body did not arrive in time')
    this.name = 'BodyTimeout'
  }
}

/** What requests share. */
export interface RequestHost {
  readonly clock: Clock
  readonly addresses: ClientAddresses
  readonly admission: Admission
  /** Milliseconds in which a body that is read whole must have arrived. */
  readonly bodyMs: number
  /** Aborted when the server begins to go down. */
  readonly draining: AbortSignal
  /** The line of that label, `dialect/endpoint`, for links that come by plain requests; always the same one. */
  readonly line: (label: string) => Line
}

/** Seconds without a byte in either direction after which a long-running request is cut. */
const LONG_IDLE_SECONDS = 120
const NOTHING = new Uint8Array(0)
const REQUEST_ID = /^[A-Za-z0-9_-]{1,64}$/

const prefix = Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString('base64url')
let requests = 0

/** The id a client gave its request, if it is one; else a new one, unique in this process and unlikely elsewhere. */
export const requestIdOf = (headers: Headers): string => {
  const given = headers.get('x-request-id')
  return given !== null && REQUEST_ID.test(given) ? given : `${prefix}-${(++requests).toString(36)}`
}

export class HostRequest implements RouteRequest {
  readonly raw: Request
  readonly method: string
  readonly requestId: string
  path = '/'
  params: Readonly<Record<string, string>> = {}
  readonly #host: RequestHost
  readonly #server: Server<SocketLink>
  readonly #search: string
  #query: URLSearchParams | null = null
  #address: string | null = null

  constructor(raw: Request, search: string, host: RequestHost, server: Server<SocketLink>) {
    this.raw = raw
    this.method = raw.method
    this.requestId = requestIdOf(raw.headers)
    this.#search = search
    this.#host = host
    this.#server = server
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.#search)
    return this.#query
  }

  get address(): string {
    this.#address ??= this.#host.addresses.of(this.#server.requestIP(this.raw)?.address ?? null, this.raw.headers)
    return this.#address
  }

  /**
   * Reads the body whole. Rejects with `BodyTimeout` when it trickles, and with an AbortError when the client leaves.
   * A declared length above the limit is refused without reading; a chunked body is read up to the limit only.
   */
  async bytes(limit: number): Promise<Uint8Array | 'too-large'> {
    const { headers } = this.raw
    const declared = headers.get('content-length')
    if (declared !== null && Number(declared) > limit) return 'too-large'
    if (declared === '0' || (declared === null && !this.raw.body)) return NOTHING
    const late = Promise.withResolvers<never>()
    const timer = this.#host.clock.after(this.#host.bodyMs, () => late.reject(new BodyTimeout()))
    try {
      // The server itself holds a body to its declared length.
      const reading =
        declared === null && this.raw.body ? readChunks(this.raw.body, limit, late.promise) : this.raw.bytes()
      return await Promise.race([reading, late.promise])
    } finally {
      timer[Symbol.dispose]()
    }
  }

  longRunning(): void {
    this.#server.timeout(this.raw, LONG_IDLE_SECONDS)
  }

  /** Gives up on a client that takes nothing: the connection is cut within a few seconds, unless bytes move again. */
  abandon(): void {
    this.#server.timeout(this.raw, 1)
  }

  get draining(): AbortSignal {
    return this.#host.draining
  }

  line(label: string): Line {
    return this.#host.line(label)
  }

  /** A place for the connection this request comes by, as long as it is held. Faults: rate.limited, unavailable. */
  admit(): Disposable {
    return this.#host.admission.admit(this.address)
  }
}

/** Tells a request that waits (a long poll) that the server goes down; null for requests not of this host. */
export const drainingOf = (request: RouteRequest): AbortSignal | null =>
  request instanceof HostRequest ? request.draining : null

/**
 * A place among the server's sockets, for a request that waits (a long poll) as long as it does. Faults: rate.limited,
 * unavailable.
 */
export const placeOf = (request: RouteRequest): Disposable =>
  request instanceof HostRequest ? request.admit() : new DisposableStack()

const readChunks = async (
  body: ReadableStream<Uint8Array>,
  limit: number,
  late: Promise<never>,
): Promise<Uint8Array | 'too-large'> => {
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late])
      if (done) return new Uint8Array(Buffer.concat(chunks, size))
      size += value.byteLength
      if (size > limit) return 'too-large'
      chunks.push(value)
    }
  } finally {
    reader.cancel().catch(() => undefined)
  }
}
