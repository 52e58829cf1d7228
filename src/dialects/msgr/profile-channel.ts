// Channel `profile:{id}`: what happens to one's own conversations, seen with one's own eyes (section 9).
import type { Clock } from '../../base/clock.ts'
import {
  type ConversationId,
  type Core,
  conversationOf,
  type Encoder,
  type Frame,
  faultIn,
  type Note,
  refuse,
  type Sink,
} from '../../core/index.ts'
import { type Channel, type ChannelHost, failed, type Outcome } from './channel.ts'
import { unknownEvent } from './faults.ts'
import type { Dependant, Persona } from './persona.ts'
import type { ProfileNotice } from './projection.ts'
import type { Views } from './views.ts'

/** Milliseconds from one round of news to the next: a busy conversation is looked up four times a second at most. */
const PACE = 250

interface Joining {
  readonly core: Core
  readonly clock: Clock
  readonly views: Views
  readonly encoder: Encoder
  readonly host: ChannelHost
  readonly persona: Persona
}

class ProfileChannel implements Channel, Sink, Dependant {
  readonly persona: Persona
  readonly #joining: Joining
  #state: 'joining' | 'open' | 'over' = 'joining'
  #subscription: Disposable | null = null
  /** What is still to be told, once per conversation. A round looks it up one by one, so the latest state is told. */
  readonly #untold = new Map<ConversationId, Exclude<ProfileNotice, 'conversation_removed'>>()
  #lookingUp: ConversationId | null = null
  #working = false
  #lastRound = Number.NEGATIVE_INFINITY
  #nextRound: Disposable | null = null

  constructor(joining: Joining) {
    this.persona = joining.persona
    this.#joining = joining
  }

  get profileId(): string {
    return this.persona.profileId
  }

  async join(): Promise<void> {
    this.persona.attach(this)
    try {
      const subscription = await this.#joining.core.feed.follow(this, this.#joining.encoder)
      this.#subscription = subscription
      if (this.#state === 'over') {
        subscription[Symbol.dispose]()
        // Revoked while joining: nothing else ends a profile's channel.
        refuse({ kind: 'credentials.wrong' })
      }
    } catch (thrown) {
      this[Symbol.dispose]()
      throw thrown
    }
  }

  open(): void {
    if (this.#state === 'joining') this.#state = 'open'
  }

  deliver(frame: Frame, note: Note): void {
    const id = conversationNamed(note)
    if (this.#state !== 'open' || id === null) return
    switch (frame as ProfileNotice) {
      case 'conversation_removed':
        this.#untold.delete(id)
        // What is being looked up is no longer his to see.
        if (this.#lookingUp === id) this.#lookingUp = null
        this.#joining.host.pushEvent('conversation_removed', { id })
        return
      case 'conversation_created':
        this.#untold.set(id, 'conversation_created')
        break
      case 'conversation_updated':
        // The news of it will show it as it is then.
        if (!this.#untold.has(id)) this.#untold.set(id, 'conversation_updated')
    }
    this.#workSoon()
  }

  #workSoon(): void {
    if (this.#working || this.#nextRound) return
    const { clock } = this.#joining
    const wait = this.#lastRound + PACE - clock.now()
    if (wait <= 0) this.#work()
    else this.#nextRound = clock.after(wait, () => this.#work())
  }

  #work(): void {
    const { clock, host } = this.#joining
    this.#working = true
    this.#nextRound = null
    this.#lastRound = clock.now()
    this.#tell()
      .catch(error => host.failed(error, 'telling of a conversation'))
      .finally(() => {
        this.#working = false
        // What came meanwhile, and what a failed look-up left behind.
        if (this.#untold.size > 0 && this.#state === 'open') this.#workSoon()
      })
  }

  async #tell(): Promise<void> {
    for (const id of [...this.#untold.keys()]) {
      const event = this.#untold.get(id)
      if (!event) continue
      this.#untold.delete(id)
      this.#lookingUp = id
      const data = await this.#lookUp(id)
      if (this.#state !== 'open') return
      if (data && this.#lookingUp === id) this.#joining.host.pushEvent(event, { data })
    }
    this.#lookingUp = null
  }

  /** Null when it has ended, or the person has left it, by now. */
  async #lookUp(id: ConversationId): Promise<object | null> {
    const { core, views } = this.#joining
    try {
      const view = await core.conversations.get(this.persona.actor, { id })
      return await views.conversation(this.persona.actor, view)
    } catch (thrown) {
      const kind = faultIn(thrown)?.kind
      if (kind === 'conversation.unknown' || kind === 'member.required') return null
      throw thrown
    }
  }

  revoked(): void {
    const wasOpen = this.#state === 'open'
    this[Symbol.dispose]()
    if (wasOpen) this.#joining.host.end()
  }

  removedFrom(): void {}

  async handle(): Promise<Outcome> {
    return failed(unknownEvent)
  }

  [Symbol.dispose](): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#untold.clear()
    this.#nextRound?.[Symbol.dispose]()
    this.#subscription?.[Symbol.dispose]()
    this.persona.detach(this)
  }
}

/** The conversation a notice is about. */
const conversationNamed = ({ stream, body }: Note): ConversationId | null =>
  body.type === 'membership.began' || body.type === 'membership.ended' ? body.conversation.id : conversationOf(stream)

/** Joins; the channel is silent until it is opened. */
export const joinProfile = async (joining: Joining): Promise<Channel> => {
  const channel = new ProfileChannel(joining)
  await channel.join()
  return channel
}
