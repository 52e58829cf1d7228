// Sending and forwarding: one transaction from the earlier outcome of a repeat to the event.

import { newId } from '../../base/id.ts'
import { isCleanText } from '../../base/json.ts'
import { digest } from '../../base/secret.ts'
import { type Actor, selfOf } from '../actor.ts'
import { type Context, loadMembership, lockOf, must, peerIn, SEND_RATE } from '../context.ts'
import { FaultError, faultIn, refuse } from '../fault.ts'
import { demand } from '../gate/demand.ts'
import { gate } from '../gate/gate.ts'
import { limits } from '../limits.ts'
import { findMentions } from '../mentions.ts'
import type { Conversation, Member } from '../model/conversation.ts'
import {
  type ConversationId,
  conversationStream,
  type Day,
  dayOf,
  type Fid,
  type MessageId,
  type Time,
} from '../model/ids.ts'
import type { AttachmentRef, ForwardedFrom, Message, MessageRow, Quoted } from '../model/message.ts'
import type { Tx } from '../ports/store.ts'
import { loadWriteFacts } from '../queries/facts.ts'
import { loadFile } from '../queries/file-rights.ts'
import { conversationRefOf, quotedOf, viewMessages } from '../queries/message-view.ts'
import { loadReadable } from '../queries/readable.ts'
import { streakAfter } from '../streak.ts'
import { judgeShort } from '../values.ts'
import type { Draft, Messages, Sent } from './messages.ts'

/** What makes a forward of a draft. */
interface Copied {
  readonly forwardedFrom: ForwardedFrom
  /** The message that was asked to be forwarded. */
  readonly source: MessageId
}

/** Refuses what no door may write. Faults: text.empty, text.too-long, value.invalid. */
export const judgeText = (text: string | null): void => {
  if (text === null) return
  // Three bytes a code unit at most: only long texts need measuring.
  if (text.length * 3 > limits.textBytes && Buffer.byteLength(text) > limits.textBytes) {
    refuse({ kind: 'text.too-long', limit: limits.textBytes })
  }
  if (!isCleanText(text)) refuse({ kind: 'value.invalid', field: 'text', reason: 'characters' })
}

const judgeDraft = (draft: Draft): void => {
  const text = draft.text ?? null
  judgeText(text)
  if (!text && !draft.payload && !draft.attachments?.length) refuse({ kind: 'text.empty' })
  if (draft.payload && Buffer.byteLength(draft.payload) > limits.payloadBytes) {
    refuse({ kind: 'text.too-long', limit: limits.payloadBytes })
  }
  if ((draft.attachments?.length ?? 0) > limits.attachmentsPerMessage) {
    refuse({ kind: 'value.invalid', field: 'attachments', reason: 'too-many' })
  }
  judgeShort('label', draft.label, limits.wordBytes)
  judgeKey(draft.clientKey)
}

const judgeKey = (key: string | null | undefined): void => {
  if (key === null || key === undefined) return
  if (key === '' || key.length > limits.clientKeyLength) {
    refuse({ kind: 'value.invalid', field: 'clientKey', reason: 'length' })
  }
  judgeShort('clientKey', key)
}

const contentDigest = (draft: Draft): string =>
  digest(
    draft.fingerprint ??
      JSON.stringify([
        draft.kind,
        draft.label ?? null,
        draft.text ?? null,
        draft.payload ?? null,
        draft.replyTo ?? null,
        draft.replyRoot ?? null,
        draft.attachments ?? [],
        draft.remindAt ?? null,
      ]),
  )

/** Of a forward, which message it is says it all: that one may change between the send and its repeat. */
const forwardDigest = (source: MessageId): string => digest(JSON.stringify(['forward', source]))

export const createSending = (context: Context): Pick<Messages, 'send' | 'forward'> => ({
  async send(actor, conversationId, draft) {
    judgeDraft(draft)
    await context.spend(SEND_RATE, actor.profile.id)
    return context.commit(async tx => {
      await tx.lock(lockOf.conversation(conversationId))
      return doSend(context, tx, actor, conversationId, draft, null)
    })
  },

  async forward(actor, messageId, to, clientKey) {
    judgeKey(clientKey)
    await context.spend(SEND_RATE, actor.profile.id)
    return context.commit(async tx => {
      await tx.lock(lockOf.conversation(to))
      // Before the source is looked at: what became of it since does not concern a repeat.
      const me = await tx.get('member', { conversationId: to, profileId: actor.profile.id })
      const repeated = me && clientKey && (await loadRepeated(tx, me, clientKey, forwardDigest(messageId)))
      if (repeated) return repeated
      const source = await loadSource(tx, actor, messageId)
      const draft: Draft = {
        kind: source.kind,
        label: source.label,
        text: source.text,
        payload: source.payload,
        attachments: source.attachments.map(a => a.fid),
        clientKey,
        mentioned: source.mentions,
      }
      const forwardedFrom = source.forwardedFrom ?? {
        messageId: source.id,
        author: source.author,
        at: source.createdAt,
      }
      return doSend(context, tx, actor, to, draft, { forwardedFrom, source: messageId })
    })
  },
})

/** The message to forward, as the actor sees it. Faults: message.unknown, message.recalled, message.uncopyable. */
const loadSource = async (tx: Tx, actor: Actor, id: MessageId): Promise<Message> => {
  const unknown = { kind: 'message.unknown' } as const
  const row = must(await tx.get('message', { id }), unknown)
  await loadReadable(tx, actor, row.conversationId).catch(error => {
    throw faultIn(error) ? new FaultError(unknown) : error
  })
  if (row.recalledAt !== null) refuse({ kind: 'message.recalled', messageId: id })
  if (row.kind === 'system' || row.kind === 'reminder') refuse({ kind: 'message.uncopyable' })
  const [view] = await viewMessages(tx, [row])
  return must(view, { kind: 'message.unknown' })
}

/** The earlier outcome of a member's key. */
const loadRepeated = async (
  tx: Tx,
  { conversationId, profileId }: Member,
  clientKey: string,
  fingerprint: string,
): Promise<Sent | null> => {
  const earlier = await tx.messageByClientKey(conversationId, profileId, clientKey)
  if (!earlier) return null
  const [message] = await viewMessages(tx, [earlier])
  return {
    message: must(message, { kind: 'message.unknown' }),
    repeated: true,
    sameContent: earlier.contentDigest === fingerprint,
  }
}

const doSend = async (
  context: Context,
  tx: Tx,
  actor: Actor,
  conversationId: ConversationId,
  draft: Draft,
  copied: Copied | null,
): Promise<Sent> => {
  const { conversation, me } = await loadMembership(tx, actor, conversationId)
  const clientKey = draft.clientKey ?? null
  const fingerprint = clientKey === null ? null : copied ? forwardDigest(copied.source) : contentDigest(draft)
  if (clientKey !== null && fingerprint !== null) {
    const repeated = await loadRepeated(tx, me, clientKey, fingerprint)
    if (repeated) return repeated
  }

  const facts = await loadWriteFacts(tx, actor, conversation, me, context.now())
  demand(gate['message.write'](facts))

  const quoted = await loadQuoted(tx, conversationId, draft.replyTo ?? null)
  if (draft.replyRoot) await loadTarget(tx, conversationId, draft.replyRoot, 'replyRoot')
  const attachments = await loadAttachments(tx, actor, draft.attachments ?? [])
  const at = Math.max(context.now(), conversation.lastMessageAt ?? 0)
  const remindAt = judgeReminder(draft, context.now())

  const row: MessageRow = {
    id: newId(),
    conversationId,
    seq: conversation.head + 1,
    authorId: me.profileId,
    kind: draft.kind,
    label: draft.label ?? null,
    text: draft.text ?? null,
    payload: draft.payload ?? null,
    mentions: await findMentions(tx, conversationId, draft.text ?? null, draft.mentioned ?? []),
    replyTo: draft.replyTo ?? null,
    replyRoot: draft.replyRoot ?? null,
    forwardedFrom: copied?.forwardedFrom ?? null,
    attachments: attachments.map(a => a.fid),
    remindAt,
    clientKey,
    contentDigest: fingerprint,
    createdAt: at,
    editedAt: null,
    recalledAt: null,
    recalledBy: null,
  }
  const message: Message = {
    ...view(row),
    conversation: await conversationRefOf(tx, conversation),
    author: selfOf(actor),
    replyTo: quoted,
    attachments,
    reactions: [],
    hasThread: false,
  }
  await doStore(tx, conversation, me, row, facts.pair !== null && !facts.pair.friends)
  if (draft.spends) await doSpend(tx, row.attachments, at)
  await tx.append(conversationStream(conversationId), { type: 'message.sent', message })
  if (row.kind === 'reminder') {
    if (remindAt === null) await tx.append(conversationStream(conversationId), { type: 'reminder.due', message })
    else await tx.insert('reminder', { messageId: row.id, dueAt: remindAt })
  }
  return { message, repeated: false, sameContent: true }
}

/** The columns that a row and its view have in common. */
const view = (row: MessageRow) => {
  const { conversationId: _c, authorId: _a, contentDigest: _d, ...rest } = row
  return rest
}

const doStore = async (
  tx: Tx,
  conversation: Conversation,
  me: Member,
  row: MessageRow,
  asStranger: boolean,
): Promise<void> => {
  await tx.insert('message', row)
  const wroteDay = dayOf(row.createdAt)
  await tx.put('conversation', {
    ...conversation,
    ...(me.wroteDay !== wroteDay && (await loadStreak(tx, conversation, me, wroteDay))),
    head: row.seq,
    lastMessageId: row.id,
    lastMessageAt: row.createdAt,
    updatedAt: row.createdAt,
  })
  // Sending moves the author's mark, without a receipt of its own.
  await tx.put('member', {
    ...me,
    readUpTo: row.seq,
    readAt: row.createdAt,
    wroteAsStranger: me.wroteAsStranger || asStranger,
    wroteDay,
  })
  for (const fid of new Set(row.attachments)) {
    await tx.insert('attachmentUse', {
      fid,
      messageId: row.id,
      conversationId: row.conversationId,
      authorId: row.authorId,
    })
  }
}

/** The streak of a direct chat in which `me` writes for the first time on a day. */
const loadStreak = async (tx: Tx, conversation: Conversation, me: Member, day: Day) => {
  const peer = peerIn(conversation, me.profileId)
  if (peer === null) return {}
  return streakAfter(conversation, day, await tx.get('member', { conversationId: conversation.id, profileId: peer }))
}

/** Marks files as meant for this one message. Faults: file.spent. */
const doSpend = async (tx: Tx, fids: readonly Fid[], at: Time): Promise<void> => {
  await tx.lock(...fids.map(lockOf.file))
  for (const fid of new Set(fids)) {
    const file = must(await tx.get('attachment', { fid }), { kind: 'file.unknown' })
    if (file.spentAt !== null) refuse({ kind: 'file.spent' })
    await tx.put('attachment', { ...file, spentAt: at })
  }
}

const loadTarget = async (
  tx: Tx,
  conversationId: ConversationId,
  id: MessageId,
  field: 'replyTo' | 'replyRoot',
): Promise<MessageRow> => {
  const row = await tx.get('message', { id })
  return row?.conversationId === conversationId ? row : refuse({ kind: 'target.unknown', field })
}

const loadQuoted = async (tx: Tx, conversationId: ConversationId, id: MessageId | null): Promise<Quoted | null> => {
  if (id === null) return null
  const row = await loadTarget(tx, conversationId, id, 'replyTo')
  if (row.recalledAt !== null) refuse({ kind: 'message.recalled', messageId: id })
  const author = must(await tx.get('profile', { id: row.authorId }), { kind: 'person.unknown' })
  return quotedOf(row, author)
}

/** One may only send what one may read. Faults: file.unknown. */
const loadAttachments = async (tx: Tx, actor: Actor, fids: readonly Fid[]): Promise<readonly AttachmentRef[]> => {
  const refs: AttachmentRef[] = []
  for (const fid of new Set(fids)) {
    const { name, mime, size, width, height } = await loadFile(tx, actor, fid)
    refs.push({ fid, name, mime, size, width, height })
  }
  return refs
}

const judgeReminder = (draft: Draft, now: number): number | null => {
  const at = draft.kind === 'reminder' ? (draft.remindAt ?? null) : null
  if (at !== null && !(at > now && at <= now + limits.reminderHorizon)) {
    refuse({ kind: 'value.invalid', field: 'remindAt', reason: 'out-of-range' })
  }
  return at
}
