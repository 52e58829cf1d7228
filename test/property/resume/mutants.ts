// Live halves with one bug each, made from the real source: what shows that the property would see it.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Parts } from './stage.ts'

export interface Mutant {
  readonly bug: string
  /** Below src/dialects/openchat/realtime. */
  readonly file: string
  /** What stands in the source, exactly once, and what stands there instead. */
  readonly edits: readonly (readonly [string, string])[]
}

const joining = "this.#attached.push(await feed.join(this, spaceStream(space), encoder, 'head'))"
const following = 'this.#attached.push(await feed.follow(this, encoder))'
const replaying = 'const missed = token === null ? null : await replaySince(this.#realtime, this.identity, token)'

export const mutants: readonly Mutant[] = [
  {
    bug: 'a frame carries the position of its own event, whatever is still on its way',
    file: 'server-feed.ts',
    edits: [
      [
        'encoders.set(space, encoder)\n    return encoder',
        `const newest = {
          ...encoder,
          encode: (note: Event) => ('seq' in note ? encoder.replay(note, tokens.print(note.mark ?? '')) : encoder.encode(note)),
        } as ServerEncoder
        encoders.set(space, newest)
        return newest`,
      ],
    ],
  },
  {
    bug: 'what came while the log was read is forgotten',
    file: 'connection.ts',
    edits: [['const held = this.#held ?? []', 'const held = (this.#held ?? []).slice(0, 0)']],
  },
  {
    bug: 'what came while the log was read comes again',
    file: 'connection.ts',
    edits: [['note.seq > (missed.read.get(note.stream) ?? 0)', 'note.seq > 0']],
  },
  {
    bug: 'what came while the log was read goes out before what was missed',
    file: 'connection.ts',
    edits: [['if (this.#held) this.#held.push', 'if (this.#held && !isEvent(note)) this.#held.push']],
  },
  {
    bug: 'the log is read before anything is followed',
    file: 'connection.ts',
    edits: [
      [replaying, ''],
      [joining, `${replaying}\n${joining}`],
    ],
  },
  {
    bug: 'what is replayed carries the position behind the last of it',
    file: 'replay.ts',
    edits: [
      ['framesOf(realtime, identity, event)) {', 'framesOf(realtime, identity, { ...event, mark: page.mark })) {'],
    ],
  },
  {
    bug: 'the hello of a resumed connection carries the newest position',
    file: 'connection.ts',
    edits: [['this.#hello(resumed && token !== null ? token : fresh, resumed)', 'this.#hello(fresh, resumed)']],
  },
  {
    bug: 'a token that leads nowhere begins anew without a word',
    file: 'connection.ts',
    edits: [["this.#control('resync_required', { reason: missed.reason, resume_token: fresh }, fresh)", '']],
  },
  {
    bug: 'any token is believed',
    file: 'tokens.ts',
    edits: [
      [
        'const sealed = FORM.test(token) && more === undefined && equalSecrets',
        'const sealed = FORM.test(token) || equalSecrets',
      ],
    ],
  },
  {
    bug: 'frames that are loaded are overtaken',
    file: 'connection.ts',
    edits: [
      [
        'this.#inOrder.add(() => this.#load(frame, note))',
        'void this.#load(frame, note).then(loaded => loaded !== null && this.#inOrder.add(loaded))',
      ],
    ],
  },
  {
    bug: 'a poll goes on from the end of the log, not of its page',
    file: 'polling.ts',
    edits: [['position = feeds.tokens.print(missed.mark)', 'position = feeds.tokens.print(await core.feed.now())']],
  },
  {
    bug: 'a poll that is woken answers with nothing, and with the newest position',
    file: 'polling.ts',
    edits: [
      [
        '      await bell.rings()\n',
        '      await bell.rings()\n      return { ...page, token: feeds.tokens.print(await core.feed.now()) }\n',
      ],
    ],
  },
  {
    bug: 'the log is read between the server’s stream and one’s own',
    file: 'connection.ts',
    edits: [
      [replaying, ''],
      [following, `${replaying}\n${following}`],
    ],
  },
]

/** Runs `use` with the mutant's parts. Fails when the source no longer has what is to be changed. */
export const withMutant = async <T>({ file, edits }: Mutant, use: (parts: Parts) => Promise<T>): Promise<T> => {
  const openchat = resolve(import.meta.dir, '../../../src/dialects/openchat')
  const folder = await mkdtemp(join(tmpdir(), 'parlance-mutant-'))
  try {
    for (const name of await readdir(join(openchat, 'realtime'))) {
      let source = await Bun.file(join(openchat, 'realtime', name)).text()
      for (const [from, to] of name === file ? edits : []) {
        if (source.split(from).length !== 2) throw new Error(`${file} does not have exactly one: ${from}`)
        source = source.replace(from, () => to)
      }
      await Bun.write(join(folder, name), source.replaceAll("from '../", `from '${openchat}/`))
    }
    const files = ['connection.ts', 'polling.ts', 'server-feed.ts', 'handshake.ts']
    const parts = await Promise.all(files.map(name => import(join(folder, name)) as Promise<Partial<Parts>>))
    return await use(Object.assign({}, ...parts))
  } finally {
    await rm(folder, { recursive: true })
  }
}
