// One Engine.IO session: a link that outlives its transport, and is pinged whatever that is.
import type { Clock } from '../../base/clock.ts'
import { randomToken } from '../../base/id.ts'
import type { Logger } from '../../base/log.ts'
import type { Frame } from '../../core/index.ts'
import { decodePacket, type EnginePacket, packets } from '../../wire/engine-io.ts'
import { networkOf } from '../address.ts'
import type { Member } from '../crowd.ts'
import type { Link, LinkHandler, RouteRequest } from '../dialect.ts'
import { Inbox, type Receiver } from '../inbox.ts'
import { type Flusher, sizeOf } from '../outbox.ts'
import { type Carrier, Polling } from './polling.ts'

/** What all sessions of one engine share. */
export interface Home {
  /** For the log. */
  readonly name: string
  readonly pingIntervalMs: number
  readonly pingTimeoutMs: number
  readonly clock: Clock
  readonly log: Logger
  readonly flusher: Flusher
  /** A socket carries the session from now on. */
  upgraded(session: Session): void
  /** Nobody will ask for the session again. */
  ended(session: Session): void
}

/** Messages, and their bytes, that may wait for the one being handled. A client may send as many packets in one body. */
export const PENDING = { frames: 16_384, bytes: 2 * 1024 * 1024 } as const
/** Milliseconds a poll waits while a socket is being tried: the client leaves polling between two polls. */
const PROBING_POLL_MS = 100

/** Close codes of sockets. */
export const closeCodes = { over: 1000, protocol: 1002, broken: 1011, shutdown: 1012, slow: 1013 } as const

export class Session implements Link, Member, Receiver<string | Uint8Array> {
  /** Whoever knows it is the session. */
  readonly sid = randomToken(15)
  /** Not the sid: ids stand in log lines. */
  readonly id = randomToken(15)
  readonly network: string
  since: number
  /** Whether a body of this session is being read. */
  posting = false
  /** The socket that is being tried, to take over from polling. */
  probe: Link | null = null
  readonly #home: Home
  readonly #inbox = new Inbox(this, PENDING)
  #carrier: Carrier
  /** Null once a socket carries the session. */
  #polling: Polling | null
  #handler: LinkHandler | null = null
  #over = false
  #pinged = false
  /** When the next ping is to be sent, or the answer to the last one is too late. */
  #due: number

  /** `socket`: of a session that begins with one. */
  constructor(home: Home, address: string, socket: Link | null) {
    this.#home = home
    this.network = networkOf(address)
    this.since = home.clock.now()
    this.#due = this.since + home.pingIntervalMs
    const carrier = socket ?? new Polling(home, reason => this.drop(closeCodes.slow, reason))
    this.#carrier = carrier
    this.#polling = carrier instanceof Polling ? carrier : null
  }

  get transport(): 'polling' | 'websocket' {
    return this.#polling ? 'polling' : 'websocket'
  }

  get closed(): boolean {
    return this.#over
  }

  get receiving(): boolean {
    return !this.#over
  }

  write(frame: Frame): void {
    if (!this.#over) this.#carrier.write(frame)
  }

  push(frame: Frame): void {
    if (!this.#over) this.#carrier.push(frame)
  }

  hold(): Disposable {
    return this.#carrier.hold()
  }

  /** A polling client fetches what is queued with its next poll, and learns of the end with the one after. The code is for sockets only. */
  close(code: number, reason: string): void {
    if (this.#over) return
    this.#over = true
    this.#inbox.clear()
    this.#carrier.close(code, reason)
    if (this.#polling?.closing) this.#due = this.#home.clock.now() + this.#home.pingTimeoutMs
    else this.#end()
    this.#tellClosed()
  }

  /** Ends the session at once. Only a poll that waits now learns of it. */
  drop(code: number = closeCodes.over, reason = ''): void {
    this.#polling?.clear()
    this.close(code, reason)
    this.#end()
  }

  /** The client is gone, by its own word or because its socket is. */
  leave(): void {
    this.#polling?.nudge()
    this.drop()
  }

  handledBy(handler: LinkHandler): void {
    this.#handler = handler
    if (this.#over) this.#tellClosed()
  }

  /** What goes into the answer to a poll. `overlap`: there is one already, which ends the session. */
  async poll(request: RouteRequest): Promise<readonly Frame[] | 'overlap'> {
    const polling = this.#polling
    if (!polling || polling.waiting) {
      this.drop()
      return 'overlap'
    }
    request.longRunning()
    const frames = await polling.poll(request.raw.signal, this.probe ? PROBING_POLL_MS : null)
    if (this.#over && !polling.closing) this.#end()
    return frames
  }

  /** A frame came through the socket. */
  received(frame: string | Uint8Array): void {
    const packet = decodePacket(frame)
    if (packet === 'malformed') this.drop(closeCodes.protocol, 'parse error')
    else this.take(packet)
  }

  take(packet: EnginePacket): void {
    if (packet.type === 'close') this.leave()
    if (this.#over) return
    this.since = this.#home.clock.now()
    if (this.#pinged) this.#due = this.since + this.#home.pingTimeoutMs
    switch (packet.type) {
      case 'message':
        if (!this.#inbox.add(packet.data, sizeOf(packet.data))) this.drop(closeCodes.slow, 'too many frames at once')
        break
      case 'pong':
        this.#pinged = false
        this.#due = this.since + this.#home.pingIntervalMs
        break
      case 'ping':
        this.drop(closeCodes.protocol, 'pings are for the server')
    }
  }

  /** Resolves when everything that came has been handled; null when nothing waits. */
  get working(): Promise<void> | null {
    return this.#inbox.working
  }

  receive(message: string | Uint8Array): Promise<void> | void {
    return this.#handler?.receive(message)
  }

  broke(error: unknown): void {
    this.#home.log.error({ error, link: this.id, endpoint: this.#home.name }, 'a link broke')
    this.close(closeCodes.broken, 'internal error')
  }

  /** A socket is being tried: a poll that waits is let go, so that the client can stop polling. */
  probed(): void {
    this.#polling?.nudge()
  }

  /** The socket takes over: what waits goes first. */
  upgrade(link: Link): void {
    const polling = this.#polling
    if (!polling) return
    this.probe = null
    this.#polling = null
    polling.moveTo(link, () => {
      this.#carrier = link
    })
    this.#home.upgraded(this)
    if (!this.#over) return
    link.close(closeCodes.over, '')
    this.#end()
  }

  /** The regular look: pings, ends whoever does not answer, forgets what nobody fetches. */
  sweep(now: number): void {
    if (now < this.#due) return
    if (this.#over) this.#end()
    else if (this.#pinged) this.drop(closeCodes.over, 'ping timeout')
    else {
      this.#pinged = true
      this.#due = now + this.#home.pingTimeoutMs
      this.write(packets.ping)
    }
  }

  #end(): void {
    this.#home.ended(this)
    this.probe?.close(closeCodes.over, '')
    this.probe = null
  }

  #tellClosed(): void {
    const handler = this.#handler
    this.#handler = null
    try {
      handler?.closed()
    } catch (error) {
      this.#home.log.error({ error, link: this.id, endpoint: this.#home.name }, 'closing a link failed')
    }
  }
}
