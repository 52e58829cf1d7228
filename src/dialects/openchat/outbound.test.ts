import { expect, test } from 'bun:test'
import { AT, kitchenRef, messagesIn, mila, noor, TIME } from '../../../test/kit/samples.ts'
import { check } from '../../base/schema.ts'
import { type Message as CoreMessage, type Profile as CoreProfile, ENCRYPTED_TEXT } from '../../core/index.ts'
import { Message, Profile } from './contract.ts'
import { createPrinters, printUnknown } from './outbound.ts'

const SPACE = '0d5f6a8b-1f43-4f4f-9d8e-9ab6f913f4f8'
const CHANNEL = kitchenRef.id
const FILE = '5c6d7e8f-9a0b-4c3d-8e1f-2a3b4c5d6e7f'

const print = createPrinters({
  core: { files: { token: (fid: string) => ({ token: `t-${fid.slice(0, 4)}`, expiresAt: AT }) } as never },
  uids: { of: (_space, { id }) => `uid_${id}`, profileBy: async () => null, keep: async () => {} },
  publicUrl: () => 'https://chat.example',
})

const message = messagesIn(kitchenRef)
const { id: ID } = message()
const printed = (rest: Partial<CoreMessage> = {}): Message => print.message(SPACE, message(rest))

const quoted = (text: string | null, rest: object = {}): Partial<CoreMessage> => ({
  replyTo: { id: ID, author: noor, kind: 'text', text, recalledAt: null, ...rest } as never,
})

test('OC67: a plain message has exactly these keys', () => {
  expect(printed()).toEqual({
    id: ID,
    channel_id: CHANNEL,
    author_uid: `uid_${mila.id}`,
    body: 'hello',
    kind: 'text',
    seq: 3,
    created_at: TIME,
    edited_at: null,
    recalled_at: null,
    reactions: [],
    permalink: `https://chat.example/channels/${CHANNEL}?message_id=${ID}`,
  })
})

test('OC67: what a message may carry beside', () => {
  const file = { fid: FILE, name: 'map.png', mime: 'image/png', size: 1024, width: 640, height: null }
  const full = printed({
    editedAt: AT,
    clientKey: 'k-1',
    replyRoot: ID,
    forwardedFrom: { messageId: ID, author: noor, at: AT },
    attachments: [file],
    reactions: [{ emoji: '👍', by: Array.from({ length: 51 }, (_, i) => ({ ...noor, id: `p${i}` })) }] as never,
  })
  expect({ full, fits: check(Message)(full) }).toEqual({ full, fits: true })
  expect(full).toMatchObject({
    client_message_id: 'k-1',
    thread_root_id: ID,
    forwarded_from: { message_id: ID, author_uid: `uid_${noor.id}` },
    attachments: [{ url: `https://chat.example/v1/channels/${CHANNEL}/attachments/${FILE}?t=t-5c6d`, width: 640 }],
  })
  expect(full.attachments?.[0]).not.toHaveProperty('height')
  expect([full.reactions[0]?.count, full.reactions[0]?.user_uids.length]).toEqual([51, 50])
})

test('OC67 OC71: without readable text a word says so; recalled, nothing does', () => {
  expect(printed({ text: null, payload: 'sealed' }).body).toBe(ENCRYPTED_TEXT)
  expect(printed({ text: null }).body).toBe('')
  expect(printed({ text: null, payload: 'sealed', recalledAt: AT })).toMatchObject({
    body: '',
    recalled_at: TIME,
  })
  expect([printed({ kind: 'reminder' }).kind, printed({ kind: 'emote' }).kind]).toEqual(['text', 'emote'])
})

test('OC68: a preview is one line of at most 220 characters, none of them cut in two', () => {
  const preview = (text: string) => printed(quoted(text)).reply_to?.preview_text
  expect(preview(' one \r\n\n  two\rthree\n')).toBe('one two three')
  expect(preview('\u{1f9ff}'.repeat(220))).toBe('\u{1f9ff}'.repeat(220))
  expect(preview('\u{1f9ff}'.repeat(221))).toBe(`${'\u{1f9ff}'.repeat(220)}…`)
  expect(printed(quoted(null)).reply_to?.preview_text).toBe('')
  expect(printed(quoted('gone', { recalledAt: AT })).reply_to).toEqual({
    message_id: ID,
    author_uid: `uid_${noor.id}`,
    author_display_name: 'noor',
    preview_text: '',
    is_unavailable: true,
  })
})

test('OC69: mentions are cut out of the text as it is, in UTF-16 units', () => {
  const text = '\u{1f9ff} @noor @here'
  const { mentions } = printed({
    text,
    mentions: [
      { type: 'user', target: noor.id, start: 3, end: 8 },
      { type: 'channel', target: 'here', start: 9, end: 14 },
    ],
  })
  expect(mentions).toEqual([
    { type: 'user', token: '@noor', target_id: `uid_${noor.id}`, display_text: '@noor', range: { start: 3, end: 8 } },
    { type: 'channel', token: '@here', target_id: 'here', display_text: '@here', range: { start: 9, end: 14 } },
  ])
})

test('OC93: what nobody wrote is by the system', () => {
  expect(printed({ kind: 'system' }).author_uid).toBe('uid_system')
  expect(printed(quoted('x', { kind: 'system' })).reply_to?.author_uid).toBe('uid_system')
  expect(printUnknown('uid_system').display_name).toBe('System')
})

test('OC89 OC92: a profile is never nameless, and nobody’s is printed all the same', () => {
  const person = { ...noor, avatar: FILE, avatarStyle: 'moon', version: 4, rootKey: null } as unknown as CoreProfile
  const shown = print.profile(SPACE, person, AT)
  expect({ shown, fits: check(Profile)(shown) }).toEqual({ shown, fits: true })
  expect(shown).toMatchObject({
    user_uid: `uid_${noor.id}`,
    display_name: 'noor',
    avatar_mode: 'uploaded',
    avatar_preset_id: 'moon',
    avatar_url: `https://chat.example/v1/profile/avatar/${FILE}`,
    profile_version: 4,
  })
  expect(printUnknown('uid_x')).toMatchObject({ display_name: 'uid_x', profile_version: 0, avatar_mode: 'generated' })
})
