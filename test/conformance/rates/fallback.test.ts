import { describe, expect, test } from 'bun:test'
import { type Counting, createFallbackRates, type RemoteRates } from '../../../src/adapters/rates/fallback/fallback.ts'
import { createLocalRates } from '../../../src/adapters/rates/local/local.ts'
import { createRedisRates } from '../../../src/adapters/rates/redis/redis.ts'
import { type Clock, manualClock, systemClock } from '../../../src/base/clock.ts'
import type { RateRule } from '../../../src/core/ports/rates.ts'
import { redisServer, startRedis } from '../../kit/redis.ts'
import { Inbox, until } from '../../kit/wait.ts'
import { ratesConformance } from './suite.ts'

const five: RateRule = { name: 'five', count: 5, perMs: 10_000 }

type Mood = 'well' | 'failing' | 'silent'

/** A remote that answers, fails or says nothing, as it is told, and a fallback to it. */
const staged = (clock: Clock, first: Mood) => {
  const counted = createLocalRates({ clock })
  const stage = { mood: first, asked: 0, tries: 0 }
  const act = async <T>(answer: () => Promise<T>): Promise<T> => {
    if (stage.mood === 'failing') throw new Error('connection lost')
    return stage.mood === 'silent' ? await new Promise<T>(() => undefined) : await answer()
  }
  const asked = <T>(answer: () => Promise<T>): Promise<T> => {
    stage.asked++
    return act(answer)
  }
  const remote: RemoteRates = {
    take: (rule, subject) => asked(() => counted.take(rule, subject)),
    peek: (rule, subject) => asked(() => counted.peek(rule, subject)),
    clear: (rule, subject) => asked(() => counted.clear(rule, subject)),
    reconnect() {
      stage.tries++
      return act(async () => undefined)
    },
  }
  const changes = new Inbox<Counting>()
  const errors: unknown[] = []
  const rates = createFallbackRates({
    remote,
    local: createLocalRates({ clock }),
    clock,
    changed(counting, error) {
      changes.push(counting)
      if (error !== undefined) errors.push(error)
    },
  })
  return { stage, counted, changes, errors, rates }
}

/** Lets everything that is not waiting for the clock happen. */
const settle = () => new Promise(resolve => setImmediate(() => setImmediate(resolve)))

for (const mood of ['well', 'failing'] as const) {
  ratesConformance(`fallback, its remote ${mood}`, async clock => {
    const { rates, changes } = staged(clock, mood)
    await changes.next()
    return {
      here: rates,
      there: rates,
      async [Symbol.asyncDispose]() {
        rates[Symbol.dispose]()
      },
    }
  })
}

describe('fallback', () => {
  test('counts alone until the remote is there, then together', async () => {
    const clock = manualClock()
    const { rates, stage, counted, changes } = staged(clock, 'well')
    using _ = rates
    expect(await rates.take(five, 'anna')).toBe(0)
    expect([stage.asked, await counted.peek(five, 'anna')]).toEqual([0, 0])
    expect(await changes.next()).toBe('together')
    for (let i = 0; i < 5; i++) expect(await rates.take(five, 'anna')).toBe(0)
    expect(await counted.take(five, 'anna')).toBe(2000)
    expect(await rates.take(five, 'anna')).toBe(2000)
  })

  test('a remote that is away at the start is told once, and looked for every second', async () => {
    const clock = manualClock()
    const { rates, stage, changes, errors } = staged(clock, 'failing')
    using _ = rates
    expect(await changes.next()).toBe('alone')
    for (let i = 0; i < 5; i++) {
      clock.advance(1000)
      await settle()
    }
    expect(stage.tries).toBe(6)
    expect([changes.take(), errors.map(String)]).toEqual([[], ['Error: connection lost']])
    stage.mood = 'well'
    clock.advance(1000)
    expect(await changes.next()).toBe('together')
    clock.advance(60_000)
    await settle()
    expect(stage.tries).toBe(7)
  })

  test('takes over in the middle, knows what this node has let through, and gives back', async () => {
    const clock = manualClock()
    const { rates, stage, changes } = staged(clock, 'well')
    using _ = rates
    expect(await changes.next()).toBe('together')
    for (let i = 0; i < 3; i++) expect(await rates.take(five, 'anna')).toBe(0)
    stage.mood = 'failing'
    for (let i = 0; i < 2; i++) expect(await rates.take(five, 'anna')).toBe(0)
    expect(await rates.take(five, 'anna')).toBe(2000)
    expect(await rates.peek(five, 'anna')).toBe(2000)
    await rates.clear(five, 'anna')
    expect(await rates.peek(five, 'anna')).toBe(0)
    // Asked by the take that found out, and by none after it.
    expect(stage.asked).toBe(4)
    stage.mood = 'well'
    clock.advance(1000)
    await settle()
    expect(changes.take()).toEqual(['alone', 'together'])
  })

  test('a remote that says nothing costs those who ask then one short wait, and those after them none', async () => {
    const clock = manualClock()
    const { rates, stage, changes, errors } = staged(clock, 'well')
    using _ = rates
    expect(await changes.next()).toBe('together')
    stage.mood = 'silent'
    const waiting = Promise.all([rates.take(five, 'anna'), rates.take(five, 'bert'), rates.clear(five, 'carl')])
    clock.advance(500)
    expect((await waiting).slice(0, 2)).toEqual([0, 0])
    expect(await rates.take(five, 'anna')).toBe(0)
    expect(stage.asked).toBe(3)
    expect(changes.take()).toEqual(['alone'])
    expect(errors.map(String)).toEqual(['Late: no answer in 500 ms'])
    // A try that hangs is given up, and followed by another.
    clock.advance(1000)
    clock.advance(5000)
    await settle()
    stage.mood = 'well'
    clock.advance(1000)
    expect(await changes.next()).toBe('together')
    expect(stage.tries).toBe(3)
  })

  test('put away, it looks for nothing any more', async () => {
    const clock = manualClock()
    const { rates, stage, changes } = staged(clock, 'failing')
    expect(await changes.next()).toBe('alone')
    await settle()
    rates[Symbol.dispose]()
    clock.advance(10_000)
    await settle()
    expect(stage.tries).toBe(1)
  })
})

describe.skipIf(redisServer === null)('fallback from a real Redis', () => {
  const open = async () => {
    const redis = await startRedis()
    const changes = new Inbox<Counting>()
    const node = () => {
      const remote = createRedisRates({ url: redis.url })
      const local = createLocalRates({ clock: systemClock })
      const rates = createFallbackRates({
        remote,
        local,
        clock: systemClock,
        changed: c => changes.push(c),
        retryMs: 20,
      })
      return { rates, remote }
    }
    const [here, there] = [node(), node()]
    for (const _ of [here, there]) expect(await changes.next()).toBe('together')
    return {
      redis,
      changes,
      here: here.rates,
      there: there.rates,
      async [Symbol.asyncDispose]() {
        for (const { rates, remote } of [here, there]) {
          rates[Symbol.dispose]()
          remote[Symbol.dispose]()
        }
        await redis[Symbol.asyncDispose]()
      },
    }
  }
  const hour: RateRule = { name: 'hour', count: 10, perMs: 3600_000 }

  test.each(['kill', 'freeze'] as const)('UM132: in the middle of a flood, %s: every take is answered', async how => {
    await using nodes = await open()
    const { redis, here, there, changes } = nodes
    let over = false
    let [answers, slowest] = [0, 0]
    const flood = async (): Promise<void> => {
      for (let i = 0; !over; i++) {
        const began = performance.now()
        const wait = await here.take(hour, `person ${i % 50}`)
        expect(wait).toBeGreaterThanOrEqual(0)
        slowest = Math.max(slowest, performance.now() - began)
        answers++
        // Answers come from this process at times: others must get a turn.
        await new Promise(resolve => setImmediate(resolve))
      }
    }
    const floods = Promise.all(Array.from({ length: 8 }, flood))
    await until('some answers', () => answers > 500)
    if (how === 'kill') await redis.kill()
    else redis.freeze()
    await changes.find('the change', change => change === 'alone')
    const before = answers
    await until('answers without Redis', () => answers > before + 500)
    if (how === 'kill') await redis.start()
    else redis.thaw()
    await changes.find('the way back', change => change === 'together')
    over = true
    await floods
    // Far above the 500 ms it may be at worst, for slow machines; far below any timeout of a connection.
    expect(slowest).toBeLessThan(5000)

    // Both count together again, whichever of them has noticed the outage.
    await until('one count', async () => {
      const subject = crypto.randomUUID()
      for (let i = 0; i < hour.count; i++) await here.take(hour, subject)
      return (await there.take(hour, subject)) > 0
    })
  })
})
