// Every refusal of this contract: its word, its status, its sentence (OC3, OC4), and which one a fault of the core becomes.
import type { FaultReply, FaultTable } from '../../host/dialect.ts'
import { Refused } from '../../host/refused.ts'
import { retryAfter } from '../../host/reply.ts'
import { printTime } from './ids.ts'

const catalogue = {
  api_version_unsupported: [400, 'This version of the contract is not spoken here.'],
  attachment_count_exceeded: [400, 'Too many files for one message.'],
  attachment_empty: [400, 'The file is empty.'],
  attachment_not_found_in_request: [400, 'One of these files cannot be sent.'],
  avatar_asset_not_found: [400, 'There is no such picture of yours.'],
  avatar_dimensions_exceeded: [400, 'The picture is too wide or too high.'],
  avatar_mode_unsupported: [400, 'There is no such kind of avatar.'],
  category_not_empty: [400, 'Only an empty category can be deleted, and never the last one.'],
  contact_self: [400, 'That is yourself.'],
  direct_self: [400, 'That is yourself.'],
  display_name_invalid: [400, 'A display name has 1 to 32 characters and no control characters.'],
  invalid_banner_preset: [400, 'There is no such banner.'],
  invalid_category_kind: [400, 'A category is of kind text or voice.'],
  invalid_category_name: [400, 'A name has 1 to 100 characters.'],
  invalid_channel_layout: [400, 'Every category and every channel must stand in it exactly once.'],
  invalid_channel_name: [400, 'A name has 1 to 100 characters.'],
  invalid_channel_type: [400, 'Only text channels can be made here.'],
  invalid_cursor: [400, 'This cursor leads nowhere.'],
  invalid_description: [400, 'A description has at most 280 characters.'],
  invalid_display_name: [400, 'A name has 1 to 100 characters.'],
  invalid_emoji: [400, 'Not exactly one emoji.'],
  invalid_identity: [400, 'The device or user id is malformed.'],
  invalid_if_match: [400, 'If-Match names a profile version.'],
  invalid_invite: [400, 'An invitation lives 1 minute to 30 days and has 1 to 1000 uses.'],
  invalid_password: [400, 'A password has 8 to 256 characters.'],
  invalid_payload: [400, 'The request is not as it should be.'],
  invalid_public_key: [400, 'Not an Ed25519 public key in base64url without padding.'],
  invalid_query: [400, 'The query is not as it should be.'],
  invalid_read_acks: [400, 'One of the channels is not yours, or is named twice.'],
  invalid_signature: [400, 'Not a signature in base64url without padding.'],
  invalid_username: [400, 'A username has 3 to 32 letters, digits or _ . - and begins with a letter or digit.'],
  message_empty: [400, 'The message is empty.'],
  read_ack_cursor_not_found: [400, 'There is no such message in this channel.'],
  reply_target_not_found: [400, 'The message to reply to is not in this channel, or was taken back.'],
  invalid_credentials: [401, 'The username or password is wrong.'],
  unauthorized: [401, 'A valid session is needed.'],
  attachment_token_invalid: [403, 'This link is not valid, or no longer.'],
  binding_required: [403, 'This name is not bound to this key.'],
  blocked: [403, 'Messages between you two are not possible now.'],
  category_create_forbidden: [403, 'Only owner and managers may make categories.'],
  category_delete_forbidden: [403, 'Only owner and managers may delete categories.'],
  category_update_forbidden: [403, 'Only owner and managers may change categories.'],
  channel_create_forbidden: [403, 'You may not make channels here.'],
  channel_delete_forbidden: [403, 'You may not delete this channel.'],
  channel_layout_forbidden: [403, 'Only owner and managers may change the layout.'],
  channel_update_forbidden: [403, 'You may not change this channel.'],
  contact_refused: [403, 'This person takes no requests.'],
  forbidden: [403, 'You may not do that.'],
  invite_forbidden: [403, 'Only owner and managers may invite.'],
  join_forbidden: [403, 'One comes in here by invitation only.'],
  member_add_forbidden: [403, 'You may not add these people.'],
  member_update_forbidden: [403, 'You may not do that to this member.'],
  membership_required: [403, 'You are no member of this server.'],
  message_delete_forbidden: [403, 'You may not delete this message.'],
  message_edit_forbidden: [403, 'Only its author may edit a message.'],
  muted: [403, 'You are muted here.'],
  ownership_claim_expired: [403, 'The time to claim this server is over.'],
  ownership_claim_forbidden: [403, 'Only its maker may claim this server.'],
  ownership_claim_invalid: [403, 'This claim token is not valid.'],
  ownership_claim_required: [403, 'This server has to be claimed first.'],
  pin_forbidden: [403, 'Only owner and managers may pin here.'],
  receipts_unavailable: [403, 'Channels have no receipts.'],
  registration_disabled: [403, 'No new accounts are made here.'],
  server_create_disabled: [403, 'No new servers are made here.'],
  server_mismatch: [403, 'This session belongs to another server.'],
  server_settings_forbidden: [403, 'Only owner and managers may change the settings.'],
  signature_invalid: [403, 'The signature does not fit.'],
  application_not_found: [404, 'There is no such application.'],
  attachment_not_found: [404, 'There is no such file.'],
  avatar_not_found: [404, 'There is no such picture.'],
  category_not_found: [404, 'There is no such category.'],
  channel_group_not_found: [404, 'There is no such category.'],
  channel_not_found: [404, 'There is no such channel.'],
  contact_not_found: [404, 'There is no such contact.'],
  invite_not_found: [404, 'There is no such invitation.'],
  key_not_found: [404, 'There is no such key.'],
  member_not_found: [404, 'There is no such member.'],
  message_not_found: [404, 'There is no such message.'],
  not_found: [404, 'There is nothing here.'],
  server_not_found: [404, 'There is no such server.'],
  session_not_found: [404, 'There is no such session.'],
  user_not_found: [404, 'There is no such user.'],
  method_not_allowed: [405, 'Not with this method.'],
  account_not_empty: [409, 'This account has messages, contacts, groups or servers of its own.'],
  already_linked: [409, 'This account has a username already, or is the one to be linked to.'],
  contact_blocked: [409, 'You block this person.'],
  group_full: [409, 'There is no room for more members.'],
  idempotency_conflict: [409, 'This client_message_id was used for another message.'],
  invite_conflict: [409, 'You are a member already.'],
  key_in_use: [409, 'This key has an account that is in use.'],
  last_credential: [409, 'Nothing would be left to log in with.'],
  pin_limit: [409, 'There are too many pins here.'],
  profile_conflict: [409, 'The profile was changed meanwhile.'],
  reaction_limit: [409, 'This message has too many different reactions.'],
  recall_window_passed: [409, 'The time for taking this message back is over.'],
  server_limit: [409, 'You have made too many servers.'],
  username_taken: [409, 'This username is taken.'],
  challenge_expired: [410, 'This challenge is used, over, or of another server.'],
  invite_expired: [410, 'This invitation is over.'],
  message_recalled: [410, 'This message was taken back.'],
  attachment_too_large: [413, 'The file is too large.'],
  avatar_too_large: [413, 'The picture is too large.'],
  message_too_large: [413, 'The message is too large.'],
  payload_too_large: [413, 'The request is too large.'],
  avatar_type_unsupported: [415, 'Only png and jpeg pictures are taken.'],
  unsupported_media_type: [415, 'This content type is not taken here.'],
  range_not_satisfiable: [416, 'The file has no such part.'],
  rate_limited: [429, 'Too many requests.'],
  internal_error: [500, 'Something went wrong here.'],
  rtc_unsupported: [501, 'There is no voice here.'],
  challenge_unavailable: [503, 'No challenge can be made right now.'],
  session_unavailable: [503, 'No session can be opened right now.'],
  unavailable: [503, 'The server is not available right now.'],
} as const satisfies Readonly<Record<string, readonly [status: number, message: string]>>

export type ErrorCode = keyof typeof catalogue
type Details = Readonly<Record<string, unknown>>

/** The word on the wire, where it is not the name here. */
const spelled: { readonly [C in ErrorCode]?: string } = { attachment_not_found_in_request: 'attachment_not_found' }

/** Those that may succeed later as they are (OC4). */
const isRetryable = (code: ErrorCode): boolean =>
  code === 'profile_conflict' || [429, 500, 503].includes(catalogue[code][0])

export const replyOf = (code: ErrorCode, details?: Details, headers?: FaultReply['headers']): FaultReply => {
  const [status, message] = catalogue[code]
  const body = { code: spelled[code] ?? code, message, retryable: isRetryable(code), ...(details && { details }) }
  return { status, body, ...(headers && { headers }) }
}

export const refused = (code: ErrorCode, details?: Details): never => {
  throw new Refused(replyOf(code, details))
}

/** 400 that names the fields (OC6). */
export const refuseFields = (fields: readonly string[], code: ErrorCode = 'invalid_payload'): never =>
  refused(code, { fields })

/** Without a session that opens this (OC29). */
export const unauthorized = (reason: 'missing' | 'invalid' | 'expired' | 'revoked'): FaultReply =>
  replyOf('unauthorized', { reason }, { 'www-authenticate': 'Bearer' })

/** The core's names of fields, in this contract's words. */
const fieldNames: Readonly<Record<string, string>> = {
  handle: 'username',
  displayName: 'display_name',
  avatar: 'avatar_asset_id',
  avatarStyle: 'avatar_preset_id',
  title: 'name',
  label: 'name',
  look: 'banner_preset',
  people: 'user_uids',
  memberIds: 'member_uids',
  text: 'body',
  clientKey: 'client_message_id',
  attachments: 'attachment_ids',
  expiresAt: 'expires_at',
  maxUses: 'max_uses',
}

/** One that says when to try again, in the body and for proxies (OC4). `retryAfterMs`: milliseconds. */
export const waiting = (code: ErrorCode, retryAfterMs: number): FaultReply =>
  replyOf(code, { retry_after_ms: Math.ceil(retryAfterMs) }, { 'retry-after': retryAfter(retryAfterMs) })

const blocked = () => replyOf('blocked')

/** What each fault is called where no rule of the call names another word (see `translated`). */
export const faults: FaultTable = {
  'session.invalid': ({ reason }) => unauthorized(reason === 'reused' ? 'revoked' : reason),
  'credentials.wrong': () => replyOf('invalid_credentials'),

  'person.unknown': () => replyOf('user_not_found'),
  'conversation.unknown': () => replyOf('channel_not_found'),
  'message.unknown': () => replyOf('message_not_found'),
  'target.unknown': ({ field }) =>
    replyOf(
      field === 'cursor' ? 'invalid_cursor' : field === 'upTo' ? 'read_ack_cursor_not_found' : 'reply_target_not_found',
    ),
  'member.unknown': () => replyOf('member_not_found'),
  'file.unknown': () => replyOf('attachment_not_found'),
  'application.unknown': () => replyOf('application_not_found'),
  'contact.unknown': () => replyOf('contact_not_found'),
  'block.unknown': () => replyOf('contact_not_found'),
  'session.unknown': () => replyOf('session_not_found'),
  'credential.unknown': () => replyOf('key_not_found'),
  'space.unknown': () => replyOf('server_not_found'),
  'category.unknown': () => replyOf('category_not_found'),
  'invite.unknown': () => replyOf('invite_not_found'),

  // A channel one is not in does not exist (OC59).
  'member.required': () => replyOf('channel_not_found'),
  'role.required': () => replyOf('forbidden'),
  'member.muted': ({ until }) => replyOf('muted', { muted_until: printTime(until) }),
  'space.required': () => replyOf('membership_required'),
  'claim.required': () => replyOf('ownership_claim_required'),
  'claim.refused': ({ reason }) =>
    replyOf(
      reason === 'expired'
        ? 'ownership_claim_expired'
        : reason === 'foreign'
          ? 'ownership_claim_forbidden'
          : 'ownership_claim_invalid',
    ),
  'link.invalid': () => replyOf('attachment_token_invalid'),
  // One answer for all that keeps two apart (OC74).
  'blocked.by-me': blocked,
  'blocked.by-peer': blocked,
  'stranger.refused': blocked,
  'friend.required': blocked,
  'contact.refused': () => replyOf('contact_refused'),
  'member.unaddable': () => replyOf('member_add_forbidden'),
  'join.refused': () => replyOf('join_forbidden'),
  'author.required': () => replyOf('message_edit_forbidden'),
  'recall.expired': () => replyOf('recall_window_passed'),
  'conversation.fixed': () => replyOf('channel_update_forbidden'),

  'handle.taken': () => replyOf('username_taken'),
  'email.taken': () => replyOf('invalid_payload', { fields: ['email'] }),
  'contact.exists': () => replyOf('contact_refused'),
  'member.exists': () => replyOf('invite_conflict'),
  'owner.bound': () => replyOf('member_update_forbidden'),
  'group.full': () => replyOf('group_full'),
  'message.recalled': () => replyOf('message_recalled'),
  'message.uncopyable': () => replyOf('invalid_payload', { fields: ['forward'] }),
  'key.conflict': () => replyOf('idempotency_conflict'),
  'reaction.limit': ({ limit }) => replyOf('reaction_limit', { limit }),
  'file.spent': () => replyOf('attachment_not_found_in_request'),
  'file.too-large': ({ limit }) => replyOf('attachment_too_large', { limit }),
  'file.empty': () => replyOf('attachment_empty'),
  'file.incomplete': () => replyOf('invalid_payload'),
  'title.taken': () => replyOf('invalid_channel_name'),
  'credential.last': () => replyOf('last_credential'),
  'key.taken': () => replyOf('key_in_use'),
  'account.linked': () => replyOf('already_linked'),
  'account.inhabited': () => replyOf('account_not_empty'),
  'profile.conflict': ({ version }) => replyOf('profile_conflict', { profile_version: version }),
  'space.limit': ({ limit }) => replyOf('server_limit', { limit }),
  'category.filled': () => replyOf('category_not_empty'),
  'layout.invalid': () => replyOf('invalid_channel_layout'),
  'invite.expired': () => replyOf('invite_expired'),
  'pin.limit': ({ limit }) => replyOf('pin_limit', { limit }),

  'self.refused': () => replyOf('member_update_forbidden'),
  'text.empty': () => replyOf('message_empty'),
  'text.too-long': ({ limit }) => replyOf('message_too_large', { limit }),
  'value.invalid': ({ field }) => replyOf('invalid_payload', { fields: [fieldNames[field] ?? field] }),

  'rate.limited': ({ retryAfterMs }) => waiting('rate_limited', retryAfterMs),
  unavailable: ({ retryAfterMs }) => waiting('unavailable', retryAfterMs),
}
