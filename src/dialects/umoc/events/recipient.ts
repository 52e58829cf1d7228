// Whom a request addresses, as the conversation it is about.
import type { ConversationId } from '../../../core/index.ts'
import type { Addressed } from '../inbound.ts'
import { refused, texts } from '../words.ts'
import type { EventContext } from './dispatch.ts'

export interface Recipient {
  readonly id: ConversationId
  readonly group: boolean
}

/**
 * Where a message to this recipient goes; a direct chat that may be begun is. Faults: conversation.unknown,
 * member.required, self.refused, and of a direct chat that is not there yet those of a send.
 */
export const findRecipient = async (
  { scope, actor }: Pick<EventContext, 'scope' | 'actor'>,
  { num, wanted }: Addressed,
): Promise<Recipient> => {
  const chat = await scope.chats.find(actor, num, wanted)
  switch (chat.type) {
    case 'group':
      return { id: chat.id, group: true }
    case 'direct':
      return { id: await scope.chats.open(actor, chat.peer), group: false }
    case 'nothing':
      return refused(texts.recipientNotFound)
  }
}
