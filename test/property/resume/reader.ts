// A client that may die at any moment: it took some prefix of what was sent, and knows the last position in it.
import type { Actor } from '../../../src/core/index.ts'
import type { Envelope, Stage, Wire } from './stage.ts'

export class Reader {
  readonly #stage: Stage
  readonly #who: Actor
  /** Everything it took, over all its connections. */
  readonly taken: Envelope[] = []
  readonly faults: string[] = []
  #token: string | null = null
  /** The position from which on it is owed everything. */
  #owedFrom = 0
  #wire: Wire | null = null
  /** Frames of the wire taken so far. */
  #read = 0
  /** The token with which this connection began. */
  #shown: string | null = null
  /** Hello has said that this is a new beginning. */
  #wantsReason = false
  /** The last number taken of each stream on this connection. */
  #last = new Map<string, string>()

  constructor(stage: Stage, who: Actor) {
    this.#stage = stage
    this.#who = who
  }

  get token(): string | null {
    return this.#token
  }

  get owedFrom(): number {
    return this.#owedFrom
  }

  get connected(): boolean {
    return this.#wire !== null
  }

  /** Opens a link; what it had goes on for as long as nothing else is said. */
  async connect(comesAndGoes: boolean, shown = this.#token): Promise<void> {
    if (this.#wire) await this.die(Number.POSITIVE_INFINITY)
    this.#wire = this.#stage.connect(this.#who, shown, comesAndGoes)
    this.#read = 0
    this.#shown = shown
    this.#wantsReason = false
    this.#last = new Map()
  }

  /** Takes so many more of the frames that came, and no more of this link ever. */
  async die(more: number): Promise<void> {
    const wire = this.#wire
    if (!wire) return
    await wire.opened.catch(error => this.faults.push(`refused: ${error}`))
    await this.take(more)
    this.#wire = null
    wire.cut()
    if (wire.code !== null) this.faults.push(`closed with ${wire.code}`)
  }

  async take(more: number): Promise<void> {
    const wire = this.#wire
    if (!wire) return
    const { frames } = wire
    for (const frame of frames.slice(this.#read, Math.min(frames.length, this.#read + more))) {
      this.#read++
      // A beginning owes what commits after it was said; what was there before is to be loaded.
      if (frame.type === 'chat.hello' && !frame.payload.resumed) this.#owedFrom = positionIn(await wire.begun)
      this.#takeOne(frame)
    }
  }

  /** One poll: answered and lost, taken in part, or taken whole. */
  async poll(fields: { readonly wait: number; readonly limit: number; readonly more: number }): Promise<void> {
    if (this.#token === null) return
    const token = this.#token
    const { events, resume_token } = await this.#stage.poll(this.#who, { token, ...fields })
    // The link spoke meanwhile: whoever mixes the two takes none of this.
    if (this.#wire || token !== this.#token) return
    this.#last = new Map()
    this.#wantsReason = false
    for (const frame of events.slice(0, fields.more)) this.#takeOne(frame)
    if (fields.more >= events.length) this.#token = resume_token
  }

  /** Reads on until nothing more comes. */
  async finish(comesAndGoes: boolean): Promise<void> {
    await this.connect(comesAndGoes)
    await this.#wire?.opened.catch(error => this.faults.push(`refused: ${error}`))
    await this.die(Number.POSITIVE_INFINITY)
  }

  #takeOne(frame: Envelope): void {
    const { stream, event_id, type, payload, resume_token } = frame
    this.taken.push(frame)
    if (type === 'chat.hello' && !payload.resumed) {
      // Hello says that it is a new beginning; where a token was shown, the next frame says why.
      this.#wantsReason = this.#shown !== null
    } else {
      if (this.#wantsReason && type !== 'resync_required') this.faults.push(`a new beginning without a word: ${type}`)
      this.#wantsReason = false
    }
    const before = this.#last.get(stream) ?? ''
    if (event_id <= before) this.faults.push(`${stream}: ${event_id} after ${before} on one connection`)
    this.#last.set(stream, event_id)
    if (stream !== 'signal' && resume_token === undefined) this.faults.push(`${type} without a position`)
    this.#token = resume_token ?? this.#token
  }
}

/** The place in the log, as the store prints it: known to this test only. */
const positionIn = (token: string): number => Number(token.split('~')[0]?.split('.').at(-1))
