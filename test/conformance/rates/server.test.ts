// REDIS_URL on whole servers: counted together, alone while Redis is away, and nothing of it in the log.
import { describe, expect, test } from 'bun:test'
import { post, wettyPerson } from '../../kit/people.ts'
import { redisServer, startRedis } from '../../kit/redis.ts'
import { startServer } from '../../kit/server.ts'
import { until } from '../../kit/wait.ts'

const PASSWORD = `pass-${crypto.randomUUID()}`
const TOGETHER = 'rates are counted in Redis'
const ALONE = 'this node counts rates alone'

const times = (text: string, part: string): number => text.split(part).length - 1
const guess = async (url: string, username: string): Promise<number> =>
  (await post(`${url}/users/auth/login`, { username, password: 'wrong', client_type: 'mobile' })).status

describe.skipIf(redisServer === null)('REDIS_URL', () => {
  test('two servers count together; without Redis each goes on alone, says so once, and comes back', async () => {
    await using redis = await startRedis({ password: PASSWORD })
    const env = { PARLANCE_RATE_LIMITS: 'on', REDIS_URL: redis.url }
    await using here = await startServer({ env })
    await using there = await startServer({ env })
    const servers = [here, there]
    const said = (what: string, count: number) =>
      until(`"${what}" ${count} times`, () => servers.every(server => times(server.output(), what) >= count))
    await said(TOGETHER, 1)

    // Ten failures by name and address, on whatever node.
    for (let i = 0; i < 5; i++) for (const { url } of servers) expect(await guess(url, 'nobody')).toBe(401)
    for (const { url } of servers) expect(await guess(url, 'nobody')).toBe(429)

    await redis.kill()
    // Its own half is what each node remembers.
    for (const { url } of servers) {
      for (let i = 0; i < 5; i++) expect(await guess(url, 'nobody')).toBe(401)
      expect(await guess(url, 'nobody')).toBe(429)
    }
    await wettyPerson(here.url)
    await said(ALONE, 1)
    await redis.start()
    await said(TOGETHER, 2)
    for (const { url } of servers) expect(await guess(url, 'nobody')).toBe(401)
    for (const server of servers) {
      const changes = [...server.output().matchAll(new RegExp(`${TOGETHER}|${ALONE}`, 'g'))].map(String)
      // Once for each change: never the same twice in a row.
      expect(changes.filter((change, i) => change === changes[i - 1])).toEqual([])
      expect(server.output()).not.toContain(PASSWORD)
    }
  })
})

test('a Redis that cannot be reached is a warning: the server starts and works, and its address stays secret', async () => {
  const REDIS_URL = `redis://user:${PASSWORD}@127.0.0.1:1/0`
  await using server = await startServer({ env: { PARLANCE_RATE_LIMITS: 'on', REDIS_URL } })
  await wettyPerson(server.url)
  for (let i = 0; i < 10; i++) expect(await guess(server.url, 'nobody')).toBe(401)
  expect(await guess(server.url, 'nobody')).toBe(429)
  await until('the warning', () => server.output().includes(ALONE))
  server.kill('SIGTERM')
  expect(await server.exited).toBe(0)
  expect(times(server.output(), ALONE)).toBe(1)
  expect(server.output()).not.toContain(PASSWORD)
})
