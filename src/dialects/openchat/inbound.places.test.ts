// What clients write about places, judged field by field.

import { describe, expect, test } from 'bun:test'
import type { JsonObject } from '../../base/json.ts'
import { FOREVER } from '../../core/index.ts'
import { Refused } from '../../host/refused.ts'
import {
  arrangementIn,
  bannerIn,
  categoryKindIn,
  channelPatchIn,
  descriptionIn,
  displayNameIn,
  inviteIn,
  joinRuleIn,
  muteIn,
  nameIn,
  preferencesIn,
  roleIn,
  uidsIn,
  visibilityIn,
} from './inbound.places.ts'

const NOW = 1_700_000_000_000
const thumbs = (count: number): string => '👍'.repeat(count)

/** `code: fields` of a refusal; null of what is taken. */
const refusal = (judge: () => unknown): string | null => {
  try {
    judge()
    return null
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { code, details } = error.reply.body as { code: string; details: { fields: string[] } }
    return `${code}: ${details.fields.join()}`
  }
}

describe('words', () => {
  test('a name counts code points, is kept as it is, and is more than white space', () => {
    const name = (value: JsonObject[string]) => nameIn({ name: value }, 'name', 'invalid_channel_name')
    expect(name(' boats ')).toBe(' boats ')
    expect(name(thumbs(100))).toBe(thumbs(100))
    for (const bad of ['', ' \n', thumbs(101), 7, null, ['x']]) {
      expect(refusal(() => name(bad))).toBe('invalid_channel_name: name')
    }
    expect(refusal(() => nameIn({}, 'name', 'invalid_category_name'))).toBe('invalid_category_name: name')
  })

  test('a server name is trimmed before it is counted', () => {
    expect(displayNameIn({ display_name: `  ${'x'.repeat(100)}\n` })).toBe('x'.repeat(100))
    for (const display_name of ['', '   ', 'x'.repeat(101), 1, null]) {
      expect(refusal(() => displayNameIn({ display_name }))).toBe('invalid_display_name: display_name')
    }
    expect(refusal(() => displayNameIn({}))).toBe('invalid_display_name: display_name')
  })

  test('what need not be said is undefined; said wrongly it is refused', () => {
    expect([descriptionIn({}), bannerIn({}), visibilityIn({}), joinRuleIn({})]).toEqual(Array(4).fill(undefined))
    expect(descriptionIn({ description: thumbs(280) })).toBe(thumbs(280))
    expect(refusal(() => descriptionIn({ description: thumbs(281) }))).toBe('invalid_description: description')
    expect(refusal(() => descriptionIn({ description: null }))).toBe('invalid_description: description')
    expect(bannerIn({ banner_preset: '' })).toBe('ocean')
    expect(bannerIn({ banner_preset: 'slate' })).toBe('slate')
    expect(refusal(() => bannerIn({ banner_preset: 'toString' }))).toBe('invalid_banner_preset: banner_preset')
    expect(visibilityIn({ visibility: 'public' })).toBe('public')
    expect(refusal(() => visibilityIn({ visibility: 'Public' }))).toBe('invalid_payload: visibility')
    expect(joinRuleIn({ join_rule: 'approval' })).toBe('approval')
    expect(refusal(() => joinRuleIn({ join_rule: null }))).toBe('invalid_payload: join_rule')
  })

  test('roles and kinds have to be said', () => {
    expect(roleIn({ role: 'owner' }, ['owner', 'member'])).toBe('owner')
    expect(refusal(() => roleIn({ role: 'owner' }, ['manager', 'member']))).toBe('invalid_payload: role')
    expect(refusal(() => roleIn({}, ['manager']))).toBe('invalid_payload: role')
    expect(categoryKindIn({ kind: 'voice' })).toBe('voice')
    expect(refusal(() => categoryKindIn({ kind: 'video' }))).toBe('invalid_category_kind: kind')
    expect(refusal(() => categoryKindIn({}))).toBe('invalid_category_kind: kind')
  })
})

describe('lists and numbers', () => {
  test('a layout is judged in form only', () => {
    const groups = [{ id: 'a', channel_ids: ['x', 'x'] }]
    expect(arrangementIn({ groups })).toEqual([{ id: 'a', channels: ['x', 'x'] }])
    for (const bad of [
      undefined,
      null,
      {},
      [null],
      [{ id: 'a' }],
      [{ id: 1, channel_ids: [] }],
      [{ id: 'a', channel_ids: [1] }],
    ]) {
      const body: JsonObject = bad === undefined ? {} : { groups: bad }
      expect(refusal(() => arrangementIn(body))).toBe('invalid_channel_layout: groups')
    }
  })

  test('one to a hundred people, or none where none need be named', () => {
    const many = Array(100).fill('uid_1')
    expect(uidsIn({ user_uids: many }, 'user_uids', 1)).toEqual(many)
    expect(uidsIn({}, 'member_uids', 0)).toEqual([])
    for (const user_uids of [[], [...many, 'uid_2'], 'uid_1', [1], null]) {
      expect(refusal(() => uidsIn({ user_uids }, 'user_uids', 1))).toBe('invalid_payload: user_uids')
    }
  })

  test('a mute is for so many seconds, or until it is lifted', () => {
    expect(muteIn({ seconds: 1 }, NOW)).toBe(NOW + 1000)
    expect(muteIn({ seconds: 31_536_000 }, NOW)).toBe(NOW + 31_536_000_000)
    expect(muteIn({ seconds: null }, NOW)).toBe(FOREVER)
    for (const seconds of [0, -1, 1.5, 31_536_001, '60', true]) {
      expect(refusal(() => muteIn({ seconds }, NOW))).toBe('invalid_payload: seconds')
    }
    expect(refusal(() => muteIn({}, NOW))).toBe('invalid_payload: seconds')
  })

  test('an invitation says until when and how often', () => {
    const expires_at = '2026-03-01T13:00:00+01:00'
    expect(inviteIn({ expires_at, max_uses: 3 })).toEqual({ expiresAt: Date.UTC(2026, 2, 1, 12), maxUses: 3 })
    expect(refusal(() => inviteIn({ expires_at: 'soon', max_uses: 3 }))).toBe('invalid_invite: expires_at')
    expect(refusal(() => inviteIn({ max_uses: 3 }))).toBe('invalid_invite: expires_at')
    for (const max_uses of [0, 1.5, '1', null]) {
      expect(refusal(() => inviteIn({ expires_at, max_uses }))).toBe('invalid_invite: max_uses')
    }
  })

  test('preferences that are not said stay as they are', () => {
    expect(preferencesIn({})).toEqual({})
    expect(preferencesIn({ muted_until: null })).toEqual({ mutedUntil: null })
    expect(preferencesIn({ muted_until: '2026-03-01T12:00:00Z', archived: true })).toEqual({
      mutedUntil: Date.UTC(2026, 2, 1, 12),
      archived: true,
    })
    expect(refusal(() => preferencesIn({ muted_until: 'tomorrow' }))).toBe('invalid_payload: muted_until')
    expect(refusal(() => preferencesIn({ archived: null }))).toBe('invalid_payload: archived')
  })
})

describe('changes of a channel', () => {
  const channel = { kind: 'channel', spaceId: null, visibility: 'public', joinRule: 'open' } as const
  const group = { kind: 'group', spaceId: null, visibility: 'private', joinRule: 'invite' } as const

  test('only what is said changes', () => {
    expect(channelPatchIn({}, channel)).toEqual({})
    expect(channelPatchIn({ name: 'x', description: '' }, channel)).toEqual({ title: 'x', description: '' })
    expect(channelPatchIn({ visibility: 'public', join_rule: 'approval' }, group)).toEqual({
      visibility: 'public',
      joinRule: 'approval',
    })
    expect(refusal(() => channelPatchIn({ name: '' }, group))).toBe('invalid_channel_name: name')
  })

  test('the join rule of a channel follows its visibility', () => {
    expect(channelPatchIn({ visibility: 'private' }, channel)).toEqual({ visibility: 'private', joinRule: 'invite' })
    const closed = { ...channel, visibility: 'private', joinRule: 'invite' } as const
    expect(channelPatchIn({ visibility: 'public', join_rule: 'open' }, closed)).toEqual({
      visibility: 'public',
      joinRule: 'open',
    })
    expect(channelPatchIn({ visibility: 'public', join_rule: 'open' }, channel)).toEqual({})
    expect(refusal(() => channelPatchIn({ join_rule: 'approval' }, channel))).toBe('invalid_payload: join_rule')
    expect(refusal(() => channelPatchIn({ visibility: 'private', join_rule: 'open' }, channel))).toBe(
      'invalid_payload: join_rule',
    )
  })

  test('a channel of a server that somebody made stays private to it', () => {
    const ofServer = { ...channel, spaceId: 's', visibility: 'private', joinRule: 'invite' } as const
    expect(refusal(() => channelPatchIn({ visibility: 'public' }, ofServer))).toBe('invalid_payload: visibility')
    expect(channelPatchIn({ visibility: 'private', name: 'x' }, ofServer)).toEqual({ title: 'x' })
  })
})
