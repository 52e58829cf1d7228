// Messages over REST: sent, listed, cleared (CA51 to CA58).
import { type Message as CoreMessage, faultIn } from '../../../core/index.ts'
import type { Route } from '../../../host/dialect.ts'
import { PageQuery, Send } from '../contract.requests.ts'
import { Done, Message, Messages } from '../contract.ts'
import { json, jsonText, ownRoute, param, rates } from '../http.ts'
import { judgePage, judgeSend, readBody } from '../inbound.ts'
import { messagesJson, pageOf } from '../pages.ts'
import type { Scope } from '../scope.ts'

/** How many own messages one call clears (CA58). */
const CLEARED = 100

export const messagesRoutes = (scope: Scope): readonly Route[] => {
  const { core, channels, printJson } = scope

  const listed = { query: PageQuery, success: ['The messages.', Messages], refusals: [422] } as const

  return [
    ...ownRoute(
      scope,
      {
        method: 'POST',
        path: '/api/messages',
        name: 'send',
        summary: 'Sends a message; answered once it is durable.',
        rules: ['CA51', 'CA52', 'CA56'],
        body: { schema: Send },
        success: ['The message; of a repeat the first one.', Message],
        refusals: [403, 404, 413, 422],
        // The core counts sends.
        rate: null,
      },
      async (actor, request) => {
        const { content, channel, clientId } = judgeSend(await readBody(request))
        const draft = { kind: 'text', text: content, clientKey: clientId } as const
        const { message } = await channels.within(actor, channel, id => core.messages.send(actor, id, draft))
        return jsonText(printJson(message))
      },
    ),
    ...[false, true].flatMap(mine =>
      ownRoute(
        scope,
        {
          method: 'GET',
          path: mine ? '/api/messages/me' : '/api/messages',
          name: mine ? 'ownMessages' : 'messages',
          summary: mine ? "The caller's own of these." : 'The most recent over all conversations, oldest first.',
          rules: ['CA53', 'CA55'],
          ...listed,
        },
        async (actor, request) => {
          const { limit, before } = judgePage(request.query)
          const page = { limit, mine, ...(before !== null && { before }) }
          return messagesJson(scope, await core.messages.recent(actor, page))
        },
      ),
    ),
    ...ownRoute(
      scope,
      {
        method: 'GET',
        path: '/api/messages/:channel',
        name: 'messagesIn',
        summary: 'The most recent of one channel; of one that is not there, or not the caller’s, none.',
        rules: ['CA54', 'CA55'],
        ...listed,
        rate: rates.polls,
      },
      async (actor, request) => {
        const page = judgePage(request.query)
        let messages: readonly CoreMessage[] = []
        try {
          messages = await channels.within(actor, param(request, 'channel'), id => pageOf(core, actor, id, page))
        } catch (error) {
          const kind = faultIn(error)?.kind
          if (kind !== 'conversation.unknown' && kind !== 'member.required') throw error
        }
        return messagesJson(scope, messages)
      },
    ),
    ...ownRoute(
      scope,
      {
        method: 'POST',
        path: '/api/messages/clear',
        name: 'clear',
        summary: `Recalls the caller's own ${CLEARED} newest messages. Others' stay.`,
        rules: ['CA58'],
        success: ['Recalled.', Done],
      },
      async actor => {
        const own = await core.messages.recent(actor, { limit: CLEARED, mine: true })
        await Promise.all(
          own.map(async ({ id }) => {
            try {
              await core.messages.recall(actor, id)
            } catch (error) {
              // Gone with its channel, or the caller from there, since the look.
              if (faultIn(error) === null) throw error
            }
          }),
        )
        return json({ message: 'Messages cleared' })
      },
    ),
  ]
}
