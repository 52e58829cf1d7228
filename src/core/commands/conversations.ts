// Conversations as one person sees them: begun, listed, changed, ended.
import type { Actor } from '../actor.ts'
import type { Conversation, ConversationRef, JoinRule, Member } from '../model/conversation.ts'
import type { ConversationId, Fid, Num, ProfileId, Time } from '../model/ids.ts'
import type { Message } from '../model/message.ts'
import type { Person } from '../model/profile.ts'

/** A conversation in one person's eyes. */
export interface ConversationView {
  readonly conversation: Conversation
  readonly ref: ConversationRef
  /** Null for somebody who sees it without being in it. */
  readonly me: Member | null
  readonly mutedUntil: Time | null
  /** The other one of a direct conversation. */
  readonly peer: Person | null
  readonly owner: Person | null
  readonly unread: number
  /** Id of the message the read mark stands on; null before the first. */
  readonly lastReadMessageId: string | null
  readonly lastMessage: Message | null
  /** Whether a send would pass the gate now, through this door. */
  readonly canSend: boolean
}

/** Only the keys that are present change; null clears. */
export interface ConversationPatch {
  readonly title?: string | null
  readonly description?: string | null
  readonly avatar?: Fid | null
  readonly visibility?: 'public' | 'private'
  readonly joinRule?: JoinRule
  readonly sizeClass?: 'small' | 'large'
}

export interface NewGroup extends ConversationPatch {
  readonly kind?: 'group' | 'channel'
  readonly memberIds?: readonly ProfileId[]
  /** The title is also a chosen name that must be free (chatapp channels): title.taken. */
  readonly titleIsName?: boolean
}

/** Which conversation: by any of its names. */
export type ConversationName = { readonly id: ConversationId } | { readonly num: Num } | { readonly slug: string }

export interface Conversations {
  /**
   * The direct conversation of the two, made if need be (one per pair, also under parallel calls).
   * Faults: self.refused, person.unknown; for one that does not exist yet: blocked.by-me, blocked.by-peer, stranger.refused, friend.required.
   */
  openDirect(actor: Actor, other: ProfileId): Promise<ConversationView>
  /** The caller owns it. Faults: person.unknown, member.unaddable (then nothing is made), file.unknown, title.taken, group.full. */
  create(actor: Actor, group: NewGroup): Promise<ConversationView>
  /** For members. Faults: conversation.unknown, member.required. */
  get(actor: Actor, name: ConversationName): Promise<ConversationView>
  /** For members, and for everyone where it is public. Faults: conversation.unknown, member.required. */
  see(actor: Actor, name: ConversationName): Promise<ConversationView>
  /** Latest message first, those without messages last, then num descending. `after` continues behind one. Faults: conversation.unknown (`after`). */
  list(
    actor: Actor,
    page: { readonly limit: number; readonly after?: ConversationName | undefined },
  ): Promise<{ readonly views: readonly ConversationView[]; readonly more: boolean }>
  /** Public groups and channels by literal substring of the title, num ascending. */
  search(
    text: string,
    page: { readonly limit: number; readonly after?: Num | undefined },
  ): Promise<{ readonly conversations: readonly Conversation[]; readonly more: boolean }>
  /** Faults: role.required (manager), conversation.fixed, file.unknown, group.full. */
  update(actor: Actor, id: ConversationId, patch: ConversationPatch): Promise<ConversationView>
  /** Ends it for good. Faults: role.required (owner), conversation.fixed. */
  end(actor: Actor, id: ConversationId): Promise<void>
  /** Hands ownership over; the former owner stays as manager. Faults: role.required (owner), member.unknown, self.refused. */
  transfer(actor: Actor, id: ConversationId, to: ProfileId): Promise<ConversationView>
}

export interface Participant {
  readonly member: Member
  readonly person: Person
  readonly mutedUntil: Time | null
}
