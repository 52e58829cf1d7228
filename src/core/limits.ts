// Every bound of the core, with its default. Doors may be narrower, never wider.

export const limits = {
  /** UTF-8 bytes of a message's text. */
  textBytes: 128 * 1024,
  /** UTF-8 bytes of a message's opaque payload. */
  payloadBytes: 256 * 1024,
  clientKeyLength: 128,
  attachmentsPerMessage: 20,
  /** Also the distinct names looked for in one text. */
  mentionsPerMessage: 100,
  reactionKindsPerMessage: 20,
  /** UTF-8 bytes of any other text of a person: names, titles, descriptions, wishes to join. */
  shortBytes: 32 * 1024,
  /** UTF-8 bytes of a reaction, and of a door's own word for the kind of a message. */
  wordBytes: 128,
  /** Graphemes of a display name. */
  displayName: 120,
  handle: { min: 2, max: 32 },
  /** Members of a `group`, by size class; channels hold any number. */
  groupMembers: { small: 500, large: 10_000 },
  membersPerCall: 256,
  /** Rows of any page. */
  page: 1000,
  unreadCap: 1000,
  pinsPerConversation: 50,
  keysPerAccount: 100,
  /** Sessions of one profile by one door, where that has no narrower bound. */
  sessionsPerDoor: 1000,
  /** Tokens of one session, spent ones included. */
  tokensPerSession: 100,
  /** Spaces one profile may have made. */
  spacesPerPerson: 20,
  /** Active members of a space somebody made, its channels and its categories. */
  spaceMembers: 5000,
  spaceChannels: 200,
  spaceCategories: 100,
  /** Milliseconds in which the maker of a space takes it into possession. */
  claimTtl: 300_000,
  invites: { minTtl: 60_000, maxTtl: 30 * 24 * 3600_000, maxUses: 1000, perPlace: 1000 },
  /** Messages one search call looks at, at most; it goes on behind them. */
  searched: 20_000,
  /** The same in characters of their texts, give or take a hundred messages. */
  searchedCharacters: 4_000_000,
  /** Views of conversations one link may have open. */
  watchedPerLink: 200,
  /** Messages looked at, and of one author told, when a read mark moves over them. */
  newlyRead: { looked: 1000, perAuthor: 200 },
  /** UTF-8 bytes of a file's name, and of its type. */
  fileNameBytes: 1024,
  /** UTF-8 bytes of what a door writes beside a reserved file. */
  fileNoteBytes: 1024,
  /** Milliseconds a file that hangs on nothing is kept. */
  orphanFileTtl: 24 * 3600_000,
  /** Bytes of one file, unless configured otherwise. */
  fileBytes: 512 * 1024 * 1024,
  /** Milliseconds a signed file link lives at least (twice that at most). */
  fileLinkTtl: 15 * 60_000,
  reminderHorizon: 366 * 24 * 3600_000,
  /** Rates counted over all doors: tokens per second sustained, and burst. */
  sendRate: { perSecond: 5, burst: 40 },
  /** Whatever else others are told of: edits, reactions, pins, comings and goings, names, settings of groups. */
  changeRate: { perSecond: 10, burst: 100 },
  /** Of one person: from offline to online. */
  arrivalRate: { perSecond: 1, burst: 60 },
  typingRate: { perSecond: 10, burst: 40 },
  loginFailures: { perNameAndAddress: { count: 10, perMs: 300_000 }, perAddress: { count: 60, perMs: 60_000 } },
  registrations: { count: 30, perMs: 3600_000 },
  /** Events a joiner may hold while it reads the log; past it, it reads again. */
  heldNotes: 10_000,
} as const
