// People, chats and messages for the tests of what is printed.
import type { AttachmentRef, ConversationRef, Message, Person } from '../../core/index.ts'

export const AT = Date.parse('2026-03-01T12:00:00.123Z')
export const TIME = '2026-03-01T12:00:00.123Z'

export const mila: Person = { id: 'p17', num: 17, handle: 'mila', displayName: 'Mila', avatar: null }
export const noor: Person = { id: 'p18', num: 18, handle: 'noor', displayName: null, avatar: null }

export const group: ConversationRef = {
  id: 'c42',
  num: 42,
  kind: 'group',
  slug: 'kitchen~42',
  title: 'Kitchen',
  pair: null,
}
export const direct: ConversationRef = {
  id: 'c43',
  num: 43,
  kind: 'direct',
  slug: 'direct~43',
  title: null,
  pair: [mila, noor],
}

export const photo: AttachmentRef = {
  fid: '9b2d4c1a-5e6f-4a7b-8c9d-0e1f2a3b4c5d',
  name: 'my photo.png',
  mime: 'image/png',
  size: 12,
  width: null,
  height: null,
}

/** Said by mila in the group. */
export const message = (rest: Partial<Message> = {}): Message => ({
  id: '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b',
  conversation: group,
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
