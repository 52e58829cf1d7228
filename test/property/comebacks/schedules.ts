// The property of resuming, over random schedules of what happens and how a client comes and goes.
import fc from 'fast-check'
import { createOpenchat } from '../../../src/dialects/openchat/index.ts'
import type { DialectFactory } from '../../../src/host/dialect.ts'
import { newPerson } from '../../contract/openchat/crew.ts'
import { poll } from '../../contract/openchat/live.ts'
import { Client, type Coming, type Move, type TokenKind, tokens, ways } from './client.ts'
import { openHouse, turn } from './house.ts'
import { type Act, places, World } from './world.ts'

/** One thing that is done, after so many turns of the event loop. */
interface Timed<T> {
  readonly after: number
  readonly does: T
}

interface Schedule {
  readonly start: Coming
  /** What happens within a round happens at the same time. */
  readonly rounds: readonly {
    readonly acts: readonly Timed<Act>[]
    readonly moves: readonly Timed<Move>[]
    readonly restart: boolean
  }[]
  /** How it comes back in the end, and what happens while it is there. */
  readonly end: { readonly come: Coming; readonly acts: readonly Timed<Act>[] }
  /** Chooses how long the store takes to answer. */
  readonly seed: number
}

/** How long a client waits for what it lacks: for ever, nearly; less where nothing is expected to come. */
const PATIENCE = 10_000

const timed = <T>(does: fc.Arbitrary<T>): fc.Arbitrary<Timed<T>> =>
  fc.record({ after: fc.nat({ max: 12 }), does }, { noNullPrototype: true })

const share = fc.constantFrom(0, 0.2, 0.4, 0.5, 0.6, 0.8, 0.9, 1)

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('say' as const), place: fc.constantFrom(...places) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('burst' as const), count: fc.integer({ min: 2, max: 8 }) }) },
  { weight: 2, arbitrary: fc.constant({ type: 'rename' as const }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('read' as const), by: fc.constantFrom('ada', 'bob') }) },
  { weight: 2, arbitrary: fc.constant({ type: 'toggle' as const }) },
)

/** Whoever begins anew loads everything, and with it what he may have lost: mostly he goes on. */
const token = fc.oneof(
  { weight: 10, arbitrary: fc.constant('last' as const) },
  { weight: 2, arbitrary: fc.constant('earlier' as const) },
  { weight: 2, arbitrary: fc.constantFrom(...tokens) },
)

const coming = (chosen: fc.Arbitrary<TokenKind>): fc.Arbitrary<Coming> =>
  fc.record({
    type: fc.constant('come' as const),
    keep: share,
    way: fc.constantFrom(...ways),
    token: chosen,
    at: share,
  })

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 3, arbitrary: coming(token) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('die' as const), keep: share }) },
)

const schedule: fc.Arbitrary<Schedule> = fc.record({
  start: coming(fc.constant('none')),
  rounds: fc.array(
    fc.record({
      acts: fc.array(timed(act), { maxLength: 8 }),
      moves: fc.array(timed(move), { maxLength: 4 }),
      restart: fc.constantFrom(false, false, true),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  end: fc.record({
    come: coming(fc.constant('last')),
    acts: fc.array(timed(act), { minLength: 2, maxLength: 6 }),
  }),
  seed: fc.nat(),
})

/** Mostly at once, sometimes late. */
const turnsOf = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const chosen = state >>> 24
    return chosen < 128 ? 0 : chosen < 240 ? chosen % 4 : chosen % 32
  }
}

const play = async <T>(steps: readonly Timed<T>[], step: (does: T) => Promise<void>): Promise<void> => {
  for (const { after, does } of steps) {
    for (let i = 0; i < after; i++) await turn()
    await step(does)
  }
}

/** What the client still lacks when its patience is over: nothing, as soon as it knows everything. */
const waitFor = async (world: World, client: Client, patience: number): Promise<readonly string[]> => {
  const end = Date.now() + patience
  for (;;) {
    const lacking = world.lacking(client.known)
    if (lacking.length === 0 || Date.now() > end) return lacking
    await turn()
  }
}

let alien: Promise<string> | null = null
/** A token of a server that has nothing to do with the one under test. */
const loadAlien = (): Promise<string> => {
  alien ??= (async () => {
    await using other = await openHouse(createOpenchat)
    return (await poll(await newPerson(other))).body.resume_token
  })()
  return alien
}

/** What went wrong, in words; nothing when all is well. */
const playSchedule = async (
  makeDialect: DialectFactory,
  { start, rounds, end, seed }: Schedule,
  patience: number,
): Promise<readonly string[]> => {
  await using house = await openHouse(makeDialect)
  const world = await World.open(house)
  const client = new Client(world, await loadAlien(), patience)
  house.slow(turnsOf(seed))
  await client.do(start)
  for (const { acts, moves, restart } of rounds) {
    await Promise.all([play(acts, does => world.do(does)), play(moves, does => client.do(does))])
    if (restart) await house.restart()
  }
  await client.do(end.come)
  // One after the other, each as soon as all before it is known: a poll is then just on its way back.
  let lacking = await waitFor(world, client, patience)
  for (const last of end.acts) {
    if (lacking.length > 0) break
    await play([last], does => world.do(does))
    lacking = await waitFor(world, client, patience)
  }
  await client.do({ type: 'die', keep: 1 })
  return [...lacking, ...client.wrong, ...house.errors.map(String)]
}

/** Who drops and comes back knows everything there is to know for her, in order, and nothing else (OC114, OC122 to OC126). */
export const resumeProperty = (makeDialect: DialectFactory, patience = PATIENCE): fc.IAsyncProperty<[Schedule]> =>
  fc.asyncProperty(schedule, async chosen => {
    const wrong = await playSchedule(makeDialect, chosen, patience)
    if (wrong.length > 0) throw new Error(wrong.join('\n'))
  })
