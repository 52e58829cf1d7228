import { describe, expect, test } from 'bun:test'
import { AT, direct, groupRef as group, messagesIn, mila, noor, TIME } from '../../../test/kit/samples.ts'
import type { AttachmentRef, ConversationView, Message, Participant } from '../../core/index.ts'
import {
  printChat,
  printDeleted,
  printDirectInfo,
  printEdited,
  printGroupInfo,
  printMessage,
  printRead,
  printRow,
  printTyping,
} from './outbound.ts'
import { seal, uploadKey } from './sealed.ts'

const message = messagesIn(group)
const photo: AttachmentRef = {
  fid: '9b2d4c1a-5e6f-4a7b-8c9d-0e1f2a3b4c5d',
  name: 'my photo.png',
  mime: 'image/png',
  size: 12,
  width: null,
  height: null,
}
const plain = {
  message_id: message().id,
  sender_id: 17,
  sender_username: 'mila',
  recipient_id: 42,
  is_group: true,
  content: 'hello',
  type: 'text',
  timestamp: TIME,
}
const sealed = (content: string | null, encrypted: string | null): Partial<Message> => {
  const { label = null, payload = null } = seal({ content, encrypted })
  return { label, payload }
}
const fileJson = {
  file_id: photo.fid,
  file_name: 'my photo.png',
  file_type: 'image/png',
  file_size: 12,
  file_url: `/api/files/${photo.fid}/my%20photo.png`,
}
const contentOf = (given: Message) => JSON.parse(printMessage(given, false).content)

describe('messages', () => {
  test('UM70: a message in a group', () => {
    expect(printMessage(message(), false)).toEqual(plain as ReturnType<typeof printMessage>)
  })

  test('UM70 UM2: in a direct chat the recipient is whoever did not send it', () => {
    expect(printMessage(message({ conversation: direct }), false)).toMatchObject({ recipient_id: 18, is_group: false })
    expect(printMessage(message({ conversation: direct, author: noor }), false)).toMatchObject({
      sender_id: 18,
      recipient_id: 17,
    })
  })

  test('UM73: content is byte-exact', () => {
    const text = '  <b>&amp;</b>\r\n\u200b '
    expect(printMessage(message({ text }), false).content).toBe(text)
  })

  test('UM74: encrypted content is handed on, and the missing plain one prints as ""', () => {
    const given = message({ text: null, ...sealed(null, 'c2VjcmV0') })
    expect(printMessage(given, false)).toEqual({
      ...plain,
      content: '',
      encrypted_content: 'c2VjcmV0',
    } as ReturnType<typeof printMessage>)
    expect(printMessage(message(sealed(null, 'x')), false)).toMatchObject({ content: 'hello', encrypted_content: 'x' })
  })

  test('UM140: another door’s sealed message without text shows as what it is', () => {
    expect(printMessage(message({ text: null, label: 'other', payload: '{}' }), false)).toMatchObject({
      type: 'text',
      content: '[encrypted message]',
    })
  })

  test('UM75: the content of a file message is printed as its sender wrote it', () => {
    const content = '{"url": "https://example.org/a.png" }'
    const given = message({ kind: 'image', text: 'https://example.org/a.png', ...sealed(content, null) })
    expect(printMessage(given, false)).toMatchObject({ type: 'image', content })
  })

  test('UM96: a file is described by what is known of it, its type by its mime', () => {
    const given = message({ kind: 'file', text: null, attachments: [photo] })
    expect(printMessage(given, false).type).toBe('image')
    expect(contentOf(given)).toEqual(fileJson)
    const pdf = { ...photo, mime: 'application/pdf' }
    expect(printMessage(message({ attachments: [pdf] }), false).type).toBe('file')
  })

  test('UM96: text beside a file is its caption, more files come along', () => {
    const given = message({ text: 'look', attachments: [photo, { ...photo, name: 'b' }] })
    expect(contentOf(given)).toEqual({
      ...fileJson,
      caption: 'look',
      files: [fileJson, { ...fileJson, file_name: 'b', file_url: `/api/files/${photo.fid}/b` }],
    })
  })

  test.each(['emote', 'reminder', 'system', 'image'] as const)(
    'UM6: a %s of another door, without a file, is text',
    kind => {
      expect(printMessage(message({ kind }), false)).toMatchObject({ type: 'text', content: 'hello' })
    },
  )

  test('UM76: the key is for its author, and an upload’s is for nobody', () => {
    expect(printMessage(message({ clientKey: 'k' }), true)).toMatchObject({ client_message_id: 'k' })
    expect(printMessage(message({ clientKey: 'k' }), false)).not.toHaveProperty('client_message_id')
    expect(printMessage(message({ clientKey: uploadKey('f') }), true)).not.toHaveProperty('client_message_id')
  })

  test('UM70: replies, forwards and edits say so beside the text', () => {
    const quoted = { id: 'm1', author: noor, kind: 'text', label: null, text: 'x', recalledAt: null } as const
    const given = message({
      replyTo: quoted,
      forwardedFrom: { messageId: 'm2', author: noor, at: AT },
      editedAt: AT,
    })
    expect(printMessage(given, false)).toEqual({
      ...plain,
      reply_to_id: 'm1',
      forwarded_from: { message_id: 'm2', sender_id: 18, sender_username: 'noor', timestamp: TIME },
      edited_at: TIME,
    } as ReturnType<typeof printMessage>)
  })

  test('UM76: a deleted one has no content', () => {
    const shell = message({ kind: 'image', text: null, recalledAt: AT, recalledBy: mila.id })
    expect(printMessage(shell, true)).toMatchObject({ type: 'image', content: '' })
  })

  test('UM66: a row of history is the live message and whether it was read', () => {
    expect(printRow(message({ clientKey: 'k' }), mila.id, true)).toEqual({
      ...plain,
      client_message_id: 'k',
      is_read: true,
      read: true,
    } as ReturnType<typeof printRow>)
    expect(printRow(message({ clientKey: 'k' }), noor.id, false)).not.toHaveProperty('client_message_id')
  })
})

describe('what happens to messages', () => {
  test('UM78: a deletion tells its time, and who did it', () => {
    const shell = message({ text: null, recalledAt: AT, recalledBy: noor.id })
    expect(printDeleted(shell, noor, 0)).toEqual({
      message_id: shell.id,
      sender_id: 17,
      timestamp: TIME,
      recipient_id: 42,
      is_group: true,
      deleted_by: 18,
    })
  })

  test('UM70: an edit shows the new content', () => {
    expect(printEdited(message({ text: 'new', editedAt: AT }), 0)).toEqual({
      message_id: message().id,
      sender_id: 17,
      recipient_id: 42,
      is_group: true,
      content: 'new',
      timestamp: TIME,
    })
  })

  test('UM80: a receipt names the chat as the author sees it', () => {
    expect(printRead(direct, noor, mila.id, ['m1'], AT)).toEqual({
      reader_id: 18,
      reader_username: 'noor',
      message_ids: ['m1'],
      timestamp: TIME,
      chat_id: 18,
      is_group: false,
    })
    expect(printRead(group, noor, mila.id, [], AT)).toMatchObject({ chat_id: 42, is_group: true })
  })

  test('UM82: typing names the chat as the receiver sees it', () => {
    const shared = { user_id: 17, username: 'mila', is_typing: true, timestamp: AT / 1000 }
    expect(printTyping(null, mila, true, AT)).toEqual({ ...shared, chat_id: 17, is_group: false })
    expect(printTyping(42, mila, true, AT)).toEqual({ ...shared, chat_id: 42, is_group: true })
  })
})

describe('chats', () => {
  const view = (ref: typeof group, rest: object = {}): ConversationView =>
    ({
      ref,
      conversation: { ...ref, description: null, memberCount: 5, createdAt: AT, ...rest },
      me: { role: 'manager' },
      unread: 3,
    }) as unknown as ConversationView

  test('UM60: a direct chat carries the peer and its last message', () => {
    expect(printChat(view(direct), message({ conversation: direct }), mila.id, { online: true, seenAt: AT })).toEqual({
      id: 18,
      username: 'noor',
      display_name: null,
      status: 'online',
      last_seen: TIME,
      last_message: {
        message_id: message().id,
        sender_id: 17,
        sender_username: 'mila',
        content: 'hello',
        type: 'text',
        timestamp: TIME,
      },
      unread_count: 3,
      is_group: false,
    })
  })

  test('UM52 UM60: who is no friend shows offline and never seen; a chat may be empty', () => {
    expect(printChat(view(direct), null, mila.id, undefined)).toMatchObject({
      status: 'offline',
      last_seen: null,
      last_message: null,
    })
  })

  test('UM60 UM61: a group carries its name, its slug where it has none, and a description that is never null', () => {
    expect(printChat(view(group), null, mila.id, undefined)).toEqual({
      id: 42,
      name: 'Kitchen',
      description: '',
      member_count: 5,
      last_message: null,
      unread_count: 3,
      is_group: true,
    })
    expect(printChat(view(group, { title: null }), null, mila.id, undefined)).toMatchObject({ name: 'kitchen~42' })
  })

  const streak = { days: 3, dueToday: true }
  test('UM63: a direct chat tells presence, status and streak', () => {
    expect(printDirectInfo(noor, 'friend', { online: false, seenAt: AT }, streak)).toEqual({
      id: 18,
      username: 'noor',
      display_name: null,
      is_online: false,
      last_seen: TIME,
      status: 'FRIEND',
      is_group: false,
      streak: 3,
      continue_streak: false,
    })
  })

  test.each([
    ['pending_in', 'NEW'],
    ['pending_out', 'NEW'],
    ['blocked', 'BLOCKED'],
  ] as const)('UM6: %s is %s', (relation, status) => {
    const info = printDirectInfo(noor, relation, undefined, streak)
    expect(info.status).toBe(status)
    expect(info).not.toHaveProperty('is_contact')
  })

  test('UM64: who is no contact prints as NEW and says so', () => {
    expect(printDirectInfo(noor, 'none', undefined, streak)).toMatchObject({ status: 'NEW', is_contact: false })
  })

  test('UM117: only a living streak that is due can break', () => {
    const shown = (days: number, dueToday: boolean) =>
      printDirectInfo(noor, 'friend', undefined, { days, dueToday }).continue_streak
    expect([shown(0, true), shown(0, false), shown(2, true), shown(2, false)]).toEqual([true, true, false, true])
  })

  test('UM63 UM52: a group lists its members; owner and manager are admins; the online ones have no last_seen', () => {
    const participant = (person: typeof mila, role: string) => ({ person, member: { role } }) as unknown as Participant
    const members = [participant(mila, 'owner'), participant(noor, 'member')]
    const seen = new Map([
      [mila.id, { online: true, seenAt: AT }],
      [noor.id, { online: false, seenAt: AT }],
    ])
    expect(printGroupInfo(view(group), members, seen)).toEqual({
      id: 42,
      name: 'Kitchen',
      description: '',
      created_at: TIME,
      is_group: true,
      members: [
        {
          user_id: 17,
          username: 'mila',
          display_name: 'Mila',
          is_online: true,
          last_seen: null,
          is_admin: true,
        },
        { user_id: 18, username: 'noor', display_name: null, is_online: false, last_seen: TIME, is_admin: false },
      ],
      member_count: 5,
      is_admin: true,
    })
    expect(printGroupInfo({ ...view(group), me: null }, members, new Map())).toMatchObject({ is_admin: false })
  })
})
