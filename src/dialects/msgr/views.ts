// Conversations and pages of history, put together from what the core answers.
import type {
  Actor,
  ConversationView,
  Core,
  Message as CoreMessage,
  Participant as CoreParticipant,
} from '../../core/index.ts'
import type { Conversation, History, Message } from './contract.ts'
import type { HistoryCursor } from './inbound.ts'
import { type MessageScope, printConversation, printMessage } from './outbound.ts'

/** Participants shown of a conversation (MS53). */
const PARTICIPANTS_SHOWN = 200

export interface Views {
  /** A conversation in the actor's eyes. */
  conversation(actor: Actor, view: ConversationView): Promise<Conversation>
  /** A message with its status as it is now. */
  message(message: CoreMessage): Promise<Message>
  /** A message that has just been stored, which nobody can have read. */
  stored(message: CoreMessage): Message
  /** Faults: conversation.unknown, member.required, target.unknown (`cursor`). */
  history(actor: Actor, conversationId: string, limit: number, cursor: HistoryCursor | null): Promise<History>
}

export const createViews = (core: Core, scope: MessageScope): Views => {
  const messages = async (given: readonly CoreMessage[]): Promise<Message[]> => {
    const read = await core.messages.readByAll(given)
    return given.map(message => printMessage(message, scope, read.has(message.id)))
  }

  /** At most as many as are shown, owner and caller always among them. */
  const participants = async (actor: Actor, { conversation, owner }: ConversationView) => {
    const list = async (limit: number, after?: number) =>
      (await core.members.list(actor, conversation.id, { limit, after })).participants
    const shown = await list(PARTICIPANTS_SHOWN)
    if (shown.length >= conversation.memberCount) return shown
    const absent: CoreParticipant[] = []
    for (const person of [owner, actor.profile]) {
      if (!person || [...shown, ...absent].some(p => p.person.id === person.id)) continue
      const [found] = await list(1, person.num - 1)
      if (found?.person.id === person.id) absent.push(found)
    }
    return [...shown.slice(0, PARTICIPANTS_SHOWN - absent.length), ...absent]
  }

  return {
    async conversation(actor, view) {
      const last = view.lastMessage
      const read = last !== null && (await core.messages.readByAll([last])).has(last.id)
      return printConversation(view, await participants(actor, view), read, scope)
    },

    stored: message => printMessage(message, scope),

    async message(given) {
      const read = await core.messages.readByAll([given])
      return printMessage(given, scope, read.has(given.id))
    },

    async history(actor, conversationId, limit, cursor) {
      const page = await core.messages.page(actor, conversationId, {
        limit,
        before: cursor?.direction === 'before' ? cursor.id : undefined,
        after: cursor?.direction === 'after' ? cursor.id : undefined,
      })
      return {
        data: await messages(page.messages),
        meta: {
          start_cursor: page.messages.at(0)?.id ?? null,
          end_cursor: page.messages.at(-1)?.id ?? null,
          has_more: page.more,
        },
      }
    },
  }
}
