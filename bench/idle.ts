// (c) Memory of the server per idle, logged-in socket: of a plain push socket, and of the one that can do most.
import { logAllIn, openchatSocket } from './lib/openchat.ts'
import { startParlance } from './lib/process.ts'
import { makePeople, openSocket, type Person } from './lib/wetty.ts'

const PEOPLE = 500
const SOCKETS = 10_000

/** How one of these people, by number, opens a socket. Resolves when he hears. */
type Way = (url: string, people: readonly Person[]) => Promise<(at: number) => Promise<WebSocket>>

const ways = {
  wetty: async (url, people) => at => {
    const person = people[at]
    if (!person) throw new Error('nobody there')
    return openSocket(url, person, () => undefined)
  },
  openchat: async (url, people) => {
    const sessions = await logAllIn(url, people)
    return at => {
      const socket = openchatSocket(url, sessions[at] ?? '')
      return new Promise((resolve, reject) => {
        socket.onmessage = () => resolve(socket)
        socket.onerror = () => reject(new Error('socket refused'))
      })
    }
  },
} as const satisfies Readonly<Record<string, Way>>

export const idleWays = Object.keys(ways) as readonly (keyof typeof ways)[]

/** Bytes of resident memory per socket of one contract. */
export const benchIdle = async (contract: keyof typeof ways): Promise<number> => {
  await using server = await startParlance()
  const people = await makePeople(server.url, PEOPLE)
  const openOne = await ways[contract](server.url, people)
  const open = async (count: number): Promise<WebSocket[]> => {
    const sockets: WebSocket[] = []
    while (sockets.length < count) {
      const batch = Array.from({ length: Math.min(100, count - sockets.length) }, (_, i) =>
        openOne((sockets.length + i) % people.length),
      )
      sockets.push(...(await Promise.all(batch)))
    }
    return sockets
  }
  const settled = async (): Promise<number> => {
    let low = server.rss()
    for (let i = 0; i < 30; i++) {
      await new Promise(resolve => setTimeout(resolve, 100))
      low = Math.min(low, server.rss())
    }
    return low
  }
  const warm = await open(500)
  const before = await settled()
  const sockets = await open(SOCKETS)
  const after = await settled()
  for (const socket of [...warm, ...sockets]) socket.close()
  return (after - before) / SOCKETS
}
