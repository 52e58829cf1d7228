// A conversation as one person sees it.
import { nextTurn } from '../../base/turn.ts'
import type { Actor } from '../actor.ts'
import type { ConversationView } from '../commands/conversations.ts'
import { loadMute, peerIn } from '../context.ts'
import { gate } from '../gate/gate.ts'
import { limits } from '../limits.ts'
import type { Conversation, Member } from '../model/conversation.ts'
import type { MessageId, Seq, Time } from '../model/ids.ts'
import type { Message } from '../model/message.ts'
import { type Person, personOf } from '../model/profile.ts'
import type { Reads } from '../ports/store.ts'
import { loadPairFacts } from './facts.ts'
import { conversationRefOf, viewMessages } from './message-view.ts'

type Row = { readonly conversation: Conversation; readonly member: Member | null }

/** Conversations viewed before others get their turn: a tenth of a millisecond each. */
const STEP = 50

/** Views in the order of the rows. A person who is not in sees neither messages nor marks. */
export const viewConversations = async (
  reads: Reads,
  actor: Actor,
  rows: readonly Row[],
  now: Time,
): Promise<readonly ConversationView[]> => {
  const views: ConversationView[] = []
  for (let at = 0; at < rows.length; at += STEP) {
    if (at > 0) await nextTurn()
    views.push(...(await viewStep(reads, actor, rows.slice(at, at + STEP), now)))
  }
  return views
}

const viewStep = async (
  reads: Reads,
  actor: Actor,
  rows: readonly Row[],
  now: Time,
): Promise<readonly ConversationView[]> => {
  const lastIds = rows.flatMap(({ conversation, member }) => (member && conversation.lastMessageId) || [])
  const lastRows = await reads.getMany(
    'message',
    lastIds.map(id => ({ id })),
  )
  const last = new Map((await viewMessages(reads, lastRows)).map(message => [message.conversation.id, message]))
  const views: ConversationView[] = []
  for (const row of rows) views.push(await viewOne(reads, actor, row, last.get(row.conversation.id) ?? null, now))
  return views
}

const viewOne = async (
  reads: Reads,
  actor: Actor,
  { conversation, member }: Row,
  lastMessage: Message | null,
  now: Time,
): Promise<ConversationView> => {
  const me = actor.profile.id
  const ref = await conversationRefOf(reads, conversation)
  const peerId = peerIn(conversation, me)
  const mutedUntil = await loadMute(reads, conversation.id, me, now)
  const pair = peerId === null ? null : await loadPairFacts(reads, actor, peerId, conversation)
  return {
    conversation,
    ref,
    me: member,
    mutedUntil,
    peer: ref.pair?.find(person => person.id !== me) ?? null,
    owner: await loadOwner(reads, conversation),
    unread: member ? await reads.countUnread(conversation.id, me, member.readUpTo, limits.unreadCap) : 0,
    lastReadMessageId: member ? await messageIdAt(reads, conversation, member.readUpTo) : null,
    lastMessage,
    canSend: gate['message.write']({ member: member !== null, mutedUntil, pair }) === 'ok',
  }
}

/** Null for direct chats, and for what belongs to nobody. */
export const loadOwner = async (reads: Reads, conversation: Conversation): Promise<Person | null> => {
  if (conversation.kind === 'direct') return null
  const owner = (await reads.managersOf(conversation.id)).find(m => m.role === 'owner')
  const profile = owner && (await reads.get('profile', { id: owner.profileId }))
  return profile ? personOf(profile) : null
}

/** The id of the message at `seq`; null for 0. */
export const messageIdAt = async (
  reads: Reads,
  { id, head, lastMessageId }: Conversation,
  seq: Seq,
): Promise<MessageId | null> => {
  if (seq === 0) return null
  if (seq === head) return lastMessageId
  const [row] = await reads.messagesOf(id, { before: seq + 1, limit: 1 })
  return row?.id ?? null
}
