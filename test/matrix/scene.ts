// People of two contracts in one room, made through whichever door can.
import type { TestServer } from '../kit/server.ts'
import type { Client, Driver, Seen } from './driver.ts'

let made = 0
const handleOf = (dialect: string): string => `${dialect.slice(0, 3)}${process.pid.toString(36)}x${made++}`

export const person = (server: TestServer, driver: Driver): Promise<Client> =>
  driver.connect(server.url, handleOf(driver.dialect))

/** Two people who may write to each other directly, and how each names their chat. */
export const directScene = async (
  x: Client,
  y: Client,
): Promise<{ readonly xChat: string; readonly yChat: string }> => {
  // Where both contracts want friendship, crossing applications make it; else one of them writes as a stranger, who may be answered.
  if (!(await x.meet(y))) await y.meet(x)
  return { xChat: await x.chat({ direct: y.handle }), yChat: await y.chat({ direct: x.handle }) }
}

/** A group of X's with Y and others in it. */
export const groupScene = async (
  x: Client,
  y: Client,
  others: readonly Client[] = [],
): Promise<{ readonly xChat: string; readonly yChat: string; readonly title: string }> => {
  const title = `Room ${made++}`
  await x.createGroup(
    title,
    [y, ...others].map(member => member.handle),
  )
  return { xChat: await x.chat({ title }), yChat: await y.chat({ title }), title }
}

/** Everything a watcher sees up to (and without) the message with this id. */
export const seenUpTo = async (watcher: Client, markerId: string): Promise<readonly Seen[]> => {
  const isMarker = (s: Seen) => s.type === 'message' && s.message.id === markerId
  const before = watcher.seen.take()
  const at = before.findIndex(isMarker)
  if (at >= 0) return before.slice(0, at)
  for (;;) {
    const next = await watcher.seen.next(`${watcher.dialect}: message ${markerId}`)
    if (isMarker(next)) return before
    before.push(next)
  }
}
