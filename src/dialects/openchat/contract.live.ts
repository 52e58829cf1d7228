// What travels over the live transports: the envelope, client frames, and the payload of every event (OC111 to OC124).
import { nullable, oneOf, open, optional, Type, timestamp } from '../../base/schema.ts'
import { Category, Channel, Contact, Member, Message, PresenceEntry, Profile, Reaction } from './contract.ts'

const ID = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
const UID = 'uid_b5ae97810f6787a093a0afa44107643f'
const TOKEN = 'b3c1.42~k9q~c2VhbGVkYnl1cw'
const id = () => Type.String({ examples: [ID] })
const uid = () => Type.String({ examples: [UID] })
const token = () => Type.String({ pattern: '^[A-Za-z0-9_.~-]{1,256}$', examples: [TOKEN] })

export const Envelope = open(
  {
    event_type: Type.String({ examples: ['chat.message.created'] }),
    type: Type.String({ examples: ['chat.message.created'] }),
    server_id: id(),
    channel_id: optional(id()),
    event_id: Type.String({ pattern: '^[0-9]{16}$', examples: ['0000000000000042'] }),
    stream: Type.String({ examples: [`channel:${ID}`] }),
    timestamp: timestamp(),
    request_id: optional(Type.String()),
    payload: open({}),
    resume_token: optional(token()),
  },
  { title: 'Envelope' },
)

export const ClientFrame = open(
  {
    type: oneOf('chat.subscribe', 'chat.unsubscribe', 'chat.typing.update', 'chat.ping'),
    request_id: optional(Type.String({ maxLength: 256 })),
    payload: optional(open({ channel_id: optional(id()), is_typing: optional(Type.Boolean()) })),
  },
  { title: 'ClientFrame' },
)

export const Hello = open({
  connection_id: Type.String({ examples: ['c_1'] }),
  session_id: id(),
  user_uid: uid(),
  device_id: Type.String({ examples: ['laptop'] }),
  resume_token: token(),
  resumed: Type.Boolean({ examples: [false] }),
  heartbeat_interval_ms: Type.Integer({ examples: [25_000] }),
  reconnect: open({
    initial_delay_ms: Type.Integer(),
    multiplier: Type.Number(),
    max_delay_ms: Type.Integer(),
    jitter: Type.Number(),
  }),
  api_version: Type.String({ examples: ['1.0'] }),
  server_time: timestamp(),
})
export const ResumeCompleted = open({ replayed: Type.Integer({ examples: [3] }), resume_token: token() })
export const ResyncRequired = open({
  reason: oneOf('unknown_token', 'expired', 'too_far_behind'),
  resume_token: token(),
})
export const ChannelNamed = open({ channel_id: id() })
export const Snapshot = open({ channel_id: id(), members: Type.Array(PresenceEntry) })
export const PresenceChange = open({ channel_id: id(), member: PresenceEntry })
export const Typing = open({ channel_id: id(), member: PresenceEntry, is_typing: Type.Boolean() })
export const Pong = open({ ts: timestamp() })
export const FrameError = open({
  code: Type.String({ examples: ['chat_unknown_event'] }),
  message: Type.String({ examples: ['There is no such event.'] }),
  retryable: Type.Boolean({ examples: [false] }),
  details: optional(open({})),
})
export const MessageCarried = open({ message: Message })
export const Recalled = open({ channel_id: id(), message_id: id(), recalled_at: timestamp(), recalled_by_uid: uid() })
export const ReactionChanged = open({
  channel_id: id(),
  message_id: id(),
  reactions: Type.Array(Reaction),
  change: open({ emoji: Type.String({ examples: ['👍'] }), user_uid: uid(), op: oneOf('added', 'removed') }),
})
export const PinChanged = open({ channel_id: id(), message_id: id(), by_uid: uid() })
export const MarkMoved = open({ channel_id: id(), user_uid: uid(), last_read_message_id: id(), acked_at: timestamp() })
export const ChannelCreated = open({
  server_id: id(),
  group_id: id(),
  channel: Channel,
  created_by_uid: nullable(uid()),
  created_at: timestamp(),
})
export const ChannelCarried = open({ channel: Channel })
export const LayoutUpdated = open({
  server_id: id(),
  groups: Type.Array(Category),
  updated_by_uid: nullable(uid()),
  updated_at: timestamp(),
})
export const CategoryCreated = open({
  server_id: id(),
  group: Category,
  created_by_uid: uid(),
  created_at: timestamp(),
})
export const CategoryUpdated = open({
  server_id: id(),
  group: Category,
  updated_by_uid: uid(),
  updated_at: timestamp(),
})
export const ServerUpdated = open({
  settings: open({
    server_id: id(),
    display_name: Type.String({ examples: ['Parlance'] }),
    description: Type.String(),
    banner_preset: Type.String({ examples: ['ocean'] }),
  }),
})
export const MemberCarried = open({ channel_id: id(), member: Member })
export const MemberLeft = open({ channel_id: id(), user_uid: uid() })
export const MembershipUpdated = open({
  server_id: id(),
  user_uid: uid(),
  state: oneOf('active', 'left', 'removed'),
})
export const ContactCarried = open({ contact: Contact })
export const ContactGone = open({ user_uid: uid() })
export const SessionRevoked = open({ session_id: id(), reason: Type.String({ examples: ['revoked'] }) })
export const UserPresence = open({
  user_uid: uid(),
  status: oneOf('online', 'idle', 'dnd', 'offline'),
  last_seen_at: nullable(timestamp()),
})
export const Draining = open({ retry_after_ms: Type.Integer({ examples: [1000] }) })
export const ProfileUpdated = Profile
