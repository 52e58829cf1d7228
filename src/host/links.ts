// All attached links of the server, sockets and event streams: counted, looked after by one timer, sent away together at the end.
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Meter } from '../base/meter.ts'
import type { Flusher } from './outbox.ts'

/** What all links of one kind share. */
export interface Line {
  /** `dialect/endpoint`, for meter and log. */
  readonly label: string
  readonly links: Links
  readonly flusher: Flusher
  readonly now: () => number
  /** Bytes that may wait for a slow reader. */
  readonly outboxBytes: number
  readonly log: Logger
  readonly meter: Meter
  /** Frames sent since the meter was last told. */
  framesOut: number
}

/** A link that holds a connection. */
export interface Attached {
  /** Its place among the links, kept by them. */
  slot: number
  /** By which pings are spread over time. */
  readonly number: number
  /** The regular look, every `SWEEP_MS`. `ping`: whether it is this link's turn. Must not throw. */
  sweep(now: number, ping: boolean): void
  /** The server goes down. Must not throw. */
  shutDown(): void
}

/** Bytes handed to a connection before asking whether they left: what a slow reader may hold beside its outbox. */
export const SLICE_BYTES = 64 * 1024
/** Bytes a connection may hold unsent before the runtime takes nothing more: pings are then no longer answered. */
export const UNREAD_BYTES = 2 * SLICE_BYTES
/** What may be written before the client is there (a history on connect), as a multiple of the usual bound. */
export const OPENING_FACTOR = 16
/** Milliseconds a closing link may take to send its last frames. */
export const CLOSE_GRACE_MS = 5000
export const SWEEP_MS = 1000
/** Every link is pinged once in so many sweeps: each sweep pings its share. */
const SWEEPS_PER_PING = 25

const prefix = Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString('base64url')
let opened = 0

/** A number for a new link, unique in this process. */
export const numberLink = (): number => ++opened
/** The id of a numbered link, unlikely elsewhere. */
export const idOfLink = (number: number): string => `${prefix}.${number.toString(36)}`

/** Calls a link's handler where nobody is left to throw at: what it throws is logged. */
export const attempt = (line: Line, { id }: { readonly id: string }, failed: string, call: () => void): void => {
  try {
    call()
  } catch (error) {
    line.log.error({ error, link: id, endpoint: line.label }, failed)
  }
}

export class Links {
  readonly #clock: Clock
  readonly #links: Attached[] = []
  readonly #lines: Line[] = []
  #timer: Disposable | null = null
  #sweeps = 0
  #shutDown = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get count(): number {
    return this.#links.length
  }

  addLine(line: Line): void {
    this.#lines.push(line)
  }

  add(link: Attached): void {
    link.slot = this.#links.push(link) - 1
    if (this.#shutDown) link.shutDown()
    else this.#arm()
  }

  remove(link: Attached): void {
    const last = this.#links.pop()
    if (!last || last === link) return
    last.slot = link.slot
    this.#links[link.slot] = last
  }

  /** Closes every link, those still to come too, with its endpoint's code for a server that goes down. */
  shutDown(): void {
    this.#shutDown = true
    for (const link of [...this.#links]) link.shutDown()
  }

  /** Tells the meter what was sent since it was last told. */
  report(): void {
    for (const line of this.#lines) {
      if (line.framesOut) line.meter.framesOut(line.label, line.framesOut)
      line.framesOut = 0
    }
  }

  #arm(): void {
    this.#timer ??= this.#clock.after(SWEEP_MS, () => {
      this.#timer = null
      this.#sweep()
      if (this.#links.length) this.#arm()
    })
  }

  #sweep(): void {
    const now = this.#clock.now()
    const turn = this.#sweeps++ % SWEEPS_PER_PING
    // From the end: closing a link moves the last one, already seen, into its place.
    for (let i = this.#links.length - 1; i >= 0; i--) {
      const link = this.#links[i]
      link?.sweep(now, link.number % SWEEPS_PER_PING === turn)
    }
    this.report()
  }
}
