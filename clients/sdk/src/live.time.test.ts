// What the listener does when nothing happens: on a clock that the test moves, with a platform made of hand.
import { afterEach, beforeEach, expect, jest, spyOn, test } from 'bun:test'
import { durable, hello, QUICK, SERVER_ID } from '../../../test/sdk/fake.ts'
import { Live, type LiveOptions, type TransportName } from './live.ts'

/** A socket that does nothing by itself. */
class Socket {
  readonly OPEN = 1
  readonly readyState = 1
  readonly sent: string[] = []
  closed = false
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number; reason: string }) => void) | null = null
  constructor() {
    sockets.push(this)
  }
  send(text: string): void {
    this.sent.push(text)
  }
  close(): void {
    this.closed = true
  }
  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }
}

/** Whether nothing at all is answered. */
let mute = false
let sockets: Socket[] = []
let streams: ReadableStreamDefaultController<Uint8Array>[] = []
let calls: { path: string; signal?: AbortSignal }[] = []

/** The server is there, and says nothing of itself. */
const http = {
  call: async (call: { path: string; signal?: AbortSignal }) => {
    calls.push(call)
    if (!mute && call.path.endsWith('/membership')) return { state: 'active' }
    return await aborted(call.signal)
  },
  open: async ({ signal }: { signal: AbortSignal }) => {
    const body = new ReadableStream<Uint8Array>({
      start: controller => {
        streams.push(controller)
        signal.addEventListener('abort', () => controller.error(signal.reason))
      },
    })
    return new Response(body)
  },
}

const aborted = (signal?: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))

const listen = (options: LiveOptions = {}): Live => {
  const offered: readonly TransportName[] = ['websocket', 'sse', 'polling']
  const about = { baseUrl: 'http://chat.test', token: () => 'secret', serverId: SERVER_ID, offered, backoff: null }
  return new Live({ ...about, http: http as never, webSocket: Socket as never }, { backoff: QUICK, ...options })
}

/** Lets everything happen that waits for nothing but its turn. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 200; i++) await Promise.resolve()
}
const pass = async (ms: number): Promise<void> => {
  await settle()
  jest.advanceTimersByTime(ms)
  await settle()
}

const sse = (frame: object): Uint8Array => new TextEncoder().encode(`data: ${JSON.stringify(frame)}\n\n`)

beforeEach(() => {
  jest.useFakeTimers()
  mute = false
  sockets = []
  streams = []
  calls = []
})
afterEach(() => void jest.useRealTimers())

test('a socket that opens and says nothing for 15 seconds is given up, and the second time its kind is', async () => {
  const live = listen()
  await pass(14_990)
  expect(sockets.map(({ closed }) => closed)).toEqual([false])
  await pass(10)
  await pass(10)
  expect(sockets.map(({ closed }) => closed)).toEqual([true, false])
  await pass(15_000)
  await pass(10)
  expect([live.transport, streams.length]).toEqual(['sse', 1])
  expect(calls.map(({ path }) => path)).toEqual(Array(2).fill(`/v1/servers/${SERVER_ID}/membership`))
  live.close()
  await settle()
  expect(jest.getTimerCount()).toBe(0)
})

test('a server that cannot be asked either is asked no longer than 15 seconds', async () => {
  mute = true
  const live = listen({ transports: ['websocket', 'polling'] })
  await pass(15_000)
  expect([calls.length, calls[0]?.signal?.aborted, live.state]).toEqual([1, false, 'connecting'])
  await pass(15_000)
  expect([calls[0]?.signal?.aborted, live.state]).toEqual([true, 'waiting'])
  // Of the connection and the question no timer is left: it is the wait.
  expect(jest.getTimerCount()).toBe(1)
  live.close()
  await settle()
  expect(jest.getTimerCount()).toBe(0)
})

test('a transport that is chosen while it is asked why another failed is the next one', async () => {
  const live = listen({ transports: ['websocket', 'sse', 'polling'] })
  sockets[0]?.onclose?.({ code: 1006, reason: '' })
  await pass(10)
  mute = true
  sockets[1]?.onclose?.({ code: 1006, reason: '' })
  await settle()
  live.switchTo('sse')
  await settle()
  expect([live.transport, live.state, streams.length]).toEqual(['sse', 'connecting', 1])
  live.close()
  await settle()
  expect(jest.getTimerCount()).toBe(0)
})

test('a socket that has said something stays, is pinged, and is lost after a minute of silence', async () => {
  const live = listen()
  sockets[0]?.say(hello())
  for (let i = 0; i < 4; i++) {
    await pass(25_000)
    sockets[0]?.say(durable(i + 1))
  }
  expect([live.state, sockets[0]?.closed]).toEqual(['open', false])
  expect(sockets[0]?.sent).toEqual(Array(4).fill('{"type":"chat.ping"}'))
  await pass(75_000)
  await pass(10)
  expect([sockets[0]?.closed, sockets.length, live.transport]).toEqual([true, 2, 'websocket'])
  live.close()
  await settle()
  expect(jest.getTimerCount()).toBe(0)
})

test('a stream stays while it comments, and is lost after 45 seconds of silence', async () => {
  const live = listen({ transports: ['sse'] })
  await settle()
  streams[0]?.enqueue(sse(hello()))
  for (let i = 0; i < 4; i++) {
    await pass(40_000)
    streams[0]?.enqueue(new TextEncoder().encode(': \n\n'))
  }
  await settle()
  expect([live.state, streams.length]).toEqual(['open', 1])
  await pass(45_000)
  await pass(10)
  expect(streams.length).toBe(2)
  streams[1]?.enqueue(sse(hello('at0', true)))
  await settle()
  expect(live.state).toBe('open')
  streams[1]?.close()
  await settle()
  expect(live.state).toBe('waiting')
  // What waits is one timer; of the streams none is left.
  expect(jest.getTimerCount()).toBe(1)
  live.close()
  await settle()
  expect(jest.getTimerCount()).toBe(0)
})

test('losses in a row are waited for longer and longer; a connection that held for a while begins anew', async () => {
  const backoff = { initial_delay_ms: 100, multiplier: 2, max_delay_ms: 10_000, jitter: 0 }
  const live = listen({ transports: ['websocket'], backoff })
  const lose = async (after: number): Promise<number> => {
    const socket = sockets.at(-1)
    socket?.say(hello())
    await pass(after)
    socket?.onclose?.({ code: 1006, reason: '' })
    await settle()
    const before = sockets.length
    let waited = 0
    for (; sockets.length === before; waited += 50) await pass(50)
    return waited
  }
  expect([await lose(0), await lose(0), await lose(0), await lose(5000), await lose(0)]).toEqual([
    100, 200, 400, 100, 200,
  ])
  live.close()
})

test('who fell back tries the best again after ten minutes, when the lesser one is lost', async () => {
  const live = listen({ transports: ['websocket', 'sse'] })
  for (const at of [0, 1]) {
    sockets[at]?.onclose?.({ code: 1006, reason: '' })
    await pass(10)
  }
  const lose = async (after: number): Promise<TransportName> => {
    streams.at(-1)?.enqueue(sse(hello()))
    for (let passed = 0; passed < after; passed += 30_000) {
      await pass(30_000)
      streams.at(-1)?.enqueue(new TextEncoder().encode(':\n'))
    }
    await settle()
    streams.at(-1)?.close()
    await pass(10)
    return live.transport
  }
  expect([await lose(300_000), await lose(300_000)]).toEqual(['sse', 'websocket'])
  expect(sockets).toHaveLength(3)
  live.close()
})

test('a listener that throws stops no other, and what it threw goes where errors of listeners go', async () => {
  const live = listen()
  const thrown: unknown[] = []
  const microtask = spyOn(globalThis, 'queueMicrotask').mockImplementation(callback => {
    try {
      callback()
    } catch (error) {
      thrown.push(error)
    }
  })
  const heard: string[] = []
  live.on('chat.message.created', () => {
    throw new Error('mine')
  })
  live.on('chat.message.created', ({ message }) => void heard.push(message.body))
  sockets[0]?.say(hello())
  sockets[0]?.say(durable(1))
  microtask.mockRestore()
  expect([heard, thrown, live.position, live.state]).toEqual([['message 1'], [new Error('mine')], 'at1', 'open'])
  live.close()
})
