// Every refusal of this contract over REST: status and sentence (CA14 to CA17), and which core fault becomes which.
import { type FaultReply, type FaultTable, faultsOfOthers } from '../../host/dialect.ts'
import { Refused } from '../../host/refused.ts'
import { retryAfter } from '../../host/reply.ts'
import type { Problem } from './contract.ts'

const bearer = { 'www-authenticate': 'Bearer' }

/** Clients show the sentence, and some compare it. */
const catalogue = {
  not_authenticated: [401, 'Not authenticated'],
  invalid_token: [401, 'Could not validate credentials'],
  wrong_login: [401, 'Incorrect username or password'],
  not_found: [404, 'Not Found'],
  method_not_allowed: [405, 'Method Not Allowed'],
  upgrade_required: [426, 'Upgrade Required'],
  username_taken: [400, 'Username already registered'],
  email_taken: [400, 'Email already registered'],
  channel_name_taken: [400, 'Channel name already exists'],
  user_not_found: [404, 'User not found'],
  channel_not_found: [404, 'Channel not found'],
  message_not_found: [404, 'Message not found'],
  owner_only: [403, 'Only channel owner can delete channel'],
  owner_stays: [400, 'Channel owner cannot leave channel'],
  not_left: [400, 'Could not leave channel'],
  not_a_member: [403, 'Not a member of this channel'],
  muted: [403, 'You are muted in this channel'],
  cannot_message: [403, 'You cannot send messages to this user'],
  approval_required: [403, 'This channel requires approval'],
  channel_full: [403, 'This channel is full'],
  forbidden: [403, 'Not allowed'],
  conflict: [409, 'Already so'],
  too_large: [413, 'Request body too large'],
  rate_limited: [429, 'Rate limit exceeded'],
  internal: [500, 'Internal Server Error'],
  unavailable: [503, 'Service Unavailable'],
} as const satisfies Readonly<Record<string, readonly [status: number, detail: string]>>

export type Refusal = keyof typeof catalogue

/** The answer for a case; every 401 names the scheme (CA17). */
export const replyOf = (refusal: Refusal, headers: Readonly<Record<string, string>> = {}): FaultReply => {
  const [status, detail] = catalogue[refusal]
  return { status, body: { detail }, headers: status === 401 ? { ...bearer, ...headers } : headers }
}

export const refused = (refusal: Refusal): never => {
  throw new Refused(replyOf(refusal))
}

const unprocessable = (...problems: readonly Problem[]): FaultReply => ({ status: 422, body: { detail: problems } })

/** What is wrong with a request's values: gathered, then refused together (CA14). None carries what was sent (CA16). */
export class Problems {
  readonly #found: Problem[] = []

  add(type: Problem['type'], loc: Problem['loc'], msg: string): void {
    this.#found.push({ type, loc, msg })
  }

  /** Refuses with 422 if anything is wrong. */
  settle(): void {
    if (this.#found.length > 0) throw new Refused(unprocessable(...this.#found))
  }
}

/** 422 for one thing that makes looking further pointless. */
export const invalid = (type: Problem['type'], loc: Problem['loc'], msg: string): never => {
  throw new Refused(unprocessable({ type, loc, msg }))
}

const CURSOR_UNKNOWN: Problem = { type: 'value_error', loc: ['query', 'before'], msg: 'No such message' }

/** The core's names of fields, in this contract's words. */
const fieldNames: Readonly<Record<string, string>> = {
  handle: 'username',
  displayName: 'display_name',
  title: 'name',
  text: 'content',
  clientKey: 'client_id',
}

const ofField = (field: string, msg: string): FaultReply =>
  unprocessable({ type: 'value_error', loc: ['body', fieldNames[field] ?? field], msg })

const cannotMessage = () => replyOf('cannot_message')

export const faults: FaultTable = {
  'session.invalid': ({ reason }) => replyOf(reason === 'missing' ? 'not_authenticated' : 'invalid_token'),
  'credentials.wrong': () => replyOf('wrong_login'),

  'person.unknown': () => replyOf('user_not_found'),
  'conversation.unknown': () => replyOf('channel_not_found'),
  'message.unknown': () => replyOf('message_not_found'),
  'target.unknown': () => unprocessable(CURSOR_UNKNOWN),
  'member.unknown': () => replyOf('user_not_found'),
  'file.unknown': () => replyOf('not_found'),
  'application.unknown': () => replyOf('not_found'),
  'contact.unknown': () => replyOf('not_found'),
  'block.unknown': () => replyOf('not_found'),
  'session.unknown': () => replyOf('invalid_token'),

  'member.required': () => replyOf('not_a_member'),
  'role.required': () => replyOf('owner_only'),
  'member.muted': () => replyOf('muted'),
  // Who blocked whom is not told (CA17).
  'blocked.by-me': cannotMessage,
  'blocked.by-peer': cannotMessage,
  'stranger.refused': cannotMessage,
  'friend.required': cannotMessage,
  'contact.refused': cannotMessage,
  'member.unaddable': () => replyOf('forbidden'),
  'join.refused': () => replyOf('approval_required'),
  'author.required': () => replyOf('forbidden'),
  'recall.expired': () => replyOf('forbidden'),
  'conversation.fixed': () => replyOf('owner_only'),

  'handle.taken': () => replyOf('username_taken'),
  'email.taken': () => replyOf('email_taken'),
  'contact.exists': () => replyOf('conflict'),
  'member.exists': () => replyOf('conflict'),
  'owner.bound': () => replyOf('owner_stays'),
  'group.full': () => replyOf('channel_full'),
  'message.recalled': () => replyOf('message_not_found'),
  'message.uncopyable': () => replyOf('forbidden'),
  'key.conflict': () => replyOf('conflict'),
  'reaction.limit': () => replyOf('conflict'),
  'file.spent': () => replyOf('conflict'),
  'file.too-large': () => replyOf('too_large'),
  'file.empty': () => ofField('file', 'The file is empty'),
  'file.incomplete': () => ofField('file', 'The file is not whole'),
  'title.taken': () => replyOf('channel_name_taken'),
  'credential.last': () => replyOf('conflict'),
  ...faultsOfOthers(() => replyOf('conflict')),

  'self.refused': () => replyOf('forbidden'),
  'text.empty': () => ofField('text', 'Should not be empty'),
  'text.too-long': () => ofField('text', 'Too long'),
  'value.invalid': ({ field }) => ofField(field, 'Not allowed'),

  'rate.limited': ({ retryAfterMs }) => replyOf('rate_limited', { 'retry-after': retryAfter(retryAfterMs) }),
  unavailable: ({ retryAfterMs }) => replyOf('unavailable', { 'retry-after': retryAfter(retryAfterMs) }),
}
