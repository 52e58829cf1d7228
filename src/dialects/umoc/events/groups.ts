// Groups: made, filled, left, renamed, ruled, ended (section J).

import { NIL_ID } from '../../../base/id.ts'
import { isCleanText } from '../../../base/json.ts'
import { countCodePoints } from '../../../base/text.ts'
import {
  type ConversationId,
  type ConversationPatch,
  type ConversationView,
  faultIn,
  limits,
  type Num,
  type Person,
  type Profile,
  type ProfileId,
  personOf,
} from '../../../core/index.ts'
import { parseNum } from '../ids.ts'
import {
  printGroupDeleted,
  printGroupUpdated,
  printMemberAdded,
  printMemberLeft,
  printMemberRemoved,
  printMemberUpdated,
} from '../outbound.people.ts'
import { loadGroupInfo } from '../views.ts'
import { invalid, missing, refused, texts, translated } from '../words.ts'
import { CHANGES, type EventContext, type EventHandler, type EventTable, noted } from './dispatch.ts'
import { flag, has, need, num, optional, type Payload, text } from './fields.ts'

/** Code points, after trimming (UM121). */
const NAME_LENGTH = 100
const DESCRIPTION_LENGTH = 500

const within = (value: string, field: string, most: number): string =>
  countCodePoints(value) <= most && isCleanText(value) ? value : invalid(field)

const nameIn = (payload: Payload): string => {
  const name = text(payload, 'name').trim()
  return name === '' ? missing() : within(name, 'name', NAME_LENGTH)
}

const descriptionIn = (payload: Payload): string =>
  within(text(payload, 'description'), 'description', DESCRIPTION_LENGTH)

const memberNumsIn = (payload: Payload): readonly Num[] => {
  const { member_ids: given } = payload
  if (!Array.isArray(given) || given.length > limits.membersPerCall) return invalid('member_ids')
  return [...new Set(given.map(each => parseNum(each) ?? invalid('member_ids')))]
}

/** Whom numbers name; nobody has the nil id. */
const idsOf = async ({ scope }: EventContext, nums: readonly Num[]): Promise<readonly ProfileId[]> => {
  const ids: ProfileId[] = []
  for (const each of nums) ids.push((await scope.core.people.byNum(each))?.id ?? NIL_ID)
  return ids
}

const createGroup: EventHandler = async (context, payload) => {
  need(payload, 'name')
  const title = nameIn(payload)
  const description = optional(payload, 'description', descriptionIn) ?? null
  const nums = optional(payload, 'member_ids', memberNumsIn) ?? []
  const { scope, actor } = context
  const memberIds = await idsOf(context, nums)
  const group = { title, description: description || null, memberIds }
  const words = { 'person.unknown': texts.notAContact }
  const { conversation } = await translated(words, () => scope.core.conversations.create(actor, group))
  return noted(await loadGroupInfo(scope, actor, conversation.id))
}

/** The group a request names, `group_id` being another word for `chat_id` (UM120). Who is not in it is refused. */
const groupIn = async ({ scope, actor }: EventContext, payload: Payload): Promise<ConversationView> => {
  const field = has(payload, 'chat_id') ? 'chat_id' : 'group_id'
  need(payload, field)
  const chat = await scope.chats.find(actor, num(payload, field), true)
  return chat.type === 'group' ? scope.core.conversations.get(actor, { id: chat.id }) : refused(texts.notAMember)
}

interface Target {
  readonly id: ProfileId
  readonly profile: Profile | null
}

const targetIn = async ({ scope }: EventContext, payload: Payload): Promise<Target> => {
  const profile = await scope.core.people.byNum(num(payload, 'user_id'))
  return { id: profile?.id ?? NIL_ID, profile }
}

/** Somebody the core has acted upon is there. */
const printable = ({ profile }: Target): Person => (profile ? personOf(profile) : refused('User not found'))

const addMember: EventHandler = async (context, payload) => {
  const { conversation } = await groupIn(context, payload)
  need(payload, 'user_id')
  const target = await targetIn(context, payload)
  const { scope, actor } = context
  await scope.core.members.add(actor, conversation.id, [target.id], { skipPresent: false })
  const me = personOf(actor.profile)
  return noted(printMemberAdded(conversation, printable(target), 'member', me, scope.clock.now()))
}

/** The owner cannot be put out by anybody; other admins by the owner only (UM123). */
const removeMember: EventHandler = async (context, payload) => {
  const { conversation, owner } = await groupIn(context, payload)
  need(payload, 'user_id')
  const target = await targetIn(context, payload)
  const { scope, actor } = context
  try {
    await scope.core.members.kick(actor, conversation.id, target.id)
  } catch (thrown) {
    const fault = faultIn(thrown)
    const isOwner = fault?.kind === 'role.required' && fault.role === 'owner' && owner?.id === target.id
    if (isOwner || fault?.kind === 'self.refused') return invalid('user_id')
    throw thrown
  }
  return noted(printMemberRemoved(conversation, printable(target), personOf(actor.profile), scope.clock.now()))
}

const leaveGroup: EventHandler = async (context, payload) => {
  const { conversation } = await groupIn(context, payload)
  const { scope, actor } = context
  await scope.core.members.leave(actor, conversation.id)
  return noted(printMemberLeft(conversation, personOf(actor.profile), scope.clock.now()))
}

const updateGroup: EventHandler = async (context, payload) => {
  const { conversation } = await groupIn(context, payload)
  const title = optional(payload, 'name', nameIn)
  const description = optional(payload, 'description', descriptionIn)
  const patch: ConversationPatch = {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description: description || null }),
  }
  const { scope, actor } = context
  const changed = await scope.core.conversations.update(actor, conversation.id, patch)
  return noted(printGroupUpdated(changed.conversation, personOf(actor.profile), scope.clock.now()))
}

const setAdmin: EventHandler = async (context, payload) => {
  const { conversation } = await groupIn(context, payload)
  need(payload, 'user_id', 'is_admin')
  const target = await targetIn(context, payload)
  const role = flag(payload, 'is_admin') ? 'manager' : 'member'
  const { scope, actor } = context
  await translated({ 'self.refused': 'Invalid user_id' }, () =>
    scope.core.members.setRole(actor, conversation.id, target.id, role),
  )
  const me = personOf(actor.profile)
  return noted(printMemberUpdated(conversation, printable(target), role, me, scope.clock.now()))
}

const deleteGroup: EventHandler = async (context, payload) => {
  const { conversation } = await groupIn(context, payload)
  const { scope, actor } = context
  await scope.core.conversations.end(actor, conversation.id satisfies ConversationId)
  return noted(printGroupDeleted(conversation, personOf(actor.profile), scope.clock.now()))
}

export const groupEvents = {
  create_group: { handle: createGroup, rate: CHANGES, rules: ['UM121'] },
  add_member: { handle: addMember, rate: CHANGES, rules: ['UM120', 'UM122'] },
  remove_member: { handle: removeMember, rate: CHANGES, rules: ['UM120', 'UM123'] },
  leave_group: { handle: leaveGroup, rate: CHANGES, rules: ['UM120', 'UM124'] },
  update_group: { handle: updateGroup, rate: CHANGES, rules: ['UM120', 'UM125'] },
  set_admin: { handle: setAdmin, rate: CHANGES, rules: ['UM120', 'UM126'] },
  delete_group: { handle: deleteGroup, rate: CHANGES, rules: ['UM120', 'UM127'] },
} as const satisfies EventTable
