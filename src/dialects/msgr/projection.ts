// Core events and signals → the events of this contract's channels, and who hears them (sections 8, 9 and 11).
import type { Delivery, Encoder, EventType, Frame } from '../../core/index.ts'
import { encoderOf, type Projection, type SignalProjection, withoutSpaces } from '../../host/dialect.ts'
import { type Framing, v2 } from '../../wire/phoenix.ts'
import { conversationTopic, printTime, printTimeOrNull } from './ids.ts'
import { type MessageScope, printMessage, printName, printReactions } from './outbound.ts'

/** Prints one server event of a topic but for its head, which names the join of each channel (MS75). */
export type PrintEvent = (topic: string, event: string, payload: object) => Frame

/** Not a frame that is sent: tells a conversation channel that it is over for its reader (MS90). */
export const CHANNEL_ENDS = 'phx_close'

/** What happens in a conversation, as its joined channels hear it (section 8). */
export const conversationEvents = (scope: MessageScope, print: PrintEvent): Projection => {
  const toAll = (conversationId: string, event: string, payload: object): readonly Delivery[] => [
    { frame: print(conversationTopic(conversationId), event, payload) },
  ]
  return {
    'message.sent': ({ body: { message } }) =>
      toAll(message.conversation.id, 'message_created', { data: printMessage(message, scope) }),
    'message.edited': ({ body: { message } }) =>
      toAll(message.conversation.id, 'message_updated', { data: printMessage(message, scope) }),
    'message.recalled': ({ body: { message } }) =>
      toAll(message.conversation.id, 'message_deleted', {
        message_id: message.id,
        deleted_at: printTimeOrNull(message.recalledAt),
        data: printMessage(message, scope),
      }),
    'reaction.changed': ({ body: { message, person, emoji, active } }) =>
      toAll(message.conversation.id, active ? 'reaction_added' : 'reaction_removed', {
        message_id: message.id,
        emoji,
        profile_id: person.id,
        aggregates: printReactions(message.reactions),
      }),
    'receipt.read': ({ body: { conversation, person, messageId, at } }) =>
      toAll(conversation.id, 'message_read', {
        message_id: messageId,
        profile_id: person.id,
        read_at: printTime(at),
      }),
    'member.left': ({ body: { person } }) => [{ frame: CHANNEL_ENDS, only: [person.id] }],
    'conversation.ended': () => [{ frame: CHANNEL_ENDS }],
    'conversation.created': null,
    'conversation.updated': null,
    'member.joined': null,
    'member.role': null,
    'member.muted': null,
    'application.made': null,
    'reminder.due': null,
    'membership.began': null,
    'membership.ended': null,
    'contact.requested': null,
    'contact.accepted': null,
    'contact.rejected': null,
    'contact.removed': null,
    'block.set': null,
    'block.lifted': null,
    'application.rejected': null,
    'profile.updated': null,
    'session.ended': null,
    'credential.revoked': null,
    ...withoutSpaces,
  }
}

/** Typing, for everybody but the one who types (MS91). */
export const conversationSignals = (print: PrintEvent): SignalProjection => ({
  typing: ({ body: { conversation, person, active, expiresAt } }) => {
    const who = { profile_id: person.id, profile_name: printName(person), thread_id: null }
    const topic = conversationTopic(conversation.id)
    const frame =
      active && expiresAt !== null
        ? print(topic, 'typing_started', { ...who, expires_at: printTime(expiresAt) })
        : print(topic, 'typing_stopped', who)
    return [{ frame, except: [person.id] }]
  },
  presence: null,
  watching: null,
})

/** What a profile channel says of one of its conversations (MS100). */
export type ProfileNotice = 'conversation_created' | 'conversation_updated' | 'conversation_removed'

const notice = (frame: ProfileNotice, to: Omit<Delivery, 'frame'> = {}): readonly Delivery[] => [{ frame, ...to }]

/**
 * What happens to somebody's conversations, as his own channel hears it (section 9). The "frames" are only the name of
 * the notice: what it carries is the conversation in the reader's own eyes, which the channel looks up.
 */
export const profileNotices: Projection = {
  'membership.began': () => notice('conversation_created'),
  'membership.ended': () => notice('conversation_removed'),
  'message.sent': () => notice('conversation_updated'),
  'conversation.updated': () => notice('conversation_updated'),
  'member.joined': ({ body: { person } }) => notice('conversation_updated', { except: [person.id] }),
  'member.left': ({ body: { person } }) => notice('conversation_updated', { except: [person.id] }),
  'member.role': () => notice('conversation_updated'),
  'conversation.created': null,
  'conversation.ended': null,
  'member.muted': null,
  'message.edited': null,
  'message.recalled': null,
  'reaction.changed': null,
  'receipt.read': null,
  'application.made': null,
  'reminder.due': null,
  'contact.requested': null,
  'contact.accepted': null,
  'contact.rejected': null,
  'contact.removed': null,
  'block.set': null,
  'block.lifted': null,
  'application.rejected': null,
  'profile.updated': null,
  'session.ended': null,
  'credential.revoked': null,
  ...withoutSpaces,
}

const noSignals: SignalProjection = { typing: null, presence: null, watching: null }

/** The encoder of all conversation channels of one framing: a message is printed once; each channel puts its head before it. */
export const conversationEncoder = (framing: Framing, scope: MessageScope): Encoder =>
  encoderOf(`msgr ${framing.vsn}`, conversationEvents(scope, framing.tail), conversationSignals(framing.tail))

/** The encoder of all profile channels. */
export const profileEncoder: Encoder = encoderOf('msgr profile', profileNotices, noSignals)

/** The whole contract's projection, both kinds of channel together. */
export const events = (scope: MessageScope): Projection => {
  const table: Partial<Record<EventType, ((event: never) => readonly Delivery[]) | null>> = {}
  const inConversation = conversationEvents(scope, v2.tail)
  for (const type of Object.keys(profileNotices) as EventType[]) {
    const printers = [inConversation[type], profileNotices[type]].filter(printer => printer !== null)
    table[type] =
      printers.length === 0
        ? null
        : (event: never) => printers.flatMap(printer => (printer as (e: never) => readonly Delivery[])(event))
  }
  // Not by an encoder: the person on each socket hears it, and ends the channels joined with that capability (MS8).
  table['credential.revoked'] = () => [{ frame: CHANNEL_ENDS }]
  return table as Projection
}
export const signals: SignalProjection = conversationSignals(v2.tail)

/** The event a frame of these projections is about. Notices and ends are names already. */
export const nameOf = (frame: Frame): string => {
  const text = String(frame)
  return text.startsWith(',') ? String((JSON.parse(v2.push(null, text)) as readonly unknown[])[3]) : text
}
