// Finds who is meant in a text: `@handle`, `@here`, `@channel`.
import { fold } from '../base/fold.ts'
import { limits } from './limits.ts'
import type { ConversationId } from './model/ids.ts'
import type { Mention } from './model/message.ts'
import type { Reads } from './ports/store.ts'

// The sign must not follow a token character; a trailing `.` or `-` is not part of the name (OC69).
const TOKEN = /(?<![\p{L}\p{N}_.-])@([\p{L}\p{N}_.-]{0,63}[\p{L}\p{N}_])/gu

/**
 * The mentions in `text` that name a member, or everyone, in order; `found` by a door in a notation of its own (or with the
 * text, when it is forwarded) come along. At most 100, and no more distinct names are looked for: the rest is plain text.
 */
export const findMentions = async (
  reads: Reads,
  conversationId: ConversationId,
  text: string | null,
  found: readonly Mention[],
): Promise<readonly Mention[]> => {
  const mentions: Mention[] = []
  for (const mention of found.slice(0, limits.mentionsPerMessage)) {
    if (await isMember(reads, conversationId, mention.target)) mentions.push(mention)
  }
  if (!text?.includes('@')) return mentions
  const starts = new Set(mentions.map(mention => mention.start))
  const members = new Map<string, Pick<Mention, 'target' | 'rootKey'> | null>()
  for (const match of text.matchAll(TOKEN)) {
    if (mentions.length >= limits.mentionsPerMessage) break
    if (starts.has(match.index)) continue
    const token = fold(match[1] ?? '')
    const range = { start: match.index, end: match.index + match[0].length }
    if (token === 'here' || token === 'channel') {
      mentions.push({ type: 'channel', target: token, ...range })
      continue
    }
    let target = members.get(token)
    if (target === undefined) {
      if (members.size >= limits.mentionsPerMessage) break
      target = await memberByHandle(reads, conversationId, token)
      members.set(token, target)
    }
    if (target !== null) mentions.push({ type: 'user', ...target, ...range })
  }
  return mentions.sort((a, b) => a.start - b.start)
}

const memberByHandle = async (reads: Reads, conversationId: ConversationId, handleFold: string) => {
  const profile = await reads.profileByHandle(handleFold)
  if (!profile || !(await isMember(reads, conversationId, profile.id))) return null
  const { id: target, rootKey } = profile
  return { target, ...(rootKey && { rootKey }) }
}

const isMember = async (reads: Reads, conversationId: ConversationId, target: string): Promise<boolean> =>
  target === 'here' ||
  target === 'channel' ||
  (await reads.get('member', { conversationId, profileId: target })) !== null
