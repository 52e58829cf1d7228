// Friends: asked, accepted, removed; blocks (WT25 to WT32).

import { NIL_ID, parseUuid } from '../../../base/id.ts'
import type { Actor, ProfileId, RequestRef } from '../../../core/index.ts'
import type { Route } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { Decision, FriendApply, Target } from '../contract.requests.ts'
import { Accepted, Applied, Blocked, FriendApplications, Friends, Users } from '../contract.ts'
import { refused, replyOf, YOU_BLOCKED_CONFLICT } from '../faults.ts'
import { json, judged, noContent, ownRoute, profileIdOf, type Scope, type Spec, uidParam } from '../http.ts'
import { printChatId, printTime } from '../ids.ts'
import { applyMessageOf, type Fields, readBody, requestOf, targetOf } from '../inbound.ts'
import { printApplication, printUser } from '../outbound.ts'

const contactRef = async (scope: Scope, fields: Fields): Promise<RequestRef> => {
  const named = requestOf(fields)
  return 'num' in named
    ? { profileId: await profileIdOf(scope, named.num) }
    : { requestId: parseUuid(named.requestId) ?? NIL_ID }
}

/** Nothing pending, whether there is such a person or not (WT29). */
const noApplication = { 'person.unknown': () => replyOf('application_not_found') }
const noFriend = {
  'contact.unknown': () => replyOf('friend_not_found'),
  'person.unknown': () => replyOf('friend_not_found'),
}

export const friendsRoutes = (scope: Scope): readonly Route[] => {
  const { core } = scope

  const own = (spec: Spec, handle: Parameters<typeof ownRoute>[2]): Route => ownRoute(scope, spec, handle)

  const target = async (request: Parameters<typeof readBody>[0]): Promise<ProfileId> =>
    profileIdOf(scope, targetOf(await readBody(request)))

  const blockAnswer = async (actor: Actor, id: ProfileId, blocked: boolean): Promise<Response> => {
    const person = await (blocked ? core.contacts.block(actor, id) : core.contacts.unblock(actor, id))
    return json({ uid: person.num, blocked })
  }

  return [
    own(
      {
        method: 'POST',
        path: '/friend/apply',
        name: 'applyFriend',
        summary: "Asks somebody to be friends; the target's setting decides.",
        rules: ['WT25', 'WT26', 'WT27'],
        body: { schema: FriendApply },
        responses: { 200: ['Pending, or friends at once.', Applied] },
        refusals: [403, 404, 409, 413, 415, 422],
      },
      async (actor, request) => {
        const fields = await readBody(request)
        const to = await profileIdOf(scope, targetOf(fields))
        const message = await judged(
          () => applyMessageOf(fields),
          async () => to === NIL_ID && refused('user_not_found'),
        )
        const outcome = await translated({ 'blocked.by-me': () => YOU_BLOCKED_CONFLICT }, () =>
          core.contacts.request(actor, to, message),
        )
        const { requestId } = outcome
        return outcome.state === 'requested'
          ? json({ request_id: requestId, status: 'pending' })
          : json({ request_id: requestId, status: 'accepted', chat_id: printChatId(outcome.conversation.num) })
      },
    ),
    own(
      {
        method: 'POST',
        path: '/friend/accept',
        name: 'acceptFriend',
        summary: 'Accepts a pending application to the caller.',
        rules: ['WT29'],
        body: { schema: Decision },
        responses: { 200: ['Friends now.', Accepted] },
        refusals: [404, 413, 415, 422],
      },
      async (actor, request) => {
        const ref = await contactRef(scope, await readBody(request))
        const { person, conversation } = await translated(noApplication, () => core.contacts.accept(actor, ref))
        return json({ uid: person.num, chat_id: printChatId(conversation.num) })
      },
    ),
    own(
      {
        method: 'POST',
        path: '/friend/reject',
        name: 'rejectFriend',
        summary: 'Rejects a pending application, silently.',
        rules: ['WT29'],
        body: { schema: Decision },
        responses: { 204: ['Rejected.'] },
        refusals: [404, 413, 415, 422],
      },
      async (actor, request) => {
        const ref = await contactRef(scope, await readBody(request))
        await translated(noApplication, () => core.contacts.reject(actor, ref))
        return noContent()
      },
    ),
    own(
      {
        method: 'POST',
        path: '/friend/block',
        name: 'block',
        summary: 'Blocks a person; idempotent.',
        rules: ['WT31', 'WT32'],
        body: { schema: Target },
        responses: { 200: ['Blocked.', Blocked] },
        refusals: [404, 413, 415, 422],
      },
      async (actor, request) => blockAnswer(actor, await target(request), true),
    ),
    own(
      {
        method: 'POST',
        path: '/friend/unblock',
        name: 'unblock',
        summary: 'Lifts a block; idempotent.',
        rules: ['WT31'],
        body: { schema: Target },
        responses: { 200: ['Not blocked.', Blocked] },
        refusals: [404, 413, 415, 422],
      },
      async (actor, request) => blockAnswer(actor, await target(request), false),
    ),
    own(
      {
        method: 'GET',
        path: '/friend/list',
        name: 'friends',
        summary: "The caller's friends.",
        rules: ['WT28'],
        responses: { 200: ['All of them.', Friends] },
      },
      async actor => {
        const friends = await core.contacts.friends(actor)
        const seen = await core.presence.seenBy(
          actor,
          friends.map(friend => friend.person.id),
          'friend',
        )
        return json({
          friends: friends.map(({ person, conversation, since, blocked }) => ({
            ...printUser(person),
            chat_id: printChatId(conversation.num),
            since: printTime(since),
            blocked,
            online: seen.get(person.id)?.online ?? false,
          })),
        })
      },
    ),
    own(
      {
        method: 'GET',
        path: '/friend/applications',
        name: 'friendApplications',
        summary: 'What is pending, both ways.',
        rules: ['WT28'],
        responses: { 200: ['Pending only.', FriendApplications] },
      },
      async actor => {
        const { incoming, outgoing } = await core.contacts.pending(actor)
        const print = (pending: typeof incoming) =>
          pending.map(({ requestId, person, message, since }) => printApplication(requestId, person, message, since))
        return json({ incoming: print(incoming), outgoing: print(outgoing) })
      },
    ),
    own(
      {
        method: 'GET',
        path: '/friend/blocked',
        name: 'blocked',
        summary: 'Whom the caller has blocked.',
        rules: ['WT28'],
        responses: { 200: ['All of them.', Users] },
      },
      async actor => json({ users: (await core.contacts.blocked(actor)).map(printUser) }),
    ),
    own(
      {
        method: 'DELETE',
        path: '/friend/:user_id',
        name: 'removeFriend',
        summary: 'Ends a friendship for both; the chat stays readable.',
        rules: ['WT30'],
        responses: { 204: ['Ended.'] },
        refusals: [404],
      },
      async (actor, request) => {
        const id = await profileIdOf(scope, uidParam(request, 'user_id'))
        // The core would withdraw an own application; here that is no friendship to end.
        const pending = (await core.people.relation(actor, id)) === 'pending_out'
        await translated(noFriend, () => core.contacts.remove(actor, pending ? NIL_ID : id))
        return noContent()
      },
    ),
  ]
}
