import { describe, expect, test } from 'bun:test'
import { ConfigError, loadConfig, settings } from './config.ts'

describe('settings', () => {
  test('defaults need no environment at all', () => {
    expect(loadConfig({})).toMatchObject({ host: '0.0.0.0', port: 8080, dataDir: './data', rateLimits: true })
  })

  test('the command line wins over the environment', () => {
    const config = loadConfig({ PORT: '1', HOST: 'a', PARLANCE_DATA: 'b' }, { port: '2', host: 'c', data: 'd' })
    expect(config).toMatchObject({ port: 2, host: 'c', dataDir: 'd' })
  })

  test.each([
    ['PORT', 'eighty'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PARLANCE_LOG', 'loud'],
    ['PARLANCE_RATE_LIMITS', 'maybe'],
    ['PARLANCE_PUBLIC_URL', 'chat.example'],
    ['PARLANCE_PUBLIC_URL', 'https://chat.example/path'],
    ['PARLANCE_BCRYPT_COST', '3'],
    ['DATABASE_URL', 'postgres://x'],
    ['REDIS_URL', 'postgres://x'],
    ['REDIS_URL', 'redis://host:port'],
    ['PARLANCE_SOCKETS_PER_ADDRESS', '0'],
    ['PARLANCE_MAX_SOCKETS', '1.5'],
    ['S3_BUCKET', 'x'],
  ])('%s=%s is refused by name', (name, value) => {
    expect(() => loadConfig({ [name]: value })).toThrow(ConfigError)
    expect(() => loadConfig({ [name]: value })).toThrow(name)
  })

  test('a password in REDIS_URL is not repeated', () => {
    const wrong = { REDIS_URL: 'redis://:hunter2@host:6379/nonsense' }
    expect(() => loadConfig(wrong)).toThrow('REDIS_URL must be like')
    expect(() => loadConfig(wrong)).not.toThrow('hunter2')
    const { redisUrl } = loadConfig({ REDIS_URL: 'rediss://:hunter2@host:6379/0' })
    expect(redisUrl).toBe('rediss://:hunter2@host:6379/0')
  })

  test('a public URL loses its trailing slash', () => {
    expect(loadConfig({ PARLANCE_PUBLIC_URL: 'https://chat.example/' }).publicUrl).toBe('https://chat.example')
  })

  test('every setting is described once', () => {
    expect(new Set(settings.map(s => s.name)).size).toBe(settings.length)
  })
})
