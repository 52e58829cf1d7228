// The WebSocket (OC110, OC116, OC117, OC119).

import { isJsonObject, type JsonObject, own, parseJson } from '../../../base/json.ts'
import { faultIn, type RateRule } from '../../../core/index.ts'
import type { Endpoint, Link, LinkHandler, RouteRequest } from '../../../host/dialect.ts'
import { replyTo } from '../../../host/dialect.ts'
import type { Identity } from '../auth.ts'
import { faults } from '../faults.ts'
import { parseId, printTime } from '../ids.ts'
import { Connection, closeCodes, type Realtime } from './connection.ts'
import { askedToken, identifyListener, offeredProtocol } from './handshake.ts'

const FRAME_BYTES = 64 * 1024
const SILENCE_MS = 60_000
/** Milliseconds after which typing ends by itself. */
export const TYPING_MS = 6000
const FRAMES: RateRule = { name: 'openchat-frames', count: 120, perMs: 60_000 }

/** A refusal of a frame (OC117). */
interface FrameError {
  readonly code: string
  readonly message: string
  readonly retryable: boolean
  readonly details?: object
}

const frameErrors = {
  chat_channel_required: 'The frame names no channel.',
  chat_channel_forbidden: 'There is no such channel on this server.',
  chat_not_subscribed: 'The channel is not subscribed.',
  chat_unknown_event: 'There is no such event.',
  invalid_payload: 'The frame is not as it should be.',
} as const

const errorOf = (code: keyof typeof frameErrors): FrameError => ({
  code,
  message: frameErrors[code],
  retryable: false,
})

/** Faults that mean: not a channel for you. */
const OUTSIDE: ReadonlySet<string> = new Set([
  'conversation.unknown',
  'member.required',
  'space.required',
  'space.unknown',
  'group.full',
])

/** A fault in this contract's words; null for a bug. */
const errorIn = (thrown: unknown): FrameError | null => {
  const fault = faultIn(thrown)
  if (!fault) return null
  return OUTSIDE.has(fault.kind) ? errorOf('chat_channel_forbidden') : (replyTo(faults, fault).body as FrameError)
}

interface ClientFrame {
  readonly type: string
  readonly requestId: string | undefined
  readonly payload: JsonObject
}

/** The frame, or as much of it as an answer needs. */
const readFrame = (frame: string | Uint8Array): ClientFrame | { readonly requestId: string | undefined } => {
  const parsed = typeof frame === 'string' ? parseJson(frame) : null
  if (!parsed?.ok || !isJsonObject(parsed.value)) return { requestId: undefined }
  const given = own(parsed.value, 'request_id')
  const requestId = typeof given === 'string' && given.length <= 256 ? given : undefined
  const type = own(parsed.value, 'type')
  const payload = own(parsed.value, 'payload') ?? {}
  const fits = typeof type === 'string' && isJsonObject(payload) && given === requestId
  return fits ? { type, requestId, payload } : { requestId }
}

class SocketConnection implements LinkHandler {
  readonly #realtime: Realtime
  readonly #connection: Connection

  constructor(realtime: Realtime, connection: Connection) {
    this.#realtime = realtime
    this.#connection = connection
  }

  async receive(raw: string | Uint8Array): Promise<void> {
    const frame = readFrame(raw)
    const { requestId } = frame
    try {
      await this.#realtime.scope.core.spend(FRAMES, this.#connection.watcher.id)
      const refusal = 'type' in frame ? await this.#handle(frame) : errorOf('invalid_payload')
      if (refusal) this.#connection.say('chat.error', refusal, { requestId })
    } catch (error) {
      const refusal = errorIn(error)
      if (!refusal) throw error
      this.#connection.say('chat.error', refusal, { requestId })
    }
  }

  draining(): void {
    this.#connection.draining()
  }

  closed(): void {
    this.#connection.closed()
  }

  async #handle({ type, requestId, payload }: ClientFrame): Promise<FrameError | null> {
    if (type === 'chat.ping') {
      const { clock } = this.#realtime.scope
      this.#connection.say('chat.pong', { ts: printTime(clock.now()) }, { requestId })
      return null
    }
    const act = Object.hasOwn(actions, type) ? actions[type] : undefined
    if (!act) return errorOf('chat_unknown_event')
    const channel = own(payload, 'channel_id')
    if (channel === undefined || channel === '') return errorOf('chat_channel_required')
    if (typeof channel !== 'string') return errorOf('invalid_payload')
    const id = parseId(channel)
    if (id === null) return errorOf('chat_channel_forbidden')
    return act(this.#realtime, this.#connection, { id, requestId, payload })
  }
}

type Action = (
  realtime: Realtime,
  connection: Connection,
  frame: { readonly id: string; readonly requestId: string | undefined; readonly payload: JsonObject },
) => Promise<FrameError | null>

const actions: Readonly<Record<string, Action>> = {
  'chat.subscribe': async (_realtime, connection, { id, requestId }) => {
    await connection.subscribe(id, requestId)
    return null
  },
  'chat.unsubscribe': async (_realtime, connection, { id, requestId }) => {
    if (!connection.views.close(id)) return errorOf('chat_not_subscribed')
    connection.say('chat.unsubscribed', { channel_id: id }, { channelId: id, requestId })
    return null
  },
  'chat.typing.update': async ({ scope, feeds }, connection, { id, payload }) => {
    const active = own(payload, 'is_typing')
    if (typeof active !== 'boolean') return errorOf('invalid_payload')
    if (!connection.views.has(id)) return errorOf('chat_not_subscribed')
    const by = { linkId: connection.linkId, ttlMs: TYPING_MS }
    if (active) feeds.typists.set(id, connection.profileId, connection.watcher)
    await scope.core.typing.set(connection.identity.actor, id, active, by)
    return null
  },
}

export const createSocketEndpoint = (realtime: Realtime): Endpoint<{ identity: Identity; request: RouteRequest }> => ({
  path: '/v1/realtime',
  name: 'realtime',
  summary: 'Everything that happens on one server, as it happens; with a resume token, also what was missed.',
  rules: ['OC110', 'OC113', 'OC114', 'OC116', 'OC119', 'OC123'],
  polling: '/v1/realtime/poll',
  maxFrameBytes: FRAME_BYTES,
  idle: { afterMs: SILENCE_MS, code: closeCodes.broken, reason: '', pongsCount: true },
  closeCodes: { shutdown: closeCodes.shutdown, slow: closeCodes.slow },
  subprotocol: offeredProtocol,
  async authenticate(request) {
    return { identity: await identifyListener(realtime.scope, request), request }
  },
  async open(link: Link, { identity, request }) {
    const connection = new Connection(realtime, link, identity)
    await connection.open(askedToken(request))
    return new SocketConnection(realtime, connection)
  },
})
