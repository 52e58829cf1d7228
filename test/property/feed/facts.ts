// Event bodies with just enough in them.
import type { EventBody } from '../../../src/core/event.ts'
import type { Conversation, ConversationRef } from '../../../src/core/model/conversation.ts'
import type { ConversationId, ProfileId, Seq, StreamId } from '../../../src/core/model/ids.ts'
import type { Person } from '../../../src/core/model/profile.ts'
import type { Signal } from '../../../src/core/signal.ts'

const personOf = (id: ProfileId): Person => ({ id, num: 1, handle: id, displayName: null, avatar: null })

const somebody = personOf('somebody')

const refOf = (id: ConversationId): ConversationRef => ({
  id,
  num: 2,
  kind: 'group',
  slug: id,
  title: null,
  pair: null,
})

const conversationOf = (id: ConversationId): Conversation => ({
  id,
  num: 2,
  kind: 'group',
  spaceId: null,
  slug: id,
  slugFold: id,
  title: null,
  titleFold: null,
  description: null,
  avatar: null,
  visibility: 'private',
  joinRule: 'invite',
  sizeClass: 'small',
  pairKey: null,
  createdBy: null,
  createdAt: 0,
  updatedAt: 0,
  memberCount: 1,
  head: 0,
  lastMessageId: null,
  lastMessageAt: null,
  recalled: 0,
  streakDays: 0,
  streakDay: null,
})

/** Something that changes nobody's membership. */
export const changed = (id: ConversationId): EventBody => ({
  type: 'conversation.updated',
  conversation: conversationOf(id),
  owner: null,
  changed: [],
  by: null,
})

export const ended = (id: ConversationId): EventBody => ({
  type: 'conversation.ended',
  conversation: conversationOf(id),
  by: somebody,
})

export const joined = (id: ConversationId, profileId: ProfileId): EventBody => ({
  type: 'member.joined',
  conversation: conversationOf(id),
  person: personOf(profileId),
  role: 'member',
  via: 'added',
  by: null,
})

export const left = (id: ConversationId, profileId: ProfileId): EventBody => ({
  type: 'member.left',
  conversation: conversationOf(id),
  person: personOf(profileId),
  why: 'kicked',
  by: somebody,
})

export const membershipBegan = (id: ConversationId, after: Seq): EventBody => ({
  type: 'membership.began',
  conversation: conversationOf(id),
  via: 'added',
  by: null,
  after,
})

export const membershipEnded = (id: ConversationId): EventBody => ({
  type: 'membership.ended',
  conversation: refOf(id),
  why: 'kicked',
  by: somebody,
})

/** Something in a profile's stream that changes no membership. */
export const blockSet = (): EventBody => ({ type: 'block.set', blocked: somebody })

export const typing = (stream: StreamId, id: ConversationId): Signal => ({
  stream,
  at: 0,
  body: { type: 'typing', conversation: refOf(id), person: somebody, active: true, expiresAt: null },
})
