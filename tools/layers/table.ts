// Who may import whom: DESIGN.md section 3 as a table. The first row that fits a file speaks for it.
//
// `*` stands for any part of one path segment, `**` for any number of segments, `<name>` for one segment that means the same
// wherever it stands in the row.

export interface Layer {
  readonly files: string
  /** Files of this project. */
  readonly may: readonly string[]
  /** Packages by name, with whatever lies below them; `runtime` is all of `node:` and `bun:`. */
  readonly packages: readonly string[] | 'any'
}

const coreWords = [
  'src/core/model/**',
  'src/core/ports/**',
  'src/core/event.ts',
  'src/core/signal.ts',
  'src/core/fault.ts',
]
const ownAdapter = ['src/adapters/<port>/<engine>/**', 'src/adapters/<port>/*.ts']

export const layers: readonly Layer[] = [
  // Base knows nothing about chat.
  { files: 'src/base/**', may: ['src/base/**'], packages: 'any' },

  // The core decides. What it is made of stands below what it does.
  { files: 'src/core/model/**', may: ['src/core/model/**', 'src/base/**'], packages: [] },
  { files: 'src/core/event.ts', may: ['src/core/model/**', 'src/base/**'], packages: [] },
  { files: 'src/core/signal.ts', may: ['src/core/model/**', 'src/base/**'], packages: [] },
  { files: 'src/core/fault.ts', may: ['src/core/model/**', 'src/base/**'], packages: [] },
  {
    files: 'src/core/gate/**',
    may: ['src/core/gate/**', 'src/core/fault.ts', 'src/core/model/**', 'src/base/**'],
    packages: [],
  },
  { files: 'src/core/ports/**', may: [...coreWords, 'src/base/**'], packages: [] },
  { files: 'src/core/**', may: ['src/core/**', 'src/base/**'], packages: [] },

  // Adapters keep. Each sees its own engine, never another; `store/sql` is what the SQL engines share.
  {
    files: 'src/adapters/store/sqlite/**',
    may: [
      'src/adapters/store/sqlite/**',
      'src/adapters/store/sql/**',
      'src/adapters/store/*.ts',
      ...coreWords,
      'src/base/**',
    ],
    packages: ['kysely', 'runtime'],
  },
  {
    files: 'src/adapters/store/sql/**',
    may: ['src/adapters/store/sql/**', 'src/adapters/store/*.ts', ...coreWords, 'src/base/**'],
    packages: ['kysely'],
  },
  {
    files: 'src/adapters/store/*.ts',
    // An event read back shows its message as the live event does, by the same function (ADR 3).
    may: ['src/adapters/store/*.ts', 'src/core/queries/message-view.ts', ...coreWords, 'src/base/**'],
    packages: [],
  },
  {
    files: 'src/adapters/<port>/<engine>/**',
    may: [...ownAdapter, ...coreWords, 'src/base/**'],
    packages: ['runtime'],
  },

  // Wire spells, free of chat.
  {
    files: 'src/wire/**',
    may: ['src/wire/**', 'src/base/**'],
    packages: ['runtime', 'busboy', 'engine.io-parser', 'socket.io-parser', 'jose'],
  },

  // The host carries, free of contracts.
  {
    files: 'src/host/**',
    may: ['src/host/**', 'src/core/index.ts', 'src/wire/**', 'src/base/**'],
    packages: ['runtime', 'hono', 'ipaddr.js', 'typebox'],
  },

  // Dialects translate. `contract*.ts` can be handed to the SDK, so it brings nothing along.
  { files: 'src/dialects/index.ts', may: ['src/dialects/*/index.ts', 'src/host/**'], packages: [] },
  {
    files: 'src/dialects/<name>/contract*.ts',
    may: ['src/dialects/<name>/contract*.ts', 'src/base/schema.ts'],
    packages: [],
  },
  {
    files: 'src/dialects/<name>/**',
    may: ['src/dialects/<name>/**', 'src/core/index.ts', 'src/host/**', 'src/wire/**', 'src/base/**'],
    packages: [],
  },

  // Who assembles may see everything.
  { files: 'src/server/**', may: ['src/**', 'clients/web/**', 'package.json'], packages: 'any' },
  // The command that runs the contract tests is one of the tools: it starts tests, and knows nothing of the server's code.
  { files: 'src/main.ts', may: ['src/**', 'package.json', 'tools/conform/conform.ts'], packages: 'any' },

  // Clients see contracts, never the server.
  {
    files: 'clients/sdk/**',
    may: ['clients/sdk/**', 'src/dialects/*/contract*.ts', 'src/base/schema.ts'],
    packages: 'any',
  },
  { files: 'clients/web/**', may: ['clients/web/**', 'clients/sdk/**'], packages: 'any' },
]

/** Longest file in `src`: it should fit in one reading. */
export const MAX_LINES = 450
