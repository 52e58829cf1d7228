// The last step of everything that becomes a message.
import type { ConversationId, Draft } from '../../../core/index.ts'
import { printMessage } from '../outbound.ts'
import { type EventContext, noted, type Reply, reply } from './dispatch.ts'

/** Sends, and answers what the sender is to see: a repeat creates nothing and is told to the caller alone (UM76). */
export const send = async (
  { scope, actor }: Pick<EventContext, 'scope' | 'actor'>,
  conversation: ConversationId,
  draft: Draft,
): Promise<Reply> => {
  const { message, repeated } = await scope.core.messages.send(actor, conversation, draft)
  const data = printMessage(message, true)
  return repeated ? reply('new_message', data) : noted(data)
}
