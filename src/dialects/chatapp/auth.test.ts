import { describe, expect, test } from 'bun:test'
import { manualClock } from '../../base/clock.ts'
import type { Core } from '../../core/index.ts'
import type { DialectSettings } from '../../host/dialect.ts'
import { createTokens, identify, lifetimesFrom, newestAccessEnd, newRefreshToken, newSid, sidOf } from './auth.ts'

const DAY = 24 * 3600_000

const settingsOf = (env: Readonly<Record<string, string>>): DialectSettings => ({
  publicUrl: () => '',
  rateLimits: false,
  maxFileBytes: 1,
  version: '0.0.0-test',
  env: name => env[name],
})
const core = { keyFor: (purpose: string) => Buffer.from(purpose.padEnd(32)).toString('base64url') } as unknown as Core

const tokensOf = (env: Readonly<Record<string, string>> = {}, clock = manualClock()) => {
  const settings = settingsOf(env)
  return createTokens({ core, clock, settings }, lifetimesFrom(settings))
}

describe('CA28: lifetimes', () => {
  const of = (access: string, session: string) =>
    lifetimesFrom(settingsOf({ PARLANCE_CHATAPP_ACCESS_SECONDS: access, PARLANCE_CHATAPP_SESSION_SECONDS: session }))

  test('a day and thirty, unless set; no access token outlives its session', () => {
    expect(of('', '')).toEqual({ accessMs: DAY, sessionMs: 30 * DAY })
    expect(of('60', '')).toEqual({ accessMs: 60_000, sessionMs: 30 * DAY })
    expect(of('', '60')).toEqual({ accessMs: 60_000, sessionMs: 60_000 })
  })

  test.each(['0', '-1', '1.5', 'x', '1e99'])('%s is refused by name', value => {
    expect(() => of(value, '')).toThrow('PARLANCE_CHATAPP_ACCESS_SECONDS must be a whole number of seconds')
  })

  test('CA31: the newest access token was made at the last refresh', async () => {
    const sessions = { resume: async () => ({ session: { expiresAt: 100 * DAY } }) } as unknown as Core['sessions']
    expect(await newestAccessEnd({ sessions }, of('', ''), 'sid')).toBe(71 * DAY)
  })
})

describe('CA27: tokens', () => {
  test('say who and which session, until they end', async () => {
    const clock = manualClock()
    const tokens = tokensOf({}, clock)
    const { token, expiresIn } = await tokens.mint({ username: 'Mila', sid: 's' })
    expect(expiresIn).toBe(86_400)
    expect(await tokens.read(token)).toEqual({ username: 'Mila', sid: 's' })
    clock.advance(DAY)
    expect(await tokens.read(token)).toBeNull()
  })

  test('are signed with the configured key, or one of the data’s', async () => {
    const configured = { PARLANCE_CHATAPP_JWT_KEY: 'a key of at least thirty-two bytes' }
    const { token } = await tokensOf(configured).mint({ username: 'mila', sid: 's' })
    expect(await tokensOf(configured).read(token)).not.toBeNull()
    expect(await tokensOf().read(token)).toBeNull()
    expect(() => tokensOf({ PARLANCE_CHATAPP_JWT_KEY: 'too short' })).toThrow(
      'PARLANCE_CHATAPP_JWT_KEY must have at least 32 bytes',
    )
  })
})

test('CA17 CA27: a token opens for whom it names only, whoever its session belongs to', async () => {
  const tokens = tokensOf()
  const sessions = { resume: async () => ({ actor: { profile: { handle: 'mila' } } }) } as unknown as Core['sessions']
  const open = async (username: string) =>
    identify({ core: { sessions }, tokens }, (await tokens.mint({ username, sid: 's' })).token)
  expect((await open('mila')).sid).toBe('s')
  await expect(open('noor')).rejects.toMatchObject({ fault: { kind: 'session.invalid' } })
})

test('CA29: a refresh token says whose session it is, and no two are alike', () => {
  const sid = newSid()
  expect(sidOf(newRefreshToken(sid))).toBe(sid)
  expect(newRefreshToken(sid)).not.toBe(newRefreshToken(sid))
  expect([sidOf(''), sidOf('.'), sidOf('x')]).toEqual(['', '', ''])
})
