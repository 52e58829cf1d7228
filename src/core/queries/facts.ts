// Loads what the gate asks for. No decisions here.
import type { Actor } from '../actor.ts'
import { loadMute, peerIn } from '../context.ts'
import type { PairFacts, WriteFacts } from '../gate/gate.ts'
import { pairOf } from '../model/contact.ts'
import type { Conversation, Member } from '../model/conversation.ts'
import type { ProfileId, Time } from '../model/ids.ts'
import type { Reads } from '../ports/store.ts'

export const areFriends = async (reads: Reads, a: ProfileId, b: ProfileId): Promise<boolean> => {
  const [low, high] = pairOf(a, b)
  return (await reads.get('contact', { low, high }))?.state === 'accepted'
}

export const hasBlocked = async (reads: Reads, blocker: ProfileId, blocked: ProfileId): Promise<boolean> =>
  (await reads.get('block', { blocker, blocked })) !== null

/** What matters when the actor writes to `peer`; `conversation` is null while they have none. */
export const loadPairFacts = async (
  reads: Reads,
  actor: Actor,
  peer: ProfileId,
  conversation: Conversation | null,
): Promise<PairFacts> => {
  const me = actor.profile.id
  const theirs = conversation && (await reads.get('member', { conversationId: conversation.id, profileId: peer }))
  const profile = await reads.get('profile', { id: peer })
  return {
    friends: await areFriends(reads, me, peer),
    blockedByMe: await hasBlocked(reads, me, peer),
    blockedByPeer: await hasBlocked(reads, peer, me),
    peerSetting: profile?.addFriend ?? null,
    peerWroteAsStranger: theirs?.wroteAsStranger ?? false,
    doorNeedsFriendship: actor.door.needsFriendship,
  }
}

/** What matters when the actor writes into a conversation. */
export const loadWriteFacts = async (
  reads: Reads,
  actor: Actor,
  conversation: Conversation,
  me: Member | null,
  now: Time,
): Promise<WriteFacts> => {
  const peer = peerIn(conversation, actor.profile.id)
  return {
    member: me !== null,
    mutedUntil: peer === null && me ? await loadMute(reads, conversation.id, me.profileId, now) : null,
    pair: peer === null ? null : await loadPairFacts(reads, actor, peer, conversation),
  }
}
