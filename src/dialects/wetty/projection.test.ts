import { describe, expect, test } from 'bun:test'
import { AT, group, messagesIn, mila, noor, groupRef as ref, TIME } from '../../../test/kit/samples.ts'
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
import { printMessage } from './outbound.ts'
import { encoder, nameOfFrame } from './projection.ts'

const message = messagesIn(ref)
const [milas, noors] = [profileStream(mila.id), profileStream(noor.id)]
const chat = { chat_id: '42', gid: '42' }

const event = (body: EventBody, stream: StreamId = `conversation/${group.id}`): Event => ({
  stream,
  seq: 1,
  at: AT,
  body,
})
const signal = (body: SignalBody): Signal => ({ stream: `conversation/${group.id}`, at: AT, body })
const deliveries = (note: Note): readonly Delivery[] => encoder.encode(note)
const frames = (note: Note): unknown[] => deliveries(note).map(({ frame }) => JSON.parse(frame as string))
const only = (note: Note): Delivery => {
  const [first, ...rest] = deliveries(note)
  if (!first || rest.length > 0) throw new Error(`${1 + rest.length} deliveries`)
  return first
}
const notice = (kind: string, payload: object) => ({
  type: 'notify',
  event: 'on_notify',
  payload: { kind, created_at: TIME, ...payload },
})

describe('messages', () => {
  test('WT76: a new one is one frame under both names, its payload the Message of everywhere', () => {
    const sent = message({ clientKey: 'k' })
    expect(frames(event({ type: 'message.sent', message: sent }))).toEqual([
      { type: 'message', event: 'on_message', payload: printMessage(sent) },
    ])
    expect(only(event({ type: 'message.sent', message: sent })).only).toBeUndefined()
  })

  test('WT64: whoever it mentions gets a notice of his own, after the message, and once', () => {
    const mention = (target: string, type: 'user' | 'channel' = 'user') => ({ type, target, start: 0, end: 1 })
    const sent: Message = message({
      mentions: [mention(noor.id), mention('here', 'channel'), mention(noor.id), mention('p19')],
    })
    const [first, second, ...rest] = deliveries(event({ type: 'message.sent', message: sent }))
    expect(rest).toEqual([])
    expect(first?.only).toBeUndefined()
    expect(second?.only).toEqual([noor.id, 'p19'])
    expect(JSON.parse(second?.frame as string)).toEqual(notice('mention', { ...chat, msg_id: sent.id, sender_uid: 17 }))
    expect(
      deliveries(event({ type: 'message.sent', message: message({ mentions: [mention('here', 'channel')] }) })),
    ).toHaveLength(1)
  })

  test('WT77: a recall carries the shell and who did it', () => {
    const shell = message({ text: null, recalledAt: AT, recalledBy: noor.id })
    expect(frames(event({ type: 'message.recalled', message: shell, by: noor }))).toEqual([
      {
        type: 'message_deleted',
        event: 'on_recall',
        payload: { ...printMessage(shell), msg_id: shell.id, recalled_by: 18, recalled_at: TIME },
      },
    ])
  })

  test('WT79: edits and reactions are on_notify under types of their own', () => {
    const edited = message({ editedAt: AT })
    expect(frames(event({ type: 'message.edited', message: edited }))).toEqual([
      { type: 'message_updated', event: 'on_notify', payload: { ...printMessage(edited), kind: 'message_updated' } },
    ])
    const reacted = message({ reactions: [{ emoji: '👍', by: [noor] }] })
    expect(
      frames(event({ type: 'reaction.changed', message: reacted, person: noor, emoji: '👍', active: true })),
    ).toEqual([
      {
        type: 'reaction_updated',
        event: 'on_notify',
        payload: {
          kind: 'reaction',
          created_at: TIME,
          ...chat,
          msg_id: reacted.id,
          uid: 18,
          emote: '👍',
          active: true,
          reactions: [{ emoji: '👍', count: 1, uids: [18] }],
        },
      },
    ])
  })

  test('WT62: a reminder goes to all', () => {
    const due = message({ kind: 'reminder', remindAt: AT })
    expect(frames(event({ type: 'reminder.due', message: due }))).toEqual([
      notice('reminder', { ...chat, msg_id: due.id, message: 'hello', remind_at: TIME }),
    ])
    expect(only(event({ type: 'reminder.due', message: due })).only).toBeUndefined()
  })
})

describe('WT78: notices and who gets them', () => {
  const table: readonly (readonly [
    what: string,
    note: Event,
    kind: string,
    payload: object,
    to: Omit<Delivery, 'frame'>,
  ])[] = [
    [
      'a friend request, to the target',
      event({ type: 'contact.requested', from: mila, to: noor, requestId: 'r', message: 'hi' }, noors),
      'friend_request',
      {
        uid: 17,
        request_id: 'r',
        apply_msg: 'hi',
        user: { uid: 17, username: 'mila', nickname: 'Mila', avatar_fid: '' },
      },
      { only: [noor.id] },
    ],
    [
      'a friendship, to the one who did not make it',
      event({ type: 'contact.accepted', by: mila, other: noor, requestId: 'r', conversation: ref }, noors),
      'friend_accepted',
      { uid: 17, chat_id: '42', user: { uid: 17, username: 'mila', nickname: 'Mila', avatar_fid: '' } },
      { only: [noor.id] },
    ],
    [
      'being added, to the added',
      event({ type: 'membership.began', conversation: group, via: 'added', by: mila, after: 0 }, noors),
      'group_added',
      { ...chat, by_uid: 17, via: 'added' },
      {},
    ],
    [
      'being in from the start, to those who did not make the group',
      event({ type: 'membership.began', conversation: group, via: 'created', by: mila, after: 0 }, noors),
      'group_added',
      { ...chat, by_uid: 17, via: 'added' },
      {},
    ],
    [
      'being approved, to the applicant',
      event({ type: 'membership.began', conversation: group, via: 'approved', by: mila, after: 0 }, noors),
      'group_added',
      { ...chat, by_uid: 17, via: 'approved' },
      {},
    ],
    [
      'being kicked, to the kicked',
      event({ type: 'membership.ended', conversation: ref, why: 'kicked', by: mila }, noors),
      'group_removed',
      { ...chat, by_uid: 17 },
      {},
    ],
    [
      'the end of a group, to each member',
      event({ type: 'membership.ended', conversation: ref, why: 'ended', by: mila }, noors),
      'group_disbanded',
      { ...chat, by_uid: 17 },
      {},
    ],
    [
      'somebody coming, to the others',
      event({ type: 'member.joined', conversation: group, person: noor, role: 'member', via: 'joined', by: noor }),
      'member_joined',
      { ...chat, uid: 18 },
      { except: [noor.id] },
    ],
    [
      'somebody going, to the others',
      event({ type: 'member.left', conversation: group, person: noor, why: 'kicked', by: mila }),
      'member_left',
      { ...chat, uid: 18 },
      { except: [noor.id] },
    ],
    [
      'a wish to join, to owner and managers',
      event({
        type: 'application.made',
        conversation: ref,
        application: { id: 'r', conversationId: group.id, profileId: noor.id, message: null, createdAt: AT },
        person: noor,
        reviewers: [mila.id],
      }),
      'join_request',
      { ...chat, uid: 18, request_id: 'r', apply_msg: '' },
      { only: [mila.id] },
    ],
    [
      'being turned away, to the applicant',
      event({ type: 'application.rejected', conversation: ref, by: mila }, noors),
      'join_rejected',
      chat,
      {},
    ],
    [
      'a new rank, to whose it is',
      event({ type: 'member.role', conversation: ref, person: noor, role: 'manager', by: mila }),
      'role_changed',
      { ...chat, uid: 18, role: 'admin', rank: 'manager' },
      { only: [noor.id] },
    ],
    [
      'a mute, to the muted',
      event({ type: 'member.muted', conversation: ref, person: noor, until: AT, by: mila }),
      'muted',
      { ...chat, uid: 18, by_uid: 17, muted_until: TIME },
      { only: [noor.id] },
    ],
    [
      'its end, to the muted',
      event({ type: 'member.muted', conversation: ref, person: noor, until: null, by: mila }),
      'unmuted',
      { ...chat, uid: 18, by_uid: 17, muted_until: null },
      { only: [noor.id] },
    ],
  ]
  for (const [what, note, kind, payload, to] of table) {
    test(`WT78: ${what}`, () => {
      const { frame, ...addressed } = only(note)
      expect(JSON.parse(frame as string)).toEqual(notice(kind, payload))
      expect(addressed).toEqual(to)
    })
  }

  test('WT78: a changed profile shows the group without what depends on who looks', () => {
    const { frame, ...addressed } = only(
      event({ type: 'conversation.updated', conversation: group, owner: mila, changed: ['title'], by: mila }),
    )
    expect(addressed).toEqual({})
    const { payload } = JSON.parse(frame as string) as { payload: { group: object } }
    expect(payload).toMatchObject({
      kind: 'group_updated',
      ...chat,
      group: { id: '42', name: 'Kitchen', owner_uid: 17 },
    })
    expect(Object.keys(payload.group)).not.toContain('my_role')
    expect(Object.keys(payload.group)).not.toContain('muted_until')
  })
})

describe('§10: nothing is shown', () => {
  const direct = { ...group, kind: 'direct' } as const
  const silent: readonly (readonly [string, EventBody, StreamId?])[] = [
    ['of an own group', { type: 'membership.began', conversation: group, via: 'created', by: mila, after: 0 }, milas],
    [
      'of a direct chat begun',
      { type: 'membership.began', conversation: direct, via: 'created', by: noor, after: 0 },
      milas,
    ],
    ['of leaving, to the leaver', { type: 'membership.ended', conversation: ref, why: 'left', by: mila }, milas],
    ['of conversations made and ended', { type: 'conversation.created', conversation: group, by: mila }],
    ['of contacts rejected', { type: 'contact.rejected', by: mila, other: noor }, noors],
    ['of contacts removed', { type: 'contact.removed', by: mila, other: noor }, noors],
    ['of blocks', { type: 'block.set', blocked: noor }, milas],
    ['of a rename', { type: 'profile.updated', person: mila, version: 2 }, milas],
    [
      'of what was read',
      { type: 'receipt.read', conversation: ref, person: mila, upTo: 1, from: 0, messageId: 'm', newly: [], at: AT },
    ],
  ]
  for (const [what, body, stream] of silent) {
    test(what, () => expect(deliveries(event(body, stream))).toEqual([]))
  }
})

describe('WT80: signals', () => {
  test('typing goes to all but the typist', () => {
    const { frame, except } = only(
      signal({ type: 'typing', conversation: ref, person: noor, active: true, expiresAt: AT }),
    )
    expect(except).toEqual([noor.id])
    expect(JSON.parse(frame as string)).toEqual({
      type: 'typing',
      event: 'on_typing',
      payload: { ...chat, uid: 18, is_typing: true },
    })
  })

  test('presence goes to friends, not to those who merely share a room', () => {
    const presence = {
      type: 'presence',
      person: noor,
      seenAt: AT,
      conversationId: null,
      except: [],
      change: 'c',
    } as const
    const printed = (online: boolean) => frames(signal({ ...presence, online, circle: 'friend' }))
    expect(printed(true)).toEqual([
      { type: 'presence', event: 'on_presence', payload: { uid: 18, online: true, last_seen: null } },
    ])
    expect(printed(false)).toEqual([
      { type: 'presence', event: 'on_presence', payload: { uid: 18, online: false, last_seen: TIME } },
    ])
    expect(deliveries(signal({ ...presence, online: true, circle: 'co-member' }))).toEqual([])
  })
})

test('frames are called by their event, notices by their kind too', () => {
  const names = [
    event({ type: 'message.sent', message: message() }),
    event({ type: 'membership.ended', conversation: ref, why: 'kicked', by: mila }, noors),
    event({ type: 'session.ended', sessionId: 's', door: 'wetty' }, milas),
  ].map(note => nameOfFrame(only(note).frame))
  expect(names).toEqual(['on_message', 'on_notify group_removed', 'close 4401'])
})
