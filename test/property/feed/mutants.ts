// Feeds with one bug each, made from the real source: what shows that the properties would see it.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { MakeFeed } from './world.ts'

export interface Mutant {
  readonly bug: string
  readonly file: 'topic.ts' | 'fan-out.ts' | 'follower.ts' | 'create-feed.ts'
  /** What stands in the source, exactly once, and what stands there instead. */
  readonly edits: readonly (readonly [string, string])[]
}

const subscribing = 'const subscription = await this.#ports.bus.subscribe(this.stream, note => this.#receive(note))'
const lookingAtLog = 'this.#head = await this.#ports.store.read.headOf(this.stream)'
const joiningOwn = 'await this.#enter(own, await read.headOf(own))?.ready'
const lookingUp = 'const ids = await read.conversationIdsOf(profileId)'

export const mutants: readonly Mutant[] = [
  {
    bug: 'a topic does not hold what comes in while it reads the log',
    file: 'topic.ts',
    edits: [['    if (this.#busy) {', '    if (this.#opening) {']],
  },
  {
    bug: 'a topic hands out what it has handed out',
    file: 'topic.ts',
    edits: [['!isEvent(note) || note.seq === this.#head + 1) {', '!isEvent(note) || note.seq <= this.#head + 1) {']],
  },
  {
    bug: 'a topic ignores a note that comes too early',
    file: 'topic.ts',
    edits: [['    } else if (note.seq > this.#head) {', '    } else if (note.seq > this.#head + 2) {']],
  },
  {
    bug: 'a topic looks at the log before it subscribes',
    file: 'topic.ts',
    edits: [
      [subscribing, `${lookingAtLog}\n${subscribing}`],
      [`this.#subscription = subscription\n      ${lookingAtLog}`, 'this.#subscription = subscription'],
    ],
  },
  {
    bug: 'a topic gives up when the log could not be read',
    file: 'topic.ts',
    edits: [['this.#retry = this.#ports.clock.after(RETRY_MS, () => this.#startReading())', '']],
  },
  {
    bug: 'a sink that has caught up once is attached, wherever the topic is by then',
    file: 'topic.ts',
    edits: [['    while (join.since < this.#head) {', '    if (join.since < this.#head) {']],
  },
  {
    bug: 'a sink is attached without catching up',
    file: 'topic.ts',
    edits: [['if (join.since < this.#head) return this.#catchUp(join, encoder)', '']],
  },
  {
    bug: 'an empty topic stays open',
    file: 'topic.ts',
    edits: [['if (this.#joins === 0) this.close()', '']],
  },
  {
    bug: 'a sink hears what it has had from the log already',
    file: 'fan-out.ts',
    edits: [['if (join.since >= position) continue', 'if (join.left) continue']],
  },
  {
    bug: 'a sink that leaves takes the turn of another with it',
    file: 'fan-out.ts',
    edits: [['    if (this.#delivering) {', '    if (this.#leaving) {']],
  },
  {
    bug: 'a lost last note is never missed',
    file: 'create-feed.ts',
    edits: [['ports.bus.lossy\n', 'ports.bus.lossy === null\n']],
  },
  {
    bug: 'from head is from where the topic happens to be',
    file: 'create-feed.ts',
    edits: [
      [
        "from === 'head' ? await ports.store.read.headOf(stream)",
        "from === 'head' ? (topics.get(stream)?.head ?? (await ports.store.read.headOf(stream)))",
      ],
    ],
  },
  {
    bug: 'a follower looks up the conversations before it hears its own stream',
    file: 'follower.ts',
    edits: [
      [lookingUp, ''],
      [joiningOwn, `${lookingUp}\n${joiningOwn}`],
    ],
  },
  {
    bug: 'a follower uses the conversations before it has noticed what made them so',
    file: 'follower.ts',
    edits: [['await this.#topicOf(own)?.reach(await read.headOf(own))', '']],
  },
  {
    bug: 'a follower forgets what changed while it started',
    file: 'follower.ts',
    edits: [['if (!changed.has(id)) standing', 'standing']],
  },
  {
    bug: 'a follower stays until the conversation itself says that he has left',
    file: 'follower.ts',
    edits: [
      ["if (change.type === 'membership.ended') this.#leave(stream)", "if (change.type === 'membership.ended') return"],
    ],
  },
  {
    bug: 'a follower stays until his own stream says that he has left',
    file: 'follower.ts',
    edits: [['if (body.person.id === this.#sink.profileId) this.#leave(stream)', '']],
  },
  {
    bug: 'a follower joins a conversation from its head, not from where the membership began',
    file: 'follower.ts',
    edits: [['this.#follow(stream, change.after)', 'this.#follow(stream, change.after + 1)']],
  },
]

/** Runs `use` with the mutant's feed. Fails when the source no longer has what is to be changed. */
export const withMutant = async <T>({ file, edits }: Mutant, use: (makeFeed: MakeFeed) => Promise<T>): Promise<T> => {
  const core = resolve(import.meta.dir, '../../../src/core')
  const folder = await mkdtemp(join(tmpdir(), 'parlance-mutant-'))
  try {
    for (const name of await readdir(join(core, 'feed'))) {
      let source = await Bun.file(join(core, 'feed', name)).text()
      for (const [from, to] of name === file ? edits : []) {
        if (source.split(from).length !== 2) throw new Error(`${file} does not have exactly one: ${from}`)
        source = source.replace(from, () => to)
      }
      await Bun.write(join(folder, name), source.replaceAll("from '../", `from '${core}/`))
    }
    const { createFeed } = (await import(join(folder, 'create-feed.ts'))) as { readonly createFeed: MakeFeed }
    return await use(createFeed)
  } finally {
    await rm(folder, { recursive: true })
  }
}
