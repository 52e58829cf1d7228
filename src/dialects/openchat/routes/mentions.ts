// Who can be mentioned in a channel, while somebody types a name (OC83).
import { fold } from '../../../base/fold.ts'
import { open, optional, Type, uuid } from '../../../base/schema.ts'
import { type Actor, type ConversationView, faultIn, type Num, nameOf, type Person } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { MentionCandidate } from '../contract.ts'
import { answer, limitOf, route } from '../http.ts'
import { askInChannel, noBody } from '../places.ts'
import type { Scope } from '../scope.ts'

const LIMIT = { standard: 20, most: 50 }
/** Members looked at, in pages. */
const LOOKED = 5000
const PAGE = 1000

const AUDIENCES = ['here', 'channel'] as const

const ResolveQuery = open({
  query: optional(Type.String({ examples: ['mi'] })),
  limit: optional(Type.Integer({ minimum: 1, maximum: LIMIT.most, examples: [LIMIT.standard] })),
})
const Resolved = open(
  { channel_id: uuid(), query: Type.String(), results: Type.Array(MentionCandidate) },
  { title: 'Resolved' },
)

const audience = (name: (typeof AUDIENCES)[number]): MentionCandidate => ({
  type: 'channel',
  token: `@${name}`,
  target_id: name,
  display_text: `@${name}`,
})

export const mentionsRoutes = (scope: Scope): readonly Route[] => {
  const { core, print } = scope

  /** Everybody in it, for those who may see that. */
  const peopleIn = async (actor: Actor, { conversation }: ConversationView): Promise<readonly Person[]> => {
    const people: Person[] = []
    let after: Num | undefined
    try {
      while (people.length < LOOKED) {
        const page = await core.members.list(actor, conversation.id, { limit: PAGE, after })
        people.push(...page.participants.map(({ person }) => person))
        after = page.participants.at(-1)?.person.num
        if (!page.more) break
      }
    } catch (error) {
      // Who is in a group is not for those who merely read along.
      if (faultIn(error)?.kind !== 'member.required') throw error
    }
    return people
  }

  const resolve = async (request: RouteRequest): Promise<Response> => {
    const { actor, identity, view } = await askInChannel(scope, request, noBody)
    const query = request.query.get('query') ?? ''
    const wanted = fold(query.replace(/^@/, ''))
    const limit = limitOf(request, LIMIT.standard, LIMIT.most)
    const users = (await peopleIn(actor, view)).flatMap((person): readonly MentionCandidate[] => {
      const uid = print.uid(identity.space, person)
      const fits = [person.handle, nameOf(person), uid].some(name => fold(name).includes(wanted))
      const token = `@${person.handle}`
      return fits ? [{ type: 'user', token, target_id: uid, display_text: nameOf(person) }] : []
    })
    const byToken = users.toSorted((a, b) => (fold(a.token) < fold(b.token) ? -1 : 1))
    const audiences = AUDIENCES.filter(name => name.includes(wanted)).map(audience)
    const results = [...audiences, ...byToken].slice(0, limit)
    return answer(200, { channel_id: view.conversation.id, query, results })
  }

  return [
    route(
      {
        method: 'GET',
        path: '/v1/channels/:cid/mentions:resolve',
        name: 'mentions.resolve',
        summary: 'Whom a few letters may mean: everybody here or online, then the members, by handle, name or uid.',
        rules: ['OC83'],
        query: ResolveQuery,
        responses: { 200: ['The candidates.', Resolved] },
        refusals: [403, 404],
      },
      resolve,
    ),
  ]
}
