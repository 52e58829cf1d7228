// Typing signals: never stored, ended by time, by a send, or by the link's end.
import type { Actor } from './actor.ts'
import type { ConversationId } from './model/ids.ts'

export interface Typing {
  /**
   * Says that the actor types (or stops) in a conversation. Stops by itself `ttlMs` after the last start, on the actor's
   * send there, and when `linkId` ends. Dropped silently across a block and in large groups.
   * Faults: conversation.unknown, member.required, member.muted, and those of a direct send.
   */
  set(
    actor: Actor,
    conversation: ConversationId,
    active: boolean,
    by: { readonly linkId: string; readonly ttlMs: number },
  ): Promise<void>
  /** The link is gone: everything it started stops. */
  linkClosed(linkId: string): void
}
