// Every refusal of an event in this contract's words (UM44). Words with "session" or "auth" in them are for lost sessions only.
import { type Fault, type FaultKind, type FaultOf, faultIn } from '../../core/index.ts'
import { faultsOfOthers } from '../../host/dialect.ts'
import { printTime } from './ids.ts'

/** Texts that more than one place says. */
export const texts = {
  missing: 'Missing required fields',
  unknownEvent: 'Unknown event',
  internal: 'Internal error',
  rateLimited: 'Rate limit exceeded, please wait',
  invalidSession: 'Invalid session',
  authenticationRequired: 'Authentication required',
  sessionOver: 'Your session has expired or is invalid',
  notAMember: 'You are not a member of this group',
  notAContact: 'This user is not in your contacts',
  chatNotFound: 'Chat not found',
  recipientNotFound: 'Recipient not found',
  messageNotFound: 'Message not found',
  fileNotFound: 'File not found',
} as const

/** A refusal of this dialect's own: becomes `error {message, event}` and a negative acknowledgement. */
export class Refused extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Refused'
  }
}

export const refused = (message: string): never => {
  throw new Refused(message)
}

/** A field of the wrong type or range (UM45). */
export const invalid = (field: string): never => refused(`Invalid ${field}`)

/** A needed field that is not there (UM45). */
export const missing = (): never => refused(texts.missing)

/** The core's names of fields, in this contract's words. */
const fieldNames: Readonly<Record<string, string>> = {
  text: 'content',
  clientKey: 'client_message_id',
  title: 'name',
  people: 'member_ids',
  memberIds: 'member_ids',
}

type Wording = { readonly [K in FaultKind]: string | ((fault: FaultOf<K>) => string) }

const megabytes = (bytes: number): string => `${Math.round((bytes / 1_048_576) * 100) / 100}MB`

/** For files too large (UM91, UM95). */
export const tooLarge = (limit: number): string => `File exceeds maximum size of ${megabytes(limit)}`

/** What each fault is called where no rule names another text. */
export const wording: Wording = {
  'session.invalid': texts.invalidSession,
  'credentials.wrong': 'Invalid credentials',

  'person.unknown': 'User not found',
  // A group that does not exist answers like one the caller is not in (UM65).
  'conversation.unknown': texts.notAMember,
  'message.unknown': texts.messageNotFound,
  'target.unknown': texts.messageNotFound,
  'member.unknown': 'User is not a member of this group',
  'file.unknown': texts.fileNotFound,
  'application.unknown': 'Request not found',
  'contact.unknown': 'Contact not found',
  'block.unknown': 'Contact not found',
  'session.unknown': texts.invalidSession,

  'member.required': texts.notAMember,
  'role.required': ({ role }) =>
    role === 'owner' ? 'Only the group owner can do this' : 'Only group admins can do this',
  'member.muted': ({ until }) => `You are muted in this group until ${printTime(until)}`,
  'blocked.by-me': 'You have blocked this user',
  'blocked.by-peer': 'You cannot send messages to this user',
  'stranger.refused': texts.notAContact,
  'friend.required': texts.notAContact,
  'contact.refused': 'This user does not accept contact requests',
  'member.unaddable': texts.notAContact,
  'join.refused': texts.notAMember,
  'author.required': 'You can only delete your own messages',
  'recall.expired': 'You can only delete your own messages',
  'conversation.fixed': texts.notAMember,

  'handle.taken': 'Username already exists',
  'email.taken': 'Invalid email',
  'contact.exists': 'Contact already added',
  'member.exists': 'User is already a member of this group',
  'owner.bound': 'Only the group owner can do this',
  'group.full': 'This group is full',
  'message.recalled': texts.messageNotFound,
  'message.uncopyable': texts.messageNotFound,
  'key.conflict': 'Invalid client_message_id',
  'reaction.limit': 'Invalid reaction',
  'file.spent': 'File already completed',
  'file.too-large': ({ limit }) => tooLarge(limit),
  'file.empty': 'File size does not match',
  'file.incomplete': 'File size does not match',
  'title.taken': 'Invalid name',
  'credential.last': 'Invalid credentials',
  ...faultsOfOthers('Not available'),
  'link.invalid': texts.fileNotFound,

  'self.refused': 'You cannot message yourself',
  'text.empty': texts.missing,
  'text.too-long': 'Message too long',
  'value.invalid': ({ field }) => `Invalid ${fieldNames[field] ?? field}`,

  'rate.limited': texts.rateLimited,
  unavailable: 'The server is not available right now',
}

/** A fault of the core in this contract's words. */
export const messageOf = (fault: Fault): string => {
  const said = wording[fault.kind] as string | ((fault: Fault) => string)
  return typeof said === 'string' ? said : said(fault)
}

/** Runs `work` with other words than usual for some of the core's faults. */
export const translated = async <T>(
  words: { readonly [K in FaultKind]?: string },
  work: () => Promise<T>,
): Promise<T> => {
  try {
    return await work()
  } catch (thrown) {
    const kind = faultIn(thrown)?.kind
    const said = kind && words[kind]
    if (said === undefined) throw thrown
    throw new Refused(said)
  }
}
