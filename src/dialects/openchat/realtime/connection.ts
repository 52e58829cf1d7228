// One client that listens, by whatever transport carries its frames (OC113 to OC119, OC123, OC124).
import { randomToken } from '../../../base/id.ts'
import { sign } from '../../../base/secret.ts'
import {
  type ConversationId,
  type Encoder,
  type Event,
  type Frame,
  isEvent,
  type Note,
  type Sink,
  spaceStream,
  type Watcher,
} from '../../../core/index.ts'
import type { Link } from '../../../host/dialect.ts'
import { InOrder } from '../../../host/in-order.ts'
import type { Identity } from '../auth.ts'
import type { Deferred } from '../deferred.ts'
import { API_VERSION } from '../http.ts'
import { printTime } from '../ids.ts'
import { inOwnStream, markerIn } from '../projection.ts'
import type { Scope } from '../scope.ts'
import { HEARTBEAT_MS, RECONNECT } from '../settings.ts'
import { printPassing, withToken } from './envelope.ts'
import { judgeStill } from './handshake.ts'
import { lingering } from './linger.ts'
import { isLayout, type Replay, replaySince } from './replay.ts'
import type { ServerFeeds } from './server-feed.ts'
import { Views } from './views.ts'

/** WebSocket close codes (OC119); the other transports just end. */
export const closeCodes = { session: 4401, membership: 4403, broken: 1011, shutdown: 1012, slow: 1013 } as const

/** What connections of all transports are made of. */
export interface Realtime {
  readonly scope: Scope
  readonly feeds: ServerFeeds
  readonly deferred: Deferred
}

/** The public names of a device and of one connection: they lead nowhere else (OC118). */
const deviceTag = ({ core }: Pick<Scope, 'core'>, { actor, deviceId }: Identity): string =>
  `d_${sign(core.keyFor('openchat device'), `${actor.accountId} ${deviceId}`).slice(0, 16)}`

/** Milliseconds until a client comes back to a server that goes down. */
const COME_BACK_MS = 1000

export class Connection implements Sink {
  readonly profileId: string
  readonly identity: Identity
  /** What the others see of this connection (OC118). */
  readonly watcher: Watcher
  readonly #comesAndGoes: boolean
  readonly #realtime: Realtime
  readonly #link: Link
  readonly #inOrder: InOrder
  readonly #views: Views
  readonly #attached: Disposable[] = []
  /** What comes in before what was missed has gone out; null from then on. */
  #held: [frame: Frame, note: Note][] | null = []
  /** The last event after which all channels are shown anew, as they are then: those that still wait before it need not be. */
  #lastLayout: Event | null = null
  /** The last presence change shown: it is told in several streams. */
  #lastChange = ''

  /** `comesAndGoes`: over a transport that has to end to ask for something else. */
  constructor(realtime: Realtime, link: Link, identity: Identity, comesAndGoes = false) {
    this.#comesAndGoes = comesAndGoes
    this.#realtime = realtime
    this.#link = link
    this.identity = identity
    this.profileId = identity.actor.profile.id
    this.watcher = { id: `c_${randomToken(9)}`, device: deviceTag(realtime.scope, identity) }
    this.#inOrder = new InOrder(
      frame => link.push(frame),
      error => this.#break(error),
    )
    this.#views = new Views(realtime, this)
  }

  /**
   * Says hello, then what was missed since the token, then what comes. Rejects before anything is said. Faults:
   * session.invalid and space.required (ended while this was under way).
   */
  async open(token: string | null): Promise<void> {
    const { scope, feeds } = this.#realtime
    const { actor, space } = this.identity
    const { feed, presence } = scope.core
    const encoder = feeds.encoderOf(space)
    const fresh = feeds.tokens.print(await feed.now())
    try {
      // In this order: what commits after the log was read comes live, and what comes twice is known by its place.
      this.#attached.push(await feed.join(this, spaceStream(space), encoder, 'head'))
      this.#attached.push(await feed.follow(this, encoder))
      await judgeStill(scope, this.identity)
      const missed = token === null ? null : await replaySince(this.#realtime, this.identity, token)
      this.#attached.push(await (this.#comesAndGoes ? lingering(scope, actor) : presence.connect(actor)))
      this.#begin(fresh, token, missed)
    } catch (error) {
      this.closed()
      throw error
    }
  }

  deliver(frame: Frame, note: Note): void {
    if (this.#held) this.#held.push([frame, note])
    else this.#pass(frame, note)
  }

  /** An answer to this client, in its place among the broadcasts: the numbers of what passes rise (OC112). */
  say(type: string, payload: object, about: { channelId?: string; requestId?: string | undefined } = {}): void {
    this.#inOrder.add(this.#print(type, payload, about))
  }

  /** Passes a signal on as if it had come now. */
  #again(signal: Exclude<Note, Event>, encoder: Encoder): void {
    for (const { frame, except } of encoder.encode(signal)) {
      if (!except?.includes(this.profileId)) this.#signal(frame, signal)
    }
  }

  get views(): Views {
    return this.#views
  }

  draining(): void {
    this.#lastWord('chat.server.draining', { retry_after_ms: COME_BACK_MS })
  }

  closed(): void {
    this.#realtime.scope.core.typing.linkClosed(this.#link.id)
    this.#views.closed()
    for (const each of this.#attached.splice(0)) each[Symbol.dispose]()
  }

  get linkId(): string {
    return this.#link.id
  }

  get #uid(): string {
    const { actor, space } = this.identity
    return this.#realtime.scope.uids.of(space, actor.profile)
  }

  #begin(fresh: string, token: string | null, missed: Replay | null): void {
    const resumed = missed?.type === 'frames'
    this.#hello(resumed && token !== null ? token : fresh, resumed)
    if (missed?.type === 'frames') {
      for (const frame of missed.frames) this.#link.push(frame)
      const replayed = missed.frames.length
      this.#control('chat.resume.completed', { replayed, resume_token: missed.token }, missed.token)
    } else if (missed) {
      this.#control('resync_required', { reason: missed.reason, resume_token: fresh }, fresh)
    }
    const encoder = this.#realtime.feeds.encoderOf(this.identity.space)
    const held = this.#held ?? []
    this.#held = null
    for (const [frame, note] of held) {
      if (!isEvent(note)) this.#again(note, encoder)
      else if (missed?.type !== 'frames' || note.seq > (missed.read.get(note.stream) ?? 0)) this.#pass(frame, note)
      else this.#endAt(frame, note)
    }
  }

  #load(frame: Frame, event: Event): Promise<Frame | null> {
    const marker = markerIn(frame)
    const overtaken = isLayout(event) && event !== this.#lastLayout
    if (marker?.type !== 'deferred' || overtaken) return Promise.resolve(null)
    const { actor, space } = this.identity
    return this.#realtime.deferred(marker.frame, marker.token, event, actor, space)
  }

  #pass(frame: Frame, note: Note): void {
    if (!isEvent(note)) {
      this.#signal(frame, note)
      return
    }
    if (isLayout(note)) this.#lastLayout = note
    const marker = markerIn(frame)
    if (!marker) this.#inOrder.add(frame)
    else if (marker.type === 'own') this.#inOrder.add(inOwnStream(marker.frame, this.#uid))
    else if (marker.type === 'deferred') this.#inOrder.add(() => this.#load(frame, note))
    this.#endAt(frame, note)
  }

  /** What an event ends here: the view of a channel, or the whole connection. */
  #endAt(frame: Frame, { body }: Event): void {
    const marker = markerIn(frame)
    if (body.type === 'membership.ended') this.#views.close(body.conversation.id)
    else if (marker?.type === 'membership-ended') this.#link.close(closeCodes.membership, '')
    else if (marker?.type === 'session-ended') this.#endSession(body)
  }

  #endSession(body: Event['body']): void {
    if (body.type !== 'session.ended' || body.sessionId !== this.identity.session.id) return
    this.#lastWord('chat.session.revoked', { session_id: body.sessionId, reason: 'revoked' })
    this.#link.close(closeCodes.session, '')
  }

  /** Of people each change once; of a channel once its list of who is there has been told. */
  #signal(frame: Frame, note: Exclude<Note, Event>): void {
    const { body } = note
    if (body.type === 'presence') {
      if (markerIn(frame)) {
        if (body.conversationId !== null) this.#views.presence(body.conversationId, body.person, body.online)
        return
      }
      if (body.change === this.#lastChange || body.person.id === this.profileId) return
      this.#lastChange = body.change
    } else {
      const channel = body.conversation.id
      if (!this.#views.has(channel)) return
      if (body.type === 'watching' && body.watcher.id === this.watcher.id) return
      const encoder = this.#realtime.feeds.viewEncoderOf(this.identity.space)
      if (this.#views.later(channel, () => this.#again(note, encoder))) return
    }
    this.#inOrder.add(frame)
  }

  #hello(token: string, resumed: boolean): void {
    const { scope } = this.#realtime
    const { session, deviceId } = this.identity
    const payload = {
      connection_id: this.watcher.id,
      session_id: session.id,
      user_uid: this.#uid,
      device_id: deviceId,
      resume_token: token,
      resumed,
      heartbeat_interval_ms: HEARTBEAT_MS,
      reconnect: RECONNECT,
      api_version: API_VERSION,
      server_time: printTime(scope.clock.now()),
    }
    this.#control('chat.hello', payload, token)
  }

  /** A word that carries a position. */
  #control(type: string, payload: object, token: string): void {
    this.#link.write(withToken(this.#print(type, payload), token))
  }

  /** Goes out before the link closes, whatever is still being loaded. */
  #lastWord(type: string, payload: object): void {
    this.#link.write(this.#print(type, payload))
  }

  #print(
    type: string,
    payload: object,
    { channelId, requestId }: { channelId?: string; requestId?: string | undefined } = {},
  ): string {
    const { scope, feeds } = this.#realtime
    const { space } = this.identity
    const fields = { type, space, at: scope.clock.now(), payload, requestId, ...(channelId && { channelId }) }
    return printPassing(fields, feeds.tick())
  }

  /** Nothing may be left out, so the client is to come back and resume. */
  #break(error: unknown): void {
    this.#realtime.scope.log.error({ error, link: this.#link.id }, 'a frame could not be loaded')
    this.#link.close(closeCodes.broken, '')
  }

  /** Opens a channel on this connection; the answer is said before the first word about who is there (OC116). */
  async subscribe(channelId: ConversationId, requestId?: string): Promise<void> {
    const answered = (): void => this.say('chat.subscribed', { channel_id: channelId }, { channelId, requestId })
    await this.#views.open(channelId, answered)
  }
}
