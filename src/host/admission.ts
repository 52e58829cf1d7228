// Who may still hold a connection open: so many of one address, so many in all.
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { refuse } from '../core/index.ts'
import { networkOf } from './address.ts'

export interface AdmissionOptions {
  /** Places of one IPv4 address or IPv6 /64; null: as many as there are. */
  readonly perAddress: number | null
  /** Places in all; the rest of the process's descriptors is for requests, files and the database. */
  readonly total: number
  readonly clock: Clock
  readonly log: Logger
}

/** What a client that was refused is asked to wait, in ms. */
const RETRY_MS = 10_000
/** Refusals are logged at most once in so many ms: a flood must not become a flood of lines. */
const LOG_EVERY_MS = 60_000

export class Admission {
  readonly #options: AdmissionOptions
  readonly #networks = new Map<string, number>()
  readonly #told = { perAddress: Number.NEGATIVE_INFINITY, total: Number.NEGATIVE_INFINITY }
  #taken = 0

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  /** Places taken. */
  get count(): number {
    return this.#taken
  }

  /** A place, to be given back by disposing of it. Faults: rate.limited (of this address), unavailable (in all). */
  admit(address: string): Disposable {
    const { perAddress, total } = this.#options
    const network = networkOf(address)
    const neighbours = this.#networks.get(network) ?? 0
    if (perAddress !== null && neighbours >= perAddress) {
      const hint = 'if that is a proxy, name it in PARLANCE_TRUSTED_PROXIES'
      this.#tell('perAddress', { network, limit: perAddress }, `one address has all the sockets it may have; ${hint}`)
      return refuse({ kind: 'rate.limited', retryAfterMs: RETRY_MS })
    }
    if (this.#taken >= total) {
      this.#tell('total', { limit: total }, 'there are as many sockets as there may be')
      return refuse({ kind: 'unavailable', retryAfterMs: RETRY_MS })
    }
    this.#taken++
    this.#networks.set(network, neighbours + 1)
    return new Place(this, network)
  }

  /** For places only. */
  leave(network: string): void {
    this.#taken--
    const left = (this.#networks.get(network) ?? 0) - 1
    if (left > 0) this.#networks.set(network, left)
    else this.#networks.delete(network)
  }

  #tell(what: 'perAddress' | 'total', fields: Readonly<Record<string, unknown>>, message: string): void {
    const now = this.#options.clock.now()
    if (now - this.#told[what] < LOG_EVERY_MS) return
    this.#told[what] = now
    this.#options.log.warn(fields, message)
  }
}

/** Ten thousand of them live in a process: two fields, no closure. */
class Place implements Disposable {
  readonly #network: string
  #admission: Admission | null

  constructor(admission: Admission, network: string) {
    this.#admission = admission
    this.#network = network
  }

  [Symbol.dispose](): void {
    this.#admission?.leave(this.#network)
    this.#admission = null
  }
}
