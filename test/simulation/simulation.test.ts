// A crowd of both contracts in one room, on bad lines, and a server that dies in the middle: what it comes to, whatever the order.
import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '../kit/server.ts'
import { until } from '../kit/wait.ts'
import { drivers } from '../matrix/drivers/index.ts'
import { type Line, openLine } from './line.ts'
import { newPerson, type Period, type Person } from './person.ts'
import { type Random, randomOf } from './random.ts'

/** The same seed gives the same script: who writes how much, who leaves when, how and for how long. Who comes first is the machine's. */
const SEEDS = process.env.SIMULATION_SEED ? [Number(process.env.SIMULATION_SEED)] : [1, 2, 3]
const PEOPLE_PER_DIALECT = 6
const WRITES = 60
/** How likely it is to lose the connection before a write, and how many writes of others are missed at most. */
const LEAVES = 0.25
const MISSES = 100
/** Milliseconds until a wait is a hang, however slow the machine: the whole takes two seconds on an idle one. */
const PATIENCE = 60_000

/** What is wrong with a period, in the light of the final history; null when nothing is. */
const flawOf = ({ after, caughtUp, live }: Period, places: ReadonlyMap<string, number>): string | null => {
  const place = (id: string): number => places.get(id) ?? Number.NaN
  const isRun = (ids: readonly string[]): boolean =>
    ids.every((id, i) => (i === 0 ? places.has(id) : place(id) === place(ids[i - 1] ?? '') + 1))
  const shown = [after, ...caughtUp, ...live.filter(id => !caughtUp.includes(id))]
  if (!isRun(live)) return `pushed with a gap, a repeat or out of order: ${live.map(place)}`
  if (!isRun(shown)) return `known ${place(after)}, read ${caughtUp.map(place)}, pushed ${live.map(place)}`
  return null
}

test.each(SEEDS)(
  'WT65 WT83 MS63 MS97: a crowd on bad lines, and kill -9 in the middle (seed %d)',
  async seed => {
    await using kept = new AsyncDisposableStack()
    const dataDir = await mkdtemp(join(tmpdir(), 'parlance-simulation-'))
    kept.defer(() => rm(dataDir, { recursive: true, force: true }))
    let port = 0
    const start = async () => {
      const server = kept.use(await startServer({ dataDir }))
      port = Number(new URL(server.url).port)
      return server
    }
    const first = await start()

    const random = randomOf(seed)
    const people: (Person & { readonly chance: Random })[] = []
    const lines: Line[] = []
    for (let i = 0; i < PEOPLE_PER_DIALECT; i++) {
      for (const driver of drivers) {
        const line = kept.use(await openLine(() => port))
        lines.push(line)
        const person = await newPerson(driver, `${driver.dialect}${seed}x${i}`, line)
        people.push({ ...person, chance: random.fork(people.length) })
      }
    }
    const [host, ...guests] = people
    if (!host) throw new Error('nobody is there')
    const title = 'The storm'
    const welcome = await host.open(
      title,
      guests.map(guest => guest.name),
    )
    for (const person of people) await person.enter(title, welcome)

    /** Text by id, of everything acknowledged. */
    const acknowledged = new Map([[welcome, 'welcome']])
    let writing = people.length
    const live = async ({ chance, ...person }: (typeof people)[number]): Promise<void> => {
      for (let n = 0; n < WRITES; n++) {
        if (chance.fraction() < LEAVES) {
          await person.leave(chance.fraction() < 0.5 ? 'goodbye' : 'cut')
          const enough = acknowledged.size + chance.below(MISSES)
          // Where all are away there is nothing more to miss.
          writing--
          await until('others to write', () => acknowledged.size >= enough || writing === 0, PATIENCE)
          writing++
          await person.comeBack()
        }
        const text = `${person.name}: ${n}`
        acknowledged.set(await person.send(text), text)
      }
      writing--
    }
    const total = people.length * WRITES + 1
    const crash = async (): Promise<void> => {
      await until('half of it to be written', () => acknowledged.size > total / 2, PATIENCE)
      first.kill('SIGKILL')
      await first.exited
      port = 0
      await Promise.all(lines.map(line => line.cut()))
      await start()
    }
    await Promise.all([...people.map(live), crash()])

    await Promise.all(people.map(person => person.comeBack()))
    const history = await host.history()
    const last = history.at(-1)?.id
    await until('everybody to see the end', () => people.every(person => person.newest() === last), PATIENCE)

    expect(history).toHaveLength(total)
    expect(acknowledged.size).toBe(total)
    for (const { id, text } of history) expect(acknowledged.get(id)).toBe(text)
    const order = history.map(({ id }) => id)
    const places = new Map(order.map((id, i) => [id, i]))
    expect(places.size).toBe(total)
    for (const person of people) {
      expect((await person.history()).map(({ id }) => id)).toEqual(order)
      const own = history.flatMap(({ text }) => (text.startsWith(`${person.name}: `) ? [text] : []))
      expect(own).toEqual(Array.from({ length: WRITES }, (_, n) => `${person.name}: ${n}`))
      expect(person.periods().flatMap(period => flawOf(period, places) ?? [])).toEqual([])
    }
  },
  60_000,
)
