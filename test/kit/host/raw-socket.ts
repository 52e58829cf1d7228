// A TCP connection that speaks HTTP and WebSocket byte by byte: it can stop reading, break rules, and vanish.
import net from 'node:net'
import tls from 'node:tls'
import { Inbox } from '../wait.ts'

export type RawFrame =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'binary'; readonly bytes: Uint8Array }
  | { readonly type: 'ping' | 'pong'; readonly bytes: Uint8Array }
  | { readonly type: 'close'; readonly code: number; readonly reason: string }
  | { readonly type: 'end' }

const opcodes = { text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const

/** One masked client frame. */
export const clientFrame = (type: keyof typeof opcodes, payload: string | Uint8Array): Uint8Array => {
  const body = Buffer.from(payload as string)
  const length =
    body.length < 126
      ? Buffer.from([0x80 | body.length])
      : body.length < 65536
        ? Buffer.from([0x80 | 126, body.length >> 8, body.length & 255])
        : Buffer.concat([Buffer.from([0x80 | 127]), u64(body.length)])
  // A mask of zeros is a mask.
  return Buffer.concat([Buffer.from([0x80 | opcodes[type]]), length, Buffer.alloc(4), body])
}

const u64 = (n: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(n))
  return bytes
}

const decode = (opcode: number, body: Buffer): RawFrame => {
  if (opcode === opcodes.text) return { type: 'text', text: body.toString() }
  if (opcode === opcodes.close) {
    return { type: 'close', code: body.length < 2 ? 1005 : body.readUInt16BE(0), reason: body.subarray(2).toString() }
  }
  const type = opcode === opcodes.ping ? 'ping' : opcode === opcodes.pong ? 'pong' : 'binary'
  return { type, bytes: body }
}

export interface RawWebSocket extends Disposable {
  /** The 101 answer's head. */
  readonly head: string
  /** Frames as they came, and `end` when the connection did. */
  readonly frames: Inbox<RawFrame>
  send(type: keyof typeof opcodes, payload: string | Uint8Array): void
  /** Sends bytes as they are. */
  raw(bytes: Uint8Array): void
  /** Stops and starts reading from the connection. */
  pause(): void
  resume(): void
  /** Goes away without a word. */
  destroy(): void
}

/** A connection for plain bytes to the server at a base URL, encrypted where that says so. */
export const connectTo = (url: string, onOpen: () => void = () => undefined): net.Socket => {
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  if (protocol === 'http:') return net.connect(Number(port || 80), host, onOpen)
  const servername = net.isIP(host) === 0 ? { servername: host } : {}
  return tls.connect({ host, port: Number(port || 443), ALPNProtocols: ['http/1.1'], ...servername }, onOpen)
}

/** A client's handshake. */
export const upgradeHead = (path: string, headers: readonly string[] = [], host = 'localhost'): string =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...headers,
    '\r\n',
  ].join('\r\n')

/** Opens a WebSocket to a port here, or to a base URL. Rejects with the answer's text when it is not a 101. */
export const openRaw = (
  server: number | string,
  path: string,
  headers: readonly string[] = [],
): Promise<RawWebSocket> => {
  const { promise, resolve, reject } = Promise.withResolvers<RawWebSocket>()
  const url = typeof server === 'string' ? server : `http://127.0.0.1:${server}`
  const socket = connectTo(url, () => socket.write(upgradeHead(path, headers, new URL(url).host)))
  const frames = new Inbox<RawFrame>()
  let buffered: Buffer = Buffer.alloc(0)
  let head: string | null = null

  const read = (): void => {
    for (;;) {
      if (buffered.length < 2) return
      const short = (buffered[1] ?? 0) & 127
      const at = short === 126 ? 4 : short === 127 ? 10 : 2
      if (buffered.length < at) return
      const length =
        short === 126 ? buffered.readUInt16BE(2) : short === 127 ? Number(buffered.readBigUInt64BE(2)) : short
      if (buffered.length < at + length) return
      frames.push(decode((buffered[0] ?? 0) & 15, buffered.subarray(at, at + length)))
      buffered = buffered.subarray(at + length)
    }
  }
  socket.on('data', chunk => {
    buffered = Buffer.concat([buffered, Buffer.from(chunk)])
    if (head === null) {
      const end = buffered.indexOf('\r\n\r\n')
      if (end < 0) return
      head = buffered.subarray(0, end).toString()
      if (!head.startsWith('HTTP/1.1 101')) {
        reject(new Error(buffered.toString()))
        socket.destroy()
        return
      }
      buffered = buffered.subarray(end + 4)
      resolve({
        head,
        frames,
        send: (type, payload) => void socket.write(clientFrame(type, payload)),
        raw: bytes => void socket.write(bytes),
        pause: () => void socket.pause(),
        resume: () => void socket.resume(),
        destroy: () => void socket.destroy(),
        [Symbol.dispose]: () => void socket.destroy(),
      })
    }
    read()
  })
  socket.on('error', reject)
  socket.on('close', () => {
    reject(new Error('closed without an answer'))
    frames.push({ type: 'end' })
  })
  return promise
}

/** Sends bytes as they are and reads until the server closes, or until `enough` of the answer says so. */
export const exchange = (
  port: number,
  bytes: string | Uint8Array,
  enough: (answer: string) => boolean = () => false,
  deadline = 5000,
): Promise<string> => {
  const { promise, resolve } = Promise.withResolvers<string>()
  let answer = ''
  const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes))
  const timer = setTimeout(() => socket.destroy(), deadline)
  socket.on('data', chunk => {
    answer += chunk.toString('latin1')
    if (enough(answer)) socket.destroy()
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    clearTimeout(timer)
    resolve(answer)
  })
  return promise
}
