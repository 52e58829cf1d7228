// Channel `conversation:{id}`: what is said in one conversation, to and fro (section 8).
import type { JsonObject } from '../../base/json.ts'
import {
  type ConversationId,
  type Core,
  conversationStream,
  type Encoder,
  type Frame,
  faultIn,
  type Message,
  type MessageId,
  refuse,
  type Sink,
} from '../../core/index.ts'
import { type Channel, type ChannelHost, failed, type Outcome, ok } from './channel.ts'
import { messageDeleted, messageIdRequired, messageNotFound, unknownEvent } from './faults.ts'
import { judgeEdit, judgeMessage, messageIdIn } from './inbound.ts'
import type { Dependant, Persona } from './persona.ts'
import { CHANNEL_ENDS } from './projection.ts'
import type { Views } from './views.ts'

/** A typist who says no more stops after this (MS91). Milliseconds. */
const TYPING_TTL = 5000

interface Joining {
  readonly core: Core
  readonly views: Views
  readonly encoder: Encoder
  readonly host: ChannelHost
  readonly persona: Persona
  readonly id: ConversationId
  /** Unique over all channels of all sockets: whose typing this is. */
  readonly channelId: string
}

class ConversationChannel implements Channel, Sink, Dependant {
  readonly persona: Persona
  readonly #joining: Joining
  #state: 'joining' | 'open' | 'over' = 'joining'
  #subscription: Disposable | null = null
  #typed = false

  constructor(joining: Joining) {
    this.persona = joining.persona
    this.#joining = joining
  }

  get profileId(): string {
    return this.persona.profileId
  }

  /** Faults: conversation.unknown, member.required, credentials.wrong. */
  async join(): Promise<void> {
    const { core, encoder, id } = this.#joining
    this.persona.attach(this)
    try {
      await core.conversations.get(this.persona.actor, { id })
      const subscription = await core.feed.join(this, conversationStream(id), encoder, 'head')
      // Removed or revoked between the look and the subscription.
      if (this.#over) {
        subscription[Symbol.dispose]()
        refuse({ kind: this.persona.revoked ? 'credentials.wrong' : 'member.required' })
      }
      this.#subscription = subscription
    } catch (thrown) {
      this[Symbol.dispose]()
      throw thrown
    }
  }

  get #over(): boolean {
    return this.#state === 'over'
  }

  open(): void {
    if (this.#state === 'joining') this.#state = 'open'
  }

  deliver(frame: Frame): void {
    if (frame === CHANNEL_ENDS) this.#end()
    else if (this.#state === 'open') this.#joining.host.push(frame)
  }

  revoked(): void {
    this.#end()
  }

  // Once open, the conversation's own stream says it, at the exact place in the order of events.
  removedFrom(conversation: ConversationId): void {
    if (this.#state === 'joining' && conversation === this.#joining.id) this.#end()
  }

  #end(): void {
    const wasOpen = this.#state === 'open'
    this[Symbol.dispose]()
    if (wasOpen) this.#joining.host.end()
  }

  async handle(event: string, payload: JsonObject): Promise<Outcome> {
    switch (event) {
      case 'message:create':
        return this.#create(payload)
      case 'message:update':
        return this.#update(payload)
      case 'message:delete':
        return this.#delete(payload)
      case 'message:read':
        return this.#read(payload)
      case 'typing:start':
        return this.#type(true)
      case 'typing:stop':
        return this.#type(false)
      default:
        return failed(unknownEvent)
    }
  }

  async #create(payload: JsonObject): Promise<Outcome> {
    const { core, views, id } = this.#joining
    const draft = judgeMessage(payload)
    if (draft.type === 'invalid') return failed({ errors: draft.errors })
    const { message, repeated } = await core.messages.send(this.persona.actor, id, draft.value)
    return ok({ data: repeated ? await views.message(message) : views.stored(message) })
  }

  async #update(payload: JsonObject): Promise<Outcome> {
    const { core, views } = this.#joining
    return this.#onMessage(payload, async message => {
      const edit = judgeEdit(payload)
      if (edit.type === 'invalid') return failed({ errors: edit.errors })
      try {
        const edited = await core.messages.edit(this.persona.actor, message.id, { text: edit.value.body })
        return ok({ data: await views.message(edited.message) })
      } catch (thrown) {
        if (faultIn(thrown)?.kind === 'message.recalled') return failed(messageDeleted)
        throw thrown
      }
    })
  }

  async #delete(payload: JsonObject): Promise<Outcome> {
    const { core, views } = this.#joining
    return this.#onMessage(payload, async message => {
      const recalled = await core.messages.recall(this.persona.actor, message.id)
      return ok({ data: await views.message(recalled.message) })
    })
  }

  async #read(payload: JsonObject): Promise<Outcome> {
    const { core, id } = this.#joining
    return this.#onMessage(payload, async message => {
      await core.messages.markRead(this.persona.actor, id, message.id)
      return ok({ status: 'read' })
    })
  }

  /** Runs `work` on the message a push names, if it is one of this conversation (MS96). */
  async #onMessage(payload: JsonObject, work: (message: Message) => Promise<Outcome>): Promise<Outcome> {
    const named = messageIdIn(payload)
    if (named === 'missing') return failed(messageIdRequired)
    const message = named === 'unknown' ? null : await this.#find(named.id)
    return message ? work(message) : failed(messageNotFound)
  }

  async #find(messageId: MessageId): Promise<Message | null> {
    const { core, id } = this.#joining
    const { actor } = this.persona
    try {
      const message = await core.messages.get(actor, messageId)
      return message.conversation.id === id ? message : null
    } catch (thrown) {
      if (faultIn(thrown)?.kind !== 'message.unknown') throw thrown
      // To somebody outside every message is unknown: then it is the conversation that refuses (MS90).
      await core.conversations.get(actor, { id })
      return null
    }
  }

  async #type(active: boolean): Promise<Outcome> {
    const { core, id, channelId } = this.#joining
    this.#typed = true
    try {
      await core.typing.set(this.persona.actor, id, active, { linkId: channelId, ttlMs: TYPING_TTL })
    } catch (thrown) {
      // Who may not write may type: nobody is told (MS70).
      const kind = faultIn(thrown)?.kind
      if (kind === undefined || kind === 'conversation.unknown' || kind === 'member.required') throw thrown
    }
    return ok()
  }

  [Symbol.dispose](): void {
    if (this.#over) return
    this.#state = 'over'
    this.#subscription?.[Symbol.dispose]()
    this.persona.detach(this)
    if (this.#typed) this.#joining.core.typing.linkClosed(this.#joining.channelId)
  }
}

/** Joins; the channel is silent until it is opened. Faults: conversation.unknown, member.required, credentials.wrong. */
export const joinConversation = async (joining: Joining): Promise<Channel> => {
  const channel = new ConversationChannel(joining)
  await channel.join()
  return channel
}
