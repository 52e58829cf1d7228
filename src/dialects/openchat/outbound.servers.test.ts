// Servers as they are printed.
import { expect, test } from 'bun:test'
import type { SpaceView } from '../../core/index.ts'
import { iconText, printEntry } from './outbound.servers.ts'
import { settingsFrom } from './settings.ts'

test('OC51: an icon is two capitals: of the first two words, or of the only one', () => {
  const texts = ['Parlance', 'night watch crew', ' é  ô ', 'x', '', '🚣🏻 rowers', 'ßa', '日本語']
  expect(texts.map(iconText)).toEqual(['PA', 'NW', 'ÉÔ', 'X', '', '🚣R', 'SSA', '日本'])
})

test('OC45: home is called as the operator says, until somebody called it otherwise; an unknown look is the usual one', () => {
  const env: Record<string, string> = { PARLANCE_NAME: 'Harbour' }
  const settings = {
    publicUrl: () => '',
    rateLimits: false,
    maxFileBytes: 1,
    version: '0.0.0-test',
    env: (name: string) => env[name],
  }
  const openchat = settingsFrom(settings)
  const space = {
    id: '0d5f6a8b-1f43-4f4f-9d8e-9ab6f913f4f8',
    title: '',
    description: null,
    look: 'neon',
    visibility: 'public',
    createdBy: null,
    createdAt: 0,
    updatedAt: 0,
    claim: null,
    claimUntil: null,
  } as const
  const view: SpaceView = { space, home: true, state: 'active', role: 'member', joinedAt: 0, memberCount: 1 }
  expect(printEntry({ openchat }, view)).toEqual({
    server_id: space.id,
    display_name: 'Harbour',
    description: '',
    banner_preset: 'ocean',
    icon_text: 'HA',
    trust_state: 'verified',
    identity_handshake_strategy: 'challenge_signature',
    user_identifier_policy: 'server_scoped',
    visibility: 'public',
  })
  const renamed = { ...view, home: false, space: { ...space, title: 'Night watch', look: 'teal' } }
  expect(printEntry({ openchat }, renamed)).toMatchObject({
    display_name: 'Night watch',
    banner_preset: 'teal',
    icon_text: 'NW',
    trust_state: 'unverified',
  })
})
