// Thousands of openchat clients in a process of their own, so that what they cost is not the server's: they hear one
// channel, drop, come back with their tokens, and account for every message. Talks to its parent (see `resume.ts`).
import { type Droppable, openchatSocket } from './openchat.ts'

/** What the parent asks; each is answered once it is done. */
export type Ask =
  /** One socket for each of the sessions, a hundred at a time. `after`: the last seq of the channel before. */
  | { readonly type: 'open'; readonly url: string; readonly sessions: readonly string[]; readonly after: number }
  /** All connections are cut, without a word. */
  | { readonly type: 'drop' }
  /** All come back in the same instant. */
  | { readonly type: 'resume' }
  /** Waits until everybody has the message with this seq, or nothing has come for a while. */
  | { readonly type: 'account'; readonly upTo: number }

export interface Account {
  /** Milliseconds from the first attempt of all until each had `chat.resume.completed`, rising. */
  readonly resumedAfter: readonly number[]
  /** Attempts that failed and were made again. */
  readonly again: number
  /** Clients that were told to load everything anew. */
  readonly resyncs: number
  /** Messages that came in, repeated ones not counted. */
  readonly messages: number
  /** Messages that came again, known by stream and event id. */
  readonly repeated: number
  /** Messages that did not come in their place: left out, overtaken, or still missing at the end. */
  readonly lost: number
}

/** Milliseconds until a failed attempt is made again: what the contract advises, with its jitter (OC16). */
const AGAIN_MS = 1000
const JITTER = 0.2
/** Milliseconds without any message after which those who lack one will not get it any more. */
const PATIENCE_MS = 20_000

const MESSAGE = '{"event_type":"chat.message.created"'
const COMPLETED = '{"event_type":"chat.resume.completed"'
const RESYNC = '{"event_type":"resync_required"'
const HELLO = '{"event_type":"chat.hello"'
const TOKEN = '"resume_token":"'

const numberAfter = (frame: string, key: string): number =>
  Number.parseInt(frame.slice(frame.indexOf(key) + key.length), 10)

let url = ''
let startedAt = 0
let lastHeard = 0
const resumedAfter: number[] = []
const sum = { again: 0, resyncs: 0, messages: 0, repeated: 0, lost: 0 }

class Client {
  readonly #session: string
  #socket: Droppable | null = null
  #position: string | undefined
  /** The event id of the last message in the channel's stream, and its seq there. */
  #event = 0
  #seq: number

  constructor(session: string, after: number) {
    this.#session = session
    this.#seq = after
  }

  get seq(): number {
    return this.#seq
  }

  /** Resolves at the hello. */
  async enter(): Promise<void> {
    if (!(await this.#attempt())) throw new Error('socket refused')
  }

  /** Resolves when all that was missed has come, however often it has to knock. */
  async comeBack(): Promise<void> {
    while (!(await this.#attempt())) {
      sum.again++
      await Bun.sleep(AGAIN_MS * (1 + JITTER * (2 * Math.random() - 1)))
    }
  }

  drop(): void {
    const socket = this.#socket
    this.#socket = null
    if (!socket) return
    // What the network still holds does not arrive.
    socket.onmessage = null
    socket.terminate()
  }

  #attempt(): Promise<boolean> {
    const socket = openchatSocket(url, this.#session, this.#position)
    const until = this.#position === undefined ? HELLO : COMPLETED
    this.#socket = socket
    return new Promise(resolve => {
      socket.onerror = () => resolve(false)
      socket.onclose = () => resolve(false)
      socket.onmessage = ({ data }) => {
        const frame = data as string
        this.#take(frame)
        if (frame.startsWith(until)) resolve(true)
        else if (frame.startsWith(RESYNC)) {
          sum.resyncs++
          resolve(true)
        }
      }
    })
  }

  #take(frame: string): void {
    if (frame.startsWith(MESSAGE)) this.#account(frame)
    // It stands last.
    const at = frame.lastIndexOf(TOKEN)
    if (at >= 0) this.#position = frame.slice(at + TOKEN.length, frame.lastIndexOf('"'))
  }

  #account(frame: string): void {
    lastHeard = performance.now()
    const event = numberAfter(frame, '"event_id":"')
    if (event <= this.#event) {
      sum.repeated++
      return
    }
    this.#event = event
    const seq = numberAfter(frame, '"seq":')
    if (seq === this.#seq + 1) sum.messages++
    // A later one came, or one that should have come before: either way one is not where it belongs.
    else sum.lost += Math.max(1, seq - this.#seq - 1)
    this.#seq = seq
  }
}

let clients: readonly Client[] = []

const open = async (sessions: readonly string[], after: number): Promise<void> => {
  clients = sessions.map(session => new Client(session, after))
  for (let i = 0; i < clients.length; i += 100) await Promise.all(clients.slice(i, i + 100).map(each => each.enter()))
}

const resume = async (): Promise<void> => {
  startedAt = performance.now()
  const back = async (client: Client): Promise<void> => {
    await client.comeBack()
    resumedAfter.push(performance.now() - startedAt)
  }
  await Promise.all(clients.map(back))
}

const account = async (upTo: number): Promise<Account> => {
  lastHeard = performance.now()
  const behind = (): number => clients.reduce((missing, { seq }) => missing + Math.max(0, upTo - seq), 0)
  while (behind() > 0 && performance.now() - lastHeard < PATIENCE_MS) await Bun.sleep(10)
  return { resumedAfter, ...sum, lost: sum.lost + behind() }
}

const obey = async (ask: Ask): Promise<Account | null> => {
  switch (ask.type) {
    case 'open':
      url = ask.url
      await open(ask.sessions, ask.after)
      return null
    case 'drop':
      for (const client of clients) client.drop()
      return null
    case 'resume':
      await resume()
      return null
    case 'account':
      return account(ask.upTo)
  }
}

process.on('message', async ask => process.send?.(await obey(ask as Ask)))
