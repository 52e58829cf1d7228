// What may still happen to a message: edit, recall, reactions.
import { type Actor, selfOf } from '../actor.ts'
import { type Context, lockOf, must } from '../context.ts'
import { refuse } from '../fault.ts'
import { demand } from '../gate/demand.ts'
import { gate } from '../gate/gate.ts'
import { limits } from '../limits.ts'
import { findMentions } from '../mentions.ts'
import type { Conversation, Member } from '../model/conversation.ts'
import { conversationStream, type MessageId } from '../model/ids.ts'
import type { Message, MessageRow, Reaction } from '../model/message.ts'
import type { Reads, Tx } from '../ports/store.ts'
import { loadWriteFacts } from '../queries/facts.ts'
import { viewMessages } from '../queries/message-view.ts'
import { judgeShort } from '../values.ts'
import { judgeText } from './messages.send.ts'
import type { Messages } from './messages.ts'

interface Loaded {
  readonly row: MessageRow
  readonly conversation: Conversation
  readonly me: Member
}

/** A message in a conversation the actor is in. Faults: message.unknown (also: not a member). */
export const loadMessage = async (reads: Reads, actor: Actor, id: MessageId): Promise<Loaded> => {
  const unknown = { kind: 'message.unknown' } as const
  const row = must(await reads.get('message', { id }), unknown)
  const { conversationId } = row
  const me = must(await reads.get('member', { conversationId, profileId: actor.profile.id }), unknown)
  const conversation = must(await reads.get('conversation', { id: conversationId }), unknown)
  return { row, conversation, me }
}

export const viewOne = async (reads: Reads, row: MessageRow): Promise<Message> => {
  const [message] = await viewMessages(reads, [row])
  return must(message, { kind: 'message.unknown' })
}

/** Faults: message.recalled. */
export const alive = (row: MessageRow): void => {
  if (row.recalledAt !== null) refuse({ kind: 'message.recalled', messageId: row.id })
}

export const createChanging = (context: Context): Pick<Messages, 'edit' | 'recall' | 'react'> => {
  const changing =
    (actor: Actor): Context['commit'] =>
    work =>
      context.change(actor, work)
  /** Runs `work` on a message under its conversation's lock, with rows read after the lock was had. */
  const onMessage = async <T>(
    run: Context['commit'],
    actor: Actor,
    id: MessageId,
    work: (tx: Tx, loaded: Loaded) => Promise<T>,
  ): Promise<T> => {
    const { conversationId } = must(await context.read.get('message', { id }), { kind: 'message.unknown' })
    return run(async tx => {
      await tx.lock(lockOf.conversation(conversationId))
      return work(tx, await loadMessage(tx, actor, id))
    })
  }

  return {
    async edit(actor, id, change) {
      judgeText(change.text)
      return onMessage(changing(actor), actor, id, async (tx, { row, conversation, me }) => {
        const facts = await loadWriteFacts(tx, actor, conversation, me, context.now())
        // Whose message it is comes before what has become of it, and that before what may be written at all.
        if (row.authorId === actor.profile.id) alive(row)
        demand(gate['message.edit']({ ...facts, author: row.authorId === actor.profile.id }))
        if (change.text === '' && row.attachments.length === 0 && !row.payload) refuse({ kind: 'text.empty' })
        if (row.text === change.text) return { message: await viewOne(tx, row), changed: false }
        const edited: MessageRow = {
          ...row,
          text: change.text,
          mentions: await findMentions(tx, conversation.id, change.text, change.mentioned ?? []),
          editedAt: context.now(),
        }
        await tx.put('message', edited)
        const message = await viewOne(tx, edited)
        await tx.append(conversationStream(conversation.id), { type: 'message.edited', message })
        return { message, changed: true }
      })
    },

    async recall(actor, id) {
      // Not counted: each message is taken back once, and clients take back all of theirs together.
      return onMessage(context.commit, actor, id, async (tx, { row, conversation, me }) => {
        const author = row.authorId === actor.profile.id
        const authorMember = await tx.get('member', { conversationId: conversation.id, profileId: row.authorId })
        const verdict = gate['message.recall']({
          myRole: me.role,
          kind: conversation.kind,
          author,
          authorRole: authorMember?.role ?? null,
          age: context.now() - row.createdAt,
          window: actor.door.recallWindow,
          recallsOthers: actor.door.recallsOthers,
        })
        // A repeat is no new recall, so the window does not bind it.
        const repeated = row.recalledAt !== null && (author || row.recalledBy === actor.profile.id || verdict === 'ok')
        if (repeated) return { message: await viewOne(tx, row), changed: false }
        demand(verdict)
        return { message: await doRecall(context, tx, actor, conversation, row), changed: true }
      })
    },

    async react(actor, id, emoji, active) {
      judgeShort('emoji', emoji, limits.wordBytes)
      return onMessage(changing(actor), actor, id, async (tx, { row, conversation, me }) => {
        demand(gate['message.write'](await loadWriteFacts(tx, actor, conversation, me, context.now())))
        alive(row)
        const key = { messageId: id, emoji, profileId: actor.profile.id }
        const standing = (await tx.get('reaction', key)) !== null
        if (standing === active) return { message: await viewOne(tx, row), changed: false }
        if (active) await doReact(tx, key)
        else await tx.remove('reaction', key)
        const message = await viewOne(tx, row)
        const event = { type: 'reaction.changed', message, person: selfOf(actor), emoji, active } as const
        await tx.append(conversationStream(conversation.id), event)
        return { message, changed: true }
      })
    },
  }
}

const doRecall = async (
  context: Context,
  tx: Tx,
  actor: Actor,
  conversation: Conversation,
  row: MessageRow,
): Promise<Message> => {
  const now = context.now()
  // The text goes for good; the digest of it stays, so that a repeat of the send still finds its outcome.
  const shell: MessageRow = {
    ...row,
    text: null,
    payload: null,
    mentions: [],
    forwardedFrom: null,
    attachments: [],
    recalledAt: now,
    recalledBy: actor.profile.id,
  }
  await tx.put('message', shell)
  await tx.put('conversation', { ...conversation, recalled: conversation.recalled + 1 })
  await tx.remove('reminder', { messageId: row.id })
  const pin = await tx.get('pin', { conversationId: conversation.id, messageId: row.id })
  if (pin) await tx.remove('pin', pin)
  for (const reaction of await tx.reactionsOn([row.id])) await tx.remove('reaction', reaction)
  for (const use of await tx.usesOn(row.id)) {
    await tx.remove('attachmentUse', use)
    const file = await tx.get('attachment', { fid: use.fid })
    if (file) await tx.put('attachment', { ...file, expiresAt: now + limits.orphanFileTtl })
  }
  const message = await viewOne(tx, shell)
  await tx.append(conversationStream(conversation.id), { type: 'message.recalled', message, by: selfOf(actor) })
  if (pin) {
    const event = { type: 'pin.changed', message, person: selfOf(actor), active: false } as const
    await tx.append(conversationStream(conversation.id), event)
  }
  return message
}

const doReact = async (tx: Tx, key: { messageId: MessageId; emoji: string; profileId: string }): Promise<void> => {
  const standing = await tx.reactionsOn([key.messageId])
  const kinds = new Set(standing.map(r => r.emoji))
  if (!kinds.has(key.emoji) && kinds.size >= limits.reactionKindsPerMessage) {
    refuse({ kind: 'reaction.limit', limit: limits.reactionKindsPerMessage })
  }
  await tx.insert('reaction', { ...key, order: orderAmong(standing, key.emoji) })
}

/** Room for so many uses of one emoji between its first and the next emoji's. */
const STRIDE = 1_000_000

/** Behind the other uses of the emoji; a new emoji behind all others, where it stays even if its first user takes it back. */
const orderAmong = (standing: readonly Reaction[], emoji: string): number => {
  const top = (reactions: readonly Reaction[]) => reactions.reduce((highest, r) => Math.max(highest, r.order), 0)
  const same = standing.filter(r => r.emoji === emoji)
  return same.length > 0 ? top(same) + 1 : (Math.floor(top(standing) / STRIDE) + 1) * STRIDE
}
