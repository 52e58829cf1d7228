// Members of a group: listed, added, joined, approved, removed, ranked, muted (WT38 to WT44).

import { NIL_ID, parseUuid } from '../../../base/id.ts'
import {
  type Actor,
  type ApplicationRef,
  type ConversationId,
  FOREVER,
  type Participant,
  type ProfileId,
} from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { AddMembers, Apply, Decision, MemberQuery, Mute, SetManagers, SetRole } from '../contract.requests.ts'
import { Added, GroupApplications, Joined, Managers, Member, MemberList, Muted } from '../contract.ts'
import { invalid, refused, replyOf } from '../faults.ts'
import {
  json,
  judged,
  noContent,
  ownRoute,
  param,
  probe,
  profileIdOf,
  type Scope,
  type Spec,
  uidParam,
} from '../http.ts'
import { parseChatNum, parseNum, printTimeOrNull } from '../ids.ts'
import {
  applyMessageOf,
  countOf,
  type Fields,
  flagOf,
  judgeMute,
  peopleOf,
  readBody,
  requestOf,
  targetOf,
} from '../inbound.ts'
import { printApplication, printMember } from '../outbound.ts'

const PAGE = 1000
const PEOPLE_PER_CALL = 100
const MANAGERS_PER_CALL = 256

/** Kicking and muting: whoever may not is no admin to that person, whatever his rank (WT42, WT44). */
const notAnAdmin = { 'role.required': () => replyOf('not_an_admin') }
/** A group one cannot see does not exist (WT40). */
const hidden = {
  'conversation.unknown': () => replyOf('chat_not_found'),
  'member.required': () => replyOf('chat_not_found'),
  'conversation.fixed': () => replyOf('chat_not_found'),
}

export const membersRoutes = (scope: Scope): readonly Route[] => {
  const { core, clock, chats } = scope
  const { members } = core
  const own = (spec: Spec, handle: Parameters<typeof ownRoute>[2]): Route => ownRoute(scope, spec, handle)

  const groupOf = (actor: Actor, request: RouteRequest): Promise<ConversationId> =>
    chats.find(actor, parseChatNum(param(request, 'id')))

  const idsOf = (nums: readonly number[]): Promise<readonly ProfileId[]> =>
    Promise.all(nums.map(num => profileIdOf(scope, num)))

  const applicationRef = async (fields: Fields): Promise<ApplicationRef> => {
    const named = requestOf(fields)
    return 'num' in named
      ? { profileId: await profileIdOf(scope, named.num) }
      : { applicationId: parseUuid(named.requestId) ?? NIL_ID }
  }

  const listAll = async (actor: Actor, id: ConversationId): Promise<readonly Participant[]> => {
    const all: Participant[] = []
    for (let more = true; more; ) {
      const page = await members.list(actor, id, { limit: PAGE, after: all.at(-1)?.person.num })
      all.push(...page.participants)
      more = page.more && page.participants.length > 0
    }
    return all
  }

  const managersNow = async (actor: Actor, id: ConversationId): Promise<readonly number[]> =>
    (await listAll(actor, id)).flatMap(({ member, person }) => (member.role === 'manager' ? [person.num] : []))

  /** Whether the caller may rank anybody here; can change nothing. */
  const rankProbe = (actor: Actor, id: ConversationId) => () =>
    probe(['member.unknown'], () => members.setRole(actor, id, NIL_ID, 'member'))
  const reviewProbe = (actor: Actor, id: ConversationId) => () =>
    probe(['application.unknown'], () => members.reject(actor, id, { applicationId: NIL_ID }))

  const decide =
    (outcome: (actor: Actor, id: ConversationId, ref: ApplicationRef) => Promise<Response>) =>
    async (actor: Actor, request: RouteRequest): Promise<Response> => {
      const fields = await readBody(request)
      const id = await groupOf(actor, request)
      await judged(() => requestOf(fields), reviewProbe(actor, id))
      return outcome(actor, id, await applicationRef(fields))
    }

  return [
    own(
      {
        method: 'GET',
        path: '/group/:id/members',
        name: 'members',
        summary: 'Who is in a group, or in a direct chat, by uid.',
        rules: ['WT38', 'WT47'],
        query: MemberQuery,
        responses: { 200: ['A bare array.', MemberList] },
        refusals: [403],
      },
      async (actor, request) => {
        const limit = countOf(request.query, 'limit', { fallback: 0, min: 1, max: PAGE })
        const cursor = request.query.get('after')
        const after = cursor === null ? undefined : (parseNum(cursor) ?? refused('bad_cursor'))
        // Asked anew each time: the core would list a public channel to anybody, this contract to members only.
        const { conversation } = await core.conversations.get(actor, { num: parseChatNum(param(request, 'id')) })
        const { id } = conversation
        const listed =
          limit === 0 && after === undefined
            ? await listAll(actor, id)
            : (await members.list(actor, id, { limit: limit || PAGE, after })).participants
        return json(listed.map(printMember))
      },
    ),
    own(
      {
        method: 'POST',
        path: '/group/:id/members',
        name: 'addMembers',
        summary: 'Adds people; owner or manager.',
        rules: ['WT39'],
        body: { schema: AddMembers },
        responses: { 201: ['Who was added.', Added] },
        refusals: [403, 404, 409, 413, 415, 422],
      },
      async (actor, request) => {
        const fields = await readBody(request)
        const id = await groupOf(actor, request)
        const many = fields.user_ids !== undefined
        const nums = await judged(
          () => (many ? peopleOf(fields, 'user_ids', PEOPLE_PER_CALL) : [targetOf(fields)]),
          () => members.add(actor, id, [], { skipPresent: true }),
        )
        const added = (await members.add(actor, id, await idsOf(nums), { skipPresent: many })).map(printMember)
        return json({ members: added, ...(!many && added[0]) }, 201)
      },
    ),
    own(
      {
        method: 'POST',
        path: '/group/:id/members/apply',
        name: 'applyToGroup',
        summary: 'Joins an open public group, or asks to.',
        rules: ['WT40'],
        body: { schema: Apply },
        responses: { 200: ['Joined, or pending.', Joined] },
        refusals: [403, 404, 409, 413, 415, 422],
      },
      async (actor, request) => {
        const fields = await readBody(request, false)
        const outcome = await translated(hidden, async () => {
          const { conversation } = await core.conversations.see(actor, { num: parseChatNum(param(request, 'id')) })
          return members.join(actor, conversation.id, applyMessageOf(fields))
        })
        return outcome.state === 'joined'
          ? json({ status: 'joined' })
          : json({ status: 'pending', request_id: outcome.application.id })
      },
    ),
    own(
      {
        method: 'GET',
        path: '/group/:id/members/applications',
        name: 'groupApplications',
        summary: 'Who wants to join; owner or manager.',
        rules: ['WT41'],
        responses: { 200: ['Oldest first.', GroupApplications] },
        refusals: [403],
      },
      async (actor, request) => {
        const pending = await members.applications(actor, await groupOf(actor, request))
        const applications = pending.map(({ application, person }) =>
          printApplication(application.id, person, application.message, application.createdAt),
        )
        return json({ applications })
      },
    ),
    own(
      {
        method: 'POST',
        path: '/group/:id/members/approve',
        name: 'approve',
        summary: 'Lets an applicant in; owner or manager.',
        rules: ['WT41'],
        body: { schema: Decision },
        responses: { 200: ['The new member.', Member] },
        refusals: [403, 404, 409, 413, 415, 422],
      },
      decide(async (actor, id, ref) => json(printMember(await members.approve(actor, id, ref)))),
    ),
    own(
      {
        method: 'POST',
        path: '/group/:id/members/reject',
        name: 'reject',
        summary: 'Turns an applicant away; owner or manager.',
        rules: ['WT41'],
        body: { schema: Decision },
        responses: { 204: ['Rejected.'] },
        refusals: [403, 404, 413, 415, 422],
      },
      decide(async (actor, id, ref) => {
        await members.reject(actor, id, ref)
        return noContent()
      }),
    ),
    own(
      {
        method: 'DELETE',
        path: '/group/:id/members/:uid',
        name: 'removeMember',
        summary: 'Leaves (oneself) or kicks (another).',
        rules: ['WT42'],
        responses: { 204: ['Out.'] },
        refusals: [403, 404, 409],
      },
      async (actor, request) => {
        const num = uidParam(request, 'uid')
        const id = await groupOf(actor, request)
        if (num === actor.profile.num) await members.leave(actor, id)
        else {
          const target = await profileIdOf(scope, num)
          await translated(notAnAdmin, () => members.kick(actor, id, target))
        }
        return noContent()
      },
    ),
    own(
      {
        method: 'PUT',
        path: '/group/:id/managers',
        name: 'setManagers',
        summary: 'Sets all managers, or makes one person a manager or not; owner only.',
        rules: ['WT43'],
        body: { schema: SetManagers },
        responses: { 200: ['All managers.', Managers] },
        refusals: [403, 404, 413, 415, 422],
      },
      async (actor, request) => {
        const fields = await readBody(request)
        const id = await groupOf(actor, request)
        const wish = await judged(
          () =>
            fields.managers === undefined
              ? { num: targetOf(fields), manager: flagOf(fields, 'is_manager') }
              : { all: peopleOf(fields, 'managers', MANAGERS_PER_CALL) },
          rankProbe(actor, id),
        )
        if ('all' in wish) {
          const managers = await members.setManagers(actor, id, await idsOf(wish.all))
          return json({ managers: managers.map(({ person }) => person.num) })
        }
        await members.setRole(actor, id, await profileIdOf(scope, wish.num), wish.manager ? 'manager' : 'member')
        return json({ managers: await managersNow(actor, id) })
      },
    ),
    own(
      {
        method: 'PATCH',
        path: '/group/:id/members/:uid',
        name: 'setRole',
        summary: 'The same for one person, in the words of real clients.',
        rules: ['WT43'],
        body: { schema: SetRole },
        responses: { 200: ['The member.', Member] },
        refusals: [403, 404, 413, 415, 422],
      },
      async (actor, request) => {
        const fields = await readBody(request)
        const num = uidParam(request, 'uid')
        const id = await groupOf(actor, request)
        const { role } = fields
        await judged(() => role === 'admin' || role === 'member' || invalid('role'), rankProbe(actor, id))
        const target = await profileIdOf(scope, num)
        const participant = await members.setRole(actor, id, target, role === 'admin' ? 'manager' : 'member')
        return json(printMember(participant))
      },
    ),
    own(
      {
        method: 'POST',
        path: '/group/:id/mute',
        name: 'mute',
        summary: 'Mutes a member for a time or until unmuted, or unmutes him.',
        rules: ['WT44'],
        body: { schema: Mute },
        responses: { 200: ['How it stands.', Muted] },
        refusals: [403, 404, 413, 415, 422],
      },
      async (actor, request) => {
        const fields = await readBody(request)
        const id = await groupOf(actor, request)
        const { num, muted, seconds } = await translated(notAnAdmin, () =>
          judged(
            () => judgeMute(fields),
            () => probe(['member.unknown'], () => members.mute(actor, id, NIL_ID, null)),
          ),
        )
        const wanted = seconds === null ? FOREVER : Math.min(FOREVER, clock.now() + seconds * 1000)
        const target = await profileIdOf(scope, num)
        const until = await translated(notAnAdmin, () => members.mute(actor, id, target, muted ? wanted : null))
        return json({ uid: num, mute_status: until !== null, muted_until: printTimeOrNull(until) })
      },
    ),
  ]
}
