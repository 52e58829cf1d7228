// (a) CPU of the server per delivery, one group of 1,000 sockets, in bursts and message by message, beside two peers.
import { type Measured, startParlance, startPeer } from './lib/process.ts'
import { makeGroup, makePeople, openSocket, send } from './lib/wetty.ts'

const SOCKETS = 1000
const BURSTS = 40
const BURST = 50
const SINGLES = 400
/** A message of common length; every contender carries the same text. */
const TEXT = 'The quick brown fox jumps over the lazy dog, and then it writes about it to everybody. '.repeat(2)

export interface FanOut {
  readonly contender: string
  /** Microseconds of server CPU per delivered frame. */
  readonly burst: number
  readonly single: number
}

interface Contender {
  readonly server: Measured
  /** Sends one message; resolves when the server has taken it. */
  send(): Promise<unknown>
  /** Frames with a message that have come in so far, over all sockets. */
  received(): number
}

/** Runs `messages` messages, `at a time` together, each batch delivered everywhere before the next. */
const load = async ({ server, send, received }: Contender, messages: number, together: number): Promise<number> => {
  const cpu = server.cpuMs()
  const before = received()
  for (let sent = 0; sent < messages; sent += together) {
    await Promise.all(Array.from({ length: together }, send))
    const expected = before + (sent + together) * SOCKETS
    while (received() < expected) await new Promise(resolve => setTimeout(resolve, 1))
  }
  return ((server.cpuMs() - cpu) * 1000) / (messages * SOCKETS)
}

const measure = async (name: string, contender: Contender): Promise<FanOut> => {
  await load(contender, BURST * 2, BURST) // warm
  const burst = await load(contender, BURSTS * BURST, BURST)
  const single = await load(contender, SINGLES, 1)
  return { contender: name, burst, single }
}

const parlance = async (): Promise<FanOut> => {
  await using server = await startParlance()
  let frames = 0
  const people = await makePeople(server.url, SOCKETS)
  const [owner, ...others] = people
  if (!owner) throw new Error('nobody there')
  const chat = await makeGroup(server.url, owner, others)
  const sockets = await Promise.all(
    people.map(person => openSocket(server.url, person, frame => void (frame.includes('"on_message"') && frames++))),
  )
  const contender = { server, received: () => frames, send: () => send(server.url, chat, owner.token, TEXT) }
  const result = await measure('Parlance (wetty: token, gate, durable commit)', contender)
  for (const socket of sockets) socket.close()
  return result
}

const peer = async (name: string, path: string, hello: string | null, frameOf: (text: string) => string) => {
  await using server = await startPeer(name)
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
  const payload = frameOf(TEXT)
  const contender = { server, received: () => frames, send: async () => sender.send(payload) }
  const result = await measure(name === 'ws' ? 'bare ws on Node' : 'socket.io on Node', contender)
  for (const socket of sockets) socket.close()
  return result
}

export const benchFanOut = async (): Promise<readonly FanOut[]> => [
  await parlance(),
  await peer(
    'socketio',
    '/socket.io/?EIO=4&transport=websocket',
    '40',
    text => `42["message",${JSON.stringify({ text })}]`,
  ),
  await peer('ws', '/', null, text => JSON.stringify({ text })),
]
