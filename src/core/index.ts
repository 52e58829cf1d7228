// The only door of the core: everything a dialect, the host or the server may ask of it.
import type { Clock } from '../base/clock.ts'
import type { PasswordHasher } from '../base/secret.ts'
import type { Accounts } from './commands/accounts.ts'
import type { Contacts } from './commands/contacts.ts'
import type { Conversations } from './commands/conversations.ts'
import type { Files } from './commands/files.ts'
import type { Invites } from './commands/invites.ts'
import type { Members } from './commands/members.ts'
import type { Messages } from './commands/messages.ts'
import type { People } from './commands/people.ts'
import type { Sessions } from './commands/sessions.ts'
import type { Spaces } from './commands/spaces.ts'
import type { Feed } from './feed/feed.ts'
import type { Time } from './model/ids.ts'
import type { BlobStore } from './ports/blobs.ts'
import type { Bus } from './ports/bus.ts'
import type { PresenceStore } from './ports/presence-store.ts'
import type { RateRule, Rates } from './ports/rates.ts'
import type { Store } from './ports/store.ts'
import type { Presence } from './presence.ts'
import type { Typing } from './typing.ts'
import type { Watching } from './watching.ts'

export interface Ports {
  readonly store: Store
  readonly bus: Bus
  readonly blobs: BlobStore
  readonly presence: PresenceStore
  readonly rates: Rates
  readonly clock: Clock
  readonly passwords: PasswordHasher
  /** Told of anything that failed behind the scenes, where there is nobody to throw at. */
  readonly onError: (error: unknown, doing: string) => void
}

export interface CoreOptions {
  /** Off only in tests (`PARLANCE_RATE_LIMITS=off`). */
  readonly rateLimits: boolean
  /** Largest file in bytes. */
  readonly maxFileBytes: number
  /** Handles of those who manage home. */
  readonly managers?: readonly string[]
}

export interface Core extends AsyncDisposable {
  readonly epoch: string
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly people: People
  readonly contacts: Contacts
  readonly conversations: Conversations
  readonly members: Members
  readonly messages: Messages
  readonly files: Files
  readonly spaces: Spaces
  readonly invites: Invites
  readonly feed: Feed
  readonly presence: Presence
  readonly typing: Typing
  readonly watching: Watching
  /** Takes one from a limit of a door's own; nothing when limits are off. Faults: rate.limited. */
  spend(rule: RateRule, subject: string): Promise<void>
  /**
   * Whether this is the first use of something that may be used once and is not valid after `until`; durable, over all
   * nodes. Only a digest of it is kept.
   */
  once(secret: string, until: Time): Promise<boolean>
  /** A secret (base64url) for a purpose, derived from the key kept with the data: the same after a restart. */
  keyFor(purpose: string): string
  /** For the front page. `messagesToday`: since midnight UTC, recalled ones too. */
  counters(): Promise<{ readonly online: number; readonly messagesToday: number }>
}

export type { Actor, Door } from './actor.ts'
export type { Accounts } from './commands/accounts.ts'
export type { Contacts, Friend, PendingContact, RequestRef } from './commands/contacts.ts'
export type {
  ConversationName,
  ConversationPatch,
  Conversations,
  ConversationView,
  NewGroup,
  Participant,
} from './commands/conversations.ts'
export type { Files, OpenFile } from './commands/files.ts'
export type { InvitePlace, Invites } from './commands/invites.ts'
export type { ApplicationRef, Members } from './commands/members.ts'
export type { Draft, Marked, MessagePage, Messages, Pinned, ReadUpTo, Sent } from './commands/messages.ts'
export type { People, ProfilePatch } from './commands/people.ts'
export type { NewToken, Sessions } from './commands/sessions.ts'
export type {
  Arrangement,
  CategoryView,
  SpaceParticipant,
  SpacePatch,
  Spaces,
  SpaceView,
} from './commands/spaces.ts'
export { createCore } from './core.ts'
export * from './event.ts'
export * from './fault.ts'
export type { Delivery, Encoder, Frame, JoinFrom, Sink } from './feed/encoder.ts'
export type { Feed } from './feed/feed.ts'
export { isHandle, isReserved as isReservedHandle } from './handle.ts'
export { limits } from './limits.ts'
export type * from './model/account.ts'
export type * from './model/attachment.ts'
export type * from './model/contact.ts'
export type * from './model/conversation.ts'
export * from './model/ids.ts'
export * from './model/message.ts'
export * from './model/profile.ts'
export type * from './model/space.ts'
export type { BlobStore } from './ports/blobs.ts'
export type { Bus, Note } from './ports/bus.ts'
export { isEvent } from './ports/bus.ts'
export type { PresenceStore } from './ports/presence-store.ts'
export type { RateRule, Rates } from './ports/rates.ts'
export type { Store } from './ports/store.ts'
export type { Presence } from './presence.ts'
export * from './signal.ts'
export { streakOf } from './streak.ts'
export type { Typing } from './typing.ts'
export type { Watching } from './watching.ts'
