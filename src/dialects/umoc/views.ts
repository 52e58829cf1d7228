// Lists and pages, put together from what the core answers: chats, one chat, history (section F).
import {
  type Actor,
  type ConversationId,
  type ConversationView,
  faultIn,
  limits,
  type Message,
  type ProfileId,
  personOf,
  streakOf,
} from '../../core/index.ts'
import type { Chat, ChatHistory, DirectInfo, GroupInfo } from './contract.ts'
import type { ChatName } from './ids.ts'
import { printChat, printDirectInfo, printGroupInfo, printRow, type Streak } from './outbound.ts'
import type { Scope } from './scope.ts'
import { refused, texts } from './words.ts'

/** Members shown of a group: all that one may hold; of a channel, which holds any number, the first so many. */
const MEMBERS_SHOWN = limits.groupMembers.large

const NO_STREAK: Streak = { days: 0, dueToday: false }

/** The newest message that still stands: deleted ones appear nowhere (UM69). */
const lastStanding = async (
  { core }: Scope,
  actor: Actor,
  { conversation, lastMessage }: ConversationView,
): Promise<Message | null> => {
  if (lastMessage?.recalledAt == null) return lastMessage
  const { messages } = await core.messages.pageAt(actor, conversation.id, { offset: 0, limit: 1 })
  return messages[0] ?? null
}

const everyConversation = async ({ core }: Scope, actor: Actor): Promise<readonly ConversationView[]> => {
  const all: ConversationView[] = []
  for (;;) {
    const last = all.at(-1)
    const after = last && { id: last.conversation.id }
    const { views, more } = await core.conversations.list(actor, { limit: limits.page, after })
    all.push(...views)
    if (!more) return all
  }
}

interface Listed {
  readonly view: ConversationView
  readonly last: Message | null
}

const byName = new Intl.Collator('und', { sensitivity: 'base', numeric: true })
const nameIn = (chat: Chat): string => (chat.is_group ? chat.name : chat.username)

/** Every friend, every direct chat that holds a message, every group; newest first, the silent ones last by name (UM61). */
export const loadChats = async (scope: Scope, actor: Actor): Promise<readonly Chat[]> => {
  const me = actor.profile.id
  const { core } = scope
  const friends = new Set((await core.contacts.friends(actor)).map(({ person }) => person.id))
  const listed: Listed[] = []
  for (const view of await everyConversation(scope, actor)) {
    const last = await lastStanding(scope, actor, view)
    if (last || !view.peer || friends.has(view.peer.id)) listed.push({ view, last })
  }
  const peers = listed.flatMap(({ view }) => (view.peer ? [view.peer.id] : []))
  const seen = await core.presence.seenBy(actor, peers, 'friend')
  return listed
    .map(({ view, last }) => ({
      chat: printChat(view, last, me, view.peer ? seen.get(view.peer.id) : undefined),
      last,
    }))
    .sort((a, b) =>
      a.last && b.last
        ? newestFirst(a.last, b.last)
        : a.last || b.last
          ? Number(b.last !== null) - Number(a.last !== null)
          : byName.compare(nameIn(a.chat), nameIn(b.chat)),
    )
    .map(({ chat }) => chat)
}

/** Message ids rise in the order of commit, which settles what one millisecond leaves open. */
const newestFirst = (a: Message, b: Message): number => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)

/** Faults: conversation.unknown, member.required. */
export const loadGroupInfo = async (scope: Scope, actor: Actor, id: ConversationId): Promise<GroupInfo> => {
  const { core } = scope
  const view = await core.conversations.get(actor, { id })
  const { participants } = await core.members.list(actor, id, { limit: MEMBERS_SHOWN })
  const seen = await core.presence.seenBy(
    actor,
    participants.map(({ person }) => person.id),
    'co-member',
  )
  return printGroupInfo(view, participants, seen)
}

/** The standing direct conversation of two people, without beginning one. */
const standingDirect = async ({ core }: Scope, actor: Actor, peer: ProfileId): Promise<ConversationView | null> => {
  try {
    return await core.conversations.get(actor, { peer })
  } catch (thrown) {
    if (faultIn(thrown)?.kind === 'conversation.unknown') return null
    throw thrown
  }
}

/** Somebody with whom there is a row or a chat; nobody else is shown (UM65). */
const loadKnown = async (scope: Scope, actor: Actor, peer: ProfileId) => {
  const relation = await scope.core.people.relation(actor, peer)
  const view = relation === 'self' ? null : await standingDirect(scope, actor, peer)
  if (relation === 'self' || (relation === 'none' && !view)) return refused(texts.notAContact)
  return { relation, view }
}

const loadDirectInfo = async (scope: Scope, actor: Actor, peer: ProfileId): Promise<DirectInfo> => {
  const { core, clock } = scope
  const { relation, view } = await loadKnown(scope, actor, peer)
  const profile = (await core.people.byId(peer)) ?? refused(texts.chatNotFound)
  const seen = (await core.presence.seenBy(actor, [peer], 'friend')).get(peer)
  return printDirectInfo(personOf(profile), relation, seen, view ? streakOf(view.conversation, clock.now()) : NO_STREAK)
}

export const loadChatInfo = async (scope: Scope, actor: Actor, chat: ChatName): Promise<DirectInfo | GroupInfo> => {
  switch (chat.type) {
    case 'direct':
      return loadDirectInfo(scope, actor, chat.peer)
    case 'group':
      return loadGroupInfo(scope, actor, chat.id)
    case 'nothing':
      return refused(texts.chatNotFound)
  }
}

export interface PageWanted {
  readonly chatId: number
  readonly page: number
  readonly size: number
}

/** Pages beyond this have no messages, whatever they hold; their number is only repeated. */
const LAST_PAGE = 2 ** 31

/** A page counted from the newest message (UM67). Deleted ones are neither listed nor counted (UM69). */
export const loadHistory = async (
  scope: Scope,
  actor: Actor,
  chat: ChatName,
  { chatId, page, size }: PageWanted,
): Promise<ChatHistory> => {
  const answer = (messages: ChatHistory['messages'], total: number): ChatHistory => ({
    chat_id: chatId,
    is_group: chat.type === 'group',
    messages,
    page,
    page_size: size,
    total_pages: Math.ceil(total / size),
    total_messages: total,
  })
  const { core } = scope
  if (chat.type === 'nothing') return refused(texts.chatNotFound)
  const view =
    chat.type === 'group'
      ? await core.conversations.get(actor, { id: chat.id })
      : (await loadKnown(scope, actor, chat.peer)).view
  if (!view) return answer([], 0)
  const offset = (Math.min(page, LAST_PAGE) - 1) * size
  const { messages, total } = await core.messages.pageAt(actor, view.conversation.id, { offset, limit: size })
  const me = actor.profile.id
  const mine = messages.filter(({ author }) => author.id === me)
  const readBySome = await core.messages.readBySome(mine)
  const upTo = view.me?.readUpTo ?? 0
  const isRead = ({ id, seq, author }: Message) => (author.id === me ? readBySome.has(id) : seq <= upTo)
  return answer(
    messages.map(message => printRow(message, me, isRead(message))),
    total,
  )
}
