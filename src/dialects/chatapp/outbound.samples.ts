// People, channels and messages for the tests of what is printed.
import type { Conversation, ConversationView, Message, Person, Profile } from '../../core/index.ts'

export const AT = Date.parse('2026-03-01T12:00:00.000Z')
export const TIME = '2026-03-01T12:00:00.000Z'

export const mila: Person = {
  id: '01922f5e-7000-7b3e-a2f4-000000000017',
  num: 17,
  handle: 'mila',
  displayName: 'Mila',
  avatar: null,
}
export const noor: Person = {
  id: '01922f5e-7000-7b3e-a2f4-000000000018',
  num: 18,
  handle: 'noor',
  displayName: null,
  avatar: null,
}

export const profile: Profile = {
  ...mila,
  accountId: 'a17',
  handleFold: 'mila',
  nameFold: 'mila',
  avatarStyle: null,
  rootKey: null,
  bio: null,
  link: null,
  addFriend: null,
  visibility: 'everyone',
  hidden: false,
  version: 1,
  createdAt: AT,
  updatedAt: AT,
  seenAt: null,
}

export const kitchen: Conversation = {
  id: '01922f5e-7000-7b3e-a2f4-000000000042',
  num: 42,
  kind: 'channel',
  spaceId: null,
  slug: 'kitchen',
  slugFold: 'kitchen',
  title: 'Kitchen',
  titleFold: 'kitchen',
  description: 'What is cooking',
  avatar: null,
  visibility: 'public',
  joinRule: 'open',
  sizeClass: 'small',
  pairKey: null,
  createdBy: mila.id,
  createdAt: AT,
  updatedAt: AT,
  memberCount: 2,
  head: 3,
  lastMessageId: null,
  lastMessageAt: null,
  recalled: 0,
  streakDays: 0,
  streakDay: null,
}

export const refOf = ({ id, num, kind, slug, title }: Conversation): Message['conversation'] => ({
  id,
  num,
  kind,
  slug,
  title,
  pair: null,
})

/** The direct chat of the two. */
export const direct: Message['conversation'] = {
  id: '01922f5e-7000-7b3e-a2f4-000000000043',
  num: 43,
  kind: 'direct',
  slug: 'direct~43',
  title: null,
  pair: [mila, noor],
}

export const view = (rest: Partial<ConversationView> = {}): ConversationView => ({
  conversation: kitchen,
  ref: refOf(kitchen),
  me: null,
  mutedUntil: null,
  peer: null,
  owner: mila,
  unread: 0,
  lastReadMessageId: null,
  lastMessage: null,
  canSend: true,
  ...rest,
})

export const message = (rest: Partial<Message> = {}): Message => ({
  id: '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b',
  conversation: refOf(kitchen),
  seq: 3,
  author: mila,
  kind: 'text',
  label: null,
  text: 'hello',
  payload: null,
  mentions: [],
  replyTo: null,
  replyRoot: null,
  hasThread: false,
  forwardedFrom: null,
  attachments: [],
  reactions: [],
  remindAt: null,
  clientKey: null,
  createdAt: AT,
  editedAt: null,
  recalledAt: null,
  recalledBy: null,
  ...rest,
})
