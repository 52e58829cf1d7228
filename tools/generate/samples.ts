// Samples of every event and signal, from which the projections are asked what they show.
import {
  type BodyOf,
  type Category,
  type ConversationRef,
  conversationStream,
  type Delivery,
  type EventBody,
  type EventType,
  type Message,
  type Note,
  type Person,
  profileStream,
  type SignalBody,
  type SignalOf,
  type SignalType,
  type Space,
  type StreamId,
  spaceStream,
} from '../../src/core/index.ts'
import type { Dialect } from '../../src/host/dialect.ts'
import { conversationOf, messagesIn, refOf } from '../../test/kit/samples.ts'

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
/** Nothing about him but his handle; and a picture. */
const bo: Person = { ...personOf(3, 'bo'), displayName: null, avatar: idOf(60) }

const conversation = conversationOf({
  id: idOf(10),
  num: 10,
  slug: 'group~10',
  title: 'Fjord trip',
  joinRule: 'approval',
  createdBy: kari.id,
  createdAt: at,
  updatedAt: at,
  memberCount: 2,
  head: 1,
  lastMessageId: idOf(20),
  lastMessageAt: at,
})
const ref = refOf(conversation)
const message = messagesIn(ref)({
  id: idOf(20),
  seq: 1,
  author: kari,
  text: 'hello @wei',
  mentions: [{ type: 'user', target: wei.id, start: 6, end: 10 }],
  createdAt: at,
})

/** The space everybody is in; a dialect that knows spaces asks the core for its id. */
export const home = idOf(70)
const space: Space = {
  id: home,
  title: 'Home',
  description: null,
  look: null,
  visibility: 'public',
  createdBy: null,
  createdAt: at,
  updatedAt: at,
  claim: null,
  claimUntil: null,
}
const category: Category = { id: idOf(71), spaceId: home, label: 'general', kind: 'text', position: 0 }

const direct: ConversationRef = { ...ref, id: idOf(11), num: 11, kind: 'direct', slug: 'direct~11', pair: [kari, wei] }

/** Messages of every make. */
const messages: readonly Message[] = [
  {
    ...message,
    kind: 'image',
    text: null,
    mentions: [],
    attachments: [{ fid: idOf(61), name: 'fjord.jpg', mime: 'image/jpeg', size: 9, width: 640, height: 480 }],
    clientKey: 'k-1',
  },
  {
    ...message,
    author: bo,
    replyTo: { id: idOf(21), author: wei, kind: 'text', label: null, text: 'hi', recalledAt: null },
    replyRoot: idOf(21),
    hasThread: true,
    forwardedFrom: { messageId: idOf(22), author: bo, at },
    reactions: [{ emoji: '👍', by: [wei, kari] }],
    editedAt: at,
  },
  {
    ...message,
    mentions: [],
    replyTo: { id: idOf(21), author: bo, kind: 'text', label: null, text: null, recalledAt: at },
    replyRoot: idOf(21),
  },
  { ...message, text: null, payload: 'sealed', mentions: [] },
  { ...message, kind: 'emote', label: 'sticker', text: 'wave', mentions: [] },
  { ...message, kind: 'reminder', remindAt: at, mentions: [] },
  { ...message, kind: 'system', mentions: [] },
  { ...message, conversation: direct, mentions: [] },
]

const events: { readonly [T in EventType]: BodyOf<T> } = {
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
    newly: [{ authorId: kari.id, messageIds: [message.id] }],
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
  'pin.changed': { type: 'pin.changed', message, person: kari, active: true },
  'space.membership': { type: 'space.membership', spaceId: home, state: 'active', role: 'member' },
  'space.member': { type: 'space.member', spaceId: home, person: wei, state: 'active', role: 'member', by: wei },
  'space.updated': { type: 'space.updated', space, by: kari },
  'space.category': { type: 'space.category', spaceId: home, category, made: true, by: kari },
  'space.channel': { type: 'space.channel', spaceId: home, conversation, categoryId: category.id, by: kari },
  'space.layout': { type: 'space.layout', spaceId: home, by: kari },
  'space.person': { type: 'space.person', spaceId: home, person: { ...wei, avatarStyle: null, version: 2 } },
  'space.ended': { type: 'space.ended', spaceId: home, by: null },
}

const signals: { readonly [T in SignalType]: SignalOf<T> } = {
  typing: { type: 'typing', conversation: ref, person: wei, active: true, expiresAt: at },
  presence: {
    type: 'presence',
    person: wei,
    online: true,
    seenAt: null,
    circle: 'friend',
    conversationId: null,
    except: [],
    change: 'c',
  },
  watching: {
    type: 'watching',
    conversation: ref,
    person: wei,
    watcher: { id: 'w', device: null },
    active: true,
    except: [],
  },
}

/** Further samples of those that a contract may have more than one word, or another form, for. */
const variants: readonly (EventBody | SignalBody)[] = [
  ...messages.flatMap((made): readonly EventBody[] => [
    { type: 'message.sent', message: made },
    { type: 'message.edited', message: { ...made, editedAt: at } },
    { type: 'reaction.changed', message: made, person: bo, emoji: '👍', active: true },
  ]),
  {
    type: 'message.recalled',
    message: { ...message, conversation: direct, text: null, mentions: [], recalledAt: at, recalledBy: kari.id },
    by: kari,
  },
  { ...events['reaction.changed'], active: false },
  { ...events['receipt.read'], conversation: direct },
  {
    ...events['conversation.updated'],
    conversation: { ...conversation, kind: 'channel', title: null, description: 'For all', avatar: idOf(62) },
    owner: null,
  },
  { ...events['member.joined'], person: bo, via: 'joined', by: null },
  { ...events['member.left'], why: 'left', by: wei },
  { ...events['member.role'], role: 'owner' },
  { ...events['member.muted'], until: null },
  {
    ...events['application.made'],
    application: { ...events['application.made'].application, message: 'hi' },
    person: bo,
  },
  { ...events['membership.began'], conversation: { ...conversation, kind: 'direct' } },
  { ...events['membership.began'], via: 'created' },
  { ...events['membership.began'], via: 'joined', by: null },
  { ...events['membership.ended'], why: 'left' },
  { ...events['membership.ended'], why: 'ended' },
  { ...events['contact.requested'], from: bo, message: 'hi' },
  { ...events['contact.accepted'], by: bo, conversation: direct },
  { ...signals.typing, active: false, expiresAt: null },
  { ...signals.typing, conversation: direct },
  { ...events['pin.changed'], active: false },
  { ...events['space.membership'], state: 'removed' },
  { ...events['space.category'], made: false },
  { ...signals.watching, active: false },
  { ...signals.presence, online: false, seenAt: at },
  { ...signals.presence, circle: 'co-member', conversationId: ref.id },
]

/** What concerns one person stands in his own stream, everything else in the conversation's: some contracts read there whose it is. */
const streamOf = (body: EventBody | SignalBody): StreamId => {
  switch (body.type) {
    case 'presence':
      return body.circle === 'friend' ? profileStream(kari.id) : conversationStream(ref.id)
    case 'membership.began':
    case 'membership.ended':
    case 'application.rejected':
    case 'space.membership':
      return profileStream(wei.id)
    case 'space.updated':
    case 'space.member':
    case 'space.category':
    case 'space.channel':
    case 'space.layout':
    case 'space.person':
    case 'space.ended':
      return spaceStream(home)
    case 'message.sent':
    case 'message.edited':
    case 'message.recalled':
    case 'reaction.changed':
    case 'reminder.due':
    case 'pin.changed':
      return conversationStream(body.message.conversation.id)
    default:
      // A friendship names the chat it made, and is still the two people's own.
      return 'conversation' in body && body.type !== 'contact.accepted'
        ? conversationStream(body.conversation.id)
        : profileStream(wei.id)
  }
}

const isSignal = (type: EventType | SignalType): type is SignalType => type in signals

/** All samples of an event or signal. */
const samplesOf = (type: EventType | SignalType): readonly Note[] => {
  const first: EventBody | SignalBody = isSignal(type) ? signals[type] : events[type]
  return [first, ...variants.filter(body => body.type === type)].map(body => {
    const note = { stream: streamOf(body), at, body }
    return (isSignal(type) ? note : { ...note, seq: 1 }) as Note
  })
}

/** What a dialect makes of all samples of an event or signal; null where its contract has no word for it. */
export const projected = (dialect: Dialect, type: EventType | SignalType): readonly Delivery[] | null => {
  const table: Readonly<Record<string, unknown>> = isSignal(type) ? dialect.signals : dialect.events
  const project = table[type] as ((note: Note) => readonly Delivery[]) | null
  return project && samplesOf(type).flatMap(note => project(note))
}

/** Every event and signal there is. */
export const allTypes: readonly (EventType | SignalType)[] = [
  ...(Object.keys(events) as EventType[]),
  ...(Object.keys(signals) as SignalType[]),
]
