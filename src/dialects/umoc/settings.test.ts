import { expect, test } from 'bun:test'
import { SettingError } from '../../host/dialect.ts'
import { settingsFrom } from './settings.ts'

const from = (env: Readonly<Record<string, string>>, maxFileBytes = 2 ** 30) =>
  settingsFrom({ env: name => env[name], maxFileBytes })

test('UM30 UM36 UM37 UM91: what holds where nothing is said', () => {
  const usual = { requireToken: true, maxSessions: 3, sessionTtlMs: 86_400_000, maxFileBytes: 10_485_760 }
  expect(from({})).toEqual(usual)
  expect(from({ PARLANCE_UMOC_REQUIRE_TOKEN: '', PARLANCE_UMOC_MAX_SESSIONS: '' })).toEqual(usual)
})

test('UM30 UM36 UM37 UM91: what is said holds', () => {
  const env = {
    PARLANCE_UMOC_REQUIRE_TOKEN: '0',
    PARLANCE_UMOC_MAX_SESSIONS: '5',
    PARLANCE_UMOC_SESSION_TTL: '60',
    PARLANCE_UMOC_MAX_FILE: '1000',
  }
  expect(from(env)).toEqual({ requireToken: false, maxSessions: 5, sessionTtlMs: 60_000, maxFileBytes: 1000 })
  expect(from({ PARLANCE_UMOC_REQUIRE_TOKEN: '1' }).requireToken).toBe(true)
})

test('UM91: no file is larger than the server takes', () => {
  expect(from({}, 500).maxFileBytes).toBe(500)
})

test.each([
  ['PARLANCE_UMOC_REQUIRE_TOKEN', 'no'],
  ['PARLANCE_UMOC_MAX_SESSIONS', '0'],
  ['PARLANCE_UMOC_MAX_SESSIONS', '1.5'],
  ['PARLANCE_UMOC_SESSION_TTL', '24h'],
  ['PARLANCE_UMOC_SESSION_TTL', '99999999'],
  ['PARLANCE_UMOC_MAX_FILE', '-1'],
])('%s=%s is refused by name', (name, value) => {
  expect(() => from({ [name]: value })).toThrow(SettingError)
  expect(() => from({ [name]: value })).toThrow(name)
})
