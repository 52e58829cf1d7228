// What a client says → core drafts: read and judged in the order of the contract (UM71, UM73 to UM76).
import { isCleanText, isJsonObject, type JsonObject, parseJson } from '../../base/json.ts'
import { countCodePoints } from '../../base/text.ts'
import { type Draft, type Fid, limits, type Num } from '../../core/index.ts'
import { type MessageType, messageTypes } from './contract.ts'
import { flag, has, need, num, optional, type Payload, text } from './events/fields.ts'
import { parseFid } from './ids.ts'
import { seal } from './sealed.ts'
import { invalid, missing, refused } from './words.ts'

/** Code points of a message (UM73); UTF-16 units of an encrypted one (UM74). */
const CONTENT_LENGTH = 10_000
const ENCRYPTED_LENGTH = 65_536
/** Levels of nesting of a file message's content. */
const CONTENT_DEPTH = 32

/** Whom a request addresses; `wanted` is its `is_group`. */
export interface Addressed {
  readonly num: Num
  readonly wanted: boolean | undefined
}

/** `field` is known to be there. */
export const addressed = (payload: Payload, field: 'recipient_id' | 'chat_id'): Addressed => ({
  num: num(payload, field),
  wanted: optional(payload, 'is_group', flag),
})

export interface MessageInput extends Addressed {
  readonly draft: Draft
  /** The upload the content names, which is to be the sender's own (UM75). */
  readonly fileId: Fid | null
}

const typeIn = (payload: Payload): MessageType => {
  const given = payload.type ?? 'text'
  return messageTypes.find(type => type === given) ?? refused('Invalid message type')
}

const encryptedIn = (payload: Payload): string | null => {
  const given = optional(payload, 'encrypted_content', text) ?? ''
  if (given.length > ENCRYPTED_LENGTH || !isCleanText(given)) return invalid('encrypted_content')
  return given || null
}

const keyIn = (payload: Payload): string | null => {
  const key = optional(payload, 'client_message_id', text) ?? null
  if (key === null) return null
  if (key === '' || key.length > limits.clientKeyLength || !isCleanText(key)) return invalid('client_message_id')
  return key
}

const objectIn = (content: string): JsonObject => {
  const parsed = parseJson(content, { maxDepth: CONTENT_DEPTH })
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : refused('Invalid file content')
}

/** What other doors show of a file message without a file here: its address, else its name (UM75). */
const readable = (object: JsonObject, type: MessageType): string => {
  for (const key of ['url', 'file_name']) {
    const value = object[key]
    if (typeof value === 'string' && value !== '' && isCleanText(value)) return value
  }
  return `[${type}]`
}

/** Faults: none; what is wrong with it is refused in the contract's own words. */
export const readMessage = (payload: Payload): MessageInput => {
  need(payload, 'recipient_id')
  const sealedOnly = has(payload, 'encrypted_content') && payload.encrypted_content !== ''
  const content = has(payload, 'content') ? text(payload, 'content') : ''
  if (!sealedOnly && content.trim() === '') return missing()
  const to = addressed(payload, 'recipient_id')
  const type = typeIn(payload)
  if (countCodePoints(content) > CONTENT_LENGTH) return refused('Message too long')
  if (!isCleanText(content)) return invalid('content')
  const encrypted = encryptedIn(payload)
  const clientKey = keyIn(payload)
  if (type === 'text' || content === '') {
    const draft = { kind: type, text: content || null, clientKey, ...seal({ content: null, encrypted }) }
    return { ...to, draft, fileId: null }
  }
  const object = objectIn(content)
  const fileId = has(object, 'file_id') ? parseFid(object.file_id) : null
  // Other doors see the file itself, where there is one.
  const shown = fileId === null ? readable(object, type) : null
  return { ...to, draft: { kind: type, text: shown, clientKey, ...seal({ content, encrypted }) }, fileId }
}
