import { describe, expect, test } from 'bun:test'
import { check } from '../../base/schema.ts'
import type { ConversationView, Message as CoreMessage, Participant, Person } from '../../core/index.ts'
import { Conversation, Message, Profile } from './contract.ts'
import { AT, kari, message, ola, scope } from './outbound.samples.ts'
import { printConversation, printMessage, printName, printProfile } from './outbound.ts'

const file = { fid: 'f-1', name: 'ferie.jpg', mime: 'image/jpeg', size: 9, width: null, height: null }

describe('people', () => {
  test('MS32: the display name, else the handle, never empty, at most 120 graphemes', () => {
    expect(printName(kari)).toBe('Kari Nordmann')
    expect(printName(ola)).toBe('ola')
    expect(printName({ displayName: ' ', handle: 'x' })).toBe('x')
    expect(printName({ displayName: '', handle: '' })).toBe('Ukjent')
    expect(printName({ displayName: '👨‍👩‍👧‍👦'.repeat(121), handle: 'x' })).toBe('👨‍👩‍👧‍👦'.repeat(120))
  })
  test('MS31 MS33: everybody is private; who is gone has no handle', () => {
    expect(printProfile(ola)).toEqual({ id: 'p-ola', name: 'ola', mode: 'private', handle: 'ola' })
    expect(printProfile({ id: 'p', displayName: null, handle: '' })).toEqual({
      id: 'p',
      name: 'Ukjent',
      mode: 'private',
      handle: null,
    })
    expect(check(Profile)({ ...printProfile(ola), id: crypto.randomUUID() })).toBe(true)
  })
})

describe('messages', () => {
  test('MS55 MS56: every key is there', () => {
    expect(printMessage(message(), scope)).toEqual({
      id: 'm-1',
      body: 'Hei',
      status: 'sent',
      sent_at: '2024-10-04T12:00:00Z',
      inserted_at: '2024-10-04T12:00:00Z',
      profile: { id: 'p-kari', name: 'Kari Nordmann', mode: 'private', handle: 'kari' },
      conversation_id: 'c-1',
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
        url: 'http://host/files/f-1?t=m-1',
        filename: 'ferie.jpg',
        content_type: 'image/jpeg',
        byte_size: 9,
      },
    )
  })
  test('MS56: what it answers is the quoted message, else the root of its thread', () => {
    const quoted = { id: 'm-0', author: ola, kind: 'text', label: null, text: 'x', recalledAt: null } as const
    expect(printMessage(message({ replyTo: quoted, replyRoot: 'm-9' }), scope).reply_to).toBe('m-0')
    expect(printMessage(message({ replyRoot: 'm-9' }), scope).reply_to).toBe('m-9')
  })
  test('MS95: a recalled message is a tombstone', () => {
    const shell = message({ kind: 'image', text: null, recalledAt: AT + 60_000, recalledBy: kari.id })
    expect(printMessage(shell, scope)).toMatchObject({
      id: 'm-1',
      body: 'Meldingen er slettet',
      type: 'text',
      sent_at: '2024-10-04T12:00:00Z',
      deleted_at: '2024-10-04T12:01:00Z',
      media: null,
      reactions: [],
    })
  })
  test('MS56: reactions are counted', () => {
    expect(printMessage(message({ reactions: [{ emoji: '👍', by: [ola, kari] }] }), scope).reactions).toEqual([
      { emoji: '👍', count: 2, profile_ids: ['p-ola', 'p-kari'] },
    ])
  })
  test('MS56: it is what the schema says', () => {
    const ids = { id: crypto.randomUUID(), author: { ...kari, id: crypto.randomUUID() } }
    const conversation = { ...message().conversation, id: crypto.randomUUID() }
    expect(check(Message)(printMessage(message({ ...ids, conversation, attachments: [file] }), scope))).toBe(true)
  })
})

describe('conversations', () => {
  const view = (change: Partial<ConversationView['conversation']> = {}): ConversationView => ({
    conversation: {
      id: 'c-1',
      num: 3,
      kind: 'direct',
      spaceId: null,
      slug: 'the-slug',
      slugFold: 'the-slug',
      title: null,
      titleFold: null,
      description: null,
      avatar: null,
      visibility: 'private',
      joinRule: 'invite',
      sizeClass: 'small',
      pairKey: null,
      createdBy: ola.id,
      createdAt: AT,
      updatedAt: AT + 1000,
      memberCount: 2,
      head: 0,
      lastMessageId: null,
      lastMessageAt: null,
      recalled: 0,
      streakDays: 0,
      streakDay: null,
      ...change,
    },
    ref: message().conversation,
    me: null,
    mutedUntil: null,
    peer: null,
    owner: null,
    unread: 4,
    lastReadMessageId: null,
    lastMessage: message(),
    canSend: true,
  })
  const participant = (person: Person, role: 'owner' | 'manager' | 'member', readAt: number | null): Participant => ({
    member: {
      conversationId: 'c-1',
      profileId: person.id,
      role,
      joinedAt: AT,
      joinedSeq: 0,
      readUpTo: 0,
      readAt,
      wroteAsStranger: false,
      wroteDay: null,
    },
    person,
    mutedUntil: null,
  })

  test('MS46: a direct chat prints whoever began it as owner', () => {
    const people = [participant(kari, 'member', AT), participant(ola, 'member', null)]
    expect(printConversation(view(), people, true, scope)).toMatchObject({
      kind: 'direct',
      topic: null,
      unread_count: 4,
      participant_count: 2,
      inserted_at: '2024-10-04T12:00:00Z',
      updated_at: '2024-10-04T12:00:01Z',
      last_message: { id: 'm-1', status: 'read' },
      participants: [
        { profile: { id: 'p-kari' }, role: 'member', last_read_at: '2024-10-04T12:00:00Z' },
        { profile: { id: 'p-ola' }, role: 'owner', last_read_at: null },
      ],
    })
  })
  test('MS53: managers print as members, a group without a title as its slug', () => {
    const people = [participant(kari, 'owner', null), participant(ola, 'manager', null)]
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
