// Token buckets that all nodes share: in Redis or Valkey, one script per question.
import { RedisClient } from 'bun'
import type { Clock } from '../../../base/clock.ts'
import type { RateRule, Rates } from '../../../core/ports/rates.ts'

export interface RedisRatesOptions {
  /** `redis://[user:password@]host[:port][/database]`, or any other form that Bun's client reads. */
  readonly url: string
  /**
   * For tests. By default the time is that of Redis: nodes whose clocks differ would empty each other's buckets, and Redis has
   * one clock for all of them.
   */
  readonly clock?: Clock
}

/** Rejects whatever it is asked while there is no connection; it makes none by itself. */
export interface RedisRates extends Rates, Disposable {
  /** Drops the connection, makes another and tries it out, a write included. Rejects when that fails. */
  reconnect(): Promise<void>
}

/** Milliseconds in which a connection must stand. */
const CONNECT_MS = 2000
const PREFIX = 'parlance:rate'
/** A rule nobody is held to, to see that Redis counts. */
const TRIAL: RateRule = { name: 'trial', count: 1_000_000, perMs: 1000 }

// As in the local buckets: the one number kept is when the bucket will be full again. A key outlives that by a minute, so that it
// never goes early, whoever's clock is ahead; one that is gone is a full bucket. %.17g: nothing of the number is lost.
const SCRIPT = `
local count, per, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end
local kept = tonumber(redis.call('GET', KEYS[1])) or now
local standing = math.min(kept, now + per)
local full = math.max(now, standing) + per / count
local wait = math.max(0, math.ceil(full - now - per - 1e-3))
local keep = (wait == 0 and full) or (standing < kept and standing)
if ARGV[4] == 'take' and keep then
  redis.call('SET', KEYS[1], string.format('%.17g', keep), 'PX', math.ceil(keep - now) + 60000)
end
return wait
`
const SHA = new Bun.CryptoHasher('sha1').update(SCRIPT).digest('hex')

const connectionTo = (url: string): RedisClient =>
  // Whoever asks decides when to try again, and waits for nobody: nothing is queued for a connection to come.
  new RedisClient(url, { connectionTimeout: CONNECT_MS, autoReconnect: false, enableOfflineQueue: false })

const keyOf = (rule: RateRule, subject: string): string => `${PREFIX}:${rule.name}:${subject}`

/** Connects with the first `reconnect`. Throws when the URL is none. */
export const createRedisRates = ({ url, clock }: RedisRatesOptions): RedisRates => {
  let client = connectionTo(url)

  const ask = async (how: 'take' | 'peek', rule: RateRule, subject: string): Promise<number> => {
    const now = clock ? String(clock.now()) : ''
    const args = ['1', keyOf(rule, subject), String(rule.count), String(rule.perMs), now, how]
    try {
      return Number(await client.send('EVALSHA', [SHA, ...args]))
    } catch (error) {
      // Redis forgets scripts when it starts anew.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return Number(await client.send('EVAL', [SCRIPT, ...args]))
    }
  }

  return {
    take: (rule, subject) => ask('take', rule, subject),
    peek: (rule, subject) => ask('peek', rule, subject),
    async clear(rule, subject) {
      await client.send('DEL', [keyOf(rule, subject)])
    },
    async reconnect() {
      client.close()
      client = connectionTo(url)
      await client.connect()
      await ask('take', TRIAL, '')
    },
    [Symbol.dispose]() {
      client.close()
    },
  }
}
