// What the operator chooses about this contract.
import { type DialectSettings, SettingError } from '../../host/dialect.ts'

export interface OpenchatSettings {
  /** Shown to everybody; the home server is called so until its managers call it otherwise. */
  readonly serverName: string
  readonly registration: boolean
  readonly serverCreation: boolean
  /** Chosen before the first start, never changed later (OC20). */
  readonly uidPolicy: 'server_scoped' | 'global'
  /** Milliseconds; null is for ever. */
  readonly recallWindowMs: number | null
  /** Bytes of one file, or of all files of one message. */
  readonly maxUploadBytes: number
  /** Older clients may say who they are; on loopback only (OC130). */
  readonly devUids: boolean
}

/** UTF-8 bytes of a message's text (OC74). */
export const MAX_MESSAGE_BYTES = 65_536
export const MAX_ATTACHMENTS = 10
export const REQUESTS_PER_MINUTE = 300
export const SESSION_MS = 24 * 3600_000
/** Of one person here: what each may ask in a minute is bounded (OC16), so how many there are is, too. */
export const MAX_SESSIONS = 100
export const CHALLENGE_MS = 300_000
/** How long the old token lives after a renewal (OC35). */
export const GRACE_MS = 60_000
/** A file's address stays the same, and good, for at least so long (OC105). */
export const URL_TTL_MS = 3600_000
/** Of a resume token (OC16). */
export const RESUME = { windowMs: 604_800_000, maxEvents: 5000 } as const
export const HEARTBEAT_MS = 25_000
export const RECONNECT = { initial_delay_ms: 1000, multiplier: 2, max_delay_ms: 15_000, jitter: 0.2 } as const
export const AVATAR = { bytes: 2_097_152, pixels: 1024 } as const

const DEFAULT_UPLOAD = 52_428_800

const onOff = (name: string, value: string | undefined, fallback: boolean): boolean => {
  if (value === undefined) return fallback
  if (value === 'on' || value === 'off') return value === 'on'
  throw new SettingError(`${name} must be on or off`)
}

const wholeNumber = (name: string, value: string | undefined): number | null => {
  if (value === undefined) return null
  const number = Number(value)
  if (!/^\d{1,12}$/.test(value) || number < 1) throw new SettingError(`${name} must be a whole number above 0`)
  return number
}

/** Whether an address to listen on, or a caller's, can only be this machine's own. */
export const isLoopback = (address: string): boolean =>
  address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address)

/** Throws SettingError. */
export const settingsFrom = ({ env, maxFileBytes, host = '' }: DialectSettings): OpenchatSettings => {
  const serverName = env('PARLANCE_NAME') ?? 'Parlance'
  if ([...serverName].length > 100 || /\p{Cc}/u.test(serverName)) {
    throw new SettingError('PARLANCE_NAME must have at most 100 characters')
  }
  const uidPolicy = env('PARLANCE_OPENCHAT_UIDS') ?? 'server_scoped'
  if (uidPolicy !== 'server_scoped' && uidPolicy !== 'global') {
    throw new SettingError('PARLANCE_OPENCHAT_UIDS must be server_scoped or global')
  }
  const recall = wholeNumber('PARLANCE_OPENCHAT_RECALL_SECONDS', env('PARLANCE_OPENCHAT_RECALL_SECONDS'))
  const upload = wholeNumber('PARLANCE_OPENCHAT_MAX_UPLOAD', env('PARLANCE_OPENCHAT_MAX_UPLOAD')) ?? DEFAULT_UPLOAD
  const devUids = onOff('PARLANCE_OPENCHAT_DEV_UIDS', env('PARLANCE_OPENCHAT_DEV_UIDS'), false)
  if (devUids && !isLoopback(host)) {
    throw new SettingError('PARLANCE_OPENCHAT_DEV_UIDS needs HOST to be a loopback address, such as 127.0.0.1')
  }
  return {
    serverName,
    registration: onOff('PARLANCE_OPENCHAT_REGISTRATION', env('PARLANCE_OPENCHAT_REGISTRATION'), true),
    serverCreation: onOff('PARLANCE_OPENCHAT_SERVERS', env('PARLANCE_OPENCHAT_SERVERS'), true),
    uidPolicy,
    recallWindowMs: recall === null ? null : recall * 1000,
    maxUploadBytes: Math.min(upload, maxFileBytes),
    devUids,
  }
}
