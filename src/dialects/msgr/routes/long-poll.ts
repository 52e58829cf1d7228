// The Phoenix socket over long polls: HTTP says 200, what is the case stands in the body (section 10).
import type { Clock } from '../../../base/clock.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { json } from '../../../host/reply.ts'
import { type Framing, framingFor } from '../../../wire/phoenix.ts'
import { pollAnswer, statusAnswer } from '../../../wire/phoenix-longpoll.ts'
import { Poll, PollBody, PollQuery } from '../contract.ts'
import type { SocketScopes } from '../endpoint.ts'
import { type PollSession, PollSessions } from '../long-poll.ts'
import { openPhoenixSocket } from '../phoenix-socket.ts'

const PATH = '/socket/longpoll'
/** Bytes of a batch: the official client sends up to a hundred frames at once. */
const MAX_BATCH = 4 * 1024 * 1024

/** Whether the long poll answers for this path, whatever the method. */
export const isLongPoll = (path: string): boolean => path === PATH || path === `${PATH}/`
/** The answer to any method but GET and POST (MS106). */
export const wrongMethod = (): Response => json(400, { status: 400 })

const said = (text: string): Response =>
  new Response(text, { headers: { 'content-type': 'application/json; charset=utf-8' } })

export const longPollRoutes = (scopes: SocketScopes, clock: Clock): readonly Route[] => {
  const sessions = new PollSessions(clock)
  const open = (framing: Framing): PollSession =>
    sessions.open(framing, session => openPhoenixSocket(scopes[framing.vsn], session))
  const gone = (framing: Framing): Response => said(pollAnswer(410, open(framing).token))

  const poll = async (request: RouteRequest): Promise<Response> => {
    if (request.method !== 'GET') return wrongMethod()
    const framing = framingFor(request.query.get('vsn'))
    if (!framing) return said(statusAnswer(403))
    const session = sessions.find(request.query.get('token'))
    if (!session) return gone(framing)
    const answer = await session.poll(request.raw.signal)
    switch (answer.status) {
      case 200:
        return said(pollAnswer(200, session.token, answer.frames))
      case 204:
        return said(pollAnswer(204, session.token))
      case 410:
        return gone(framing)
    }
  }

  const publish = async (request: RouteRequest): Promise<Response> => {
    if (!framingFor(request.query.get('vsn'))) return said(statusAnswer(403))
    const session = sessions.find(request.query.get('token'))
    if (!session) return said(statusAnswer(410))
    const body = await request.bytes(MAX_BATCH)
    if (body === 'too-large') {
      session.close()
      return said(statusAnswer(408))
    }
    return said(statusAnswer(await session.take(body, request.raw.headers.get('content-type'))))
  }

  const responses = { 200: { description: 'What is the case stands in `status`', schema: Poll } }
  return [
    {
      method: 'GET',
      path: PATH,
      name: 'poll',
      summary: 'Begins a session (without a live token), or fetches its frames, waiting up to 10 s for one.',
      rules: ['MS101', 'MS102', 'MS103', 'MS105', 'MS107', 'MS108'],
      auth: false,
      query: PollQuery,
      responses,
      handle: poll,
    },
    {
      method: 'POST',
      path: PATH,
      name: 'publish',
      summary: 'Sends frames of a session, one to a line.',
      rules: ['MS101', 'MS104', 'MS105'],
      auth: false,
      query: PollQuery,
      body: { schema: PollBody, type: 'application/x-ndjson' },
      responses,
      handle: publish,
    },
  ]
}
