// One person's line to the server: a TCP relay that keeps its address while servers come and go, and that can be cut.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Line extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, the same for the line's whole life. */
  readonly url: string
  /** How often it has been cut. A connection made before the last cut is dead. */
  readonly cuts: number
  /**
   * Cuts every connection, at whatever byte it stands. Resolves when the person's side has read what had passed before and
   * has closed, so that nothing of the old connections can come in afterwards.
   */
  cut(): Promise<void>
  /** What `work` comes to, unless the line is cut before: then it rejects, for nobody will ever answer. */
  over<T>(work: Promise<T>): Promise<T>
}

export class LineCut extends Error {}

/** `port` is asked at every new connection; 0: nobody answers, and the connection is closed at once. */
export const openLine = async (port: () => number): Promise<Line> => {
  const ends = new Map<Socket, Socket>()
  let cuts = 0
  let broken = Promise.withResolvers<never>()
  broken.promise.catch(() => undefined)

  const relay = createServer(person => {
    person.on('error', () => undefined)
    const target = port()
    if (target === 0) {
      person.resume().end()
      return
    }
    const server = connect(target, '127.0.0.1')
    ends.set(person, server)
    server.on('error', () => undefined).on('close', () => person.end())
    person.on('close', () => {
      ends.delete(person)
      server.destroy()
    })
    server.pipe(person)
    person.pipe(server)
  })
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')

  return {
    url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    get cuts() {
      return cuts
    },
    async cut() {
      cuts++
      const before = broken
      broken = Promise.withResolvers<never>()
      broken.promise.catch(() => undefined)
      const closing = [...ends].map(([person, server]) => {
        // Not `once` of node:events: a client that resets the connection is as gone as one that closes it.
        const closed = new Promise<void>(resolve => person.once('close', () => resolve()))
        server.unpipe().destroy()
        person.unpipe().resume().end()
        return closed
      })
      before.reject(new LineCut())
      await Promise.all(closing)
    },
    over: work => Promise.race([work, broken.promise]),
    async [Symbol.asyncDispose]() {
      relay.close()
      for (const [person] of ends) person.destroy()
    },
  }
}
