// Which sessions are in use: known at once, written now and then, since a session in use is active many times a minute.
import { type Context, lockOf } from '../context.ts'
import type { Session, Token } from '../model/account.ts'
import type { SessionId, Time } from '../model/ids.ts'

export interface Activity {
  /** In use now; with `ttlMs` it lives at least that long from now. */
  note(id: SessionId, ttlMs?: number): void
  seenAt(session: Session): Time
  /** When a session, or one of its tokens, expires. */
  expiryOf(session: Session, token?: Token): Time
  /** Writes down all that was noted since the last time. */
  write(): Promise<void>
}

interface Noted {
  readonly at: Time
  /** It lives until then at least; 0 where nothing was said of it. */
  readonly until: Time
}

export const createActivity = (context: Context): Activity => {
  // One entry for each session in use since the last write.
  const noted = new Map<SessionId, Noted>()

  const writeOne = (id: SessionId, accountId: string, { at, until }: Noted): Promise<void> =>
    context.commit(async tx => {
      // Written whole: without the lock, a session that ends meanwhile would stand again.
      await tx.lock(lockOf.account(accountId))
      const session = await tx.get('session', { id })
      if (!session) return
      const expiresAt = Math.max(session.expiresAt, until)
      await tx.put('session', { ...session, seenAt: Math.max(session.seenAt, at), expiresAt })
      if (until === 0) return
      for (const token of await tx.tokensOf(id)) {
        if (token.expiresAt < until) await tx.put('token', { ...token, expiresAt: until })
      }
    })

  return {
    note(id, ttlMs) {
      const at = context.now()
      const until = ttlMs === undefined ? 0 : at + ttlMs
      noted.set(id, { at, until: Math.max(until, noted.get(id)?.until ?? 0) })
    },
    seenAt: session => Math.max(session.seenAt, noted.get(session.id)?.at ?? 0),
    expiryOf: (session, token) => Math.max((token ?? session).expiresAt, noted.get(session.id)?.until ?? 0),

    async write() {
      const batch = new Map(noted)
      const sessions = await context.read.getMany(
        'session',
        [...batch.keys()].map(id => ({ id })),
      )
      const accounts = new Map(sessions.map(session => [session.id, session.accountId]))
      await Promise.all(
        [...batch].map(async ([id, what]) => {
          const accountId = accounts.get(id)
          if (accountId !== undefined) await writeOne(id, accountId, what)
          if (noted.get(id) === what) noted.delete(id)
        }),
      )
    },
  }
}
