import { describe, expect, test } from 'bun:test'
import { AT, direct, groupRef as group, messagesIn, mila, noor, TIME } from '../../../test/kit/samples.ts'
import { check } from '../../base/schema.ts'
import type { Delivery, Event, EventBody, Note, Signal, SignalBody } from '../../core/index.ts'
import { socketMessages } from './contract.events.ts'
import { createEncoder, createProjection, nameOfFrame, type PeopleEvents } from './projection.ts'
import { uploadKey } from './sealed.ts'

const message = messagesIn(group)
// What contacts and groups print is tested beside their own parts.
const [M1, M2, M3] = ['1', '2', '3'].map(n => `01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0${n}`) as [string, string, string]
const people = new Proxy({} as PeopleEvents, { get: () => null })
const encoder = createEncoder(createProjection(people))
const event = (body: EventBody): Event => ({ stream: `conversation/${group.id}`, seq: 1, at: AT, body })
const signal = (body: SignalBody): Signal => ({ stream: `conversation/${group.id}`, at: AT, body })
const printed = (
  note: Note,
): readonly (Omit<Delivery, 'frame'> & { readonly name: string; readonly payload: unknown })[] =>
  encoder.encode(note).map(({ frame, ...audience }) => {
    expect(String(frame)).toStartWith('42[')
    const [name, payload] = JSON.parse(String(frame).slice(2))
    expect(nameOfFrame(frame)).toBe(name)
    const described = socketMessages.find(one => one.name === name && one.direction === 'down')
    expect([name, payload, described && check(described.schema)(payload)]).toEqual([name, payload, true])
    return { name, payload, ...audience }
  })

describe('messages', () => {
  test('UM70: one frame for everybody, the author too', () => {
    const [first, ...rest] = printed(event({ type: 'message.sent', message: message() }))
    expect(rest).toEqual([])
    expect(first).toEqual({ name: 'new_message', payload: expect.objectContaining({ content: 'hello' }) })
  })

  test('UM76: with a key, the author has a frame of his own, and nobody hears both', () => {
    const [others, own, ...rest] = printed(event({ type: 'message.sent', message: message({ clientKey: 'k' }) }))
    expect(rest).toEqual([])
    expect(others).toMatchObject({ except: [mila.id] })
    expect(others?.payload).not.toHaveProperty('client_message_id')
    expect(own).toMatchObject({ only: [mila.id], payload: { client_message_id: 'k' } })
  })

  test('UM96: the key of an upload divides nobody', () => {
    expect(printed(event({ type: 'message.sent', message: message({ clientKey: uploadKey('f') }) }))).toHaveLength(1)
  })

  test('UM70 UM78: edits and recalls', () => {
    expect(printed(event({ type: 'message.edited', message: message({ editedAt: AT }) }))).toMatchObject([
      { name: 'message_edited', payload: { timestamp: TIME } },
    ])
    const shell = message({ text: null, recalledAt: AT, recalledBy: noor.id })
    expect(printed(event({ type: 'message.recalled', message: shell, by: noor }))).toMatchObject([
      { name: 'message_deleted', payload: { sender_id: 17, deleted_by: 18 } },
    ])
  })

  test('UM80 UM81: each author learns of his own messages, under the chat as he sees it', () => {
    const read = (newly: readonly { authorId: string; messageIds: readonly string[] }[], conversation = group) =>
      printed(
        event({
          type: 'receipt.read',
          conversation,
          person: noor,
          upTo: 3,
          from: 0,
          messageId: M3,
          newly,
          at: AT,
        }),
      )
    expect(
      read([
        { authorId: mila.id, messageIds: [M1, M3] },
        { authorId: 'p19', messageIds: [M2] },
      ]),
    ).toMatchObject([
      { name: 'messages_read', only: [mila.id], payload: { message_ids: [M1, M3], chat_id: 42, is_group: true } },
      { name: 'messages_read', only: ['p19'], payload: { message_ids: [M2] } },
    ])
    expect(read([{ authorId: mila.id, messageIds: [M1] }], direct)).toMatchObject([
      { payload: { chat_id: noor.num, is_group: false } },
    ])
    expect(read([])).toEqual([])
  })

  test('UM72 UM78: reactions, nudges, mutes and applications are nothing here', () => {
    const nothing: readonly EventBody[] = [
      { type: 'reaction.changed', message: message(), person: noor, emoji: '👍', active: true },
      { type: 'reminder.due', message: message({ kind: 'reminder' }) },
      { type: 'member.muted', conversation: group, person: noor, until: AT, by: mila },
      { type: 'application.rejected', conversation: group, by: mila },
      { type: 'profile.updated', person: mila, version: 2 },
      { type: 'credential.revoked', credentialId: 'c' },
    ]
    for (const body of nothing) expect(printed(event(body))).toEqual([])
  })

  test('UM38: the end of a session reaches the sockets, as no frame of the contract', () => {
    const [delivery, ...rest] = encoder.encode(event({ type: 'session.ended', sessionId: 's', door: 'umoc' }))
    expect(rest).toEqual([])
    expect(nameOfFrame(delivery?.frame ?? 'none')).toBe('session_status')
  })
})

describe('signals', () => {
  test('UM82: typing goes to all but the typist', () => {
    const typing = { type: 'typing', person: mila, active: true, expiresAt: AT } as const
    expect(printed(signal({ ...typing, conversation: direct }))).toMatchObject([
      { name: 'typing_indicator', except: [mila.id], payload: { chat_id: mila.num, timestamp: AT / 1000 } },
    ])
    expect(printed(signal({ ...typing, conversation: group }))).toMatchObject([{ payload: { chat_id: group.num } }])
  })

  const presence = (rest: object): Signal =>
    signal({
      type: 'presence',
      person: mila,
      online: true,
      seenAt: AT,
      circle: 'friend',
      conversationId: null,
      ...rest,
    } as SignalBody)

  test('UM50: last_seen only when offline', () => {
    const shared = { user_id: 17, username: 'mila' }
    expect(printed(presence({}))).toEqual([{ name: 'user_status', payload: { ...shared, status: 'online' } }])
    expect(printed(presence({ online: false }))).toEqual([
      { name: 'user_status', payload: { ...shared, status: 'offline', last_seen: TIME } },
    ])
    expect(printed(presence({ online: false, seenAt: null }))).toEqual([
      { name: 'user_status', payload: { ...shared, status: 'offline', last_seen: null } },
    ])
  })

  test('UM50: what is for co-members is not for this contract', () => {
    expect(printed(presence({ circle: 'co-member', conversationId: group.id, except: [], change: 'x' }))).toEqual([])
  })
})
