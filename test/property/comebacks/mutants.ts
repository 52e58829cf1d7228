// openchats with one bug each, made from the real source: what shows that the property would see it.
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import type { DialectFactory } from '../../../src/host/dialect.ts'

export interface Mutant {
  readonly bug: string
  /** Below src/dialects/openchat. */
  readonly file: string
  /** What stands in the source, exactly once, and what stands there instead. */
  readonly edits: readonly (readonly [string, string])[]
}

const replaying = 'const missed = token === null ? null : await replaySince(this.#realtime, this.identity, token)'
const joining = "this.#attached.push(await feed.join(this, spaceStream(space), encoder, 'head'))"

export const mutants: readonly Mutant[] = [
  {
    bug: 'any token is believed',
    file: 'realtime/tokens.ts',
    edits: [['equalSecrets(given, ', '(!given || mark !== time) || equalSecrets(given, ']],
  },
  {
    bug: 'a token that leads nowhere is taken for none',
    file: 'realtime/replay.ts',
    edits: [
      [
        "if (page.type === 'resync') return page",
        "if (page.type === 'resync') return { type: 'frames', frames, read, token: position }",
      ],
    ],
  },
  {
    bug: 'a poll with a token that leads nowhere begins anew without a word',
    file: 'realtime/polling.ts',
    edits: [
      [
        "return { frames: [print({ type: 'resync_required', space, payload }, fresh)], token: fresh, resync: true }",
        'return { frames: [], token: fresh, resync: false }',
      ],
    ],
  },
  {
    bug: 'what is replayed carries the position behind the last of it',
    file: 'realtime/replay.ts',
    edits: [
      [
        'for (const frame of await framesOf(realtime, identity, event)) {',
        'for (const frame of await framesOf(realtime, identity, { ...event, mark: page.mark })) {',
      ],
    ],
  },
  {
    bug: 'the hello of a resumed connection carries the newest position',
    file: 'realtime/connection.ts',
    edits: [['this.#hello(resumed && token !== null ? token : fresh, resumed)', 'this.#hello(fresh, resumed)']],
  },
  {
    bug: 'the log is read before anything is followed',
    file: 'realtime/connection.ts',
    edits: [
      [replaying, ''],
      [joining, `${replaying}\n${joining}`],
    ],
  },
  {
    bug: 'what happens while the log is read is not held',
    file: 'realtime/connection.ts',
    edits: [['const held = this.#held ?? []', 'const held: [Frame, Note][] = []']],
  },
  {
    bug: 'what was held comes though it was replayed',
    file: 'realtime/connection.ts',
    edits: [['note.seq > (missed.read.get(note.stream) ?? 0)', 'note.seq > 0']],
  },
  {
    bug: 'one event is left out behind a replay',
    file: 'realtime/connection.ts',
    edits: [['note.seq > (missed.read.get(note.stream) ?? 0)', 'note.seq > (missed.read.get(note.stream) ?? 0) + 1']],
  },
  {
    bug: 'a frame that is loaded is overtaken by those behind it',
    file: 'realtime/connection.ts',
    edits: [
      [
        "else if (marker.type === 'deferred') this.#inOrder.add(() => this.#load(frame, note))",
        "else if (marker.type === 'deferred') void this.#load(frame, note).then(made => made && this.#link.push(made))",
      ],
    ],
  },
  {
    bug: 'a frame that has to be loaded is not replayed',
    file: 'realtime/replay.ts',
    edits: [['if (loaded !== null) frames.push(loaded)', '']],
  },
  {
    bug: 'what is for some is replayed to all',
    file: 'realtime/replay.ts',
    edits: [['(!only || only.includes(id)) && !except?.includes(id)', 'only !== except || id !== null']],
  },
  {
    bug: 'other servers show',
    file: 'projection.ts',
    edits: [
      [
        "const here = ({ spaceId }: Pick<ConversationRef, 'spaceId'>): boolean => (spaceId ?? homeId) === space\n  const uid = (person: Pick<",
        "const here = ({ spaceId }: Pick<ConversationRef, 'spaceId'>): boolean => spaceId !== space\n  const uid = (person: Pick<",
      ],
    ],
  },
  {
    bug: 'a live frame carries a position that is one too far',
    file: 'realtime/server-feed.ts',
    edits: [
      [
        'tokens.print(core.feed.settled)',
        'tokens.print(core.feed.settled.replace(/[0-9]+$/, position => String(Number(position) + 1)))',
      ],
    ],
  },
  {
    bug: 'a poll goes on from the end of the log, not from the end of its page',
    file: 'realtime/polling.ts',
    edits: [
      ['position = feeds.tokens.print(missed.mark)', ''],
      [
        'if (frames.length > 0 || missed.events.length < limit)',
        'position = feeds.tokens.print(await core.feed.now())\n      if (frames.length > 0 || missed.events.length < limit)',
      ],
    ],
  },
  {
    bug: 'a poll does not look at the log again when it listens',
    file: 'realtime/polling.ts',
    edits: [
      ['    for (;;) {\n      // First of all', '    for (;;) {\n      await bell.rings()\n      // First of all'],
    ],
  },
  {
    bug: 'a poll that is woken answers without reading the log',
    file: 'realtime/polling.ts',
    edits: [
      [
        'page = next\n',
        'page = { ...next, frames: [], token: feeds.tokens.print(await core.feed.now()) }\n      if (next.frames.length > 0) return page\n',
      ],
    ],
  },
  {
    bug: 'a waiting poll is not woken',
    file: 'realtime/polling.ts',
    edits: [['if (!isEvent(note)) return\n', "if (!isEvent(note) || note.body.type === 'message.sent') return\n"]],
  },
]

const root = resolve(import.meta.dir, '../../../src/dialects/openchat')

/** Runs `use` with the mutant. Fails when the source no longer has what is to be changed. */
export const withMutant = async <T>(
  { file, edits }: Mutant,
  use: (makeDialect: DialectFactory) => Promise<T>,
): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'parlance-mutant-'))
  try {
    await cp(root, folder, { recursive: true })
    for (const name of await readdir(folder, { recursive: true })) {
      if (!name.endsWith('.ts')) continue
      let source = await Bun.file(join(folder, name)).text()
      for (const [from, to] of name === file ? edits : []) {
        if (source.split(from).length !== 2) throw new Error(`${file} does not have exactly one: ${from}`)
        source = source.replace(from, () => to)
      }
      await Bun.write(
        join(folder, name),
        source.replaceAll(/from '(\.\.\/[^']+)'/g, (_, path) => `from '${found(name, path)}'`),
      )
    }
    const { createOpenchat } = (await import(join(folder, 'index.ts'))) as { readonly createOpenchat: DialectFactory }
    return await use(createOpenchat)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** What a file of the dialect imports: another of the copied ones, or what all share. */
const found = (name: string, path: string): string => {
  const target = resolve(dirname(join(root, name)), path)
  return relative(root, target).startsWith('..') ? target : path
}
