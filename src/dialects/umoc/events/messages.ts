// Messages: said, taken back, read, announced by typing (section G).
import {
  type ConversationId,
  type Draft,
  type Fid,
  faultIn,
  limits,
  type Message,
  personOf,
  type RateRule,
} from '../../../core/index.ts'
import { parseMessageId } from '../ids.ts'
import { addressed, readMessage } from '../inbound.ts'
import { printDeleted, printTyping } from '../outbound.ts'
import { refused, texts, translated } from '../words.ts'
import { type EventContext, type EventHandler, type EventTable, noted, perUser } from './dispatch.ts'
import { flag, has, need, text } from './fields.ts'
import { findRecipient } from './recipient.ts'
import { send } from './send.ts'

/** The core's own limit of sends, over all doors: a send that never reaches the core counts for it, too (UM71). */
const SENDS: RateRule = {
  name: 'send',
  count: limits.sendRate.burst,
  perMs: (limits.sendRate.burst / limits.sendRate.perSecond) * 1000,
}

/** Milliseconds a typist is shown as typing unless he says so again (UM83). */
const TYPING_MS = 10_000
/** Messages one receipt may name (UM80). */
const RECEIPT_IDS = 500

/**
 * A file that was uploaded by the sender for this very chat (UM75). One that is gone may have gone with the message that
 * this repeats: the core tells the two apart.
 */
const withFile = async (
  { scope, actor }: EventContext,
  conversation: ConversationId,
  draft: Draft,
  fid: Fid,
): Promise<Draft> => {
  try {
    const { uploaderId, note } = await scope.core.files.reservation(fid)
    if (uploaderId !== actor.profile.id || note !== conversation) return refused(texts.fileNotFound)
  } catch (thrown) {
    if (faultIn(thrown)?.kind !== 'file.unknown') throw thrown
  }
  return { ...draft, attachments: [fid], spends: true }
}

const sendMessage: EventHandler = async (context, payload) => {
  const { draft, fileId, ...to } = readMessage(payload)
  const { core } = context.scope
  const find = async (): Promise<readonly [ConversationId, Draft]> => {
    const { id } = await findRecipient(context, to)
    return [id, fileId === null ? draft : await withFile(context, id, draft, fileId)]
  }
  const [conversation, whole] = await find().catch(async thrown => {
    // The limit is said before what is wrong with the recipient.
    await core.spend(SENDS, context.actor.profile.id)
    throw thrown
  })
  const words = { 'file.unknown': texts.fileNotFound, 'file.spent': texts.fileNotFound }
  return translated(words, () => send(context, conversation, whole))
}

/** Whoever else's it is, what is deleted is not there (UM78). */
const deleteMessage: EventHandler = async ({ scope, actor }, payload) => {
  need(payload, 'message_id')
  const id = parseMessageId(text(payload, 'message_id'))
  const { messages } = scope.core
  try {
    const { message, changed } = await messages.recall(actor, id)
    if (!changed) return refused(texts.messageNotFound)
    return noted(printDeleted(message, personOf(actor.profile), scope.clock.now()))
  } catch (thrown) {
    if (faultIn(thrown)?.kind !== 'author.required') throw thrown
    const { recalledAt } = await messages.get(actor, id)
    return recalledAt === null ? Promise.reject(thrown) : refused(texts.messageNotFound)
  }
}

const idsIn = (value: unknown): readonly string[] => {
  const fits = Array.isArray(value) && value.length > 0 && value.length <= RECEIPT_IDS
  if (!fits || !value.every(id => typeof id === 'string')) return refused('Invalid message IDs')
  return [...new Set(value.map(parseMessageId))]
}

/** What a receipt can be about: standing messages of others. The rest is ignored silently (UM81). */
const loadReadable = async ({ scope, actor }: EventContext, ids: readonly string[]): Promise<readonly Message[]> => {
  const found = await scope.core.messages.getMany(actor, ids)
  const me = actor.profile.id
  return found.filter(message => message.recalledAt === null && message.author.id !== me)
}

/** The newest named message of each conversation: reading it reads everything before. */
const newestOf = (messages: readonly Message[]): readonly Message[] => {
  const newest = new Map<ConversationId, Message>()
  for (const message of messages) {
    const standing = newest.get(message.conversation.id)
    if (!standing || message.seq > standing.seq) newest.set(message.conversation.id, message)
  }
  return [...newest.values()]
}

/** `sender_id` must be there and decides nothing (UM81). */
const readReceipt: EventHandler = async (context, payload) => {
  const ids = idsIn(payload.message_ids)
  if (!has(payload, 'sender_id')) return refused('Sender ID is required')
  const { scope, actor } = context
  const read: string[] = []
  for (const { id, conversation } of newestOf(await loadReadable(context, ids))) {
    const { newly } = await scope.core.messages.markRead(actor, conversation.id, id)
    for (const { messageIds } of newly) read.push(...messageIds)
  }
  return noted({ message_ids: read })
}

/** Across a block nothing passes and nothing is said about it (UM83). */
const typing: EventHandler = async (context, payload) => {
  need(payload, 'recipient_id', 'is_typing')
  const to = addressed(payload, 'recipient_id')
  const active = flag(payload, 'is_typing')
  const { scope, actor, link } = context
  try {
    const { id, group } = await findRecipient(context, to)
    await scope.core.typing.set(actor, id, active, { linkId: link.id, ttlMs: TYPING_MS })
    return noted(printTyping(group ? to.num : null, personOf(actor.profile), active, scope.clock.now()))
  } catch (thrown) {
    if (faultIn(thrown)?.kind.startsWith('blocked.')) return noted()
    throw thrown
  }
}

export const messageEvents = {
  send_message: { handle: sendMessage, rate: null, rules: ['UM70', 'UM71', 'UM72', 'UM73', 'UM74', 'UM75', 'UM76'] },
  delete_message: { handle: deleteMessage, rate: null, rules: ['UM78', 'UM79'] },
  read_receipt: { handle: readReceipt, rate: perUser('read_receipt', 60, 10), rules: ['UM80', 'UM81'] },
  typing: { handle: typing, rate: perUser('typing', 30, 10), quiet: true, rules: ['UM82', 'UM83'] },
} as const satisfies EventTable
