// Sessions that no connection holds in place: so many of one address, so many in all.

export interface Member {
  /** Where it comes from: an address, or an IPv6 /64 (`networkOf`). */
  readonly network: string
  /** When it was last heard, in ms since 1970. */
  readonly since: number
  /** Ends it, which also deletes it from the crowd. */
  drop(): void
}

export class Crowd<M extends Member> {
  readonly #maxPerNetwork: number
  readonly #max: number
  readonly #all = new Set<M>()
  readonly #networks = new Map<string, Set<M>>()

  constructor(maxPerNetwork: number, max: number) {
    this.#maxPerNetwork = maxPerNetwork
    this.#max = max
  }

  /** One more than there may be ends that which has been silent longest. */
  add(member: M): void {
    const neighbours = this.#networks.get(member.network)
    if (neighbours && neighbours.size >= this.#maxPerNetwork) silentLongest(neighbours)?.drop()
    if (this.#all.size >= this.#max) silentLongest(this.#all)?.drop()
    this.#all.add(member)
    // Looked up again: the end of the last neighbour has removed the set.
    const now = this.#networks.get(member.network)
    if (now) now.add(member)
    else this.#networks.set(member.network, new Set([member]))
  }

  delete(member: M): void {
    this.#all.delete(member)
    const neighbours = this.#networks.get(member.network)
    if (neighbours?.delete(member) && neighbours.size === 0) this.#networks.delete(member.network)
  }

  [Symbol.iterator](): Iterator<M> {
    return this.#all[Symbol.iterator]()
  }
}

const silentLongest = <M extends Member>(members: Iterable<M>): M | null => {
  let found: M | null = null
  for (const member of members) if (!found || member.since < found.since) found = member
  return found
}
