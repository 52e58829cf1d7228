// A map seen through the changes of one transaction: dropping the layer undoes them, committing writes them down.

export interface Lookup<V> {
  get(key: string): V | undefined
  values(): Iterable<V>
}

export class Layer<V> implements Lookup<V> {
  readonly #base: Map<string, V>
  /** Changed keys; undefined is removed. */
  readonly #changes = new Map<string, V | undefined>()

  constructor(base: Map<string, V>) {
    this.#base = base
  }

  get(key: string): V | undefined {
    return this.#changes.has(key) ? this.#changes.get(key) : this.#base.get(key)
  }

  set(key: string, value: V): void {
    this.#changes.set(key, value)
  }

  delete(key: string): void {
    this.#changes.set(key, undefined)
  }

  *values(): Iterable<V> {
    for (const [key, value] of this.#base) if (!this.#changes.has(key)) yield value
    for (const value of this.#changes.values()) if (value !== undefined) yield value
  }

  commit(): void {
    for (const [key, value] of this.#changes) {
      if (value === undefined) this.#base.delete(key)
      else this.#base.set(key, value)
    }
  }
}
