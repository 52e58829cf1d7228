import { describe, expect, test } from 'bun:test'
import { AT, direct, messagesIn, mila, noor } from '../../../test/kit/samples.ts'
import {
  type BodyOf,
  conversationStream,
  type Delivery,
  type Event,
  type EventBody,
  type EventType,
} from '../../core/index.ts'
import { printMessage } from './outbound.ts'
import { CHANNEL_ENDS, conversationEvents, conversationSignals, events, nameOf, profileNotices } from './projection.ts'

const message = messagesIn(direct)
const scope = { fileUrl: (fid: string, messageId: string) => `http://host/files/${fid}?t=${messageId}` }
const topic = `conversation:${direct.id}`

describe('projection', () => {
  const print = (topic: string, event: string, payload: object) => JSON.stringify({ topic, event, payload })
  const table = conversationEvents(scope, print)
  const event = <T extends EventType>(body: BodyOf<T>): Event<BodyOf<T>> => ({
    stream: conversationStream(direct.id),
    seq: 1,
    at: AT,
    body,
  })
  const project = (body: EventBody): readonly Delivery[] =>
    (table[body.type] as ((e: Event) => readonly Delivery[]) | null)?.(event(body) as Event) ?? []
  const said = (body: EventBody) => project(body).map(({ frame }) => JSON.parse(String(frame)))
  const conversation = message().conversation

  test('MS85: a message, as in history', () => {
    expect(said({ type: 'message.sent', message: message() })).toEqual([
      { topic, event: 'message_created', payload: { data: printMessage(message(), scope) } },
    ])
  })
  test('MS93 MS94: edits and recalls', () => {
    expect(said({ type: 'message.edited', message: message({ editedAt: AT }) })[0]).toMatchObject({
      event: 'message_updated',
      payload: { data: { edited_at: '2026-03-01T12:00:00Z' } },
    })
    expect(said({ type: 'message.recalled', message: message({ recalledAt: AT }), by: mila })[0]).toMatchObject({
      event: 'message_deleted',
      payload: { message_id: message().id, deleted_at: '2026-03-01T12:00:00Z', data: { body: 'Meldingen er slettet' } },
    })
  })
  test('MS56: reactions carry the whole tally', () => {
    const reacted = message({ reactions: [{ emoji: '👍', by: [noor] }] })
    const body = { type: 'reaction.changed', message: reacted, person: noor, emoji: '👍' } as const
    expect(said({ ...body, active: true })[0]).toEqual({
      topic,
      event: 'reaction_added',
      payload: {
        message_id: message().id,
        emoji: '👍',
        profile_id: noor.id,
        aggregates: [{ emoji: '👍', count: 1, profile_ids: [noor.id] }],
      },
    })
    expect(said({ ...body, active: false })[0]).toMatchObject({ event: 'reaction_removed' })
  })
  test('MS92: read marks', () => {
    const body = {
      type: 'receipt.read',
      conversation,
      person: noor,
      upTo: 1,
      from: 0,
      messageId: message().id,
      newly: [],
      at: AT,
    } as const
    expect(said(body)).toEqual([
      {
        topic,
        event: 'message_read',
        payload: { message_id: message().id, profile_id: noor.id, read_at: '2026-03-01T12:00:00Z' },
      },
    ])
  })
  test('MS90: who is out hears the end, the others nothing', () => {
    const left = { type: 'member.left', person: noor, why: 'kicked', by: mila } as unknown as EventBody
    expect(project(left)).toEqual([{ frame: CHANNEL_ENDS, only: [noor.id] }])
    expect(project({ type: 'conversation.ended', by: mila } as unknown as EventBody)).toEqual([{ frame: CHANNEL_ENDS }])
  })
  test('MS91: typing goes to the others', () => {
    const typing = conversationSignals(print).typing
    const signal = (active: boolean) => ({
      stream: conversationStream(direct.id),
      at: AT,
      body: { type: 'typing' as const, conversation, person: noor, active, expiresAt: active ? AT + 5000 : null },
    })
    const [started] = typing?.(signal(true)) ?? []
    expect(started?.except).toEqual([noor.id])
    expect(JSON.parse(String(started?.frame))).toEqual({
      topic,
      event: 'typing_started',
      payload: { profile_id: noor.id, profile_name: 'noor', thread_id: null, expires_at: '2026-03-01T12:00:05Z' },
    })
    const [stopped] = typing?.(signal(false)) ?? []
    expect(JSON.parse(String(stopped?.frame)).payload).toEqual({
      profile_id: noor.id,
      profile_name: 'noor',
      thread_id: null,
    })
  })
  test('MS100: arrivals and departures are news to the others only', () => {
    const joined = { type: 'member.joined', person: noor } as unknown as BodyOf<'member.joined'>
    expect(profileNotices['member.joined']?.(event(joined))).toEqual([
      { frame: 'conversation_updated', except: [noor.id] },
    ])
    const left = { type: 'member.left', person: noor } as unknown as BodyOf<'member.left'>
    expect(profileNotices['member.left']?.(event(left))).toEqual([{ frame: 'conversation_updated', except: [noor.id] }])
  })

  test('MS8 MS85 MS100: the whole contract, by the names of its events', () => {
    const whole = events(scope)
    const names = (body: EventBody) =>
      (whole[body.type] as ((e: Event) => readonly Delivery[]) | null)?.(event(body) as Event).map(d => nameOf(d.frame))
    expect(names({ type: 'message.sent', message: message() })).toEqual(['message_created', 'conversation_updated'])
    expect(names({ type: 'member.left', person: noor } as unknown as EventBody)).toEqual([
      'phx_close',
      'conversation_updated',
    ])
    expect(names({ type: 'credential.revoked', credentialId: 'x' })).toEqual(['phx_close'])
    expect(whole['block.set']).toBeNull()
  })
})
