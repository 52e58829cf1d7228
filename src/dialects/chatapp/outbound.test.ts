import { describe, expect, test } from 'bun:test'
import {
  AT,
  direct,
  kitchen,
  kitchenRef,
  messagesIn,
  mila,
  noor,
  profileOf,
  refOf,
  TIME,
  viewOf,
} from '../../../test/kit/samples.ts'
import { check } from '../../base/schema.ts'
import {
  type AttachmentRef,
  type ConversationView,
  type Message as CoreMessage,
  ENCRYPTED_TEXT,
} from '../../core/index.ts'
import { Channel, Message, User } from './contract.ts'
import { messagePrinter, printChannel, printLostChannel, printMessage, printUser } from './outbound.ts'

const profile = profileOf(mila)
const message = messagesIn(kitchenRef)
const view = (more: Partial<ConversationView> = {}) => viewOf(kitchen, more)
const scope = { fileUrl: (fid: string, id: string) => `https://chat.example/files/${fid}?t=${id}` }
const NIL = '00000000-0000-0000-0000-000000000000'
const FID = '5f3c8f9e-0000-4000-8000-000000000001'
const file = (name: string, mime: string): AttachmentRef => ({
  fid: FID,
  name,
  mime,
  size: 3,
  width: null,
  height: null,
})

describe('people', () => {
  test('CA18 CA19: one shape, the address only where it is given', () => {
    const shown = printUser({ ...profile, seenAt: AT }, { online: true, seenAt: AT }, 'mila@example.org')
    expect(shown).toEqual({
      id: mila.id,
      username: 'mila',
      email: 'mila@example.org',
      display_name: 'Mila',
      created_at: TIME,
      is_online: true,
      last_seen: TIME,
    })
    expect(check(User)(shown)).toBe(true)
  })

  test('CA39: who may not see the presence sees neither', () => {
    expect(printUser({ ...profile, seenAt: AT }, undefined)).toMatchObject({
      email: null,
      is_online: false,
      last_seen: null,
    })
  })
})

describe('channels', () => {
  test('CA21: as a member sees it', () => {
    const shown = printChannel(view(), [mila.id, noor.id], noor.id)
    expect(shown).toEqual({
      id: kitchen.id,
      name: 'kitchen',
      description: 'What is cooking',
      created_by: mila.id,
      created_at: TIME,
      members: [mila.id, noor.id],
      owner_id: mila.id,
      title: 'Kitchen',
      kind: 'channel',
    })
    expect(check(Channel)(shown)).toBe(true)
  })

  test('CA45: what belongs to nobody is owned by the nil user', () => {
    expect(printChannel(view({ owner: null }), [], mila.id)).toMatchObject({ created_by: NIL, owner_id: NIL })
  })

  test('a direct chat is called after the other, by each of the two', () => {
    const chat = view({ conversation: { ...kitchen, id: direct.id, kind: 'direct' }, ref: direct, owner: null })
    expect(printChannel(chat, [mila.id, noor.id], mila.id)).toMatchObject({ name: '@noor', kind: 'direct' })
    expect(printChannel(chat, [mila.id, noor.id], noor.id).name).toBe('@mila')
  })

  test('one that was lost shows its names only', () => {
    const shown = printLostChannel(refOf({ ...kitchen, kind: 'group', visibility: 'private' }), mila.id)
    expect(shown).toMatchObject({ name: 'kitchen', description: null, created_by: NIL, members: [], title: 'Kitchen' })
    expect(check(Channel)(shown)).toBe(true)
  })
})

describe('messages', () => {
  const print = (rest: Partial<CoreMessage>) => printMessage(message(rest), scope)

  test('CA22: the bare object', () => {
    expect(print({})).toEqual({
      id: '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b',
      content: 'hello',
      channel_id: kitchen.id,
      username: 'mila',
      user_id: mila.id,
      timestamp: TIME,
      channel_name: 'kitchen',
    })
  })

  test('CA22: what applies is told beside it', () => {
    const quoted = { id: '01922f5e-8d10-7b3e-a2f4-000000000001', author: noor, kind: 'text', label: null } as const
    const shown = print({
      clientKey: 'k',
      editedAt: AT,
      replyTo: { ...quoted, text: 'hi', recalledAt: null },
      forwardedFrom: { messageId: quoted.id, author: noor, at: AT },
      attachments: [file('a.png', 'image/png')],
    })
    expect(shown).toMatchObject({
      client_id: 'k',
      edited_at: TIME,
      reply_to: quoted.id,
      forwarded: true,
      attachments: [
        {
          fid: FID,
          name: 'a.png',
          mime: 'image/png',
          size: 3,
          url: `https://chat.example/files/${FID}?t=01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b`,
        },
      ],
    })
    expect(check(Message)(shown)).toBe(true)
  })

  test('CA22: nothing in a direct chat depends on who looks', () => {
    expect(print({ conversation: direct })).not.toHaveProperty('channel_name')
  })

  test.each<[Partial<CoreMessage>, string]>([
    [{ text: null, attachments: [file('a.png', 'image/png')] }, '[image] a.png'],
    [{ text: '', attachments: [file('b.mp4', 'video/mp4')] }, '[video] b.mp4'],
    [{ text: null, attachments: [file('c.ogg', 'audio/ogg')] }, '[audio] c.ogg'],
    [{ text: null, attachments: [file('d.txt', 'text/plain'), file('e.png', 'image/png')] }, '[file] d.txt'],
    [{ text: null, attachments: [file('d', 'constructor/x')] }, '[file] d'],
    [{ text: 'look', attachments: [file('a.png', 'image/png')] }, 'look'],
    [{ text: null, payload: 'sealed' }, ENCRYPTED_TEXT],
    [{ text: ':wave:', kind: 'emote' }, ':wave:'],
    [{ text: 'call', kind: 'reminder' }, 'call'],
    [{ text: null, recalledAt: AT }, ''],
  ])('what stands for the text: %#', (rest, content) => {
    expect(print(rest).content).toBe(content)
  })

  test('are printed once', () => {
    let calls = 0
    const printer = messagePrinter({ fileUrl: () => `u${calls++}` })
    const sent = message({ attachments: [file('a', 'text/plain')] })
    expect(printer(sent)).toBe(printer(sent))
    expect(calls).toBe(1)
  })
})
