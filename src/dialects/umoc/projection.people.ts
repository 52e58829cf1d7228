// Contacts and groups → frames, and who gets them (section L).
import { faultIn, isEvent, type Person, type ProfileId, personOf, type StreamId } from '../../core/index.ts'
import type { Loader, Loaders } from './deferred.ts'
import { eventFrame, toAll, toOthers } from './frames.ts'
import {
  printAccepted,
  printAdded,
  printContact,
  printGroupDeleted,
  printGroupUpdated,
  printMemberAdded,
  printMemberLeft,
  printMemberRemoved,
  printMemberUpdated,
  printUnblocked,
} from './outbound.people.ts'
import type { PeopleEvents } from './projection.ts'
import { loadGroupInfo } from './views.ts'

/** Whose stream it is. */
const ownerOf = (stream: StreamId): ProfileId => stream.slice('profile/'.length)

/** The other one of the two whom an event in a person's own stream is about. */
const otherThan = (stream: StreamId, one: Person, other: Person): Person => (one.id === ownerOf(stream) ? other : one)

/** Frames that need more than their event says: what stands for them until they are loaded (`deferred.ts`). */
const CREATED = 'group_created'
const REMOVED = 'member_removed'
const LEFT = 'member_left'
const UNBLOCKED = 'contact_unblocked'

export const peopleEvents: PeopleEvents = {
  'contact.requested': ({ stream, body: { from, to } }) =>
    toAll(
      to.id === ownerOf(stream)
        ? eventFrame('contact_request', printContact(from))
        : eventFrame('contact_added', printAdded(to)),
    ),
  'contact.accepted': ({ stream, body: { by, other } }) =>
    toAll(eventFrame('contact_accepted', printAccepted(otherThan(stream, by, other)))),
  'contact.rejected': ({ stream, body: { by, other } }) =>
    toAll(eventFrame('contact_rejected', { user_id: otherThan(stream, by, other).num })),
  'contact.removed': ({ stream, body: { by, other } }) =>
    toAll(eventFrame('contact_removed', { user_id: otherThan(stream, by, other).num })),
  'block.set': ({ body: { blocked } }) => toAll(eventFrame('contact_blocked', { user_id: blocked.num })),
  'block.lifted': () => toAll(UNBLOCKED),

  'conversation.created': null,
  'conversation.updated': ({ at, body: { conversation, changed, by } }) =>
    changed.includes('title') || changed.includes('description')
      ? toAll(eventFrame('group_updated', printGroupUpdated(conversation, by, at)))
      : [],
  // Each member is told in his own stream (`membership.ended`).
  'conversation.ended': null,
  'member.joined': ({ at, body: { conversation, person, role, by } }) =>
    toAll(eventFrame('member_added', printMemberAdded(conversation, person, role, by, at))),
  // Who is out hears of it in his own stream.
  'member.left': ({ at, body: { conversation, person, why, by } }) =>
    toOthers(
      why === 'kicked'
        ? eventFrame('member_removed', printMemberRemoved(conversation, person, by, at))
        : eventFrame('member_left', printMemberLeft(conversation, person, at)),
      person,
    ),
  'member.role': ({ at, body: { conversation, person, role, by } }) =>
    toAll(eventFrame('member_updated', printMemberUpdated(conversation, person, role, by, at))),
  // A direct chat that was begun says nothing before its first message; who comes later is a `member_added` (UM122).
  'membership.began': ({ body: { conversation, via } }) =>
    conversation.kind !== 'direct' && via === 'created' ? toAll(CREATED) : [],
  'membership.ended': ({ at, body: { conversation, why, by } }) => {
    if (why === 'ended') return toAll(eventFrame('group_deleted', printGroupDeleted(conversation, by, at)))
    return toAll(why === 'kicked' ? REMOVED : LEFT)
  },
}

const created: Loader = async (scope, actor, { body }) => {
  if (body.type !== 'membership.began') return null
  return eventFrame(CREATED, await loadGroupInfo(scope, actor, body.conversation.id))
}

/** To the one who is out. */
const out: Loader = async (_scope, { profile }, note) => {
  if (!isEvent(note) || note.body.type !== 'membership.ended') return null
  const { conversation, why, by } = note.body
  const me = personOf(profile)
  return why === 'kicked'
    ? eventFrame(REMOVED, printMemberRemoved(conversation, me, by, note.at))
    : eventFrame(LEFT, printMemberLeft(conversation, me, note.at))
}

const unblocked: Loader = async ({ core }, actor, { body }) => {
  if (body.type !== 'block.lifted') return null
  const { blocked } = body
  return eventFrame(UNBLOCKED, printUnblocked(blocked, (await core.people.relation(actor, blocked.id)) === 'friend'))
}

/** What somebody may no longer see is nothing to tell him. */
const whileSeen =
  (loader: Loader): Loader =>
  async (...of) => {
    try {
      return await loader(...of)
    } catch (thrown) {
      if (faultIn(thrown) === null) throw thrown
      return null
    }
  }

export const peopleLoaders: Loaders = new Map([
  [CREATED, whileSeen(created)],
  [REMOVED, out],
  [LEFT, out],
  [UNBLOCKED, unblocked],
])
