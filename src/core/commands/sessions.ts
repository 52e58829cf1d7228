// Logins: opened, resumed by a token, rotated, listed, ended.
import { newId } from '../../base/id.ts'
import { digest } from '../../base/secret.ts'
import type { Actor, Door } from '../actor.ts'
import { type Context, lockOf, must } from '../context.ts'
import { refuse } from '../fault.ts'
import type { Session, Token } from '../model/account.ts'
import { profileStream, type SessionId, type Time } from '../model/ids.ts'
import type { Profile } from '../model/profile.ts'
import type { Tx } from '../ports/store.ts'

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
  resume(
    secret: string,
    kind: string,
    door: Door,
  ): Promise<{
    readonly actor: Actor
    readonly session: Session
    /** When the token stops opening, as things stand. */
    readonly until: Time
  }>
  /**
   * Gives the session a further token and lets the presented one live `graceMs` longer at most (never past its own end).
   * Parallel rotations all succeed. `ttlMs` prolongs the session. Faults: session.invalid (`expired`, `revoked`).
   */
  rotate(
    actor: Actor,
    rotation: { readonly presented: string; readonly graceMs: number; readonly next: NewToken; readonly ttlMs: number },
  ): Promise<void>
  /**
   * Ends one session of the actor's account (its own by default) with all its tokens; its links are told by
   * `session.ended`. Faults: session.unknown.
   */
  end(actor: Actor, sessionId?: SessionId): Promise<void>
  /** Ends all but the actor's own; answers how many. */
  endOthers(actor: Actor): Promise<number>
  list(actor: Actor): Promise<readonly Session[]>
}

// How stale `seenAt` may be: a session in use is not written on each of its requests.
const SEEN_STEP = 60_000

const tokenOf = ({ secret, kind, ttlMs }: NewToken, sessionId: SessionId, now: Time): Token => ({
  digest: digest(secret),
  sessionId,
  kind,
  expiresAt: now + ttlMs,
})

export const createSessions = (context: Context): Sessions => {
  const { read } = context
  return {
    async open(profile, login) {
      const now = context.now()
      const session: Session = {
        id: newId(),
        accountId: profile.accountId,
        profileId: profile.id,
        door: login.door.name,
        device: login.device,
        createdAt: now,
        seenAt: now,
        expiresAt: now + login.ttlMs,
      }
      await context.commit(async tx => {
        await tx.lock(lockOf.account(profile.accountId))
        await tx.insert('session', session)
        for (const token of login.tokens) await tx.insert('token', tokenOf(token, session.id, now))
        const standing = await tx.get('profile', { id: profile.id })
        if (standing) await tx.put('profile', { ...standing, seenAt: now })
      })
      return session
    },

    async resume(secret, kind, door) {
      const now = context.now()
      const token = await read.get('token', { digest: digest(secret) })
      if (token?.kind !== kind) return refuse({ kind: 'session.invalid', reason: 'invalid' })
      const session = await read.get('session', { id: token.sessionId })
      if (session?.door !== door.name) return refuse({ kind: 'session.invalid', reason: 'revoked' })
      if (token.expiresAt <= now || session.expiresAt <= now) {
        return refuse({ kind: 'session.invalid', reason: 'expired' })
      }
      const profile = must(await read.get('profile', { id: session.profileId }), {
        kind: 'session.invalid',
        reason: 'revoked',
      })
      if (session.seenAt + SEEN_STEP < now) await touch(context, session)
      const until = Math.min(token.expiresAt, session.expiresAt)
      return { actor: { accountId: session.accountId, profile, sessionId: session.id, door }, session, until }
    },

    async rotate(actor, { presented, graceMs, next, ttlMs }) {
      const now = context.now()
      await context.commit(async tx => {
        await tx.lock(lockOf.account(actor.accountId))
        const invalid = { kind: 'session.invalid', reason: 'revoked' } as const
        const old = must(await tx.get('token', { digest: digest(presented) }), invalid)
        const session = must(await tx.get('session', { id: old.sessionId }), invalid)
        if (session.id !== actor.sessionId) refuse(invalid)
        if (old.expiresAt <= now || session.expiresAt <= now) refuse({ ...invalid, reason: 'expired' })
        await tx.put('token', { ...old, expiresAt: Math.min(old.expiresAt, now + graceMs) })
        await tx.put('token', tokenOf(next, session.id, now))
        await tx.put('session', { ...session, seenAt: now, expiresAt: Math.max(session.expiresAt, now + ttlMs) })
      })
    },

    async end(actor, sessionId = actor.sessionId ?? '') {
      await context.commit(async tx => {
        await tx.lock(lockOf.account(actor.accountId))
        const session = await tx.get('session', { id: sessionId })
        if (session?.accountId !== actor.accountId) return refuse({ kind: 'session.unknown' })
        await doEndSessions(tx, [session])
      })
    },

    endOthers: actor =>
      context.commit(async tx => {
        await tx.lock(lockOf.account(actor.accountId))
        const others = (await tx.sessionsOf(actor.accountId)).filter(s => s.id !== actor.sessionId)
        await doEndSessions(tx, others)
        return others.length
      }),

    async list(actor) {
      const now = context.now()
      return (await read.sessionsOf(actor.accountId)).filter(s => s.expiresAt > now)
    },
  }
}

/** Ends sessions with their tokens, and tells whatever is attached through them. */
export const doEndSessions = async (tx: Tx, sessions: readonly Session[]): Promise<void> => {
  for (const session of sessions) {
    for (const token of await tx.tokensOf(session.id)) await tx.remove('token', token)
    await tx.remove('session', session)
    await tx.append(profileStream(session.profileId), {
      type: 'session.ended',
      sessionId: session.id,
      door: session.door,
    })
  }
}

const touch = (context: Context, { id, accountId }: Session): Promise<void> =>
  context.commit(async tx => {
    // Written whole: without the lock, a session that ends meanwhile would stand again.
    await tx.lock(lockOf.account(accountId))
    const session = await tx.get('session', { id })
    if (session) await tx.put('session', { ...session, seenAt: context.now() })
  })

const SWEEP_BATCH = 200

/** Removes expired tokens and sessions; the latter end as if ended by hand, so that their links close. */
export const sweepSessions = async (context: Context): Promise<void> => {
  const now = context.now()
  for (;;) {
    const tokens = await context.read.tokensExpiredBefore(now, SWEEP_BATCH)
    await context.commit(async tx => {
      for (const token of tokens) await tx.remove('token', token)
    })
    if (tokens.length < SWEEP_BATCH) break
  }
  for (;;) {
    const expired = await context.read.sessionsExpiredBefore(now, SWEEP_BATCH)
    await Promise.all(expired.map(session => endExpired(context, session, now)))
    if (expired.length < SWEEP_BATCH) break
  }
}

/** Unless it was prolonged, or ended by hand, since the look. */
const endExpired = (context: Context, { id, accountId }: Session, now: Time): Promise<void> =>
  context.commit(async tx => {
    await tx.lock(lockOf.account(accountId))
    const session = await tx.get('session', { id })
    if (session && session.expiresAt <= now) await doEndSessions(tx, [session])
  })
