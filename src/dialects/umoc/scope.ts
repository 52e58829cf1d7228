// What everything of this dialect is built from.
import type { Core, RateRule } from '../../core/index.ts'
import type { DialectContext } from '../../host/dialect.ts'
import { type ChatIds, createChatIds } from './ids.ts'

/** What the socket needs to know of this dialect's settings. */
export interface SocketSettings {
  /** Whether a `sessionID` without its token opens nothing (UM30). */
  readonly requireToken: boolean
  /** Milliseconds without activity after which a session ends (UM37). */
  readonly sessionTtlMs: number
  /** Bytes of one file (UM91). */
  readonly maxFileBytes: number
}

/** The core, with what it is about to gain: a door's own limits. */
export type UmocCore = Core & {
  /** Faults: rate.limited. */
  spend(rule: RateRule, subject: string): Promise<void>
}

export interface Scope extends DialectContext {
  readonly core: UmocCore
  readonly umoc: SocketSettings
  readonly chats: ChatIds
}

export const createScope = (context: DialectContext & { readonly core: UmocCore }, umoc: SocketSettings): Scope => ({
  ...context,
  umoc,
  chats: createChatIds(context.core),
})
