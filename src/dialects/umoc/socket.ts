// The socket: CONNECT judged, one attachment a link, every event handed on, the end told (sections C and K).
import {
  type Actor,
  type Encoder,
  type Frame,
  faultIn,
  type Note,
  type ProfileId,
  type RateRule,
  type Session,
  type Sink,
} from '../../core/index.ts'
import { networkOf } from '../../host/address.ts'
import type { Link, LinkHandler, RouteRequest } from '../../host/dialect.ts'
import { InOrder } from '../../host/in-order.ts'
import { createDecoder, type Decode, type Packet } from '../../wire/socket-io.ts'
import type { Loaders } from './deferred.ts'
import { dispatch, type EventTable } from './events/dispatch.ts'
import { INVALID_SESSION } from './events/session.ts'
import { connectErrorFrame, connectFrame, disconnectFrame, eventFrame } from './frames.ts'
import { printSeconds } from './ids.ts'
import type { Credentials, Scope } from './scope.ts'
import type { Sockets } from './sockets.ts'
import { messageOf, Refused, refused, texts } from './words.ts'

/** What all sockets share. */
export interface SocketScope {
  readonly scope: Scope
  readonly sockets: Sockets
  readonly encoder: Encoder
  readonly loaders: Loaders
  readonly events: EventTable
}

/** Connects by one address (UM131). */
const CONNECTS: RateRule = { name: 'umoc connect', count: 120, perMs: 60_000 }

/** Milliseconds a link may stay without a connected socket. */
const CONNECT_WITHIN = 45_000

/** Close codes: the session is over, or nobody connected; the client broke the protocol; something of ours failed. */
const closeCodes = { over: 1000, protocol: 1002, broken: 1011 } as const

/** What a client gave as credentials: the CONNECT packet's word goes before the query's, field by field (UM31). */
const credentialsIn = (auth: unknown, query: Given): Given => {
  const given = typeof auth === 'object' && auth !== null ? (auth as Readonly<Record<string, unknown>>) : {}
  return { sessionID: given.sessionID ?? query.sessionID, token: given.token ?? query.token }
}

interface Given {
  readonly sessionID: unknown
  readonly token: unknown
}

/** Refused in this order: something missing, then something wrong (UM30, UM33). */
const judge = ({ sessionID, token }: Given, requireToken: boolean): Credentials => {
  const absent = (value: unknown): boolean => value === undefined || value === null || value === ''
  if (absent(sessionID) || (absent(token) && requireToken)) return refused(texts.authenticationRequired)
  if (typeof sessionID !== 'string') return refused(texts.invalidSession)
  if (absent(token)) return { sessionID, token: null }
  return typeof token === 'string' ? { sessionID, token } : refused(texts.invalidSession)
}

/** One connected socket: hears everything that concerns its person, and acts for him. */
class Attachment implements Sink {
  readonly profileId: ProfileId
  readonly #shared: SocketScope
  readonly #link: Link
  readonly #actor: Actor
  readonly #credentials: Credentials
  /** Once a frame had to be loaded: ten thousand idle sockets own none. */
  #frames: InOrder | null = null
  #state: 'attaching' | 'open' | 'over' = 'attaching'
  readonly #held: Disposable[] = []

  constructor(shared: SocketScope, link: Link, actor: Actor, credentials: Credentials) {
    this.#shared = shared
    this.#link = link
    this.#actor = actor
    this.#credentials = credentials
    this.profileId = actor.profile.id
  }

  get over(): boolean {
    return this.#state === 'over'
  }

  /** Follows all that concerns the person: what is committed after this has resolved is not missed. Answers when the session expires. */
  async attach(session: Session): Promise<number> {
    const { scope, sockets, encoder } = this.#shared
    const { core, umoc } = scope
    const place = sockets.admit(session.id, () => this.#stayAlive())
    if (!place) return refused(texts.rateLimited)
    this.#hold(place)
    this.#hold(await core.feed.follow(this, encoder))
    // A session that ended before this was attached has told it nothing.
    const { actor } = await this.#shared.scope.identify(this.#credentials)
    this.#hold(await core.presence.connect(actor))
    return core.sessions.active(actor, umoc.sessionTtlMs)
  }

  /** The client has been told that it is connected. */
  open(): void {
    if (this.#state === 'attaching') this.#state = 'open'
  }

  deliver(frame: Frame, note: Note): void {
    if (note.body.type === 'session.ended') {
      if (note.body.sessionId === this.#actor.sessionId) this.end()
      return
    }
    const load = this.#shared.loaders.get(frame)
    if (!load && !this.#frames) {
      this.#link.push(frame)
      return
    }
    this.#frames ??= new InOrder(
      loaded => this.#push(loaded),
      error => this.#broke(error),
    )
    this.#frames.add(load ? () => load(this.#shared.scope, this.#actor, note) : frame)
  }

  /** The person as he is now; null when the session is over, and then the socket is, too. */
  async attend(): Promise<Actor | null> {
    if (this.over) return null
    const { core, umoc } = this.#shared.scope
    try {
      const { actor } = await this.#shared.scope.identify(this.#credentials)
      await core.sessions.active(actor, umoc.sessionTtlMs)
      return actor
    } catch (thrown) {
      if (faultIn(thrown)?.kind !== 'session.invalid') throw thrown
      this.end()
      return null
    }
  }

  /** Tells the client that its session is over, so that it does not come back by itself (UM38). One that is not connected yet is refused. */
  end(): void {
    const wasOpen = this.#state === 'open'
    this[Symbol.dispose]()
    if (!wasOpen) return
    this.#link.write(eventFrame('session_status', INVALID_SESSION))
    this.#link.write(disconnectFrame)
    this.#link.close(closeCodes.over, 'session over')
  }

  [Symbol.dispose](): void {
    if (this.over) return
    this.#state = 'over'
    for (const held of this.#held.splice(0).reverse()) held[Symbol.dispose]()
    this.#shared.scope.core.typing.linkClosed(this.#link.id)
  }

  /** Until the socket is gone; at once if it is by now. */
  #hold(held: Disposable): void {
    if (this.over) held[Symbol.dispose]()
    else this.#held.push(held)
  }

  /** A frame may have been loaded too late. */
  #push(frame: Frame): void {
    if (!this.over) this.#link.push(frame)
  }

  /** An open socket is activity enough for the session to go on (UM37). */
  async #stayAlive(): Promise<void> {
    const { core, umoc } = this.#shared.scope
    await core.sessions.active(this.#actor, umoc.sessionTtlMs)
  }

  /** What it would say from here on would have a gap. */
  #broke(error: unknown): void {
    this.#shared.scope.log.error({ error, link: this.#link.id }, 'a frame could not be made')
    this[Symbol.dispose]()
    this.#link.close(closeCodes.broken, 'internal error')
  }
}

/** A link, connected or not. Packets come one at a time, in order (UM47). */
class Connection implements LinkHandler {
  readonly #shared: SocketScope
  readonly #link: Link
  readonly #query: Given
  readonly #network: string
  readonly #decode: Decode
  #attachment: Attachment | null = null
  #sessionID = ''
  #waiting: Disposable | null = null
  #closed = false

  constructor(shared: SocketScope, link: Link, { query, address }: Pick<RouteRequest, 'query' | 'address'>) {
    this.#shared = shared
    this.#link = link
    this.#query = { sessionID: query.get('sessionID'), token: query.get('token') }
    this.#network = networkOf(address)
    this.#decode = createDecoder()
    this.#wait()
  }

  receive(frame: string | Uint8Array): Promise<void> | void {
    const packet = this.#decode(frame)
    if (packet === 'malformed') return this.#violate()
    return packet === null ? undefined : this.#take(packet)
  }

  closed(): void {
    this.#closed = true
    this.#waiting?.[Symbol.dispose]()
    this.#attachment?.[Symbol.dispose]()
  }

  #take(packet: Packet): Promise<void> | void {
    if (packet.type === 'connect') return this.#attachment ? this.#violate() : this.#connect(packet)
    const attachment = this.#attachment
    if (!attachment || packet.namespace !== '/') return this.#violate()
    switch (packet.type) {
      case 'disconnect':
        return this.#detach(attachment)
      case 'event':
        return this.#carryOut(attachment, packet)
      default:
        // An acknowledgement nobody asked for.
        return
    }
  }

  #carryOut(attachment: Attachment, incoming: Packet & { readonly type: 'event' }): Promise<void> {
    const { scope, events } = this.#shared
    const attend = () => attachment.attend()
    return dispatch(events, { scope, link: this.#link, sessionID: this.#sessionID, attend }, incoming)
  }

  /** There is one namespace. A refusal leaves the link open, so that the client hears it and may try again (UM33). */
  async #connect({ namespace, auth }: Packet & { readonly type: 'connect' }): Promise<void> {
    if (namespace !== '/') return this.#link.write(connectErrorFrame('Invalid namespace', namespace))
    // The connection is told before anything that happens after it.
    using _ = this.#link.hold()
    let attachment: Attachment | null = null
    try {
      const { scope } = this.#shared
      await scope.core.spend(CONNECTS, this.#network)
      const credentials = judge(credentialsIn(auth, this.#query), scope.umoc.requireToken)
      const { actor, session } = await scope.identify(credentials)
      attachment = new Attachment(this.#shared, this.#link, actor, credentials)
      const expires = await attachment.attach(session)
      if (this.#closed) return attachment[Symbol.dispose]()
      if (attachment.over) return refused(texts.invalidSession)
      this.#attachment = attachment
      this.#sessionID = credentials.sessionID
      attachment.open()
      this.#waiting?.[Symbol.dispose]()
      this.#welcome(actor, expires)
    } catch (thrown) {
      attachment?.[Symbol.dispose]()
      this.#link.write(connectErrorFrame(this.#explain(thrown)))
    }
  }

  #welcome({ profile }: Actor, expires: number): void {
    this.#link.write(connectFrame(this.#link.id))
    const { num, handle } = profile
    const welcome = { user_id: num, username: handle, session_expires: printSeconds(expires) }
    this.#link.write(eventFrame('connection_successful', welcome))
  }

  #explain(thrown: unknown): string {
    if (thrown instanceof Refused) return thrown.message
    const fault = faultIn(thrown)
    if (fault) return messageOf(fault)
    this.#shared.scope.log.error({ error: thrown, link: this.#link.id }, 'connecting a socket failed')
    return texts.internal
  }

  /** The client left the namespace; the link may connect again. */
  #detach(attachment: Attachment): void {
    this.#attachment = null
    attachment[Symbol.dispose]()
    this.#wait()
  }

  #wait(): void {
    this.#waiting = this.#shared.scope.clock.after(CONNECT_WITHIN, () =>
      this.#link.close(closeCodes.over, 'nobody connected'),
    )
  }

  #violate(): void {
    this.#link.close(closeCodes.protocol, 'protocol error')
  }
}

/** Called once a session of the transport, before any packet; authenticates nothing (UM33). */
export const openSocket =
  (shared: SocketScope) =>
  (link: Link, request: RouteRequest): LinkHandler =>
    new Connection(shared, link, request)
