// What clients send: for the documents, the fuzzer and the SDK. The routes judge by themselves, in the contract's order.
import { nullable, oneOf, open, optional, Type, timestamp } from '../../base/schema.ts'

const KEY = 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w'
const UID = 'uid_b5ae97810f6787a093a0afa44107643f'
const TIME = '2026-03-01T12:00:00.000Z'
const ID = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
const text = (sample: string) => Type.String({ examples: [sample] })
const uids = () => Type.Array(text(UID), { maxItems: 100 })

export const ChallengeRequest = open({
  public_key: text(KEY),
  device_id: text('laptop'),
  user_uid: optional(text(UID)),
})
export const ProofRequest = open({ challenge_id: text('sealed.mac'), signature: text('A'.repeat(86)) })
export const ExchangeRequest = open({ device_id: optional(text('laptop')) })
export const RegisterRequest = open({
  username: text('mila'),
  password: text('a long password'),
  display_name: optional(text('Mila')),
  device_id: optional(text('laptop')),
})
export const LoginRequest = open({
  username: text('mila'),
  password: text('a long password'),
  device_id: optional(text('laptop')),
})
export const PasswordRequest = open({
  username: optional(text('mila')),
  current_password: optional(text('a long password')),
  new_password: text('another password'),
})
export const LinkRequest = open({
  username: optional(text('mila')),
  password: optional(text('a long password')),
  msgr_account_id: optional(text(ID)),
  msgr_profile_id: optional(text(ID)),
})

export const ServerRequest = open({
  display_name: text('Rowers'),
  description: optional(text('We row.')),
  banner_preset: optional(text('teal')),
  visibility: optional(oneOf('private', 'public')),
})
export const ClaimRequest = open({ claim_token: text('claim_…') })
export const SettingsRequest = open({
  display_name: text('Rowers'),
  description: optional(text('We row.')),
  banner_preset: optional(text('teal')),
})
export const RoleRequest = open({ role: oneOf('manager', 'member', 'owner') })
export const CategoryRequest = open({ name: text('Boats'), kind: oneOf('text', 'voice') })
export const RenameRequest = open({ name: text('Boats') })
export const ChannelRequest = open({ name: text('boats'), type: oneOf('text'), group_id: text(ID) })
export const LayoutRequest = open({
  groups: Type.Array(open({ id: text(ID), channel_ids: Type.Array(text(ID)) })),
})
export const ChannelPatch = open({
  name: optional(text('boats')),
  description: optional(text('About boats')),
  visibility: optional(oneOf('public', 'private')),
  join_rule: optional(oneOf('open', 'approval', 'invite')),
})
export const TypingRequest = open({ is_typing: Type.Boolean({ examples: [true] }) })
export const DirectRequest = open({ user_uid: optional(text(UID)), username: optional(text('mila')) })
export const GroupRequest = open({
  name: text('Crew'),
  description: optional(text('We row.')),
  member_uids: optional(uids()),
  visibility: optional(oneOf('private', 'public')),
  join_rule: optional(oneOf('invite', 'approval', 'open')),
})
export const MembersRequest = open({ user_uids: uids() })
export const MuteRequest = open({ seconds: nullable(Type.Integer({ examples: [60] })) })
export const InviteRequest = open({ expires_at: timestamp(TIME), max_uses: Type.Integer({ examples: [10] }) })
export const PreferencesRequest = open({
  muted_until: optional(nullable(timestamp(TIME))),
  archived: optional(Type.Boolean()),
})

export const SendRequest = open({
  body: optional(text('hello')),
  reply_to_message_id: optional(text(ID)),
  client_message_id: optional(text('k-1')),
  attachment_ids: optional(Type.Array(text(ID), { maxItems: 10 })),
  kind: optional(oneOf('text', 'emote')),
  forward: optional(open({ channel_id: text(ID), message_id: text(ID) })),
})
export const EditRequest = open({ body: text('hello again') })
export const ReadAckRequest = open({ last_read_message_id: optional(text(ID)) })
export const ReadAcksRequest = open({
  read_acks: Type.Array(open({ channel_id: text(ID), last_read_message_id: optional(text(ID)) }), { maxItems: 500 }),
})

export const ProfileRequest = open({
  display_name: text('Mila'),
  avatar_mode: oneOf('generated', 'uploaded'),
  avatar_preset_id: optional(nullable(text('moon'))),
  avatar_asset_id: optional(nullable(text(ID))),
})
export const ContactRequest = open({
  user_uid: optional(text(UID)),
  username: optional(text('mila')),
  message: optional(text('hello')),
})
