// Sessions and presence: verify_session, ping, set_status_visibility (UM42, UM43, UM53).
import { faultIn } from '../../../core/index.ts'
import { type SessionStatus, visibilities } from '../contract.ts'
import { printSeconds } from '../ids.ts'
import { invalid, texts } from '../words.ts'
import { type EventContext, type EventHandler, type EventTable, perUser, reply } from './dispatch.ts'
import { has, type Payload } from './fields.ts'

export const INVALID_SESSION: SessionStatus = { valid: false, message: texts.sessionOver }

/** The session a request names, the socket's own by default; null where what is given can be none. */
const namedIn = ({ sessionID }: EventContext, payload: Payload) => {
  const id = has(payload, 'sessionID') ? payload.sessionID : sessionID
  const token = has(payload, 'token') ? payload.token : null
  if (typeof id !== 'string' || (token !== null && typeof token !== 'string')) return null
  return { sessionID: id, token }
}

/** Never an error: what cannot be a session is no valid one. A valid one lives on from now. */
const verify: EventHandler = async (context, payload) => {
  const { core, umoc, identify } = context.scope
  const named = namedIn(context, payload)
  if (!named) return reply('session_status', INVALID_SESSION)
  try {
    const { actor } = await identify(named)
    const expires = await core.sessions.active(actor, umoc.sessionTtlMs)
    return reply('session_status', { valid: true, expires_at: printSeconds(expires) } satisfies SessionStatus)
  } catch (thrown) {
    if (faultIn(thrown)?.kind !== 'session.invalid') throw thrown
    return reply('session_status', INVALID_SESSION)
  }
}

const ping: EventHandler = async ({ scope }, payload) => {
  const { timestamp } = payload
  const server_time = scope.clock.now()
  const timed = typeof timestamp === 'number' && Number.isFinite(timestamp)
  return reply('pong', {
    timestamp: timed ? timestamp : null,
    server_time,
    latency: timed ? Math.max(0, server_time - timestamp) : null,
  })
}

const setVisibility: EventHandler = async ({ scope, actor }, payload) => {
  const { people } = scope.core
  if (payload.visibility === undefined) {
    return reply('status_visibility', { visibility: (await people.self(actor)).visibility })
  }
  const visibility = visibilities.find(word => word === payload.visibility) ?? invalid('visibility')
  await people.update(actor, { visibility })
  return reply('status_visibility', { visibility })
}

export const sessionEvents = {
  verify_session: { handle: verify, rate: perUser('verify_session', 60, 10), anySession: true, rules: ['UM42'] },
  ping: { handle: ping, rate: perUser('ping', 60, 10), rules: ['UM43'] },
  set_status_visibility: { handle: setVisibility, rate: perUser('visibility', 30, 60), rules: ['UM53'] },
} as const satisfies EventTable
