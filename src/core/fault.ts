// The catalogue of every expected refusal. A dialect maps each kind to its own answer; anything else thrown is a bug.
import type { MessageId, Time } from './model/ids.ts'

export type Fault =
  // who asks
  | { kind: 'session.invalid'; reason: 'missing' | 'invalid' | 'expired' | 'revoked' | 'reused' }
  | { kind: 'credentials.wrong' }
  // what is asked for does not exist, or not for the one who asks
  | { kind: 'person.unknown' }
  | { kind: 'conversation.unknown' }
  | { kind: 'message.unknown' }
  /** A message named inside a request (quoted, root, read mark) that is not in that conversation. */
  | { kind: 'target.unknown'; field: 'replyTo' | 'replyRoot' | 'cursor' | 'upTo' }
  | { kind: 'member.unknown' }
  | { kind: 'file.unknown' }
  | { kind: 'application.unknown' }
  | { kind: 'contact.unknown' }
  | { kind: 'block.unknown' }
  | { kind: 'session.unknown' }
  | { kind: 'credential.unknown' }
  | { kind: 'space.unknown' }
  | { kind: 'category.unknown' }
  | { kind: 'invite.unknown' }
  // may not
  | { kind: 'member.required' }
  | { kind: 'role.required'; role: 'manager' | 'owner' }
  | { kind: 'member.muted'; until: Time }
  /** No active member of the space. */
  | { kind: 'space.required' }
  /** Nobody has taken the new space into possession yet. */
  | { kind: 'claim.required' }
  | { kind: 'claim.refused'; reason: 'invalid' | 'expired' | 'foreign' }
  /** A file link that was forged or has run out. */
  | { kind: 'link.invalid' }
  | { kind: 'blocked.by-me' }
  | { kind: 'blocked.by-peer' }
  /** The recipient's explicit add-friend setting forbids it. */
  | { kind: 'stranger.refused' }
  /** The door asks for friendship before a direct chat. */
  | { kind: 'friend.required' }
  | { kind: 'contact.refused' }
  | { kind: 'member.unaddable' }
  | { kind: 'join.refused' }
  | { kind: 'author.required' }
  | { kind: 'recall.expired' }
  /** Direct chats have no roles, no joining, no leaving, no end; `general` has no end. */
  | { kind: 'conversation.fixed' }
  // states in the way
  | { kind: 'handle.taken' }
  | { kind: 'email.taken' }
  | { kind: 'contact.exists'; state: 'requested' | 'accepted' }
  | { kind: 'member.exists' }
  | { kind: 'owner.bound' }
  | { kind: 'group.full'; limit: number }
  | { kind: 'message.recalled'; messageId: MessageId }
  | { kind: 'message.uncopyable' }
  | { kind: 'key.conflict'; messageId: MessageId }
  | { kind: 'reaction.limit'; limit: number }
  | { kind: 'file.spent' }
  | { kind: 'file.too-large'; limit: number }
  | { kind: 'file.empty' }
  /** The sender's connection broke, or it sent fewer bytes than it said. */
  | { kind: 'file.incomplete' }
  | { kind: 'title.taken' }
  | { kind: 'credential.last' }
  /** The key belongs to an account that is in use. */
  | { kind: 'key.taken' }
  /** The account has a username already, or is the one to be linked to. */
  | { kind: 'account.linked' }
  /** Its messages, contacts, groups or spaces would be lost. */
  | { kind: 'account.inhabited' }
  | { kind: 'profile.conflict'; version: number }
  | { kind: 'space.limit'; limit: number }
  | { kind: 'category.filled' }
  | { kind: 'layout.invalid' }
  | { kind: 'invite.expired' }
  | { kind: 'pin.limit'; limit: number }
  // values
  | { kind: 'self.refused' }
  | { kind: 'text.empty' }
  | { kind: 'text.too-long'; limit: number }
  | { kind: 'value.invalid'; field: string; reason: string }
  // load
  | { kind: 'rate.limited'; retryAfterMs: number }
  | { kind: 'unavailable'; retryAfterMs: number }

export type FaultKind = Fault['kind']
export type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>

/** The only thing the core throws on purpose. */
export class FaultError extends Error {
  readonly fault: Fault
  constructor(fault: Fault) {
    super(fault.kind)
    this.name = 'FaultError'
    this.fault = fault
  }
}

/** Ends the present operation with an expected refusal. */
export const refuse = (fault: Fault): never => {
  throw new FaultError(fault)
}

/** The fault inside a thrown value, or null if it is a bug. */
export const faultIn = (thrown: unknown): Fault | null => (thrown instanceof FaultError ? thrown.fault : null)
