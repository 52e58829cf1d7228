// What routes and sockets of this dialect are built from.
import type { Message } from '../../core/index.ts'
import type { DialectContext } from '../../host/dialect.ts'
import { createTokens, type Lifetimes, lifetimesFrom, type Tokens } from './auth.ts'
import { type Channels, createChannels } from './channels.ts'
import { messagePrinter } from './outbound.ts'

export interface Scope extends DialectContext {
  readonly lifetimes: Lifetimes
  readonly tokens: Tokens
  readonly channels: Channels
  /** A message as JSON text. */
  readonly printJson: (message: Message) => string
}

/** Throws on a setting that cannot be used. */
export const createScope = (context: DialectContext): Scope => {
  const { core, settings } = context
  const lifetimes = lifetimesFrom(settings)
  const fileUrl = (fid: string, messageId: string) => `${settings.publicUrl()}${core.files.link(fid, messageId)}`
  return {
    ...context,
    lifetimes,
    tokens: createTokens(context, lifetimes),
    channels: createChannels(core),
    printJson: messagePrinter({ fileUrl }),
  }
}
