// All attached links of the server: counted, looked after by one timer, sent away together at the end.
import type { Clock } from '../base/clock.ts'
import type { Line, SocketLink } from './link.ts'

const SWEEP_MS = 1000
/** Every link is pinged once in so many sweeps: each sweep pings its share. */
const SWEEPS_PER_PING = 25

export class Links {
  readonly #clock: Clock
  readonly #links: SocketLink[] = []
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

  add(link: SocketLink): void {
    link.slot = this.#links.push(link) - 1
    if (this.#shutDown) link.shutDown()
    else this.#arm()
  }

  remove(link: SocketLink): void {
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
