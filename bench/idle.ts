// (c) Memory of the server per idle, logged-in socket.
import { startParlance } from './lib/process.ts'
import { makePeople, openSocket } from './lib/wetty.ts'

const PEOPLE = 500
const SOCKETS = 10_000

/** Bytes of resident memory per socket. */
export const benchIdle = async (): Promise<number> => {
  await using server = await startParlance()
  const people = await makePeople(server.url, PEOPLE)
  const open = async (count: number): Promise<WebSocket[]> => {
    const sockets: WebSocket[] = []
    while (sockets.length < count) {
      const batch = Array.from({ length: Math.min(100, count - sockets.length) }, (_, i) => {
        const person = people[(sockets.length + i) % people.length]
        if (!person) throw new Error('nobody there')
        return openSocket(server.url, person, () => undefined)
      })
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
