// People, a group and a message for the tests of what is printed.
import type { Conversation, Message, Person, Profile } from '../../core/index.ts'

const AT = Date.parse('2026-03-01T12:00:00.000Z')

export const mila: Person = { id: 'p17', num: 17, handle: 'mila', displayName: 'Mila', avatar: null }
export const noor: Person = { id: 'p18', num: 18, handle: 'noor', displayName: null, avatar: null }

export const profile: Profile = {
  ...mila,
  displayName: null,
  accountId: 'a17',
  handleFold: 'mila',
  nameFold: null,
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

export const group: Conversation = {
  id: 'c42',
  num: 42,
  kind: 'group',
  spaceId: null,
  slug: 'kitchen~42',
  slugFold: 'kitchen~42',
  title: 'Kitchen',
  titleFold: 'kitchen',
  description: null,
  avatar: null,
  visibility: 'private',
  joinRule: 'approval',
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

export const message = (rest: Partial<Message> = {}): Message => ({
  id: '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b',
  conversation: { id: group.id, num: group.num, kind: 'group', slug: group.slug, title: group.title, pair: null },
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
