// The open sockets of this node by session: how many one may have (UM35), and that they keep it alive (UM37).
import type { SessionId } from '../../core/index.ts'
import type { DialectContext } from '../../host/dialect.ts'

/** Sockets of one session at a time: tabs (UM35). */
const PER_SESSION = 10
/** Looks at the open sockets in the life of a session without activity. */
const LOOKS = 4

export interface Sockets {
  /** Counts a socket until disposed; null when the session has as many as it may. `keepAlive` is run for one socket of each session, now and then. */
  admit(session: SessionId, keepAlive: () => Promise<void>): Disposable | null
}

export const createSockets = ({ clock, log }: Pick<DialectContext, 'clock' | 'log'>, sessionTtlMs: number): Sockets => {
  const sessions = new Map<SessionId, Set<() => Promise<void>>>()
  let planned = false

  const look = (): void => {
    planned = false
    for (const [keepAlive] of sessions.values()) {
      keepAlive?.().catch(error => log.error({ error }, 'keeping a session alive failed'))
    }
    if (sessions.size > 0) lookLater()
  }
  const lookLater = (): void => {
    if (planned) return
    planned = true
    clock.after(sessionTtlMs / LOOKS, look)
  }

  return {
    admit(session, keepAlive) {
      const open = sessions.get(session) ?? new Set()
      if (open.size >= PER_SESSION) return null
      sessions.set(session, open.add(keepAlive))
      lookLater()
      return {
        [Symbol.dispose]() {
          open.delete(keepAlive)
          if (open.size === 0 && sessions.get(session) === open) sessions.delete(session)
        },
      }
    },
  }
}
