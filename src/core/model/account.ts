// Who may log in: accounts, what they prove themselves with, and the logins they hold.
import type { AccountId, ProfileId, SessionId, Time } from './ids.ts'

/** Owner of credentials and profiles. */
export interface Account {
  readonly id: AccountId
  /** As its owner wrote it; shown to its owner only. */
  readonly email: string | null
  /** The folded form that is unique over all accounts. */
  readonly emailFold: string | null
  readonly createdAt: Time
}

/** How an account proves itself. A credential is no session: ending all sessions leaves it in force. */
export interface Credential {
  readonly id: string
  readonly accountId: AccountId
  /** `password`: bcrypt hash. `msgr`: digest of the capability (MS5). `key`: an Ed25519 public key. */
  readonly kind: 'password' | 'msgr' | 'key'
  /** Unique among credentials of kinds `msgr` and `key`. */
  readonly secret: string
  readonly createdAt: Time
  /** For `msgr`, which opens no sessions: when it last spoke, to the minute; null where sessions tell. */
  readonly usedAt: Time | null
}

/** One login of one device through one door. */
export interface Session {
  readonly id: SessionId
  readonly accountId: AccountId
  readonly profileId: ProfileId
  /** The dialect that made it; its tokens open that door only. */
  readonly door: string
  /** What the door wrote beside it (a device name, a client type); never a secret. */
  readonly device: string
  /** Likewise, for the door's own use; opaque. */
  readonly note: string | null
  /** What it was opened with, where that may be taken away by itself (a key). */
  readonly credentialId: string | null
  readonly createdAt: Time
  readonly seenAt: Time
  readonly expiresAt: Time
}

/** A secret that stands for a session, stored as its digest. A session may have several at once (refresh, grace). */
export interface Token {
  readonly digest: string
  readonly sessionId: SessionId
  readonly kind: string
  readonly expiresAt: Time
  /** A one-time token that has been used stays, so that using it again shows (see `Sessions.exchange`). */
  readonly spentAt: Time | null
}

/** That something which may be used once has been used: a digest of it. */
export interface Spent {
  readonly digest: string
  /** By when it would not be valid anyway. */
  readonly expiresAt: Time
}
