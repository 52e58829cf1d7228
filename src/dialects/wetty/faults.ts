// Every refusal of this contract: its code, status and sentence (WT3, §9), and which core fault becomes which.
import { type FaultReply, type FaultTable, faultsOfOthers } from '../../host/dialect.ts'
import { Refused } from '../../host/refused.ts'
import { retryAfter } from '../../host/reply.ts'
import { printTime } from './ids.ts'

/** Real clients read the status only; the sentences are those of real servers where they had one. */
const catalogue = {
  bad_request: [400, 'The request cannot be read'],
  bad_cursor: [400, 'The cursor names no message or chat of this list'],
  unauthorized: [401, 'A valid token is required'],
  bad_credentials: [401, 'Invalid username or password'],
  not_a_member: [403, 'Not a member of this chat'],
  not_an_admin: [403, 'Not an admin of this chat'],
  not_the_owner: [403, 'Only the owner may do this'],
  cannot_message: [403, 'You cannot message this user'],
  you_blocked: [403, 'You have blocked this user'],
  muted: [403, 'You are muted in this chat'],
  add_friend_forbidden: [403, 'This user does not accept friend requests from you'],
  cannot_add_user: [403, 'This user cannot be added'],
  join_not_allowed: [403, 'This group can only be joined by invitation'],
  not_your_message: [403, 'Not your message'],
  recall_expired: [403, 'The time for recalling this message is over'],
  internal_key_invalid: [403, 'The internal key is not valid'],
  uid_mismatch: [403, 'The uid is not the one the token belongs to'],
  not_found: [404, 'Not found'],
  user_not_found: [404, 'User not found'],
  chat_not_found: [404, 'Chat not found'],
  member_not_found: [404, 'Member not found in this chat'],
  message_not_found: [404, 'Message not found'],
  friend_not_found: [404, 'Friend not found'],
  application_not_found: [404, 'Application not found'],
  file_not_found: [404, 'File not found'],
  method_not_allowed: [405, 'Method not allowed'],
  username_taken: [409, 'This username is already taken'],
  already_friends: [409, 'You are already friends'],
  already_member: [409, 'User is already a member of this chat'],
  owner_cannot_leave: [409, 'The owner cannot leave: hand the group over or disband it'],
  group_full: [409, 'The group is full'],
  idempotency_conflict: [409, 'This client_generated_id was used for another message'],
  reaction_limit: [409, 'This message has too many different reactions'],
  message_recalled: [410, 'This message was recalled'],
  too_large: [413, 'Too large'],
  unsupported_media_type: [415, 'Unsupported media type'],
  range_not_satisfiable: [416, 'Range not satisfiable'],
  invalid_field: [422, 'A field is missing or has a value that is not allowed'],
  message_empty: [422, 'The message is empty'],
  message_too_long: [422, 'The message is too long'],
  invalid_emoji: [422, 'Not exactly one emoji or emote code'],
  fid_required: [422, 'This message type needs a file'],
  rate_limited: [429, 'Too many requests'],
  internal_error: [500, 'Something went wrong'],
  unavailable: [503, 'The server is not available right now'],
} as const satisfies Readonly<Record<string, readonly [status: number, message: string]>>

export type ErrorCode = keyof typeof catalogue
type Details = Readonly<Record<string, unknown>>

/** The answer for a code; `details` stand beside code and message. */
export const replyOf = (code: ErrorCode, details: Details = {}): FaultReply => {
  const [status, message] = catalogue[code]
  return { status, body: { error: { code, message, ...details } } }
}

export const refused = (code: ErrorCode, details?: Details): never => {
  throw new Refused(replyOf(code, details))
}

/** 422 naming the field. */
export const invalid = (field: string): never => refused('invalid_field', { field })

/** An apply to somebody the caller blocked is a conflict, not a lack of rights (WT27). */
export const YOU_BLOCKED_CONFLICT: FaultReply = { ...replyOf('you_blocked'), status: 409 }

/** 401 without a usable token (WT16). */
const unauthorized: FaultReply = { ...replyOf('unauthorized'), headers: { 'www-authenticate': 'Bearer' } }

/** The core's names of fields, in this contract's words. */
const fieldNames: Readonly<Record<string, string>> = {
  handle: 'username',
  displayName: 'nickname',
  avatar: 'avatar_fid',
  link: 'sr_link',
  addFriend: 'add_friend_setting',
  title: 'name',
  people: 'user_ids',
  text: 'message',
  clientKey: 'client_generated_id',
  remindAt: 'remind_at',
  attachments: 'fids',
}

export const faults: FaultTable = {
  'session.invalid': () => unauthorized,
  'credentials.wrong': () => replyOf('bad_credentials'),

  'person.unknown': () => replyOf('user_not_found'),
  // A group that does not exist answers like one the caller is not in (WT34).
  'conversation.unknown': () => replyOf('not_a_member'),
  'message.unknown': () => replyOf('message_not_found'),
  'target.unknown': ({ field }) => replyOf(field === 'cursor' ? 'bad_cursor' : 'message_not_found'),
  'member.unknown': () => replyOf('member_not_found'),
  'file.unknown': () => replyOf('file_not_found'),
  'application.unknown': () => replyOf('application_not_found'),
  'contact.unknown': () => replyOf('application_not_found'),
  'block.unknown': () => replyOf('user_not_found'),
  'session.unknown': () => replyOf('not_found'),

  'member.required': () => replyOf('not_a_member'),
  'role.required': ({ role }) => replyOf(role === 'owner' ? 'not_the_owner' : 'not_an_admin'),
  'member.muted': ({ until }) => replyOf('muted', { muted_until: printTime(until) }),
  'blocked.by-me': () => replyOf('you_blocked'),
  // Not a friend, refused by a setting, blocked by the other: one answer (WT56).
  'blocked.by-peer': () => replyOf('cannot_message'),
  'stranger.refused': () => replyOf('cannot_message'),
  'friend.required': () => replyOf('cannot_message'),
  'contact.refused': () => replyOf('add_friend_forbidden'),
  'member.unaddable': () => replyOf('cannot_add_user'),
  'join.refused': () => replyOf('join_not_allowed'),
  'author.required': () => replyOf('not_your_message'),
  'recall.expired': () => replyOf('recall_expired'),
  // The group routes do not serve direct chats (WT47).
  'conversation.fixed': () => replyOf('not_a_member'),

  'handle.taken': () => replyOf('username_taken'),
  'email.taken': () => replyOf('invalid_field', { field: 'email' }),
  'contact.exists': () => replyOf('already_friends'),
  'member.exists': () => replyOf('already_member'),
  'owner.bound': () => replyOf('owner_cannot_leave'),
  'group.full': ({ limit }) => replyOf('group_full', { limit }),
  'message.recalled': ({ messageId }) => replyOf('message_recalled', { msg_id: messageId }),
  'message.uncopyable': () => replyOf('invalid_field', { field: 'msg_id' }),
  'key.conflict': ({ messageId }) => replyOf('idempotency_conflict', { msg_id: messageId }),
  'reaction.limit': ({ limit }) => replyOf('reaction_limit', { limit }),
  'file.spent': () => replyOf('invalid_field', { field: 'fid' }),
  'file.too-large': ({ limit }) => replyOf('too_large', { limit }),
  'file.empty': () => replyOf('invalid_field', { field: 'file' }),
  'file.incomplete': () => replyOf('bad_request'),
  'title.taken': () => replyOf('invalid_field', { field: 'name' }),
  'credential.last': () => replyOf('bad_request'),
  ...faultsOfOthers(() => replyOf('bad_request')),

  'self.refused': () => replyOf('invalid_field', { field: 'target_user_id' }),
  'text.empty': () => replyOf('message_empty'),
  'text.too-long': ({ limit }) => replyOf('message_too_long', { limit }),
  'value.invalid': ({ field }) => replyOf('invalid_field', { field: fieldNames[field] ?? field }),

  'rate.limited': ({ retryAfterMs }) => ({
    ...replyOf('rate_limited'),
    headers: { 'retry-after': retryAfter(retryAfterMs) },
  }),
  unavailable: ({ retryAfterMs }) => ({
    ...replyOf('unavailable'),
    headers: { 'retry-after': retryAfter(retryAfterMs) },
  }),
}
