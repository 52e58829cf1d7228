// Who has a conversation open: told to those who have it open, too. Never stored; ends with the link.
import { type Actor, selfOf } from './actor.ts'
import { type Context, loadMembership } from './context.ts'
import { type ConversationId, conversationStream, type ProfileId } from './model/ids.ts'
import type { Person } from './model/profile.ts'
import type { PresenceKeeper } from './presence.ts'
import { conversationRefOf } from './queries/message-view.ts'
import type { Watcher } from './signal.ts'

export interface Watching {
  /**
   * Says that a link of the actor's has the conversation open, until disposed; who may see his presence there is told of
   * both. Faults: conversation.unknown, member.required.
   */
  start(actor: Actor, conversation: ConversationId, watcher: Watcher): Promise<Disposable>
  /** Who has it open, as far as the actor may see; himself included. Faults: as `start`. */
  watchers(actor: Actor, conversation: ConversationId): Promise<readonly { readonly person: Person; readonly watcher: Watcher }[]>
}

interface Entry {
  readonly person: Person
  readonly watcher: Watcher
}
