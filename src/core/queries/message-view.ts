// Turns stored messages into what is shown. History, live events and events read back from the log all pass through here.
import type { Conversation, ConversationRef } from '../model/conversation.ts'
import type { ConversationId, Fid, MessageId, ProfileId } from '../model/ids.ts'
import type { AttachmentRef, Message, MessageRow, Quoted, ReactionTally } from '../model/message.ts'
import { type Person, personOf } from '../model/profile.ts'
import type { Reads } from '../ports/store.ts'

type People = ReadonlyMap<ProfileId, Person>

const unique = <T>(values: Iterable<T | null>): readonly T[] => {
  const found = new Set<T>()
  for (const value of values) if (value !== null) found.add(value)
  return [...found]
}

/** The people behind these ids. */
export const peopleOf = async (reads: Reads, ids: Iterable<ProfileId>): Promise<People> => {
  const profiles = await reads.getMany(
    'profile',
    unique(ids).map(id => ({ id })),
  )
  return new Map(profiles.map(profile => [profile.id, personOf(profile)]))
}

/** Profiles are never removed, so a missing one is a bug and not a case. */
const personIn = (people: People, id: ProfileId): Person => {
  const person = people.get(id)
  if (!person) throw new Error(`no profile ${id}`)
  return person
}

const pairIds = (conversation: Conversation): readonly ProfileId[] => conversation.pairKey?.split(':') ?? []

const refOf = (conversation: Conversation, people: People): ConversationRef => {
  const { id, num, kind, spaceId, slug, title } = conversation
  const [low, high] = pairIds(conversation)
  const pair =
    low === undefined || high === undefined ? null : ([personIn(people, low), personIn(people, high)] as const)
  return { id, num, kind, ...(spaceId && { spaceId }), slug, title, pair }
}

/** What messages and events say about where they happened. */
export const conversationRefOf = async (reads: Reads, conversation: Conversation): Promise<ConversationRef> =>
  refOf(conversation, await peopleOf(reads, pairIds(conversation)))

/** A message as quoted by another. One level deep: what it quotes itself is not shown. */
export const quotedOf = (row: MessageRow, author: Person): Quoted => ({
  id: row.id,
  author: personOf(author),
  kind: row.kind,
  label: row.label,
  text: row.recalledAt === null ? row.text : null,
  recalledAt: row.recalledAt,
})

/** `by` in order of reacting, the emojis in order of their first use: the reactions come in order of use. */
const talliesOf = (
  reactions: readonly { readonly emoji: string; readonly profileId: ProfileId }[],
  people: People,
): readonly ReactionTally[] => {
  const tallies = new Map<string, Person[]>()
  for (const { emoji, profileId } of reactions) {
    const by = tallies.get(emoji) ?? []
    by.push(personIn(people, profileId))
    tallies.set(emoji, by)
  }
  return [...tallies].map(([emoji, by]) => ({ emoji, by }))
}

/** Everything around a page of messages, by id. */
interface Around {
  readonly refs: ReadonlyMap<ConversationId, ConversationRef>
  readonly people: People
  readonly quoted: ReadonlyMap<MessageId, MessageRow>
  readonly attachments: ReadonlyMap<Fid, AttachmentRef>
  readonly reactions: ReadonlyMap<MessageId, readonly { readonly emoji: string; readonly profileId: ProfileId }[]>
  readonly roots: ReadonlySet<MessageId>
}

/** Loads in two rounds whatever the number of messages: what the rows name, then the people in all of it. */
const loadAround = async (reads: Reads, rows: readonly MessageRow[]): Promise<Around> => {
  const shown = rows.filter(row => row.recalledAt === null)
  const [conversations, quoted, attachments, reactions, roots] = await Promise.all([
    reads.getMany(
      'conversation',
      unique(rows.map(row => row.conversationId)).map(id => ({ id })),
    ),
    reads.getMany(
      'message',
      unique(rows.map(row => row.replyTo)).map(id => ({ id })),
    ),
    reads.getMany(
      'attachment',
      unique(shown.flatMap(row => row.attachments)).map(fid => ({ fid })),
    ),
    reads.reactionsOn(shown.map(row => row.id)),
    reads.rootsAmong(rows.map(row => row.id)),
  ])
  const people = await peopleOf(reads, [
    ...rows.map(row => row.authorId),
    ...quoted.map(row => row.authorId),
    ...reactions.map(reaction => reaction.profileId),
    ...conversations.flatMap(pairIds),
  ])
  return {
    refs: new Map(conversations.map(conversation => [conversation.id, refOf(conversation, people)])),
    people,
    quoted: new Map(quoted.map(row => [row.id, row])),
    attachments: new Map(
      attachments.map(({ fid, name, mime, size, width, height }) => [fid, { fid, name, mime, size, width, height }]),
    ),
    reactions: Map.groupBy(reactions, reaction => reaction.messageId),
    roots,
  }
}

const viewOf = (row: MessageRow, conversation: ConversationRef, around: Around): Message => {
  const recalled = row.recalledAt !== null
  const quoted = row.replyTo === null ? undefined : around.quoted.get(row.replyTo)
  return {
    id: row.id,
    conversation,
    seq: row.seq,
    author: personIn(around.people, row.authorId),
    kind: row.kind,
    label: row.label,
    text: recalled ? null : row.text,
    payload: recalled ? null : row.payload,
    mentions: recalled ? [] : row.mentions,
    replyTo: quoted ? quotedOf(quoted, personIn(around.people, quoted.authorId)) : null,
    replyRoot: row.replyRoot,
    hasThread: around.roots.has(row.id),
    forwardedFrom: recalled ? null : row.forwardedFrom,
    attachments: recalled ? [] : row.attachments.flatMap(fid => around.attachments.get(fid) ?? []),
    reactions: recalled ? [] : talliesOf(around.reactions.get(row.id) ?? [], around.people),
    remindAt: row.remindAt,
    clientKey: row.clientKey,
    createdAt: row.createdAt,
    editedAt: row.editedAt,
    recalledAt: row.recalledAt,
    recalledBy: row.recalledBy,
  }
}

/**
 * The rows as shown now, in the order given. A recalled message is a shell; a quoted one that no longer exists is null.
 * A row whose conversation ended between reading the row and this is left out.
 */
export const viewMessages = async (reads: Reads, rows: readonly MessageRow[]): Promise<readonly Message[]> => {
  if (rows.length === 0) return []
  const around = await loadAround(reads, rows)
  return rows.flatMap(row => {
    const conversation = around.refs.get(row.conversationId)
    return conversation ? viewOf(row, conversation, around) : []
  })
}
