// One WebSocket client: what it sends, one frame at a time; what it is sent, in order and bounded.
import type { ServerWebSocket } from 'bun'
import type { Frame } from '../core/index.ts'
import type { Endpoint, Link, LinkHandler } from './dialect.ts'
import { Inbox, type Receiver } from './inbox.ts'
import {
  type Attached,
  attempt,
  CLOSE_GRACE_MS,
  idOfLink,
  type Line,
  numberLink,
  OPENING_FACTOR,
  SLICE_BYTES,
} from './links.ts'
import { type Flushable, Outbox, sizeOf } from './outbox.ts'

export type Socket = ServerWebSocket<SocketLink>

/** What all links of one endpoint share. */
export interface SocketLine extends Line {
  readonly endpoint: Endpoint
}

/** Not a code to send: the socket is dropped without a close frame (clients that treat every clean close as final). */
const DROP = 1006
const TOO_BIG = 1009
const BROKEN = 1011

/** Frames, and their bytes, that may wait for the one being handled. */
const PENDING = { frames: 1024, bytes: 2 * 1024 * 1024 }
/** Bytes of a close frame's reason. */
const REASON_BYTES = 123

const sendSlice = (socket: Socket): void => socket.data.sendSlice(socket)

/**
 * Life: made before the upgrade (`opening`, frames gather), attached to its socket (`open`), told to close (`closing`:
 * what is queued still leaves, nothing is added), over (`closed`). Ten thousand idle ones live in a process, so it
 * owns no closure, timer or array until there is work.
 */
export class SocketLink implements Link, Attached, Flushable, Receiver<string | Uint8Array> {
  slot = -1
  readonly number = numberLink()
  readonly #line: SocketLine
  readonly #outbox = new Outbox()
  readonly #inbox = new Inbox<string | Uint8Array>(this, PENDING)
  #state: 'opening' | 'open' | 'closing' | 'closed' = 'opening'
  #socket: Socket | null = null
  #handler: LinkHandler | null = null
  /** When it was last heard; of a closing link, when that began. */
  #since: number
  #bound: number
  #scheduled = false
  /** The socket has not taken all it was given. */
  #blocked = false
  #code = 0
  #reason = ''
  readonly #place: Disposable | null

  /** `place`: given back when the link is over. */
  constructor(line: SocketLine, place: Disposable | null = null) {
    this.#line = line
    this.#place = place
    this.#since = line.now()
    this.#bound = line.outboxBytes * OPENING_FACTOR
  }

  get id(): string {
    return idOfLink(this.number)
  }

  get closed(): boolean {
    return this.#state === 'closing' || this.#state === 'closed'
  }

  write(frame: Frame): void {
    if (this.closed) return
    this.#outbox.write(frame)
    this.#queued()
  }

  push(frame: Frame): void {
    if (this.closed) return
    this.#outbox.push(frame)
    this.#queued()
  }

  hold(): Disposable {
    return this.#outbox.hold(() => {
      if (!this.closed) this.#queued()
    })
  }

  close(code: number, reason: string): void {
    if (this.closed) return
    this.#state = 'closing'
    this.#code = code
    this.#reason = sizeOf(reason) <= REASON_BYTES ? reason : ''
    this.#since = this.#line.now()
    this.#inbox.clear()
    this.#outbox.releaseAll()
    this.flush()
  }

  /** The endpoint's handler, before the link is attached. */
  handledBy(handler: LinkHandler): void {
    this.#handler = handler
  }

  /** The socket is open: what has gathered leaves. */
  attach(socket: Socket): void {
    this.#socket = socket
    this.#bound = this.#line.outboxBytes + this.#outbox.bytes
    this.#since = this.#line.now()
    if (this.#state === 'opening') this.#state = 'open'
    this.#line.meter.linkOpened(this.#line.label)
    this.#line.links.add(this)
    this.flush()
  }

  /** The socket is gone, or never came. */
  detach(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#place?.[Symbol.dispose]()
    if (this.#socket) {
      this.#socket = null
      this.#line.links.remove(this)
      this.#line.meter.linkClosed(this.#line.label)
    }
    this.#outbox.clear()
    this.#inbox.clear()
    const handler = this.#handler
    this.#handler = null
    attempt(this.#line, this, 'closing a link failed', () => handler?.closed())
  }

  received(frame: string | Uint8Array): void {
    if (this.#state !== 'open') return
    this.#since = this.#line.now()
    const size = sizeOf(frame)
    if (size > this.#line.endpoint.maxFrameBytes) {
      this.close(TOO_BIG, 'frame too big')
      return
    }
    if (!this.#inbox.add(frame, size)) this.close(this.#line.endpoint.closeCodes.slow, 'too many frames at once')
  }

  get receiving(): boolean {
    return this.#state === 'open'
  }

  receive(frame: string | Uint8Array): Promise<void> | void {
    return this.#handler?.receive(frame)
  }

  broke(error: unknown): void {
    if (this.#state === 'closed') return
    this.#line.log.error({ error, link: this.id, endpoint: this.#line.label }, 'a link broke')
    this.close(BROKEN, 'internal error')
  }

  /** A protocol ping or pong came. */
  heard(what: 'ping' | 'pong'): void {
    if (this.#state === 'open' && (what === 'ping' || this.#line.endpoint.idle.pongsCount)) {
      this.#since = this.#line.now()
    }
  }

  /** The socket has sent some of what it held. */
  drained(): void {
    if (!this.#socket || this.#socket.getBufferedAmount() > SLICE_BYTES) return
    this.#blocked = false
    this.flush()
  }

  /** Closes a silent link, drops one that does not finish closing, pings one whose turn it is. */
  sweep(now: number, ping: boolean): void {
    const { idle } = this.#line.endpoint
    const silent = now - this.#since
    if (this.#state === 'closing') {
      if (silent >= CLOSE_GRACE_MS) this.#socket?.terminate()
    } else if (silent >= idle.afterMs) this.close(idle.code, idle.reason)
    else if (ping && !this.#blocked) this.#socket?.ping()
  }

  shutDown(): void {
    if (!this.closed) attempt(this.#line, this, 'the last words of a link failed', () => this.#handler?.draining?.())
    this.close(this.#line.endpoint.closeCodes.shutdown, 'server is going down')
  }

  flush(): void {
    this.#scheduled = false
    const socket = this.#socket
    if (!socket) return
    while (!this.#blocked && this.#outbox.several) {
      socket.cork(sendSlice)
      this.#blocked ||= socket.getBufferedAmount() > 0
    }
    if (!this.#blocked) this.sendSlice(socket)
    if (this.#outbox.bytes === 0) this.#bound = this.#line.outboxBytes
    if (this.#state !== 'closing' || this.#blocked) return
    if (this.#code === DROP) socket.terminate()
    else socket.close(this.#code, this.#reason)
  }

  /** Hands over ready frames until the socket is full, the slice is, or none is left. For `flush` only. */
  sendSlice(socket: Socket): void {
    const target = this.#outbox.bytes - SLICE_BYTES
    do {
      const frame = this.#outbox.take()
      if (frame === null) return
      this.#line.framesOut++
      const sent = socket.send(frame)
      this.#blocked = sent <= 0 && frame.length > 0
      // Not taken: the client has long read nothing of the answers to its pings.
      if (sent === 0 && this.#blocked) this.#overflow()
    } while (!this.#blocked && this.#outbox.bytes > target)
  }

  #queued(): void {
    if (this.#outbox.bytes > this.#bound) {
      this.flush()
      if (this.#outbox.bytes > this.#bound) {
        this.#overflow()
        return
      }
    }
    if (this.#scheduled || !this.#socket || this.#blocked) return
    this.#scheduled = true
    this.#line.flusher.add(this)
  }

  #overflow(): void {
    this.#line.meter.overflow(this.#line.label)
    this.#outbox.clear()
    this.close(this.#line.endpoint.closeCodes.slow, 'too slow')
  }
}
