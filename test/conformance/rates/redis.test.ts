// Where no Redis can be had (test/conformance/provision.mjs says why) these count as skipped.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { RedisClient } from 'bun'
import { createRedisRates, type RedisRates } from '../../../src/adapters/rates/redis/redis.ts'
import type { Clock } from '../../../src/base/clock.ts'
import type { RateRule } from '../../../src/core/ports/rates.ts'
import { redisServer, startRedis, type TestRedis } from '../../kit/redis.ts'
import { until } from '../../kit/wait.ts'
import { ratesConformance } from './suite.ts'

describe.skipIf(redisServer === null)('a real Redis', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis?.[Symbol.asyncDispose]())

  const connected = async (clock?: Clock): Promise<RedisRates> => {
    const rates = createRedisRates({ url: redis.url, ...(clock && { clock }) })
    await rates.reconnect()
    return rates
  }
  const admin = async (...[command = '', ...args]: readonly string[]): Promise<unknown> => {
    const client = new RedisClient(redis.url)
    try {
      return await client.send(command, args)
    } finally {
      client.close()
    }
  }

  ratesConformance('redis', async clock => {
    await admin('FLUSHALL')
    const [here, there] = [await connected(clock), await connected(clock)]
    return {
      here,
      there,
      async [Symbol.asyncDispose]() {
        here[Symbol.dispose]()
        there[Symbol.dispose]()
      },
    }
  })

  const pair: RateRule = { name: 'pair', count: 2, perMs: 200 }

  test('the time is that of Redis, and buckets refill as it goes on', async () => {
    using rates = await connected()
    const began = performance.now()
    expect(await rates.take(pair, 'anna')).toBe(0)
    expect(await rates.take(pair, 'anna')).toBe(0)
    await until('the next one', async () => (await rates.take(pair, 'anna')) === 0)
    expect(performance.now() - began).toBeGreaterThanOrEqual(99)
  })

  test('a bucket that is full again is forgotten', async () => {
    using rates = await connected()
    await rates.take(pair, 'bert')
    const left = Number(await admin('PTTL', 'parlance:rate:pair:bert'))
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(60_100)
  })

  test('a Redis that has forgotten the script is told it again', async () => {
    using rates = await connected()
    await admin('SCRIPT', 'FLUSH')
    expect(await rates.take(pair, 'carl')).toBe(0)
  })

  test('without a connection it refuses at once, and connects when it is told to', async () => {
    using rates = createRedisRates({ url: redis.url })
    await expect(rates.take(pair, 'dora')).rejects.toThrow()
    await rates.reconnect()
    expect(await rates.take(pair, 'dora')).toBe(0)
  })

  test('a Redis that cannot be written to is no Redis', async () => {
    await admin('CONFIG', 'SET', 'min-replicas-to-write', '1')
    using rates = createRedisRates({ url: redis.url })
    await expect(rates.reconnect()).rejects.toThrow('NOREPLICAS')
    await admin('CONFIG', 'SET', 'min-replicas-to-write', '0')
    await rates.reconnect()
  })
})

test('where nothing listens, connecting is refused', async () => {
  using rates = createRedisRates({ url: 'redis+unix:///nowhere/at/all.sock' })
  await expect(rates.reconnect()).rejects.toThrow()
})
