// A real Redis (or Valkey) of a test's own, on a socket file: it can be killed, stopped and started again.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RedisClient } from 'bun'
import { until } from './wait.ts'

/** The server to start: the one `test/conformance/provision.mjs` found, else one on the PATH; null where there is none. */
export const redisServer: string | null =
  process.env.PARLANCE_TEST_REDIS || Bun.which('redis-server') || Bun.which('valkey-server')

export interface TestRedis extends AsyncDisposable {
  readonly url: string
  /** Resolves when it answers. It remembers nothing of an earlier life. */
  start(): Promise<void>
  /** Ends it without a word. */
  kill(): Promise<void>
  /** It keeps its connections and answers nothing, until `thaw`. */
  freeze(): void
  thaw(): void
}

/** Keeps nothing on disk; `password` is asked of whoever connects. */
export const startRedis = async ({ password = '' } = {}): Promise<TestRedis> => {
  const server = redisServer
  if (server === null) throw new Error('there is no Redis here')
  const folder = await mkdtemp(join(tmpdir(), 'parlance-redis-'))
  const socket = join(folder, 'redis.sock')
  const url = password ? `redis+unix://:${password}@localhost${socket}` : `redis+unix://${socket}`
  const settings = ['--port', '0', '--unixsocket', socket, '--save', '', '--appendonly', 'no', '--dir', folder]
  let child: Bun.Subprocess | null = null

  const answers = async (): Promise<boolean> => {
    const client = new RedisClient(url, { autoReconnect: false, enableOfflineQueue: false })
    try {
      await client.connect()
      return true
    } catch {
      return false
    } finally {
      client.close()
    }
  }
  const redis: TestRedis = {
    url,
    async start() {
      child = Bun.spawn([server, ...settings, ...(password ? ['--requirepass', password] : [])], {
        stdin: 'ignore',
        stdout: 'ignore',
        stderr: 'ignore',
      })
      await until('Redis', answers)
    },
    async kill() {
      child?.kill('SIGKILL')
      await child?.exited
    },
    freeze: () => child?.kill('SIGSTOP'),
    thaw: () => child?.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      await redis.kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
  await redis.start()
  return redis
}
