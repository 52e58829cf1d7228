// The steps from which every change of membership is made, each inside its caller's transaction.

import { fold } from '../../base/fold.ts'
import { newId } from '../../base/id.ts'
import type { Context } from '../context.ts'
import type { JoinedVia, LeftWhy } from '../event.ts'
import { refuse } from '../fault.ts'
import { limits } from '../limits.ts'
import { pairOf } from '../model/contact.ts'
import type { Conversation, ConversationKind, JoinRule, Member, Role } from '../model/conversation.ts'
import { conversationStream, type Fid, type ProfileId, profileStream, type SpaceId, type Time } from '../model/ids.ts'
import { type Person, type Profile, personOf } from '../model/profile.ts'
import type { Tx } from '../ports/store.ts'
import { conversationRefOf } from '../queries/message-view.ts'
import { privateSlug, publicSlug } from '../slug.ts'

export interface Draft {
  readonly kind: ConversationKind
  readonly spaceId: SpaceId | null
  readonly title: string | null
  readonly description: string | null
  readonly avatar: Fid | null
  readonly visibility: 'public' | 'private'
  readonly joinRule: JoinRule
  readonly sizeClass: 'small' | 'large'
  readonly pairKey: string | null
  /** Fixed name instead of a minted one; the caller has seen that it is free. */
  readonly slug: string | null
}

/** A new conversation without members. */
export const doCreateConversation = async (
  context: Context,
  tx: Tx,
  draft: Draft,
  by: Person | null,
  memberCount: number,
): Promise<Conversation> => {
  const { slug: fixed, ...given } = draft
  const num = await tx.nextNum()
  const slug =
    fixed ??
    (draft.visibility === 'public'
      ? await publicSlug(tx, draft.title, draft.kind, num)
      : privateSlug(draft.title, draft.kind, num))
  const at = context.now()
  const conversation: Conversation = {
    ...given,
    id: newId(),
    num,
    slug,
    slugFold: fold(slug),
    titleFold: draft.title === null ? null : fold(draft.title),
    createdBy: by?.id ?? null,
    createdAt: at,
    updatedAt: at,
    memberCount,
    head: 0,
    lastMessageId: null,
    lastMessageAt: null,
    recalled: 0,
    streakDays: 0,
    streakDay: null,
  }
  await tx.insert('conversation', conversation)
  await tx.append(conversationStream(conversation.id), { type: 'conversation.created', conversation, by })
  return conversation
}

const newMember = (conversation: Conversation, profileId: ProfileId, role: Role, at: Time): Member => ({
  conversationId: conversation.id,
  profileId,
  role,
  joinedAt: at,
  // Whoever comes sees the whole history, and starts read up to date.
  joinedSeq: conversation.head,
  readUpTo: conversation.head,
  readAt: null,
  wroteAsStranger: false,
  wroteDay: null,
})

/** Puts the people a conversation begins with into it; their arrival is part of its creation and no event of its own. */
export const doSeat = async (
  context: Context,
  tx: Tx,
  conversation: Conversation,
  people: readonly { readonly profile: Profile; readonly role: Role }[],
  by: Person,
): Promise<void> => {
  for (const { profile, role } of people) {
    await tx.insert('member', newMember(conversation, profile.id, role, context.now()))
    await tx.append(profileStream(profile.id), {
      type: 'membership.began',
      conversation,
      via: 'created',
      by,
      after: 0,
    })
  }
}

/** The direct conversation of two people who have none yet. */
export const doCreateDirect = async (context: Context, tx: Tx, by: Profile, other: Profile): Promise<Conversation> => {
  const draft: Draft = {
    kind: 'direct',
    spaceId: null,
    title: null,
    description: null,
    avatar: null,
    visibility: 'private',
    joinRule: 'invite',
    sizeClass: 'small',
    pairKey: pairOf(by.id, other.id).join(':'),
    slug: null,
  }
  const conversation = await doCreateConversation(context, tx, draft, personOf(by), 2)
  const people = [by, other].map(profile => ({ profile, role: 'member' as const }))
  await doSeat(context, tx, conversation, people, personOf(by))
  return conversation
}

/** Faults: group.full. */
export const judgeRoom = (conversation: Pick<Conversation, 'kind' | 'sizeClass'>, members: number): void => {
  const limit = limits.groupMembers[conversation.sizeClass]
  if (conversation.kind === 'group' && members > limit) refuse({ kind: 'group.full', limit })
}

/** Faults: group.full. */
export const doJoin = async (
  context: Context,
  tx: Tx,
  before: Conversation,
  profile: Profile,
  how: { readonly role: Role; readonly via: JoinedVia; readonly by: Person | null },
): Promise<{ readonly conversation: Conversation; readonly member: Member }> => {
  judgeRoom(before, before.memberCount + 1)
  const conversation = { ...before, memberCount: before.memberCount + 1 }
  const member = newMember(conversation, profile.id, how.role, context.now())
  await tx.insert('member', member)
  await tx.put('conversation', conversation)
  const application = await tx.applicationBy(conversation.id, profile.id)
  if (application) await tx.remove('application', { id: application.id })
  const stream = conversationStream(conversation.id)
  const after = await tx.headOf(stream)
  // The newcomer's own stream first, so that live readers follow the conversation from here on.
  const began = { type: 'membership.began', conversation, via: how.via, by: how.by, after } as const
  await tx.append(profileStream(profile.id), began)
  await tx.append(stream, { type: 'member.joined', conversation, person: personOf(profile), ...how })
  return { conversation, member }
}

/**
 * Takes somebody out; passes ownership on, or ends a group that nobody is left in. Who owns a channel of a space, and
 * whether it goes on, is the space's affair: he may have left the channel alone, by another door.
 */
export const doLeave = async (
  context: Context,
  tx: Tx,
  before: Conversation,
  member: Member,
  person: Person,
  how: { readonly why: LeftWhy; readonly by: Person },
): Promise<void> => {
  const conversation = { ...before, memberCount: before.memberCount - 1 }
  const stream = conversationStream(conversation.id)
  await tx.remove('member', member)
  if (conversation.kind === 'channel') {
    const place = { conversationId: conversation.id, profileId: person.id }
    await tx.put('pastMember', { ...place, leftAt: context.now() })
  }
  await tx.put('conversation', conversation)
  await tx.append(stream, { type: 'member.left', conversation, person, ...how })
  const ref = await conversationRefOf(tx, conversation)
  await tx.append(profileStream(person.id), { type: 'membership.ended', conversation: ref, ...how })
  if (conversation.spaceId !== null) return
  if (member.role === 'owner') {
    const heir = await tx.successorOf(conversation.id, person.id)
    if (heir) return doSetRole(tx, conversation, heir, 'owner', how.by)
  }
  // `general` belongs to nobody and never ends.
  if (conversation.memberCount === 0 && conversation.createdBy !== null) {
    await doEnd(tx, conversation, how.by)
  }
}

export const doSetRole = async (
  tx: Tx,
  conversation: Conversation,
  member: Member,
  role: Role,
  by: Person,
): Promise<void> => {
  if (member.role === role) return
  await tx.put('member', { ...member, role })
  const profile = await tx.get('profile', { id: member.profileId })
  if (!profile) return
  await tx.append(conversationStream(conversation.id), {
    type: 'member.role',
    conversation: await conversationRefOf(tx, conversation),
    person: personOf(profile),
    role,
    by,
  })
  if (role === 'owner') await doUnmute(tx, conversation, profile, by)
}

/** For a new owner: nobody outranks him, so nobody could lift his mute. */
const doUnmute = async (tx: Tx, conversation: Conversation, profile: Profile, by: Person): Promise<void> => {
  const key = { conversationId: conversation.id, profileId: profile.id }
  if (!(await tx.get('mute', key))) return
  await tx.remove('mute', key)
  await tx.append(conversationStream(conversation.id), {
    type: 'member.muted',
    conversation: await conversationRefOf(tx, conversation),
    person: personOf(profile),
    until: null,
    by,
  })
}

/** Ends a conversation for good, for everyone in it. */
export const doEnd = async (tx: Tx, conversation: Conversation, by: Person): Promise<void> => {
  const ref = await conversationRefOf(tx, conversation)
  const members = await tx.memberIdsOf(conversation.id)
  await tx.append(conversationStream(conversation.id), { type: 'conversation.ended', conversation, by })
  for (const id of members) {
    await tx.append(profileStream(id), { type: 'membership.ended', conversation: ref, why: 'ended', by })
  }
  await tx.eraseConversation(conversation.id)
}
