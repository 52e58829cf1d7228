// Finding messages by their words: a walk from the newest down, bounded per call, that needs no index and costs writers nothing.
import { fold } from '../../base/fold.ts'
import { nextTurn } from '../../base/turn.ts'
import type { Context } from '../context.ts'
import { loadMembership } from '../context.ts'
import { limits } from '../limits.ts'
import type { MessageId } from '../model/ids.ts'
import type { MessageRow } from '../model/message.ts'
import { viewMessages } from '../queries/message-view.ts'
import { judgeCursor } from './messages.read.ts'
import type { Messages } from './messages.ts'

/** Messages looked at before others get their turn: of the longest, a few megabytes. */
const STEP = 100

export const createSearching = (context: Context): Pick<Messages, 'search'> => ({
  async search(actor, { terms, conversationId, authorId, limit: wanted, before }) {
    const { read } = context
    const me = actor.profile.id
    if (before !== undefined) await judgeCursor(read, actor, before)
    if (conversationId !== undefined) await loadMembership(read, actor, conversationId)
    const limit = Math.min(wanted, limits.page)
    const folded = terms.map(fold)
    const fits = (row: MessageRow): boolean => {
      if (row.text === null || (authorId !== undefined && row.authorId !== authorId)) return false
      const text = fold(row.text)
      return folded.every(term => text.includes(term))
    }
    /** Descending, older than `position`. */
    const older = async (position: MessageId | undefined): Promise<readonly MessageRow[]> => {
      if (conversationId === undefined) {
        return (await read.recentMessages(me, { limit: STEP, before: position })).toReversed()
      }
      const row = position === undefined ? null : await read.get('message', { id: position })
      const page = { limit: STEP, before: row?.seq, standing: true }
      return (await read.messagesOf(conversationId, page)).toReversed()
    }

    const found: MessageRow[] = []
    let position = before
    let characters = 0
    for (let looked = 0; looked < limits.searched && characters < limits.searchedCharacters; looked += STEP) {
      if (looked > 0) await nextTurn()
      const rows = await older(position)
      for (const row of rows) {
        position = row.id
        characters += row.text?.length ?? 0
        if (fits(row)) found.push(row)
        // There may be nothing behind it: then the next call says so.
        if (found.length === limit) return { messages: await viewMessages(read, found), next: position }
      }
      if (rows.length < STEP) return { messages: await viewMessages(read, found), next: null }
    }
    return { messages: await viewMessages(read, found), next: position ?? null }
  },
})
