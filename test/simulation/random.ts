// Chance that comes out the same for the same seed (mulberry32).

export interface Random {
  /** From 0 up to, and without, 1. */
  fraction(): number
  /** A whole number from 0 up to, and without, `below`. */
  below(below: number): number
  /** A source of its own, that does not depend on how often others are asked. */
  fork(name: number): Random
}

export const randomOf = (seed: number): Random => {
  let state = seed >>> 0
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    fraction,
    below: below => Math.floor(fraction() * below),
    fork: name => randomOf(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(name + 1, 0x85ebca6b)),
  }
}
