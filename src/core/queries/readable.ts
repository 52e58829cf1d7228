// Where somebody may read, in it or not.
import type { Actor } from '../actor.ts'
import { loadConversation } from '../context.ts'
import { refuse } from '../fault.ts'
import { gate } from '../gate/gate.ts'
import type { Conversation } from '../model/conversation.ts'
import type { ConversationId } from '../model/ids.ts'
import type { Reads } from '../ports/store.ts'

/** Resolves where the actor may read: in what he is in, or what is public and open to all who come by his door. Faults: conversation.unknown, member.required. */
export const loadReadable = async (reads: Reads, actor: Actor, id: ConversationId): Promise<Conversation> => {
  const conversation = await loadConversation(reads, id)
  const { visibility, joinRule } = conversation
  const member = (await reads.get('member', { conversationId: id, profileId: actor.profile.id })) !== null
  const facts = { member, visibility, joinRule, doorReadsPublic: actor.door.readsPublic }
  return gate['conversation.visit'](facts) === 'ok' ? conversation : refuse({ kind: 'member.required' })
}
