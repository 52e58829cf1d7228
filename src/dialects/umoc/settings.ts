// This dialect's own settings, read from the environment and judged once.
import { type DialectSettings, SettingError } from '../../host/dialect.ts'
import type { SocketSettings } from './scope.ts'

export interface UmocSettings extends SocketSettings {
  /** Sessions one person may have at a time (UM36). */
  readonly maxSessions: number
}

const DAY_SECONDS = 24 * 3600
/** A quarter of it is still a time that a timer can wait. */
const MAX_TTL_SECONDS = 90 * DAY_SECONDS
const MAX_SESSIONS = 1000
/** Bytes of one file (UM91). */
const FILE_BYTES = 10 * 1024 * 1024

const integerIn = (env: DialectSettings['env'], name: string, fallback: number, max: number): number => {
  const text = env(name)
  if (!text) return fallback
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new SettingError(`${name} must be a whole number from 1 to ${max}`)
  }
  return value
}

const switchIn = (env: DialectSettings['env'], name: string, fallback: boolean): boolean => {
  const text = env(name)
  if (!text) return fallback
  if (text !== '0' && text !== '1') throw new SettingError(`${name} must be 0 or 1`)
  return text === '1'
}

/** No file is larger than the server itself takes. Throws on a setting that cannot be used. */
export const settingsFrom = ({ env, maxFileBytes }: Pick<DialectSettings, 'env' | 'maxFileBytes'>): UmocSettings => ({
  requireToken: switchIn(env, 'PARLANCE_UMOC_REQUIRE_TOKEN', true),
  maxSessions: integerIn(env, 'PARLANCE_UMOC_MAX_SESSIONS', 3, MAX_SESSIONS),
  sessionTtlMs: integerIn(env, 'PARLANCE_UMOC_SESSION_TTL', DAY_SECONDS, MAX_TTL_SECONDS) * 1000,
  maxFileBytes: Math.min(integerIn(env, 'PARLANCE_UMOC_MAX_FILE', FILE_BYTES, 2 ** 50), maxFileBytes),
})
