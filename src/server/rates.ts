// Where rates are counted: in this process, or in Redis for as long as it answers.
import { createFallbackRates } from '../adapters/rates/fallback/fallback.ts'
import { createLocalRates } from '../adapters/rates/local/local.ts'
import { createRedisRates } from '../adapters/rates/redis/redis.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Rates } from '../core/index.ts'

export const openRates = (redisUrl: string | null, clock: Clock, log: Logger): Rates & Disposable => {
  const local = createLocalRates({ clock })
  if (redisUrl === null) return { ...local, [Symbol.dispose]() {} }
  const remote = createRedisRates({ url: redisUrl })
  const rates = createFallbackRates({
    remote,
    local,
    clock,
    changed(counting, error) {
      if (counting === 'together') log.info({}, 'rates are counted in Redis')
      else log.warn({ error }, 'Redis does not answer: until it does, this node counts rates alone')
    },
  })
  return {
    ...rates,
    [Symbol.dispose]() {
      rates[Symbol.dispose]()
      remote[Symbol.dispose]()
    },
  }
}
