// The push socket: what happens comes down, heartbeats and typing go up (WT74 to WT84).
import { isJsonObject, type JsonObject, parseJson } from '../../base/json.ts'
import { type Actor, type Core, type Frame, faultIn, type Note, type ProfileId, type Sink } from '../../core/index.ts'
import type { Endpoint, Link, LinkHandler, RouteRequest } from '../../host/dialect.ts'
import { door, type Identity, identify, TOKEN_KIND } from './auth.ts'
import { replyOf } from './faults.ts'
import { answer, type Scope } from './http.ts'
import { parseNum } from './ids.ts'
import { encoder } from './projection.ts'

/** Close codes: the session ended; silent for too long; cannot keep up; the server goes and asks to come back. */
const closeCodes = { sessionEnded: 4401, silent: 4408, slow: 4429, shutdown: 1012 } as const

const FRAME_BYTES = 64 * 1024
const FRAME_DEPTH = 32
const SILENCE_MS = 120_000
/** How long a typist is shown as typing unless he says so again. */
const TYPING_MS = 10_000
const PONG = JSON.stringify({ type: 'pong' })

/** The `uid` of the query is no credential: it may only repeat whose token it is (WT17, WT74). */
const isOwnUid = (request: RouteRequest, { profile }: Actor): boolean => {
  const uid = request.query.get('uid')
  return uid === null || parseNum(uid) === profile.num
}

const parseFrame = (frame: string | Uint8Array): JsonObject | null => {
  if (typeof frame !== 'string') return null
  const parsed = parseJson(frame, { maxDepth: FRAME_DEPTH })
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : null
}

/**
 * One attached socket. Hands frames down; takes heartbeats and typing. A single object with few fields: ten thousand idle
 * ones live in a process.
 */
class Attachment implements Sink, LinkHandler {
  readonly profileId: ProfileId
  readonly #scope: Scope
  readonly #link: Link
  readonly #actor: Actor
  #following: Disposable | null = null
  #presence: Disposable | null = null

  constructor(scope: Scope, link: Link, actor: Actor) {
    this.#scope = scope
    this.#link = link
    this.#actor = actor
    this.profileId = actor.profile.id
  }

  /** The end of the link's own session closes it (WT19). */
  deliver(frame: Frame, { body }: Note): void {
    if (body.type !== 'session.ended') this.#link.push(frame)
    else if (body.sessionId === this.#actor.sessionId) this.#end()
  }

  /** Follows everything that concerns the person; when it resolves, nothing committed from then on is missed (WT74). */
  async attach(token: string): Promise<void> {
    const { core } = this.#scope
    try {
      this.#following = await core.feed.follow(this, encoder)
      // A session that ended before this was attached has told it nothing.
      if (!(await opens(core, token))) this.#end()
      this.#presence = await core.presence.connect(this.#actor)
    } catch (error) {
      this.closed()
      throw error
    }
  }

  async receive(frame: string | Uint8Array): Promise<void> {
    if (frame === 'ping') return this.#link.write('pong')
    const parsed = parseFrame(frame)
    if (parsed?.type === 'ping') this.#link.write(PONG)
    else if (parsed?.type === 'typing') await this.#setTyping(parsed)
  }

  closed(): void {
    this.#scope.core.typing.linkClosed(this.#link.id)
    this.#following?.[Symbol.dispose]()
    this.#presence?.[Symbol.dispose]()
  }

  #end(): void {
    this.#link.close(closeCodes.sessionEnded, 'session ended')
  }

  /** Typing that may not be shown, or in a chat that is not there, is ignored like any other odd frame (WT82). */
  async #setTyping({ chat_id, is_typing }: JsonObject): Promise<void> {
    const num = parseNum(chat_id)
    if (num === null || typeof is_typing !== 'boolean') return
    const { core, chats } = this.#scope
    try {
      const chat = await chats.find(this.#actor, num)
      await core.typing.set(this.#actor, chat, is_typing, { linkId: this.#link.id, ttlMs: TYPING_MS })
    } catch (error) {
      if (faultIn(error) === null) throw error
    }
  }
}

/** Whether the token still opens. */
const opens = async (core: Core, token: string): Promise<boolean> => {
  try {
    await core.sessions.resume(token, TOKEN_KIND, door)
    return true
  } catch (error) {
    if (faultIn(error) === null) throw error
    return false
  }
}

/** The socket under both of its paths; a bare `/ws` is what real clients ask for. */
export const createEndpoints = (scope: Scope): readonly Endpoint<Identity>[] =>
  ['/ws/chats', '/ws'].map(path => ({
    path,
    name: path === '/ws' ? 'socket' : 'chatSocket',
    summary: 'Everything that happens to the caller, one JSON text frame each.',
    rules: ['WT74', 'WT75', 'WT76', 'WT80', 'WT82', 'WT83'],
    maxFrameBytes: FRAME_BYTES,
    idle: { afterMs: SILENCE_MS, code: closeCodes.silent, reason: 'silent for too long', pongsCount: true },
    closeCodes: { shutdown: closeCodes.shutdown, slow: closeCodes.slow },
    async authenticate(request) {
      const identity = await identify(scope.core, request)
      return isOwnUid(request, identity.actor) ? identity : answer(replyOf('uid_mismatch'))
    },
    async open(link, { actor, token }) {
      const attachment = new Attachment(scope, link, actor)
      await attachment.attach(token)
      return attachment
    },
  }))
