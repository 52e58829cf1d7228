// Finds who is meant in a text: `@handle`, `@here`, `@channel`.
import { fold } from '../base/fold.ts'
import { limits } from './limits.ts'
import type { ConversationId } from './model/ids.ts'
import type { Mention } from './model/message.ts'
import type { Reads } from './ports/store.ts'

// The sign must not follow a token character; a trailing `.` or `-` is not part of the name (OC69).
const TOKEN = /(?<![\p{L}\p{N}_.-])@([\p{L}\p{N}_.-]{0,63}[\p{L}\p{N}_])/gu

/** The mentions in `text` that name a member, or everyone, in order; `found` by a door in a notation of its own come along. */
export const findMentions = async (
  reads: Reads,
  conversationId: ConversationId,
  text: string | null,
  found: readonly Mention[],
): Promise<readonly Mention[]> => {
  const mentions: Mention[] = []
  for (const mention of found) {
    if (await isMember(reads, conversationId, mention.target)) mentions.push(mention)
  }
  if (!text?.includes('@')) return mentions
  for (const match of text.matchAll(TOKEN)) {
    if (mentions.length >= limits.mentionsPerMessage) break
    const token = fold(match[1] ?? '')
    const range = { start: match.index, end: match.index + match[0].length }
    if (token === 'here' || token === 'channel') mentions.push({ type: 'channel', target: token, ...range })
    else {
      const profile = await reads.profileByHandle(token)
      if (profile && (await isMember(reads, conversationId, profile.id))) {
        mentions.push({ type: 'user', target: profile.id, ...range })
      }
    }
  }
  return mentions.sort((a, b) => a.start - b.start)
}

const isMember = async (reads: Reads, conversationId: ConversationId, target: string): Promise<boolean> =>
  target === 'here' ||
  target === 'channel' ||
  (await reads.get('member', { conversationId, profileId: target })) !== null
