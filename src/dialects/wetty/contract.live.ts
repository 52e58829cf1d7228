// Every frame of the push socket, either way: one JSON text each, whole (WT75 to WT80).
import { nullable, oneOf, type TSchema, Type } from '../../base/schema.ts'
import { Message, Reaction } from './contract.messages.ts'
import { ChatId, MessageId, SharedGroup, Time, Uid, User } from './contract.ts'

type Fields = Readonly<Record<string, TSchema>>

const REQUEST = '01922f5e-9a10-7c3e-b2f4-1c6d7e8f9a0c'

const RequestId = Type.String({ examples: [REQUEST] })
const ApplyMsg = Type.String({ examples: ['hi'] })
/** Both names under which clients look for the chat of an event (WT87). */
const chat = { chat_id: ChatId, gid: ChatId }

/** A frame under both names of its event (WT76). `kind`: of those events that have kinds, which. */
const down = (
  [type, event, kind]: readonly [type: string, event: string, kind?: string],
  summary: string,
  rules: readonly string[],
  payload: TSchema,
) => ({
  name: kind === undefined ? event : `${event} ${kind}`,
  direction: 'down' as const,
  summary,
  rules,
  schema: Type.Object({ type: Type.Literal(type), event: Type.Literal(event), payload }),
})

/** A notification of a kind (WT78). */
const notice = (kind: string, summary: string, fields: Fields, rules: readonly string[] = ['WT78']) =>
  down(
    ['notify', 'on_notify', kind],
    summary,
    rules,
    Type.Object({ kind: Type.Literal(kind), created_at: Time, ...fields }),
  )

const up = (name: string, summary: string, rules: readonly string[], fields: Fields) => ({
  name,
  direction: 'up' as const,
  summary,
  rules,
  schema: Type.Object({ type: Type.Literal(name), ...fields }),
})

const changed = (kind: 'muted' | 'unmuted', summary: string, until: TSchema) =>
  notice(kind, summary, { ...chat, uid: Uid, by_uid: Uid, muted_until: until })

export const liveMessages = [
  up('ping', 'A heartbeat. The bare text `ping` is one, too.', ['WT75'], {}),
  {
    name: 'pong',
    direction: 'down' as const,
    summary: 'The answer to a heartbeat, on its socket only; to the bare text `ping` the bare text `pong`.',
    rules: ['WT75'],
    schema: Type.Object({ type: Type.Literal('pong') }),
  },

  down(['message', 'on_message'], 'Something was said, by the receiver too.', ['WT76', 'WT81'], Message),
  down(
    ['message_updated', 'on_notify', 'message_updated'],
    'A message was edited.',
    ['WT79'],
    Type.Object({ ...Message.properties, kind: Type.Literal('message_updated') }),
  ),
  down(
    ['message_deleted', 'on_recall'],
    'A message was taken back: what is left of it, and who did it.',
    ['WT77'],
    Type.Object({ ...Message.properties, msg_id: MessageId, recalled_by: Uid, recalled_at: Time }),
  ),
  down(
    ['reaction_updated', 'on_notify', 'reaction'],
    'A reaction was added or taken back.',
    ['WT79'],
    Type.Object({
      kind: Type.Literal('reaction'),
      created_at: Time,
      ...chat,
      msg_id: MessageId,
      uid: Uid,
      emote: Type.String({ examples: ['👍'] }),
      active: Type.Boolean(),
      reactions: Type.Array(Reaction),
    }),
  ),
  notice('mention', 'The receiver was mentioned in a message.', { ...chat, msg_id: MessageId, sender_uid: Uid }, [
    'WT64',
    'WT78',
  ]),
  notice('reminder', 'A reminder fell due.', {
    ...chat,
    msg_id: MessageId,
    message: nullable(Type.String({ examples: ['Call the plumber'] })),
    remind_at: Time,
  }),

  up('typing', 'The caller types, or stops.', ['WT80'], { chat_id: ChatId, is_typing: Type.Boolean() }),
  down(
    ['typing', 'on_typing'],
    'Somebody else types, or stops.',
    ['WT80'],
    Type.Object({ ...chat, uid: Uid, is_typing: Type.Boolean() }),
  ),
  down(
    ['presence', 'on_presence'],
    'A friend came online or went offline.',
    ['WT80'],
    Type.Object({ uid: Uid, online: Type.Boolean(), last_seen: nullable(Time) }),
  ),

  notice('friend_request', 'Somebody asks to be friends.', {
    uid: Uid,
    request_id: RequestId,
    apply_msg: ApplyMsg,
    user: User,
  }),
  notice('friend_accepted', 'Somebody became a friend.', { uid: Uid, chat_id: ChatId, user: User }),

  notice('group_added', 'The receiver is in a group now.', {
    ...chat,
    by_uid: nullable(Uid),
    via: oneOf('added', 'approved', 'joined'),
  }),
  notice('group_removed', 'The receiver was put out of a group.', { ...chat, by_uid: Uid }),
  notice('group_disbanded', 'A group of the receiver’s was ended.', { ...chat, by_uid: Uid }),
  notice('group_updated', 'What every member of a group sees alike was changed.', {
    ...chat,
    group: {
      ...SharedGroup,
      examples: [
        {
          id: '42',
          name: 'Kitchen',
          description: null,
          avatar: null,
          created_at: '2026-03-01T12:00:00.000Z',
          avatar_fid: null,
          visibility: 'private',
          is_public: false,
          join_rule: 'approval',
          category: 'small',
          member_count: 3,
          owner_uid: 17,
        },
      ],
    },
  }),
  notice('join_request', 'Somebody asks to join a group the receiver runs.', {
    ...chat,
    uid: Uid,
    request_id: RequestId,
    apply_msg: ApplyMsg,
  }),
  notice('join_rejected', 'The receiver may not join a group.', chat),
  notice('role_changed', 'The receiver’s role in a group changed.', {
    ...chat,
    uid: Uid,
    role: oneOf('admin', 'member'),
    rank: oneOf('owner', 'manager', 'member'),
  }),
  changed('muted', 'The receiver may not speak in a group for a while.', Time),
  changed('unmuted', 'The receiver may speak in a group again.', Type.Null()),
  notice('member_joined', 'Somebody came into a group of the receiver’s.', { ...chat, uid: Uid }),
  notice('member_left', 'Somebody left a group of the receiver’s, or was put out.', { ...chat, uid: Uid }),
]
