import { describe, expect, test } from 'bun:test'
import { AT, direct, kitchen, messagesIn, mila, noor, kitchenRef as ref, TIME } from '../../../test/kit/samples.ts'
import {
  type Delivery,
  type Event,
  type EventBody,
  type Message,
  type Note,
  profileStream,
  type Signal,
  type SignalBody,
  type StreamId,
} from '../../core/index.ts'
import { asDeferred, createEncoders, createEvents, nameOfFrame, SESSION_END, UNSENT } from './projection.ts'

const message = messagesIn(ref)
const printJson = (m: Message) => JSON.stringify({ id: m.id, channel_id: m.conversation.id, content: m.text })
const { plain, full } = createEncoders(createEvents(printJson))

const event = (body: EventBody, stream: StreamId = `conversation/${kitchen.id}`): Event => ({
  stream,
  seq: 1,
  at: AT,
  body,
})
const signal = (body: SignalBody): Signal => ({ stream: `conversation/${kitchen.id}`, at: AT, body })
const told = (note: Note): readonly Delivery[] =>
  full.encode(note).map(delivery => {
    const text = String(delivery.frame)
    return { ...delivery, frame: text.startsWith('{') ? JSON.parse(text) : text }
  })
const place = { id: kitchen.id, name: 'kitchen' }

describe('messages', () => {
  test('CA67: a new one is the bare object, for everybody alike, without asking for more', () => {
    const note = event({ type: 'message.sent', message: message() })
    for (const encoder of [plain, full]) expect(encoder.encode(note)).toEqual([{ frame: printJson(message()) }])
  })

  test('one that is recalled by the time it is told is not told', () => {
    for (const type of ['message.sent', 'message.edited'] as const) {
      expect(full.encode(event({ type, message: message({ text: null, recalledAt: AT }) }))).toEqual([])
    }
  })

  test('CA78: edits and recalls are control frames', () => {
    const edited = event({ type: 'message.edited', message: message({ editedAt: AT }) })
    expect(told(edited)).toEqual([
      { frame: { type: 'message_updated', message: JSON.parse(printJson(message())) } as never },
    ])
    const recalled = event({ type: 'message.recalled', message: message({ recalledAt: AT }), by: mila })
    expect(told(recalled)).toEqual([
      { frame: { type: 'message_deleted', message_id: message().id, channel: place } as never },
    ])
    expect(plain.encode(edited)).toEqual([])
    expect(plain.encode(recalled)).toEqual([{ frame: UNSENT }])
  })

  test('CA78: of a direct chat each is told by his own name for it', () => {
    const note = event({
      type: 'message.recalled',
      message: message({ conversation: direct, recalledAt: AT }),
      by: mila,
    })
    expect(told(note)).toEqual([
      {
        frame: {
          type: 'message_deleted',
          message_id: message().id,
          channel: { id: direct.id, name: '@noor' },
        } as never,
        only: [mila.id],
      },
      {
        frame: {
          type: 'message_deleted',
          message_id: message().id,
          channel: { id: direct.id, name: '@mila' },
        } as never,
        only: [noor.id],
      },
    ])
  })
})

describe('CA77: channels', () => {
  const joined = {
    type: 'member.joined',
    conversation: kitchen,
    person: noor,
    role: 'member',
    via: 'joined',
    by: noor,
  } as const
  const left = { type: 'member.left', conversation: kitchen, person: noor, why: 'left', by: noor } as const

  test('those inside are told who came and went; he himself by his own stream', () => {
    expect(told(event(joined))).toEqual([{ frame: 'channel_joined', except: [noor.id] }])
    expect(told(event(left))).toEqual([{ frame: 'channel_left', except: [noor.id] }])
    const own = profileStream(noor.id)
    expect(
      told(event({ type: 'membership.began', conversation: kitchen, via: 'joined', by: noor, after: 0 }, own)),
    ).toEqual([{ frame: 'channel_joined' }])
    expect(told(event({ type: 'membership.ended', conversation: ref, why: 'kicked', by: mila }, own))).toEqual([
      { frame: 'channel_left' },
    ])
  })

  test('the end of a channel is told to each by his own stream, once', () => {
    const note = event({ type: 'membership.ended', conversation: ref, why: 'ended', by: mila }, profileStream(noor.id))
    expect(told(note)).toEqual([{ frame: { type: 'channel_deleted', channel: place } as never }])
    expect(full.encode(event({ type: 'conversation.ended', conversation: kitchen, by: mila }))).toEqual([])
  })

  test('it is told when it is described or owned differently', () => {
    const updated = {
      type: 'conversation.updated',
      conversation: kitchen,
      owner: mila,
      changed: ['title'],
      by: mila,
    } as const
    expect(told(event(updated))).toEqual([{ frame: 'channel_updated' }])
    const role = { type: 'member.role', conversation: ref, person: noor, by: mila } as const
    expect(told(event({ ...role, role: 'owner' }))).toEqual([{ frame: 'channel_updated' }])
    expect(told(event({ ...role, role: 'manager' }))).toEqual([])
  })

  test('CA74: without asking for it, nothing of this', () => {
    for (const body of [joined, left]) expect(plain.encode(event(body))).toEqual([])
  })
})

describe('signals', () => {
  const presence = {
    type: 'presence',
    person: noor,
    online: false,
    seenAt: AT,
    conversationId: kitchen.id,
    except: [mila.id],
    change: 'c1',
  } as const

  test('CA76: presence is told where a conversation is shared, not to oneself, not across a block', () => {
    expect(told(signal({ ...presence, circle: 'co-member' }))).toEqual([
      {
        frame: { type: 'presence', user_id: noor.id, username: 'noor', is_online: false, last_seen: TIME } as never,
        except: [mila.id, noor.id],
      },
    ])
    expect(told(signal({ ...presence, circle: 'friend' }))).toEqual([])
    expect(plain.encode(signal({ ...presence, circle: 'co-member' }))).toEqual([])
  })

  test('CA78: typing is told to the others', () => {
    const typing = { type: 'typing', conversation: ref, person: noor, active: true, expiresAt: AT } as const
    const who = { user_id: noor.id, username: 'noor' }
    expect(told(signal(typing))).toEqual([
      { frame: { type: 'typing', channel: place, ...who, is_typing: true } as never, except: [noor.id] },
    ])
    expect(told(signal({ ...typing, conversation: direct, active: false }))).toEqual([
      {
        frame: { type: 'typing', channel: { id: direct.id, name: '@noor' }, ...who, is_typing: false } as never,
        except: [noor.id],
      },
    ])
  })
})

test('the end of a session reaches every socket', () => {
  const note = event({ type: 'session.ended', sessionId: 's', door: 'chatapp' }, profileStream(mila.id))
  for (const encoder of [plain, full]) expect(encoder.encode(note)).toEqual([{ frame: SESSION_END }])
})

test('frames are named as the contract names them', () => {
  expect(nameOfFrame(printJson(message()))).toBe('Message')
  expect(nameOfFrame('{"type":"typing"}')).toBe('typing')
  expect(nameOfFrame('channel_joined')).toBe('channel_joined')
  expect(asDeferred('channel_joined')).toBe('channel_joined')
  expect(asDeferred('constructor')).toBeNull()
  expect(asDeferred('{"type":"channel_joined"}')).toBeNull()
})
