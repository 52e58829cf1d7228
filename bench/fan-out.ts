// (a) CPU of the server per delivery, one group of 1,000 sockets, in bursts and message by message: through a plain push
// socket and through Socket.IO, beside two peers.
import { doors } from './lib/doors.ts'
import { startPeer } from './lib/process.ts'
import { type Contender, isMessage, load, openRoom, SOCKETS, TEXT } from './lib/room.ts'

/** The contenders take turns, so that a machine whose speed drifts is unfair to none of them. */
const ROUNDS = 8
const BURSTS = 5
const BURST = 50
const SINGLES = 100
export interface FanOut {
  readonly contender: string
  /** Microseconds of server CPU per delivered frame. */
  readonly burst: number
  readonly single: number
}

interface Peer {
  readonly name: string
  /** Its script under bench/peers. */
  readonly script: string
  readonly path: string
  /** What a client says after the server's first frame; null where there is no handshake. */
  readonly hello: string | null
  readonly frameOf: (text: string) => string
}

const socketIo: Peer = {
  name: 'socket.io on Node',
  script: 'socketio',
  path: '/socket.io/?EIO=4&transport=websocket',
  hello: '40',
  frameOf: text => `42["message",${JSON.stringify({ text })}]`,
}
const bareWs: Peer = {
  name: 'bare ws on Node',
  script: 'ws',
  path: '/',
  hello: null,
  frameOf: text => JSON.stringify({ text }),
}

/** A peer that relays frames of `bytes` bytes: what surrounds a text (ids, sender, times) is not free for anybody. */
const peer = async ({ name, script, path, hello, frameOf }: Peer, bytes: number): Promise<Contender> => {
  const server = await startPeer(script)
  let frames = 0
  const open = (): Promise<WebSocket> => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`)
    return new Promise((resolve, reject) => {
      socket.onerror = () => reject(new Error('socket refused'))
      if (!hello) socket.onopen = () => resolve(socket)
      socket.onmessage = event => {
        const frame = event.data as string
        if (frame === '2') socket.send('3')
        else if (frame.startsWith('0{') && hello) socket.send(hello)
        else if (frame.startsWith('40')) resolve(socket)
        else if (isMessage(frame)) frames++
      }
    })
  }
  const sockets: WebSocket[] = []
  for (let i = 0; i < SOCKETS; i += 50) sockets.push(...(await Promise.all(Array.from({ length: 50 }, open))))
  const sender = sockets[0]
  if (!sender) throw new Error('nobody there')
  const payload = frameOf(TEXT + '.'.repeat(Math.max(0, bytes - frameOf(TEXT).length)))
  return {
    name,
    server,
    received: () => frames,
    frameBytes: () => payload.length,
    send: async () => sender.send(payload),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

export const benchFanOut = async (): Promise<readonly FanOut[]> => {
  await using started = new AsyncDisposableStack()
  const room = async (name: string, door: keyof typeof doors) => {
    const opened = started.use(await openRoom(name, [[doors[door], SOCKETS]]))
    await load(opened, 1, 1)
    return opened
  }
  const own = await room('Parlance (wetty: token, gate, durable commit)', 'wetty')
  const contenders: readonly Contender[] = [
    own,
    await room('Parlance (umoc: Socket.IO, gate, durable commit)', 'umoc'),
    started.use(await peer(socketIo, own.frameBytes())),
    started.use(await peer(bareWs, own.frameBytes())),
  ]
  const used = contenders.map(() => ({ burst: 0, single: 0 }))
  for (const contender of contenders) await load(contender, BURST * 2, BURST) // warm
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, contender] of contenders.entries()) {
      const sum = used[i]
      if (!sum) continue
      sum.burst += await load(contender, BURSTS * BURST, BURST)
      sum.single += await load(contender, SINGLES, 1)
    }
  }
  return contenders.map(({ name }, i) => ({
    contender: name,
    burst: ((used[i]?.burst ?? 0) * 1000) / (ROUNDS * BURSTS * BURST * SOCKETS),
    single: ((used[i]?.single ?? 0) * 1000) / (ROUNDS * SINGLES * SOCKETS),
  }))
}
