// People, conversations and messages as the core hands them out: whole, with only what a test is about named by it.
import type {
  Conversation,
  ConversationRef,
  ConversationView,
  Member,
  Message,
  Person,
  Profile,
} from '../../src/core/index.ts'

export const TIME = '2026-03-01T12:00:00.900Z'
export const AT = Date.parse(TIME)

export const mila: Person = {
  id: '01922f5e-7000-7b3e-a2f4-000000000017',
  num: 17,
  handle: 'mila',
  displayName: 'Mila',
  avatar: null,
}
/** Nothing about her but her handle. */
export const noor: Person = {
  id: '01922f5e-7000-7b3e-a2f4-000000000018',
  num: 18,
  handle: 'noor',
  displayName: null,
  avatar: null,
}

export const profileOf = (person: Person, more: Partial<Profile> = {}): Profile => ({
  ...person,
  accountId: `account of ${person.handle}`,
  handleFold: person.handle.toLowerCase(),
  nameFold: person.displayName?.toLowerCase() ?? null,
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
  ...more,
})

/** A private group without a name and without anybody in it, unless said otherwise. */
export const conversationOf = (
  given: Pick<Conversation, 'id' | 'num' | 'slug'> & Partial<Conversation>,
): Conversation => ({
  kind: 'group',
  spaceId: null,
  slugFold: given.slug.toLowerCase(),
  title: null,
  titleFold: given.title?.toLowerCase() ?? null,
  description: null,
  avatar: null,
  visibility: 'private',
  joinRule: 'invite',
  sizeClass: 'small',
  pairKey: null,
  createdBy: null,
  createdAt: AT,
  updatedAt: AT,
  memberCount: 0,
  head: 0,
  lastMessageId: null,
  lastMessageAt: null,
  recalled: 0,
  streakDays: 0,
  streakDay: null,
  ...given,
})

export const refOf = (
  { id, num, kind, slug, title }: Conversation,
  pair: ConversationRef['pair'] = null,
): ConversationRef => ({ id, num, kind, slug, title, pair })

const ofTwo = { title: 'Kitchen', createdBy: mila.id, memberCount: 2, head: 3 } as const

/** mila’s, with noor in it. */
export const group = conversationOf({
  ...ofTwo,
  id: '01922f5e-7000-7b3e-a2f4-000000000042',
  num: 42,
  slug: 'kitchen~42',
  joinRule: 'approval',
})
export const groupRef = refOf(group)

/** A channel of mila’s for everybody. */
export const kitchen = conversationOf({
  ...ofTwo,
  id: '01922f5e-7000-7b3e-a2f4-000000000044',
  num: 44,
  kind: 'channel',
  slug: 'kitchen',
  description: 'What is cooking',
  visibility: 'public',
  joinRule: 'open',
})
export const kitchenRef = refOf(kitchen)

/** The direct chat of the two. */
export const direct: ConversationRef = {
  id: '01922f5e-7000-7b3e-a2f4-000000000043',
  num: 43,
  kind: 'direct',
  slug: 'direct~43',
  title: null,
  pair: [mila, noor],
}

/** What mila says there. */
export const messagesIn =
  (conversation: ConversationRef) =>
  (more: Partial<Message> = {}): Message => ({
    id: '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b',
    conversation,
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
    ...more,
  })

/** As somebody sees it who is not in it. */
export const viewOf = (conversation: Conversation, more: Partial<ConversationView> = {}): ConversationView => ({
  conversation,
  ref: refOf(conversation),
  me: null,
  mutedUntil: null,
  peer: null,
  owner: mila,
  unread: 0,
  lastReadMessageId: null,
  lastMessage: null,
  canSend: true,
  ...more,
})

export const memberOf = (
  conversation: Pick<Conversation, 'id'>,
  person: Pick<Person, 'id'>,
  more: Partial<Member> = {},
): Member => ({
  conversationId: conversation.id,
  profileId: person.id,
  role: 'member',
  joinedAt: AT,
  joinedSeq: 0,
  readUpTo: 0,
  readAt: null,
  wroteAsStranger: false,
  wroteDay: null,
  ...more,
})
