// Every refusal on the socket: the error frame, and which core fault becomes which (CA73).
import { type Fault, type FaultKind, faultIn } from '../../core/index.ts'
import type { ErrorFrame, errorCodes } from './contract.frames.ts'

type ErrorCode = (typeof errorCodes)[number]

const texts: Readonly<Record<ErrorCode, string>> = {
  invalid_format: 'Invalid message format. Expected {content, channel_id}',
  empty: 'Message content cannot be empty',
  too_long: 'Message content exceeds 1000 characters',
  channel_not_found: 'Channel not found',
  not_member: 'Not a member of this channel',
  muted: 'You are muted in this channel',
  cannot_message: 'You cannot send messages to this user',
  no_default_channel: 'No channel given',
  rate_limited: 'Rate limit exceeded',
  binary: 'Binary frames are not supported',
  unknown_type: 'Unknown message type',
  unavailable: 'Temporarily unavailable',
}

/** What this dialect itself refuses. */
class FrameRefused extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode) {
    super(code)
    this.name = 'FrameRefused'
    this.code = code
  }
}

export const refuseFrame = (code: ErrorCode): never => {
  throw new FrameRefused(code)
}

const codes: Readonly<Partial<Record<FaultKind, ErrorCode>>> = {
  'conversation.unknown': 'channel_not_found',
  'member.required': 'not_member',
  'member.muted': 'muted',
  'blocked.by-me': 'cannot_message',
  'blocked.by-peer': 'cannot_message',
  'stranger.refused': 'cannot_message',
  'friend.required': 'cannot_message',
  'text.empty': 'empty',
  'text.too-long': 'too_long',
  'value.invalid': 'invalid_format',
  'rate.limited': 'rate_limited',
  unavailable: 'unavailable',
}

const retryAfter = (fault: Fault | null): Pick<ErrorFrame, 'retry_after'> =>
  fault !== null && 'retryAfterMs' in fault ? { retry_after: Math.max(1, Math.ceil(fault.retryAfterMs / 1000)) } : {}

/**
 * The frame that tells why something was refused; null for what is no refusal but a bug. It has no `channel_id`: real
 * clients take any frame with one for a message.
 */
export const errorFrame = (thrown: unknown, clientId: string | null): string | null => {
  const fault = faultIn(thrown)
  const code = thrown instanceof FrameRefused ? thrown.code : fault && codes[fault.kind]
  if (!code) return null
  const frame: ErrorFrame = {
    type: 'error',
    error: texts[code],
    code,
    ...(clientId !== null && { client_id: clientId }),
    ...retryAfter(fault),
  }
  return JSON.stringify(frame)
}
