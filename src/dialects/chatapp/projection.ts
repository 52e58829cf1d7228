// Core events and signals → the frames of this contract, and who gets them (CA67, CA74 to CA78, §10).
import type { ConversationRef, Delivery, Encoder, Frame, Message, Note, Person } from '../../core/index.ts'
import { encoderOf, type Projection, project, type SignalProjection, withoutSpaces } from '../../host/dialect.ts'
import type { ChannelDeleted, MessageDeleted, PresenceFrame, TypingDown } from './contract.frames.ts'
import { printTimeOrNull } from './ids.ts'
import { channelName, printPlace, printWho } from './outbound.ts'

/** Not a frame that is sent: tells sockets that the session of some of them has ended (CA63). */
export const SESSION_END = 'close 4001'

/** Not a frame that is sent either: a socket that asked for messages only must still know of one that was taken back. */
export const UNSENT = ''

/**
 * Frames that hold a whole Channel, which no event carries. What the projection answers is only their name; each socket
 * has them printed when their turn comes (`deferred.ts`).
 */
export type DeferredFrame = 'channel_joined' | 'channel_left' | 'channel_updated'
const isDeferred: Readonly<Record<string, true>> = {
  channel_joined: true,
  channel_left: true,
  channel_updated: true,
} satisfies Record<DeferredFrame, true>

export const asDeferred = (frame: Frame): DeferredFrame | null =>
  typeof frame === 'string' && Object.hasOwn(isDeferred, frame) ? (frame as DeferredFrame) : null

const toAll = (frame: Frame): readonly Delivery[] => [{ frame }]
const toOthers = (frame: Frame, than: Person): readonly Delivery[] => [{ frame, except: [than.id] }]
const later = (frame: DeferredFrame): readonly Delivery[] => toAll(frame)

/** A frame that names its channel: of a direct chat each of the two knows another name. */
const inPlace = (
  ref: ConversationRef,
  frame: (place: { readonly id: string; readonly name: string }) => object,
): readonly Delivery[] =>
  ref.pair === null
    ? toAll(JSON.stringify(frame({ id: ref.id, name: ref.slug })))
    : ref.pair.map(({ id }) => ({ frame: JSON.stringify(frame(printPlace(ref, id))), only: [id] }))

/** The contract's whole projection: what sockets with `events=1` get. */
export const createEvents = (printJson: (message: Message) => string): Projection => ({
  // One that was recalled before it could be shown is not shown.
  'message.sent': ({ body: { message } }) => (message.recalledAt === null ? toAll(printJson(message)) : []),
  'message.edited': ({ body: { message } }) =>
    message.recalledAt === null ? toAll(`{"type":"message_updated","message":${printJson(message)}}`) : [],
  'message.recalled': ({ body: { message } }) =>
    inPlace(
      message.conversation,
      channel => ({ type: 'message_deleted', message_id: message.id, channel }) satisfies MessageDeleted,
    ),

  'conversation.updated': () => later('channel_updated'),
  'member.role': ({ body: { role } }) => (role === 'owner' ? later('channel_updated') : []),
  'member.joined': ({ body: { person } }) => toOthers('channel_joined' satisfies DeferredFrame, person),
  'member.left': ({ body: { person } }) => toOthers('channel_left' satisfies DeferredFrame, person),
  'membership.began': () => later('channel_joined'),
  'membership.ended': ({ stream, body: { conversation, why } }) =>
    why === 'ended'
      ? toAll(
          JSON.stringify({
            type: 'channel_deleted',
            channel: printPlace(conversation, stream.slice('profile/'.length)),
          } satisfies ChannelDeleted),
        )
      : later('channel_left'),
  // No frame of the contract: it reaches the sockets so that those of the session close (CA30).
  'session.ended': () => toAll(SESSION_END),

  'conversation.created': null,
  // Each member is told in his own stream (`membership.ended`).
  'conversation.ended': null,
  'member.muted': null,
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
  'credential.revoked': null,
  ...withoutSpaces,
})

export const signals: SignalProjection = {
  watching: null,
  typing: ({ body: { conversation, person, active } }) => {
    const peer = conversation.pair?.find(other => other.id !== person.id) ?? person
    const channel = { id: conversation.id, name: channelName(conversation, peer.id) }
    const frame: TypingDown = { type: 'typing', channel, ...printWho(person), is_typing: active }
    return toOthers(JSON.stringify(frame), person)
  },
  // Friends who share no conversation are not told (CA76).
  presence: ({ body: { person, online, seenAt, circle, except } }) => {
    if (circle !== 'co-member') return []
    const frame: PresenceFrame = {
      type: 'presence',
      ...printWho(person),
      is_online: online,
      last_seen: printTimeOrNull(seenAt),
    }
    return [{ frame: JSON.stringify(frame), except: except.includes(person.id) ? except : [...except, person.id] }]
  },
}

/** What a frame is called in the contract. A Message has no envelope. */
export const nameOfFrame = (frame: Frame): string => {
  const text = String(frame)
  if (!text.startsWith('{')) return text
  return (JSON.parse(text) as { readonly type?: string }).type ?? 'Message'
}

export interface Encoders {
  /** Without, and with, `events=1`. */
  readonly plain: Encoder
  readonly full: Encoder
}

/** What sockets get without asking for more: messages (CA74). */
const encodePlain = (events: Projection, note: Note): readonly Delivery[] => {
  switch (note.body.type) {
    case 'message.sent':
    case 'session.ended':
      return project(events, note)
    case 'message.recalled':
      return toAll(UNSENT)
    default:
      return []
  }
}

/** Each prints a note once, however many sockets there are; a message is the same text in both. */
export const createEncoders = (events: Projection): Encoders => ({
  plain: { name: 'chatapp', encode: note => encodePlain(events, note) },
  full: encoderOf('chatapp events', events, signals),
})
