// One sample of every event and signal, from which the interop page asks each projection what it shows.
import type {
  BodyOf,
  Conversation,
  ConversationRef,
  EventType,
  Message,
  Person,
  SignalOf,
  SignalType,
} from '../../src/core/index.ts'

const at = Date.UTC(2026, 0, 2, 3, 4, 5)
const idOf = (n: number): string => `01890000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
const personOf = (n: number, handle: string): Person => ({
  id: idOf(n),
  num: n,
  handle,
  displayName: handle.toUpperCase(),
  avatar: null,
})
const kari = personOf(1, 'kari')
const wei = personOf(2, 'wei')

const conversation: Conversation = {
  id: idOf(10),
  num: 10,
  kind: 'group',
  slug: 'group~10',
  slugFold: 'group~10',
  title: 'Fjord trip',
  titleFold: 'fjord trip',
  description: null,
  avatar: null,
  visibility: 'private',
  joinRule: 'approval',
  sizeClass: 'small',
  pairKey: null,
  createdBy: kari.id,
  createdAt: at,
  updatedAt: at,
  memberCount: 2,
  head: 1,
  lastMessageId: idOf(20),
  lastMessageAt: at,
}
const ref: ConversationRef = { id: idOf(10), num: 10, kind: 'group', slug: 'group~10', title: 'Fjord trip', pair: null }
const message: Message = {
  id: idOf(20),
  conversation: ref,
  seq: 1,
  author: kari,
  kind: 'text',
  label: null,
  text: 'hello @wei',
  payload: null,
  mentions: [{ type: 'user', target: wei.id, start: 6, end: 10 }],
  replyTo: null,
  replyRoot: null,
  hasThread: false,
  forwardedFrom: null,
  attachments: [],
  reactions: [],
  remindAt: null,
  clientKey: null,
  createdAt: at,
  editedAt: null,
  recalledAt: null,
  recalledBy: null,
}

export const events: { readonly [T in EventType]: BodyOf<T> } = {
  'conversation.created': { type: 'conversation.created', conversation, by: kari },
  'conversation.updated': { type: 'conversation.updated', conversation, owner: kari, changed: ['title'], by: kari },
  'conversation.ended': { type: 'conversation.ended', conversation, by: kari },
  'member.joined': { type: 'member.joined', conversation, person: wei, role: 'member', via: 'added', by: kari },
  'member.left': { type: 'member.left', conversation, person: wei, why: 'kicked', by: kari },
  'member.role': { type: 'member.role', conversation: ref, person: wei, role: 'manager', by: kari },
  'member.muted': { type: 'member.muted', conversation: ref, person: wei, until: at, by: kari },
  'message.sent': { type: 'message.sent', message },
  'message.edited': { type: 'message.edited', message: { ...message, editedAt: at } },
  'message.recalled': {
    type: 'message.recalled',
    message: { ...message, text: null, mentions: [], recalledAt: at, recalledBy: kari.id },
    by: kari,
  },
  'reaction.changed': { type: 'reaction.changed', message, person: wei, emoji: '👍', active: true },
  'receipt.read': {
    type: 'receipt.read',
    conversation: ref,
    person: wei,
    upTo: 1,
    from: 0,
    messageId: message.id,
    at,
  },
  'application.made': {
    type: 'application.made',
    conversation: ref,
    application: { id: idOf(30), conversationId: ref.id, profileId: wei.id, message: null, createdAt: at },
    person: wei,
    reviewers: [kari.id],
  },
  'reminder.due': { type: 'reminder.due', message: { ...message, kind: 'reminder', remindAt: at } },
  'membership.began': { type: 'membership.began', conversation, via: 'added', by: kari, after: 1 },
  'membership.ended': { type: 'membership.ended', conversation: ref, why: 'kicked', by: kari },
  'contact.requested': { type: 'contact.requested', from: kari, to: wei, requestId: idOf(40), message: null },
  'contact.accepted': { type: 'contact.accepted', by: wei, other: kari, requestId: idOf(40), conversation: ref },
  'contact.rejected': { type: 'contact.rejected', by: wei, other: kari },
  'contact.removed': { type: 'contact.removed', by: wei, other: kari },
  'block.set': { type: 'block.set', blocked: wei },
  'block.lifted': { type: 'block.lifted', blocked: wei },
  'application.rejected': { type: 'application.rejected', conversation: ref, by: kari },
  'profile.updated': { type: 'profile.updated', person: kari, version: 2 },
  'session.ended': { type: 'session.ended', sessionId: idOf(50), door: 'wetty' },
  'credential.revoked': { type: 'credential.revoked', credentialId: idOf(51) },
}

export const signals: { readonly [T in SignalType]: SignalOf<T> } = {
  typing: { type: 'typing', conversation: ref, person: wei, active: true, expiresAt: at },
  presence: { type: 'presence', person: wei, online: true, seenAt: null, circle: 'friend', conversationId: null },
}

/** Further samples of those that a contract may have more than one word for. */
export const variants: readonly (BodyOf<EventType> | SignalOf<SignalType>)[] = [
  { ...events['reaction.changed'], active: false },
  { ...events['member.left'], why: 'left', by: wei },
  { ...events['member.muted'], until: null },
  { ...events['membership.began'], conversation: { ...conversation, kind: 'direct' } },
  { ...events['membership.ended'], why: 'ended' },
  { ...signals.typing, active: false, expiresAt: null },
  { ...signals.presence, online: false, seenAt: at },
]

export const sampleTime = at
