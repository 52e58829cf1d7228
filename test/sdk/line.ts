// The line between a client and its server: it can be cut, and a new server can be put behind it at the same address.
import { connect, createServer, type Socket } from 'node:net'

export interface Line extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, whatever is behind it. */
  readonly url: string
  /** Breaks every connection under way. */
  cut(): void
  /** From now on leads there; to nothing: null. */
  lead(url: string | null): void
}

export const createLine = async (url: string): Promise<Line> => {
  let target: URL | null = new URL(url)
  const sockets = new Set<Socket>()
  const hold = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  }
  const server = createServer(near => {
    hold(near)
    if (!target) return void near.destroy()
    const far = connect(Number(target.port), target.hostname)
    hold(far)
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut,
    lead(next) {
      target = next === null ? null : new URL(next)
    },
    async [Symbol.asyncDispose]() {
      cut()
      await new Promise(closed => server.close(closed))
    },
  }
}
