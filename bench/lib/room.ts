// One group on a Parlance of its own, its members listening through the doors they came by.
import type { Door } from './doors.ts'
import { type Measured, startParlance } from './process.ts'
import { makeGroup, makePeople, send } from './wetty.ts'

/** A message of common length. */
export const TEXT = 'The quick brown fox jumps over the lazy dog, and then it writes about it to everybody. '.repeat(2)
export const isMessage = (frame: string): boolean => frame.includes('quick brown')

/** Something that sends to a thousand listeners, and how to see that they have it. */
export interface Contender extends AsyncDisposable {
  readonly name: string
  readonly server: Measured
  /** Sends one message; resolves when the server has taken it. */
  send(): Promise<unknown>
  /** Frames with a message that have come in so far, over all sockets. */
  received(): number
  /** Bytes of such a frame, once one has come. */
  frameBytes(): number
}

/** `parts`: how many listen through which door. */
export const openRoom = async (name: string, parts: readonly (readonly [Door, number])[]): Promise<Contender> => {
  const server = await startParlance()
  const { url } = server
  let frames = 0
  let bytes = 0
  const [owner] = await makePeople(url, 1)
  if (!owner) throw new Error('nobody there')
  const listeners = (await Promise.all(parts.map(([door, count]) => door(url, count)))).flat()
  const chat = await makeGroup(
    url,
    owner,
    listeners.map(listener => listener.person),
  )
  for (let i = 0; i < listeners.length; i += 50) {
    const batch = listeners.slice(i, i + 50).map(listener =>
      listener.listen(url, frame => {
        if (!isMessage(frame)) return
        frames++
        bytes = frame.length
      }),
    )
    await Promise.all(batch)
  }
  return {
    name,
    server,
    received: () => frames,
    frameBytes: () => bytes,
    send: () => send(url, chat, owner.token, TEXT),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

export const SOCKETS = 1000

/** CPU in ms for `messages` messages, `together` at a time, each batch delivered everywhere before the next. */
export const load = async (
  { server, send, received }: Contender,
  messages: number,
  together: number,
): Promise<number> => {
  const cpu = server.cpuMs()
  const before = received()
  for (let sent = 0; sent < messages; sent += together) {
    await Promise.all(Array.from({ length: together }, send))
    const expected = before + (sent + together) * SOCKETS
    while (received() < expected) await new Promise(resolve => setTimeout(resolve, 1))
  }
  return server.cpuMs() - cpu
}
