// Rules without a test of their own, because other rules say the same and are tested: `MS9: { by: ['MS8'], why: '…' }`. Every
// entry is a rule whose number no failing test will ever show, so none is best.

export interface Cover {
  /** The rules whose tests would fail if this one were broken. */
  readonly by: readonly [string, ...string[]]
  readonly why: string
}

export const coveredElsewhere: Readonly<Record<string, Cover>> = {}
