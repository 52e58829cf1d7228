// (a) CPU of the server per delivery, one group of 1,000 sockets, in bursts and message by message, beside two peers.
import { type Measured, startParlance, startPeer } from './lib/process.ts'
import { makeGroup, makePeople, openSocket, send } from './lib/wetty.ts'

const SOCKETS = 1000
/** The contenders take turns, so that a machine whose speed drifts is unfair to none of them. */
const ROUNDS = 8
const BURSTS = 5
const BURST = 50
const SINGLES = 100
/** A message of common length. */
const TEXT = 'The quick brown fox jumps over the lazy dog, and then it writes about it to everybody. '.repeat(2)

export interface FanOut {
  readonly contender: string
  /** Microseconds of server CPU per delivered frame. */
  readonly burst: number
  readonly single: number
}

interface Contender extends AsyncDisposable {
  readonly name: string
  readonly server: Measured
  /** Sends one message; resolves when the server has taken it. */
  send(): Promise<unknown>
  /** Frames with a message that have come in so far, over all sockets. */
  received(): number
  /** Bytes of such a frame, once one has come. */
  frameBytes(): number
}

/** CPU in ms for `messages` messages, `together` at a time, each batch delivered everywhere before the next. */
const load = async ({ server, send, received }: Contender, messages: number, together: number): Promise<number> => {
  const cpu = server.cpuMs()
  const before = received()
  for (let sent = 0; sent < messages; sent += together) {
    await Promise.all(Array.from({ length: together }, send))
    const expected = before + (sent + together) * SOCKETS
    while (received() < expected) await new Promise(resolve => setTimeout(resolve, 1))
  }
  return server.cpuMs() - cpu
}

const parlance = async (): Promise<Contender> => {
  const server = await startParlance()
  let frames = 0
  let bytes = 0
  const people = await makePeople(server.url, SOCKETS)
  const [owner, ...others] = people
  if (!owner) throw new Error('nobody there')
  const chat = await makeGroup(server.url, owner, others)
  await Promise.all(
    people.map(person =>
      openSocket(server.url, person, frame => {
        if (!frame.includes('"on_message"')) return
        frames++
        bytes = frame.length
      }),
    ),
  )
  return {
    name: 'Parlance (wetty: token, gate, durable commit)',
    server,
    received: () => frames,
    frameBytes: () => bytes,
    send: () => send(server.url, chat, owner.token, TEXT),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
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
        else if (frame.includes('quick brown')) frames++
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
  const own = started.use(await parlance())
  await load(own, 1, 1)
  const contenders: readonly Contender[] = [
    own,
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
