// Settings: from the environment and the command line, judged once, with an answer that says what is wrong.
import { RedisClient } from 'bun'
import { type LogLevel, logLevels } from '../base/log.ts'
import { StartError } from './start-error.ts'

export interface Config {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** Folder of the embedded database and the files. */
  readonly dataDir: string
  readonly logLevel: LogLevel
  readonly rateLimits: boolean
  /** WebSockets and event streams of one address; null: the server decides. */
  readonly socketsPerAddress: number | null
  /** WebSockets and event streams in all; null: the server decides. */
  readonly maxSockets: number | null
  /** Where rates are counted for all nodes; null: in this process. It may hold a password. */
  readonly redisUrl: string | null
  /** Scheme and authority under which clients reach the server; null: where it listens. */
  readonly publicUrl: string | null
  /** Addresses or CIDR ranges of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  /** Origins that may call from a browser; empty: any. */
  readonly corsOrigins: readonly string[]
  /** Handles of those who manage the home space. */
  readonly managers: readonly string[]
  readonly maxFileBytes: number
  readonly bcryptCost: number
  readonly outboxBytes: number
}

/** One setting of the environment, for `docs/config.md` and `--help`. */
export interface Setting {
  readonly name: string
  readonly fallback: string
  readonly meaning: string
}

export const settings: readonly Setting[] = [
  { name: 'PORT', fallback: '8080', meaning: 'Port to listen on; 0 picks a free one.' },
  { name: 'HOST', fallback: '0.0.0.0', meaning: 'Address to listen on.' },
  { name: 'PARLANCE_DATA', fallback: './data', meaning: 'Folder of the embedded database and the uploaded files.' },
  { name: 'PARLANCE_LOG', fallback: 'info', meaning: 'debug, info, warn, error or silent.' },
  {
    name: 'PARLANCE_PUBLIC_URL',
    fallback: 'where it listens',
    meaning: 'Scheme and authority under which clients reach the server, e.g. https://chat.example.',
  },
  {
    name: 'PARLANCE_TRUSTED_PROXIES',
    fallback: 'none',
    meaning: 'Comma-separated addresses or CIDR ranges of reverse proxies whose X-Forwarded-For names the client.',
  },
  { name: 'PARLANCE_CORS_ORIGINS', fallback: 'any', meaning: 'Comma-separated origins that may call from a browser.' },
  {
    name: 'PARLANCE_MANAGERS',
    fallback: 'none',
    meaning:
      'Comma-separated usernames of those who manage what this server shows to everybody: its name, headings and layout.',
  },
  { name: 'PARLANCE_MAX_FILE_BYTES', fallback: '536870912', meaning: 'Largest file that may be uploaded, in bytes.' },
  { name: 'PARLANCE_BCRYPT_COST', fallback: '12', meaning: 'bcrypt cost of password hashes, 4 to 31.' },
  {
    name: 'PARLANCE_OUTBOX_BYTES',
    fallback: '1048576',
    meaning: 'Bytes queued for one slow socket before it is closed.',
  },
  {
    name: 'PARLANCE_RATE_LIMITS',
    fallback: 'on',
    meaning: 'off disables every rate limit and the bound on the sockets of one address (for tests).',
  },
  {
    name: 'PARLANCE_SOCKETS_PER_ADDRESS',
    fallback: '1000, at most half of PARLANCE_MAX_SOCKETS',
    meaning:
      'WebSockets, event streams and waiting openchat polls of one address (an IPv6 /64). Further ones are refused with 429.',
  },
  {
    name: 'PARLANCE_MAX_SOCKETS',
    fallback: 'three quarters of the open-file limit',
    meaning: 'WebSockets, event streams and waiting openchat polls in all. Further ones are refused with 503.',
  },
  {
    name: 'REDIS_URL',
    fallback: 'none',
    meaning:
      'Redis or Valkey in which rate limits are counted, e.g. redis://:password@host:6379/0. Nothing else is kept there yet: live messages and presence stay within one process.',
  },
  { name: 'PARLANCE_NAME', fallback: 'Parlance', meaning: 'What this server is called (openchat).' },
  {
    name: 'PARLANCE_OPENCHAT_REGISTRATION',
    fallback: 'on',
    meaning: 'off makes no new accounts with a password (openchat).',
  },
  {
    name: 'PARLANCE_OPENCHAT_SERVERS',
    fallback: 'on',
    meaning: 'off lets nobody make servers beside the home server (openchat).',
  },
  {
    name: 'PARLANCE_OPENCHAT_UIDS',
    fallback: 'server_scoped',
    meaning: 'global calls everybody the same on all servers. To be chosen before the first start (openchat).',
  },
  {
    name: 'PARLANCE_OPENCHAT_RECALL_SECONDS',
    fallback: 'for ever',
    meaning: 'Seconds in which one may take a message of one’s own back (openchat).',
  },
  {
    name: 'PARLANCE_OPENCHAT_MAX_UPLOAD',
    fallback: '52428800',
    meaning: 'Largest file, and files of one message, in bytes, within PARLANCE_MAX_FILE_BYTES (openchat).',
  },
  {
    name: 'PARLANCE_OPENCHAT_DEV_UIDS',
    fallback: 'off',
    meaning: 'on believes who older clients say they are, for development; HOST must be a loopback address (openchat).',
  },
  {
    name: 'PARLANCE_CHATAPP_JWT_KEY',
    fallback: 'kept with the data',
    meaning: 'Key of at least 32 bytes with which access tokens are signed (chatapp).',
  },
  {
    name: 'PARLANCE_CHATAPP_ACCESS_SECONDS',
    fallback: '86400',
    meaning: 'Seconds an access token lives (chatapp).',
  },
  {
    name: 'PARLANCE_CHATAPP_SESSION_SECONDS',
    fallback: '2592000',
    meaning: 'Seconds a session lives after its last login or refresh (chatapp).',
  },
  {
    name: 'PARLANCE_UMOC_REQUIRE_TOKEN',
    fallback: '1',
    meaning: '0 lets old pages connect with their sessionID alone, without its token (umoc).',
  },
  {
    name: 'PARLANCE_UMOC_MAX_SESSIONS',
    fallback: '3',
    meaning: 'Sessions one person may have; a further login ends the one least recently used (umoc).',
  },
  {
    name: 'PARLANCE_UMOC_SESSION_TTL',
    fallback: '86400',
    meaning: 'Seconds a session lives without activity (umoc).',
  },
  {
    name: 'PARLANCE_UMOC_MAX_FILE',
    fallback: '10485760',
    meaning: 'Largest file in bytes, within PARLANCE_MAX_FILE_BYTES (umoc).',
  },
  {
    name: 'PARLANCE_WETTY_INTERNAL_KEY',
    fallback: 'none',
    meaning: 'Key with which services may upload on behalf of a user (wetty, X-Internal-Key).',
  },
]

/** A setting that cannot be used; the message names it. */
export class ConfigError extends StartError {}

type Environment = Readonly<Record<string, string | undefined>>

const integer = (name: string, text: string, min: number, max: number): number => {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max) {
    throw new ConfigError(`${name} must be a whole number from ${min} to ${max}, not "${text}"`)
  }
  return value
}

const oneOf = <T extends string>(name: string, text: string, words: readonly T[]): T => {
  const found = words.find(word => word === text)
  if (!found) throw new ConfigError(`${name} must be one of ${words.join(', ')}, not "${text}"`)
  return found
}

const list = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')

const publicUrl = (text: string | undefined): string | null => {
  if (!text) return null
  const url = URL.parse(text)
  const bare = url && ['http:', 'https:'].includes(url.protocol) && url.pathname === '/' && !url.search && !url.hash
  if (!bare || url.username) {
    throw new ConfigError(`PARLANCE_PUBLIC_URL must be like https://chat.example, not "${text}"`)
  }
  return url.origin
}

/** The message does not repeat it: it may hold a password. */
const redisUrl = (text: string | undefined): string | null => {
  if (!text) return null
  try {
    // The client's own judgement. It connects when it is used, and this one is not.
    new RedisClient(text).close()
  } catch {
    throw new ConfigError('REDIS_URL must be like redis://host:6379 or rediss://user:password@host:6379/0')
  }
  return text
}

const optional = (name: string, text: string | undefined, min: number, max: number): number | null =>
  text ? integer(name, text, min, max) : null

/** Faults: ConfigError. Settings of engines that this version does not have are refused, never ignored. */
export const loadConfig = (env: Environment, given: { port?: string; host?: string; data?: string } = {}): Config => {
  if (env.DATABASE_URL) {
    throw new ConfigError('DATABASE_URL is set, but this version has the embedded database only; unset it')
  }
  const s3 = Object.keys(env).find(name => name.startsWith('S3_') && env[name])
  if (s3) throw new ConfigError(`${s3} is set, but this version keeps files on disk only; unset it`)
  return {
    host: given.host ?? (env.HOST || '0.0.0.0'),
    port: integer(given.port === undefined ? 'PORT' : '--port', given.port ?? (env.PORT || '8080'), 0, 65_535),
    dataDir: given.data ?? (env.PARLANCE_DATA || './data'),
    logLevel: oneOf('PARLANCE_LOG', env.PARLANCE_LOG || 'info', logLevels),
    rateLimits: oneOf('PARLANCE_RATE_LIMITS', env.PARLANCE_RATE_LIMITS || 'on', ['on', 'off']) === 'on',
    socketsPerAddress: optional('PARLANCE_SOCKETS_PER_ADDRESS', env.PARLANCE_SOCKETS_PER_ADDRESS, 1, 10_000_000),
    maxSockets: optional('PARLANCE_MAX_SOCKETS', env.PARLANCE_MAX_SOCKETS, 1, 10_000_000),
    redisUrl: redisUrl(env.REDIS_URL),
    publicUrl: publicUrl(env.PARLANCE_PUBLIC_URL),
    managers: list(env.PARLANCE_MANAGERS),
    trustedProxies: list(env.PARLANCE_TRUSTED_PROXIES),
    corsOrigins: list(env.PARLANCE_CORS_ORIGINS),
    maxFileBytes: integer('PARLANCE_MAX_FILE_BYTES', env.PARLANCE_MAX_FILE_BYTES || '536870912', 1, 2 ** 50),
    bcryptCost: integer('PARLANCE_BCRYPT_COST', env.PARLANCE_BCRYPT_COST || '12', 4, 31),
    outboxBytes: integer('PARLANCE_OUTBOX_BYTES', env.PARLANCE_OUTBOX_BYTES || '1048576', 4096, 2 ** 30),
  }
}
