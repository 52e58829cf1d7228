// People and a message for the tests of what is printed.
import type { Message as CoreMessage, Person } from '../../core/index.ts'
import type { MessageScope } from './outbound.ts'

export const scope: MessageScope = {
  fileUrl: (fid: string, messageId: string) => `http://host/files/${fid}?t=${messageId}`,
}
export const kari: Person = { id: 'p-kari', num: 1, handle: 'kari', displayName: 'Kari Nordmann', avatar: null }
export const ola: Person = { id: 'p-ola', num: 2, handle: 'ola', displayName: null, avatar: null }
export const AT = Date.parse('2024-10-04T12:00:00.900Z')

export const message = (change: Partial<CoreMessage> = {}): CoreMessage => ({
  id: 'm-1',
  conversation: { id: 'c-1', num: 3, kind: 'direct', slug: 'd', title: null, pair: [kari, ola] },
  seq: 1,
  author: kari,
  kind: 'text',
  label: null,
  text: 'Hei',
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
  ...change,
})
