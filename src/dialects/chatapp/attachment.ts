// One attached socket: history, then what happens; sends, pings and typing the other way (CA64 to CA78).
import {
  type Actor,
  type ConversationId,
  type Core,
  type Frame,
  faultIn,
  type Message,
  type MessageId,
  type Note,
  type ProfileId,
  type Sink,
  type Time,
} from '../../core/index.ts'
import type { Link, LinkHandler } from '../../host/dialect.ts'
import { InOrder } from '../../host/in-order.ts'
import { newestAccessEnd } from './auth.ts'
import type { Ready } from './contract.frames.ts'
import type { Deferred } from './deferred.ts'
import { errorFrame, refuseFrame } from './faults.socket.ts'
import { rates } from './http.ts'
import { GENERAL } from './ids.ts'
import { type Command, judgeFrame } from './inbound.frames.ts'
import type { Outgoing } from './inbound.ts'
import { printPlace } from './outbound.ts'
import { ownUser } from './people.ts'
import { asDeferred, type Encoders, SESSION_END, UNSENT } from './projection.ts'
import type { Scope } from './scope.ts'

export const closeCodes = { refused: 4001, mismatch: 4003, dropped: 1006 } as const

/** Messages of a history, and of one that goes on behind a message the client knows (CA64, CA65). */
const HISTORY = 50
const RESUMED = 1000
/** Bytes of a history: the newest that fit, so that no amount of long messages keeps a socket from opening. */
const HISTORY_BYTES = 8 * 1024 * 1024
/** How long a typist is shown as typing unless he says so again. */
const TYPING_MS = 10_000
/** Changes of presence remembered: a change is told in each conversation, one right after the other. */
const CHANGES = 64
/** The longest wait of one timer, and the wait until a session that could not be looked up is looked up again. */
const LONGEST_MS = 24 * 3600_000
const RETRY_MS = 1000
/** How late a message may come live that the history has shown already: events may travel between nodes. */
const LATE_MS = 60_000

/** What the client asked for in the URL (CA59). */
export interface Wishes {
  readonly channel: string | null
  readonly since: MessageId | null
  readonly events: boolean
}

/** What all sockets share. */
export interface SocketScope extends Scope {
  readonly encoders: Encoders
  readonly deferred: Deferred
}

interface Kept {
  readonly frame: Frame
  readonly note: Note
}

/** What the history has shown, so that it does not come a second time. */
interface Shown {
  readonly ids: ReadonlySet<MessageId>
  /** What is older than a full history is not to come behind it. */
  readonly from: MessageId
}

export class Attachment implements Sink, LinkHandler {
  readonly profileId: ProfileId
  readonly #scope: SocketScope
  readonly #link: Link
  readonly #actor: Actor
  readonly #sid: string
  readonly #wishes: Wishes
  readonly #down: InOrder
  /** What comes while the history is not written yet; null from then on. */
  #kept: Kept[] | null = []
  #shown: Shown | null = null
  #changes: string[] | null = null
  /** The channel last sent to by name or id, by its id: the name may become another's (CA71). */
  #channel: string | null
  #following: Disposable | null = null
  #presence: Disposable | null = null
  #expiry: Disposable | null = null
  #watched = false
  #closed = false

  constructor(
    scope: SocketScope,
    link: Link,
    identity: { readonly actor: Actor; readonly sid: string },
    wishes: Wishes,
  ) {
    this.#scope = scope
    this.#link = link
    this.#actor = identity.actor
    this.#sid = identity.sid
    this.#wishes = wishes
    this.#channel = wishes.channel
    this.profileId = identity.actor.profile.id
    this.#down = new InOrder(
      frame => link.push(frame),
      error => this.#broke(error),
    )
  }

  /** When it resolves, the history is written, and whatever is committed from then on follows it. */
  async attach(): Promise<void> {
    const { core, encoders } = this.#scope
    try {
      this.#following = await core.feed.follow(this, this.#wishes.events ? encoders.full : encoders.plain)
      // A session that ended before this was attached has told it nothing.
      if (!(await this.#watch())) return
      this.#presence = await core.presence.connect(this.#actor)
      await this.#begin()
    } catch (error) {
      this.closed()
      throw error
    }
  }

  deliver(frame: Frame, note: Note): void {
    if (frame === SESSION_END) {
      if (note.body.type === 'session.ended' && note.body.sessionId === this.#actor.sessionId) this.#end()
    } else if (this.#kept) {
      this.#kept.push({ frame, note })
    } else {
      this.#pass(frame, note)
    }
  }

  async receive(frame: string | Uint8Array): Promise<void> {
    const command = judgeFrame(frame)
    try {
      await this.#do(command)
    } catch (error) {
      const text = errorFrame(error, 'clientId' in command ? command.clientId : null)
      if (text === null) throw error
      this.#down.add(text)
    }
  }

  closed(): void {
    this.#closed = true
    this.#scope.core.typing.linkClosed(this.#link.id)
    this.#following?.[Symbol.dispose]()
    this.#presence?.[Symbol.dispose]()
    this.#expiry?.[Symbol.dispose]()
  }

  // Down

  /** The history, what else the client asked for, then what came meanwhile and is in neither: all in one step. */
  async #begin(): Promise<void> {
    const history = await this.#history()
    const frames = newest(history.messages.map(this.#scope.printJson), HISTORY_BYTES)
    if (this.#wishes.events) frames.push(JSON.stringify(await this.#ready(frames.length)))
    for (const frame of frames) this.#link.write(frame)
    const kept = this.#kept ?? []
    this.#kept = null
    // One that was taken back before the history was read is in neither.
    const recalled = kept.flatMap(({ note: { body } }) => (body.type === 'message.recalled' ? body.message.id : []))
    const ids = history.messages.map(message => message.id)
    this.#shown = { ids: new Set([...ids, ...recalled]), from: history.full ? (ids[0] ?? '') : '' }
    for (const { frame, note } of kept) this.#pass(frame, note)
  }

  /** `full`: there may be older ones. */
  async #history(): Promise<{ readonly messages: readonly Message[]; readonly full: boolean }> {
    const { since } = this.#wishes
    const resumed = since === null ? null : await this.#messagesAfter(since)
    const messages = resumed ?? (await this.#scope.core.messages.recent(this.#actor, { limit: HISTORY }))
    return { messages, full: messages.length >= (resumed ? RESUMED : HISTORY) }
  }

  /** Null when there is no such message (CA65). */
  async #messagesAfter(since: MessageId): Promise<readonly Message[] | null> {
    try {
      return await this.#scope.core.messages.recent(this.#actor, { limit: RESUMED, after: since })
    } catch (error) {
      if (faultIn(error)?.kind === 'target.unknown') return null
      throw error
    }
  }

  /** CA75. */
  async #ready(history: number): Promise<Ready> {
    const { core, channels } = this.#scope
    const views = await channels.own(this.#actor)
    const online = await core.presence.online(this.#actor, 'co-member')
    return {
      type: 'ready',
      user: await ownUser(core, this.#actor),
      channels: views.map(({ ref }) => printPlace(ref, this.profileId)),
      online: online.map(profile => profile.handle),
      history,
    }
  }

  #pass(frame: Frame, note: Note): void {
    const { body } = note
    if (frame === UNSENT || (body.type === 'message.sent' && this.#wasShown(body.message.id))) return
    if (body.type === 'presence' && !this.#isNews(body.change)) return
    const type = asDeferred(frame)
    this.#down.add(type === null ? frame : () => this.#scope.deferred(type, note, this.#actor))
  }

  #wasShown(id: MessageId): boolean {
    return this.#shown !== null && (id < this.#shown.from || this.#shown.ids.has(id))
  }

  /** A change comes once for every conversation shared with the person, and is shown once (CA76). */
  #isNews(change: string): boolean {
    this.#changes ??= []
    if (this.#changes.includes(change)) return false
    if (this.#changes.push(change) > CHANGES) this.#changes.shift()
    return true
  }

  // Up

  async #do(command: Command): Promise<void> {
    switch (command.type) {
      case 'send':
        return this.#send(command)
      case 'ping':
        return this.#down.add(JSON.stringify({ type: 'pong', ...command.echo }))
      case 'typing':
        return this.#setTyping(command.channel, command.active)
      case 'amiss':
        return refuseFrame(command.code)
    }
  }

  async #send({ content, channel, clientId }: Outgoing): Promise<void> {
    const { core, printJson } = this.#scope
    const draft = { kind: 'text', text: content, clientKey: clientId } as const
    const sent = await this.#within(channel, id => core.messages.send(this.#actor, id, draft))
    if (channel !== null) this.#channel = sent.message.conversation.id
    // Nobody is told of a repeat: only who repeats needs the answer (CA56).
    if (sent.repeated) this.#down.add(printJson(sent.message))
  }

  /** Not answered: what may not be shown where is not said either (CA72). */
  async #setTyping(channel: string | null, active: boolean): Promise<void> {
    const { core } = this.#scope
    const by = { linkId: this.#link.id, ttlMs: TYPING_MS }
    try {
      await core.spend(rates.typing, this.#actor.sessionId ?? this.profileId)
      await this.#within(channel, id => core.typing.set(this.#actor, id, active, by))
    } catch (error) {
      if (errorFrame(error, null) === null) throw error
    }
  }

  /** In the named channel, else in the socket's own, else in `general`, else in the only one the person is in (CA71). */
  async #within<T>(named: string | null, work: (id: ConversationId) => Promise<T>): Promise<T> {
    const { channels } = this.#scope
    const name = named ?? this.#channel
    if (name !== null) return channels.within(this.#actor, name, work)
    try {
      return await channels.within(this.#actor, GENERAL, work)
    } catch (error) {
      if (faultIn(error)?.kind !== 'member.required') throw error
      return work(await onlyOne(this.#scope.core, this.#actor))
    }
  }

  // The session

  /** Sees to it that the socket ends when its session does or has no unexpired access token; answers whether it lives now (CA31). */
  async #watch(): Promise<boolean> {
    const { core, clock, lifetimes } = this.#scope
    const left = (await accessEnd(core, lifetimes, this.#sid)) - clock.now()
    if (this.#closed) return false
    if (left <= 0) {
      this.#end()
      return false
    }
    // Looked at again soon: until then, what was shown is remembered.
    this.#wait(this.#watched ? left : Math.min(left, LATE_MS))
    if (this.#watched) this.#shown = null
    this.#watched = true
    return true
  }

  #wait(ms: number): void {
    this.#expiry = this.#scope.clock.after(Math.min(ms, LONGEST_MS), () => {
      this.#watch().catch(error => {
        this.#scope.log.error({ error }, 'looking after a session failed')
        if (!this.#closed) this.#wait(RETRY_MS)
      })
    })
  }

  #end(): void {
    this.#link.close(closeCodes.refused, 'Session ended')
  }

  #broke(error: unknown): void {
    if (this.#closed) return
    this.#scope.log.error({ error }, 'a frame could not be printed')
    this.#link.close(closeCodes.dropped, '')
  }
}

/** 0 when the session is no more. */
const accessEnd = async (...of: Parameters<typeof newestAccessEnd>): Promise<Time> => {
  try {
    return await newestAccessEnd(...of)
  } catch (error) {
    if (faultIn(error)?.kind === 'session.invalid') return 0
    throw error
  }
}

const onlyOne = async (core: Core, actor: Actor): Promise<ConversationId> => {
  const { views } = await core.conversations.list(actor, { limit: 2 })
  const [only, another] = views
  return only && !another ? only.conversation.id : refuseFrame('no_default_channel')
}

/** The last of these that have so many bytes together. */
const newest = (frames: readonly string[], bytes: number): string[] => {
  let left = bytes
  const cut = frames.findLastIndex(frame => {
    left -= Buffer.byteLength(frame)
    return left < 0
  })
  return frames.slice(cut + 1)
}
