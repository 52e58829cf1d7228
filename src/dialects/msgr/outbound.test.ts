import { describe, expect, test } from 'bun:test'
import { AT, conversationOf, direct, memberOf, messagesIn, mila, noor, viewOf } from '../../../test/kit/samples.ts'
import { check } from '../../base/schema.ts'
import type { ConversationView, Message as CoreMessage, Participant, Person, Role } from '../../core/index.ts'
import { Conversation, Message, Profile } from './contract.ts'
import { printConversation, printMessage, printName, printProfile } from './outbound.ts'

const message = messagesIn(direct)
const scope = { fileUrl: (fid: string, messageId: string) => `http://host/files/${fid}?t=${messageId}` }
const file = { fid: 'f-1', name: 'ferie.jpg', mime: 'image/jpeg', size: 9, width: null, height: null }

describe('people', () => {
  test('MS32: the display name, else the handle, never empty, at most 120 graphemes', () => {
    expect(printName(mila)).toBe('Mila')
    expect(printName(noor)).toBe('noor')
    expect(printName({ displayName: ' ', handle: 'x' })).toBe('x')
    expect(printName({ displayName: '', handle: '' })).toBe('Ukjent')
    expect(printName({ displayName: '👨‍👩‍👧‍👦'.repeat(121), handle: 'x' })).toBe('👨‍👩‍👧‍👦'.repeat(120))
  })
  test('MS31 MS33: everybody is private; who is gone has no handle', () => {
    expect(printProfile(noor)).toEqual({ id: noor.id, name: 'noor', mode: 'private', handle: 'noor' })
    expect(printProfile({ id: 'p', displayName: null, handle: '' })).toEqual({
      id: 'p',
      name: 'Ukjent',
      mode: 'private',
      handle: null,
    })
    expect(check(Profile)({ ...printProfile(noor), id: crypto.randomUUID() })).toBe(true)
  })
})

describe('messages', () => {
  test('MS55 MS56: every key is there', () => {
    expect(printMessage(message(), scope)).toEqual({
      id: message().id,
      body: 'hello',
      status: 'sent',
      sent_at: '2026-03-01T12:00:00Z',
      inserted_at: '2026-03-01T12:00:00Z',
      profile: { id: mila.id, name: 'Mila', mode: 'private', handle: 'mila' },
      conversation_id: direct.id,
      type: 'text',
      edited_at: null,
      deleted_at: null,
      reply_to: null,
      media: null,
      reactions: [],
    })
    expect(printMessage(message(), scope, true).status).toBe('read')
  })
  test.each([
    ['emote', null, 'text'],
    ['reminder', null, 'text'],
    ['image', null, 'text'],
    ['system', null, 'system'],
    ['text', 'image/png', 'image'],
    ['text', 'video/mp4', 'video'],
    ['text', 'audio/ogg', 'audio'],
    ['text', 'application/pdf', 'file'],
    ['file', 'image/png', 'file'],
    ['image', 'image/png', 'image'],
    ['video', 'application/octet-stream', 'video'],
    ['audio', 'audio/ogg', 'audio'],
  ] as const)('MS56: kind %p with file %p prints as %p', (kind, mime, type) => {
    const attachments = mime === null ? [] : [{ ...file, mime }]
    expect(printMessage(message({ kind, attachments }), scope).type).toBe(type)
  })
  test('MS55: the body is always a string', () => {
    const bodyOf = (change: Partial<CoreMessage>) => printMessage(message(change), scope).body
    expect(bodyOf({ text: null, payload: 'sealed' })).toBe('[encrypted message]')
    expect(bodyOf({ text: null, attachments: [file] })).toBe('ferie.jpg')
    expect(bodyOf({ text: 'caption', attachments: [file] })).toBe('caption')
    expect(bodyOf({ text: '', attachments: [{ ...file, name: '' }] })).toBe('[fil]')
  })
  test('MS56: media is the first file, by a signed link', () => {
    expect(printMessage(message({ kind: 'image', attachments: [file, { ...file, fid: 'f-2' }] }), scope).media).toEqual(
      {
        url: `http://host/files/f-1?t=${message().id}`,
        filename: 'ferie.jpg',
        content_type: 'image/jpeg',
        byte_size: 9,
      },
    )
  })
  test('MS56: what it answers is the quoted message, else the root of its thread', () => {
    const quoted = { id: 'm-0', author: noor, kind: 'text', label: null, text: 'x', recalledAt: null } as const
    expect(printMessage(message({ replyTo: quoted, replyRoot: 'm-9' }), scope).reply_to).toBe('m-0')
    expect(printMessage(message({ replyRoot: 'm-9' }), scope).reply_to).toBe('m-9')
  })
  test('MS95: a recalled message is a tombstone', () => {
    const shell = message({ kind: 'image', text: null, recalledAt: AT + 60_000, recalledBy: mila.id })
    expect(printMessage(shell, scope)).toMatchObject({
      id: message().id,
      body: 'Meldingen er slettet',
      type: 'text',
      sent_at: '2026-03-01T12:00:00Z',
      deleted_at: '2026-03-01T12:01:00Z',
      media: null,
      reactions: [],
    })
  })
  test('MS56: reactions are counted', () => {
    expect(printMessage(message({ reactions: [{ emoji: '👍', by: [noor, mila] }] }), scope).reactions).toEqual([
      { emoji: '👍', count: 2, profile_ids: [noor.id, mila.id] },
    ])
  })
  test('MS56: it is what the schema says', () => {
    const ids = { id: crypto.randomUUID(), author: { ...mila, id: crypto.randomUUID() } }
    const conversation = { ...message().conversation, id: crypto.randomUUID() }
    expect(check(Message)(printMessage(message({ ...ids, conversation, attachments: [file] }), scope))).toBe(true)
  })
})

describe('conversations', () => {
  const chat = conversationOf({
    ...direct,
    slug: 'the-slug',
    createdBy: noor.id,
    updatedAt: AT + 1000,
    memberCount: 2,
  })
  const view = (change: Partial<ConversationView['conversation']> = {}): ConversationView =>
    viewOf({ ...chat, ...change }, { ref: direct, owner: null, unread: 4, lastMessage: message() })
  const participant = (person: Person, role: Role, readAt: number | null): Participant => ({
    member: memberOf(direct, person, { role, readAt }),
    person,
    mutedUntil: null,
  })

  test('MS46: a direct chat prints whoever began it as owner', () => {
    const people = [participant(mila, 'member', AT), participant(noor, 'member', null)]
    expect(printConversation(view(), people, true, scope)).toMatchObject({
      kind: 'direct',
      topic: null,
      unread_count: 4,
      participant_count: 2,
      inserted_at: '2026-03-01T12:00:00Z',
      updated_at: '2026-03-01T12:00:01Z',
      last_message: { id: message().id, status: 'read' },
      participants: [
        { profile: { id: mila.id }, role: 'member', last_read_at: '2026-03-01T12:00:00Z' },
        { profile: { id: noor.id }, role: 'owner', last_read_at: null },
      ],
    })
  })
  test('MS53: managers print as members, a group without a title as its slug', () => {
    const people = [participant(mila, 'owner', null), participant(noor, 'manager', null)]
    const printed = printConversation(view({ kind: 'group' }), people, false, scope)
    expect(printed.topic).toBe('the-slug')
    expect(printed.participants.map(p => p.role)).toEqual(['owner', 'member'])
    expect(printConversation(view({ kind: 'channel', title: 'Alle' }), [], false, scope).topic).toBe('Alle')
  })
  test('MS46: it is what the schema says', () => {
    const id = crypto.randomUUID()
    const printed = printConversation({ ...view({ id }), lastMessage: null }, [], false, scope)
    expect(check(Conversation)(printed)).toBe(true)
  })
})
