// On which connection somebody types: a typing signal says only who does (OC116, OC118).
import type { ConversationId, ProfileId, Watcher } from '../../../core/index.ts'

/** One entry for each person and channel: bounded by what connections have open, and gone with them. */
export class Typists {
  readonly #typists = new Map<string, Watcher>()

  /** The connection of whoever types; null for those who do it by another contract, or over HTTP. */
  of(conversation: ConversationId, person: ProfileId): Watcher | null {
    return this.#typists.get(`${conversation} ${person}`) ?? null
  }

  set(conversation: ConversationId, person: ProfileId, watcher: Watcher): void {
    this.#typists.set(`${conversation} ${person}`, watcher)
  }

  /** The connection has the channel open no longer. */
  drop(conversation: ConversationId, person: ProfileId, { id }: Watcher): void {
    if (this.of(conversation, person)?.id === id) this.#typists.delete(`${conversation} ${person}`)
  }
}
