// Links over Server-Sent Events: a GET whose answer goes on, for clients that cannot have a socket.
import type { Frame } from '../core/index.ts'
import { encodeSse, encodeSseComment } from '../wire/sse.ts'
import type { Link, LinkHandler, RouteRequest } from './dialect.ts'
import {
  type Attached,
  attempt,
  CLOSE_GRACE_MS,
  idOfLink,
  type Line,
  numberLink,
  OPENING_FACTOR,
  SLICE_BYTES,
  SWEEP_MS,
} from './links.ts'
import { type Flushable, Outbox } from './outbox.ts'
import { HostRequest } from './request.ts'

export interface EventStreamOptions {
  /** `dialect/endpoint`, for the meter and the log. */
  readonly name: string
  /** Milliseconds a client waits before it reconnects: the first line of every stream. */
  readonly retryMs: number
  /** Longest silence in ms (2 s to 100 s): a comment ends it, so that no proxy and no client takes the stream for dead. */
  readonly commentMs: number
}

/** As a `LinkHandler`, of a link that only goes one way. */
export type StreamHandler = Pick<LinkHandler, 'draining' | 'closed'>

export interface EventStreams {
  /**
   * Answers with a stream; what `start` does to the link is in it from its beginning. The stream takes a place among
   * the server's sockets, is bounded like one, and is closed with them when the server goes down; the code of a close
   * has no place in HTTP: the client reconnects, and learns the rest from that answer. `print` writes a frame as
   * whole events; it depends on nothing but the frame. What `start` throws is thrown on, before any header leaves.
   * A HEAD gets the headers: `start` is not called. Faults: rate.limited, unavailable (no place for it).
   */
  open(
    request: RouteRequest,
    start: (link: Link) => Promise<StreamHandler> | StreamHandler,
    print: (frame: Frame) => string,
  ): Promise<Response>
  /** Open streams. */
  readonly count: number
}

/** The last one is for nginx, which would gather the stream before it passes it on. */
const HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' } as const

interface Home extends EventStreamOptions {
  /** What every stream begins with. */
  readonly opening: string
  count: number
}

type Print = (frame: Frame) => string

// Fan-out hands the same frame to stream after stream: they share its text.
let lastFrame: Frame = ''
let lastPrint: Print | null = null
let lastText = ''
const printed = (print: Print, frame: Frame): string => {
  if (frame !== lastFrame || print !== lastPrint) {
    lastText = print(frame)
    lastFrame = frame
    lastPrint = print
  }
  return lastText
}

const COMMENT = Buffer.from(encodeSseComment())

/**
 * Life: as a `SocketLink`'s. It is also the source of its answer's body, which asks for more (`pull`) when the connection has
 * taken what it was given: that, and not how much was given, tells a slow reader. Idle it owns no timer and no array.
 */
class StreamLink implements Link, Attached, Flushable, UnderlyingDefaultSource<Uint8Array> {
  slot = -1
  readonly number = numberLink()
  readonly #home: Home
  readonly #line: Line
  readonly #request: HostRequest
  readonly #print: Print
  readonly #place: Disposable
  readonly #outbox = new Outbox()
  #state: 'opening' | 'open' | 'closing' | 'closed' = 'opening'
  #handler: StreamHandler | null = null
  #body: ReadableStreamDefaultController<Uint8Array> | null = null
  #bound: number
  /** The connection has taken all it was given, and waits. */
  #ready = false
  /** Something has been sent. */
  #begun = false
  #scheduled = false
  /** When something was last sent; of a closing link, when that began. */
  #since: number

  /** `place`: given back when the link is over. */
  constructor(home: Home, request: HostRequest, print: Print, place: Disposable) {
    this.#home = home
    this.#line = request.line(home.name)
    this.#request = request
    this.#print = print
    this.#place = place
    this.#since = this.#line.now()
    this.#bound = this.#line.outboxBytes * OPENING_FACTOR
  }

  get id(): string {
    return idOfLink(this.number)
  }

  get closed(): boolean {
    return this.#state === 'closing' || this.#state === 'closed'
  }

  write(frame: Frame): void {
    const text = this.closed ? null : this.#text(frame)
    if (text === null) return
    this.#outbox.write(text)
    this.#queued()
  }

  push(frame: Frame): void {
    const text = this.closed ? null : this.#text(frame)
    if (text === null) return
    this.#outbox.push(text)
    this.#queued()
  }

  hold(): Disposable {
    return this.#outbox.hold(() => {
      if (!this.closed) this.#queued()
    })
  }

  close(_code: number, _reason: string): void {
    if (this.closed) return
    this.#state = 'closing'
    this.#since = this.#line.now()
    this.#outbox.releaseAll()
    this.flush()
  }

  /** The dialect's handler, before the body is made. */
  handledBy(handler: StreamHandler): void {
    this.#handler = handler
  }

  /** The body of the answer, in which what has gathered leaves first. */
  attach(): ReadableStream<Uint8Array> {
    const body = new ReadableStream<Uint8Array>(this, { highWaterMark: 0 })
    this.#bound = this.#line.outboxBytes + this.#outbox.bytes
    this.#since = this.#line.now()
    if (this.#state === 'opening') this.#state = 'open'
    this.#home.count++
    this.#line.meter.linkOpened(this.#line.label)
    this.#line.links.add(this)
    return body
  }

  /** For the body only. */
  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#body = controller
  }

  /** For the body only: the connection has taken all it was given. */
  pull(): void {
    this.#ready = true
    this.flush()
  }

  /** For the body only: the client is gone. */
  cancel(): void {
    this.detach()
  }

  /** The client is gone, the body has ended, or there never was one. */
  detach(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#place[Symbol.dispose]()
    if (this.#body) {
      this.#body = null
      this.#home.count--
      this.#line.links.remove(this)
      this.#line.meter.linkClosed(this.#line.label)
    }
    this.#outbox.clear()
    const handler = this.#handler
    this.#handler = null
    attempt(this.#line, this, 'closing a link failed', () => handler?.closed())
  }

  /** Ends a silence; cuts a link that does not finish closing, or whose answer nobody took up. */
  sweep(now: number): void {
    const silent = now - this.#since
    if (this.#state === 'closing' || !this.#begun) {
      if (silent >= CLOSE_GRACE_MS) this.#cut()
    } else if (this.#ready && silent > this.#home.commentMs - SWEEP_MS) this.#send(COMMENT)
  }

  shutDown(): void {
    if (!this.closed) attempt(this.#line, this, 'the last words of a link failed', () => this.#handler?.draining?.())
    this.close(0, '')
  }

  flush(): void {
    this.#scheduled = false
    if (!this.#ready) return
    this.#sendUpTo(SLICE_BYTES)
    if (this.#ready && this.#state === 'closing') {
      this.#body?.close()
      this.detach()
    }
  }

  #text(frame: Frame): string | null {
    try {
      return printed(this.#print, frame)
    } catch (error) {
      this.#line.log.error({ error, link: this.id, endpoint: this.#line.label }, 'a link broke')
      this.close(0, '')
      return null
    }
  }

  #queued(): void {
    if (this.#outbox.bytes > this.#bound) {
      // A burst, rather than a slow reader, as long as the connection takes what it is given.
      if (this.#ready) this.#sendUpTo(Number.POSITIVE_INFINITY)
      if (this.#outbox.bytes > this.#bound) {
        this.#overflow()
        return
      }
    }
    if (this.#scheduled || !this.#ready) return
    this.#scheduled = true
    this.#line.flusher.add(this)
  }

  /** Sends ready frames in one piece, if there are any. */
  #sendUpTo(most: number): void {
    const target = this.#outbox.bytes - most
    let text = this.#begun ? '' : this.#home.opening
    do {
      const frame = this.#outbox.take()
      if (frame === null) break
      this.#line.framesOut++
      text += frame
    } while (this.#outbox.bytes > target)
    if (this.#outbox.bytes === 0) this.#bound = this.#line.outboxBytes
    if (text) this.#send(Buffer.from(text))
  }

  #send(bytes: Uint8Array): void {
    this.#begun = true
    if (this.#state === 'open') this.#since = this.#line.now()
    this.#ready = false
    this.#body?.enqueue(bytes)
  }

  #overflow(): void {
    this.#line.meter.overflow(this.#line.label)
    this.#outbox.clear()
    this.close(0, '')
  }

  #cut(): void {
    const body = this.#body
    this.#request.abandon()
    this.detach()
    body?.error()
  }
}

export const createEventStreams = (options: EventStreamOptions): EventStreams => {
  const home: Home = { ...options, opening: encodeSse({ retry: options.retryMs }), count: 0 }
  return {
    get count() {
      return home.count
    },
    async open(request, start, print) {
      if (!(request instanceof HostRequest)) throw new TypeError('an event stream needs a request of a host')
      if (request.method === 'HEAD') return new Response(null, { headers: HEADERS })
      const { signal } = request.raw
      // From here on, so that streams that are being opened are bounded like open ones.
      const link = new StreamLink(home, request, print, request.admit())
      try {
        link.handledBy(await start(link))
        if (!signal.aborted) {
          request.longRunning()
          return new Response(link.attach(), { headers: HEADERS })
        }
      } catch (error) {
        link.detach()
        throw error
      }
      // Nobody will read it.
      link.detach()
      return new Response(null, { status: 499 })
    },
  }
}
