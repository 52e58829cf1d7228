// Event bodies with just enough in them.
import type { EventBody } from '../../../src/core/event.ts'
import type { Conversation, ConversationRef } from '../../../src/core/model/conversation.ts'
import type { ConversationId, ProfileId, Seq, StreamId } from '../../../src/core/model/ids.ts'
import type { Person } from '../../../src/core/model/profile.ts'
import type { Signal } from '../../../src/core/signal.ts'
import { conversationOf as groupOf, refOf as groupRefOf } from '../../kit/samples.ts'

const personOf = (id: ProfileId): Person => ({ id, num: 1, handle: id, displayName: null, avatar: null })

const somebody = personOf('somebody')

const conversationOf = (id: ConversationId): Conversation => groupOf({ id, num: 2, slug: id })
const refOf = (id: ConversationId): ConversationRef => groupRefOf(conversationOf(id))

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
