// One Phoenix socket, over whatever transport: topics joined, left and pushed to (section 7).
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { type Actor, type Core, type Encoder, type Frame, faultIn, refuse } from '../../core/index.ts'
import type { Link, LinkHandler } from '../../host/dialect.ts'
import type { Framing, Incoming, Ref } from '../../wire/phoenix.ts'
import { type Caller, identify } from './auth.ts'
import { type Channel, type ChannelHost, failed, type Outcome, ok } from './channel.ts'
import { joinConversation } from './conversation-channel.ts'
import {
  internalReply,
  joinForbidden,
  joinUnauthorized,
  type SocketError,
  socketError,
  tooManyTopics,
  unmatchedTopic,
} from './faults.ts'
import { conversationTopic, parseTopic, type Topic } from './ids.ts'
import { fieldsOf, type Identity, identityIn } from './inbound.ts'
import { Persona } from './persona.ts'
import { joinProfile } from './profile-channel.ts'
import type { Views } from './views.ts'

/** Topics one socket may hold (MS82). */
const TOPICS = 500

/** Close code for what cannot be decoded (MS79). */
const UNDECODABLE = 1011

/**
 * Milliseconds a socket may stand that nobody has ever been let in through. Joining is what a client must do once connected
 * (section 7): until then it is a stranger's. A client that was merely slow comes back by itself, as after silence (MS81).
 */
const STRANGER_MS = 120_000
const STRANGER_CODE = 1002

/** What all sockets of one framing share. */
export interface SocketScope {
  readonly core: Core
  readonly clock: Clock
  readonly views: Views
  readonly framing: Framing
  readonly conversationEncoder: Encoder
  readonly profileEncoder: Encoder
  readonly log: Logger
}

type Decoded = Exclude<Incoming, { readonly type: 'undecodable' }>

/** A joined topic: the channel, and how the client named it. */
class Joined implements ChannelHost {
  readonly topic: string
  readonly joinRef: Ref
  channel: Channel | null = null
  readonly #socket: PhoenixSocket
  /** The topic as encoders spell it, in JSON, where the client spells it otherwise: it listens for its own spelling only. */
  readonly #canonical: string | null

  constructor(socket: PhoenixSocket, topic: string, canonical: string, joinRef: Ref) {
    this.#socket = socket
    this.topic = topic
    this.#canonical = canonical === topic ? null : JSON.stringify(canonical)
    this.joinRef = joinRef
  }

  push(tail: Frame): void {
    const text = String(tail)
    const spelled = this.#canonical === null ? text : text.replace(this.#canonical, () => JSON.stringify(this.topic))
    this.#socket.link.push(this.#socket.scope.framing.push(this.joinRef, spelled))
  }
  pushEvent(event: string, payload: object): void {
    this.push(this.#socket.scope.framing.tail(this.topic, event, payload))
  }
  end(): void {
    this.#socket.forget(this)
    this.#socket.link.push(this.#socket.scope.framing.close(this.joinRef, this.topic))
  }
  failed(error: unknown, doing: string): void {
    this.#socket.scope.log.error({ error }, doing)
  }
}

class PhoenixSocket implements LinkHandler {
  readonly scope: SocketScope
  readonly link: Link
  readonly #topics = new Map<string, Joined>()
  readonly #personas = new Map<string, Persona>()
  readonly #namesJoins: boolean
  #joins = 0
  #closed = false
  /** Runs until the first join that is granted. */
  #strange: Disposable | null

  constructor(scope: SocketScope, link: Link) {
    this.scope = scope
    this.link = link
    this.#namesJoins = scope.framing.vsn !== '1.0.0'
    this.#strange = scope.clock.after(STRANGER_MS, () => link.close(STRANGER_CODE, 'nothing joined'))
  }

  receive(frame: string | Uint8Array): Promise<void> {
    return this.take(this.scope.framing.decode(frame))
  }

  /** Handles one frame that has been read already. One at a time: the next when this has resolved (MS78). */
  async take(message: Incoming): Promise<void> {
    if (message.type === 'undecodable') return this.link.close(UNDECODABLE, message.reason)
    if (message.topic === 'phoenix') return this.#heartbeat(message)
    const joined = this.#topics.get(message.topic)
    switch (message.event) {
      case 'phx_join':
        return this.#join(message, joined)
      case 'phx_leave':
        return this.#leave(message, joined)
      default:
        return joined ? this.#push(message, joined) : this.#reply(null, message, failed(unmatchedTopic))
    }
  }

  closed(): void {
    this.#closed = true
    this.#known()
    for (const { channel } of this.#topics.values()) channel?.[Symbol.dispose]()
    this.#topics.clear()
    for (const persona of this.#personas.values()) persona[Symbol.dispose]()
    this.#personas.clear()
  }

  /** A channel has ended: its topic is free, and its person leaves with the last. */
  forget(joined: Joined): void {
    if (this.#topics.get(joined.topic) === joined) this.#topics.delete(joined.topic)
    if (joined.channel) this.#dismiss(joined.channel.persona)
  }

  #known(): void {
    this.#strange?.[Symbol.dispose]()
    this.#strange = null
  }

  /** Who asks nothing in particular is not answered (MS74). */
  #reply(joinRef: Ref, { ref, topic }: Decoded, { status, response }: Outcome): void {
    if (ref !== null) this.link.write(this.scope.framing.reply({ joinRef, ref, topic }, status, response))
  }

  #heartbeat(message: Decoded): void {
    this.#reply(null, message, message.event === 'heartbeat' ? ok() : failed(unmatchedTopic))
  }

  async #push(message: Decoded, joined: Joined): Promise<void> {
    // The reply leaves before the event it causes (MS86).
    using _ = this.link.hold()
    this.#reply(joined.joinRef, message, await this.#handle(message, joined))
  }

  async #handle({ event, payload }: Decoded, { channel }: Joined): Promise<Outcome> {
    try {
      // There is no binary message: its payload counts as none (MS80).
      return channel ? await channel.handle(event, fieldsOf(payload)) : failed(unmatchedTopic)
    } catch (thrown) {
      return failed(this.#explain(thrown, event))
    }
  }

  #explain(thrown: unknown, event: string): SocketError {
    const fault = faultIn(thrown)
    if (fault) return socketError(fault)
    this.scope.log.error({ error: thrown, event }, 'a push failed')
    return internalReply
  }

  #leave(message: Decoded, joined: Joined | undefined): void {
    if (!joined) {
      this.#reply(null, message, ok())
      return
    }
    // A late leave of an earlier join means nothing to this one (MS87); joins without a ref are left without one.
    if (this.#namesJoins && joined.joinRef !== null && joined.joinRef !== message.joinRef) return
    joined.channel?.[Symbol.dispose]()
    this.forget(joined)
    this.#reply(joined.joinRef, message, ok())
    this.link.write(this.scope.framing.close(joined.joinRef, joined.topic))
  }

  async #join(message: Decoded, earlier: Joined | undefined): Promise<void> {
    const topic = parseTopic(message.topic)
    if (!topic) return this.#reply(null, message, failed(unmatchedTopic))
    // Version 1 has no join_ref: its channels close under the ref of their join.
    const joinRef = this.#namesJoins ? message.joinRef : message.ref
    if (!earlier && this.#topics.size >= TOPICS) return this.#reply(joinRef, message, failed(tooManyTopics))
    const joined = new Joined(this, message.topic, canonicalOf(topic, message.topic), joinRef)
    try {
      joined.channel = await this.#open(topic, identityIn(fieldsOf(message.payload)), joined)
    } catch (thrown) {
      return this.#reply(joinRef, message, failed(this.#explainJoin(thrown)))
    }
    if (this.#closed) return joined.channel[Symbol.dispose]()
    // All at once: the earlier channel heard everything up to here, this one hears everything from here (MS88).
    this.#known()
    const standing = this.#topics.get(message.topic)
    this.#topics.set(message.topic, joined)
    joined.channel.open()
    this.#reply(joinRef, message, ok())
    if (!standing) return
    standing.channel?.[Symbol.dispose]()
    this.forget(standing)
    this.link.write(this.scope.framing.close(standing.joinRef, standing.topic))
  }

  #explainJoin(thrown: unknown): SocketError {
    switch (faultIn(thrown)?.kind) {
      case 'credentials.wrong':
        return joinUnauthorized
      case 'conversation.unknown':
      case 'member.required':
        return joinForbidden
      default:
        return this.#explain(thrown, 'phx_join')
    }
  }

  /** Faults: credentials.wrong; conversation.unknown, member.required (also: somebody else's profile). */
  async #open(topic: Topic, identity: Identity | null, host: Joined): Promise<Channel> {
    const { core, clock, views, conversationEncoder, profileEncoder } = this.scope
    if (identity === null) return refuse({ kind: 'credentials.wrong' })
    const caller = await identify(core, identity)
    const { id } = topic
    if (id === null || (topic.type === 'profile' && id !== caller.actor.profile.id)) {
      return refuse({ kind: 'conversation.unknown' })
    }
    const persona = await this.#personaOf(caller, identity)
    const shared = { core, views, host, persona }
    try {
      if (topic.type === 'profile') return await joinProfile({ ...shared, clock, encoder: profileEncoder })
      const channelId = `${this.link.id}/${++this.#joins}`
      return await joinConversation({ ...shared, encoder: conversationEncoder, id, channelId })
    } catch (thrown) {
      this.#dismiss(persona)
      throw thrown
    }
  }

  /** The one who asks, as this socket knows him already or from now on. */
  async #personaOf(caller: Caller, identity: Identity): Promise<Persona> {
    const key = keyOf(caller.credentialId, caller.actor)
    const standing = this.#personas.get(key)
    if (standing) return standing
    const persona = new Persona(caller)
    try {
      await persona.start(this.scope.core, identity)
    } catch (thrown) {
      persona[Symbol.dispose]()
      throw thrown
    }
    if (this.#closed) persona[Symbol.dispose]()
    else this.#personas.set(key, persona)
    return persona
  }

  /** Lets go of a person nobody is joined as any more. */
  #dismiss(persona: Persona): void {
    if (!persona.idle) return
    this.#personas.delete(keyOf(persona.credentialId, persona.actor))
    persona[Symbol.dispose]()
  }
}

const keyOf = (credentialId: string, { profile }: Actor): string => `${credentialId} ${profile.id}`

/** The topic as the encoders spell it. */
const canonicalOf = (topic: Topic, given: string): string =>
  topic.type === 'conversation' && topic.id !== null ? conversationTopic(topic.id) : given

/** A socket on a link of any transport. `take` is for transports that read frames themselves. */
export const openPhoenixSocket = (
  scope: SocketScope,
  link: Link,
): LinkHandler & { take(message: Incoming): Promise<void> } => new PhoenixSocket(scope, link)
