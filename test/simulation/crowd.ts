// A crowd spread over all contracts, everybody writing into one room at once on a line that breaks, and the verdict on it.
import { expect } from 'bun:test'
import { until } from '../kit/wait.ts'
import { drivers } from '../matrix/drivers/index.ts'
import { type Line, openLine } from './line.ts'
import { newPerson, type Period, type Person } from './person.ts'
import { type Random, randomOf } from './random.ts'

/** The same seed gives the same script: who writes how much, who leaves when, how and for how long. Who comes first is the machine's. */
export interface Script {
  readonly seed: number
  readonly people: number
  /** Messages of each. */
  readonly writes: number
  /** How likely it is to lose the connection before a write, and how many writes of others are missed at most. */
  readonly leaves: number
  readonly misses: number
  /** How likely it is to read the whole history before a write. */
  readonly reads: number
}

export interface Crowd {
  /** How many messages there are in the end. */
  readonly total: number
  /** How many are acknowledged by now. */
  readonly written: number
  readonly lines: readonly Line[]
  /** Everybody writes what is his to write. */
  write(): Promise<void>
  /** Waits until everybody has seen the end, and judges what everybody saw on the way there. */
  judge(): Promise<void>
}

/** Milliseconds until a wait is a hang, however slow the machine: the whole takes seconds on an idle one. */
export const PATIENCE = 60_000

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

/** `port` is where the server is, now; 0 when it is nowhere. The crowd's lines close with `kept`. */
export const gather = async (script: Script, port: () => number, kept: AsyncDisposableStack): Promise<Crowd> => {
  const random = randomOf(script.seed)
  const lines: Line[] = []
  const people: (Person & { readonly chance: Random })[] = []
  for (let i = 0; i < script.people; i++) {
    const driver = drivers[i % drivers.length]
    if (!driver) throw new Error('there is no contract')
    const line = kept.use(await openLine(port))
    lines.push(line)
    const person = await newPerson(driver, `${driver.dialect}${script.seed}x${i}`, line)
    people.push({ ...person, chance: random.fork(i) })
  }
  // Some contracts let nobody but friends into a group.
  const host = people.find((_, i) => drivers[i % drivers.length]?.adds === 'anybody')
  if (!host) throw new Error('nobody can invite')
  const title = 'The storm'
  const guests = people.filter(person => person !== host).map(guest => guest.name)
  const welcome = await host.open(title, guests)
  for (const person of people) await person.enter(title, welcome)

  /** Text by id, of everything acknowledged. */
  const acknowledged = new Map([[welcome, 'welcome']])
  const total = people.length * script.writes + 1
  /** The ids of what was read in the midst of it. */
  const glimpses: (readonly string[])[] = []
  let writing = people.length

  const live = async ({ chance, ...person }: (typeof people)[number]): Promise<void> => {
    for (let n = 0; n < script.writes; n++) {
      if (chance.fraction() < script.leaves) {
        await person.leave(chance.fraction() < 0.5 ? 'goodbye' : 'cut')
        const enough = acknowledged.size + chance.below(script.misses)
        // Where all are away there is nothing more to miss.
        writing--
        await until('others to write', () => acknowledged.size >= enough || writing === 0, PATIENCE)
        writing++
        await person.comeBack()
      }
      if (chance.fraction() < script.reads) glimpses.push((await person.history()).map(({ id }) => id))
      const text = `${person.name}: ${n}`
      acknowledged.set(await person.send(text), text)
    }
    writing--
  }

  return {
    total,
    get written() {
      return acknowledged.size
    },
    lines,
    async write() {
      await Promise.all(people.map(live))
    },
    async judge() {
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
      for (const glimpse of glimpses) expect(glimpse).toEqual(order.slice(0, glimpse.length))
      for (const person of people) {
        expect((await person.history()).map(({ id }) => id)).toEqual(order)
        const own = history.flatMap(({ text }) => (text.startsWith(`${person.name}: `) ? [text] : []))
        expect(own).toEqual(Array.from({ length: script.writes }, (_, n) => `${person.name}: ${n}`))
        const flaws = person.periods().flatMap(period => flawOf(period, places) ?? [])
        expect(flaws.map(flaw => `${person.name} was ${flaw}`)).toEqual([])
      }
    },
  }
}
