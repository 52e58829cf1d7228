// The closed union of durable facts. A new case stops every dialect compiling until it answers.
import type { Application, Conversation, ConversationRef, Role } from './model/conversation.ts'
import type {
  CategoryId,
  ConversationId,
  Mark,
  MessageId,
  ProfileId,
  Seq,
  SessionId,
  SpaceId,
  StreamId,
  Time,
} from './model/ids.ts'
import type { Message, NewlyRead } from './model/message.ts'
import type { Person } from './model/profile.ts'
import type { Category, PersonCard, Space, SpaceState } from './model/space.ts'

/** How somebody came into a conversation, and how somebody left it. */
export type JoinedVia = 'created' | 'added' | 'approved' | 'joined'
export type LeftWhy = 'left' | 'kicked'

/** Facts kept in `conversation/<id>`. */
export type ConversationEvent =
  | { type: 'conversation.created'; conversation: Conversation; by: Person | null }
  | {
      type: 'conversation.updated'
      conversation: Conversation
      owner: Person | null
      changed: readonly string[]
      by: Person | null
    }
  | { type: 'conversation.ended'; conversation: Conversation; by: Person }
  | {
      type: 'member.joined'
      conversation: Conversation
      person: Person
      role: Role
      via: JoinedVia
      by: Person | null
    }
  | { type: 'member.left'; conversation: Conversation; person: Person; why: LeftWhy; by: Person }
  | { type: 'member.role'; conversation: ConversationRef; person: Person; role: Role; by: Person }
  | { type: 'member.muted'; conversation: ConversationRef; person: Person; until: Time | null; by: Person }
  | { type: 'message.sent'; message: Message }
  | { type: 'message.edited'; message: Message }
  | { type: 'message.recalled'; message: Message; by: Person }
  | { type: 'reaction.changed'; message: Message; person: Person; emoji: string; active: boolean }
  | {
      type: 'receipt.read'
      conversation: ConversationRef
      person: Person
      /** Read up to here; `from` is where the mark stood before. */
      upTo: Seq
      from: Seq
      messageId: MessageId
      /** Standing messages of others that became read by it, by author. */
      newly: readonly NewlyRead[]
      at: Time
    }
  | {
      type: 'application.made'
      conversation: ConversationRef
      application: Application
      person: Person
      /** Owner and managers at that moment: who is to be told. */
      reviewers: readonly ProfileId[]
    }
  | { type: 'reminder.due'; message: Message }
  | { type: 'pin.changed'; message: Message; person: Person; active: boolean }

/** Facts kept in `profile/<id>`: what concerns one person. */
export type ProfileEvent =
  | {
      type: 'membership.began'
      conversation: Conversation
      via: JoinedVia
      by: Person | null
      /** Position in the conversation's stream just before this membership: follow from after it. */
      after: Seq
    }
  | { type: 'membership.ended'; conversation: ConversationRef; why: LeftWhy | 'ended'; by: Person }
  | { type: 'contact.requested'; from: Person; to: Person; requestId: string; message: string | null }
  | { type: 'contact.accepted'; by: Person; other: Person; requestId: string; conversation: ConversationRef }
  | { type: 'contact.rejected'; by: Person; other: Person }
  | { type: 'contact.removed'; by: Person; other: Person }
  | { type: 'block.set'; blocked: Person }
  | { type: 'block.lifted'; blocked: Person }
  | { type: 'application.rejected'; conversation: ConversationRef; by: Person }
  | { type: 'profile.updated'; person: Person; version: number }
  | { type: 'session.ended'; sessionId: SessionId; door: string }
  | { type: 'credential.revoked'; credentialId: string }
  /** One's own membership of a space, where it is more than being a profile here. */
  | { type: 'space.membership'; spaceId: SpaceId; state: SpaceState; role: Role }

/** Facts kept in `space/<id>`. */
export type SpaceEvent =
  | { type: 'space.updated'; space: Space; by: Person | null }
  | { type: 'space.member'; spaceId: SpaceId; person: Person; state: SpaceState; role: Role; by: Person }
  | { type: 'space.category'; spaceId: SpaceId; category: Category; made: boolean; by: Person }
  /** A channel that everybody there may know of. */
  | { type: 'space.channel'; spaceId: SpaceId; conversation: Conversation; categoryId: CategoryId; by: Person | null }
  /** Channels or categories stand differently, are called differently, or are gone. */
  | { type: 'space.layout'; spaceId: SpaceId; by: Person | null }
  /** Somebody who is there goes by another name or face. */
  | { type: 'space.person'; spaceId: SpaceId; person: PersonCard }
  | { type: 'space.ended'; spaceId: SpaceId; by: Person | null }

export type EventBody = ConversationEvent | ProfileEvent | SpaceEvent
export type EventType = EventBody['type']
export type BodyOf<T extends EventType> = Extract<EventBody, { type: T }>

/** One durable fact. `seq` is its gapless position in its stream. */
export interface Event<B extends EventBody = EventBody> {
  readonly stream: StreamId
  readonly seq: Seq
  readonly at: Time
  readonly body: B
  /** The log's position just behind it, from the store that committed it or read it back by mark; null elsewhere. */
  readonly mark?: Mark | null
}

/** The conversation an event of a conversation stream belongs to. */
export const conversationOf = (stream: StreamId): ConversationId | null =>
  stream.startsWith('conversation/') ? stream.slice('conversation/'.length) : null
