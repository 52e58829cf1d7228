// Pages of messages: oldest first, without those that were recalled (CA53 to CA55).
import type { Actor, ConversationId, Core, Message, MessageId } from '../../core/index.ts'
import { jsonText } from './http.ts'
import type { Page } from './inbound.ts'
import type { Scope } from './scope.ts'

/** Messages looked through at a time where many were recalled. */
const STRIDE = 1000

/**
 * The newest of one conversation, or those before a message. The core's page holds the shells of recalled ones: goes on
 * until enough stand or none is left. Faults: those of `messages.page`.
 */
export const pageOf = async (
  { messages }: Pick<Core, 'messages'>,
  actor: Actor,
  conversation: ConversationId,
  { limit, before }: Page,
): Promise<readonly Message[]> => {
  let found: readonly Message[] = []
  let cursor: MessageId | null = before
  for (let size = limit; ; size = STRIDE) {
    const page = await messages.page(actor, conversation, { limit: size, ...(cursor !== null && { before: cursor }) })
    found = [...page.messages.filter(message => message.recalledAt === null), ...found]
    const oldest = page.messages[0]
    if (found.length >= limit || !page.more.before || !oldest) return found.slice(-limit)
    cursor = oldest.id
  }
}

/** A list, from the texts of its messages. */
export const messagesJson = ({ printJson }: Pick<Scope, 'printJson'>, messages: readonly Message[]): Response =>
  jsonText(`[${messages.map(printJson).join(',')}]`)
