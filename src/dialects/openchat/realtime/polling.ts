// Long polls (OC126): nothing is kept between two of them. What happened since a token is read from the log; when there is
// nothing yet, a listener wakes the request, and the log is read again. So a lost answer, or a restart, loses nothing.
import {
  type Frame,
  isEvent,
  type Note,
  type ProfileId,
  type SessionId,
  type Sink,
  spaceStream,
} from '../../../core/index.ts'
import type { RouteRequest } from '../../../host/dialect.ts'
import { drainingOf, placeOf } from '../../../host/request.ts'
import type { Identity } from '../auth.ts'
import { API_VERSION, answerText, limitOf } from '../http.ts'
import { printTime } from '../ids.ts'
import { markerIn } from '../projection.ts'
import { HEARTBEAT_MS, RECONNECT } from '../settings.ts'
import type { Realtime } from './connection.ts'
import { type EnvelopeFields, printPassing, withToken } from './envelope.ts'
import { askedToken, identifyListener, judgeStill } from './handshake.ts'
import { lingering } from './linger.ts'
import { framesOf, MOST_BYTES, worthTelling } from './replay.ts'

const WAIT = { usual: 25_000, most: 30_000 }
const EVENTS = { usual: 100, most: 500 }

const waitOf = ({ query }: RouteRequest): number => {
  const text = query.get('timeout_ms') ?? ''
  return /^\d{1,15}$/.test(text) ? Math.min(Number(text), WAIT.most) : WAIT.usual
}

interface Page {
  readonly frames: readonly string[]
  readonly token: string
  readonly resync: boolean
}

/** Rings when something happens that concerns a person, whatever it is. */
class Bell implements Sink {
  readonly profileId: ProfileId
  readonly #sessionId: SessionId
  #ended: 'session' | 'membership' | null = null
  #rung = false
  #wake = (): void => {}

  constructor({ actor, session }: Identity) {
    this.profileId = actor.profile.id
    this.#sessionId = session.id
  }

  /** What ended the right to wait here. */
  get ended(): 'session' | 'membership' | null {
    return this.#ended
  }

  deliver(frame: Frame, note: Note): void {
    if (!isEvent(note)) return
    const marker = markerIn(frame)
    if (marker?.type === 'membership-ended') this.#ended ??= 'membership'
    const { body } = note
    if (body.type === 'session.ended' && body.sessionId === this.#sessionId) this.#ended = 'session'
    this.stop()
  }

  /** Resolves at the first ring since the last call. */
  async rings(): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    this.#rung = false
  }

  /** Ends the waiting. */
  stop(): void {
    this.#rung = true
    this.#wake()
  }
}

export const createPolling = (realtime: Realtime): ((request: RouteRequest) => Promise<Response>) => {
  const { scope, feeds } = realtime
  const { core, clock, uids } = scope

  const print = (fields: Omit<EnvelopeFields, 'at'>, token: string): string =>
    withToken(printPassing({ ...fields, at: clock.now() }, feeds.tick()), token)

  const hello = ({ actor, session, space, deviceId }: Identity, token: string): string => {
    const payload = {
      connection_id: session.id,
      session_id: session.id,
      user_uid: uids.of(space, actor.profile),
      device_id: deviceId,
      resume_token: token,
      resumed: false,
      heartbeat_interval_ms: HEARTBEAT_MS,
      reconnect: RECONNECT,
      api_version: API_VERSION,
      server_time: printTime(clock.now()),
    }
    return print({ type: 'chat.hello', space, payload }, token)
  }

  const revoked = ({ session, space }: Identity): string => {
    const payload = { session_id: session.id, reason: 'revoked' }
    return printPassing({ type: 'chat.session.revoked', space, at: clock.now(), payload }, feeds.tick())
  }

  /** What happened since a token. Pages of events that concern nobody here are passed over. */
  const since = async (identity: Identity, token: string, limit: number): Promise<Page> => {
    const { actor, space } = identity
    let position = token
    for (;;) {
      const missed = await feeds.page(actor.profile.id, space, position, limit)
      if (missed.type === 'resync') {
        const fresh = feeds.tokens.print(await core.feed.now())
        const payload = { reason: missed.reason, resume_token: fresh }
        return { frames: [print({ type: 'resync_required', space, payload }, fresh)], token: fresh, resync: true }
      }
      position = feeds.tokens.print(missed.mark)
      const frames: string[] = []
      let bytes = 0
      for (const event of worthTelling(missed.events)) {
        const told = (await framesOf(realtime, identity, event)).map(String)
        frames.push(...told)
        for (const frame of told) bytes += Buffer.byteLength(frame)
        // The rest with the next one.
        if (bytes > MOST_BYTES && event.mark) {
          return { frames, token: feeds.tokens.print(event.mark), resync: false }
        }
      }
      if (frames.length > 0 || missed.events.length < limit) return { frames, token: position, resync: false }
    }
  }

  /** Waits until there is something to tell, or the patience is over. */
  const waitFor = async (request: RouteRequest, identity: Identity, start: Page, limit: number): Promise<Page> => {
    const { space } = identity
    // It holds a connection like any other listener.
    using _place = placeOf(request)
    const bell = new Bell(identity)
    const encoder = feeds.encoderOf(space)
    request.longRunning()
    const { signal } = request.raw
    const draining = drainingOf(request)
    let over = false
    const end = (): void => {
      over = true
      bell.stop()
    }
    const timer = clock.after(waitOf(request), end)
    signal.addEventListener('abort', end)
    draining?.addEventListener('abort', end)
    if (signal.aborted || draining?.aborted) end()
    using stack = new DisposableStack()
    stack.defer(() => {
      timer[Symbol.dispose]()
      signal.removeEventListener('abort', end)
      draining?.removeEventListener('abort', end)
    })
    stack.use(await core.feed.join(bell, spaceStream(space), encoder, 'head'))
    stack.use(await core.feed.follow(bell, encoder))
    await judgeStill(scope, identity)
    let page = start
    for (;;) {
      // First of all: what was committed before the bell hung.
      const next = await since(identity, page.token, limit)
      // What came behind the end is not for this one any more.
      if (bell.ended === 'session') return { ...page, frames: [revoked(identity)] }
      if (bell.ended === 'membership') await core.spaces.judgeMember(identity.actor, space)
      page = next
      if (page.frames.length > 0 || page.resync || over) return page
      await bell.rings()
    }
  }

  return async request => {
    const identity = await identifyListener(scope, request)
    using _here = await lingering(scope, identity.actor)
    const token = askedToken(request)
    const limit = limitOf(request, EVENTS.usual, EVENTS.most)
    let page: Page
    if (token === null) {
      const fresh = feeds.tokens.print(await core.feed.now())
      page = { frames: [hello(identity, fresh)], token: fresh, resync: false }
    } else {
      page = await since(identity, token, limit)
      if (page.frames.length === 0 && !page.resync && waitOf(request) > 0) {
        page = await waitFor(request, identity, page, limit)
      }
    }
    const retry = drainingOf(request)?.aborted ? 1000 : 0
    const rest = { resume_token: page.token, resync_required: page.resync, retry_after_ms: retry }
    const body = `{"events":[${page.frames.join(',')}],${JSON.stringify(rest).slice(1)}`
    return answerText(200, body)
  }
}
