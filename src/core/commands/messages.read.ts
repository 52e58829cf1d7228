// Reading: pages of history, one message, marks.
import { type Actor, selfOf } from '../actor.ts'
import { type Context, loadMembership, lockOf, must } from '../context.ts'
import { FaultError, faultIn, refuse } from '../fault.ts'
import { demand } from '../gate/demand.ts'
import { gate } from '../gate/gate.ts'
import { limits } from '../limits.ts'
import type { Member } from '../model/conversation.ts'
import { type ConversationId, conversationStream, type MessageId, type ProfileId, type Seq } from '../model/ids.ts'
import type { NewlyRead } from '../model/message.ts'
import { personOf } from '../model/profile.ts'
import type { Reads, Tx } from '../ports/store.ts'
import { messageIdAt } from '../queries/conversation-view.ts'
import { loadWriteFacts } from '../queries/facts.ts'
import { conversationRefOf, viewMessages } from '../queries/message-view.ts'
import { loadReadable } from '../queries/readable.ts'
import { viewOne } from './messages.change.ts'
import type { Marked, MessagePage, Messages, ReadUpTo } from './messages.ts'

const seqOf = async (
  reads: Reads,
  conversationId: ConversationId,
  id: MessageId,
  field: 'cursor' | 'upTo' | 'replyRoot',
): Promise<Seq> => {
  const row = await reads.get('message', { id })
  return row?.conversationId === conversationId ? row.seq : refuse({ kind: 'target.unknown', field })
}

/** Others' standing messages above `from` up to `upTo`, by author. */
const newlyRead = async (reads: Reads, me: Member, from: Seq, upTo: Seq): Promise<readonly NewlyRead[]> => {
  const limit = Math.min(upTo - from, limits.newlyRead.looked)
  if (limit <= 0) return []
  const rows = await reads.messagesOf(me.conversationId, { before: upTo + 1, limit })
  const standing = rows.filter(row => row.seq > from && row.recalledAt === null && row.authorId !== me.profileId)
  return [...Map.groupBy(standing, row => row.authorId)].map(([authorId, theirs]) => ({
    authorId,
    messageIds: theirs.slice(-limits.newlyRead.perAuthor).map(row => row.id),
  }))
}

type Reading = Pick<
  Messages,
  | 'page'
  | 'pageAt'
  | 'recent'
  | 'get'
  | 'getMany'
  | 'judgeSend'
  | 'markRead'
  | 'markReadMany'
  | 'receipts'
  | 'readByAll'
  | 'readBySome'
>

/** The message in the middle and its neighbours on either side. */
const pageAround = async (
  reads: Reads,
  conversationId: ConversationId,
  { around, limit, standing }: { readonly around: Seq; readonly limit: number; readonly standing: boolean | undefined },
): Promise<MessagePage> => {
  const half = Math.floor(limit / 2)
  const older = await reads.messagesOf(conversationId, { before: around + 1, limit: half + 2, standing })
  const newer = await reads.messagesOf(conversationId, { after: around, limit: limit - half, standing })
  const before = older.length > half + 1
  const after = newer.length > limit - half - 1
  const rows = [...(before ? older.slice(1) : older), ...(after ? newer.slice(0, -1) : newer)]
  return { messages: await viewMessages(reads, rows), more: { before, after } }
}

export const createReading = (context: Context): Reading => ({
  async page(actor, conversationId, page): Promise<MessagePage> {
    const { read } = context
    await loadReadable(read, actor, conversationId)
    const { replyRoot, standing } = page
    if (page.around) {
      const around = await seqOf(read, conversationId, page.around, 'cursor')
      return pageAround(read, conversationId, { around, limit: Math.min(page.limit, limits.page), standing })
    }
    if (replyRoot) await seqOf(read, conversationId, replyRoot, 'replyRoot')
    const before = page.before && (await seqOf(read, conversationId, page.before, 'cursor'))
    const after = page.after && (await seqOf(read, conversationId, page.after, 'cursor'))
    const limit = Math.min(page.limit, limits.page)
    const forward = after !== undefined && before === undefined
    const rows = await read.messagesOf(conversationId, {
      limit: limit + 1,
      before: before || undefined,
      after: forward ? (after as Seq) : undefined,
      replyRoot,
      standing,
    })
    const extra = rows.length > limit
    const shown = !extra ? rows : forward ? rows.slice(0, limit) : rows.slice(1)
    return {
      messages: await viewMessages(read, shown),
      more: forward ? { before: true, after: extra } : { before: extra, after: before !== undefined },
    }
  },

  async pageAt(actor, conversationId, { offset, limit }) {
    const { conversation } = await loadMembership(context.read, actor, conversationId)
    const rows = await context.read.standingMessagesOf(conversationId, {
      offset,
      limit: Math.min(limit, limits.page),
    })
    return {
      messages: await viewMessages(context.read, rows),
      total: conversation.head - conversation.recalled,
    }
  },

  async recent(actor, { limit, before, after, mine = false }) {
    for (const cursor of [before, after]) {
      if (cursor !== undefined) await judgeCursor(context.read, actor, cursor)
    }
    const rows = await context.read.recentMessages(actor.profile.id, {
      limit: Math.min(limit, limits.page),
      before,
      after,
      authorId: mine ? actor.profile.id : undefined,
    })
    return viewMessages(context.read, rows)
  },

  async get(actor, id) {
    const { read } = context
    const unknown = { kind: 'message.unknown' } as const
    const row = must(await read.get('message', { id }), unknown)
    await loadReadable(read, actor, row.conversationId).catch(error => {
      throw faultIn(error) ? new FaultError(unknown) : error
    })
    return viewOne(read, row)
  },

  async getMany(actor, ids) {
    const { read } = context
    const rows = await read.getMany(
      'message',
      ids.map(id => ({ id })),
    )
    const places = new Set(rows.map(row => row.conversationId))
    const memberships = await read.getMany(
      'member',
      [...places].map(conversationId => ({ conversationId, profileId: actor.profile.id })),
    )
    const mine = new Set(memberships.map(member => member.conversationId))
    return viewMessages(
      read,
      rows.filter(row => mine.has(row.conversationId)),
    )
  },

  async judgeSend(actor, conversationId) {
    const { conversation, me } = await loadMembership(context.read, actor, conversationId)
    demand(gate['message.write'](await loadWriteFacts(context.read, actor, conversation, me, context.now())))
  },

  async markRead(actor, conversationId, upTo) {
    return context.commit(async tx => {
      await tx.lock(lockOf.conversation(conversationId))
      return doMarkRead(context, tx, actor, conversationId, upTo)
    })
  },

  async markReadMany(actor, marks) {
    return context.commit(async tx => {
      await tx.lock(...marks.map(mark => lockOf.conversation(mark.conversationId)))
      const marked: Marked[] = []
      for (const { conversationId, upTo } of marks) {
        marked.push(await doMarkRead(context, tx, actor, conversationId, upTo))
      }
      return marked
    })
  },

  async receipts(actor, conversationId) {
    const { read } = context
    const { conversation } = await loadMembership(read, actor, conversationId)
    const found: ReadUpTo[] = []
    const rows = await read.membersOf(conversationId, { limit: limits.groupMembers.large })
    for (const { member, profile } of rows) {
      const { readAt, readUpTo, joinedSeq } = member
      if (profile.id === actor.profile.id || readAt === null || readUpTo <= joinedSeq) continue
      const messageId = await messageIdAt(read, conversation, readUpTo)
      if (messageId) found.push({ person: personOf(profile), messageId, at: readAt })
    }
    return found
  },

  async readByAll(messages) {
    const read = new Set<MessageId>()
    for (const { id, conversation, seq, author } of messages) {
      if (await readByEveryone(context.read, conversation.id, seq, author.id)) read.add(id)
    }
    return read
  },

  async readBySome(messages) {
    const read = new Set<MessageId>()
    for (const { id, conversation, seq, author } of messages) {
      if (await context.read.hasReader(conversation.id, seq, author.id)) read.add(id)
    }
    return read
  },
})

/** Under the conversation's lock. */
const doMarkRead = async (
  context: Context,
  tx: Tx,
  actor: Actor,
  conversationId: ConversationId,
  upTo: MessageId | null,
): Promise<Marked> => {
  const { conversation, me } = await loadMembership(tx, actor, conversationId)
  const seq = upTo === null ? conversation.head : await seqOf(tx, conversationId, upTo, 'upTo')
  const changed = seq > me.readUpTo
  const standing = Math.max(seq, me.readUpTo)
  const messageId = await messageIdAt(tx, conversation, standing)
  const newly = changed ? await newlyRead(tx, me, me.readUpTo, seq) : []
  const at = context.now()
  if (changed && messageId) {
    await tx.put('member', { ...me, readUpTo: seq, readAt: at })
    await tx.append(conversationStream(conversationId), {
      type: 'receipt.read',
      conversation: await conversationRefOf(tx, conversation),
      person: selfOf(actor),
      upTo: seq,
      from: me.readUpTo,
      messageId,
      newly,
      at,
    })
  }
  const unread = await tx.countUnread(conversationId, me.profileId, standing, limits.unreadCap)
  const readAt = changed ? at : me.readAt
  return { changed, upTo: standing, lastReadMessageId: messageId, readAt, unread, newly }
}

/** Faults: target.unknown. */
export const judgeCursor = async (reads: Reads, actor: Actor, id: MessageId): Promise<void> => {
  const row = await reads.get('message', { id })
  const seen =
    row && (await reads.get('member', { conversationId: row.conversationId, profileId: actor.profile.id })) !== null
  if (!seen) refuse({ kind: 'target.unknown', field: 'cursor' })
}

const readByEveryone = async (reads: Reads, conversationId: ConversationId, seq: Seq, authorId: ProfileId) =>
  !(await reads.hasUnreader(conversationId, seq, authorId)) && (await reads.hasReader(conversationId, seq, authorId))
