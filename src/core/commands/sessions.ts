// Logins: opened, resumed by a token, rotated, listed, ended.
import { newId } from '../../base/id.ts'
import { digest } from '../../base/secret.ts'
import type { Actor, Door } from '../actor.ts'
import { type Context, lockOf, must } from '../context.ts'
import { refuse } from '../fault.ts'
import { limits } from '../limits.ts'
import type { Session, Token } from '../model/account.ts'
import { profileStream, type SessionId, type Time } from '../model/ids.ts'
import type { Profile } from '../model/profile.ts'
import type { Tx } from '../ports/store.ts'
import { judgeKey, judgeProof, judgeSession } from '../proofs.ts'
import { createActivity } from './sessions.activity.ts'

export interface NewToken {
  /** The secret as its holder will present it; only its digest is kept. */
  readonly secret: string
  /** The door's word for what the token is for (`access`, `refresh`). */
  readonly kind: string
  readonly ttlMs: number
}

export interface Sessions {
  /**
   * A new login of a profile. The door mints the secrets in the form its contract wants. Faults: credentials.wrong (the
   * password or key has changed or gone since it was proven), session.invalid (`revoked`: that of `through`).
   */
  open(
    profile: Profile,
    login: {
      readonly door: Door
      readonly device: string
      /** Opaque to the core; never a secret. */
      readonly note?: string | null
      /** A key it was opened with: it ends with it. */
      readonly credentialId?: string | null
      /** The session that asks for it, which proves who does. */
      readonly through?: SessionId | null
      readonly ttlMs: number
      readonly tokens: readonly NewToken[]
      /** Beyond so many of this door (1000 by default), the profile's least recently active ones end. */
      readonly atMost?: number
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
   * Parallel rotations all succeed. Beyond a hundred tokens of a session, those end that would end first. `ttlMs` prolongs
   * the session. Faults: session.invalid (`expired`, `revoked`).
   */
  rotate(
    actor: Actor,
    rotation: { readonly presented: string; readonly graceMs: number; readonly next: NewToken; readonly ttlMs: number },
  ): Promise<void>
  /**
   * Notes that the actor's session is in use; with `ttlMs`, it and all its tokens live at least that long from now.
   * Exact on this node at once, written within a minute. Answers when the session expires.
   */
  active(actor: Actor, ttlMs?: number): Promise<Time>
  /** The session, and its unspent tokens of a kind, live at least that long from now. Faults: session.invalid (`revoked`). */
  prolong(
    actor: Actor,
    life: { readonly ttlMs: number; readonly token: { readonly kind: string; readonly ttlMs: number } },
  ): Promise<void>
  /**
   * Spends a one-time token and gives its session the next one; `token` prolongs those of another kind, `ttlMs` the
   * session. A token spent before is in two hands: its session ends; the latest hundred are remembered. Faults: session.invalid (`invalid`, `expired`, `revoked`, `reused`).
   */
  exchange(
    door: Door,
    exchange: {
      readonly presented: string
      readonly kind: string
      readonly next: NewToken
      readonly ttlMs: number
      readonly token?: { readonly kind: string; readonly ttlMs: number }
    },
  ): Promise<{ readonly actor: Actor; readonly session: Session }>
  /**
   * Ends one session of the actor's account (its own by default) with all its tokens; its links are told by
   * `session.ended`. Faults: session.unknown.
   */
  end(actor: Actor, sessionId?: SessionId): Promise<void>
  /** Ends all but the actor's own; answers how many. */
  endOthers(actor: Actor): Promise<number>
  list(actor: Actor): Promise<readonly Session[]>
}

const tokenOf = ({ secret, kind, ttlMs }: NewToken, sessionId: SessionId, now: Time): Token => ({
  digest: digest(secret),
  sessionId,
  kind,
  expiresAt: now + ttlMs,
  spentAt: null,
})

/** How the core itself handles sessions, beside what doors ask for. */
export interface SessionKeeper extends Sessions {
  /** In use now, though nobody looked it up. */
  used(sessionId: SessionId): void
  /** Writes down who was active, then ends what has expired. */
  sweep(): Promise<void>
  /** Writes down who was active. */
  flush(): Promise<void>
}

export const createSessions = (context: Context): SessionKeeper => {
  const { read } = context
  const activity = createActivity(context)

  /** Faults: session.invalid. */
  const judgeAlive = (token: Token, session: Session): void => {
    const now = context.now()
    if (activity.expiryOf(session, token) <= now || activity.expiryOf(session) <= now) {
      refuse({ kind: 'session.invalid', reason: 'expired' })
    }
  }

  return {
    async open(profile, login) {
      const now = context.now()
      const session: Session = {
        id: newId(),
        accountId: profile.accountId,
        profileId: profile.id,
        door: login.door.name,
        device: login.device,
        note: login.note ?? null,
        credentialId: login.credentialId ?? null,
        createdAt: now,
        seenAt: now,
        expiresAt: now + login.ttlMs,
      }
      await context.commit(async tx => {
        await tx.lock(lockOf.account(profile.accountId))
        await judgeProof(tx, profile)
        await judgeKey(tx, profile, session.credentialId)
        await judgeSession(tx, login.through ?? null)
        await tx.insert('session', session)
        for (const token of login.tokens) await tx.insert('token', tokenOf(token, session.id, now))
        const standing = await tx.get('profile', { id: profile.id })
        if (standing) await tx.put('profile', { ...standing, seenAt: now })
        const alike = (await tx.sessionsOf(profile.accountId)).filter(
          s => s.door === session.door && s.profileId === profile.id && s.id !== session.id,
        )
        // Of the same millisecond the older goes first; ids are given out in order.
        const byUse = alike.sort((a, b) => activity.seenAt(b) - activity.seenAt(a) || (a.id < b.id ? 1 : -1))
        const { atMost = limits.sessionsPerDoor } = login
        await doEndSessions(tx, byUse.slice(Math.max(0, atMost - 1)))
      })
      return session
    },

    async resume(secret, kind, door) {
      const token = await read.get('token', { digest: digest(secret) })
      if (token?.kind !== kind || token.spentAt !== null) return refuse({ kind: 'session.invalid', reason: 'invalid' })
      const session = await read.get('session', { id: token.sessionId })
      if (session?.door !== door.name) return refuse({ kind: 'session.invalid', reason: 'revoked' })
      judgeAlive(token, session)
      const profile = must(await read.get('profile', { id: session.profileId }), {
        kind: 'session.invalid',
        reason: 'revoked',
      })
      activity.note(session.id)
      const until = Math.min(activity.expiryOf(session, token), activity.expiryOf(session))
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
        await doGiveToken(tx, tokenOf(next, session.id, now))
        await tx.put('session', { ...session, seenAt: now, expiresAt: Math.max(session.expiresAt, now + ttlMs) })
      })
    },

    async active({ sessionId }, ttlMs) {
      if (sessionId === null) return context.now()
      activity.note(sessionId, ttlMs)
      const session = await read.get('session', { id: sessionId })
      return session ? activity.expiryOf(session) : context.now()
    },

    async prolong(actor, { ttlMs, token }) {
      await context.commit(async tx => {
        await tx.lock(lockOf.account(actor.accountId))
        const invalid = { kind: 'session.invalid', reason: 'revoked' } as const
        const session = must(await tx.get('session', { id: actor.sessionId ?? '' }), invalid)
        await doProlong(context, tx, session, ttlMs, token)
      })
    },

    async exchange(door, { presented, kind, next, ttlMs, token }) {
      const found = await read.get('token', { digest: digest(presented) })
      const known = found && (await read.get('session', { id: found.sessionId }))
      if (found?.kind !== kind || known?.door !== door.name) {
        return refuse({ kind: 'session.invalid', reason: 'invalid' })
      }
      const session = await context.commit(async tx => {
        await tx.lock(lockOf.account(known.accountId))
        const invalid = { kind: 'session.invalid', reason: 'revoked' } as const
        const used = must(await tx.get('token', { digest: found.digest }), invalid)
        const standing = must(await tx.get('session', { id: used.sessionId }), invalid)
        judgeAlive(used, standing)
        if (used.spentAt !== null) {
          await doEndSessions(tx, [standing])
          return null
        }
        await tx.put('token', { ...used, spentAt: context.now() })
        await doGiveToken(tx, tokenOf(next, standing.id, context.now()))
        return doProlong(context, tx, standing, ttlMs, token)
      })
      if (!session) return refuse({ kind: 'session.invalid', reason: 'reused' })
      const profile = must(await read.get('profile', { id: session.profileId }), {
        kind: 'session.invalid',
        reason: 'revoked',
      })
      return { actor: { accountId: session.accountId, profile, sessionId: session.id, door }, session }
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
      const sessions = await read.sessionsOf(actor.accountId)
      const shown = sessions.map(s => ({ ...s, seenAt: activity.seenAt(s), expiresAt: activity.expiryOf(s) }))
      return shown.filter(s => s.expiresAt > now)
    },

    used: sessionId => activity.note(sessionId),
    flush: () => activity.write(),

    async sweep() {
      await activity.write()
      await sweepSessions(context)
    },
  }
}

/** One more token of a session. Beyond as many as it may have, the others go: first those spent, by when, then those that end first. */
const doGiveToken = async (tx: Tx, token: Token): Promise<void> => {
  const others = await tx.tokensOf(token.sessionId)
  await tx.put('token', token)
  const surplus = others.length + 1 - limits.tokensPerSession
  if (surplus <= 0) return
  const endOf = ({ spentAt, expiresAt }: Token): Time => spentAt ?? expiresAt
  const byEnd = [...others].sort((a, b) => endOf(a) - endOf(b))
  for (const other of byEnd.slice(0, surplus)) await tx.remove('token', other)
}

const doProlong = async (
  context: Context,
  tx: Tx,
  session: Session,
  ttlMs: number,
  token?: { readonly kind: string; readonly ttlMs: number },
): Promise<Session> => {
  const now = context.now()
  const prolonged = { ...session, seenAt: now, expiresAt: Math.max(session.expiresAt, now + ttlMs) }
  await tx.put('session', prolonged)
  if (!token) return prolonged
  for (const each of await tx.tokensOf(session.id)) {
    if (each.kind !== token.kind || each.spentAt !== null) continue
    await tx.put('token', { ...each, expiresAt: Math.max(each.expiresAt, now + token.ttlMs) })
  }
  return prolonged
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

const SWEEP_BATCH = 200

/** Removes expired tokens and sessions; the latter end as if ended by hand, so that their links close. */
const sweepSessions = async (context: Context): Promise<void> => {
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
