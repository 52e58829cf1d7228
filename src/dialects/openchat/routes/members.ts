// Who is in a channel, group or direct chat: listed, added, ranked, muted, removed, leaving (OC99, OC100).
import { NIL_ID } from '../../../base/id.ts'
import { open, Type, uuid } from '../../../base/schema.ts'
import type { Participant, Profile, Time } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { MembersRequest, MuteRequest, RoleRequest } from '../contract.requests.ts'
import { Member, NextCursor } from '../contract.ts'
import { refused } from '../faults.ts'
import { answer, limitOf, param, readJson, route } from '../http.ts'
import { muteIn, roleIn, uidsIn } from '../inbound.places.ts'
import { createChannels } from '../outbound.channels.ts'
import { askInChannel, type ChannelCall, changing, noBody, pageOf } from '../places.ts'
import type { Scope } from '../scope.ts'

/** Who leaves without saying who he is. */
const ME = 'me'

const members = Type.Array(Member)
const Members = open({ channel_id: uuid(), members, next_cursor: NextCursor }, { title: 'Members' })
const MembersAdded = open({ channel_id: uuid(), members }, { title: 'MembersAdded' })
export const OneMember = open({ member: Member }, { title: 'OneMember' })

export const membersRoutes = (scope: Scope): readonly Route[] => {
  const { core, uids, cursors, clock } = scope
  const channels = createChannels(scope)

  const print = ({ view }: ChannelCall, participant: Participant): Member =>
    channels.member(channels.serverOf(view.conversation), participant)

  /** Faults: member.unknown, member.required. */
  const load = async (call: ChannelCall, { id }: Profile): Promise<Member> =>
    print(call, await core.members.one(call.actor, call.view.conversation.id, id))

  /** The member of the path. Refuses 403 to who may not see who is in, 404. */
  const targetOf = async (call: ChannelCall, request: RouteRequest): Promise<Profile> => {
    const space = channels.serverOf(call.view.conversation)
    const profile = (await uids.profileBy(space, param(request, 'uid'))) ?? refused('member_not_found')
    await changing(scope, call.actor, call.view.conversation.spaceId, 'member_update_forbidden', () =>
      load(call, profile),
    )
    return profile
  }

  /** Who is in a channel of a server that somebody made is a matter of that server (OC60). */
  const judgeOwnRoster = ({ view }: ChannelCall): void => {
    if (view.conversation.spaceId !== null) refused('member_update_forbidden')
  }

  const list = async (request: RouteRequest): Promise<Response> => {
    const call = await askInChannel(scope, request, noBody)
    const { actor, view } = call
    const { id } = view.conversation
    const place = pageOf(scope, request, `members ${id}`)
    const page = { limit: limitOf(request), after: place === undefined ? undefined : Number(place) }
    const found = await changing(scope, actor, view.conversation.spaceId, 'forbidden', () =>
      core.members.list(actor, id, page),
    )
    const last = found.more ? found.participants.at(-1) : undefined
    return answer(200, {
      channel_id: id,
      members: found.participants.map(participant => print(call, participant)),
      next_cursor: last ? cursors.print(`members ${id}`, String(last.person.num)) : null,
    })
  }

  const add = async (request: RouteRequest): Promise<Response> => {
    const call = await askInChannel(scope, request, readJson)
    const { actor, view, body } = call
    const named = uidsIn(body, 'user_uids', 1)
    const { id, spaceId } = view.conversation
    if (spaceId !== null) refused('member_add_forbidden')
    const people: string[] = []
    // Whoever may not add at all is told so before he hears who is nobody.
    for (const uid of named) people.push((await uids.profileBy(scope.homeId, uid))?.id ?? NIL_ID)
    const added = await changing(scope, actor, view.conversation.spaceId, 'member_add_forbidden', () =>
      core.members.add(actor, id, people, { skipPresent: true }),
    )
    return answer(201, { channel_id: id, members: added.map(participant => print(call, participant)) })
  }

  const rank = async (request: RouteRequest): Promise<Response> => {
    const call = await askInChannel(scope, request, readJson)
    const target = await targetOf(call, request)
    const { actor, view, body } = call
    const { id } = view.conversation
    const role = roleIn(body, ['manager', 'member', 'owner'])
    judgeOwnRoster(call)
    await changing(scope, actor, view.conversation.spaceId, 'member_update_forbidden', async () => {
      if (role === 'owner') await core.conversations.transfer(actor, id, target.id)
      else await core.members.setRole(actor, id, target.id, role)
    })
    return answer(200, { member: await load(call, target) })
  }

  const remove = async (request: RouteRequest): Promise<Response> => {
    const call = await askInChannel(scope, request, noBody)
    const { actor, view } = call
    const { id } = view.conversation
    const named = param(request, 'uid')
    const leaving = named === ME || named === uids.of(channels.serverOf(view.conversation), actor.profile)
    if (leaving && view.me === null) refused('member_not_found')
    const target = leaving ? null : await targetOf(call, request)
    judgeOwnRoster(call)
    await changing(scope, actor, view.conversation.spaceId, 'member_update_forbidden', () =>
      target === null ? core.members.leave(actor, id) : core.members.kick(actor, id, target.id),
    )
    return answer(200, { removed: true })
  }

  const mute = async (call: ChannelCall, target: Profile, until: Time | null): Promise<Response> => {
    const { actor, view } = call
    await changing(scope, actor, view.conversation.spaceId, 'member_update_forbidden', () =>
      core.members.mute(actor, view.conversation.id, target.id, until),
    )
    return answer(200, { member: await load(call, target) })
  }

  const silence = async (request: RouteRequest): Promise<Response> => {
    const call = await askInChannel(scope, request, readJson)
    const target = await targetOf(call, request)
    return mute(call, target, muteIn(call.body, clock.now()))
  }

  const unmute = async (request: RouteRequest): Promise<Response> => {
    const call = await askInChannel(scope, request, noBody)
    return mute(call, await targetOf(call, request), null)
  }

  return [
    route(
      {
        method: 'GET',
        path: '/v1/channels/:cid/members',
        name: 'channel_members.list',
        summary: 'Who is in it, those first who have been here longest; of a group for its members.',
        rules: ['OC99'],
        responses: { 200: ['A page.', Members] },
        refusals: [403, 404],
      },
      list,
    ),
    route(
      {
        method: 'POST',
        path: '/v1/channels/:cid/members',
        name: 'channel_members.add',
        summary: 'Puts people in, all or none; owner and managers.',
        rules: ['OC99'],
        body: { schema: MembersRequest },
        responses: { 201: ['Those who were not in yet.', MembersAdded] },
        refusals: [403, 404, 409, 413, 415],
      },
      add,
    ),
    route(
      {
        method: 'PATCH',
        path: '/v1/channels/:cid/members/:uid',
        name: 'channel_members.update',
        summary: 'Gives a role; the owner, who may hand over his own.',
        rules: ['OC100'],
        body: { schema: RoleRequest },
        responses: { 200: ['The member.', OneMember] },
        refusals: [403, 404, 413, 415],
      },
      rank,
    ),
    route(
      {
        method: 'DELETE',
        path: '/v1/channels/:cid/members/:uid',
        name: 'channel_members.remove',
        summary: "Removes a member; `me`, or one's own name, leaves.",
        rules: ['OC100', 'OC104'],
        responses: { 200: ['Out.', open({ removed: Type.Boolean() }, { title: 'Removed' })] },
        refusals: [403, 404],
      },
      remove,
    ),
    route(
      {
        method: 'PUT',
        path: '/v1/channels/:cid/members/:uid/mute',
        name: 'channel_members.mute',
        summary: 'Silences a member for so many seconds, or until it is lifted; owner and managers.',
        rules: ['OC100'],
        body: { schema: MuteRequest },
        responses: { 200: ['The member.', OneMember] },
        refusals: [403, 404, 413, 415],
      },
      silence,
    ),
    route(
      {
        method: 'DELETE',
        path: '/v1/channels/:cid/members/:uid/mute',
        name: 'channel_members.unmute',
        summary: 'Lifts it.',
        rules: ['OC100'],
        responses: { 200: ['The member.', OneMember] },
        refusals: [403, 404],
      },
      unmute,
    ),
  ]
}
