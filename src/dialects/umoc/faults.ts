// Every refusal over HTTP: a status beside the words that the socket says, too (UM17).
import type { Fault, FaultOf } from '../../core/index.ts'
import { type FaultReply, type FaultTable, faultsOfOthers } from '../../host/dialect.ts'
import { Refused } from '../../host/refused.ts'
import { retryAfter } from '../../host/reply.ts'
import { messageOf } from './words.ts'

/** Both the same text: one page shows `message`, another compares `error`. */
export const replyOf = (status: number, text: string, headers: Readonly<Record<string, string>> = {}): FaultReply => ({
  status,
  body: { error: text, message: text },
  headers,
})

/** Over HTTP. */
export const refusedWith = (status: number, text: string, headers?: Readonly<Record<string, string>>): never => {
  throw new Refused(replyOf(status, text, headers))
}

export const httpTexts = {
  usernameCharacters: 'Username can only contain letters, numbers, dots (.) and underscores (_)',
  usernameLength: 'Username must be between 3 and 25 characters long',
  passwordLength: 'Password must be between 8 and 128 characters long',
  invalidJson: 'Invalid JSON',
  bodyTooLarge: 'Request body too large',
  noSessionToEnd: 'No sessionID provided for logout',
  unknownSession: 'Invalid session ID',
  uploadToken: 'Invalid upload token',
  fileMissing: 'No file provided',
  formBroken: 'Invalid form',
  range: 'Range not satisfiable',
  notFound: 'Not found',
  method: 'Method not allowed',
} as const

const said =
  (status: number) =>
  (fault: Fault): FaultReply =>
    replyOf(status, messageOf(fault))

const later = (status: number) => (fault: FaultOf<'rate.limited' | 'unavailable'>) =>
  replyOf(status, messageOf(fault), { 'retry-after': retryAfter(fault.retryAfterMs) })

/** Most of these belong to the socket, and have no route here that could meet them. */
export const faults: FaultTable = {
  'session.invalid': said(401),
  'credentials.wrong': said(401),

  'person.unknown': said(404),
  'conversation.unknown': said(404),
  'message.unknown': said(404),
  'target.unknown': said(404),
  'member.unknown': said(404),
  'file.unknown': said(404),
  'application.unknown': said(404),
  'contact.unknown': said(404),
  'block.unknown': said(404),
  'session.unknown': said(401),

  'member.required': said(403),
  'role.required': said(403),
  'member.muted': said(403),
  'blocked.by-me': said(403),
  'blocked.by-peer': said(403),
  'stranger.refused': said(403),
  'friend.required': said(403),
  'contact.refused': said(403),
  'member.unaddable': said(403),
  'join.refused': said(403),
  'author.required': said(403),
  'recall.expired': said(403),
  'conversation.fixed': said(403),

  'handle.taken': said(409),
  'email.taken': said(409),
  'contact.exists': said(409),
  'member.exists': said(409),
  'owner.bound': said(409),
  'group.full': said(409),
  'message.recalled': said(404),
  'message.uncopyable': said(404),
  'key.conflict': said(409),
  'reaction.limit': said(409),
  'file.spent': said(409),
  'file.too-large': said(413),
  'file.empty': said(400),
  'file.incomplete': said(400),
  'title.taken': said(409),
  'credential.last': said(409),
  ...faultsOfOthers(said(409)),
  'link.invalid': said(404),

  'self.refused': said(400),
  'text.empty': said(400),
  'text.too-long': said(400),
  // The core's idea of a name is another one in a corner or two: a name of dots only.
  'value.invalid': fault =>
    fault.field === 'handle' ? replyOf(400, httpTexts.usernameCharacters) : replyOf(400, messageOf(fault)),

  'rate.limited': later(429),
  unavailable: later(503),
}
