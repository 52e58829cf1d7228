// The same over plain HTTP: event streams and long polls (OC125, OC126), and tickets for those who can set no header (OC127).
import { open, Type, timestamp } from '../../../base/schema.ts'
import type { Frame } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { createEventStreams } from '../../../host/event-stream.ts'
import { encodeSse } from '../../../wire/sse.ts'
import { identify } from '../auth.ts'
import { Envelope } from '../contract.live.ts'
import { refused } from '../faults.ts'
import { answer, route } from '../http.ts'
import { parseId, printTime } from '../ids.ts'
import type { Scope } from '../scope.ts'
import { Connection, type Realtime } from './connection.ts'
import { tokenIn } from './envelope.ts'
import { askedToken, identifyListener, mintTicket } from './handshake.ts'
import { createPolling } from './polling.ts'

const RETRY_MS = 1000
const COMMENT_MS = 15_000
/** Channels that a stream may have open from its start. */
const SUBSCRIBED = 50

/** An event without a name, so that `onmessage` sees it; with the position for `Last-Event-ID` where it has one. */
const printEvent = (frame: Frame): string => {
  const data = String(frame)
  const id = tokenIn(data)
  return encodeSse({ data, ...(id !== null && { id }) })
}

const channelsOf = ({ query }: RouteRequest): readonly string[] => {
  const ids = query.getAll('channel_id').map(text => parseId(text) ?? refused('channel_not_found'))
  return ids.length > SUBSCRIBED ? refused('invalid_query') : [...new Set(ids)]
}

export const streamRoutes = (scope: Scope, realtime: Realtime): readonly Route[] => {
  const streams = createEventStreams({ name: 'openchat/sse', retryMs: RETRY_MS, commentMs: COMMENT_MS })
  const poll = createPolling(realtime)

  const listen = async (request: RouteRequest): Promise<Response> => {
    const identity = await identifyListener(scope, request)
    const channels = channelsOf(request)
    for (const id of channels) await scope.core.conversations.visit(identity.actor, id)
    const token = request.raw.headers.get('last-event-id') || askedToken(request)
    return streams.open(
      request,
      async link => {
        const connection = new Connection(realtime, link, identity, true)
        await connection.open(token)
        try {
          for (const id of channels) await connection.subscribe(id)
        } catch (error) {
          connection.closed()
          throw error
        }
        return connection
      },
      printEvent,
    )
  }

  const query = {
    server_id: Type.Optional(Type.String()),
    resume_token: Type.Optional(Type.String()),
    ticket: Type.Optional(Type.String({ description: 'In place of a session: a one-time pass (OC127).' })),
  }
  return [
    route(
      {
        method: 'GET',
        path: '/v1/realtime/sse',
        name: 'realtime.sse',
        summary: 'What happens, as Server-Sent Events; an EventSource with a header resumes by itself.',
        rules: ['OC125'],
        query: open({ ...query, channel_id: Type.Optional(Type.Array(Type.String(), { maxItems: SUBSCRIBED })) }),
        responses: { 200: ['The stream.'] },
        refusals: [403, 404],
      },
      listen,
    ),
    route(
      {
        method: 'GET',
        path: '/v1/realtime/poll',
        name: 'realtime.poll',
        summary: 'What happened since the token; waits for it if need be.',
        rules: ['OC126'],
        query: open({ ...query, timeout_ms: Type.Optional(Type.Integer()), limit: Type.Optional(Type.Integer()) }),
        responses: {
          200: [
            'The events, and where to go on.',
            open({
              events: Type.Array(Envelope),
              resume_token: Type.String(),
              resync_required: Type.Boolean(),
              retry_after_ms: Type.Integer({ examples: [0] }),
            }),
          ],
        },
        refusals: [403, 404],
      },
      poll,
    ),
    route(
      {
        method: 'POST',
        path: '/v1/realtime/ticket',
        name: 'realtime.ticket',
        summary: 'A one-time pass of 30 seconds, for clients that can set no header.',
        rules: ['OC127'],
        responses: { 201: ['The ticket.', open({ ticket: Type.String(), expires_at: timestamp() })] },
      },
      async request => {
        const { ticket, expiresAt } = await mintTicket(scope, await identify(scope, request))
        return answer(201, { ticket, expires_at: printTime(expiresAt) })
      },
    ),
  ]
}
