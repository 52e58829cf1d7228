// Rules without a test of their own, because other rules say the same and are tested. Keep it short: every entry is a rule
// whose number no failing test will ever show.

export interface Cover {
  /** The rules whose tests would fail if this one were broken. */
  readonly by: readonly [string, ...string[]]
  readonly why: string
}

export const coveredElsewhere: Readonly<Record<string, Cover>> = {
  MS109: { by: ['MS85'], why: 'a trap: sending an event twice; MS85 wants it exactly once' },
  MS110: { by: ['MS66'], why: 'a trap: mass assignment; MS66 lists what is ignored' },
  MS111: { by: ['MS47'], why: 'a trap: parallel creates; MS47 runs them' },
  MS112: {
    by: ['MS58', 'MS61'],
    why: 'a trap: order by time; many messages of one second keep their order and cursors',
  },
  MS113: { by: ['MS89'], why: 'a trap: crashing on an unknown event; MS89 keeps the channel alive' },
  MS114: { by: ['MS16', 'MS17', 'MS18'], why: 'a trap: an empty 500 for malformed input' },
  MS116: {
    by: ['MS76'],
    why: 'a heartbeat before any join is answered; the stock client, which joins at once, runs everywhere',
  },
  MS117: { by: ['MS74'], why: 'a trap: `response` is always an object' },
  MS118: { by: ['MS23', 'MS46', 'MS55'], why: 'the shapes it names are those of these rules' },
  WT87: { by: ['WT5', 'WT48', 'WT50', 'WT52'], why: 'traps: each is the opposite of one of these rules' },
}
