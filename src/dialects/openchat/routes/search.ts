// Messages found by their words (OC82).
import { isCleanText } from '../../../base/json.ts'
import { open, optional, Type, uuid } from '../../../base/schema.ts'
import { countCodePoints } from '../../../base/text.ts'
import type { ConversationId } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { type Identity, identify } from '../auth.ts'
import { Message, NextCursor } from '../contract.ts'
import { refused, refuseFields } from '../faults.ts'
import { answer, limitOf, route } from '../http.ts'
import { parseId } from '../ids.ts'
import type { Scope } from '../scope.ts'

/** Code points of a query. */
const QUERY = { min: 2, max: 200 }

const SearchQuery = open({
  query: Type.String({ examples: ['boat race'] }),
  channel_id: optional(uuid()),
  from_uid: optional(Type.String()),
  limit: optional(Type.Integer({ minimum: 1, maximum: 200, examples: [50] })),
  cursor: optional(Type.String()),
})
const Found = open({ messages: Type.Array(Message), next_cursor: NextCursor }, { title: 'Found' })

/** What has to occur, all of it. */
const termsIn = ({ query }: RouteRequest): readonly string[] => {
  const text = query.get('query') ?? ''
  const length = countCodePoints(text)
  const terms = text.split(/\s+/u).filter(term => term !== '')
  const fits = length >= QUERY.min && length <= QUERY.max && terms.length > 0 && isCleanText(text)
  return fits ? terms : refuseFields(['query'], 'invalid_query')
}

export const searchRoutes = (scope: Scope): readonly Route[] => {
  const { core, print, uids, cursors, homeId } = scope

  /** The channel to search in, which the caller sees; null for one he is not in, where there is nothing to find. */
  const channelOf = async ({ actor, space }: Identity, cid: string): Promise<ConversationId | null> => {
    const { conversation, me } = await core.conversations.visit(actor, parseId(cid) ?? refused('channel_not_found'))
    if ((conversation.spaceId ?? homeId) !== space) refused('server_mismatch')
    return me === null ? null : conversation.id
  }

  const search = async (request: RouteRequest): Promise<Response> => {
    const identity = await identify(scope, request)
    const { actor, space } = identity
    await core.spaces.judgeMember(actor, space)
    const { query } = request
    const [cid, from, cursor] = [query.get('channel_id'), query.get('from_uid'), query.get('cursor')]
    const conversationId = cid === null ? undefined : await channelOf(identity, cid)
    const terms = termsIn(request)
    // A place in what was found for one question is none in what is found for another.
    const list = `search ${JSON.stringify([space, terms, cid, from])}`
    const before = cursor === null ? undefined : (cursors.parse(list, cursor) ?? refused('invalid_cursor'))
    const author = from === null ? undefined : await uids.profileBy(space, from)
    if (conversationId === null || author === null) return answer(200, { messages: [], next_cursor: null })
    const limit = limitOf(request)
    const found = await core.messages.search(actor, { terms, conversationId, authorId: author?.id, limit, before })
    const here = found.messages.filter(({ conversation }) => (conversation.spaceId ?? homeId) === space)
    return answer(200, {
      messages: here.map(message => print.message(space, message)),
      next_cursor: found.next === null ? null : cursors.print(list, found.next),
    })
  }

  return [
    route(
      {
        method: 'GET',
        path: '/v1/search/messages',
        name: 'messages.search',
        summary: 'The messages in which every word occurs, the newest first.',
        rules: ['OC82'],
        query: SearchQuery,
        responses: { 200: ['What was found.', Found] },
        refusals: [403, 404],
      },
      search,
    ),
  ]
}
