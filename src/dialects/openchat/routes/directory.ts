// Finding people and public places (OC94).
import { compareCodePoints } from '../../../base/fold.ts'
import { isCleanText } from '../../../base/json.ts'
import { open, optional, Type } from '../../../base/schema.ts'
import {
  type Actor,
  type Conversation,
  type ConversationView,
  faultIn,
  limits,
  type Profile,
} from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { type Identity, identify } from '../auth.ts'
import { Channel, NextCursor, Profile as ProfileSchema } from '../contract.ts'
import { refused, refuseFields } from '../faults.ts'
import { answer, limitOf, route } from '../http.ts'
import { createChannels } from '../outbound.channels.ts'
import { personBy, showProfile } from '../people.ts'
import type { Scope } from '../scope.ts'

const DirectoryQuery = open({
  query: optional(Type.String()),
  limit: optional(Type.Integer()),
  cursor: optional(Type.String()),
})
const UserPage = open({ users: Type.Array(ProfileSchema), next_cursor: NextCursor })
const ChannelPage = open({ channels: Type.Array(Channel), next_cursor: NextCursor })

/** People found, and where the next page begins. */
interface Found {
  readonly people: readonly Profile[]
  readonly next: string | null
}

const byHandle = (a: Profile, b: Profile): number => compareCodePoints(a.handleFold, b.handleFold)

export const directoryRoutes = (scope: Scope): readonly Route[] => {
  const { core, cursors, homeId } = scope
  const channels = createChannels(scope)

  /** What is looked for, empty for everything. Refuses what no name can hold. */
  const queryOf = ({ query }: RouteRequest): string => {
    const text = query.get('query') ?? ''
    return isCleanText(text) ? text : refuseFields(['query'], 'invalid_query')
  }

  /** A cursor goes on with the search that it came from, and with no other. */
  const placeOf = ({ query }: RouteRequest, list: string): string | null => {
    const cursor = query.get('cursor')
    return cursor === null ? null : (cursors.parse(list, cursor) ?? refused('invalid_cursor'))
  }

  /** Everybody, oldest first: new people come last, so that a page can be counted off. */
  const everybody = async (limit: number, place: string | null): Promise<Found> => {
    const offset = Number(place ?? 0)
    const people = await core.people.list({ offset, limit: limit + 1 })
    return { people: people.slice(0, limit), next: people.length > limit ? String(offset + limit) : null }
  }

  /** By handle, of the first thousand that begin so. */
  const beginning = async (prefix: string, limit: number, place: string | null): Promise<Found> => {
    const all = [...(await core.people.search(prefix, limits.page))].sort(byHandle)
    const rest = place === null ? all : all.filter(({ handleFold }) => compareCodePoints(handleFold, place) > 0)
    const people = rest.slice(0, limit)
    return { people, next: rest.length > limit ? (people.at(-1)?.handleFold ?? null) : null }
  }

  const find = async (identity: Identity, query: string, limit: number, place: string | null): Promise<Found> => {
    if (query === '') return everybody(limit, place)
    const named = await personBy(scope, identity, query)
    return named ? { people: [named], next: null } : beginning(query, limit, place)
  }

  const users = async (request: RouteRequest): Promise<Response> => {
    const identity = await identify(scope, request)
    const query = queryOf(request)
    const list = `directory-users ${query}`
    const { people, next } = await find(identity, query, limitOf(request), placeOf(request, list))
    return answer(200, {
      users: await Promise.all(people.map(person => showProfile(scope, homeId, person, person.updatedAt))),
      next_cursor: next === null ? null : cursors.print(list, next),
    })
  }

  /** As the actor sees them; without those that ended or closed between the two looks. */
  const viewsOf = async (actor: Actor, found: readonly Conversation[]): Promise<readonly ConversationView[]> => {
    const views = await Promise.all(
      found.map(async ({ id }) => {
        try {
          return [await core.conversations.see(actor, { id })]
        } catch (error) {
          if (faultIn(error) === null) throw error
          return []
        }
      }),
    )
    return views.flat()
  }

  const places = async (request: RouteRequest): Promise<Response> => {
    const { actor } = await identify(scope, request)
    const query = queryOf(request)
    const list = `directory-channels ${query}`
    const place = placeOf(request, list)
    const page = { limit: limitOf(request), after: place === null ? undefined : Number(place) }
    const { conversations, more } = await core.conversations.search(query, page)
    const last = more ? conversations.at(-1) : undefined
    return answer(200, {
      channels: await channels.many(actor, await viewsOf(actor, conversations)),
      next_cursor: last ? cursors.print(list, String(last.num)) : null,
    })
  }

  return [
    route(
      {
        method: 'GET',
        path: '/v1/directory/users',
        name: 'directory.users',
        summary: 'People whose username or display name begins so, or whose uid this is; everybody without a query.',
        rules: ['OC94'],
        query: DirectoryQuery,
        responses: { 200: ['A page of them.', UserPage] },
      },
      users,
    ),
    route(
      {
        method: 'GET',
        path: '/v1/directory/channels',
        name: 'directory.channels',
        summary: 'Public channels and groups whose name contains this; all of them without a query.',
        rules: ['OC94'],
        query: DirectoryQuery,
        responses: { 200: ['A page of them.', ChannelPage] },
      },
      places,
    ),
  ]
}
