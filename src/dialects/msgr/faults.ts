// Faults → answers: one table for HTTP (section 2), one for replies on the socket (MS96, MS98).
import type { Fault, FaultKind, FaultOf } from '../../core/index.ts'
import { type FaultReply, type FaultTable, faultsOfOthers } from '../../host/dialect.ts'
import { retryAfter } from '../../host/reply.ts'

/** Failing fields with their messages (MS11). */
export type FieldErrors = Readonly<Record<string, readonly string[]>>

export const BLANK = "can't be blank"
export const INVALID = 'is invalid'
export const TAKEN = 'has already been taken'
export const atLeast = (limit: number): string => `should be at least ${limit} character(s)`
export const atMost = (limit: number): string => `should be at most ${limit} character(s)`
/** Graphemes of a message's body (MS64). */
export const BODY_LIMIT = 4000

const refusal = (status: number, code: string, error: string = code): FaultReply => ({
  status,
  body: { error, errors: [code] },
})
const unauthorized = refusal(401, 'unauthorized', 'missing or invalid account/profile headers')
export const forbidden = refusal(403, 'forbidden')
export const notFound = refusal(404, 'not_found')
export const tooLarge = refusal(413, 'payload_too_large')
export const internal: FaultReply = { status: 500, body: { errors: ['internal_error'] } }
export const fields = (errors: FieldErrors): FaultReply => ({ status: 422, body: { errors } })

const after = (reply: FaultReply, retryAfterMs: number): FaultReply => ({
  ...reply,
  headers: { 'retry-after': retryAfter(retryAfterMs) },
})

/** The core's word for a value → the contract's name of the field it came in. */
const fieldNames: Readonly<Record<string, string>> = {
  displayName: 'display_name',
  text: 'body',
  clientKey: 'client_id',
  title: 'topic',
  memberIds: 'participant_ids',
  replyTo: 'reply_to',
  cursor: 'before',
}
const invalidField = (name: string): FaultReply => fields({ [fieldNames[name] ?? name]: [INVALID] })

const always = (reply: FaultReply) => (): FaultReply => reply

export const faults: FaultTable = {
  'session.invalid': always(unauthorized),
  'credentials.wrong': always(unauthorized),
  'person.unknown': always(notFound),
  'conversation.unknown': always(notFound),
  'message.unknown': always(notFound),
  'target.unknown': fault => invalidField(fault.field),
  'member.unknown': always(notFound),
  'file.unknown': always(notFound),
  'application.unknown': always(notFound),
  'contact.unknown': always(notFound),
  'block.unknown': always(notFound),
  'session.unknown': always(notFound),
  'member.required': always(forbidden),
  'role.required': always(forbidden),
  'member.muted': always(forbidden),
  'blocked.by-me': always(forbidden),
  'blocked.by-peer': always(forbidden),
  'stranger.refused': always(forbidden),
  'friend.required': always(forbidden),
  'contact.refused': always(forbidden),
  'member.unaddable': always(forbidden),
  'join.refused': always(forbidden),
  'author.required': always(forbidden),
  'recall.expired': always(forbidden),
  'conversation.fixed': always(forbidden),
  'contact.exists': always(forbidden),
  'member.exists': always(forbidden),
  'owner.bound': always(forbidden),
  'reaction.limit': always(forbidden),
  'credential.last': always(forbidden),
  ...faultsOfOthers(always(forbidden)),
  'message.uncopyable': always(forbidden),
  'handle.taken': always(fields({ handle: [TAKEN] })),
  'email.taken': always(fields({ email: [TAKEN] })),
  'title.taken': always(fields({ topic: [TAKEN] })),
  'group.full': always(fields({ participant_ids: [INVALID] })),
  // Quoting is the only thing done over HTTP to a message that may have been recalled (MS69).
  'message.recalled': always(fields({ reply_to: [INVALID] })),
  'key.conflict': always(fields({ client_id: [INVALID] })),
  'file.spent': always(notFound),
  'file.too-large': always(tooLarge),
  'file.empty': always(fields({ base: [INVALID] })),
  'file.incomplete': always(fields({ base: [INVALID] })),
  'self.refused': always(fields({ target_profile_id: ["can't be yourself"] })),
  'text.empty': always(fields({ body: [BLANK] })),
  'text.too-long': always(fields({ body: [atMost(BODY_LIMIT)] })),
  'value.invalid': fault => invalidField(fault.field),
  'rate.limited': fault => after(refusal(429, 'rate_limited', 'too_many_requests'), fault.retryAfterMs),
  unavailable: fault => after(refusal(503, 'unavailable', 'service_unavailable'), fault.retryAfterMs),
}

/** What an error reply carries as its response. */
export type SocketError = Readonly<Record<string, unknown>>

/** Not a participant, or may not write here (MS70, MS90). */
const outside: SocketError = { reason: 'forbidden', errors: ['forbidden'] }
const message = (text: string): SocketError => ({ errors: [text] })
export const messageNotFound = message('message not found')
export const messageIdRequired = message('message_id is required')
export const unknownEvent = message('unknown event')
export const internalReply = message('internal_error')
export const unmatchedTopic: SocketError = { reason: 'unmatched topic' }
export const tooManyTopics: SocketError = { reason: 'too many topics' }
export const joinUnauthorized: SocketError = { reason: 'unauthorized' }
export const joinForbidden: SocketError = { reason: 'forbidden' }
export const messageDeleted = message('message deleted')

const socketErrors: { readonly [K in FaultKind]?: (fault: FaultOf<K>) => SocketError } = {
  'conversation.unknown': () => outside,
  'member.required': () => outside,
  'member.muted': () => outside,
  'blocked.by-me': () => outside,
  'blocked.by-peer': () => outside,
  'stranger.refused': () => outside,
  'friend.required': () => outside,
  'author.required': () => message('forbidden'),
  'recall.expired': () => message('recall window passed'),
  'message.unknown': () => messageNotFound,
  'rate.limited': () => message('rate limit exceeded'),
  unavailable: () => message('unavailable'),
}

/** The error reply to a push that the core refused. Field errors keep the shape they have over HTTP. */
export const socketError = (fault: Fault): SocketError => {
  const special = socketErrors[fault.kind] as ((fault: Fault) => SocketError) | undefined
  if (special) return special(fault)
  const { body } = (faults[fault.kind] as (fault: Fault) => FaultReply)(fault)
  return { errors: (body as { errors: unknown }).errors }
}
