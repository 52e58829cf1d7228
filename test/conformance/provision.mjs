// Finds a Redis for the ring: one on the PATH, else Debian's package where it may be installed. Without one the ring runs all the
// same, and what needs Redis is counted as skipped.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const SERVERS = ['redis-server', 'valkey-server']
/** Milliseconds: a mirror may be slow, and must not hold up the tests for ever. */
const INSTALL_TIMEOUT = 180_000

/** @returns {string | null} path of a server */
const find = () => {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const files = folders.flatMap(folder => SERVERS.map(name => join(folder, name)))
  return files.find(file => existsSync(file)) ?? null
}

/** @param {readonly string[]} args @returns {string | null} what went wrong */
const apt = args => {
  const { status, stderr, error } = spawnSync('apt-get', ['-y', '--no-install-recommends', ...args], {
    // Runlevel 1: the package's own server is not started.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    encoding: 'utf8',
    timeout: INSTALL_TIMEOUT,
  })
  if (status === 0) return null
  return error?.message ?? stderr.trim().split('\n').at(-1) ?? `apt-get exited with ${status}`
}

/** @returns {string | null} why there is no server now */
const install = () => {
  if (!existsSync('/etc/debian_version')) return 'this is no Debian'
  if (process.getuid?.() !== 0) return 'installing it needs root'
  // Where the lists are missing or old, they are fetched first.
  if (apt(['install', SERVERS[0] ?? '']) === null) return null
  return apt(['update']) ?? apt(['install', SERVERS[0] ?? ''])
}

/** @returns {Promise<import('../../tools/test/ring.mjs').Provision>} */
export const provision = async () => {
  const why = find() ? null : install()
  const server = find()
  if (server) return { env: { PARLANCE_TEST_REDIS: server } }
  console.log(`SKIP conformance/redis    needs redis-server on the PATH (apt-get install redis-server): ${why}`)
  return {}
}
