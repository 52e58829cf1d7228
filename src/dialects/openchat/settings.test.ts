import { expect, test } from 'bun:test'
import type { DialectSettings } from '../../host/dialect.ts'
import { SettingError } from '../../host/dialect.ts'
import { settingsFrom } from './settings.ts'

const from = (env: Readonly<Record<string, string>>) =>
  settingsFrom({ env: (name: string) => env[name], maxFileBytes: 100_000_000 } as unknown as DialectSettings)

test('OC16 OC20: what holds where nothing is set', () => {
  expect(from({})).toEqual({
    serverName: 'Parlance',
    registration: true,
    serverCreation: true,
    uidPolicy: 'server_scoped',
    recallWindowMs: null,
    maxUploadBytes: 52_428_800,
    devUids: false,
  })
})

test('OC16 OC18: what an operator may choose; no upload is larger than the server takes files', () => {
  expect(
    from({
      PARLANCE_NAME: 'Tea House',
      PARLANCE_OPENCHAT_REGISTRATION: 'off',
      PARLANCE_OPENCHAT_SERVERS: 'off',
      PARLANCE_OPENCHAT_UIDS: 'global',
      PARLANCE_OPENCHAT_RECALL_SECONDS: '90',
      PARLANCE_OPENCHAT_MAX_UPLOAD: '200000000',
    }),
  ).toMatchObject({
    serverName: 'Tea House',
    registration: false,
    serverCreation: false,
    uidPolicy: 'global',
    recallWindowMs: 90_000,
    maxUploadBytes: 100_000_000,
  })
})

test.each([
  ['PARLANCE_OPENCHAT_REGISTRATION', 'true'],
  ['PARLANCE_OPENCHAT_SERVERS', ''],
  ['PARLANCE_OPENCHAT_UIDS', 'either'],
  ['PARLANCE_OPENCHAT_RECALL_SECONDS', '1.5'],
  ['PARLANCE_OPENCHAT_RECALL_SECONDS', '0'],
  ['PARLANCE_OPENCHAT_MAX_UPLOAD', '1e6'],
  ['PARLANCE_NAME', 'x'.repeat(101)],
])('OC18: %s cannot be %p', (name, value) => {
  expect(() => from({ [name]: value })).toThrow(SettingError)
  expect(() => from({ [name]: value })).toThrow(name)
})
