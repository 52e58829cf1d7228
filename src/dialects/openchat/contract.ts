// What this contract sends: schemas, their static types, and an example of each. Requests and frames stand beside it.
import { nullable, oneOf, open, optional, type Static, Type, timestamp, uuid } from '../../base/schema.ts'

const SERVER = '0d5f6a8b-1f43-4f4f-9d8e-9ab6f913f4f8'
const CHANNEL = '01922f5e-7000-7b3e-a2f4-000000000002'
const MESSAGE = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
const FILE = '5c6d7e8f-9a0b-4c3d-8e1f-2a3b4c5d6e7f'
const TIME = '2026-03-01T12:00:00.000Z'
const UID = 'uid_b5ae97810f6787a093a0afa44107643f'

const time = () => timestamp(TIME)
const uid = (sample: string = UID) => Type.String({ pattern: '^uid_[A-Za-z0-9_.-]{1,64}$', examples: [sample] })
const serverId = () => uuid(SERVER)
const channelId = () => uuid(CHANNEL)
const messageId = () => uuid(MESSAGE)
const role = () => oneOf('owner', 'manager', 'member')

// Refusals (OC3)

export const ErrorBody = open(
  {
    code: Type.String({ pattern: '^[a-z0-9_]+$', examples: ['not_found'] }),
    message: Type.String({ examples: ['There is nothing here.'] }),
    retryable: Type.Boolean({ examples: [false] }),
    details: optional(Type.Object({})),
  },
  { title: 'Error' },
)
export type ErrorBody = Static<typeof ErrorBody>

// Sessions and accounts (sections C and D)

export const Challenge = open(
  {
    challenge_id: Type.String({ examples: ['eyJ2IjoxfQ.sealed'] }),
    server_id: serverId(),
    user_uid: uid(),
    payload: Type.String({ maxLength: 1024, examples: ['openchat-session-v1\n…'] }),
    expires_at: time(),
  },
  { title: 'Challenge' },
)
export type Challenge = Static<typeof Challenge>

const sessionKind = () => oneOf('challenge_signature', 'password', 'linked')

export const Session = open(
  {
    session_id: uuid(),
    server_id: serverId(),
    user_uid: uid(),
    device_id: Type.String({ examples: ['laptop'] }),
    token: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', examples: ['A'.repeat(43)] }),
    expires_at: time(),
    scope: Type.Array(oneOf('chat')),
    session_kind: sessionKind(),
    account: optional(open({ username: Type.String() })),
    linked: optional(Type.Boolean()),
  },
  { title: 'Session' },
)
export type Session = Static<typeof Session>
export type SessionKind = Session['session_kind']

export const SessionState = open(
  {
    valid: Type.Boolean({ examples: [true] }),
    session_id: uuid(),
    server_id: serverId(),
    user_uid: uid(),
    device_id: Type.String({ examples: ['laptop'] }),
    created_at: time(),
    expires_at: time(),
    scope: Type.Array(oneOf('chat')),
  },
  { title: 'SessionState' },
)
export type SessionState = Static<typeof SessionState>

export const Revocation = open(
  { session_id: uuid(), revoked: Type.Boolean(), revoked_at: time() },
  { title: 'Revocation' },
)
export type Revocation = Static<typeof Revocation>

export const SessionInfo = open(
  {
    session_id: uuid(),
    server_id: nullable(serverId()),
    user_uid: uid(),
    device_id: Type.String({ examples: ['laptop'] }),
    dialect: Type.String({ examples: ['openchat'] }),
    created_at: time(),
    last_seen_at: time(),
    expires_at: time(),
    current: Type.Boolean(),
    key_id: nullable(Type.String({ description: 'The key it was opened with.' })),
  },
  { title: 'SessionInfo' },
)
export type SessionInfo = Static<typeof SessionInfo>

export const KeyInfo = open(
  {
    key_id: uuid(),
    public_key: Type.String({ examples: ['iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w'] }),
    added_at: time(),
  },
  { title: 'Key' },
)
export type KeyInfo = Static<typeof KeyInfo>

// People (OC89, OC95)

export const Profile = open(
  {
    user_uid: uid(),
    handle: Type.String({ examples: ['mila'] }),
    display_name: Type.String({ examples: ['Mila'] }),
    avatar_mode: oneOf('generated', 'uploaded'),
    avatar_preset_id: nullable(Type.String()),
    avatar_asset_id: nullable(Type.String()),
    avatar_url: nullable(Type.String()),
    profile_version: Type.Integer({ examples: [1] }),
    updated_at: time(),
  },
  { title: 'Profile' },
)
export type Profile = Static<typeof Profile>

export const Account = open(
  {
    username: nullable(Type.String()),
    user_uid: uid(),
    server_id: serverId(),
    profile: Profile,
    credentials: open({
      password: Type.Boolean(),
      keys: Type.Array(KeyInfo),
      msgr: Type.Boolean(),
      msgr_last_used_at: nullable(time()),
    }),
  },
  { title: 'Account' },
)
export type Account = Static<typeof Account>

export const Contact = open(
  {
    user_uid: uid(),
    state: oneOf('requested_out', 'requested_in', 'friend', 'blocked'),
    message: optional(Type.String()),
    since: time(),
  },
  { title: 'Contact' },
)
export type Contact = Static<typeof Contact>

// Servers (section E)

export const ServerEntry = open(
  {
    server_id: serverId(),
    display_name: Type.String({ examples: ['Parlance'] }),
    description: Type.String(),
    banner_preset: oneOf('ocean', 'sunset', 'ember', 'forest', 'midnight', 'orchid', 'teal', 'gold', 'slate'),
    icon_text: Type.String({ examples: ['PA'] }),
    trust_state: oneOf('verified', 'unverified'),
    identity_handshake_strategy: oneOf('challenge_signature'),
    user_identifier_policy: oneOf('server_scoped', 'global'),
    visibility: oneOf('public', 'private'),
    membership_state: optional(oneOf('active', 'left', 'removed', 'none')),
    role: optional(nullable(role())),
  },
  { title: 'ServerEntry' },
)
export type ServerEntry = Static<typeof ServerEntry>

export const Membership = open(
  {
    server_id: serverId(),
    user_uid: uid(),
    state: oneOf('active', 'left', 'removed', 'none'),
    role: nullable(role()),
    joined_at: nullable(time()),
  },
  { title: 'Membership' },
)
export type Membership = Static<typeof Membership>

export const ServerMember = open(
  {
    id: uid(),
    user_uid: uid(),
    name: Type.String({ examples: ['Mila'] }),
    status: oneOf('online', 'idle', 'dnd', 'offline'),
    role: role(),
    joined_at: time(),
  },
  { title: 'ServerMember' },
)
export type ServerMember = Static<typeof ServerMember>

export const Invite = open(
  {
    invite_id: uuid(),
    server_id: serverId(),
    channel_id: optional(channelId()),
    code: Type.String({ examples: ['Zm9vYmFyYmF6cXV1'] }),
    created_by_uid: uid(),
    expires_at: time(),
    max_uses: Type.Integer({ examples: [1] }),
    use_count: Type.Integer({ examples: [0] }),
    created_at: time(),
  },
  { title: 'Invite' },
)
export type Invite = Static<typeof Invite>

// Channels (section F)

export const Channel = open(
  {
    id: channelId(),
    name: Type.String({ examples: ['general'] }),
    type: oneOf('text'),
    kind: oneOf('channel', 'group', 'direct'),
    server_id: serverId(),
    group_id: Type.String({ examples: [SERVER] }),
    description: Type.String(),
    visibility: oneOf('public', 'private'),
    join_rule: oneOf('open', 'approval', 'invite'),
    member_count: Type.Integer({ examples: [2] }),
    my_role: nullable(role()),
    peer_uid: nullable(uid()),
    muted_until: nullable(time()),
    unread_count: Type.Integer({ examples: [0] }),
    unreadCount: Type.Integer({ examples: [0] }),
    mention_count: Type.Integer({ examples: [0] }),
    last_read_message_id: nullable(messageId()),
    last_message_at: nullable(time()),
    created_at: time(),
  },
  { title: 'Channel' },
)
export type Channel = Static<typeof Channel>

/** A heading with what stands under it. */
export const Category = open(
  {
    id: Type.String({ examples: [SERVER] }),
    label: Type.String({ examples: ['general'] }),
    kind: oneOf('text', 'voice'),
    channels: Type.Array(Channel),
    virtual: optional(Type.Boolean()),
  },
  { title: 'Category' },
)
export type Category = Static<typeof Category>

export const Member = open(
  { user_uid: uid(), role: role(), joined_at: time(), muted_until: nullable(time()) },
  { title: 'Member' },
)
export type Member = Static<typeof Member>

/** One open view of a channel (OC118). */
export const PresenceEntry = open(
  { client_id: Type.String({ examples: ['c_1'] }), user_uid: uid(), device_id: Type.String({ examples: ['d_1'] }) },
  { title: 'PresenceEntry' },
)
export type PresenceEntry = Static<typeof PresenceEntry>

// Messages (section G)

export const Attachment = open(
  {
    attachment_id: uuid(FILE),
    file_name: Type.String({ examples: ['map.png'] }),
    url: Type.String({ examples: [`https://chat.example/v1/channels/${CHANNEL}/attachments/${FILE}?t=token`] }),
    url_expires_at: time(),
    stable_url: Type.String({ examples: [`https://chat.example/v1/channels/${CHANNEL}/attachments/${FILE}`] }),
    content_type: Type.String({ examples: ['image/png'] }),
    bytes: Type.Integer({ examples: [1024] }),
    width: optional(Type.Integer({ examples: [640] })),
    height: optional(Type.Integer({ examples: [480] })),
  },
  { title: 'Attachment' },
)
export type Attachment = Static<typeof Attachment>

export const Mention = open(
  {
    type: oneOf('user', 'channel'),
    token: Type.String({ examples: ['@mila'] }),
    target_id: Type.String({ examples: [UID] }),
    display_text: Type.String({ examples: ['@mila'] }),
    range: open({ start: Type.Integer({ examples: [0] }), end: Type.Integer({ examples: [5] }) }),
  },
  { title: 'Mention' },
)
export type Mention = Static<typeof Mention>

export const ReplyTo = open(
  {
    message_id: messageId(),
    author_uid: uid(),
    author_display_name: Type.String({ examples: ['Mila'] }),
    preview_text: Type.String({ examples: ['hello'] }),
    is_unavailable: Type.Boolean({ examples: [false] }),
  },
  { title: 'ReplyTo' },
)
export type ReplyTo = Static<typeof ReplyTo>

export const Reaction = open(
  {
    emoji: Type.String({ examples: ['👍'] }),
    count: Type.Integer({ examples: [1] }),
    user_uids: Type.Array(uid(), { maxItems: 50 }),
  },
  { title: 'Reaction' },
)
export type Reaction = Static<typeof Reaction>

export const Message = open(
  {
    id: messageId(),
    channel_id: channelId(),
    author_uid: uid(),
    body: Type.String({ examples: ['hello'] }),
    kind: oneOf('text', 'image', 'video', 'audio', 'file', 'emote', 'system'),
    seq: Type.Integer({ minimum: 1 }),
    created_at: time(),
    edited_at: nullable(time()),
    recalled_at: nullable(time()),
    reactions: Type.Array(Reaction),
    reply_to: optional(ReplyTo),
    thread_root_id: optional(messageId()),
    mentions: optional(Type.Array(Mention)),
    attachments: optional(Type.Array(Attachment)),
    forwarded_from: optional(open({ message_id: messageId(), author_uid: uid() })),
    client_message_id: optional(Type.String()),
    permalink: optional(Type.String()),
  },
  { title: 'Message' },
)
export type Message = Static<typeof Message>

export const Pin = open({ message: Message, pinned_by_uid: uid(), pinned_at: time() }, { title: 'Pin' })
export type Pin = Static<typeof Pin>

export const ReadAck = open(
  {
    channel_id: channelId(),
    user_uid: uid(),
    last_read_message_id: optional(messageId()),
    acked_at: optional(time()),
  },
  { title: 'ReadAck' },
)
export type ReadAck = Static<typeof ReadAck>

export const Receipt = open(
  { user_uid: uid(), last_read_message_id: messageId(), acked_at: time() },
  { title: 'Receipt' },
)
export type Receipt = Static<typeof Receipt>

export const MentionCandidate = open(
  {
    type: oneOf('user', 'channel'),
    token: Type.String({ examples: ['@mila'] }),
    target_id: Type.String({ examples: [UID] }),
    display_text: Type.String({ examples: ['Mila'] }),
  },
  { title: 'MentionCandidate' },
)
export type MentionCandidate = Static<typeof MentionCandidate>

/** `next_cursor` of a page: null at the end (OC10). */
export const NextCursor = nullable(Type.String({ examples: ['b3BhcXVl.c2VhbGVk'] }))
