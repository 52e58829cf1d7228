// The Phoenix socket over long polls: HTTP says 200, what is the case stands in the body (section 10).
import type { Clock } from '../../../base/clock.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { createLongPoll } from '../../../host/long-poll.ts'
import { json } from '../../../host/reply.ts'
import { type Framing, framingFor, type Incoming } from '../../../wire/phoenix.ts'
import { decodeBatch, pollAnswer, statusAnswer } from '../../../wire/phoenix-longpoll.ts'
import { Poll, PollBody, PollQuery } from '../contract.ts'
import type { SocketScopes } from '../endpoint.ts'
import { openPhoenixSocket } from '../phoenix-socket.ts'

const PATH = '/socket/longpoll'
/** Bytes of a batch: the official client sends up to a hundred frames at once. */
const MAX_BATCH = 4 * 1024 * 1024
/** Milliseconds a poll waits (MS103), and a session lives past its last request: up to a quarter longer (MS107). */
const WAIT = 10_000
const IDLE = 20_000
/** Frames that may wait in a session (MS108). */
const MAX_FRAMES = 1000

/** Whether the long poll answers for this path, whatever the method. */
export const isLongPoll = (path: string): boolean => path === PATH || path === `${PATH}/`
/** The answer to any method but GET and POST (MS106). */
export const wrongMethod = (): Response => json(400, { status: 400 })

const said = (text: string): Response =>
  new Response(text, { headers: { 'content-type': 'application/json; charset=utf-8' } })

export const longPollRoutes = (scopes: SocketScopes, clock: Clock): readonly Route[] => {
  const { log } = scopes['2.0.0']
  const options = { name: 'msgr/longpoll', clock, log, waitMs: WAIT, idleMs: IDLE, maxFrames: MAX_FRAMES }
  const sessions = createLongPoll<Incoming, Framing>(options)
  const find = ({ query }: RouteRequest) => sessions.find(query.get('token') ?? '')

  const begin = async (request: RouteRequest, framing: Framing): Promise<Response> => {
    const { token } = await sessions.open(request, framing, link => {
      const socket = openPhoenixSocket(scopes[framing.vsn], link)
      return { receive: frame => socket.take(frame), closed: () => socket.closed() }
    })
    return said(pollAnswer(410, token))
  }

  const poll = async (request: RouteRequest): Promise<Response> => {
    // HEAD is no poll: it could not be told what it fetched.
    if (request.method !== 'GET') return wrongMethod()
    const framing = framingFor(request.query.get('vsn'))
    if (!framing) return said(statusAnswer(403))
    const session = find(request)
    if (!session) return begin(request, framing)
    const polled = await session.poll(request)
    switch (polled.type) {
      case 'frames':
        return said(pollAnswer(200, session.token, polled.frames.map(String)))
      case 'empty':
        return said(pollAnswer(204, session.token))
      case 'gone':
        return begin(request, framing)
    }
  }

  const publish = async (request: RouteRequest): Promise<Response> => {
    if (!framingFor(request.query.get('vsn'))) return said(statusAnswer(403))
    const session = find(request)
    if (!session) return said(statusAnswer(410))
    const body = await request.bytes(MAX_BATCH)
    const type = request.raw.headers.get('content-type')
    const batch = body === 'too-large' ? [] : decodeBatch(session.data, body, type)
    const undecodable = body === 'too-large' || batch.at(-1)?.type === 'undecodable'
    // What came before the frame that is none is handled all the same.
    const outcome = await session.receive(batch.filter(frame => frame.type !== 'undecodable'))
    if (undecodable) session.drop()
    return said(statusAnswer(undecodable ? 408 : outcome === 'gone' ? 410 : 200))
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
