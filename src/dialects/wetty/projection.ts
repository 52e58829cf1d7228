// Core events and signals → the frames of this contract, and who gets them (WT76 to WT80, §10).
import type {
  ConversationRef,
  Delivery,
  Encoder,
  Event,
  Frame,
  Message,
  Person,
  ProfileId,
  Time,
} from '../../core/index.ts'
import { encoderOf, type Projection, type SignalProjection, withoutSpaces } from '../../host/dialect.ts'
import { printTime, printTimeOrNull } from './ids.ts'
import {
  chatKeys,
  messageJson,
  printMessage,
  printReactions,
  printRole,
  printSharedGroup,
  printUser,
} from './outbound.ts'

type Payload = Readonly<Record<string, unknown>>

/** Told to links, never sent: the session of some of them has ended. */
const SESSION_END = ''

/** Both names of an event: real clients dispatch on `type`, clients of the contract's text on `event` (WT76). */
const frame = (type: string, event: string, payload: Payload): string => JSON.stringify({ type, event, payload })

/** A notification of a kind (WT78). */
const notice = (kind: string, at: Time, payload: Payload): string =>
  frame('notify', 'on_notify', { kind, created_at: printTime(at), ...payload })

const toAll = (text: string): readonly Delivery[] => [{ frame: text }]
const toOnly = (text: string, ...only: readonly ProfileId[]): readonly Delivery[] => [{ frame: text, only }]
const toOthers = (text: string, than: Person): readonly Delivery[] => [{ frame: text, except: [than.id] }]

/** The members a message names; `@here` and `@channel` name nobody in particular. */
const mentionedIn = (message: Message): readonly ProfileId[] => {
  const ids = new Set<ProfileId>()
  for (const { type, target } of message.mentions) if (type === 'user') ids.add(target)
  return [...ids]
}

const mentionNotice = ({ at }: Event, message: Message): readonly Delivery[] => {
  const mentioned = message.mentions.length > 0 ? mentionedIn(message) : []
  if (mentioned.length === 0) return []
  const payload = { ...chatKeys(message.conversation), msg_id: message.id, sender_uid: message.author.num }
  return toOnly(notice('mention', at, payload), ...mentioned)
}

/** Somebody else's doing; an own one needs no notice. */
const byOther = (by: Person | null, subject: ProfileId): boolean => by !== null && by.id !== subject

const subjectOf = (event: Event): ProfileId => event.stream.slice('profile/'.length)

const isDirect = ({ kind }: Pick<ConversationRef, 'kind'>): boolean => kind === 'direct'

export const events: Projection = {
  'message.sent': event => {
    const { message } = event.body
    const text = `{"type":"message","event":"on_message","payload":${messageJson(message)}}`
    return message.mentions.length > 0 ? [{ frame: text }, ...mentionNotice(event, message)] : [{ frame: text }]
  },
  'message.edited': ({ body: { message } }) =>
    toAll(frame('message_updated', 'on_notify', { ...printMessage(message), kind: 'message_updated' })),
  'message.recalled': ({ at, body: { message, by } }) =>
    toAll(
      frame('message_deleted', 'on_recall', {
        ...printMessage(message),
        msg_id: message.id,
        recalled_by: by.num,
        recalled_at: printTime(message.recalledAt ?? at),
      }),
    ),
  'reaction.changed': ({ at, body: { message, person, emoji, active } }) =>
    toAll(
      frame('reaction_updated', 'on_notify', {
        kind: 'reaction',
        created_at: printTime(at),
        ...chatKeys(message.conversation),
        msg_id: message.id,
        uid: person.num,
        emote: emoji,
        active,
        reactions: printReactions(message.reactions),
      }),
    ),
  'reminder.due': ({ at, body: { message } }) =>
    toAll(
      notice('reminder', at, {
        ...chatKeys(message.conversation),
        msg_id: message.id,
        message: message.text,
        remind_at: printTimeOrNull(message.remindAt),
      }),
    ),

  'conversation.created': null,
  'conversation.updated': ({ at, body: { conversation, owner } }) =>
    toAll(notice('group_updated', at, { ...chatKeys(conversation), group: printSharedGroup(conversation, owner) })),
  // Each member is told in his own stream (`membership.ended`), in order with what he was told before.
  'conversation.ended': null,
  'member.joined': ({ at, body: { conversation, person, via } }) =>
    isDirect(conversation) || via === 'created'
      ? []
      : toOthers(notice('member_joined', at, { ...chatKeys(conversation), uid: person.num }), person),
  'member.left': ({ at, body: { conversation, person } }) =>
    toOthers(notice('member_left', at, { ...chatKeys(conversation), uid: person.num }), person),
  'member.role': ({ at, body: { conversation, person, role } }) =>
    toOnly(
      notice('role_changed', at, { ...chatKeys(conversation), uid: person.num, role: printRole(role), rank: role }),
      person.id,
    ),
  'member.muted': ({ at, body: { conversation, person, until, by } }) =>
    toOnly(
      notice(until === null ? 'unmuted' : 'muted', at, {
        ...chatKeys(conversation),
        uid: person.num,
        by_uid: by.num,
        muted_until: printTimeOrNull(until),
      }),
      person.id,
    ),
  'application.made': ({ at, body: { conversation, application, person, reviewers } }) =>
    toOnly(
      notice('join_request', at, {
        ...chatKeys(conversation),
        uid: person.num,
        request_id: application.id,
        apply_msg: application.message ?? '',
      }),
      ...reviewers,
    ),
  // This contract has no receipts.
  'receipt.read': null,

  'membership.began': event => {
    const { conversation, via, by } = event.body
    // Of those who are in from the start only the creator knows already.
    if (isDirect(conversation) || (via === 'created' && !byOther(by, subjectOf(event)))) return []
    return toAll(
      notice('group_added', event.at, {
        ...chatKeys(conversation),
        by_uid: by?.num ?? null,
        via: via === 'created' ? 'added' : via,
      }),
    )
  },
  'membership.ended': ({ at, body: { conversation, why, by } }) =>
    why === 'left' || isDirect(conversation)
      ? []
      : toAll(
          notice(why === 'kicked' ? 'group_removed' : 'group_disbanded', at, {
            ...chatKeys(conversation),
            by_uid: by.num,
          }),
        ),
  'application.rejected': ({ at, body: { conversation } }) =>
    toAll(notice('join_rejected', at, chatKeys(conversation))),

  'contact.requested': ({ at, body: { from, to, requestId, message } }) =>
    toOnly(
      notice('friend_request', at, {
        uid: from.num,
        request_id: requestId,
        apply_msg: message ?? '',
        user: printUser(from),
      }),
      to.id,
    ),
  // The one who did it has his answer; the other is told, be it the applicant or one who takes anyone.
  'contact.accepted': ({ at, body: { by, other, conversation } }) =>
    toOnly(
      notice('friend_accepted', at, {
        uid: by.num,
        chat_id: chatKeys(conversation).chat_id,
        user: printUser(by),
      }),
      other.id,
    ),
  'contact.rejected': null,
  'contact.removed': null,
  'block.set': null,
  'block.lifted': null,
  'profile.updated': null,
  // No frame of the contract: it reaches the links so that those of the session close (WT19, WT83).
  'session.ended': () => [{ frame: SESSION_END }],
  'credential.revoked': null,
  ...withoutSpaces,
}

export const signals: SignalProjection = {
  watching: null,
  typing: ({ body: { conversation, person, active } }) =>
    toOthers(frame('typing', 'on_typing', { ...chatKeys(conversation), uid: person.num, is_typing: active }), person),
  presence: ({ body: { person, online, seenAt, circle } }) =>
    circle === 'friend'
      ? toAll(
          frame('presence', 'on_presence', {
            uid: person.num,
            online,
            last_seen: printTimeOrNull(online ? null : seenAt),
          }),
        )
      : [],
}

/** What a frame is called in the contract: its event, and of a notice its kind. */
export const nameOfFrame = (text: Frame): string => {
  if (text === SESSION_END) return 'close 4401'
  const { event, payload } = JSON.parse(String(text)) as { readonly event: string; readonly payload: { kind?: string } }
  return payload.kind === undefined ? event : `${event} ${payload.kind}`
}

/** The one encoder of all wetty links. */
export const encoder: Encoder = encoderOf('wetty', events, signals)
