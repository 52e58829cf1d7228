// Logins: opened, resumed by a token, rotated, listed, ended.
import type { Actor, Door } from '../actor.ts'
import type { Session } from '../model/account.ts'
import type { SessionId } from '../model/ids.ts'
import type { Profile } from '../model/profile.ts'

export interface NewToken {
  /** The secret as its holder will present it; only its digest is kept. */
  readonly secret: string
  /** The door's word for what the token is for (`access`, `refresh`). */
  readonly kind: string
  readonly ttlMs: number
}

export interface Sessions {
  /** A new login of a profile. The door mints the secrets in the form its contract wants. */
  open(
    profile: Profile,
    login: {
      readonly door: Door
      readonly device: string
      readonly ttlMs: number
      readonly tokens: readonly NewToken[]
    },
  ): Promise<Session>
  /** Who presents this token at this door. Faults: session.invalid (`invalid`, `expired`, `revoked`). */
  resume(secret: string, kind: string, door: Door): Promise<{ readonly actor: Actor; readonly session: Session }>
  /**
   * Gives the session a further token and lets the presented one live `graceMs` longer at most (never past its own end).
   * Parallel rotations all succeed. `ttlMs` prolongs the session.
   */
  rotate(
    actor: Actor,
    rotation: { readonly presented: string; readonly graceMs: number; readonly next: NewToken; readonly ttlMs: number },
  ): Promise<void>
  /** Ends one session of the actor's account (its own by default) with all its tokens; its links are told by `session.ended`. */
  end(actor: Actor, sessionId?: SessionId): Promise<void>
  /** Ends all but the actor's own; answers how many. */
  endOthers(actor: Actor): Promise<number>
  list(actor: Actor): Promise<readonly Session[]>
}
