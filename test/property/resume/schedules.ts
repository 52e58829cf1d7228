// The property of resuming, over random schedules of what happens and how a client comes and goes.
import fc from 'fast-check'
import { createOpenchat } from '../../../src/dialects/openchat/index.ts'
import type { DialectFactory } from '../../../src/host/dialect.ts'
import { newPerson } from '../../contract/openchat/crew.ts'
import { poll } from '../../contract/openchat/live.ts'
import { until } from '../../kit/wait.ts'
import { Client, type Move, tokens, type Way, ways } from './client.ts'
import { openHouse } from './house.ts'
import { type Act, places, World } from './world.ts'

/** One thing that is done, after so many turns of the event loop. */
interface Timed<T> {
  readonly after: number
  readonly does: T
}

interface Schedule {
  /** What happens within a round happens at the same time. */
  readonly rounds: readonly {
    readonly acts: readonly Timed<Act>[]
    readonly moves: readonly Timed<Move>[]
    readonly restart: boolean
  }[]
  readonly end: { readonly keep: number; readonly way: Way }
}

const DEADLINE = 4000

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

const token = fc.oneof(
  { weight: 6, arbitrary: fc.constant('last' as const) },
  { weight: 4, arbitrary: fc.constantFrom(...tokens) },
)

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('connect' as const), way: fc.constantFrom(...ways), token, at: share }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('die' as const), keep: share }) },
)

const schedule: fc.Arbitrary<Schedule> = fc.record({
  rounds: fc.array(
    fc.record({
      acts: fc.array(timed(act), { maxLength: 8 }),
      moves: fc.array(timed(move), { maxLength: 4 }),
      restart: fc.constantFrom(false, false, true),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  end: fc.record({ keep: share, way: fc.constantFrom(...ways) }),
})

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

const play = async <T>(steps: readonly Timed<T>[], step: (does: T) => Promise<void>): Promise<void> => {
  for (const { after, does } of steps) {
    for (let i = 0; i < after; i++) await turn()
    await step(does)
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
export const playSchedule = async (
  makeDialect: DialectFactory,
  { rounds, end }: Schedule,
): Promise<readonly string[]> => {
  await using house = await openHouse(makeDialect)
  const world = await World.open(house)
  const client = new Client(world, await loadAlien())
  for (const { acts, moves, restart } of rounds) {
    await Promise.all([play(acts, does => world.do(does)), play(moves, does => client.do(does))])
    if (restart) await house.restart()
  }
  client.die(end.keep)
  await client.connect(end.way, 'last', 0)
  await until('all to be known', () => world.lacking(client.known).length === 0, DEADLINE).catch(() => undefined)
  const lacking = world.lacking(client.known)
  client.die(1)
  return [...lacking, ...client.wrong, ...house.errors.map(String)]
}

/** Who drops and comes back knows everything there is to know for her, in order, and nothing else (OC114, OC122 to OC126). */
export const resumeProperty = (makeDialect: DialectFactory): fc.IAsyncProperty<[Schedule]> =>
  fc.asyncProperty(schedule, async chosen => {
    const wrong = await playSchedule(makeDialect, chosen)
    if (wrong.length > 0) throw new Error(wrong.join('\n'))
  })
