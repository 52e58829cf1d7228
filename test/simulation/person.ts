// A simulated person: writes over a line that breaks, comes back, and keeps book of what each connection showed.
import { until } from '../kit/wait.ts'
import type { Driver } from '../matrix/driver.ts'
import { type Line, LineCut } from './line.ts'

/** What one connection showed. Message ids, in the order in which they came. */
export interface Period {
  /** The newest message known before. */
  readonly after: string
  /** What was read on coming back, and what was pushed since: a client shows the first, then what it lacks of the second. */
  readonly caughtUp: readonly string[]
  readonly live: readonly string[]
}

export interface Person {
  readonly name: string
  /** Makes a room of everybody and answers the id of the first message in it. */
  open(title: string, others: readonly string[]): Promise<string>
  /** Enters the room and listens; `first` is the only message in it. */
  enter(title: string, first: string): Promise<void>
  /** Writes under a key, again over a new connection if need be, until it is acknowledged. Answers the message's id. */
  send(text: string): Promise<string>
  /** Loses the connection, with a goodbye or without. */
  leave(how: 'goodbye' | 'cut'): Promise<void>
  /** Comes back and reads what was missed, however many tries it takes. Does nothing when the connection stands. */
  comeBack(): Promise<void>
  history(): Promise<readonly { readonly id: string; readonly text: string }[]>
  /** The newest message seen so far. */
  newest(): string
  /** Every connection so far, the one that stands included. */
  periods(): readonly Period[]
}

/** The newest of a period whose pushes may have been read from history as well. */
const newestOf = ({ after, caughtUp, live }: Period): string =>
  live.findLast(id => !caughtUp.includes(id)) ?? caughtUp.at(-1) ?? after

/** A connection that ended, as opposed to an answer that refuses: those carry no code. */
const isBroken = (error: unknown): boolean =>
  error instanceof LineCut || (error instanceof Error && 'code' in error) || error instanceof TypeError

export const newPerson = async (driver: Driver, name: string, line: Line): Promise<Person> => {
  const client = await driver.connect(line.url, name)
  const past: Period[] = []
  let chat = ''
  let after = ''
  let caughtUp: readonly string[] = []
  /** `line.cuts` when the connection was made that stands, if it still does. */
  let madeAt = line.cuts

  const period = (): Period => ({
    after,
    caughtUp,
    live: client.seen.all.flatMap(seen => (seen.type === 'message' && seen.chat === chat ? [seen.message.id] : [])),
  })
  const forget = (): void => void client.seen.all.splice(0)

  const comeBack = async (): Promise<void> => {
    if (line.cuts === madeAt) return
    past.push(period())
    after = newestOf(period())
    caughtUp = []
    await until(
      `${name} to come back`,
      async () => {
        // What a try showed that failed half-way is in no book: the next one begins after the same message.
        forget()
        madeAt = line.cuts
        try {
          caughtUp = (await line.over(client.comeBack(chat, after))).map(message => message.id)
          return true
        } catch {
          await line.cut()
          return false
        }
      },
      60_000,
    )
  }

  return {
    name,
    async open(title, others) {
      await client.can.createGroup?.(title, others)
      return client.send(await client.chat({ title }), 'welcome')
    },
    async enter(title, first) {
      chat = await client.chat({ title })
      forget()
      after = first
    },
    async send(text) {
      for (;;) {
        await comeBack()
        try {
          return await line.over(client.send(chat, text, { key: text }))
        } catch (error) {
          if (!isBroken(error)) throw error
          if (line.cuts === madeAt) await line.cut()
        }
      }
    },
    async leave(how) {
      if (how === 'goodbye' && line.cuts === madeAt) await line.over(client.drop()).catch(() => undefined)
      await line.cut()
    },
    comeBack,
    history: () => client.history(chat),
    newest: () => newestOf(period()),
    periods: () => [...past, period()],
  }
}
