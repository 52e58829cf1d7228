import { describe, expect, test } from 'bun:test'
import { createLogger, type LogLevel, redactUrl, scrub } from './log.ts'

const recorded = (level: LogLevel = 'debug') => {
  const lines: string[] = []
  return { log: createLogger(level, { write: line => void lines.push(line) }), lines }
}
const first = (lines: readonly string[]): Record<string, unknown> => JSON.parse(lines[0] ?? 'null')

describe('redactUrl', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['http://host:1/ws/chats?uid=7&token=abc', '/ws/chats?uid&token'],
    ['/files/x?t=secret', '/files/x?t'],
    ['wss://user:pass@host', '/'],
    ['/a', '/a'],
    ['/a?', '/a'],
    ['/a?=v', '/a?…'],
    ['/a?dG9rZW4gd2l0aG91dCBhIG5hbWU', '/a?…'],
    ['/a?b=c#d=e', '/a?b'],
    ['/a#token=x?y', '/a'],
    ['/a?b=c?d=e', '/a?b'],
  ]
  test.each(cases)('%s is logged as %s', (url, shown) => expect(redactUrl(url)).toBe(shown))

  test('a long path is cut', () => expect(redactUrl(`/${'a'.repeat(5000)}`).length).toBeLessThan(400))
})

test('scrub removes query values, credentials and URL passwords, and leaves the rest', () => {
  expect(scrub('GET /a?token=abc&b=c failed')).toBe('GET /a?token&b failed')
  expect(scrub('header was "Authorization: Bearer abc.def-ghi"')).toBe('header was "Authorization: Bearer …"')
  expect(scrub('cannot reach postgres://me:pw@db/x')).toBe('cannot reach postgres://…@db/x')
  expect(scrub('nothing = here, is it?')).toBe('nothing = here, is it?')
})

test('a line is JSON with level, time, fields and message', () => {
  const { log, lines } = recorded()
  log.info({ port: 80 }, 'listening')
  expect(lines).toHaveLength(1)
  expect(first(lines)).toMatchObject({ level: 'info', port: 80, msg: 'listening' })
  expect(Date.parse(String(first(lines).time))).toBeGreaterThan(0)
})

test('no secret reaches a line, whatever way it is handed in', () => {
  const { log, lines } = recorded()
  const secret = 'S3cr3tS3cr3t'
  const error = new Error(`fetch http://x/y?token=${secret}`, { cause: new Error(`Bearer ${secret}`) })
  log.error(
    {
      error,
      token: secret,
      headers: { authorization: secret, 'x-account-id': secret, Cookie: secret },
      nested: [{ deep: { password: secret, deeper: { deepest: { any: secret } } } }],
      url: `http://x/ws?token=${secret}`,
      bytes: new TextEncoder().encode(secret),
    },
    `GET /ws?access=${secret} failed`,
  )
  log.child({ sessionToken: secret }).warn({}, 'child')
  expect(lines).toHaveLength(2)
  expect(lines.join('')).not.toContain(secret)
  expect(lines[0]).toContain('/ws?token')
  expect(JSON.stringify(first(lines).error)).toContain('cause')
})

test('a cyclic or odd value does not break a line', () => {
  const { log, lines } = recorded()
  const loop: Record<string, unknown> = { big: 1n, fn: () => 1 }
  loop.self = loop
  log.info(loop, 'odd')
  expect(first(lines)).toMatchObject({ big: '1', msg: 'odd' })
})

test('lines below the level are not written, and silent writes none', () => {
  const warn = recorded('warn')
  warn.log.info({}, 'no')
  warn.log.warn({}, 'yes')
  expect(warn.lines).toHaveLength(1)
  expect(warn.log.enabled('info')).toBe(false)
  const silent = recorded('silent')
  silent.log.error({}, 'no')
  expect(silent.lines).toHaveLength(0)
})
