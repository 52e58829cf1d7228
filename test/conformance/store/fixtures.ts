// Rows to put into a store under test: whole and valid, with only what a test is about named by it.
import type { Clock } from '../../../src/base/clock.ts'
import { manualClock } from '../../../src/base/clock.ts'
import type { Account, Credential, Session, Token } from '../../../src/core/model/account.ts'
import type { Attachment, AttachmentUse } from '../../../src/core/model/attachment.ts'
import { type Contact, pairOf } from '../../../src/core/model/contact.ts'
import type { Application, Conversation, Member } from '../../../src/core/model/conversation.ts'
import type { MessageRow } from '../../../src/core/model/message.ts'
import type { Profile } from '../../../src/core/model/profile.ts'
import type { Category, Invite, Space, SpaceMember } from '../../../src/core/model/space.ts'
import type { Store, TableName, Tables } from '../../../src/core/ports/store.ts'
import { conversationOf, memberOf, profileOf } from '../../kit/samples.ts'

/** A fresh, empty store; disposing removes all that it left. */
export interface Opened extends AsyncDisposable {
  readonly store: Store
}
export type OpenStore = (clock: Clock) => Promise<Opened>

export const START = 1_700_000_000_000

/** A fresh store with a clock that stands still. */
export const openWith = async (open: OpenStore) => {
  const clock = manualClock(START)
  const opened = await open(clock)
  return { store: opened.store, clock, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() }
}

/** Puts rows of one table in one transaction. */
export const seed = <T extends TableName>(store: Store, table: T, rows: readonly Tables[T][]): Promise<void> =>
  store.transact(async tx => {
    for (const row of rows) await tx.insert(table, row)
  })

/** An id that sorts by `n`. */
export const id = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`

export const account = (n: number, more: Partial<Account> = {}): Account => ({
  id: id(n),
  email: null,
  emailFold: null,
  createdAt: START,
  ...more,
})

export const credential = (n: number, more: Partial<Credential> = {}): Credential => ({
  id: id(n),
  accountId: id(1),
  kind: 'msgr',
  secret: `secret-${n}`,
  createdAt: START,
  usedAt: null,
  ...more,
})

export const profile = (n: number, more: Partial<Profile> = {}): Profile =>
  profileOf(
    { id: id(n), num: n, handle: `person${n}`, displayName: null, avatar: null },
    { accountId: id(1), createdAt: START, updatedAt: START, ...more },
  )

export const session = (n: number, more: Partial<Session> = {}): Session => ({
  id: id(n),
  accountId: id(1),
  profileId: id(1),
  door: 'wetty',
  device: 'phone',
  note: null,
  credentialId: null,
  createdAt: START,
  seenAt: START,
  expiresAt: START + 1000,
  ...more,
})

export const token = (digest: string, more: Partial<Token> = {}): Token => ({
  digest,
  sessionId: id(1),
  kind: 'access',
  expiresAt: START + 1000,
  spentAt: null,
  ...more,
})

export const contact = (a: number, b: number, more: Partial<Contact> = {}): Contact => {
  const [low, high] = pairOf(id(a), id(b))
  const requestId = `request-${low}-${high}`
  return { low, high, requestId, requestedBy: id(a), state: 'accepted', message: null, since: START, ...more }
}

export const conversation = (n: number, more: Partial<Conversation> = {}): Conversation =>
  conversationOf({ id: id(n), num: n, slug: `Room-${n}`, createdAt: START, updatedAt: START, ...more })

export const member = (conversationN: number, profileN: number, more: Partial<Member> = {}): Member =>
  memberOf({ id: id(conversationN) }, { id: id(profileN) }, { joinedAt: START, ...more })

export const application = (n: number, more: Partial<Application> = {}): Application => ({
  id: id(n),
  conversationId: id(100),
  profileId: id(n),
  message: null,
  createdAt: START,
  ...more,
})

/** Message `seq` of conversation 100, by person 1; its id follows from both. */
export const message = (seq: number, more: Partial<MessageRow> = {}): MessageRow => ({
  id: id(1000 + seq),
  conversationId: id(100),
  seq,
  authorId: id(1),
  kind: 'text',
  label: null,
  text: `text ${seq}`,
  payload: null,
  mentions: [],
  replyTo: null,
  replyRoot: null,
  forwardedFrom: null,
  attachments: [],
  remindAt: null,
  clientKey: null,
  contentDigest: null,
  createdAt: START + seq,
  editedAt: null,
  recalledAt: null,
  recalledBy: null,
  ...more,
})

export const attachment = (n: number, more: Partial<Attachment> = {}): Attachment => ({
  fid: id(n),
  uploaderId: id(1),
  name: 'photo.png',
  mime: 'image/png',
  size: 5_000_000_000,
  width: 640,
  height: 480,
  state: 'received',
  blob: id(n),
  note: null,
  spentAt: null,
  createdAt: START,
  expiresAt: START + 1000,
  ...more,
})

export const use = (fid: number, seq: number): AttachmentUse => ({
  fid: id(fid),
  messageId: id(1000 + seq),
  conversationId: id(100),
  authorId: id(1),
})

export const space = (n: number, more: Partial<Space> = {}): Space => ({
  id: id(n),
  title: `Space ${n}`,
  description: null,
  look: null,
  visibility: 'private',
  createdBy: null,
  createdAt: START,
  updatedAt: START,
  claim: null,
  claimUntil: null,
  ...more,
})

export const spaceMember = (spaceN: number, profileN: number, more: Partial<SpaceMember> = {}): SpaceMember => ({
  spaceId: id(spaceN),
  profileId: id(profileN),
  role: 'member',
  state: 'active',
  joinedAt: START,
  ...more,
})

export const category = (n: number, more: Partial<Category> = {}): Category => ({
  id: id(n),
  spaceId: id(1),
  label: `Category ${n}`,
  kind: 'text',
  position: n,
  ...more,
})

export const invite = (n: number, more: Partial<Invite> = {}): Invite => ({
  id: id(n),
  spaceId: id(1),
  conversationId: null,
  code: `code-${n}`,
  createdBy: id(1),
  createdAt: START,
  expiresAt: START + 1000,
  maxUses: 1,
  uses: 0,
  revokedAt: null,
  ...more,
})
