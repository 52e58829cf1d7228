// Coming into a channel or group by oneself, and asking to (OC101).
import { nullable, open, Type, timestamp, uuid } from '../../../base/schema.ts'
import { type Actor, type ConversationId, type ConversationView, faultIn } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { refused } from '../faults.ts'
import { answer, param, route } from '../http.ts'
import { parseId, printTime } from '../ids.ts'
import { createChannels } from '../outbound.channels.ts'
import { askAnywhere, askInChannel, type ChannelCall, changing, noBody } from '../places.ts'
import type { Scope } from '../scope.ts'
import { OneChannel } from './channels.ts'
import { OneMember } from './members.ts'

const Application = open(
  { user_uid: Type.String(), applied_at: timestamp(), message: Type.Optional(nullable(Type.String())) },
  { title: 'Application' },
)

export const joiningRoutes = (scope: Scope): readonly Route[] => {
  const { core, uids, homeId } = scope
  const channels = createChannels(scope)

  /** What he may read, else what he knows to be there: public groups of any join rule (OC59). Faults: conversation.unknown, member.required. */
  const find = async (actor: Actor, id: ConversationId): Promise<ConversationView> => {
    try {
      return await core.conversations.visit(actor, id)
    } catch (error) {
      if (faultIn(error)?.kind !== 'conversation.unknown') throw error
      return core.conversations.see(actor, { id })
    }
  }

  const join = async (request: RouteRequest): Promise<Response> => {
    const { actor, identity } = await askAnywhere(scope, request, noBody)
    await core.spaces.judgeMember(actor, identity.space)
    const id = parseId(param(request, 'cid')) ?? refused('channel_not_found')
    const view = await find(actor, id)
    if (channels.serverOf(view.conversation) !== identity.space) refused('server_mismatch')
    if (view.me !== null) return answer(200, { channel: await channels.one(actor, view) })
    const outcome = await core.members.join(actor, id, null)
    if (outcome.state === 'joined') {
      return answer(200, { channel: await channels.one(actor, await core.conversations.get(actor, { id })) })
    }
    const { createdAt } = outcome.application
    const application = { user_uid: uids.of(homeId, actor.profile), applied_at: printTime(createdAt) }
    return answer(202, { application })
  }

  const list = async (request: RouteRequest): Promise<Response> => {
    const { actor, view } = await askInChannel(scope, request, noBody)
    const { id } = view.conversation
    const pending = await changing(scope, actor, view.conversation.spaceId, 'member_add_forbidden', () =>
      core.members.applications(actor, id),
    )
    const applications = pending.map(({ application, person }) => ({
      user_uid: uids.of(homeId, person),
      applied_at: printTime(application.createdAt),
      message: application.message,
    }))
    return answer(200, { channel_id: id, applications })
  }

  /** Judges whoever reviews before the name he gives. */
  const review = async <T>(
    request: RouteRequest,
    decide: (call: ChannelCall, ref: { readonly profileId: string }) => Promise<T>,
  ): Promise<{ readonly call: ChannelCall; readonly outcome: T }> => {
    const call = await askInChannel(scope, request, noBody)
    const { actor, view } = call
    const outcome = await changing(scope, actor, view.conversation.spaceId, 'member_add_forbidden', async () => {
      await core.members.applications(actor, view.conversation.id)
      const profile = await uids.profileBy(homeId, param(request, 'uid'))
      return decide(call, { profileId: profile?.id ?? refused('application_not_found') })
    })
    return { call, outcome }
  }

  const approve = async (request: RouteRequest): Promise<Response> => {
    const { outcome } = await review(request, ({ actor, view }, ref) =>
      core.members.approve(actor, view.conversation.id, ref),
    )
    return answer(200, { member: channels.member(homeId, outcome) })
  }

  const reject = async (request: RouteRequest): Promise<Response> => {
    await review(request, ({ actor, view }, ref) => core.members.reject(actor, view.conversation.id, ref))
    return answer(200, { rejected: true })
  }

  return [
    route(
      {
        method: 'POST',
        path: '/v1/channels/:cid/join',
        name: 'channels.join',
        summary: 'Joins what is open, applies where that is asked; repeatable.',
        rules: ['OC101'],
        responses: {
          200: ['In.', OneChannel],
          202: ['Asked.', open({ application: Application }, { title: 'Applied' })],
        },
        refusals: [403, 404, 409],
      },
      join,
    ),
    route(
      {
        method: 'GET',
        path: '/v1/channels/:cid/applications',
        name: 'applications.list',
        summary: 'Who asks to join, oldest first; for owner and managers.',
        rules: ['OC101'],
        responses: {
          200: [
            'All of them.',
            open({ channel_id: uuid(), applications: Type.Array(Application) }, { title: 'Applications' }),
          ],
        },
        refusals: [403, 404],
      },
      list,
    ),
    route(
      {
        method: 'POST',
        path: '/v1/channels/:cid/applications/:uid/approve',
        name: 'applications.approve',
        summary: 'Lets somebody in who asked.',
        rules: ['OC101'],
        responses: { 200: ['The new member.', OneMember] },
        refusals: [403, 404, 409],
      },
      approve,
    ),
    route(
      {
        method: 'POST',
        path: '/v1/channels/:cid/applications/:uid/reject',
        name: 'applications.reject',
        summary: 'Refuses somebody who asked.',
        rules: ['OC101'],
        responses: { 200: ['Refused.', open({ rejected: Type.Boolean() }, { title: 'Rejected' })] },
        refusals: [403, 404],
      },
      reject,
    ),
  ]
}
