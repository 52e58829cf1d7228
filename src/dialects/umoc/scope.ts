// What everything of this dialect is built from.
import type { Actor, Fid, Session } from '../../core/index.ts'
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

/** The two secrets of a login; without a token, the session alone. */
export interface Credentials {
  readonly sessionID: string
  readonly token: string | null
}

/** Whose credentials these are. Faults: session.invalid. Asks nothing about `requireToken`: that is judged where they come in. */
export type Identify = (credentials: Credentials) => Promise<{ readonly actor: Actor; readonly session: Session }>

/** How this contract names and guards files. */
export interface FileRules {
  /** The name everybody sees; null when nothing is left of it (UM93). */
  cleanName(given: string): string | null
  /** A declared type without its parameters, folded; null when it is not allowed (UM92). */
  allowedType(given: string): string | null
  /** Opens the upload of a reserved file (UM94); another one for each, and stable over restarts. */
  uploadToken(fid: Fid): string
  /** A relative URL that opens the file without credentials (UM99); `signature` is the core's. */
  signedUrl(fid: Fid, name: string, signature: string): string
}

export interface Scope extends DialectContext {
  readonly umoc: SocketSettings
  readonly chats: ChatIds
  readonly identify: Identify
  readonly files: FileRules
}

/** The scope of a server. */
export const createScope = (context: DialectContext, parts: Pick<Scope, 'umoc' | 'identify' | 'files'>): Scope => ({
  ...context,
  ...parts,
  chats: createChatIds(context.core),
})
