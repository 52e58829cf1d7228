// A WebSocket of a contract's client: its frames are kept as they came, until a test takes them.
import { Inbox, within } from './wait.ts'

export interface Closed {
  readonly code: number
  readonly reason: string
  readonly wasClean: boolean
}

export interface FrameSocketOptions {
  readonly protocols?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
}

/** Milliseconds within which a frame comes, if it comes. */
export const FRAME_DEADLINE = 5000

export class FrameSocket<Frame> implements Disposable {
  readonly frames = new Inbox<Frame>()
  readonly closed: Promise<Closed>
  readonly #socket: WebSocket
  readonly #opened = Promise.withResolvers<void>()

  /** `read` makes a frame of a text. */
  constructor(url: string, read: (text: string) => Frame, { protocols = [], headers = {} }: FrameSocketOptions = {}) {
    this.#socket = new WebSocket(url, { protocols: [...protocols], headers: { ...headers } } as unknown as string[])
    this.#socket.onmessage = ({ data }) => this.frames.push(read(String(data)))
    const { promise, resolve } = Promise.withResolvers<Closed>()
    this.#socket.onclose = ({ code, reason, wasClean }) => resolve({ code, reason, wasClean })
    this.closed = promise
    this.#socket.onopen = () => this.#opened.resolve()
    this.#socket.onerror = () => this.#opened.reject(new Error('the socket was refused'))
  }

  /** Itself, once it is open. */
  async opened(): Promise<this> {
    await within('the socket to open', this.#opened.promise, FRAME_DEADLINE)
    return this
  }

  get protocol(): string {
    return this.#socket.protocol
  }

  /** Text and bytes as they are, anything else as JSON. */
  send(data: unknown): void {
    this.#socket.send(typeof data === 'string' || data instanceof Uint8Array ? (data as string) : JSON.stringify(data))
  }

  closing(ms = FRAME_DEADLINE): Promise<Closed> {
    return within('the socket to close', this.closed, ms)
  }

  close(code?: number): void {
    this.#socket.close(code)
  }
  [Symbol.dispose](): void {
    this.#socket.close()
  }
}
