import { describe, expect, test } from 'bun:test'
import type { BodyOf, Delivery, Event, EventBody, EventType } from '../../core/index.ts'
import { AT, kari, message, ola, scope } from './outbound.samples.ts'
import { printMessage } from './outbound.ts'
import { CHANNEL_ENDS, conversationEvents, conversationSignals, events, nameOf, profileNotices } from './projection.ts'

describe('projection', () => {
  const print = (topic: string, event: string, payload: object) => JSON.stringify({ topic, event, payload })
  const table = conversationEvents(scope, print)
  const event = <T extends EventType>(body: BodyOf<T>): Event<BodyOf<T>> => ({
    stream: 'conversation/c-1',
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
      { topic: 'conversation:c-1', event: 'message_created', payload: { data: printMessage(message(), scope) } },
    ])
  })
  test('MS93 MS94: edits and recalls', () => {
    expect(said({ type: 'message.edited', message: message({ editedAt: AT }) })[0]).toMatchObject({
      event: 'message_updated',
      payload: { data: { edited_at: '2024-10-04T12:00:00Z' } },
    })
    expect(said({ type: 'message.recalled', message: message({ recalledAt: AT }), by: kari })[0]).toMatchObject({
      event: 'message_deleted',
      payload: { message_id: 'm-1', deleted_at: '2024-10-04T12:00:00Z', data: { body: 'Meldingen er slettet' } },
    })
  })
  test('MS56: reactions carry the whole tally', () => {
    const reacted = message({ reactions: [{ emoji: '👍', by: [ola] }] })
    const body = { type: 'reaction.changed', message: reacted, person: ola, emoji: '👍' } as const
    expect(said({ ...body, active: true })[0]).toEqual({
      topic: 'conversation:c-1',
      event: 'reaction_added',
      payload: {
        message_id: 'm-1',
        emoji: '👍',
        profile_id: 'p-ola',
        aggregates: [{ emoji: '👍', count: 1, profile_ids: ['p-ola'] }],
      },
    })
    expect(said({ ...body, active: false })[0]).toMatchObject({ event: 'reaction_removed' })
  })
  test('MS92: read marks', () => {
    const body = {
      type: 'receipt.read',
      conversation,
      person: ola,
      upTo: 1,
      from: 0,
      messageId: 'm-1',
      newly: [],
      at: AT,
    } as const
    expect(said(body)).toEqual([
      {
        topic: 'conversation:c-1',
        event: 'message_read',
        payload: { message_id: 'm-1', profile_id: 'p-ola', read_at: '2024-10-04T12:00:00Z' },
      },
    ])
  })
  test('MS90: who is out hears the end, the others nothing', () => {
    const left = { type: 'member.left', person: ola, why: 'kicked', by: kari } as unknown as EventBody
    expect(project(left)).toEqual([{ frame: CHANNEL_ENDS, only: ['p-ola'] }])
    expect(project({ type: 'conversation.ended', by: kari } as unknown as EventBody)).toEqual([{ frame: CHANNEL_ENDS }])
  })
  test('MS91: typing goes to the others', () => {
    const typing = conversationSignals(print).typing
    const signal = (active: boolean) => ({
      stream: 'conversation/c-1' as const,
      at: AT,
      body: { type: 'typing' as const, conversation, person: ola, active, expiresAt: active ? AT + 5000 : null },
    })
    const [started] = typing?.(signal(true)) ?? []
    expect(started?.except).toEqual(['p-ola'])
    expect(JSON.parse(String(started?.frame))).toEqual({
      topic: 'conversation:c-1',
      event: 'typing_started',
      payload: { profile_id: 'p-ola', profile_name: 'ola', thread_id: null, expires_at: '2024-10-04T12:00:05Z' },
    })
    const [stopped] = typing?.(signal(false)) ?? []
    expect(JSON.parse(String(stopped?.frame)).payload).toEqual({
      profile_id: 'p-ola',
      profile_name: 'ola',
      thread_id: null,
    })
  })
  test('MS100: arrivals and departures are news to the others only', () => {
    const joined = { type: 'member.joined', person: ola } as unknown as BodyOf<'member.joined'>
    expect(profileNotices['member.joined']?.(event(joined))).toEqual([
      { frame: 'conversation_updated', except: ['p-ola'] },
    ])
    const left = { type: 'member.left', person: ola } as unknown as BodyOf<'member.left'>
    expect(profileNotices['member.left']?.(event(left))).toEqual([{ frame: 'conversation_updated', except: ['p-ola'] }])
  })

  test('MS8 MS85 MS100: the whole contract, by the names of its events', () => {
    const whole = events(scope)
    const names = (body: EventBody) =>
      (whole[body.type] as ((e: Event) => readonly Delivery[]) | null)?.(event(body) as Event).map(d => nameOf(d.frame))
    expect(names({ type: 'message.sent', message: message() })).toEqual(['message_created', 'conversation_updated'])
    expect(names({ type: 'member.left', person: ola } as unknown as EventBody)).toEqual([
      'phx_close',
      'conversation_updated',
    ])
    expect(names({ type: 'credential.revoked', credentialId: 'x' })).toEqual(['phx_close'])
    expect(whole['block.set']).toBeNull()
  })
})
