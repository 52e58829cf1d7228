// A TCP connection that asks for an event stream and takes it piece by piece: it can stop reading, and vanish.
import net from 'node:net'
import { Inbox } from '../wait.ts'

export type Piece =
  /** One chunk, as the server wrote it, or a body of known length. */
  | { readonly type: 'piece'; readonly text: string }
  /** `whole`: the server ended the body; else the connection broke. */
  | { readonly type: 'end'; readonly whole: boolean }

export interface RawStream extends Disposable {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Headers
  readonly pieces: Inbox<Piece>
  /** Everything that has come, in one text. */
  readonly text: () => string
  pause(): void
  resume(): void
  /** Says that nothing more will be asked, and goes on reading. */
  halfClose(): void
  /** Goes away without a word. */
  destroy(): void
}

interface Come {
  /** What has come whole. */
  readonly chunks: readonly string[]
  readonly rest: Buffer
  /** Whether that is all. */
  readonly last: boolean
}

const wholeIn = (bytes: Buffer, length: number): Come =>
  bytes.length < length
    ? { chunks: [], rest: bytes, last: false }
    : { chunks: [bytes.toString('utf8', 0, length)], rest: bytes.subarray(length), last: true }

/** Of a chunked body. */
const chunksIn = (bytes: Buffer): Come => {
  const chunks: string[] = []
  let rest = bytes
  for (;;) {
    const line = rest.indexOf('\r\n')
    if (line < 0) return { chunks, rest, last: false }
    const size = Number.parseInt(rest.toString('latin1', 0, line), 16)
    const end = line + 2 + size + 2
    if (rest.length < end) return { chunks, rest, last: false }
    if (size === 0) return { chunks, rest: rest.subarray(end), last: true }
    chunks.push(rest.toString('utf8', line + 2, end - 2))
    rest = rest.subarray(end)
  }
}

/** Resolves with the answer's head, whatever its status. */
export const openRawStream = (port: number, path: string, headers: readonly string[] = []): Promise<RawStream> => {
  const { promise, resolve, reject } = Promise.withResolvers<RawStream>()
  const request = [`GET ${path} HTTP/1.1`, 'Host: localhost', ...headers, '\r\n'].join('\r\n')
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.write(request))
  const pieces = new Inbox<Piece>()
  let waiting: Buffer[] = []
  let length: number | null = null
  let open = false
  let ended = false

  const end = (whole: boolean): void => {
    if (!ended) pieces.push({ type: 'end', whole })
    ended = true
  }
  const begin = (head: string): void => {
    const [status = '', ...fields] = head.split('\r\n')
    const headers = new Headers(fields.map(field => field.split(/: (.*)/, 2) as [string, string]))
    open = true
    length = headers.has('content-length') ? Number(headers.get('content-length')) : null
    resolve({
      status: Number(status.split(' ')[1]),
      headers,
      pieces,
      text: () => pieces.all.map(piece => (piece.type === 'piece' ? piece.text : '')).join(''),
      pause: () => void socket.pause(),
      resume: () => void socket.resume(),
      halfClose: () => void socket.end(),
      destroy: () => void socket.destroy(),
      [Symbol.dispose]: () => void socket.destroy(),
    })
  }
  socket.on('data', data => {
    waiting.push(Buffer.from(data))
    let bytes = Buffer.concat(waiting)
    if (!open) {
      const at = bytes.indexOf('\r\n\r\n')
      if (at >= 0) begin(bytes.toString('latin1', 0, at))
      bytes = at >= 0 ? bytes.subarray(at + 4) : bytes
    }
    waiting = [bytes]
    if (!open) return
    const { chunks, rest, last } = length === null ? chunksIn(bytes) : wholeIn(bytes, length)
    waiting = [rest]
    for (const text of chunks) pieces.push({ type: 'piece', text })
    if (last) end(true)
  })
  socket.on('error', error => {
    reject(error)
    end(false)
  })
  socket.on('end', () => socket.end())
  socket.on('close', () => {
    reject(new Error('closed without an answer'))
    end(false)
  })
  return promise
}
